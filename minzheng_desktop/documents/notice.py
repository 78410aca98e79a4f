"""The public notice (公示) for the wall: its own template, and no id, account or phone may stand on it.

What may be published: name of the applicant, size of the household, amount (民发〔2021〕57号 art. 24; domain §9.4). A
village and group stand for the address. Which columns a form's notice has, its file says; the catalogue refuses any
that is not public. Children's services have no notice: no form of theirs leads here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from minzheng_desktop.documents.fonts import Face
from minzheng_desktop.documents.grid import Grid, paragraph_lines, set_lines
from minzheng_desktop.documents.pen import A4_PORTRAIT, MM, Page, Printed, PrintJob
from minzheng_desktop.documents.setting import fit
from minzheng_desktop.documents.tables import TableColumn, TableStyle, draw_table

Kind = Literal["seq", "place", "name", "count", "code", "money", "date", "text"]

LEFT, WIDTH = 22.0, 166.0
RIGHT = LEFT + WIDTH
_TEXT_SIZE, _LEAD = 15.0, 8.6
_BOTTOM = 274.0
_LAST_ROWS = 4  # go along with the office and the date
_STYLE = TableStyle(head_height=14.0, row_height=9.6, size=14.0, head_size=12.0, padding=1.2)
_WIDTHS: Mapping[Kind, float] = {
    "seq": 13.0, "place": 32.0, "name": 43.0, "count": 15.0, "code": 18.0, "money": 30.0, "date": 32.0, "text": 36.0,
}  # fmt: skip
_LETTER = 5.0  # width of a character of the list, in mm
_WORDS = frozenset({"place", "name", "text"})
_ALIGN: Mapping[Kind, Literal["left", "centre", "right"]] = {"money": "right", "text": "left"}
Row = tuple[str, ...]
# An id, an account, a mobile phone: too many digits in a row for anything that may hang on a wall.
_PRIVATE = re.compile(r"\d{7,}[\dXx]?|\d{3,}\*+\d*")


class NoticeColumn(msgspec.Struct, frozen=True):
    """A column of the list; `seq` is the running number, made while drawing. `longest` is the widest word that may
    stand in a column of codes."""

    head: str
    kind: Kind
    longest: str = ""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice. `text` says what is proposed, for how long, and where to object; `phones` are the offices'. A row has
    one text for each column, the `seq` column's ignored; names are already masked where the county asks for it.
    """

    text: str
    columns: tuple[NoticeColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    office: str
    date: str
    title: str = "公　　示"
    phones: tuple[str, ...] = ()
    place: str = ""
    mark: str = ""


def draw_notice(notice: Notice, *, printed_at: str) -> Printed:
    """The notice as a PDF, its metadata the title only.

    Raises ValueError when a row holds what looks like an id, an account or a phone number.
    """
    for row in notice.rows:
        for text in row:
            if _PRIVATE.search(text):
                raise ValueError("a public notice may not show an id, an account or a phone number")
    job = PrintJob(A4_PORTRAIT, title=notice.title.replace("　", ""), printed_at=printed_at)
    lines = paragraph_lines(notice.text, WIDTH, size=_TEXT_SIZE)
    chunks = _chunks(notice.rows, len(lines))
    first_number = 1
    for index, rows in enumerate(chunks):
        page = job.page()
        if notice.mark:
            page.watermark(notice.mark)
        y = 24.0
        if index == 0:
            title = fit(notice.title, Face.TITLE, 36, WIDTH * MM)
            page.text(LEFT + WIDTH / 2, 35, notice.title, Face.TITLE, title.size, align="centre")
            y = set_lines(page, LEFT, 50.5, lines, size=_TEXT_SIZE, lead=_LEAD) - _LEAD + 6.5
        bottom = _table(page, notice, rows, first_number, y)
        first_number += len(rows)
        if index == len(chunks) - 1:
            _foot(page, notice, bottom)
        if len(chunks) > 1:
            page.text(
                LEFT + WIDTH / 2, 287, f"第 {index + 1} 页　共 {len(chunks)} 页", size=9, align="centre"
            )
        page.close()
    return job.finish()


def _chunks(rows: tuple[Row, ...], lines: int) -> list[tuple[Row, ...]]:
    """Rows page by page; the last page keeps 45 mm for phones, office and date."""
    top = 50.5 + lines * _LEAD
    chunks: list[tuple[Row, ...]] = []
    rest = rows
    while True:
        room = _BOTTOM - top - _STYLE.head_height
        most = int(room // _STYLE.row_height)
        if len(rest) * _STYLE.row_height <= room - 45:
            return [*chunks, rest]
        taken = max(1, min(most, len(rest) - _LAST_ROWS))
        chunks.append(rest[:taken])
        rest = rest[taken:]
        top = 24.0
        if not rest:
            return chunks


def _table(page: Page, notice: Notice, rows: tuple[Row, ...], number: int, y: float) -> float:
    columns = [
        TableColumn(
            column.head,
            width,
            "text" if column.kind in _WORDS else "figure",
            _ALIGN.get(column.kind, "centre"),
        )
        for column, width in zip(notice.columns, _widths(notice.columns), strict=True)
    ]
    seq = next((at for at, column in enumerate(notice.columns) if column.kind == "seq"), None)
    cells = [
        [str(index) if at == seq else text for at, text in enumerate(row)]
        for index, row in enumerate(rows, start=number)
    ]
    grid = Grid(page, weight=0.6)
    bottom = draw_table(grid, LEFT, y, columns, cells, style=_STYLE)
    grid.close()
    page.frame(LEFT, y, WIDTH, bottom - y, weight=1.5)
    return bottom


def _widths(columns: tuple[NoticeColumn, ...]) -> list[float]:
    """Millimetres of each column: wide ones give or take what is over or lacking; where that is too much, all do."""
    wished = [max(_WIDTHS[c.kind], _LETTER * len(c.longest) + 4 if c.kind == "code" else 0) for c in columns]
    over = WIDTH - sum(wished)
    wide = sum(w for c, w in zip(columns, wished, strict=True) if c.kind in _WORDS)
    if wide and wide + over >= 0.75 * wide:
        return [w + over * w / wide if c.kind in _WORDS else w for c, w in zip(columns, wished, strict=True)]
    return [w * WIDTH / sum(wished) for w in wished]


def _foot(page: Page, notice: Notice, y: float) -> None:
    y += 9.5
    if notice.phones:
        x = LEFT + page.text(LEFT, y, "监督电话：", Face.TITLE, 13)
        for phone in notice.phones:
            x += page.text(x, y, phone, Face.TITLE, 13) + 8
        y += 8
    if notice.place:
        page.text(LEFT, y, f"受理地点：{notice.place}", size=13)
        y += 4
    middle = RIGHT - 28
    page.text(middle, y + 9, notice.office, size=_TEXT_SIZE, align="centre")
    page.text(middle, y + 18, notice.date, size=_TEXT_SIZE, align="centre")
