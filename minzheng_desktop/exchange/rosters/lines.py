"""Which rows of a sheet hold people, and what the others are: titles, totals, signatures, notes, headings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from minzheng_desktop.exchange.rosters.headers import Header, plain_part
from minzheng_desktop.exchange.rosters.sheets import Row, Sheet
from minzheng_desktop.exchange.rosters.targets import plain_title
from minzheng_desktop.values.id_number import make_id_number

TITLE, BLANK, TOTAL, SIGNATURE, NOTE, HEADER, HEADING, REST, EXAMPLE = (
    "标题行", "空行", "合计或小计行", "签字行", "说明行", "重复的表头", "分组标题行", "没有人的行", "示例行",
)  # fmt: skip
SERIAL, EXAMPLE_SIGN, EXAMPLE_NUMBER = "序号", "例", make_id_number("500229", date(1962, 3, 5), 1)
"""A row whose 序号 is 例 shows how to fill in the table: nobody is meant by it, unless somebody was written over the
invented person that has this id number."""
MERGED = "并入上面的户"

_TOTAL = re.compile(
    r"(小计|合计|总计|共计|累计)([:：（(]|$|[0-9\d])|^(合|小|总|共)\s*计|^本(页|村|表)(小|合)?计"
)
_SIGNATURE = re.compile(
    r"(单位负责人|负责人|审核人?|审批人?|制表人?|填表人?|填报人?|经办人|复核人?|分管领导|主管领导|制表单位|填报单位|制表日期"
    r"|填表日期|填报日期|领导签字|签字|签章|日期)[:：]|[（(](公章|盖章|签章)[）)]"
)
_NOTE = re.compile(r"^(注|备注|说明|填表说明|附注|附)[:：、1-9]")
_NUMBER = re.compile(r"[0-9]{14}")
_DITTO = frozenset({"同上", "〃", "″", '"', "“", "”", "″″"})


class RowReader:
    """Walks the data rows of one sheet: merged cells filled downward, dittos resolved, each row judged."""

    def __init__(
        self, sheet: Sheet, header: Header, *, key_columns: Sequence[int], mapped: Sequence[int]
    ) -> None:
        self._sheet = sheet
        self._header = header
        self._keys = tuple(key_columns)
        self._mapped = tuple(mapped)
        self._titles = {plain_part(c.title) for c in header.columns if c.title}
        self._serial = next(
            (c.index for c in header.columns if not c.path and plain_title(c.title) == SERIAL), -1
        )
        self._fills = _fills(sheet, header.last)
        self._copied = frozenset(c.index for c in header.columns if c.path == "village")
        self._above: dict[int, Any] = {}
        self._merged_keys = self._key_continuations()

    def _key_continuations(self) -> Mapping[int, int]:
        return {
            row: origin
            for row, cells in self._fills.items()
            for column, _, origin in cells
            if self._keys and column == self._keys[0]
        }

    def continues(self, number: int) -> int | None:
        """The row above whose merged key cell covers this one: one household written over several rows."""
        return self._merged_keys.get(number)

    def cells(self, number: int) -> Row:
        """The cells of a row (numbered from 1) with merged cells filled and dittos resolved."""
        row = self._sheet.rows[number - 1]
        fills = self._fills.get(number)
        if fills:
            row = [*row, *[""] * (max(c for c, _, _ in fills) + 1 - len(row))]
            for column, value, _ in fills:
                row[column] = value
        for column in self._copied:
            if column < len(row):
                value = row[column]
                if isinstance(value, str) and value.strip() in _DITTO:
                    row = list(row)
                    row[column] = self._above.get(column, "")
                else:
                    self._above[column] = value
        return row

    def kind(self, row: Row) -> str:
        """ "" for a row that holds a person, otherwise what it is."""
        keys = self._keys
        if self._is_example(row):
            return EXAMPLE
        if keys and keys[0] < len(row) and row[keys[0]] not in ("", None):
            first = row[keys[0]]
            if not isinstance(first, str) or any(c.isdigit() for c in first):
                return ""
        texts = [t for t in (plain_part(cell) for cell in row if cell not in ("", None)) if t]
        if not texts:
            return BLANK
        if any(_TOTAL.search(text) for text in texts[:4]) or texts[0] in ("合", "计"):
            return TOTAL
        joined = " ".join(texts)
        if _SIGNATURE.search(joined):
            return SIGNATURE
        if _NOTE.search(texts[0]):
            return NOTE
        if sum(text in self._titles for text in texts) >= max(2, len(texts) // 2):
            return HEADER
        filled = [c for c in self._mapped if c < len(row) and row[c] not in ("", None)]
        if len(texts) == 1:
            return HEADING if not texts[0].replace(".", "").isdigit() else BLANK
        if all(text.replace(".", "").isdigit() for text in texts) and len(filled) <= 1:
            return BLANK  # rows numbered in advance
        return "" if any(c in keys for c in filled) or len(filled) >= 3 else REST

    def _is_example(self, row: Row) -> bool:
        if not 0 <= self._serial < len(row) or row[self._serial] != EXAMPLE_SIGN:
            return False
        key = self._keys[0] if self._keys else -1
        number = plain_part(row[key]) if 0 <= key < len(row) else ""
        return number == EXAMPLE_NUMBER or not _NUMBER.search(number)


def _fills(sheet: Sheet, header_last: int) -> dict[int, list[tuple[int, Any, int]]]:
    """Row → (column, value, origin row) for cells that a merged cell above covers."""
    found: dict[int, list[tuple[int, Any, int]]] = {}
    for r1, c1, r2, _ in sheet.layout.merged:
        if r1 <= header_last or r2 == r1 or r1 > len(sheet.rows):
            continue
        origin = sheet.rows[r1 - 1]
        value = origin[c1] if c1 < len(origin) else ""
        if value in ("", None):
            continue
        for row in range(r1 + 1, min(r2, len(sheet.rows)) + 1):
            cells = sheet.rows[row - 1]
            if c1 >= len(cells) or cells[c1] in ("", None):
                found.setdefault(row, []).append((c1, value, r1))
    return found
