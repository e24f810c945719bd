"""The tools of a server that speaks the Model Context Protocol, for the team: the one door to `mcp`.

    with McpTools("python", ["my_server.py"]) as server:
        assistant = Assistant.open("my-index", tools=[server])

The server is a program on this machine, started with the rights of this process and an environment of the usual names
only; it ends with the block. smolagents' own `ToolCollection.from_mcp` needs a package that does not go with `mcp` 2.

Covered: a server that does not start, fails or is silent for too long gives an error of one line. Not covered: servers
that ask back, and anything but the text of what a tool returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from smolagents import Tool

from agent.errors import InvalidTool, ToolFailed, first_line

if TYPE_CHECKING:
    from mcp import Client
    from mcp.types import Tool as ServerTool

_SECONDS: Final = 30.0
"""For the start of a server, and for each call."""
_LEAVING_SECONDS: Final = 10.0
"""In which a server has to end; it is killed before."""
_TYPES: Final = frozenset(("string", "boolean", "integer", "number", "array", "object"))
"""Types of JSON schema that smolagents knows; an argument of another one may be anything."""


class McpTools:
    """A server and its tools, while the `with` block lasts.

    Attributes:
        tools: As `Assistant.open` takes them, by way of this object.
    """

    def __init__(
        self,
        command: str,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        """Remember how the server is started.

        Args:
            command: The program.
            arguments: For it.
            environment: Variables beside the usual ones (`PATH`, `HOME`, ...).
            seconds: For its start, and for each call.
        """
        self.tools: list[Tool] = []
        self._command = command
        self._arguments = list(arguments)
        self._environment = dict(environment or {})
        self._seconds = seconds
        self._ready: Future[tuple[Client, list[ServerTool]]] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._serving: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        """Start the server.

        Raises:
            InvalidTool: It does not start, or does not speak the protocol.
        """
        self._thread = threading.Thread(target=self._run, name="footnote-mcp", daemon=True)
        self._thread.start()
        try:
            client, listed = self._ready.result(self._seconds)
        except Exception as error:
            self._leave()
            raise InvalidTool(f"the MCP server {self._command!r} cannot be used ({_reason(error)})") from error
        self.tools = [_McpTool(one, lambda name, given: self._call(client, name, given)) for one in listed]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._loop is not None and self._serving is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._serving.cancel)
        self._thread.join(_LEAVING_SECONDS)

    def _run(self) -> None:
        try:
            with contextlib.suppress(asyncio.CancelledError):  # that is how it is told to end
                asyncio.run(self._serve())
        except Exception as error:  # of the server or its connection; whoever waits for it is told
            if not self._ready.done():
                self._ready.set_exception(_innermost(error))

    async def _serve(self) -> None:
        from mcp import Client, StdioServerParameters

        self._loop, self._serving = asyncio.get_running_loop(), asyncio.current_task()
        server = StdioServerParameters(command=self._command, args=self._arguments, env=self._environment or None)
        async with Client(server) as client:
            self._ready.set_result((client, (await client.list_tools()).tools))
            await asyncio.Event().wait()

    def _call(self, client: Client, name: str, arguments: dict[str, Any]) -> str:
        """The text that a tool of the server returns; runs in the thread of whoever calls it."""
        assert self._loop is not None
        call = client.call_tool(name, arguments, read_timeout_seconds=self._seconds)
        if not self._loop.is_running():
            call.close()
            raise ToolFailed("the MCP server has ended")
        result = asyncio.run_coroutine_threadsafe(call, self._loop).result(self._seconds)
        text = "\n".join(part.text for part in result.content if part.type == "text")
        if result.is_error:
            raise ToolFailed(text or "the MCP server says that it failed")
        return text


class _McpTool(Tool):  # type: ignore[misc]  # smolagents is not typed
    """A tool of a server as smolagents has them."""

    skip_forward_signature_validation = True
    output_type = "string"

    def __init__(self, described: ServerTool, call: Any) -> None:
        schema = described.input_schema
        needed = schema.get("required", ())
        self.name = re.sub(r"\W", "_", described.name)
        self.description = described.description or described.title or described.name
        self.inputs = {name: _input(one, name in needed) for name, one in schema.get("properties", {}).items()}
        self._called = described.name
        self._call = call
        super().__init__()

    def forward(self, **arguments: Any) -> str:
        """What the server's tool returns."""
        return str(self._call(self._called, arguments))


def _input(schema: Mapping[str, Any], needed: bool) -> dict[str, Any]:
    kind = schema.get("type")
    described = {
        "type": kind if kind in _TYPES else "any",
        "description": str(schema.get("description") or schema.get("title") or "see the tool's description"),
    }
    return described if needed else {**described, "nullable": True}


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "it says nothing; try it by itself"
    if isinstance(error, ModuleNotFoundError):
        return "the package `mcp` is missing; run `pip install 'footnote[mcp]'`"
    return f"{first_line(error)}; try it by itself"


def _innermost(error: BaseException) -> BaseException:
    """The first error in a group of them, which says more than the group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
