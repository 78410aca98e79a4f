"""The dim layer over a page and the dialog on it. Only before what cannot be undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from .. import theme
from .basics import WrapLabel, button, column, icon_label, label, row


class Overlay(QWidget):
    """Dims its parent, holds one panel, keeps the focus inside and gives it back when it closes."""

    closed = Signal()

    def __init__(self, parent: QWidget, panel: QWidget, *, width: int, top: int = 0) -> None:
        super().__init__(parent)
        self._panel, self._width, self._top = panel, width, top
        self._before = QApplication.focusWidget()
        panel.setParent(self)
        parent.installEventFilter(self)
        self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self._place()

    def close_layer(self) -> None:
        """Take the layer away and put the focus back where it was."""
        parent = self.parentWidget()
        if parent is not None:
            parent.removeEventFilter(self)
        self.hide()
        self.closed.emit()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()
        self.deleteLater()

    def press(self, key: str) -> None:
        """A key of the window that came while the layer was up: Esc closes, the panel may know others."""
        action = getattr(self._panel, "keys", {}).get("Ctrl+Return" if key == "Ctrl+Enter" else key)
        if action is not None:
            action()
        elif key == "Esc":
            self.close_layer()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(QRect(QPoint(0, 0), watched.size()))
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        width = min(self._width, self.width() - 32)
        self._panel.setFixedWidth(width)
        inside = self._panel.layout()
        if inside is not None:
            inside.activate()
        height = min(self._panel.sizeHint().height(), self.height() - 16)
        top = self._top or max((self.height() - height) // 2, 8)
        self._panel.setGeometry(
            (self.width() - width) // 2, min(top, max(self.height() - height - 8, 8)), width, height
        )
        self._panel.show()

    def fit(self) -> None:
        """Place the panel again after its content has changed."""
        self._place()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), _veil("ink", 102))
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self._panel.geometry())
        for spread in range(6, 0, -1):
            painter.setBrush(_veil("ink", 9))
            painter.drawRoundedRect(
                box.adjusted(-spread, -spread + 2, spread, spread + 2), 8 + spread, 8 + spread
            )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_layer()
        event.accept()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab walks inside the panel only."""
        inside = [
            w
            for w in self._panel.findChildren(QWidget)
            if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isEnabled()
        ]
        if not inside:
            return True
        at = QApplication.focusWidget()
        here = inside.index(at) if at in inside else -1
        inside[(here + (1 if forward else -1)) % len(inside)].setFocus(Qt.FocusReason.TabFocusReason)
        return True


def _veil(name: str, alpha: int) -> QColor:
    made = QColor(theme.colour(name))
    made.setAlpha(alpha)
    return made


class ConfirmDialog(QFrame):
    """A question as title, one sentence of consequence, what needs an answer, then quiet button and verb."""

    agreed = Signal()

    def __init__(
        self,
        *,
        title: str,
        icon: str,
        sentence: str,
        verb: str,
        quiet: str = "再看看",
        foot: str = "",
        danger: bool = False,
        verb_icon: str = "",
    ) -> None:
        super().__init__()
        self.setObjectName("dialog")
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        self._layer: Overlay | None = None
        self._may: Callable[[], bool] = lambda: True
        self._go = button(verb, "primary", verb_icon or icon, on=self._agree)
        self._quiet = button(quiet, key="Esc", on=self.reject)
        self._problem = WrapLabel("", "hint", "error")
        self._problem.hide()
        head = row(
            icon_label(icon, "error" if danger else "accent", 20), label(title, "title"), None, spacing=10
        )
        self.setLayout(
            column(
                head,
                WrapLabel(sentence),
                self.body,
                self._problem,
                row(label(foot, "hint"), None, self._quiet, self._go),
                spacing=14,
                margins=(24, 20, 24, 16),
            )
        )

    def require(self, answered: Callable[[], str]) -> None:
        """``answered`` returns '' or the sentence that says what is missing."""

        def may() -> bool:
            missing = answered()
            self.say_problem(missing)
            return not missing

        self._may = may

    def say_problem(self, words: str) -> None:
        """What is missing or was wrong, above the buttons; '' takes it away."""
        self._problem.setText(words)
        self._problem.setVisible(bool(words))
        if self._layer is not None:
            self._layer.fit()

    def open_over(self, parent: QWidget) -> Overlay:
        """Dim the parent and ask."""
        self._layer = Overlay(parent, self, width=560)
        inside = [
            w
            for w in self.findChildren(QWidget)
            if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        inside.sort(key=lambda w: w.mapTo(self, QPoint(0, 0)).y())
        focus = inside[0] if inside else self._go
        focus.setFocus()
        return self._layer

    def reject(self) -> None:
        """The quiet way out; nothing happens."""
        if self._layer is not None:
            self._layer.close_layer()

    def agree(self) -> None:
        """As if the verb were pressed."""
        self._agree()

    def _agree(self) -> None:
        if not self._may():
            return
        self.reject()
        self.agreed.emit()
