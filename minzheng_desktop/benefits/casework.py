"""Saving a record and taking a step with what money adds: the amounts that the rule fills and the first month due.

Window, command line and receipts call these, never the store's own functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits import elsewhere, entitlement
from minzheng_desktop.benefits.beside import own_benefits
from minzheng_desktop.benefits.months import text_of
from minzheng_desktop.benefits.overlaps import load_clashes
from minzheng_desktop.benefits.preview import preview_amount
from minzheng_desktop.benefits.rates import view_rates
from minzheng_desktop.benefits.recovery import withdraw_proposed
from minzheng_desktop.benefits.rules.tiered import list_tiers
from minzheng_desktop.store import records, steps
from minzheng_desktop.values.dates import birthday
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Evaluation
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.unit import Reading, Writing


CHANGE = "change_pending"
"""The state in which a change waits for the county."""


class _Money:
    def fill(self, r: Reading, form: Form, evaluation: Evaluation, month: str) -> Mapping[str, Any]:
        """Field → cents of a month by the rates in force; fields stay empty while something is missing."""
        if form.benefit is None or not form.benefit.fills:
            return {}
        person = (evaluation.run.env.person or {}).get("id")
        found = preview_amount(
            r.store.catalog,
            form=form.key,
            inputs=r.store.evaluator(form.key).inputs(evaluation),
            month=month,
            area=r.store.site.division,
            others=own_benefits(r, form, person, month=month, today=evaluation.run.env.today),
        )
        return dict.fromkeys(form.benefit.fills.values()) if found.amount is None else found.fills

    def start_month(self, r: Reading, form: Form, evaluation: Evaluation, *, confirmed_on: str) -> str:
        """The first month due by the form's start-month rule on the day of confirmation (domain §8.1)."""
        rule = steps.choice(r, f"{form.key}.start_month_rule", confirmed_on) or steps.choice(
            r, "start_month_rule", confirmed_on
        )
        applied = evaluation.values.get("apply_date")
        return text_of(
            entitlement.start_month(
                rule or "next",
                confirmed_on=date.fromisoformat(confirmed_on),
                applied_on=date.fromisoformat(applied) if applied else None,
                reached_on=_reached_on(r, form, evaluation),
            )
        )


def _reached_on(r: Reading, form: Form, evaluation: Evaluation) -> date | None:
    """The day on which a person reached the lowest age tier of the form's rates."""
    born = (evaluation.run.env.person or {}).get("birth_date")
    tiers = list_tiers(view_rates(r, form, form.benefit)) if form.benefit else ()
    if not born or len(born) < 10 or not tiers:
        return None
    return birthday(date.fromisoformat(born), tiers[0].first)


MONEY: records.Money = _Money()


def save_record(w: Writing, form_key: str, doc: Mapping[str, Any], **more: Any) -> records.Saved:
    """``store.records.save_record`` with the amounts filled; other benefits that do not go together are warnings."""
    saved = records.save_record(w, form_key, doc, money=MONEY, **more)
    clashing = beside(w, w.store.catalog.forms[form_key], saved.id, more["today"].isoformat()[:7])
    warned = tuple(msgspec.structs.replace(problem, level="warning") for problem in clashing)
    return msgspec.structs.replace(saved, problems=(*saved.problems, *warned)) if warned else saved


def take_step(w: Writing, record_id: str, step_key: str, **more: Any) -> steps.Taken:
    """``store.steps.take_step`` with the amounts filled, and what the step does to the records it points to.

    Raises UserError overlap where a person of this office brings into force what another benefit of the same person
    rules out in that month. A decision of the county is taken all the same; its money then waits in the plan.
    """
    taken = steps.take_step(w, record_id, step_key, money=MONEY, **more)
    form = w.store.catalog.forms[records.load_record(w, record_id)["form"]]
    if told := elsewhere.follow(
        w, form, record_id, form.workflow.steps[step_key], asks=more.get("asks") or {}, today=more["today"],
        money=MONEY,
    ):  # fmt: skip
        taken = msgspec.structs.replace(taken, problems=(*taken.problems, *told))
    if taken.from_state == CHANGE and "write_change" not in form.workflow.steps[step_key].effects:
        withdraw_proposed(w, record_id, reason=form.workflow.steps[step_key].title)
    before, after = (form.workflow.states[state].group for state in (taken.from_state, taken.to_state))
    if before not in ("draft", "open") or after != "active":
        return taken
    clashing = beside(w, form, record_id, taken.effective_month or more["today"].isoformat()[:7])
    if more.get("actor") is None and (wrong := tuple(p for p in clashing if p.is_error)):
        raise UserError("overlap", f"{wrong[0].message}没有改动。", wrong)
    return msgspec.structs.replace(taken, problems=(*taken.problems, *clashing))


def beside(r: Reading, form: Form, record_id: str, month: str) -> tuple[Problem, ...]:
    """What other benefits of the people in a record say against it in a month, or what is to be looked at."""
    found = load_clashes(r, form, month=month, records=[record_id]).get(record_id, [])
    return tuple(
        Problem("", clash.sentence(), "error" if clash.loses else "warning", "overlap")
        for clash in found
        if clash.handling != "offset"
    )
