"""A smolagents model without an LLM: a fixed policy that drives the manager and its agents, sandbox included.

The manager's part: ask the notes agent the question, or each part of it side by side; where the notes do not answer and
there is a web agent, ask that; join the reports. Where the question asks to combine two figures, ask for each of them,
and calculate when both were found. An agent's part: search once (on the web, open the first page), then
report the sentences that answer, each with the key of its passage. Whoever makes the model says how sentences are
chosen from passages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from smolagents import ChatMessage, Model
from smolagents.models import ChatMessageToolCall, ChatMessageToolCallFunction, MessageRole, TokenUsage

from agent.asked_calculation import asked_calculation, computable
from agent.parts import Parts, split_question

NOT_FOUND: Final = "NOT FOUND"
"""What a report or an answer says when there is nothing to say; an answer says it, too, before a part of the question
that it leaves open."""

Quote = Callable[[str, Sequence[str]], Sequence[str]]
"""A question and the keys of passages → sentences that answer it, each ending with its key; none where none does."""

_QUESTION = re.compile(r"^Question: (.*)$", re.MULTILINE)
_KEY = re.compile(r"^\[([nwt]\d+)\] ", re.MULTILINE)
_ADDRESS = re.compile(r"^1\. address (\S+)$", re.MULTILINE)
_LINES_OF_PARTS = 2
_LINES_OF_SIDES = 1
"""Sentences that a part adds, or a side of a comparison, where the answer to the whole question has none of its.

A formula that the last of them leads up to comes along.
"""

_ONE = """\
answer = notes({question!r})
{web}final_answer(answer)"""
_OR_WEB = """\
if answer == "NOT FOUND":
    answer = web({question!r})
"""
_SEVERAL = """\
reports = ask_each({questions!r})
lines = reports[0].splitlines()
for report in reports[1:]:
    found = report.splitlines()
    if {condition}:
        lines.extend(found[:{further}] + [line for line in found[{further}:][:1] if line.startswith("$$")])
answer = "\\n".join(line for line in lines if line != "NOT FOUND") or "NOT FOUND"
{web}lacking = [part for part, report in zip({said!r}, reports[1:]) if report == "NOT FOUND"]
if answer != "NOT FOUND" and len(lacking) < len(reports) - 1:
    answer += "".join("\\nNOT FOUND: " + part for part in lacking)
final_answer(answer)"""
_NEW = "not set(found) & set(lines)"
_COMPARED = f'{_NEW} and reports[0] != "NOT FOUND"'
"""What the sides are says nothing on how they compare in one respect where the notes do not."""
_SIDE_BY_SIDE = f'{_NEW} and (reports[0] != "NOT FOUND" or "NOT FOUND" not in reports[1:])'
"""Where no respect is named, what both are is an answer, too."""
_FIGURES = """\
reports = ask_each({questions!r})
print("\\n{between}\\n".join(reports))"""
_BETWEEN = "-----"
_COMPUTED = """\
lines = {lines!r}
computed = calculate({expression!r}, {keys!r})
if not computed.startswith("Error"):
    key, _, equation = computed.partition(" ")
    lines.append(f"{said}: {{equation}}. {{key}}")
answer = "\\n".join(lines)
final_answer(answer)"""
_AGAIN = "final_answer(answer)"
_NOTHING = f'final_answer("{NOT_FOUND}")'


class ExtractiveModel(Model):  # type: ignore[misc]  # smolagents is not typed
    """Plays every agent of one run; who is asked shows in the tools that the agent has."""

    def __init__(self, quote: Quote, passages: int, *, web: bool = False, splits: bool = True) -> None:
        """Make the policy; `splits` says whether a question can have several parts."""
        super().__init__(model_id="extractive")
        self._splits = splits
        self._quote = quote
        self._passages = passages
        self._web = web

    def generate(
        self,
        messages: list[ChatMessage],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, str] | None = None,
        tools_to_call_from: list[Any] | None = None,
        **_: Any,
    ) -> ChatMessage:
        """The next action, by the policy of the agent that asks."""
        texts = [(message.role, _text_of(message)) for message in messages]
        taken = sum(role == MessageRole.ASSISTANT for role, _ in texts)
        task = next((text for role, text in texts if role == MessageRole.USER), "")
        shown = texts[-1][1] if taken else ""
        if tools_to_call_from is None:
            return _said(f"Thought: {self._thought(task, taken)}\n<code>\n{self._code(task, taken, shown)}\n</code>")
        names = {tool.name for tool in tools_to_call_from}
        return self._on_the_web(task, taken, shown) if "web_search" in names else self._in_the_notes(task, taken, shown)

    def _thought(self, task: str, taken: int) -> str:
        if taken:
            return "give what was found."
        question = _question(task)
        if asked_calculation(question):
            return "the answer is a calculation; ask for both figures."
        several = self._parts(question).several
        return "the question has several parts; ask for each of them." if several else "ask the notes."

    def _parts(self, question: str) -> Parts:
        return split_question(question) if self._splits else Parts((question,))

    def _code(self, task: str, taken: int, shown: str) -> str:
        question = _question(task)
        asked = asked_calculation(question)
        if asked and not taken:
            return _FIGURES.format(questions=list(asked.questions), between=_BETWEEN)
        if asked:
            taken -= 1
        if taken:
            return _AGAIN if taken == 1 else _NOTHING
        found = computable(asked, shown.split(f"\n{_BETWEEN}\n")) if asked else None
        if found:
            return _COMPUTED.format(
                lines=list(found.lines), expression=found.expression, keys=list(found.keys), said=found.said
            )
        return self._lookup(question)

    def _lookup(self, question: str) -> str:
        """Code that asks for the question, or for each of its parts."""
        parts = self._parts(question)
        web = _OR_WEB.format(question=question) if self._web else ""
        if parts.several:
            further, condition = _LINES_OF_PARTS, _NEW
            if parts.sides:
                further, condition = _LINES_OF_SIDES, _COMPARED if parts.aspect else _SIDE_BY_SIDE
            asked = list(dict.fromkeys([question, *parts.tasks]))
            return _SEVERAL.format(questions=asked, condition=condition, further=further, web=web, said=parts.said)
        return _ONE.format(question=question, web=web)

    def _in_the_notes(self, task: str, taken: int, shown: str) -> ChatMessage:
        return _called("search_notes", query=task, k=self._passages) if not taken else self._report(task, shown)

    def _on_the_web(self, task: str, taken: int, shown: str) -> ChatMessage:
        if not taken:
            return _called("web_search", query=task)
        address = _ADDRESS.search(shown)
        return _called("visit_page", url=address[1]) if taken == 1 and address else self._report(task, shown)

    def _report(self, task: str, shown: str) -> ChatMessage:
        lines = self._quote(task, _KEY.findall(shown))
        return _called("final_answer", answer="\n".join(lines) or NOT_FOUND)


def _question(task: str) -> str:
    found = _QUESTION.search(task)
    return found[1] if found else task


def _text_of(message: ChatMessage) -> str:
    content = message.content or ""
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def _said(text: str) -> ChatMessage:
    return ChatMessage(role=MessageRole.ASSISTANT, content=text, token_usage=TokenUsage(0, 0))


def _called(name: str, **arguments: Any) -> ChatMessage:
    call = ChatMessageToolCall(ChatMessageToolCallFunction(arguments, name), id="call_1", type="function")
    text = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
    return ChatMessage(role=MessageRole.ASSISTANT, content=text, tool_calls=[call], token_usage=TokenUsage(0, 0))
