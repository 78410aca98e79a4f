"""Saving a record and taking a step with the amounts that the money rule fills: what window, command line and
receipts call."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from minzheng_desktop.benefits.preview import preview_amount
from minzheng_desktop.store import records, steps

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Evaluation
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.unit import Reading


def fill_amounts(r: Reading, form: Form, evaluation: Evaluation, month: str) -> Mapping[str, Any]:
    """Field → cents of a month by the rates in force; fields stay empty while something is missing."""
    if form.benefit is None or not form.benefit.fills:
        return {}
    inputs = r.store.evaluator(form.key).inputs(evaluation)
    found = preview_amount(
        r.store.catalog, form=form.key, inputs=inputs, month=month, area=r.store.site.division
    )
    if found.amount is None:
        return dict.fromkeys(form.benefit.fills.values())
    return found.fills


save_record = partial(records.save_record, fill=fill_amounts)
take_step = partial(steps.take_step, fill=fill_amounts)
