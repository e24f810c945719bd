"""A search without an answer, for trying retrieval: words, mode, filter, fusion, and the ranks of what is found."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gradio as gr

from agent import Assistant
from retrieval import Hit, Index
from retrieval.errors import RetrievalError
from retrieval.hit import MODES, Mode
from ui.errors import UiError
from ui.notes_html import hits_html, refused_html

_MOST = 50
_EXAMPLE = '{"must": [{"field": "tags", "match": "attention"}]}'
_MODE_NAMES = [("Hybrid", "hybrid"), ("BM25 (words)", "bm25"), ("Dense (meaning)", "dense")]


class InvalidWhere(UiError):
    """The filter is not JSON."""


def read_where(text: str) -> Mapping[str, Any] | None:
    """The filter that was typed; None where nothing was.

    Raises:
        InvalidWhere: It is not one JSON object.
    """
    if not text.strip():
        return None
    try:
        where = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidWhere(f"the filter is not JSON{place}; a filter looks like {_EXAMPLE}") from error
    if not isinstance(where, dict):
        raise InvalidWhere("the filter is a JSON object with must, should or must_not")
    return where


def find(index: Index, query: str, k: int, mode: str, weight: float, where: Mapping[str, Any] | None) -> list[Hit]:
    """The hits with another share of the dense score than the index's own."""
    chosen: Mode = next((one for one in MODES if one == mode), "hybrid")
    k, weight = max(1, min(int(k), _MOST)), max(0.0, min(float(weight), 1.0))
    if index.stale:
        index.reopen()
    if abs(weight - index.settings.dense_weight) < 0.005 or chosen != "hybrid":
        return index.search(query, k, mode=chosen, where=where)
    settings = replace(index.settings, dense_weight=weight)
    with Index.open(index.folder, index.query_encoder, settings=settings) as other:
        return other.search(query, k, mode=chosen, where=where)


def search_view(assistant: Assistant, clicks: str) -> gr.HTML:
    """The component that holds the hits; its `submit` says which passage a visitor wants to read.

    Args:
        assistant: Whose index is searched.
        clicks: Script that hands on the data of buttons.
    """
    with gr.Column(elem_classes="fn-box"):
        gr.HTML("<h2>Try the search</h2>", elem_classes="fn-head")
        with gr.Row():
            query = gr.Textbox("", label="Search words", elem_id="fn-search", scale=4, min_width=200)
            go = gr.Button("Search", variant="primary", scale=1, min_width=100)
        mode = gr.Radio(_MODE_NAMES, value="hybrid", label="Mode")
        with gr.Accordion("Filter, number of passages, fusion", open=False):
            k = gr.Slider(1, _MOST, value=10, step=1, label="Passages")
            weight = gr.Slider(
                0, 1, value=assistant.index.settings.dense_weight, step=0.05, label="Share of the dense score (hybrid)"
            )
            where = gr.Textbox(
                "",
                label="Filter (JSON)",
                placeholder=_EXAMPLE,
                lines=2,
                elem_id="fn-where",
            )
        hits = gr.HTML("", elem_id="fn-hits", js_on_load=clicks, apply_default_css=False)

    def search(query: str, mode: str, k: float, weight: float, where: str) -> str:
        if not query.strip():
            return refused_html("type some words to search for")
        started = time.perf_counter()
        try:
            found = find(assistant.index, query, int(k), mode, weight, read_where(where))
        except (UiError, RetrievalError, ValueError) as error:
            return refused_html(str(error))
        return hits_html(found, time.perf_counter() - started, query)

    gr.on(
        [go.click, query.submit],
        search,
        [query, mode, k, weight, where],
        hits,
        show_progress="hidden",
        concurrency_limit=None,
        api_visibility="private",
    )
    return hits
