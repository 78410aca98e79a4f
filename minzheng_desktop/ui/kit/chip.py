"""A chip as a widget: state word with its own icon on a tint."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from .. import theme
from .cells import Chip
from .delegate import paint_chip


class ChipLabel(QWidget):
    """Shows one ``Chip``; empty text takes no room."""

    def __init__(self, chip: Chip | None = None, *, white: bool = False) -> None:
        super().__init__()
        self._chip = chip
        self._white = white
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
