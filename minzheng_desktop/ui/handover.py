"""上报与下发: what waits, the packages written so far, receipts and enrolment."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent

from .kit.basics import ElideLabel, body, button, clear, column, label, row
from .kit.cards import Card, FootProgress, link, notice
from .kit.cells import CellValue, Chip
from .kit.chip import ChipLabel
from .kit.fields import fact
from .kit.table import Column, Table
from .page import NARROW, Hint, Page, when


@dataclass(frozen=True)
class WaitingLine:
    """One kind of change that waits to be packed."""

    kind: str
    count: str
    amount: str = ""


@dataclass(frozen=True)
class PackageLine:
    """One package written so far."""

    number: str
    at: str
    changes: str
    amount: str
    state: Chip
    receipt: str
    link: CellValue = ""
    file: str = ""


@dataclass(frozen=True)
class QuestionLine:
    """One line that the county rejected, questioned or decided."""

    kind: Chip
    name: str
    business: str
    words: str
    record: str = ""
    form: str = ""


@dataclass(frozen=True)
class Handover:
    """Everything on the page."""

    title: str
    chip: Chip | None
    waiting: tuple[WaitingLine, ...]
    waiting_hint: str
    can_export: bool
    why_not: str
    packages: tuple[PackageLine, ...]
    questions: tuple[QuestionLine, ...]
    questions_hint: str
    enrolment: tuple[tuple[str, str], ...]
    enrolled: bool
    has_peers: bool = False
    notices: tuple[tuple[str, str, str], ...] = ()
    next_step: str = ""


class HandoverPage(Page):
    """Left: packages and the county's answers. Right 384: what waits, enrolment."""

    manual = "handover"

    export_wanted = Signal()
    receipt_wanted = Signal()
    dropped = Signal(object)
    """Files or folders of the county, as a list of paths."""
    offered_wanted = Signal()
    told_wanted = Signal()
    conflicts_wanted = Signal()
    copy_wanted = Signal()
    enrol_wanted = Signal()
    resend_wanted = Signal(object)
    record_wanted = Signal(str, str)
    waiting_wanted = Signal()
    copies_wanted = Signal()
    package_wanted = Signal(str)
    """The number of a package: which sticks hold it?"""
    inbox_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.hints = (Hint("F5", "读 U 盘"), Hint("F8", "写数据包"), Hint("Ctrl+K", "查找人员"))
        self.keys = {
            "F5": self.receipt_wanted.emit,
        }
        self._title = label("上报与下发", "title")
        self._chip = ChipLabel()
        self._read = button("读U盘上的文件", icon="in", key="F5", on=self.receipt_wanted.emit)
        self._export = button("写数据包到U盘", "primary", "usb", key="F8", on=self.export_wanted.emit)
        self.keys["F8"] = when(self._export, self.export_wanted.emit)
        self._watch = ElideLabel("", "hint")
        self._watch.hide()
        self._next = ElideLabel("", "hint")
        inbox = button("收件夹…", "flat", "in", on=self.inbox_wanted.emit)
        head = row(self._title, self._chip, None, inbox, self._read, self._export)
        self._notices = column(spacing=8)
        packages = Card(
            "写出的数据包",
            "没有回执的不算送到；同一号永远是同一个文件，可以再复制",
            [link("拷贝登记", "copy", self.copies_wanted.emit)],
        )
        self._packages = Table(
            (
                Column("number", "包号", 56, bold=True),
                Column("at", "写出", 116),
                Column("changes", "条数", 60, "right"),
                Column("amount", "金额（元）", 100, "right"),
                Column("state", "到了哪一步", 172),
                Column("receipt", "什么时候", 0),
                Column("link", "", 76),
            )
        )
        self._packages.set_empty("还没有写过数据包。")
        self._packages.opened.connect(lambda item: self.package_wanted.emit(item.number))
        self._packages.link_followed.connect(lambda item, _key: self.resend_wanted.emit(item))
        packages.add(self._packages, 1)
        self._questions_card = Card(
            "县局回来的",
            "",
            [
                link("与现状不符的决定", "flag", self.waiting_wanted.emit),
                link("改得不同的", "columns", self.conflicts_wanted.emit),
                link("核查问题", "search", self.told_wanted.emit),
                link("下发的变化", "doc", self.offered_wanted.emit),
            ],
        )
        self._questions = Table(
            (
                Column("kind", "结果", 104),
                Column("name", "姓名", 96, bold=True),
                Column("business", "业务", 96),
                Column("words", "县局写的", 0),
            )
        )
        self._questions.set_empty("没有要处理的。")
        self._questions.opened.connect(lambda item: self.record_wanted.emit(item.form, item.record))
        self._questions_card.add(self._questions, 1)
        left = column(packages, self._questions_card, spacing=8)
        waiting = Card("还没上报的")
        self._waiting_card = waiting
        self._waiting = Table(
            (
                Column("kind", "内容", 0),
                Column("count", "条数", 64, "right"),
                Column("amount", "金额（元）", 104, "right"),
            )
        )
        self._waiting.set_empty("没有新的变化。")
        waiting.add(self._waiting, 1)
        self._enrolment = Card("与县局的登记")
        self._enrol_lines = column(spacing=4, margins=(16, 0, 16, 12))
        self._enrol = button("读登记文件…", icon="in", on=self.enrol_wanted.emit)
        self._copy = button("写台账副本…", icon="usb", on=self.copy_wanted.emit)
        self._copy.setToolTip("给本乡镇的另一台电脑：整份台账，加密给登记过的电脑，在那台上读入")
        self._enrolment.inside.addLayout(self._enrol_lines)
        self._enrolment.inside.addLayout(row(None, self._copy, self._enrol, margins=(16, 0, 16, 12)))
        right = column(waiting, self._enrolment, spacing=8)
        right.setStretch(0, 1)
        self._side = body(right)
        self._side.setFixedWidth(384)
        middle = row(left, self._side, spacing=16)
        middle.setStretch(0, 1)
        self.progress = FootProgress()
        self.progress.stopped.connect(self.stop_wanted)
        whole = column(
            column(head, self._watch, self._next, self._notices, middle, margins=(16, 8, 16, 12)),
            self.progress,
            spacing=0,
        )
        inner = whole.itemAt(0).layout()
        if inner is not None:
            inner.setStretch(4, 1)  # type: ignore[attr-defined]
        self.setLayout(whole)

    def show_handover(self, data: Handover) -> None:
        """Replace everything on the page."""
        self._chip.show_chip(data.chip)
        self._waiting.show_rows(data.waiting)
        self._waiting_card.hint.setText(data.waiting_hint)
        self._next.setText(f"下一步：{data.next_step}" if data.next_step else "")
        self._next.setVisible(bool(data.next_step))
        self._export.setEnabled(data.can_export)
        self._export.setToolTip(data.why_not)
        self._packages.show_rows(data.packages)
        self._questions.show_rows(data.questions)
        self._questions_card.hint.setText(data.questions_hint)
        clear(self._enrol_lines)
        for name, value in data.enrolment:
            self._enrol_lines.addWidget(fact(name, value))
        self._enrol.setText("重新接入…" if data.enrolled else "读登记文件…")
        self._copy.setVisible(data.has_peers)
        clear(self._notices)
        for tone, sentence, second in data.notices:
            self._notices.addWidget(notice(tone, sentence, second))

    def show_watch(self, words: str) -> None:
        """Which folder is being watched."""
        self._watch.setText(words)
        self._watch.setVisible(bool(words))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._side.setFixedWidth(304 if narrow else 384)
        self._packages.hide_columns(frozenset({"receipt"}) if narrow else frozenset())
