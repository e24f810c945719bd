"""Real notes of several kinds, asked real questions: every citation is verbatim, and most answers are right."""

import json
import os
import re
from pathlib import Path

import pytest

from agent import Assistant, Settings
from corpus import load_notes
from retrieval import Index

SHARED = Path(os.environ.get("FOOTNOTE_TEST_DATA", Path(__file__).parents[3] / "shared"))
FLOOR = 24
"""Right answers among the 30 answerable questions: 80 %, well below what was measured (see evals/LOG.md)."""

pytestmark = [
    pytest.mark.weights,
    pytest.mark.skipif(
        not (SHARED / "seeds").is_dir(), reason=f"there are no seed notes at {SHARED}; set FOOTNOTE_TEST_DATA"
    ),
]


def test_seed_questions(tmp_path):
    questions = [json.loads(line) for line in (SHARED / "questions" / "seeds.jsonl").read_text("utf-8").splitlines()]
    index = Index.create(tmp_path / "index")
    index.update(load_notes(SHARED / "seeds"))
    right = answerable = 0
    with Assistant.open(index, "extractive", Settings.from_environment()) as assistant:
        for question in questions:
            document = json.loads(assistant.ask(question["question"]).to_json())
            for citation in document["citations"]:
                note = index.note(citation["note_id"])
                assert note.text[citation["start"] : citation["end"]] == citation["quote"]
            assert document["refused"] == (not document["citations"])
            if question["answer"]:
                answerable += 1
                right += all(re.search(pattern, document["answer"], re.IGNORECASE) for pattern in question["answer"])
    assert right >= FLOOR * answerable / 30
