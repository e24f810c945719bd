"""Whether the file of a note has changed since it was indexed.

A file that is older than the index has not. A newer one is read again: only another text counts as a change. A file
that cannot be found counts as changed where its path is absolute, and as unknown, which is False, where it is not.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent.answer import Citation
from corpus import Note, load_notes
from retrieval import Index
from retrieval.generation import FOLDER


def changed_since_indexed(note: Note, index: Path) -> bool:
    """Whether the file of `note` holds another text than the index in the folder `index`."""
    path = Path(note.path)
    if not note.path or not path.is_absolute():
        return False
    file = next((one for one in (path, *path.parents) if one.is_file()), None)
    if file is None:
        return True
    if file.stat().st_mtime <= (index / FOLDER).stat().st_mtime:
        return False
    return all(fresh.text != note.text for fresh in load_notes(file))


def dated(citation: Citation, index: Index) -> Citation:
    """The citation, marked where the file of its note has changed since it was indexed."""
    note = index.note(citation.note_id) if citation.kind == "note" else None
    return replace(citation, changed=note is not None and changed_since_indexed(note, index.folder))
