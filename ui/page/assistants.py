"""The assistants behind the page: one for each model, weight and web switch that visitors choose, made when needed.

A model is loaded in a thread of its own; questions go on with the old one meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import Assistant
from agent.desk import WebSource
from agent.errors import AgentError, first_line
from agent.found_models import is_downloaded, model_table, this_machine
from agent.models import EXTRACTIVE, SMOLLM2, open_model, smollm2_is_there
from agent.settings import hub_cache
from retrieval import Index
from ui.page.orders import Order

if TYPE_CHECKING:
    from smolagents import Model

_KEPT_WEIGHTS = 4
"""Indexes that are held open with other fusion weights; each shares its files and its encoder with the first."""


_KEPT_ASSISTANTS = 16
"""Each remembers the embeddings of the sentences that it has read, so that a question like the last costs a tenth."""


@dataclass(frozen=True, slots=True)
class Loading:
    """How far a model is: `ready`, or being loaded for `seconds`, or failed with `error`."""

    spec: str
    ready: bool = False
    seconds: float = 0.0
    error: str = ""


class Assistants:
    """Finds the assistant for an order.

    Args:
        first: What answers until another model is there.
        web: The web; None where it cannot be had.
        wanted: Spec of the model that takes over from the first once it is loaded; None keeps the first.
        load: Opens a language model by its spec.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        first: Assistant,
        web: WebSource | None = None,
        wanted: str | None = None,
        load: Callable[[str], Any] = open_model,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.first = first
        self.web = web
        self.wanted = wanted or first.model
        self._load = load
        self._clock = clock
        self._models: dict[str, Model | None] = {first.model: first.llm, EXTRACTIVE: None}
        self._began: dict[str, float] = {}
        self._errors: dict[str, str] = {}
        self._lock = threading.Lock()
        self._index_with = lru_cache(_KEPT_WEIGHTS)(self._open_index)
        self._assistant_with = lru_cache(_KEPT_ASSISTANTS)(self._make)
        self.begin_loading(self.wanted)

    @property
    def model(self) -> str:
        """Spec of the model that answers unless a visitor chooses another."""
        return self.first.model

    def find(self, order: Order) -> Assistant:
        """The assistant for `order`; with the first model where its own is not loaded."""
        with self._lock:
            spec = order.model if order.model in self._models else self.first.model
        return self._assistant_with(spec, order.passages, order.dense_weight, order.web)

    def _make(self, spec: str, passages: int, weight: float, web: bool) -> Assistant:
        first = self.first
        settings = replace(first.settings, passages=passages)
        llm, online = self._models[spec], self.web if web else None
        found = Assistant(self._index(weight), spec, settings, llm, first.tools, online)
        found.pool = first.pool  # one set of workers, which ends with the first
        return found

    def usual(self) -> Assistant:
        """The assistant that answers unless somebody chooses another."""
        return self.opened()[self.model]

    def opened(self) -> dict[str, Assistant]:
        """Model → an assistant with it, for every model that is loaded."""
        with self._lock:
            specs = list(self._models)
        first = self.first
        usual = first.settings.passages, round(first.index.settings.dense_weight, 1), False
        return {spec: self._assistant_with(spec, *usual) for spec in specs}

    def begin_loading(self, spec: str) -> Loading:
        """Load the model `spec` in the background, unless it is there or on its way."""
        with self._lock:
            if spec in self._models or spec in self._began:
                return self._state(spec)
            self._began[spec] = self._clock()
            self._errors.pop(spec, None)
        threading.Thread(target=self._fetch, args=(spec,), name=f"load {spec}", daemon=True).start()
        return self.loading(spec)

    def loading(self, spec: str) -> Loading:
        """How far the model `spec` is."""
        with self._lock:
            return self._state(spec)

    def specs(self) -> list[str]:
        """The models that can be had on this machine, those that are loaded first."""
        with self._lock:
            known = [*self._models, self.wanted]
        if smollm2_is_there():
            known.append(SMOLLM2)
        machine = this_machine()
        known += [f"transformers:{m.id}" for m in model_table() if machine.fits(m) and is_downloaded(m)]
        return list(dict.fromkeys(known))

    def _fetch(self, spec: str) -> None:
        try:
            llm = self._load(spec)
        except (AgentError, ImportError, OSError, RuntimeError, MemoryError, ValueError) as error:
            with self._lock:
                self._errors[spec] = _reason(spec, error)
                self._began.pop(spec, None)
            return
        with self._lock:
            self._models[spec] = llm
            self._began.pop(spec, None)
        if spec == self.wanted:
            self.first.use(spec, llm)

    def _state(self, spec: str) -> Loading:
        if spec in self._models:
            return Loading(spec, ready=True)
        began = self._began.get(spec)
        return Loading(
            spec, seconds=self._clock() - began if began is not None else 0.0, error=self._errors.get(spec, "")
        )

    def _index(self, weight: float) -> Index:
        first = self.first.index
        return first if weight == round(first.settings.dense_weight, 1) else self._index_with(weight)

    def _open_index(self, weight: float) -> Index:
        first = self.first.index
        return Index.open(first.folder, first.query_encoder, settings=replace(first.settings, dense_weight=weight))


def _reason(spec: str, error: BaseException) -> str:
    """Why a model could not be loaded, in one line, and what helps."""
    said = first_line(error)
    if isinstance(error, MemoryError) or "out of memory" in said.lower():
        return f"there is not enough memory for it ({said}); choose a smaller model"
    kind, _, name = spec.partition(":")
    if kind == "transformers" and not Path(name).expanduser().exists() and not _in_cache(name):
        return f"it is not on this machine; run `hf download {name}`, then choose it again"
    return said


def _in_cache(name: str) -> bool:
    return (hub_cache() / f"models--{name.replace('/', '--')}").exists()
