"""Rejected rows as a workbook of the same layout: cells coloured, the reason as a comment, ready to be corrected
and imported again.
"""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.exchange.rosters.cleaned import RowProblem
from minzheng_desktop.exchange.rosters.headers import Header
from minzheng_desktop.exchange.rosters.layout import column_letters
from minzheng_desktop.exchange.rosters.plan import REJECTED, PlanRow, RosterPlan
from minzheng_desktop.exchange.rosters.sheets import Row, Sheet, read_workbook
from minzheng_desktop.spreadsheets import workbook_data
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_BAD, _DOUBTFUL, _HEADER = "FFF4B6B6", "FFFCE8B2", "FFE3E9EF"
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_WIDEST, _NARROWEST = 40, 6
_LONG = 1e10
_AUTHOR = "民政台账"


class ErrorsWritten(msgspec.Struct, frozen=True):
    """The file and how many rejected rows it holds."""

    path: Path
    rows: int


def write_errors_workbook(
    plan: RosterPlan, out: Path, *, settle: Callable[[ErrorsWritten, bytes], object] | None = None
) -> ErrorsWritten | None:
    """Write the rejected rows of a plan to `out` (.xlsx); None when there are none.

    Titles and headers stand as in the roster, so that the corrected file is read the same way. Every cell is
    text, number or date, never a formula. Raises UserError roster.changed_file when the roster is no longer the
    file that was planned, roster.out_unwritable when `out` cannot be written; an earlier file stays then.
    `settle` gets the finished file before it is put in place (to note it); when it raises, nothing is.
    """
    rejected = [row for row in plan.rows if row.action == REJECTED]
    if not rejected:
        return None
    book = read_workbook(plan.path)
    if book.digest != plan.digest:
        raise UserError(
            "roster.changed_file", f"“{plan.path.name}”在预览之后被改过，没有写错误清单。重新预览后再导出。"
        )
    from openpyxl import Workbook

    new = Workbook()
    new.remove(new.worksheets[0])
    headers = {sheet.name: sheet.header for sheet in plan.cleaned.sheets}
    for sheet in book.sheets:
        rows = [row for row in rejected if row.sheet == sheet.name]
        header = headers.get(sheet.name)
        if rows and header is not None:
            _write_sheet(new.create_sheet(sheet.name), sheet, header, rows)
    written = ErrorsWritten(out.absolute(), len(rejected))
    data = workbook_data(new)
    _save(data, out, settle=lambda: settle(written, data) if settle is not None else None)
    return written


def _write_sheet(target: Worksheet, sheet: Sheet, header: Header, rows: Sequence[PlanRow]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    width = max([len(sheet.rows[r.row - 1]) for r in rows] + [c.index + 1 for c in header.columns])
    for number in range(1, header.last + 1):
        _write_row(target, number, sheet.rows[number - 1])
        if number >= header.first:
            for column in range(width):
                cell = target.cell(number, column + 1)
                cell.fill = PatternFill("solid", fgColor=_HEADER)
                cell.font = Font(bold=True)
                cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for r1, c1, r2, c2 in sheet.layout.merged:
        if r2 <= header.last:
            target.merge_cells(start_row=r1, start_column=c1 + 1, end_row=r2, end_column=c2 + 1)
    fills = _merged_values(sheet, header)
    for number, row in enumerate(rows, start=header.last + 1):
        cells = list(sheet.rows[row.row - 1])
        for column, value in fills.get(row.row, ()):
            cells += [""] * (column + 1 - len(cells))
            cells[column] = value
        _write_row(target, number, cells)
        _mark(target, number, row, header)
    target.freeze_panes = f"A{header.last + 1}"
    for column in range(width):
        longest = max(
            _width(target.cell(n, column + 1).value) for n in range(header.first, target.max_row + 1)
        )
        letters = column_letters(column)
        target.column_dimensions[letters].width = min(max(longest + 2, _NARROWEST), _WIDEST)


def _write_row(target: Worksheet, number: int, cells: Row) -> None:
    for column, value in enumerate(cells, start=1):
        if value in ("", None):
            continue
        cell = target.cell(number, column)
        if isinstance(value, str):
            write_text(cell, value)
        elif isinstance(value, (datetime.timedelta, datetime.time)):
            write_text(cell, str(value))
        else:
            cell.value = value
            if isinstance(value, datetime.date):
                cell.number_format = "yyyy-mm-dd"
            elif isinstance(value, float) and abs(value) >= _LONG:
                # Still a number, as text its lost digits would look like real ones; what is typed over it is text.
                cell.number_format = "@"


def write_text(cell: Any, value: str) -> None:
    """Put a text into an openpyxl cell as text: what begins like a formula stays a text, also when edited."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell.data_type = "s"
    cell.number_format = "@"
    if value.startswith(_FORMULA_SIGNS):
        cell.quotePrefix = True


def _mark(target: Worksheet, number: int, row: PlanRow, header: Header) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    by_column: dict[int, list[RowProblem]] = {}
    first = next((c.index for c in header.columns if c.path), 0)
    for problem in row.problems:
        by_column.setdefault(problem.index if problem.index >= 0 else first, []).append(problem)
    for column, problems in by_column.items():
        wrong = any(p.level == "error" for p in problems)
        cell = target.cell(number, column + 1)
        cell.fill = PatternFill("solid", fgColor=_BAD if wrong else _DOUBTFUL)
        comment = Comment("\n".join(p.message for p in problems), _AUTHOR)
        comment.width, comment.height = 320, 40 + 36 * len(problems)
        cell.comment = comment


def _merged_values(sheet: Sheet, header: Header) -> dict[int, list[tuple[int, Any]]]:
    """Values that merged cells above give to rows below; rejected rows stand apart from them."""
    found: dict[int, list[tuple[int, Any]]] = {}
    for r1, c1, r2, _ in sheet.layout.merged:
        if r1 > header.last and r2 > r1 and r1 <= len(sheet.rows) and c1 < len(sheet.rows[r1 - 1]):
            for row in range(r1 + 1, r2 + 1):
                found.setdefault(row, []).append((c1, sheet.rows[r1 - 1][c1]))
    return found


def _width(value: Any) -> int:
    text = "" if value is None else str(value)
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text[:60])


def _save(data: bytes, out: Path, *, settle: Callable[[], object]) -> None:
    """Write beside, settle and rename, so that a full disk or an open file leaves no half workbook."""
    part = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        settle()
        os.replace(part, out)
    except OSError as e:
        raise UserError(
            "roster.out_unwritable",
            f"写不了 {out}，可能文件正开着、磁盘满了或没有权限。错误清单没有写出；关闭文件或换个位置再试。",
        ) from e
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
