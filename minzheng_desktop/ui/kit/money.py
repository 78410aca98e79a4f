"""Money that explains itself: the bridge from last month, and the numbered calculation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from .. import theme
from .basics import ElideLabel, WrapLabel, body, button, clear, column, frame, label, row


@dataclass(frozen=True)
class BridgeBox:
    """One box of the bridge: unsigned amount as text, a line under it; ``key`` when it jumps to a list."""

    title: str
    amount: str
    line: str
    tone: str = ""
    key: str = ""


class Bridge(QWidget):
    """上月 + 新增 − 停发 + 变动 + 账户变更 = 本月, with the operators between."""

    jump = Signal(str)
    OPERATORS = ("+", "−", "+", "+", "=")

    def __init__(self) -> None:
        super().__init__()
        self._line = row(spacing=4)
        self.setLayout(self._line)
        self.setFixedHeight(80)

    def show_boxes(self, boxes: Sequence[BridgeBox]) -> None:
        """Six boxes; the last is framed in the accent."""
        clear(self._line)
        for at, box in enumerate(boxes):
            if at:
                sign = label(self.OPERATORS[at - 1], "title", "")
                sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
                sign.setFixedWidth(17)
                self._line.addWidget(sign)
            self._line.addWidget(self._box(box, last=at == len(boxes) - 1), 1)

    def _box(self, box: BridgeBox, *, last: bool) -> QFrame:
        head = row(ElideLabel(box.title, "label"), spacing=0)
        head.setStretch(0, 1)
        if box.key:
            head.addWidget(button("看名单", "inline", on=lambda: self.jump.emit(box.key)))
        inside = column(
            head,
            ElideLabel(box.amount, "money", "accent" if last else box.tone),
            ElideLabel(box.line, "hint"),
            spacing=0,
            margins=(11, 4, 8, 6),
        )
        return _Framed(inside) if last else frame("card", inside)


class _Framed(QFrame):
    """The result box: a card with a two-pixel accent frame."""

    def __init__(self, inside: object) -> None:
        super().__init__()
        self.setLayout(inside)  # type: ignore[arg-type]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("accent"), 2))
        painter.setBrush(theme.colour("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)


@dataclass(frozen=True)
class CalculationLine:
    """One numbered step: name, result at the right, formula, source."""

    name: str
    result: str
    formula: str
    source: str = ""


class CalculationList(QWidget):
    """这笔钱怎么算的: every step with its formula and its source; the last one is the total."""

    def __init__(self) -> None:
        super().__init__()
        self._box = column(spacing=0)
        self.setLayout(self._box)

    def show_steps(self, steps: Sequence[CalculationLine], total: str = "") -> None:
        """Replace the steps; the last is shown as the total with a filled number."""
        clear(self._box)
        for at, step in enumerate(steps):
            last = at == len(steps) - 1
            self._box.addWidget(self._step(at + 1, step, last=last, total=total if last else ""))
        self._box.addStretch(1)

    def _step(self, number: int, step: CalculationLine, *, last: bool, total: str) -> QWidget:
        result = label(total or step.result, "money" if last else "strong", "accent" if last else "")
        head = row(ElideLabel(step.name, "strong"), result, spacing=8)
        head.setStretch(0, 1)
        words = column(head, spacing=0, margins=(0, 0, 0, 6))
        if step.formula:
            words.addWidget(WrapLabel(step.formula, "label"))
        if step.source:
            words.addWidget(WrapLabel(step.source, "hint"))
        line = row(_Number(number, last=last), spacing=10)
        line.addLayout(words, 1)
        return body(line)


class _Number(QWidget):
    """The number of a step in a ring, with the line down to the next."""

    def __init__(self, number: int, *, last: bool) -> None:
        super().__init__()
        self._number, self._last = number, last
        self.setFixedWidth(22)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(22, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._last:
            painter.setPen(QPen(theme.colour("line"), 2))
            painter.drawLine(QPointF(11, 24), QPointF(11, self.height()))
        painter.setPen(QPen(theme.colour("accent"), 1.5))
        painter.setBrush(theme.colour("accent" if self._last else "surface"))
        painter.drawEllipse(QPointF(11, 11), 10, 10)
        painter.setFont(theme.font(theme.SMALL, bold=True))
        painter.setPen(theme.colour("surface" if self._last else "accent"))
        painter.drawText(QRectF(0, 0, 22, 22), Qt.AlignmentFlag.AlignCenter, str(self._number))
