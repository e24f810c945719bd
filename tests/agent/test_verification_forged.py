"""Answers that somebody changed by hand: what is wrong is said of the citation or sentence that it is wrong with."""

import json
from dataclasses import replace

import pytest

from agent.verification import verify
from tests.fakes import HashingEncoder
from tests.fakes_model import code
from tests.team_notes import open_assistant
from tests.team_pages import FakeWeb
from tests.team_runs import Weather, scripted
from ui.cli import main

QUESTION = "What does dropout do at test time?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    with open_assistant(tmp_path_factory.mktemp("forged")) as opened:
        yield opened


@pytest.fixture(scope="module")
def kept(assistant):
    return assistant.ask(QUESTION, mode="quick")


def failures(answer, assistant):
    return [
        (one.what, one.text) for one in verify(answer, assistant.index, assistant.instruments) if one.state == "failed"
    ]


def cited(answer, **changes):
    return replace(answer, citations=(replace(answer.citations[0], **changes), *answer.citations[1:]))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"start": -5, "end": -1}, "-5--1 is no place in the note, which has"),
        ({"start": 10**30, "end": 10**30 + 5}, "is no place in the note"),
        ({"start": 7, "end": 7, "quote": ""}, "7-7 is no place in the note"),
        ({"start": 1}, "the quote does not stand at 1-"),
        ({"quote": "Dropout helps."}, "the quote does not stand at"),
        ({"note_id": "attention.md"}, "the quote does not stand at"),
        ({"note_id": "gone.md"}, "the note 'gone.md' is not in the index"),
        ({"title": "Nature"}, "the note is 'Dropout' from 'dropout.md', not 'Nature' from 'dropout.md'"),
        ({"source": "https://evil.example"}, "not 'Dropout' from 'https://evil.example'"),
        ({"heading": ("Proof",)}, "the note has no heading 'Proof'"),
        ({"kind": "web"}, "the quote is said to be from the web, and 'dropout.md' is a note"),
        ({"kind": "tool"}, "the quote is said to be from a tool, and 'dropout.md' is a note"),
        ({"figures": (1,)}, "it is calculated, and said to be from a note"),
        ({"figures": (1,), "kind": "tool"}, "its figures are said to be from [1], which is not before it"),
    ],
)
def test_what_is_wrong_with_a_citation_is_said_of_it(assistant, kept, changes, told):
    found = dict(failures(cited(kept, **changes), assistant))
    assert told in found["[1]"]


def test_a_verdict_that_was_edited_is_found(assistant, kept):
    wrong = replace(kept.sentences[0], text="Dropout removes 40 % of all layers.")
    forged = replace(
        kept, sentences=(wrong,), text="Dropout removes 40 % of all layers. [1]", citations=kept.citations[:1]
    )
    forged = replace(forged, sentences=(replace(wrong, citations=(1,)),))
    for model in ("extractive", "openai:anything"):
        ((what, told),) = failures(replace(forged, model=model), assistant)
        assert what == "“Dropout removes 40 % of all layers.”"
        assert told.startswith("is unsupported, not supported: ")


def test_two_citations_of_one_number_are_found(assistant, kept):
    other = replace(kept.citations[0], note_id="gone.md", quote="Anything.")
    forged = replace(kept, citations=(other, *kept.citations))
    assert ("the answer", "it has 2 citations [1], so that nobody can tell which one a sentence means") in failures(
        forged, assistant
    )
    assert ("[1]", "the note 'gone.md' is not in the index") in failures(forged, assistant)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text": "Dropout is always on. [1]"}, "its text is not the text of its sentences"),
        ({"refused": True}, "sentences, and is said to be refused"),
        ({"sentences": ()}, "it has 0 sentences, and is said to be answered"),
    ],
)
def test_an_answer_whose_parts_do_not_fit_is_found(assistant, kept, changes, told):
    assert any(what == "the answer" and told in text for what, text in failures(replace(kept, **changes), assistant))


@pytest.mark.parametrize("mode", ["quick", "agent"])
def test_a_refusal_holds_until_something_is_added_to_it(assistant, mode):
    refusal = assistant.ask("zzyzx qwxv brrgh?", mode=mode)
    assert refusal.refused
    assert failures(refusal, assistant) == []
    assert failures(replace(refusal, text=f"{refusal.text} Smoking is healthy."), assistant)


# --- answers of the team ---


LARGE_AND_BASE = 'search_notes("BERT large base layers")\n'
CLAIM = "BERT-large has 12 more layers than BERT-base. [t1]"


@pytest.fixture
def calculated(opened):
    step = f'{LARGE_AND_BASE}calculate("24 - 12", ["n1", "n2"])\nfinal_answer({CLAIM!r})'
    assistant, _ = scripted(opened, code(step))
    return assistant, assistant.ask("How many more layers does BERT-large have?", mode="agent")


def test_a_calculation_is_made_again(calculated):
    assistant, answer = calculated
    assert [one.kind for one in answer.citations] == ["note", "note", "tool"]
    assert failures(answer, assistant) == []
    *notes, equation = answer.citations
    for changes, told in [
        ({"quote": "24 − 12 = 13"}, "the calculation gives '24 − 12 = 12'"),
        ({"quote": "99 − 12 = 87"}, "99 is not in the passages that were named"),
        ({"quote": "99 − 12 = 87", "figures": (3,)}, "its figures are said to be from [3]"),
        ({"figures": (1, 9)}, "its figures are said to be from [9]"),
        ({"quote": "__import__('os') = 12"}, ""),
        ({"quote": "(" * 5_000 + "24"}, ""),
        ({"quote": "24 ** 24 ** 24 ** 12"}, ""),
        ({"quote": "\x00"}, ""),
    ]:
        forged = replace(answer, citations=(*notes, replace(equation, **changes)))
        assert told in dict(failures(forged, assistant))["[3]"]


@pytest.mark.parametrize("given", [{"web": FakeWeb()}, {"tools": [Weather()]}], ids=["web", "tool"])
def test_what_the_index_does_not_hold_is_unchecked(opened, given):
    if "web" in given:
        answer = (assistant := opened(**given)).ask("What stripes do zebras have on their coats?", mode="agent")
    else:
        text = "In Ulm it is 21 degrees and sunny. [t1]"
        assistant, _ = scripted(opened, code(f'print(weather("Ulm"))\nfinal_answer({text!r})'), **given)
        answer = assistant.ask("How is the weather in Ulm?", mode="agent")
    assert not answer.refused
    assert {one.state for one in verify(answer, assistant.index, assistant.instruments)} == {"unchecked"}


# --- files ---


@pytest.fixture
def verified(tmp_path, assistant, monkeypatch, capsys):
    """Runs `footnote verify` on a document: the exit code and what was said."""
    monkeypatch.setattr(
        "ui.cli._open_index", lambda *_: type(assistant.index).open(assistant.index.folder, HashingEncoder())
    )

    def run(document):
        file = tmp_path / "answer.json"
        file.write_bytes(document if isinstance(document, bytes) else document.encode())
        code_of = main(["verify", str(file)])
        said = capsys.readouterr()
        return code_of, said.out, said.err

    return run


def test_a_kept_answer_is_verified_with_exit_code_0_and_a_forged_one_with_1(verified, kept):
    assert verified(kept.to_json())[0] == 0
    code_of, out, err = verified(replace(kept, text="Something else.").to_json())
    assert code_of == 1
    assert "failed    the answer: its text is not the text of its sentences" in out
    assert len(err.splitlines()) == 1


def test_an_answer_of_an_older_version_lacks_what_it_did_not_know(verified, kept):
    fields = json.loads(kept.to_json())
    for name in ("closest", "notice", "dropped", "usage", "seconds", "steps"):
        del fields[name]
    for citation in fields["citations"]:
        for name in ("changed", "ranks", "figures"):
            del citation[name]
    assert verified(json.dumps(fields))[0] == 0


@pytest.mark.parametrize(
    "document",
    [
        "null",
        "[]",
        "5",
        '"text"',
        "NaN",
        '{"answer": "x"}',
        '{"answer": ' + "1" * 5_000 + "}",
        '{"question": "q", "answer": "a", "refused": "maybe", "model": "m", "mode": "quick"}',
        '{"question": "q", "answer": "a", "refused": false, "model": "m", "mode": "quick", "citations": 5}',
        '{"question": "q", "answer": "a", "refused": false, "model": "m", "mode": "quick", "citations": [null]}',
        b" " * (2**25 + 1),
    ],
    ids=lambda document: str(document[:30]),
)
def test_a_document_of_another_shape_is_refused_in_one_line(verified, document):
    code_of, out, err = verified(document)
    assert (code_of, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "answer" in err


def test_half_of_a_character_in_an_answer_is_no_end(verified, kept):
    fields = json.loads(kept.to_json())
    fields["citations"][0]["quote"] = "\ud800"
    fields["sentences"][0]["text"] = "\ud800 \x1b[2J"
    code_of, out, _ = verified(json.dumps(fields))
    assert code_of == 1
    assert "\x1b" not in out


def test_no_file_is_wrong_usage():
    with pytest.raises(SystemExit) as left:
        main(["verify"])
    assert left.value.code == 2
