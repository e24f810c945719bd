"""The plots of a report as inline SVG, drawn offline by every browser; the page's style sheet gives the colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from evals.significance import Comparison
from evals.summary import Mean

_WIDTH = 640
_ROW = 26
"""Height of a row of the interval plot, in the units of the drawing."""
_LABELS = 190
"""Room for the names on the left."""
_BARS = 180
_MARGIN = 34


def interval_plot(means: Sequence[Mean]) -> str:
    """A dot with its 95 % interval for each measure, on an axis from 0 to 1."""
    height = _ROW * len(means) + _MARGIN
    parts = [_tick(value, height) for value in (0, 0.25, 0.5, 0.75, 1)]
    for row, one in enumerate(means):
        y = _ROW * row + _ROW // 2
        low, dot, high = (_across(value) for value in (one.low, one.mean, one.high))
        title = f"{one.measure}: {one.mean:.4f}, 95 % interval {one.low:.4f} to {one.high:.4f}, n = {one.n}"
        parts.append(_dot(one.measure, title, y, (low, dot, high)))
    return _svg(height, "Means with their 95 % intervals", parts)


def difference_plot(measures: Sequence[Comparison]) -> str:
    """A dot with its 95 % interval for each difference B - A; right of the line in the middle, B is better."""
    height = _ROW * len(measures) + _MARGIN
    widest = max((abs(value) for one in measures for value in (one.low, one.high, one.difference)), default=0) or 1.0
    parts = [_tick(at, height, f"{(2 * at - 1) * widest:+.2g}" if at != 0.5 else "0") for at in (0, 0.5, 1)]
    for row, one in enumerate(measures):
        y = _ROW * row + _ROW // 2
        low, dot, high = (_across((value / widest + 1) / 2) for value in (one.low, one.difference, one.high))
        title = f"{one.measure}: {one.difference:+.4f}, 95 % interval {one.low:+.4f} to {one.high:+.4f}, n = {one.n}"
        parts.append(_dot(one.measure, title, y, (low, dot, high)))
    return _svg(height, "Differences B - A with their 95 % intervals", parts)


def _dot(name: str, title: str, y: int, across: tuple[float, float, float]) -> str:
    """A row: the name, the interval and the dot in it."""
    low, dot, high = across
    return (
        f"<g><title>{escape(title)}</title>"
        f'<text class="label" x="{_LABELS - 10}" y="{y + 4}" text-anchor="end">{escape(name)}</text>'
        f'<line class="interval" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'
        f'<circle class="dot" cx="{dot:.1f}" cy="{y}" r="4.5"/></g>'
    )


def rank_histogram(ranks: Mapping[str, int]) -> str:
    """A bar for each bin: in how many questions the first relevant passage stood there."""
    most = max(ranks.values(), default=0) or 1
    step = _WIDTH / max(1, len(ranks))
    parts = []
    for at, (label, count) in enumerate(ranks.items()):
        height, middle = _BARS * count / most, step * (at + 0.5)
        parts.append(
            f"<g><title>{escape(label)}: {count} questions</title>"
            f'<rect class="bar" x="{step * at + 6:.1f}" y="{20 + _BARS - height:.1f}" width="{step - 12:.1f}"'
            f' height="{height:.1f}"/>'
            f'<text class="label" x="{middle:.1f}" y="{14 + _BARS - height:.1f}" text-anchor="middle">{count}</text>'
            f'<text class="label" x="{middle:.1f}" y="{40 + _BARS}" text-anchor="middle">{escape(label)}</text></g>'
        )
    return _svg(_BARS + 50, "Rank of the first relevant passage", parts)


def latency_plot(seconds: Sequence[float]) -> str:
    """The share of the questions that took at most so long, as a line; 50 % and 95 % are marked."""
    ordered = sorted(seconds)
    longest = ordered[-1] or 1.0
    left, bottom, width = 48, 20 + _BARS, _WIDTH - 68
    steps = [f"{left},{bottom}"]
    before = 0.0
    for rank, value in enumerate(ordered, 1):
        x, y = left + width * value / longest, bottom - _BARS * rank / len(ordered)
        steps += [f"{x:.1f},{bottom - _BARS * before:.1f}", f"{x:.1f},{y:.1f}"]
        before = rank / len(ordered)
    parts = [f'<polyline class="curve" points="{" ".join(steps)}"/>']
    for share in (0.5, 0.95):
        y = bottom - _BARS * share
        parts.append(f'<line class="grid" x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="label" x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    for part in (0, 0.5, 1):
        text = f"{longest * part:.3g} s"
        x = left + width * part
        parts.append(f'<text class="label" x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{text}</text>')
    return _svg(_BARS + 50, "Share of questions answered within a time", parts)


def _across(value: float) -> float:
    return _LABELS + (_WIDTH - _LABELS - 20) * value


def _tick(value: float, height: int, label: str = "") -> str:
    x = _across(value)
    anchor = "end" if label and value == 1 else "middle"  # a long label would leave the drawing
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - _MARGIN}"/>'
        f'<text class="label" x="{x:.1f}" y="{height - 12}" text-anchor="{anchor}">{label or f"{value:g}"}</text>'
    )


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
