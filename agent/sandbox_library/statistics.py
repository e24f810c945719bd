"""The part of `statistics` that people use."""

from __future__ import annotations

import math
from typing import Any

EXPORTS = (
    "StatisticsError fmean geometric_mean harmonic_mean mean median median_high median_low mode multimode pstdev "
    "pvariance quantiles stdev variance correlation"
)


StatisticsError = ValueError


def _some(data: Any, least: int = 1) -> Any:
    values = list(data)
    if len(values) < least:
        raise ValueError(f"this needs at least {least} value{'s' if least > 1 else ''}")
    return values


def mean(data: Any) -> Any:
    """The arithmetic mean; an integer where whole numbers divide evenly."""
    values = _some(data)
    total = sum(values) if any(type(value) is not float for value in values) else math.fsum(values)
    if type(total) is int and total % len(values) == 0:
        return total // len(values)
    return total / len(values)


def fmean(data: Any, weights: Any = None) -> float:
    """The arithmetic mean as a float."""
    values = _some(data)
    if weights is None:
        return math.fsum(values) / len(values)
    weights = list(weights)
    return math.fsum([value * weight for value, weight in zip(values, weights, strict=True)]) / math.fsum(weights)


def geometric_mean(data: Any) -> float:
    """The n-th root of the product."""
    values = _some(data)
    return math.exp(math.fsum([math.log(value) for value in values]) / len(values))


def harmonic_mean(data: Any) -> float:
    """The reciprocal of the mean of reciprocals."""
    values = _some(data)
    if 0 in values:
        return 0
    return len(values) / math.fsum([1 / value for value in values])


def median(data: Any) -> Any:
    """The middle value, or the mean of the two middle ones."""
    values = sorted(_some(data))
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def median_low(data: Any) -> Any:
    """The middle value, the lower of two."""
    values = sorted(_some(data))
    return values[(len(values) - 1) // 2]


def median_high(data: Any) -> Any:
    """The middle value, the higher of two."""
    values = sorted(_some(data))
    return values[len(values) // 2]


def multimode(data: Any) -> Any:
    """The most frequent values, in the order in which they come."""
    counts: dict[Any, int] = {}
    for value in data:
        counts[value] = counts.get(value, 0) + 1
    most = max(counts.values()) if counts else 0
    return [value for value, count in counts.items() if count == most]


def mode(data: Any) -> Any:
    """The most frequent value, the first of equals."""
    return multimode(_some(data))[0]


def _squares(values: Any, centre: Any) -> float:
    if centre is None:
        centre = math.fsum(values) / len(values)
    return math.fsum([(value - centre) ** 2 for value in values])


def pvariance(data: Any, mu: Any = None) -> float:
    """The variance of a whole population."""
    values = _some(data)
    return _squares(values, mu) / len(values)


def variance(data: Any, xbar: Any = None) -> float:
    """The variance of a sample."""
    values = _some(data, 2)
    return _squares(values, xbar) / (len(values) - 1)


def pstdev(data: Any, mu: Any = None) -> float:
    """The standard deviation of a whole population."""
    return math.sqrt(pvariance(data, mu))


def stdev(data: Any, xbar: Any = None) -> float:
    """The standard deviation of a sample."""
    return math.sqrt(variance(data, xbar))


def quantiles(data: Any, *, n: int = 4, method: str = "exclusive") -> Any:
    """The cut points between `n` groups of equal size."""
    values = sorted(_some(data, 2))
    last = len(values) - 1
    cuts = []
    for i in range(1, n):
        if method == "inclusive":
            place, rest = divmod(i * last, n)
        else:
            place = min(max(i * (last + 2) // n, 1), last)
            rest = i * (last + 2) - place * n
            place -= 1
        cuts.append((values[place] * (n - rest) + values[place + 1] * rest) / n)
    return cuts


def correlation(x: Any, y: Any) -> float:
    """Pearson's correlation."""
    first, second = _some(x, 2), _some(y, 2)
    a, b = math.fsum(first) / len(first), math.fsum(second) / len(second)
    together = math.fsum([(p - a) * (q - b) for p, q in zip(first, second, strict=True)])
    return together / math.sqrt(_squares(first, a) * _squares(second, b))
