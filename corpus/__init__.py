"""Files in, notes and chunks out."""

from corpus.chunking import Chunking, chunk_note
from corpus.errors import CorpusError, SourceNotFound, UnreadableFile
from corpus.loading import LoadedFile, NoteSource, load_notes, shipped_notes
from corpus.note import Chunk, Note

__all__ = [
    "Chunk",
    "Chunking",
    "CorpusError",
    "LoadedFile",
    "Note",
    "NoteSource",
    "SourceNotFound",
    "UnreadableFile",
    "chunk_note",
    "load_notes",
    "shipped_notes",
]
