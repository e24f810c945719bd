"""The Notes tab: add files and folders, watch the indexing, read notes, try the search."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from agent import Assistant
from ui.errors import UiError
from ui.indexing import IndexingJobs
from ui.notes_html import NO_NOTE, NoteRow, notes_table_html, progress_html, reader_html, refused_html
from ui.page.rights import Rights
from ui.page.search_view import search_view

ROWS = 50
"""Notes that the list shows at first, and more at each step."""
_TICK = 0.5
"""Seconds between two looks at a running job."""

CLICKS = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (!button) return;
  const sent = { ...button.dataset };
  if (sent.act === "remove" && !window.confirm("Take this note out of the index?")) return;
  trigger("submit", sent);
});
"""
"""Hands the data of a button inside a component to its `submit`."""

SHOW_PLACE = """() => setTimeout(() => {
  const place = document.querySelector("#fn-reader #fn-place") || document.querySelector("#fn-reader h2");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (place) place.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
}, 120)"""

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}


def notes_tab(assistant: Assistant, jobs: IndexingJobs, rights: Rights) -> None:
    """Nothing; the components are added to the open `gr.Blocks`.

    Args:
        assistant: Whose index is shown.
        jobs: Updates it.
        rights: What a visitor may do.
    """
    does = _Handlers(assistant, jobs, rights)
    with gr.Row(elem_classes="fn-notes-tab", equal_height=False):
        with gr.Column(scale=5, min_width=320):
            with gr.Column(elem_classes=["fn-box", "fn-changes"]):
                gr.HTML("<h2>Add notes</h2>", elem_classes="fn-head")
                files = gr.File(label="Notes to add", show_label=False, file_count="multiple", height=130)
                with gr.Row():
                    folder = gr.Textbox(
                        "", label="Folder or file on this machine", placeholder="/home/me/notes", scale=4, min_width=200
                    )
                    start = gr.Button("Index folder", scale=1, min_width=120)
                job = gr.HTML(lambda: progress_html(jobs.state), elem_id="fn-job")
                cancel = gr.Button("Cancel", size="sm", elem_id="fn-cancel", visible=False)
            with gr.Column(elem_classes="fn-box"):
                gr.HTML("<h2>Notes in the index</h2>", elem_classes="fn-head")
                words = gr.Textbox("", label="Find a note by title or source", elem_id="fn-find-note")
                shown = gr.State(ROWS)
                table = gr.HTML(
                    lambda: does.listing("", ROWS), elem_id="fn-note-list", js_on_load=CLICKS, apply_default_css=False
                )
        with gr.Column(scale=6, min_width=320):
            hits = search_view(assistant, CLICKS)
            reader = gr.HTML(NO_NOTE, elem_id="fn-reader", apply_default_css=False)
    timer = gr.Timer(_TICK, active=True)
    watched = [job, cancel, timer, table]
    timer.tick(does.look, [words, shown], watched, **_QUIET)
    files.upload(does.upload, [files, words, shown], [*watched, files], **_QUIET)
    gr.on([start.click, folder.submit], does.take_folder, [folder, words, shown], watched, **_QUIET)
    cancel.click(does.cancel, **_QUIET)
    words.change(lambda words: (does.listing(words, ROWS), ROWS), words, [table, shown], **_QUIET)
    table.submit(does.act, [words, shown], [*watched, reader, shown], **_QUIET).then(None, js=SHOW_PLACE)
    hits.submit(does.open_hit, outputs=reader, **_QUIET).then(None, js=SHOW_PLACE)


class _Handlers:
    """What the components of the tab do; the first four outputs are the job, its cancel button, the clock, the list."""

    def __init__(self, assistant: Assistant, jobs: IndexingJobs, rights: Rights) -> None:
        self._assistant = assistant
        self._jobs = jobs
        self._rights = rights

    def look(self, words: str, shown: int) -> tuple[Any, ...]:
        """How far the job is; the list is drawn again once it has ended."""
        state = self._jobs.state
        seen = gr.skip() if state.running else self.listing(words, shown)
        return progress_html(state), gr.Button(visible=state.running), gr.Timer(active=state.running), seen

    def upload(self, chosen: list[str] | None, words: str, shown: int, request: gr.Request) -> tuple[Any, ...]:
        named = [(Path(path).name, Path(path)) for path in chosen or []]
        return (*self._begin(lambda: self._jobs.index_files(named), words, shown, request), None)

    def cancel(self, request: gr.Request) -> None:
        if not self._rights.is_reader(request):
            self._jobs.cancel()

    def take_folder(self, path: str, words: str, shown: int, request: gr.Request) -> tuple[Any, ...]:
        if not self._rights.may_name_folders(request):
            return _refused("only a person at this machine may name its folders; upload files instead")
        return self._begin(lambda: self._jobs.index_folder(path), words, shown, request)

    def act(self, words: str, shown: int, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """What a button of the list asks for; outputs end with the note to read and the number of rows."""
        sent = _sent(event)
        note_id, wanted = str(sent.get("note", "")), sent.get("act")
        if wanted == "again":
            return (*self._begin(lambda: self._jobs.index_again(note_id), words, shown, request), gr.skip(), shown)
        if wanted == "remove":
            return (*self._begin(lambda: self._jobs.remove(note_id), words, shown, request), gr.skip(), shown)
        if wanted == "more":
            shown += ROWS
            return *[gr.skip()] * 3, self.listing(words, shown), gr.skip(), shown
        return *[gr.skip()] * 4, self._note(sent), gr.skip()

    def open_hit(self, event: gr.EventData) -> str:
        return self._note(_sent(event))

    def listing(self, words: str, rows: int) -> str:
        """The list of the notes whose title or source has all of the words."""
        index = self._assistant.index
        if index.stale:
            index.reopen()
        entries = index.notes()
        wanted = words.casefold().split()
        found = [e for e in entries if all(word in f"{e.title} {e.source}".casefold() for word in wanted)]
        shown = [NoteRow(e.note_id, e.title, e.source, e.passages, self._jobs.changed(e.note_id)) for e in found[:rows]]
        return notes_table_html(shown, len(entries), len(found))

    def _begin(self, what: Callable[[], None], words: str, shown: int, request: gr.Request) -> tuple[Any, ...]:
        try:
            self._rights.check_change(request)
            what()
        except UiError as error:
            return _refused(str(error))
        return self.look(words, shown)

    def _note(self, sent: dict[str, Any]) -> str:
        note = self._assistant.index.note(str(sent.get("note", "")))
        if note is None:
            return refused_html("this note is no longer in the index")
        return reader_html(note, _number(sent.get("start")), _number(sent.get("end")))


def _refused(reason: str) -> tuple[Any, ...]:
    return refused_html(reason), gr.skip(), gr.skip(), gr.skip()


def _sent(event: gr.EventData) -> dict[str, Any]:
    return event._data if isinstance(event._data, dict) else {}


def _number(sent: Any) -> int:
    return int(sent) if str(sent).isdecimal() else 0
