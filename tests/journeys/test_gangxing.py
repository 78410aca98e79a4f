"""刚性支出困难家庭: recognised by the weight of its expenses, for a year at most (domain §3.6). Figures by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.values.errors import UserError
from tests.journeys.relief import INVESTIGATION, SHOWN, VERIFICATION, ReliefTown, flat


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path)
    yield made
    made.store.close()


def family(town: ReliefTown, **more: Any) -> str:
    """Two people with 48,000.00 a year and 33,600.00 of doctors' bills and school fees."""
    household, ids = town.household(("白素珍", "02", "1980-03-02"), ("白小雨", "30", "2012-07-01"))
    doc = {
        "apply_channel": "1", "apply_date": "2026-09-02", "relative_of_staff": False, "gangxing_type": "2",
        "poverty_cause": "01", "town_result": "1", "town_opinion": "拟同意",
        "members": [
            {"key": p, "person": p, "relation": r} for p, r in zip(ids, ("02", "30"), strict=True)
        ],
        "incomes": [{"key": "1", "member": ids[0], "kind": "1", "source": "务工", "annual_amount": 4_800_000}],
        "expense_medical": 2_860_000, "expense_education": 500_000, "medical_papers": ["c" * 64],
        "investigations": [INVESTIGATION], "verifications": [VERIFICATION], **more,
    }  # fmt: skip
    return town.save("gangxing", doc, household=household)


def test_from_the_expenses_to_the_end_of_the_year(town: ReliefTown) -> None:
    record = family(town)
    doc = town.doc(record)
    # 33,600 ÷ 48,000 = 0.70 above 0.60; 48,000 ÷ 12 ÷ 2 = 2,000.00 below 39,713 ÷ 12 = 3,309.42 (example rates)
    assert (doc["expense_total"], doc["expense_ratio"], doc["ratio_threshold"]) == (3_360_000, 70, 60)
    assert (doc["income_per_capita"], doc["income_ceiling"]) == (200_000, 330_942)
    town.walk(record, ["submit", "accept", "investigate", "review"])
    town.change(record, publicity=[SHOWN])
    assert "白素珍" in town.texts(record)["notice"]
    town.walk(record, ["publicize"])
    town.later(9)
    town.walk(record, ["end_publicity", "report", "manual_confirm"])
    town.change(record, valid_from="2026-09-23", cert_no="GX0001")
    town.walk(record, ["activate"])
    assert town.doc(record)["valid_to"] == "2027-09-22"
    assert "有效期自2026年9月23日至2027年9月22日" in town.texts(record)["decision"]
    assert "白素珍" in flat(town.list("gangxing", "roll").data)
    with pytest.raises(UserError, match="还没有到期"):
        town.step(record, "expire")
    town.later(365)
    assert town.walk(record, ["expire"]) == "expired"


def test_light_expenses_are_no_reason(town: ReliefTown) -> None:
    record = family(town, expense_medical=2_000_000)
    town.walk(record, ["submit", "accept", "investigate"])
    with pytest.raises(UserError, match="没有超过规定"):
        town.step(record, "review")


def test_without_income_the_ratio_is_999(town: ReliefTown) -> None:
    record = family(town, incomes=[])
    assert town.doc(record)["expense_ratio"] == 99_900
    assert any("看能不能申请低保" in said for said in town.said)
