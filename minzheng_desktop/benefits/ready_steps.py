"""Steps whose condition holds by itself: who is certified, whose term has passed, whose recognition has run out.

A step is *ready* when the workflow lets the program or the clock take it too, it asks nothing, and it has a condition
or leaves the draft (which wants everything filled). So the rows of a grid are registered together. The program
proposes; a person with the step's role agrees for all of them at once.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.benefits import casework
from minzheng_desktop.store import records
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.catalog.workflow import Step
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

AUTOMATIC = frozenset({"program", "clock"})


class Ready(msgspec.Struct, frozen=True):
    """A record and the step that it is ready for; ``message`` says why it was not taken, where it was tried."""

    record: str
    name: str
    number: str
    step: str
    title: str
    message: str = ""


def automatic_steps(form: Form) -> tuple[Step, ...]:
    """The steps of a form's workflow that can be ready, in file order."""
    groups = {key: state.group for key, state in form.workflow.states.items()}
    return tuple(
        step
        for step in form.workflow.steps.values()
        if AUTOMATIC.intersection(step.by)
        and not step.ask
        and (step.guard or any(groups[state] == "draft" for state in step.from_))
        and not any(groups[state] == "closed" for state in step.from_)
    )


def plan_ready(r: Reading, form: Form, *, today: date) -> tuple[Ready, ...]:
    """This office's records that are ready, each with the first step that the signed-in person may take of it."""
    steps = [s for s in automatic_steps(form) if r.store.roles.intersection(s.by)]
    wanted = {state for step in steps for state in step.from_}
    found: list[Ready] = []
    for row in records.each_form_record(r, form.key, *sorted(wanted)) if wanted else ():
        if row["owner"] != r.store.site.division:
            continue
        for step in steps:
            if row["state"] in step.from_ and _holds(r, form, row, step, today):
                name = (records.person_attributes(r, row["person"]) or {}).get("name") or row["doc"].get(
                    "name"
                )
                found.append(Ready(row["id"], str(name or ""), row["number"] or "", step.key, step.title))
                break
    return tuple(found)


def take_ready(store: Store, form_key: str, *, today: date) -> tuple[Ready, ...]:
    """Take every ready step, each by itself: one that is refused keeps no other back. Returns all, tried."""
    form = store.catalog.forms[form_key]
    with store.reading() as r:
        ready = plan_ready(r, form, today=today)
    done: list[Ready] = []
    for one in ready:
        try:
            with store.writing("take_step", {"record": one.record, "step": one.step}) as w:
                casework.take_step(w, one.record, one.step, today=today, asks={})
        except UserError as error:
            done.append(msgspec.structs.replace(one, message=error.message))
        else:
            done.append(one)
    return tuple(done)


def _holds(r: Reading, form: Form, row: dict[str, object], step: Step, today: date) -> bool:
    evaluation = records.judge(
        r, form, row["doc"], subject=records.subject_of(row), state=str(row["state"]), today=today,  # type: ignore[arg-type]
        record_id=str(row["id"]), step=step.key, historic=bool(row["paid_through"]),
    )  # fmt: skip
    return not any(problem.level == "error" for problem in evaluation.problems)
