"""A job in the background as HTML, while it runs; what it is about may come from a visitor and is escaped here."""

from __future__ import annotations

from html import escape
from typing import Protocol


class Running(Protocol):
    """How far a job is."""

    @property
    def what(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def line(self) -> str: ...


def running_html(doing: str, state: Running) -> str:
    """What is done to what, a bar, and the numbers."""
    bar = f'value="{state.done}" max="{state.total}"' if state.total else ""
    return (
        f'<div class="fn-job"><p><strong>{doing} {escape(state.what)}</strong></p>'
        f'<progress aria-label="Progress" {bar}></progress>'
        f'<p class="fn-rate">{escape(state.line)}</p></div>'
    )
