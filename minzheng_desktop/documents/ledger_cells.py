"""Cells of ledger rows as ready-made operators: positions, fonts and widths are settled once for each column.

A row is written as `q 1 0 0 1 0 y cm <rules> BT <cells> ET Q`, so that a cell's operators are the same on every
row: texts that come again (villages, banks, zeroes) are looked up whole.
"""

from __future__ import annotations

from collections.abc import Callable

from minzheng_desktop.documents.ledger_layout import PADDING, Layout, Place
from minzheng_desktop.documents.ledger_model import Value
from minzheng_desktop.documents.pen import MM, PrintJob, digit_groups
from minzheng_desktop.documents.setting import fit

Cell = Callable[[Value], str]
DASH = "—"


def baseline(top: float, height: float, size: float) -> float:
    """The base line (mm) that puts type of a size (pt) into the middle of a cell."""
    return top + height / 2 + 0.365 * size / MM


class RowSetter:
    """Turns rows into operators. Coordinates are relative to the top of the row."""

    def __init__(self, job: PrintJob, layout: Layout) -> None:
        self._job = job
        self._layout = layout
        self._cells = [(place, self._cell(place)) for place in layout.places]

    def operators(self, number: int, row: tuple[Value, ...]) -> str:
        """All cells of a row; `number` is its running number."""
        parts = []
        for place, cell in self._cells:
            value = number if place.column.kind == "seq" else row[place.position]
            if value is not None and value != "":
                parts.append(cell(value))
        return " ".join(parts)

    def _cell(self, place: Place) -> Cell:
        kind = place.column.kind
        if kind == "money":
            return self._money(place)
        if kind in ("seq", "count"):
            return self._figures(place, str)
        if place.style.gap:
            return self._grouped(place)
        if kind in ("date", "phone"):
            return self._figures(place, str)
        return self._text(place)

    def _span(self, place: Place) -> tuple[float, float]:
        """Top and height of the cell within the row."""
        layout = self._layout
        if place.line == 0:
            return 0.0, layout.row_height
        if place.line == 1:
            return 0.0, layout.first_line
        return layout.first_line, layout.row_height - layout.first_line

    def _y(self, place: Place, size: float) -> str:
        top, height = self._span(place)
        return f"{-baseline(top, height, size) * MM:.2f}"

    def _left(self, place: Place, width: float) -> float:
        """Left edge in points of a text so wide in points."""
        if place.style.align == "right":
            return (place.right - PADDING) * MM - width
        if place.style.align == "centre":
            return (place.x + place.width / 2) * MM - width / 2
        return (place.x + PADDING) * MM

    def _money(self, place: Place) -> Cell:
        figures = self._figures(place, _grouped_cents)
        dash = self._text(place)(DASH)
        required = place.column.required

        def cell(value: Value) -> str:
            return figures(value) if value or required else dash

        return cell

    def _figures(self, place: Place, to_text: Callable[[int], str]) -> Cell:
        """Numbers whose width depends on their shape alone: digits are all 555 (bold 590) wide."""
        style = place.style
        font = self._job.font(style.face)
        y, codes, width = self._y(place, style.size), font.codes, font.loaded.width
        room = (place.width - 2 * PADDING + 0.6) * MM
        begin: dict[int, str] = {}
        exceptional = self._text(place)

        def cell(value: Value) -> str:
            text = value if isinstance(value, str) else to_text(value)  # type: ignore[arg-type]
            length = len(text)
            if text[0] == "-" or not text.isascii():
                return exceptional(text)
            start = begin.get(length)
            if start is None:
                points = width(text) * style.size / 1000
                if points > room:
                    return exceptional(text)
                start = f"1 0 0 1 {self._left(place, points):.2f} {y} Tm {font.resource} {style.size:g} Tf <"
                begin[length] = start
            return f"{start}{text.translate(codes)}>Tj"

        return cell

    def _grouped(self, place: Place) -> Cell:
        """Ids, certificates and accounts: one string, grouped to the eye by kerning."""
        style = place.style
        font = self._job.font(style.face)
        y, codes = self._y(place, style.size), font.codes
        room = (place.width - 0.4) * MM
        begin: dict[int, tuple[str, tuple[tuple[int, int], ...]]] = {}
        exceptional = self._text(place)
        joint = f">-{style.gap}<"

        def cell(value: Value) -> str:
            text = str(value)
            known = begin.get(len(text))
            if known is None or not text.isascii():
                shown = self._job.show_number(text, style.size, gap=style.gap, face=style.face)
                if shown.width > room or not text.isascii():
                    return exceptional(text)
                left = self._left(place, shown.width)
                start = f"1 0 0 1 {left:.2f} {y} Tm {font.resource} {style.size:g} Tf [<"
                known = begin[len(text)] = (start, _slices(text))
            start, slices = known
            encoded = text.translate(codes)
            return f"{start}{joint.join([encoded[a:b] for a, b in slices])}>]TJ"

        return cell

    def _text(self, place: Place) -> Cell:
        """Words: fitted to the cell once, then looked up."""
        style = place.style
        known: dict[str, str] = {}
        width = (place.width - 2 * PADDING) * MM + 0.3
        line_y = self._y(place, style.size)

        def cell(value: Value) -> str:
            text = str(value)
            done = known.get(text)
            if done is None:
                shown = self._job.show_once(text, style.face, style.size)
                if shown.width <= width:
                    done = f"1 0 0 1 {self._left(place, shown.width):.2f} {line_y} Tm {shown.operators}"
                else:
                    done = self._squeezed(place, text, width)
                known[text] = done
            return done

        return cell

    def _squeezed(self, place: Place, text: str, width: float) -> str:
        """A text too wide for its cell: smaller, narrower, or on two lines."""
        style = place.style
        top, height = self._span(place)
        fitted = fit(text, style.face, style.size, width, lines=2 if place.line == 0 else 1)
        if not fitted.fits:
            self._job.unfit.append(text)
        size = min(fitted.size, 8.0) if len(fitted.lines) == 2 and height < 8 else fitted.size
        lead = (height - 0.7) / 2 if height < 8 else 4.1
        first = top + height / 2 - lead * (len(fitted.lines) - 1) / 2
        parts = []
        for number, line in enumerate(fitted.lines):
            shown = self._job.show_once(line, style.face, size)
            y = -(first + number * lead + 0.365 * size / MM) * MM
            left = self._left(place, shown.width * fitted.stretch)
            drawn = f"1 0 0 1 {left:.2f} {y:.2f} Tm {shown.operators}"
            if fitted.stretch != 1.0:
                drawn = f"{fitted.stretch * 100:.1f} Tz {drawn} 100 Tz"
            parts.append(drawn)
        return " ".join(parts)


def _slices(text: str) -> tuple[tuple[int, int], ...]:
    slices, place = [], 0
    for group in digit_groups(text):
        slices.append((place * 4, (place + len(group)) * 4))
        place += len(group)
    return tuple(slices)


def _grouped_cents(cents: int) -> str:
    """As values.money.format_money_grouped, for amounts that are not negative."""
    if cents < 0:
        return f"-{_grouped_cents(-cents)}"
    return f"{cents // 100:,}.{cents % 100:02d}"
