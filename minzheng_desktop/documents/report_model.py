"""A report to be printed: chapters of text, tables and charts, then tables of everything. Numbers stand as texts."""

from __future__ import annotations

from typing import Literal

import msgspec

Align = Literal["left", "centre", "right"]
Cell = str | int | float | None
"""A number is shown with the digits of its row (or column) and is a number in the workbook; None is “—”."""


class ReportColumn(msgspec.Struct, frozen=True):
    """Head, share of the width, alignment."""

    head: str
    width: float = 1.0
    align: Align = "left"


class ReportTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table. `note` stands at the right above it, `total` sets the last row bold."""

    title: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    total: bool = False


class BarChart(msgspec.Struct, frozen=True):
    """One bar a label."""

    title: str
    unit: str
    labels: tuple[str, ...]
    values: tuple[float, ...]


class Series(msgspec.Struct, frozen=True):
    """A line of a chart."""

    name: str
    values: tuple[float, ...]


class LineChart(msgspec.Struct, frozen=True):
    """Several lines over the same labels."""

    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]


class ReportChapter(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter; `note` stands small at its end, `writer` is what somebody is still to write."""

    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[ReportTable, ...] = ()
    bars: tuple[BarChart, ...] = ()
    lines: tuple[LineChart, ...] = ()
    note: str = ""
    writer: str = ""


class TownColumn(msgspec.Struct, frozen=True):
    """A township in the workbook: its code and short name."""

    code: str
    name: str


class FigureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator over everything: this year, the year before, each township (None: nothing of it there)."""

    group: str
    name: str
    unit: str
    value: Cell
    previous: Cell
    towns: tuple[Cell, ...]
    computation: str
    digits: int = 0
    by_hand: bool = False
    lacking: bool = False


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """An annual report. `mark` is printed across the pages (演示数据), `foot` under the last table."""

    title: str
    office: str
    year: int
    chapters: tuple[ReportChapter, ...]
    figures: tuple[FigureRow, ...]
    towns: tuple[TownColumn, ...]
    mark: str = ""
    foot: str = ""


class MonthlyCell(msgspec.Struct, frozen=True):
    """Households and persons; None prints —."""

    households: int | None = None
    persons: int | None = None


class MonthlyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the monthly statistics; cents."""

    group: str
    title: str
    previous: MonthlyCell
    added: MonthlyCell
    ended: MonthlyCell
    current: MonthlyCell
    paid: int
    paid_year: int


class MonthlySheet(msgspec.Struct, frozen=True, kw_only=True):
    """The monthly statistics of an office for a month, in words '2024年6月'."""

    title: str
    office: str
    month: str
    rows: tuple[MonthlyRow, ...]
    paid: int
    paid_year: int
    mark: str = ""


def cell_text(value: Cell, digits: int) -> str:
    """A cell as it is printed."""
    if value is None:
        return "—"
    return value if isinstance(value, str) else f"{value:,.{digits}f}"


def figure_rows(report: Report) -> tuple[tuple[str, ...], ...]:
    """Every figure as a row of six: number, name (※ registered by hand), unit, this year, last year, computation."""
    return tuple(
        (
            str(number),
            f"{row.name}※" if row.by_hand else row.name,
            row.unit,
            "暂缺" if row.lacking else cell_text(row.value, row.digits),
            cell_text(row.previous, row.digits),
            row.computation,
        )
        for number, row in enumerate(report.figures, 1)
    )
