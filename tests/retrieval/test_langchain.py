"""The index as a LangChain retriever, by LangChain's own standard tests."""

import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests

from corpus import Note
from retrieval import Index
from retrieval.langchain import IndexRetriever
from tests.fakes import HashingEncoder

NOTES = [
    Note(
        f"n{i}",
        f"Attention {i}",
        f"# Heads\n\nattention head number {i} looks at tokens",
        f"s{i}",
        "markdown",
        {"i": i},
    )
    for i in range(6)
]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    with Index.create(tmp_path_factory.mktemp("langchain") / "index", HashingEncoder()) as index:
        index.update(NOTES)
        yield index


class TestStandard(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _index(self, index):
        self.index = index

    @property
    def retriever_constructor(self):
        return IndexRetriever

    @property
    def retriever_constructor_params(self):
        return {"index": self.index}

    @property
    def retriever_query_example(self):
        return "attention heads"


def test_documents_say_where_they_stand(index):
    best, *_ = index.as_langchain_retriever(k=3).invoke("attention head number 4")
    fields = best.metadata
    assert (fields["note_id"], fields["title"], fields["source"], fields["heading"]) == (
        "n4",
        "Attention 4",
        "s4",
        ["Heads"],
    )
    assert NOTES[4].text[fields["start"] : fields["end"]] == best.page_content
    assert best.id == f"n4@{fields['start']}-{fields['end']}"
    assert fields["score"] > 0
    assert fields["i"] == 4


def test_filters_and_modes_are_passed_on(index):
    where = {"must": [{"field": "i", "range": {"lt": 2}}]}
    found = index.as_langchain_retriever(k=5, mode="bm25", where=where).invoke("attention")
    assert {one.metadata["i"] for one in found} == {0, 1}


def test_it_is_a_step_of_a_chain(index):
    from langchain_core.runnables import RunnableLambda

    chain = index.as_langchain_retriever(k=2) | RunnableLambda(lambda found: [one.metadata["note_id"] for one in found])
    assert chain.invoke("attention head number 5")[0] == "n5"
