"""Follow-up questions in words that stand alone, by the language model where there is one."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Final

from agent.errors import ModelFailed, ModelUnavailable
from agent.generation import instructions, message, stream_text, without_thoughts
from agent.writing_time import Stopwatch

if TYPE_CHECKING:
    from smolagents import ChatMessage, Model

_log = logging.getLogger(__name__)

_SHOWN: Final = 4
"""Earlier questions that the model sees."""
_LONGEST: Final = 300
"""Characters that a rewritten question may add: a model that writes more answers instead."""
_LONGEST_DRAFT: Final = 6_000
"""Characters, thoughts included, after which a model that does not stop is stopped."""
_WORD: Final = re.compile(r"\w{4,}")


def rewrite(llm: Model, question: str, earlier: Sequence[str], seconds: float) -> str:
    """The question with the names that it leaves out; empty where the model is slow, fails or writes something else.

    Args:
        llm: Asked once.
        question: The follow-up.
        earlier: Questions of the conversation, oldest first.
        seconds: That the model may take.
    """
    lines = [*(f"Earlier question: {one}" for one in earlier[-_SHOWN:]), f"Last question: {question}"]
    asked = [message("system", instructions("follow_up")), message("user", "\n".join(lines))]
    try:
        written = _first_line(llm, asked, Stopwatch(seconds))
    except (ModelFailed, ModelUnavailable) as error:  # the rule takes its place
        _log.warning("the follow-up was not rewritten: %s", error)
        return ""
    text = re.sub(r"^(?:rewritten |last )?question:\s*", "", written, flags=re.IGNORECASE).strip('"“” ')
    return text if _is_the_question(text, question, earlier) else ""


def _first_line(llm: Model, asked: Sequence[ChatMessage], watch: Stopwatch) -> str:
    """What the model writes on its first line that is not empty; empty where time ran out before that line ended."""
    written = ""
    with closing(stream_text(llm, asked)) as pieces:
        for piece in pieces:
            written += piece.text
            if "\n" in without_thoughts(written).strip() or len(written) > _LONGEST_DRAFT:
                break
            if watch.over:
                return ""
    return next((line.strip() for line in without_thoughts(written).splitlines() if line.strip()), "")


def _is_the_question(text: str, question: str, earlier: Sequence[str]) -> bool:
    """Whether a rewritten question says what was asked: all its words come from the conversation."""
    asked = " ".join([*earlier, question]).casefold()
    new = [word for word in _WORD.findall(text.casefold()) if word not in asked]
    return bool(text) and len(text) <= len(question) + _LONGEST and len(new) <= max(2, len(text.split()) // 3)
