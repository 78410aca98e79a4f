"""One careful editor for every field type: it parses, shows, says what is wrong and gives the stored value.

Stored values are those of the form language: money in cents, decimals scaled by their digits, ISO dates,
codes, ids. Enter moves on everywhere (see ``focus.py``); Esc never loses what was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QWidget,
)

from ...values.accounts import check_account, mask_account
from ...values.date_text import parse_date
from ...values.errors import UserError
from ...values.id_number import check_id_number, mask_id_number
from ...values.money import capital_amount, format_money, parse_money
from ...values.names import account_name_problem, clean_name
from ...values.usci import check_usci
from ..kit.basics import WrapLabel, button, column, icon_button, label, row
from .outline import FieldLine, Sources


class Editor(QWidget):
    """Base: a widget for one value. ``changed`` follows a finished entry, ``typed`` every keystroke."""

    changed = Signal()
    typed = Signal()

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__()
        self.line, self.sources = line, sources
        self.problem = ""
        """What is wrong with the text itself, '' when it can be read."""

    def value(self) -> Any:
        """The stored value, None when empty or unreadable."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show a stored value; does not emit ``changed``."""
        raise NotImplementedError

    def bordered(self) -> list[QWidget]:
        """The widgets whose border says that something is wrong."""
        return []

    def set_editable(self, editable: bool) -> None:
        """Whether a clerk may type here now."""
        self.setEnabled(editable)

    def _hold(self, inside: QWidget) -> None:
        self.setLayout(row(inside, spacing=0))
        self.setFocusProxy(inside)


class LineEditor(Editor):
    """Base of everything typed into one line: ``read`` turns text into a value or raises UserError."""

    ALIGN = Qt.AlignmentFlag.AlignLeft

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self.edit = QLineEdit()
        self.edit.setMinimumWidth(40)
        self.edit.setAlignment(self.ALIGN)
        self.edit.setReadOnly(line.read_only)
        self._value: Any = None
        self.edit.textEdited.connect(self._typed)
        self.edit.editingFinished.connect(self.finish)
        self.setFocusProxy(self.edit)
        self.setLayout(row(*self.parts(), spacing=6))

    def parts(self) -> list[QWidget]:
        """The line and what stands beside it."""
        if not self.line.unit:
            return [self.edit]
        return [self.edit, label(self.line.unit, "hint")]

    def read(self, text: str) -> Any:
        """Text to stored value. Raises UserError with the sentence to show."""
        return text

    def write(self, value: Any) -> str:
        """Stored value to text."""
        return str(value)

    def value(self) -> Any:
        return self._value

    def set_value(self, value: Any) -> None:
        self._value = value
        self.problem = ""
        self.edit.setText("" if value is None or value == "" else self.write(value))

    def bordered(self) -> list[QWidget]:
        return [self.edit]

    def set_editable(self, editable: bool) -> None:
        self.edit.setReadOnly(not editable or self.line.read_only)
        self.edit.style().unpolish(self.edit)
        self.edit.style().polish(self.edit)

    def _typed(self) -> None:
        self._take()
        self.typed.emit()

    def _take(self) -> None:
        text = self.edit.text().strip()
        self.problem = ""
        if not text:
            self._value = None
            return
        try:
            self._value = self.read(text)
        except UserError as error:
            self._value, self.problem = None, error.message

    def finish(self) -> None:
        """The entry is over: read it, write it in its usual form."""
        if not self.edit.isModified():
            return
        self.edit.setModified(False)
        self._take()
        if not self.problem and self._value is not None:
            self.edit.setText(self.write(self._value))
        self.changed.emit()


class TextEditor(LineEditor):
    """text, phone, location."""

    def read(self, text: str) -> str:
        if self.line.type == "phone":
            digits = "".join(ch for ch in text if ch.isdigit())
            if len(digits) not in (7, 8, 11, 12):
                raise UserError("phone", f"电话有 {len(digits)} 位，手机应为 11 位，座机连区号 11 或 12 位。")
            return digits
        return text


class UsciEditor(LineEditor):
    """Unified social credit code, checked as typed."""

    def read(self, text: str) -> str:
        code, problems = check_usci(text)
        if problems:
            raise UserError("usci", problems[0].message)
        return code


class IntegerEditor(LineEditor):
    """A whole number with its unit."""

    ALIGN = Qt.AlignmentFlag.AlignRight

    def read(self, text: str) -> int:
        try:
            return int(text.replace(",", "").replace("，", ""))
        except ValueError:
            raise UserError("integer", f"“{text}”不是整数。") from None


class DecimalEditor(LineEditor):
    """A decimal kept as an integer scaled by ``digits``."""

    ALIGN = Qt.AlignmentFlag.AlignRight

    def read(self, text: str) -> int:
        from decimal import Decimal, InvalidOperation

        try:
            scaled = Decimal(text.replace(",", "").replace("，", "").replace("。", ".")).scaleb(
                self.line.digits
            )
        except InvalidOperation:
            raise UserError("decimal", f"“{text}”不是数。") from None
        if scaled != scaled.to_integral_value():
            raise UserError("decimal", f"最多 {self.line.digits} 位小数。")
        return int(scaled)

    def write(self, value: Any) -> str:
        digits = self.line.digits
        sign, whole = ("-" if value < 0 else ""), str(abs(value)).rjust(digits + 1, "0")
        return f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}"


class MoneyEditor(LineEditor):
    """Yuan with two decimals; 大写 appears below as it is typed."""

    ALIGN = Qt.AlignmentFlag.AlignRight

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self._words = WrapLabel("", "hint")
        whole = self.layout()
        assert whole is not None
        holder = QWidget()
        holder.setLayout(whole)
        self._words.hide()
        self.setLayout(column(holder, self._words, spacing=2))

    def read(self, text: str) -> int:
        return parse_money(text)

    def write(self, value: Any) -> str:
        return format_money(value)

    def set_value(self, value: Any) -> None:
        super().set_value(value)
        self._words.hide()

    def _take(self) -> None:
        super()._take()
        self._words.setVisible(self._value is not None)
        self._words.setText(capital_amount(self._value) if self._value is not None else "")


class DateEditor(LineEditor):
    """A day, a month or a moment; takes 2024.5.1, 20240501, 2024年5月1日 and ``今天``."""

    PRECISION: ClassVar = {"date": "day", "month": "month", "datetime": "day"}
    EXAMPLE: ClassVar = {"date": "2026-06-05", "month": "2026-06", "datetime": "2026-06-05 09:30"}

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self.edit.setPlaceholderText({"date": "年-月-日", "month": "年-月"}.get(line.type, "年-月-日 时:分"))

    def read(self, text: str) -> str:
        if text in ("今天", "t", "T"):
            today = self.sources.today.isoformat()
            return today[:7] if self.line.type == "month" else today
        day, _, hour = text.partition(" ") if self.line.type == "datetime" else (text, "", "")
        parsed = parse_date(day, today=self.sources.today)
        wanted = self.PRECISION[self.line.type]
        if wanted == "day" and parsed.precision != "day":
            raise UserError("date", f"要写到日，如 {self.EXAMPLE[self.line.type]}。")
        if wanted == "month":
            if parsed.precision == "year":
                raise UserError("month", f"要写到月，如 {self.EXAMPLE['month']}。")
            return parsed.text[:7]
        return f"{parsed.text}T{hour.strip()}" if hour.strip() else parsed.text

    def write(self, value: Any) -> str:
        return str(value).replace("T", " ")


class NamesEditor(LineEditor):
    """Several names, parted by 、 or a comma."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self.edit.setPlaceholderText("几个人之间用、隔开" if (line.least or 0) > 1 else "")

    def read(self, text: str) -> list[str]:
        for mark in "，,;；":
            text = text.replace(mark, "、")
        return [clean_name(part) for part in text.split("、") if part.strip()]

    def write(self, value: Any) -> str:
        return "、".join(value)


class NoteEditor(Editor):
    """Several lines. Enter moves on, Shift+Enter begins a new line."""

    def __init__(self, line: FieldLine, sources: Sources) -> None:
        super().__init__(line, sources)
        self.edit = QPlainTextEdit()
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(58)
        self.edit.setPlaceholderText("Shift+Enter 换行")
        self.edit.setReadOnly(line.read_only)
        self.edit.textChanged.connect(self.typed)
        self._hold(self.edit)

    def value(self) -> str | None:
        return self.edit.toPlainText().strip() or None

    def set_value(self, value: Any) -> None:
        self.edit.blockSignals(True)
        self.edit.setPlainText(value or "")
        self.edit.blockSignals(False)

    def set_editable(self, editable: bool) -> None:
        self.edit.setReadOnly(not editable or self.line.read_only)


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
        from ..kit.flow import FlowLayout

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
        self.setLayout(row(self._add, self._words, None, spacing=8))
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

    def _attached(self, digest: str, _title: str) -> None:
        self._hashes.append(digest)
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        self._words.setText(f"{len(self._hashes)} 个附件" if self._hashes else "还没有附件")

    def value(self) -> list[str] | None:
        return list(self._hashes) or None

    def set_value(self, value: Any) -> None:
        self._hashes = list(value or ())
        self._say()

    def set_editable(self, editable: bool) -> None:
        self._add.setEnabled(editable)
