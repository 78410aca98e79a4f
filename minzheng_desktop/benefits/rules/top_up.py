"""事实无人抚养儿童基本生活补贴: the standard less what the child has from other benefits (domain §4.3④, R07).

Source: 《关于进一步加强事实无人抚养儿童保障工作的意见》 (2019): 已获低保、特困、困难残疾人生活补贴且未达标准的，
补差发放; all others get it whole. What the child has is read month by month from the records of those benefits, so
that a change of the household's 低保 changes this amount from the same month. Rates read: the code given as `rate`.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from minzheng_desktop.benefits.amounts import Amount, CalculationStep, make_amount, show
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules.base import Cents, MonthlyRule
from minzheng_desktop.benefits.rules.standard import standard_step


class OwnBenefit(msgspec.Struct, frozen=True):
    """What a person has from another benefit in a month: its title, cents, and how they were reckoned."""

    title: str
    cents: int
    formula: str = ""


class TopUpInputs(msgspec.Struct, frozen=True):
    """`rate` is the standard's code; `others` is read by the program (the form's `beside`), never frozen."""

    rate: str
    others: tuple[OwnBenefit, ...] = ()


class TopUpRule(MonthlyRule):
    """`top_up`: see the module."""

    name: ClassVar[str] = "top_up"
    title: ClassVar[str] = "补差（标准减本人已享待遇）"
    inputs: ClassVar[type[msgspec.Struct]] = TopUpInputs

    def cents(self, inputs: TopUpInputs, rates: RateView, month: int) -> Cents:
        return max(0, rates.need_in(inputs.rate, month).value - _sum(inputs)), 0

    def compute(self, inputs: TopUpInputs, rates: RateView, month: str) -> Amount:
        standard = rates.need(inputs.rate, month)
        steps = [standard_step(standard)]
        steps += [
            CalculationStep(f"已享{o.title}", show(o.cents), o.formula or "本人月额") for o in inputs.others
        ]
        had = _sum(inputs)
        cents = max(0, standard.value - had)
        if not inputs.others:
            steps.append(CalculationStep("应发", show(cents), "没有享受要抵减的待遇，全额"))
        else:
            terms = " − ".join(show(c) for c in (standard.value, *(o.cents for o in inputs.others)))
            steps.append(
                CalculationStep("应补差", show(cents), terms if cents else f"{terms}，不足 0 元按 0 元")
            )
        why = "" if cents else "本人已享待遇不低于标准"
        return make_amount(
            cents, 0, steps=steps, rates=[standard], rate=standard.value, why_zero=why, offset=had
        )  # fmt: skip


def _sum(inputs: TopUpInputs) -> int:
    return sum(other.cents for other in inputs.others)
