"""What the Notes tab shows, as HTML. Whatever comes from a note, a file's name or a visitor is escaped here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from ui.indexing import JobState, changes_line
from ui.job_html import running_html
from ui.note_view import note_html

if TYPE_CHECKING:
    from corpus import Note
    from retrieval import Hit

_FAILED_SHOWN = 200
"""Files of the list of failures; the number of the others is told."""


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note as the list shows it.

    Attributes:
        changed: Whether its file has changed since it was indexed.
    """

    note_id: str
    title: str
    source: str
    passages: int
    changed: bool


def progress_html(state: JobState) -> str:
    """How far a job is, or what it did."""
    if state.phase == "idle":
        return ""
    if state.running:
        return running_html("Indexing", state)
    return (
        f'<div class="fn-job" role="status">{_ended(state, escape(state.what))}{_renamed(state)}{_failed(state)}</div>'
    )


def _ended(state: JobState, what: str) -> str:
    if state.phase == "done" and state.report is not None:
        report = state.report
        return (
            f"<p><strong>Indexed {what}</strong> in {report.seconds:.1f} s</p>"
            f"<p>{escape(changes_line(report, state.skipped))}</p>"
            f"<p>{report.notes:,} notes, {report.chunks:,} passages in the index now</p>"
        )
    if state.phase == "cancelled":
        return f"<p><strong>Cancelled: {what}</strong></p><p>The index is as it was before.</p>"
    return f"<p><strong>{what} could not be indexed</strong></p><p>{escape(state.error)}</p>"


def _renamed(state: JobState) -> str:
    return "".join(
        f"<p>{escape(given)} is kept as <code>{escape(name)}</code>, since another file has that name.</p>"
        for given, name in state.renamed
    )


def _failed(state: JobState) -> str:
    if not state.failed:
        return ""
    rows = "".join(
        f"<li><code>{escape(path)}</code> {escape(reason)}</li>" for path, reason in state.failed[:_FAILED_SHOWN]
    )
    more = len(state.failed) - _FAILED_SHOWN
    rest = f"<li>and {more:,} more</li>" if more > 0 else ""
    return (
        f"<details open><summary>{len(state.failed):,} files could not be read</summary><ul>{rows}{rest}</ul></details>"
    )


def refused_html(reason: str) -> str:
    """Why something was not done."""
    return f'<p class="fn-refused" role="alert">{escape(reason)}</p>'


def notes_table_html(rows: Sequence[NoteRow], total: int, matching: int) -> str:
    """The list of notes."""
    if not total:
        return '<p class="fn-none">There are no notes yet. Add some files or a folder.</p>'
    if not rows:
        return '<p class="fn-none">No note has these words in its title or source.</p>'
    body = "".join(map(_note_row, rows))
    more = (
        f'<p><button type="button" class="fn-small" data-act="more" data-note="">Show more</button> '
        f"{len(rows):,} of {matching:,} are shown</p>"
        if len(rows) < matching
        else f'<p class="fn-none">{matching:,} of {total:,} notes</p>'
    )
    return (
        '<table class="fn-notes"><caption class="fn-hidden">Notes in the index</caption><thead><tr>'
        '<th scope="col">Note</th><th scope="col" class="fn-count">Passages</th>'
        '<th scope="col"><span class="fn-hidden">What can be done</span></th>'
        f"</tr></thead><tbody>{body}</tbody></table>{more}"
    )


def _note_row(row: NoteRow) -> str:
    note, title = escape(row.note_id), escape(row.title)
    changed = '<span class="fn-changed">changed since it was indexed</span>' if row.changed else ""
    again = _button("again", note, "Re-index", title) if row.changed else ""
    remove = _button("remove", note, "Remove", title)
    return (
        f'<tr><td><button type="button" class="fn-open-note" data-act="open" data-note="{note}">{title}</button>'
        f'<div class="fn-from">{_path(row.source)} {changed}</div></td><td class="fn-count">{row.passages}</td>'
        f'<td class="fn-acts">{again}{remove}</td></tr>'
    )


def _path(source: str) -> str:
    """A path or address that a line may end in where a part of it ends."""
    return re.sub(r"([/\\])(?=\w)", r"\1<wbr>", escape(source))


def _button(act: str, note: str, label: str, title: str) -> str:
    return (
        f'<button type="button" class="fn-small" data-act="{act}" data-note="{note}"'
        f' aria-label="{label}: {title}">{label}</button>'
    )


def hits_html(hits: Sequence[Hit], seconds: float, query: str) -> str:
    """What a search found, each passage with its places in both rankings."""
    if not hits:
        return (
            f'<p class="fn-none" role="status">Nothing matched “{escape(query)}”; try other words or fewer filters.</p>'
        )
    items = "".join(map(_hit, hits))
    said = f'<p class="fn-none" role="status">{len(hits)} passages in {seconds * 1000:.0f} ms</p>'
    return f'{said}<ol class="fn-hits" tabindex="0" aria-label="Passages found">{items}</ol>'


def _hit(hit: Hit) -> str:
    places = {"BM25": hit.ranks.get("bm25"), "dense": hit.ranks.get("dense")}
    ranks = " · ".join(f"{name} #{rank}" if rank else f"{name} —" for name, rank in places.items())
    chunk = hit.chunk
    return (
        f'<li><div class="fn-hit-top"><span class="fn-rank">{hit.rank}</span>'
        f' <button type="button" class="fn-open-note" data-act="open" data-note="{escape(chunk.note_id)}"'
        f' data-start="{chunk.start}" data-end="{chunk.end}">'
        f'{escape(hit.location)}</button></div><div class="fn-from">score {hit.score:.3f} · {ranks}</div>'
        f'<p class="fn-hit-text">{escape(chunk.text)}</p></li>'
    )


def reader_html(note: Note, start: int, end: int) -> str:
    """One note to read, with where it comes from."""
    return (
        f'<section class="fn-reading" aria-label="Note"><header><h2>{escape(note.title)}</h2>'
        f'<p class="fn-from">{_path(note.source)}</p></header>'
        f'<div class="fn-reading-text" tabindex="0" role="region" aria-label="Text of the note">'
        f"{note_html(note, start, end)}</div></section>"
    )


NO_NOTE = '<p class="fn-none">A note opens here.</p>'
