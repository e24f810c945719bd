"""Decoding that can only write valid actions: a call of a known tool, or a thought and one block of code.

The one door to `xgrammar`, an extra: where it is not installed, `agent/action_repair` reads what a model wrote.
Not covered: whether the code is Python, and whether what is called makes sense.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from functools import cached_property, lru_cache
from importlib.util import find_spec
from typing import Any, Final

from agent.errors import first_line
from agent.mended_actions import CODE_END

_log = logging.getLogger(__name__)

LONGEST_CALL: Final = 300
"""Tokens of a call: a small model may go on in a text until it is stopped; the brackets that lack are added then."""
_TEXT: Final = r'^[^\x00-\x1f"\\]*$'
"""A text in a call: without quotes and line breaks, so that it can be read wherever it is cut. A bound in the schema
does not work in xgrammar 0.2.8: `maxLength` lets control characters through, `{0,300}` in two tools fails."""
_CODE: Final = rf"""
root ::= thought "<code>\n" code "{CODE_END}"
thought ::= [^<]{{0,200}}
code ::= [^<] rest
rest ::= ([^<] | "<" [^/<])*
"""
"""A thought without tags, one block that is not empty, and nothing behind it."""


def grammar_is_there() -> bool:
    """Whether `xgrammar` is installed."""
    return find_spec("xgrammar") is not None


class Grammars:
    """Compiled grammars for one tokenizer, made when they are first needed; a processor serves one text."""

    def __init__(self, tokenizer: Any, model: Any) -> None:
        self._tokenizer = tokenizer
        self._model = model
        self._compiled = lru_cache(maxsize=32)(self._compile)

    def processors(self, tools: Sequence[dict[str, Any]], stops: Sequence[str]) -> list[Any]:
        """What keeps one text within its form: a call where there are tools, code where it ends at its fence.

        Nothing, and a warning, where xgrammar cannot read the tokenizer or the tools: the text is then read tolerantly.
        """
        if not tools and CODE_END not in stops:
            return []
        from xgrammar.contrib.hf import LogitsProcessor

        try:
            return [LogitsProcessor(self._compiled(json.dumps(call_schema(tools)) if tools else ""))]
        except (RuntimeError, ValueError, TypeError) as error:
            _log.warning("actions are not held to their form: %s", first_line(error))
            return []

    @cached_property
    def _compiler(self) -> Any:
        import xgrammar

        ends = self._model.generation_config.eos_token_id
        known = xgrammar.TokenizerInfo.from_huggingface(
            self._tokenizer,
            vocab_size=self._model.get_input_embeddings().weight.shape[0],
            stop_token_ids=ends if isinstance(ends, list) else [ends],
        )
        return xgrammar.GrammarCompiler(known)

    def _compile(self, schema: str) -> Any:
        if not schema:
            return self._compiler.compile_grammar(_CODE)
        return self._compiler.compile_json_schema(schema, any_whitespace=False)  # else a model may write nothing but it


def call_schema(tools: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The JSON schema of one call of one of the tools, which are described as for a chat template."""
    return {"anyOf": [_one_call(tool["function"]) for tool in tools]}


def _one_call(function: dict[str, Any]) -> dict[str, Any]:
    arguments = {"additionalProperties": False, **function["parameters"]}
    arguments["properties"] = {name: _bounded(given) for name, given in arguments["properties"].items()}
    return {
        "type": "object",
        "properties": {"name": {"const": function["name"]}, "arguments": arguments},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _bounded(given: dict[str, Any]) -> dict[str, Any]:
    """The schema of an argument, with an end to its text; a description is no part of the form."""
    kept = {name: value for name, value in given.items() if name not in ("description", "nullable")}
    return {"pattern": _TEXT, **kept} if kept.get("type") == "string" and "enum" not in kept else kept
