"""惠民殡葬 amounts (domain §6.1④: by item, each with its limit): charges, limits, shares and cap reckoned by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from minzheng_desktop.benefits.rates import MissingRate
from minzheng_desktop.benefits.rules import RULES, ItemisedInputs
from minzheng_desktop.catalog.rates import Rate
from minzheng_desktop.values.errors import UserError
from tests.benefits.samples import COUNTY, DOC, money, view

ITEMISED = RULES["itemised"]
SINCE = "2024-01-01"


def number(code: str, text: str, unit: str) -> Rate:
    return Rate(code, COUNTY, int(text), unit, SINCE, doc=DOC, text=text)


RATES = (
    money("f.item.transport", 400, SINCE, unit="yuan_per_time"),
    number("f.units.transport", "1", "count"),
    money("f.item.storage", 60, SINCE, unit="yuan_per_day"),
    number("f.units.storage", "3", "days"),
    money("f.item.cremation", 600, SINCE, unit="yuan_per_time"),
    number("f.percent", "100", "percent"),
    number("f.percent.9", "50", "percent"),
    money("f.cap", 1000, SINCE, unit="yuan_per_person"),
    money("f.cap", 1200, "2025-01-01", unit="yuan_per_person"),
    money("f.eco.tree", 1000, SINCE, unit="yuan_per_person"),
)


def given(*services: tuple[str, int, int], **more: Any) -> ItemisedInputs:
    """Services as (item, units, charge in yuan)."""
    return ItemisedInputs(
        code="f", date=more.pop("date", date(2024, 8, 20)),
        items=tuple(s[0] for s in services), units=tuple(s[1] for s in services),
        charges=tuple(s[2] * 100 for s in services), **more,
    )  # fmt: skip


CREMATED = (("transport", 1, 450), ("storage", 5, 400), ("cremation", 1, 580))


@pytest.mark.parametrize(
    ("inputs", "base", "extra"),
    [
        (given(("cremation", 1, 580)), 58_000, 0),  # below its limit: what it cost
        (given(("transport", 1, 450)), 40_000, 0),  # above it: the limit
        (given(("storage", 2, 150)), 12_000, 0),  # 60 × 2 days
        (given(("storage", 5, 400)), 18_000, 0),  # 60 × 3 days at most
        (given(("transport", 2, 900)), 40_000, 0),  # one journey
        (given(*CREMATED), 100_000, 0),  # 400 + 180 + 580 = 1,160, capped at 1,000
        (given(*CREMATED, date=date(2025, 3, 1)), 116_000, 0),  # the cap of the day of death
        (given(*CREMATED, group="9"), 58_000, 0),  # half of 1,160
        (given(*CREMATED, group="1"), 100_000, 0),  # no share of its own: all
        (given(("cremation", 1, 581), group="9", bonus="f.eco.tree"), 29_050, 100_000),
        (given(bonus="f.eco.tree"), 0, 100_000),
        (given(), 0, 0),
    ],
)
def test_the_amount(inputs: ItemisedInputs, base: int, extra: int) -> None:
    amount = ITEMISED.compute(inputs, view(*RATES), "2025-10")
    assert (amount.base, amount.extra, amount.total) == (base, extra, base + extra)
    assert bool(amount.why_zero) is (base + extra == 0)
    assert ITEMISED.cents(inputs, view(*RATES), 2025 * 12 + 9) == (base, extra)  # type: ignore[attr-defined]


def test_every_item_is_told() -> None:
    amount = ITEMISED.compute(given(*CREMATED[:2], group="9"), view(*RATES), "2024-09")
    assert [(s.result, s.formula) for s in amount.steps] == [
        ("200.00", "收费 450.00，限额 400.00 × 1 次，取低的 × 50%"),
        ("90.00", "收费 400.00，限额 60.00 × 3 天（至多 3 天），取低的 × 50%"),
        ("290.00", "200.00 + 90.00"),
    ]


def test_an_item_that_the_county_does_not_list_is_named() -> None:
    with pytest.raises(MissingRate, match=r"f\.item\.hall"):
        ITEMISED.compute(given(("hall", 1, 200)), view(*RATES), "2024-09")


def test_a_row_without_its_charge_is_not_guessed() -> None:
    with pytest.raises(UserError, match="没有写数量或金额"):
        ITEMISED.compute(
            ItemisedInputs(code="f", date=date(2024, 8, 20), items=("storage",), units=(1,)),
            view(*RATES), "2024-09",
        )  # fmt: skip
