"""Rows that another laptop made, written many at a time: rows, versions and derived rows in one unit of work.

The caller has judged them (`exchange.judging.intake`) and decoded their bodies (`exchange.files.bodies`). A record
that arrives together with its steps is written in its final state at once, so that its keys are worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import asdict

from minzheng_desktop.store import derived, rows, schema, search
from minzheng_desktop.store.unit import Line, Put, unique_refusals

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Writing


ARRIVES, MADE, STORED = "arrives", "made", "stored"


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """One version of a row: the line as it travelled, its body as a struct of the table's body columns, the same
    as SQL values in the table's order (JSON columns as text), and whether the row is new here. `version` says
    whether the version arrives with the row, was made here just now (a merge), or is written by `write_history`."""

    line: Line
    body: Any
    values: list[Any]
    fresh: bool
    version: str = ARRIVES


def write_arrivals(
    w: Writing, arrivals: Mapping[str, Sequence[Sequence[Arrival]]], *, origin: Callable[[str], str]
) -> None:
    """Write arrivals by table, in the order of the tables, each table in waves in which no row stands twice.

    `origin` gives the laptop that made a row. Revisions, bases, times and authors stay as they came.
    """
    carried = _states_on_arrival(w, arrivals)
    for table, waves in arrivals.items():
        for wave in waves:
            _write_wave(w, table, wave, origin, carried)


def write_history(w: Writing, lines: Sequence[Line], *, origin: Callable[[str], str]) -> None:
    """Write versions alone: of rows that do not follow them, or that are written with `STORED` ones."""
    rows.insert(
        w.connection,
        "versions",
        rows.VERSION_COLUMNS,
        [
            (
                *(line.entity, line.id, line.revision, line.base, origin(line.id)),
                *(line.at, line.by, w.entry.seq, bytes(line.body).decode()),
            )
            for line in lines
        ],
    )
    w.entry.take(line.revision for line in lines)


def _states_on_arrival(
    w: Writing, arrivals: Mapping[str, Sequence[Sequence[Arrival]]]
) -> dict[str, dict[str, Any]]:
    """State, its time, first and last month of each new record after the steps that arrive with it."""
    first = arrivals.get("records") or ((),)
    forms = w.store.catalog.forms
    new = {one.line.id: forms.get(one.body.form) for one in first[0] if one.fresh}
    if not new:
        return {}
    start = {"state": "draft", "state_at": None, "start_month": None, "end_month": None}
    steps: dict[str, list[dict[str, Any]]] = {}
    for wave in arrivals.get("steps", ()):
        for one in wave:
            body = one.body
            if body.record in new:
                at_step = {"to_state": body.to_state, "at": body.at, "effective_month": body.effective_month}
                steps.setdefault(body.record, []).append({**at_step, "id": one.line.id, "void": body.void})
    states: dict[str, dict[str, Any]] = {}
    for record, taken in steps.items():
        if any(step["void"] for step in taken):
            continue  # a step that was undone on the way: worked out from the rows afterwards
        now: dict[str, Any] = start
        for step in sorted(taken, key=lambda step: (step["at"], step["id"])):
            now = derived.after_step(new[record], now, step)
        states[record] = now
    return states


def _write_wave(
    w: Writing,
    table: str,
    wave: Sequence[Arrival],
    origin: Callable[[str], str],
    carried: Mapping[str, Mapping[str, Any]],
) -> None:
    shape = rows.shape(schema.EXPORTED[table])
    fresh = [one for one in wave if one.fresh]
    later = [one for one in wave if not one.fresh]
    caches = _caches(w, table, shape, fresh, carried)
    old = w.get_many(table, [one.line.id for one in later])
    if table == "people":
        _free_numbers(w, later, old)
    with unique_refusals(table):
        new = [
            (one.line.id, one.line.revision, *one.values, *extra)
            for one, extra in zip(fresh, caches, strict=True)
        ]
        rows.insert(w.connection, table, shape.names, new)
        changed = [(one.line.revision, *one.values, one.line.id) for one in later]
        rows.execute_many(w.connection, shape.update_sql, changed)
    made = [one.line for one in wave if one.version == MADE]
    write_history(w, [one.line for one in wave if one.version == ARRIVES], origin=origin)
    write_history(w, made, origin=lambda _: w.origin)
    _derive(w, table, shape, wave, old, carried)


def _free_numbers(w: Writing, later: Sequence[Arrival], old: Mapping[str, dict[str, Any]]) -> None:
    """Take the id numbers off those who change theirs, so that two numbers can change hands in one wave."""
    moving = [
        (one.line.id,) for one in later if old[one.line.id]["id_number"] not in (None, one.body.id_number)
    ]
    rows.execute_many(w.connection, "UPDATE people SET id_number = NULL WHERE id = ?", moving)


def _caches(
    w: Writing,
    table: str,
    shape: rows.Shape,
    fresh: Sequence[Arrival],
    carried: Mapping[str, Mapping[str, Any]],
) -> list[tuple[Any, ...]]:
    """Values of the cache columns of new rows; new people enter the search index here."""
    if table == "records":
        draft = {"state": "draft"}
        return [tuple(carried.get(one.line.id, draft).get(name) for name in shape.caches) for one in fresh]
    if table == "people":
        return [(row,) for row in search.enter(w.connection, (asdict(one.body) for one in fresh))]
    return [()] * len(fresh)


def _derive(
    w: Writing,
    table: str,
    shape: rows.Shape,
    wave: Sequence[Arrival],
    old: Mapping[str, dict[str, Any]],
    carried: Mapping[str, Mapping[str, Any]],
) -> None:
    hook = derived.AFTER_PUT.get(table)
    if hook is None:
        return
    if table == "people":
        wave = [one for one in wave if not one.fresh]
    elif table == "steps":
        wave = [one for one in wave if one.body.record not in carried]
    puts = []
    for one in wave:
        before = old.get(one.line.id)
        body = shape.complete(one.body, before or carried.get(one.line.id, {}))
        puts.append(Put(one.line.id, body, before))
    if puts:
        hook(w, puts)
