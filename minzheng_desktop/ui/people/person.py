"""一人一档: facts 304 · 经历 by year · benefits and payments 524."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from .. import theme
from ..kit.basics import WrapLabel, body, button, clear, column, frame, label, row, rule, scroll
from ..kit.cards import Card, FilterPills, link
from ..kit.cells import CellValue, Chip
from ..kit.chip import ChipLabel
from ..kit.fields import fact
from ..kit.table import Column, Table
from ..page import NARROW, Hint, Page, title_bar


@dataclass(frozen=True)
class FactLine:
    """One fact; ``secret`` names what may be shown in full (audited)."""

    name: str
    value: str
    secret: str = ""
    tone: str = ""


@dataclass(frozen=True)
class FactGroup:
    """A titled group of facts with an action at its right."""

    title: str
    lines: tuple[FactLine, ...]
    action: str = ""
    target: str = ""


@dataclass(frozen=True)
class Event:
    """One thing that happened: ``kind`` is benefit, paid, check or change."""

    year: str
    day: str
    title: str
    line: str
    icon: str = "dot"
    tone: str = "info"
    amount: str = ""
    kind: str = "benefit"
    record: str = ""


@dataclass(frozen=True)
class BenefitLine:
    """One benefit now or in the past."""

    title: str
    state: Chip
    amount: str
    span: str
    record: str = ""
    form: str = ""


@dataclass(frozen=True)
class PaymentLine:
    """One payment."""

    month: str
    title: str
    amount: str
    account: str
    result: CellValue


@dataclass(frozen=True)
class Person:
    """Everything on the page."""

    id: str
    name: str
    line: str
    chips: tuple[Chip, ...]
    groups: tuple[FactGroup, ...]
    events: tuple[Event, ...]
    benefits: tuple[BenefitLine, ...]
    payments: tuple[PaymentLine, ...]
    payments_hint: str
    alive: bool = True


class PersonPage(Page):
    """Laid over the tab from which it was opened."""

    manual = "people"

    back_wanted = Signal()
    death_wanted = Signal()
    edit_wanted = Signal()
    print_wanted = Signal()
    new_wanted = Signal()
    reveal_wanted = Signal(str)
    target_wanted = Signal(str)
    record_wanted = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.hints = (
            Hint("Esc", "返回"),
            Hint("F2", "新建业务"),
            Hint("F9", "打印"),
            Hint("Ctrl+K", "查找人员"),
        )
        self.keys = {
            "Esc": self.back_wanted.emit,
            "F2": self.new_wanted.emit,
            "F9": self.print_wanted.emit,
        }
        self._name, self._line = label("", "title"), label("", "hint")
        self._chips = row(spacing=8)
        self._death = button("登记死亡", "danger", on=self.death_wanted.emit)
        self._edit = button("改登记信息", icon="card", on=self.edit_wanted.emit)
        bar = title_bar(
            "返回",
            self.back_wanted.emit,
            self._name,
            self._line,
            self._chips,
            None,
            self._death,
            self._edit,
            button("打印一人一档", "primary", "print", key="F9", on=self.print_wanted.emit),
        )
        self._facts = column(spacing=5, margins=(16, 12, 12, 12))
        self._rail = frame("rail", column(scroll(body(self._facts)), spacing=0))
        self._rail.setFixedWidth(304)
        history = self._make_history()
        self._right = self._make_right()
        middle = row(self._rail, 16, history, 16, self._right, spacing=0, margins=(0, 0, 16, 0))
        middle.setStretch(2, 1)
        whole = column(bar, middle, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._fact_values: dict[str, WrapLabel] = {}
        self._shows: list[QPushButton] = []

    def _make_history(self) -> QWidget:
        card = Card()
        self._pills = FilterPills(
            (
                ("", "全部", None),
                ("benefit", "待遇", None),
                ("paid", "发放", None),
                ("check", "认证", None),
                ("change", "变更", None),
            )
        )
        self._pills.chosen.connect(lambda _key: self._filter_events())
        pills = row(self._pills, label("新的在上", "hint"), margins=(16, 0, 8, 6))
        title = label("经历", "section")
        title.setContentsMargins(16, 10, 0, 4)
        self._timeline = Timeline()
        self._timeline.opened.connect(self._event_opened)
        card.inside.addWidget(title)
        card.inside.addLayout(pills)
        card.inside.addWidget(scroll(self._timeline), 1)
        return body(column(card, margins=(0, 12, 0, 12)))

    def _make_right(self) -> QWidget:
        benefits = Card("现在和过去的待遇", head=40)
        self._benefits = Table(
            (
                Column("title", "待遇", 0, bold=True),
                Column("state", "状态", 100),
                Column("amount", "月金额", 104, "right"),
                Column("span", "起止", 120),
            )
        )
        self._benefits.set_empty("没有待遇。")
        self._benefits.opened.connect(lambda item: self.record_wanted.emit(item.form, item.record))
        benefits.add(self._benefits)
        self._payments_card = Card("发放", "", [link("导出", "sheet", self.print_wanted.emit)])
        self._payments = Table(
            (
                Column("month", "所属月", 68),
                Column("title", "待遇", 0),
                Column("amount", "金额（元）", 92, "right"),
                Column("account", "账户", 84),
                Column("result", "结果", 112),
            )
        )
        self._payments.set_empty("还没有发放过。")
        self._payments_card.add(self._payments, 1)
        parts = column(benefits, self._payments_card, margins=(0, 12, 0, 12))
        parts.setStretch(1, 1)
        made = body(parts)
        made.setFixedWidth(524)
        return made

    def show_person(self, data: Person) -> None:
        """Replace everything on the page."""
        self._name.setText(data.name)
        self._line.setText(data.line)
        clear(self._chips)
        for chip in data.chips:
            self._chips.addWidget(ChipLabel(chip))
        self._death.setVisible(data.alive)
        self._show_facts(data.groups)
        self._events = data.events
        self._filter_events()
        self._benefits.show_rows(data.benefits)
        self._benefits.setFixedHeight(33 + 32 * max(1, min(len(data.benefits), 5)))
        self._payments.show_rows(data.payments)
        self._payments_card.hint.setText(data.payments_hint)

    def _show_facts(self, groups: Sequence[FactGroup]) -> None:
        clear(self._facts)
        self._fact_values, self._shows = {}, []
        for at, group in enumerate(groups):
            if at:
                self._facts.addSpacing(4)
                self._facts.addWidget(rule())
                self._facts.addSpacing(4)
            head = row(label(group.title, "section"), None)
            if group.action:
                head.addWidget(
                    button(group.action, "inline", on=partial(self.target_wanted.emit, group.target))
                )
            self._facts.addLayout(head)
            for line in group.lines:
                self._facts.addWidget(self._fact(line))
        self._facts.addStretch(1)

    def _fact(self, line: FactLine) -> QWidget:
        if not line.secret:
            return fact(line.name, line.value, tone=line.tone)
        value = WrapLabel(line.value, tone=line.tone)
        self._fact_values[line.secret] = value
        show = button(
            "显示",
            "inline",
            "eye",
            on=partial(self.reveal_wanted.emit, line.secret),
            tip="显示全号（会记入审计）",
        )
        show.setFixedHeight(22)
        self._shows.append(show)
        self._fit_shows()
        holder = row(value, show, spacing=6)
        holder.setStretch(0, 1)
        return fact(line.name, body(holder))

    def _fit_shows(self) -> None:
        """On a narrow page the number has the room of the word beside it; its eye stays."""
        for show in self._shows:
            show.setText("" if self.width() < NARROW else "显示")

    def reveal(self, secret: str, value: str) -> None:
        """Show a number in full until the page is left."""
        if secret in self._fact_values:
            self._fact_values[secret].setText(value)

    def _event_opened(self, event: Event) -> None:
        if event.record:
            self.record_wanted.emit("", event.record)

    def _filter_events(self) -> None:
        key = self._pills.key
        self._timeline.show_events([e for e in self._events if not key or e.kind == key])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._rail.setFixedWidth(276 if narrow else 304)
        self._right.setFixedWidth(392 if narrow else 524)
        self._payments.hide_columns(frozenset({"account"}) if narrow else frozenset())
        self._benefits.hide_columns(frozenset({"span"}) if narrow else frozenset())
        self._edit.setVisible(not narrow)
        self._fit_shows()


class Timeline(QWidget):
    """Events by year, newest first, with a line between their icons."""

    opened = Signal(object)
    YEAR, EVENT = 32, 48

    def __init__(self) -> None:
        super().__init__()
        self._events: tuple[Event, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_events(self, events: Sequence[Event]) -> None:
        """Replace the events, in the order given."""
        self._events = tuple(events)
        self.setAccessibleName("；".join(f"{e.year}-{e.day} {e.title} {e.line}" for e in events[:20]))
        self.setFixedHeight(max(self._height(), 60))
        self.update()

    def _height(self) -> int:
        years = len({event.year for event in self._events})
        return years * self.YEAR + len(self._events) * self.EVENT + 8

    def sizeHint(self) -> QSize:
        return QSize(300, self._height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._events:
            painter.setPen(theme.colour("ink-2"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "没有记录。")
            return
        y, year = 0, ""
        for one in self._events:
            if one.year != year:
                year = one.year
                painter.setFont(theme.font(15, bold=True))
                painter.setPen(theme.colour("ink"))
                painter.drawText(QPointF(16, y + 20), year)
                painter.setPen(QPen(theme.colour("line"), 2))
                painter.drawLine(QPointF(108, y + 6), QPointF(108, y + self.YEAR))
                y += self.YEAR
            self._paint_event(painter, one, y)
            y += self.EVENT

    def _paint_event(self, painter: QPainter, one: Event, y: int) -> None:
        right = self.width() - 16
        painter.setFont(theme.font())
        painter.setPen(theme.colour("ink-2"))
        painter.drawText(QPointF(52, y + 15), one.day)
        painter.drawPixmap(
            QPointF(100, y + 1), theme.pixmap(one.icon, one.tone, 16, self.devicePixelRatioF())
        )
        painter.setPen(QPen(theme.colour("line"), 2))
        painter.drawLine(QPointF(108, y + 21), QPointF(108, y + self.EVENT - 2))
        bold = theme.font(bold=True)
        painter.setFont(bold)
        painter.setPen(theme.colour("ink"))
        room = float(right - 132)
        if one.amount:
            width = QFontMetricsF(bold).horizontalAdvance(one.amount)
            painter.drawText(QPointF(right - width, y + 15), one.amount)
            room -= width + 12
        title = QFontMetricsF(bold).elidedText(one.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(132, y + 15), title)
        small = theme.font(theme.SMALL)
        painter.setFont(small)
        painter.setPen(theme.colour("ink-3"))
        line = QFontMetricsF(small).elidedText(one.line, Qt.TextElideMode.ElideRight, right - 132)
        painter.drawText(QRectF(132, y + 18, right - 132, 22), Qt.AlignmentFlag.AlignVCenter, line)

    def mouseDoubleClickEvent(self, event) -> None:
        y, year = 0, ""
        for one in self._events:
            if one.year != year:
                year = one.year
                y += self.YEAR
            if y <= event.position().y() < y + self.EVENT:
                self.opened.emit(one)
                return
            y += self.EVENT
