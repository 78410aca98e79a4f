"""养老服务 that pays: each service walked from its first line to its ledger and papers.

Amounts: the example standards of domain §13 (失能补贴 200.00 a month; 助餐 5.00 and 6.00 a meal, two a day at most).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.values.errors import UserError
from tests.documents.readers import pdfium_text
from tests.journeys.relief import INVESTIGATION, SHOWN, ReliefTown, flat
from tests.journeys.services import PAPER
from tests.journeys.test_children_services import APPLIED, REVIEWED, covered, disabled
from tests.journeys.test_tekun import application, bring_into_force

LICENCE = {"food_license": "JY25002290001", "food_license_expire": "2028-01-01"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path)
    yield made
    made.store.close()


def facility(town: ReliefTown, form: str, name: str, **more: Any) -> str:
    account = {
        "number": f"5005001012345{len(name):04d}",
        "name": name,
        "bank": "重庆农村商业银行",
        "type": "4",
    }
    record = town.save(
        form, {**town.store.catalog.forms[form].new_document(), "name": name, "account": account, **more}
    )
    town.step(record, "register")
    return record


class TestElderPoor:
    """§5.2: 低保 in force, assessed as 中度失能 (level 2) by an institution outside."""

    def document(self, town: ReliefTown, person: str, **more: Any) -> dict[str, Any]:
        return {
            **APPLIED, **REVIEWED, "apply_date": "2026-09-01",
            "ability_level": "2", "ability_score": 48, "assess_org": "县人民医院", "assess_date": "2026-09-05",
            "assess_valid_to": "2027-09-04", "assess_report": [PAPER], "service_mode": "2", "collective_care": False,
            "investigations": [INVESTIGATION], "account": town.account(person, "冉光福"), **more,
        }  # fmt: skip

    def in_force(self, town: ReliefTown, person: str, **more: Any) -> str:
        record = town.save("elder_poor", self.document(town, person, **more), person=person)
        town.walk(record, ["submit", "accept", "investigate", "review"])
        town.change(record, publicity=[SHOWN])
        town.step(record, "publicize")
        town.later(9)
        town.walk(record, ["end_publicity", "report", "confirm", "activate"])
        return record

    def test_from_application_to_ledger_and_papers(self, town: ReliefTown) -> None:
        """Confirmed in September, due from October (次月): 200.00."""
        man = town.person("冉光福", "1948-02-03")
        covered(town, man)
        record = self.in_force(town, man)
        doc = town.doc(record)
        assert (doc["econ_category"], doc["start_month"], doc["monthly_amount"]) == ("1", "2026-10", 20000)
        assert town.texts(record).keys() == {"approval", "confirm_notice", "published"}
        assert "贰佰元整" in town.texts(record)["approval"]
        published = town.texts(record)["published"]
        # domain §9.4: no grade of disability, no number on what is posted
        assert not any(word in published for word in ("失能", "500229", "中度"))
        plan = town.lock("elder_poor", "2026-10")
        assert [(i.total, i.account_name) for i in plan.items] == [(20000, "冉光福")]
        ledger = flat(town.batch("elder_poor", "2026-10").data)
        assert all(word in ledger for word in ("能力等级", "中度失能", "低保", "200.00"))
        with town.store.reading() as r:
            person = r.get("people", man)
        assert person is not None
        assert person["more"]["elder_ability_level"] == "2"

    def test_vouchers_and_collective_care_go_to_the_provider(self, town: ReliefTown) -> None:
        home = facility(town, "institution", "修齐镇养老服务中心", facility_kind="care_institution",
                        institution_kind="4", capacity_beds=60, operation_state="1")  # fmt: skip
        man = town.person("冉光福", "1948-02-03")
        covered(town, man)
        record = self.in_force(
            town, man, service_mode="1", provider=home, collective_care=True, care_in_date="2026-08-01"
        )
        (item,) = town.plan("elder_poor", "2026-10").items
        assert (item.record, item.total, item.account_name) == (record, 20000, "修齐镇养老服务中心")

    def test_a_lighter_grade_is_outside_the_scope(self, town: ReliefTown) -> None:
        man = town.person("冉光福", "1948-02-03")
        covered(town, man)
        record = town.save("elder_poor", self.document(town, man, ability_level="1"), person=man)
        town.walk(record, ["submit", "accept", "investigate"])
        with pytest.raises(UserError, match="不在补贴的范围"):
            town.step(record, "review")

    def test_who_is_not_poor_brings_a_proof(self, town: ReliefTown) -> None:
        man = town.person("冉光福", "1948-02-03")
        record = town.save("elder_poor", self.document(town, man), person=man)
        with pytest.raises(UserError, match="附困难证明"):
            town.step(record, "submit")
        town.change(record, econ_note="支出型困难，县里已认定", econ_proof=[PAPER])
        assert town.step(record, "submit") == "submitted"

    def test_the_higher_of_it_and_the_care_subsidy(self, town: ReliefTown) -> None:
        """R11 (国发〔2015〕52号): 200.00 here, 110.00 care subsidy of the first degree: not paid."""
        man = disabled(town, "冉光福")
        with town.store.writing("older") as w:
            w.put("people", {"id": man, "birth_date": "1948-02-03"})
        covered(town, man)
        care = town.save(
            "djr_care",
            {
                **APPLIED, **REVIEWED, "cross_province": False, "federation_result": "1",
                "federation_date": "2026-09-05", "long_care_confirm": True, "other_care_kind": "0",
                "account": town.account(man, "冉光福"),
            },
            person=man,
        )  # fmt: skip
        town.walk(care, ["submit", "accept", "review", "federate", "report", "confirm", "activate"])
        self.in_force(town, man)
        assert town.plan("elder_poor", "2026-10").items[0].total == 20000
        (blocked,) = town.plan("djr_care", "2026-10").blocked
        assert "R11" in blocked.reason


def right(town: ReliefTown, person: str, kind: str = "1", **more: Any) -> str:
    record = town.save("meal_right", {"right_kind": kind, "valid_from": "2026-08-01", **more}, person=person)
    town.step(record, "register")
    return record


def day(number: int, *, b: bool = False, l: bool = True, d: bool = False) -> dict[str, Any]:  # noqa: E741
    return {"key": str(number), "date": f"2026-08-{number:02d}", "breakfast": b, "lunch": l, "dinner": d}


class TestMeals:
    """§5.3: one sheet for each person, canteen and month; paid to the one who runs the canteen."""

    @pytest.fixture
    def canteen(self, town: ReliefTown) -> str:
        return facility(town, "canteen", "小巷理社区食堂", operator="城口某餐饮公司", canteen_kind="2",
                        village="500229106201", **LICENCE)  # fmt: skip

    def sheet(
        self, town: ReliefTown, person: str, canteen: str, days: list[dict[str, Any]], **more: Any
    ) -> str:
        doc = {
            "canteen": canteen,
            "month": "2026-08",
            "pay_way": "2",
            "days": days,
            "signin_file": [PAPER],
            **more,
        }
        return town.save("meal", doc, person=person)

    def test_a_month_is_settled_to_the_operator(self, town: ReliefTown, canteen: str) -> None:
        """低保: 3 lunches and one day of three meals, of which two count: (3 + 2) × 5.00 = 25.00.
        特困: two days of lunch and supper: 4 × 6.00 = 24.00. Together 49.00."""
        poor, alone = town.person("冉光福", "1948-02-03"), town.person("谭正芳", "1945-02-02", sex="2")
        right(town, poor, "1", card_no="0031")
        right(town, alone, "2")
        first = self.sheet(
            town, poor, canteen, [day(3), day(4), day(5), day(6, b=True, d=True)], price=1200, self_paid=700
        )
        second = self.sheet(town, alone, canteen, [day(3, d=True), day(4, d=True)])
        for record in (first, second):
            assert town.walk(record, ["register", "check"]) == "checked"
        doc = town.doc(first)
        assert (doc["meals_total"], doc["paid_meals"], doc["subsidy"]) == (6, 5, 2500)
        plan = town.lock("meal", "2026-08")
        assert sorted((i.name, i.total, i.account_name) for i in plan.items) == [
            ("冉光福", 2500, "小巷理社区食堂"),
            ("谭正芳", 2400, "小巷理社区食堂"),
        ]
        assert any("每人每日至多 2 餐，超出 1 餐不计" in s.formula for i in plan.items for s in i.steps)
        assert town.state(first) == "settled"
        assert town.figure("meal_times") == 6 + 4  # all meals that were eaten, paid for or not
        ledger = flat(town.batch("meal", "2026-08").data)
        assert all(
            word in ledger for word in ("运营方（盖章）", "签字/打卡编号", "0031", "49.00", "补贴对象姓名")
        )
        assert "贰拾伍元整" in town.texts(first)["sheet"]
        diary = flat(town.list("meal", "diary").data)
        assert "2026-08-06" in diary
        assert "6 人次" in diary

    def test_the_days_cap_is_shared_between_canteens(self, town: ReliefTown, canteen: str) -> None:
        """Breakfast and lunch here, supper there: two of the three are paid, 2 × 5.00."""
        other = facility(town, "canteen", "茶丰村食堂", operator="村集体", canteen_kind="1",
                         village="500229106201", food_license="JY2", food_license_expire="2028-01-01")  # fmt: skip
        man = town.person("冉光福", "1948-02-03")
        right(town, man)
        for record in (
            self.sheet(town, man, canteen, [day(3, b=True)]),
            self.sheet(town, man, other, [day(3, l=False, d=True)]),
        ):
            town.walk(record, ["register", "check"])
        plan = town.plan("meal", "2026-08")
        assert [i.total for i in plan.items] == [1000]
        assert [b.reason for b in plan.blocked] == ["超过每日补助次数上限"]

    def test_one_meal_is_eaten_once(self, town: ReliefTown, canteen: str) -> None:
        """§5.3⑥ 同时刻两地就餐: the same lunch in two canteens is refused when it is saved."""
        other = facility(town, "canteen", "茶丰村食堂", operator="村集体", canteen_kind="1",
                         village="500229106201", food_license="JY2", food_license_expire="2028-01-01")  # fmt: skip
        man = town.person("冉光福", "1948-02-03")
        right(town, man)
        self.sheet(town, man, canteen, [day(3), day(4)])
        with pytest.raises(UserError, match="同一天的午餐已在另一个食堂登记"):
            self.sheet(town, man, other, [day(4)])

    @pytest.mark.parametrize(
        ("days", "sentence"),
        [
            ([day(3), {**day(3), "key": "x"}], "日期"),
            ([{**day(3), "date": "2026-07-31"}], "别的月份"),
            ([day(3, l=False)], "一餐也没有勾"),
        ],
    )
    def test_what_a_sheet_may_not_hold(
        self, town: ReliefTown, canteen: str, days: list[dict[str, Any]], sentence: str
    ) -> None:
        man = town.person("冉光福", "1948-02-03")
        right(town, man, valid_from="2026-07-01")
        record = self.sheet(town, man, canteen, days)
        with pytest.raises(UserError, match=sentence):
            town.step(record, "register")

    def test_only_who_is_entitled_and_alive(self, town: ReliefTown, canteen: str) -> None:
        man = town.person("冉光福", "1948-02-03")
        record = self.sheet(town, man, canteen, [day(3)])
        with pytest.raises(UserError, match="不在助餐补贴对象名册里"):
            town.step(record, "register")
        right(town, man, valid_from="2026-08-04")
        with pytest.raises(UserError, match="资格起止"):
            town.step(record, "register")
        town.change(record, days=[day(5)])
        with town.store.writing("died") as w:
            w.put("people", {"id": man, "death_date": "2026-08-04", "alive_status": "2"})
        with pytest.raises(UserError, match="已登记死亡"):
            town.step(record, "register")

    def test_who_is_fed_by_a_home_is_not_paid_for(self, town: ReliefTown, canteen: str) -> None:
        """§5.3④: 特困集中供养 get no meal subsidy (default): the overlap rule keeps him off the list,
        the county may change it."""
        home = facility(town, "institution", "修齐镇敬老院", facility_kind="care_institution",
                        institution_kind="4", capacity_beds=60, operation_state="1")  # fmt: skip
        man = town.person("冉崇福", "1955-02-03")
        tekun = town.save(
            "tekun", application(support_mode="1", institution=home, care_pay_to="1"), person=man
        )
        bring_into_force(town, tekun)
        with pytest.raises(UserError, match="特困集中供养对象不享受助餐补贴"):
            right(town, man, "2", valid_from="2026-09-01")

    def test_other_diners_count_and_cost_nothing(self, town: ReliefTown, canteen: str) -> None:
        """31 + 52 + 20 and 60: 163 人次."""
        doc = {
            "canteen": canteen, "month": "2026-08", "source": "收银系统",
            "days": [
                {"key": "1", "date": "2026-08-03", "breakfast": 31, "lunch": 52, "dinner": 20},
                {"key": "2", "date": "2026-08-04", "lunch": 60},
            ],
        }  # fmt: skip
        record = town.save("meal_count", doc)
        assert town.walk(record, ["register", "check"]) == "checked"
        assert (town.row(record)["quantity"], town.figure("meal_times")) == (163, 163)
        assert "163" in pdfium_text(town.list("meal_count", "months").data)
        assert "小巷理社区食堂" in flat(town.list("meal_count", "days").data)
        with pytest.raises(UserError, match="已经登记过"):
            town.save("meal_count", doc)

    def test_lists_of_those_entitled_and_of_canteens(self, town: ReliefTown, canteen: str) -> None:
        man = town.person("冉光福", "1948-02-03")
        right(town, man, "1", canteen=canteen, card_no="0031")
        assert "低档" in flat(town.list("meal_right", "roster").data)
        signin = flat(town.list("meal_right", "signin").data)
        assert all(word in signin for word in ("早餐签字", "午餐签字", "晚餐签字", "小巷理社区食堂"))
        assert "JY25002290001" in flat(town.list("canteen", "roll").data)
        town.change(canteen, demo_site=True, demo_date="2026-05-01")
        assert town.figure("demo_canteen") == 1

    def test_a_canteen_with_an_expired_licence_is_not_taken_in(self, town: ReliefTown) -> None:
        with pytest.raises(UserError, match="食品经营许可证已过期"):
            facility(town, "canteen", "旧食堂", operator="某公司", canteen_kind="1", village="500229106201",
                     food_license="JY9", food_license_expire="2026-09-01")  # fmt: skip
