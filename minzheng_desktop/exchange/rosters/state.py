"""What the office already has, as far as one roster touches it: loaded in bulk, then plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.store import schema
from minzheng_desktop.store.people import last_temporary
from minzheng_desktop.store.unit import Reading, chunks
from minzheng_desktop.values.names import name_key

IN_FORCE_GROUPS = ("active", "suspended")

Row = dict[str, Any]


class OfficeState(msgspec.Struct):
    """The present state against which a roster is judged.

    `people` by id number; `households` by head; `records` of the form by person (every living row, the latest
    last); `accounts` in force or waiting, by person; `terms` approved or proposed, by record; `keys` taken, as
    (unique name, value) → record; `facilities` by name; `paid_upto` the last month of the form's latest batch.
    Where a roster lists members: `living` in each household ({id, name, id_number}, rows shared with `named` by person
    id), `unnumbered` people by id, `last_temporary` the serial last used for one.
    """

    owner: str
    change_number: int
    user: str
    people: dict[str, Row] = {}
    households: dict[str, Row] = {}
    members: dict[str, str] = {}
    records: dict[str, list[Row]] = {}
    accounts: dict[str, list[Row]] = {}
    terms: dict[str, list[Row]] = {}
    keys: dict[tuple[str, str], str] = {}
    facilities: dict[str, str] = {}
    paid_upto: str | None = None
    living: dict[str, list[Row]] = {}
    named: dict[str, Row] = {}
    unnumbered: dict[str, Row] = {}
    temporary_prefix: str = ""
    last_temporary: int = 0


def load_state(
    r: Reading, form: Form, id_numbers: Iterable[str], *, today: date, nameless: frozenset[str] | None = None
) -> OfficeState:
    """Everything a roster with these id numbers can meet, in about a dozen queries.

    `nameless` are the name keys of members listed without a number; None when the roster lists no members.
    """
    owner = r.store.site.division
    state = OfficeState(owner, r.change_number(), r.store.user)
    h, m = schema.households, schema.household_members
    state.people = _people(r, owner, id_numbers)
    known = {row["id"] for row in state.people.values()}
    if known:
        for row in r.rows(sa.select(h).where(h.c.owner == owner, h.c.void == 0)):
            state.households[row["head"]] = row
        living = sa.select(m.c.person, m.c.household).where(
            m.c.owner == owner, m.c.void == 0, m.c.leave_date.is_(None)
        )
        state.members = {row["person"]: row["household"] for row in r.rows(living)}
    if nameless is not None:
        _load_living(r, state, nameless, year=today.year)
    state.records = _records(r, form, owner)
    if known:
        state.accounts = _accounts(r, owner, known)
    state.terms = _terms(r, form, owner)
    k = schema.record_keys.c
    keys = sa.select(schema.record_keys).where(k.owner == owner, k.form == form.key)
    state.keys = {(row["name"], row["value"]): row["record"] for row in r.rows(keys)}
    state.facilities = _facilities(r, form)
    b = schema.payment_batches.c
    latest = sa.select(sa.func.max(b.month)).where(b.form == form.key, b.owner == owner, b.void == 0)
    state.paid_upto = r.scalar(latest)
    return state


def _load_living(r: Reading, state: OfficeState, nameless: frozenset[str], *, year: int) -> None:
    """Who lives in which household, by name and number; in full those without a number, and those whom the roster
    may mean by their name alone."""
    p, m = schema.people, schema.household_members
    at_home = [p.c.owner == state.owner, p.c.void == 0, m.c.void == 0, m.c.leave_date.is_(None)]
    query = sa.select(m.c.household, p.c.id, p.c.name, p.c.id_number).join(m, m.c.person == p.c.id)
    meant: list[str] = []
    for row in r.rows(query.where(*at_home).order_by(m.c.id)):
        state.living.setdefault(row.pop("household"), []).append(row)
        state.named[row["id"]] = row
        number = row["id_number"]
        if not number or (number not in state.people and name_key(row["name"]) in nameless):
            meant.append(row["id"])
    for person in r.get_many("people", meant).values():
        if person["id_number"]:
            state.people[person["id_number"]] = person
        else:
            state.unnumbered[person["id"]] = person
    state.temporary_prefix, state.last_temporary = last_temporary(r, state.owner, year=year)


def load_entry_state(
    r: Reading, form: Form, id_numbers: Iterable[str], keys: Mapping[str, Iterable[str]]
) -> OfficeState:
    """What a few new records of a form about people can meet: only what concerns these id numbers, and which of the
    values of each uniqueness (by its name) are taken."""
    owner = r.store.site.division
    state = OfficeState(owner, r.change_number(), r.store.user)
    state.people = _people(r, owner, id_numbers)
    known = {row["id"] for row in state.people.values()}
    state.records = _records(r, form, owner, known)
    state.accounts = _accounts(r, owner, known)
    k = schema.record_keys.c
    for name, values in keys.items():
        for some in chunks(sorted(values)):
            query = sa.select(k.value, k.record).where(
                k.owner == owner, k.form == form.key, k.name == name, k.value.in_(some)
            )
            state.keys.update(((name, row["value"]), row["record"]) for row in r.rows(query))
    state.facilities = _facilities(r, form)
    return state


def _people(r: Reading, owner: str, id_numbers: Iterable[str]) -> dict[str, Row]:
    p = schema.people
    found: dict[str, Row] = {}
    for some in chunks(sorted(set(id_numbers))):
        query = sa.select(p).where(p.c.owner == owner, p.c.void == 0, p.c.id_number.in_(some))
        found.update((row["id_number"], row) for row in r.rows(query))
    return found


def _facilities(r: Reading, form: Form) -> dict[str, str]:
    """Facilities by name, where the form names any."""
    c = schema.records.c
    if all(field.type.name != "facility" for field in form.fields.values()):
        return {}
    forms = [key for key, other in r.store.catalog.forms.items() if other.kind == "facility"]
    query = sa.select(c.id, c.doc).where(c.form.in_(forms), c.void == 0)
    return {str(row["doc"].get("name") or ""): row["id"] for row in r.rows(query)}


def _records(r: Reading, form: Form, owner: str, people: set[str] | None = None) -> dict[str, list[Row]]:
    """Living records of the form by person, of some people only where they are given."""
    c = schema.records.c
    found: dict[str, list[Row]] = defaultdict(list)
    query = sa.select(schema.records).where(c.form == form.key, c.owner == owner, c.void == 0).order_by(c.id)
    parts = (
        [query] if people is None else [query.where(c.person.in_(some)) for some in chunks(sorted(people))]
    )
    for row in (row for part in parts for row in r.rows(part)):
        found[row["person"] or ""].append(row)
    return dict(found)


def _accounts(r: Reading, owner: str, people: set[str]) -> dict[str, list[Row]]:
    a = schema.bank_accounts
    found: dict[str, list[Row]] = defaultdict(list)
    for some in chunks(sorted(people)):
        query = sa.select(a).where(
            a.c.owner == owner, a.c.void == 0, a.c.state.in_(("active", "pending")), a.c.person.in_(some)
        )
        for row in r.rows(query.order_by(a.c.valid_from, a.c.id)):
            found[row["person"]].append(row)
    return dict(found)


def _terms(r: Reading, form: Form, owner: str) -> dict[str, list[Row]]:
    t, c = schema.terms, schema.records.c
    query = (
        sa.select(t)
        .join(schema.records, c.id == t.c.record)
        .where(c.form == form.key, c.owner == owner, t.c.void == 0, t.c.state.in_(("approved", "proposed")))
        .order_by(t.c.from_month, t.c.id)
    )
    found: dict[str, list[Row]] = defaultdict(list)
    for row in r.rows(query):
        found[row["record"]].append(row)
    return dict(found)


def group_of(form: Form, state: str) -> str:
    """The group of a state; a state that the workflow no longer knows counts as open."""
    known = form.workflow.states.get(state)
    return known.group if known else "open"


def latest_in(form: Form, rows: Iterable[Row], groups: Iterable[str]) -> Row | None:
    """The latest of a person's records whose state is in one of the groups."""
    wanted = frozenset(groups)
    return next((row for row in reversed(list(rows)) if group_of(form, row["state"]) in wanted), None)


def mapped(values: Mapping[str, Any], root: str) -> dict[str, Any]:
    """The values under a root: {"phone": …} of {"head.phone": …}."""
    start = root + "."
    return {path[len(start) :]: value for path, value in values.items() if path.startswith(start)}
