"""The report of a run as a page of its own, opened from the Evals tab.

It holds what models and notes say, escaped by its template. Should some of it be code all the same, it finds itself on
a page without an origin, which can read nothing of this server, load nothing and send nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ui.eval_runs import find_run, report_page, runs_folder

_ADDRESS = "/evals/report/"
_POLICY = (
    "sandbox allow-scripts allow-popups; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'"
)
"""Holds beside that of `ui.guard`: a browser obeys both."""


def report_address(run: Path, data: Path) -> str:
    """Where the report of a run of the data folder is served."""
    return _ADDRESS + quote(run.relative_to(runs_folder(data)).as_posix())


def report_routes(data: Path) -> list[Any]:
    """The route, for a Starlette application."""
    from starlette.routing import Route

    return [Route(f"{_ADDRESS}{{name:path}}", _report_of(data), methods=["GET"])]


def _report_of(data: Path) -> Callable[[Any], Any]:
    def report(request: Any) -> Any:  # Starlette runs it in a thread
        from starlette.responses import HTMLResponse, PlainTextResponse

        run = find_run(data, str(runs_folder(data) / request.path_params["name"]))
        if run is None:
            return PlainTextResponse("there is no such run", 404)
        return HTMLResponse(report_page(run), headers={"content-security-policy": _POLICY})

    return report
