"""What is masked once it is stored (id numbers, accounts), and papers sealed into the database."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QLineEdit,
    QWidget,
)

from ...values.accounts import check_account, mask_account
from ...values.errors import UserError
from ...values.id_number import check_id_number, mask_id_number
from ...values.names import account_name_problem
from ..kit.basics import button, column, icon_button, label, row
from .editors import Editor, LineEditor
from .outline import FieldLine, Sources


class IdNumberEditor(LineEditor):
    """An id number: masked once stored, checked as typed, a 15-digit one is offered with its 18 digits."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        self._eye = icon_button("eye", "显示全号（会记入审计）")
        self._eye.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._facts = label("", "hint")
        self._stored: str | None = None
        super().__init__(line, sources)
        self._eye.clicked.connect(self._show)
        self._eye.hide()

    def parts(self) -> list[QWidget]:
        return [self.edit, self._eye]

    def read(self, text: str) -> str:
        check = check_id_number(text, today=self.sources.today)
        errors = [problem for problem in check.problems if problem.level == "error"]
        if check.suggestion:
            raise UserError("id15", f"15 位旧号，新号应是 {check.suggestion}，核对后改写。")
        if errors:
            raise UserError("id", errors[0].message)
        return check.number

    def set_value(self, value: Any) -> None:
        super().set_value(value)
        self._stored = value or None
        self._eye.setVisible(bool(value))
        if value:
            self.edit.setText(mask_id_number(value))
            self.edit.setReadOnly(True)
        else:
            self.edit.setReadOnly(self.line.read_only)

    def set_editable(self, editable: bool) -> None:
        super().set_editable(editable and not self._stored)

    def _show(self) -> None:
        self.sources.reveal(self.line.path)
        self.edit.setText(self._stored or "")
        self.edit.setReadOnly(self.line.read_only)
        self._stored = None
        self._eye.hide()


class AccountEditor(Editor):
    """A bank account in four boxes: number (masked once stored), name, bank, kind of card."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self.number, self.name, self.bank = QLineEdit(), QLineEdit(), QLineEdit()
        self.number.setPlaceholderText("账号")
        self.name.setPlaceholderText("户名")
        self.bank.setPlaceholderText("开户行")
        self._eye = icon_button("eye", "显示全号（会记入审计）", on=self._show)
        self._eye.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._eye.hide()
        self._type = "1"
        self._stored = ""
        self.owner_name = ""
        for edit in (self.number, self.name, self.bank):
            edit.setMinimumWidth(40)
            edit.editingFinished.connect(self._finish)
            edit.textEdited.connect(lambda _text: self.typed.emit())
        top = row(self.number, self._eye, spacing=4)
        top.setStretch(0, 1)
        under = row(self.name, self.bank, spacing=8)
        self.setLayout(column(top, under, spacing=6))
        self.setFocusProxy(self.number)

    def _finish(self) -> None:
        number = self._stored or self.number.text().strip()
        self.problem = ""
        if number and not self._stored:
            cleaned, problems = check_account(number)
            errors = [p for p in problems if p.level == "error"]
            self.problem = errors[0].message if errors else ""
            if not self.problem:
                self.number.setText(cleaned)
        if not self.problem and self.name.text().strip() and self.owner_name:
            found = account_name_problem(self.name.text().strip(), self.owner_name)
            self.problem = found.message if found is not None and found.level == "error" else ""
        self.changed.emit()

    def value(self) -> dict[str, str] | None:
        number = self._stored or self.number.text().strip()
        if not number:
            return None
        return {
            "number": number,
            "name": self.name.text().strip(),
            "bank": self.bank.text().strip(),
            "type": self._type,
        }

    def set_value(self, value: Any) -> None:
        value = value or {}
        self._stored = value.get("number") or ""
        self.number.setText(mask_account(self._stored) if self._stored else "")
        self.number.setReadOnly(bool(self._stored))
        self._eye.setVisible(bool(self._stored))
        self.name.setText(value.get("name") or "")
        self.bank.setText(value.get("bank") or "")
        self._type = value.get("type") or "1"

    def set_editable(self, editable: bool) -> None:
        self.number.setReadOnly(not editable or bool(self._stored))
        self.name.setReadOnly(not editable)
        self.bank.setReadOnly(not editable)

    def bordered(self) -> list[QWidget]:
        return [self.number]

    def _show(self) -> None:
        self.sources.reveal(self.line.path)
        self.number.setText(self._stored)
        self.number.setReadOnly(False)
        self._stored = ""
        self._eye.hide()


class FilesEditor(Editor):
    """Scans and papers: their count and names, one button to add."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self._hashes: list[str] = []
        self._words = label("还没有附件", "hint")
        self._add = button("添加文件…", icon="plus", on=self._choose)
        self._add.setProperty("skipped_by_enter", True)
        self._look = button("看附件", icon="eye", on=self.look)
        self._look.setProperty("skipped_by_enter", True)
        self._look.hide()
        self.setLayout(row(self._add, self._words, self._look, None, spacing=8))
        self.setFocusProxy(self._add)

    def _choose(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self, "添加附件", "", "扫描件 (*.pdf *.jpg *.jpeg *.png);;全部文件 (*)"
        )
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Seal one file into the database and remember its hash."""
        if self.sources.attach is not None:
            self.sources.attach(name, self._attached)

    def look(self) -> None:
        """Show what is attached here, over the page; who looked is in the audit."""
        if self.sources.look is not None and self._hashes:
            removed = self.remove if self._add.isEnabled() else None
            self.sources.look(self.line.label, tuple(self._hashes), removed)

    def remove(self, number: int, reason: str) -> None:
        """Take one file out of the field; the reason is kept with the record when it is saved."""
        digest = self._hashes.pop(number)
        self.sources.explain(f"{self.line.path}:{digest[:16]}", f"移除附件：{reason}")
        self._say()
        self.changed.emit()

    def _attached(self, digest: str, _title: str) -> None:
        if digest in self._hashes:
            return
        self._hashes.append(digest)
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        self._words.setText(f"{len(self._hashes)} 个附件" if self._hashes else "还没有附件")
        self._look.setVisible(bool(self._hashes) and self.sources.look is not None)

    def value(self) -> list[str] | None:
        return list(self._hashes) or None

    def set_value(self, value: Any) -> None:
        self._hashes = list(value or ())
        self._say()

    def set_editable(self, editable: bool) -> None:
        self._add.setEnabled(editable)
