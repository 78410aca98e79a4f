"""A record's steps and terms, as stored, read as the changes and decisions that govern its months.

Pure. Which step opens payment, suspends or ends it follows from the group of the state that it leads to, so that
a new workflow needs no code here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from minzheng_desktop.benefits.entitlement import Effect, StateChange, effective_month
from minzheng_desktop.benefits.months import number_of
from minzheng_desktop.catalog.workflow import Workflow

BACK_PAY = "back_pay"
OPENS_FROM = "opens_from"


class StepRow(msgspec.Struct, frozen=True, gc=False):
    """A stored step, in the columns that decide payment."""

    step: str
    from_state: str | None
    to_state: str
    at: str
    effective_month: str | None
    actor: str
    ground: Mapping[str, Any]


class Reader:
    """Reads the steps of one form's records; `states` are those in which the form pays.

    `change_rule` is the county's change_effective_rule (next or current), used where a step names no month.
    """

    def __init__(self, workflow: Workflow, *, states: frozenset[str], change_rule: str = "next") -> None:
        self.states = states
        self.change_rule = change_rule
        self._groups = {key: state.group for key, state in workflow.states.items()}
        self.suspended = frozenset(key for key, group in self._groups.items() if group == "suspended")
        self._titles = {key: step.title for key, step in workflow.steps.items()}
        self._effects = {key: frozenset(step.effects) for key, step in workflow.steps.items()}
        self._resuming = frozenset(
            key
            for key, step in workflow.steps.items()
            if "month" in step.ask or any(e == BACK_PAY or e.startswith("resume") for e in step.effects)
        )

    def relevant_states(self) -> frozenset[str]:
        """States whose entry may open, suspend or end payment."""
        groups = ("active", "suspended", "closed")
        return self.states | {key for key, group in self._groups.items() if group in groups}

    def read_case(self, steps: Iterable[StepRow], *, start: str | None = None) -> tuple[StateChange, ...]:
        """The changes of state of a case, from its steps in the order in which they were taken.

        A step that moves between states in force (变更待批, 听取意见 and back) changes nothing. `start` is the
        month that the record was confirmed for, used when the step that opens payment names none.
        """
        changes: list[StateChange] = []
        confirmed_for = start
        for step in steps:
            if self._only_answers(step):
                continue
            group = self._groups.get(step.to_state, "")
            if step.to_state in self.states:
                change = self._open(step, confirmed_for, changes[-1] if changes else None)
            elif group in ("suspended", "closed"):
                change = self._change("hold" if group == "suspended" else "stop", step, self._month(step))
            else:
                if group == "active":
                    confirmed_for = step.effective_month or confirmed_for
                continue
            if change is not None:
                changes.append(change)
        return tuple(changes)

    def read_event(self, steps: Iterable[StepRow], *, month: int) -> tuple[StateChange, ...]:
        """The one change of a service: payable in its month when it was checked and not sent back since."""
        payable: StepRow | None = None
        for step in steps:
            if self._only_answers(step):
                continue
            if step.to_state in self.states:
                payable = step
            elif not (step.from_state in self.states and self._groups.get(step.to_state) == "closed"):
                payable = None
        return () if payable is None else (self._change("pay", payable, month),)

    def _only_answers(self, step: StepRow) -> bool:
        """A step that is none of the workflow's and stays where it was: a county decision set aside."""
        return step.from_state == step.to_state and step.step not in self._titles

    def _open(self, step: StepRow, confirmed_for: str | None, last: StateChange | None) -> StateChange | None:
        came_from = self._groups.get(step.from_state or "", "")
        resumes = came_from == "suspended" and step.step in self._resuming
        kept = came_from == "active" and last is not None and last.effect == "hold"
        if last is not None and opens_from(step) is None and not resumes and not kept:
            return None  # between states in force; a hearing about someone suspended changes nothing yet
        stated = step.effective_month or month_in(step.ground)
        month = self._month(step) if last is not None or stated else number_of((confirmed_for or step.at)[:7])
        given = step.ground.get(BACK_PAY)
        back_pay = resumes and (
            BACK_PAY in self._effects.get(step.step, ()) if given is None else bool(given)
        )
        return self._change("pay", step, month, back_pay=back_pay)

    def _month(self, step: StepRow) -> int:
        stated = step.effective_month or month_in(step.ground)
        if stated:
            return number_of(stated[:7])
        return effective_month(self.change_rule, decided_on=date.fromisoformat(step.at[:10]))

    def _change(self, effect: Effect, step: StepRow, month: int, *, back_pay: bool = False) -> StateChange:
        reason = str(step.ground.get("reason") or "") or self._titles.get(step.step, step.step)
        opens = opens_from(step)
        return StateChange(
            effect, month, reason, step.at, step.actor, back_pay, None if opens is None else number_of(opens)
        )


def month_in(ground: Mapping[str, Any]) -> str | None:
    """The month that the step asked for, if any."""
    month = ground.get("month")
    return month if isinstance(month, str) and len(month) >= 7 else None


def opens_from(step: StepRow) -> str | None:
    """The first of the months settled outside that an approved step opens again (ground `opens_from`)."""
    month = step.ground.get(OPENS_FROM)
    return month if isinstance(month, str) and len(month) == 7 else None
