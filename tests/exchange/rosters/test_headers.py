"""Headers as clerks write them (domain §11.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from minzheng_desktop.exchange.rosters.headers import (
    CHOSEN,
    LIKE,
    REMEMBERED,
    Choice,
    find_header,
    join_titles,
)
from minzheng_desktop.exchange.rosters.layout import SheetLayout
from minzheng_desktop.exchange.rosters.sheets import Sheet, read_workbook
from minzheng_desktop.exchange.rosters.targets import find_targets, plain_title, short_title


@pytest.fixture
def targets(catalog):
    return find_targets(catalog.forms["dibao"], catalog)


def sheet(*rows, merged=()):
    return Sheet("花名册", [list(r) for r in rows], SheetLayout(merged=list(merged)))


def meanings(header):
    return {c.title: c.path for c in header.columns if c.path}


def test_titles_are_compared_without_spaces_and_units():
    assert plain_title("户 主\n姓名：") == "户主姓名"
    assert short_title("月保障金（元）") == "月保障金"


def test_one_row(targets):
    header = find_header(
        sheet(["2024年低保"], ["姓名", "公民身份号码", "手机号码"], ["张三", "1", "2"]), targets
    )
    assert (header.first, header.last) == (2, 2)
    assert meanings(header) == {
        "姓名": "head.name",
        "公民身份号码": "head.id_number",
        "手机号码": "head.phone",
    }


def test_two_rows_merged(targets, ugly_roster: Path):
    read = read_workbook(ugly_roster)
    header = find_header(read.sheets[0], targets)
    assert (header.first, header.last) == (3, 4)
    assert meanings(header) == {
        "户主姓名": "head.name",
        "身份证": "head.id_number",
        "家庭情况人口": "household_size",
        "家庭情况保障人数": "covered_size",
        "家庭情况家庭年收入": "income_total_year",
        "保障金（元）月保障金": "monthly_base",
        "保障金（元）合计": "monthly_total",
        "联系电话": "head.phone",
        "一卡通账号": "account.number",
    }


def test_three_rows_merged(targets):
    rows = (
        ["序号", "低保户", "", "", "", "金额"],
        ["", "户主", "", "人口", "", ""],
        ["", "姓名", "身份证号", "家庭人口", "保障人口", "合计"],
        [1, "张三", "500229196503122217", 3, 3, 870],
    )
    merged = [(1, 0, 3, 0), (1, 1, 1, 4), (2, 1, 2, 2), (2, 3, 2, 4), (1, 5, 2, 5)]
    header = find_header(sheet(*rows, merged=merged), targets)
    assert (header.first, header.last) == (1, 3)
    assert {c.path for c in header.columns} >= {
        "head.name",
        "head.id_number",
        "household_size",
        "covered_size",
    }


def test_parts_of_a_title_stand_from_top_to_bottom():
    found = join_titles(
        sheet(["户主", "", "电话"], ["姓名", "证号", ""], merged=[(1, 0, 1, 1), (1, 2, 2, 2)]), 1, 2
    )
    assert found == [("户主", "姓名"), ("户主", "证号"), ("电话",)]


def test_another_persons_name_is_not_the_heads(targets):
    rows = (["户主姓名", "户主身份证号", "照料人", ""], ["", "", "姓名", "身份证号"])
    header = find_header(sheet(*rows, merged=[(1, 2, 1, 3), (1, 0, 2, 0), (1, 1, 2, 1)]), targets)
    assert header.column_of("head.name").index == 0
    assert header.columns[2].path == header.columns[3].path == ""


def test_likeness(targets):
    header = find_header(sheet(["户主姓名", "户主身份证号", "低保证号码1"]), targets)
    column = header.column_of("cert_no")
    assert (column.title, column.how) == ("低保证号码1", LIKE)


def test_a_year_is_not_a_month(targets):
    header = find_header(sheet(["户主姓名", "户主身份证号", "家庭月收入"]), targets)
    assert header.columns[2].path == ""


def test_a_data_row_is_not_a_header(targets):
    assert find_header(sheet(["张三", "500229196503122217", "13900000000"]), targets) is None
    assert find_header(sheet(["请各村按时报送"]), targets) is None


def test_the_layout_is_remembered_and_the_clerk_is_right(targets):
    rows = (["户主姓名", "户主身份证号", "卡"], ["张三", "500229196503122217", "x"])
    first = find_header(sheet(*rows), targets)
    assert first.columns[2].path == ""
    again = find_header(sheet(*rows), targets, remembered={first.fingerprint: {"卡": "account.number"}})
    assert (again.columns[2].path, again.columns[2].how) == ("account.number", REMEMBERED)
    chosen = find_header(sheet(*rows), targets, chosen=Choice({"卡": "cert_no", "户主姓名": "head.name"}))
    assert (chosen.columns[2].path, chosen.columns[2].how) == ("cert_no", CHOSEN)
    left_out = find_header(sheet(["户主姓名", "户主身份证号", "电话"]), targets, chosen=Choice({"电话": ""}))
    assert left_out.columns[2].path == ""
