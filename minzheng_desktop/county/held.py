"""Lines that wait at the county: kept as they came, applied in the transaction in which what they need arrives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.county import intake
from minzheng_desktop.exchange.bodies import read_change
from minzheng_desktop.exchange.decided import ISSUED, TAKEN
from minzheng_desktop.exchange.envelope import Envelope
from minzheng_desktop.exchange.receipt import RowLine
from minzheng_desktop.store import schema
from minzheng_desktop.store.arrivals import write_arrivals
from minzheng_desktop.store.unit import Line

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

RELEASED = "released"
_WAITING = ("reference", "predecessor", "batch")
"""Held for something that may still arrive; everything else waits for a person."""

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
        ],
    )


def release(w: Writing, plan: intake.Plan, *, division: str) -> list[Line]:
    """Apply waiting lines of a division whose need has arrived, again and again until none more fits."""
    released: list[Line] = []
    arrived = plan.arrived()
    while arrived:
        rows = _waiting(w, division)
        if not any(row["waits_for"] in arrived for row in rows):
            break
        incoming = [read_change(row["line"].encode()) for row in rows]
        again = intake.plan_intake(intake.load_existing(w, incoming), incoming, division=division)
        origins = {row["id"]: row["laptop"] for row in rows}
        write_arrivals(w, again.applicable(), origin=origins.__getitem__)
        done = [
            (row["n"], one.line)
            for row, one, outcome in zip(rows, incoming, again.outcomes, strict=True)
            if outcome in (*intake.APPLIED, intake.SAME)
        ]
        for number, _ in done:
            w.delete("held", _held.n == number)
        released += [line for _, line in done]
        arrived = {line.id for _, line in done}
    return released


def released_row(line: Line) -> RowLine:
    """How the receipt tells that a line held earlier has entered."""
    return RowLine(RELEASED, line.entity, line.id, line.revision, RELEASED, "它等的内容到了，已进县库。")


def held_lines(r: Reading, *, division: str | None = None) -> list[dict[str, Any]]:
    """What waits or is quarantined, oldest first: table, row, reason, package, laptop."""
    h = _held
    wanted = sa.select(h.n, h.package, h.division, h.laptop, h.entity, h.id, h.why, h.waits_for).order_by(h.n)
    return r.rows(wanted if division is None else wanted.where(h.division == division))


def settle_decisions(w: Writing, lines: Iterable[Line]) -> None:
    """Mark the county's decisions as taken when the township's step that carries them has arrived."""
    carried = [
        decision for line in lines if line.entity == "steps" and (decision := _decision_of(line)) is not None
    ]
    issued = w.get_many("decisions", carried)
    w.put_many(
        "decisions",
        [{"id": row["id"], "state": TAKEN} for row in issued.values() if row["state"] == ISSUED],
    )


class _Ground(msgspec.Struct):
    decision: str | None = None


class _StepBody(msgspec.Struct):
    actor: str = ""
    ground: _Ground = msgspec.field(default_factory=_Ground)


_STEP = msgspec.json.Decoder(_StepBody)


def _decision_of(line: Line) -> str | None:
    body = _STEP.decode(line.body)
    return body.ground.decision if body.actor == "county" else None


def _waiting(r: Reading, division: str) -> list[dict[str, Any]]:
    return r.rows(
        sa.select(schema.held).where(_held.division == division, _held.why.in_(_WAITING)).order_by(_held.n)
    )
