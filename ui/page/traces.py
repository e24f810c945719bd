"""The steps of an answer as a widget that unfolds: who did what, what came back, how long it took, what went wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from agent.answer import Action, Step

_DONE = {
    "search": "Searched the notes",
    "read": "Compared sentences",
    "write": "Wrote",
    "quote": "Chose sentences",
    "reject": "Left a sentence out",
}
_LONGEST_TEXT = 400
"""Characters of a query or a reason that a line of the trace shows."""


def trace_html(steps: Sequence[Step], seconds: float) -> str:
    """One folded line; empty where nothing was done."""
    if not steps:
        return ""
    failed = sum(bool(step.action and step.action.error) for step in steps)
    warned = f' · <span class="fn-warn">{failed} failed</span>' if failed else ""
    count = "1 step" if len(steps) == 1 else f"{len(steps)} steps"
    return (
        f'<details class="fn-trace"><summary>Worked {seconds_text(seconds)} · {count}{warned}</summary>'
        f"<ol>{''.join(map(_step, steps))}</ol></details>"
    )


def working_html(doing: str, steps: Sequence[Step]) -> str:
    """The line while an answer is made: what is being done, and below it what has been done."""
    line = f'<span class="fn-spinner" aria-hidden="true"></span>{escape(doing)}…'
    if not steps:
        return f'<p class="fn-working">{line}</p>'
    return (
        f'<details class="fn-trace fn-working"><summary>{line}</summary><ol>{"".join(map(_step, steps))}</ol></details>'
    )


def seconds_text(seconds: float) -> str:
    """A duration for people: `8 ms`, `0.8 s`, `1 min 12 s`."""
    if seconds < 0.1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _step(step: Step) -> str:
    action = step.action or Action("")
    done, about = _what(step, action)
    facts = [seconds_text(step.seconds)] if step.seconds else []
    if step.passages:
        facts.append("1 passage" if step.passages == 1 else f"{step.passages} passages")
    if action.prompt_tokens or action.completion_tokens:
        facts.append(f"{action.prompt_tokens + action.completion_tokens} tokens")
    wrong = f'<p class="fn-step-error">{escape(_cut(action.error))}</p>' if action.error else ""
    code = f'<pre tabindex="0"><code>{escape(action.code)}</code></pre>' if action.code else ""
    kind = "fn-step-failed" if action.error else f"fn-step-{escape(step.kind)}"
    return (
        f'<li class="{kind}" style="--depth:{min(action.depth, 6)}"><p>'
        f'<span class="fn-step-name">{escape(done)}</span> '
        f'<span class="fn-step-about">{escape(_cut(about))}</span> '
        f'<span class="fn-step-facts">{" · ".join(facts)}</span></p>{code}{wrong}</li>'
    )


def _what(step: Step, action: Action) -> tuple[str, str]:
    """What a step did, in words, and on what."""
    if step.kind == "tool" and action.tool:
        by = f"{action.agent} called " if action.agent else ""
        return f"{by}{action.tool}", _arguments(action.arguments)
    if step.kind == "agent":
        return f"asked {action.tool}", _arguments(action.arguments)
    if step.kind == "step" and action.agent:
        return action.agent, step.text.removeprefix(f"{action.agent}:").strip()
    return _DONE.get(step.kind, step.kind), step.text


def _arguments(text: str) -> str:
    """The arguments of a call as a person reads them: the values alone where the names say nothing."""
    try:
        given = json.loads(text)
    except ValueError:
        return text
    if not isinstance(given, dict):
        return text
    return ", ".join(f"“{value}”" if isinstance(value, str) else f"{name} {value}" for name, value in given.items())


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…"
