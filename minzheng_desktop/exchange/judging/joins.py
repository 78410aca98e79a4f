"""One person entered on two laptops of a township: the lower id stays, `aliases` redirects the other for ever.

Every laptop and the county come to the same by themselves: the entry with the higher id becomes void and names the one
that stays, what that one lacked is filled in from it, and every row that pointed to it points to the one that stays.
Only entries that agree in number, name, sex and birth date are joined; others wait for a person (`same_person`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.files.bodies import read_change
from minzheng_desktop.exchange.judging.merging import Version
from minzheng_desktop.exchange.judging.merging_paths import follow
from minzheng_desktop.exchange.tables import REFERENCES
from minzheng_desktop.store import rows, schema
from minzheng_desktop.store.arrivals import MADE, Arrival, write_arrivals
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.names import clean_name

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

SAME_AS = "same_as"
"""In `more` of a void entry: the entry that stays."""


class Joined(msgspec.Struct, frozen=True):
    """Two entries of one person: the id that is gone, and the one that stays."""

    gone: str
    keep: str


def is_same_entry(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two bodies with one number are surely one person entered twice."""
    return (
        clean_name(one["name"]) == clean_name(other["name"])
        and one["sex"] == other["sex"]
        and one["birth_date"] == other["birth_date"]
    )


def gone_version(version: Version, keep: str) -> Version:
    """The version by which an entry gives way to another one: the same on every laptop."""
    body = {**version.body, "void": 1, "more": {**version.body["more"], SAME_AS: keep}}
    return _derived("people", version.revision, version.at, body)


def settle_joins(w: Writing, joins: Sequence[Joined]) -> None:
    """After the rows were written: remember the redirections, fill in, and let every reference follow, also those that
    came now to entries that were gone before."""
    a = schema.aliases.c
    for one in joins:
        w.delete("aliases", a.old == one.gone)
        w.insert("aliases", [{"old": one.gone, "new": one.keep}])
        _fill(w, one)
    redirected = joined_before(w)
    if redirected:
        _follow_references(w, redirected)


def joined_before(r: Reading) -> dict[str, str]:
    """The entries that gave way to another one here, with that one."""
    a = schema.aliases.c
    listed = {row["old"]: row["new"] for row in r.rows(sa.select(a.old, a.new))}
    people = r.get_many("people", listed)
    return {
        old: new for old, new in listed.items() if old in people and people[old]["more"].get(SAME_AS) == new
    }


def _fill(w: Writing, one: Joined) -> None:
    """What the entry that stays does not say and the other one does."""
    people = w.get_many("people", (one.gone, one.keep))
    gone, keep = people[one.gone], people[one.keep]
    body = {name: keep[name] for name in schema.body_columns(schema.people)}
    filled = {
        name: gone[name]
        for name in body
        if name not in ("void", "more", "owner") and body[name] is None and gone[name] is not None
    }
    more = {**{k: v for k, v in gone["more"].items() if k != SAME_AS}, **keep["more"]}
    if filled or more != keep["more"]:
        _write(w, "people", [(one.keep, keep["revision"], {**body, **filled, "more": more})])


def _follow_references(w: Writing, redirected: Mapping[str, str]) -> None:
    for table, references in REFERENCES.items():
        columns = [column for column, target in references if target == "people"]
        if not columns:
            continue
        t = schema.EXPORTED[table]
        found = w.rows(
            sa.select(t).where(t.c.void == 0, sa.or_(*(t.c[name].in_(redirected) for name in columns)))
        )
        if table == "records":
            k = schema.record_people.c
            named = {row["record"] for row in w.rows(sa.select(k.record).where(k.person.in_(redirected)))}
            ids = named - {row["id"] for row in found}
            found += [row for row in w.get_many("records", ids).values() if not row["void"]]
        changes = []
        for row in found:
            body = {name: row[name] for name in schema.body_columns(t)}
            changed = follow(body, redirected)
            if table == "household_members" and _is_member(w, row["id"], changed):
                changed["void"] = 1
            if changed != body:
                changes.append((row["id"], row["revision"], changed))
        _write(w, table, changes)


def _is_member(r: Reading, row_id: str, body: Mapping[str, Any]) -> bool:
    m = schema.household_members.c
    return (
        r.scalar(
            sa.select(m.id).where(
                m.household == body["household"], m.person == body["person"], m.void == 0, m.id != row_id
            )
        )
        is not None
    )


def _write(w: Writing, table: str, changes: Iterable[tuple[str, str, Mapping[str, Any]]]) -> None:
    arrivals = []
    for row_id, revision, body in changes:
        version = _derived(table, revision, w.at, body)
        shape = rows.shape(schema.EXPORTED[table])
        raw = msgspec.Raw(shape.encode(shape.build(version.body)))
        line = Line(table, row_id, version.revision, version.base, version.at, version.by, raw)
        one = read_change(msgspec.json.encode(line))
        arrivals.append(Arrival(one.line, one.body, one.values, False, MADE))
    if arrivals:
        write_arrivals(w, {table: [arrivals]}, origin=lambda _: w.origin)


def _derived(table: str, base: str, at: str, body: Mapping[str, Any]) -> Version:
    """A version that the program made of another one: its revision follows from that one and the body alone."""
    shape = rows.shape(schema.EXPORTED[table])
    encoded = shape.encode(shape.build(body))
    return Version(rows.revision_of(base, encoded), base, at, None, shape.decode(encoded))
