"""The index as a LangChain retriever: the one door to `langchain_core` in this package."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from retrieval.hit import Hit, Mode
from retrieval.index import Index


class IndexRetriever(BaseRetriever):
    """Finds passages in an index; documents carry source, heading, offsets and score in their metadata."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    k: int = 10
    mode: Mode = "hybrid"
    where: dict[str, Any] | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        hits = self.index.search(query, k or self.k, mode=self.mode, where=self.where)
        return [_document(hit) for hit in hits]


def make_retriever(
    index: Index, k: int = 10, mode: Mode = "hybrid", where: dict[str, Any] | None = None
) -> IndexRetriever:
    """A retriever over `index` that returns k documents unless a call asks for another number."""
    return IndexRetriever(index=index, k=k, mode=mode, where=where)


def _document(hit: Hit) -> Document:
    chunk = hit.chunk
    return Document(
        id=chunk.chunk_id,
        page_content=chunk.text,
        metadata={
            **hit.metadata,
            "note_id": chunk.note_id,
            "title": hit.title,
            "source": hit.source,
            "heading": list(chunk.heading),
            "start": chunk.start,
            "end": chunk.end,
            "score": hit.score,
            "rank": hit.rank,
        },
    )
