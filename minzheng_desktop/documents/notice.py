"""The public notice (公示) for the wall: its own template with its own input, which has no id, account or phone.

What may be published: name of the applicant, size of the household, amount (民发〔2021〕57号 art. 24; domain §9.4), and
fields that their form declares public. A village and group stand for the address. Children's services have no notice:
no form of theirs leads here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from minzheng_desktop.documents.fonts import Face
from minzheng_desktop.documents.grid import Grid, paragraph_lines, set_lines
from minzheng_desktop.documents.pen import A4_PORTRAIT, MM, Page, Printed, PrintJob
from minzheng_desktop.documents.setting import fit
from minzheng_desktop.documents.tables import TableColumn, TableStyle, draw_table

LEFT, WIDTH = 22.0, 166.0
RIGHT = LEFT + WIDTH
_TEXT_SIZE, _LEAD = 15.0, 8.6
_BOTTOM = 274.0
_LAST_ROWS = 4  # go along with the office and the date
_STYLE = TableStyle(head_height=14.0, row_height=9.6, size=14.0, head_size=12.0, padding=1.2)
# An id, an account, a mobile phone: too many digits in a row for anything that may hang on a wall.
_PRIVATE = re.compile(r"\d{7,}[\dXx]?|\d{3,}\*+\d*")


NoticeRow = tuple[str, ...]
ColumnKind = Literal["place", "name", "count", "code", "money", "date", "text"]
"""What may stand in a column: village and group, a name (masked where the county asks for it), heads, a code's label,
an amount, a date, words that the form declares public. Nothing else has a kind."""
_WIDTHS: Mapping[ColumnKind, float] = {
    "place": 32.0, "name": 36.0, "count": 15.0, "code": 18.0, "money": 30.0, "date": 30.0, "text": 34.0,
}  # fmt: skip
_STRETCHED = frozenset({"place", "name", "text"})
_NUMBER_WIDTH = 13.0


class NoticeColumn(msgspec.Struct, frozen=True):
    """One column of a notice; a number stands before the first by itself."""

    head: str
    kind: ColumnKind


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice. `text` says what is proposed, for how long, and where to object; `phones` are the offices'. The cells
    of `rows` are as people read them.
    """

    text: str
    columns: tuple[NoticeColumn, ...]
    rows: tuple[NoticeRow, ...]
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


def _chunks(rows: tuple[NoticeRow, ...], lines: int) -> list[tuple[NoticeRow, ...]]:
    """Rows page by page; the last page keeps 45 mm for phones, office and date."""
    top = 50.5 + lines * _LEAD
    chunks: list[tuple[NoticeRow, ...]] = []
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


def _table(page: Page, notice: Notice, rows: tuple[NoticeRow, ...], number: int, y: float) -> float:
    columns = (TableColumn("序号", _NUMBER_WIDTH, "figure", "centre"), *_columns(notice.columns))
    cells = [(str(index), *row) for index, row in enumerate(rows, start=number)]
    grid = Grid(page, weight=0.6)
    bottom = draw_table(grid, LEFT, y, columns, cells, style=_STYLE)
    grid.close()
    page.frame(LEFT, y, WIDTH, bottom - y, weight=1.5)
    return bottom


def _columns(wanted: Sequence[NoticeColumn]) -> list[TableColumn]:
    """The columns, places, names and words stretched, or all of them narrowed, so that they fill the table."""
    widths = [_WIDTHS[column.kind] for column in wanted]
    spare = WIDTH - _NUMBER_WIDTH - sum(widths)
    if spare < 0:
        widths = [width + spare * width / sum(widths) for width in widths]
    else:
        stretched = [c.kind in _STRETCHED for c in wanted]
        stretched = stretched if any(stretched) else [True] * len(wanted)
        widths = [
            w + spare / sum(stretched) if free else w for w, free in zip(widths, stretched, strict=True)
        ]
    return [
        TableColumn(
            column.head,
            width,
            "text" if column.kind in _STRETCHED else "figure",
            "right" if column.kind == "money" else "centre",
        )
        for column, width in zip(wanted, widths, strict=True)
    ]


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
