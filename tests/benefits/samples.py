"""Rates, months and small records that the money tests share. Amounts are those of domain §8 and §13 〔例〕."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from minzheng_desktop.benefits.entitlement import Entitled, Span, StateChange, Term
from minzheng_desktop.benefits.months import number_of
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules import DifferenceInputs
from minzheng_desktop.catalog.rates import Rate, RateBook

COUNTY = "500229"
TOWN = "500229106"
DIBAO_CODES = ("dibao.urban", "dibao.rural", "dibao.classified")
ELDER_CODES = ("elder.80_89", "elder.90_99", "elder.100", "elder.tier_change_rule")
BATH_CODES = ("bath.per_time", "bath.month_max")
DOC = "城民发〔2023〕1号"
BORN_90_IN_MAY = date(1934, 5, 20)


def money(code: str, yuan: int, valid_from: str, *, unit: str = "yuan_per_person_month") -> Rate:
    return Rate(code, COUNTY, yuan * 100, unit, valid_from, doc=DOC, text=f"{yuan}.00")


def choice(code: str, text: str, valid_from: str = "2000-01-01") -> Rate:
    return Rate(code, COUNTY, 0, "choice", valid_from, doc=DOC, text=text)


DIBAO = (
    money("dibao.rural", 600, "2023-09-01"),
    money("dibao.urban", 735, "2023-09-01"),
    money("dibao.classified", 50, "2023-01-01"),
    money("dibao.classified.minor", 50, "2023-01-01"),
)
RAISE = money("dibao.rural", 635, "2024-09-01")
ELDER = (
    money("elder.80_89", 100, "2024-01-01", unit="yuan_per_year"),
    money("elder.90_99", 600, "2024-01-01", unit="yuan_per_year"),
    money("elder.100", 6000, "2024-01-01", unit="yuan_per_year"),
)
BATH = (
    money("bath.per_time", 110, "2024-01-01", unit="yuan_per_time"),
    Rate("bath.month_max", COUNTY, 2, "times", "2024-01-01", doc=DOC, text="2"),
)


def view(*rates: Rate, codes: tuple[str, ...] = ()) -> RateView:
    """The rates as the township reads them."""
    return RateView(RateBook(rates), area=TOWN, codes=codes)


def household(
    size: int = 3,
    *,
    per_head: int = 310,
    covered: int | None = None,
    classified: tuple[str, ...] = (),
    **more: Any,
) -> DifferenceInputs:
    """A rural household with an income per head in yuan a month; domain §8.4: three persons, 310.00."""
    return DifferenceInputs(
        area="2",
        income_year=per_head * 100 * 12 * size,
        size=size,
        covered=size if covered is None else covered,
        classified=classified,
        **more,
    )


def term(inputs: Any, from_month: str, name: str = "t1") -> Term:
    return Term(name, number_of(from_month), inputs)


def span(first: str, last: str, inputs: Any) -> Span:
    return Span(number_of(first), number_of(last), term(inputs, first))


def change(effect: Any, month: str, **more: Any) -> StateChange:
    if more.get("opens"):
        more["opens"] = number_of(more["opens"])
    return StateChange(effect, number_of(month), **more)


def entitled(terms: Iterable[Term], changes: Iterable[StateChange], **limits: str | None) -> Entitled:
    numbers = {name: None if month is None else number_of(month) for name, month in limits.items()}
    return Entitled(tuple(terms), tuple(changes), **numbers)
