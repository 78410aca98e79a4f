"""Lists as offices keep them of graves, councils, names, organisations, donations (domain §6), read by headers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number

KIN = make_id_number("500229", date(1970, 1, 1), 21)
GRAVES = [
    [
        "村",
        "小地名",
        "经纬度",
        "占地类型",
        "摸排日期",
        "合葬",
        "遗骸数",
        "联系人",
        "联系人身份证号",
        "处置方式",
        "编号",
    ],
    [
        "棉沙村",
        "老屋基",
        "108.664213,31.947521",
        "耕地",
        "2026.8.1",
        "是",
        2,
        "向成贵",
        KIN,
        "迁坟",
        "CF-001",
    ],
    ["棉沙村", "大岩洞", "", "山林", "2026-08-01", "否", 1, "", "", "植绿补绿", "CF-002"],
]
COUNCILS = [
    ["村（社区）", "理事会名称", "会长", "成立时间", "席数标准", "天数", "礼金标准"],
    ["棉沙村", "棉沙村红白理事会", "冉启明", "2023年5月1日", 15, 3, 200],
]
YARDS = [
    ["墓地名称", "类别", "主办单位", "所在村", "墓位总数", "已安葬"],
    ["棉沙村公益性墓地", "农村公墓", "棉沙村委会", "棉沙村", 80, 12],
]
NAMES = [
    ["地名", "拼音", "类别", "所属村", "位置", "曾用名"],
    ["茶香路", "Chaxiang Lu", "道路", "棉沙村", "东起大桥", "茶丰新路、老路"],
]
GROUPS = [
    ["组织名称", "组织类别", "领域", "法人", "所在村", "成立日期", "会员数"],
    ["棉沙村老年协会", "社区备案", "生活服务", "冉启明", "棉沙村", "2024.6.1", 46],
]
GIFTS = [
    ["捐赠日期", "捐赠单位", "捐赠人类别", "款物类别", "金额", "用途", "接收单位", "票据编号"],
    ["2026-09-01", "某茶业公司", "企业", "捐款", 10000, "教育", "县慈善会", "CQ1"],
]


@pytest.mark.parametrize(
    ("form", "rows", "expected"),
    [
        ("grave_move", GRAVES, [("surveyed", "1", 1, None), ("surveyed", "3", 1, None)]),
        ("council", COUNCILS, [("active", None, 0, None)]),
        ("funeral_place", YARDS, [("active", "cemetery", 80, None)]),
        ("place_name", NAMES, [("announced", "04", 0, None)]),
        ("social_org", GROUPS, [("active", "social_org", 46, None)]),
        ("donation", GIFTS, [("received", "1", 0, 1_000_000)]),
    ],
)
def test_a_list_becomes_records(
    office: Store, tmp_path: Path, form: str, rows: list[list[Any]], expected: list[tuple[Any, ...]]
) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "名册.xlsx")
    plan = plan_roster(office, tmp_path / "名册.xlsx", form=form, today=date(2026, 11, 23))
    assert [p for row in plan.rows for p in row.problems] == []
    commit_roster(office, plan)
    c = schema.records.c
    with office.reading() as r:
        found = r.connection.execute(
            sa.select(c.state, c.kind, c.quantity, c.amount).order_by(c.number)
        ).all()
    assert [tuple(row) for row in found] == expected


def test_the_family_of_a_grave_is_registered_with_it(office: Store, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in GRAVES:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "摸排表.xlsx")
    plan = plan_roster(office, tmp_path / "摸排表.xlsx", form="grave_move", today=date(2026, 11, 23))
    commit_roster(office, plan)
    with office.reading() as r:
        (person,) = r.rows(sa.select(schema.people))
        linked = r.connection.execute(
            sa.select(schema.records.c.person).order_by(schema.records.c.number)
        ).scalars()
        assert list(linked) == [person["id"], None]
    assert (person["name"], person["id_number"]) == ("向成贵", KIN)
