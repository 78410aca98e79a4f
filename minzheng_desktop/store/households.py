"""Households: who lives together, with whom at the head (一户一档)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.store.people import attributes
from minzheng_desktop.store.unit import Reading, Writing, chunks
from minzheng_desktop.values.errors import UserError

HEAD = "02"
"""GB/T 4761: 户主"""


class Household(msgspec.Struct, frozen=True):
    """A household with its members in force, head first; each member is {person attributes, relation, …}."""

    household: dict[str, Any]
    members: list[dict[str, Any]]


def load_household(r: Reading, household_id: str, *, also_left: bool = False) -> Household:
    """One household. Raises UserError ``no_such_household``."""
    row = r.get("households", household_id)
    if row is None:
        raise UserError("no_such_household", "没有这一户。请重新查找。")
    m, p = schema.household_members, schema.people
    where = [m.c.household == household_id, m.c.void == 0]
    if not also_left:
        where.append(m.c.leave_date.is_(None))
    found = []
    for member in r.rows(sa.select(m).where(*where).order_by(m.c.id)):
        person = r.one(sa.select(p).where(p.c.id == member["person"]))
        if person is not None:
            found.append({**attributes(person), **_membership(member)})
    found.sort(key=lambda one: one["person"] != row["head"])
    return Household(row, found)


def load_households(r: Reading, household_ids: Iterable[str]) -> dict[str, Household]:
    """Many households with their members in force, by id; three queries and not three a household."""
    m = schema.household_members
    rows = r.get_many("households", household_ids)
    members: dict[str, list[dict[str, Any]]] = {row_id: [] for row_id in rows}
    for some in chunks(list(rows)):
        query = (
            sa.select(m)
            .where(m.c.household.in_(some), m.c.void == 0, m.c.leave_date.is_(None))
            .order_by(m.c.id)
        )
        found = r.rows(query)
        people = r.get_many("people", {row["person"] for row in found})
        for row in found:
            if row["person"] in people:
                members[row["household"]].append({**attributes(people[row["person"]]), **_membership(row)})
    for row_id, row in rows.items():
        members[row_id].sort(key=lambda one, head=row["head"]: one["person"] != head)  # type: ignore[misc]
    return {row_id: Household(row, members[row_id]) for row_id, row in rows.items()}


def household_of(r: Reading, person_id: str) -> dict[str, Any] | None:
    """The household in which a person lives now, or None."""
    m, h = schema.household_members, schema.households
    return r.one(
        sa.select(h)
        .join(m, m.c.household == h.c.id)
        .where(m.c.person == person_id, m.c.void == 0, m.c.leave_date.is_(None), h.c.void == 0)
        .order_by(h.c.id.desc())
        .limit(1)
    )


def save_household(
    w: Writing, body: Mapping[str, Any], members: Iterable[Mapping[str, Any]] | None = None
) -> str:
    """Write a household and, where given, its members ({person, relation, …}); returns the household's id.

    The head is a member exactly once. Members that are no longer named are left as they are: leaving needs a date.
    Raises UserError ``head_twice``.
    """
    household_id = w.put("households", body)
    if members is None:
        return household_id
    given = list(members)
    heads = [m for m in given if m.get("relation") == HEAD]
    if len(heads) > 1:
        raise UserError("head_twice", "户主在成员表里出现了两次。没有保存，请只留一个户主。")
    known = {
        row["person"]: row
        for row in w.rows(
            sa.select(schema.household_members).where(
                schema.household_members.c.household == household_id, schema.household_members.c.void == 0
            )
        )
    }
    bodies = []
    for member in given:
        old = known.get(member["person"])
        base = {"id": old["id"]} if old else {}
        bodies.append({**base, "owner": body["owner"], "household": household_id, **member})
    w.put_many("household_members", bodies)
    return household_id


def _membership(member: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "member": member["id"],
        "person": member["person"],
        "relation": member["relation"],
        "join_date": member["join_date"],
        "leave_date": member["leave_date"],
        "leave_reason": member["leave_reason"],
    }
