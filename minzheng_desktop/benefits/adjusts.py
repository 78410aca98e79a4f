"""Which locked months are owed a difference because a standard came late: one adjust batch each (domain §8.4)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.late_rates import affected_units
from minzheng_desktop.benefits.months import CYCLE_MONTHS, text_of
from minzheng_desktop.benefits.plan import plan_in
from minzheng_desktop.benefits.rates import view_rates
from minzheng_desktop.benefits.sources import batches_of
from minzheng_desktop.store import schema

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading


class AdjustDue(msgspec.Struct, frozen=True):
    """The adjust batch that one locked period of a form calls for: how many payments, cents in all."""

    form: str
    title: str
    month: str
    items: int
    total: int


def locked_months(r: Reading) -> list[tuple[str, str]]:
    """(form, last month) of every locked regular batch."""
    b = schema.payment_batches.c
    wanted = sa.select(b.form, b.month).where(b.kind == "regular", b.void == 0).order_by(b.form, b.month)
    return [(str(row["form"]), str(row["month"])) for row in r.rows(wanted)]


def adjusts_due(store: Store, *, today: date) -> tuple[AdjustDue, ...]:
    """Every adjust batch that is due, by form and month; periods whose differences are paid are not among them."""
    found: list[AdjustDue] = []
    with store.reading() as r:
        locked = {form for form, _month in locked_months(r)}
        for key, form in r.store.catalog.forms.items():
            if form.benefit is None or key not in locked:
                continue
            rates = view_rates(r, form, form.benefit)
            length = CYCLE_MONTHS[form.benefit.cycle]
            for unit in sorted(affected_units(batches_of(r, key), rates, length=length)):
                month = text_of(unit)
                plan = plan_in(r, form=key, month=month, kind="adjust", today=today)
                if plan.items:
                    found.append(AdjustDue(key, form.title, month, len(plan.items), plan.total))
    return tuple(found)
