"""Lists that tell the register something: 火化名单 (domain §6.1, C02) and 婚姻登记 (§6.4), imported and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import sqlalchemy as sa

from minzheng_desktop.exchange.rosters.commit import Imported, commit_roster
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.exchange.rosters.undo import plan_undo, undo_import
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number

TODAY = date(2026, 11, 23)


def bring_in(office: Store, path: Path, form: str, rows: list[list[Any]]) -> Imported:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(path)
    plan = plan_roster(office, path, form=form, today=TODAY)
    assert [p for row in plan.rows for p in row.problems if p.level == "error"] == []
    return commit_roster(office, plan)


def people(office: Store) -> dict[str, dict[str, Any]]:
    with office.reading() as r:
        return {row["name"]: row for row in r.rows(sa.select(schema.people).where(schema.people.c.void == 0))}


def put_person(office: Store, name: str, number: str, **more: Any) -> None:
    with office.writing("person") as w:
        body = {"owner": office.site.division, "name": name, "sex": "1", "birth_date": "1950-02-03"}
        w.put("people", {**body, "id_number": number, "more": {}, **more})


class TestCremations:
    HEAD = (
        "序号",
        "村",
        "逝者姓名",
        "身份证号",
        "死亡日期",
        "火化",
        "火化证号",
        "安葬方式",
        "安葬地点",
        "对象类别",
    )

    def rows(self, identity: Callable[[int], str]) -> list[list[Any]]:
        first = [
            "1",
            "棉沙村",
            "张甲明",
            identity(1),
            "2026-10-03",
            "是",
            "HH001",
            "公墓",
            "东山3排1号",
            "低保",
        ]
        second = [
            "2",
            "棉沙村",
            "张乙华",
            identity(2),
            "2026-10-09",
            "是",
            "HH002",
            "公墓",
            "东山3排2号",
            "普通居民",
        ]
        return [list(self.HEAD), first, second]

    def test_the_dead_of_a_list_are_dead_in_the_register(
        self, office: Store, tmp_path: Path, identity: Callable[[int], str]
    ) -> None:
        put_person(
            office, "张乙华", identity(2), alive_status="2", death_date="2026-10-08", death_source="police"
        )
        done = bring_in(office, tmp_path / "火化名单.xlsx", "funeral", self.rows(identity))
        found = {
            name: (p["alive_status"], p["death_date"], p["death_source"])
            for name, p in people(office).items()
        }
        # of two dates the earlier one (domain §2.3), with who told it
        assert found == {"张甲明": ("2", "2026-10-03", "funeral"), "张乙华": ("2", "2026-10-08", "police")}
        assert done.import_id is not None
        undo_import(office, plan_undo(office, done.import_id))
        assert {n: p["death_date"] for n, p in people(office).items()} == {"张乙华": "2026-10-08"}

    def test_an_undone_list_brings_somebody_known_back_to_life(
        self, office: Store, tmp_path: Path, identity: Callable[[int], str]
    ) -> None:
        put_person(office, "张甲明", identity(1))
        done = bring_in(office, tmp_path / "火化名单.xlsx", "funeral", self.rows(identity)[:2])
        assert people(office)["张甲明"]["death_date"] == "2026-10-03"
        assert done.import_id is not None
        undo_import(office, plan_undo(office, done.import_id))
        assert people(office)["张甲明"]["death_date"] is None


def test_a_list_of_marriages_in_any_order_leaves_the_latest_word(office: Store, tmp_path: Path) -> None:
    """The divorce of 2026 stands above the marriage of 2024, though it is written first."""
    man, woman = (make_id_number("500229", date(1995, 3, 4), order) for order in (11, 12))
    head = [
        "登记类别", "登记日期", "登记机关", "证书字号", "户口所在地", "男方姓名", "男方身份证号", "女方姓名",
        "女方身份证号", "男方婚姻状况", "女方婚姻状况",
    ]  # fmt: skip
    both = ["冉小军", man, "向小兰", woman]
    office_name = "城口县民政局"
    divorce = ["离婚", "2026-06-01", office_name, "L500229-2026-000001", "双方本县", *both, "初婚", "初婚"]
    marriage = ["结婚", "2024-05-20", office_name, "J500229-2024-000002", "双方本县", *both, "未婚", "未婚"]
    bring_in(office, tmp_path / "婚姻登记.xlsx", "marriage", [head, divorce, marriage])
    found = people(office)
    assert [found[name]["more"].get("marital_status") for name in ("冉小军", "向小兰")] == ["40", "40"]
    with office.reading() as r:
        quantities = list(r.connection.execute(sa.select(schema.records.c.quantity)).scalars())
    assert quantities == [1, 1]
