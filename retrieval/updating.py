"""One update of an index: read what changed, embed what is new, write a generation, switch to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Literal

import numpy as np

from corpus import Chunking, LoadedFile, Note, NoteSource, chunk_note
from corpus.loading import storable
from retrieval.dense import write_dense
from retrieval.embedding_cache import EmbeddingCache, Floats
from retrieval.encoder import Encoder
from retrieval.generation import (
    DENSE_FILE,
    LEXICAL_FOLDER,
    NOTE_POSITIONS_FILE,
    ROWS_FILE,
    TOKENS_FOLDER,
    new_generation,
    remove_other_generations,
)
from retrieval.late_interaction import compress, write_tokens
from retrieval.lexical import write_lexical
from retrieval.store import ChunkRow, Store, clean_text, digest_text, encoder_input, note_digest
from retrieval.term_counts import count_terms

Stage = Literal["reading", "embedding", "writing"]
EMBEDDING_BATCH = 128
"""Chunks between two commits of the embedding cache: what a stopped update loses at most. Their token states take
50 MB until they are compressed."""
TOKEN_STATES_UP_TO = 100_000
"""Chunks of an index up to which token states are kept: about 10 KB a chunk on disk."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an update is: `done` of `total` files or chunks of a stage; `total` is 0 while it is unknown."""

    stage: Stage
    done: int
    total: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did, in notes.

    Attributes:
        failed: Path and reason of each file that could not be read; its earlier notes are kept.
        embedded: Chunks that had to be encoded.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    failed: tuple[tuple[str, str], ...] = ()
    notes: int = 0
    chunks: int = 0
    embedded: int = 0
    seconds: float = 0.0

    @property
    def touched(self) -> bool:
        """Whether the notes of the index differ from before."""
        return bool(self.added or self.changed or self.removed)


@dataclass(slots=True)
class _Tally:
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def update_store(
    store: Store, source: Iterable[Note], chunking: Chunking, progress: Callable[[Progress], None]
) -> UpdateReport:
    """Bring the notes and chunks of `store` up to date, within its open transaction."""
    tally = _Tally()
    seen: set[tuple[str, str]] = set()
    known = store.fingerprints()
    roots = {storable(root) for root in source.roots} if isinstance(source, NoteSource) else {""}
    for loaded in _files(source, known, progress):
        seen.add((loaded.root, loaded.name))
        _take_in(store, loaded, chunking, tally)
    for root, name in known:
        if root in roots and _covers(source, name) and (root, name) not in seen:
            tally.removed += _drop_notes(store, root, name, keep=())
            store.drop_file(root, name)
    return UpdateReport(tally.added, tally.changed, tally.removed, tally.unchanged, tuple(tally.failed))


def _covers(source: Iterable[Note], name: str) -> bool:
    return not isinstance(source, NoteSource) or source.covers(name)


def _files(
    source: Iterable[Note], known: dict[tuple[str, str], str], progress: Callable[[Progress], None]
) -> Iterator[LoadedFile]:
    if isinstance(source, NoteSource):
        paths = source.paths()
        for done, loaded in enumerate(source.files(known, paths), start=1):
            progress(Progress("reading", done, len(paths), loaded.name))
            yield loaded
        return
    by_file = sorted(source, key=lambda note: note.note_id.split("#")[0])
    for name, notes in groupby(by_file, key=lambda note: note.note_id.split("#")[0]):
        group = tuple(notes)
        fingerprint = digest_text(*(note_digest(note) for note in group))
        yield LoadedFile("", name, group[0].path, fingerprint, group)


def _take_in(store: Store, loaded: LoadedFile, chunking: Chunking, tally: _Tally) -> None:
    before = store.notes_of_file(loaded.root, loaded.name)
    if loaded.unchanged:
        tally.unchanged += len(before)
        return
    if loaded.reason:
        tally.failed.append((loaded.path, loaded.reason))
        tally.unchanged += len(before)
        store.put_file(loaded.root, loaded.name, loaded.path, "", loaded.reason)
        return
    for note in loaded.notes:
        row, digest = before.get(note.note_id, (0, ""))
        if digest == note_digest(note):
            tally.unchanged += 1
            store.touch_note(row, note)
            continue
        if row:
            store.drop_note(row)
        _put_note(store, note, loaded.name, chunking)
        tally.changed += bool(row)
        tally.added += not row
    tally.failed += [(f"{loaded.path}/{Path(name).name}", reason) for name, reason in loaded.lost]
    tally.removed += _drop_notes(store, loaded.root, loaded.name, keep={note.note_id for note in loaded.notes})
    store.put_file(loaded.root, loaded.name, loaded.path, loaded.fingerprint, "")


def _put_note(store: Store, note: Note, file: str, chunking: Chunking) -> None:
    if (text := clean_text(note.text)) != note.text:
        note = Note(note.note_id, note.title, text, note.source, note.markup, note.metadata, note.path, note.root)
    title = clean_text(note.title)
    rows = []
    for chunk in chunk_note(note, chunking):
        context = digest_text(encoder_input(title, chunk.heading, chunk.text, note.path))
        terms = count_terms(title, chunk.heading, chunk.text)
        rows.append(ChunkRow(chunk.start, chunk.end, chunk.heading, context, terms))
    store.put_note(note, file, rows)


def _drop_notes(store: Store, root: str, name: str, keep: Iterable[str]) -> int:
    rows = [row for own_id, (row, _) in store.notes_of_file(root, name).items() if own_id not in keep]
    for row in rows:
        store.drop_note(row)
    return len(rows)


def embed_missing(store: Store, cache: EmbeddingCache, encoder: Encoder, progress: Callable[[Progress], None]) -> int:
    """Encode every chunk of which something is not cached; returns how many texts were encoded."""
    rows = store.chunk_rows()
    projection = _projection(cache, len(rows))
    have = cache.digests(with_tokens=projection is not None)
    missing = {context: None for _, _, context, _ in rows if context not in have}
    texts = sorted(store.missing_contexts(missing), key=lambda pair: -len(pair[1]))
    done = 0
    for batch in batched_pairs(texts):
        _encode_batch(cache, encoder, projection, batch)
        done += len(batch)
        progress(Progress("embedding", done, len(texts)))
    return done


def _projection(cache: EmbeddingCache, chunks: int) -> Floats | None:
    """What token states are compressed with, or None where an index of so many chunks keeps none."""
    return cache.projection if chunks <= TOKEN_STATES_UP_TO else None


def _encode_batch(
    cache: EmbeddingCache, encoder: Encoder, projection: Floats | None, batch: list[tuple[str, str]]
) -> None:
    digests, texts = [digest for digest, _ in batch], [text for _, text in batch]
    if projection is None:
        cache.put(digests, encoder.encode(texts))
        return
    encoded = encoder.encode_tokens(texts)
    codes = [compress(own, text, projection) for own, text in zip(encoded, texts, strict=True)]
    cache.put(digests, np.stack([own.embedding for own in encoded]), codes)


def batched_pairs(pairs: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """The pairs in lists of the size after which the cache is committed."""
    for start in range(0, len(pairs), EMBEDDING_BATCH):
        yield pairs[start : start + EMBEDDING_BATCH]


def write_generation(folder: Path, store: Store, cache: EmbeddingCache, dimension: int) -> int:
    """Write the next generation and commit it together with the notes; returns its number."""
    number = store.generation + 1
    rows = store.chunk_rows()
    contexts = [context for _, _, context, _ in rows]
    note_position = {row: position for position, (row, *_) in enumerate(store.note_metadata())}
    with new_generation(folder, number) as draft:
        np.save(draft / ROWS_FILE, np.array([row for row, _, _, _ in rows], dtype=np.int64))
        np.save(draft / NOTE_POSITIONS_FILE, np.array([note_position[note] for _, note, _, _ in rows], dtype=np.int32))
        write_dense(draft / DENSE_FILE, cache.vectors(contexts, dimension))
        if (projection := _projection(cache, len(rows))) is not None:
            kept = projection.shape[1]
            sizes, codes = cache.token_counts(contexts, kept), cache.token_states(contexts, kept)
            write_tokens(draft / TOKENS_FOLDER, projection, sizes, codes)
        write_lexical(draft / LEXICAL_FOLDER, [terms for _, _, _, terms in rows])
    store.set_meta(generation=str(number), updated=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    store.commit()
    remove_other_generations(folder, number)
    cache.keep_only(set(contexts))
    return number
