"""A whole note as safe HTML."""

from __future__ import annotations

from html import escape

from corpus import Note


def note_html(note: Note, start: int, end: int) -> str:
    """The text of `note`, the span [start, end) marked."""
    text = note.text
    return f"<pre>{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}</pre>"
