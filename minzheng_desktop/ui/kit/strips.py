"""The strips of an editor that stay in sight: money, steps, workflow bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QSizePolicy, QWidget

from .. import theme
from .basics import ElideLabel, button, label, row


class MoneyStrip(QFrame):
    """Amount, 大写 and 怎么算的, always visible."""

    explain = Signal()

    def __init__(self, title: str = "金额") -> None:
        super().__init__()
        self.setObjectName("moneybar")
        self.setFixedHeight(40)
        self._title = label(title, "label")
        self._amount = label("—", "money", "accent")
        self._unit = label("元", "label")
        self._words = ElideLabel("", "hint")
        self._how = button("怎么算的", "link", "calc", on=self.explain.emit)
        line = row(self._title, self._amount, self._unit, self._words, self._how, margins=(16, 0, 12, 0))
        line.setStretch(3, 1)
        self.setLayout(line)

    def show_amount(self, title: str, amount: str, words: str, *, explained: bool = True) -> None:
        """``amount`` as text with two decimals, ``words`` its 大写; empty amount shows —."""
        self._title.setText(title)
        self._amount.setText(amount or "—")
        self._unit.setVisible(bool(amount))
        self._words.setText(words)
        self._how.setVisible(explained)


@dataclass(frozen=True)
class StepMark:
    """One step of the line: done, now or later."""

    title: str
    place: str


class StepLine(QWidget):
    """Done ✓ green, now a filled accent ring and bold, later hollow grey; always with words."""

    def __init__(self, steps: Sequence[StepMark] = ()) -> None:
        super().__init__()
        self._steps: tuple[StepMark, ...] = tuple(steps)
        self.setFixedHeight(32)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_steps(self, steps: Sequence[StepMark]) -> None:
        """Replace the steps."""
        self._steps = tuple(steps)
        self.setAccessibleName(
            "，".join(f"{s.title}{'（现在）' if s.place == 'now' else ''}" for s in self._steps)
        )
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._steps:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fonts = [theme.font(theme.SMALL, bold=step.place == "now") for step in self._steps]
        widths = [
            20 + QFontMetricsF(f).horizontalAdvance(s.title) for f, s in zip(fonts, self._steps, strict=True)
        ]
        left, right = 16.0, self.width() - 16.0
        free = right - left - sum(widths)
        gap = free / (len(widths) - 1) if len(widths) > 1 else 0
        middle = self.height() / 2
        if gap < 6:
            self._paint_short(painter, left, right, middle)
            return
        x = left
        for at, (step, width) in enumerate(zip(self._steps, widths, strict=True)):
            _ring(painter, QPointF(x + 7, middle), step.place, self.devicePixelRatioF())
            painter.setFont(fonts[at])
            painter.setPen(theme.colour("ink" if step.place != "later" else "ink-3"))
            painter.drawText(QPointF(x + 18, middle + 5), step.title)
            if at + 1 < len(widths):
                painter.setPen(QPen(theme.colour("ok" if step.place == "done" else "line"), 2))
                painter.drawLine(QPointF(x + width + 2, middle), QPointF(x + width + gap - 3, middle))
            x += width + gap

    def _paint_short(self, painter: QPainter, left: float, right: float, middle: float) -> None:
        """Too narrow for all the words: rings for all, the word of the current one."""
        now = next((at for at, step in enumerate(self._steps) if step.place == "now"), -1)
        text = f"第 {now + 1} 步，共 {len(self._steps)} 步：{self._steps[now].title}" if now >= 0 else ""
        font = theme.font(theme.SMALL, bold=True)
        room = QFontMetricsF(font).horizontalAdvance(text) + 12
        gap = (right - left - room) / max(len(self._steps), 1)
        for at, step in enumerate(self._steps):
            _ring(painter, QPointF(left + 7 + at * gap, middle), step.place, self.devicePixelRatioF())
        painter.setFont(font)
        painter.setPen(theme.colour("ink"))
        painter.drawText(QPointF(right - room + 12, middle + 5), text)


def _ring(painter: QPainter, at: QPointF, place: str, ratio: float) -> None:
    if place == "done":
        painter.drawPixmap(at - QPointF(8, 8), theme.pixmap("ok", "ok", 16, ratio))
        return
    painter.setPen(QPen(theme.colour("accent" if place == "now" else "field-line"), 2))
    painter.setBrush(theme.colour("surface"))
    painter.drawEllipse(at, 5.5, 5.5)
    if place == "now":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent"))
        painter.drawEllipse(at, 3, 3)


SHOWN_WAYS = 1
"""Ways beside the primary that have a button of their own; more go into a menu."""


class WorkflowBar(QFrame):
    """Left: 1 处错误, 1 处提醒; right: the ways back, 保存, then the one primary. Never greyed for errors."""

    to_error = Signal()
    to_warning = Signal()
    save = Signal()
    step = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("footbar")
        self.setFixedHeight(48)
        self._errors = button("", "link", "error", tone="error", on=self.to_error.emit)
        self._warnings = button("", "link", "warn", tone="warn", on=self.to_warning.emit)
        self._clean = label("没有错误", "hint")
        self._save = button("保存", on=self.save.emit, tip="保存（Ctrl+S）")
        self._left = row(self._errors, self._clean, self._warnings, spacing=4)
        self._steps = row(spacing=8)
        self._middle = row(spacing=0)
        self.setLayout(row(self._left, self._middle, None, self._steps, margins=(12, 0, 16, 0)))
        self._buttons: list[QPushButton] = []
        self.show_problems(0, 0)
        self.show_steps((), "")

    def put_between(self, widget: QWidget) -> None:
        """A wide page puts its step line into the bar."""
        self._middle.addWidget(widget)
        box = self.layout()
        box.setStretch(1, 1000)  # type: ignore[union-attr]

    def show_problems(self, errors: int, warnings: int) -> None:
        """Counts that lead to the places."""
        self._errors.setText(f"{errors} 处错误")
        self._errors.setVisible(errors > 0)
        self._warnings.setText(f"{warnings} 处提醒")
        self._warnings.setVisible(warnings > 0)
        self._clean.setVisible(errors == 0)

    def show_steps(
        self, ways: Sequence[tuple[str, str, str]], primary: str, *, saveable: bool = True
    ) -> None:
        """``(step key, word, role)`` each; ``primary`` is the one primary, '' makes 保存 primary."""
        while self._steps.count():
            widget: QWidget | None = self._steps.takeAt(0).widget()
            if widget is not None and widget is not self._save:
                widget.hide()
                widget.deleteLater()
        if self._save.property("role") != ("" if primary else "primary"):
            self._save.setProperty("role", "" if primary else "primary")
            self._save.style().unpolish(self._save)
            self._save.style().polish(self._save)
        others = [way for way in ways if way[0] != primary]
        for key, word, role in others[: SHOWN_WAYS if len(others) <= SHOWN_WAYS else 0]:
            made = button(word, role, "return" if role == "danger" else "", on=partial(self.step.emit, key))
            self._steps.addWidget(made)
        if len(others) > SHOWN_WAYS:
            self._steps.addWidget(self._more(others))
        self._steps.addWidget(self._save)
        for key, word, _role in ways:
            if key == primary:
                self._steps.addWidget(button(word, "primary", on=partial(self.step.emit, key)))
        self._save.setVisible(saveable)

    def _more(self, ways: Sequence[tuple[str, str, str]]) -> QPushButton:
        """Ways that do not fit stand in a menu."""
        made = button("其他办理…")
        menu = QMenu(made)
        for key, word, _role in ways:
            menu.addAction(word).triggered.connect(lambda _on=False, chosen=key: self.step.emit(chosen))
        made.clicked.connect(lambda: menu.exec(made.mapToGlobal(QPoint(0, -menu.sizeHint().height()))))
        return made
