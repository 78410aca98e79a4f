"""One careful editor for every field type: it parses, shows, says what is wrong and gives the stored value.

Stored values are those of the form language: money in cents, decimals scaled by their digits, ISO dates,
codes, ids. Enter moves on everywhere (see ``focus.py``); Esc never loses what was typed.
"""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from ...values.date_text import parse_date
from ...values.errors import UserError
from ...values.money import capital_amount, format_money, parse_money
from ...values.names import clean_name
from ...values.usci import check_usci
from ..kit.basics import WrapLabel, column, label, row
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
