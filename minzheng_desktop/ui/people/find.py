"""Ctrl+K: find any person from anywhere by 姓名, 拼音首字母, 证号前后几位 or 电话."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from .. import theme
from ..kit.basics import ElideLabel, button, clear, column, label, row, rule
from ..kit.cells import Chip
from ..kit.delegate import paint_chip
from ..kit.dialog import Overlay


@dataclass(frozen=True)
class Hit:
    """One person found."""

    id: str
    name: str
    pinyin: str
    line: str
    masked_number: str
    chips: tuple[Chip, ...] = ()


class _Hits(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.hits: Sequence[Hit] = ()

    def show_hits(self, hits: Sequence[Hit]) -> None:
        self.beginResetModel()
        self.hits = hits
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.hits)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        hit = self.hits[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return hit
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{hit.name} {hit.line} {hit.masked_number}"
        return None


class _HitDelegate(QStyledItemDelegate):
    """Two lines: name and pinyin; 男 · 1965 · 白果村 and the masked number; chips at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, 48)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        hit: Hit = index.data(Qt.ItemDataRole.UserRole)
        look: Any = option  # the stubs of QStyleOption name no fields
        box = QRectF(look.rect)
        selected = bool(look.state & QStyle.StateFlag.State_Selected)
        ratio = look.widget.devicePixelRatioF() if look.widget is not None else 1.0
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(box, theme.colour("selected" if selected else "surface"))
        if selected:
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), theme.colour("accent"))
        tone = "accent" if selected else "ink-2"
        painter.drawPixmap(
            QRectF(box.left() + 17, box.top() + 15, 18, 18).topLeft(), theme.pixmap("person", tone, 18, ratio)
        )
        bold = theme.font(bold=True)
        painter.setFont(bold)
        painter.setPen(theme.colour("ink"))
        left = box.left() + 48
        painter.drawText(QRectF(left, box.top() + 4, 280, 20), Qt.AlignmentFlag.AlignVCenter, hit.name)
        name_width = QFontMetricsF(bold).horizontalAdvance(hit.name)
        painter.setFont(theme.font())
        painter.setPen(theme.colour("accent"))
        painter.drawText(
            QRectF(left + name_width + 8, box.top() + 4, 200, 20), Qt.AlignmentFlag.AlignVCenter, hit.pinyin
        )
        painter.setFont(theme.font(theme.SMALL))
        painter.setPen(theme.colour("ink-2"))
        painter.drawText(QRectF(left, box.top() + 24, 170, 20), Qt.AlignmentFlag.AlignVCenter, hit.line)
        painter.drawText(
            QRectF(left + 170, box.top() + 24, 160, 20), Qt.AlignmentFlag.AlignVCenter, hit.masked_number
        )
        right = box.right() - 16
        for chip in reversed(hit.chips[:2]):
            width = QFontMetricsF(theme.font(theme.SMALL)).horizontalAdvance(chip.text) + 33
            paint_chip(
                painter,
                QRectF(right - width, box.top(), width, box.height()),
                chip,
                white=selected,
                ratio=ratio,
            )
            right -= width + 6
        painter.restore()


class FindPanel(QFrame):
    """640 wide over the dimmed page: field, results, commands, keys."""

    asked = Signal(str)
    opened = Signal(object)
    put_into_household = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dialog")
        self.field = QLineEdit()
        self.field.setProperty("role", "find")
        self.field.setPlaceholderText("姓名、拼音首字母、证号前后几位、电话")
        self.field.addAction(theme.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.field.installEventFilter(self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(30)
        self._pause.timeout.connect(lambda: self.asked.emit(self.field.text().strip()))
        self.field.textEdited.connect(lambda _text: self._pause.start())
        self._found = ElideLabel("", "hint")
        note = label("证号只显示前六后四；显示全号会记入审计", "hint")
        self._model = _Hits()
        self.list = QListView()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_HitDelegate(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFixedHeight(48 * 5 + 2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(lambda _index: self._open())
        self._commands = row(label("命令", "hint"), spacing=8, margins=(16, 4, 16, 4))
        keys = row(spacing=6, margins=(16, 6, 16, 8))
        for key, word in (
            ("↑↓", "选"),
            ("Enter", "打开一人一档"),
            ("Ctrl+Enter", "放进当前户"),
            ("Esc", "关闭"),
        ):
            keys.addWidget(label(key, "key"))
            keys.addWidget(label(word, "hint"))
            keys.addSpacing(6)
        keys.addStretch(1)
        head = row(self._found, note, margins=(16, 0, 16, 0))
        head.setStretch(0, 1)
        self.setLayout(
            column(
                row(self.field, margins=(16, 16, 16, 0)), head, self.list, rule(), self._commands, rule(), keys,
                spacing=6, margins=(1, 0, 1, 0),
            )
        )  # fmt: skip
        self._layer: Overlay | None = None
        self.keys = {"Ctrl+Return": self._put}

    def _put(self) -> None:
        if self.current is not None:
            self.put_into_household.emit(self.current)

    def open_over(self, parent: QWidget) -> Overlay:
        """Dim the page and take the focus."""
        self._layer = Overlay(parent, self, width=640, top=80)
        self.field.setFocus()
        return self._layer

    def close_layer(self) -> None:
        """Give the page back."""
        if self._layer is not None:
            self._layer.close_layer()

    def show_hits(self, hits: Sequence[Hit], found: str) -> None:
        """Who was found; the first is marked."""
        self._model.show_hits(hits)
        self._found.setText(found)
        if hits:
            self.list.setCurrentIndex(self._model.index(0, 0))

    def show_commands(self, commands: Sequence[tuple[str, str, str]], on: Callable[[str], object]) -> None:
        """(key, words, icon) each."""
        clear(self._commands)
        self._commands.addWidget(label("命令", "hint"))
        for key, words, icon in commands:
            self._commands.addWidget(button(words, "link", icon, on=partial(on, key)))
        self._commands.addStretch(1)

    @property
    def current(self) -> Hit | None:
        """The person marked."""
        at = self.list.currentIndex().row()
        return self._model.hits[at] if 0 <= at < len(self._model.hits) else None

    def eventFilter(self, watched: object, event: object) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() is not QKeyEvent.Type.KeyPress:
            return False
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._model.hits:
            step = 1 if key == Qt.Key.Key_Down else -1
            at = (self.list.currentIndex().row() + step) % len(self._model.hits)
            self.list.setCurrentIndex(self._model.index(at, 0))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._pause.isActive():
                self._pause.stop()
                self.asked.emit(self.field.text().strip())
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                if self.current is not None:
                    self.put_into_household.emit(self.current)
            else:
                self._open()
            return True
        if key == Qt.Key.Key_Escape:
            self.close_layer()
            return True
        return False

    def _open(self) -> None:
        if self.current is not None:
            self.opened.emit(self.current)
