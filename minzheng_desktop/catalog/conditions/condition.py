"""A condition whose names and types are proven, ready to run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from minzheng_desktop.catalog.conditions.cel_library import cel
from minzheng_desktop.catalog.conditions.types import Type


@dataclass(frozen=True)
class Variable:
    """One flat variable of a rewritten condition, and where its value comes from.

    kind: ``value`` (root is a field), ``special`` (today, this_month, state), ``attribute`` and ``presence``
    (of the subject, a reference field, an account or a lookup named by root), ``lookup`` (a count, sum or list),
    ``column`` (attribute is a column of the table root), ``rows`` (columns of the table or list lookup root),
    ``row`` (attribute is a column of the present row), ``row_attribute`` (of the reference in that column),
    ``row_presence``. types: of its value, or of each of ``columns``.
    """

    name: str
    kind: str
    root: str
    attribute: str = ""
    columns: tuple[str, ...] = ()
    types: tuple[Type, ...] = ()

    def paths(self, table: str) -> tuple[str, ...]:
        """Paths of the fields that it reads; table: the one whose row the condition is about."""
        if self.kind in ("value", "attribute", "presence"):
            return (self.root,)
        if self.kind == "column":
            return (f"{self.root}.{self.attribute}",)
        if self.kind == "rows":
            return (self.root, *(f"{self.root}.{column.partition('__')[0]}" for column in self.columns))
        if self.kind.startswith("row"):
            return (f"{table}.{self.root}",)
        return ()


@dataclass(frozen=True)
class Condition:
    """source: as written; text: as rewritten for cel; type: of its result.

    strict: names of variables whose emptiness makes the result unknown whatever the others hold, so that it
    need not be run. path: set when the condition is nothing but a name. live: depends on today.
    table: key of the table whose rows it is about, or empty.
    """

    source: str
    text: str
    type: Type
    variables: tuple[Variable, ...] = ()
    strict: frozenset[str] = frozenset()
    path: str = ""
    live: bool = False
    table: str = ""

    @cached_property
    def program(self) -> cel.Program:
        """Compiled when first run: programs cannot be stored, and most forms are not opened in a session."""
        return cel.compile(self.text)

    def __getstate__(self) -> dict[str, object]:
        """Without the compiled program, so that a checked catalogue can be kept."""
        return {name: value for name, value in self.__dict__.items() if name != "program"}

    @property
    def reads(self) -> frozenset[str]:
        """Paths of fields, tables and lookups that it reads."""
        return frozenset(path for variable in self.variables for path in variable.paths(self.table))
