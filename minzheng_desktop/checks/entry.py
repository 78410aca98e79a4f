"""Saving a record, taking a step, and asking the checks of it: what window and command line call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.closings import overpaid_by
from minzheng_desktop.benefits.recovery import with_open_recovery
from minzheng_desktop.checks.desk import on_record
from minzheng_desktop.store import records
from minzheng_desktop.values.dates import month_of
from minzheng_desktop.values.errors import Problem
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.records import Saved
    from minzheng_desktop.store.steps import Taken
    from minzheng_desktop.store.unit import Reading, Writing


def save_checked(w: Writing, form: str, doc: Mapping[str, Any], *, today: date, **more: Any) -> Saved:
    """``benefits.casework.save_record``; what the checks say of the record is added to the problems as warnings."""
    saved = casework.save_record(w, form, doc, today=today, **more)
    found = _unsaid(saved.problems, on_record(w, saved.id, today=today))
    return msgspec.structs.replace(saved, problems=(*saved.problems, *found))


def take_checked(w: Writing, record_id: str, step_key: str, *, today: date, **more: Any) -> Taken:
    """``benefits.casework.take_step``; added as warnings: what the checks say of the record, other benefits that do not
    go together with it while it is on its way, and what was paid beyond the end where the step ends it.
    """
    taken = casework.take_step(w, record_id, step_key, today=today, **more)
    form = w.store.catalog.forms[records.load_record(w, record_id)["form"]]
    told = [*on_record(w, record_id, today=today)]
    if form.workflow.states[taken.to_state].group in ("draft", "open"):
        month = taken.effective_month or month_of(today)
        told += [
            msgspec.structs.replace(p, level="warning") for p in casework.beside(w, form, record_id, month)
        ]
    if RECOVER in form.workflow.steps[step_key].effects:
        told += _overpaid(w, form, record_id, taken, today)
    return msgspec.structs.replace(taken, problems=(*taken.problems, *_unsaid(taken.problems, told)))


RECOVER = "recover_overpaid"
"""The effect of a step after which money may have been paid beyond what was due (domain §8.3)."""


def _overpaid(r: Reading, form: Form, record_id: str, taken: Taken, today: date) -> list[Problem]:
    """What locked months paid beyond the month in which the benefit ends, unless a recovery of it is open."""
    carried = overpaid_by(r, form, [record_id], month=month_of(today), today=today).get(record_id)
    if carried is None or carried.cents <= 0 or with_open_recovery(r, [record_id]):
        return []
    since = f"从 {taken.effective_month} 起不再享受，" if taken.effective_month else ""
    sentence = f"{since}已经多发 {format_money_grouped(carried.cents)} 元。到“发放与打印”的“追缴”里查找，登记怎么退回。"
    return [Problem("", sentence, "warning", "overpaid")]


def _unsaid(said: tuple[Problem, ...], found: list[Problem] | tuple[Problem, ...]) -> tuple[Problem, ...]:
    """What the form's own rules have not said already: a rule that stands in the library too is said once."""
    words = [p.message.rstrip("。") for p in said]
    return tuple(p for p in found if not any(w and w in p.message for w in words))
