"""Short tables with a grey head, as on the explanation, the hand-over sheet and the public notice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from minzheng_desktop.documents.fonts import Face, text_width
from minzheng_desktop.documents.grid import Grid
from minzheng_desktop.documents.pen import GROUP_GAP, MM, digit_groups
from minzheng_desktop.documents.setting import break_in_two, fit


class TableColumn(NamedTuple):
    """Head, width (mm), what it holds (text, figure or number), and how it is aligned."""

    head: str
    width: float
    kind: Literal["text", "figure", "number"] = "text"
    align: Literal["left", "centre", "right"] = "left"


class TableStyle(NamedTuple):
    """Heights (mm) and sizes (pt) of a table."""

    head_height: float = 7.6
    row_height: float = 7.2
    size: float = 9.5
    head_size: float = 9.5
    padding: float = 1.5


def draw_table(
    grid: Grid,
    x: float,
    y: float,
    columns: Sequence[TableColumn],
    rows: Sequence[Sequence[str]],
    *,
    style: TableStyle | None = None,
    total: bool = False,
) -> float:
    """Draw a table; with `total` the last row is bold on grey. Rows grow for texts that need two lines.

    Returns the y below it.
    """
    style = style or TableStyle()
    left = x
    for column in columns:
        grid.label(
            x,
            y,
            column.width,
            style.head_height,
            column.head,
            face=Face.HEAD,
            size=style.head_size,
            grey=True,
        )
        x += column.width
    y += style.head_height
    for number, (row, height) in enumerate(zip(rows, row_heights(columns, rows, style), strict=True)):
        strong = total and number == len(rows) - 1
        x = left
        for column, text in zip(columns, row, strict=True):
            grid.cell(x, y, column.width, height, grey=strong)
            if text:
                _cell(grid, x, y, height, column, text, style, strong=strong)
            x += column.width
        y += height
    return y


def row_heights(
    columns: Sequence[TableColumn], rows: Sequence[Sequence[str]], style: TableStyle
) -> list[float]:
    """Height of each row (mm): rows grow for texts that need two lines."""
    return [style.row_height * (1.45 if _needs_two(columns, row, style) else 1.0) for row in rows]


def _face(column: TableColumn, text: str, *, strong: bool) -> Face:
    if strong:
        return Face.HEAD
    return Face.NUMBER if column.kind != "text" else Face.TEXT


def _needs_two(columns: Sequence[TableColumn], row: Sequence[str], style: TableStyle) -> bool:
    return any(
        text_width(text, _face(column, text, strong=False), 8.0) / MM > column.width - 2 * style.padding
        for column, text in zip(columns, row, strict=True)
    )


def _cell(
    grid: Grid,
    x: float,
    y: float,
    height: float,
    column: TableColumn,
    text: str,
    style: TableStyle,
    *,
    strong: bool,
) -> None:
    page = grid.page
    middle = y + height / 2
    place = {
        "left": x + style.padding,
        "centre": x + column.width / 2,
        "right": x + column.width - style.padding,
    }[column.align]
    if column.kind == "number" and len(digit_groups(text)) > 1:
        size = min(style.size, 9.5)
        page.number(place, middle + 0.365 * size / MM, text, size, align=column.align, gap=GROUP_GAP)
        return
    face = _face(column, text, strong=strong)
    room = (column.width - 2 * style.padding + 0.4) * MM
    fitted = fit(text, face, style.size, room, lines=1)
    lines: tuple[str, ...] = (text,)
    size, stretch = fitted.size, fitted.stretch
    if fitted.size < min(8.0, style.size) or not fitted.fits:
        two = fit(text, face, style.size, room, lines=2)
        lines, size, stretch = break_in_two(text, face), min(8.5, style.size), two.stretch
        widest = max(text_width(line, face, size) for line in lines)
        if widest > room:
            size, stretch = two.size, two.stretch
        if not two.fits:
            page.job.unfit.append(text)
    lead = size * 1.25 / MM
    first = middle - lead * (len(lines) - 1) / 2 + 0.365 * size / MM
    for number, line in enumerate(lines):
        page.text(place, first + number * lead, line, face, size, align=column.align, stretch=stretch)
