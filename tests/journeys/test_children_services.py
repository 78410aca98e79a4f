"""残疾人、儿童、未成年人保护: each service walked once through its whole workflow, with its papers.

Amounts: the example standards of domain §13; start months: 次月 (defacto, orphan), 申请当月 (两项补贴).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.values.errors import UserError
from tests.documents.readers import pdfium_text
from tests.journeys.services import PAPER, VILLAGE, Township

TODAY = date(2024, 9, 20)
APPLIED: dict[str, Any] = {
    "apply_channel": "1",
    "apply_date": "2024-09-02",
    "apply_reason": "家庭困难，申请享受。",
    "relative_of_staff": False,
}
REVIEWED: dict[str, Any] = {"town_result": "1", "town_opinion": "情况属实，拟同意。"}
SURVEY = {
    "key": "1",
    "date": "2024-09-05",
    "method": "1",
    "investigators": ["周晓岚", "向成荣"],
    "findings": "属实。",
}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Township]:
    town = Township(tmp_path, today=TODAY)
    yield town
    town.store.close()


def disabled(town: Township, name: str = "冉光荣", **more: Any) -> str:
    facts = {"disability_type": "4", "disability_level": "1", "disability_cert_expire": "2031-05-01", **more}
    person = town.person(name, "1976-05-06", **facts)
    with town.store.writing("cert") as w:
        row = w.get("people", person)
        assert row is not None
        number = f"{row['id_number']}{facts['disability_type']}{facts['disability_level']}"
        w.put("people", {"id": person, "more": {**row["more"], "disability_cert_no": number}})
    return person


def covered(town: Township, person: str, *, people: tuple[str, ...] = ()) -> str:
    """A household in force in 低保 that covers some people (domain §8.4: 310.00 a head of three)."""
    members = (person, *people)
    with town.store.writing("household") as w:
        household = w.put("households", {"owner": w.store.site.division, "head": person, "village": VILLAGE})
        w.put_many(
            "household_members",
            [
                {
                    "owner": w.store.site.division,
                    "household": household,
                    "person": p,
                    "relation": "02" if p == person else "30",
                }
                for p in members
            ],
        )
    doc = {
        **APPLIED,
        "accept_date": "2024-08-02",
        "apply_date": "2024-08-01",
        **REVIEWED,
        "dibao_type": "2",
        "dibao_class": "B",
        "poverty_cause": "02",
        "democratic_review": "同意",
        "village_opinion": "属实",
        "members": [
            {"key": p, "person": p, "relation": "02" if p == person else "30", "in_covered": True}
            for p in members
        ],
        "incomes": [
            {
                "key": "1",
                "member": person,
                "kind": "2",
                "source": "种植",
                "annual_amount": 31000 * 12 * len(members),
            }
        ],
        "investigations": [{**SURVEY, "date": "2024-08-05"}],
        "verifications": [
            {"key": "1", "request_date": "2024-08-03", "reply_date": "2024-08-06", "result": "1"}
        ],
        "publicity": [
            {"key": "1", "stage": "1", "place": "公开栏", "start_date": "2024-08-10", "result": "1"}
        ],
    }
    record = town.save("dibao", doc, household=household)
    town.walk(
        record,
        ["submit", "accept", "investigate", "review", "publicize", "end_publicity", "report", "confirm"],
    )
    return record


DJR_ROAD = ["submit", "accept", "review", "federate", "report", "confirm", "activate"]


class TestDisabilitySubsidies:
    @pytest.fixture
    def person(self, town: Township) -> str:
        return disabled(town)

    def document(self, town: Township, person: str, **more: Any) -> dict[str, Any]:
        return {
            **APPLIED,
            **REVIEWED,
            "cross_province": False,
            "federation_result": "1",
            "federation_date": "2024-09-10",
            "federation_opinion": "残疾证有效，类别等级相符。",
            "account": town.account(person, "冉光荣"),
            **more,
        }

    def test_life_from_the_month_of_application(self, town: Township, person: str) -> None:
        covered(town, person)
        record = town.save("djr_life", self.document(town, person), person=person)
        assert town.walk(record, DJR_ROAD) == "active"
        row = town.row(record)
        assert (row["start_month"], row["amount"]) == ("2024-09", 9000)
        assert [i.total for i in town.plan("djr_life", "2024-09").items] == [9000]
        papers = town.papers(record)
        assert list(papers) == ["approval", "notice", "published"]
        notice = pdfium_text(papers["published"].data)
        assert "90.00" in notice
        # domain §4.1⑤: neither kind, level nor number of the certificate
        assert not any(word in notice for word in ("肢体", "一级", "500229"))
        assert "自2024年9月起按月发放" in "".join(pdfium_text(papers["notice"].data).split())
        assert "冉光荣" in pdfium_text(town.batch("djr_life", "2024-09").data)

    def test_life_waits_when_dibao_has_ended(self, town: Township, person: str) -> None:
        dibao = covered(town, person)
        record = town.save("djr_life", self.document(town, person), person=person)
        town.walk(record, DJR_ROAD)
        town.change(dibao, stop_reason="voluntary")
        town.step(dibao, "stop_at_once", month="2024-09")
        found = town.plan("djr_life", "2024-09")
        assert [b.reason for b in found.blocked] == ["本人现在不是低保对象，生活补贴先停发核实"]

    def test_who_is_not_in_dibao_cannot_apply_for_life(self, town: Township, person: str) -> None:
        record = town.save("djr_life", self.document(town, person), person=person)
        with pytest.raises(UserError, match="现在不是"):
            town.step(record, "submit")

    def test_care_by_level_up_to_the_end_of_the_certificate(self, town: Township, person: str) -> None:
        doc = self.document(town, person, long_care_confirm=True, other_care_kind="0")
        record = town.save("djr_care", doc, person=person)
        assert town.walk(record, DJR_ROAD) == "active"
        assert town.row(record)["amount"] == 10000
        with town.store.writing("expired") as w:
            row = w.get("people", person)
            assert row is not None
            w.put("people", {"id": person, "more": {**row["more"], "disability_cert_expire": "2024-10-05"}})
        assert [i.total for i in town.plan("djr_care", "2024-10").items] == [20000]  # September with it
        assert [b.reason for b in town.plan("djr_care", "2024-11").blocked] == ["残疾证已过期，次月起停发"]
        assert set(town.papers(record)) == {"approval", "notice", "published"}

    @pytest.mark.parametrize(
        ("kind", "amount", "reason"),
        [
            ("1", 9900, ""),
            ("1", 10000, "其他护理补贴不低于护理补贴，择高享受那一项"),
            ("2", 12000, "其他护理补贴不低于护理补贴，择高享受那一项"),
        ],
    )  # R11: 择高
    def test_the_higher_of_two_care_payments(
        self, town: Township, person: str, kind: str, amount: int, reason: str
    ) -> None:
        doc = self.document(
            town, person, long_care_confirm=True, other_care_kind=kind, other_care_amount=amount
        )
        record = town.save("djr_care", doc, person=person)
        town.walk(record, DJR_ROAD)
        assert [b.reason for b in town.plan("djr_care", "2024-09").blocked] == ([reason] if reason else [])

    def test_injury_care_pay_excludes_it(self, town: Township, person: str) -> None:
        record = town.save(
            "djr_care",
            self.document(town, person, long_care_confirm=True, other_care_kind="4"),
            person=person,
        )
        with pytest.raises(UserError, match="工伤"):
            town.step(record, "submit")

    def test_a_third_degree_is_outside_unless_the_county_extends_it(self, town: Township) -> None:
        person = disabled(town, "谭明孝", disability_type="5", disability_level="3")
        doc = self.document(town, person, long_care_confirm=True, other_care_kind="0")
        record = town.save("djr_care", doc, person=person)
        with pytest.raises(UserError, match="残疾等级不在护理补贴的范围"):
            town.step(record, "submit")

    def test_an_application_from_elsewhere_is_only_passed_on(self, town: Township, person: str) -> None:
        doc = self.document(
            town, person, long_care_confirm=True, cross_province=True, accept_region="湖北省恩施州利川市"
        )
        record = town.save("djr_care", doc, person=person)
        town.walk(record, ["submit", "accept", "review", "federate"])
        with pytest.raises(UserError, match="只转户籍地办理"):
            town.step(record, "report")
        other = town.save("djr_care", doc, person=disabled(town, "田茂林"))
        assert town.walk(other, ["submit", "accept", "refer"]) == "referred"


CHILD_ROAD = ["submit", "accept", "investigate", "review", "report", "confirm", "activate"]


def guardian_of(town: Township, child_kind: str = "61") -> dict[str, Any]:
    guardian = town.person("向成贵", "1958-03-03")
    return {
        "guardian_kind": "1",
        "guardian": guardian,
        "guardian_relation": child_kind,
        "guardian_capacity": "1",
        "guardian_consent": True,
        "school_stage": "2",
        "school_name": "修齐镇中心小学",
        "school_class": "五年级二班",
        "account": town.account(guardian, "向成贵"),
        "pay_to": "1",
    }


def orphan_document(town: Township) -> dict[str, Any]:
    return {
        **APPLIED,
        **REVIEWED,
        "child_kind": "1",
        "foster_mode": "1",
        "parents": [
            {
                "key": "1",
                "side": "1",
                "name": "向家明",
                "status": "1",
                "since_date": "2022-03-01",
                "evidence_by": "1",
            },
            {"key": "2", "side": "2", "name": "不详", "status": "4", "evidence_by": "3"},
        ],
        "investigations": [SURVEY],
        **guardian_of(town),
    }


def defacto_document(town: Township) -> dict[str, Any]:
    return {
        **APPLIED,
        **REVIEWED,
        "father_name": "冉大军",
        "father_situation": "3",
        "father_since": "2023-06-01",
        "father_until": "2026-05-31",
        "father_evidence_by": "1",
        "mother_name": "田秀英",
        "mother_situation": "6",
        "mother_since": "2023-01-10",
        "mother_evidence_by": "3",
        "investigations": [SURVEY],
        **guardian_of(town),
    }


class TestOrphans:
    def test_from_application_to_the_internal_ledger(self, town: Township) -> None:
        child = town.person("向小川", "2014-04-12")
        record = town.save("orphan", orphan_document(town), person=child)
        assert town.walk(record, CHILD_ROAD) == "active"
        assert (town.row(record)["start_month"], town.row(record)["amount"]) == ("2024-10", 150000)
        (item,) = town.plan("orphan", "2024-10").items
        assert (item.total, item.account_name) == (150000, "向成贵")
        assert set(town.papers(record)) == {"approval", "notice"}
        assert "内部件" in pdfium_text(town.batch("orphan", "2024-10").data)
        assert "修齐镇中心小学" in pdfium_text(town.list("orphan", "roster").data)

    def test_institutional_children_have_the_higher_standard_paid_to_it(self, town: Township) -> None:
        home = town.save(
            "institution",
            {
                "name": "城口县儿童福利院",
                "facility_kind": "child_welfare",
                "operation_state": "1",
                "account": {
                    "number": "50050010123456789",
                    "name": "城口县儿童福利院",
                    "bank": "重庆农村商业银行",
                    "type": "4",
                },
            },
        )
        town.step(home, "register")
        child = town.person("冉小雨", "2016-02-02", sex="2")
        doc = {
            **orphan_document(town),
            "child_kind": "2",
            "foster_mode": "2",
            "institution": home,
            "pay_to": "3",
        }
        record = town.save("orphan", doc, person=child)
        town.walk(record, CHILD_ROAD)
        (item,) = town.plan("orphan", "2024-10").items
        assert (item.total, item.account_name) == (170000, "城口县儿童福利院")

    def test_both_parents_must_be_told_of(self, town: Township) -> None:
        doc = orphan_document(town)
        doc["parents"] = doc["parents"][:1]
        record = town.save("orphan", doc, person=town.person("向小川", "2014-04-12"))
        town.walk(record, ["submit", "accept", "investigate"])
        with pytest.raises(UserError, match="父、母的情况都要登记"):
            town.step(record, "review")

    def test_adoption_ends_it_at_once(self, town: Township) -> None:
        record = town.save("orphan", orphan_document(town), person=town.person("向小川", "2014-04-12"))
        town.walk(record, CHILD_ROAD)
        town.change(record, stop_reason="adopted")
        assert town.step(record, "stop_at_once", month="2024-11") == "stopped"
        assert town.plan("orphan", "2024-11").items[0].total == 150000  # October, not yet paid
        assert set(town.papers(record)) == {"approval", "stop_notice"}


class TestDefacto:
    def test_top_up_beside_dibao_and_its_papers(self, town: Township) -> None:
        """1,500.00 − (635 − 310) = 1,175.00 from October."""
        child = town.person("冉小雪", "2013-11-20", sex="2")
        head = town.person("冉光福", "1955-01-01")
        covered(town, head, people=(child, town.person("谭正芳", "1956-02-02", sex="2")))
        record = town.save("defacto", defacto_document(town), person=child)
        assert town.walk(record, CHILD_ROAD) == "active"
        doc = town.row(record)["doc"]
        assert (doc["standard_amount"], doc["own_amount"], doc["monthly_amount"]) == (150000, 32500, 117500)
        ledger = pdfium_text(town.batch("defacto", "2024-10").data)
        assert "已享待遇" in ledger
        assert "1,175.00" in ledger
        assert set(town.papers(record)) == {"approval", "notice"}

    @pytest.mark.parametrize(
        ("change", "step", "sentence"),
        [
            ({"father_situation": "7", "mother_situation": "8"}, "submit", "按孤儿认定"),
            ({"mother_since": "2024-05-01"}, "review", "母亲失联不满6个月"),
            (
                {"father_since": "2024-06-01", "father_until": "2024-10-01"},
                "review",
                "父亲服刑、戒毒或限制人身自由的期限不满6个月",
            ),
        ],
    )
    def test_what_the_opinion_of_2019_asks(
        self, town: Township, change: dict[str, Any], step: str, sentence: str
    ) -> None:
        record = town.save(
            "defacto", {**defacto_document(town), **change}, person=town.person("冉小雪", "2013-11-20")
        )
        road = ["submit", "accept", "investigate", "review"]
        with pytest.raises(UserError, match=sentence):
            town.walk(record, road[: road.index(step) + 1])


class TestStudents:
    ROAD = ("submit", "accept", "review", "report", "confirm")

    def document(self, town: Township, person: str, **more: Any) -> dict[str, Any]:
        return {
            **APPLIED,
            **REVIEWED,
            "student_kind": "orphan",
            "academic_year": "2024",
            "level": "7",
            "school": "重庆三峡学院",
            "major": "护理学",
            "enroll_year": 2024,
            "study_status_proof": [PAPER],
            "fund_source": "1",
            "costs": [
                {"key": "1", "item": "学费", "amount": 575000},
                {"key": "2", "item": "住宿费", "amount": 120000},
            ],
            "account": town.account(person, "向小川"),
            **more,
        }

    def test_the_cost_up_to_the_standard_once_a_year(self, town: Township) -> None:
        """5,750.00 + 1,200.00 = 6,950.00 under the standard of 10,000.00; paid in the month confirmed, once."""
        person = town.person("向小川", "2006-01-12")
        record = town.save("student", self.document(town, person), person=person)
        assert town.walk(record, self.ROAD) == "confirmed"
        assert town.row(record)["amount"] == 695000
        assert [i.total for i in town.plan("student", "2024-09").items] == [695000]
        with pytest.raises(UserError, match="一学年只发一次"):
            town.save("student", self.document(town, person), person=person)
        town.change(record, pay_date="2024-09-18")
        assert town.step(record, "pay") == "paid"
        assert "柒" not in pdfium_text(town.papers(record)["approval"].data)
        assert "陆仟玖佰伍拾元整" in pdfium_text(town.papers(record)["approval"].data)
        assert "2024—2025学年" in pdfium_text(town.list("student", "roster").data)

    def test_the_county_may_approve_another_amount(self, town: Township) -> None:
        person = town.person("冉小雪", "2006-01-12", sex="2")
        doc = self.document(
            town, person, student_kind="defacto", approved_amount=823500, approved_doc="城民函〔2024〕21号"
        )
        record = town.save("student", doc, person=person)
        town.walk(record, self.ROAD)
        (item,) = town.plan("student", "2024-09").items
        assert item.total == 823500
        assert item.steps[-1].source == "城民函〔2024〕21号"


def watch(**more: Any) -> dict[str, Any]:
    return {
        "risk_level": "2",
        "visit_freq": "2",
        "duty_person": "谭小燕",
        "duty_phone": "13896412345",
        "visits": [
            {
                "key": "1",
                "visited_on": "2024-09-10",
                "method": "1",
                "visitor": "谭小燕",
                "findings": "生活、学习正常。",
            }
        ],
        **more,
    }


def leftbehind_document(town: Township, **more: Any) -> dict[str, Any]:
    guardian = town.person("田应发", "1957-08-08")
    return {
        "registered_on": "2024-09-01",
        "situation": "1",
        "health": "1",
        "school_stage": "2",
        "school_name": "修齐镇中心小学",
        "school_class": "三年级",
        "boarding": False,
        "care_place": "1",
        "guardian": guardian,
        "guardian_relation": "61",
        "guardian_capacity": "1",
        "guardian_health": "2",
        "entrust_date": "2024-09-01",
        "parents": [
            {
                "key": "1",
                "side": "1",
                "name": "田大勇",
                "went_out": True,
                "out_place": "浙江宁波",
                "out_since": "2023-02",
                "contact": "2",
            },
            {
                "key": "2",
                "side": "2",
                "name": "向春梅",
                "went_out": True,
                "out_place": "浙江宁波",
                "out_since": "2023-02",
                "contact": "2",
            },
        ],
        **watch(),
        **more,
    }


class TestRosters:
    def test_a_left_behind_child_is_registered_updated_and_leaves(self, town: Township) -> None:
        child = town.person("田小满", "2015-06-01")
        record = town.save("leftbehind", leftbehind_document(town), person=child)
        assert town.walk(record, ["register", "approve"]) == "active"
        doc = town.row(record)["doc"]
        # the roster is renewed every quarter; a middling risk is visited every 15 days
        assert (doc["updated_on"], doc["next_update"]) == ("2024-09-20", "2024-12-20")
        assert (doc["last_visit"], doc["next_visit"]) == ("2024-09-10", "2024-09-25")
        assert set(town.papers(record)) == {"profile", "entrust", "visit_form"}
        assert "田应发" in pdfium_text(town.list("leftbehind", "roster").data)
        with pytest.raises(UserError, match="没有要列"):
            town.list("leftbehind", "missed")
        town.change(record, close_reason="returned")
        assert town.step(record, "close") == "closed"

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"alone_living": True}, "立即强制报告"),
            ({"situation": "2"}, "一方外出"),
        ],
    )
    def test_what_may_not_be_registered(self, town: Township, change: dict[str, Any], sentence: str) -> None:
        record = town.save(
            "leftbehind", leftbehind_document(town, **change), person=town.person("田小满", "2015-06-01")
        )
        with pytest.raises(UserError, match=sentence):
            town.step(record, "register")

    def test_nobody_of_sixteen_is_left_behind(self, town: Township) -> None:
        record = town.save(
            "leftbehind", leftbehind_document(town), person=town.person("田大满", "2008-09-20")
        )
        with pytest.raises(UserError, match="已满16周岁"):
            town.step(record, "register")

    @pytest.mark.parametrize(("since", "possible"), [("2024-03-20", True), ("2024-03-21", False)])
    def test_a_migrant_child_has_lived_here_for_half_a_year(
        self, town: Township, since: str, possible: bool
    ) -> None:
        guardian = town.person("马光辉", "1985-08-08")
        doc = {
            "registered_on": "2024-09-20",
            "origin_region": "四川省达州市万源市",
            "reside_since": since,
            "health": "1",
            "school_stage": "2",
            "school_name": "葛城街道小学",
            "guardian": guardian,
            "guardian_relation": "51",
            "guardian_capacity": "1",
            "care_place": "3",
            **watch(),
        }
        record = town.save("migrant_child", doc, person=town.person("马小军", "2014-06-01"))
        if not possible:
            with pytest.raises(UserError, match="不满半年"):
                town.step(record, "register")
            return
        assert town.walk(record, ["register", "approve"]) == "active"
        assert set(town.papers(record)) == {"profile"}
        assert "万源" in pdfium_text(town.list("migrant_child", "roster").data)

    def test_a_child_in_trouble_is_assessed_helped_and_closed(self, town: Township) -> None:
        guardian = town.person("谭正华", "1970-08-08")
        doc = {
            "registered_on": "2024-09-01",
            "dilemma_kinds": ["1", "3"],
            "description": "父亲重病，家庭支出大。",
            "source": "2",
            "health": "1",
            "guardian": guardian,
            "guardian_relation": "51",
            "guardian_capacity": "2",
            "assess_date": "2024-09-05",
            "assessors": ["周晓岚", "谭小燕"],
            "assessment": "中风险，需生活与医疗帮扶。",
            "help_measures": ["1", "2"],
            "help_plan": "申请低保，协调医疗救助。",
            "help_from": "2024-09-06",
            **watch(),
        }
        record = town.save("dilemma_child", doc, person=town.person("谭小雨", "2012-06-01", sex="2"))
        assert town.walk(record, ["register", "assess", "help"]) == "helping"
        assert "家庭贫困、重病" in pdfium_text(town.list("dilemma_child", "roster").data)
        assert set(town.papers(record)) == {"profile", "visit_form"}
        town.change(record, close_reason="solved", close_note="已纳入低保。")
        assert town.step(record, "close") == "closed"

    def test_harm_is_reported_before_anything_else(self, town: Township) -> None:
        doc = {
            "registered_on": "2024-09-01",
            "dilemma_kinds": ["5"],
            "description": "疑似受侵害。",
            "health": "1",
            "no_guardian": True,
            "temporary_care": "县未成年人救助保护中心",
            **watch(risk_level="1"),
        }
        record = town.save("dilemma_child", doc, person=town.person("谭小雨", "2012-06-01", sex="2"))
        with pytest.raises(UserError, match="24小时内强制报告"):
            town.step(record, "register")


class TestSessions:
    def test_a_group_session_counts_the_list_without_doubles(self, town: Township) -> None:
        children = [town.person(f"向小{n}", "2014-06-01") for n in "甲乙丙"]
        doc = {
            "held_on": "2024-09-12",
            "kind": "2",
            "topic": "情绪管理",
            "provider": "525心理服务中心",
            "counselor": ["陈老师"],
            "place": "修齐镇中心小学",
            "place_village": VILLAGE,
            "minutes": 90,
            "attendee_count": 45,
            "minors_count": 42,
            "signin_file": [PAPER],
            "attendees": [{"key": str(n), "child": c} for n, c in enumerate(children)],
            "fee": 80000,
        }
        record = town.save("minor_station", doc)
        assert town.walk(record, ["hold", "archive"]) == "archived"
        found = town.row(record)
        assert (found["doc"]["named_minors"], found["doc"]["estimated"], found["quantity"]) == (3, True, 42)
        assert "情绪管理" in pdfium_text(town.list("minor_station", "sessions").data)
        assert set(town.papers(record)) == {"signin", "report"}

    def test_a_consultation_names_nobody(self, town: Township) -> None:
        doc = {
            "held_on": "2024-09-12",
            "kind": "1",
            "topic": "咨询",
            "provider": "525心理服务中心",
            "counselor": ["陈老师"],
            "place": "守护站",
            "attendee_count": 1,
            "minors_count": 1,
            "attendees": [{"key": "1", "code": "GA-0007"}],
        }
        record = town.save("minor_station", doc)
        assert town.walk(record, ["hold", "archive"]) == "archived"
        child = town.person("向小丁", "2014-06-01")
        other = town.save("minor_station", {**doc, "attendees": [{"key": "1", "child": child}]})
        with pytest.raises(UserError, match="只写编号"):
            town.step(other, "hold")

    def test_a_class_counts_periods_and_different_children(self, town: Township) -> None:
        canteen = town.save(
            "institution", {"name": "小巷理社区食堂", "facility_kind": "canteen", "operation_state": "1"}
        )
        town.step(canteen, "register")
        child = town.person("向小甲", "2014-06-01")
        doc = {
            "held_on": "2024-09-14",
            "canteen": canteen,
            "class_subject": "5",
            "topic": "城口地名故事",
            "start_time": "14:00",
            "end_time": "16:00",
            "period_count": 2,
            "teacher": ["刘老师"],
            "volunteer_count": 3,
            "volunteer_hours": 75,
            "minors_count": 3,
            "attendees": [{"key": "1", "child": child}, {"key": "2", "name": "李小乐"}],
        }
        record = town.save("class_session", doc)
        assert town.walk(record, ["hold", "archive"]) == "archived"
        assert (town.row(record)["quantity"], town.row(record)["doc"]["named_minors"]) == (2, 2)
        with pytest.raises(UserError, match="已经登记过"):
            town.save("class_session", doc)
        assert "小巷理社区食堂" in pdfium_text(town.list("class_session", "classes").data)
        assert "李小乐" in pdfium_text(town.list("class_session", "children").data)
        assert set(town.papers(record)) == {"signin"}


class TestFund:
    @pytest.fixture
    def project(self, town: Township) -> str:
        record = town.save(
            "fund_project",
            {
                "name": "童心相伴未成年人保护基金",
                "facility_kind": "fund_project",
                "opened_on": "2024-01-05",
                "partner": "工商银行城口支行",
            },
        )
        town.step(record, "register")
        return record

    def entry(self, town: Township, project: str, on: str, direction: str, cents: int, **more: Any) -> str:
        kind = "donation" if direction == "in" else "goods"
        giver = (
            {"donor_kind": "1", "donor_name": "城口某公司"}
            if direction == "in"
            else {"payee_name": "城口文具店"}
        )
        doc = {
            "project": project,
            "booked_on": on,
            "direction": direction,
            "kind": kind,
            "amount": cents,
            "channel": "1",
            "purpose": "关爱儿童",
            **giver,
            **more,
        }
        return town.save("fund_ledger", doc)

    def book(self, town: Township, *args: Any, **more: Any) -> str:
        record = self.entry(town, *args, **more)
        town.step(record, "register")
        return record

    def test_no_day_falls_below_zero(self, town: Township, project: str) -> None:
        """100 in January, 100 out in March, 100 in April. 50 out in February would leave −50 in March."""
        self.book(town, project, "2024-01-10", "in", 10000)
        self.book(town, project, "2024-03-10", "out", 10000)
        april = self.book(town, project, "2024-04-10", "in", 10000)
        refused = self.entry(town, project, "2024-02-10", "out", 5000)
        with pytest.raises(UserError, match="余额会小于零"):
            town.step(refused, "register")
        late = self.book(town, project, "2024-04-10", "out", 10000)
        with pytest.raises(UserError, match="先作废后面的支出"):
            town.step(april, "revoke")
        town.step(late, "revoke")
        assert town.step(april, "revoke") == "void"

    def test_projects_have_accounts_of_their_own(self, town: Township, project: str) -> None:
        other = town.save(
            "fund_project",
            {
                "name": "助学专项",
                "facility_kind": "fund_project",
                "opened_on": "2024-01-05",
                "restricted": True,
                "restricted_use": "助学",
            },
        )
        town.step(other, "register")
        self.book(town, project, "2024-01-10", "in", 10000)
        spent = self.entry(town, other, "2024-02-10", "out", 5000)
        with pytest.raises(UserError, match="助学专项的余额会小于零"):
            town.step(spent, "register")

    def test_a_gift_is_matched_once_and_the_book_balances(self, town: Township, project: str) -> None:
        """3,000.00 + 3,000.00 − 1,250.50 = 4,749.50."""
        gift = self.book(town, project, "2024-05-01", "in", 300000, receipt_no="CQ0001")
        match = {
            "kind": "matching",
            "donor_name": "联通城口分公司",
            "counterpart": gift,
            "receipt_no": "CQ0002",
        }
        self.book(town, project, "2024-05-02", "in", 300000, **match)
        with pytest.raises(UserError, match="已经配捐过"):
            self.book(town, project, "2024-05-03", "in", 300000, **{**match, "receipt_no": "CQ0003"})
        spent = self.book(
            town,
            project,
            "2024-06-01",
            "out",
            125050,
            approved_by="向书记",
            voucher=[PAPER],
            publicize_date="2024-06-30",
        )
        assert town.walk(spent, ["use", "publicize"]) == "publicized"
        assert town.row(spent)["doc"]["balance_after"] == 474950
        book = pdfium_text(town.list("fund_ledger", "book").data)
        assert "4,749.50" in book
        town.step(gift, "receipt")
        notice = town.papers(gift)["published"]
        assert "城口某公司" in pdfium_text(notice.data)

    def test_a_giver_who_stays_unnamed_is_a_kind_heart_in_public(self, town: Township, project: str) -> None:
        gift = self.book(
            town, project, "2024-05-01", "in", 300000, donor_kind="2", donor_name="冉光荣", anonymous=True
        )
        notice = pdfium_text(town.papers(gift)["published"].data)
        assert "爱心人士" in notice
        assert "冉光荣" not in notice

    def test_money_in_needs_a_receipt_or_its_waiver(self, town: Township, project: str) -> None:
        gift = self.book(town, project, "2024-05-01", "in", 300000)
        with pytest.raises(UserError, match="票据号"):
            town.step(gift, "receipt")
        town.change(gift, receipt_waived=True, waiver=[PAPER])
        assert town.step(gift, "receipt") == "receipted"


@pytest.mark.parametrize(
    "form",
    [
        "orphan",
        "defacto",
        "student",
        "leftbehind",
        "migrant_child",
        "dilemma_child",
        "minor_station",
        "casework",
        "class_session",
    ],
)
def test_children_are_never_made_public(town: Township, form: str) -> None:
    """Domain §9.4: the button does not exist, and a county's own form file cannot bring it back."""
    from minzheng_desktop.catalog.load import load_catalog
    from minzheng_desktop.catalog.seeds import shipped_sources

    found = town.store.catalog.forms[form]
    assert found.privacy == "sensitive"
    assert [d.key for d in found.documents.values() if d.kind == "public_notice"] == []
    notice = '[document.wall]\ntitle = "公示"\nkind = "public_notice"\nblocks = [ { text = "现予公示。" } ]\n'
    sources = [
        s
        if (s.kind, s.key) != ("form", form)
        else type(s)(s.kind, s.key, s.name, f"{s.text}\n{notice}", s.origin)
        for s in shipped_sources()
    ]
    catalog = load_catalog(sources)
    assert form not in catalog.forms
    assert any("不得公开" in p.sentence() for p in catalog.problems)
