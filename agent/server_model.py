"""A language model behind OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, `transformers serve`.

The requests are those of smolagents' `OpenAIModel`. Added is what a server on the next desk needs: time-outs, stop
strings that hold although the server ignores them, a text that ended early noticed, and one clear line for every fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from smolagents import ChatMessage, OpenAIModel
from smolagents.models import ChatMessageStreamDelta

from agent.errors import ModelFailed, ModelUnavailable, first_line
from agent.mended_actions import MendedActions
from agent.visible_text import StopFilter

_CONNECT, _SILENCE = 3.0, 120.0
"""Seconds until a connection, and between two pieces of a text: a server may read a long prompt in between."""
_RETRIES = 2
"""Before the first piece only: what has been shown cannot be taken back."""


class ServerModel(MendedActions, OpenAIModel):  # type: ignore[misc]  # smolagents is not typed
    """The model `model_id` of the server at `url`."""

    def __init__(self, model_id: str, url: str, key: str | None = None, silence: float = _SILENCE) -> None:
        import httpx2

        self.url = url
        super().__init__(
            model_id=model_id,
            api_base=url,
            api_key=key or "none",
            client_kwargs={"timeout": httpx2.Timeout(silence, connect=_CONNECT), "max_retries": _RETRIES},
            flatten_messages_as_text=True,
            retry=False,
            temperature=0.0,
        )

    @property
    def supports_stop_parameter(self) -> bool:
        return True

    def generate(
        self, messages: list[Any], stop_sequences: list[str] | None = None, *rest: Any, **options: Any
    ) -> ChatMessage:
        """The whole text at once.

        Raises:
            ModelUnavailable: Nobody answers at the address, or the server does not have the model.
            ModelFailed: The server stopped working, or took too long.
        """
        with self._clear_errors():
            message = super().generate(messages, stop_sequences, *rest, **options)
        shown = StopFilter(stop_sequences or ())
        message.content = self.mended_text(shown.push(message.content or "") + shown.finish(), stop_sequences)
        return message

    def generate_stream(
        self, messages: list[Any], stop_sequences: list[str] | None = None, *rest: Any, **options: Any
    ) -> Iterator[ChatMessageStreamDelta]:
        """The text piece by piece; errors are those of `generate`."""
        shown, begun, ended = StopFilter(stop_sequences or ()), False, False
        try:
            with self._clear_errors():
                for delta in super().generate_stream(messages, stop_sequences, *rest, **options):
                    begun, ended = True, ended or delta.token_usage is not None
                    delta.content = shown.push(delta.content or "")
                    if delta.content or delta.tool_calls or delta.token_usage:
                        yield delta
        except ModelUnavailable as error:
            if not begun:
                raise
            raise ModelFailed(self._broke_off) from error  # its process is gone, so that nobody answers any more
        if rest_of_text := shown.finish():
            yield ChatMessageStreamDelta(content=rest_of_text)
        if not ended:
            raise ModelFailed(self._broke_off)

    @property
    def _broke_off(self) -> str:
        return f"the server {self.url} broke off in the middle of a text; see its log and ask again"

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        import httpx2
        import openai

        try:
            yield
        except (openai.APITimeoutError, httpx2.TimeoutException) as error:
            raise ModelFailed(f"the server {self.url} did not answer in time; see its log or ask again") from error
        except openai.APIConnectionError as error:
            raise ModelUnavailable(f"nobody answers at {self.url}; start the server or correct the address") from error
        except openai.NotFoundError as error:
            raise ModelUnavailable(
                f"the server {self.url} has no model {self.model_id!r}: {first_line(error)}"
            ) from error
        except openai.AuthenticationError as error:
            raise ModelUnavailable(f"the server {self.url} wants a key; set FOOTNOTE_API_KEY") from error
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            raise ModelFailed(f"the server {self.url} failed: {first_line(error)}") from error


def split_address(name: str) -> tuple[str, str]:
    """Model and URL of `MODEL@URL`; a URL without a path gets `/v1`.

    Raises:
        ModelUnavailable: There is no model or no http(s) URL.
    """
    model, _, url = name.rpartition("@")
    if not model or not url.startswith(("http://", "https://")):
        raise ModelUnavailable(
            f"'openai:{name}' is not openai:MODEL@URL, such as openai:qwen3@http://127.0.0.1:8000/v1"
        )
    host_and_path = url.split("://", 1)[1].rstrip("/")
    return model, url.rstrip("/") + ("" if "/" in host_and_path else "/v1")


def model_names(url: str, seconds: float = 0.5) -> Sequence[str] | None:
    """The models that a server offers, or None when nobody answers there in time."""
    import httpx2

    try:
        answer = httpx2.get(f"{url}/models", timeout=seconds)
        return [str(one["id"]) for one in answer.raise_for_status().json()["data"]]
    except (httpx2.HTTPError, ValueError, KeyError, TypeError):
        return None
