"""What robots.txt of a site allows: the one door to `protego`, which knows the wildcards that urllib.robotparser lacks.

As RFC 9309 asks: a site without the file allows everything, a site whose server fails allows nothing for now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from protego import Protego

    from agent.web_connection import Clock

_KEPT_SECONDS: Final = 3600.0
"""A site may change its mind; RFC 9309 asks not to keep the file longer than a day."""
_FAILURE_SECONDS: Final = 60.0
"""A server that failed may be well again."""
_MOST_SITES: Final = 200


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The rules of one site; `file` is None where its server failed."""

    file: Protego | None
    agent: str
    until: float

    def problem(self, url: str) -> str:
        """What speaks against asking for `url`; empty where nothing does."""
        if self.file is None:
            return "its server fails, so that robots.txt cannot be asked; try another page"
        return "" if self.file.can_fetch(url, self.agent) else "robots.txt asks programs not to; try another page"


class Robots:
    """The rules of the sites that were asked, for one name of a program."""

    def __init__(self, agent: str, clock: Clock) -> None:
        self._agent = agent
        self._clock = clock
        self._rules: dict[str, SiteRules] = {}

    def known(self, origin: str) -> SiteRules | None:
        """The rules of a site, where they were learnt and are still fresh."""
        rules = self._rules.get(origin)
        return rules if rules and rules.until > self._clock() else None

    def learn(self, origin: str, text: str | None) -> SiteRules:
        """The rules in the text of a site's robots.txt; None stands for a server that fails."""
        from protego import Protego

        if len(self._rules) >= _MOST_SITES:
            self._rules.clear()
        kept = _FAILURE_SECONDS if text is None else _KEPT_SECONDS
        rules = SiteRules(None if text is None else Protego.parse(text), self._agent, self._clock() + kept)
        self._rules[origin] = rules
        return rules
