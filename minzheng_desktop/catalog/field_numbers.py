"""Numbers, money, dates and months."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, ClassVar

from minzheng_desktop.catalog.conditions import types as t
from minzheng_desktop.catalog.conditions.types import Type
from minzheng_desktop.catalog.field_base import FieldType, shortened
from minzheng_desktop.catalog.fields import Field, Parsed, Reading
from minzheng_desktop.values.date_text import parse_date
from minzheng_desktop.values.dates import format_date_cn, format_month_cn
from minzheng_desktop.values.errors import Problem, UserError
from minzheng_desktop.values.money import format_money, parse_money


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
            return self.fail(field, f"{field.label}要填整数，这里是“{shortened(raw)}”")
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
            return self.fail(field, f"{field.label}要填数字，这里是“{shortened(raw)}”")
        scaled = number.scaleb(field.digits)
        if isinstance(raw, float):
            scaled = scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP)
        if scaled != scaled.to_integral_value():
            return self.fail(field, f"{field.label}最多 {field.digits} 位小数，这里是“{shortened(raw)}”")
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
            return self.fail(field, f"{field.label}要写到{self.precision}，这里只有“{shortened(raw)}”")
        warnings = (field.problem(parsed.warning, "date", "warning"),) if parsed.warning else ()
        return Parsed(parsed.text[: self.length], warnings)

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        try:
            if len(value) != self.length:
                raise ValueError(value)
            date.fromisoformat(f"{value}-01" if self.length == 7 else value)
        except ValueError:
            yield field.problem(f"{field.label}不是一个{self.stored_word}：“{shortened(value)}”", "type")


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
            yield field.problem(f"{field.label}不是一个时间：“{shortened(value)}”", "type")

    def format(self, field: Field, value: Any) -> str:
        return str(value)[:16].replace("T", " ")

    def sample(self, field: Field) -> Any:
        return "2024-05-09T08:30:00+08:00"


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
