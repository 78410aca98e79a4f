"""A county decision as a step of a record's workflow: which step it means, and applying it in the township."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.casework import take_step
from minzheng_desktop.store import records, rows, schema
from minzheng_desktop.store.unit import Line, chunks
from minzheng_desktop.values.dates import add_months
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.workflow import Step, Workflow
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

KINDS = {"confirm": "同意", "return": "退回", "deny": "不予同意"}
REVIEWER = "county_reviewer"
DISMISS = "dismiss_decision"
"""The step by which a township answers a decision that it set aside."""
ISSUED, TAKEN, WAITING, DISMISSED = "issued", "taken", "waiting", "dismissed"
"""States of a decision: issued by the county, taken as a step, waiting for a person, set aside by one."""
ABSENT = "absent"
"""Why a decision is held: its record is not here yet."""


class Decided(msgspec.Struct, frozen=True):
    """What became of the decisions of a file: ids taken as steps, waiting for a person, known before, and those on
    records that this laptop does not have yet (another laptop of the division made them)."""

    taken: tuple[str, ...]
    waiting: tuple[str, ...]
    known: tuple[str, ...]
    absent: tuple[str, ...] = ()


def decision_step(workflow: Workflow, state: str, kind: str) -> Step | None:
    """The county's step that `kind` (confirm, return, deny) means in this state: `confirm`, `confirm_change` …"""
    for step in workflow.steps_from(state):
        if REVIEWER in step.by and (step.key == kind or step.key.startswith(f"{kind}_")):
            return step
    return None


def possible_kinds(workflow: Workflow, state: str) -> tuple[str, ...]:
    """The kinds of decision that the county can take on a record in this state; empty when it waits for none."""
    return tuple(kind for kind in KINDS if decision_step(workflow, state, kind) is not None)


def apply_decisions(w: Writing, changes: list[Line], *, origin: str, today: date) -> Decided:
    """Keep the county's decisions and take their steps; those on a record that moved wait for a person.

    A decision is taken once, whichever file brings it first, and on two laptops as the same rows. One on a record
    that is not here is kept aside until another laptop's package brings the record.
    """
    changes = list({change.id: change for change in (*_absent(w), *changes)}.values())
    known = w.get_many("decisions", [change.id for change in changes])
    fresh = [change for change in changes if change.id not in known]
    shape = rows.shape(schema.decisions)
    bodies = {change.id: shape.decode(bytes(change.body)) for change in fresh}
    here = w.get_many("records", {body["record"] for body in bodies.values()})
    absent = [change for change in fresh if bodies[change.id]["record"] not in here]
    _keep_absent(w, absent, bodies, origin)
    fresh = [change for change in fresh if bodies[change.id]["record"] in here]
    w.apply_lines("decisions", fresh, origin)
    carried = _carried(w, fresh, bodies)
    taken: list[str] = []
    waiting: list[str] = []
    for change in sorted(fresh, key=lambda change: (bodies[change.id]["at"], change.id)):
        if change.id in carried:
            w.put("decisions", {"id": change.id, "state": carried[change.id]})
            taken.append(change.id)
        else:
            (taken if _take(w, change.id, bodies[change.id], today) else waiting).append(change.id)
    return Decided(tuple(taken), tuple(waiting), tuple(known), tuple(change.id for change in absent))


def settle_carried(w: Writing) -> None:
    """Take note of the decisions that another laptop of the division carried out or set aside, after its package
    came in: they no longer wait here."""
    waiting = waiting_decisions(w)
    for decision, state in _carried(w, waiting, {row["id"]: row for row in waiting}).items():
        w.put("decisions", {"id": decision, "state": state})


def take_fitting(w: Writing, *, today: date) -> tuple[str, ...]:
    """Take the decisions that waited because their record lacked what another laptop had written, now that its package
    made the record the one on which the county decided; returns their ids."""
    waiting = waiting_decisions(w)
    here = w.get_many("records", {row["record"] for row in waiting})
    fitting = [row for row in waiting if here.get(row["record"], {}).get("revision") == row["on_revision"]]
    return tuple(row["id"] for row in fitting if _take(w, row["id"], row, today))


def _carried(w: Reading, fresh: Sequence[Any], bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Of these decisions, those that a step here carries out or sets aside already, with the state that follows."""
    s = schema.steps
    ids = {one["id"] if isinstance(one, dict) else one.id for one in fresh}
    found: dict[str, str] = {}
    for some in chunks(sorted({str(bodies[one]["record"]) for one in ids})):
        for step in w.rows(sa.select(s.c.ground, s.c.actor).where(s.c.record.in_(some), s.c.void == 0)):
            ground = step["ground"]
            if ground.get("dismissed") in ids:
                found[ground["dismissed"]] = DISMISSED
            elif step["actor"] == "county" and ground.get("decision") in ids:
                found[ground["decision"]] = TAKEN
    return found


def _absent(w: Reading) -> list[Line]:
    h = schema.held.c
    rows_ = w.rows(sa.select(h.line).where(h.entity == "decisions", h.why == ABSENT).order_by(h.n))
    return [msgspec.json.decode(row["line"], type=Line) for row in rows_]


def _keep_absent(
    w: Writing, absent: Sequence[Line], bodies: Mapping[str, Mapping[str, Any]], origin: str
) -> None:
    h = schema.held.c
    w.delete("held", h.entity == "decisions", h.why == ABSENT)
    w.insert(
        "held",
        [
            {
                "package": "", "division": w.store.site.division, "laptop": origin, "entity": "decisions",
                "id": line.id, "why": ABSENT, "waits_for": bodies[line.id]["record"],
                "line": msgspec.json.encode(line).decode(),
            }
            for line in absent
        ],
    )  # fmt: skip


def waiting_decisions(r: Reading) -> list[dict[str, Any]]:
    """县决定与现状不符: decisions that wait for a person, oldest first."""
    d = schema.decisions
    return r.rows(sa.select(d).where(d.c.state == WAITING, d.c.void == 0).order_by(d.c.at))


def take_waiting(store: Store, decision_id: str, *, today: date) -> None:
    """Take a waiting decision's step after all, because a person looked. UserError when it cannot be taken."""
    with store.writing("decision_taken", {"decision": decision_id}) as w:
        decision = _waiting(w, decision_id)
        record = records.load_record(w, decision["record"])
        form = records.form_of(w, record["form"])
        step = decision_step(form.workflow, record["state"], decision["kind"])
        if step is None:
            raise UserError(
                "step_not_possible",
                f"这件现在是“{form.workflow.states[record['state']].title}”，接不上县级决定"
                f"“{KINDS[decision['kind']]}”。没有改动，请先办到上报，或与县局核对后搁置这个决定。",
            )
        with _while_moving(w, record):
            take_step(
                *(w, record["id"], step.key),
                today=today,
                asks=_answers(decision, step),
                actor="county",
                by=decision["by"],
            )
        w.put("decisions", {"id": decision_id, "state": TAKEN})


def dismiss_waiting(store: Store, decision_id: str, *, reason: str) -> None:
    """Set a waiting decision aside; the reason goes to the county, in a step that moves nothing."""
    if not reason.strip():
        raise UserError("reason_missing", "没有写理由，决定没有搁置。请写明理由。")
    with store.writing("decision_dismissed", {"decision": decision_id, "reason": reason}) as w:
        decision = _waiting(w, decision_id)
        record = records.load_record(w, decision["record"])
        with _while_moving(w, record):
            w.put(
                "steps",
                {
                    "owner": record["owner"], "record": record["id"], "step": DISMISS,
                    "from_state": record["state"], "to_state": record["state"], "at": w.at, "actor": "town",
                    "by": w.user, "ground": {"dismissed": decision_id, "reason": reason.strip()},
                },
            )  # fmt: skip
        w.put("decisions", {"id": decision_id, "state": DISMISSED})


def _take(w: Writing, decision_id: str, body: Mapping[str, Any], today: date) -> bool:
    record = records.load_record(w, body["record"])
    form = w.store.catalog.forms.get(record["form"])
    step = decision_step(form.workflow, record["state"], body["kind"]) if form else None
    unmoved = record["revision"] == body["on_revision"] and not record["void"]
    done = (
        step is not None and unmoved and _try_step(w, record["id"], step, {**body, "id": decision_id}, today)
    )
    w.put("decisions", {"id": decision_id, "state": TAKEN if done else WAITING})
    return done


def _try_step(w: Writing, record_id: str, step: Step, decision: Mapping[str, Any], today: date) -> bool:
    before = w.change_number()
    last = _last_step(w, record_id)
    moment = max(str(decision["at"]), str(last["at"]))
    record = records.load_record(w, record_id)
    try:
        with w.repeatable(decision["id"], at=moment, after=last["id"]), _while_moving(w, record):
            take_step(
                *(w, record_id, step.key),
                today=today,
                asks=_answers(decision, step),
                actor="county",
                by=decision["by"],
            )
    except UserError:
        if w.change_number() != before:
            raise  # half a step is never kept: the whole receipt is undone
        return False  # the form refuses the step here and now: a person looks at it
    return True


@contextmanager
def _while_moving(w: Writing, record: Mapping[str, Any]) -> Iterator[None]:
    """The county's word on a record of a household that is to move: the county waits for its answer before it
    confirms the move, so that it is carried out although the rows are read-only here."""
    before = w.handing_over
    w.handing_over = before or record["owner"] == w.store.site.division
    try:
        yield
    finally:
        w.handing_over = before


def _last_step(w: Writing, record_id: str) -> Mapping[str, Any]:
    s = schema.steps
    found = w.one(
        sa.select(s.c.id, s.c.at)
        .where(s.c.record == record_id)
        .order_by(s.c.at.desc(), s.c.id.desc())
        .limit(1)
    )
    return found or {"id": "", "at": ""}


def _answers(body: Mapping[str, Any], step: Step) -> dict[str, Any]:
    decided_on = str(body["at"])[:10]
    answers = {
        "opinion": body["text"] or KINDS[body["kind"]],
        "reason": body["text"] or KINDS[body["kind"]],
        "document_no": body["number"],
        "date": decided_on,
        "decision": body["id"],
    }
    if "month" in step.ask:
        answers["month"] = add_months(decided_on[:7], 1)
    return answers


def _waiting(w: Writing, decision_id: str) -> dict[str, Any]:
    decision = w.get("decisions", decision_id)
    if decision is None or decision["state"] != WAITING:
        raise UserError("no_such_decision", "这个决定不在“县决定与现状不符”里，没有改动。请刷新后再看。")
    return decision
