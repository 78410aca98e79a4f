"""Draws forms (审批表, 入户调查表) block by block: A4 upright, 170 mm wide, free boxes stretched to fill the page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from minzheng_desktop.documents.fonts import Face, text_width
from minzheng_desktop.documents.form_facts import LABEL, fact_rows
from minzheng_desktop.documents.form_model import (
    Block,
    Fact,
    Facts,
    Figures,
    FormColumn,
    FormSheet,
    Opinion,
    Picture,
    Rows,
    Statement,
    Words,
)
from minzheng_desktop.documents.grid import (
    LEAD,
    SHRINK,
    TEXT_SIZE,
    Grid,
    paragraph_lines,
    set_lines,
    signature_row,
)
from minzheng_desktop.documents.pen import A4_PORTRAIT, MM, Page, Printed, PrintJob
from minzheng_desktop.documents.setting import Line, fit

LEFT, WIDTH = 25.0, 170.0
RIGHT = LEFT + WIDTH
_FIRST_TOP, _NEXT_TOP, _BOTTOM = 33.5, 23.0, 276.0
_LINE, _TWO_LINES = 8.2, 11.0
_SIDE, _OPINION_SIDE = 8.0, 18.0
_MOST_LINES = 36  # of a text in one box
_NOTE_SIZE, _NOTE_LEAD = 8.5, 4.4
_MOST_STRETCH = 45.0  # millimetres a free box may grow

Draw = Callable[[Grid, float, float], None]  # grid, top, height


class _Part(NamedTuple):
    """Something that stays on one page: its least height, its share of free height, and how to draw it."""

    height: float
    stretch: float
    draw: Draw


def draw_form(sheet: FormSheet, *, printed_at: str) -> Printed:
    """The form as a PDF; `printed_at` is 'YYYY-MM-DD HH:MM'."""
    job = PrintJob(A4_PORTRAIT, title=sheet.title, printed_at=printed_at)
    notes = paragraph_lines(sheet.notes, WIDTH, size=_NOTE_SIZE, indent=0) if sheet.notes else ()
    pages = _paginate([part for block in sheet.blocks for part in _parts(block)], len(notes) * _NOTE_LEAD)
    for number, parts in enumerate(pages, start=1):
        page = job.page()
        if sheet.mark:
            page.watermark(sheet.mark)
        top = _head(page, sheet, number)
        last = number == len(pages)
        bottom = _body(page, parts, top, len(notes) * _NOTE_LEAD + 3 if last and notes else 0.0)
        if last:
            set_lines(page, LEFT, bottom + 5.5, notes, size=_NOTE_SIZE, lead=_NOTE_LEAD)
        page.text(LEFT, 287, "内部资料", size=8)
        page.text(LEFT + WIDTH / 2, 287, f"第 {number} 页　共 {len(pages)} 页", size=9, align="centre")
        page.text(RIGHT, 287, f"打印时间 {printed_at}", size=8, align="right")
        page.close()
    return job.finish()


def _head(page: Page, sheet: FormSheet, number: int) -> float:
    if number == 1:
        title = fit(sheet.title, Face.TITLE, 20, WIDTH * MM)
        middle = LEFT + WIDTH / 2
        page.text(middle, 23, sheet.title, Face.TITLE, title.size, align="centre", stretch=title.stretch)
        page.text(LEFT, 31, sheet.number_line)
        page.text(RIGHT, 31, sheet.date_line, align="right")
        return _FIRST_TOP
    about = "　　".join(filter(None, (sheet.number_line, sheet.subject)))
    head = f"{sheet.title}（第 {number} 页）"
    left = fit(head, Face.TEXT, TEXT_SIZE, WIDTH * MM - text_width(about, Face.TEXT, TEXT_SIZE) - 4 * MM)
    page.text(LEFT, 20, head, size=left.size, stretch=left.stretch)
    page.text(RIGHT, 20, about, align="right")
    return _NEXT_TOP


def _paginate(parts: list[_Part], notes: float) -> list[list[_Part]]:
    """Parts to pages: as few pages as possible, without holes that the free boxes of a page cannot fill."""

    @functools.cache
    def best(start: int, page: int) -> tuple[float, float, tuple[int, ...]]:
        """(pages, cost of free height, ends) for the parts from `start` on."""
        if start == len(parts):
            return 0.0, 0.0, ()
        found: tuple[float, float, tuple[int, ...]] = (float("inf"), float("inf"), (len(parts),))
        used = 0.0
        for end in range(start + 1, len(parts) + 1):
            used += parts[end - 1].height
            room = _BOTTOM - (_NEXT_TOP if page else _FIRST_TOP) - (notes if end == len(parts) else 0.0)
            if used > room + 0.01 and end > start + 1:
                break
            pages, free, ends = best(end, 1)
            left = max(0.0, room - used)
            hole = max(0.0, left - _MOST_STRETCH * sum(part.stretch for part in parts[start:end]))
            cost = 0.05 * left**2 + hole**2 * (1 if end == len(parts) else 4)
            candidate = (pages + 1, free + cost, (end, *ends))
            found = min(found, candidate)
        return found

    pages, start = [], 0
    for end in best(0, 0)[2]:
        pages.append(parts[start:end])
        start = end
    return pages or [[]]


def _body(page: Page, parts: list[_Part], top: float, reserved: float) -> float:
    free = max(0.0, _BOTTOM - reserved - top - sum(part.height for part in parts))
    stretchy = sum(part.stretch for part in parts)
    free = min(free, stretchy * _MOST_STRETCH)
    grid = Grid(page)
    y = top
    for part in parts:
        height = part.height + (free * part.stretch / stretchy if stretchy else 0.0)
        part.draw(grid, y, height)
        y += height
    grid.close()
    page.frame(LEFT, top, WIDTH, y - top, weight=1.0)
    return y


def _parts(block: Block) -> list[_Part]:
    if isinstance(block, Facts):
        return [_facts_row(row) for row in fact_rows(block.facts)]
    if isinstance(block, Figures):
        return [_figures(block.figures[start : start + 7]) for start in range(0, len(block.figures), 7)]
    if isinstance(block, Rows):
        return _table(block)
    if isinstance(block, Statement):
        return _statement(block)
    if isinstance(block, Opinion):
        return [_opinion(block)]
    if isinstance(block, Words):
        return [_words(block)]
    return [_picture(block)]


# Facts ------------------------------------------------------------------------------------------------------


def _facts_row(row: list[tuple[Fact, float]]) -> _Part:
    tall = any(
        text_width(fact.label, Face.TEXT, TEXT_SIZE) / MM > (LABEL - 1.6) * SHRINK
        or (fact.kind == "text" and text_width(fact.value, Face.TEXT, TEXT_SIZE) / MM > width - LABEL - 2.4)
        for fact, width in row
    )

    def draw(grid: Grid, y: float, height: float) -> None:
        x = LEFT
        for fact, width in row:
            _fact(grid, x, y, width, height, fact, LABEL)
            x += width

    return _Part(_TWO_LINES if tall else _LINE, 0.0, draw)


def _fact(grid: Grid, x: float, y: float, width: float, height: float, fact: Fact, label: float) -> None:
    grid.label(x, y, label, height, fact.label)
    x, width = x + label, width - label
    if fact.ticks:
        grid.cell(x, y, width, height)
        grid.ticks(x + 1.8, y, height, fact.ticks)
        return
    short = fact.kind == "figure" or text_width(fact.value, Face.TEXT, TEXT_SIZE) / MM <= width - 2.4
    align = "centre" if short and width < 30 else "left"
    grid.value(x, y, width, height, fact.value, kind=fact.kind, align=align, strong=fact.strong)


def _figures(figures: tuple[Fact, ...]) -> _Part:
    width = WIDTH / len(figures)
    two = any(text_width(f.label, Face.TEXT, TEXT_SIZE) / MM > (width - 1.6) * SHRINK for f in figures)
    head = _TWO_LINES if two else _LINE

    def draw(grid: Grid, y: float, height: float) -> None:
        for number, figure in enumerate(figures):
            x = LEFT + number * width
            grid.label(x, y, width, head, figure.label)
            align = "right" if figure.kind == "money" else "centre"
            grid.value(
                x, y + head, width, height - head, figure.value,
                kind=figure.kind, align=align, strong=figure.strong,
            )  # fmt: skip

    return _Part(head + _LINE, 0.0, draw)


# Tables -----------------------------------------------------------------------------------------------------


def _column_widths(block: Rows, width: float) -> list[float]:
    """Widths by what the columns hold, filling the table."""
    wishes = []
    for number, column in enumerate(block.columns):
        face = Face.NUMBER if column.kind != "text" else Face.TEXT
        size = 9.5 if column.kind == "number" else TEXT_SIZE
        texts = [row[number] for row in block.rows]
        widest = max((text_width(text, face, size) / MM for text in texts), default=0.0)
        head = text_width(column.head, Face.TEXT, TEXT_SIZE) / MM
        head = head / 2 + 2.5 if len(column.head) >= 4 else head + 1.6
        if column.kind == "text" and widest > 26:
            widest = max(24.0, min(widest, 60.0) / 1.6)
        least = {"number": 33.0, "money": 19.0, "figure": 9.0}.get(column.kind, 12.0)
        wishes.append(max(least, head, widest + 3.0))
    total = sum(wishes)
    return [wish * width / total for wish in wishes]


def _table(block: Rows) -> list[_Part]:
    """Head and rows; a table longer than a page goes on, each stretch with its own head and side title."""
    rows = list(block.rows) + [("",) * len(block.columns)] * max(0, block.at_least - len(block.rows))
    widths = _column_widths(block, WIDTH - _SIDE)
    two = any(
        text_width(column.head, Face.TEXT, TEXT_SIZE) / MM > (width - 1.6) * SHRINK
        for column, width in zip(block.columns, widths, strict=True)
    )
    head = _TWO_LINES if two else _LINE
    stretch_of = max(int((_BOTTOM - _FIRST_TOP - head) // _LINE) - 6, 1)
    return [
        _table_part(block, rows[start : start + stretch_of], widths, head)
        for start in range(0, max(len(rows), 1), stretch_of)
    ]


def _table_part(block: Rows, rows: list[tuple[str, ...]], widths: list[float], head: float) -> _Part:
    def draw(grid: Grid, y: float, height: float) -> None:
        grid.side_title(LEFT, y, _SIDE, height, block.title)
        line = (height - head) / max(len(rows), 1)
        x = LEFT + _SIDE
        for column, width in zip(block.columns, widths, strict=True):
            grid.label(x, y, width, head, column.head)
            for number, row in enumerate(rows):
                text = row[block.columns.index(column)]
                _table_cell(grid, x, y + head + number * line, width, line, text, column)
            x += width

    return _Part(head + max(len(rows), 1) * _LINE, 0.06 * max(len(rows), 1), draw)


def _table_cell(
    grid: Grid, x: float, y: float, width: float, height: float, text: str, column: FormColumn
) -> None:
    grid.value(x, y, width, height, text, kind=column.kind, align=column.align)


# Free boxes -------------------------------------------------------------------------------------------------


def _statement(block: Statement) -> list[_Part]:
    """A text in its box; one longer than a page goes on in further boxes, signed in the last."""
    width = WIDTH - (_SIDE if block.title else 0.0) - 6
    lines = paragraph_lines(block.text, width) if block.text else ()
    pieces = [lines[start : start + _MOST_LINES] for start in range(0, len(lines), _MOST_LINES)] or [()]
    unsigned = msgspec.structs.replace(block, signs=(), ticks=(), dated=False, least=0.0)
    return [
        *(_statement_part(unsigned, piece) for piece in pieces[:-1]),
        _statement_part(block, pieces[-1]),
    ]


def _statement_part(block: Statement, lines: tuple[Line, ...]) -> _Part:
    side = _SIDE if block.title else 0.0
    inner = WIDTH - side - 6
    height = 5.0 + len(lines) * LEAD + (8 if block.ticks else 0)
    several = len(block.signs) > 1
    if block.signs:
        height += 8.0 + (6.5 if block.dated and several else 0)
    height = max(height, block.least, len(block.title) * 4.8 + 2)

    def draw(grid: Grid, y: float, box: float) -> None:
        if block.title:
            grid.side_title(LEFT, y, _SIDE, box, block.title)
        grid.cell(LEFT + side, y, WIDTH - side, box)
        x = LEFT + side + 3
        after = set_lines(grid.page, x, y + 6.2, lines)
        if block.ticks:
            grid.ticks(x, after - 4.2, 7.0, block.ticks)
        if block.signs:
            foot = y + box - (10.0 if block.dated and several else 4.0)
            signature_row(grid.page, x, foot, inner, block.signs, seal=False, dated=block.dated and several)
            if block.dated and not several:
                grid.page.text(x + inner, foot, "年　　月　　日", align="right")

    return _Part(height, 1.0 if block.signs else 0.4, draw)


def _opinion(block: Opinion) -> _Part:
    inner = WIDTH - _OPINION_SIDE - 6
    lines = paragraph_lines(block.text, inner) if block.text else ()
    rows = [block.facts[start : start + 3] for start in range(0, len(block.facts), 3)]
    grid_height = len(rows) * _LINE + (_LINE if block.words is not None else 0)
    height = (
        5.0 + len(lines) * LEAD + (8 if block.decides else 0) + grid_height + (32.0 if block.seal else 16.0)
    )
    height = max(height, 44.0 if block.seal else 24.0)

    def draw(grid: Grid, y: float, box: float) -> None:
        page = grid.page
        grid.cell(LEFT, y, _OPINION_SIDE, box)
        title = [block.title[start : start + 4] for start in range(0, len(block.title), 4)]
        grid.centred(LEFT, y, _OPINION_SIDE, box, title)
        grid.cell(LEFT + _OPINION_SIDE, y, WIDTH - _OPINION_SIDE, box)
        x = LEFT + _OPINION_SIDE + 3
        top = y + 1.5
        if block.decides:
            choices = (("同意", block.decision == "agree"), ("不同意，理由：", block.decision == "refuse"))
            end = grid.ticks(x, top, 7.0, choices, gap=7)
            page.rule(end + 1, top + 5.6, x + inner - 2, top + 5.6, weight=0.4)
            top += 8
        after = set_lines(page, x, top + 4.7, lines)
        _inner_grid(grid, x, after - 3.0 if lines else top + 1.5, inner, rows, block.words)
        foot = y + box - (10.5 if block.seal else 10.0)
        signature_row(page, x, foot, inner, block.signs, seal=block.seal, dated=True)

    return _Part(height, 1.0, draw)


def _inner_grid(
    grid: Grid, x: float, y: float, width: float, rows: list[tuple[Fact, ...]], words: str | None
) -> None:
    third = width / 3
    for row in rows:
        for number, fact in enumerate(row):
            wide = third if number < len(row) - 1 else width - number * third
            _fact(grid, x + number * third, y, wide, _LINE, fact, 22.0)
        y += _LINE
    if words is not None:
        grid.label(x, y, 22.0, _LINE, "大　写")
        grid.value(x + 22.0, y, width - 22.0, _LINE, words, strong=True)


def _words(block: Words) -> _Part:
    def draw(grid: Grid, y: float, height: float) -> None:
        label = 2 * LABEL if text_width(block.label, Face.TEXT, TEXT_SIZE) / MM > LABEL - 1 else LABEL
        grid.label(LEFT, y, label, height, block.label)
        grid.value(LEFT + label, y, WIDTH - label, height, block.text, strong=True)

    return _Part(_LINE, 0.0, draw)


def _picture(block: Picture) -> _Part:
    def draw(grid: Grid, y: float, height: float) -> None:
        grid.side_title(LEFT, y, _SIDE, height, block.title)
        grid.cell(LEFT + _SIDE, y, WIDTH - _SIDE, height)

    return _Part(block.height, 0.6, draw)
