"""Rows that are worked out from exported rows, brought up to date inside the same unit of work.

People feed the search index; records feed ``record_people`` and ``record_keys``; steps feed a record's state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.store import keys, schema, search

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Put, Writing


def index_people(w: Writing, puts: list[Put]) -> None:
    """Keep the search index equal to the living rows."""
    gone, added, numbers = [], [], []
    row = search.next_row(w.connection)
    for put in puts:
        old, body = put.old, put.body
        before = search.index_text(old) if old and not old["void"] else None
        after = search.index_text(body) if not body["void"] else None
        if before == after:
            continue
        number = old["search_row"] if old else None
        if before is not None and number is not None:
            gone.append(number)
        if after is not None:
            if number is None:
                row += 1
                number = row
                numbers.append((number, put.id))
            added.append((number, after))
    search.remove(w.connection, gone)
    search.add(w.connection, added)
    if numbers:
        w.set_cache("people", ("search_row",), numbers)


def link_records(w: Writing, puts: list[Put]) -> None:
    """Keep ``record_people`` and ``record_keys`` equal to the records' documents."""
    catalog = w.store.catalog
    known = [p for p in puts if p.body["form"] in catalog.forms]
    again = [p.id for p in known if p.old is not None]
    _forget(w, "record_people", again)
    _forget(w, "record_keys", again)
    heads = _heads(w, known)
    links: list[tuple[str, str, str]] = []
    claims: list[keys.Claim] = []
    for put in known:
        if put.body["void"]:
            continue
        evaluator, evaluation = keys.reread(w.store, put.body)
        head = heads.get(put.body["household"] or "")
        links += [
            (put.id, person, role) for person, role in keys.people_of(evaluator, evaluation, put.body, head)
        ]
        claims += keys.claims_of(evaluator, evaluation, put.id, put.body)
    w.insert_derived("record_people", ("record", "person", "role"), list(dict.fromkeys(links)))
    keys.claim(w, claims)


def refresh_states(w: Writing, puts: list[Put]) -> None:
    """Set each record's state from its latest step, and its keys where the state's group changed."""
    latest: dict[str, Any] = {}
    for put in sorted(puts, key=lambda p: (p.body["at"], p.id)):
        if not put.body["void"]:
            latest[put.body["record"]] = put.body
    _states(w, latest)
    undone = [p.body["record"] for p in puts if p.body["void"] and p.body["record"] not in latest]
    if undone:
        _states(w, _last_steps(w, undone))


def _states(w: Writing, latest: dict[str, Any]) -> None:
    if not latest:
        return
    catalog = w.store.catalog
    records = w.get_many("records", latest)
    values, regrouped = [], []
    for record_id, step in latest.items():
        record = records.get(record_id)
        if record is None or (record["state_at"] or "") > step["at"]:
            continue
        form = catalog.forms.get(record["form"])
        start, end = record["start_month"], record["end_month"]
        states = form.workflow.states if form else {}
        before = states[record["state"]].group if record["state"] in states else None
        after = states[step["to_state"]].group if step["to_state"] in states else None
        if after == "active" and before in (None, "draft", "open"):
            start, end = step["effective_month"] or start, None
        elif after == "closed":
            end = step["effective_month"] or end
        values.append((step["to_state"], step["at"], start, end, record_id))
        if before != after:
            regrouped.append((record_id, {**record, "state": step["to_state"]}))
    w.set_cache("records", ("state", "state_at", "start_month", "end_month"), values)
    _forget(w, "record_keys", [r for r, _ in regrouped])
    keys.claim(
        w,
        [
            claim
            for record_id, body in regrouped
            if body["form"] in catalog.forms and not body["void"]
            for claim in keys.claims_of(*keys.reread(w.store, body), record_id, body)
        ],
    )


def _last_steps(w: Writing, record_ids: list[str]) -> dict[str, Any]:
    s = schema.steps
    found: dict[str, Any] = {}
    for row in w.rows(sa.select(s).where(s.c.record.in_(record_ids), s.c.void == 0).order_by(s.c.at, s.c.id)):
        found[row["record"]] = row
    w.set_cache("records", ("state_at",), [(None, record_id) for record_id in found])
    return found


def _heads(w: Writing, puts: list[Put]) -> dict[str, str]:
    wanted = {p.body["household"] for p in puts if p.body["household"]}
    found: dict[str, str] = defaultdict(str)
    for household_id, row in w.get_many("households", sorted(wanted)).items():
        if row["head"]:
            found[household_id] = row["head"]
    return found


def _forget(w: Writing, table: str, record_ids: list[str]) -> None:
    if record_ids:
        w.delete_derived(table, "record", record_ids)


AFTER_PUT: dict[str, Callable[[Writing, list[Put]], None]] = {
    "people": index_people,
    "records": link_records,
    "steps": refresh_states,
}
