"""The cards of the source panel. Whatever comes from a note, a page or a tool is escaped here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from agent.answer import Citation
from agent.evidence import Evidence
from corpus import Note
from retrieval.hit import Hit
from ui.page.quoted_text import quoted_html
from ui.page.table_rows import without_rules
from ui.render import calculated

NoteOf = Callable[[str], Note | None]

_SURROUNDINGS = 240
"""Characters of the note that a card shows on either side of a quote."""
_HEADING = re.compile(r"(?:\A|\n)#{1,6} [^\n]+(?:\n+|\Z)")
"""A line that a card shows as the path to its passage, and at which what surrounds a quote begins and ends."""
_HALF_WORD_BEFORE, _HALF_WORD_AFTER = re.compile(r"^\S*\s+(?=\S)"), re.compile(r"(?<=\S)\s+\S*$")
_RANKINGS = {"bm25": "BM25", "dense": "dense"}
_NOT_COMPARED = {
    "note": "the note no longer holds these words",
    "web": "as the page said when it was read",
    "tool": "as the tool said",
}
"""What a card says where the text that is quoted is not at hand."""
_KINDS = {"note": "Note", "web": "Web page", "tool": "Tool"}


def cited_cards(citations: Sequence[Citation], turn: int, note: NoteOf) -> str:
    """A card for each citation, in the order of their numbers."""
    return "".join(_cited(one, turn, note(one.note_id) if one.kind == "note" else None) for one in citations)


def _cited(citation: Citation, turn: int, note: Note | None) -> str:
    text = note.text if note else ""
    verbatim = text[citation.start : citation.end] == citation.quote
    before, after = _surroundings(text, citation.start, citation.end) if verbatim else ("", "")
    around = [quoted_html(without_rules(text)) for text in (before, after)]
    quote = f"{around[0]}<mark>{quoted_html(citation.quote)}</mark>{around[1]}"
    check = "✓ verbatim" if verbatim else _NOT_COMPARED[citation.kind]
    if citation.figures:
        check = calculated(citation)
    place = f'data-note="{escape(citation.note_id)}" data-start="{citation.start}" data-end="{citation.end}"'
    return (
        f'<article class="fn-card fn-card-{citation.kind}" id="fn-{turn}-{citation.n}" tabindex="-1" '
        f'aria-label="Source {citation.n}" {place}>'
        f'<header><span class="fn-number">{citation.n}</span>{_title(citation.title, citation.heading)}</header>'
        f'<blockquote dir="auto" tabindex="0">{quote}</blockquote>'
        f"{_facts(check, verbatim, citation.ranks)}{_source(citation.kind, citation.source)}"
        f"{_changed() if citation.changed else ''}{_actions(note)}</article>"
    )


def retrieved_cards(passages: Sequence[Hit | Evidence], turn: int) -> str:
    """A card for each passage that was found for a turn, best first."""
    return "".join(_retrieved(one, turn, at) for at, one in enumerate(passages, start=1))


def _retrieved(found: Hit | Evidence, turn: int, at: int) -> str:
    place = found.chunk if isinstance(found, Hit) else found
    return (
        f'<article class="fn-card fn-card-note" id="fn-{turn}-all-{at}" tabindex="-1" aria-label="Passage {at}" '
        f'data-note="{escape(place.note_id)}" data-start="{place.start}" data-end="{place.end}">'
        f'<header><span class="fn-card-rank">#{at}</span>{_title(found.title, place.heading)}</header>'
        f'<blockquote dir="auto" tabindex="0">{quoted_html(place.text.strip())}</blockquote>'
        f"{_facts('', False, found.ranks)}{_source('note', found.source)}{_actions(place)}</article>"
    )


def excerpt(citation: Citation, length: int = 180) -> str:
    """The beginning of a quote on one line, for the hover of its chip."""
    line = " ".join(citation.quote.split())
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0] + "…"


def _title(title: str, heading: Sequence[str]) -> str:
    path = " › ".join(part for part in heading if part != title)
    where = f'<span class="fn-path">{escape(path)}</span>' if path else ""
    return f'<span class="fn-where"><strong>{escape(title)}</strong>{where}</span>'


def _surroundings(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after in the same section, cut between words."""
    before, after = text[max(0, start - _SURROUNDINGS) : start], text[end : end + _SURROUNDINGS]
    if headings := list(_HEADING.finditer(before)):
        before = before[headings[-1].end() :]
    elif start > _SURROUNDINGS:
        whole = before.partition("$")[2] if before.count("$") % 2 else before  # half a formula is none
        before = "…" + _HALF_WORD_BEFORE.sub("", whole).lstrip()
    if heading := _HEADING.search(after):
        after = after[: heading.start()]
    elif end + _SURROUNDINGS < len(text):
        whole = after.rpartition("$")[0] if after.count("$") % 2 else after
        after = _HALF_WORD_AFTER.sub("", whole) + "…"
    return before.lstrip("\n"), after.rstrip()


def _facts(check: str, verbatim: bool, ranks: Mapping[str, int]) -> str:
    said = [f'<span class="{"fn-verbatim" if verbatim else "fn-unsure"}">{check}</span>'] if check else []
    said += [f"<span>{_RANKINGS.get(name, escape(name))} #{rank}</span>" for name, rank in ranks.items()]
    return f'<p class="fn-facts">{"".join(said)}</p>' if said else ""


def _source(kind: str, source: str) -> str:
    if source.startswith(("https://", "http://")):
        link = f'<a href="{escape(source)}" target="_blank" rel="noopener noreferrer">{escape(source)}</a>'
        return f'<p class="fn-source"><span class="fn-kind">{_KINDS[kind]}</span> {link}</p>'
    name = re.split(r"[/\\]", source.rstrip("/\\"))[-1]
    shown = f'<code title="{escape(source)}">{escape(name)}</code>'
    return f'<p class="fn-source"><span class="fn-kind">{_KINDS[kind]}</span> {shown}</p>'


def _changed() -> str:
    return (
        '<p class="fn-changed">This note has changed since it was indexed. '
        '<button type="button" class="fn-link" data-do="reindex">Re-index this note</button></p>'
    )


def _actions(note: object | None) -> str:
    if note is None:
        return ""
    return (
        '<p class="fn-actions"><button type="button" class="fn-small" data-do="open-note">Open note</button>'
        '<button type="button" class="fn-small" data-do="leave-out">Leave out and ask again</button></p>'
    )
