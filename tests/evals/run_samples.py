"""Runs for tests: records made by hand, and folders that hold them."""

from __future__ import annotations

from evals.judged_questions import JudgedQuestion
from evals.question_sets import Place, Question
from evals.run_folder import RECORDS_FILE, RecordWriter, RunHeader, Selection, begin_run, read_run
from evals.run_records import RankedSpan, Record, SeenPassage
from evals.run_setup import Machine, Setup

MACHINE = Machine("Linux", "a processor", 2, 24.0, {"python": "3.11"})
SETUP = Setup("extractive", "auto", {"search.dense_weight": 0.6}, "index", "code")
TEXT = "RoPE rotates queries and keys."


def question(number, *, answerable=True, **labels):
    """A question whose answer is the first note's first four characters."""
    evidence = (Place("rope.md", 0, 4),) if answerable else ()
    labels.setdefault("patterns", ("rotates",) if answerable else ())
    kind = "fact" if answerable else "unanswerable"
    asked = Question(f"q{number}", f"Question {number}?", kind, answerable=answerable, evidence=evidence, **labels)
    spans = (("rope.md", 0, 4),) if answerable else ()
    return JudgedQuestion(asked, spans, ("RoPE",) if answerable else ())


def answer(text=TEXT, *, refused=False):
    """The document of an answer with one citation, or of a refusal."""
    sentence = {"text": text, "citations": [1], "verdict": "supported", "reason": ""}
    citation = {
        "n": 1, "kind": "note", "note_id": "rope.md", "title": "RoPE", "source": "rope.md", "heading": [],
        "start": 0, "end": 4, "quote": "RoPE",
    }  # fmt: skip
    return {
        "question": "?",
        "answer": f"{text} [1]",
        "refused": refused,
        "model": "extractive",
        "mode": "quick",
        "sentences": [] if refused else [sentence],
        "citations": [] if refused else [citation],
        "steps": [{"kind": "search", "text": "rope", "seconds": 0.1, "passages": 1}],
        "seconds": 0.2,
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
        "closest": [],
    }


def record(question_id, *, text=TEXT, refused=False, error="", found=True, levels=None):
    """A record: by default a right answer whose passage stands at rank 1."""
    if error:
        return Record(question_id, error=error)
    place = RankedSpan("rope.md", 0, 30, 0.9) if found else RankedSpan("alibi.md", 0, 30, 0.9)
    grounding = () if refused else (levels or {"L0": "", "L1": "", "L2": ""},)
    return Record(
        question_id,
        ranking=(place,),
        answer=answer(text, refused=refused),
        passages=(SeenPassage("rope.md", 0, 30, "RoPE", TEXT),),
        grounding=grounding,
        seconds=0.2,
        first_seconds=0.1,
    )


def written_run(folder, questions, records, setup=SETUP, selection=Selection()):  # noqa: B008 -- frozen
    """The run of these records, as it is read back from `folder`."""
    header = RunHeader("small", "1", setup, MACHINE, "2026-11-25T12:00:00Z", selection)
    begin_run(folder, header, questions, resume=False)
    with RecordWriter(folder / RECORDS_FILE) as writer:
        for one in records:
            writer.append(one)
    return read_run(folder)
