"""One way to any question set, whatever its form."""

from __future__ import annotations

from pathlib import Path

from evals.beir import UNKNOWN_LICENCE, file_digests, read_beir, version_of
from evals.errors import SetNotFound
from evals.json_lines import Row, parse_rows
from evals.labels import LABELS, labelled_question, unique
from evals.question_sets import Question, QuestionSet
from evals.set_folder import MANIFEST, read_folder
from evals.squad import read_squad

SHIPPED_SETS = Path(__file__).parent / "sets"
"""Where the sets that come with footnote lie, a folder each."""


def read_set(name: str | Path) -> QuestionSet:
    """The question set of that path, or the shipped one of that name; the form shows in what lies there.

    A folder with `set.yaml` is footnote's own form, another folder BEIR's; a file that ends in `.json` is SQuAD's,
    any other one JSON object a line.

    Raises:
        SetNotFound: There is nothing under that path or name.
        InvalidSet: It breaks the rules of its form.
    """
    path = _existing(Path(name))
    if path.is_dir():
        return read_folder(path) if (path / MANIFEST).exists() else read_beir(path)
    return read_squad(path) if path.suffix.lower() == ".json" else read_simple(path)


def shipped_sets() -> tuple[str, ...]:
    """Names of the sets that come with footnote, sorted."""
    return tuple(sorted(path.parent.name for path in SHIPPED_SETS.glob(f"*/{MANIFEST}")))


def read_simple(path: Path) -> QuestionSet:
    """The set of a file with one question a line: `question`, `id`, and the labels that `evals.labels` lists.

    A question without `id` is called after its line.

    Raises:
        SetNotFound: There is no such file.
        InvalidSet: A line is malformed or an id occurs twice.
    """
    questions = unique(parse_rows(path, _simple_question))
    digests = file_digests(path.parent, [path.name])
    return QuestionSet(
        id=path.stem, version=version_of(digests), licence=UNKNOWN_LICENCE, questions=questions, digests=digests
    )


def _simple_question(row: Row) -> Question:
    row.refuse_typos(("id", "question", *LABELS))
    return labelled_question(row, question_id=row.text("id", f"line-{row.line}"), text=row.text("question"))


def _existing(path: Path) -> Path:
    if path.exists():
        return path
    shipped = SHIPPED_SETS / path
    if len(path.parts) == 1 and (shipped / MANIFEST).exists():
        return shipped
    known = ", ".join(shipped_sets()) or "none"
    raise SetNotFound(f"{path}: no such file or folder, and no set of that name comes with footnote (those: {known})")
