"""What visitors thought of answers, kept as a question set that `footnote eval run` reads."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from agent.answer import Answer

Reason = Literal["wrong", "unsupported", "wrong_source", "should_have_refused"]
REASONS: tuple[Reason, ...] = get_args(Reason)

_FILE = "feedback.jsonl"
_LONGEST_NOTE = 2_000
"""Characters of what a visitor adds in words."""
_LOCK_SECONDS = 10.0
"""Writing takes milliseconds; whoever holds the lock for longer is stuck."""
_UNANSWERABLE = "unanswerable"
"""The kind of question for which a refusal is right, in the words of `evals`."""


class Feedback:
    """The question set in a folder; any number of threads and processes may add to it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _FILE

    def add(
        self,
        question: str,
        answer: Answer,
        good: bool,
        reason: Reason | None = None,
        note: str = "",
        *,
        earlier: Sequence[str] = (),
    ) -> None:
        """Add the question, labelled with what is now known of its answer; a second opinion replaces the first.

        A praised answer is the reference, and what it cites the evidence. A refusal that is praised, and an answer that
        should have been one, make the question unanswerable. For any other complaint, right is an answer in other
        words; where the source alone was wrong, the answer stays the reference.

        Args:
            question: As it was asked.
            answer: What came of it.
            good: Whether the visitor was content.
            reason: What was wrong; None where nothing was, or nobody said.
            note: More of it in the visitor's words.
            earlier: Earlier questions of the same conversation, oldest first.
        """
        labels = _labels(answer, good, reason)
        row = {
            "id": _row_id(question, answer, earlier),
            "question": question,
            **labels,
            **({"history": list(earlier)} if earlier else {}),
            "good": good,
            **({"complaint": reason} if reason else {}),
            **({"remark": note[:_LONGEST_NOTE]} if note.strip() else {}),
            "model": answer.model,
        }
        self._replace(row)

    def _replace(self, row: Mapping[str, Any]) -> None:
        from filelock import FileLock

        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
            known = self.path.read_text("utf-8").split("\n") if self.path.exists() else []
            kept = [line for line in known if line.strip() and _id_of(line) != row["id"]]
            written = self.path.with_suffix(".new")
            written.write_text("\n".join([*kept, json.dumps(row, ensure_ascii=False)]) + "\n", "utf-8", newline="\n")
            os.replace(written, self.path)


def _labels(answer: Answer, good: bool, reason: Reason | None) -> dict[str, Any]:
    if reason == "should_have_refused" or (good and answer.refused):
        return {"kind": _UNANSWERABLE}
    said = _plain(answer)
    if good:
        evidence = [{"text": c.quote, "file": c.note_id} for c in answer.citations if c.kind == "note"]
        return {"kind": "praised", "evidence": evidence, "reference": said}
    if reason == "wrong_source" and said:
        return {"kind": reason, "reference": said}
    return {"kind": reason or "wrong", "answer": _anything_but(said)}


def _plain(answer: Answer) -> str:
    """The answer without the marks of its citations; nothing for a refusal."""
    return "" if answer.refused else " ".join(" ".join(one.text.split()) for one in answer.sentences)


def _anything_but(said: str) -> str:
    """A regular expression that matches every answer except that one, and never an empty one."""
    return f"^(?!{re.escape(said)}$)." if said else "."


def _row_id(question: str, answer: Answer, earlier: Sequence[str]) -> str:
    """The same for the same answer to the same question, so that an opinion can be changed."""
    content = json.dumps([question, answer.text, *earlier], ensure_ascii=False)
    return "feedback-" + hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:12]


def _id_of(line: str) -> Any:
    """The id of a line; lines that a person has broken are left to whoever reads the set."""
    try:
        fields = json.loads(line)
    except json.JSONDecodeError:
        return None
    return fields.get("id") if isinstance(fields, dict) else None
