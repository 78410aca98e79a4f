"""适老化改造 and 养老人才岗位补助, walked through workflow, money and papers (domain §5.5, §5.7; examples of §13)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.values.errors import UserError
from tests.journeys.relief import SHOWN, ReliefTown, flat
from tests.journeys.services import PAPER
from tests.journeys.test_children_services import APPLIED, REVIEWED
from tests.journeys.test_elderly_money import facility


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path)
    yield made
    made.store.close()


class TestRetrofit:
    ROAD = ("apply", "assess", "report", "confirm", "construct", "inspect")

    @pytest.fixture
    def contractor(self, town: ReliefTown) -> str:
        return facility(
            town, "institution", "城口适老服务公司", facility_kind="service_point", operation_state="1"
        )

    def document(self, elder: str, contractor: str, **more: Any) -> dict[str, Any]:
        """Handrails 2.5 m × 180.00 = 450.00, one nursing bed 2,980.00: 3,430.00."""
        return {
            "project_year": 2026, "apply_date": "2026-08-03", "elder": elder, "econ_note": "县里认定的困难老年人",
            "apply_reason": "如厕起身困难。", "house_owner": "1", "assess_date": "2026-08-06", "assessors": ["周晓岚"],
            "assess_before": "卫生间地滑，无扶手。", "town_opinion": "情况属实，同意上报。",
            "items": [
                {"key": "1", "code": "02", "name": "不锈钢扶手", "unit": "米", "qty": 25, "unit_price": 18000},
                {"key": "2", "code": "04", "name": "双摇护理床", "unit": "张", "qty": 10, "unit_price": 298000},
            ],
            "contractor": contractor, "start_date": "2026-08-20", "finish_date": "2026-09-01",
            "photos_before": [PAPER], "photos_after": [PAPER], "accept_date": "2026-09-04",
            "acceptors": ["周晓岚", "向成荣"], "accept_result": "1", "satisfaction": "1",
            "warranty_until": "2027-09-04", **more,
        }  # fmt: skip

    def test_the_cost_up_to_the_cap_goes_to_the_contractor(self, town: ReliefTown, contractor: str) -> None:
        """3,430.00 under the cap of 3,000.00: 3,000.00 paid, 430.00 left to the family."""
        household, (_, elder) = town.household(("冉光福", "02", "1970-02-03"), ("谭正芳", "52", "1945-02-02"))
        record = town.save("retrofit", self.document(elder, contractor), household=household)
        assert town.walk(record, self.ROAD) == "accepted"
        doc = town.doc(record)
        assert (doc["plan_amount"], doc["final_amount"]) == (343000, 343000)
        assert (doc["subsidy"], doc["self_amount"], doc["start_month"]) == (300000, 43000, "2026-09")
        texts = town.texts(record)
        assert texts.keys() == {"assessment", "list", "acceptance"}
        assert "谭正芳" in texts["assessment"]
        assert "叁仟元整" in texts["acceptance"]
        assert "叁仟肆佰叁拾元整" in texts["list"]
        plan = town.lock("retrofit", "2026-09")
        assert [(i.name, i.total, i.account_name) for i in plan.items] == [
            ("冉光福", 300000, "城口适老服务公司")
        ]
        assert town.state(record) == "paid"
        ledger = flat(town.batch("retrofit", "2026-09").data)
        assert all(word in ledger for word in ("谭正芳", "3,430.00", "3,000.00", "施工单位（盖章）"))
        assert "430.00" in flat(town.list("retrofit", "roster").data)
        assert "双摇护理床" in flat(town.list("retrofit", "items").data)
        assert town.walk(record, ["track", "close"]) == "closed"
        assert town.figure("retrofit_households") == 1

    def test_what_was_not_done_is_not_paid(self, town: ReliefTown, contractor: str) -> None:
        """Only 1.5 m of the rail and the bed: 270.00 + 2,980.00 = 3,250.00; without the bed 270.00."""
        household, (_, elder) = town.household(("冉光福", "02", "1970-02-03"), ("谭正芳", "52", "1945-02-02"))
        doc = self.document(elder, contractor)
        doc["items"][0]["done_qty"] = 15
        doc["items"][1]["done_qty"] = 0
        record = town.save("retrofit", doc, household=household)
        town.walk(record, self.ROAD)
        assert (town.doc(record)["final_amount"], town.doc(record)["subsidy"]) == (27000, 27000)

    def test_a_household_once_a_year(self, town: ReliefTown, contractor: str) -> None:
        household, (_, elder) = town.household(("冉光福", "02", "1970-02-03"), ("谭正芳", "52", "1945-02-02"))
        town.save("retrofit", self.document(elder, contractor), household=household)
        with pytest.raises(UserError, match="一年度只改一次"):
            town.save("retrofit", self.document(elder, contractor), household=household)
        assert town.save("retrofit", self.document(elder, contractor, project_year=2025), household=household)

    @pytest.mark.parametrize(
        ("change", "step", "sentence"),
        [
            ({"photos_after": []}, "inspect", "改造后照片"),
            ({"acceptors": ["周晓岚"]}, "inspect", "验收人"),
            ({"accept_result": "2"}, "inspect", "不是合格"),
            ({"items": []}, "assess", "改造清单"),
            ({"econ_note": None}, "assess", "写明困难情形"),
        ],
    )
    def test_what_acceptance_asks(
        self, town: ReliefTown, contractor: str, change: dict[str, Any], step: str, sentence: str
    ) -> None:
        household, (_, elder) = town.household(("冉光福", "02", "1970-02-03"), ("谭正芳", "52", "1945-02-02"))
        record = town.save("retrofit", self.document(elder, contractor, **change), household=household)
        road = self.ROAD[: self.ROAD.index(step) + 1]
        with pytest.raises(UserError, match=sentence):
            town.walk(record, road)


class TestTalent:
    ROAD = ("report", "confirm", "activate")

    @pytest.fixture
    def home(self, town: ReliefTown) -> str:
        return facility(town, "institution", "修齐镇养老服务中心", facility_kind="care_institution",
                        institution_kind="4", capacity_beds=60, operation_state="1")  # fmt: skip

    def document(self, town: ReliefTown, person: str, home: str, **more: Any) -> dict[str, Any]:
        return {
            **APPLIED, **REVIEWED, "apply_date": "2026-09-01", "institution": home, "post": "1",
            "entry_date": "2025-03-15", "cert_level": "4", "cert_no": "YLHL2025001", "contract_no": "HT-2025-03",
            "contract_from": "2025-03-15", "contract_to": "2028-03-14", "social_insurance": True,
            "tier": "talent.tier2", "account": town.account(person, "冉小梅"), **more,
        }  # fmt: skip

    def in_force(self, town: ReliefTown, person: str, home: str, **more: Any) -> str:
        record = town.save("talent", self.document(town, person, home, **more), person=person)
        town.walk(record, ["submit", "accept", "review"])
        town.change(record, publicity=[SHOWN])
        town.step(record, "publicize")
        town.later(9)
        town.step(record, "end_publicity")
        town.walk(record, self.ROAD)
        return record

    def test_a_quarter_by_full_months_until_the_post_is_left(self, town: ReliefTown, home: str) -> None:
        """Decided in September, paid from October (次月): the fourth quarter 3 × 200.00 = 600.00. Left on 20 February:
        that month does not count; the first quarter is January alone, 200.00."""
        carer = town.person("冉小梅", "1985-06-08", sex="2")
        record = self.in_force(town, carer, home)
        doc = town.doc(record)
        assert (doc["first_month"], doc["start_month"], doc["monthly_standard"]) == (
            "2025-04",
            "2026-10",
            20000,
        )
        texts = town.texts(record)
        assert texts.keys() == {"approval"}
        assert "修齐镇养老服务中心" in texts["approval"]
        town.later(100)
        plan = town.lock("talent", "2026-12")
        assert [(i.total, i.months, i.rate) for i in plan.items] == [(60000, 3, 20000)]
        ledger = flat(town.batch("talent", "2026-12").data)
        assert all(word in ledger for word in ("2026年第四季度", "四级（中级）护理员", "护理员", "600.00"))
        town.later(60)
        town.change(record, leave_date="2027-02-20", leave_reason="1", stop_reason="left_post")
        with pytest.raises(UserError, match="止发月与离岗日期不符"):
            town.step(record, "stop", month="2027-03")
        assert town.step(record, "stop", month="2027-02") == "stopped"
        (item,) = town.plan("talent", "2027-03").items
        assert (item.total, item.months) == (20000, 1)

    def test_staff_may_be_named_in_public(self, town: ReliefTown, home: str) -> None:
        """§5.7③: 工作人员可公示: home, name and post; no numbers."""
        carer = town.person("冉小梅", "1985-06-08", sex="2")
        record = town.save("talent", self.document(town, carer, home), person=carer)
        town.walk(record, ["submit", "accept", "review"])
        town.change(record, publicity=[SHOWN])
        notice = town.texts(record)["notice"]
        assert all(word in notice for word in ("修齐镇养老服务中心", "冉小梅", "护理员"))
        assert "500229" not in notice

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"contract_to": "2026-09-01"}, "不在有效期"),
            ({"social_insurance": False}, "社会保险"),
            ({"contract_no": None}, "劳动合同编号"),
        ],
    )
    def test_contract_and_insurance(
        self, town: ReliefTown, home: str, change: dict[str, Any], sentence: str
    ) -> None:
        carer = town.person("冉小梅", "1985-06-08", sex="2")
        record = town.save("talent", self.document(town, carer, home, **change), person=carer)
        with pytest.raises(UserError, match=sentence):
            town.walk(record, ["submit", "accept", "review"])

    def test_one_person_one_home_one_certificate(self, town: ReliefTown, home: str) -> None:
        carer, other = (
            town.person("冉小梅", "1985-06-08", sex="2"),
            town.person("向春梅", "1986-06-08", sex="2"),
        )
        town.save("talent", self.document(town, carer, home), person=carer)
        with pytest.raises(UserError, match="一人只能在一家"):
            town.save("talent", self.document(town, carer, home, cert_no="B"), person=carer)
        with pytest.raises(UserError, match="证书编号已被另一人用过"):
            town.save("talent", self.document(town, other, home), person=other)
