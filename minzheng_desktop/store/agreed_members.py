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

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.store import people, schema
from minzheng_desktop.store.unit import Reading, Writing
from minzheng_desktop.values.ids import new_id
from minzheng_desktop.values.names import name_key

OTHER_REASON = "other"
"""leave_reason and join_reason of a member of whom a roster says no more than that he is listed or not."""


class MemberChange(msgspec.Struct, frozen=True):
    """The household table as it will be, people to make, and who joins or leaves from a day on."""

    rows: list[dict[str, Any]]
    people: tuple[dict[str, Any], ...]
    joined: tuple[tuple[str, str | None], ...]
    """(person, relation)"""
    left: tuple[str, ...]
    day: str


def member_key(member: Mapping[str, Any]) -> str:
    """What tells members of one household apart: the id number, else the name."""
    return str(member.get("id_number") or f"name:{name_key(str(member.get('name') or ''))}")


def plan_members(
    r: Reading, form: Form, record: Mapping[str, Any], listed: Sequence[Mapping[str, Any]], *, day: date
) -> MemberChange | None:
    """What a list of members ({name, id_number, relation}) changes; None when it changes nothing.

    The head stays whether or not the list names him. A listed person is found by number, or made.
    """
    table = next((t for t in form.tables.values() if t.from_household), None)
    if table is None or not record["household"]:
        return None
    rows = [dict(row) for row in record["doc"].get(table.key) or ()]
    head = (r.get("households", record["household"]) or {}).get("head")
    wanted = {member_key(one): one for one in listed}
    present = {member_key(row) for row in rows if not row.get("leave_date")}
    left: list[str] = []
    for row in rows:
        person = str(row.get("person") or row.get("key"))
        if row.get("leave_date") or person == head or member_key(row) in wanted:
            continue
        row |= {"leave_date": day.isoformat(), "leave_reason": OTHER_REASON, "in_covered": False}
        if "not_counted_reason" in table.columns:
            row.setdefault("not_counted_reason", "9")
        left.append(person)
    made: list[dict[str, Any]] = []
    joined: list[tuple[str, str | None]] = []
    for key, one in wanted.items():
        if key in present or not (one.get("name") or one.get("id_number")):
            continue
        member = _person(r, record, one, made)
        if member["id"] == head:
            continue
        joined.append((member["id"], one.get("relation")))
        rows.append(_row(table, member, one, day))
    if not left and not joined:
        return None
    return MemberChange(rows, tuple(made), tuple(joined), tuple(left), day.isoformat())


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
            {"id": lives[person], "leave_date": change.day, "leave_reason": OTHER_REASON}
            for person in change.left
            if person in lives
        ],
    )
    for person, relation in change.joined:
        if person not in lives:
            w.put(
                "household_members",
                {
                    "owner": record["owner"], "household": record["household"], "person": person,
                    "relation": relation, "join_date": change.day, "join_reason": OTHER_REASON,
                },
            )  # fmt: skip


def _person(
    r: Reading, record: Mapping[str, Any], one: Mapping[str, Any], made: list[dict[str, Any]]
) -> dict[str, Any]:
    known = people.by_id_number(r, str(one["id_number"])) if one.get("id_number") else None
    if known is not None:
        return known
    body = {
        "id": new_id(), "owner": record["owner"], "name": one.get("name") or "", "id_number": one.get("id_number"),
        "id_missing_reason": None if one.get("id_number") else OTHER_REASON, "sex": one.get("sex") or "0",
        "birth_date": one.get("birth_date"), "reside_village": record["village"],
    }  # fmt: skip
    made.append(body)
    checked, _ = people.check_person(body, today=date.today())  # noqa: DTZ011 - only reads sex and birth date off it
    return {**body, **checked}


def _row(table: Any, person: Mapping[str, Any], one: Mapping[str, Any], day: date) -> dict[str, Any]:
    flat = people.attributes({"more": {}, **person})
    row: dict[str, Any] = {"key": person["id"], "person": person["id"]}
    row |= {k: f.default for k, f in table.columns.items() if f.default is not None and not f.copied}
    row |= {name: flat[name] for name in table.copy if flat.get(name) is not None}
    if one.get("relation") is not None and "relation" in table.copy:
        row["relation"] = one["relation"]
    if "join_date" in table.columns:
        row |= {"join_date": day.isoformat(), "join_reason": OTHER_REASON}
    return row
