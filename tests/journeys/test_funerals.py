"""殡葬: each service walked through its workflow, its money and its papers (domain §6.1–6.3).

Amounts by hand from the example rates of the seeds (the domain gives none, §6.1⑦): 接运 400 a time, 冷藏 60 a day up to
three days, 火化 600, 普通居民 half, cap 1,500; 树葬 1,000; 迁坟 2,000 single and 3,000 double.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.values.errors import UserError
from tests.journeys.relief import VILLAGE, ReliefTown, flat
from tests.journeys.services import PAPER

ROAD = ["submit", "accept", "review", "report", "confirm"]
ACCOUNT = {"number": "6217001234567890122", "name": "向成贵", "bank": "农商行", "type": "1"}
BILLS = [
    {"key": "1", "item": "transport", "units": 1, "charge": 45_000},
    {"key": "2", "item": "storage", "units": 5, "charge": 40_000},
    {"key": "3", "item": "cremation", "units": 1, "charge": 58_000},
]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def home(town: ReliefTown) -> str:
    return place(town, "城口县殡仪馆", "funeral_home", "1")


def place(town: ReliefTown, name: str, kind: str, place_kind: str, **more: Any) -> str:
    account = {"number": "50050010123456789", "name": name, "bank": "农商行", "type": "4"}
    doc = {"name": name, "facility_kind": kind, "place_kind": place_kind, "operator": "城口县民政局", **more}
    record = town.save("funeral_place", {**doc, "account": account})
    town.step(record, "register")
    return record


def funeral(town: ReliefTown, home: str, **more: Any) -> dict[str, Any]:
    return {
        "apply_channel": "1", "apply_date": "2026-09-12", "relative_of_staff": False,
        "applicant": town.person("向成贵", "1975-03-03"), "applicant_kin": "20", "death_date": "2026-09-08",
        "death_cert_no": "TS2026-0091", "cremated": True, "cremation_date": "2026-09-10", "cremation_cert_no": "HH0917",
        "funeral_home": home, "burial_kind": "1", "burial_detail": "东山公墓3排12号", "services": BILLS,
        "settle_mode": "2", "account": ACCOUNT, "town_result": "1", "town_opinion": "拟同意减免", **more,
    }  # fmt: skip


def register_of(town: ReliefTown, person: str) -> dict[str, Any]:
    with town.store.reading() as r:
        row = r.get("people", person)
    assert row is not None
    return row


class TestFunerals:
    def test_charges_paid_by_the_family_come_back_with_the_bonus(self, town: ReliefTown, home: str) -> None:
        dead = town.person("向大田", "1941-02-01")
        record = town.save("funeral", funeral(town, home, burial_kind="4", eco_kind="tree"), person=dead)
        assert town.said == []
        assert town.walk(record, ROAD) == "confirmed"
        doc = town.doc(record)
        # half of (400 + 60 × 3 + 580) = 580.00
        assert (doc["waive_amount"], doc["eco_bonus"], doc["total_amount"]) == (58_000, 100_000, 158_000)
        (item,) = town.lock("funeral", "2026-09").items
        assert (item.base, item.extra, item.account_name, item.account_number) == (
            58_000, 100_000, "向成贵", ACCOUNT["number"],
        )  # fmt: skip
        assert town.state(record) == "paid"
        ledger = flat(town.batch("funeral", "2026-09").data)
        for words in (
            "惠民殡葬2026年9月减免奖补发放表",
            "向大田",
            "生态安葬",
            "580.00",
            "1,000.00",
            "1,580.00",
        ):
            assert words in ledger
        assert set(town.papers(record)) == {"approval"}
        paper = town.texts(record)["approval"]
        for words in ("惠民殡葬申请审批表", "向成贵", "遗体冷藏", "HH0917", "壹仟伍佰捌拾元整"):
            assert words in paper
        assert "2026-09-08" in flat(town.list("funeral", "deaths").data)
        assert "1,430.00" in flat(town.list("funeral", "roll").data)  # 450 + 400 + 580
        assert town.walk(record, ["archive"]) == "archived"

    def test_what_the_home_waives_is_paid_to_it_and_the_bonus_to_the_family(
        self, town: ReliefTown, home: str
    ) -> None:
        """低保: all of 400 + 180 + 580 + 150 + 200 + 120 = 1,630, capped at 1,500."""
        more = [
            {"key": "4", "item": "casket", "units": 1, "charge": 30_000},
            {"key": "5", "item": "farewell", "units": 1, "charge": 26_000},
            {"key": "6", "item": "keeping", "units": 12, "charge": 12_000},
        ]
        doc = funeral(
            town,
            home,
            object_kind="1",
            settle_mode="1",
            services=BILLS + more,
            burial_kind="4",
            eco_kind="deep",
        )
        record = town.save("funeral", doc, person=town.person("向大田", "1941-02-01"))
        town.walk(record, ROAD)
        items = {i.account_name: (i.base, i.extra) for i in town.plan("funeral", "2026-09").items}
        assert items == {"城口县殡仪馆": (150_000, 0), "向成贵": (0, 80_000)}

    def test_registering_it_writes_the_death_into_the_register(self, town: ReliefTown, home: str) -> None:
        dead = town.person("向大田", "1941-02-01")
        record = town.save("funeral", funeral(town, home), person=dead)
        assert register_of(town, dead)["death_date"] is None
        town.step(record, "submit")
        row = register_of(town, dead)
        assert (row["alive_status"], row["death_date"], row["death_source"]) == ("2", "2026-09-08", "funeral")

    def test_of_two_dates_the_earlier_stands(self, town: ReliefTown, home: str) -> None:
        """Domain §2.3: 冲突取最早并提示."""
        dead = town.person("向大田", "1941-02-01")
        with town.store.writing("police") as w:
            w.put(
                "people",
                {"id": dead, "alive_status": "2", "death_date": "2026-09-07", "death_source": "police"},
            )
        record = town.save("funeral", funeral(town, home), person=dead)
        assert any("取早的一个" in said for said in town.said)
        town.step(record, "submit")
        row = register_of(town, dead)
        assert (row["death_date"], row["death_source"]) == ("2026-09-07", "police")

    def test_benefits_of_the_dead_are_pointed_out_and_end(self, town: ReliefTown, home: str) -> None:
        dead = town.person("向大田", "1930-02-01")
        old = town.save(
            "elder_age",
            {
                "apply_channel": "1", "apply_date": "2026-08-03", "relative_of_staff": False, "town_result": "1",
                "town_opinion": "属实", "account": {**ACCOUNT, "name": "向大田"},
            },
            person=dead,
        )  # fmt: skip
        flow = town.store.catalog.forms["elder_age"].workflow
        for step in ("submit", "accept", "investigate", "review", "report", "confirm", "activate"):
            if step in flow.steps and town.state(old) in flow.steps[step].from_:
                town.step(old, step)
        assert flow.states[town.state(old)].group == "active"
        record = town.save("funeral", funeral(town, home), person=dead)
        assert any("还有在享的待遇" in said for said in town.said)
        town.step(record, "submit")
        # 600 a year for 90–99: August and September (the month of death) are left, 50.00 each; nothing after
        assert [(i.total, i.period_to) for i in town.plan("elder_age", "2026-12").items] == [
            (10_000, "2026-09")
        ]

    def test_without_cremation_and_without_eco_burial_there_is_nothing_to_waive(
        self, town: ReliefTown, home: str
    ) -> None:
        doc = funeral(town, home, cremated=False, burial_kind="5", services=[])
        record = town.save("funeral", doc, person=town.person("向大田", "1941-02-01"))
        town.walk(record, ["submit", "accept"])
        with pytest.raises(UserError, match="没有可以减免奖补的项目"):
            town.step(record, "review")

    def test_a_person_is_registered_once(self, town: ReliefTown, home: str) -> None:
        dead = town.person("向大田", "1941-02-01")
        town.save("funeral", funeral(town, home), person=dead)
        with pytest.raises(UserError, match="已经登记过"):
            town.save("funeral", funeral(town, home, cremation_cert_no="HH0918"), person=dead)

    def test_a_grave_is_used_for_twenty_years_at_most(self, town: ReliefTown, home: str) -> None:
        """殡葬管理条例 (2026-03-30): 一个使用周期不超过20年."""
        dead = town.person("向大田", "1941-02-01")
        record = town.save(
            "funeral", funeral(town, home, use_from="2026-09-12", use_until="2046-09-12"), person=dead
        )
        assert town.said == []
        town.change(record, use_until="2046-09-13")
        assert town.said == ["一个使用周期不超过20年"]


def grave(town: ReliefTown, yard: str, **more: Any) -> dict[str, Any]:
    return {
        "village": VILLAGE, "place": "老屋基", "gps": "108.664213,31.947521", "land_kind": "1",
        "surveyed_on": "2026-08-01", "is_double": True, "remains_count": 2, "buried": "向氏夫妇", "ownerless": False,
        "contact": town.person("向成贵", "1975-03-03"), "treat": "1", "consent_file": [PAPER], "target_cemetery": yard,
        "plot_no": "3-12", "photos_before": [PAPER], "account": ACCOUNT, **more,
    }  # fmt: skip


MOVED = {"move_date": "2026-09-05", "photos_after": ["b" * 64], "greened_on": "2026-09-10"}
INSPECTED = {"accepted_on": "2026-09-12", "inspectors": ["周晓岚", "冉启明"], "opinion": "符合要求"}


class TestGraves:
    @pytest.fixture
    def yard(self, town: ReliefTown) -> str:
        return place(town, "东山公墓", "cemetery", "2", capacity=500, used=120, approve_doc="城民〔2020〕3号")

    def test_a_double_grave_is_one_grave_and_paid_as_double(self, town: ReliefTown, yard: str) -> None:
        record = town.save("grave_move", grave(town, yard))
        assert town.said == []
        town.walk(record, ["survey", "consent"])
        assert "迁坟协议" in town.texts(record)["agreement"]
        town.change(record, scheduled_on="2026-09-04", **MOVED, **INSPECTED)
        assert town.walk(record, ["schedule", "move", "green", "accept"]) == "accepted"
        row = town.row(record)
        assert (row["quantity"], row["record_date"], row["amount"]) == (1, "2026-09-05", 300_000)
        (item,) = town.lock("grave_move", "2026-09").items
        assert (item.name, item.account_name, item.total) == ("向成贵", "向成贵", 300_000)
        assert town.state(record) == "compensated"
        ledger = flat(town.batch("grave_move", "2026-09").data)
        assert all(words in ledger for words in ("坟墓迁移补偿2026年9月发放表", "东山公墓", "3,000.00"))
        texts = town.texts(record)
        assert all(words in texts["acceptance"] for words in ("坟墓处置验收单", "叁仟元整", "东山公墓"))
        assert "老屋基" in flat(town.list("grave_move", "survey").data)

    def test_moved_graves_need_photos_before_and_after(self, town: ReliefTown, yard: str) -> None:
        """Domain §6.9: 迁入须有前后照片."""
        record = town.save("grave_move", grave(town, yard))
        town.walk(record, ["survey", "consent"])
        town.change(record, **{**MOVED, "photos_after": []}, **INSPECTED)
        town.walk(record, ["move", "green"])
        with pytest.raises(UserError, match="照片"):
            town.step(record, "accept")

    def test_nobodys_grave_waits_for_its_notice(self, town: ReliefTown, yard: str) -> None:
        doc = grave(town, yard, ownerless=True, contact=None, is_double=False, remains_count=1, treat="2")
        record = town.save("grave_move", {**doc, "target_cemetery": None, "plot_no": None, "account": None})
        town.step(record, "survey")
        with pytest.raises(UserError, match="无主的先公告"):
            town.step(record, "consent")
        town.change(record, notice_from="2026-09-01", notice_place="村务公开栏")
        town.step(record, "notice")
        assert town.doc(record)["notice_to"] == "2026-10-01"
        assert "自2026年9月1日起至2026年10月1日止" in town.texts(record)["notice"]
        town.change(record, notice_outcome="1")
        with pytest.raises(UserError, match="公告还没有期满"):
            town.step(record, "notice_end")
        town.later(18)
        facts = {"move_date": "2026-10-02", "photos_after": ["b" * 64], "accepted_on": "2026-10-02"}
        town.change(record, **facts, inspectors=["周晓岚", "冉启明"], opinion="合格")
        assert town.walk(record, ["notice_end", "move", "accept"]) == "accepted"
        plan = town.plan("grave_move", "2026-10")
        assert (plan.items, [b.reason for b in plan.blocked]) == ((), ["没有对象"])

    def test_screened_and_guided_graves_are_treated_without_moving(self, town: ReliefTown, yard: str) -> None:
        """Two of three treated: 66.7%."""
        none = {"target_cemetery": None, "plot_no": None, "account": None}
        screened = town.save("grave_move", grave(town, yard, treat="3", **none))
        guided = town.save(
            "grave_move", grave(town, yard, treat="4", land_kind="9", guidance="已劝导", **none)
        )
        waiting = town.save("grave_move", grave(town, yard))
        for record in (screened, guided, waiting):
            town.walk(record, ["survey", "consent"])
        town.change(screened, **MOVED, **INSPECTED)
        town.change(guided, move_date="2026-09-05", **INSPECTED)
        assert town.walk(screened, ["green", "accept"]) == "accepted"
        assert town.step(guided, "accept") == "accepted"
        assert town.plan("grave_move", "2026-09").items == ()
        rate = flat(town.list("grave_move", "treated").data)
        assert all(words in rate for words in ("散埋坟墓治理统计表", "茶丰", "66.7%", "治理率 66.7%"))

    def test_a_village_cemetery_charges_nothing(self, town: ReliefTown) -> None:
        doc = {
            "name": "茶丰村公益性墓地",
            "facility_kind": "cemetery",
            "place_kind": "4",
            "operator": "茶丰村委会",
        }
        town.save("funeral_place", {**doc, "capacity": 80, "charged": True})
        assert town.said == ["农村公益性墓地原则上不收费，不得对外提供"]


def council(town: ReliefTown) -> str:
    doc = {
        "name": "茶丰村红白理事会", "village": VILLAGE, "chair": "冉启明", "phone": "13896000001",
        "founded": "2023-05-01", "rules_file": [PAPER], "max_tables": 15, "max_days": 3, "max_gift": 20_000,
        "members": [{"key": str(n), "name": name} for n, name in enumerate(("冉启明", "向成荣", "谭小燕"))],
    }  # fmt: skip
    record = town.save("council", doc)
    assert town.said == []
    town.step(record, "register")
    return record


def report(town: ReliefTown, board: str, **more: Any) -> dict[str, Any]:
    return {
        "death_date": "2026-09-08", "reported_on": "2026-09-09", "host": "向成贵", "host_phone": "13896000002",
        "council": board, "planned_days": 3, "planned_tables": 15, "commitment": [PAPER], "guided_on": "2026-09-09",
        "guides": ["冉启明"], "council_present": True, "days": 3, "tables": 12, "drum_band": False, "fireworks": False,
        "burned_paper": False, "is_civil": True, **more,
    }  # fmt: skip


class TestCivilFunerals:
    def test_from_report_to_evaluation(self, town: ReliefTown) -> None:
        board = council(town)
        dead = town.person("向大田", "1941-02-01")
        record = town.save("civil_funeral", report(town, board), person=dead)
        assert town.said == []
        assert town.walk(record, ["report", "guide", "finish", "evaluate"]) == "evaluated"
        row = register_of(town, dead)
        assert (row["alive_status"], row["death_date"], row["death_source"]) == ("2", "2026-09-08", "village")
        texts = town.texts(record)
        assert all(words in texts["report"] for words in ("丧事报备表", "茶丰村红白理事会", "15 席"))
        assert "不烧纸、不撒冥币" in texts["commitment"]
        assert "向大田" in flat(town.list("civil_funeral", "roll").data)
        assert "冉启明" in flat(town.list("council", "roll").data)
        assert "谭小燕" in flat(town.list("council", "members").data)
        assert "红白理事会登记表" in town.texts(board)["registration"]

    def test_the_rate_is_of_all_funerals(self, town: ReliefTown) -> None:
        """One of two: 50.0%; domain §6.3⑥."""
        board = council(town)
        bad = report(
            town,
            board,
            tables=30,
            fireworks=True,
            is_civil=False,
            violation="三十席，放烟花",
            handled="批评教育",
        )
        for name, doc in (("向大田", report(town, board)), ("冉大海", bad)):
            record = town.save("civil_funeral", doc, person=town.person(name, "1941-02-01"))
            town.walk(record, ["report", "guide", "finish", "evaluate"])
        assert town.doc(record)["over_tables"] is True
        rate = flat(town.list("civil_funeral", "rate").data)
        assert all(words in rate for words in ("2026年文明治丧统计表", "文明治丧率 50.0%"))

    def test_what_breaks_the_agreement_is_not_lightly_called_civil(self, town: ReliefTown) -> None:
        board = council(town)
        doc = report(town, board, days=5)
        record = town.save("civil_funeral", doc, person=town.person("向大田", "1941-02-01"))
        town.walk(record, ["report", "guide", "finish"])
        with town.store.writing("evaluate") as w:
            from minzheng_desktop.benefits import casework

            taken = casework.take_step(w, record, "evaluate", today=town.today)
        assert any("核对能不能评为文明治丧" in p.message for p in taken.problems)

    def test_one_council_a_village(self, town: ReliefTown) -> None:
        council(town)
        with pytest.raises(UserError, match="已有红白理事会"):
            town.save("council", {"name": "二会", "village": VILLAGE, "chair": "向成荣"})


class TestPetitions:
    def entry(self, town: ReliefTown, kind: str, on: str, **more: Any) -> str:
        doc = {"kind": kind, "happened_on": on, "reporter": "周晓岚", **more}
        record = town.save("funeral_petition", doc)
        town.step(record, "register")
        return record

    def test_a_zero_comes_from_a_report_and_not_from_nothing(self, town: ReliefTown) -> None:
        """Domain §6.3⑦: 0 必须来自“有登记且为零”."""
        record = self.entry(town, "9", "2026-08-31")
        assert (town.row(record)["quantity"], town.row(record)["kind"]) == (0, "9")
        totals = flat(town.list("funeral_petition", "totals").data)
        assert all(words in totals for words in ("2026年殡葬上访舆情统计表", "零报告"))
        with pytest.raises(UserError, match="已有零报告"):
            town.save("funeral_petition", {"kind": "9", "happened_on": "2026-08-31", "reporter": "周晓岚"})

    def test_a_month_with_a_petition_is_not_zero(self, town: ReliefTown) -> None:
        facts = {"topic": "1", "who": "某村民", "people_count": 2, "description": "对迁坟补偿有异议"}
        petition = self.entry(town, "1", "2026-08-12", **facts)
        zero = town.save("funeral_petition", {"kind": "9", "happened_on": "2026-08-31", "reporter": "周晓岚"})
        assert town.said == ["这个月登记过上访或舆情，不能零报告"]
        with pytest.raises(UserError, match="不能零报告"):
            town.step(zero, "register")
        assert town.row(petition)["quantity"] == 1
        town.change(petition, handled="已说明标准", handled_on="2026-08-20", result="2")
        assert "已办结，息访" in town.texts(petition)["sheet"]
        assert "对迁坟补偿有异议" in flat(town.list("funeral_petition", "book").data)
