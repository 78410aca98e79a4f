"""What the checker knows of one part of a condition: its type, its rewriting, what makes it empty."""

from __future__ import annotations

from dataclasses import dataclass, field

from minzheng_desktop.catalog.conditions import parser as tree
from minzheng_desktop.catalog.conditions.types import Type

#: Stands for what could not be typed, so that one mistake is said once.
UNTYPED = Type("unknown", title="？")


@dataclass
class RowsUse:
    """A table used row by row in one condition; collects the columns that are read."""

    table: str
    columns: dict[str, Type] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return "__".join([self.table, "rows", *sorted(self.columns)])


Piece = str | RowsUse


@dataclass
class Checked:
    """text: pieces of the rewritten condition. nulls: variables whose emptiness makes it empty; faults: those
    whose emptiness stops cel; together, what makes the result unknown. path: set for a bare name.
    """

    type: Type
    text: list[Piece]
    nulls: frozenset[str] = frozenset()
    faults: frozenset[str] = frozenset()
    path: str = ""
    rows: RowsUse | None = None

    @property
    def strict(self) -> frozenset[str]:
        return self.nulls | self.faults


def wrapped(checked: Checked, node: tree.Node) -> list[Piece]:
    """The pieces, in parentheses where the node is an operation: the tree alone decides what binds."""
    if isinstance(node, (tree.Binary, tree.Unary)):
        return ["(", *checked.text, ")"]
    return checked.text


def nothing() -> Checked:
    """Something whose mistake has been said already."""
    return Checked(UNTYPED, [""])
