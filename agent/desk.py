"""What the agents and tools of one run share: where to look, what was found, what may still be spent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.budget import Budget
from agent.calculator import Calculator
from agent.events import Event
from agent.evidence import Ledger
from agent.remembering import RememberingSearch
from agent.settings import TeamSettings
from agent.trace import Trace
from retrieval import Index
from retrieval.filters import Where


class WebHit(Protocol):
    """A page that a web search found."""

    @property
    def url(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def snippet(self) -> str: ...


class WebPage(Protocol):
    """A page that was fetched."""

    @property
    def url(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...


class WebSource(Protocol):
    """The web as the team sees it; what fails raises `AgentError` with a reason of one line."""

    def search(self, query: str, k: int = 5) -> Sequence[WebHit]: ...
    def visit(self, url: str) -> WebPage: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What one run has; each agent of several side by side gets a desk with its own branch of the ledger.

    Attributes:
        report: Takes events from any thread.
        seconds: Since the question was asked.
        where: The filter of the user; every search and list stays within it.
        web: None where the web is off.
    """

    index: Index
    search: RememberingSearch
    ledger: Ledger
    budget: Budget
    trace: Trace
    settings: TeamSettings
    calculator: Calculator
    report: Callable[[Event], None]
    seconds: Callable[[], float]
    where: Where | None = None
    web: WebSource | None = None
