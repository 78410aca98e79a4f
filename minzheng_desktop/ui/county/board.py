"""汇总看板: every township in one table, the last twelve months beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from .. import theme
from ..kit.basics import body, button, clear, column, frame, label, row
from ..kit.cards import Card, link
from ..kit.cells import Bar, CellValue, Chip
from ..kit.chip import ChipLabel
from ..kit.delegate import RowStyle
from ..kit.table import Column, Table
from ..page import NARROW, Hint, Page


@dataclass(frozen=True)
class TownRow:
    """One township."""

    town: str
    package: CellValue
    state: CellValue
    conflicts: CellValue
    waiting: str
    now: str
    before: str
    difference: CellValue
    bar: Bar | str
    late: bool = False
    key: str = ""


@dataclass(frozen=True)
class MonthBar:
    """One month of the chart: parts in cents, bottom first."""

    month: str
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Board:
    """Everything on the page."""

    title: str
    chips: tuple[Chip, ...]
    rows: tuple[TownRow, ...]
    foot: str
    now: str
    before: str
    before_title: str
    months: tuple[MonthBar, ...]
    series: tuple[str, ...]
    findings: tuple[tuple[str, str, int], ...] = ()
    """(words, tone, count) of open findings by rule."""


SERIES = ("accent", "accent-mid", "accent-light", "chart-grey")


class BoardPage(Page):
    """25 rows without scrolling at 768; bars around zero, amber beyond ten per cent."""

    manual = "county"

    month_chosen = Signal(str)
    town_chosen = Signal(str)
    workbook_wanted = Signal()
    findings_wanted = Signal()
    returns_wanted = Signal()
    print_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.hints = (
            Hint("Enter", "打开乡镇"),
            Hint("F5", "重新汇总"),
            Hint("Ctrl+E", "导出工作簿"),
            Hint("Ctrl+K", "查找人员"),
        )
        self.keys = {
            "Ctrl+E": self.workbook_wanted.emit,
            "F5": lambda: self.month_chosen.emit(self._month.currentData()),
        }
        self._title = label("汇总看板", "title")
        self._chips = row(spacing=8)
        self._month = QComboBox()
        self._month.setFixedWidth(136)
        self._month.activated.connect(lambda at: self.month_chosen.emit(self._month.itemData(at)))
        head = row(
            self._title,
            self._chips,
            None,
            self._month,
            button("退票", "flat", "return", on=self.returns_wanted.emit),
            button("导出工作簿", icon="sheet", on=self.workbook_wanted.emit),
        )
        card = Card()
        self.table = Table(
            (
                Column("town", "乡镇", 76, bold=True),
                Column("package", "最后一包", 112),
                Column("state", "收包", 98),
                Column("conflicts", "冲突", 48, "right"),
                Column("waiting", "待决定", 56, "right"),
                Column("now", "本月合计", 104, "right"),
                Column("before", "上月合计", 104, "right"),
                Column("difference", "比上月", 96, "right"),
                Column("bar", "变化，满格 10%", 0),
            ),
            row_height=22,
            head_height=28,
        )
        self.table.rows_model.style_of = lambda one: RowStyle(faint=one.late)
        self.table.set_empty("还没有收到数据包。")
        self.table.opened.connect(lambda one: self.town_chosen.emit(one.key))
        card.add(self.table, 1)
        self._foot, self._now, self._before = label("", "strong"), label("", "strong"), label("", "strong")
        self._before_title = label("", "hint")
        foot = row(
            self._foot,
            None,
            label("本月", "hint"),
            self._now,
            10,
            self._before_title,
            self._before,
            margins=(16, 0, 16, 0),
        )
        bar = frame("footbar", foot)
        bar.setFixedHeight(32)
        card.add(bar)
        chart_card = Card("近 12 个月发放合计", "万元")
        self._chart = MonthChart()
        chart_card.add(self._chart, 1)
        self._findings_card = Card(
            "没关闭的核查结果", "", [link("去核查", "shield", self.findings_wanted.emit)]
        )
        self._findings = FindingBars()
        self._findings_card.add(self._findings, 1)
        right = column(chart_card, self._findings_card)
        right.setStretch(0, 1)
        right.setStretch(1, 1)
        self._side = body(right)
        self._side.setFixedWidth(416)
        middle = row(card, self._side, spacing=16)
        middle.setStretch(0, 1)
        whole = column(head, middle, margins=(16, 8, 16, 8))
        whole.setStretch(1, 1)
        self.setLayout(whole)

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
        for chip in data.chips:
            self._chips.addWidget(ChipLabel(chip))
        self.table.show_rows(data.rows)
        self._foot.setText(data.foot)
        self._now.setText(data.now)
        self._before.setText(data.before)
        self._before_title.setText(data.before_title)
        self._chart.show_months(data.months, data.series)
        self._findings.show_findings(data.findings)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._side.setVisible(not narrow)
        self.table.hide_columns(frozenset({"conflicts"}) if narrow else frozenset())


class MonthChart(QWidget):
    """Stacked columns, dark to light, readable in grey print; the table beside it says the same in figures."""

    def __init__(self) -> None:
        super().__init__()
        self._months: Sequence[MonthBar] = ()
        self._series: Sequence[str] = ()
        self.setMinimumHeight(180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_months(self, months: Sequence[MonthBar], series: Sequence[str]) -> None:
        """Replace the columns."""
        self._months, self._series = months, series
        self.setAccessibleName("；".join(f"{m.month} {sum(m.parts) / 1_000_000:.1f} 万元" for m in months))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = theme.font(theme.SMALL)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        x = 46.0
        rooms = _shared_room(
            [metrics.horizontalAdvance(name) for name in self._series],
            self.width() - 56 - 27 * len(self._series),
        )
        for at, (name, room) in enumerate(zip(self._series, rooms, strict=True)):
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room + 1)
            painter.fillRect(QRectF(x, 4, 10, 10), theme.colour(SERIES[at]))
            painter.setPen(theme.colour("ink-2"))
            painter.drawText(QPointF(x + 15, 14), words)
            x += metrics.horizontalAdvance(words) + 27
        plot = QRectF(46, 30, self.width() - 62, self.height() - 60)
        top = _nice(max((sum(m.parts) for m in self._months), default=0) / 1_000_000)
        for step in range(4):
            y = plot.bottom() - plot.height() * step / 3
            painter.setPen(QPen(theme.colour("line-soft" if step else "field-line"), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(theme.colour("ink-2"))
            words = f"{top * step / 3:g}"
            painter.drawText(QPointF(plot.left() - 6 - metrics.horizontalAdvance(words), y + 5), words)
        if not self._months:
            return
        slot = plot.width() / len(self._months)
        for at, month in enumerate(self._months):
            y = plot.bottom()
            left = plot.left() + slot * at + slot * 0.19
            for part, cents in enumerate(month.parts):
                height = plot.height() * (cents / 1_000_000) / top
                painter.fillRect(
                    QRectF(left, y - height, slot * 0.62, max(height - 1, 0)), theme.colour(SERIES[part])
                )
                y -= height
            painter.setPen(theme.colour("ink-2"))
            words = month.month
            box = QRectF(plot.left() + slot * at, plot.bottom() + 4, slot, 20)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, words)


def _shared_room(wanted: Sequence[float], room: float) -> list[float]:
    """Widths for words side by side: short ones whole, the long ones share what is left."""
    given = [0.0] * len(wanted)
    for left, at in enumerate(sorted(range(len(wanted)), key=lambda at: wanted[at])):
        given[at] = min(wanted[at], max(room, 0) / (len(wanted) - left))
        room -= given[at]
    return given


def _nice(value: float) -> float:
    """The next round number above, so that the axis has three equal steps."""
    if value <= 0:
        return 3.0
    step = 1.0
    while True:
        for factor in (1, 2, 3, 5):
            if value <= step * factor * 3:
                return step * factor * 3
        step *= 10


SHOWN_RULES = 8
"""Lines of findings that the card has room for; the last one sums up the rest."""


class FindingBars(QWidget):
    """Open findings by rule: words, a bar, the count."""

    def __init__(self) -> None:
        super().__init__()
        self._findings: Sequence[tuple[str, str, int]] = ()
        self.setMinimumHeight(120)

    def show_findings(self, findings: Sequence[tuple[str, str, int]]) -> None:
        """Replace the bars."""
        more = findings[SHOWN_RULES - 1 :]
        self._findings = findings if len(findings) <= SHOWN_RULES else (
            *findings[: SHOWN_RULES - 1], (f"另有 {len(more)} 类", "warn", sum(count for _w, _t, count in more)),
        )  # fmt: skip
        self.setAccessibleName("；".join(f"{words} {count}" for words, _tone, count in findings))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most = max((count for _w, _t, count in self._findings), default=1)
        metrics = QFontMetricsF(theme.font(theme.SMALL))
        widest = max((metrics.horizontalAdvance(words) for words, _t, _c in self._findings), default=0)
        room = min(widest + 12, self.width() * 0.5)
        for at, (words, tone, count) in enumerate(self._findings):
            y = 6 + at * 32
            icon = "error" if tone == "error" else "warn"
            painter.drawPixmap(QPointF(16, y), theme.pixmap(icon, tone, 16, self.devicePixelRatioF()))
            painter.setFont(theme.font(theme.SMALL))
            painter.setPen(theme.colour("ink"))
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room - 8)
            painter.drawText(QRectF(38, y - 2, room, 20), Qt.AlignmentFlag.AlignVCenter, shown)
            width = max((self.width() - room - 92) * count / most, 3)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(tone))
            painter.drawRoundedRect(QRectF(38 + room, y + 3, width, 10), 2, 2)
            painter.setFont(theme.font(bold=True))
            painter.setPen(theme.colour("ink"))
            painter.drawText(QPointF(46 + room + width, y + 13), str(count))
