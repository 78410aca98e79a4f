"""特困 from application to the end of support (domain §3.4). Amounts: the example rates of §13, added by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.values.errors import UserError
from tests.journeys.relief import INVESTIGATION, SHOWN, VERIFICATION, ReliefTown, flat

BASIC, HALF, FULL = 100_100, 20_000, 30_000
"""tekun.basic from 2024-09, tekun.care.half and tekun.care.none (domain §13)."""
OWN = {"number": "6217001234567890122", "name": "冉崇福", "bank": "农商行", "type": "1"}
CARER = {"number": "6217001234567890981", "name": "冉启国", "bank": "农商行", "type": "1"}
ABLE = dict.fromkeys(("eat", "dress", "bed", "toilet", "walk", "bath"), True)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path)
    yield made
    made.store.close()


def assessed(**unable: bool) -> dict[str, bool]:
    return {f"selfcare_{name}": value for name, value in {**ABLE, **unable}.items()}


def application(**more: Any) -> dict[str, Any]:
    """A man of 71 who lives by himself; a cousin cares for him."""
    return {
        "apply_channel": "1", "apply_date": "2026-09-01", "relative_of_staff": False, "apply_reason": "无人赡养",
        "tekun_type": "2", "target_kind": "1", "no_income": True, "support_mode": "2", "caregiver_name": "冉启国",
        "town_result": "1", "town_opinion": "拟同意", "village_opinion": "情况属实",
        "assess_date": "2026-09-11", "assessor_org": "县评估组",
        "care_pay_to": "3", "care_agreement_no": "ZL-2026-01",
        "obligors": [{"key": "1", "name": "无", "relation": "99", "inability": "7", "consent": True}],
        "investigations": [INVESTIGATION], "verifications": [VERIFICATION],
        "account": OWN, **assessed(bath=False, dress=False), **more,
    }  # fmt: skip


def bring_into_force(town: ReliefTown, record: str) -> None:
    """Every step until the county's decision, each on a day on which it may be taken."""
    town.walk(record, ["submit", "accept", "investigate", "assess"])
    town.step(record, "review", opinion="拟同意")
    town.change(record, publicity=[SHOWN])
    town.step(record, "publicize")
    town.later(9)
    town.walk(record, ["end_publicity", "report"])
    town.step(record, "manual_confirm", document_no="城民批〔2026〕31号", date="2026-09-23")
    town.step(record, "activate")


def test_scattered_support_is_paid_to_the_person_and_the_carer(town: ReliefTown) -> None:
    man, cousin = town.person("冉崇福", "1955-02-03"), town.person("冉启国", "1970-06-08")
    carer = {
        "caregiver": cousin, "caregiver_relation": "92", "care_pay_to": "2",
        "care_account": CARER,
    }  # fmt: skip
    record = town.save("tekun", application(**carer), person=man)
    assert town.said == []
    bring_into_force(town, record)
    # two items out of six are 部分丧失: half care; confirmed in September, due from the month after (民发〔2021〕43号)
    doc = town.doc(record)
    assert (doc["unable_count"], doc["selfcare_level"], doc["start_month"]) == (2, "2", "2026-10")
    assert (doc["basic_amount"], doc["care_amount"], doc["monthly_total"]) == (BASIC, HALF, BASIC + HALF)
    plan = town.lock("tekun", "2026-10")
    assert [(i.account_name, i.base, i.extra, i.total) for i in plan.items] == [
        ("冉崇福", BASIC, 0, BASIC),
        ("冉启国", 0, HALF, HALF),
    ]
    assert [i.total for i in town.lock("tekun", "2026-11").items] == [BASIC, HALF], "no arrears beside"
    text = flat(town.batch("tekun", "2026-10").data)
    for words in ("分散供养特困人员2026年10月发放花名册", "共 1 人", "1,001.00", "200.00", "部分丧失"):
        assert words in text
    papers = town.texts(record)
    assert set(papers) == {
        "approval", "assessment", "care_agreement", "published", "authorization", "cert_inner",
    }  # fmt: skip
    assert "冉启国" in papers["care_agreement"]
    assert "冉崇福" in papers["published"]
    assert "身份证" not in papers["published"]


def test_collective_support_is_paid_to_the_institution(town: ReliefTown) -> None:
    account = {"number": "50050010123456789", "name": "修齐镇敬老院", "bank": "农商行", "type": "4"}
    doc = {
        "name": "修齐镇敬老院",
        "facility_kind": "care_institution",
        "institution_kind": "1",
        "account": account,
    }
    home = town.save("institution", {**doc, "operation_state": "1", "capacity_beds": 40})
    town.step(home, "register")
    woman = town.person("谭明珍", "1948-11-20")
    unable = assessed(bath=False, dress=False, walk=False, toilet=False)
    record = town.save(
        "tekun", application(support_mode="1", institution=home, care_pay_to="1", **unable), person=woman
    )
    bring_into_force(town, record)
    (item,) = town.lock("tekun", "2026-10").items
    assert (item.payee, item.account_name, item.total) == (home, "修齐镇敬老院", BASIC + FULL)
    assert "集中供养特困人员2026年10月发放花名册" in flat(town.batch("tekun", "2026-10").data)
    assert "修齐镇敬老院" in flat(town.list("tekun", "collective").data)


def test_a_carer_must_be_known_before_care_is_paid_to_one(town: ReliefTown) -> None:
    man = town.person("冉崇福", "1955-02-03")
    town.save("tekun", application(care_pay_to="2", caregiver_name=None), person=man)
    assert any("先登记照料人" in said for said in town.said)


def test_support_ends_only_after_its_own_publicity(town: ReliefTown) -> None:
    man = town.person("冉崇福", "1955-02-03")
    record = town.save("tekun", application(), person=man)
    bring_into_force(town, record)
    town.later(20)
    town.change(record, stop_reason="obligor_able", after_stop="1")
    town.step(record, "hear", reason="儿子有赡养能力", date="2026-10-13")
    answer = {"document_no": "城民批〔2026〕44号", "date": "2026-10-28", "month": "2026-11"}
    with pytest.raises(UserError, match="终止前公示还没有期满"):
        town.step(record, "manual_confirm_stop", **answer)
    town.change(record, publicity=[SHOWN, {**SHOWN, "key": "2", "stage": "3", "start_date": "2026-10-14"}])
    papers = town.texts(record)
    assert "拟终止救助供养" in papers["stop_publicity"]
    # heard before it is decided (社会救助法第48条); the notice of the decision waits for the decision
    assert "提出意见" in papers["hear_notice"]
    assert "2026年10月21日" in papers["hear_notice"]  # seven days from 14 October, the first not counted
    assert "stop_notice" not in papers
    town.later(10)
    town.step(record, "manual_confirm_stop", **answer)
    assert town.state(record) == "stopped"
    assert town.doc(record)["end_month"] == "2026-11"
    assert "法定义务人有履行能力" in town.texts(record)["stop_notice"]
    assert [i.total for i in town.lock("tekun", "2026-10").items] == [BASIC + HALF]
    assert town.plan("tekun", "2026-11").items == ()


def test_a_child_is_supported_until_18_and_longer_at_school(town: ReliefTown) -> None:
    child = town.person("杨小军", "2008-12-01")
    record = town.save("tekun", application(target_kind="3", **assessed()), person=child)
    doc = town.doc(record)
    assert doc["turns_18"] == "2026-12-01"
    late = dict(application(target_kind="3", apply_date="2026-12-02"), **assessed())
    town.today = town.today.replace(month=12, day=2)
    town.save("tekun", late, person=town.person("杨小兵", "2008-12-01"))
    assert any("未成年人须不满18周岁" in said for said in town.said)


def test_a_reported_change_of_ability_is_assessed_within_ten_working_days(town: ReliefTown) -> None:
    man = town.person("冉崇福", "1955-02-03")
    record = town.save(
        "tekun", application(assess_date="2026-08-20", ability_changed_on="2026-08-31"), person=man
    )
    assert town.doc(record)["reassess_due"] == "2026-09-14", "ten Mondays to Fridays after Monday 31 August"
    town.change(record, assess_date="2026-09-01")
    assert "reassess_due" not in town.doc(record)
