"""One delegate paints every cell of every table: text, number, chip, mask, link, mark, bar, dots, check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from .. import theme
from .cells import DASH, Bar, Cell, Check, Chip, Dots, Link, Mark, Mask, Typed, text_of

VALUE_ROLE = Qt.ItemDataRole.UserRole
STYLE_ROLE = Qt.ItemDataRole.UserRole + 1

GAP = 8


@dataclass(frozen=True)
class RowStyle:
    """How a whole row looks: ``tint`` a ground token, ``bold`` for totals, ``faint`` for rows out."""

    tint: str = ""
    bold: bool = False
    faint: bool = False


PLAIN = RowStyle()


@dataclass(frozen=True)
class _Place:
    """One cell to paint."""

    box: QRectF
    right: bool
    bold: bool
    tone: str
    tinted: bool
    ratio: float


class TableDelegate(QStyledItemDelegate):
    """Paints ground, row rule, selection bar and focus frame, then the cell by the type of its value."""

    def __init__(self, view: Any) -> None:
        super().__init__(view)
        self._view = view

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        view = self._view
        style: RowStyle = index.data(STYLE_ROLE) or PLAIN
        look: Any = option  # the stubs of QStyleOption name no fields
        box = QRectF(look.rect)
        selected = bool(look.state & QStyle.StateFlag.State_Selected)
        hovered = view.hovered_row == index.row()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = "selected" if selected else style.tint or ("hover" if hovered else "surface")
        painter.fillRect(box, theme.colour(ground))
        painter.setPen(QPen(theme.colour("line-soft"), 1))
        painter.drawLine(QPointF(box.left(), box.bottom() - 0.5), QPointF(box.right(), box.bottom() - 0.5))
        value = index.data(VALUE_ROLE)
        if isinstance(value, Typed) and value.state and not selected:
            painter.fillRect(box.adjusted(0, 0, 0, -1), theme.colour(_GROUNDS[value.state]))
        if view.ruled:
            painter.drawLine(QPointF(box.right() - 0.5, box.top()), QPointF(box.right() - 0.5, box.bottom()))
        first = index.column() == view.first_column
        if selected and first and view.marks_selection:
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), theme.colour("accent"))
        if (
            view.frames_focus
            and index.row() == view.currentIndex().row()
            and index.column() == view.currentIndex().column()
        ):
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRect(box.adjusted(1, 1, -1, -2))
        spec = view.columns[index.column()]
        pad_left = view.pad if first else GAP
        pad_right = view.pad if index.column() == view.last_column else GAP
        place = _Place(
            box=box.adjusted(pad_left, 0, -pad_right, -1),
            right=spec.align == "right",
            bold=spec.bold or style.bold,
            tone=spec.tone if not style.faint else "ink-3",
            tinted=bool(style.tint) or selected,
            ratio=view.devicePixelRatioF(),
        )
        _PAINTERS.get(type(value), _paint_text)(painter, place, value)
        painter.restore()


def _words(
    painter: QPainter, place: _Place, text: str, *, tone: str, bold: bool, left: float = 0, size: int = 14
) -> None:
    font = theme.font(size, bold=bold)
    painter.setFont(font)
    painter.setPen(theme.colour(tone))
    box = place.box.adjusted(left, 0, 0, 0)
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    side = Qt.AlignmentFlag.AlignRight if place.right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)


def _paint_text(painter: QPainter, place: _Place, value: object) -> None:
    text = text_of(value) if value is not None else ""  # type: ignore[arg-type]
    tone = "ink-3" if text in (DASH, "0.00") else place.tone
    _words(painter, place, text, tone=tone, bold=place.bold)


def _paint_cell(painter: QPainter, place: _Place, value: Cell) -> None:
    _words(painter, place, value.text, tone=value.tone or place.tone, bold=value.bold or place.bold)


_GROUNDS = {"error": "error-bg", "warn": "warn-bg", "derived": "sunken"}


def _paint_typed(painter: QPainter, place: _Place, value: Typed) -> None:
    """The words in their tone; where nothing stands, the sign of what is wrong."""
    tone = {"error": "error", "warn": "warn", "derived": "ink-2"}.get(value.state, place.tone)
    _words(painter, place, value.text, tone=tone, bold=place.bold)
    if value.state in ("error", "warn") and not value.text:
        _icon(painter, place, value.state, value.state, 14, 0)


def _paint_mask(painter: QPainter, place: _Place, value: Mask) -> None:
    _words(painter, place, value.text or DASH, tone="ink-2" if value.text else "ink-3", bold=False)


def _icon(painter: QPainter, place: _Place, name: str, tone: str, size: int, left: float) -> None:
    top = place.box.center().y() - size / 2
    painter.drawPixmap(QPointF(place.box.left() + left, top), theme.pixmap(name, tone, size, place.ratio))


def _paint_mark(painter: QPainter, place: _Place, value: Mark) -> None:
    if place.right:
        place = _shifted(place, value.text, 22)
    _icon(painter, place, value.icon, value.tone, 16, 0)
    _words(painter, place, value.text, tone=value.tone, bold=place.bold, left=22)


def _paint_link(painter: QPainter, place: _Place, value: Link) -> None:
    left = 0
    if value.icon:
        _icon(painter, place, value.icon, "accent", 16, 0)
        left = 22
    _words(painter, place, value.text, tone="accent", bold=False, left=left)


def _shifted(place: _Place, text: str, extra: float) -> _Place:
    width = QFontMetricsF(theme.font(bold=place.bold)).horizontalAdvance(text) + extra + 1
    box = QRectF(max(place.box.left(), place.box.right() - width), place.box.top(), width, place.box.height())
    return _Place(box, False, place.bold, place.tone, place.tinted, place.ratio)


def paint_chip(painter: QPainter, box: QRectF, chip: Chip, *, white: bool, ratio: float) -> float:
    """Paint a chip 22 high, vertically centred at the left of ``box``; returns its width."""
    font = theme.font(theme.SMALL)
    tone = "ink-2" if chip.tone == "neutral" else chip.tone
    lead = 24 if chip.icon else 8
    width = min(QFontMetricsF(font).horizontalAdvance(chip.text) + lead + 7, box.width())
    body = QRectF(box.left(), box.center().y() - 11, width, 22)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("surface" if white else f"{chip.tone}-bg"))
    painter.drawRoundedRect(body, 4, 4)
    if chip.icon:
        painter.drawPixmap(QPointF(body.left() + 7, body.top() + 4), theme.pixmap(chip.icon, tone, 14, ratio))
    painter.setFont(font)
    painter.setPen(theme.colour(tone))
    words = body.adjusted(lead, 0, -4, 0)
    shown = QFontMetricsF(font).elidedText(chip.text, Qt.TextElideMode.ElideRight, words.width())
    painter.drawText(
        words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown
    )
    return width


def _paint_chip(painter: QPainter, place: _Place, value: Chip) -> None:
    paint_chip(painter, place.box, value, white=place.tinted, ratio=place.ratio)


def _paint_bar(painter: QPainter, place: _Place, value: Bar) -> None:
    track = QRectF(place.box.left(), place.box.center().y() - 4, place.box.width(), 8)
    painter.fillRect(track, theme.colour("sunken"))
    middle = track.center().x()
    length = track.width() / 2 * max(-1.0, min(1.0, value.share))
    if length:
        left = min(middle, middle + length)
        painter.fillRect(
            QRectF(left, track.top(), abs(length), 8), theme.colour("warn" if value.beyond else "accent")
        )
    painter.fillRect(QRectF(middle - 0.5, track.top() - 2, 1, 12), theme.colour("ink-3"))


def _paint_dots(painter: QPainter, place: _Place, value: Dots) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    for at in range(value.of):
        painter.setBrush(theme.colour("accent" if at < value.done else "line"))
        painter.drawEllipse(QPointF(place.box.left() + 3 + at * 9.5, place.box.center().y()), 3, 3)


def _paint_check(painter: QPainter, place: _Place, value: Check) -> None:
    box = QRectF(place.box.left(), place.box.center().y() - 8, 16, 16)
    painter.setPen(QPen(theme.colour("accent" if value.on else "field-line"), 1.5))
    painter.setBrush(theme.colour("accent" if value.on else "surface"))
    painter.drawRoundedRect(box, 3, 3)
    if value.on:
        painter.setPen(
            QPen(QColor(theme.colour("surface")), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        )
        painter.drawPolyline([box.topLeft() + QPointF(*at) for at in ((4, 8.2), (6.9, 11), (12, 5.2))])


_PAINTERS: dict[type, Callable[[QPainter, _Place, Any], None]] = {
    str: _paint_text,
    Cell: _paint_cell,
    Chip: _paint_chip,
    Mark: _paint_mark,
    Link: _paint_link,
    Mask: _paint_mask,
    Bar: _paint_bar,
    Dots: _paint_dots,
    Check: _paint_check,
    Typed: _paint_typed,
}
