"""A standard as it stands: 残疾人两项补贴, 孤儿基本生活费 and every other benefit whose amount is one rate, or two.

Rates read: the code that the form gives as `rate`, and where it gives one `extra` (an add-on, paid as the second part
of the ledger). Which code, the form's own conditions say (domain §3.4④, §4.1④, §4.2④). A county that has one standard
for city and country gives the general code (`tekun.basic`), which stands in for a special one (`tekun.basic.rural`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from minzheng_desktop.benefits.amounts import Amount, CalculationStep, RateUse, make_amount, show
from minzheng_desktop.benefits.months import number_of, text_of
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules.base import Cents, MonthlyRule

PER = {
    "yuan_per_person_month": "每人每月",
    "yuan_per_month": "每月",
    "yuan_per_household_month": "每户每月",
    "yuan_per_year": "每年",
    "yuan_per_person_year": "每人每年",
    "yuan_per_school_year": "每学年",
    "yuan_per_time": "每次",
}
"""What a rate's unit is called in a step."""


class StandardInputs(msgspec.Struct, frozen=True):
    """The codes of the rates that make up the amount."""

    rate: str
    extra: str | None = None


class StandardRule(MonthlyRule):
    """`standard`: see the module."""

    name: ClassVar[str] = "standard"
    title: ClassVar[str] = "按标准定额"
    inputs: ClassVar[type[msgspec.Struct]] = StandardInputs

    def segments(
        self, inputs: StandardInputs, rates: RateView, first: int, last: int
    ) -> Iterable[tuple[int, int]]:
        """Months under the same version of each rate go together."""
        key = (self.name, inputs, first, last)
        found = rates.memo.get(key)
        if found is None:
            runs: list[tuple[int, int]] = []
            before: Cents | None = None
            for month in range(first, last + 1):
                now = self.cents(inputs, rates, month)
                if now == before:
                    runs[-1] = (runs[-1][0], runs[-1][1] + 1)
                else:
                    runs.append((month, 1))
                before = now
            found = rates.memo[key] = tuple(runs)
        return found  # type: ignore[return-value]

    def cents(self, inputs: StandardInputs, rates: RateView, month: int) -> Cents:
        extra = _standard_in(rates, inputs.extra, month).value if inputs.extra else 0
        return _standard_in(rates, inputs.rate, month).value, extra

    def compute(self, inputs: StandardInputs, rates: RateView, month: str) -> Amount:
        number = number_of(month)
        used = [_standard_in(rates, code, number) for code in (inputs.rate, inputs.extra) if code]
        steps = [standard_step(use) for use in used]
        total = sum(use.value for use in used)
        if len(used) > 1:
            steps.append(CalculationStep("合计", show(total), " + ".join(show(use.value) for use in used)))
        base = used[0].value
        return make_amount(base, total - base, steps=steps, rates=used, rate=base)


def _standard_in(rates: RateView, code: str, month: int) -> RateUse:
    """The version of a code in a month, or of the general code above it. Raises MissingRate with the special one."""
    key = ("standard", code, month)
    found = rates.memo.get(key)
    if found is None:
        codes = (code, code.rpartition(".")[0])
        found = rates.memo[key] = rates.need_first([c for c in codes if c], text_of(month))
    return found  # type: ignore[return-value]


def standard_step(use: RateUse) -> CalculationStep:
    """The line that names a standard: what it is, how much for what, and its ground."""
    return CalculationStep(use.title or "标准", show(use.value), PER.get(use.unit, ""), use.source)
