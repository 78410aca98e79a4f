"""Rosters without a column 城乡类别: title, sheet, file name, amount and kind of village tell, in that order.

Amounts by hand from the example standards of 2023-09 (农村 600.00, 城市 735.00) and 2024-09 (635.00, 770.00):
one person with 3,600.00 a year has 300.00 a month; 600 − 300 = 300.00, 735 − 300 = 435.00.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from minzheng_desktop.exchange.rosters.plan import RosterPlan
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number

HEADINGS = ["序号", "村", "户主姓名", "户主身份证号", "家庭人口", "保障人口", "家庭年收入", "月保障金"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Any:
    store, _ = Store.create(
        tmp_path_factory.mktemp("unsaid") / "a.mz",
        role="township",
        division="500229106",
        user="周晓岚",
        password="x",
        cost=Cost(1024, 1, 1),
    )
    yield store
    store.close()


def plan(
    office: Store,
    folder: Path,
    amount: float | None,
    *,
    title: str = "低保发放表",
    sheet: str = "Sheet1",
    name: str = "发放表",
    village: str = "白果村",
) -> RosterPlan:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    page.append([title])
    page.append(HEADINGS)
    page.append([1, village, "罗成贵", make_id_number("500229", date(1965, 3, 12), 221), 1, 1, 3600, amount])
    book.save(folder / f"{name}.xlsx")
    return plan_roster(office, folder / f"{name}.xlsx", form="dibao", today=date(2026, 11, 23))


def kind(planned: RosterPlan) -> str | None:
    (record,) = planned.writes.records
    found: str | None = record["doc"].get("dibao_type")
    return found


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ({"title": "修齐镇农村低保发放表"}, "2"),
        ({"title": "城市居民最低生活保障金发放表"}, "1"),
        ({"sheet": "城市低保"}, "1"),
        ({"name": "修齐镇农村低保"}, "2"),
        ({"title": "城市、农村低保发放表", "name": "农村低保"}, "2"),
    ],
)
def test_titles_tell(office: Store, tmp_path: Path, where: dict[str, str], code: str) -> None:
    planned = plan(office, tmp_path, 300.0, **where)
    assert kind(planned) == code
    assert any(p.code == "unsaid.title" and "城乡类别" in p.message for p in planned.notes)


@pytest.mark.parametrize(
    ("amount", "code", "month"), [(300.0, "2", "2023-09"), (435.0, "1", "2023-09"), (335.0, "2", "2024-09")]
)
def test_the_amount_tells_the_standard_and_since_when(
    office: Store, tmp_path: Path, amount: float, code: str, month: str
) -> None:
    planned = plan(office, tmp_path, amount, village="石景社区")
    assert (kind(planned), planned.month) == (code, month)
    (row,) = planned.rows
    assert [p.level for p in row.problems if "城乡类别" in p.message] == ["info"]


def test_the_kind_of_village_is_only_a_warning(office: Store, tmp_path: Path) -> None:
    planned = plan(office, tmp_path, 123.45)
    assert kind(planned) == "2"
    (row,) = planned.rows
    assert [p.level for p in row.problems if "城乡类别" in p.message] == ["warning"]
    assert kind(plan(office, tmp_path, 123.45, village="石景社区")) == "1"
