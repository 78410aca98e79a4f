"""Rosters of the services for the old, as clerks keep them: what came in stands under the right heads, and is paid."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.entries import EntryGrid, EntryLine
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

TODAY = date(2026, 11, 23)
HOME = {
    "机构名称": "葛城街道养老中心", "机构性质": "公办", "运营情况": "运营", "核定床位": 80, "护理型床位": 30,
    "账号": "50050010123456789", "户名": "葛城街道养老中心", "开户行": "农商行",
}  # fmt: skip
CANTEEN = {
    "食堂名称": "小巷理社区食堂", "运营方": "某餐饮公司", "运营方式": "公建民营", "所在村": "棉沙村",
    "食品经营许可证号": "JY25002290001", "有效期止": "2028-01-01", "账号": "50050010123456780",
    "户名": "某餐饮公司", "开户行": "农商行",
}  # fmt: skip


@pytest.fixture
def bring_in(office, write_roster):
    """Import rows (title → cell) into a form; every row must be new. Returns the records' rows."""

    def run(form: str, *rows: dict[str, Any], month: str = "2026-10", paid: str | None = None) -> list[Any]:
        path = write_roster(
            [[*row.values()] for row in rows], headers=tuple(rows[0]), name=f"{form}2026年10月.xlsx"
        )
        read = plan_roster(office, path, form=form, today=TODAY, month=month, paid_through=paid)
        assert read.count("new") == len(rows), [p for r in read.rows for p in r.problems] or read.notes
        unread = [c.title for s in read.cleaned.sheets if s.header for c in s.header.columns if not c.path]
        assert unread == []
        commit_roster(office, read)
        with office.reading() as r:
            return r.rows(sa.select(schema.records).where(schema.records.c.form == form))

    return run


def test_a_subsidy_roster_is_paid(office, bring_in, identity, card) -> None:
    """October settled outside; November is due 200.00 (domain §13)."""
    (record,) = bring_in(
        "elder_poor",
        {
            "村": "棉沙村", "姓名": "张甲", "身份证号": identity(1), "失能等级": "重度", "评估机构": "县人民医院",
            "评估有效期": "2027-05-01", "补贴方式": "现金", "享受时间": "2025-03", "补贴金额": 200, "户名": "张甲",
            "一卡通账号": card(1),
        },
        paid="2026-10",
    )  # fmt: skip
    assert record["state"] == "active"
    assert [i.total for i in plan_batch(office, form="elder_poor", month="2026-11", today=TODAY).items] == [
        20000
    ]


def test_staff_of_a_home_are_paid_by_their_tier(office, bring_in, identity, card) -> None:
    """Settled to September; the fourth quarter 3 × 300.00."""
    bring_in("institution", HOME)
    bring_in(
        "talent",
        {
            "姓名": "张乙", "身份证号": identity(2), "机构": "葛城街道养老中心", "岗位": "护理员", "证书等级": "高级",
            "证书编号": "YL001", "入职日期": "2024.3.1", "合同编号": "HT1", "合同止": "2028-03-01", "社保": "是",
            "档次": "三档", "起发月": "2024-04", "户名": "张乙", "账号": card(2),
        },
        paid="2026-09",
    )  # fmt: skip
    (item,) = plan_batch(office, form="talent", month="2026-12", today=TODAY).items
    assert (item.total, item.months) == (90000, 3)


def test_meals_come_in_by_their_days(office, bring_in, identity) -> None:
    """Three days of lunch, from one cell."""
    bring_in("canteen", CANTEEN)
    bring_in(
        "meal_right",
        {"姓名": "张丙", "身份证号": identity(3), "类别": "低保", "食堂": "小巷理社区食堂", "卡号": "0031",
         "资格起始": "2026-01-01"},
    )  # fmt: skip
    (record,) = bring_in(
        "meal",
        {"姓名": "张丙", "身份证号": identity(3), "食堂": "小巷理社区食堂", "月份": "2026-10", "打卡方式": "刷卡",
         "就餐日期": "2026-10-08、2026-10-09、2026-10-12"},
    )  # fmt: skip
    with office.reading() as r:
        doc = r.get("records", record["id"])["doc"]
    assert [row["date"] for row in doc["days"]] == ["2026-10-08", "2026-10-09", "2026-10-12"]
    assert [row["lunch"] for row in doc["days"]] == [True, True, True]
    assert (doc["meals_total"], doc["subsidy"]) == (3, 1500)


def test_visits_residents_beds_and_courses_come_in(bring_in, identity) -> None:
    (watched,) = bring_in(
        "visit_care",
        {"村": "棉沙村", "姓名": "张丁", "身份证号": identity(4), "对象类别": "独居、高龄", "风险": "红",
         "频次": "每周", "责任人": "谭小燕"},
    )  # fmt: skip
    assert (watched["state"], watched["kind"]) == ("active", "1")
    assert watched["record_date"] == "2026-11-23"  # the day it was brought in, where the list has no date
    assert watched["until_date"] == "2026-11-30"  # red, weekly: a week after, not visited yet
    bring_in("institution", HOME)
    (resident,) = bring_in(
        "resident",
        {"姓名": "张戊", "身份证号": identity(5), "养老机构": "葛城街道养老中心", "入住日期": "2025.4.1",
         "房间号": "301", "护理等级": "中度", "类别": "自费", "收费标准": 1800, "协议编号": "X1", "家属姓名": "张某",
         "家属电话": "13900000001"},
    )  # fmt: skip
    assert resident["state"] == "active"
    (bed,) = bring_in(
        "bed",
        {"养老机构": "葛城街道养老中心", "变动日期": "2026-03-01", "变动": "新增", "护理型": "是", "张数": 20,
         "文号": "城民〔2026〕1号"},
    )  # fmt: skip
    assert bed["quantity"] == 20
    (course,) = bring_in(
        "training",
        {"培训名称": "护理员培训", "类别": "护理", "培训日期": "2026-09-07", "结束日期": "2026-09-11", "学时": 40,
         "主办单位": "县职教中心", "地点": "县城"},
    )  # fmt: skip
    assert course["record_date"] == "2026-09-07"
    (check,) = bring_in(
        "safety_check",
        {"受检单位": "葛城街道养老中心", "检查日期": "2026-09-07", "检查类别": "专项整治", "检查人": "周晓岚、向成荣"},
    )  # fmt: skip
    assert check["kind"] == "2"


def test_a_household_retrofitted_years_ago(bring_in, identity) -> None:
    (record,) = bring_in(
        "retrofit",
        {"户主姓名": "张己", "户主身份证号": identity(6), "老人姓名": "张己", "老人身份证号": identity(6), "年度": 2024,
         "申请日期": "2024-03-01", "改造费用": 3430, "补贴金额": 3000, "验收日期": "2024-06-01", "村": "棉沙村"},
    )  # fmt: skip
    assert (record["state"], record["amount"]) == ("closed", 300000)


class TestMonthSheets:
    """[grid]: a person a row, a day a column, as it hangs in the canteen."""

    @pytest.fixture
    def entitled(self, bring_in, identity) -> None:
        bring_in("canteen", CANTEEN)
        bring_in("meal_right", *(
            {"姓名": name, "身份证号": identity(n), "类别": kind, "资格起始": "2026-01-01"}
            for n, name, kind in ((3, "张丙", "低保"), (7, "张庚", "特困"))
        ))  # fmt: skip

    def row(self, identity, n: int, name: str, marks: dict[int, Any], **more: Any) -> dict[str, Any]:
        days = {day: marks.get(day, "") for day in range(1, 32)}
        return {
            "姓名": name,
            "身份证号": identity(n),
            "食堂": "小巷理社区食堂",
            "月份": "2026-10",
            **days,
            **more,
        }

    def test_ticks_become_days(self, office, entitled, write_roster, identity) -> None:
        """张丙: 8, 9 and 12 October lunch, the 12th breakfast and supper too; 张庚: lunch and supper on the 8th."""
        rows = [
            self.row(identity, 3, "张丙", {8: "√", 9: 1, 12: "早午晚", 13: "×", 14: 0}),
            self.row(identity, 7, "张庚", {8: "午、晚餐"}),
        ]
        path = write_roster(
            [[*row.values()] for row in rows], headers=tuple(rows[0]), name="助餐2026年10月.xlsx"
        )
        read = plan_roster(office, path, form="meal", today=TODAY, month="2026-10")
        assert read.count("new") == 2, [p for r in read.rows for p in r.problems]
        commit_roster(office, read)
        with office.reading() as r:
            query = sa.select(schema.records).where(schema.records.c.form == "meal")
            docs = [row["doc"] for row in r.rows(query.order_by(schema.records.c.number))]
        assert [
            [(d["date"][-2:], d["breakfast"], d["lunch"], d["dinner"]) for d in doc["days"]] for doc in docs
        ] == [
            [("08", False, True, False), ("09", False, True, False), ("12", True, True, True)],
            [("08", False, True, True)],
        ]
        assert [doc["meals_total"] for doc in docs] == [5, 2]
        # the same sheet again says nothing; one day more is said, and left to the clerk
        again = plan_roster(office, path, form="meal", today=TODAY, month="2026-10")
        assert (
            again.count("unchanged"),
            [p.message for p in again.problems if p.code == "value.differs"],
        ) == (2, [])
        rows[0][10] = "午"
        path = write_roster(
            [[*row.values()] for row in rows], headers=tuple(rows[0]), name="助餐2026年10月改.xlsx"
        )
        changed = plan_roster(office, path, form="meal", today=TODAY, month="2026-10")
        assert [p.message for p in changed.problems if p.code == "value.differs"] == [
            "就餐日历：花名册有 1 行与台账不同，没有改；在记录里改"
        ]

    @pytest.mark.parametrize(
        ("marks", "more", "said"),
        [
            ({8: "来了"}, {}, "看不懂"),
            ({31: "√"}, {"月份": "2026-09"}, "9月没有31日"),
        ],
    )
    def test_what_a_cell_may_not_say(
        self, office, entitled, write_roster, identity, marks: dict[int, Any], more: dict[str, Any], said: str
    ) -> None:
        row = self.row(identity, 3, "张丙", marks, **more)
        path = write_roster([[*row.values()]], headers=tuple(row), name="助餐2026年10月.xlsx")
        read = plan_roster(office, path, form="meal", today=TODAY, month="2026-10")
        assert read.count("rejected") == 1
        assert any(said in p.message for p in read.problems)

    def test_the_grid_of_new_records_has_the_days(self, office, entitled, identity) -> None:
        grid = EntryGrid(office, "meal", today=TODAY)
        assert [c.path for c in grid.columns if c.kind == "day"] == [f"days.{n}" for n in range(1, 32)]
        cells = {"person.name": "张丙", "person.id_number": identity(3), "village": "棉沙村",
                 "canteen": "小巷理社区食堂", "month": "2026-10", "pay_way": "签字",
                 "days.8": "√", "days.9": "午晚"}  # fmt: skip
        plan, (judged,) = grid.plan([EntryLine(1, cells)])
        assert judged.good, judged.problems
        assert judged.amount == 1500  # three meals at 5.00
        commit_roster(office, plan)
        with office.reading() as r:
            (doc,) = [
                row["doc"] for row in r.rows(sa.select(schema.records).where(schema.records.c.form == "meal"))
            ]
        assert [(d["date"], d["meals"]) for d in doc["days"]] == [("2026-10-08", 1), ("2026-10-09", 2)]

    def test_a_meal_that_was_eaten_elsewhere_stops_the_grid(
        self, office, entitled, bring_in, identity
    ) -> None:
        bring_in("canteen", {**CANTEEN, "食堂名称": "茶丰村食堂", "食品经营许可证号": "JY2"})
        cells = {"person.name": "张丙", "person.id_number": identity(3), "village": "棉沙村", "month": "2026-10",
                 "pay_way": "签字", "days.8": "√"}  # fmt: skip
        grid = EntryGrid(office, "meal", today=TODAY)
        commit_roster(office, grid.plan([EntryLine(1, {**cells, "canteen": "小巷理社区食堂"})])[0])
        again = EntryGrid(office, "meal", today=TODAY)
        plan, _ = again.plan([EntryLine(1, {**cells, "canteen": "茶丰村食堂"})])
        with pytest.raises(UserError, match="同一天的午餐已在另一个食堂登记"):
            commit_roster(office, plan)
        with office.reading() as r:
            assert len(r.rows(sa.select(schema.records).where(schema.records.c.form == "meal"))) == 1
