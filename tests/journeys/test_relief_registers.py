"""低收入人口数据库 (domain §3.3), 生活无着的流散人员救助 (§3.7), 线上申请登记 (§3.9). Shares and sums by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.catalog.load import load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from tests.journeys.relief import ReliefTown, flat

PICTURE = ["f" * 64]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ReliefTown]:
    made = ReliefTown(tmp_path, today=date(2026, 9, 14))
    yield made
    made.store.close()


class TestPool:
    def enter(self, town: ReliefTown, person: str, **more: Any) -> str:
        record = town.save("low_income_pool", {"ground": "0", "source_way": "2", **more}, person=person)
        town.step(record, "enter")
        return record

    def dibian(self, town: ReliefTown, *members: tuple[str, str, str]) -> list[str]:
        """A household brought into 低保边缘 as rosters bring it: in force, its people counted."""
        household, ids = town.household(*members)
        doc = {
            "apply_channel": "6", "dibian_type": "2",
            "members": [{"key": p, "person": p, "relation": m[1], "in_covered": True}
                        for p, m in zip(ids, members, strict=True)],
        }  # fmt: skip
        record = town.save("dibian", doc, household=household)
        with town.store.writing("in force") as w:
            w.put("steps", {
                "owner": w.store.site.division, "record": record, "step": "import", "from_state": "draft",
                "to_state": "active", "at": w.at, "actor": "town", "by": "周晓岚",
            })  # fmt: skip
        return ids

    def test_one_category_each_and_the_categories_add_up(self, town: ReliefTown) -> None:
        """Two of 低保边缘, one watched, one other: 4 people, each in one category (domain §3.3 ⑦)."""
        edge = self.dibian(town, ("白素珍", "02", "1980-03-02"), ("白小雨", "30", "2012-07-01"))
        records = [self.enter(town, one) for one in edge]
        records.append(self.enter(town, town.person("秦大勇", "1979-04-05"), ground="5"))
        records.append(self.enter(town, town.person("冉光福", "1966-04-05"), ground="9", source_way="1"))
        assert [town.row(r)["kind"] for r in records] == ["3", "3", "5", "9"]
        c = schema.records.c
        with town.store.reading() as r:
            by_kind = dict(
                r.connection.execute(
                    sa.select(c.kind, sa.func.count(sa.distinct(c.person)))
                    .where(c.form == "low_income_pool", c.state == "in_pool", c.void == 0)
                    .group_by(c.kind)
                ).all()
            )
        assert by_kind == {"3": 2, "5": 1, "9": 1}
        assert sum(by_kind.values()) == 4
        table = flat(town.list("low_income_pool", "categories").data)
        for words in ("低收入人口分类统计表", "低保边缘人口", "防返贫监测对象", "走访发现占比 75.0%"):
            assert words in table
        with pytest.raises(UserError, match="已在低收入人口数据库里"):
            town.save("low_income_pool", {"ground": "0", "source_way": "1"}, person=edge[0])

    def test_who_is_aided_stays_in_until_the_aid_ends(self, town: ReliefTown) -> None:
        (head,) = self.dibian(town, ("白素珍", "02", "1980-03-02"))
        record = self.enter(town, head)
        town.change(record, out_reason="3")
        with pytest.raises(UserError, match="不能出库"):
            town.step(record, "leave")
        other = self.enter(town, town.person("秦大勇", "1979-04-05"), ground="5")
        with pytest.raises(UserError, match="先填出库原因"):
            town.step(other, "leave")
        town.change(other, out_reason="3")
        assert town.step(other, "leave") == "out_pool"
        assert town.doc(other)["out_date"] == "2026-09-14"
        assert town.step(other, "again") == "in_pool"
        assert "out_date" not in town.doc(other)

    def test_warnings_are_handled_in_time(self, town: ReliefTown) -> None:
        record = self.enter(town, town.person("秦大勇", "1979-04-05"), ground="5", in_date="2026-03-01")
        # 180 days after 1 March: 28 August (pool.visit_days)
        assert town.doc(record)["next_visit"] == "2026-08-28"
        assert "秦大勇" in flat(town.list("low_income_pool", "to_visit").data)
        warning = {
            "key": "1",
            "warned_on": "2026-09-10",
            "kind": "1",
            "source": "县医保局",
            "detail": "自付医疗费 4.6 万元",
        }
        visit = {
            "key": "1",
            "visited_on": "2026-09-12",
            "visitor": "向村长",
            "findings": "住院化疗",
            "needs": "临时救助",
        }
        town.change(record, warnings=[warning | {"progress": "new"}], visits=[visit])
        doc = town.doc(record)
        assert (doc["open_warnings"], doc["handle_due"], doc["last_visit"]) == (1, "2026-09-20", "2026-09-12")
        with pytest.raises(UserError, match="转到哪里"):
            done = {"progress": "handled", "handling": "1", "handled_on": "2026-09-13", "handler": "周晓岚"}
            town.change(record, warnings=[warning | done])
        town.change(record, warnings=[warning | done | {"sent_to": "临时救助"}])
        assert town.doc(record)["open_warnings"] == 0
        assert town.step(record, "update") == "in_pool"
        assert town.doc(record)["updated_on"] == "2026-09-14"
        texts = town.texts(record)
        assert set(texts) == {"visit", "warning"}
        assert "住院化疗" in texts["visit"]
        assert "转社会救助" in texts["warning"]
        assert "大额医疗支出" in flat(town.list("low_income_pool", "warnings").data)
        assert "秦大勇" in flat(town.list("low_income_pool", "roll").data)


class TestVagrants:
    def found(self, town: ReliefTown, person: str | None = None, **more: Any) -> str:
        doc = {
            "found_on": "2026-09-02", "found_time": "21:30", "found_place": "葛城街道车站", "found_by": "4",
            "identity_state": "1" if person else "3", "rescue_items": ["1", "2", "4"], "escort": ["周晓岚"],
            "station": "城口县救助管理站", "in_station_on": "2026-09-02", **more,
        }  # fmt: skip
        return town.save("vagrant", doc, person=person)

    def test_from_the_street_to_the_visit_at_home(self, town: ReliefTown) -> None:
        man = town.person("秦大勇", "1979-04-05")
        spent = [
            {"key": "1", "date": "2026-09-02", "kind": "2", "item": "棉衣", "qty": 1, "amount": 12_000},
            {
                "key": "2",
                "date": "2026-09-08",
                "kind": "5",
                "item": "城口—重庆 K1234",
                "qty": 2,
                "amount": 17_850,
            },
        ]
        record = self.found(
            town, man, expenses=spent, belongings="背包一个，手机一部", belongings_kept="冉启明"
        )
        assert town.walk(record, ["register", "rescue"]) == "rescuing"
        # ten days from 2 September (vagrant.max_days)
        assert (town.doc(record)["leave_due"], town.row(record)["amount"]) == ("2026-09-11", 29_850)
        with pytest.raises(UserError, match="先填离站日期和去向"):
            town.step(record, "return")
        town.change(
            record, out_station_on="2026-09-08", leave_kind="2", leave_to="重庆市万州区", taken_by="秦大林",
            taken_relation="兄",
        )  # fmt: skip
        assert town.doc(record)["days"] == 7  # 2 to 8 September, both counted
        assert town.step(record, "return") == "returned"
        assert town.doc(record)["follow_due"] == "2026-12-08"
        assert set(town.papers(record)) == {"help_form", "handover", "goods_list", "follow_up"}
        texts = town.texts(record)
        assert "秦大林" in texts["handover"]
        assert "贰佰玖拾捌元伍角" in texts["goods_list"]
        with pytest.raises(UserError, match="先登记回访"):
            town.step(record, "close")
        call = {"key": "1", "date": "2026-09-14", "way": "电话", "visitor": "周晓岚", "outcome": "1"}
        town.change(record, follow_ups=[call])
        assert town.step(record, "close") == "closed"
        register = flat(town.list("vagrant", "register").data)
        for words in ("生活无着的流散人员救助登记簿", "秦大勇", "护送返乡", "298.50"):
            assert words in register
        assert "棉衣" in flat(town.list("vagrant", "expenses").data)

    def test_who_is_not_known_has_a_picture_and_a_number_of_the_police(self, town: ReliefTown) -> None:
        record = self.found(town, temp_name="无名氏-0902-车站", temp_sex="2", temp_age=60)
        with pytest.raises(UserError, match="报警编号"):
            town.step(record, "register")
        town.change(record, police_no="5002292026090201", photo=PICTURE)
        town.step(record, "register")
        with pytest.raises(UserError, match="女性工作人员"):
            town.step(record, "rescue")
        town.change(record, female_staff="田秀英")
        town.walk(record, ["rescue", "search"])
        assert "无名氏-0902-车站" in flat(town.list("vagrant", "searching").data)
        with pytest.raises(UserError, match="先登记寻亲经过"):
            town.step(record, "find")
        blood = {"key": "1", "date": "2026-09-05", "way": "3", "outcome": "比中，系万州区人"}
        town.change(record, searches=[blood], placement="2", placed_date="2026-09-14")
        town.walk(record, ["find", "place"])
        assert "无名氏-0902-车站" in town.texts(record)["help_form"]

    def test_a_child_is_reported_and_guarded_and_never_made_public(self, town: ReliefTown) -> None:
        child = town.person("白小雨", "2012-07-01", sex="2")
        record = self.found(town, child, female_staff="田秀英")
        town.step(record, "register")
        with pytest.raises(UserError, match=r"强制报告|临时监护"):
            town.step(record, "rescue")
        town.change(
            record, mandatory_report=True, mandatory_report_no="B0902", mandatory_report_on="2026-09-02T22:00",
            temp_guardian="县未成年人救助保护中心", rescue_items=["1", "2", "6", "7"],
        )  # fmt: skip
        assert town.step(record, "rescue") == "rescuing"
        form = town.store.catalog.forms["vagrant"]
        assert form.privacy == "sensitive"
        assert [d.key for d in form.documents.values() if d.kind == "public_notice"] == []

    def test_a_second_time_in_a_year_is_pointed_out(self, town: ReliefTown) -> None:
        man = town.person("秦大勇", "1979-04-05")
        first = self.found(
            town,
            man,
            found_on="2026-03-02",
            in_station_on="2026-03-02",
            out_station_on="2026-03-03",
            leave_kind="1",
        )
        town.walk(first, ["register", "leave"])
        self.found(town, man)
        assert any("今年已经救助过" in said for said in town.said)

    def test_a_county_may_call_it_otherwise(self) -> None:
        """Until 2026-06-30 the law said 流浪乞讨人员 (domain §0): the name is a line in the county's file."""
        renamed = Source(
            "form", "vagrant_x", "county/vagrant_x.toml",
            'extends = "vagrant"\nversion = 1\ntitle = "流浪乞讨人员救助"\n', "county",
        )  # fmt: skip
        catalog = load_catalog([*shipped_sources(), renamed])
        assert [p.sentence() for p in catalog.problems] == []
        form = catalog.forms["vagrant"]
        assert form.title == "流浪乞讨人员救助"
        assert form.ledgers["register"].title == "流浪乞讨人员救助登记簿"
        assert form.reminders["follow"].title == "流浪乞讨人员救助回访"


class TestOnlineApplications:
    def apply(
        self, town: ReliefTown, at: int, channel: str = "online", benefit: str = "dibao", **more: Any
    ) -> str:
        person = town.person(f"冉光福{at}", "1966-04-05")
        doc = {"channel": channel, "applied_on": "2026-09-02", "benefit": benefit, **more}
        if channel == "online":
            doc["ext_no"] = f"CQ2026{at:06d}"
        record = town.save("online_apply", doc, person=person)
        town.step(record, "register")
        return record

    def test_the_share_of_online_applications(self, town: ReliefTown) -> None:
        """Of 7 applications 6 came online: 85.7 %. Of 4 for 低保 3: 75.0 %."""
        for at in range(3):
            self.apply(town, at)
        self.apply(town, 3, "offline")
        for at in range(4, 7):
            self.apply(town, at, benefit="linshi", assisted_by="2")
        self.apply(town, 7, applied_on="2026-08-30")  # of another month
        table = flat(town.list("online_apply", "monthly").data)
        for words in ("2026年9月社会救助申请统计表", "线上占比 85.7%", "75.0%", "100.0%"):
            assert words in table
        august = flat(town.list("online_apply", "monthly", month="2026-08").data)
        assert "线上占比 100.0%" in august
        with pytest.raises(UserError, match="没有要列在这张表上的"):
            town.list("online_apply", "community")

    def test_from_the_platform_to_the_case(self, town: ReliefTown) -> None:
        record = self.apply(town, 1)
        assert town.doc(record)["accept_due"] == "2026-09-07"  # Wednesday 2 September and three working days
        town.change(record, accepted_on="2026-09-04")
        with pytest.raises(UserError, match="先选对应的业务件"):
            town.step(record, "link")
        household, ids = town.household(("白素珍", "02", "1980-03-02"))
        case = town.save("dibian", {"apply_channel": "3", "dibian_type": "2", "members": [
            {"key": ids[0], "person": ids[0], "relation": "02"}]}, household=household)  # fmt: skip
        town.change(record, case=case)
        assert town.step(record, "link") == "linked"
        assert town.doc(record)["wait_days"] == 2
        with pytest.raises(UserError, match="先填办理结果"):
            town.step(record, "close")
        town.change(record, result="1")
        assert town.step(record, "close") == "closed"
        number = town.row(case)["number"]
        assert number in flat(town.list("online_apply", "roll").data)
        assert number in town.texts(record)["slip"]
        other = self.apply(town, 2)
        with pytest.raises(UserError, match="工单号重复"):
            town.change(other, ext_no="CQ2026000001")
