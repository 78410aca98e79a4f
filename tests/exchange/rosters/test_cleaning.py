"""Rows cleaned as domain §11.2 and §11.3 ask: every kind of cell, every kind of row."""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest

from minzheng_desktop.exchange.rosters.cleaning import clean_workbook
from minzheng_desktop.exchange.rosters.sheets import read_workbook
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import convert_15

HEADERS = (
    "序号", "村", "户主姓名", "户主身份证号", "家庭人口", "保障人口", "家庭年收入", "月保障金", "合计", "联系电话",
    "家庭住址", "低保证号", "最初享受月份", "城乡类别", "开户银行", "银行账户名称", "一卡通账号",
)  # fmt: skip


@pytest.fixture
def clean(catalog):
    def run(path, **more):
        settings = {"town": "500229001", "today": _TODAY, **more}
        return clean_workbook(read_workbook(path), catalog.forms["dibao"], catalog, **settings)

    return run


_TODAY = date(2026, 11, 23)


def problems_of(row, level="error"):
    return [(p.column, p.code) for p in row.problems if p.level == level]


def test_an_ugly_roster(clean, ugly_roster, identity, card):
    cleaned = clean(ugly_roster)
    village, other, notes = cleaned.sheets
    by_row = {row.row: row for row in village.rows}
    assert sorted(by_row) == [5, 6, 7, 8, 9, 11, 13]
    first = by_row[5].values
    assert first == {
        "head.name": "张三", "head.id_number": identity(1), "household_size": 3, "covered_size": 3,
        "income_total_year": 1116000, "monthly_base": 87000, "monthly_total": 87000, "head.phone": "13900000001",
        "account.number": card(1), "village": "500229001204",
    }  # fmt: skip
    second = by_row[6].values
    assert second["head.name"] == "阿依·古丽"
    assert second["head.id_number"] == identity(2)
    assert (second["household_size"], second["head.phone"]) == (2, "13900000022")
    assert by_row[7].values["head.name"] == "王𪚥"
    assert by_row[7].values["head.id_number"].endswith("X")
    assert by_row[7].values["head.phone"] == "13900000003"
    assert problems_of(by_row[8]) == [("身份证", "id.damaged")]
    assert problems_of(by_row[9]) == [("一卡通账号", "account.damaged")]
    assert {code for _, code in problems_of(by_row[11], "warning")} == {"row.hidden", "cell.comment"}
    assert [(s.row, s.reason) for s in village.skipped] == [
        (1, "标题行"), (2, "标题行"), (10, "合计或小计行"), (12, "空行"), (14, "合计或小计行"), (15, "签字行"),
    ]  # fmt: skip
    assert other.rows[0].values["village"] == "500229001205"
    assert other.rows[0].values["head.phone"] == "13900000008"
    assert notes.header is None
    assert [(p.code, p.column) for p in cleaned.problems] == [
        ("column.unused", "序号"),
        ("column.unused", "备注"),
        ("sheet.skipped", ""),
    ]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("棉沙村", "500229001204"),
        ("棉沙村委会", "500229001204"),
        ("棉沙", "500229001204"),
        ("葛城街道棉沙村三组", "500229001204"),
        ("凤凰居委会", "500229001002"),
    ],
)
def test_village_names(clean, write_roster, household_row, written, code):
    row = clean(write_roster([household_row(1, 村=written)])).rows()[0]
    assert row.values["village"] == code


def test_an_unknown_village_names_the_nearest(clean, write_roster, household_row):
    row = clean(write_roster([household_row(1, 村="棉纱村")])).rows()[0]
    assert problems_of(row) == [("村", "village")]
    assert "是否棉沙村" in row.problems[0].message
    aliased = clean(write_roster([household_row(1, 村="老垭口")]), aliases={"老垭口": "500229001205"}).rows()[
        0
    ]
    assert aliased.values["village"] == "500229001205"


def test_ditto_and_merged_cells_are_filled_downward(clean, tmp_path, household_row, write_roster):
    path = write_roster([household_row(1), household_row(2, 村="同上"), household_row(3, 村=None)])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].merge_cells("B4:B5")
    book.save(path)
    rows = clean(path).rows()
    assert len({row.values["village"] for row in rows}) == 1


def test_fifteen_digits_wait_for_confirmation(clean, write_roster, household_row):
    old = "500229650312221"
    path = write_roster([household_row(1, 户主身份证号=old)])
    row = clean(path).rows()[0]
    assert problems_of(row) == [("户主身份证号", "id.fifteen")]
    assert convert_15(old) in row.problems[0].message
    confirmed = clean(path, accepted=frozenset({old})).rows()[0]
    assert confirmed.values["head.id_number"] == convert_15(old)
    assert not confirmed.rejected


def test_dates_and_their_doubts(clean, write_roster, household_row):
    def month(value):
        row = clean(write_roster([household_row(1, 最初享受月份=value)])).rows()[0]
        return row.values.get("start_month"), problems_of(row, "warning")

    assert month("2024年5月") == ("2024-05", [])
    assert month(2024.05) == ("2024-05", [])
    assert month("二〇二四年五月") == ("2024-05", [])
    assert month(45413) == ("2024-05", [("最初享受月份", "date")])
    assert month(2024.1) == ("2024-01", [("最初享受月份", "date")])


def test_amounts(clean, write_roster, household_row):
    rows = [
        household_row(1, 合计="￥1,200元"),
        household_row(2, 合计=833.3333),
        household_row(3, 合计="八百"),
    ]
    first, second, third = clean(write_roster(rows)).rows()
    assert first.values["monthly_total"] == 120000
    assert (second.values["monthly_total"], problems_of(second, "warning")) == (
        83333,
        [("合计", "money.rounded")],
    )
    assert problems_of(third) == [("合计", "money.form")]


def test_formulas_count_as_their_saved_result_and_missing_ones_are_refused(
    clean, write_roster, household_row
):
    path = write_roster([household_row(1, 月保障金="=1+1")])
    cleaned = clean(path)
    assert problems_of(cleaned.rows()[0]) == [("月保障金", "cell.error")]
    assert "sheet.formulas" in {p.code for p in cleaned.problems}


def test_members_in_one_cell(clean, write_roster, household_row, identity):
    headers = [*HEADERS, "成员姓名", "成员身份证号"]
    rows = [
        [*household_row(1), "李四；王五", f"{identity(11)};{identity(12)}"],
        [*household_row(2), "李四；王五；赵六", f"{identity(13)}、{identity(14)}"],
    ]
    first, second = clean(write_roster(rows, headers=headers)).rows()
    assert first.tables["members"] == [
        {"name": "李四", "id_number": identity(11)},
        {"name": "王五", "id_number": identity(12)},
    ]
    assert problems_of(second) == [("成员身份证号", "split.count")]


def test_a_household_over_several_rows(clean, tmp_path, identity):
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["村", "户主姓名", "户主身份证号", "保障人口", "成员姓名", "成员身份证号"])
    page.append(["棉沙村", "张三", identity(1), 2, "李四", identity(11)])
    page.append([None, None, None, None, "王五", identity(12)])
    page.append(["棉沙村", "钱六", identity(2), 1, None, None])
    for area in ("A2:A3", "B2:B3", "C2:C3", "D2:D3"):
        page.merge_cells(area)
    book.save(tmp_path / "a.xlsx")
    cleaned = clean(tmp_path / "a.xlsx")
    assert [(r.row, [m["name"] for m in r.tables.get("members", [])]) for r in cleaned.rows()] == [
        (2, ["李四", "王五"]),
        (4, []),
    ]
    assert [(s.row, s.reason) for s in cleaned.sheets[0].skipped] == [(3, "并入上面的户")]


def test_rows_without_a_number_or_a_name(clean, write_roster, household_row):
    rows = [household_row(1, 户主身份证号=None), household_row(2, 户主姓名=None)]
    first, second = clean(write_roster(rows)).rows()
    assert problems_of(first) == [("户主身份证号", "id.missing")]
    assert problems_of(second) == [("户主姓名", "name.empty")]


def test_sex_birth_and_account_name_are_held_against_the_number(clean, write_roster, household_row):
    headers = [*HEADERS, "性别", "出生年月"]
    rows = [[*household_row(1, 银行账户名称="别人"), "男", "1901.1"]]
    row = clean(write_roster(rows, headers=headers)).rows()[0]
    codes = {code for _, code in problems_of(row, "warning")}
    assert {"id.birth", "account.name"} <= codes
    assert not row.rejected


def test_what_has_no_people_is_refused(clean, write_roster):
    with pytest.raises(UserError) as caught:
        clean(write_roster([["x"]], headers=["物资", "数量"]))
    assert caught.value.code == "roster.no_header"
    with pytest.raises(UserError) as caught:
        clean(write_roster([["张三", "1"]], headers=["户主姓名", "联系电话"]))
    assert caught.value.code == "roster.no_key_column"
    assert "身份证号" in caught.value.message
