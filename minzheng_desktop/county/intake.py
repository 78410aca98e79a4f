"""What a township's changes may do at the county: a pure plan, and its application in one transaction.

Every line gets one outcome: new, changed, same, held (something it needs is missing or contradicts) or rejected
(not this sender's to write). What was announced is the sum of the outcomes, in lines and cents, or nothing is
written. A payment batch and its items stand or fall together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.chain import cents_of
from minzheng_desktop.exchange.package import Count
from minzheng_desktop.exchange.receipt import RowLine, Tallies
from minzheng_desktop.exchange.tables import EXPORTED_TABLES, REFERENCES
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import Line, chunks
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

NEW, CHANGED, SAME, HELD, REJECTED, QUESTIONED = "new", "changed", "same", "held", "rejected", "questioned"
APPLIED = frozenset({NEW, CHANGED})

Key = tuple[str, str]
"""(table, row id)"""


class Existing(msgspec.Struct, frozen=True):
    """What the county's database already holds of the rows that lines write or point to.

    rows: (revision, owner) of each known row. past: revisions that known rows had before. numbers: holder of
    each (owner, id_type, id_number) among living people.
    """

    rows: dict[Key, tuple[str, str]]
    past: frozenset[tuple[str, str, str]] = frozenset()
    numbers: dict[tuple[str, str, str], str] = {}


class Verdict(msgspec.Struct, frozen=True):
    """Why a line did not simply enter: a stable word, a Chinese sentence, the field, the id it waits for."""

    code: str
    why: str
    field: str = ""
    waits_for: str = ""


class Plan(msgspec.Struct, frozen=True):
    """One outcome per line, in the order of the lines; verdicts by place for those that were held or rejected."""

    lines: Sequence[Line]
    outcomes: list[str]
    verdicts: dict[int, Verdict]
    questions: tuple[RowLine, ...]
    tallies: Tallies

    def applicable(self) -> dict[str, list[list[Line]]]:
        """Lines to write by table, in waves: the n-th version of a row is in the n-th wave."""
        waves: dict[str, list[list[Line]]] = {}
        times: dict[Key, int] = {}
        for line, outcome in zip(self.lines, self.outcomes, strict=True):
            if outcome in APPLIED:
                nth = times.get((line.entity, line.id), 0)
                times[line.entity, line.id] = nth + 1
                of_table = waves.setdefault(line.entity, [])
                if nth == len(of_table):
                    of_table.append([])
                of_table[nth].append(line)
        return {table: waves[table] for table in EXPORTED_TABLES if table in waves}

    def rows(self) -> list[RowLine]:
        """Every line that did not simply enter, as the receipt tells it."""
        told = [
            RowLine(
                outcome=self.outcomes[place],
                entity=self.lines[place].entity,
                id=self.lines[place].id,
                revision=self.lines[place].revision,
                code=verdict.code,
                why=verdict.why,
                field=verdict.field,
                waits_for=verdict.waits_for,
            )
            for place, verdict in sorted(self.verdicts.items())
        ]
        return [*told, *self.questions]

    def count(self, outcome: str) -> int:
        """Lines with this outcome."""
        return sum(count.rows for count in self.tallies.get(outcome, {}).values())


class Incoming(msgspec.Struct, frozen=True):
    """A line and its decoded body; None for a table that this program does not exchange."""

    line: Line
    body: Any


_INTEGER = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]  # cents, counts: far inside 64 bits
_EMPTY: dict[Any, Any] = {_INTEGER: 0, str: ""}


def _body_type(table: sa.Table) -> type[msgspec.Struct]:
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [("owner", str)]
    for name in schema.body_columns(table):
        column = table.c[name]
        kind: Any = _INTEGER if isinstance(column.type, sa.Integer) else str
        if isinstance(column.type, schema.Json):
            kind = dict[str, Any] | list[Any]
        elif column.nullable:
            kind = kind | None
        if name != "owner":
            fields.append((str(name), kind, None if column.nullable else _EMPTY.get(kind)))
    return msgspec.defstruct(f"{table.name}_body", fields, forbid_unknown_fields=True)


_BODIES = {name: msgspec.json.Decoder(_body_type(table)) for name, table in schema.EXPORTED.items()}


def read_incoming(lines: Iterable[Line]) -> list[Incoming]:
    """Decode the bodies. UserError when a column is unknown or holds a value of the wrong type."""
    incoming = []
    for line in lines:
        decoder = _BODIES.get(line.entity)
        try:
            incoming.append(Incoming(line, None if decoder is None else decoder.decode(line.body)))
        except msgspec.MsgspecError as error:
            raise UserError(
                "payload_damaged",
                f"包的内容不合规范：“{line.entity}”的一条有不认识的栏目或类型不对（{error}）。"
                "没有读入，台账没有变化。请对方升级程序后重新写一份。",
            ) from error
    return incoming


def plan_intake(existing: Existing, incoming: Sequence[Incoming], *, division: str) -> Plan:
    """Judge every line of a package of `division` (9 digits) in order; pure, nothing is read or written."""
    judge = _Judge(existing, division)
    for place, one in enumerate(incoming):
        judge.judge(place, one.line, one.body)
    judge.hold_broken_batches()
    lines = [one.line for one in incoming]
    tallies: Tallies = {}
    for line, outcome in zip(lines, judge.outcomes, strict=True):
        by_table = tallies.setdefault(outcome, {})
        by_table[line.entity] = by_table.get(line.entity, Count()).plus(cents_of(line))
    questions = judge.questions()
    for row in questions:
        by_table = tallies.setdefault(QUESTIONED, {})
        by_table[row.entity] = by_table.get(row.entity, Count()).plus(0)
    return Plan(lines, judge.outcomes, judge.verdicts, questions, tallies)


def announced_equals(counts: Mapping[str, Count], tallies: Tallies) -> bool:
    """announced = new + changed + same + held + rejected, per table, in lines and cents."""
    total: dict[str, Count] = {}
    for outcome in (NEW, CHANGED, SAME, HELD, REJECTED):
        for table, count in tallies.get(outcome, {}).items():
            total[table] = total.get(table, Count()) + count
    return total == {table: count for table, count in counts.items() if count.rows}


class _Judge:
    def __init__(self, existing: Existing, division: str) -> None:
        self.division = division
        self.outcomes: list[str] = []
        self.verdicts: dict[int, Verdict] = {}
        self._rows = dict(existing.rows)
        self._past = existing.past
        self._numbers = dict(existing.numbers)
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

    def judge(self, place: int, line: Line, body: Any) -> None:
        outcome, verdict = self._outcome(line, body)
        self._lines.append(line)
        self.outcomes.append(outcome)
        if verdict is not None:
            self.verdicts[place] = verdict
        if outcome in APPLIED:
            self._rows[line.entity, line.id] = (line.revision, self.division)
            self._take_number(line, body)
        if body is None:
            return
        if line.entity == "payment_batches":
            self._batches.setdefault(line.id, []).append(place)
            self._totals[line.id] = (place, body.total, body.item_count)
        elif line.entity == "payment_items":
            self._items.setdefault(body.batch, []).append((place, body.total))

    def _outcome(self, line: Line, body: Any) -> tuple[str, Verdict | None]:
        if line.entity not in EXPORTED_TABLES or body is None:
            return REJECTED, Verdict("not_a_township_table", "乡镇不能写这一类内容，已隔离，没有进县库。")
        if body.owner != self.division:
            return REJECTED, Verdict("other_division", "这一条属于别的乡镇，已隔离，没有进县库。", "owner")
        known = self._rows.get((line.entity, line.id))
        if known is not None and known[1] != self.division:
            return REJECTED, Verdict(
                "other_division", "要改的这一条属于别的乡镇，已隔离，没有进县库。", "owner"
            )
        revision = None if known is None else known[0]
        if line.revision == revision or (line.entity, line.id, line.revision) in self._past:
            return SAME, None
        if line.base != revision:
            if revision is not None and (
                line.base is None or (line.entity, line.id, line.base) in self._past
            ):
                return HELD, Verdict("conflict", "与县库里的内容从同一版改出，两边不同，等人决定。")
            return HELD, Verdict("predecessor", "它之前的一版还没有到，先存着。", waits_for=line.id)
        missing = self._missing_reference(line, body)
        if missing is not None:
            return missing
        clash = self._number_clash(line, body)
        if clash is not None:
            return HELD, clash
        return (NEW if revision is None else CHANGED), None

    def _missing_reference(self, line: Line, body: Any) -> tuple[str, Verdict] | None:
        for column, table in REFERENCES[line.entity]:
            target = getattr(body, column)
            if target is None:
                continue
            row = self._rows.get((table, target))
            if row is None:
                return HELD, Verdict("reference", "它所指的那一条还没有到，先存着。", column, target)
            if row[1] != self.division:
                return REJECTED, Verdict(
                    "other_division", "它指向别的乡镇的内容，已隔离，没有进县库。", column
                )
        return None

    def _number_clash(self, line: Line, body: Any) -> Verdict | None:
        if line.entity != "people" or not body.id_number or body.void:
            return None
        holder = self._numbers.get((self.division, body.id_type, body.id_number))
        if holder is None or holder == line.id:
            return None
        return Verdict("same_person", "同一证号在本乡镇已有另一个人，等人决定。", "id_number", holder)

    def _take_number(self, line: Line, body: Any) -> None:
        if line.entity != "people":
            return
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


def load_existing(r: Reading, incoming: Sequence[Incoming]) -> Existing:
    """Read what the plan needs: rows written or pointed to, their past revisions, holders of id numbers."""
    wanted: dict[str, set[str]] = {}
    numbers: set[str] = set()
    for one in incoming:
        line, body = one.line, one.body
        if body is None:
            continue
        wanted.setdefault(line.entity, set()).add(line.id)
        for column, table in REFERENCES[line.entity]:
            if target := getattr(body, column):
                wanted.setdefault(table, set()).add(target)
        if line.entity == "people" and body.id_number:
            numbers.add(body.id_number)
    rows: dict[Key, tuple[str, str]] = {}
    for table, ids in wanted.items():
        c = schema.EXPORTED[table].c
        for some in chunks(sorted(ids)):
            for row in r.connection.execute(sa.select(c.id, c.revision, c.owner).where(c.id.in_(some))):
                rows[table, row.id] = (row.revision, row.owner)
    return Existing(
        rows=rows, past=_past(r, (one.line for one in incoming), rows), numbers=_holders(r, numbers)
    )


def _past(
    r: Reading, lines: Iterable[Line], rows: Mapping[Key, tuple[str, str]]
) -> frozenset[tuple[str, str, str]]:
    odd: set[str] = set()
    expected = {key: revision for key, (revision, _) in rows.items()}
    for line in lines:
        key = (line.entity, line.id)
        if key in expected and line.base != expected[key]:
            odd.add(line.id)
        expected[key] = line.revision
    v = schema.versions.c
    found: set[tuple[str, str, str]] = set()
    for some in chunks(sorted(odd)):
        for row in r.connection.execute(sa.select(v.entity, v.id, v.revision).where(v.id.in_(some))):
            found.add((row.entity, row.id, row.revision))
    return frozenset(found)


def _holders(r: Reading, numbers: set[str]) -> dict[tuple[str, str, str], str]:
    c = schema.people.c
    found: dict[tuple[str, str, str], str] = {}
    for some in chunks(sorted(numbers)):
        wanted = sa.select(c.id, c.owner, c.id_type, c.id_number).where(c.id_number.in_(some), c.void == 0)
        for row in r.connection.execute(wanted):
            found[row.owner, row.id_type, row.id_number] = row.id
    return found
