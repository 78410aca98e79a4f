"""收入财产: the one hand-made page, for every form with members of a household and their incomes.

The income grid takes digits directly: Enter goes to the next cell, a block can be pasted from WPS. The
calculation at the right follows while one types.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QWidget

from .income_grid import IncomeGrid, IncomeRow
from .kit.basics import (
    ElideLabel,
    body,
    button,
    clear,
    column,
    frame,
    icon_button,
    icon_label,
    label,
    row,
    scroll,
)
from .kit.cards import Card, link, notice
from .kit.cells import DASH, Cell, Chip, Mark
from .kit.chip import ChipLabel
from .kit.money import CalculationLine, CalculationList
from .kit.strips import StepLine, StepMark, WorkflowBar
from .kit.table import Column, Table
from .page import NARROW, Hint, Page, title_bar

Index = QModelIndex | QPersistentModelIndex
HERE = "收入财产"
"""The sub-tab that this page stands for."""


@dataclass(frozen=True)
class ListLine:
    """One line of 不计入 or 家庭财产."""

    first: str
    second: str
    amount: str
    last: Mark | Cell | str = ""
    key: str = ""


@dataclass(frozen=True)
class Economy:
    """Everything on the page."""

    title: str
    chip: Chip | None
    facts: str
    kinds: tuple[tuple[str, str], ...]
    """Income kinds as columns: (code, title)."""
    rows: tuple[IncomeRow, ...]
    left_out: tuple[ListLine, ...]
    assets: tuple[ListLine, ...]
    calculation: tuple[CalculationLine, ...]
    total: str
    basis: str
    """按 2026 年 7 月的标准试算，改左边的数立即重算"""
    start: str = ""
    start_source: str = ""
    example: bool = False
    warnings: tuple[str, ...] = ()
    assets_hint: str = ""
    steps: tuple[StepMark, ...] = ()
    ways: tuple[tuple[str, str, str], ...] = ()
    primary: str = ""
    errors: int = 0
    editable: bool = True
    tabs: tuple[str, ...] = ()
    """The sub-tabs of the editor; this page stands for 收入财产 among them."""


class EconomyPage(Page):
    """Income grid, warning, 不计入 | 家庭财产; right 384 the calculation, recalculated while typing."""

    manual = "economy"

    entered = Signal(str, str, object)
    explained = Signal(str, str)
    back_wanted = Signal()
    save_wanted = Signal()
    step_wanted = Signal(str)
    tab_wanted = Signal(str)
    add_income = Signal()
    add_left_out = Signal()
    add_asset = Signal()
    line_opened = Signal(str)
    move_wanted = Signal(int)
    print_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.hints = (
            Hint("Esc", "返回列表"),
            Hint("Ctrl+S", "保存"),
            Hint("F9", "打印"),
            Hint("Ctrl+V", "粘贴表格"),
            Hint("F4", "显示依据"),
        )
        self.keys = {
            "Esc": self.back_wanted.emit,
            "Ctrl+S": self.save_wanted.emit,
            "F9": self.print_wanted.emit,
            "F4": lambda: self._side.setVisible(not self._side.isVisible()),
            "Ctrl+Down": lambda: self.move_wanted.emit(1),
            "Ctrl+Up": lambda: self.move_wanted.emit(-1),
        }
        self._title, self._chip, self._facts = label("", "title"), ChipLabel(), ElideLabel("", "hint")
        bar = title_bar(
            "返回列表",
            self.back_wanted.emit,
            self._title,
            self._chip,
            self._facts,
            None,
            button("上一户", "flat", key="Ctrl+↑", on=lambda: self.move_wanted.emit(-1)),
            button("下一户", "flat", key="Ctrl+↓", on=lambda: self.move_wanted.emit(1)),
        )
        self._tabs = row(spacing=0, margins=(6, 0, 16, 0))
        tabs = body(self._tabs)
        tabs.setFixedHeight(39)
        self.grid = IncomeGrid()
        self.grid.entered.connect(self.entered)
        income = Card(
            "家庭年收入（元）",
            "填全年数；直接敲数字改，Enter 到下一格，可从 WPS 整块粘贴",
            [link("加收入项", "plus", self.add_income.emit)],
        )
        income.add(self.grid)
        self._warnings = column(spacing=8)
        self._left_out = self._list(
            "按规定不计入",
            "只登记，不进入计算",
            self.add_left_out,
            ("不计入的收入", "领取人", "全年（元）", "依据"),
        )
        self._assets = self._list("家庭财产", "", self.add_asset, ("财产", "名下", "数额", "是否超限"))
        under = row(self._left_out[0], self._assets[0], spacing=16)
        left = body(column(income, self._warnings, under, spacing=8, margins=(16, 12, 0, 12)))
        left.layout().setStretch(2, 1)  # type: ignore[union-attr]
        self._side = self._make_side()
        middle = row(scroll(left), self._side, spacing=16, margins=(0, 0, 16, 0))
        middle.setStretch(0, 1)
        self.bar = WorkflowBar()
        self.steps = StepLine()
        self.bar.put_between(self.steps)
        self.bar.save.connect(self.save_wanted)
        self.bar.step.connect(self.step_wanted)
        whole = column(bar, frame("bar", column(tabs, spacing=0)), middle, self.bar, spacing=0)
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def _list(self, title: str, hint: str, add: Any, heads: tuple[str, str, str, str]) -> tuple[Card, Table]:
        card = Card(title, hint, [link("加一项", "plus", add.emit)])
        table = Table(
            (
                Column("first", heads[0], 0),
                Column("second", heads[1], 70),
                Column("amount", heads[2], 92, "right"),
                Column("last", heads[3], 132),
            )
        )
        table.setMinimumHeight(130)
        table.set_empty("没有登记。")
        table.opened.connect(lambda item: self.line_opened.emit(item.key))
        card.add(table, 1)
        return card, table

    def _make_side(self) -> QWidget:
        self._basis = ElideLabel("", "hint")
        self._calculation = CalculationList()
        self._start, self._start_source = label("", "strong"), ElideLabel("", "hint")
        self._example = notice("warn", "标准是示例数据〔例〕，不能用于正式封账")
        self._plain = ""
        self._copy = icon_button("copy", "复制这张算式", self._copy_text)
        head = row(
            icon_label("calc", "accent", 18), label("这笔钱怎么算的", "section"), None, self._copy, spacing=8
        )
        start = row(label("起发月", "label"), self._start, self._start_source, None)
        inside = column(
            head,
            self._basis,
            scroll(body(column(self._calculation, spacing=0, margins=(0, 0, 6, 0)))),
            frame("rule"),
            start,
            self._example,
            spacing=4,
            margins=(16, 6, 8, 8),
        )
        card = frame("card", inside)
        holder = body(column(card, margins=(0, 12, 0, 12)))
        holder.setFixedWidth(384)
        return holder

    def _copy_text(self) -> None:
        QGuiApplication.clipboard().setText(self._plain)

    def show_economy(self, data: Economy) -> None:
        """Replace everything on the page; the current cell of the grid stays."""
        self._title.setText(data.title)
        self._chip.show_chip(data.chip)
        self._facts.setText(data.facts)
        clear(self._tabs)
        for title in data.tabs:
            made = button(title, "subtab", on=partial(self.tab_wanted.emit, title))
            made.setCheckable(True)
            made.setChecked(title == HERE)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._tabs.addWidget(made)
        self._tabs.addStretch(1)
        self.grid.editable = data.editable
        self.grid.show_incomes(data.kinds, data.rows)
        self._left_out[1].show_rows(data.left_out)
        self._assets[1].show_rows(data.assets)
        self._assets[0].hint.setText(data.assets_hint)
        self._basis.setText(data.basis)
        self._calculation.show_steps(data.calculation, data.total)
        self._plain = "\n".join(f"{s.name}\t{s.result}\t{s.formula}\t{s.source}" for s in data.calculation)
        self._start.setText(data.start or DASH)
        self._start_source.setText(data.start_source)
        self._example.setVisible(data.example)
        self.steps.show_steps(data.steps)
        self.bar.show_steps(data.ways, data.primary, saveable=data.editable)
        self.bar.show_problems(data.errors, len(data.warnings))
        clear(self._warnings)
        for sentence in data.warnings:
            self._warnings.addWidget(notice("warn", sentence))

    def take_focus(self) -> None:
        self.grid.setFocus()
        if not self.grid.currentIndex().isValid():
            self.grid.setCurrentIndex(self.grid.model().index(0, 2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._side.setFixedWidth(320 if self.width() < NARROW else 384)
        narrow = self.width() < NARROW
        self._left_out[1].hide_columns(frozenset({"last"}) if narrow else frozenset())
        self._assets[1].hide_columns(frozenset({"second"}) if narrow else frozenset())
