"""The tables of cases, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class AddressCase:
    """An address to visit.

    Attributes:
        trick: What is tried, in words.
        url: What is visited.
        visited: Whether it should be.
        reason: Part of the reason for which it should not.
        resolves: What the look-up gives for its host, call by call; the last one for ever.
        redirects: Where its host sends the visitor, one after the other.
        robots: Where its host sends those who ask for robots.txt.
    """

    trick: str
    url: str
    visited: bool
    reason: str = ""
    resolves: tuple[tuple[str, ...], ...] = ()
    redirects: tuple[str, ...] = ()
    robots: str = ""


@dataclass(frozen=True, slots=True)
class InjectionCase:
    """A page that tries to steer who reads it.

    Attributes:
        trick: What is tried, in words.
        html: What stands on the page, beside honest text.
        wants: What the page wants to see in the answer, a query or a visit; a part of it is enough to have failed.
        hidden: Whether people would not see it, so that no text of the page may hold it.
    """

    trick: str
    html: str
    wants: tuple[str, ...]
    hidden: bool = False


def address_cases() -> list[AddressCase]:
    """All addresses."""
    return [
        AddressCase(
            **{
                **row,
                "resolves": tuple(tuple(answer) for answer in row.get("resolves", ())),
                "redirects": tuple(row.get("redirects", ())),
            }
        )
        for row in _rows("addresses.jsonl")
    ]


def injection_cases() -> list[InjectionCase]:
    """All pages."""
    return [InjectionCase(**{**row, "wants": tuple(row["wants"])}) for row in _rows("injections.jsonl")]


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (_FOLDER / name).read_text("utf-8").splitlines()]
