"""What the office already has, as far as one roster touches it: loaded in bulk, then plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.store import schema
from minzheng_desktop.store.people import last_temporary
from minzheng_desktop.store.unit import Reading, chunks
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.names import name_key

LIVE_GROUPS = ("open", "active", "suspended")
IN_FORCE_GROUPS = ("active", "suspended")

Row = dict[str, Any]


class OfficeState(msgspec.Struct):
    """The present state against which a roster is judged.

    `people` by id number; `households` by head; `records` of the form by person (every living row, the latest
    last); `accounts` in force or waiting, by person; `terms` approved or proposed, by record; `keys` taken, as
    (unique name, value) → record; `facilities` by name; `paid_upto` the last month of the form's latest batch;
    `unnumbered` people without an id number, by household and name key; `last_temporary` the serial last used for one.
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
    unnumbered: dict[tuple[str, str], Row] = {}
    temporary_prefix: str = ""
    last_temporary: int = 0


def load_state(r: Reading, form: Form, id_numbers: Iterable[str]) -> OfficeState:
    """Everything a roster with these id numbers can meet, in about a dozen queries."""
    owner = r.store.site.division
    state = OfficeState(owner, r.change_number(), r.store.user)
    p, h, m, c = schema.people, schema.households, schema.household_members, schema.records
    numbers = sorted(set(id_numbers))
    for some in chunks(numbers):
        query = sa.select(p).where(p.c.owner == owner, p.c.void == 0, p.c.id_number.in_(some))
        state.people.update((row["id_number"], row) for row in r.rows(query))
    known = {row["id"] for row in state.people.values()}
    if known:
        for row in r.rows(sa.select(h).where(h.c.owner == owner, h.c.void == 0)):
            state.households[row["head"]] = row
        living = sa.select(m.c.person, m.c.household).where(
            m.c.owner == owner, m.c.void == 0, m.c.leave_date.is_(None)
        )
        state.members = {row["person"]: row["household"] for row in r.rows(living)}
    state.temporary_prefix, state.last_temporary = last_temporary(r, owner, year=int(now_text()[:4]))
    if state.last_temporary:
        nameless = (
            sa.select(p, m.c.household)
            .join(m, m.c.person == p.c.id)
            .where(
                p.c.owner == owner,
                p.c.void == 0,
                p.c.id_number.is_(None),
                m.c.void == 0,
                m.c.leave_date.is_(None),
            )
        )
        for row in r.rows(nameless):
            state.unnumbered[row.pop("household"), name_key(row["name"])] = row
    state.records = _records(r, form, owner)
    if known:
        state.accounts = _accounts(r, owner, known)
    state.terms = _terms(r, form, owner)
    k = schema.record_keys.c
    keys = sa.select(schema.record_keys).where(k.owner == owner, k.form == form.key)
    state.keys = {(row["name"], row["value"]): row["record"] for row in r.rows(keys)}
    if any(field.type.name == "facility" for field in form.fields.values()):
        forms = [key for key, other in r.store.catalog.forms.items() if other.kind == "facility"]
        query = sa.select(c.c.id, c.c.doc).where(c.c.form.in_(forms), c.c.void == 0)
        state.facilities = {str(row["doc"].get("name") or ""): row["id"] for row in r.rows(query)}
    b = schema.payment_batches.c
    latest = sa.select(sa.func.max(b.month)).where(b.form == form.key, b.owner == owner, b.void == 0)
    state.paid_upto = r.scalar(latest)
    return state


def _records(r: Reading, form: Form, owner: str) -> dict[str, list[Row]]:
    c = schema.records.c
    found: dict[str, list[Row]] = defaultdict(list)
    query = sa.select(schema.records).where(c.form == form.key, c.owner == owner, c.void == 0).order_by(c.id)
    for row in r.rows(query):
        found[row["person"] or ""].append(row)
    return dict(found)


def _accounts(r: Reading, owner: str, people: set[str]) -> dict[str, list[Row]]:
    a = schema.bank_accounts
    found: dict[str, list[Row]] = defaultdict(list)
    query = sa.select(a).where(a.c.owner == owner, a.c.void == 0, a.c.state.in_(("active", "pending")))
    for row in r.rows(query.order_by(a.c.valid_from, a.c.id)):
        if row["person"] in people:
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
