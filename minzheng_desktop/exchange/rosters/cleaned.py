"""What cleaning a roster gives: rows of values by path, findings at their places, what was passed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from minzheng_desktop.exchange.rosters.headers import Choice, Header

Chosen = Mapping[str, Choice]
"""Sheet name → what the clerk chose by hand for it."""


class RowProblem(msgspec.Struct, frozen=True):
    """A finding at a place: `column` is the title as read ("" for the whole row), `index` its number or -1."""

    sheet: str
    row: int
    column: str
    level: str
    message: str
    code: str = ""
    index: int = -1


class CleanRow(msgspec.Struct):
    """One person's or household's row: values by path, rows of split tables by table, problems."""

    sheet: str
    row: int
    values: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]]
    problems: list[RowProblem]
    hidden: bool = False

    @property
    def rejected(self) -> bool:
        """True when some problem is an error: the row may not enter."""
        return any(p.level == "error" for p in self.problems)


class Skipped(msgspec.Struct, frozen=True):
    """A row that holds no person, and what it is."""

    sheet: str
    row: int
    reason: str
    text: str = ""


class SheetResult(msgspec.Struct, frozen=True):
    """One sheet: its header (None when not found), its rows."""

    name: str
    header: Header | None
    rows: tuple[CleanRow, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class Cleaned(msgspec.Struct, frozen=True):
    """A whole workbook, cleaned. `problems` concern the file or a sheet, not one row."""

    sheets: tuple[SheetResult, ...]
    problems: tuple[RowProblem, ...] = ()

    def rows(self) -> list[CleanRow]:
        """All rows of people in file order."""
        return [row for sheet in self.sheets for row in sheet.rows]
