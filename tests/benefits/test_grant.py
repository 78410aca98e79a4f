"""临时救助 amounts (domain §3.5④, §13): 低保标准 × months × persons, grades, the single case, and the two caps."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from minzheng_desktop.benefits.rates import MissingRate
from minzheng_desktop.benefits.rules import RULES, GrantInputs
from minzheng_desktop.values.errors import UserError
from tests.benefits.samples import DIBAO, RAISE, money, view

GRANT = RULES["grant"]
RATES = (
    *DIBAO, RAISE, money("linshi.grade.2", 2000, "2024-01-01", unit="yuan_per_time"),
    money("linshi.person_cap", 5000, "2024-01-01", unit="yuan_per_time"),
    money("linshi.household_year_cap", 20000, "2024-01-01", unit="yuan_per_year"),
)  # fmt: skip


def given(**more: Any) -> GrantInputs:
    return GrantInputs(
        **{"mode": "1", "date": date(2024, 8, 20), "area": "2", "months": 3.0, "persons": 2, **more}
    )


@pytest.mark.parametrize(
    ("more", "cents"),
    [
        ({}, 360000),  # 600 × 3 × 2
        ({"date": date(2024, 9, 2)}, 381000),  # 635 × 3 × 2: the rate of the decision's day
        ({"area": "1"}, 441000),  # 735 × 3 × 2
        ({"months": 1.5, "persons": 1}, 90000),  # 600 × 1.5
        ({"months": 6.0, "persons": 1}, 360000),
        ({"months": 12.0, "persons": 1}, 500000),  # 7,200 above 5,000 a person
        ({"months": 12.0, "persons": 2}, 1000000),
        ({"before": 1800000}, 200000),  # 20,000 − 18,000 left of the year
        ({"before": 2000000}, 0),
        ({"mode": "2", "grade": "2"}, 200000),
        ({"mode": "3", "decided": 1250000}, 1250000),  # 一事一议 is paid as decided
    ],
)
def test_the_amount(more: dict[str, Any], cents: int) -> None:
    amount = GRANT.compute(given(**more), view(*RATES), "2024-10")
    assert amount.total == cents
    assert bool(amount.why_zero) is (cents == 0)


def test_every_step_is_told() -> None:
    amount = GRANT.compute(given(months=12.0, before=1200000), view(*RATES), "2024-09")
    assert [(s.name, s.result, s.formula) for s in amount.steps] == [
        ("农村低保标准", "600.00", "每人每月"),
        ("按标准计算", "14,400.00", "600.00 × 12 个月 × 2 人"),
        ("每次上限", "10,000.00", "每人每次不超过 5,000.00 × 2 人"),
        ("本年还可救助", "8,000.00", "全年不超过 20,000.00 − 本年已救助 12,000.00"),
    ]


def test_what_is_missing_is_named() -> None:
    with pytest.raises(UserError, match="缺：月数"):
        GRANT.compute(given(months=None), view(*RATES), "2024-09")
    with pytest.raises(UserError, match="缺：救助档次"):
        GRANT.compute(given(mode="2"), view(*RATES), "2024-09")
    with pytest.raises(UserError, match="缺：核定金额"):
        GRANT.compute(given(mode="3"), view(*RATES), "2024-09")
    with pytest.raises(MissingRate, match=r"linshi\.grade\.9"):
        GRANT.compute(given(mode="2", grade="9"), view(*RATES), "2024-09")
