"""A field with its label and its message, and the warning that can be passed with a reason."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QSizePolicy, QWidget

from .basics import WrapLabel, button, column, icon_label, label, row, set_icon, set_tone

LABEL_WIDTH = 72


class Field(QWidget):
    """Label left, editor right, the message under its own field: icon and sentence."""

    def __init__(
        self,
        name: str,
        editor: QWidget,
        *,
        required: bool = False,
        hint: str = "",
        label_width: int = LABEL_WIDTH,
    ) -> None:
        super().__init__()
        self.editor = editor
        self._name = name
        self._label = WrapLabel("", "label")
        self._label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._label.setFixedWidth(label_width)
        self._label.least = 32
        self.set_required(required)
        self._label.setBuddy(editor)
        self._hint = WrapLabel(hint, "hint")
        if not hint:
            self._hint.hide()
        self._mark = icon_label("error", "error", 16)
        self._mark.setFixedHeight(18)
        self._message = WrapLabel("", "hint")
        line = row(spacing=8)
        line.addWidget(self._label, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(editor, 1)
        self._problem = QWidget()
        words = row(spacing=5)
        words.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(self._message, 1)
        self._problem.setLayout(words)
        self._problem.hide()
        under = column(self._hint, self._problem, spacing=0, margins=(label_width + 8, 0, 0, 0))
        self.setLayout(column(line, under, spacing=3))
        self.level = ""
        self.message = ""

    def set_required(self, required: bool) -> None:
        """Show or take away the star."""
        self._label.setText(self._name + (" *" if required else ""))

    def show_problem(self, level: str = "", message: str = "") -> None:
        """``level`` error, warning, info or '' for none."""
        if (level, message) == (self.level, self.message):
            return
        self.level, self.message = level, message
        tone = {"error": "error", "warning": "warn", "info": "info"}.get(level, "")
        self._problem.setVisible(bool(message))
        if message:
            set_icon(self._mark, {"error": "error", "warn": "warn"}.get(tone, "info"), tone or "info", 16)
            set_tone(self._message, tone)
            self._message.setText(message)
        for inner in self._bordered():
            set_tone(inner, tone if tone in ("error", "warn") else "", "state")

    def _bordered(self) -> list[QWidget]:
        marked = getattr(self.editor, "bordered", None)
        return marked() if marked is not None else [self.editor]


class WarningWithReason(QFrame):
    """说明后继续: sentence, reason field, button, directly under what it is about."""

    explained = Signal(str)

    def __init__(self, sentence: str, placeholder: str = "写明原因", reason: str = "") -> None:
        super().__init__()
        self.setObjectName("notice")
        self.setProperty("tone", "warn")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.sentence = sentence
        self._sentence = WrapLabel(sentence, tone="warn")
        self._reason = QLineEdit(reason)
        self._reason.setPlaceholderText(placeholder)
        self._reason.setMinimumWidth(40)
        self._go = button("说明后继续", on=self._explain)
        for part in (self._reason, self._go):
            part.setProperty("skipped_by_enter", True)
        self._reason.returnPressed.connect(self._explain)
        top = row(spacing=6)
        top.addWidget(icon_label("warn", "warn", 16), 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self._sentence, 1)
        line = row(self._reason, self._go)
        line.setStretch(0, 1)
        self.setLayout(column(top, line, spacing=4, margins=(12, 6, 8, 6)))

    @property
    def reason(self) -> str:
        """What was typed."""
        return self._reason.text().strip()

    def _explain(self) -> None:
        if self.reason:
            self.explained.emit(self.reason)
        else:
            set_tone(self._reason, "warn", "state")
            self._reason.setFocus()


def fact(name: str, value: QWidget | str, width: int = 80, *, role: str = "", tone: str = "") -> QWidget:
    """Name and value in one line of a list of facts."""
    holder = QWidget()
    words = WrapLabel(value, role, tone) if isinstance(value, str) else value
    head = label(name, "label")
    head.setFixedWidth(width)
    line = row(spacing=0)
    line.addWidget(head, 0, Qt.AlignmentFlag.AlignTop)
    line.addWidget(words, 1)
    holder.setLayout(line)
    return holder
