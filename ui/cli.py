"""The command `footnote`: reads arguments, calls the other packages, prints. Heavy modules load when a command runs."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.models import EXTRACTIVE
from agent.settings import BITS, Settings, keep_quiet
from ui.account_commands import add_account_commands
from ui.errors import UiError, UsageError
from ui.eval_commands import add_eval_commands, eval_error
from ui.model_commands import add_model_commands
from ui.terminal import os_error_words, prepare_output, printable

if TYPE_CHECKING:
    from agent.web import Web
    from corpus import NoteSource
    from retrieval import Index, Progress, UpdateReport

DONE, FAILED, WRONG_USAGE = 0, 1, 2
DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 7860
_LARGEST_ANSWER = 2**25
"""Bytes of a file that is taken for an answer: a thousand times what one has."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 done, 1 failed with one line on stderr, 2 wrong usage."""
    prepare_output()
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return _fail("stopped; what was finished is kept, run the same command to go on")


def _run(arguments: Sequence[str] | None) -> int:
    parsed = _parser().parse_args(arguments)
    keep_quiet(online=getattr(parsed, "online", False))
    from agent.errors import AgentError
    from corpus.errors import CorpusError
    from retrieval.errors import RetrievalError

    try:
        code: int = parsed.run(parsed, _settings(parsed))
        print(end="", flush=True)  # what cannot be written fails here, not at exit
        return code
    except (AgentError, CorpusError, RetrievalError, UiError, eval_error()) as error:
        return _fail(str(error))
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 -- whoever read the output has gone; Python flushes at the end
        return DONE
    except OSError as error:
        return _fail(os_error_words(error))
    except ValueError as error:
        return _fail(f"{type(error).__name__}: {error}")


def _fail(message: str) -> int:
    print(f"footnote: {printable(' '.join(message.split()))}", file=sys.stderr)
    return FAILED


# --- commands ---------------------------------------------------------------------------------------------------


def _index(options: argparse.Namespace, settings: Settings) -> int:
    from corpus import load_notes
    from ui.progress import terminal_progress

    source = load_notes(*options.paths)
    folder = Path(options.index or settings.index)
    with terminal_progress() as progress:
        report = _update_or_repair(folder, source, progress)
    _print_report(report, folder, sum(source.skipped.values()))
    if not report.notes:
        return _fail(f"no notes were found in {', '.join(map(str, options.paths))}; the index is empty")
    return DONE


def _update_or_repair(folder: Path, source: NoteSource, progress: Callable[[Progress], None]) -> UpdateReport:
    """Bring the index in `folder` up to date; it is made where there is none, and made anew where it is damaged."""
    from retrieval import Index
    from retrieval.errors import IndexDamaged
    from retrieval.repair import repair

    for last_try in (False, True):
        try:
            with Index.create(folder) as index:
                return index.update(source, progress=progress)
        except IndexDamaged as error:
            if last_try:
                raise
            print(f"footnote: {error}\nfootnote: making the index anew from its notes", file=sys.stderr)
            if not repair(folder):
                print(
                    "footnote: its notes were damaged, too: it holds only what is indexed now; run `footnote index`"
                    " with your other folders as well",
                    file=sys.stderr,
                )
    raise AssertionError("the last try returns or raises")


def _print_report(report: UpdateReport, folder: Path, skipped: int) -> None:
    from ui.indexing import changes_line

    for path, reason in report.failed:
        print(printable(f"could not read {path}: {reason}".replace("\n", " ")), file=sys.stderr)
    print(changes_line(report, skipped))
    print(f"{report.notes} notes, {report.chunks} passages in {folder} ({report.seconds:.1f} s)")


def _search(options: argparse.Namespace, settings: Settings) -> int:
    started = time.perf_counter()
    with _open_index(options, settings) as index:
        hits = index.search(options.query, options.k, mode=options.mode, where=_where(options.where))
        seconds = time.perf_counter() - started
    if options.json:
        from ui.render import hit_fields

        print(
            json.dumps(
                {
                    "query": options.query,
                    "mode": options.mode,
                    "seconds": round(seconds, 4),
                    "hits": [hit_fields(hit) for hit in hits],
                },
                ensure_ascii=False,
                indent=2,
            )
        )
        return DONE
    for hit in hits:
        places = ", ".join(f"{name} #{rank}" for name, rank in hit.ranks.items())
        print(printable(f"{hit.rank:>2}. {hit.location}  [{hit.score:.3f}; {places}]"))
        print(printable(f"    {_excerpt(hit.chunk.text)}\n    {hit.source}"))
    if not hits:
        print("nothing matched; try other words")
    return DONE


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from agent.models import resolve_spec

    resolve_spec(options.model or settings.model)
    index = _open_index(options, settings)
    index.prepare()
    from agent import Assistant  # while the encoder is loading

    with index, Assistant.open(index, options.model, settings, web=_web(options, settings)) as assistant:
        answer = assistant.ask(options.question, mode=options.mode, where=_where(options.where))
    if options.json:
        print(answer.to_json())
        return DONE
    from ui.render import answer_text, trace_lines

    print(printable(answer_text(answer)))
    if options.trace:
        print("", *map(printable, trace_lines(answer)), sep="\n")
    return DONE


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    from agent import Answer, Assistant
    from agent.verification import verify

    answer = Answer.from_json(_kept_answer(options.answer))
    with _open_index(options, settings) as index, Assistant.open(index, EXTRACTIVE, settings) as assistant:
        quoted = answer.model == EXTRACTIVE
        checks = verify(answer, index, assistant.instruments if quoted else assistant.sharp_instruments)
    for check in checks:
        print(printable(f"{check.state:<10}{check.what}: {check.text}"))
    failed = sum(check.state == "failed" for check in checks)
    if failed:
        return _fail(f"{failed} of {len(checks)} checks failed; ask again to get an answer from the notes as they are")
    return DONE


def _kept_answer(path: str) -> str:
    from agent.errors import InvalidAnswer

    with open(path, "rb") as file:
        content = file.read(_LARGEST_ANSWER + 1)
    if len(content) > _LARGEST_ANSWER:
        raise InvalidAnswer(f"{path!r} is too large for an answer; keep what `footnote ask --json` prints")
    return content.decode("utf-8", errors="replace")


def _web(options: argparse.Namespace, settings: Settings) -> Web | None:
    """The web, where it was asked for."""
    if not options.web:
        return None
    from agent.web import Web

    return Web.open(settings)


def _show(options: argparse.Namespace, settings: Settings) -> int:
    with _open_index(options, settings) as index:
        note = index.note(options.note_id)
    if note is None:
        raise UsageError(
            f"there is no note {options.note_id!r}; `footnote search` prints the ids of what it finds with --json"
        )
    sys.stdout.write(printable(note.text) if sys.stdout.isatty() else note.text)
    return DONE


def _ui(options: argparse.Namespace, settings: Settings) -> int:
    from agent.models import resolve_spec
    from ui.page.launch import Serving, serve

    serving = Serving(options.host, options.port, options.auth, options.no_auth, options.share, options.mcp)
    serving.check()
    resolve_spec(options.model or settings.model)
    serve(_open_index(options, settings), settings, options.model, serving)
    return DONE


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    from ui.doctor import examine

    findings = examine(Path(options.index or settings.index), settings)
    for finding in findings:
        print(f"{'ok     ' if finding.well else 'missing'}  {finding.name}: {finding.text}")
    return DONE if all(finding.well or finding.optional for finding in findings) else FAILED


# --- shared by the commands -------------------------------------------------------------------------------------


def _open_index(options: argparse.Namespace, settings: Settings) -> Index:
    """The index that was asked for; the default one is made from the shipped notes when it is first used."""
    from retrieval import Index
    from retrieval.errors import IndexMissing

    try:
        return Index.open(options.index or settings.index, settings=settings.search)
    except IndexMissing:
        if options.index or settings.index != settings.data / "index":
            raise
    from corpus import shipped_notes
    from ui.progress import terminal_progress

    print(f"indexing the shipped notes into {settings.index} (once)", file=sys.stderr)
    with Index.create(settings.index) as index, terminal_progress() as progress:
        index.update(shipped_notes(), progress=progress)
    return Index.open(settings.index, settings=settings.search)


def _settings(options: argparse.Namespace) -> Settings:
    """Those of the environment, changed by options that say otherwise."""
    settings = Settings.from_environment()
    bits = getattr(options, "bits", None)
    return replace(settings, local_model=replace(settings.local_model, bits=bits)) if bits else settings


def _where(text: str | None) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        where = json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"--where takes a JSON object such as '{{\"must\": [...]}}': {error}") from None
    if not isinstance(where, dict):
        raise UsageError(f"--where takes a JSON object, not {text!r}")
    return where


def _excerpt(text: str, length: int = 200) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0] + "…"


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 < number < 2**16:
        raise argparse.ArgumentTypeError(f"{text} is no port: these are 1 to {2**16 - 1}")
    return number


def _add_bits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bits", type=int, choices=BITS, help="of a weight of a local model: 8 and 4 need a CUDA GPU (default: 16)"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footnote", description="Ask your own notes; every answer has footnotes that can be checked."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace, Settings], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        added.add_argument(
            "--index", metavar="DIR", help="folder of the index (default: FOOTNOTE_INDEX, else the user data folder)"
        )
        return added

    index = command("index", _index, "Make or update an index of files and folders.")
    index.add_argument("paths", nargs="+", metavar="PATH", help="a file or folder of notes")

    search = command("search", _search, "Find passages.")
    search.add_argument("query", metavar="WORDS")
    search.add_argument("-k", type=_at_least_one, default=10, help="how many passages (default: 10)")
    search.add_argument("--mode", choices=("hybrid", "bm25", "dense"), default="hybrid")
    search.add_argument("--where", metavar="JSON", help="a filter over note fields")
    search.add_argument("--json", action="store_true", help="print one JSON document")

    ask = command("ask", _ask, "Answer a question from the notes, with footnotes.")
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument("--model", metavar="SPEC", help="what writes the answer (default: the best model found)")
    _add_bits(ask)
    ask.add_argument("--mode", choices=("auto", "quick", "agent"), default="auto")
    ask.add_argument("--trace", action="store_true", help="show what was done on the way, as a tree")
    ask.add_argument(
        "--web",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="look on the web, too, when the notes do not have it (default: the question stays on this machine)",
    )
    ask.add_argument("--where", metavar="JSON", help="a filter over note fields")
    ask.add_argument("--json", action="store_true", help="print one JSON document")

    verify = command("verify", _verify, "Check the quotes and verdicts of an answer again, against the index.")
    verify.add_argument("answer", metavar="FILE", help="what `footnote ask --json` printed")

    show = command("show", _show, "Print the text of a note, to which all offsets refer.")
    show.add_argument("note_id", metavar="NOTE_ID")

    ui = command("ui", _ui, "Open the web page.")
    ui.add_argument("--host", default=DEFAULT_HOST)
    ui.add_argument("--port", type=_port, default=DEFAULT_PORT)
    ui.add_argument("--model", metavar="SPEC")
    _add_bits(ui)
    ui.add_argument("--auth", metavar="FILE", type=Path, help="let in the accounts of this file (`footnote account`)")
    ui.add_argument("--no-auth", action="store_true", help="let everybody in who reaches --host")
    ui.add_argument(
        "--share",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="pass the page on through a server of Gradio's; needs --auth (default: nothing leaves this machine)",
    )
    ui.add_argument("--mcp", action="store_true", help="serve the notes as tools for other assistants at /mcp, too")

    text = "Say who may use the page where it asks for a password."
    add_account_commands(commands.add_parser("account", help=text, description=text))

    text = "Ask a question set, compare two runs, report one."
    add_eval_commands(commands.add_parser("eval", help=text, description=text))

    text = "List the language models that we name, or download one."
    add_model_commands(commands.add_parser("model", help=text, description=text))

    command("doctor", _doctor, "Say what is installed, what is missing and how to get it.")
    return parser


if __name__ == "__main__":
    sys.exit(main())
