"""What a plan of intake is made of: what is here already, the outcomes of lines, and rows that two laptops changed."""

from __future__ import annotations

import msgspec

from minzheng_desktop.exchange.judging.merging import History, Settled, Version
from minzheng_desktop.exchange.tables import COUNTY_TABLES, EXPORTED_TABLES
from minzheng_desktop.store import schema
from minzheng_desktop.store.rows import shape as shape_of
from minzheng_desktop.store.transfers import Handed
from minzheng_desktop.store.unit import Line

NEW, CHANGED, SAME, HELD, REJECTED, QUESTIONED = "new", "changed", "same", "held", "rejected", "questioned"
MERGED = "merged"
"""Not an outcome of a line but told of a row: two laptops changed it, and it merged."""
CONFLICT = "conflict"
DOUBLE_LOCK = "double_lock"
REGULAR = "regular"
APPLIED = frozenset({NEW, CHANGED})

Key = tuple[str, str]
"""(table, row id)"""


SENT_TABLES = frozenset(EXPORTED_TABLES)
"""What a laptop of a township may send in a package; a copy for another laptop brings all tables."""
ALL_TABLES = frozenset((*EXPORTED_TABLES, *COUNTY_TABLES))


class Existing(msgspec.Struct, frozen=True):
    """What the county's database already holds of the rows that lines write or point to.

    rows: (revision, owner) of each known row. past: revisions that known rows had before. numbers: holder of
    each (owner, id_type, id_number) among living people. histories: every version of the rows that a line may not
    simply follow, with the rules of their table and form. locked: the batch that pays a month regularly, by form and
    month. aliases: entries of people that gave way to another one. struck: people whom these lines enter with another's
    number and strike out again.
    """

    rows: dict[Key, tuple[str, str]]
    past: frozenset[tuple[str, str, str]] = frozenset()
    numbers: dict[tuple[str, str, str], str] = {}
    handed: Handed = Handed()
    histories: dict[Key, History] = {}
    locked: dict[tuple[str, str], str] = {}
    aliases: dict[str, str] = {}
    struck: frozenset[str] = frozenset()


class LockRight(msgspec.Struct, frozen=True):
    """When a laptop might lock months: spans of ISO times, an empty end still running."""

    spans: tuple[tuple[str, str], ...] = ()

    def holds(self, at: str) -> bool:
        """Whether a batch may have been locked there at this time."""
        return any(start <= at and (not end or at < end) for start, end in self.spans)


ANYWHERE = LockRight((("", ""),))


class Verdict(msgspec.Struct, frozen=True):
    """Why a line did not simply enter: a stable word, a Chinese sentence, the field, the id it waits for."""

    code: str
    why: str
    field: str = ""
    waits_for: str = ""


class Rewritten(msgspec.Struct, frozen=True):
    """A row that lines diverged on: what it is now, and the lines (places) that enter its history."""

    before: str
    settled: Settled
    places: tuple[int, ...]
    history: History
    derived: tuple[Version, ...] = ()
    """Versions that follow by themselves: an entry that gave way to another one of the same person."""

    @property
    def moved(self) -> bool:
        """Whether the row itself changes."""
        return self.settled.head.revision != self.before


def line_of(table: str, row_id: str, version: Version) -> Line:
    """A version as it travels."""
    shape = shape_of(schema.EXPORTED[table])
    body = msgspec.Raw(shape.encode(shape.build(version.body)))
    return Line(table, row_id, version.revision, version.base, version.at, version.by, body)


def version_of(line: Line, origin: str) -> Version:
    """A line as a version of its row's history."""
    body = shape_of(schema.EXPORTED[line.entity]).decode(bytes(line.body))
    return Version(line.revision, line.base, line.at, line.by, body, origin)
