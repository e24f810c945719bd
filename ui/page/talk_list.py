"""The list of a person's talks as HTML: pinned ones, then by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape
from itertools import groupby

from ui.history import Talk

_RECENT_DAYS = 7


def talk_list_html(talks: Iterable[Talk], now: datetime, search: str = "") -> str:
    """Groups of talks in the order in which they come; a sentence where there is none.

    Args:
        talks: Pinned ones first, newest first.
        now: The time, with the time zone in which days begin.
        search: What was searched for.
    """
    groups = [
        f'<h2>{name}</h2><ul role="list">{"".join(map(_entry, group))}</ul>'
        for name, group in groupby(talks, key=lambda talk: _group(talk, now))
    ]
    if groups:
        return "".join(groups)
    said = f"Nothing found for “{escape(search)}”." if search else "Your conversations will be listed here."
    return f'<p class="fn-empty">{said}</p>'


def _group(talk: Talk, now: datetime) -> str:
    if talk.pinned:
        return "Pinned"
    days = (now.date() - talk.updated.astimezone(now.tzinfo).date()) / timedelta(days=1)
    if days < 1:
        return "Today"
    if days < 2:
        return "Yesterday"
    return "This week" if days < _RECENT_DAYS else "Earlier"


def _entry(talk: Talk) -> str:
    title = escape(talk.title)
    turns = "1 question" if talk.turns == 1 else f"{talk.turns} questions"
    pin = "Unpin" if talk.pinned else "Pin"
    actions = "".join(
        f'<button type="button" data-do="{what}">{text}</button>'
        for what, text in (
            ("rename", "Rename"),
            ("pin", pin),
            ("export-markdown", "Export Markdown"),
            ("export-json", "Export JSON"),
            ("delete", "Delete"),
        )
    )
    return (
        f'<li class="fn-talk" data-talk="{escape(talk.talk_id)}" data-pinned="{int(talk.pinned)}">'
        f'<button type="button" class="fn-talk-open" data-do="open" title="{title} · {turns}">{title}</button>'
        f'<details class="fn-menu"><summary aria-label="Actions for {title}">⋯</summary>'
        f'<div class="fn-menu-list">{actions}</div></details></li>'
    )
