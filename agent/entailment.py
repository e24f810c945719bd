"""The optional judge of meaning: an entailment model that says whether a passage implies a sentence.

Rules about numbers, names and negations see words; a model that was trained on entailment sees more, and costs a
forward pass a pair. It is used only where it was asked for. Any `CrossEncoder` of sentence-transformers with the labels
of natural language inference will do, by hub id or folder. Only this module loads it, when it is first asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final, Protocol

import numpy as np

from agent.errors import ModelUnavailable

_LABELS: Final = ("entailment", "neutral", "contradiction")
_TWO_LABEL_MODELS: Final = {"not_entailment": "neutral", "non_entailment": "neutral", "not entailment": "neutral"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probabilities that the premise implies the sentence, and that it contradicts it."""

    entailment: float
    contradiction: float


class Entailment(Protocol):
    """Judges pairs of a premise and a sentence."""

    def judge(self, pairs: Sequence[tuple[str, str]]) -> Sequence[Judgement]:
        """One judgement a pair, in order."""


class CrossEncoderEntailment:
    """A cross-encoder for natural language inference, loaded at its first judgement."""

    def __init__(self, model: str | Path) -> None:
        self._name = str(model)
        self._lock = Lock()
        self._model: Any = None
        self._places: Mapping[str, int] = {}

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """One judgement a pair, in order.

        Raises:
            ModelUnavailable: The model cannot be loaded, or its labels are not those of entailment.
        """
        if not pairs:
            return []
        with self._lock:
            if self._model is None:
                self._load()
            scores = self._model.predict([list(pair) for pair in pairs], show_progress_bar=False)
        return [self._judgement(row) for row in _softmax(np.asarray(scores, dtype=np.float64))]

    def _load(self) -> None:
        try:
            import torch
            from sentence_transformers import CrossEncoder

            model = CrossEncoder(self._name, activation_fn=torch.nn.Identity())
        except ImportError as error:
            raise ModelUnavailable(
                f"the entailment model needs the package {error.name!r}; install sentence-transformers"
            ) from error
        except (OSError, ValueError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ModelUnavailable(f"the entailment model {self._name!r} cannot be loaded: {reason}") from error
        self._places = label_places(model.config.id2label, self._name)
        self._model = model

    def _judgement(self, row: np.ndarray[Any, np.dtype[np.float64]]) -> Judgement:
        contradiction = float(row[self._places["contradiction"]]) if "contradiction" in self._places else 0.0
        return Judgement(float(row[self._places["entailment"]]), contradiction)


def label_places(labels: Mapping[int, str], model: str) -> dict[str, int]:
    """The column of each label of entailment in a model's output.

    Raises:
        ModelUnavailable: There is none for `entailment`.
    """
    places = {_TWO_LABEL_MODELS.get(name.lower(), name.lower()): int(column) for column, name in labels.items()}
    if "entailment" not in places:
        found, wanted = ", ".join(labels.values()), ", ".join(_LABELS)
        raise ModelUnavailable(f"{model!r} has the labels {found}; the `id2label` of an entailment model has {wanted}")
    return {name: places[name] for name in _LABELS if name in places}


def _softmax(scores: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: np.ndarray[Any, np.dtype[np.float64]] = exponents / exponents.sum(axis=1, keepdims=True)
    return shares
