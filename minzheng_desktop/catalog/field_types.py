"""The closed list of field types. Each is ONE object that reads, formats and checks text, and names what is
stored and what conditions see; the widget belongs to the window, by the type's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from minzheng_desktop.catalog.conditions.types import Type
from minzheng_desktop.catalog.field_base import FieldType, as_text, shortened
from minzheng_desktop.catalog.field_choices import Choice, Choices, Files, Names, YesNo
from minzheng_desktop.catalog.field_numbers import Date, DateTime, DecimalNumber, Integer, Money, Month
from minzheng_desktop.catalog.fields import Field, Parsed, Reading
from minzheng_desktop.catalog.registers import object_type
from minzheng_desktop.values.accounts import check_account
from minzheng_desktop.values.errors import Problem
from minzheng_desktop.values.id_number import check_id_number
from minzheng_desktop.values.usci import check_usci

_PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}(-\d{1,6})?|\d{7,8}|\d{3,5}")


class Text(FieldType):
    name = "text"
    keys = frozenset({"pattern"})


class Note(Text):
    name = "note"


class Location(Text):
    name = "location"


class Reference(FieldType):
    """An id of a register's row; conditions see its attributes, or null."""

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
    stored_word = "一行"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        return self.fail(field, f"{field.label}要从表里的行中选")


class Village(FieldType):
    name = "village"
    stored_word = "村（社区）代码"

    def parse(self, field: Field, raw: object, reading: Reading) -> Parsed:
        if reading.divisions is None:
            return Parsed(as_text(raw))
        code = reading.divisions.find_village(as_text(raw), town=reading.town)
        if code is None:
            town = reading.divisions.name(reading.town)
            return self.fail(
                field, f"{field.label}“{shortened(raw)}”不是{town}的村或社区，或有两个村都能这样称呼"
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
        text = f"{raw:.0f}" if isinstance(raw, float) else as_text(raw)
        value = re.sub(r"[\s ]", "", text).replace("—", "-").replace("－", "-")
        return Parsed(value, self.check(field, value))

    def judge(self, field: Field, value: Any) -> Iterator[Problem]:
        if not _PHONE.fullmatch(value):
            yield field.problem(
                f"{field.label}“{shortened(value)}”不像手机号（11 位）或座机号", "phone", "warning"
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
        value = {key: as_text(parts.get(key) or "") for key in ("number", "name", "bank", "type")}
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

#: Keys of a field line that only some types understand.
SPECIAL_KEYS = frozenset({"min", "max", "pattern", "choices", "kinds", "form", "of", "digits", "unit"})
