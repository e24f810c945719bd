"""The settings of footnote, and the only reader of its environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self, cast

from agent.errors import InvalidSetting
from retrieval.settings import SearchSettings

INDEX_VARIABLE = "FOOTNOTE_INDEX"
MODEL_VARIABLE = "FOOTNOTE_MODEL"
DATA_VARIABLE = "FOOTNOTE_DATA"
KEY_VARIABLE = "FOOTNOTE_API_KEY"
WEB_SEARCH_VARIABLE = "FOOTNOTE_WEB_SEARCH"
WEB_KEY_VARIABLE = "FOOTNOTE_WEB_KEY"
BITS_VARIABLE = "FOOTNOTE_BITS"
SECONDS_VARIABLE = "FOOTNOTE_SECONDS"

QUIET_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "TOKENIZERS_PARALLELISM": "false",
}
"""What keeps the libraries from phoning home; set before the first of them is imported, unless the user has set it."""

_OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


@dataclass(frozen=True, slots=True)
class ExtractiveSettings:
    """How units are chosen.

    Attributes:
        sentences: Units that an answer holds at most.
        characters: Characters that an answer holds at most.
        cosine_weight: Share of the encoder's similarity in a unit's score; the rest is the coverage of rare words.
        passage_weight: What the best passage adds to its units; others add in proportion to their search score.
        form_weight: What a unit of the form that is asked for gains, such as one with a figure for "how many".
        block_weight: What a formula or a piece of code gains where one is asked for.
        definition_weight: What a unit gains that begins with the thing whose meaning is asked for, and says what it is.
        heading_share: How much a question word counts that stands above the unit only: in a heading, a header, a lead.
        margin: How far below the best unit's score a further unit may lie.
        candidates: Units that are encoded where the index keeps no token states; those with the best coverage go first.
    """

    sentences: int = 3
    characters: int = 600
    cosine_weight: float = 0.4
    passage_weight: float = 0.4
    form_weight: float = 0.1
    block_weight: float = 0.2
    definition_weight: float = 0.3
    heading_share: float = 0.9
    margin: float = 0.33
    candidates: int = 20


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the web may cost, and who searches it.

    Attributes:
        search: `duckduckgo`, the URL of a SearXNG server, or `langchain:MODULE:NAME` for a search tool of LangChain.
        key: Sent to the search provider alone, as a bearer token; never shown.
        seconds: For a page in all, redirects and repetitions included; for a search, each try.
        megabytes: Of a page, unpacked.
        redirects: On the way to a page.
        tries: Of a request that a busy server answers with 429 or 5xx.
        cache_hours: Age beyond which a page is fetched again; 0 keeps none.
    """

    search: str = field(default="duckduckgo", repr=False)  # its URL may carry a password
    key: str = field(default="", repr=False)
    seconds: float = 15.0
    megabytes: int = 5
    redirects: int = 5
    tries: int = 3
    cache_hours: float = 24.0


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """What a run of the team may use.

    Attributes:
        manager_steps: Steps of the manager.
        agent_steps: Steps of an agent that it asks.
        seconds: Of the whole run, a tenth of them for its ending; then the best verified answer is returned.
        tokens: Read and written by the model in all steps together; a small model reads 3,000 a step.
        agents_at_once: Sub-questions that are worked on side by side.
        passages: Passages that a search returns, unless the model asks for another number.
        read_characters: Characters of a note or page that one call reads; 750 tokens.
        memory_characters: Characters of earlier steps that a model is shown; older outputs are left out.
        earlier_tokens: Tokens of the summary of earlier turns.
    """

    manager_steps: int = 6
    agent_steps: int = 4
    seconds: float = 120.0
    tokens: int = 60_000
    agents_at_once: int = 4
    passages: int = 5
    read_characters: int = 3_000
    memory_characters: int = 16_000
    earlier_tokens: int = 300


@dataclass(frozen=True, slots=True)
class WritingSettings:
    """How a language model writes an answer from passages.

    Attributes:
        seconds: For reading, writing and the repair together; then what is verified is shown, or sentences are quoted.
        characters: Of the answer itself, for which one to four short sentences are asked.
    """

    seconds: float = 60.0
    characters: int = 1_500


Bits = Literal[16, 8, 4]
BITS: Final[tuple[Bits, ...]] = (16, 8, 4)


@dataclass(frozen=True, slots=True)
class LocalModelSettings:
    """How a language model runs on this machine.

    Attributes:
        bits: 16 loads the weights as they were published (32 bits on a CPU); 8 and 4 need `bitsandbytes` and a GPU.
        new_tokens: Tokens that one answer of the model has at most.
        silence: Seconds without a token after which the model counts as stuck.
        prefix_bytes: Memory for the states of earlier prompts, so that the next step reads only what is new.
        lookup_tokens: Tokens that are guessed from the prompt at once where a text is expected to quote it.
        side_by_side: Texts that are written at once on a GPU, each for another conversation or agent.
        slot_memory: Share of the GPU's memory that is free once the model is loaded, for the states of those texts.
        grammar: Whether actions of agents are held to their form while they are written, where `xgrammar` is installed.
    """

    bits: Bits = 16
    new_tokens: int = 1024
    silence: float = 120.0
    prefix_bytes: int = 2**30
    lookup_tokens: int = 8
    side_by_side: int = 16
    slot_memory: float = 0.6
    grammar: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may change.

    Attributes:
        data: Folder for the index of the shipped notes, cached models and the history.
        index: Folder of the index that commands use unless told otherwise.
        model: Spec of the model that writes answers; None is the best one found.
        passages: Passages that are searched for a question.
    """

    data: Path
    index: Path
    model: str | None = None
    passages: int = 8
    search: SearchSettings = field(default_factory=SearchSettings)
    extractive: ExtractiveSettings = field(default_factory=ExtractiveSettings)
    web: WebSettings = field(default_factory=WebSettings)
    team: TeamSettings = field(default_factory=TeamSettings)
    writing: WritingSettings = field(default_factory=WritingSettings)
    local_model: LocalModelSettings = field(default_factory=LocalModelSettings)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Defaults, changed by the variables whose names stand at the top of this module.

        Raises:
            InvalidSetting: A variable holds what it cannot mean.
        """
        known = os.environ if environment is None else environment
        data = Path(known[DATA_VARIABLE]) if known.get(DATA_VARIABLE) else _user_data()
        index = Path(known[INDEX_VARIABLE]) if known.get(INDEX_VARIABLE) else data / "index"
        web = WebSettings(known.get(WEB_SEARCH_VARIABLE) or WebSettings().search, known.get(WEB_KEY_VARIABLE) or "")
        return cls(
            data.expanduser(),
            index.expanduser(),
            known.get(MODEL_VARIABLE) or None,
            web=web,
            writing=WritingSettings(_seconds(known.get(SECONDS_VARIABLE))),
            local_model=LocalModelSettings(_bits(known.get(BITS_VARIABLE))),
        )


def api_key(environment: Mapping[str, str] | None = None) -> str | None:
    """The key for a model server; read when it is needed and kept nowhere."""
    known = os.environ if environment is None else environment
    return known.get(KEY_VARIABLE) or None


def hub_cache(environment: Mapping[str, str] | None = None) -> Path:
    """Where huggingface_hub keeps what was downloaded."""
    known = os.environ if environment is None else environment
    if known.get("HF_HUB_CACHE"):
        return Path(known["HF_HUB_CACHE"]).expanduser()
    return Path(known.get("HF_HOME") or "~/.cache/huggingface").expanduser() / "hub"


def keep_quiet(*, online: bool = False) -> None:
    """Tell every library that could report home not to, unless the user decided otherwise.

    Args:
        online: Whether something was asked for that must be downloaded; then only reports are kept back.
    """
    for name, value in QUIET_ENVIRONMENT.items():
        if not (online and name in _OFFLINE):
            os.environ.setdefault(name, value)


def _bits(text: str | None) -> Bits:
    if not text:
        return LocalModelSettings().bits
    if text.strip() not in map(str, BITS):
        raise InvalidSetting(f"{BITS_VARIABLE} is {text!r}; it is one of {', '.join(map(str, BITS))}")
    return cast(Bits, int(text))


def _seconds(text: str | None) -> float:
    if not text:
        return WritingSettings().seconds
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise InvalidSetting(f"{SECONDS_VARIABLE} is {text!r}; it is a number of seconds above 0, such as 60")
    return seconds


def _user_data() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("footnote", appauthor=False))
