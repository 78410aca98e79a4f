"""Rows that are worked out from exported rows, brought up to date inside the same unit of work.

People feed the search index; records feed ``record_people``, ``record_links`` and ``record_keys``; steps feed a
record's state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.store import keys, schema, search

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.unit import Put, Writing


def enter_people(w: Writing, bodies: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The bodies of new people with their search rows, entered in the search index."""
    numbers = search.enter(w.connection, bodies)
    return [{**body, "search_row": number} for body, number in zip(bodies, numbers, strict=True)]


def index_people(w: Writing, puts: list[Put]) -> None:
    """Keep the search index equal to the living rows, of people who were there before."""
    gone, added, numbers = [], [], []
    row = search.last_row(w.connection)
    for put in puts:
        old, body = put.old, put.body
        assert old is not None
        before = search.index_text(old) if not old["void"] else None
        after = search.index_text(body) if not body["void"] else None
        if before == after:
            continue
        number = old["search_row"]
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
    """Keep ``record_people``, ``record_links`` and ``record_keys`` equal to the records' documents."""
    catalog = w.store.catalog
    known = [p for p in puts if p.body["form"] in catalog.forms]
    again = [p.id for p in known if p.old is not None]
    _forget(w, "record_people", again)
    _forget(w, "record_links", again)
    _forget(w, "record_keys", again)
    heads = _heads(w, known)
    links: list[tuple[str, str, str]] = []
    pointed: list[tuple[str, str, str]] = []
    claims: list[keys.Claim] = []
    for put in known:
        if put.body["void"]:
            continue
        evaluator, evaluation = keys.reread(w.store, put.body)
        head = heads.get(put.body["household"] or "")
        links += [
            (put.id, person, role) for person, role in keys.people_of(evaluator, evaluation, put.body, head)
        ]
        pointed += [(put.id, target, path) for target, path in evaluator.pointed(evaluation)]
        claims += keys.claims_of(evaluator, evaluation, put.id, put.body)
    w.insert_derived("record_links", ("record", "target", "path"), list(dict.fromkeys(pointed)))
    w.insert_derived("record_people", ("record", "person", "role"), list(dict.fromkeys(links)))
    keys.claim(w, claims)


def refresh_states(w: Writing, puts: list[Put]) -> None:
    """Set each record's state from its latest steps, and its keys where the state's group changed."""
    taken: dict[str, list[Mapping[str, Any]]] = {}
    for put in sorted(puts, key=lambda p: (p.body["at"], p.id)):
        if not put.body["void"]:
            taken.setdefault(put.body["record"], []).append(put.body)
    _states(w, taken)
    undone = [p.body["record"] for p in puts if p.body["void"] and p.body["record"] not in taken]
    if undone:
        _states(w, {record_id: [step] for record_id, step in _last_steps(w, undone).items()})


def moves_nothing(form: Form | None, step: Mapping[str, Any]) -> bool:
    """Whether a stored step only answers something (a decision set aside) and is no step of the record's workflow."""
    return step.get("from_state") == step["to_state"] and (
        form is None or step["step"] not in form.workflow.steps
    )


def after_step(form: Form | None, record: Mapping[str, Any], step: Mapping[str, Any]) -> dict[str, Any]:
    """The record with the state, its time, and the first and last month that a step brings; a step that is
    older than the present state, or only answers something, changes nothing."""
    if (record["state_at"] or "") > step["at"] or moves_nothing(form, step):
        return dict(record)
    start, end = record["start_month"], record["end_month"]
    states = form.workflow.states if form else {}
    before = states[record["state"]].group if record["state"] in states else None
    after = states[step["to_state"]].group if step["to_state"] in states else None
    if after == "active" and before in (None, "draft", "open"):
        start, end = step["effective_month"] or start, None
    elif after == "closed":
        end = step["effective_month"] or end
    return {
        **record,
        "state": step["to_state"],
        "state_at": step["at"],
        "start_month": start,
        "end_month": end,
    }


def _states(w: Writing, taken: Mapping[str, list[Mapping[str, Any]]]) -> None:
    """Walk each record through its steps, given in the order in which they were taken."""
    if not taken:
        return
    catalog = w.store.catalog
    values, regrouped = [], []
    for record_id, record in w.get_many("records", taken).items():
        form = catalog.forms.get(record["form"])
        now = dict(record)
        for step in taken[record_id]:
            now = after_step(form, now, step)
        values.append((now["state"], now["state_at"], now["start_month"], now["end_month"], record_id))
        states = form.workflow.states if form else {}
        before, after = states.get(record["state"]), states.get(now["state"])
        if (before and before.group) != (after and after.group):
            regrouped.append((record_id, now))
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
    forms = {record["id"]: record["form"] for record in w.get_many("records", record_ids).values()}
    found: dict[str, Any] = {}
    for row in w.rows(sa.select(s).where(s.c.record.in_(record_ids), s.c.void == 0).order_by(s.c.at, s.c.id)):
        if not moves_nothing(w.store.catalog.forms.get(forms[row["record"]]), row):
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


BEFORE_INSERT: dict[str, Callable[[Writing, Sequence[Mapping[str, Any]]], list[dict[str, Any]]]] = {
    "people": enter_people,
}
"""What gives new rows the caches that they are inserted with; `AFTER_PUT` then sees the older rows alone."""

AFTER_PUT: dict[str, Callable[[Writing, list[Put]], None]] = {
    "people": index_people,
    "records": link_records,
    "steps": refresh_states,
}
