"""The closed list of field types. Each is ONE object that reads, formats and checks text, and names what is
stored and what conditions see; the widget belongs to the window, by the type's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, ClassVar

from minzheng_desktop.catalog.conditions import types as t
from minzheng_desktop.catalog.conditions.types import Type
from minzheng_desktop.catalog.fields import Field, Parsed, Reading
from minzheng_desktop.catalog.registers import object_type
from minzheng_desktop.values.accounts import check_account
from minzheng_desktop.values.date_text import parse_date
from minzheng_desktop.values.dates import format_date_cn, format_month_cn
from minzheng_desktop.values.errors import Problem, UserError
from minzheng_desktop.values.id_number import check_id_number
from minzheng_desktop.values.money import format_money, parse_money
from minzheng_desktop.values.usci import check_usci

_SEPARATORS = re.compile(r"[、，,;；/|\n]+")
_PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}(-\d{1,6})?|\d{7,8}|\d{3,5}")


class FieldType:
    """Base: a plain text. ``keys`` are the special keys of a field line that this type understands."""

    name: ClassVar[str]
    keys: ClassVar[frozenset[str]] = frozenset()
    #: Python type of a stored value.
    stored: ClassVar[type | tuple[type, ...]] = str
    stored_word: ClassVar[str] = "文字"
    #: False for what only a picker or the scanner can give.
    from_text: ClassVar[bool] = True
    #: True when the value names a person, household, facility or record by id.
    refers_to: ClassVar[str] = ""

    def __reduce__(self) -> tuple[Any, ...]:
        """There is one object for each type, also after a catalogue was kept and read again."""
        return _type_named, (self.name,)

    def condition_type(self, field: Field) -> Type:
        """The type that conditions calculate with."""
        return t.TEXT

    def condition_value(self, field: Field, value: Any) -> Any:
        """A stored value as a condition sees it. Called for non-empty values only."""
        return value

    def stored_value(self, field: Field, value: Any) -> Any:
        """The result of a calculation as it is stored. Called for non-empty values only."""
        return value

    def sample(self, field: Field) -> Any:
        """A type-correct stored value, for running every condition once."""
        return "样例"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        value = _text(raw)
        return Parsed(value, self.check(field, value))

    def format(self, field: Field, value: Any) -> str:
        return str(value)

    def check(self, field: Field, value: Any) -> tuple[Problem, ...]:
        if not isinstance(value, self.stored) or (isinstance(value, bool) and self.stored is not bool):
            return (field.problem(f"{field.label}应当是{self.stored_word}", "type"),)
        return tuple(self.judge(field, value))

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        """Problems of a value whose Python type is right."""
        if field.pattern and not re.fullmatch(field.pattern, value):
            yield field.problem(field.constraint_message or f"{field.label}的写法不合要求", "pattern")

    def fail(self, field: Field, message: str) -> Parsed:
        return Parsed(None, (field.problem(message, "parse"),))


class Text(FieldType):
    name = "text"
    keys = frozenset({"pattern"})


class Note(Text):
    name = "note"


class Location(Text):
    name = "location"


class Number(FieldType):
    """Whole numbers and their relatives; ``scale`` stored units make one written unit."""

    keys = frozenset({"min", "max", "unit"})
    stored = int
    stored_word = "数字"

    def scale(self, field: Field) -> int:
        return 1

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        if field.minimum is not None and value < field.minimum:
            yield field.problem(f"{field.label}不能小于 {self.format(field, field.minimum)}", "minimum")
        if field.maximum is not None and value > field.maximum:
            yield field.problem(f"{field.label}不能大于 {self.format(field, field.maximum)}", "maximum")

    def sample(self, field: Field) -> Any:
        return field.minimum or self.scale(field)


class Integer(Number):
    name = "integer"

    def condition_type(self, field: Field) -> Type:
        return t.INT

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        number = _decimal(raw, field.unit)
        if number is None or number != number.to_integral_value():
            return self.fail(field, f"{field.label}要填整数，这里是“{_short(raw)}”")
        return Parsed(int(number), self.check(field, int(number)))


class DecimalNumber(Number):
    name = "decimal"
    keys = Number.keys | {"digits"}

    def scale(self, field: Field) -> int:
        return int(10**field.digits)

    def condition_type(self, field: Field) -> Type:
        return t.DOUBLE

    def condition_value(self, field: Field, value: Any) -> Any:
        return value / 10**field.digits

    def stored_value(self, field: Field, value: Any) -> Any:
        scaled = Decimal(repr(value)).scaleb(field.digits)
        return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        number = _decimal(raw, field.unit)
        if number is None:
            return self.fail(field, f"{field.label}要填数字，这里是“{_short(raw)}”")
        scaled = number.scaleb(field.digits)
        if isinstance(raw, float):
            scaled = scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP)
        if scaled != scaled.to_integral_value():
            return self.fail(field, f"{field.label}最多 {field.digits} 位小数，这里是“{_short(raw)}”")
        return Parsed(int(scaled), self.check(field, int(scaled)))

    def format(self, field: Field, value: Any) -> str:
        return f"{Decimal(value).scaleb(-field.digits):f}"


class Money(Number):
    name = "money"
    stored_word = "金额（分）"

    def scale(self, field: Field) -> int:
        return 100

    def condition_type(self, field: Field) -> Type:
        return t.MONEY

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        try:
            cents = parse_money(raw)
        except UserError as error:
            return self.fail(field, f"{field.label}：{error.message}")
        return Parsed(cents, self.check(field, cents))

    def format(self, field: Field, value: Any) -> str:
        return format_money(value)


class Dated(FieldType):
    """Dates and months travel as ISO text, which sorts as time does."""

    length: ClassVar[int] = 10
    precision: ClassVar[str] = "日"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        try:
            parsed = parse_date(raw, today=reading.today, epoch1904=reading.epoch1904)
        except UserError as error:
            return self.fail(field, f"{field.label}：{error.message}")
        if len(parsed.text) < self.length:
            return self.fail(field, f"{field.label}要写到{self.precision}，这里只有“{_short(raw)}”")
        warnings = (field.problem(parsed.warning, "date", "warning"),) if parsed.warning else ()
        return Parsed(parsed.text[: self.length], warnings)

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        try:
            if len(value) != self.length:
                raise ValueError(value)
            date.fromisoformat(f"{value}-01" if self.length == 7 else value)
        except ValueError:
            yield field.problem(f"{field.label}不是一个{self.stored_word}：“{_short(value)}”", "type")


class Date(Dated):
    name = "date"
    stored_word = "日期"

    def condition_type(self, field: Field) -> Type:
        return t.DATE

    def format(self, field: Field, value: Any) -> str:
        try:
            return format_date_cn(date.fromisoformat(value))
        except ValueError:
            return str(value)

    def sample(self, field: Field) -> Any:
        return "2024-05-09"


class Month(Dated):
    name = "month"
    stored_word = "月份"
    length = 7
    precision = "月"

    def condition_type(self, field: Field) -> Type:
        return t.MONTH

    def format(self, field: Field, value: Any) -> str:
        try:
            return format_month_cn(value)
        except ValueError:
            return str(value)

    def sample(self, field: Field) -> Any:
        return "2024-05"


class DateTime(FieldType):
    name = "datetime"
    stored_word = "日期和时间"

    def condition_type(self, field: Field) -> Type:
        return t.DATETIME

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        try:
            datetime.fromisoformat(value)
        except ValueError:
            yield field.problem(f"{field.label}不是一个时间：“{_short(value)}”", "type")

    def format(self, field: Field, value: Any) -> str:
        return str(value)[:16].replace("T", " ")

    def sample(self, field: Field) -> Any:
        return "2024-05-09T08:30:00+08:00"


class YesNo(FieldType):
    name = "yes_no"
    stored = bool
    stored_word = "是或否"
    _WORDS: ClassVar[Mapping[str, bool]] = {
        **dict.fromkeys(("是", "有", "对", "√", "✓", "✔", "y", "yes", "true", "1", "享受", "已"), True),
        **dict.fromkeys(
            ("否", "无", "不", "×", "✗", "x", "n", "no", "false", "0", "没有", "不是", "未"), False
        ),
    }

    def condition_type(self, field: Field) -> Type:
        return t.BOOL

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        if isinstance(raw, bool):
            return Parsed(raw)
        number = f"{raw:g}" if isinstance(raw, float) else _text(raw).lower()
        value = self._WORDS.get(number)
        if value is None:
            return self.fail(field, f"{field.label}要填是或否，这里是“{_short(raw)}”")
        return Parsed(value)

    def format(self, field: Field, value: Any) -> str:
        return "是" if value else "否"

    def sample(self, field: Field) -> Any:
        return True


class Choice(FieldType):
    name = "choice"
    keys = frozenset({"choices"})
    stored_word = "代码"

    def condition_type(self, field: Field) -> Type:
        return t.code(field.choices.key if field.choices else "")

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        text = f"{raw:g}" if isinstance(raw, float) else _text(raw)
        code = field.choices.find(text) if field.choices else None
        if code is None:
            return self.fail(field, f"{field.label}没有“{_short(raw)}”这一项{_options(field)}")
        return Parsed(code, self.check(field, code))

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        yield from _unknown_code(field, value)

    def format(self, field: Field, value: Any) -> str:
        return field.choices.label(value) if field.choices else str(value)

    def sample(self, field: Field) -> Any:
        return next(iter(field.choices.items), "1") if field.choices else "1"


class ListOf(FieldType):
    """Values that are lists of texts; min and max count them."""

    keys = frozenset({"min", "max"})
    stored = (list, tuple)
    stored_word = "列表"
    counted: ClassVar[str] = "项"

    def condition_type(self, field: Field) -> Type:
        return t.list_of(t.TEXT)

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        if not all(isinstance(item, str) for item in value):
            yield field.problem(f"{field.label}应当是{self.stored_word}", "type")
            return
        if field.minimum is not None and len(value) < field.minimum:
            yield field.problem(
                f"{field.label}至少要 {field.minimum} {self.counted}，现有 {len(value)}", "minimum"
            )
        if field.maximum is not None and len(value) > field.maximum:
            yield field.problem(
                f"{field.label}最多 {field.maximum} {self.counted}，现有 {len(value)}", "maximum"
            )

    def format(self, field: Field, value: Any) -> str:
        return "、".join(value)

    def sample(self, field: Field) -> Any:
        return ["样例"] * max(1, field.minimum or 1)


class Choices(ListOf):
    name = "choices"
    keys = ListOf.keys | {"choices"}
    stored_word = "代码列表"

    def condition_type(self, field: Field) -> Type:
        return t.list_of(t.code(field.choices.key if field.choices else ""))

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        parts = [part.strip() for part in _SEPARATORS.split(_text(raw)) if part.strip()]
        codes: list[str] = []
        for part in parts:
            code = field.choices.find(part) if field.choices else None
            if code is None:
                return self.fail(field, f"{field.label}没有“{_short(part)}”这一项{_options(field)}")
            if code not in codes:
                codes.append(code)
        return Parsed(codes, self.check(field, codes))

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        yield from super().judge(field, value)
        for code in value:
            yield from _unknown_code(field, code)

    def format(self, field: Field, value: Any) -> str:
        return "、".join(field.choices.label(code) if field.choices else code for code in value)

    def sample(self, field: Field) -> Any:
        return list(field.choices.items)[: field.minimum or 1] if field.choices else ["1"]


class Names(ListOf):
    name = "names"
    stored_word = "姓名列表"
    counted = "人"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        names = list(dict.fromkeys(p.strip() for p in _SEPARATORS.split(_text(raw)) if p.strip()))
        return Parsed(names, self.check(field, names))


class Files(ListOf):
    name = "files"
    keys = ListOf.keys | {"kinds"}
    stored_word = "文件列表"
    counted = "个文件"
    from_text = False

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        return self.fail(field, f"{field.label}要扫描或拖入文件，不能从文字读取")

    def format(self, field: Field, value: Any) -> str:
        return f"{len(value)} 个文件"


class Reference(FieldType):
    """An id of a register's row; conditions see its attributes, or null."""

    from_text = False
    stored_word = "一条登记"

    def condition_type(self, field: Field) -> Type:
        return object_type(self.name)

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        return self.fail(field, f"{field.label}要从已有的{object_type(self.name)}里选，不能只写文字")


class Person(Reference):
    name = "person"
    refers_to = "person"


class Household(Reference):
    name = "household"
    refers_to = "household"


class Facility(Reference):
    name = "facility"
    keys = frozenset({"kinds"})
    refers_to = "facility"


class RecordReference(Reference):
    name = "record"
    keys = frozenset({"form"})
    refers_to = "record"


class Row(FieldType):
    """The key of a row of another table of the same record."""

    name = "row"
    keys = frozenset({"of"})
    from_text = False
    stored_word = "一行"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        return self.fail(field, f"{field.label}要从表里的行中选")


class Village(FieldType):
    name = "village"
    stored_word = "村（社区）代码"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        if reading.divisions is None:
            return Parsed(_text(raw))
        code = reading.divisions.find_village(_text(raw), town=reading.town)
        if code is None:
            town = reading.divisions.name(reading.town)
            return self.fail(
                field, f"{field.label}“{_short(raw)}”不是{town}的村或社区，或有两个村都能这样称呼"
            )
        return Parsed(code)

    def sample(self, field: Field) -> Any:
        return "500229103201"


class IdNumber(FieldType):
    name = "id_number"
    stored_word = "身份证号"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        checked = check_id_number(raw, today=reading.today)
        problems = tuple(Problem(field.path, p.message, p.level, p.code) for p in checked.problems)
        return Parsed(None if checked.damaged else checked.number or None, problems)

    def sample(self, field: Field) -> Any:
        return "500229199001010010"


class Phone(FieldType):
    name = "phone"
    stored_word = "电话"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        text = f"{raw:.0f}" if isinstance(raw, float) else _text(raw)
        value = re.sub(r"[\s ]", "", text).replace("—", "-").replace("－", "-")
        return Parsed(value, self.check(field, value))

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        if not _PHONE.fullmatch(value):
            yield field.problem(
                f"{field.label}“{_short(value)}”不像手机号（11 位）或座机号", "phone", "warning"
            )

    def sample(self, field: Field) -> Any:
        return "13800000000"


class Usci(FieldType):
    name = "usci"
    stored_word = "统一社会信用代码"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        value, problems = check_usci(raw)
        return Parsed(value, tuple(Problem(field.path, p.message, p.level, p.code) for p in problems))

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        for p in check_usci(value)[1]:
            yield Problem(field.path, p.message, p.level, p.code)


class Account(FieldType):
    """number, name, bank, type (all text); a bare text is read as the number."""

    name = "account"
    stored = dict
    stored_word = "账户"

    def condition_type(self, field: Field) -> Type:
        return object_type("account")

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        parts = dict(raw) if isinstance(raw, dict) else {"number": raw}
        number, problems = check_account(parts.get("number"))
        value = {key: _text(parts.get(key) or "") for key in ("number", "name", "bank", "type")}
        value["number"] = number
        found = tuple(Problem(field.path, p.message, p.level, p.code) for p in problems)
        return Parsed(value if not any(p.level == "error" for p in found) else None, found)

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        for p in check_account(value.get("number") or "")[1]:
            yield Problem(field.path, p.message, p.level, p.code)

    def format(self, field: Field, value: Any) -> str:
        return " ".join(filter(None, (value.get("bank"), value.get("number"), value.get("name"))))

    def sample(self, field: Field) -> Any:
        return {"number": "6217000000000000000", "name": "样例", "bank": "农商行", "type": "1"}


FIELD_TYPES: Mapping[str, FieldType] = {
    kind.name: kind()
    for kind in (
        Text, Note, Integer, DecimalNumber, Money, Date, Month, DateTime, YesNo, Choice, Choices, Person, Household,
        Facility, RecordReference, Row, Village, Location, IdNumber, Phone, Usci, Account, Names, Files,
    )
}  # fmt: skip


def _type_named(name: str) -> FieldType:
    return FIELD_TYPES[name]


#: Keys of a field line that only some types understand.
SPECIAL_KEYS = frozenset({"min", "max", "pattern", "choices", "kinds", "form", "of", "digits", "unit"})


def _text(raw: object) -> str:
    if isinstance(raw, str):
        return raw.strip()
    if isinstance(raw, float) and raw.is_integer():
        return f"{raw:.0f}"
    return str(raw).strip()


def _short(raw: object) -> str:
    text = str(raw)
    return text if len(text) <= 20 else text[:20] + "…"


def _decimal(raw: object, unit: str) -> Decimal | None:
    if isinstance(raw, bool):
        return None
    text = repr(raw) if isinstance(raw, (int, float)) else str(raw)
    text = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    text = text.removesuffix(unicodedata.normalize("NFKC", unit)).strip() if unit else text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**15 else None


def _unknown_code(field: Field, code: str) -> Iterator[Problem]:
    if field.choices is not None and code not in field.choices:
        yield field.problem(f"{field.label}的代码“{_short(code)}”不在代码表“{field.choices.title}”里", "code")


def _options(field: Field) -> str:
    labels = list(field.choices.choices().values()) if field.choices else []
    return f"；可填：{'、'.join(labels)}" if 0 < len(labels) <= 8 else ""
