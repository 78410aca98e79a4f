"""汇总看板: every township in one table, the last twelve months beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QPushButton

from ..kit.basics import body, button, clear, column, frame, label, row
from ..kit.cards import Card, link
from ..kit.cells import Bar, Cell, CellValue, Chip
from ..kit.chip import ChipLabel
from ..kit.delegate import RowStyle
from ..kit.table import Column, Table
from ..page import NARROW, Hint, Page
from .charts import ChartCard, FigureTable, MonthBar, MonthChart, NamedBar, NamedBars


@dataclass(frozen=True)
class TownRow:
    """One township; its figures open what they count."""

    town: str
    package: CellValue
    state: CellValue
    conflicts: CellValue
    waiting: CellValue
    findings: CellValue
    now: CellValue
    before: CellValue
    difference: CellValue
    bar: Bar | str
    late: bool = False
    key: str = ""


@dataclass(frozen=True)
class Board:
    """Everything on the page."""

    title: str
    chips: tuple[tuple[str, Chip], ...]
    """(figure, chip)"""
    rows: tuple[TownRow, ...]
    foot: str
    now: str
    before: str
    before_title: str
    reported: tuple[str, ...]
    """Townships that have reported the month, over which both sums at the foot go."""
    months: tuple[MonthBar, ...]
    series: tuple[str, ...]
    forms: tuple[NamedBar, ...] = ()
    towns: tuple[NamedBar, ...] = ()
    findings: tuple[NamedBar, ...] = ()
    """Open findings by rule."""
    findings_hint: str = ""
    tables: dict[str, FigureTable] | None = None


MONTHS, FORMS, TOWNS, RULES = "months", "forms", "towns", "rules"


class BoardPage(Page):
    """25 rows without scrolling at 768; bars around zero, amber beyond ten per cent."""

    manual = "county"

    month_chosen = Signal(str)
    town_chosen = Signal(str)
    figure_wanted = Signal(str, str)
    """(figure: a column of the table or a chart; townships with commas between, or the chart's key)"""
    workbook_wanted = Signal()
    findings_wanted = Signal()
    returns_wanted = Signal()
    print_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.hints = (
            Hint("Enter", "打开乡镇"),
            Hint("→ Enter", "看这个数的明细"),
            Hint("F5", "重新汇总"),
            Hint("F9", "打印月报"),
            Hint("Ctrl+E", "导出工作簿"),
        )
        self.keys = {
            "Ctrl+E": self.workbook_wanted.emit,
            "F5": lambda: self.month_chosen.emit(self._month.currentData()),
            "F9": self.print_wanted.emit,
        }
        self._title = label("汇总看板", "title")
        self._chips = row(spacing=8)
        self._month = QComboBox()
        self._month.setFixedWidth(136)
        self._month.activated.connect(lambda at: self.month_chosen.emit(self._month.itemData(at)))
        self._charts = button("图表", icon="sheet", on=self._swap)
        head = row(
            self._title,
            self._chips,
            None,
            self._month,
            self._charts,
            button("退票", "flat", "return", on=self.returns_wanted.emit),
            button("导出工作簿", icon="sheet", on=self.workbook_wanted.emit),
            button("打印月报", "primary", "print", key="F9", on=self.print_wanted.emit),
        )
        self._card = Card()
        self.table = Table(
            (
                Column("town", "乡镇", 76, bold=True),
                Column("package", "最后一包", 104),
                Column("state", "收包", 104),
                Column("conflicts", "冲突", 44, "right"),
                Column("waiting", "待决定", 56, "right"),
                Column("findings", "核查", 44, "right"),
                Column("now", "本月合计", 96, "right"),
                Column("before", "上月合计", 96, "right"),
                Column("difference", "比上月", 98, "right"),
                Column("bar", "变化，满格 10%", 0),
            ),
            row_height=22,
            head_height=28,
            frames_focus=True,
        )
        self.table.rows_model.style_of = lambda one: RowStyle(faint=one.late)
        self.table.set_empty("还没有收到数据包。")
        self.table.opened.connect(self._open)
        self.table.link_followed.connect(lambda one, key: self.figure_wanted.emit(key, one.key))
        self._card.add(self.table, 1)
        self._foot = label("", "strong")
        self._now = _figure(lambda: self.figure_wanted.emit("now", ",".join(self._reported)))
        self._before = _figure(lambda: self.figure_wanted.emit("before", ",".join(self._reported)))
        self._reported: tuple[str, ...] = ()
        self._before_title = label("", "hint")
        foot = row(
            self._foot,
            None,
            label("本月", "hint"),
            self._now,
            10,
            self._before_title,
            self._before,
            margins=(16, 0, 8, 0),
        )
        bar = frame("footbar", foot)
        bar.setFixedHeight(32)
        self._card.add(bar)
        self._month_chart, self._form_bars, self._town_bars = (
            MonthChart(), NamedBars(line=26), NamedBars(line=22),
        )  # fmt: skip
        self.money = ChartCard(
            "发放合计", "万元",
            (
                (MONTHS, "近 12 个月", self._month_chart), (FORMS, "分业务", self._form_bars),
                (TOWNS, "分乡镇", self._town_bars),
            ),
        )  # fmt: skip
        self._rule_bars = NamedBars(empty="没有没关闭的核查结果。")
        self.rules = ChartCard(
            "没关闭的核查结果", "", ((RULES, "", self._rule_bars),),
            link("去核查", "shield", self.findings_wanted.emit),
        )  # fmt: skip
        for card in (self.money, self.rules):
            card.followed.connect(self.figure_wanted)
        right = column(self.money, self.rules)
        right.setStretch(0, 1)
        right.setStretch(1, 1)
        self._side = body(right)
        middle = row(self._card, self._side, spacing=16)
        middle.setStretch(0, 1)
        whole = column(head, middle, margins=(16, 8, 16, 8))
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._swapped = False

    def _open(self, one: TownRow) -> None:
        """Enter on the township opens it, on a figure what the figure counts."""
        key = self.table.columns[self.table.currentIndex().column()].key
        value = getattr(one, key)
        if key != "town" and getattr(value, "follows", False):
            self.figure_wanted.emit(key, one.key)
        else:
            self.town_chosen.emit(one.key)

    def show_months(self, months: Sequence[tuple[str, str]], current: str) -> None:
        """Months to choose from, newest first."""
        self._month.clear()
        for key, words in months:
            self._month.addItem(words, key)
        self._month.setCurrentIndex(max(self._month.findData(current), 0))

    def show_board(self, data: Board) -> None:
        """Replace everything on the page."""
        self._title.setText(data.title)
        clear(self._chips)
        for figure, chip in data.chips:
            made = ChipLabel(chip)
            made.follow(partial(self.figure_wanted.emit, figure, ""))
            self._chips.addWidget(made)
        current = self.table.current
        column_at = max(self.table.currentIndex().column(), 0)
        self.table.show_rows(data.rows)
        at = next((n for n, one in enumerate(data.rows) if current and one.key == current.key), 0)
        if data.rows:
            self.table.setCurrentIndex(self.table.rows_model.index(at, column_at))
        self._reported = data.reported
        self._foot.setText(data.foot)
        self._now.setText(data.now)
        self._before.setText(data.before)
        self._before_title.setText(data.before_title)
        self._month_chart.show_months(data.months, data.series)
        self._form_bars.show_bars(data.forms)
        self._town_bars.show_bars(data.towns)
        self._rule_bars.show_bars(data.findings)
        self.rules.hint.setText(data.findings_hint)
        tables = data.tables or {}
        self.money.show_tables(tables)
        self.rules.show_tables(tables)

    def _swap(self) -> None:
        """Where there is room for one of them: the charts in place of the table, or back."""
        self._swapped = not self._swapped
        self._charts.setText("表格" if self._swapped else "图表")
        self._arrange()

    def _arrange(self) -> None:
        narrow = self.width() < NARROW
        self._charts.setVisible(narrow)
        charts_alone = narrow and self._swapped
        self._card.setVisible(not charts_alone)
        self._side.setVisible(not narrow or self._swapped)
        if charts_alone:
            self._side.setMinimumWidth(0)
            self._side.setMaximumWidth(16_777_215)
        else:
            self._side.setFixedWidth(416)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()


def _figure(on: object) -> QPushButton:
    """A sum at the foot that opens what it sums."""
    return button("", "link", on=on)  # type: ignore[arg-type]


__all__ = ["Board", "BoardPage", "Cell", "MonthBar", "TownRow"]
