"""Writing a workbook the way a township clerk keeps one: title, two-row merged headings, villages merged downward,
subtotals, a total and a line of signatures. For demonstrations, benchmarks and tests of reading rosters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.spreadsheets import workbook_data

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


class Heading(msgspec.Struct, frozen=True):
    """A heading over one column, or over several that have headings of their own below it."""

    title: str
    below: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return len(self.below) or 1


class Group(msgspec.Struct, frozen=True):
    """The rows of one village, and its subtotal."""

    rows: tuple[tuple[Any, ...], ...]
    subtotal: tuple[Any, ...]


class ClerkSheet(msgspec.Struct, frozen=True):
    """One sheet. `merged` is the column (from 1) whose equal cells are merged downward within a group."""

    name: str
    title: str
    subtitle: str
    headings: tuple[Heading, ...]
    groups: tuple[Group, ...]
    total: tuple[Any, ...]
    foot: str
    merged: int = 2


def write_clerk_workbook(path: Path, sheets: Sequence[ClerkSheet]) -> None:
    """Write the sheets to `path`. Ids and accounts must be given as text, so that they stay whole."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        _write(book.create_sheet(sheet.name), sheet)
    path.write_bytes(workbook_data(book))


def _write(page: Worksheet, sheet: ClerkSheet) -> None:
    from openpyxl.styles import Alignment, Font

    columns = sum(heading.width for heading in sheet.headings)
    middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for row, (text, size) in enumerate(((sheet.title, 18), (sheet.subtitle, 10)), start=1):
        page.cell(row, 1, text).font = Font(size=size, bold=row == 1)
        page.cell(row, 1).alignment = middle if row == 1 else Alignment(horizontal="left")
        page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=columns)
    column = 1
    for heading in sheet.headings:
        page.cell(3, column, heading.title).alignment = middle
        if heading.below:
            page.merge_cells(
                start_row=3, start_column=column, end_row=3, end_column=column + heading.width - 1
            )
            for at, text in enumerate(heading.below):
                page.cell(4, column + at, text).alignment = middle
        else:
            page.merge_cells(start_row=3, start_column=column, end_row=4, end_column=column)
        column += heading.width
    row = 5
    for group in sheet.groups:
        first = row
        for values in group.rows:
            _put(page, row, values)
            row += 1
        if row - first > 1:
            page.merge_cells(
                start_row=first, start_column=sheet.merged, end_row=row - 1, end_column=sheet.merged
            )
        _put(page, row, group.subtotal)
        row += 1
    _put(page, row, sheet.total)
    page.cell(row + 2, 1, sheet.foot)


def _put(page: Worksheet, row: int, values: Sequence[Any]) -> None:
    for column, value in enumerate(values, start=1):
        cell = page.cell(row, column, value)
        if isinstance(value, str) and value.isdigit():
            cell.number_format = "@"
