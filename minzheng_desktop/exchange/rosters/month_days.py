"""A month sheet as clerks keep it (月历表): a person a row, a column for each day, a mark where something was.

The form's `[grid]` says which table's rows the days become: `columns` is its date column, `cell` the yes-no column that
a bare tick means. Other yes-no columns of the table are named by the first character of their labels: 早, 午, 晚 in a
cell are the meals of that day. The month stands in the record's own month field.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date
from typing import Any

from minzheng_desktop.catalog.field_types import FIELD_TYPES
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.exchange.rosters.cells import is_blank

TICKS = frozenset("√✓✔☑vVｖＶ1１是●○*")
ALL = frozenset({"全", "全天"})
NONE = frozenset({"×", "✗", "x", "X", "0", "０", "否", "无"})
LAST_DAY = 31
KIND = "day"
"""The kind of a day's column in a grid of new records."""

DayCell = tuple[int, str, str, Any]
"""(index of the column, its path, its title, the raw cell)."""
Fault = tuple[int, str, str]
"""(index of the column, its title, what is wrong)."""


class MonthDays:
    """The days of one form's month sheet; a form without `[grid]` has none."""

    def __init__(self, form: Form) -> None:
        grid = form.grid
        self.table, _, self._date = grid.columns.partition(".") if grid else ("", "", "")
        self._ticked = grid.cell.partition(".")[2] if grid else ""
        columns = form.tables[self.table].columns if self.table else {}
        self._marks = {f.label[:1]: key for key, f in columns.items() if f.type.name == "yes_no"}
        self.month = next((f.key for f in form.top_fields().values() if f.type.name == "month"), "")
        self._fields = {
            f"{self.table}.{day}": Field(
                key=str(day), path=f"{self.table}.{day}", label=f"{day}日", type=FIELD_TYPES["text"]
            )
            for day in range(1, (LAST_DAY if self.table else 0) + 1)
        }

    @property
    def fields(self) -> dict[str, Field]:
        """A field for each day's column, by path ('days.1')."""
        return self._fields

    def has(self, path: str) -> bool:
        """Whether a path is a day's column."""
        return path in self._fields

    def titles(self, path: str) -> tuple[str, ...]:
        """What people write over a day's column."""
        day = path.rpartition(".")[2]
        return (f"{day}日", day, f"{day}号", day.zfill(2), f"{day.zfill(2)}日")

    def rows(self, month: str | None, cells: Iterable[DayCell]) -> tuple[list[dict[str, Any]], list[Fault]]:
        """The table's rows that the marked days become, and what cannot be read; `month` is 'YYYY-MM'."""
        rows: list[dict[str, Any]] = []
        faults: list[Fault] = []
        for index, path, title, raw in cells:
            if is_blank(raw):
                continue
            marked = self._read(raw)
            if marked is None:
                words = "、".join(self._marks)
                faults.append((index, title, f"“{raw}”看不懂，打勾，或写{words}（可以连写）"))
            elif not marked:
                continue
            elif not month:
                faults.append((index, title, "没有月份，不知道是哪一天"))
            else:
                year, number, day = int(month[:4]), int(month[5:7]), int(path.rpartition(".")[2])
                if day > calendar.monthrange(year, number)[1]:
                    faults.append((index, title, f"{number}月没有{day}日"))
                    continue
                found = {key: key in marked for key in self._marks.values()}
                rows.append({self._date: date(year, number, day).isoformat(), **found})
        return rows, faults

    def _read(self, raw: Any) -> set[str] | None:
        """The yes-no columns that a cell marks; None when it cannot be read."""
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        text = (
            "".join(str(raw).split()).replace("、", "").replace("餐", "").replace(",", "").replace("，", "")
        )
        if text in NONE:
            return set()
        if text in ALL:
            return set(self._marks.values())
        if len(text) == 1 and text in TICKS:
            return {self._ticked}
        return {self._marks[mark] for mark in text} if text and set(text) <= self._marks.keys() else None
