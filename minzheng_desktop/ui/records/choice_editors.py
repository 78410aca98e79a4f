"""Choosing: ticks, radio buttons side by side, lists that find by pinyin, several of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QRadioButton,
    QWidget,
)

from ..kit.basics import row
from ..kit.flow import FlowLayout
from .editors import Editor
from .outline import FieldLine, Sources


class YesNoEditor(Editor):
    """A tick box."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self.box = QCheckBox("是")
        self.box.setFixedHeight(32)
        self.box.toggled.connect(lambda _on: self.changed.emit())
        self._hold(self.box)

    def value(self) -> bool:
        return self.box.isChecked()

    def set_value(self, value: Any) -> None:
        self.box.blockSignals(True)
        self.box.setChecked(bool(value))
        self.box.blockSignals(False)


class RadioEditor(Editor):
    """Up to four choices side by side; digits and arrows choose, Delete takes the choice back."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self._group = QButtonGroup(self)
        self._codes = [code for code, _ in line.choices]
        buttons: list[QWidget] = []
        for at, (_code, words) in enumerate(line.choices):
            made = QRadioButton(words)
            made.setFixedHeight(32)
            made.installEventFilter(self)
            self._group.addButton(made, at)
            buttons.append(made)
        self._group.idToggled.connect(lambda _id, on: self.changed.emit() if on else None)
        self.setLayout(row(*buttons, None, spacing=14))
        if buttons:
            self.setFocusProxy(buttons[0])

    def eventFilter(self, watched: Any, event: Any) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QKeyEvent.Type.KeyPress:
            digit = event.text()
            if digit.isdigit() and 1 <= int(digit) <= len(self._codes):
                made = self._group.button(int(digit) - 1)
                made.setChecked(True)
                made.setFocus()
                return True
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.set_value(None)
                self.changed.emit()
                return True
        return False

    def value(self) -> Any:
        at = self._group.checkedId()
        return self._codes[at] if at >= 0 else None

    def set_value(self, value: Any) -> None:
        self._group.blockSignals(True)
        self._group.setExclusive(False)
        for at, code in enumerate(self._codes):
            self._group.button(at).setChecked(code == value)
        self._group.setExclusive(True)
        self._group.blockSignals(False)
        if self._codes:
            self.setFocusProxy(self._group.button(max(self._group.checkedId(), 0)))


class YesNoChoice(RadioEditor):
    """是 or 否, where leaving it open must be told apart from 否."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(replace(line, choices=(("1", "是"), ("0", "否"))), sources)

    def value(self) -> Any:
        chosen = super().value()
        return None if chosen is None else chosen == "1"

    def set_value(self, value: Any) -> None:
        super().set_value(None if value is None else "1" if value else "0")


class ComboEditor(Editor):
    """A list: letters find by pinyin initials, digits by code; Delete empties it, the wheel does nothing."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self.box = _TypeAhead(sources.initials)
        self.box.setMinimumWidth(40)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(2)
        self.show_choices(self.choices())
        self.box.currentIndexChanged.connect(lambda _at: self.changed.emit())
        self._hold(self.box)

    def choices(self) -> Sequence[tuple[str, str]]:
        """(code, words) each."""
        return self.sources.villages if self.line.type == "village" else self.line.choices

    def show_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Replace the list, keep the choice."""
        kept = self.value() if self.box.count() else None
        self.box.blockSignals(True)
        self.box.clear()
        self.box.addItem("", None)
        for code, words in choices:
            self.box.addItem(words, code)
        self.box.blockSignals(False)
        self.set_value(kept)

    def value(self) -> str | None:
        return self.box.currentData()

    def set_value(self, value: Any) -> None:
        self.box.blockSignals(True)
        at = self.box.findData(value) if value else 0
        if at < 0:
            self.box.addItem(str(value), value)
            at = self.box.count() - 1
        self.box.setCurrentIndex(at)
        self.box.blockSignals(False)

    def bordered(self) -> list[QWidget]:
        return [self.box]


class _TypeAhead(QComboBox):
    """A combo box that finds its items by pinyin initials typed within a second and a half."""

    def __init__(self, initials: Callable[[str], str]) -> None:
        super().__init__()
        self._initials = initials
        self._typed, self._last = "", 0

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text().lower()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._typed = ""
            self.setCurrentIndex(0)
            return
        if text.isalnum() and text.isascii() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            fresh = event.timestamp() - self._last > 1500
            self._typed = text if fresh else self._typed + text
            self._last = event.timestamp()
            self._find()
            return
        super().keyPressEvent(event)

    def _find(self) -> None:
        for at in range(1, self.count()):
            words, code = self.itemText(at), str(self.itemData(at) or "")
            if code.lstrip("0") == self._typed.lstrip("0") or self._initials(words).startswith(self._typed):
                self.setCurrentIndex(at)
                return

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ChoicesEditor(Editor):
    """Several of a list, as tick boxes."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self._boxes: dict[str, QCheckBox] = {}
        flow = FlowLayout(spacing=14)
        for code, words in line.choices:
            box = QCheckBox(words)
            box.setFixedHeight(28)
            box.toggled.connect(self._ticked)
            self._boxes[code] = box
            flow.addWidget(box)
        self.setLayout(flow)
        if self._boxes:
            self.setFocusProxy(next(iter(self._boxes.values())))

    def _ticked(self) -> None:
        most = self.line.most
        chosen = self.value() or []
        self.problem = f"最多选 {most} 项，现在选了 {len(chosen)} 项。" if most and len(chosen) > most else ""
        self.changed.emit()

    def value(self) -> list[str] | None:
        return [code for code, box in self._boxes.items() if box.isChecked()] or None

    def set_value(self, value: Any) -> None:
        for code, box in self._boxes.items():
            box.blockSignals(True)
            box.setChecked(code in (value or ()))
            box.blockSignals(False)
