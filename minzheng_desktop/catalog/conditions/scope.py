"""The names that a condition may use, and what stands behind each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from minzheng_desktop.catalog.codes import CodeList
from minzheng_desktop.catalog.conditions.types import Type
from minzheng_desktop.catalog.rates import RateBook


@dataclass(frozen=True)
class Entry:
    """kind: ``value`` (a field), ``special`` (today …), ``object`` (a person, a looked-up record …),
    ``lookup`` (a count or sum), ``table`` (rows with columns) or ``row`` (the present row).

    label: as people call it; large: rows may be more than a macro can go through.
    """

    kind: str
    type: Type
    columns: Mapping[str, Type] = field(default_factory=dict)
    label: str = ""
    large: bool = False
    live: bool = False


@dataclass(frozen=True)
class Scope:
    """table: key of the table that ``row`` belongs to, or empty."""

    names: Mapping[str, Entry]
    codes: Mapping[str, CodeList]
    rates: RateBook
    table: str = ""

    def with_row(self, table: str, entry: Entry) -> Scope:
        """The same scope inside a row of a table."""
        return replace(self, names={**self.names, "row": entry}, table=table)
