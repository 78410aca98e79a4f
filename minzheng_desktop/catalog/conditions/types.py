"""The types that conditions calculate with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: How a type is called in a message.
WORDS: Mapping[str, str] = {
    "text": "文字",
    "int": "整数",
    "double": "小数",
    "money": "金额",
    "bool": "是否",
    "date": "日期",
    "month": "月份",
    "datetime": "日期时间",
    "code": "代码",
    "list": "列表",
    "row": "行",
    "object": "对象",
    "null": "空",
    "literal": "文字",
}


@dataclass(frozen=True)
class Type:
    """kind: a key of WORDS. item: of a list; codes: list key of a code; attributes: of an object or a row;
    values: the texts that a literal may be, kept so that they can be checked against a code list or as a date.
    """

    kind: str
    item: Type | None = None
    codes: str = ""
    attributes: Mapping[str, Type] | None = None
    values: tuple[str, ...] = ()
    title: str = ""

    def __str__(self) -> str:
        if self.kind == "list" and self.item is not None:
            return f"{self.item}的列表"
        return self.title or WORDS[self.kind]


TEXT = Type("text")
INT = Type("int")
#: The bare number 0, which money may be compared with.
ZERO = Type("int", values=("0",))
DOUBLE = Type("double")
MONEY = Type("money")
BOOL = Type("bool")
DATE = Type("date")
MONTH = Type("month")
DATETIME = Type("datetime")
NULL = Type("null")


def code(key: str) -> Type:
    """A code of the list of this key."""
    return Type("code", codes=key)


def list_of(item: Type) -> Type:
    return Type("list", item=item)


def literal(*values: str) -> Type:
    """One of some written texts."""
    return Type("literal", values=values)


def object_of(attributes: Mapping[str, Type], title: str) -> Type:
    """Something with attributes that may be absent as a whole: a person, a facility, a looked-up record."""
    return Type("object", attributes=attributes, title=title)
