"""Rosters of benefits whose money rule works its inputs out by conditions: what came in is paid."""

from __future__ import annotations

from datetime import date

from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.planning import plan_roster

TITLES = (
    "村", "姓名", "身份证号", "城乡类别", "对象类别", "供养方式", "自理能力", "照料护理费收款人", "户名", "一卡通账号",
    "享受时间",
)  # fmt: skip


def test_people_of_tekun_from_a_roster_are_paid_by_standard_and_care(office, write_roster, identity, card):
    """Domain §13, January 2024: 956.00 for living; 50.00 care for who does all by himself, 300.00 for who cannot."""
    rows = [
        [
            "棉沙村",
            "张甲",
            identity(1),
            "农村",
            "老年人",
            "分散供养",
            "具备",
            "本人",
            "张甲",
            card(1),
            "2023-05",
        ],
        [
            "棉沙村",
            "张乙",
            identity(2),
            "农村",
            "老年人",
            "分散供养",
            "完全丧失",
            "本人",
            "张乙",
            card(2),
            "2023-05",
        ],
    ]
    today = date(2024, 1, 5)
    file = write_roster(rows, headers=TITLES, name="特困2024年1月.xlsx")
    read = plan_roster(office, file, form="tekun", today=today, month="2024-01", paid_through="2023-12")
    assert read.count("new") == 2, read.problems
    commit_roster(office, read)
    plan = plan_batch(office, form="tekun", month="2024-01", today=today)
    assert sorted((i.base, i.extra, i.total) for i in plan.items) == [
        (95600, 5000, 100600),
        (95600, 30000, 125600),
    ]
