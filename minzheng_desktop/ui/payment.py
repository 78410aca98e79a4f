"""发放与打印: plan a month, see what changed since the last, lock it, print it, give it to the bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QWidget

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
    rule,
    scroll,
    set_icon,
)
from .kit.cards import Card, Entry, EntryList, FootProgress, link, notice
from .kit.cells import CellValue, Chip
from .kit.chip import ChipLabel
from .kit.money import Bridge, BridgeBox
from .kit.table import Column, Table
from .page import NARROW, Hint, Page, when


@dataclass(frozen=True)
class ChangeLine:
    """One household of 新增, 停发, 变动 or 账户变更; unused cells stay empty."""

    name: str
    facts: str
    reason: CellValue
    before: str = ""
    now: str = ""
    difference: CellValue = ""
    record: str = ""


@dataclass(frozen=True)
class OwnChange:
    """An account changed by the person who is about to lock: needs a second person or a printed reason."""

    key: str
    sentence: str


@dataclass(frozen=True)
class Month:
    """One benefit in one month, as planned or as locked."""

    form: str
    title: str
    chip: Chip | None
    hint: str
    boxes: tuple[BridgeBox, ...]
    sum_line: str
    """138,652.33 + … = 139,817.50，与 215 户明细合计相等"""
    equal: bool
    words: str
    new: tuple[ChangeLine, ...] = ()
    stopped: tuple[ChangeLine, ...] = ()
    changed: tuple[ChangeLine, ...] = ()
    accounts: tuple[ChangeLine, ...] = ()
    hints: tuple[str, str, str, str] = ("", "", "", "")
    own: tuple[OwnChange, ...] = ()
    notices: tuple[tuple[str, str, str], ...] = ()
    """(tone, sentence, second line)"""
    overpaid: tuple[str, str] = ("", "")
    """What this batch cannot take back: sentence and second line; shown with the way to 追缴."""
    can_plan: bool = True
    can_lock: bool = False
    lock_word: str = "锁定本月"
    why_no_lock: str = ""
    can_print: bool = True
    why_no_bank: str = "锁定本月以后才能出银行文件"
    can_bank: bool = False
    empty: str = ""
    """Said instead of the tables when nothing is planned."""
    figures: tuple[tuple[str, str, str], ...] = ()
    """Lines of the confirmation: (title, households, amount)."""


_NEW = (
    Column("name", "姓名", 60, bold=True, least=60),
    Column("facts", "性别 · 出生年 · 村", 164),
    Column("now", "本月（元）", 90, "right"),
    Column("reason", "原因", 0),
)
_STOPPED = (*_NEW[:2], Column("before", "上月（元）", 90, "right"), _NEW[3])
_CHANGED = (
    *_NEW[:2],
    Column("before", "上月", 84, "right"),
    Column("now", "本月", 84, "right"),
    Column("difference", "差额", 80, "right"),
    _NEW[3],
)
_ACCOUNTS = (
    *_NEW[:2],
    Column("before", "原账号", 80),
    Column("now", "新账号", 80),
    Column("reason", "谁改的 · 为什么", 0),
)


class PaymentPage(Page):
    """Rail 232: month, benefits, sum. Right: bridge, four lists, what stands in the way."""

    manual = "payment"

    month_chosen = Signal(str)
    form_chosen = Signal(str)
    plan_wanted = Signal()
    lock_wanted = Signal()
    print_wanted = Signal()
    bank_wanted = Signal()
    recoveries_wanted = Signal()
    returns_wanted = Signal()
    workbook_wanted = Signal()
    second_person_wanted = Signal()
    record_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.hints = (
            Hint("F6", "计划"),
            Hint("F8", "锁定"),
            Hint("F9", "打印"),
            Hint("Ctrl+E", "导出工作簿"),
            Hint("Ctrl+K", "查找人员"),
        )
        self.keys = {
            "F5": lambda: self.form_chosen.emit(self.rail.key),
            "F6": self.plan_wanted.emit,
            "Ctrl+E": self.workbook_wanted.emit,
        }
        rail = self._make_rail()
        main = self._make_main()
        self.keys["F8"] = when(self._lock, self.lock_wanted.emit)
        self.keys["F9"] = when(self._print, self.print_wanted.emit)
        whole = row(rail, main, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def _make_rail(self) -> QWidget:
        self._box = QComboBox()
        self._box.setFixedWidth(136)
        self._box.activated.connect(lambda at: self.month_chosen.emit(self._box.itemData(at)))
        before = icon_button("chevron-left", "上一个月", lambda: self._turn(1))
        after = icon_button("chevron-right", "下一个月", lambda: self._turn(-1))
        self.rail = EntryList()
        self.rail.chosen.connect(self.form_chosen)
        self._sum = label("", "strong")
        foot = row(label("本月合计", "label"), None, self._sum, margins=(16, 8, 13, 8))
        made = frame(
            "rail",
            column(
                row(before, None, self._box, None, after, margins=(10, 12, 10, 8)),
                scroll(body(column(self.rail, spacing=0))),
                rule(),
                foot,
                row(
                    button("追缴", "link", "undo", on=self.recoveries_wanted.emit),
                    button("退票", "link", "return", on=self.returns_wanted.emit),
                    None,
                    margins=(10, 0, 8, 8),
                ),
                spacing=0,
            ),
        )
        made.setFixedWidth(232)
        self._rail_frame = made
        return made

    def _turn(self, by: int) -> None:
        at = self._box.currentIndex() + by
        if 0 <= at < self._box.count():
            self._box.setCurrentIndex(at)
            self.month_chosen.emit(self._box.itemData(at))

    def _make_main(self) -> QWidget:
        self._title, self._chip, self._hint = label("", "title"), ChipLabel(), ElideLabel("", "hint")
        self._plan = button("重新计划", icon="undo", on=self.plan_wanted.emit)
        self._print = button("打印", icon="print", key="F9", on=self.print_wanted.emit)
        self._bank = button("银行文件", icon="bank", on=self.bank_wanted.emit)
        self._lock = button("锁定本月", "primary", "lock", on=self.lock_wanted.emit)
        head = row(self._title, self._chip, self._hint, None, self._plan, self._print, self._bank, self._lock)
        self._bridge = Bridge()
        self._bridge.jump.connect(self._jump)
        self._equal = icon_label("ok", "ok", 16)
        self._sum_line, self._words = ElideLabel("", "hint"), label("", "label")
        sums = row(self._equal, self._sum_line, None, label("大写", "hint"), self._words)
        self._cards = {
            "new": self._card("新增", _NEW),
            "stopped": self._card("停发", _STOPPED),
            "changed": self._card("变动", _CHANGED),
            "accounts": self._card("账户变更", _ACCOUNTS),
        }
        self._second = link("请第二人核对", "people", self.second_person_wanted.emit)
        self._cards["accounts"][0].head.addWidget(self._second)
        self._notices = column(spacing=8)
        left = column(self._cards["new"][0], self._cards["stopped"][0], self._notices, None)
        right = column(self._cards["changed"][0], self._cards["accounts"][0], None)
        self._columns = row(left, right, spacing=16, margins=(0, 0, 4, 8))
        self._columns.setStretch(0, 465)
        self._columns.setStretch(1, 617)
        self._area = scroll(body(self._columns))
        self._empty = label("", "label")
        self._empty.hide()
        self.progress = FootProgress()
        inside = column(head, self._bridge, sums, self._empty, self._area, margins=(16, 8, 12, 4))
        inside.setStretch(4, 1)
        whole = column(inside, self.progress, spacing=0)
        return body(whole)

    def _card(self, title: str, columns: tuple[Column, ...]) -> tuple[Card, Table]:
        card = Card(title, "", head=38)
        table = Table(columns)
        table.opened.connect(lambda line: self.record_wanted.emit(line.record))
        table.set_empty("没有。")
        card.add(table)
        return card, table

    # -- what to show --------------------------------------------------------------------

    def show_months(self, months: Sequence[tuple[str, str]], current: str) -> None:
        """(YYYY-MM, 2026 年 6 月) newest first."""
        self._box.clear()
        for key, words in months:
            self._box.addItem(words, key)
        self._box.setCurrentIndex(max(self._box.findData(current), 0))

    def show_benefits(self, entries: Sequence[Entry], current: str, total: str) -> None:
        """Every benefit with its state and amount, and their sum."""
        self.rail.show_entries(entries, current)
        self._sum.setText(total)

    def show_month(self, data: Month) -> None:
        """One benefit in one month."""
        self._title.setText(data.title)
        self._chip.show_chip(data.chip)
        self._hint.setText(data.hint)
        self._bridge.show_boxes(data.boxes)
        self._bridge.setVisible(bool(data.boxes))
        tone = "ok" if data.equal else "error"
        self._equal.setVisible(bool(data.sum_line))
        if not data.equal:
            set_icon(self._equal, "error", tone, 16)
        self._sum_line.setText(data.sum_line)
        self._words.setText(data.words)
        groups = {
            "new": data.new,
            "stopped": data.stopped,
            "changed": data.changed,
            "accounts": data.accounts,
        }
        for (key, lines), hint in zip(groups.items(), data.hints, strict=True):
            card, table = self._cards[key]
            card.hint.setText(hint)
            table.show_rows(lines)
            shown = max(1, min(len(lines), 12))
            table.setFixedHeight(33 + 32 * shown + (8 if not lines else 0))
            card.setVisible(not data.empty)
        self._second.setVisible(bool(data.own))
        self._empty.setText(data.empty)
        self._empty.setVisible(bool(data.empty))
        clear(self._notices)
        for notice_tone, sentence, second in data.notices:
            self._notices.addWidget(notice(notice_tone, sentence, second))
        if data.overpaid[0]:
            go = link("去追缴", "undo", self.recoveries_wanted.emit)
            self._notices.addWidget(notice("warn", *data.overpaid, go))
        self._plan.setEnabled(data.can_plan)
        self._lock.setText(f"{data.lock_word}")
        self._lock.setEnabled(data.can_lock)
        self._lock.setToolTip(data.why_no_lock)
        self._print.setEnabled(data.can_print)
        self._bank.setEnabled(data.can_bank)
        self._bank.setToolTip("" if data.can_bank else data.why_no_bank)

    def _jump(self, key: str) -> None:
        card, table = self._cards[key]
        self._area.ensureWidgetVisible(card)
        table.setFocus()
        table.selectRow(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._rail_frame.setFixedWidth(212 if narrow else 232)
        self._box.setFixedWidth(124 if narrow else 136)
        self._hint.setVisible(not narrow)
        for key in ("new", "stopped", "changed"):
            self._cards[key][1].set_widths({"facts": 118 if narrow else 164})
        self._cards["changed"][1].hide_columns(frozenset({"before"}) if narrow else frozenset())
        self._cards["accounts"][1].hide_columns(frozenset({"before"}) if narrow else frozenset())
