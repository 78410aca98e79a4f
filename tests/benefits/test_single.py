"""参照单人户: one person taken in alone out of a 低保边缘 household (domain §3.2④). By hand from domain §13."""

from __future__ import annotations

import pytest

from minzheng_desktop.benefits.months import number_of
from minzheng_desktop.benefits.rates import MissingRate
from minzheng_desktop.benefits.rules import RULES, DifferenceInputs
from tests.benefits.samples import DIBAO, RAISE, money, span, view

DIFFERENCE = RULES["dibao"]
FIXED = money("dibao.single", 400, "2022-09-01")


def alone(single: str | None, income: int = 400) -> DifferenceInputs:
    """One of a family of four with an income per head in yuan a month; only he is covered."""
    return DifferenceInputs(area="2", income_year=income * 100 * 12 * 4, size=4, covered=1, single=single)


@pytest.mark.parametrize(
    ("single", "cents"),
    [
        ("1", 20000),  # 差额: 600 − 400
        ("2", 40000),  # 定额
        ("3", 60000),  # 标准全额
        (None, 20000),
    ],
)
def test_the_three_ways(single: str | None, cents: int) -> None:
    rates = view(*DIBAO, RAISE, FIXED)
    assert DIFFERENCE.compute(alone(single), rates, "2024-08").total == cents
    months = span("2024-05", "2024-08", alone(single))
    assert (
        DIFFERENCE.total([months], rates, cycle="month", floor=None, upto=number_of("2024-08")) == 4 * cents
    )


def test_the_whole_standard_follows_the_raise_whatever_the_income() -> None:
    amount = DIFFERENCE.compute(alone("3", income=2000), view(*DIBAO, RAISE), "2024-09")
    assert (amount.total, [s.name for s in amount.steps]) == (63500, ["农村低保标准（全额）", "户月保障金"])


def test_an_income_over_the_standard_ends_the_difference_alone() -> None:
    assert DIFFERENCE.compute(alone("1", income=700), view(*DIBAO), "2024-08").total == 0


def test_a_missing_fixed_amount_is_named() -> None:
    with pytest.raises(MissingRate, match=r"dibao\.single"):
        DIFFERENCE.compute(alone("2"), view(*DIBAO), "2024-08")
