"""What every field type is: one object that reads, formats and checks, and names what conditions see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from minzheng_desktop.catalog.conditions import types as t
from minzheng_desktop.catalog.conditions.types import Type
from minzheng_desktop.catalog.fields import Field, Parsed, Reading
from minzheng_desktop.values.errors import Problem

#: Signs between the parts of a list in one cell.
SEPARATORS = re.compile(r"[、，,;；/|\n]+")


class FieldType:
    """Base: a plain text. ``keys`` are the special keys of a field line that this type understands."""

    name: ClassVar[str]
    keys: ClassVar[frozenset[str]] = frozenset()
    #: Python type of a stored value.
    stored: ClassVar[type | tuple[type, ...]] = str
    stored_word: ClassVar[str] = "文字"
    #: True when the value names a person, household, facility or record by id.
    refers_to: ClassVar[str] = ""

    def __reduce__(self) -> tuple[Any, ...]:
        """There is one object for each type, also after a catalogue was kept and read again."""
        return kept_type, (self.name,)

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
        value = as_text(raw)
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


def kept_type(name: str) -> FieldType:
    """The one object of a type, for a catalogue that was kept and is read again."""
    from minzheng_desktop.catalog.field_types import FIELD_TYPES

    return FIELD_TYPES[name]


def as_text(raw: object) -> str:
    if isinstance(raw, str):
        return raw.strip()
    if isinstance(raw, float) and raw.is_integer():
        return f"{raw:.0f}"
    return str(raw).strip()


def shortened(raw: object) -> str:
    text = str(raw)
    return text if len(text) <= 20 else text[:20] + "…"
