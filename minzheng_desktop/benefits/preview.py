"""The amount of a record as it is being filled in: for fields that the money rule fills, with the steps beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits.amounts import Amount
from minzheng_desktop.benefits.entitlement import Span, Term
from minzheng_desktop.benefits.months import CYCLE_MONTHS, number_of, period_end
from minzheng_desktop.benefits.plan import paid_form
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules import RULES, OwnBenefit
from minzheng_desktop.benefits.terms import TermReader
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.load import Catalog


class Preview(msgspec.Struct, frozen=True):
    """`amount` is None while something is missing; `missing` names it in words; `fills` is field → cents."""

    amount: Amount | None
    missing: tuple[str, ...] = ()
    fills: dict[str, int] = {}


def preview_amount(
    catalog: Catalog, *, form: str, inputs: Mapping[str, Any], month: str, area: str,
    others: Sequence[OwnBenefit] = (),
) -> Preview:  # fmt: skip
    """The amount of the period that holds `month` by the rates of `area` (a division code).

    `inputs` are the benefit inputs as the evaluator gives them, `others` what the person has from benefits that the
    form stands beside (``benefits.beside``). Never raises for incomplete records: an amount that
    cannot be reckoned says what is missing. Raises UserError unknown_form, not_paid.
    """
    found, benefit = paid_form(catalog, form)
    book = catalog.rates
    codes = tuple(c for named in benefit.rates for c in (book.under(named) or (named,)))
    rates = RateView(book, area=area, codes=codes)
    value, missing = TermReader(found, benefit).convert(inputs)
    if missing:
        return Preview(None, tuple(f"缺：{name}" for name in missing))
    if others:
        value = msgspec.structs.replace(value, others=tuple(others))
    length = CYCLE_MONTHS[benefit.cycle]
    last = period_end(number_of(month), length)
    span = Span(last - length + 1, last, Term("preview", last - length + 1, value))
    try:
        amount = RULES[benefit.rule].amount((span,), rates, cycle=benefit.cycle, floor=None, unit=last)
    except UserError as e:
        return Preview(None, (e.message,))
    fills = {field: getattr(amount, name) for name, field in benefit.fills.items() if hasattr(amount, name)}
    return Preview(amount, (), fills)
