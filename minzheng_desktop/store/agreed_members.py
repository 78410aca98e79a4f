"""Members who join or leave a household because a change that a roster proposed was agreed.

Source: domain §3.1③ (成员增减 takes effect when it is decided). Planned before the step is judged, so that the form
judges the household as it will be; written only when the step is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.catalog.form import Form, Table
from minzheng_desktop.store import households, people, schema
from minzheng_desktop.store.member_lists import Member, match_members
from minzheng_desktop.store.unit import Reading, Writing

OTHER_REASON = "other"
"""leave_reason and join_reason of a member of whom a roster says no more than that he is listed or not."""
DEATH_REASON = "death"
OTHER_KIN = "97"
"""GB/T 4761 其他亲属: what a head who leaves is to the next one, where the register does not say more."""
SPOUSES = frozenset({"10", "11", "12"})


class Joining(msgspec.Struct, frozen=True):
    """A person (an id) who joins, with the relation to the head where it is told."""

    person: str
    relation: str | None


class Leaving(msgspec.Struct, frozen=True):
    """A person (an id) who leaves: the day, and a leave_reason."""

    person: str
    day: str
    reason: str


class MemberChange(msgspec.Struct, frozen=True):
    """The household table as it will be, people to make, who joins from `day` on or leaves, and the next head."""

    table: str
    rows: list[dict[str, Any]]
    people: tuple[dict[str, Any], ...]
    joined: tuple[Joining, ...]
    left: tuple[Leaving, ...]
    day: str
    head: str | None = None


def plan_members(
    r: Reading, form: Form, record: Mapping[str, Any], listed: Sequence[Member], *, day: date,
    head: str | None = None,
) -> MemberChange | None:  # fmt: skip
    """What a list of members ({name, id_number, relation}) changes; None when it changes nothing.

    The head stays whether or not the list names him, unless `head` names the next one. Who left is dated `day`, or,
    where the register knows of the death, the day of it. A newcomer is found by number, else among those who live in
    the household, else made.
    """
    table = next((t for t in form.tables.values() if t.from_household), None)
    if table is None or not record["household"]:
        return None
    home = households.load_household(r, record["household"])
    rows = [dict(row) for row in record["doc"].get(table.key) or ()]
    known = r.get_many("people", {_person_of(row) for row in rows})
    ours = [{**row, **_identity(known.get(_person_of(row)))} for row in rows if not row.get("leave_date")]
    stays = head or home.household["head"]
    named = next(
        (str(one["id_number"]) for one in ours if _person_of(one) == stays and one.get("id_number")), None
    )
    found = match_members(listed, ours, head=named)
    left = [
        _leaving(known.get(_person_of(one)), _person_of(one), day)
        for one in found.gone
        if _person_of(one) != stays
    ]
    joined: list[Joining] = []
    made: list[dict[str, Any]] = []
    for one, person in _newcomers(r, record, found.new, home.members, made, day):
        if person["id"] not in {_person_of(row) for row in ours}:
            joined.append(Joining(person["id"], one.get("relation")))
            rows.append(_row(table, person, one, day))
    if not left and not joined:
        return None
    leaving = {one.person: one for one in left}
    for row in rows:
        gone = leaving.get(_person_of(row))
        if gone is not None and not row.get("leave_date"):
            row |= {"leave_date": gone.day, "leave_reason": gone.reason}
            if "in_covered" in table.columns:
                row["in_covered"] = False
            if "not_counted_reason" in table.columns:
                row["not_counted_reason"] = row.get("not_counted_reason") or "9"
    if head:
        _change_head(rows, head)
    return MemberChange(table.key, rows, tuple(made), tuple(joined), tuple(left), day.isoformat(), head)


def write_members(w: Writing, record: Mapping[str, Any], change: MemberChange, *, today: date) -> None:
    """Write the people made, and the members who joined or left, into the registers."""
    for body in change.people:
        people.save_person(w, body, today=today)
    m = schema.household_members.c
    lives = {
        row["person"]: row["id"]
        for row in w.rows(
            sa.select(m.id, m.person).where(
                m.household == record["household"], m.void == 0, m.leave_date.is_(None)
            )
        )
    }
    w.put_many(
        "household_members",
        [
            {"id": lives[one.person], "leave_date": one.day, "leave_reason": one.reason}
            for one in change.left
            if one.person in lives
        ],
    )
    for one in change.joined:
        if one.person not in lives:
            w.put(
                "household_members",
                {
                    "owner": record["owner"], "household": record["household"], "person": one.person,
                    "relation": one.relation, "join_date": change.day, "join_reason": OTHER_REASON,
                },
            )  # fmt: skip
    if change.head:
        relations = {_person_of(row): row.get("relation") for row in change.rows}
        w.put("households", {"id": record["household"], "head": change.head})
        w.put_many(
            "household_members",
            [{"id": member, "relation": relations[p]} for p, member in lives.items() if relations.get(p)],
        )


def _change_head(rows: list[dict[str, Any]], head: str) -> None:
    """Make one of the rows the head; the one before becomes his spouse, where he was that, or other kin."""
    was = next((row.get("relation") for row in rows if _person_of(row) == head), None)
    for row in rows:
        if _person_of(row) == head:
            row["relation"] = households.HEAD
        elif row.get("relation") in ("01", households.HEAD):
            row["relation"] = "10" if was in SPOUSES else OTHER_KIN


def _newcomers(
    r: Reading, record: Mapping[str, Any], new: Sequence[Member], living: Sequence[Member],
    made: list[dict[str, Any]], day: date,
) -> list[tuple[Member, dict[str, Any]]]:  # fmt: skip
    """Each listed newcomer with the person he is; those who had to be made are added to `made`."""
    at_home = match_members(new, living)
    ids = {id(one): str(ours["person"]) for one, ours in at_home.same}
    found: list[tuple[Member, dict[str, Any]]] = []
    for one in new:
        person = r.get("people", ids[id(one)]) if id(one) in ids else None
        if person is None and one.get("id_number"):
            person = people.by_id_number(r, str(one["id_number"]))
        if person is None:
            body = _body(r, record, one)
            made.append(body)
            person = {**body, **people.check_person(body, today=day)[0]}
        found.append((one, person))
    return found


def _body(r: Reading, record: Mapping[str, Any], one: Member) -> dict[str, Any]:
    return {
        "id": r.new_id(), "owner": record["owner"], "name": one.get("name") or "", "id_number": one.get("id_number"),
        "id_missing_reason": None if one.get("id_number") else OTHER_REASON, "sex": one.get("sex") or "0",
        "birth_date": one.get("birth_date"), "reside_village": record["village"],
    }  # fmt: skip


def _leaving(person: Mapping[str, Any] | None, person_id: str, day: date) -> Leaving:
    died = (person or {}).get("death_date")
    if died and str(died) <= day.isoformat():
        return Leaving(person_id, str(died), DEATH_REASON)
    return Leaving(person_id, day.isoformat(), OTHER_REASON)


def _person_of(row: Mapping[str, Any]) -> str:
    return str(row.get("person") or row.get("key"))


def _identity(person: Mapping[str, Any] | None) -> dict[str, Any]:
    """Name and number as the register has them now: copies in a record in force are frozen."""
    return {k: person[k] for k in ("name", "id_number") if person.get(k)} if person else {}


def _row(table: Table, person: Mapping[str, Any], one: Member, day: date) -> dict[str, Any]:
    flat = people.attributes({"more": {}, **person})
    row: dict[str, Any] = {"key": person["id"], "person": person["id"]}
    row |= {k: f.default for k, f in table.columns.items() if f.default is not None and not f.copied}
    row |= {name: flat[name] for name in table.copy if flat.get(name) is not None}
    if one.get("relation") is not None and "relation" in table.copy:
        row["relation"] = one["relation"]
    if "join_date" in table.columns:
        row |= {"join_date": day.isoformat(), "join_reason": OTHER_REASON}
    return row
