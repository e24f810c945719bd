"""The index of a set of notes in a folder: create or open it, update it, search it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from corpus import Chunking, Note
from retrieval.embedding_cache import EmbeddingCache, check_embeddings
from retrieval.encoder import EncodedText, Encoder, Floats, load_encoder
from retrieval.errors import EncoderMismatch, IndexMissing
from retrieval.filters import Where
from retrieval.generation import check_generation, generation_folder
from retrieval.hit import MODES, Hit, Mode
from retrieval.late_interaction import PassageTokens, fit_projection, sample_texts
from retrieval.open_generation import NoteEntry, OpenGeneration
from retrieval.recent_queries import RecentQueries
from retrieval.settings import SearchSettings
from retrieval.spelling import Correction
from retrieval.store import SCHEMA_REVISION, Store, empty_log, newest_generation
from retrieval.updating import Progress, UpdateReport, embed_missing, update_store, write_generation
from retrieval.writer_lock import writer_lock


class Index:
    """One index folder. Reading is safe from many threads; one process at a time may update."""

    def __init__(self, folder: Path, encoder: Encoder | str | None, settings: SearchSettings) -> None:
        self.folder = folder
        self.settings = settings
        self._encoder_choice = encoder
        self._encoder_lock = threading.Lock()
        self._query_encoder: Encoder | None = None if isinstance(encoder, str | None) else RecentQueries(encoder)
        self._idle = threading.Condition()
        self._readers = 0
        self._view = OpenGeneration(folder, settings)
        if self._query_encoder is not None:
            self._check_encoder(self._query_encoder)

    @classmethod
    def create(
        cls,
        folder: str | Path,
        encoder: Encoder | str | None = None,
        *,
        chunking: Chunking | None = None,
        token_states: bool = True,
        settings: SearchSettings | None = None,
    ) -> Self:
        """The index in `folder`, made empty where there is none.

        Args:
            folder: Where its files go.
            encoder: An encoder, or the name or folder of a sentence-transformers model; None is the shipped one.
            chunking: How notes are cut; kept with the index.
            token_states: Whether to keep what late interaction needs, about 10 KB a passage; kept with the index.
            settings: The dials of its searches.
        """
        path = Path(folder).expanduser()
        if not newest_generation(path):
            path.mkdir(parents=True, exist_ok=True)
            _write_first(path, _resolve(encoder, "bulk"), chunking or Chunking(), token_states)
        return cls(path, encoder, settings or SearchSettings())

    @classmethod
    def open(
        cls, folder: str | Path, encoder: Encoder | str | None = None, *, settings: SearchSettings | None = None
    ) -> Self:
        """The index in `folder`.

        Raises:
            IndexMissing: There is none.
            IndexDamaged: A file of it is missing or altered.
            EncoderMismatch: It was made with another encoder than the one given.
        """
        path = Path(folder).expanduser()
        if not newest_generation(path):
            raise IndexMissing(
                f"there is no index in {str(folder)!r}; make one with `footnote index PATH --index {folder}`"
            )
        return cls(path, encoder, settings or SearchSettings())

    # --- reading ---

    def search(self, query: str, k: int = 10, *, mode: Mode = "hybrid", where: Where | None = None) -> list[Hit]:
        """The k best passages for `query`, best first; fewer when fewer fit, none for an empty query.

        Args:
            query: Words or a question.
            k: How many; at least 1.
            mode: `hybrid` (both indexes, fused), `bm25` or `dense`.
            where: A filter over note metadata, see `retrieval.filters`.

        Raises:
            InvalidFilter: `where` names an unknown field or operator.
        """
        if mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}, not {mode!r}")
        if k < 1:
            raise ValueError(f"k is at least 1, not {k!r}")
        if not query.strip():
            return []
        encoder = self.query_encoder if mode != "bm25" else None
        with self._reading() as view:
            if not len(view.rows):
                return []
            lexical = view.searcher.lexical
            prepared = lexical.prepare(query)
            if self.settings.correct_spelling and (slips := lexical.corrections(prepared)):
                prepared = lexical.prepare(_without(slips, query))
            ranking = view.searcher.search(prepared, k, mode, encoder, view.chunk_mask(where))
            return view.hits(ranking)

    def passage_tokens(self, note_id: str, start: int, end: int) -> PassageTokens | None:
        """The token states of a passage that a search gave; None where the index keeps none of it."""
        encoder = self.query_encoder
        with self._reading() as view:
            return view.passage_tokens(note_id, start, end, encoder)

    def query_tokens(self, query: str) -> tuple[EncodedText, Floats | None]:
        """What the encoder makes of a query, and (t, d) states that compare with `passage_tokens`, where those are."""
        encoded = self.query_encoder.encode_tokens([query], query=True)[0]
        with self._reading() as view:
            late = view.searcher.late
            return encoded, late.project(encoded.states) if late else None

    @property
    def query_encoder(self) -> Encoder:
        """The encoder for queries, loaded when it is first needed."""
        with self._encoder_lock:
            if self._query_encoder is None:
                encoder = _resolve(self._encoder_choice, "query")
                self._check_encoder(encoder)
                self._query_encoder = RecentQueries(encoder)
            return self._query_encoder

    def prepare(self) -> None:
        """Begin to load the encoder for queries beside what the caller does next; a search waits for what is left.

        Where it cannot be loaded, that search says so.
        """
        ThreadPoolExecutor(1, "encoder").submit(lambda: self.query_encoder.dimension)

    def corrections(self, query: str) -> dict[str, str]:
        """The misspelt words of `query`, and what is searched for in their place."""
        with self._reading() as view:
            return {one.typed: one.meant for one in view.searcher.lexical.corrections(query)}

    def corrected(self, query: str, *, keep: Collection[str] = ()) -> str:
        """`query` with its misspelt words as they were probably meant; unchanged where every word is known.

        Args:
            query: As it was typed.
            keep: Words that stay as they are, whatever they resemble; case is ignored.
        """
        kept = {word.casefold() for word in keep}
        with self._reading() as view:
            slips = view.searcher.lexical.corrections(query)
        return _without((one for one in slips if one.typed.casefold() not in kept), query)

    def rarity(self, term: str) -> float:
        """The inverse document frequency of a term of the lexical index; highest for one that no passage has."""
        with self._reading() as view:
            return view.searcher.lexical.rarity(term)

    def note(self, note_id: str) -> Note | None:
        """The note with that id, or None."""
        with self._reading() as view:
            return view.store.note(note_id)

    def notes(self, where: Where | None = None) -> list[NoteEntry]:
        """All notes that `where` keeps, in the order of their ids."""
        with self._reading() as view:
            kept = view.columns.mask(where) if where else None
            return [entry for at, entry in enumerate(view.entries) if kept is None or kept[at]]

    def counts(self) -> tuple[int, int]:
        """How many notes and passages there are."""
        with self._reading() as view:
            return view.store.counts()

    def failures(self) -> list[tuple[str, str]]:
        """Path and reason of each file that the last update could not read."""
        with self._reading() as view:
            return view.store.failures()

    @property
    def generation(self) -> int:
        """Number of the generation that is being read."""
        return self._view.store.generation

    @property
    def stale(self) -> bool:
        """Whether a newer generation has been written since this one was opened."""
        return newest_generation(self.folder) != self.generation

    def reopen(self) -> None:
        """Read the newest generation from now on."""
        self._swap_view()

    @contextmanager
    def _reading(self) -> Iterator[OpenGeneration]:
        """The open generation, which stays open as long as it is being read."""
        with self._idle:
            self._readers += 1
            view = self._view
        try:
            yield view
        finally:
            with self._idle:
                self._readers -= 1
                self._idle.notify_all()

    def _swap_view(self) -> None:
        """Close the generation once nobody reads it, and open the newest one."""
        with self._idle:
            self._idle.wait_for(lambda: self._readers == 0)
            self._view.close()
            empty_log(self.folder)
            self._view = OpenGeneration(self.folder, self.settings)

    def check(self) -> None:
        """Read every byte of the newest generation; raise `IndexDamaged` naming a file that was altered."""
        if self.stale:
            self.reopen()
        with self._reading() as view:
            check_generation(generation_folder(self.folder, view.store.generation), every_byte=True)
            view.store.check()
            view.store.chunks(view.rows.tolist())
        check_embeddings(self.folder)

    def close(self) -> None:
        """Let the files go."""
        self._view.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- writing ---

    def update(self, source: Iterable[Note], *, progress: Callable[[Progress], None] | None = None) -> UpdateReport:
        """Make the index hold the notes of `source`: new and changed ones are taken in, vanished ones go.

        Only the folders that `source` was loaded from are compared; notes of other folders stay. Text that was
        encoded before is not encoded again. Readers go on with the old generation until they reopen.

        Raises:
            IndexLocked: Another process is updating it.
            StorageFull: The disk is full; the old generation stays.
        """
        report_progress = progress or (lambda _: None)
        started = time.perf_counter()
        with writer_lock(self.folder):
            store, cache = Store(self.folder), EmbeddingCache(self.folder)
            try:
                report = update_store(store, source, _chunking(store), report_progress)
                embedded = 0
                if report.touched or store.generation == 0:
                    encoder = _resolve(self._encoder_choice, "bulk")
                    self._check_encoder(encoder)
                    embedded = embed_missing(store, cache, encoder, report_progress)
                    report_progress(Progress("writing", 0, 0))
                    write_generation(self.folder, store, cache, encoder.dimension)
                else:
                    store.commit()
            finally:
                cache.close()
                store.close()
        self.reopen()
        notes, chunks = self.counts()
        seconds = time.perf_counter() - started
        return replace(report, notes=notes, chunks=chunks, embedded=embedded, seconds=seconds)

    def _check_encoder(self, encoder: Encoder) -> None:
        _refuse_other_encoder(self.folder, self._view.store.meta.get("encoder", ""), encoder)

    def as_langchain_retriever(self, k: int = 10, **options: Any) -> Any:
        """A `langchain_core` retriever over this index; see `retrieval.langchain`."""
        from retrieval.langchain import make_retriever

        return make_retriever(self, k=k, **options)


def _without(slips: Iterable[Correction], query: str) -> str:
    for one in slips:
        query = re.sub(rf"(?<!\w){re.escape(one.typed)}(?!\w)", one.meant, query, flags=re.IGNORECASE)
    return query


def _resolve(choice: Encoder | str | None, purpose: Any) -> Encoder:
    return load_encoder(choice, purpose=purpose) if isinstance(choice, str | None) else choice


def _chunking(store: Store) -> Chunking:
    return Chunking(size=int(store.meta["chunk_size"]), smallest=int(store.meta["smallest_chunk"]))


def _write_first(folder: Path, encoder: Encoder, chunking: Chunking, token_states: bool) -> None:
    """The first generation: of no notes, or of those that a repair has kept."""
    with writer_lock(folder):
        store, cache = Store(folder), EmbeddingCache(folder)
        try:
            _refuse_other_encoder(folder, store.meta.get("encoder", ""), encoder)
            made_with = {
                "schema": str(SCHEMA_REVISION),
                "encoder": encoder.fingerprint,
                "chunk_size": str(chunking.size),
                "smallest_chunk": str(chunking.smallest),
            }
            store.set_meta(**(made_with | store.meta))
            if token_states and cache.projection is None:
                cache.set_projection(fit_projection(encoder.encode_tokens(sample_texts())))
            embed_missing(store, cache, encoder, lambda _: None)
            write_generation(folder, store, cache, encoder.dimension)
        finally:
            cache.close()
            store.close()


def _refuse_other_encoder(folder: Path, made_with: str, encoder: Encoder) -> None:
    if made_with and made_with != encoder.fingerprint:
        raise EncoderMismatch(
            f"the index in {str(folder)!r} was made with another encoder ({made_with}, not"
            f" {encoder.fingerprint}); index into a new folder, or use the encoder it was made with"
        )
