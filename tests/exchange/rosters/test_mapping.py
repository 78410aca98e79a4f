"""列对应: seen, corrected by hand, remembered; a header that the program cannot find is picked."""

from __future__ import annotations

import openpyxl
import pytest

from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.headers import CHOSEN, NONE, REMEMBERED, Choice
from minzheng_desktop.exchange.rosters.mapping import map_roster, masked_text, read_choices
from minzheng_desktop.exchange.rosters.planning import plan_book, plan_roster
from minzheng_desktop.exchange.rosters.sheets import read_workbook
from minzheng_desktop.store import people
from minzheng_desktop.values.errors import UserError
from tests.exchange.rosters.conftest import HEADERS, TODAY


@pytest.fixture
def strange(tmp_path, identity, card):
    """A roster whose columns nobody else calls so, under a line of dates, and an untitled column of numbers."""

    def write(first: int, *more: str, name: str = "甲.xlsx"):
        book = openpyxl.Workbook()
        page = book.worksheets[0]
        page.title = "名单"
        page.append(["二〇二四年八月", 20240801])
        page.append(["对象", "号", "所在地", "一折通", "", *more])
        for n in range(first, first + 3):
            page.append(
                [f"张{'甲乙丙丁戊己'[n]}", identity(n), "棉沙村", card(n), n + 40, *(["x"] * len(more))]
            )
        path = tmp_path / name
        book.save(path)
        return path

    return write


BY_HAND = {
    "名单": Choice(
        {"对象": "head.name", "号": "head.id_number", "所在地": "village", "一折通": "account.number"}, (2, 2)
    )
}


def test_a_header_is_picked_and_its_columns_mapped(office, strange):
    """Without a word of help the file is refused; with the header row and four columns it is read."""
    book = read_workbook(strange(0))
    with pytest.raises(UserError, match="没有找到表头"):
        plan_book(office, book, form="dibao", today=TODAY)
    with office.reading() as r:
        lost = map_roster(r, book, form="dibao")
        assert (lost.sheets[0].header, lost.sheets[0].missing) == (None, "没有找到表头")
        assert lost.sheets[0].top[1][:4] == ("对象", "号", "所在地", "一折通")
        picked = map_roster(r, book, form="dibao", chosen={"名单": Choice(header=(2, 2))}).sheets[0]
        assert [(c.name, c.path, c.how) for c in picked.columns] == [
            ("对象", "", NONE), ("号", "", NONE), ("所在地", "", NONE), ("一折通", "", NONE), ("E 列", "", NONE),
        ]  # fmt: skip
        assert picked.missing == "没有“身份证号”一列"
        mapped = map_roster(r, book, form="dibao", chosen=BY_HAND)
    assert [(c.path, c.how) for c in mapped.sheets[0].columns][:2] == [
        ("head.name", CHOSEN),
        ("head.id_number", CHOSEN),
    ]
    assert mapped.sheets[0].columns[1].samples[0][6:14] == "********"
    assert mapped.sheets[0].columns[4].samples == ("40", "41", "42")
    plan = plan_book(office, book, form="dibao", today=TODAY, chosen=BY_HAND)
    assert (len(plan.rows), plan.count("new")) == (3, 3)
    assert [p.message for p in plan.problems if p.code == "column.unused"] == [
        "“E 列”没有对应的项目，没有导入"
    ]


def test_corrections_are_remembered_for_such_headers(office, strange):
    """The same layout is read without help; a further column does not make the corrections forgotten."""
    commit_roster(office, plan_roster(office, strange(0), form="dibao", today=TODAY, chosen=BY_HAND))
    plan = plan_roster(office, strange(3, name="乙.xlsx"), form="dibao", today=TODAY)
    assert plan.count("new") == 3
    assert {c.how for s in plan.cleaned.sheets for c in s.header.columns if c.path} == {REMEMBERED}
    wider = read_workbook(strange(3, "联系电话", name="丙.xlsx"))
    with office.reading() as r:
        rows = {"名单": Choice(header=(2, 2))}
        found = map_roster(r, wider, form="dibao", chosen=rows).sheets[0].columns
    assert next((c.path, c.how) for c in found if c.path) == ("head.name", REMEMBERED)
    assert sum(c.how == REMEMBERED for c in found) == 4


def test_a_correction_is_remembered_although_nothing_else_changed(office, write_roster, household_row):
    headers = ["卡" if h == "一卡通账号" else h for h in HEADERS]
    path = write_roster([household_row(1)], headers=headers)
    commit_roster(office, plan_roster(office, path, form="dibao", today=TODAY))
    chosen = {"花名册": Choice({"联系电话": ""})}
    done = commit_roster(office, plan_roster(office, path, form="dibao", today=TODAY, chosen=chosen))
    assert (done.import_id, done.plan.count("unchanged")) == (None, 1)
    again = plan_roster(office, path, form="dibao", today=TODAY)
    assert [p.message for p in again.problems if p.column == "联系电话"] == ["“联系电话”按指定不导入"]


def test_leaving_a_column_out_holds_for_its_layout_alone(office, write_roster, household_row):
    """Another roster's 联系电话 is not dropped because it was unwanted once."""
    chosen = {"花名册": Choice({"联系电话": ""})}
    path = write_roster([household_row(1)])
    commit_roster(office, plan_roster(office, path, form="dibao", today=TODAY, chosen=chosen))
    other = write_roster([[*household_row(2), ""]], headers=[*HEADERS, "说明"], name="b.xlsx")
    commit_roster(office, plan_roster(office, other, form="dibao", today=TODAY))
    with office.reading() as r:
        assert len(people.find_people(r, "13900000002")) == 1
        assert people.find_people(r, "13900000001") == []


def test_two_columns_do_not_mean_the_same(office, write_roster, household_row):
    path = write_roster([household_row(1)])
    with pytest.raises(UserError) as caught:
        plan_roster(
            office, path, form="dibao", today=TODAY, chosen={"花名册": Choice({"低保证号": "head.phone"})}
        )
    assert caught.value.code == "roster.doubled"
    assert "“联系电话”和“低保证号”两列都对应“联系电话”" in caught.value.message
    freed = {"花名册": Choice({"低保证号": "head.phone", "联系电话": ""})}
    assert plan_roster(office, path, form="dibao", today=TODAY, chosen=freed)


def test_columns_with_one_title_are_told_apart(office, tmp_path, identity):
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "名单"
    page.append(["户主姓名", "户主身份证号", "备注", "备注"])
    page.append(["张三", identity(1), "一", "C00001"])
    path = tmp_path / "两个备注.xlsx"
    book.save(path)
    with office.reading() as r:
        chosen = read_choices(r, read_workbook(path), form="dibao", columns=["备注（D列）=低保证号"])
    assert chosen == {"名单": Choice({"备注（D 列）": "cert_no"})}
    plan = plan_roster(office, path, form="dibao", today=TODAY, chosen=chosen)
    assert plan.cleaned.rows()[0].values["cert_no"] == "C00001"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("500229196503122217", "500229********2217"),
        (13900000002.0, "1390***0002"),
        ("卡号6217003760001233391", "卡号6217***********3391"),
        (870.0, "870"),
        ("白果村\n三组", "白果村 三组"),
    ],
)
def test_samples_are_masked(cell, shown):
    assert masked_text(cell) == shown
