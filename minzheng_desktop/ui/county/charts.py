"""Charts that we paint ourselves (the Qt that we ship has none): stacked months, bars by name, each with its table.

Colours come from the token file; every chart tells its figures to a screen reader, shows them as a table, and opens
what a figure counts by a click.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QToolTip, QWidget

from .. import theme
from ..kit.basics import Item, body, column, scroll
from ..kit.cards import Card, FilterPills, link
from ..kit.cells import Cell
from ..kit.table import Column, Table

SERIES = ("accent", "accent-mid", "accent-light", "chart-grey")
WAN = 1_000_000
"""Cents in 万元."""


@dataclass(frozen=True)
class MonthBar:
    """One month of the chart: parts in cents, bottom first. ``key`` is the month as 'YYYY-MM'."""

    month: str
    parts: tuple[int, ...]
    key: str = ""


@dataclass(frozen=True)
class NamedBar:
    """One bar: its name, its value and the words of it; ``tone`` warn or error only for what is wrong."""

    key: str
    name: str
    value: int
    words: str
    tone: str = "accent"
    icon: str = ""


class Chart(QWidget):
    """A painted chart whose parts can be clicked; ``followed`` tells the key of the part."""

    followed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._spots: list[tuple[QRectF, str, str]] = []
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def spot_at(self, place: QPointF) -> tuple[str, str] | None:
        """(key, words) of the part under a point."""
        return next(((key, words) for box, key, words in self._spots if box.contains(place)), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self.spot_at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if found else Qt.CursorShape.ArrowCursor)
        QToolTip.showText(event.globalPosition().toPoint(), found[1] if found else "", self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        found = self.spot_at(event.position())
        if found is not None and event.button() is Qt.MouseButton.LeftButton:
            self.followed.emit(found[0])


class MonthChart(Chart):
    """Stacked columns, dark to light, readable in grey print. Keys are 'YYYY-MM/part'."""

    def __init__(self) -> None:
        super().__init__()
        self._months: Sequence[MonthBar] = ()
        self._series: Sequence[str] = ()
        self.setMinimumHeight(150)

    def show_months(self, months: Sequence[MonthBar], series: Sequence[str]) -> None:
        """Replace the columns."""
        self._months, self._series = months, series
        self.setAccessibleName("；".join(f"{m.month} {sum(m.parts) / WAN:.1f} 万元" for m in months))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = theme.font(theme.SMALL)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        self._paint_legend(painter, metrics)
        self._spots = []
        plot = QRectF(46, 30, self.width() - 62, self.height() - 60)
        top = _nice(max((sum(m.parts) for m in self._months), default=0) / WAN)
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
                height = plot.height() * (cents / WAN) / top
                box = QRectF(left, y - height, slot * 0.62, max(height - 1, 0))
                painter.fillRect(box, theme.colour(SERIES[part]))
                if cents:
                    name = self._series[part]
                    told = f"{month.key or month.month} {name} {cents / 100:,.2f} 元"
                    self._spots.append((box, f"{month.key}/{name}", told))
                y -= height
            painter.setPen(theme.colour("ink-2"))
            under = QRectF(plot.left() + slot * at, plot.bottom() + 4, slot, 20)
            painter.drawText(under, Qt.AlignmentFlag.AlignHCenter, month.month)

    def _paint_legend(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        x = 46.0
        rooms = shared_room(
            [metrics.horizontalAdvance(name) for name in self._series],
            self.width() - 56 - 27 * len(self._series),
        )
        for at, (name, room) in enumerate(zip(self._series, rooms, strict=True)):
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room + 1)
            painter.fillRect(QRectF(x, 4, 10, 10), theme.colour(SERIES[at]))
            painter.setPen(theme.colour("ink-2"))
            painter.drawText(QPointF(x + 15, 14), words)
            x += metrics.horizontalAdvance(words) + 27


def shared_room(wanted: Sequence[float], room: float) -> list[float]:
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


class NamedBars(Chart):
    """Bars one under the other: name, bar, words; as many as there are, in a scrolling body if need be."""

    def __init__(self, *, line: int = 32, empty: str = "") -> None:
        super().__init__()
        self._line, self._empty = line, empty
        self._bars: Sequence[NamedBar] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def sizeHint(self) -> QSize:
        return QSize(300, 12 + self._line * len(self._bars))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def show_bars(self, bars: Sequence[NamedBar]) -> None:
        """Replace the bars."""
        self._bars = bars
        self.setAccessibleName("；".join(f"{bar.name} {bar.words}" for bar in bars))
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._spots = []
        small, bold = theme.font(theme.SMALL), theme.font(theme.SMALL, bold=True)
        if not self._bars:
            painter.setFont(small)
            painter.setPen(theme.colour("ink-3"))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self._empty)
            return
        metrics, thick = QFontMetricsF(small), QFontMetricsF(bold)
        most = max((bar.value for bar in self._bars), default=0) or 1
        lead = 38 if any(bar.icon for bar in self._bars) else 16
        widest = max((metrics.horizontalAdvance(bar.name) for bar in self._bars), default=0)
        room = min(widest + 12, self.width() * 0.46)
        words_room = max((thick.horizontalAdvance(bar.words) for bar in self._bars), default=0)
        full = max(self.width() - lead - room - words_room - 26, 20)
        for at, bar in enumerate(self._bars):
            y = 4 + at * self._line
            box = QRectF(lead, y, room, self._line - 4)
            if bar.icon:
                top = y + (self._line - 4) / 2 - 8
                painter.drawPixmap(
                    QPointF(16, top), theme.pixmap(bar.icon, bar.tone, 16, self.devicePixelRatioF())
                )
            painter.setFont(small)
            painter.setPen(theme.colour("ink"))
            shown = metrics.elidedText(bar.name, Qt.TextElideMode.ElideRight, room - 8)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
            width = max(full * bar.value / most, 3) if bar.value else 0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(bar.tone))
            painter.drawRoundedRect(QRectF(lead + room, box.center().y() - 5, width, 10), 2, 2)
            painter.setFont(bold)
            painter.setPen(theme.colour("ink"))
            words = QRectF(lead + room + width + 8, y, words_room + 4, self._line - 4)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, bar.words)
            self._spots.append((QRectF(0, y, self.width(), self._line), bar.key, f"{bar.name} {bar.words}"))


@dataclass(frozen=True)
class FigureTable:
    """A chart's figures as a table: heads, and rows of (words, key that opens it or '')."""

    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True)
class FigureRow:
    """One row of a chart's table; ``keys`` opens the figure of a column."""

    cells: dict[str, Cell]
    keys: dict[str, str] = field(default_factory=dict)

    def get(self, key: str) -> Cell | str:
        """The cell of a column, for the table."""
        return self.cells.get(key, "")


class ChartCard(Card):
    """A card of one or several charts, with “看表” beside; ``followed`` tells (chart, key of the figure)."""

    followed = Signal(str, str)

    def __init__(
        self, title: str, hint: str, charts: Sequence[tuple[str, str, Chart]], *extra: QWidget
    ) -> None:
        """``charts``: (key, words of its pill, widget)."""
        self._switch = link("看表", "sheet", self.toggle)
        super().__init__(title, hint, [*extra, self._switch])
        self._keys = [key for key, _words, _chart in charts]
        self._pages = QStackedWidget()
        self._tables: dict[str, FigureTable] = {}
        self._pills = FilterPills()
        if len(charts) > 1:
            self._pills.show_pills([(key, words, None) for key, words, _chart in charts])
            self._pills.chosen.connect(lambda _key: self._show())
            self.add(body(column(self._pills, margins=(16, 0, 16, 4))))
        self._pills.key = self._keys[0]
        for key, _words, chart in charts:
            chart.followed.connect(lambda part, name=key: self.followed.emit(name, part))
            self._pages.addWidget(scroll(chart) if isinstance(chart, NamedBars) else chart)
        self._holder = QWidget()
        self._holder.setLayout(column(spacing=0))
        self._table: Table | None = None
        self._pages.addWidget(self._holder)
        self.add(self._pages, 1)

    def show_tables(self, tables: dict[str, FigureTable]) -> None:
        """The figures of each chart."""
        self._tables = tables
        self._show()

    @property
    def as_table(self) -> bool:
        """Whether the table is in sight."""
        return self._pages.currentWidget() is self._holder

    @property
    def table(self) -> Table | None:
        """The table of the chart that is chosen, where it is in sight."""
        return self._table if self.as_table else None

    def choose(self, key: str) -> None:
        """Another chart of the card."""
        self._pills.choose(key)

    def toggle(self) -> None:
        """Chart or table."""
        self._switch.setText("看表" if self.as_table else "看图")
        self._show(not self.as_table)

    def _show(self, as_table: bool | None = None) -> None:
        wanted = self.as_table if as_table is None else as_table
        key = self._pills.key
        if not wanted:
            self._pages.setCurrentIndex(self._keys.index(key))
            return
        if self._table is not None:
            self._table.deleteLater()
        self._table = made = self._made(key, self._tables.get(key, FigureTable((), ())))
        layout = self._holder.layout()
        assert layout is not None
        layout.addWidget(made)
        self._pages.setCurrentWidget(self._holder)

    def _made(self, chart: str, data: FigureTable) -> Table:
        wide = len(data.heads) > 2  # months: the first column is a month and as narrow as that
        columns = [
            Column(
                f"c{at}", head, 52 if wide and not at else 0, "right" if at else "left", bold=not at, least=50
            )
            for at, head in enumerate(data.heads)
        ]
        table = Table(columns, row_height=22, head_height=28, frames_focus=True)
        table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
        table.show_rows(
            [
                FigureRow(
                    {f"c{at}": Cell(words, follows=bool(key)) for at, (words, key) in enumerate(line)},
                    {f"c{at}": key for at, (_words, key) in enumerate(line) if key},
                )
                for line in data.rows
            ]
        )

        def follow(item: FigureRow, name: str) -> None:
            if item.keys.get(name):
                self.followed.emit(chart, item.keys[name])

        table.link_followed.connect(follow)
        table.opened.connect(lambda item: follow(item, f"c{table.currentIndex().column()}"))
        return table


__all__ = [
    "SERIES", "WAN", "ChartCard", "FigureTable", "Item", "MonthBar", "MonthChart", "NamedBar", "NamedBars",
]  # fmt: skip
