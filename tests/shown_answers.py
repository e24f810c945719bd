"""An answer with one citation, for tests of what is shown."""

from agent.answer import Answer, AnswerSentence, Citation

NOTE = "Before the quote. Scores are divided by the root of the width. After it."
START = NOTE.index("Scores")
QUOTE = "Scores are divided by the root of the width."


def citation(**changed):
    fields = {
        "n": 1,
        "kind": "note",
        "note_id": "a.md",
        "title": "Attention",
        "source": "a.md",
        "heading": ("Attention", "Scaling"),
        "start": START,
        "end": START + len(QUOTE),
        "quote": QUOTE,
    }
    return Citation(**{**fields, **changed})


def answer(**changed):
    fields = {
        "question": "Why?",
        "text": f"{QUOTE} [1]",
        "refused": False,
        "model": "extractive",
        "mode": "quick",
        "sentences": (AnswerSentence(QUOTE, (1,), "supported"),),
        "citations": (citation(),),
    }
    return Answer(**{**fields, **changed})
