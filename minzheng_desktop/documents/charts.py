"""Bar and line charts on a page of a report, in millimetres: thin axes, few grid lines, numbers where one looks."""

from __future__ import annotations

import itertools
import math

from minzheng_desktop.documents.fonts import Face, text_width
from minzheng_desktop.documents.pen import MM, Colour, Page
from minzheng_desktop.documents.report_model import BarChart, LineChart
from minzheng_desktop.documents.setting import fit

BLUE: Colour = (0.15, 0.26, 0.40)
_TONES: tuple[Colour, ...] = (
    BLUE,
    (0.50, 0.60, 0.74),
    (0.62, 0.42, 0.25),
    (0.35, 0.55, 0.45),
    (0.45, 0.45, 0.45),
)
_FAINT = 0.8
_LABEL = 8.0
_AXIS = 14.0


def draw_bars(page: Page, x: float, y: float, width: float, height: float, chart: BarChart) -> None:
    """A bar for each label, its number over it; names too long for their place are set smaller or on two lines."""
    foot = y + height - 11
    top = max([*chart.values, 0.0]) or 1.0
    step = width / max(len(chart.values), 1)
    bar = min(step * 0.62, 12.0)
    for number, (label, value) in enumerate(zip(chart.labels, chart.values, strict=True)):
        middle = x + step * (number + 0.5)
        tall = (foot - y - 6) * value / top
        if tall > 0:
            page.fill(middle - bar / 2, foot - tall, bar, tall, BLUE)
        shown = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
        size = fit(shown, Face.NUMBER, _LABEL, (step - 0.4) * MM).size
        page.text(middle, foot - tall - 1.2, shown, Face.NUMBER, size, align="centre")
        _name(page, middle, foot, step, label)
    page.rule(x, foot, x + width, foot, weight=0.8)


def _name(page: Page, middle: float, foot: float, step: float, label: str) -> None:
    room = (step - 0.5) * MM
    fitted = fit(label, Face.TEXT, _LABEL, room, lines=2)
    for number, line in enumerate(fitted.lines):
        base = foot + 3.6 + 3.2 * number
        page.text(middle, base, line, Face.TEXT, fitted.size, align="centre", stretch=fitted.stretch)


def draw_lines(page: Page, x: float, y: float, width: float, height: float, chart: LineChart) -> None:
    """Lines over the same labels, each named at its end."""
    names = max([text_width(s.name, Face.TEXT, _LABEL) / MM for s in chart.series] or [0.0])
    left, right, foot = x + _AXIS, x + width - names - 4, y + height - 6
    top, step = scale_of(max([v for s in chart.series for v in s.values] or [0.0]))
    marks = round(top / step)
    for number in range(marks + 1):
        at = foot - (foot - y - 2) * number / marks
        page.rule(
            left, at, right, at, weight=0.8 if number == 0 else 0.4, colour=0.0 if number == 0 else _FAINT
        )
        page.text(left - 1.5, at + 1, f"{step * number:,g}", Face.NUMBER, _LABEL, align="right")
    gap = (right - left) / max(len(chart.labels), 1)
    for number, label in enumerate(chart.labels):
        page.text(left + gap * (number + 0.5), foot + 4.2, label, Face.NUMBER, _LABEL, align="centre")
    ends: list[float] = []
    for number, series in enumerate(chart.series):
        tone = _TONES[number % len(_TONES)]
        points = [
            (left + gap * (at + 0.5), foot - (foot - y - 2) * value / top)
            for at, value in enumerate(series.values)
        ]
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            page.rule(x0, y0, x1, y1, weight=1.3, colour=tone)
        if points:
            end = points[-1][1] + 1
            while any(abs(end - other) < 3.2 for other in ends):
                end -= 3.2
            ends.append(end)
            page.text(right + 1.5, end, series.name, Face.TEXT, _LABEL, colour=tone)


def scale_of(highest: float) -> tuple[float, float]:
    """(top of the axis, step): about four steps of 1, 2, 2.5 or 5 times a power of ten."""
    if highest <= 0:
        return 1.0, 0.25
    rough = highest / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * f for f in (1, 2, 2.5, 5, 10) if power * f >= rough * 0.999)
    return step * max(1, math.ceil(highest / step - 1e-9)), step
