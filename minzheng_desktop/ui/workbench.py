"""工作台: what is due, the month's payments, the traffic with the county, the backup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from . import theme
from .kit.basics import ElideLabel, body, button, clear, column, icon_label, label, row, scroll
from .kit.cards import Card, Due, DueCard, link
from .kit.cells import Chip, Dots, Link, Mark
from .kit.delegate import RowStyle
from .kit.table import Column, Table
from .page import NARROW, Hint, Page


@dataclass(frozen=True)
class Urgent:
    """One line of 最急的事; ``target`` says what the link opens."""

    due: Chip
    name: str
    sex: str
    birth_year: str
    village: str
    business: str
    todo: str
    link: Link
    target: str
    kind: str = ""
    """The due card that counts this line."""


@dataclass(frozen=True)
class MonthLine:
    """One benefit of this month; ``form`` opens it under 发放与打印."""

    business: str
    dots: Dots | str
    stage: Mark | str
    amount: str
    form: str = ""
    total: bool = False


@dataclass(frozen=True)
class TrafficStep:
    """One of the four steps of a package."""

    title: str
    at: str
    place: str


@dataclass(frozen=True)
class Workbench:
    """Everything on the page."""

    day: str
    count: str
    dues: tuple[Due, ...]
    urgent: tuple[Urgent, ...]
    urgent_hint: str
    month_title: str
    months: tuple[MonthLine, ...]
    traffic: tuple[TrafficStep, ...]
    traffic_line: str
    receipt_waiting: bool
    backup: tuple[tuple[str, str], ...]
    """(tone, sentence) each."""


_URGENT = (
    Column("due", "期限", 98),
    Column("name", "姓名", 146, bold=True),
    Column("sex", "性别", 46),
    Column("birth_year", "出生年", 60),
    Column("village", "村", 80),
    Column("business", "业务", 100),
    Column("todo", "要做的事", 0),
    Column("link", "", 82),
)
_MONTHS = (
    Column("business", "业务", 140),
    Column("dots", "进度", 60),
    Column("stage", "到哪一步", 0),
    Column("amount", "金额（元）", 100, align="right"),
)


class WorkbenchPage(Page):
    """Left what is due, right 464 the month, the county and the backup."""

    manual = "desk"

    due_chosen = Signal(str)
    urgent_chosen = Signal(object)
    month_chosen = Signal(str)
    receipt_wanted = Signal()
    backup_wanted = Signal()
    print_wanted = Signal()
    findings_wanted = Signal()
    reviews_wanted = Signal()
    discover_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.hints = (
            Hint("F5", "刷新"),
            Hint("F9", "打印"),
            Hint("Ctrl+K", "查找人员"),
            Hint("Alt+1…9", "切换页签"),
        )
        self._lines: Sequence[Urgent] = ()
        self._hint, self._due = "", ""
        self._day = label("", "title")
        self._count = label("", "hint")
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        self._cards: list[DueCard] = []
        self._urgent_card = Card(
            "最急的事",
            "",
            [
                link("主动发现", "person", self.discover_wanted.emit),
                link("死亡与复核", "flag", self.reviews_wanted.emit),
                link("核查", "shield", self.findings_wanted.emit),
                link("全部待办", on=lambda: self.due_chosen.emit("")),
            ],
        )
        self._urgent = Table(_URGENT)
        self._urgent.set_empty("今天没有到期的事。")
        self._urgent.opened.connect(self.urgent_chosen)
        self._urgent.link_followed.connect(lambda item, _key: self.urgent_chosen.emit(item))
        self._urgent_card.add(self._urgent, 1)
        head = row(
            self._day,
            self._count,
            None,
            button("打印待办清单", "flat", "print", key="F9", on=self.print_wanted.emit),
        )
        left = column(head, self._grid, 0, self._urgent_card, spacing=8)
        left.setStretch(3, 1)
        self._right = scroll(body(self._side()))
        self._right.setFixedWidth(464)
        self.setLayout(row(left, self._right, spacing=16, margins=(16, 8, 16, 12)))
        self.layout().setStretch(0, 1)  # type: ignore[union-attr]

    def _side(self) -> QVBoxLayout:
        self._month_card = Card("本月", "计划 → 锁定 → 打印 → 银行文件 → 回盘", head=38)
        self._months = Table(_MONTHS, row_height=28)
        self._months.set_empty("本月还没有计划任何一批发放。")
        self._months.rows_model.style_of = lambda line: RowStyle(bold=line.total)
        self._months.opened.connect(lambda line: self.month_chosen.emit(line.form))
        self._month_card.add(self._months, 1)
        self._steps = _TrafficLine()
        self._package = ElideLabel("", "hint")
        self._read = button("读回执", icon="in", on=self.receipt_wanted.emit)
        self._county = Card("与县局往来", head=40)
        line = row(self._package, self._read, margins=(16, 4, 16, 10))
        line.setStretch(0, 1)
        self._county.add(self._steps)
        self._county.inside.addLayout(line)
        self._backup = Card("备份", head=40)
        self._backup_lines = column(spacing=6)
        backup_button = button("备份到U盘", icon="usb", on=self.backup_wanted.emit)
        backup = row(margins=(16, 0, 16, 10))
        backup.addLayout(self._backup_lines, 1)
        backup.addWidget(backup_button, 0, Qt.AlignmentFlag.AlignBottom)
        self._backup.inside.addLayout(backup)
        title = label("本月发放与往来", "title")
        title.setFixedHeight(32)
        side = column(title, self._month_card, self._county, self._backup, spacing=8)
        self._month_card.setMinimumHeight(230)
        side.setStretch(1, 1)
        return side

    def choose_due(self, key: str) -> None:
        """Show what one card counts, '' for everything."""
        self._due = key
        shown = [line for line in self._lines if not key or line.kind == key]
        self._urgent.show_rows(shown)
        title = next((card.due.title for card in self._cards if card.due.key == key), "")
        self._urgent_card.title.setText(title or "最急的事")
        self._urgent_card.hint.setText(f"{len(shown)} 件" if key else self._hint)

    @property
    def shown(self) -> tuple[Urgent, ...]:
        """The lines as filtered."""
        return tuple(line for line in self._lines if not self._due or line.kind == self._due)

    def show_workbench(self, data: Workbench) -> None:
        """Replace everything on the page."""
        self._day.setText(data.day)
        self._count.setText(data.count)
        self._show_dues(data.dues)
        self._lines, self._hint = data.urgent, data.urgent_hint
        self.choose_due(self._due)
        self._month_card.title.setText(data.month_title)
        self._months.show_rows(data.months)
        self._steps.show_steps(data.traffic)
        self._package.setText(data.traffic_line)
        self._read.setVisible(data.receipt_waiting)
        self._show_backup(data.backup)

    def _show_dues(self, dues: Sequence[Due]) -> None:
        if len(dues) != len(self._cards):
            for card in self._cards:
                card.deleteLater()
            self._cards = [DueCard(due) for due in dues]
            for card in self._cards:
                card.clicked.connect(lambda _on=False, made=card: self.due_chosen.emit(made.due.key))
            self._place_cards()
        for card, due in zip(self._cards, dues, strict=True):
            card.show_due(due)

    def _place_cards(self) -> None:
        """Four in a row; five where that saves a third row and titles still fit."""
        narrow = self.width() < NARROW
        across = 5 if 8 < len(self._cards) <= 10 and not narrow else 4
        for at, card in enumerate(self._cards):
            self._grid.addWidget(card, at // across, at % across)
            card.spare_arrow(narrow or across > 4)

    def _show_backup(self, lines: Sequence[tuple[str, str]]) -> None:
        clear(self._backup_lines)
        for tone, sentence in lines:
            words = ElideLabel(sentence, tone=tone if tone != "ok" else "")
            self._backup_lines.addLayout(
                row(icon_label("ok" if tone == "ok" else "warn", tone, 16), words, None, spacing=10)
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._right.setFixedWidth(384 if narrow else 464)
        self._urgent.hide_columns(frozenset({"sex", "birth_year", "village"}) if narrow else frozenset())
        self._place_cards()
        self._months.set_widths({"business": 0 if narrow else 140, "amount": 92 if narrow else 100})
        self._months.hide_columns(frozenset({"dots"}) if narrow else frozenset())


class _TrafficLine(QWidget):
    """Four steps of the last package, the line between them green as far as it came."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: tuple[TrafficStep, ...] = ()
        self.setFixedHeight(58)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_steps(self, steps: Sequence[TrafficStep]) -> None:
        self._steps = tuple(steps)
        self.setAccessibleName("，".join(f"{s.title} {s.at}" for s in steps))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 58)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        gap = (self.width() - 32) / max(len(self._steps), 1)
        icons = {"done": ("ok", "ok"), "now": ("warn", "warn"), "later": ("dot", "ink-3")}
        for at, step in enumerate(self._steps):
            x = 16 + at * gap
            name, tone = icons[step.place]
            painter.drawPixmap(QPointF(x, 2), theme.pixmap(name, tone, 16, self.devicePixelRatioF()))
            if at + 1 < len(self._steps):
                painter.setPen(QPen(theme.colour("ok" if step.place == "done" else "line"), 2))
                painter.drawLine(QPointF(x + 20, 10), QPointF(x + gap - 4, 10))
            painter.setPen(theme.colour("ink"))
            painter.setFont(theme.font(theme.SMALL, bold=step.place == "now"))
            painter.drawText(QPointF(x, 34), step.title)
            painter.setPen(theme.colour("ink-3"))
            painter.setFont(theme.font(theme.SMALL))
            painter.drawText(QPointF(x, 51), step.at)
