"""接收: the packages of all townships, how each was verified, the sums that must be equal, conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from ..kit.basics import (
    ElideLabel,
    WrapLabel,
    body,
    button,
    clear,
    column,
    frame,
    icon_label,
    label,
    row,
    rule,
    scroll,
)
from ..kit.cards import FilterPills, FootProgress, link
from ..kit.cells import CellValue, Chip, Mark
from ..kit.chip import ChipLabel
from ..kit.delegate import RowStyle
from ..kit.table import Column, Table
from ..page import NARROW, Hint, Page


@dataclass(frozen=True)
class PackageRow:
    """One package that came in."""

    key: str
    town: str
    number: str
    at: str
    changes: str
    amount: str
    state: Chip
    group: str = "done"
    """todo, receipt, refused or done"""


@dataclass(frozen=True)
class Proof:
    """One step of how a package was verified."""

    name: str
    words: str
    tone: str = "ok"
    icon: str = "ok"
    long: bool = False
    """words of several lines, shown whole"""


@dataclass(frozen=True)
class SumLine:
    """One line of the reckoning: announced, applied, same, held, quarantined, their sum."""

    title: str
    count: str
    amount: str
    look: CellValue = ""
    strong: bool = False
    total: bool = False


@dataclass(frozen=True)
class Conflict:
    """One field on which county and township differ."""

    name: str
    facts: str
    field: str
    county: str
    township: str


@dataclass(frozen=True)
class PackageView:
    """One package opened at the right."""

    key: str
    title: str
    chip: Chip
    line: str
    proofs: tuple[Proof, ...]
    sums: tuple[SumLine, ...]
    conflicts: tuple[Conflict, ...]
    conflicts_hint: str
    foot: str
    can_receipt: bool = True


class ReceivePage(Page):
    """Packages | how it was verified, sums, conflicts, 写回执."""

    manual = "county"

    read_wanted = Signal()
    choose_wanted = Signal()
    package_chosen = Signal(object)
    receipt_wanted = Signal(str)
    stop_wanted = Signal()
    held_wanted = Signal()
    copies_wanted = Signal()
    down_wanted = Signal()
    inbox_wanted = Signal()
    conflicts_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.hints = (Hint("F5", "读取U盘"), Hint("F8", "写回执"), Hint("Ctrl+K", "查找人员"))
        self.keys = {"F5": self.read_wanted.emit, "F8": self._receipt}
        self._rows: Sequence[PackageRow] = ()
        self._view: PackageView | None = None
        self._hint = ElideLabel("", "hint")
        self._held = button("暂存和隔离", "flat", "quarantine", on=self.held_wanted.emit)
        head = row(
            label("接收", "title"),
            self._hint,
            None,
            button("改得不同的", "flat", "columns", on=self.conflicts_wanted.emit),
            self._held,
            button("选文件…", "flat", "doc", on=self.choose_wanted.emit),
            button("读取 U 盘", icon="usb", key="F5", on=self.read_wanted.emit),
            margins=(16, 8, 12, 0),
        )
        head.setStretch(1, 1)
        self._pills = FilterPills()
        self._pills.chosen.connect(lambda _key: self._filter())
        self._watch = ElideLabel("", "hint")
        self._watching = body(row(self._watch, margins=(16, 0, 12, 0)), "sheet")
        self._watching.hide()
        under = row(
            self._pills,
            link("收件夹…", "in", self.inbox_wanted.emit),
            link("拷贝登记", "copy", self.copies_wanted.emit),
            link("下发", "out", self.down_wanted.emit),
            margins=(16, 0, 12, 0),
        )
        under.setStretch(0, 1)
        self.table = Table(
            (
                Column("town", "乡镇", 88, bold=True),
                Column("number", "包号", 60),
                Column("at", "收到", 104),
                Column("changes", "条数", 56, "right"),
                Column("amount", "金额（元）", 104, "right"),
                Column("state", "状态", 0),
            ),
            frames_focus=True,
            marks_selection=False,
        )
        self.table.set_empty("还没有收到数据包。", "选文件", self.choose_wanted.emit)
        self.table.chosen.connect(self.package_chosen)
        self.progress = FootProgress()
        self.progress.stopped.connect(self.stop_wanted)
        left = frame("sheet", column(head, under, self._watching, self.table, self.progress))
        self._right = self._make_right()
        whole = row(left, self._right, spacing=0)
        whole.setStretch(0, 766)
        whole.setStretch(1, 600)
        self.setLayout(whole)

    def _make_right(self) -> QWidget:
        self._title, self._chip, self._line = label("", "title"), ChipLabel(), ElideLabel("", "hint")
        self._proofs = column(spacing=4)
        self._proofs_title = label("怎么验的", "section")
        self._sums_title = label("数目对得上吗", "section")
        self._sums = Table(
            (
                Column("title", "", 0),
                Column("count", "条数", 72, "right"),
                Column("amount", "金额（元）", 124, "right"),
                Column("look", "去看", 92),
            ),
            pad=8,
            row_height=28,
            head_height=28,
            boxed=True,
            marks_selection=False,
        )
        self._sums.rows_model.style_of = lambda line: RowStyle(
            "sunken" if line.total else "", line.strong or line.total
        )
        self._conflict_title, self._conflict_hint = label("冲突", "section"), label("", "hint")
        self._conflicts = Table(
            (
                Column("name", "姓名", 64, bold=True),
                Column("facts", "性别 · 出生年 · 村", 156),
                Column("field", "字段", 72),
                Column("county", "县库", 0),
                Column("township", "乡镇报", 0),
            ),
            pad=8,
            row_height=28,
            head_height=28,
            boxed=True,
        )
        self._foot = ElideLabel("", "hint")
        self._receipt_button = button("写回执", "primary", "out", key="F8", on=self._receipt)
        inside = column(
            row(self._title, self._chip, None),
            row(self._line),
            rule(),
            self._proofs_title,
            self._proofs,
            4,
            self._sums_title,
            self._sums,
            4,
            row(self._conflict_title, self._conflict_hint, None),
            self._conflicts,
            None,
            spacing=5,
            margins=(16, 12, 16, 8),
        )
        foot_line = row(self._foot, self._receipt_button, margins=(16, 0, 12, 0))
        foot_line.setStretch(0, 1)
        foot = frame("footbar", foot_line)
        foot.setFixedHeight(48)
        parts = column(scroll(body(inside, "sheet")), foot, spacing=0, margins=(1, 0, 0, 0))
        self._empty = label("选一个数据包，看它是怎么验的。", "label")
        made = frame("panel", parts)
        made.setVisible(False)
        return made

    def show_packages(self, rows: Sequence[PackageRow], hint: str) -> None:
        """Every package that came in, newest first."""
        self._rows = rows
        self._hint.setText(hint)

        def count(group: str) -> int:
            return sum(1 for one in rows if one.group == group)

        self._pills.show_pills(
            (
                ("", "全部", None),
                ("todo", "要处理", count("todo")),
                ("receipt", "待写回执", count("receipt")),
                ("refused", "拒收", count("refused")),
            )
        )
        self._filter()

    def _filter(self) -> None:
        key = self._pills.key
        current = self._view.key if self._view else ""
        self.table.show_rows(
            [one for one in self._rows if not key or one.group == key], keep=lambda one: one.key == current
        )

    def show_package(self, view: PackageView | None) -> None:
        """Open a package at the right, None closes."""
        self._view = view
        self._right.setVisible(view is not None)
        if view is None:
            return
        self._title.setText(view.title)
        self._chip.show_chip(view.chip)
        self._line.setText(view.line)
        self._proofs_title.setText("怎么验的" if view.sums else "为什么没有收下")
        clear(self._proofs)
        for proof in view.proofs:
            name = label(proof.name, "label")
            name.setFixedWidth(96)
            tone = proof.tone if proof.tone == "error" else ""
            words = WrapLabel(proof.words, tone=tone) if proof.long else ElideLabel(proof.words, tone=tone)
            line = row(icon_label(proof.icon, proof.tone, 16), name, words, spacing=8)
            line.setStretch(2, 1)
            self._proofs.addWidget(body(line))
        for part in (self._sums_title, self._sums):
            part.setVisible(bool(view.sums))
        self._sums.show_rows(view.sums)
        self._sums.setFixedHeight(28 * (len(view.sums) + 1) + 4)
        shown = bool(view.conflicts)
        for part in (self._conflict_title, self._conflict_hint, self._conflicts):
            part.setVisible(shown)
        self._conflict_hint.setText(view.conflicts_hint)
        self._conflicts.show_rows(view.conflicts)
        self._conflicts.setFixedHeight(28 * (min(len(view.conflicts), 8) + 1) + 4)
        self._foot.setText(view.foot)
        self._receipt_button.setEnabled(view.can_receipt)

    def show_watch(self, words: str) -> None:
        """Which folder is being watched."""
        self._watch.setText(words)
        self._watching.setVisible(bool(words))

    def show_held(self, waiting: int, quarantined: int) -> None:
        """How many lines are kept without having entered."""
        parts = (("暂存", waiting), ("隔离", quarantined))
        words = " · ".join(f"{name} {count:,}" for name, count in parts if count)
        self._held.setText(words or "暂存和隔离")

    def _receipt(self) -> None:
        if self._view is not None and self._view.can_receipt:
            self.receipt_wanted.emit(self._view.key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self.table.hide_columns(frozenset({"at"}) if narrow else frozenset())


EQUAL = Mark("相等", "ok", "ok")
