"""Read a workbook of any kind a clerk has (.xlsx, .xlsm, .xls, .et, .xlsb, .ods): values and what stands beside.

Nothing in the file is run or calculated: macros are ignored, a formula counts as the result saved with it.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import msgspec
import python_calamine as calamine

from minzheng_desktop.exchange.rosters import ods_layout, xls_layout, xlsx_layout
from minzheng_desktop.exchange.rosters.layout import BookLayout, SheetLayout
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import digest16

_PANIC = "PanicException"
LARGEST_FILE = 200 * 2**20
GUIDE_MARK = "填表说明（程序写的，不导入）"
LISTS_MARK = "下拉选项（程序用的，请不要改）"
"""First cells of the sheets beside the table of a 空表 (`template_workbook`): they hold no roster and are not read."""

Row = list[Any]


class Sheet(msgspec.Struct):
    """One sheet: `rows[i]` is row i+1 of the spreadsheet program; cells from column A, "" where empty."""

    name: str
    rows: list[Row]
    layout: SheetLayout
    hidden: bool = False


class Workbook(msgspec.Struct):
    """A file as read: its digest, its sheets, the epoch of its date numbers, and whether it carries macros."""

    path: Path
    digest: str
    sheets: list[Sheet]
    epoch1904: bool = False
    macros: bool = False


def read_workbook(path: Path) -> Workbook:
    """Read every worksheet, but for those that the program itself put beside the table of an empty template.

    Raises UserError: roster.no_file, roster.unreadable, roster.not_workbook, roster.password,
    roster.too_large, roster.broken. Nothing is ever written.
    """
    data = _read_bytes(path)
    layout = _read_layout(path, data)
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            sheets = [
                _read_sheet(book, index, meta, layout)
                for index, meta in enumerate(book.sheets_metadata)
                if meta.typ == calamine.SheetTypeEnum.WorkSheet
            ]
    except calamine.PasswordError:
        raise _password(path) from None
    except BaseException as e:
        # The reader's Rust core panics on some broken files, with an exception that is no Exception.
        if not isinstance(e, (calamine.CalamineError, OSError, ValueError)) and type(e).__name__ != _PANIC:
            raise
        raise UserError(
            "roster.broken",
            f"“{path.name}”读不完整，可能已损坏或没有保存完，没有导入任何一行。用 WPS 打开另存为 .xlsx 再导。",
        ) from None
    sheets = [sheet for sheet in sheets if not _is_beside(sheet)]
    return Workbook(path, digest16(data), sheets, layout.epoch1904, layout.macros)


def _is_beside(sheet: Sheet) -> bool:
    return bool(sheet.rows and sheet.rows[0]) and sheet.rows[0][0] in (GUIDE_MARK, LISTS_MARK)


def _read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UserError("roster.too_large", f"“{path.name}”超过 200 MB，没有读取。按村分成几个文件再导。")
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError("roster.no_file", f"找不到文件 {path}。没有导入，请核对文件名和位置。") from None
    except (OSError, ValueError) as e:
        raise UserError(
            "roster.unreadable", f"“{path.name}”打不开，可能正被占用或没有权限。没有导入，关闭后再试。"
        ) from e


def _read_layout(path: Path, data: bytes) -> BookLayout:
    if data.startswith(xls_layout.SIGNATURE):
        return _read_old(path, data)
    if data.startswith(b"PK"):
        return _read_zipped(path, data)
    raise _not_workbook(path, data)


def _read_old(path: Path, data: bytes) -> BookLayout:
    try:
        container = xls_layout.Container(data)
        if "EncryptedPackage" in container.names:
            raise _password(path)
        stream = xls_layout.book_stream(container)
    except (ValueError, IndexError, struct.error):
        raise UserError(
            "roster.broken", f"“{path.name}”已损坏，没有导入任何一行。用 WPS 打开另存为 .xlsx 再导。"
        ) from None
    if stream is None:
        raise _not_workbook(path, data)
    if xls_layout.is_encrypted(stream):
        raise _password(path)
    layout = xls_layout.read_xls_layout(stream)
    layout.macros = xls_layout.has_macros(container)
    return layout


def _read_zipped(path: Path, data: bytes) -> BookLayout:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            names = parts.NameToInfo
            if any(info.flag_bits & 1 for info in parts.infolist()):
                raise _password(path)
            if "content.xml" in names and "xl/workbook.xml" not in names:
                xlsx_layout.refuse_bomb(parts)
                if ods_layout.is_encrypted(parts):
                    raise _password(path)
                return ods_layout.read_ods_layout(io.BytesIO(data))
            if "xl/workbook.xml" in names:
                return xlsx_layout.read_xlsx_layout(io.BytesIO(data))
            if "xl/workbook.bin" in names:
                xlsx_layout.refuse_bomb(parts)
                return BookLayout(macros="xl/vbaProject.bin" in names)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, NotImplementedError, ValueError):
        raise UserError(
            "roster.broken",
            f"“{path.name}”不完整，可能没有复制完，没有导入任何一行。重新复制，或用 WPS 打开另存为 .xlsx 再导。",
        ) from None
    except zlib.error:
        raise UserError(
            "roster.broken", f"“{path.name}”已损坏，没有导入任何一行。用 WPS 打开另存为 .xlsx 再导。"
        ) from None
    raise _not_workbook(path, data)


def _password(path: Path) -> UserError:
    return UserError(
        "roster.password",
        f"“{path.name}”设了打开密码，没有导入。用 WPS 打开，去掉密码另存后再导。",
    )


def _not_workbook(path: Path, data: bytes) -> UserError:
    head = data[:2000].lstrip().lower()
    if not data:
        reason = "是空文件"
    elif head.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<?xml")):
        reason = "其实是网页，不是表格文件"
    elif data.startswith(b"%PDF"):
        reason = "是 PDF，不是表格文件"
    else:
        reason = "不是表格文件"
    return UserError(
        "roster.not_workbook",
        f"“{path.name}”{reason}，没有导入任何一行。用 WPS 打开原表，另存为 .xlsx 再导。",
    )


def _read_sheet(
    book: calamine.CalamineWorkbook, index: int, meta: calamine.SheetMetadata, layout: BookLayout
) -> Sheet:
    sheet = book.get_sheet_by_index(index)
    rows: list[Row] = sheet.to_python(skip_empty_area=False)
    beside = layout.sheets.get(meta.name) or SheetLayout()
    ranges = sheet.merged_cell_ranges
    if ranges:
        beside.merged = [(r1 + 1, c1, r2 + 1, c2) for (r1, c1), (r2, c2) in ranges]
    # Sheets that were formatted far beyond their content end in thousands of empty rows.
    last = max((row for row, _ in (*beside.errors, *beside.unsolved)), default=0)
    while len(rows) > last and all(cell == "" or cell is None for cell in rows[-1]):
        rows.pop()
    _mark_errors(rows, beside)
    return Sheet(meta.name, rows, beside, meta.visible != calamine.SheetVisibleEnum.Visible)


def _mark_errors(rows: list[Row], beside: SheetLayout) -> None:
    """An error value (#N/A, #REF!) reads as an empty cell; a formula without a result does too."""
    for row, column in beside.unsolved:
        beside.errors.setdefault((row, column), "")
    for row, column in list(beside.errors):
        if row > len(rows) or column >= len(rows[row - 1]) or rows[row - 1][column] not in ("", None):
            del beside.errors[row, column]
