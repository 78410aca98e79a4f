"""What a money rule returns: an amount in cents, the steps that led to it, and the rates it rests on."""

from __future__ import annotations

from fractions import Fraction

import msgspec

from minzheng_desktop.values.money import format_money_grouped


class CalculationStep(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One line of 「这笔钱怎么算的」: what was done, its result, how, and on what ground.

    Every line holds on a pocket calculator: an intermediate value is shown with four decimals, and a line whose
    product was rounded says ≈.
    """

    name: str
    result: str
    formula: str
    source: str = ""


class RateUse(msgspec.Struct, frozen=True, gc=False):
    """One version of one rate that an amount rests on."""

    code: str
    area: str
    valid_from: str
    value: int
    unit: str = ""
    title: str = ""
    doc: str = ""
    text: str = ""
    example: bool = False

    @property
    def id(self) -> str:
        """Names this version for ever: 'dibao.rural@500229@2024-09-01'."""
        return f"{self.code}@{self.area}@{self.valid_from}"

    @property
    def source(self) -> str:
        """The ground as printed: the document number, or 示例 where there is none."""
        return self.doc if self.doc and not self.example else "示例标准" if self.example else "标准表"


class Amount(msgspec.Struct, frozen=True, gc=False):
    """Money due, in cents; `total` is base + extra.

    `rate` is the standard that the ledger shows (cents; 0 where there is none), `label` the tier or kind in
    words and `tier` its code ('90_99'), `why_zero` says why nothing is due. `months` counts the months that make it up;
    `offset` is what the person has from other benefits and the rule took off; `units` counts the times or meals paid
    where the amount is reckoned by them.
    """

    base: int
    extra: int
    total: int
    steps: tuple[CalculationStep, ...] = ()
    rates: tuple[RateUse, ...] = ()
    rate: int = 0
    label: str = ""
    why_zero: str = ""
    tier: str = ""
    months: int = 0
    offset: int = 0
    units: int = 0


def make_amount(
    base: int,
    extra: int,
    *,
    steps: list[CalculationStep],
    rates: list[RateUse],
    rate: int = 0,
    label: str = "",
    why_zero: str = "",
    tier: str = "",
    months: int = 1,
    offset: int = 0,
    units: int = 0,
) -> Amount:
    """An Amount whose total is base + extra and whose rates are named once each."""
    named = tuple(rates) if len(rates) < 2 else tuple(dict.fromkeys(rates))
    return Amount(
        base, extra, base + extra, tuple(steps), named, rate, label, why_zero, tier, months, offset, units
    )  # fmt: skip


def show(cents: int) -> str:
    """Cents for a formula: 123450 → '1,234.50'."""
    return format_money_grouped(cents)


def show_exact(cents: Fraction) -> str:
    """Exact cents as yuan with four decimals where two do not suffice: 25555.56 cents → '255.5556'."""
    return show_ratio(cents.numerator, cents.denominator)


def show_ratio(cents: int, parts: int) -> str:
    """cents ÷ parts as yuan: two decimals where they are exact, else four (half up)."""
    whole, rest = divmod(cents, parts)
    if not rest:
        return format_money_grouped(whole)
    sign = "-" if cents < 0 else ""
    units = (2 * abs(cents) * 100 + parts) // (2 * parts)
    return f"{sign}{units // 10000:,}.{units % 10000:04d}"
