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
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.exchange.bodies import Incoming, read_change
from minzheng_desktop.exchange.joins import Joined, gone_version, is_same_entry, settle_joins
from minzheng_desktop.exchange.merging import History, Settled, Version
from minzheng_desktop.exchange.package import Count
from minzheng_desktop.exchange.receipt import RowLine, Tallies
from minzheng_desktop.exchange.tables import COUNTY_TABLES, EXPORTED_TABLES, MONEY, REFERENCES
from minzheng_desktop.store import schema, sealed_files
from minzheng_desktop.store.arrivals import MADE, STORED, Arrival, write_arrivals, write_history
from minzheng_desktop.store.rows import shape as shape_of
from minzheng_desktop.store.transfers import Handed
from minzheng_desktop.store.unit import Line

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing

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
_STAYING = frozenset({"transfers", "bank_returns", "recoveries"})
"""Rows of the township that a household left, about what was paid there."""


class Existing(msgspec.Struct, frozen=True):
    """What the county's database already holds of the rows that lines write or point to.

    rows: (revision, owner) of each known row. past: revisions that known rows had before. numbers: holder of
    each (owner, id_type, id_number) among living people. histories: every version of the rows that a line may not
    simply follow, with the rules of their table and form. locked: the batch that pays a month regularly, by form and
    month. aliases: entries of people that gave way to another one.
    """

    rows: dict[Key, tuple[str, str]]
    past: frozenset[tuple[str, str, str]] = frozenset()
    numbers: dict[tuple[str, str, str], str] = {}
    handed: Handed = Handed()
    histories: dict[Key, History] = {}
    locked: dict[tuple[str, str], str] = {}
    aliases: dict[str, str] = {}


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
    judge = _Judge(existing, division, tables, may_lock, accepted)
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


def line_of(table: str, row_id: str, version: Version) -> Line:
    """A version as it travels."""
    shape = shape_of(schema.EXPORTED[table])
    body = msgspec.Raw(shape.encode(shape.build(version.body)))
    return Line(table, row_id, version.revision, version.base, version.at, version.by, body)


def version_of(line: Line, origin: str) -> Version:
    """A line as a version of its row's history."""
    body = shape_of(schema.EXPORTED[line.entity]).decode(bytes(line.body))
    return Version(line.revision, line.base, line.at, line.by, body, origin)


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


class _Judge:
    def __init__(
        self,
        existing: Existing,
        division: str,
        tables: frozenset[str],
        may_lock: LockRight,
        accepted: frozenset[str],
    ) -> None:
        self.division = division
        self._tables = tables
        self._may_lock = may_lock
        self._accepted = accepted
        self._locked = dict(existing.locked)
        self.outcomes: list[str] = []
        self.verdicts: dict[int, Verdict] = {}
        self._rows = dict(existing.rows)
        self._past = existing.past
        self._numbers = dict(existing.numbers)
        self._handed = existing.handed
        self._own_numbers: dict[str, tuple[str, str, str]] = {}
        self._elsewhere: dict[tuple[str, str], list[str]] = {}
        for (owner, kind, number), holder in existing.numbers.items():
            if owner != division:
                self._elsewhere.setdefault((kind, number), []).append(owner)
            else:
                self._own_numbers[holder] = (owner, kind, number)
        self._batches: dict[str, list[int]] = {}
        self._items: dict[str, list[tuple[int, int]]] = {}
        self._totals: dict[str, tuple[int, int, int]] = {}
        self._questions: list[RowLine] = []
        self._lines: list[Line] = []
        self._histories = {key: history.copy() for key, history in existing.histories.items()}
        self._kept: dict[Key, list[int]] = {}
        self._before: dict[Key, str] = {}
        self._aliases = existing.aliases
        self._derived: dict[Key, list[Version]] = {}
        self.joins: list[Joined] = []

    def judge(self, place: int, line: Line, body: Any) -> None:
        """Give the line its outcome; lines come in the order in which they were packed."""
        outcome, verdict = self._outcome(line, body)
        self._lines.append(line)
        self.outcomes.append(outcome)
        if verdict is not None:
            self.verdicts[place] = verdict
        if body is None:
            return
        entity = line.entity
        key = (entity, line.id)
        if outcome in APPLIED and key in self._histories:
            self._keep(key, place, line)
        elif outcome in APPLIED:
            self._rows[key] = (line.revision, self.division)
        if outcome in APPLIED and entity == "people" and line.id not in self._aliases:
            self._take_number(line, body)
        if entity == "payment_batches" and outcome in APPLIED:
            self._lock(line.id, body)
        if entity == "payment_items":
            self._items.setdefault(body.batch, []).append((place, body.total))
        elif entity == "payment_batches":
            self._batches.setdefault(line.id, []).append(place)
            self._totals[line.id] = (place, body.total, body.item_count)

    def _outcome(self, line: Line, body: Any) -> tuple[str, Verdict | None]:
        entity = line.entity
        if body is None or entity not in self._tables:
            return REJECTED, Verdict("not_a_township_table", "乡镇不能写这一类内容，已隔离，没有进县库。")
        if body.owner != self.division:
            return REJECTED, Verdict("other_division", "这一条属于别的乡镇，已隔离，没有进县库。", "owner")
        known = self._rows.get((entity, line.id))
        if known is not None:
            settled = self._known(line, *known)
            if settled is not None:
                return settled
        elif line.base is not None:
            return HELD, Verdict("predecessor", "它之前的一版还没有到，先存着。", waits_for=line.id)
        missing = self._missing_reference(line, body)
        if missing is not None:
            return missing
        if entity == "payment_batches" and known is None and line.id not in self._accepted:
            double = self._double_lock(line, body)
            if double is not None:
                return HELD, double
        if entity == "people" and body.id_number and not body.void and line.id not in self._aliases:
            clash = self._number_clash(line, body)
            if clash is not None and not (known is None and self._join(line, clash.waits_for)):
                return HELD, clash
        return (NEW if known is None else CHANGED), None

    def _known(self, line: Line, revision: str, owner: str) -> tuple[str, Verdict | None] | None:
        """The outcome of a line for a row that is here, unless it follows the present revision."""
        key = (line.entity, line.id)
        heir = self._handed.to.get(key, owner)
        if self.division != heir:
            why = "要改的这一条属于别的乡镇，已隔离，没有进县库。"
            if self.division in self._handed.by.get(key, ()):
                why = "这一户已批准迁往别的乡镇，这里的改动已隔离，没有进县库。"
            return REJECTED, Verdict("other_division", why, "owner")
        history = self._histories.get(key)
        if line.revision == revision or (*key, line.revision) in self._past:
            return SAME, None
        if history is not None and line.revision in history:
            return SAME, None
        if line.base == revision or (history is not None and history.knows(line.base)):
            return None
        return HELD, Verdict("predecessor", "它之前的一版还没有到，先存着。", waits_for=line.id)

    def _keep(self, key: Key, place: int, line: Line) -> None:
        """Take a line into the history of its row and work out what the row is now."""
        history, (before, owner) = self._histories[key], self._rows.get(key, ("", self.division))
        history.add(version_of(line, ""))
        for version in self._derived.get(key, ()):
            history.add(version)
        self._kept.setdefault(key, []).append(place)
        self._before.setdefault(key, before)
        self._rows[key] = (history.settle(before).head.revision, owner)

    def settle_conflicts(self) -> None:
        """Hold the lines whose changes are not in their row: it conflicts with another version."""
        for key, places in list(self._kept.items()):
            broken = [n for n in places if self.outcomes[n] == HELD]
            if broken:  # the batch is held as a whole: nothing of it enters, its history neither
                for n in places:
                    if self.outcomes[n] != HELD:
                        self.outcomes[n], self.verdicts[n] = HELD, self.verdicts[broken[0]]
                del self._kept[key]
                continue
            history, settled = self._histories[key], self._settled(key)
            if not settled.aside:
                continue
            head = settled.head.revision
            for n in places:
                revision = self._lines[n].revision
                if revision != head and not history.is_before(revision, head):
                    self.outcomes[n] = HELD
                    why = "两台电脑从同一版改出不同的内容，等人决定。"
                    self.verdicts[n] = Verdict(CONFLICT, why, ",".join(settled.conflicts))

    def _settled(self, key: Key) -> Settled:
        return self._histories[key].settle(self._rows[key][0])

    def rewritten(self) -> dict[Key, Rewritten]:
        """The rows whose history grew otherwise than by one version after the other."""
        return {
            key: Rewritten(
                self._before[key],
                self._settled(key),
                tuple(places),
                self._histories[key],
                tuple(self._derived.get(key, ())),
            )
            for key, places in self._kept.items()
        }

    def _missing_reference(self, line: Line, body: Any) -> tuple[str, Verdict] | None:
        for column, table in REFERENCES[line.entity]:
            target = getattr(body, column)
            if target is None:
                continue
            row = self._rows.get((table, target))
            if row is None:
                return HELD, Verdict("reference", "它所指的那一条还没有到，先存着。", column, target)
            if row[1] != self.division and not self._stays(line.entity, (table, target)):
                return REJECTED, Verdict(
                    "other_division", "它指向别的乡镇的内容，已隔离，没有进县库。", column
                )
        return None

    def _stays(self, entity: str, target: Key) -> bool:
        """Whether the row stays with the township that paid, or tells of the move, while what it points to moved."""
        return entity in _STAYING and self.division in self._handed.by.get(target, ())

    def _double_lock(self, line: Line, body: Any) -> Verdict | None:
        """Why a batch waits for a person: its month is locked already, or its laptop may not lock. Void ones pass."""
        if body.void or body.kind != REGULAR:
            return None
        other = self._locked.get((body.form, body.month))
        if other is not None and other != line.id:
            why = f"{body.month} 这项业务已经封过一批，又来一批，等人核对，整批先存着。"
            return Verdict(DOUBLE_LOCK, why, "month", other)
        if not self._may_lock.holds(body.locked_at or line.at):
            return Verdict(DOUBLE_LOCK, "写这一批的电脑没有锁定权，等人核对，整批先存着。", "locked_by")
        return None

    def _lock(self, batch: str, body: Any) -> None:
        key = (body.form, body.month)
        if body.kind == REGULAR and not body.void:
            self._locked.setdefault(key, batch)
        elif self._locked.get(key) == batch:
            del self._locked[key]

    def _number_clash(self, line: Line, body: Any) -> Verdict | None:
        holder = self._numbers.get((self.division, body.id_type, body.id_number))
        if holder is None or holder == line.id:
            return None
        return Verdict("same_person", "同一证号在本乡镇已有另一个人，等人决定。", "id_number", holder)

    def _join(self, line: Line, holder: str) -> bool:
        """Join a new entry with the one that holds its number, where they are surely one person; the lower id stays."""
        there = ("people", holder)
        history = self._histories.get(there)
        if history is None or holder in self._aliases:
            return False
        present, new = history[self._rows[there][0]], version_of(line, "")
        if not is_same_entry(present.body, new.body):
            return False
        joined = Joined(gone=max(holder, line.id), keep=min(holder, line.id))
        self.joins.append(joined)
        self._aliases[joined.gone] = joined.keep
        if joined.gone == line.id:
            here = ("people", line.id)
            self._histories.setdefault(here, History(history.rules))
            self._derived[here] = [gone_version(new, holder)]
            return True
        version = gone_version(present, line.id)
        history.add(version)
        self._derived[there] = [version]
        self._kept.setdefault(there, [])
        self._before.setdefault(there, present.revision)
        self._rows[there] = (version.revision, self.division)
        return True

    def _take_number(self, line: Line, body: Any) -> None:
        before = self._own_numbers.pop(line.id, None)
        if before is not None:
            self._numbers.pop(before, None)
        if not body.id_number or body.void:
            return
        key = (self.division, body.id_type, body.id_number)
        self._numbers[key] = line.id
        self._own_numbers[line.id] = key
        for owner in self._elsewhere.get((body.id_type, body.id_number), ()):
            self._question(
                line, "same_number_elsewhere", f"同一证号在区划 {owner} 也有，请核对是否同一人。", "id_number"
            )

    def hold_broken_batches(self) -> None:
        """A batch of which one item does not enter is held with all its items."""
        for batch, items in self._items.items():
            places = [*self._batches.get(batch, ()), *(place for place, _ in items)]
            if any(self.outcomes[place] in (HELD, REJECTED) for place in places):
                for place in places:
                    if self.outcomes[place] in APPLIED:
                        self.outcomes[place] = HELD
                        self.verdicts[place] = Verdict(
                            "batch", "同一批次里有一条没有进县库，整批先存着。", waits_for=batch
                        )
            elif batch in self._totals:
                self._compare_total(batch, items)

    def _compare_total(self, batch: str, items: list[tuple[int, int]]) -> None:
        place, total, count = self._totals[batch]
        if self.outcomes[place] != NEW:
            return
        actual = sum(amount for _, amount in items)
        if (actual, len(items)) != (total, count):
            self._question(
                self._lines[place],
                "batch_total",
                f"批次写 {count} 条、{total / 100:,.2f} 元，明细合计 {len(items)} 条、{actual / 100:,.2f} 元。",
                "total",
            )

    def _question(self, line: Line, code: str, why: str, field: str) -> None:
        self._questions.append(RowLine(QUESTIONED, line.entity, line.id, line.revision, code, why, field))

    def questions(self) -> tuple[RowLine, ...]:
        """Questions about lines that entered."""
        entered = {
            (line.entity, line.id)
            for line, outcome in zip(self._lines, self.outcomes, strict=True)
            if outcome in APPLIED
        }
        return tuple(row for row in self._questions if (row.entity, row.id) in entered)
