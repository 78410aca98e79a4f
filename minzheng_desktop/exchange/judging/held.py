"""Lines that wait: kept as they came, applied in the transaction in which what they need arrives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.down.decided import DISMISSED, ISSUED, TAKEN
from minzheng_desktop.exchange.down.receipt import RowLine
from minzheng_desktop.exchange.files.bodies import Incoming, read_change
from minzheng_desktop.exchange.files.envelope import Envelope
from minzheng_desktop.exchange.judging import intake
from minzheng_desktop.exchange.judging.standing import load_existing
from minzheng_desktop.store import schema

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

RELEASED = "released"
_SAME_PERSON = "same_person"
_WAITING = ("reference", "predecessor", "batch", _SAME_PERSON)
"""Held for something that may still arrive, or for the township to strike out one of two entries with one number;
everything else waits for a person here."""
QUARANTINE = frozenset({"other_division", "not_a_township_table"})
"""Verdicts whose lines never enter."""

_held = schema.held.c


def keep(w: Writing, plan: intake.Plan, *, package: str, envelope: Envelope) -> None:
    """Keep the held and rejected lines of a plan; rejected ones stay in quarantine and are never applied."""
    w.insert(
        "held",
        [
            {
                "package": package,
                "division": envelope.sender.division,
                "laptop": envelope.sender.laptop,
                "entity": plan.incoming[place].line.entity,
                "id": plan.incoming[place].line.id,
                "why": verdict.code,
                "waits_for": verdict.waits_for or None,
                "line": msgspec.json.encode(plan.incoming[place].line).decode(),
            }
            for place, verdict in sorted(plan.verdicts.items())
            if verdict.code != intake.CONFLICT
        ],
    )
    put_aside(
        w, plan.rewritten, package=package, division=envelope.sender.division, laptop=envelope.sender.laptop
    )


def put_aside(
    w: Writing, rewritten: Mapping[intake.Key, intake.Rewritten], *, package: str, division: str, laptop: str
) -> None:
    """Keep the versions that wait for a person beside the rows that diverged, and let go of those that were settled.
    They stand in the history too; here they are listed, with the package that brought them."""
    for (table, row_id), row in rewritten.items():
        of_row = (_held.entity == table, _held.id == row_id, _held.why == intake.CONFLICT)
        here = {
            read_change(one["line"].encode()).line.revision: one
            for one in w.rows(sa.select(schema.held).where(*of_row))
        }
        w.delete("held", *of_row)
        aside = [row.history[one] for one in row.settled.aside]
        w.insert(
            "held",
            [
                {
                    "package": here[one.revision]["package"] if one.revision in here else package,
                    "division": division,
                    "laptop": one.origin or laptop,
                    "entity": table,
                    "id": row_id,
                    "why": intake.CONFLICT,
                    "waits_for": None,
                    "line": msgspec.json.encode(intake.line_of(table, row_id, one)).decode(),
                }
                for one in aside
            ],
        )  # fmt: skip


def release(w: Writing, plan: intake.Plan, *, division: str) -> list[Incoming]:
    """Apply waiting lines of a division whose need has arrived, again and again until none more fits."""
    return release_after(w, plan.arrived(), division=division)


def release_after(w: Writing, arrived: set[str], *, division: str) -> list[Incoming]:
    """The same where rows with these ids have come otherwise than by a package. What goes on waiting is kept with what
    it waits for now."""
    released: list[Incoming] = []
    rows = _waiting(w, division)
    shared = any(row["why"] == _SAME_PERSON for row in rows)  # this office may have struck one out itself
    while shared or any(row["waits_for"] in arrived for row in rows):
        shared = False
        incoming = [read_change(row["line"].encode()) for row in rows]
        again = intake.plan_intake(load_existing(w, incoming), incoming, division=division)
        origins = {row["id"]: row["laptop"] for row in rows}
        intake.write_plan(w, again, origin=origins.__getitem__)
        done = [
            (row["n"], one, outcome)
            for place, (row, one, outcome) in enumerate(zip(rows, incoming, again.outcomes, strict=True))
            if outcome in (*intake.APPLIED, intake.SAME) or again.conflicts_at(place)
        ]
        for number, _, _ in done:
            w.delete("held", _held.n == number)
        _wait_on(w, rows, again)
        if again.rewritten:
            first = next((rows[one.places[0]] for one in again.rewritten.values() if one.places), rows[0])
            put_aside(w, again.rewritten, package=first["package"], division=division, laptop=first["laptop"])
        released += [one for _, one, outcome in done if outcome != intake.HELD]
        arrived = {one.line.id for _, one, _ in done}
        rows = _waiting(w, division)
    return released


def _wait_on(w: Writing, rows: list[dict[str, Any]], again: intake.Plan) -> None:
    """Keep with each line that still waits why it does now: for the second of two rows, or for a person."""
    for place, row in enumerate(rows):
        verdict = again.verdicts.get(place)
        if verdict is None or again.outcomes[place] != intake.HELD or again.conflicts_at(place):
            continue
        now = {"why": verdict.code, "waits_for": verdict.waits_for or None}
        if now != {name: row[name] for name in now}:
            w.update("held", now, _held.n == row["n"])


def released_row(one: Incoming) -> RowLine:
    """How the receipt tells that a line held earlier has entered."""
    line = one.line
    return RowLine(RELEASED, line.entity, line.id, line.revision, RELEASED, "它等的内容到了，已进县库。")


def held_lines(r: Reading, *, division: str | None = None) -> list[dict[str, Any]]:
    """What waits or is quarantined, oldest first: the line with its reason, laptop, number and time of its package."""
    h, p = _held, schema.packages.c
    wanted = (
        sa.select(
            h.n, h.package, h.division, h.laptop, h.entity, h.id, h.why, h.waits_for, h.line, p.number, p.at
        )
        .outerjoin(schema.packages, p.id == h.package)
        .order_by(h.n)
    )
    return r.rows(wanted if division is None else wanted.where(h.division == division))


def count_held(r: Reading) -> tuple[int, int]:
    """How many lines wait (for others or for a person), and how many are quarantined."""
    by_why = r.rows(sa.select(_held.why, sa.func.count().label("lines")).group_by(_held.why))
    out = sum(row["lines"] for row in by_why if row["why"] in QUARANTINE)
    return sum(row["lines"] for row in by_why) - out, out


def settle_decisions(w: Writing, entered: Iterable[Incoming]) -> None:
    """Mark the county's decisions as taken, or as set aside, by the steps that entered and carry them, each on its
    own record and as it was decided."""
    steps = [one.body for one in entered if one.line.entity == "steps"]
    taken = {str(b.ground["decision"]): b for b in steps if b.actor == "county" and "decision" in b.ground}
    aside = {str(b.ground["dismissed"]): b for b in steps if "dismissed" in b.ground}
    if not taken and not aside:
        return
    settled = []
    for row in w.get_many("decisions", {**taken, **aside}).values():
        if row["state"] != ISSUED:
            continue
        if row["id"] in taken and _carries(taken[row["id"]], row):
            settled.append({"id": row["id"], "state": TAKEN})
        elif row["id"] in aside and aside[row["id"]].record == row["record"]:
            settled.append({"id": row["id"], "state": DISMISSED})
    w.put_many("decisions", settled)


def undecided_steps(w: Writing, plan: intake.Plan, released: Iterable[Incoming]) -> Iterator[RowLine]:
    """Steps in the county's name that it did not decide so, on records that it had before: they entered, for the
    township's rows are its own, and people look. Registers that were imported or came whole tell of earlier years."""
    new = {
        (one.line.entity, one.line.id)
        for one, outcome in zip(plan.incoming, plan.outcomes, strict=True)
        if outcome == intake.NEW
    }
    come = [one for one in plan.entered() if (one.line.entity, one.line.id) in new]
    steps = [
        one
        for one in (*come, *released)
        if one.line.entity == "steps"
        and one.body.actor == "county"
        and not one.body.void
        and "import" not in one.body.ground
        and ("records", one.body.record) not in new
    ]
    if not steps:
        return
    decided = w.get_many("decisions", {str(one.body.ground.get("decision", "")) for one in steps})
    for one in steps:
        body, line = one.body, one.line
        row = decided.get(str(body.ground.get("decision", "")))
        if row is not None and _carries(body, row):
            continue
        said = "县库里没有这个决定" if row is None else "县局的决定不是这样"
        why = f"乡镇以县局名义办了一步（{_step_title(w, body)}），{said}，请查明。"
        yield RowLine(intake.QUESTIONED, line.entity, line.id, line.revision, "not_decided", why, "actor")


def _carries(step: Any, decision: Mapping[str, Any]) -> bool:
    """Whether a step is the one that a decision means, on its record."""
    kind = decision["kind"]
    return bool(step.record == decision["record"] and (step.step == kind or step.step.startswith(f"{kind}_")))


def _step_title(r: Reading, step: Any) -> str:
    record = r.get("records", step.record)
    form = r.store.catalog.forms.get(record["form"]) if record is not None else None
    known = form.workflow.steps.get(step.step) if form is not None else None
    return known.title if known is not None else str(step.step)


def _waiting(r: Reading, division: str) -> list[dict[str, Any]]:
    return r.rows(
        sa.select(schema.held).where(_held.division == division, _held.why.in_(_WAITING)).order_by(_held.n)
    )
