"""Small charts as SVG text, made at build time: bars, a stacked bar, bars to both sides.

Numbers become coordinates by integer arithmetic only, so the same night gives the same bytes.
Labels stay in the page as text: they wrap, can be copied and are read aloud.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH = 1000
_HEIGHT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a stacked bar: `tone` is a CSS class of the style sheet."""

    label: str
    value: int
    tone: str


def bar(value: int, largest: int, tone: str = "") -> Markup:
    """One bar; the largest value fills the width, anything above zero is at least visible."""
    width = 0 if largest <= 0 else value * _WIDTH // largest
    if value > 0:
        width = max(width, 8)
    return _frame(f'<rect class="{tone or "t-main"}" width="{width}" height="{_HEIGHT}"/>', "bar")


def stacked(parts: Sequence[Part]) -> Markup:
    """One bar of several parts; nothing when all are zero."""
    total = sum(part.value for part in parts)
    rects, done = [], 0
    for part in parts:
        start, done = done, done + part.value
        if part.value:
            left, right = start * _WIDTH // total, done * _WIDTH // total
            shape = f'x="{left}" width="{max(right - left - 3, 1)}" height="{_HEIGHT}"'
            rects.append(f'<rect class="{part.tone}" {shape}/>')
    return _frame("".join(rects), "bar stack") if rects else Markup()


def both_sides(value: int, largest: int) -> Markup:
    """A bar to the right for what raises, to the left for what lowers, from a middle line."""
    half = _WIDTH // 2
    width = 0 if largest <= 0 else max(abs(value) * half // largest, 6 if value else 0)
    left = half if value >= 0 else half - width
    tone = "t-up" if value >= 0 else "t-down"
    shape = f'<rect class="{tone}" x="{left}" width="{width}" height="{_HEIGHT}"/>'
    return _frame(f'{shape}<path class="axis" d="M{half} 0V{_HEIGHT}"/>', "bar both")


def interval(share_ppm: int, low_ppm: int, high_ppm: int) -> Markup:
    """A rate with its interval on a line from 0 to 100 %; shares in parts per million."""
    left, right, at = (ppm * _WIDTH // 1_000_000 for ppm in (low_ppm, high_ppm, share_ppm))
    return _frame(
        f'<path class="axis" d="M0 6H{_WIDTH}"/>'
        f'<rect class="t-range" x="{left}" y="3" width="{max(right - left, 4)}" height="6"/>'
        f'<rect class="t-main" x="{max(at - 4, 0)}" width="8" height="{_HEIGHT}"/>',
        "bar",
    )


def _frame(inside: str, kind: str) -> Markup:
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none"'
    return Markup(f'<svg class="{kind}" {box} aria-hidden="true">{inside}</svg>')  # noqa: S704
