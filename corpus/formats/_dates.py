"""Dates as tables and exports write them, turned into ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_EARLIEST, _LATEST = 10**8, 41 * 10**8
"""Seconds since 1970 that are taken for a moment (1973 to 2099); a smaller number may count anything."""

_PARTIAL = re.compile(r"(?:1[5-9]|20)\d\d(?:-(?:0[1-9]|1[0-2]))?")
_ZONE_NAME = re.compile(r"\s*\b(?:UTC|GMT)$")
_DAY_FORMATS = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%Y/%m/%d", "%d.%m.%Y")
_TIME_FORMATS = ("%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%a %b %d %H:%M:%S %z %Y")
_LONGEST = 40
"""Characters: no date that is read here is longer, and the formats need not be tried on prose."""


def iso_date(value: object) -> str:
    """The date of `value` in ISO 8601, as exact as it was written, or an empty text where it cannot be told.

    Read are ISO 8601, a year or a month alone, seconds or milliseconds since 1970, RFC 2822, and days with the
    month's English name, with the year first, or with dots. `3/4/2021` is not: its day and month may be either.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    written = str(value).strip()
    if not written or len(written) > _LONGEST:
        return ""
    if _PARTIAL.fullmatch(written):
        return written
    return _from_seconds(written) or _from_iso(written) or _from_formats(written)


def _from_seconds(written: str) -> str:
    number = re.fullmatch(r"(\d{9,13})(?:\.\d+)?", written)
    if not number:
        return ""
    seconds = int(number[1])
    if seconds > _LATEST:
        seconds //= 1000
    return datetime.fromtimestamp(seconds, UTC).isoformat() if _EARLIEST <= seconds <= _LATEST else ""


def _from_iso(written: str) -> str:
    zoned = _ZONE_NAME.sub("+00:00", written) if ":" in written else written
    try:
        moment = datetime.fromisoformat(zoned)
    except ValueError:
        return ""
    return moment.isoformat() if ":" in zoned or "T" in zoned else moment.date().isoformat()


def _from_formats(written: str) -> str:
    for day_format in _DAY_FORMATS:
        try:
            return datetime.strptime(written, day_format).date().isoformat()
        except ValueError:
            continue
    for time_format in _TIME_FORMATS:
        try:
            return datetime.strptime(written, time_format).isoformat()
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(written).isoformat() if ":" in written else ""
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
