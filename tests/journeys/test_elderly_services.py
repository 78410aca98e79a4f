"""养老服务 that does not pay: visits, training, beds, residents, safety checks, with their papers (domain §5.6–5.9)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.checks.desk import on_record
from minzheng_desktop.values.errors import UserError
from tests.journeys.relief import ReliefTown, flat
from tests.journeys.test_elderly_money import facility
from tests.journeys.test_tekun import application, bring_into_force


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def home(town: ReliefTown) -> str:
    return facility(town, "institution", "修齐镇敬老院", facility_kind="care_institution",
                    institution_kind="4", capacity_beds=60, operation_state="1")  # fmt: skip


def said_by_checks(town: ReliefTown, record: str) -> list[str]:
    """What the library of checks finds in one record today."""
    with town.store.reading() as r:
        return [p.message for p in on_record(r, record, today=town.today)]


def visit(on: str, **more: Any) -> dict[str, Any]:
    return {
        "key": on,
        "visited_on": on,
        "method": "1",
        "visitor": "谭小燕",
        "health": "1",
        "mood": "1",
        **more,
    }


class TestVisits:
    def register(self, town: ReliefTown, person: str, *visits: dict[str, Any], **more: Any) -> str:
        doc = {
            "registered_on": "2026-08-01", "elder_kind": ["1", "7"], "risk_level": "1", "freq": "1",
            "duty_person": "谭小燕", "duty_phone": "13896412345", "kin_name": "冉启国", "visits": list(visits), **more,
        }  # fmt: skip
        record = town.save("visit_care", doc, person=person)
        town.step(record, "register")
        return record

    def test_visits_come_due_and_those_missed_are_listed(self, town: ReliefTown) -> None:
        """Red: every 7 days. Visited on 1 and 8 September, due on the 15th; on the 18th three days late."""
        record = self.register(
            town, town.person("冉光福", "1942-02-03"), visit("2026-09-01"), visit("2026-09-08")
        )
        doc = town.doc(record)
        assert (doc["last_visit"], doc["next_visit"], doc["visit_count"]) == ("2026-09-08", "2026-09-15", 2)
        with pytest.raises(UserError, match="没有要列"):
            town.list("visit_care", "missed")
        town.later(4)
        missed = flat(town.list("visit_care", "missed").data)
        assert "漏访清单" in missed
        assert "2026-09-15" in missed
        self.register(town, town.person("谭正芳", "1945-02-02", sex="2"), visit("2026-09-17"))
        rate = flat(town.list("visit_care", "rate").data)
        assert "50.0%" in rate  # one of two
        town.change(record, visits=[*doc["visits"], visit("2026-09-18")])
        with pytest.raises(UserError, match="没有要列"):
            town.list("visit_care", "missed")
        assert "独居、高龄" in flat(town.list("visit_care", "roster").data)
        assert "2026-09-18" in flat(town.list("visit_care", "visits").data)
        assert "现场记录" in town.texts(record)["record"]

    def test_who_was_never_visited_is_due_from_the_registration(self, town: ReliefTown) -> None:
        """Green, every 30 days from 1 August: due on 31 August."""
        record = self.register(town, town.person("冉光福", "1942-02-03"), risk_level="3", freq="3")
        assert town.doc(record)["next_visit"] == "2026-08-31"
        assert "冉光福" in flat(town.list("visit_care", "missed").data)

    def test_what_is_abnormal_is_handled_to_its_end(self, town: ReliefTown) -> None:
        found = visit("2026-09-08", abnormal=True, abnormal_note="摔倒，右腿疼痛", safety=["2"])
        record = self.register(town, town.person("冉光福", "1942-02-03"), found)
        assert town.doc(record)["open_abnormal"] == 1
        assert town.step(record, "alert") == "handling"
        with pytest.raises(UserError, match="还有异常没有写处置"):
            town.step(record, "resolve")
        done = {**found, "handling": "送医，骨折已住院", "handled_on": "2026-09-09"}
        town.change(record, visits=[done])
        assert town.step(record, "resolve") == "active"
        assert "送医，骨折已住院" in flat(town.list("visit_care", "abnormal").data)

    def test_nobody_is_visited_after_death(self, town: ReliefTown) -> None:
        """§5.6⑥ 死亡后仍探访."""
        man = town.person("冉光福", "1942-02-03")
        record = self.register(town, man, visit("2026-09-08"))
        with town.store.writing("died") as w:
            w.put("people", {"id": man, "death_date": "2026-09-05", "alive_status": "2"})
        assert any("已登记死亡，要出册" in text for text in said_by_checks(town, record))
        with pytest.raises(UserError, match="死亡以后还有探访记录"):
            town.change(record, note="核对")
        town.change(record, visits=[visit("2026-09-01")], close_reason="1")
        assert town.step(record, "close") == "closed"


class TestTraining:
    def document(self, *attendees: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "course_name": "2026年第一期养老护理员培训", "training_kind": "1", "date_from": "2026-09-07",
            "date_to": "2026-09-11", "hours": 40, "org": "县职业教育中心", "place": "县城", "trainers": ["刘老师"],
            "cost": 1260000, "fund_source": "福彩公益金", "attendees": list(attendees), **more,
        }  # fmt: skip

    def test_a_course_counts_each_person_once(self, town: ReliefTown) -> None:
        carer = town.person("冉小梅", "1985-06-08", sex="2")
        rows = [
            {"key": "1", "staff": carer, "post": "1", "passed": True, "cert_no": "PX-001"},
            {"key": "2", "name": "向成荣", "id_number": "500229197001011239", "post": "2", "passed": False},
        ]
        record = town.save("training", self.document(*rows))
        assert town.walk(record, ["open", "finish"]) == "finished"
        assert (town.row(record)["quantity"], town.row(record)["amount"]) == (2, 1260000)
        assert town.figure("training_times") == 2
        names = flat(town.list("training", "certificates").data)
        assert "PX-001" in names
        assert "冉小梅" in names
        assert "向成荣" not in names  # did not pass
        assert "12,600.00" in flat(town.list("training", "courses").data)
        signin = town.texts(record)["signin"]
        assert all(word in signin for word in ("上午签到", "冉小梅", "向成荣"))

    def test_the_same_person_twice_is_refused(self, town: ReliefTown) -> None:
        """§5.8⑥, by the number: once from the register, once written by hand."""
        carer = town.person("冉小梅", "1985-06-08", sex="2")
        with town.store.reading() as r:
            number = (r.get("people", carer) or {})["id_number"]
        rows = [
            {"key": "1", "staff": carer, "passed": True},
            {"key": "2", "name": "冉小梅", "id_number": number, "passed": True},
        ]
        record = town.save("training", self.document(*rows))
        with pytest.raises(UserError, match="重复"):
            town.step(record, "open")

    def test_it_ends_when_everybody_was_judged(self, town: ReliefTown) -> None:
        record = town.save(
            "training", self.document({"key": "1", "staff": town.person("冉小梅", "1985-06-08")})
        )
        town.step(record, "open")
        with pytest.raises(UserError, match="每人写明是否合格"):
            town.step(record, "finish")


class TestBeds:
    def change(self, town: ReliefTown, home: str, kind: str, qty: int, *, nursing: bool, on: str) -> str:
        doc = {
            "institution": home, "change_date": on, "change_kind": kind, "is_nursing": nursing, "qty": qty,
            "doc_no": "城民发〔2026〕9号",
        }  # fmt: skip
        record = town.save("bed", doc)
        town.walk(record, ["register", "check"])
        return record

    def test_beds_add_up_and_never_fall_below_nothing(self, town: ReliefTown, home: str) -> None:
        """40 to begin with, 20 nursing beds more, 10 of the old made into nursing beds: 60 of which 30."""
        self.change(town, home, "0", 40, nursing=False, on="2026-01-01")
        self.change(town, home, "1", 20, nursing=True, on="2026-03-01")
        last = self.change(town, home, "3", 10, nursing=True, on="2026-05-01")
        doc = town.doc(last)
        assert (doc["beds_after"], doc["nursing_after"], doc["nursing_added"]) == (60, 30, 0)
        assert (
            town.figure("nursing_beds_added") == 20
        )  # domain §15: 新增 alone, neither what was there nor made over
        text = flat(town.list("bed", "changes").data)
        assert "改造" in text
        with pytest.raises(UserError, match="多于现有床位"):
            self.change(town, home, "2", 31, nursing=True, on="2026-06-01")
        with pytest.raises(UserError, match="护理型床位会多于全部床位"):
            self.change(town, home, "2", 31, nursing=False, on="2026-06-01")


class TestResidents:
    def resident(self, town: ReliefTown, person: str, home: str, **more: Any) -> str:
        doc = {
            "institution": home, "in_date": "2026-08-01", "bed_no": "203-1", "care_level": "2", "payer": "1",
            "fee": 180000, "contract_no": "FW-2026-07", "guardian_name": "冉启国", "guardian_phone": "13896412345",
            **more,
        }  # fmt: skip
        return town.save("resident", doc, person=person)

    def test_in_away_back_and_out(self, town: ReliefTown, home: str) -> None:
        man, other = town.person("冉光福", "1942-02-03"), town.person("谭正芳", "1945-02-02", sex="2")
        record = self.resident(town, man, home)
        assert town.walk(record, ["register", "leave", "return"]) == "active"
        with pytest.raises(UserError, match="床位已有人"):
            self.resident(town, other, home)
        assert "1,800.00" in flat(town.list("resident", "roll").data)
        assert "203-1" in town.texts(record)["entry"]
        with pytest.raises(UserError, match="先填退住日期"):
            town.step(record, "close")
        town.change(record, out_date="2026-09-10", out_reason="1")
        assert town.step(record, "close") == "closed"
        assert self.resident(town, other, home)

    def test_the_roll_of_a_home_and_the_tekun_register_agree(self, town: ReliefTown, home: str) -> None:
        """C06, from both sides: a paying resident of the other home; a 特困 person who is not on the roll."""
        other = facility(town, "institution", "东安镇敬老院", facility_kind="care_institution",
                         institution_kind="4", capacity_beds=20, operation_state="1")  # fmt: skip
        man = town.person("冉崇福", "1955-02-03")
        collective = application(support_mode="1", institution=home, care_pay_to="1")
        tekun = town.save("tekun", collective, person=man)
        bring_into_force(town, tekun)
        record = self.resident(town, man, other, payer="2", fee=None, contract_no=None)
        town.step(record, "register")
        assert any("特困供养机构不是这一家" in text for text in said_by_checks(town, record))
        neighbour = town.person("谭正芳", "1945-02-02", sex="2")
        town.step(self.resident(town, neighbour, home, bed_no="1"), "register")
        town.change(tekun, apply_reason="无人赡养。")
        assert any("不在供养机构的入住名册里" in text for text in said_by_checks(town, tekun))

    def test_a_home_is_not_fuller_than_its_beds(self, town: ReliefTown) -> None:
        small = facility(town, "institution", "小养老院", facility_kind="care_institution",
                         institution_kind="3", capacity_beds=1, operation_state="1")  # fmt: skip
        for name, bed in (("冉光福", "1"), ("谭正芳", "2")):
            town.step(self.resident(town, town.person(name, "1942-02-03"), small, bed_no=bed), "register")
        assert any("入住人数多于核定床位" in text for text in said_by_checks(town, small))

    def test_money_put_into_a_home_is_listed(self, town: ReliefTown, home: str) -> None:
        rows = [
            {"key": "1", "project": "消防改造", "year": 2026, "source": "县级财政", "amount": 85000000},
            {"key": "2", "project": "护理床", "year": 2026, "source": "福彩公益金", "amount": 65000000},
        ]
        town.change(home, invests=rows)
        assert "1,500,000.00" in flat(town.list("institution", "invests").data)
        assert town.figure("upgrade_invest") == 150  # 万元
        town.change(home, star_level="3", star_date="2026-06-01")
        assert town.figure("star3_centers") == 1


class TestSafety:
    ROAD = ("find", "notify", "rectify")

    def document(self, home: str, **more: Any) -> dict[str, Any]:
        return {
            "institution": home, "check_date": "2026-09-01", "check_kind": "2", "checkers": ["周晓岚", "向成荣"],
            "items": [
                {"key": "1", "code": "1", "name": "灭火器在有效期", "result": "1"},
                {"key": "2", "code": "1", "name": "疏散通道畅通", "result": "2", "major_hazard": True},
            ],
            "problems": [
                {"key": "1", "code": "1", "problem_desc": "二楼疏散通道堆放杂物", "is_major": True,
                 "deadline": "2026-09-10", "measure": "当日清理"},
            ],
            "major_report_on": "2026-09-01", "major_report_to": "县民政局、县消防救援大队",
            "notice_no": "修民整〔2026〕3号", "notice_date": "2026-09-01", **more,
        }  # fmt: skip

    def test_a_problem_is_found_notified_mended_rechecked_and_struck_off(
        self, town: ReliefTown, home: str
    ) -> None:
        record = town.save("safety_check", self.document(home))
        town.later(-10)
        assert town.walk(record, self.ROAD) == "rectifying"
        town.later(10)
        assert town.row(record)["until_date"] == "2026-09-10"
        notice = town.texts(record)["rectify_notice"]
        assert all(word in notice for word in ("修齐镇敬老院", "二楼疏散通道堆放杂物", "修民整〔2026〕3号"))
        assert "二楼疏散通道" in flat(town.list("safety_check", "overdue").data)
        with pytest.raises(UserError, match="每个问题都要写"):
            town.step(record, "recheck")
        rows = [{**town.doc(record)["problems"][0], "rectify_date": "2026-09-02", "recheck_date": "2026-09-11",
                 "recheck_by": "周晓岚", "recheck_result": "1"}]  # fmt: skip
        town.change(record, problems=rows)
        assert town.walk(record, ["recheck", "close"]) == "closed"
        assert (town.row(record)["quantity"], town.row(record)["kind"]) == (1, "2")
        assert town.figure("inst_problems_fixed") == 1
        assert "2026-09-11" in town.texts(record)["closing"]
        with pytest.raises(UserError, match="没有要列"):
            town.list("safety_check", "overdue")
        assert "修民整〔2026〕3号" in flat(town.list("safety_check", "checks").data)
        assert "2026-09-11" in flat(town.list("safety_check", "problems").data)
        assert "灭火器在有效期" in town.texts(record)["check_form"]

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"checkers": ["周晓岚"]}, "检查人"),
            ({"major_report_on": "2026-09-02"}, "当日上报"),
            ({"problems": []}, "问题清单"),
        ],
    )
    def test_what_a_check_must_hold(
        self, town: ReliefTown, home: str, change: dict[str, Any], sentence: str
    ) -> None:
        record = town.save("safety_check", self.document(home, **change))
        with pytest.raises(UserError, match=sentence):
            town.step(record, "find")

    def test_nothing_found_is_filed(self, town: ReliefTown, home: str) -> None:
        doc = {**self.document(home), "problems": [], "items": self.document(home)["items"][:1]}
        record = town.save("safety_check", doc)
        assert town.step(record, "pass") == "passed"

    def test_overdue_is_found_by_the_checks(self, town: ReliefTown, home: str) -> None:
        """§6.9: 逾期未关=red."""
        record = town.save("safety_check", self.document(home))
        town.later(-10)
        town.walk(record, self.ROAD)
        town.later(10)
        assert any("过了整改期限还没有销号" in text for text in said_by_checks(town, record))
