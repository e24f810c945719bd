"""The tools of the team. Each returns text: passages, every one under its key of the ledger.

Covered: a tool never raises for a model's mistake or for what went wrong outside while it worked, it says so in its
text; what a model gives is checked before, so that any other error is a mistake of ours and ends the run; the same call
twice is answered from what was found the first time; every call is recorded; no call is made for a run that
is over.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from smolagents import Tool

from agent.answer import Action, Step
from agent.desk import Desk
from agent.errors import AgentError, InvalidTool, RunStopped, ToolFailed, WrongCall
from agent.events import PassagesFound, StepTaken
from agent.evidence import Evidence
from agent.instructions import ToolText, tool_texts
from agent.keys import cited_keys
from agent.web_marks import as_data
from corpus import Note
from corpus.chunking import chunk_note
from corpus.errors import CorpusError
from retrieval.errors import RetrievalError
from retrieval.filters import Where

MOST_PASSAGES = 20
"""Passages that one search returns at most, whatever the model asks for."""
_LISTED_NOTES = 50
"""Titles that one list shows: 1,000 tokens."""
_ERROR_CHARACTERS = 300
_OUTPUT_CHARACTERS = 8_000
"""Characters that are taken from a tool that is not ours."""
_AGAIN = "(This call was made before; this is what it found.)\n"


@dataclass(frozen=True, slots=True)
class Found:
    """What a call returns: the text for the model (several for several questions), and the passages in it."""

    text: str | list[str]
    passages: Sequence[Evidence] = ()


Work = Callable[..., Found]


class Caller(Protocol):
    """The agent that a tool belongs to."""

    name: str
    current: int | None
    """The number of its step in the trace."""


class TeamTool(Tool):  # type: ignore[misc]  # smolagents is not typed
    """A tool of one agent in one run."""

    skip_forward_signature_validation = True

    def __init__(self, name: str, described: ToolText, work: Work, desk: Desk, output_type: str = "string") -> None:
        self.name = name
        self.description = described.text
        self.inputs = {key: dict(one) for key, one in described.inputs.items()}
        self.output_type = output_type
        self.caller: Caller | None = None
        self.current: int | None = None
        self._work = work
        self._desk = desk
        self._known: dict[str, Found] = {}
        super().__init__()

    def __call__(self, *args: Any, sanitize_inputs_outputs: bool = False, **named: Any) -> Any:
        """The text of what was found, or of what went wrong."""
        return self.forward(*args, **named)

    def forward(self, *args: Any, **named: Any) -> Any:
        """As `__call__`."""
        self._desk.budget.check()
        try:
            arguments = self._bound(args, named)
            call = json.dumps(arguments, ensure_ascii=False, sort_keys=True, default=str)
        except (TypeError, ValueError, RecursionError) as error:  # of what was given: nothing has been done with it
            wrong = _failed(f"{self.name} was called wrongly: {error}")
            return self._recorded(str(named or args)[:_ERROR_CHARACTERS], lambda: wrong)
        if call in self._known:
            known = self._known[call]
            text = _AGAIN + known.text if isinstance(known.text, str) else known.text
            return self._recorded(call, lambda: Found(text, known.passages))
        return self._recorded(call, lambda: self._remembered(call, arguments))

    def _bound(self, args: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by name, those left out that are None."""
        only = args[0] if len(args) == 1 and not named else None
        if isinstance(only, dict) and set(only) <= set(self.inputs):
            args, named = (), only
        parameters = [
            inspect.Parameter(
                name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None if one.get("nullable") else inspect._empty
            )
            for name, one in self.inputs.items()
        ]
        signature = inspect.Signature(parameters)
        bound = signature.bind(*args, **named).arguments
        given = {name: value for name, value in bound.items() if value is not None}
        signature.bind(**given)  # None is no value for what has to be given
        return given

    def _remembered(self, call: str, arguments: Mapping[str, Any]) -> Found:
        try:
            with self._desk.budget.own_mistakes():
                return self._found(call, arguments)
        except RunStopped:
            raise
        except AgentError as error:
            return _failed(f"{self.name} did not work: {error}")

    def _found(self, call: str, arguments: Mapping[str, Any]) -> Found:
        try:
            self._known[call] = found = self._work(**arguments)
        except (CorpusError, RetrievalError) as error:  # an unknown field of a filter, a file that is gone
            return _failed(f"{self.name} did not work: {error}")
        return found

    def _recorded(self, call: str, answer: Callable[[], Found]) -> str | list[str]:
        desk, agent = self._desk, self.caller.name if self.caller else ""
        started = desk.seconds()
        step = Step("tool", f"{self.name} {call}", 0.0, action=Action(agent, tool=self.name, arguments=call))
        self.current = number = desk.trace.open(self.caller.current if self.caller else None, step)
        found = answer()
        keys = tuple(one.key for one in found.passages)
        error = str(found.text) if isinstance(found, _Failure) else ""
        action = Action(agent, tool=self.name, arguments=call, keys=keys, error=error)
        step = Step("tool", f"{self.name} {call}", desk.seconds() - started, len(keys), action)
        desk.trace.close(number, step)
        desk.report(StepTaken(step, desk.seconds()))
        return found.text


class _Failure(Found):
    """What a model is told of a call that did not work."""


def _failed(reason: str) -> _Failure:
    return _Failure(f"Error: {' '.join(reason.split())[:_ERROR_CHARACTERS]}. Try it another way.")


def note_tools(desk: Desk) -> list[TeamTool]:
    """`search_notes`, `read_note` and `list_notes` for one agent."""
    work: dict[str, Work] = {
        "search_notes": lambda query, k=None, where=None: _search_notes(desk, query, k, where),
        "read_note": lambda note_id, start=0, end=None: _read_note(desk, note_id, start, end),
        "list_notes": lambda where=None: _list_notes(desk, where),
    }
    return [TeamTool(name, tool_texts()[name], does, desk) for name, does in work.items()]


def web_tools(desk: Desk) -> list[TeamTool]:
    """`web_search` and `visit_page` for one agent; none where the web is off."""
    web = desk.web
    if web is None:
        return []
    work: dict[str, Work] = {
        "web_search": lambda query: _web_search(desk, query),
        "visit_page": lambda url, start=0: _visit_page(desk, url, start),
    }
    return [TeamTool(name, tool_texts()[name], does, desk) for name, does in work.items()]


def extra_tools(given: Iterable[Any], desk: Desk) -> list[TeamTool]:
    """Tools of the user, on the host; what they say is entered in the ledger.

    Raises:
        InvalidTool: Something is no tool.
    """
    return [_extra_tool(tool, desk) for tool in as_tools(given)]


def as_tools(given: Iterable[Any]) -> list[Tool]:
    """Smolagents tools of what a user may give: such tools, LangChain tools, collections (as of an MCP server).

    Raises:
        InvalidTool: Something is none of these.
    """
    tools: list[Tool] = []
    for one in given:
        if isinstance(one, Tool):
            tools.append(one)
        elif isinstance(getattr(one, "tools", None), list):
            tools.extend(as_tools(one.tools))
        elif all(hasattr(one, name) for name in ("name", "description", "args", "run")):
            tools.append(Tool.from_langchain(one))
        else:
            raise InvalidTool(f"{one!r} is no tool; give a smolagents `Tool`, a LangChain tool or `McpTools`")
    return tools


def calculate_tool(desk: Desk) -> TeamTool:
    """`calculate`: a number that can be cited, from figures of passages."""

    def work(expression: str, keys: Sequence[str]) -> Found:
        if not isinstance(keys, str | list | tuple):
            raise WrongCall(f"keys is a list such as ['n1', 'n2'], not {keys!r}")
        named = cited_keys(f"[{keys.strip('[] ')}]") if isinstance(keys, str) else [str(key) for key in keys]
        made = desk.calculator.calculate(_text(expression), named, desk.ledger)
        return Found(f"[{made.key}] {made.text}", [made])

    return TeamTool("calculate", tool_texts()["calculate"], work, desk)


def _extra_tool(tool: Tool, desk: Desk) -> TeamTool:
    def work(**arguments: Any) -> Found:
        try:
            text = str(tool(**arguments))[:_OUTPUT_CHARACTERS].strip()
        except Exception as error:  # a tool that was given to us may raise anything
            raise ToolFailed(f"{type(error).__name__}: {error}") from error
        if not text:
            return Found("It returned nothing.")
        call = f"{tool.name}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"
        return _shown([desk.ledger.enter_output(call, text)])

    return TeamTool(tool.name, ToolText(tool.description, tool.inputs), work, desk)


def _search_notes(desk: Desk, query: str, k: int | None, where: Where | None) -> Found:
    query, number = _text(query), desk.settings.passages if k is None else min(max(1, _whole("k", k)), MOST_PASSAGES)
    passages = desk.ledger.enter_hits(desk.search(query, number, _both(desk.where, where)))
    desk.report(PassagesFound(query, tuple(passages), desk.seconds()))
    return _shown(passages) if passages else Found("Nothing matched. Try other words.")


def _read_note(desk: Desk, note_id: str, start: int, end: int | None) -> Found:
    named = desk.ledger.get(_text(note_id).strip("[] "))
    note = desk.index.note(named.note_id if named else _text(note_id))
    if note is None or not _within(desk, note):
        return _failed(f"there is no note {note_id!r}; give the id that search_notes or list_notes printed")
    first = min(max(0, _whole("start", start)), len(note.text))
    last = min(len(note.text), first + desk.settings.read_characters)
    if end is not None and (asked := _whole("end", end)) > first:
        last = min(last, asked)
    if not note.text[first:last].strip():
        return Found(f"Nothing stands there; the note has {len(note.text):,} characters.")
    heading = named.heading if named and named.start <= first < named.end else ()
    return _shown([desk.ledger.enter_span(note, first, last, heading)])


def _list_notes(desk: Desk, where: Where | None) -> Found:
    entries = desk.index.notes(_both(desk.where, where))
    lines = [f"{entry.title} (id {entry.note_id})" for entry in entries[:_LISTED_NOTES]]
    if len(entries) > _LISTED_NOTES:
        lines.append(f"... and {len(entries) - _LISTED_NOTES:,} more; narrow it with where")
    return Found("\n".join(lines) or "No note is there.")


def _web_search(desk: Desk, query: str) -> Found:
    assert desk.web is not None
    hits = desk.web.search(_text(query), desk.settings.passages)
    if not hits:
        return Found("No page was found. Try other words.")
    addresses = "\n".join(f"{number}. address {hit.url}" for number, hit in enumerate(hits, start=1))
    told = "\n".join(f"{number}. {hit.title}: {hit.snippet}" for number, hit in enumerate(hits, start=1))
    return Found(f"{addresses}\n{as_data(told, 'a web search')}")


def _visit_page(desk: Desk, url: str, start: int) -> Found:
    assert desk.web is not None
    first = max(0, _whole("start", start))
    page = desk.web.visit(_text(url))
    text = page.text[first : first + desk.settings.read_characters]
    if not text.strip():
        return Found(f"Nothing stands there; the page has {len(page.text):,} characters.")
    chunks = chunk_note(Note(page.url, page.title, text, page.url))
    passages = [desk.ledger.enter_web(page.url, page.title, one.text, first + one.start) for one in chunks]
    desk.report(PassagesFound(page.url, tuple(passages), desk.seconds()))
    rest = len(page.text) - first - len(text)
    more = f"\n\n({rest:,} more characters; go on with start={first + len(text)})" if rest else ""
    return Found(f"{_shown(passages).text}{more}", passages)


def _shown(passages: Sequence[Evidence]) -> Found:
    return Found("\n\n".join(map(_passage_text, passages)), passages)


def _passage_text(passage: Evidence) -> str:
    if passage.kind == "web":
        return f"[{passage.key}] (id {passage.note_id})\n{as_data(passage.text.strip(), passage.title)}"
    place = " › ".join(dict.fromkeys((passage.title, *passage.heading)))
    return f"[{passage.key}] {place} (id {passage.note_id}, {passage.start}-{passage.end})\n{passage.text.strip()}"


def _whole(name: str, value: Any) -> int:
    """What a model gave as a number of something."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise WrongCall(f"{name} is a whole number, not {value!r}") from error


def _text(value: Any) -> str:
    """What a model gave as a text, without what no text has: control characters, halves of characters."""
    return "".join(c for c in str(value) if c.isprintable() or c in "\n\t")


def _both(user: Where | None, model: Any) -> Where | None:
    """A filter that keeps what both keep; a model can only narrow what the user allows."""
    given = [one for one in (user, model) if one]
    return {"must": given} if len(given) > 1 else given[0] if given else None


def _within(desk: Desk, note: Note) -> bool:
    """Whether the user's filter keeps the note."""
    only = {"field": "note_id", "match": note.note_id}
    return not desk.where or bool(desk.index.notes(_both(desk.where, {"must": [only]})))
