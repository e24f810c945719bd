"""What the page asks the server between questions: each call takes what was sent and who sent it, and returns JSON.

Nothing that was sent is trusted: a talk is looked up under its user, a note by its id, a model among those that are
there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from agent.answer import Answer
from agent.found_models import advice, this_machine
from corpus import Note
from retrieval import Index
from ui.feedback import REASONS, Feedback
from ui.history import ExportForm, History
from ui.indexing import IndexingJobs, JobState
from ui.note_view import note_html
from ui.page.asking import Asking
from ui.page.assistants import Assistants, Loading
from ui.page.cards import retrieved_cards
from ui.page.examples import example_questions
from ui.page.found_again import passages_of
from ui.page.live import finished
from ui.page.orders import word
from ui.page.talk_list import talk_list_html
from ui.visitors import account_of

Sent = Mapping[str, Any]
Reply = dict[str, Any]
Call = Callable[[Sent, str | None], Reply]

CHANGING: Final = frozenset({"reindex"})
"""Calls that change what others see."""
_NOBODY: Final = "this browser keeps no cookie, so its conversations are not kept"


class Calls:
    """The calls of one page.

    Args:
        assistants: Who answers; its first one's index and settings are what is shown.
        asking: What answers questions.
        history: The talks.
        feedback: Where opinions go.
        jobs: Updates of the index.
    """

    def __init__(
        self,
        assistants: Assistants,
        asking: Asking,
        history: History,
        feedback: Feedback,
        jobs: IndexingJobs,
    ) -> None:
        self._assistants = assistants
        self._asking = asking
        self._history = history
        self._feedback = feedback
        self._jobs = jobs
        self._examples: tuple[int, list[str]] = (-1, [])
        self._boot = secrets.token_hex(8)  # tells the page when the server was started anew

    def all(self) -> list[Call]:
        """Every call, under its own name."""
        return [
            self.status,
            self.load_model,
            self.stop,
            self.talks,
            self.open_talk,
            self.rename,
            self.pin,
            self.delete,
            self.delete_all,
            self.export,
            self.retrieved,
            self.open_note,
            self.reindex,
            self.give_feedback,
        ]

    # --- the state of the server ---

    def status(self, sent: Sent, user: str | None) -> Reply:
        """What the strip, the settings and the first screen show."""
        index, settings = self._index, self._assistants.first.settings
        if index.stale:
            index.reopen()
        notes, passages = index.counts()
        return {
            "boot": self._boot,
            "notes": notes,
            "passages": passages,
            "indexing": _indexing(self._jobs.state),
            "examples": self._example_questions() if sent.get("examples") else None,
            "model": self._assistants.model,
            "wanted": self._assistants.wanted,
            "models": self._assistants.specs() if sent.get("models") else None,
            "advice": advice(this_machine()) if sent.get("models") else None,
            "web": self._assistants.web is not None,
            "k": settings.passages,
            "weight": index.settings.dense_weight,
            "data": str(settings.data),
            "kept": user is not None,
            "account": account_of(user),
        }

    def _example_questions(self) -> list[str]:
        """Made once for what the index holds: each of them is tried."""
        generation = self._index.generation
        if self._examples[0] != generation:
            self._examples = generation, example_questions(self._assistants.first)
        return self._examples[1]

    def load_model(self, sent: Sent, user: str | None) -> Reply:
        """How far a model is, which begins to be loaded when it is first asked for."""
        spec = word(sent.get("model"))
        if spec not in self._assistants.specs():
            return _loading(Loading(spec, error="this model is not on this machine"))
        again = sent.get("begin") is True
        return _loading(self._assistants.begin_loading(spec) if again else self._assistants.loading(spec))

    def stop(self, sent: Sent, user: str | None) -> Reply:
        """Stop a question."""
        self._asking.stop(user, word(sent.get("ask")))
        return {}

    # --- talks ---

    def talks(self, sent: Sent, user: str | None) -> Reply:
        """The list of talks, those that a search finds."""
        search = word(sent.get("search"))
        found = self._history.talks(user, search) if user else []
        return {"html": talk_list_html(found, datetime.now(UTC).astimezone(), search), "count": len(found)}

    def open_talk(self, sent: Sent, user: str | None) -> Reply:
        """Every turn of a talk."""
        talk_id = word(sent.get("talk"))
        web_possible = self._assistants.web is not None
        return {
            "talk": talk_id,
            "turns": [
                finished(answer, turn, self._index.note, web_possible=web_possible)
                for turn, answer in enumerate(self._answers(talk_id, user), start=1)
            ],
        }

    def rename(self, sent: Sent, user: str | None) -> Reply:
        """Give a talk another title."""
        self._history.rename(_known(user), word(sent.get("talk")), str(sent.get("title", "")))
        return self.talks(sent, user)

    def pin(self, sent: Sent, user: str | None) -> Reply:
        """Keep a talk at the top, or no longer."""
        self._history.pin(_known(user), word(sent.get("talk")), sent.get("pinned") is True)
        return self.talks(sent, user)

    def delete(self, sent: Sent, user: str | None) -> Reply:
        """Remove a talk."""
        self._history.delete(_known(user), word(sent.get("talk")))
        return self.talks(sent, user)

    def delete_all(self, sent: Sent, user: str | None) -> Reply:
        """Remove every talk of the user."""
        self._history.delete_all(_known(user))
        return self.talks(sent, user)

    def export(self, sent: Sent, user: str | None) -> Reply:
        """A talk, or all of them, as a file that the browser makes of it."""
        form: ExportForm = "json" if sent.get("form") == "json" else "markdown"
        text = self._history.export(_known(user), word(sent.get("talk")) or None, form)
        return {"text": text, "name": f"footnote.{'json' if form == 'json' else 'md'}"}

    # --- an answer ---

    def retrieved(self, sent: Sent, user: str | None) -> Reply:
        """Cards of all passages that an answer was made from."""
        answer, turn = self._turn(sent, user)
        found = passages_of(answer, self._index, self._assistants.first.settings.passages)
        return {"html": retrieved_cards(found, turn), "count": len(found)}

    def give_feedback(self, sent: Sent, user: str | None) -> Reply:
        """Keep an opinion as a question of the local question set."""
        answer, turn = self._turn(sent, user)
        reason = next((known for known in REASONS if known == sent.get("reason")), None)
        earlier = [one.question for one in self._answers(word(sent.get("talk")), user)[: turn - 1]]
        self._feedback.add(answer.question, answer, sent.get("good") is True, reason, earlier=earlier)
        return {"said": "Thank you; kept for your own evals on this machine."}

    # --- notes ---

    def open_note(self, sent: Sent, user: str | None) -> Reply:
        """A whole note, the place that was cited marked in it."""
        note = self._note(sent)
        start, end = (int(at) if isinstance(at := sent.get(name), int) else 0 for name in ("start", "end"))
        start = min(max(0, start), len(note.text))
        return {"title": note.title, "source": note.source, "html": note_html(note, start, min(end, len(note.text)))}

    def reindex(self, sent: Sent, user: str | None) -> Reply:
        """Read the file of a note again, in the background."""
        note = self._note(sent)
        self._jobs.index_again(note.note_id)
        return {"said": f"“{note.title}” is being indexed again; ask again in a moment."}

    @property
    def _index(self) -> Index:
        return self._assistants.first.index

    def _note(self, sent: Sent) -> Note:
        note = self._index.note(str(sent.get("note", "")))
        if note is None:
            raise ValueError("this note is no longer in the index")
        return note

    def _answers(self, talk_id: str, user: str | None) -> list[Answer]:
        return self._history.answers(_known(user), talk_id)

    def _turn(self, sent: Sent, user: str | None) -> tuple[Answer, int]:
        answers, turn = self._answers(word(sent.get("talk")), user), sent.get("turn")
        if not isinstance(turn, int) or isinstance(turn, bool) or not 1 <= turn <= len(answers):
            raise ValueError("this turn is not kept")
        return answers[turn - 1], turn


def _known(user: str | None) -> str:
    if user is None:
        raise ValueError(_NOBODY)
    return user


def _indexing(state: JobState) -> str:
    """What the strip says of an update; empty when there is none."""
    return f"Indexing {state.what}: {state.line or 'about to begin'}" if state.running else ""


def _loading(state: Loading) -> Reply:
    return {"model": state.spec, "ready": state.ready, "seconds": round(state.seconds, 1), "error": state.error}
