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


def in_force(town: ReliefTown, record: str) -> None:
    town.walk(record, ["submit", "accept", "investigate", "review"])
    town.change(record, publicity=[SHOWN])
    town.walk(record, ["publicize"])
    town.later(9)
    town.walk(record, ["end_publicity", "report", "manual_confirm"])
    town.change(record, valid_from="2026-09-23", cert_no="GX0001")
    town.walk(record, ["activate"])


def test_who_is_in_dibian_is_not_recognised(town: ReliefTown) -> None:
    """刚性支出办法第4条: 未纳入低保、特困、低边 (domain §7 R13)."""
    record = family(town)
    row = town.row(record)
    with town.store.writing("dibian") as w:
        edge = w.put("records", {
            "owner": row["owner"], "form": "dibian", "form_version": 1, "person": row["person"],
            "household": row["household"], "number": "BY-1", "doc": {"apply_channel": "6"},
        })  # fmt: skip
        w.put("steps", {
            "owner": row["owner"], "record": edge, "step": "import", "from_state": "draft", "to_state": "active",
            "at": w.at, "actor": "town", "by": "周晓岚",
        })  # fmt: skip
    with pytest.raises(UserError, match="已是低保或低保边缘家庭"):
        town.step(record, "submit")


def test_leaving_is_heard_first_and_told_in_writing(town: ReliefTown) -> None:
    record = family(town)
    in_force(town, record)
    town.change(record, stop_reason="income_over")
    town.step(record, "hear")
    papers = town.texts(record)
    assert "拟退出刚性支出困难家庭" in papers["hear_notice"]
    assert "stop_notice" not in papers
    town.step(record, "manual_confirm_stop", month="2026-11")
    notice = town.texts(record)["stop_notice"]
    assert "收入超过标准" in notice
    assert "自2026年11月起" in notice


def test_a_second_recognition_of_the_same_household_waits_for_the_first_to_end(town: ReliefTown) -> None:
    record = family(town)
    in_force(town, record)
    row = town.row(record)
    with pytest.raises(UserError, match="已有在办或有效的"):
        town.save("gangxing", {**row["doc"], "apply_date": "2026-09-23"}, household=row["household"])
    town.later(340)
    assert "白素珍" in flat(town.list("gangxing", "expiry").data)  # within 30 days of its end


def test_bills_of_a_doctor_need_their_papers(town: ReliefTown) -> None:
    record = family(town, medical_papers=[])
    town.walk(record, ["submit", "accept", "investigate"])
    with pytest.raises(UserError, match="医疗票据"):
        town.step(record, "review")


def test_refused_in_writing(town: ReliefTown) -> None:
    record = family(town, expense_medical=2_000_000, town_result="2", town_opinion="支出比例不够")
    town.walk(record, ["submit", "accept", "investigate", "review", "report_refusal"])
    town.step(record, "deny", opinion="刚性支出占收入的比例没有超过规定")
    assert town.state(record) == "denied"
    assert "没有超过规定" in town.texts(record)["deny_notice"]
