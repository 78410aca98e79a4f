"""Confirming what deaths call for: the step of the form's own workflow is taken and the recovery opened.

Each proposal is one transaction, worked out anew in it; one that cannot be taken leaves the others as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.closings import Closing, death_values, find_closings
from minzheng_desktop.benefits.recovery import HowBack, RecoveryPlan, with_open_recovery, write_recoveries
from minzheng_desktop.store import records
from minzheng_desktop.store.steps import DATED
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing

GROUND = "成员死亡"
"""Ground of the term that is proposed for a household."""


class Confirmed(msgspec.Struct, frozen=True):
    """What confirming did: the state that the record is in now and the recovery that was opened; or why nothing was."""

    closing: Closing
    done: bool
    message: str
    state: str = ""
    recovery: str | None = None


def confirm_closings(
    store: Store, ids: Iterable[str], *, today: date, month: str = ""
) -> tuple[Confirmed, ...]:
    """Take the step of every chosen proposal and open its recovery, each by itself.

    A stop ends at once where the workflow lets the town; a change of members is proposed and waits for the county.
    Raises UserError no_such_proposal (nothing was written) where an id is none of the present ones.
    """
    wanted = list(dict.fromkeys(ids))
    with store.reading() as r:
        known = {c.id: c for c in find_closings(r, today=today, month=month)}
    if any(one not in known for one in wanted):
        raise UserError("no_such_proposal", "有一条停发建议已经办过或内容变了。没有改动，重新列出再选。")
    return tuple(_confirm(store, known[one], today=today, month=month) for one in wanted)


def _confirm(store: Store, closing: Closing, *, today: date, month: str) -> Confirmed:
    try:
        detail = {
            "record": closing.record,
            "kind": closing.kind,
            "people": [d.person for d in closing.people],
        }
        with store.writing("confirm_closing", detail) as w:
            again = find_closings(w, today=today, month=month, records=[closing.record])
            now = next((c for c in again if c.id == closing.id), None)
            if now is None:
                raise UserError("no_such_proposal", "这件已经变了，没有改动。重新列出再选。")
            if now.blocked:
                raise UserError("closing_blocked", f"{now.blocked}。没有改动。")
            if now.waiting:
                raise UserError("closing_waiting", "变更已经提出，等县级批复。没有改动。")
            taken = _propose(w, now, today) if now.kind == "members" else _end(w, now, today)
            recovery = _recover(w, now)
            title = w.store.catalog.forms[now.form].workflow.states[taken.to_state].title
    except UserError as error:
        return Confirmed(closing, False, error.message)
    return Confirmed(now, True, f"现在是“{title}”", taken.to_state, recovery)


def _end(w: Writing, closing: Closing, today: date) -> Any:
    form = w.store.catalog.forms[closing.form]
    record = records.load_record(w, closing.record)
    step = form.workflow.steps[closing.step]
    if closing.kind == "stop":
        died = max(one.died for one in closing.people)
        told = {
            path: value
            for path, value in death_values(
                form, step, died if len(died) == len("2024-05-09") else ""
            ).items()
            if value and (form.fields[path].choices or not record["doc"].get(path))
        }
        if any(record["doc"].get(path) != value for path, value in told.items()):
            casework.save_record(
                w, closing.form, {**record["doc"], **told}, today=today, record_id=closing.record
            )
    asks = {"reason": closing.reason, "month": closing.stop_month, "date": today.isoformat()}
    return casework.take_step(
        w, closing.record, closing.step, today=today, asks={k: asks[k] for k in step.ask}
    )


def _propose(w: Writing, closing: Closing, today: date) -> Any:
    """Propose the household without the dead: a term for each month in which somebody ceased to count."""
    record = records.load_record(w, closing.record)
    w.put_many(
        "terms",
        [
            {
                "owner": record["owner"], "record": closing.record, "from_month": one.from_month,
                "state": "proposed", "ground": GROUND, "inputs": one.inputs,
                "snapshot": {
                    "proposed": one.proposed, "words": [closing.reason, *closing.notes], DATED: True,
                    "died": list(one.died),
                },
            }
            for one in closing.decisions
        ],
    )  # fmt: skip
    step = w.store.catalog.forms[closing.form].workflow.steps[closing.step]
    asks = {"reason": f"{closing.reason}，成员减少后重新核定", "date": today.isoformat()}
    return casework.take_step(
        w, closing.record, closing.step, today=today, asks={k: asks[k] for k in step.ask}
    )


def _recover(w: Writing, closing: Closing) -> str | None:
    """Open the recovery: by hand where nothing more is paid, else from what is paid later."""
    if closing.overpaid <= 0 or with_open_recovery(w, [closing.record]):
        return None
    plan = RecoveryPlan(
        closing.record,
        closing.subject,
        closing.subject_name,
        closing.reason,
        closing.overpaid,
        closing.periods,
        closing.form,
    )
    how = HowBack(mode="cash" if closing.kind == "stop" else "offset")
    return write_recoveries(w, (plan,), how=how, proposed=closing.kind == "members")[0]
