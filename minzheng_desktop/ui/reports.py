"""报表: the figures of a year or the statistics of a month; beside them what stands behind the chosen number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox

from .kit.basics import WrapLabel, body, button, column, label, row
from .kit.cards import Card, FilterPills, FootProgress
from .kit.cells import CellValue
from .kit.table import Column, Table
from .page import NARROW, Hint, Page

ANNUAL, MONTHLY = "annual", "monthly"
_SIDE = 404


@dataclass(frozen=True)
class ReportLine:
    """One line of a table: its cells by column, and what it stands for."""

    key: str
    cells: Mapping[str, CellValue]
    target: Any = None

    def get(self, key: str) -> CellValue:
        """The cell of a column, for the table."""
        return self.cells.get(key, "")


@dataclass(frozen=True)
class ReportView:
    """The table; ``titles`` renames columns."""

    title: str
    lines: tuple[ReportLine, ...]
    hint: str = ""
    titles: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One list behind a number: by township, by code, or the records counted (``records``)."""

    key: str
    words: str
    count: int
    lines: tuple[ReportLine, ...]
    records: bool = False


@dataclass(frozen=True)
class Behind:
    """What stands behind a number. ``fact`` is one that the county enters by hand."""

    title: str
    value: str
    words: str
    parts: tuple[Part, ...] = ()
    foot: str = ""
    fact: bool = False


ANNUAL_COLUMNS = (
    Column("group", "类别", 84), Column("name", "指标", 0, bold=True), Column("unit", "单位", 68),
    Column("value", "本年", 132, "right"), Column("previous", "上年", 132, "right"),
    Column("change", "增减 %", 64, "right"), Column("mark", "", 84),
)  # fmt: skip
MONTHLY_COLUMNS = (
    Column("group", "类别", 84), Column("name", "业务", 0, bold=True), Column("previous", "上月", 124, "right"),
    Column("added", "新增", 104, "right"), Column("ended", "退出", 104, "right"),
    Column("current", "本月", 124, "right"),
    Column("paid", "本月支出", 96, "right"), Column("paid_year", "累计支出", 104, "right"),
)  # fmt: skip
SPARED = {
    ANNUAL: frozenset({"group", "mark"}),
    MONTHLY: frozenset({"group", "paid_year", "previous"}),
}
"""Columns that a narrow window gives up."""


class ReportsPage(Page):
    """Kind and period above, the table, the words and lists of the chosen number at the right."""

    manual = "reports"

    kind_chosen = Signal(str)
    period_chosen = Signal(str)
    line_chosen = Signal(str)
    record_opened = Signal(object)
    save_wanted = Signal(str)
    print_wanted = Signal()
    fact_wanted = Signal()

    def __init__(self, kinds: Sequence[tuple[str, str]], *, facts: bool) -> None:
        """``kinds``: (key, words) of the reports of this office; ``facts``: whether figures are entered by hand."""
        super().__init__()
        self.hints = (
            Hint("Enter", "打开记录"),
            Hint("F5", "重新统计"),
            Hint("F9", "打印"),
            Hint("Ctrl+E", "存工作簿"),
        )
        self._title, self._hint = label("报表", "title"), label("", "hint")
        self._kinds = FilterPills([(key, words, None) for key, words in kinds])
        self._kinds.chosen.connect(self.kind_chosen)
        self._period = QComboBox()
        self._period.setFixedWidth(128)
        self._period.activated.connect(lambda at: self.period_chosen.emit(self._period.itemData(at)))
        self._word = button("存 Word", icon="doc", on=lambda: self.save_wanted.emit("docx"))
        self._fact = button("登记数字…", icon="plus", on=self.fact_wanted.emit)
        head = row(
            self._title, self._hint, None, self._kinds, self._period, self._fact,
            button("存 PDF", icon="save", on=lambda: self.save_wanted.emit("pdf")),
            button("存工作簿", icon="sheet", on=lambda: self.save_wanted.emit("xlsx")), self._word,
            button("打印", "primary", "print", key="F9", on=self.print_wanted.emit),
        )  # fmt: skip
        self.keys = {
            "F5": lambda: self.period_chosen.emit(self.period),
            "F9": self.print_wanted.emit,
            "Ctrl+E": lambda: self.save_wanted.emit("xlsx"),
        }
        self._tables = {
            ANNUAL: Table(ANNUAL_COLUMNS, row_height=24), MONTHLY: Table(MONTHLY_COLUMNS, row_height=30)
        }  # fmt: skip
        left = Card()
        for table in self._tables.values():
            table.set_empty("没有可以统计的。")
            table.chosen.connect(lambda line: self.line_chosen.emit(line.key))
            left.add(table, 1)
        self._side = body(self._behind_card())
        self._side.setFixedWidth(_SIDE)
        middle = row(left, self._side, spacing=16)
        middle.setStretch(0, 1)
        self.progress = FootProgress()
        inner = column(head, middle, margins=(16, 8, 16, 8))
        inner.setStretch(1, 1)
        whole = column(body(inner), self.progress, spacing=0)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self._kinds.setVisible(len(kinds) > 1)
        self._fact.setVisible(facts)
        self.show_kind(kinds[0][0])

    def _behind_card(self) -> Any:
        card = Card()
        self._name, self._value = WrapLabel("", "section"), label("", "strong")
        self._words = WrapLabel("", "hint")
        card.add(body(column(self._name, self._value, self._words, spacing=4, margins=(16, 12, 16, 8))))
        self._pills = FilterPills()
        self._pills.chosen.connect(self._show_part)
        card.add(body(column(self._pills, margins=(16, 0, 16, 8))))
        self._sums = Table(
            (
                Column("name", "名称", 0),
                Column("value", "数", 116, "right"),
                Column("share", "占比", 64, "right"),
            ),
            row_height=24,
        )
        self._records = Table(
            (Column("name", "姓名", 84, bold=True), Column("place", "乡镇、村", 100), Column("since", "起", 78),
             Column("state", "现在", 0)),
            row_height=26,
        )  # fmt: skip
        self._records.opened.connect(lambda line: self.record_opened.emit(line.target))
        for table in (self._sums, self._records):
            card.add(table, 1)
        self._foot = label("", "hint")
        card.add(body(column(self._foot, margins=(16, 4, 16, 8))))
        self._parts: tuple[Part, ...] = ()
        whole = column(card)
        whole.setStretch(0, 1)
        return whole

    @property
    def kind(self) -> str:
        """Which report is shown."""
        return self._kind

    @property
    def period(self) -> str:
        """The year or month that is chosen."""
        return str(self._period.currentData() or "")

    @property
    def table(self) -> Table:
        """The table that is shown."""
        return self._tables[self._kind]

    def show_kind(self, kind: str) -> None:
        """Switch between the year and the month."""
        self._kind = kind
        for key, table in self._tables.items():
            table.setVisible(key == kind)
        self._word.setVisible(kind == ANNUAL)

    def show_periods(self, periods: Sequence[tuple[str, str]], current: str) -> None:
        """Years or months to choose from, newest first."""
        self._period.clear()
        for key, words in periods:
            self._period.addItem(words, key)
        self._period.setCurrentIndex(max(self._period.findData(current), 0))

    def show_view(self, view: ReportView) -> None:
        """Replace the table; the line that was chosen stays so."""
        kept = self.table.current.key if self.table.current else ""
        self._title.setText(view.title)
        self._hint.setText(view.hint)
        if view.titles:
            self.table.rename_columns(view.titles)
        self.table.show_rows(view.lines, keep=lambda line: line.key == kept)
        if view.lines and self.table.current is None:
            self.table.selectRow(0)

    def show_behind(self, behind: Behind) -> None:
        """Replace what stands at the right."""
        self._name.setText(behind.title)
        self._value.setText(behind.value)
        self._words.setText(behind.words)
        self._foot.setText(behind.foot)
        self._parts = behind.parts
        self._pills.setVisible(bool(behind.parts))
        self._pills.show_pills([(part.key, part.words, part.count) for part in behind.parts])
        self._show_part(self._pills.key)

    def _show_part(self, key: str) -> None:
        part = next((one for one in self._parts if one.key == key), None)
        records = part is not None and part.records
        self._sums.setVisible(not records)
        self._records.setVisible(records)
        (self._records if records else self._sums).show_rows(part.lines if part else ())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        for kind, table in self._tables.items():
            table.hide_columns(SPARED[kind] if narrow else frozenset())
        self._side.setFixedWidth(_SIDE - 64 if narrow else _SIDE)
        self._hint.setVisible(not narrow)
