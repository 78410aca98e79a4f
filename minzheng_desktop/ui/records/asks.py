"""What a step of the workflow asks for: reason, opinion, document number, date, month, scan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtWidgets import QCheckBox, QFileDialog, QLineEdit, QWidget

from ...values.date_text import parse_date
from ...values.errors import UserError
from ..kit.basics import button, row
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field

TICKS = frozenset({"back_pay"})
"""Answers that are yes or no: ticked means yes, which is what the rule does when nothing is said."""


class AskDialog(ConfirmDialog):
    """One box for each answer; dates default to today. A scan is a file's path, or where the paper is kept."""

    def __init__(self, title: str, name: str, asks: Sequence[tuple[str, str]], today: date) -> None:
        super().__init__(
            title=f"{title}？",
            icon="flag",
            sentence=f"{name}：填好下面几项，会记在这一步里，以后查得到。",
            verb=title,
            verb_icon="check",
        )
        self._today = today
        self._edits: dict[str, QLineEdit] = {}
        self._fields: dict[str, Field] = {}
        self._ticks: dict[str, QCheckBox] = {}
        for key, words in asks:
            if key in TICKS:
                self._ticks[key] = QCheckBox(words)
                self._ticks[key].setChecked(True)
                self.body.addWidget(self._ticks[key])
                continue
            edit = QLineEdit()
            if key == "date":
                edit.setText(today.isoformat())
            elif key == "month":
                edit.setText(today.isoformat()[:7])
            elif key == "scan":
                edit.setPlaceholderText("选扫描件，或写纸件的存放处")
            self._edits[key] = edit
            self._fields[key] = Field(words, self._with_files(edit) if key == "scan" else edit, required=True)
            self.body.addWidget(self._fields[key])
        edits = list(self._edits.values())
        for edit, following in zip(edits, [*edits[1:], None], strict=True):
            edit.returnPressed.connect(following.setFocus if following is not None else self.agree)
        self.answers: dict[str, Any] = {}
        self.require(self._missing)

    def _with_files(self, edit: QLineEdit) -> QWidget:
        def choose() -> None:
            name, _ = QFileDialog.getOpenFileName(self, "选扫描件", "", "扫描件 (*.pdf *.jpg *.jpeg *.png)")
            if name:
                edit.setText(name)

        holder = QWidget()
        holder.setLayout(row(edit, button("选文件…", icon="plus", on=choose), spacing=8))
        holder.setFocusProxy(edit)
        return holder

    def _missing(self) -> str:
        self.answers = {}
        for key, edit in self._edits.items():
            text = edit.text().strip()
            self._fields[key].show_problem()
            if not text:
                edit.setFocus()
                return "每一项都要填。"
            if key in ("date", "month"):
                try:
                    parsed = parse_date(text, today=self._today)
                except UserError as error:
                    self._fields[key].show_problem("error", error.message)
                    edit.setFocus()
                    return "日期要改。"
                text = parsed.text[:7] if key == "month" else parsed.text
            self.answers[key] = text
        self.answers |= {key: tick.isChecked() for key, tick in self._ticks.items()}
        return ""
