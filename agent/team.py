"""The team of one run: a manager in the sandbox, an agent for the notes, and one for the web where that is on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any, Final

from smolagents import Model
from smolagents.utils import AgentError as SmolagentsError

from agent.desk import Desk
from agent.errors import AgentError, RunStopped, WrongCall
from agent.evidence import Evidence
from agent.extractive_model import NOT_FOUND
from agent.instructions import tool_texts
from agent.keys import cited_keys
from agent.sandbox import Sandbox, SandboxPool
from agent.side_by_side import side_by_side
from agent.team_agents import Helper, Manager
from agent.tools import Found, TeamTool, calculate_tool, extra_tools, note_tools, web_tools

MOST_TASKS: Final = 8
"""Questions that one call of `ask_each` takes."""
_NOTES: Final = "looks a question up in the notes and reports sentences with keys, or NOT FOUND."
_WEB: Final = "looks a question up on the web, when the notes do not have it; reports as notes does."


class Team:
    """Works on one question. Not for two at once, and not for a second one: the next question gets a new team."""

    def __init__(
        self, desk: Desk, model: Model, pool: SandboxPool, tools: Iterable[Any] = (), check: Callable[[str], str] = str
    ) -> None:
        """Bring the agents together.

        Args:
            desk: What they share.
            model: Writes every action of all of them.
            pool: Where the manager's code runs.
            tools: The user's own, see `agent.tools.as_tools`.
            check: What is wrong with a final text, for the manager to repair; empty where nothing is.

        Raises:
            InvalidTool: Something in `tools` is no tool.
        """
        self._desk = desk
        self._model = model
        self._branches = count(1)
        self._check = check
        self._sandbox = Sandbox(pool)
        self._helpers = [self._notes_agent(desk)]
        if desk.web is not None:
            self._helpers.append(Helper("web", _WEB, desk, model, web_tools(desk)))
        search = note_tools(desk)[:1]
        self._each = TeamTool("ask_each", tool_texts()["ask_each"], self._ask_each, desk, output_type="array")
        extra = extra_tools(tools, desk)
        own = [
            one for one in (*search, self._each, calculate_tool(desk)) if one.name not in {more.name for more in extra}
        ]
        self.manager = Manager(desk, model, self._sandbox, [*own, *extra], self._helpers, [self.final_text_is_grounded])

    def work_on(self, task: str) -> str:
        """The manager's final text, as it wrote it."""
        return _as_text(self.manager.run(task))

    def interrupt(self) -> None:
        """Let the step that is running be the last; smolagents looks at this between steps only."""
        self.manager.interrupt()
        for helper in self._helpers:
            helper.interrupt()
        self._sandbox.interrupt()

    def final_text_is_grounded(self, answer: Any, memory: Any, agent: Any) -> bool:
        """A check of smolagents, whose error the manager reads."""
        with self._desk.budget.own_mistakes():
            problem = self._check(_as_text(answer))
        if problem:
            raise ValueError(problem)
        return True

    def _notes_agent(self, desk: Desk) -> Helper:
        return Helper("notes", _NOTES, desk, self._model, note_tools(desk))

    def _ask_each(self, tasks: Sequence[str]) -> Found:
        """Reports on independent questions, each from an agent of its own with its own keys."""
        if not isinstance(tasks, list | tuple) or not all(isinstance(task, str) for task in tasks):
            raise WrongCall("ask_each takes a list of questions")
        if not 0 < len(tasks) <= MOST_TASKS:
            raise WrongCall(f"ask_each takes 1 to {MOST_TASKS} questions, not {len(tasks)}")
        agents = [self._notes_agent(self._branch()) for _ in tasks]
        for agent in agents:
            agent.caller = self._each
        self._helpers.extend(agents)
        works = [partial(_report, agent, task) for agent, task in zip(agents, tasks, strict=True)]
        budget = self._desk.budget
        reports = side_by_side(works, self._desk.settings.agents_at_once, "footnote-agent", budget.check)
        return Found(reports, self._cited("\n".join(reports)))

    def _branch(self) -> Desk:
        return replace(self._desk, ledger=self._desk.ledger.branch(next(self._branches)))

    def _cited(self, text: str) -> list[Evidence]:
        return [known for key in cited_keys(text) if (known := self._desk.ledger.get(key))]


def _report(agent: Helper, task: str) -> str:
    """The agent's report; one that fails does not take the others with it."""
    try:
        return agent(task)
    except RunStopped:
        return NOT_FOUND
    except (AgentError, SmolagentsError) as error:  # of a model or a tool: the manager goes on with what is there
        return f"Error: {error}"


def _as_text(answer: Any) -> str:
    """A final answer as text; the forced one of the last step comes in parts."""
    if isinstance(answer, list) and all(isinstance(part, dict) and "text" in part for part in answer):
        return "\n".join(str(part["text"]) for part in answer)
    return str(answer).strip()
