"""A field of a form: what its file says, resolved. Its type object does the work (``field_types``)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.catalog.codes import CodeList
from minzheng_desktop.catalog.divisions import Divisions
from minzheng_desktop.values.errors import Problem

if TYPE_CHECKING:
    from minzheng_desktop.catalog.field_base import FieldType


class Reading(msgspec.Struct, frozen=True):
    """What reading a text depends on: today, the divisions and the township of the office."""

    today: date
    divisions: Divisions | None = None
    town: str = ""
    epoch1904: bool = False


class Parsed(msgspec.Struct, frozen=True):
    """value: as stored, None when empty or not readable; problems: errors where it is not, else warnings."""

    value: Any = None
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        return not any(p.level == "error" for p in self.problems)


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """path: ``dibao_type`` or ``members.in_covered``; table: key of its table or an empty text.

    bounds: min and max in stored units (cents, scaled decimals; counts for files, names and choices).
    Conditions stay texts here; their checked form is ``Form.conditions[(path, use)]``.
    copied: kept from the register in a household row, frozen at the first active state. live: depends on
    today, so it is shown and printed but never stored. origin: shipped, county or local.
    """

    key: str
    path: str
    label: str
    type: FieldType
    table: str = ""
    hint: str = ""
    required: bool = False
    required_if: str = ""
    required_at: str = ""
    relevant: str = ""
    constraint: str = ""
    constraint_message: str = ""
    minimum: int | None = None
    maximum: int | None = None
    pattern: str = ""
    default: Any = None
    calculation: str = ""
    filled_by: str = ""
    keep: bool = False
    read_only: bool = False
    hidden: bool = False
    choices: CodeList | None = None
    kinds: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    of: str = ""
    digits: int = 0
    unit: str = ""
    edit_by: tuple[str, ...] = ()
    edit_in: tuple[str, ...] = ()
    privacy: str = "ordinary"
    feeds: str = ""
    since: int = 1
    renamed_from: str = ""
    retired: bool = False
    copied: bool = False
    live: bool = False
    origin: str = "shipped"
    file: str = ""
    line: int = 0

    @property
    def computed(self) -> bool:
        """True when no person types it: calculated, or filled by the program."""
        return bool(self.calculation or self.filled_by or self.copied)

    def parse(self, raw: object, reading: Reading) -> Parsed:
        """Read what a person typed or a roster holds. Never raises; blank gives value None."""
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return Parsed()
        return self.type.parse(self, raw, reading)

    def format(self, value: Any) -> str:
        """The value as people read it: code labels, yuan with two decimals, 是 or 否; empty for None."""
        return "" if value is None else self.type.format(self, value)

    def check(self, value: Any) -> tuple[Problem, ...]:
        """What is wrong with a stored, non-empty value by itself: its form, bounds, pattern, unknown code."""
        return self.type.check(self, value)

    def is_empty(self, value: Any) -> bool:
        """None, an empty text and an empty list are empty; false and 0 are not."""
        return value is None or value == "" or value == []

    def problem(self, message: str, code: str, level: str = "error") -> Problem:
        return Problem(self.path, message, level, code)
