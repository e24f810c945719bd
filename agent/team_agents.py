"""The agents of the team: smolagents' own, with short prompts, a lean memory and a record of every step.

What smolagents would do otherwise: each action is sent twice in the history, under labels that models then copy; a
malformed action stays there whole; one failed call of several discards the others; several blocks of code are joined.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, Final

from smolagents import AgentLogger, ChatMessage, CodeAgent, LogLevel, Model, ToolCallingAgent
from smolagents.agents import EMPTY_PROMPT_TEMPLATES
from smolagents.memory import ActionStep, MemoryStep, TaskStep
from smolagents.models import ChatMessageToolCall, ChatMessageToolCallFunction, MessageRole
from smolagents.utils import AgentError, AgentExecutionError, AgentParsingError

from agent.answer import Action, Step
from agent.desk import Desk
from agent.events import StepTaken
from agent.extractive_model import NOT_FOUND
from agent.generation import instructions
from agent.guarded_model import GuardedModel
from agent.instructions import filled
from agent.keys import cited_keys
from agent.sandbox import Sandbox
from agent.tools import Caller, TeamTool
from agent.web_marks import neutral

_LOGGER: Final = AgentLogger(level=LogLevel.OFF)
_MALFORMED_MOST: Final = 2
"""Malformed actions after which a run gives up: the first is explained."""
_MALFORMED_SHOWN: Final = 200
"""Characters of a malformed action that its writer is shown again."""
_LEFT_OUT: Final = "(left out to save room; the keys in it stay valid)"
_NO_VALUE: Final = "Last output from code snippet:\nNone"
_EXPLAINED: Final = {
    "code": "That was no valid action. Write one thought, then one block of Python between <code> and </code>.",
    "call": 'That was no valid action. Write one call as JSON: {"name": ..., "arguments": {...}}',
}
_AGAIN: Final = "(This was asked before; this is what was reported.)\n"


class _TeamAgent:
    """What manager and agents have in common; stands before a smolagents agent among the parents of a class."""

    name: str
    memory: Any
    tools: Any
    managed_agents: Any
    prompt = "manager"
    form = "code"

    def _join(self, desk: Desk, caller: Caller | None) -> None:
        self.desk = desk
        self.caller = caller
        self.current: int | None = None
        self._malformed = 0

    def initialize_system_prompt(self) -> str:
        """The agent's prompt, with its tools and those it can ask."""
        return filled(self.prompt, tools=self.tools, managed_agents=self.managed_agents)

    def write_memory_to_messages(self, summary_mode: bool = False) -> list[ChatMessage]:
        """The history as the model is shown it: every action once, old outputs left out when there is no more room."""
        room = self.desk.settings.memory_characters
        shown: list[ChatMessage] = []
        for step in reversed(self.memory.steps):
            made = self._messages_of(step, room)
            room -= sum(len(one.content[0]["text"]) for one in made)
            shown = [*made, *shown]
        return [*self.memory.system_prompt.to_messages(), *shown]

    def _messages_of(self, step: MemoryStep, room: int) -> list[ChatMessage]:
        if isinstance(step, TaskStep):
            return [_message(MessageRole.USER, step.task)]
        if not isinstance(step, ActionStep):
            return []
        written = _written(step)
        if isinstance(step.error, AgentParsingError):
            told = _EXPLAINED[self.form]
            return [_message(MessageRole.ASSISTANT, written[:_MALFORMED_SHOWN]), _message(MessageRole.USER, told)]
        seen = "\n".join(part for part in (_output(step), str(step.error) if step.error else "") if part)
        if len(seen) > room:
            seen = _LEFT_OUT
        return [_message(MessageRole.ASSISTANT, written), _message(MessageRole.USER, seen or "(nothing was printed)")]

    def _step_stream(self, memory_step: ActionStep) -> Generator[Any]:
        step = Step("step", f"{self.name}: stopped before its end", 0.0, action=Action(self.name))
        self.current = self.desk.trace.open(self.caller.current if self.caller else None, step)
        try:
            yield from super()._step_stream(memory_step)  # type: ignore[misc]  # of the smolagents agent beside it
        except AgentError as error:
            memory_step.error = error  # so that the record has it, also where smolagents ends the run
            raise

    def _record(self, step: ActionStep) -> None:
        """Write down a step that has ended; a callback of smolagents, which must not raise."""
        used = step.token_usage
        error = str(step.error) if step.error else ""
        thought = _thought(step)
        action = Action(
            agent=self.name,
            thought=thought,
            code=step.code_action or "",
            keys=cited_keys(step.observations or ""),
            prompt_tokens=used.input_tokens if used else 0,
            completion_tokens=used.output_tokens if used else 0,
            error=error,
        )
        done = Step("step", f"{self.name}: {thought}", step.timing.duration or 0.0, len(action.keys), action)
        if self.current is not None:
            self.desk.trace.close(self.current, done)
        self.desk.report(StepTaken(done, self.desk.seconds()))
        if isinstance(step.error, AgentParsingError) or "SyntaxError" in error:
            self._malformed += 1
            if self._malformed >= _MALFORMED_MOST:
                self.desk.budget.stop("The model could not write a valid action twice.", gave_up=True)


class Manager(_TeamAgent, CodeAgent):  # type: ignore[misc]  # smolagents is not typed
    """Plans, delegates, computes in the sandbox and writes the final text."""

    def __init__(
        self,
        desk: Desk,
        model: Model,
        executor: Sandbox,
        tools: Sequence[TeamTool],
        agents: Sequence[Helper],
        checks: Iterable[Callable[..., bool]],
    ) -> None:
        self._join(desk, None)
        super().__init__(
            tools=list(tools),
            managed_agents=list(agents),
            model=GuardedModel(model, desk.budget, as_code),
            executor=executor,
            prompt_templates=_prompts("manager"),
            max_steps=desk.settings.manager_steps,
            final_answer_checks=list(checks),
            step_callbacks=[self._record],
            logger=_LOGGER,
        )
        self.name = "manager"
        self.authorized_imports = executor.authorized_imports
        for tool in tools:
            tool.caller = self
        for agent in agents:
            agent.caller = self


class Helper(_TeamAgent, ToolCallingAgent):  # type: ignore[misc]  # smolagents is not typed
    """Looks things up with the tools of one place, and reports sentences with keys."""

    form = "call"

    def __init__(self, name: str, description: str, desk: Desk, model: Model, tools: Sequence[TeamTool]) -> None:
        self._join(desk, None)
        self.prompt = name
        self._reports: dict[str, str] = {}
        super().__init__(
            tools=list(tools),
            model=GuardedModel(model, desk.budget, as_call),
            prompt_templates=_prompts(name),
            max_steps=desk.settings.agent_steps,
            max_tool_threads=desk.settings.agents_at_once,
            step_callbacks=[self._record],
            logger=_LOGGER,
            name=name,
            description=description,
        )
        for tool in tools:
            tool.caller = self

    def __call__(self, task: str, **named: Any) -> str:
        """The report on `task`; a task that was given before is answered from its report."""
        self.desk.budget.check()
        if task in self._reports:
            return _AGAIN + self._reports[task]
        parent, started = self.caller, self.desk.seconds()
        asked = Action(parent.name if parent else "", tool=self.name, arguments=json.dumps({"task": task}))
        number = self.desk.trace.open(
            parent.current if parent else None, Step("agent", f"{self.name}: {task}", 0.0, action=asked)
        )
        self.state.clear()
        self.caller = _Call(self.name, number)
        try:
            with self.desk.budget.own_mistakes():
                report = str(self.run(task, **named)).strip()
                if self.name == "web":
                    report = neutral(report, keys=True)
        finally:
            self.caller = parent
        self._reports[task] = report
        keys = cited_keys(report)
        action = Action(asked.agent, tool=asked.tool, arguments=asked.arguments, keys=keys)
        seconds = self.desk.seconds() - started
        self.desk.trace.close(number, Step("agent", f"{self.name}: {task}", seconds, len(keys), action))
        return report

    def process_tool_calls(self, chat_message: ChatMessage, memory_step: ActionStep) -> Generator[Any]:
        """As smolagents', with ids that differ and sort by number."""
        for number, call in enumerate(chat_message.tool_calls or ()):
            call.id = f"call_{memory_step.step_number:03}_{number:03}"
        yield from super().process_tool_calls(chat_message, memory_step)

    def execute_tool_call(self, tool_name: str, arguments: Any) -> Any:
        """As smolagents', but a failure is told to the model beside what other calls found."""
        try:
            return super().execute_tool_call(tool_name, arguments)
        except AgentExecutionError as error:
            self.desk.budget.check()
            return f"Error: {error}"


class _Call:
    """The call of an agent, as the parent of its steps in the trace."""

    def __init__(self, name: str, current: int) -> None:
        self.name = name
        self.current: int | None = current


def as_code(message: ChatMessage) -> ChatMessage:
    """A manager's message with one block of code; prose that cites keys is the final answer."""
    text = str(message.content or "")
    start, end = text.find("<code>"), text.find("</code>")
    if 0 <= start < end:
        message.content = text[: end + len("</code>")]
    elif start < 0 and "```" not in text and (cited_keys(text) or text == NOT_FOUND):
        message.content = f"Thought: the answer.\n<code>\nfinal_answer({text!r})\n</code>"
    elif not text:
        message.content = "(nothing was written)"  # smolagents would run it as empty code
    return message


def as_call(message: ChatMessage) -> ChatMessage:
    """An agent's message with a call; prose that cites keys is its report."""
    text = str(message.content or "")
    if not message.tool_calls and '"name"' not in text and (cited_keys(text) or text == NOT_FOUND):
        function = ChatMessageToolCallFunction({"answer": text}, "final_answer")
        message.tool_calls = [ChatMessageToolCall(function, id="call_1", type="function")]
    return message


def _prompts(name: str) -> Any:
    return {
        **EMPTY_PROMPT_TEMPLATES,
        "system_prompt": instructions(name),
        "final_answer": {"pre_messages": instructions(name), "post_messages": instructions("last_step")},
    }


def _message(role: MessageRole, text: str) -> ChatMessage:
    return ChatMessage(role=role, content=[{"type": "text", "text": text}])


def _written(step: ActionStep) -> str:
    """What the model wrote in a step, or its calls where it named them apart from its text."""
    text = str(step.model_output or "").strip()
    if text or not step.tool_calls:
        return text or "(nothing)"
    return "\n".join(json.dumps({"name": call.name, "arguments": call.arguments}) for call in step.tool_calls)


def _output(step: ActionStep) -> str:
    text = (step.observations or "").removeprefix("Execution logs:\n")
    return text.removesuffix(_NO_VALUE).strip()


def _thought(step: ActionStep) -> str:
    """What the model wrote before its action, on one line."""
    text = re.split(r"<code>|```|\{", str(step.model_output or ""), maxsplit=1)[0]
    called = ", ".join(call.name for call in step.tool_calls or ())
    return " ".join(text.removeprefix("Thought:").split()) or called
