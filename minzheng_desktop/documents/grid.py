"""Cells of forms: ruled boxes with labels, values, tick boxes, signatures, paragraphs. Measures are millimetres.

Edges shared by two cells are drawn once (drawn twice they look heavier) and joined into long lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from minzheng_desktop.documents.fonts import Face, text_width
from minzheng_desktop.documents.pen import GROUP_GAP, HEAD_GREY, MM, Page
from minzheng_desktop.documents.setting import Fitted, Line, break_in_two, break_paragraph, fit

TEXT_SIZE = 10.5
LEAD = 5.7
SHRINK = 1.07  # a label so much too wide is set smaller rather than on two lines
_JOIN = 0.02
_DATE = "年　　月　　日"


class Grid:
    """Collects the edges of the cells drawn on one page; `close` rules them."""

    def __init__(self, page: Page, *, weight: float = 0.5) -> None:
        self.page = page
        self._weight = weight
        self._across: dict[float, list[tuple[float, float]]] = defaultdict(list)
        self._down: dict[float, list[tuple[float, float]]] = defaultdict(list)

    def cell(self, x: float, y: float, width: float, height: float, *, grey: bool = False) -> None:
        """An empty box."""
        if grey:
            self.page.grey(x, y, width, height, HEAD_GREY)
        for across in (y, y + height):
            self._across[round(across, 2)].append((x, x + width))
        for down in (x, x + width):
            self._down[round(down, 2)].append((y, y + height))

    def close(self) -> None:
        """Rule all edges, each stretch once."""
        for y, stretches in sorted(self._across.items()):
            for start, end in _joined(stretches):
                self.page.rule(start, y, end, y, weight=self._weight)
        for x, stretches in sorted(self._down.items()):
            for start, end in _joined(stretches):
                self.page.rule(x, start, x, end, weight=self._weight)

    def label(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        text: str,
        *,
        face: Face = Face.TEXT,
        size: float = TEXT_SIZE,
        grey: bool = False,
    ) -> None:
        """A box with its name in the middle; a newline in the text breaks it by hand."""
        self.cell(x, y, width, height, grey=grey)
        self.centred(x, y, width, height, text.split("\n"), face=face, size=size)

    def centred(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        lines: Sequence[str],
        *,
        face: Face = Face.TEXT,
        size: float = TEXT_SIZE,
    ) -> None:
        """Lines in the middle of a box; one that is too wide for it is broken in two where there is room."""
        room = (width - 1.6) * MM
        if len(lines) == 1 and height >= 10 and text_width(lines[0], face, size) > room * SHRINK:
            lines = break_in_two(lines[0], face)
        lead = min(LEAD - 0.8, (height - 0.6) / max(len(lines), 1))
        first = y + height / 2 - lead * (len(lines) - 1) / 2
        for number, line in enumerate(lines):
            fitted = fit(line, face, size, room)
            base = first + number * lead + 0.365 * fitted.size / MM
            self.page.text(
                x + width / 2, base, line, face, fitted.size, align="centre", stretch=fitted.stretch
            )
            if not fitted.fits:
                self.page.job.unfit.append(line)

    def side_title(self, x: float, y: float, width: float, height: float, text: str) -> None:
        """A title down the side of a box, one character a line; a long one in two columns."""
        self.cell(x, y, width, height)
        columns = [text]
        size = TEXT_SIZE
        if len(text) * 4.2 + 1 > height:
            half = (len(text) + 1) // 2
            columns, size = [text[:half], text[half:]], 8.5
        for index, column in enumerate(columns):
            lead = min(5.2, (height - 2) / max(len(column), 1))
            middle = x + width * (2 * index + 1) / (2 * len(columns))
            first = y + height / 2 - lead * (len(column) - 1) / 2 + 0.365 * size / MM
            for number, character in enumerate(column):
                self.page.text(middle, first + number * lead, character, size=size, align="centre")

    def value(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        text: str,
        *,
        kind: str = "text",
        align: str = "left",
        strong: bool = False,
    ) -> None:
        """A box with what was entered: `kind` is text, figure, money (right) or number (an id, grouped)."""
        self.cell(x, y, width, height)
        if not text:
            return
        middle = y + height / 2
        if kind == "number":
            size = 9.5 if text_width(text, Face.NUMBER, 9.5) + 3 < (width - 1) * MM else 8.25
            gap = GROUP_GAP if size > 9 else 60
            self.page.number(x + width / 2, middle + 0.365 * size / MM, text, size, align="centre", gap=gap)
            return
        face = Face.TEXT
        if kind in ("money", "figure"):
            face = Face.HEAD if strong else Face.NUMBER
        elif strong:
            face = Face.TITLE
        size = 10.0 if kind in ("money", "figure") else TEXT_SIZE
        place = {"left": x + 1.5, "centre": x + width / 2, "right": x + width - 1.5}
        align = "right" if kind == "money" else align
        fitted = fit(text, face, size, (width - 2.4) * MM, lines=2 if height > 7 else 1)
        if "·" in text and fitted.size < size and height > 7:
            halves = break_in_two(text, face)
            if max(text_width(half, face, 8.5) for half in halves) <= (width - 1.6) * MM:
                fitted = Fitted(halves, 8.5, 1.0, True)
        if not fitted.fits:
            self.page.job.unfit.append(text)
        lead = 3.7 if height < 10 else 4.6
        size = min(fitted.size, 8.5 if height < 10 else 10) if len(fitted.lines) == 2 else fitted.size
        first = middle - lead * (len(fitted.lines) - 1) / 2 + 0.365 * size / MM
        for number, line in enumerate(fitted.lines):
            self.page.text(
                place[align],
                first + number * lead,
                line,
                face,
                size,
                align=align,
                stretch=fitted.stretch,
            )

    def ticks(
        self, x: float, y: float, height: float, choices: Sequence[tuple[str, bool]], *, gap: float = 4.0
    ) -> float:
        """Tick boxes with their words in a row, in a cell that begins at y; returns the right end."""
        base = y + height / 2 + 0.365 * TEXT_SIZE / MM
        for words, checked in choices:
            self.page.tick_box(x, base + 0.25, checked=checked)
            x += 4.0
            x += self.page.text(x, base, words) + gap
        return x - gap


def ticks_width(choices: Sequence[tuple[str, bool]], *, gap: float = 4.0) -> float:
    """The width of a row of tick boxes."""
    return sum(4.0 + text_width(words, Face.TEXT, TEXT_SIZE) / MM + gap for words, _ in choices) - gap


def paragraph_lines(
    text: str, width: float, *, size: float = TEXT_SIZE, indent: float = 2.0
) -> tuple[Line, ...]:
    """Lines of the paragraphs of a text (divided by newlines) in a box of a width."""
    lines: list[Line] = []
    for paragraph in text.split("\n"):
        lines.extend(break_paragraph(paragraph, Face.TEXT, size, width * MM, indent=indent))
    return tuple(lines)


def set_lines(
    page: Page,
    x: float,
    y: float,
    lines: Sequence[Line],
    *,
    size: float = TEXT_SIZE,
    lead: float = LEAD,
    face: Face = Face.TEXT,
) -> float:
    """Set the lines of a paragraph, the first base line at y; returns the base line after the last."""
    for line in lines:
        page.text(x + line.indent / MM, y, line.text, face, size, spacing=line.spacing)
        y += lead
    return y


def signature_row(
    page: Page, x: float, y: float, width: float, signs: Sequence[str], *, seal: bool, dated: bool
) -> None:
    """Names to sign on one line, the seal at the right, the date below right: ends at y + 6."""
    count = len(signs) + (1 if seal else 0)
    step = width / max(count, 1)
    for number, sign in enumerate(signs):
        page.text(x + number * step, y, sign)
    if seal:
        page.text(x + width - 8, y, "（盖章）", align="right")
    if dated:
        page.text(x + width, y + 6.5, _DATE, align="right")


def _joined(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Overlapping and touching stretches of one line as few long ones."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1] + _JOIN:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
