"""Questions about notes that are questions with answers: what is quoted comes from those who answer."""

import re

import pytest

from agent import Assistant, Settings
from corpus import load_notes
from retrieval import Index
from tests.question_threads import SHAPES, WITHOUT_ASKER, threads, write_threads

FLOORS = {"answer": 35, "asker": 7}
"""Right answers among 40 to what the answers tell, and among 10 to what the asker tells; 39 and 9 were measured."""

pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("threads")
    for number, thread in enumerate(threads()):
        shape = SHAPES[number % len(SHAPES)]
        write_threads(folder / "notes" / shape.__name__, shape, [thread])
    index = Index.create(folder / "index")
    index.update(load_notes(folder / "notes"))
    with Assistant.open(index, "extractive", Settings.from_environment()) as opened:
        yield opened


def test_the_answer_comes_from_those_who_answer(assistant):
    right = dict.fromkeys(FLOORS, 0)
    for number, thread in enumerate(threads()):
        without = SHAPES[number % len(SHAPES)] in WITHOUT_ASKER
        for question in thread.questions:
            kind = question["kind"]
            if kind == "unanswerable" or (kind == "asker" and without):
                continue
            answer = assistant.ask(question["ask"], mode="quick")
            right[kind] += bool(answer.citations) and all(re.search(p, answer.text, re.I) for p in question["right"])
            quotes = [citation.quote.removeprefix("Q: ") for citation in answer.citations]
            if kind == "answer" and quotes:
                assert not all(thread.quotes_asker(quote) for quote in quotes), question["ask"]
    assert right["answer"] >= FLOORS["answer"]
    assert right["asker"] >= FLOORS["asker"]
