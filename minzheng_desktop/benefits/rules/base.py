"""What a money rule is: typed inputs, a pure amount for one month, and the amounts of a history.

A rule never looks anything up but rates. `compute` gives one month with its steps (for the screen, the sheet and
the locked item); `due` gives the bare amounts of many months (for the comparison of due with paid), fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

import msgspec

from minzheng_desktop.benefits.amounts import Amount, CalculationStep, RateUse, make_amount, show
from minzheng_desktop.benefits.entitlement import Span
from minzheng_desktop.benefits.months import CYCLE_MONTHS, name_months, period_end, text_of
from minzheng_desktop.benefits.rates import RateView

Cents = tuple[int, int]
"""(base, extra) in cents."""


class Due(msgspec.Struct, frozen=True, gc=False):
    """What one payment period is due: its last month, the months of it that count, base and extra in cents."""

    unit: int
    months: int
    base: int
    extra: int


class Rule(Protocol):
    """A money rule; `inputs` is the Struct that a form must feed."""

    name: ClassVar[str]
    title: ClassVar[str]
    inputs: ClassVar[type[msgspec.Struct]]

    def compute(self, inputs: Any, rates: RateView, month: str) -> Amount:
        """The amount of one month ('YYYY-MM') with its steps. Raises MissingRate."""

    def due(self, spans: Sequence[Span], rates: RateView, *, cycle: str, floor: int | None) -> list[Due]:
        """The amounts due of every payment period that the spans touch, in order; months before `floor` are
        left out (they were settled elsewhere). Raises MissingRate."""

    def total(
        self, spans: Sequence[Span], rates: RateView, *, cycle: str, floor: int | None, upto: int
    ) -> int:
        """The cents of all periods that end before or with `upto`: equal to the sum of `due`, but fast for years
        of months that never changed. Raises MissingRate."""

    def amount(
        self, spans: Sequence[Span], rates: RateView, *, cycle: str, floor: int | None, unit: int
    ) -> Amount:
        """The amount of the payment period that ends with `unit`, with its steps; equal to its `Due`, and without
        months where there is none."""


@runtime_checkable
class SharesCap(Protocol):
    """A rule whose records share a cap among those of one person, in one period."""

    def claims(self, inputs: Any) -> Sequence[tuple[str, int]]:
        """The periods in which the cap counts ('2024-09', '2024-09-03') with the units that a record takes of each."""

    def after(self, inputs: Any, used: Sequence[int]) -> Any:
        """The inputs told what other records took of each claim before, in the order of the claims."""


class MonthlyRule:
    """A rule whose amount is worked out, and rounded, month by month."""

    name: ClassVar[str]
    title: ClassVar[str]
    inputs: ClassVar[type[msgspec.Struct]]

    def compute(self, inputs: Any, rates: RateView, month: str) -> Amount:
        raise NotImplementedError

    def cents(self, inputs: Any, rates: RateView, month: int) -> Cents:
        """Base and extra of one month without steps; must equal `compute`."""
        raise NotImplementedError

    def share(self, inputs: Any, rates: RateView, month: int, row: Mapping[str, Any]) -> tuple[int, str]:
        """What one of the people who draw this benefit has of it, in cents, and how in words; `row` is that
        person's row in the decision. Where the benefit is one person's, all of it."""
        return sum(self.cents(inputs, rates, month)), ""

    def segments(self, inputs: Any, rates: RateView, first: int, last: int) -> Iterable[tuple[int, int]]:
        """(a month, how many months from it on have its amount) that make up the months first to last."""
        return ((month, 1) for month in range(first, last + 1))

    def total(
        self, spans: Sequence[Span], rates: RateView, *, cycle: str, floor: int | None, upto: int
    ) -> int:
        cents = 0
        for span in spans:
            first = span.first if floor is None else max(span.first, floor)
            inputs = span.term.inputs
            for month, count in self.segments(inputs, rates, first, min(span.last, upto)):
                base, extra = self.cents(inputs, rates, month)
                cents += (base + extra) * count
        return cents

    def due(self, spans: Sequence[Span], rates: RateView, *, cycle: str, floor: int | None) -> list[Due]:
        length = CYCLE_MONTHS[cycle]
        found: list[Due] = []
        for month, span in iterate_months(spans, floor):
            base, extra = self.cents(span.term.inputs, rates, month)
            unit = month if length == 1 else period_end(month, length)
            if length > 1 and found and found[-1].unit == unit:
                last = found[-1]
                found[-1] = Due(unit, last.months + 1, last.base + base, last.extra + extra)
            else:
                found.append(Due(unit, 1, base, extra))
        return found

    def amount(
        self, spans: Sequence[Span], rates: RateView, *, cycle: str, floor: int | None, unit: int
    ) -> Amount:
        opening = unit - CYCLE_MONTHS[cycle] + 1
        begun = opening if floor is None or floor < opening else floor
        months = [(m, s) for m, s in iterate_months(spans, begun) if m <= unit]
        if not months:
            return Amount(0, 0, 0, why_zero="这一期没有应发的月份")
        amounts = [(m, self.compute(s.term.inputs, rates, text_of(m))) for m, s in months]
        return amounts[0][1] if len(amounts) == 1 else add_months_up(amounts)


def iterate_months(spans: Sequence[Span], floor: int | None) -> Iterator[tuple[int, Span]]:
    """Each month due with its span, in order, from `floor` on."""
    for span in spans:
        first = span.first if floor is None else max(span.first, floor)
        for month in range(first, span.last + 1):
            yield month, span


def add_months_up(amounts: Sequence[tuple[int, Amount]]) -> Amount:
    """The sum of several months; equal neighbours share their steps."""
    steps: list[CalculationStep] = []
    rates: list[RateUse] = []
    parts: list[tuple[list[int], Amount]] = []
    for month, amount in amounts:
        rates += amount.rates
        if parts and parts[-1][1] == amount:
            parts[-1][0].append(month)
        else:
            parts.append(([month], amount))
    for months, amount in parts:
        steps += amount.steps
        steps.append(
            CalculationStep(
                name_months(months),
                show(amount.total * len(months)),
                f"{show(amount.total)} × {len(months)} 个月",
            )
        )
    if len(parts) > 1:
        total = sum(a.total for _, a in amounts)
        terms = " + ".join(show(a.total * len(m)) for m, a in parts)
        steps.append(CalculationStep("本期合计", show(total), terms))
    last = amounts[-1][1]
    return make_amount(
        sum(a.base for _, a in amounts),
        sum(a.extra for _, a in amounts),
        steps=steps,
        rates=rates,
        rate=last.rate,
        label=last.label,
        why_zero=last.why_zero,
        months=len(amounts),
        offset=sum(a.offset for _, a in amounts),
        units=sum(a.units for _, a in amounts),
    )
