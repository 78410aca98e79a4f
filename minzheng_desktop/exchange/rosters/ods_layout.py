"""The layout of an .ods file: content.xml, walked with its repeated rows and cells."""

from __future__ import annotations

import zipfile
from typing import IO
from xml.etree import ElementTree

from minzheng_desktop.exchange.rosters.layout import BookLayout, SheetLayout
from minzheng_desktop.exchange.rosters.xlsx_layout import parse_xml, read_part, refuse_bomb

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_MOST_REPEATED = 10_000  # a longer run is the empty rest of the sheet


def read_ods_layout(file: IO[bytes]) -> BookLayout:
    """The layout of every table. Raises UserError roster.too_large for a file that unpacks beyond reason."""
    with zipfile.ZipFile(file) as parts:
        refuse_bomb(parts)
        book = BookLayout(macros=any(name.startswith("Basic/") for name in parts.namelist()))
        tree = parse_xml(read_part(parts, "content.xml")) if "content.xml" in parts.NameToInfo else None
        for table in tree.iter(f"{_TABLE}table") if tree is not None else ():
            book.sheets[table.get(f"{_TABLE}name", "")] = _read_table(table)
        return book


def is_encrypted(parts: zipfile.ZipFile) -> bool:
    """Whether the manifest names an encrypted part."""
    name = "META-INF/manifest.xml"
    return name in parts.NameToInfo and b"encryption-data" in read_part(parts, name)


def _read_table(table: ElementTree.Element) -> SheetLayout:
    sheet = SheetLayout()
    column = 0
    for element in table.iter(f"{_TABLE}table-column"):
        times = int(element.get(f"{_TABLE}number-columns-repeated", "1"))
        if element.get(f"{_TABLE}visibility") in ("collapse", "filter") and times < _MOST_REPEATED:
            sheet.hidden_columns.update(range(column, column + times))
        column += times
    row = 1
    for element in table.iter(f"{_TABLE}table-row"):
        times = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
        if times < _MOST_REPEATED and element.get(f"{_TABLE}visibility") in ("collapse", "filter"):
            sheet.hidden_rows.update(range(row, row + times))
        _read_row(element, row, sheet)
        row += times
    return sheet


def _read_row(element: ElementTree.Element, row: int, sheet: SheetLayout) -> None:
    column = 0
    for cell in element:
        times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        wide = int(cell.get(f"{_TABLE}number-columns-spanned", "1"))
        high = int(cell.get(f"{_TABLE}number-rows-spanned", "1"))
        if wide > 1 or high > 1:
            sheet.merged.append((row, column, row + high - 1, column + wide - 1))
        if cell.get(f"{_TABLE}formula"):
            sheet.formulas.add((row, column))
        comment = cell.find(f"{_OFFICE}annotation")
        if comment is not None:
            text = "".join("".join(p.itertext()) for p in comment.iter(f"{_TEXT}p")).strip()
            if text:
                sheet.comments[row, column] = text
        column += times
