"""The pictures of the README: `python -m ui.screenshots URL` photographs the page that is served there.

Needs a Chromium or Chrome and the extra `test`; the page should be over the shipped notes.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).with_name("screenshots")
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WIDE: Final = {"width": 1280, "height": 760}
_NARROW: Final = {"width": 390, "height": 760}
_QUESTION: Final = "Why are attention scores scaled?"
_LONG_QUESTION: Final = "How do dropout and batch normalisation differ?"


def photograph(url: str) -> list[Path]:
    """The files that were written: an answer with its sources on a wide screen, and on a narrow one at night."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=_browser(), args=["--no-sandbox"])
        try:
            return [
                _picture(browser, url, "answer.png", _wide, viewport=_WIDE, color_scheme="light"),
                _picture(browser, url, "narrow.png", _narrow, viewport=_NARROW, color_scheme="dark"),
            ]
        finally:
            browser.close()


def _picture(browser: Any, url: str, name: str, act: Callable[[Any], None], **looks: Any) -> Path:
    with browser.new_context(reduced_motion="reduce", **looks) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("html[data-footnote=ready]")
        act(page)
        FOLDER.mkdir(exist_ok=True)
        path = FOLDER / name
        page.screenshot(path=path)
        page.evaluate("footnote.call('delete_all')")
    _make_small(path)
    return path


def _make_small(path: Path) -> None:
    """256 colours are enough for a page, chosen so that rare ones are kept; a third of the bytes."""
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE)
    small.save(path, optimize=True)


def _wide(page: Any) -> None:
    _ask(page, _LONG_QUESTION)
    page.click("#fn-new")
    _ask(page, _QUESTION)
    page.click(".fn-trace summary")
    page.click(".fn-chip >> nth=0")
    page.mouse.move(0, 0)


def _narrow(page: Any) -> None:
    _ask(page, _QUESTION)
    page.click(".fn-chip >> nth=1")


def _ask(page: Any, question: str) -> None:
    page.fill("#fn-box", question)
    page.keyboard.press("Enter")
    page.locator(".fn-turn[data-state=ready]").last.wait_for()


def _browser() -> str | None:
    """A browser of this machine; None is the one that playwright has installed."""
    return next((found for name in _BROWSERS if (found := shutil.which(name))), None)


if __name__ == "__main__":
    for written in photograph(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860/"):
        print(written, f"{written.stat().st_size / 1000:.0f} kB")
