"""`html.escape` and the common cases of `html.unescape`."""

from __future__ import annotations

import re

EXPORTS = "escape unescape"

_NAMED = {
    "amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": "\xa0", "ndash": "–", "mdash": "—",
    "hellip": "…", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”", "copy": "©", "times": "×", "middot": "·",
}  # fmt: skip


def escape(s: str, quote: bool = True) -> str:
    """Text that can stand in HTML."""
    s = s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return s.replace('"', "&quot;").replace("'", "&#x27;") if quote else s


def unescape(s: str) -> str:
    """The text that HTML stands for; an entity that is not known stays."""
    pieces = []
    start = 0
    for match in re.finditer(r"&(#x[0-9a-fA-F]+|#[0-9]+|[a-zA-Z]+);", s):
        name = match.group(1)
        if name.startswith("#x"):
            letter = chr(int(name[2:], 16))
        elif name.startswith("#"):
            letter = chr(int(name[1:]))
        else:
            letter = _NAMED.get(name, match.group())
        pieces.append(s[start : match.start()] + letter)
        start = match.end()
    return "".join(pieces) + s[start:]
