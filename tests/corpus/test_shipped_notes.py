"""The shipped notes keep their form, their links hold, and their words are their own."""

import os
import re
from pathlib import Path

import pytest
import yaml

from corpus.loading import SHIPPED_FOLDER

NOTES = sorted(path for path in SHIPPED_FOLDER.glob("*.md") if path.name != "README.md")
SEEDS = Path(os.environ.get("FOOTNOTE_SEEDS", Path(__file__).parents[3] / "shared" / "seeds"))
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
RUN = 12
"""Words in a row that would be a copied sentence."""


def parts(path):
    _, front, body = path.read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(front), body.strip()


def test_there_are_at_least_a_hundred():
    assert len(NOTES) >= 100


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.stem)
def test_a_note_has_its_form(path):
    front, body = parts(path)
    assert set(front) == {"title", "tags", "date", "references"}
    assert body.splitlines()[0] == f"# {front['title']}"
    assert front["tags"]
    assert front["references"]
    assert 250 <= len(body.split()) <= 900
    assert body.count("```") % 2 == 0
    assert FENCE.sub("", body).count("$$") % 2 == 0


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.stem)
def test_a_note_names_a_source_that_can_be_found(path):
    references = " ".join(parts(path)[0]["references"])
    assert re.search(r"arXiv:\d{4}\.\d{4,5}|doi:10\.\d{4,}|arXiv:[a-z-]+/\d{7}", references)


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.stem)
def test_links_between_notes_hold(path):
    links = re.findall(r"\]\(([^)#\s]+)\)", FENCE.sub("", parts(path)[1]))
    assert links
    assert [link for link in links if not link.startswith("http") and not (SHIPPED_FOLDER / link).exists()] == []


def runs(text):
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


@pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the notes they must not copy are not at {SEEDS}; set FOOTNOTE_SEEDS")
def test_no_note_copies_a_sentence():
    theirs = set().union(*(runs(path.read_text("utf-8")) for path in SEEDS.glob("*.txt")))
    assert {path.name for path in NOTES if runs(path.read_text("utf-8")) & theirs} == set()
