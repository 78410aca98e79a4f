"""核查 · 重复发放雷达: townships by kinds, in yuan and cases; every figure opens its cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from ..kit.basics import ElideLabel, button, column, frame, label, row
from ..kit.cards import FilterPills, FootProgress
from ..kit.cells import CellValue, follows
from ..kit.delegate import RowStyle
from ..kit.table import Column, Table
from ..page import Hint, Page


@dataclass(frozen=True)
class RadarRow:
    """One township, or the sum of all (``key`` empty)."""

    key: str
    cells: dict[str, CellValue]
    total: bool = False

    def get(self, key: str) -> CellValue:
        """The cell of a column, for the table."""
        return self.cells.get(key, "")


@dataclass(frozen=True)
class RadarView:
    """Everything on the page. ``kinds``: (key, words) of the columns."""

    title: str
    hint: str
    rows: tuple[RadarRow, ...]
    pills: tuple[tuple[str, str, int | None], ...]
    foot: str
    run: bool = True
    """Whether the radar ran for this month."""


class RadarPage(Page):
    """Choose month and state, see where the money went, go down to the cases."""

    manual = "county"

    month_chosen = Signal(str)
    state_chosen = Signal(str)
    cases_wanted = Signal(str, str)
    """(township or '', kind or '')"""
    run_wanted = Signal()
    findings_wanted = Signal()
    pairs_wanted = Signal()
    workbook_wanted = Signal()

    def __init__(self, kinds: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.hints = (
            Hint("Enter", "看明细"),
            Hint("F6", "重新核查"),
            Hint("Ctrl+E", "导出工作簿"),
            Hint("Ctrl+K", "查找人员"),
        )
        self.keys = {
            "F5": lambda: self.month_chosen.emit(self._month.currentData()),
            "F6": self.run_wanted.emit,
            "F9": self.pairs_wanted.emit,
            "Ctrl+E": self.workbook_wanted.emit,
        }
        self._kinds = tuple(kinds)
        self._title, self._hint = label("核查", "title"), ElideLabel("", "hint")
        self._month = QComboBox()
        self._month.setFixedWidth(184)
        self._month.activated.connect(lambda at: self.month_chosen.emit(self._month.itemData(at)))
        head = row(
            self._title,
            self._hint,
            None,
            self._month,
            button("疑似同一人", "flat", "people", key="F9", on=self.pairs_wanted.emit),
            button("逐条核查", "flat", "shield", on=self.findings_wanted.emit),
            button("导出工作簿", icon="sheet", on=self.workbook_wanted.emit),
            button("重新核查", "primary", "search", key="F6", on=self.run_wanted.emit),
            margins=(16, 8, 16, 0),
        )
        self._pills = FilterPills()
        self._pills.chosen.connect(self.state_chosen)
        self.table = Table(
            (
                Column("town", "乡镇", 76, bold=True),
                *(Column(key, words, 0, "right", least=90) for key, words in self._kinds),
                Column("all", "合计（元）", 108, "right"),
                Column("cases", "件", 44, "right"),
                Column("left", "没有销号", 72, "right"),
            ),
            row_height=20,
            head_height=28,
            frames_focus=True,
        )
        self.table.rows_model.style_of = lambda one: RowStyle("sunken" if one.total else "", bold=one.total)
        self.table.opened.connect(self._open)
        self.table.link_followed.connect(lambda one, key: self._follow(one, key))
        self._foot = label("", "hint")
        bar = frame("footbar", row(self._foot, None, margins=(16, 0, 16, 0)))
        bar.setFixedHeight(32)
        self.progress = FootProgress()
        whole = column(
            head, row(self._pills, margins=(16, 0, 16, 0)), self.table, bar, self.progress, spacing=8
        )
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def show_months(self, months: Sequence[tuple[str, str]], current: str) -> None:
        """Months to choose from, newest first."""
        self._month.clear()
        for key, words in months:
            self._month.addItem(words, key)
        self._month.setCurrentIndex(max(self._month.findData(current), 0))

    def show_view(self, data: RadarView) -> None:
        """Replace everything on the page."""
        self._title.setText(data.title)
        self._hint.setText(data.hint)
        self._pills.show_pills(data.pills)
        at = (max(self.table.currentIndex().row(), 0), max(self.table.currentIndex().column(), 0))
        self.table.set_empty("这个月还没有核查过。", "核查 F6", self.run_wanted.emit)
        self.table.show_rows(data.rows if data.run else ())
        if data.run and data.rows:
            self.table.setCurrentIndex(self.table.rows_model.index(min(at[0], len(data.rows) - 1), at[1]))
        self._foot.setText(data.foot)

    def _open(self, one: RadarRow) -> None:
        self._follow(one, self.table.columns[self.table.currentIndex().column()].key)

    def _follow(self, one: RadarRow, key: str) -> None:
        if follows(one.get(key)) or key == "town":
            self.cases_wanted.emit(one.key, key if key in dict(self._kinds) else "")
