"""A chip as a widget: state word with its own icon on a tint."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from .. import theme
from .cells import Chip
from .delegate import paint_chip


class ChipLabel(QWidget):
    """Shows one ``Chip``; empty text takes no room. With ``on`` a click, Enter or the space bar opens something."""

    def __init__(self, chip: Chip | None = None, *, white: bool = False) -> None:
        super().__init__()
        self._chip = chip
        self._white = white
        self._on: Callable[[], object] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if chip is None:
            self.hide()
        else:
            self.setAccessibleName(chip.text)

    def show_chip(self, chip: Chip | None) -> None:
        """Replace the state shown."""
        self._chip = chip
        self.setVisible(chip is not None and bool(chip.text))
        self.setAccessibleName(chip.text if chip else "")
        self.updateGeometry()
        self.update()

    def follow(self, on: Callable[[], object]) -> None:
        """What the chip opens."""
        self._on = on
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._on is not None and event.button() is Qt.MouseButton.LeftButton:
            self._on()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._on is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._on()
        else:
            super().keyPressEvent(event)

    @property
    def text(self) -> str:
        """The word shown."""
        return self._chip.text if self._chip else ""

    def sizeHint(self) -> QSize:
        if self._chip is None:
            return QSize(0, 22)
        lead = 24 if self._chip.icon else 8
        return QSize(
            int(QFontMetricsF(theme.font(theme.SMALL)).horizontalAdvance(self._chip.text)) + lead + 9, 22
        )

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._chip is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_chip(
            painter, QRectF(self.rect()), self._chip, white=self._white, ratio=self.devicePixelRatioF()
        )
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
