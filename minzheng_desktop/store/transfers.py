"""Households that move to another township of the county: what goes along, and what may no longer be written here.

A township starts a transfer (`transfers`, its own row); from then on the household, its members, their records and
accounts are read-only here until the county rules. Confirmed, they belong to the other township; refused, they are
writable again. Batches, items, returns and recoveries stay with the township that paid.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.store.leaving import CONFIRMED, STARTED
from minzheng_desktop.store.unit import CHUNK, chunks
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

REFUSED = "refused"
STATES = {STARTED: "等县局确认", CONFIRMED: "已迁往", REFUSED: "县局未同意"}


class MoveSet(msgspec.Struct, frozen=True):
    """What goes along: ids by table; people outside the household whom the records name; last month paid by record;
    Chinese sentences about what stands in the way."""

    household: dict[str, Any]
    rows: dict[str, tuple[str, ...]]
    outsiders: tuple[str, ...]
    paid: dict[str, str]
    problems: tuple[str, ...]

    def ids(self) -> set[str]:
        return {one for ids in self.rows.values() for one in ids}


def move_set(r: Reading, household_id: str) -> MoveSet:
    """The rows of a household that would move with it. Raises UserError `no_such_household`."""
    home = r.get("households", household_id)
    if home is None or home["void"]:
        raise UserError("no_such_household", "没有这一户。没有改动，请重新查找。")
    m, rec = schema.household_members, schema.records
    own = (m.c.void == 0, m.c.leave_date.is_(None))
    members = r.rows(
        sa.select(m.c.id, m.c.person).where(m.c.household == household_id, *own).order_by(m.c.id)
    )
    people = sorted({row["person"] for row in members} | ({home["head"]} - {None}))
    names = {key: row["name"] for key, row in r.get_many("people", people).items()}
    problems = [
        f"{names.get(row['person'], '')}还在另一户里，先办离户"
        for row in r.rows(
            sa.select(m.c.person)
            .where(m.c.person.in_(people), m.c.household != household_id, *own)
            .distinct()
        )
    ]
    if not people:
        problems.append("这一户没有成员，先登记成员")
    found = r.rows(
        sa.select(rec.c.id, rec.c.form, rec.c.number, rec.c.person, rec.c.household, rec.c.state)
        .where(rec.c.void == 0, sa.or_(rec.c.person.in_(people), rec.c.household == household_id))
        .order_by(rec.c.id)
    )
    records: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    for row in found:
        inside = row["person"] in (None, *people) and row["household"] in (None, household_id)
        (records if inside else left).append(row)
    for row in left:
        form = r.store.catalog.forms.get(row["form"])
        state = form.workflow.states.get(row["state"]) if form else None
        if state is None or state.group != "closed":
            title = form.title if form else row["form"]
            problems.append(f"“{title}”{row['number'] or ''}还牵涉户外的人或另一户，先办结或改正")
    ids = [row["id"] for row in records]
    rows = {
        "people": tuple(people),
        "households": (household_id,),
        "household_members": tuple(row["id"] for row in members),
        "records": tuple(ids),
        "bank_accounts": _ids(r, schema.bank_accounts, "person", people),
        **{
            table: _ids(r, schema.EXPORTED[table], "record", ids)
            for table in ("terms", "steps", "attachments")
        },
    }
    return MoveSet(home, rows, _outsiders(r, ids, people), last_paid(r, ids), tuple(problems))


def last_paid(r: Reading, records: Sequence[str]) -> dict[str, str]:
    """Record → the last month that locked batches, or somebody before this program, paid it ('YYYY-MM')."""
    i, b, rec = schema.payment_items.c, schema.payment_batches.c, schema.records.c
    found: dict[str, str] = {}
    for some in chunks(list(records)):
        query = sa.select(rec.id, rec.paid_through).where(rec.id.in_(some), rec.paid_through.is_not(None))
        found |= {row[0]: row[1] for row in r.connection.execute(query)}
        paid = (
            sa.select(i.record, sa.func.max(i.period_to))
            .join(schema.payment_batches, b.id == i.batch)
            .where(i.record.in_(some), i.void == 0, b.void == 0, b.kind == "regular")
            .group_by(i.record)
        )
        for record, month in r.connection.execute(paid):
            found[record] = max(found.get(record, ""), month[:7])
    return found


def _ids(r: Reading, table: sa.Table, column: str, values: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for some in chunks(list(values)):
        query = sa.select(table.c.id).where(table.c[column].in_(some)).order_by(table.c.id)
        found += r.connection.execute(query).scalars()
    return tuple(found)


def _outsiders(r: Reading, records: Sequence[str], people: Sequence[str]) -> tuple[str, ...]:
    k = schema.record_people.c
    found: set[str] = set()
    for some in chunks(list(records)):
        found.update(r.connection.execute(sa.select(k.person).where(k.record.in_(some))).scalars())
    return tuple(sorted(found - set(people)))


RULING = "transfer"
"""Kind of the rulings on transfers: `subject` the transfer, `other` the household, `more` verdict, from, to, rows
(table → [id, revision]), paid (record → last month), outsiders."""
CONFIRM, REFUSE = "confirm", "refuse"

Key = tuple[str, str]
"""(table, row id)"""


class Handed(msgspec.Struct, frozen=True):
    """Rows that the county handed over: to whom last, and by whom ever."""

    to: dict[Key, str] = {}
    by: dict[Key, frozenset[str]] = {}


def handed_rows(r: Reading, owners: Collection[str]) -> Handed:
    """Every row that a confirmed transfer from or to one of these divisions names, by the county's rulings."""
    u = schema.rulings.c
    query = sa.select(u.more, u.at, u.id).where(u.kind == RULING, u.void == 0).order_by(u.at, u.id)
    if len(owners) < CHUNK:
        query = query.where(u.owner.in_(sorted(owners)))
    to: dict[Key, str] = {}
    by: dict[Key, frozenset[str]] = {}
    for more, _, _ in r.connection.execute(query):
        if more.get("verdict") != CONFIRM:
            continue
        for table, rows in more["rows"].items():
            for row_id, _revision in rows:
                key = (table, row_id)
                to[key] = more["to"]
                by[key] = by.get(key, frozenset()) | {more["from"]}
    return Handed(to, by)


def owners_before(r: Reading, day: str) -> dict[str, str]:
    """Record → whose it was at the end of a day (ISO), of those that moved later: the township of the first move after
    it."""
    u = schema.rulings.c
    query = (
        sa.select(u.more).where(u.kind == RULING, u.void == 0, u.at > f"{day}T99").order_by(u.at.desc(), u.id)
    )
    found: dict[str, str] = {}
    for more in r.connection.execute(query).scalars():
        if more.get("verdict") == CONFIRM:
            found |= {record: more["from"] for record, _revision in more["rows"].get("records", ())}
    return found
