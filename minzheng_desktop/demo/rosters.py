"""The rosters that a demonstration township starts from: as a clerk keeps them, with the usual slips."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits.rules import DifferenceInputs, DifferenceRule
from minzheng_desktop.demo.population import HEAD, Household, Person, card_number
from minzheng_desktop.exchange.clerk_sheet import ClerkSheet, Group, Heading, write_clerk_workbook
from minzheng_desktop.values.dates import add_months, age_on, last_day
from minzheng_desktop.values.money import format_money

if TYPE_CHECKING:
    from minzheng_desktop.benefits.rates import RateView
    from minzheng_desktop.catalog.divisions import Divisions

RURAL = "2"
_CAUSES = ("因病", "因残", "缺劳动力", "因学", "年老", "无生活来源")
# What a column of the dibao roster holds, and its heading; columns of one group share the heading above.
_DIBAO_COLUMNS = {
    "number": ("", "序号"),
    "village": ("", "村（社区）"),
    "address": ("", "家庭住址"),
    "area": ("", "城乡类别"),
    "class": ("", "保障类别"),
    "head": ("户主", "户主姓名"),
    "id_number": ("户主", "户主身份证号"),
    "phone": ("户主", "联系电话"),
    "size": ("", "家庭人口"),
    "covered": ("", "保障人口"),
    "income": ("", "家庭年收入"),
    "base": ("保障金（元/月）", "月保障金"),
    "classified": ("保障金（元/月）", "分类施保"),
    "total": ("保障金（元/月）", "合计"),
    "cause": ("", "致困原因"),
    "since": ("", "最初享受月份"),
    "rechecked": ("", "复核日期"),
    "bank": ("发放账户", "开户银行"),
    "holder": ("发放账户", "账户名"),
    "account": ("发放账户", "一卡通账号"),
    "members": ("", "成员姓名"),
    "member_numbers": ("", "成员身份证号"),
}
Row = dict[str, Any]
_ELDER_HEADINGS = (
    Heading("序号"),
    Heading("村（社区）"),
    Heading("姓名"),
    Heading("性别"),
    Heading("身份证号"),
    Heading("联系电话"),
    Heading("起发月"),
    Heading("认证日期"),
    Heading("开户行"),
    Heading("户名"),
    Heading("一卡通账号"),
)


# Months between two rechecks of a class (重庆市城乡居民最低生活保障条例 第26条, rural).
_RECHECK_MONTHS = {"A": 12, "B": 6, "C": 3}


class DibaoLine(msgspec.Struct, frozen=True):
    """One household on the roster; amounts in cents, `since` the first month paid."""

    household: Household
    covered: int
    income_year: int
    base: int
    kind: str
    cause: str
    since: str
    rechecked: date


def make_dibao_lines(
    households: Sequence[Household], *, rates: RateView, month: str, seed: int
) -> list[DibaoLine]:
    """Households with incomes that leave something to be paid in `month` under the rates (rural standard)."""
    random = Random(seed)
    lines = []
    for household in households:
        size = len(household.members)
        income = random.choice((0, 0, 1, 2, 3, 4)) * random.randrange(60_000, 120_000, 500) * size
        inputs = DifferenceInputs(area=RURAL, income_year=income, size=size, covered=size)
        base = DifferenceRule().compute(inputs, rates, month).base
        since = add_months(month, -random.randint(2, 90))
        if base > 0:
            kind = "A" if income == 0 and size == 1 else random.choice("BC")
            ago = random.randrange(10, _RECHECK_MONTHS[kind] * 30)  # some are due within weeks
            rechecked = last_day(month) - timedelta(days=ago)
            lines.append(
                DibaoLine(household, size, income, base, kind, random.choice(_CAUSES), since, rechecked)
            )
    return lines


def write_dibao_roster(
    path: Path, lines: Sequence[DibaoLine], *, town: str, month: str, divisions: Divisions
) -> None:
    """The roster of a month, villages together, with slips in some rows that an import mends or refuses."""
    ordered = sorted(lines, key=lambda line: line.household.village)
    groups: list[tuple[list[Row], Row]] = []
    number = 0
    for village, some in groupby(ordered, key=lambda line: line.household.village):
        rows = []
        for line in some:
            number += 1
            row = _dibao_row(number, line, divisions.name(village))
            _SLIPS.get(number, _as_it_is)(row)
            rows.append(row)
        groups.append((rows, _sums("小计", rows)))
    groups[-1][0].append(groups[0][0][0])  # somebody pasted a line twice
    year, _, in_year = month.partition("-")
    sheet = ClerkSheet(
        name="农村低保",
        title=f"{town}{year}年{int(in_year)}月农村低保发放花名册",
        subtitle=f"填报单位：{town}人民政府　　　　单位：人、元",
        headings=tuple(_headings()),
        groups=tuple(Group(tuple(_cells(row) for row in rows), _cells(sums)) for rows, sums in groups),
        total=_cells(_sums("合计", [row for rows, _ in groups for row in rows])),
        foot="制表人：　　　　　　审核人：　　　　　　单位负责人：",
    )
    write_clerk_workbook(path, [sheet])


def write_elder_roster(
    path: Path, households: Sequence[Household], *, town: str, today: date, divisions: Divisions
) -> int:
    """The roster of people who have turned 80, with the accounts of their households; returns how many."""
    found = [
        (household, person)
        for household in sorted(households, key=lambda one: one.village)
        for person in household.members
        if age_on(person.birth_date, today) >= 80
    ]
    groups, number = [], 0
    for village, some in groupby(found, key=lambda pair: pair[0].village):
        rows = []
        for household, person in some:
            number += 1
            rows.append(_elder_row(number, household, person, divisions.name(village), today))
        groups.append(Group(tuple(rows), ("", "小计", len(rows))))
    sheet = ClerkSheet(
        name="高龄津贴",
        title=f"{town}高龄津贴发放花名册",
        subtitle=f"填报单位：{town}人民政府",
        headings=_ELDER_HEADINGS,
        groups=tuple(groups),
        total=("", "合计", number),
        foot="制表人：　　　　　　审核人：",
    )
    write_clerk_workbook(path, [sheet])
    return number


def _headings() -> Iterator[Heading]:
    for above, columns in groupby(_DIBAO_COLUMNS.values(), key=lambda pair: pair[0]):
        titles = tuple(title for _, title in columns)
        if above:
            yield Heading(above, titles)
        else:
            yield from (Heading(title) for title in titles)


def _cells(row: Row) -> tuple[Any, ...]:
    return tuple(row.get(column, "") for column in _DIBAO_COLUMNS)


def _dibao_row(number: int, line: DibaoLine, village: str) -> Row:
    household, head = line.household, line.household.head
    others = [member for member in household.members if member.relation != HEAD]
    return {
        "number": number,
        "village": village,
        "address": household.address,
        "area": "农村",
        "class": line.kind,
        "head": head.name,
        "id_number": head.id_number,
        "phone": head.phone or "",
        "size": len(household.members),
        "covered": line.covered,
        "income": _yuan(line.income_year),
        "base": _yuan(line.base),
        "classified": 0,
        "total": _yuan(line.base),
        "cause": line.cause,
        "since": line.since,
        "rechecked": line.rechecked,
        "bank": household.bank,
        "holder": head.name,
        "account": household.account,
        "members": "；".join(member.name for member in others),
        "member_numbers": "；".join(member.id_number for member in others),
    }


def _elder_row(
    number: int, household: Household, person: Person, village: str, today: date
) -> tuple[Any, ...]:
    since = f"{person.birth_date.year + 80}-{person.birth_date.month:02d}"
    sex = "男" if person.sex == "1" else "女"
    checked = today - timedelta(days=(number * 67) % 380)  # a few are overdue after a year
    account = card_number(f"6299{9 - household.members.index(person)}", int(household.account[5:18]))
    if number % 40 == 17:  # nobody has brought the card yet
        bank, holder, account = "", "", ""
    else:
        bank, holder = household.bank, person.name
    who = (number, village, person.name, sex, person.id_number, person.phone or "")
    return (*who, since, checked, bank, holder, account)


def _sums(word: str, rows: Sequence[Row]) -> Row:
    sums: Row = {column: sum(row[column] for row in rows) for column in ("size", "covered", "total")}
    return sums | {"village": word, "total": round(sums["total"], 2)}


def _yuan(cents: int) -> float | int:
    """As a clerk's cell holds it: a whole number where it is one."""
    return cents // 100 if cents % 100 == 0 else float(format_money(cents))


# The usual slips, by row number. Each changes the row that it is given.


def _as_it_is(_: Row) -> None:
    return None


def _full_width_number(row: Row) -> None:
    row["id_number"] = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c.lower() for c in row["id_number"])


def _spaced_name(row: Row) -> None:
    row["head"] = f"{row['head'][0]} {row['head'][1:]} "


def _written_amounts(row: Row) -> None:
    row["income"] = f"￥{row['income']:,}元"
    row["since"] = f"{row['since'][:4]}年{int(row['since'][5:])}月"


def _number_lost_in_a_spreadsheet(row: Row) -> None:
    row["id_number"] = float(row["id_number"][:17] + "0")


def _wrong_digit(row: Row) -> None:
    number = row["id_number"]
    row["id_number"] = number[:-2] + str((int(number[-2]) + 2) % 10) + number[-1]


def _other_amount(row: Row) -> None:
    row["base"] += 30
    row["total"] += 30


_SLIPS: dict[int, Callable[[Row], None]] = {
    3: _full_width_number,
    5: _spaced_name,
    8: _written_amounts,
    12: _number_lost_in_a_spreadsheet,
    17: _wrong_digit,
    21: _other_amount,
}
