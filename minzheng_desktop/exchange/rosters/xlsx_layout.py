"""The layout of an .xlsx or .xlsm file, read from its parts without building a cell tree."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree

from minzheng_desktop.exchange.rosters.layout import BookLayout, Cell, SheetLayout, column_number
from minzheng_desktop.values.errors import UserError

LARGEST_PART = 400 * 2**20  # bytes of one part, unpacked
LARGEST_BOOK = 800 * 2**20
LARGEST_RATIO = 400  # a sheet of text packs to a tenth or so

_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]+)"')
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)><(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v>([^<]+)<)?"
)
_NUMBER = re.compile(rb'\b(r|min|max)="([0-9]+)"')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read_xlsx_layout(file: IO[bytes]) -> BookLayout:
    """The layout of every worksheet. Raises UserError roster.too_large for a file that unpacks beyond reason."""
    with zipfile.ZipFile(file) as parts:
        refuse_bomb(parts)
        book = BookLayout(macros=any(name.lower().endswith("vbaproject.bin") for name in parts.namelist()))
        workbook = _xml(parts, "xl/workbook.xml")
        targets = _targets(parts, "xl/workbook.xml")
        if workbook is None:
            return book
        for element in workbook.iter():
            name = _plain(element.tag)
            if name == "workbookPr":
                book.epoch1904 = element.get("date1904", "0") in ("1", "true")
            elif name == "sheet":
                target = targets.get(element.get(_RELATION, ""), ("", ""))[0]
                if target in parts.NameToInfo:
                    book.sheets[element.get("name", "")] = _read_sheet(parts, target)
        return book


def refuse_bomb(parts: zipfile.ZipFile) -> None:
    """Raises UserError when the file would unpack to more than any roster needs."""
    total = 0
    for info in parts.infolist():
        total += info.file_size
        bomb = info.file_size > LARGEST_PART
        bomb |= info.file_size > 20 * 2**20 and info.file_size > LARGEST_RATIO * max(info.compress_size, 1)
        if bomb or total > LARGEST_BOOK:
            raise UserError(
                "roster.too_large",
                "这个文件解开后大得不合常理，没有读取，台账没有变化。用 WPS 打开，把要导入的行复制到新表再导。",
            )


def read_part(parts: zipfile.ZipFile, name: str) -> bytes:
    """One part, never more than its declared size (the declared size was judged before)."""
    with parts.open(name) as part:
        data = part.read(LARGEST_PART + 1)
    if len(data) > LARGEST_PART:
        raise UserError("roster.too_large", "这个文件解开后大得不合常理，没有读取，台账没有变化。")
    return data


def parse_xml(data: bytes) -> ElementTree.Element | None:
    """An XML part as a tree; None for one with a document type, which no spreadsheet program writes."""
    if b"<!DOCTYPE" in data[:1000]:
        return None
    try:
        return ElementTree.fromstring(data)
    except ElementTree.ParseError:
        return None


def _xml(parts: zipfile.ZipFile, name: str) -> ElementTree.Element | None:
    return parse_xml(read_part(parts, name)) if name in parts.NameToInfo else None


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]


def _targets(parts: zipfile.ZipFile, name: str) -> dict[str, tuple[str, str]]:
    folder, base = posixpath.split(name)
    relations = _xml(parts, f"{folder}/_rels/{base}.rels")
    found: dict[str, tuple[str, str]] = {}
    for relation in relations if relations is not None else ():
        target = relation.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        found[relation.get("Id", "")] = (path, relation.get("Type", ""))
    return found


def _read_sheet(parts: zipfile.ZipFile, name: str) -> SheetLayout:
    data = read_part(parts, name)
    sheet = SheetLayout()
    for tag in _tags_with(data, b' hidden="'):
        if b' hidden="1"' in tag or b' hidden="true"' in tag:
            _take_hidden(tag, sheet)
    for tag in _tags_with(data, b' t="e"'):
        cell = _cell(tag)
        if cell:
            sheet.errors[cell] = "#"
    if b"<f" in data or b":f" in data:
        for match in _FORMULA.finditer(data):
            cell = _cell(match[1])
            if cell:
                sheet.formulas.add(cell)
                if match[2] is None:
                    sheet.unsolved.add(cell)
    for target, kind in _targets(parts, name).values():
        if kind.endswith("/comments") and target in parts.NameToInfo:
            _take_comments(parse_xml(read_part(parts, target)), sheet)
    return sheet


def _tags_with(data: bytes, attribute: bytes) -> Iterator[bytes]:
    place = data.find(attribute)
    while place >= 0:
        end = data.find(b">", place)
        yield data[data.rfind(b"<", 0, place) : end]
        place = data.find(attribute, end)


def _take_hidden(tag: bytes, sheet: SheetLayout) -> None:
    name = tag[1:].split(None, 1)[0].rpartition(b":")[2]
    numbers = {key: int(value) for key, value in _NUMBER.findall(tag)}
    if name == b"row" and b"r" in numbers:
        sheet.hidden_rows.add(numbers[b"r"])
    elif name == b"col" and b"min" in numbers:
        # A hidden tail of thousands of empty columns says nothing.
        sheet.hidden_columns.update(range(numbers[b"min"] - 1, min(numbers.get(b"max", 0), 500)))


def _cell(attributes: bytes) -> Cell | None:
    match = _REFERENCE.search(attributes)
    return (int(match[2]), column_number(match[1].decode())) if match else None


def _take_comments(tree: ElementTree.Element | None, sheet: SheetLayout) -> None:
    for element in tree.iter() if tree is not None else ():
        if _plain(element.tag) == "comment":
            cell = _cell(f'r="{element.get("ref", "")}"'.encode())
            text = "".join(t.text or "" for t in element.iter() if _plain(t.tag) == "t").strip()
            if cell and text:
                sheet.comments[cell] = text
