"""Enter moves on, everywhere in an editor: to the next box that can be typed into, at the end to the button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

SKIP = "skipped_by_enter"
"""Property of boxes that Tab visits and Enter passes by."""
ENTRY = (QLineEdit, QComboBox, QCheckBox, QRadioButton, QPlainTextEdit, QPushButton)


class EnterMovesOn(QObject):
    """Filters the keys of every box inside one widget, also of those that are added later."""

    def __init__(self, root: QWidget) -> None:
        super().__init__(root)
        self._root = root
        self.watch(root)

    def watch(self, root: QWidget) -> None:
        """Watch a subtree."""
        for widget in [root, *root.findChildren(QWidget)]:
            widget.removeEventFilter(self)
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ChildAdded:
            child = event.child()  # type: ignore[attr-defined]
            if isinstance(child, QWidget):
                self.watch(child)
            return False
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not isinstance(watched, ENTRY):
            return False
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            return False
        if isinstance(watched, QPushButton):
            watched.click()
            return True
        offered = getattr(watched, "list", None)
        if isinstance(offered, QWidget) and offered.isVisible():
            return False
        if isinstance(watched, QComboBox) and watched.view().isVisible():
            return False
        self.move_on(watched)
        return True

    def move_on(self, here: QWidget) -> None:
        """Focus the next box; a radio group counts as one box."""
        following = next_entry(here, self._root)
        if following is None:
            return
        following.setFocus(Qt.FocusReason.TabFocusReason)
        if isinstance(following, QLineEdit):
            following.selectAll()


def entries(root: QWidget) -> list[QWidget]:
    """Every box inside ``root`` that can take an entry now, in tab order."""
    found: list[QWidget] = []
    at = root.nextInFocusChain()
    while at is not None and at is not root:
        if root.isAncestorOf(at) and isinstance(at, ENTRY) and _takes_entry(at):
            found.append(at)
        at = at.nextInFocusChain()
    return found


def next_entry(here: QWidget, root: QWidget) -> QWidget | None:
    """The box after ``here``, None at the end."""
    at = here.nextInFocusChain()
    while at is not None and at is not here:
        inside = root.isAncestorOf(at) and isinstance(at, ENTRY) and _takes_entry(at)
        if inside and not _same_group(here, at):
            return at
        at = at.nextInFocusChain()
    return None


def _takes_entry(widget: QWidget) -> bool:
    if widget.property(SKIP):
        return False
    if not (widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus):
        return False
    if isinstance(widget, QRadioButton):
        group = widget.group()
        checked = group.checkedButton() if group is not None else None
        return checked is None or checked is widget
    if isinstance(widget, (QLineEdit, QPlainTextEdit)):
        return not widget.isReadOnly()
    return not isinstance(widget, QPushButton) or widget.property("role") in (None, "", "primary")


def _same_group(one: QWidget, other: QWidget) -> bool:
    if not (isinstance(one, QRadioButton) and isinstance(other, QRadioButton)):
        return False
    return one.group() is not None and one.group() is other.group()
