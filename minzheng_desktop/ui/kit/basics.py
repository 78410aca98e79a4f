"""Labels, buttons and layouts in one line each, so that a page reads like its picture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from .. import theme

Item = QWidget | QLayout | int | None
"""A widget, a layout, a gap in pixels, or None for a stretch."""

Margins = tuple[int, int, int, int]


def row(*items: Item, spacing: int = 8, margins: Margins = (0, 0, 0, 0)) -> QHBoxLayout:
    """A horizontal layout of the items."""
    box = QHBoxLayout()
    _fill(box, items, spacing, margins)
    return box


def column(*items: Item, spacing: int = 8, margins: Margins = (0, 0, 0, 0)) -> QVBoxLayout:
    """A vertical layout of the items."""
    box = QVBoxLayout()
    _fill(box, items, spacing, margins)
    return box


def _fill(box: QHBoxLayout | QVBoxLayout, items: tuple[Item, ...], spacing: int, margins: Margins) -> None:
    box.setSpacing(spacing)
    box.setContentsMargins(*margins)
    for item in items:
        if item is None:
            box.addStretch(1)
        elif isinstance(item, int):
            box.addSpacing(item)
        elif isinstance(item, QLayout):
            box.addLayout(item)
        else:
            box.addWidget(item)


def label(text: str = "", role: str = "", tone: str = "") -> QLabel:
    """One line of text in a role (title, section, strong, label, hint, number, money, key) and a tone."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    if tone:
        made.setProperty("tone", tone)
    if role == "key":
        made.setFixedHeight(23)
    return made


def set_tone(widget: QWidget, tone: str, name: str = "tone") -> None:
    """Change a styling property after the first show and let the stylesheet look again."""
    if widget.property(name) == tone:
        return
    widget.setProperty(name, tone)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def icon_label(name: str, tone: str = "ink-2", size: int = 16) -> QLabel:
    """A picture of the line set."""
    made = QLabel()
    set_icon(made, name, tone, size)
    made.setFixedWidth(size)
    return made


def set_icon(made: QLabel, name: str, tone: str = "ink-2", size: int = 16) -> None:
    """Show another picture on an icon label."""
    made.setPixmap(theme.pixmap(name, tone, size, made.devicePixelRatioF()))


def button(
    text: str,
    role: str = "",
    icon: str = "",
    *,
    key: str = "",
    tone: str = "",
    on: Callable[[], object] | None = None,
    tip: str = "",
) -> QPushButton:
    """A button; ``key`` is shown after the word. The icon takes the colour of the word."""
    words = "  ".join(part for part in (text, key) if part)
    made = QPushButton(words)
    made.setAutoDefault(False)
    if role:
        made.setProperty("role", role)
    if tone:
        made.setProperty("tone", tone)
    if icon:
        made.setIcon(theme.icon(icon, _icon_tone(role, tone)))
        made.setIconSize(QSize(16, 16))
    if tip:
        made.setToolTip(tip)
        made.setAccessibleName(text or tip)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    if on is not None:
        made.clicked.connect(lambda _checked=False: on())
    return made


def _icon_tone(role: str, tone: str) -> str:
    if tone:
        return tone
    return {"primary": "surface", "danger": "error", "link": "accent", "inline": "accent"}.get(role, "ink")


def icon_button(name: str, tip: str, on: Callable[[], object] | None = None) -> QPushButton:
    """A flat square button with a picture only; the tip is its accessible name."""
    made = button("", "flat", name, on=on, tip=tip)
    made.setFixedWidth(34)
    return made


def frame(name: str, inside: QLayout | None = None, tone: str = "") -> QFrame:
    """A surface of the stylesheet by its object name: card, bar, footbar, panel, rail, notice …"""
    made = QFrame()
    made.setObjectName(name)
    made.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    if tone:
        made.setProperty("tone", tone)
    if inside is not None:
        made.setLayout(inside)
    return made


def rule(*, upright: bool = False) -> QFrame:
    """A one-pixel separator."""
    return frame("vrule" if upright else "rule")


def scroll(inside: QWidget) -> QScrollArea:
    """A vertical scroll area without a frame; its body takes the width of the viewport."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    area.setWidget(inside)
    inside.setAutoFillBackground(False)
    return area


def body(inside: QLayout, name: str = "scrollbody") -> QWidget:
    """A plain widget around a layout, transparent."""
    made = QWidget()
    made.setObjectName(name)
    made.setLayout(inside)
    return made


def clear(layout: QLayout) -> None:
    """Take every widget out of a layout and let it go."""
    while layout.count():
        item = layout.takeAt(0)
        inner: QLayout | None = item.layout()
        widget: QWidget | None = item.widget()
        if inner is not None:
            clear(inner)
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class WrapLabel(QLabel):
    """Text of several lines whose height follows its width, also inside nested layouts."""

    def __init__(self, text: str = "", role: str = "", tone: str = "") -> None:
        super().__init__(text)
        self.least = 18
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if role:
            self.setProperty("role", role)
        if tone:
            self.setProperty("tone", tone)

    def hasHeightForWidth(self) -> bool:
        """Nested layouts and grids lose it; ``_fit`` fixes the height instead."""
        return False

    def setText(self, text: str) -> None:
        super().setText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self.width() > 1:
            self.setFixedHeight(max(self.heightForWidth(self.width()), self.least))


class ElideLabel(QLabel):
    """One line that gives way: cut with … where narrow, the whole text in the tooltip."""

    def __init__(self, text: str = "", role: str = "", tone: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if role:
            self.setProperty("role", role)
        if tone:
            self.setProperty("tone", tone)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = QFontMetrics(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
