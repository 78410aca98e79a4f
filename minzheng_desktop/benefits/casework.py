"""Saving a record and taking a step with what money adds: the amounts that the rule fills and the first month due.

Window, command line and receipts call these, never the store's own functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from minzheng_desktop.benefits import entitlement
from minzheng_desktop.benefits.months import text_of
from minzheng_desktop.benefits.plan import view_rates
from minzheng_desktop.benefits.preview import preview_amount
from minzheng_desktop.benefits.rules.tiered import list_tiers
from minzheng_desktop.store import records, steps
from minzheng_desktop.values.dates import birthday

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Evaluation
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.unit import Reading


class _Money:
    def fill(self, r: Reading, form: Form, evaluation: Evaluation, month: str) -> Mapping[str, Any]:
        """Field → cents of a month by the rates in force; fields stay empty while something is missing."""
        if form.benefit is None or not form.benefit.fills:
            return {}
        found = preview_amount(
            r.store.catalog,
            form=form.key,
            inputs=r.store.evaluator(form.key).inputs(evaluation),
            month=month,
            area=r.store.site.division,
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
save_record = partial(records.save_record, money=MONEY)
take_step = partial(steps.take_step, money=MONEY)
