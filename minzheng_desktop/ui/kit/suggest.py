"""The list of suggestions under a line, and a line that chooses from a list by typing words or pinyin initials."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem

Choice = tuple[str, str]
"""(words, value) of something that may be chosen."""


class Suggestions(QListWidget):
    """The list under a find field: never takes the focus away from the field it belongs to."""

    picked = Signal(object)

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field.window())
        self._field = field
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setObjectName("dialog")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda item: self._pick(item))
        self.hide()

    def offer(self, choices: Sequence[tuple[str, object]], *, current: int = 0) -> None:
        """Show (words, value) pairs under the field; an empty sequence hides the list."""
        self.clear()
        for words, value in choices:
            item = QListWidgetItem(words)
            item.setData(Qt.ItemDataRole.UserRole, value)
            self.addItem(item)
        if not choices:
            self.hide()
            return
        window = self._field.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        self.setCurrentRow(current)
        corner = self._field.mapTo(window, QPoint(0, self._field.height() + 2))
        height = min(len(choices), 7) * 30 + 8
        if corner.y() + height > window.height() - 40:
            corner.setY(max(self._field.mapTo(window, QPoint(0, 0)).y() - height - 2, 0))
        width = max(self._field.width(), 320)
        self.setGeometry(min(corner.x(), window.width() - width - 8), corner.y(), width, height)
        self.show()
        self.raise_()

    def take_key(self, event: QKeyEvent) -> bool:
        """Arrows walk, Enter picks, Esc closes; True when the key was used."""
        if not self.isVisible():
            return False
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if key == Qt.Key.Key_Down else -1
            self.setCurrentRow((self.currentRow() + step) % self.count())
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem() is not None:
            self._pick(self.currentItem())
            return True
        if key == Qt.Key.Key_Escape:
            self.hide()
            return True
        return False

    def _pick(self, item: QListWidgetItem) -> None:
        self.hide()
        self.picked.emit(item.data(Qt.ItemDataRole.UserRole))


def rank_choices(text: str, choices: Sequence[Choice], initials: Callable[[str], str]) -> list[Choice]:
    """The choices that a text may mean, the likeliest first: the words or value themselves, how the words begin, their
    pinyin initials, what they contain. Everything for an empty text, in its own order."""
    wanted = text.strip().lower()
    if not wanted:
        return list(choices)
    found: list[tuple[int, int, Choice]] = []
    for at, (words, value) in enumerate(choices):
        low, first = words.lower(), initials(words)
        tests = (
            wanted in (low, value.lower()),
            low.startswith(wanted),
            first.startswith(wanted),
            wanted in low or wanted in first,
            wanted in value.lower(),
        )
        if any(tests):
            found.append((tests.index(True), at, (words, value)))
    return [choice for _, _, choice in sorted(found)]
