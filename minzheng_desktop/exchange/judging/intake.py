"""What another laptop's changes may do here: a pure plan, and its application in one transaction.

Every line gets one outcome: new, changed, same, held (something it needs is missing or contradicts) or rejected
(not this sender's to write). What was announced is the sum of the outcomes, in lines and cents, or nothing is
written. A payment batch and its items stand or fall together. A line that does not follow the present version of its
row is merged with it (`merging`), or kept aside as a conflict; both versions stay in the row's history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.exchange.down.receipt import RowLine, Tallies
from minzheng_desktop.exchange.files.bodies import Incoming, read_change
from minzheng_desktop.exchange.files.package import Count
from minzheng_desktop.exchange.judging.joins import Joined, settle_joins
from minzheng_desktop.exchange.judging.judge import Judge
from minzheng_desktop.exchange.judging.merging import Settled
from minzheng_desktop.exchange.judging.verdicts import (
    ALL_TABLES,
    ANYWHERE,
    APPLIED,
    CHANGED,
    CONFLICT,
    DOUBLE_LOCK,
    HELD,
    MERGED,
    NEW,
    QUESTIONED,
    REGULAR,
    REJECTED,
    SAME,
    SENT_TABLES,
    Existing,
    Key,
    LockRight,
    Rewritten,
    Verdict,
    line_of,
    version_of,
)
from minzheng_desktop.exchange.tables import MONEY
from minzheng_desktop.store import schema, sealed_files
from minzheng_desktop.store.arrivals import MADE, STORED, Arrival, write_arrivals, write_history
from minzheng_desktop.store.unit import Line

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing

__all__ = [
    "ALL_TABLES", "ANYWHERE", "APPLIED", "CHANGED", "CONFLICT", "DOUBLE_LOCK", "HELD", "MERGED", "NEW", "QUESTIONED",
    "REGULAR", "REJECTED", "SAME", "SENT_TABLES", "Existing", "Key", "LockRight", "Plan", "Rewritten", "Verdict",
    "announced_equals", "clash_rows", "keep_attachments", "line_of", "plan_intake", "version_of", "write_plan",
]  # fmt: skip


class Plan(msgspec.Struct, frozen=True):
    """One outcome per line, in the order of the lines; verdicts by place for those that were held or rejected;
    the rows that diverged."""

    incoming: Sequence[Incoming]
    outcomes: list[str]
    verdicts: dict[int, Verdict]
    questions: tuple[RowLine, ...]
    tallies: Tallies
    rewritten: dict[Key, Rewritten] = {}
    joins: tuple[Joined, ...] = ()

    def applicable(self) -> dict[str, list[list[Arrival]]]:
        """What to write by table, in waves: the n-th version of a row is in the n-th wave."""
        waves: dict[str, list[list[Arrival]]] = {table: [] for table in schema.EXPORTED}
        times: dict[str, int] = {}
        giving_way: dict[str, list[Arrival]] = {}
        for (table, row_id), row in self.rewritten.items():
            if row.moved and row.derived and row.before:
                giving_way.setdefault(table, []).append(self._head(table, row_id, row))
            elif row.moved:
                waves[table] = waves[table] or [[]]
                waves[table][0].append(self._head(table, row_id, row))
        for one, outcome in zip(self.incoming, self.outcomes, strict=True):
            if outcome in APPLIED and (one.line.entity, one.line.id) not in self.rewritten:
                line = one.line
                nth = times.get(line.id, 0)
                times[line.id] = nth + 1
                of_table = waves[line.entity]
                while nth >= len(of_table):
                    of_table.append([])
                of_table[nth].append(Arrival(line, one.body, one.values, outcome == NEW))
        for table, first in giving_way.items():  # what they hold has to be free before others take it
            waves[table].insert(0, first)
        return {table: of_table for table, of_table in waves.items() if of_table}

    def _head(self, table: str, row_id: str, row: Rewritten) -> Arrival:
        """What the row becomes; the version is written with it where it was made just now."""
        head = row.settled.head
        place = next((n for n in row.places if self.incoming[n].line.revision == head.revision), None)
        one = (
            self.incoming[place]
            if place is not None
            else read_change(msgspec.json.encode(line_of(table, row_id, head)))
        )
        version = MADE if row.settled.made else STORED
        return Arrival(one.line, one.body, one.values, not row.before, version)

    def entered(self) -> list[Incoming]:
        """The lines that enter, and the merges that they made."""
        found = [one for one, outcome in zip(self.incoming, self.outcomes, strict=True) if outcome in APPLIED]
        for (table, row_id), row in self.rewritten.items():
            if row.settled.made:
                arrival = self._head(table, row_id, row)
                found.append(Incoming(arrival.line, arrival.body, arrival.values))
        return found

    def kept_lines(self) -> list[Line]:
        """The lines that enter the history of their row, whether the row follows them or not."""
        return [self.incoming[place].line for row in self.rewritten.values() for place in row.places]

    def derived_lines(self) -> list[Line]:
        """The versions that follow by themselves, which enter the history as this laptop's."""
        return [
            line_of(table, row_id, version)
            for (table, row_id), row in self.rewritten.items()
            for version in row.derived
        ]

    def conflicts_at(self, place: int) -> bool:
        """Whether the line at this place waits for a person beside another version of its row."""
        return place in self.verdicts and self.verdicts[place].code == CONFLICT

    def arrived(self) -> set[str]:
        """The ids of rows of which a version came that others may wait for."""
        return {one.line.id for one in self.entered()} | {row_id for _, row_id in self.rewritten}

    def merges(self) -> list[RowLine]:
        """What merged, row by row, as the receipt tells it."""
        return [
            RowLine(
                MERGED,
                table,
                row_id,
                row.settled.head.revision,
                MERGED,
                _merge_sentence(row.settled),
                ",".join(row.settled.told),
            )
            for (table, row_id), row in self.rewritten.items()
            if row.settled.made
        ]

    def rows(self) -> list[RowLine]:
        """Every line that was held or rejected, as the receipt tells it."""
        return [
            RowLine(
                outcome=self.outcomes[place],
                entity=self.incoming[place].line.entity,
                id=self.incoming[place].line.id,
                revision=self.incoming[place].line.revision,
                code=verdict.code,
                why=verdict.why,
                field=verdict.field,
                waits_for=verdict.waits_for,
            )
            for place, verdict in sorted(self.verdicts.items())
        ]

    def count(self, outcome: str) -> int:
        """Lines with this outcome."""
        return sum(count.rows for count in self.tallies.get(outcome, {}).values())


def plan_intake(
    existing: Existing,
    incoming: Sequence[Incoming],
    *,
    division: str,
    tables: frozenset[str] = SENT_TABLES,
    may_lock: LockRight = ANYWHERE,
    accepted: frozenset[str] = frozenset(),
) -> Plan:
    """Judge every line of a package of `division` (9 digits) in order; pure, nothing is read or written.

    `may_lock` is the sender's right to lock months; batches that a person `accepted` enter all the same.
    """
    judge = Judge(existing, division, tables, may_lock, accepted)
    for place, one in enumerate(incoming):
        judge.judge(place, one.line, one.body)
    judge.hold_broken_batches()
    judge.settle_conflicts()
    questions = judge.questions()
    tallies = _tally(incoming, judge.outcomes)
    if questions:
        tallies[QUESTIONED] = {}
    for row in questions:
        by_table = tallies[QUESTIONED]
        by_table[row.entity] = by_table.get(row.entity, Count()) + Count(1, 0)
    return Plan(
        incoming, judge.outcomes, judge.verdicts, questions, tallies, judge.rewritten(), tuple(judge.joins)
    )


def write_plan(w: Writing, plan: Plan, *, origin: Callable[[str], str], in_order: bool = False) -> None:
    """Write what a plan lets enter: rows in waves (`in_order` one after the other), and what only enters history."""
    waves = plan.applicable()
    if in_order:
        waves = {table: [[one] for wave in of_table for one in wave] for table, of_table in waves.items()}
    write_arrivals(w, waves, origin=origin)
    write_history(w, plan.kept_lines(), origin=origin)
    write_history(w, plan.derived_lines(), origin=lambda _: w.origin)
    settle_joins(w, plan.joins)


def keep_attachments(store: Store, plan: Plan, blobs: Mapping[str, bytes]) -> None:
    """Put the sealed files into place that rows of this sender name, before those rows are committed.

    Others are left out: nothing enters the folder that no row can open.
    """
    for one, outcome in zip(plan.incoming, plan.outcomes, strict=True):
        if one.line.entity == "attachments" and outcome != REJECTED:
            name = sealed_files.sealed_name(one.body.sealed_key)
            if name in blobs:
                sealed_files.keep_sealed(store, name, blobs[name])


def clash_rows(w: Writing) -> Iterator[RowLine]:
    """Records that claim a key which another record holds: they entered, and people see it."""
    for claim, holder in w.clashes:
        yield RowLine(
            QUESTIONED,
            "records",
            claim.record,
            "",
            "not_unique",
            f"{claim.message}。",
            claim.path,
            holder,
        )


def _merge_sentence(settled: Settled) -> str:
    if settled.told:
        return "两台电脑都改过这一条，改得不同的栏目取了较晚的一份，其余合在一起。"
    return "两台电脑都改过这一条，改的是不同的栏目，已合在一起。"


def _tally(incoming: Sequence[Incoming], outcomes: list[str]) -> Tallies:
    rows = Counter(zip(outcomes, map(_entity, incoming), strict=True))
    cents: dict[tuple[str, str], int] = {}
    for one, outcome in zip(incoming, outcomes, strict=True):
        column = MONEY.get(one.line.entity)
        if column is not None:
            key = (outcome, one.line.entity)
            cents[key] = cents.get(key, 0) + (getattr(one.body, column) or 0)
    tallies: Tallies = {}
    for (outcome, table), number in rows.items():
        tallies.setdefault(outcome, {})[table] = Count(number, cents.get((outcome, table), 0))
    return tallies


_entity = attrgetter("line.entity")


def announced_equals(counts: Mapping[str, Count], tallies: Tallies) -> bool:
    """announced = new + changed + same + held + rejected, per table, in lines and cents."""
    total: dict[str, Count] = {}
    for outcome in (NEW, CHANGED, SAME, HELD, REJECTED):
        for table, count in tallies.get(outcome, {}).items():
            total[table] = total.get(table, Count()) + count
    return total == {table: count for table, count in counts.items() if count.rows}
