"""The part of `calendar` that people use."""

from __future__ import annotations

import datetime
from typing import Any

EXPORTS = "day_abbr day_name isleap leapdays month_abbr month_name monthrange weekday"

day_name = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
day_abbr = [name[:3] for name in day_name]
month_name = [
    "", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]  # fmt: skip
month_abbr = [name[:3] for name in month_name]


def isleap(year: int) -> bool:
    """Whether the year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def leapdays(y1: int, y2: int) -> int:
    """Leap years from `y1` to before `y2`."""
    return len([year for year in range(y1, y2) if isleap(year)])


def weekday(year: int, month: int, day: int) -> int:
    """0 is Monday."""
    return datetime.date(year, month, day).weekday()


def monthrange(year: int, month: int) -> Any:
    """The weekday of the first, and the number of days."""
    days = 29 if month == 2 and isleap(year) else [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    return weekday(year, month, 1), days
