"""The rosters that a demonstration township starts from: as a clerk keeps them, with the usual slips."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits.rules import DifferenceInputs, DifferenceRule
from minzheng_desktop.demo.population import HEAD, Household, Person, card_number
from minzheng_desktop.exchange.clerk_sheet import ClerkSheet, Group, Heading, write_clerk_workbook
from minzheng_desktop.values.dates import add_months, age_on
from minzheng_desktop.values.money import format_money

if TYPE_CHECKING:
    from minzheng_desktop.benefits.rates import RateView
    from minzheng_desktop.catalog.divisions import Divisions

RURAL = "2"
_CAUSES = ("因病", "因残", "缺劳动力", "因学", "年老", "无生活来源")
_DIBAO_HEADINGS = (
    Heading("序号"),
    Heading("村（社区）"),
    Heading("城乡类别"),
    Heading("户主", ("户主姓名", "户主身份证号", "联系电话")),
    Heading("家庭人口"),
    Heading("保障人口"),
    Heading("家庭年收入"),
    Heading("保障金（元/月）", ("月保障金", "分类施保", "合计")),
    Heading("致困原因"),
    Heading("最初享受月份"),
    Heading("发放账户", ("开户银行", "账户名", "一卡通账号")),
    Heading("成员姓名"),
    Heading("成员身份证号"),
)
_ELDER_HEADINGS = (
    Heading("序号"),
    Heading("村（社区）"),
    Heading("姓名"),
    Heading("性别"),
    Heading("身份证号"),
    Heading("联系电话"),
    Heading("起发月"),
    Heading("开户行"),
    Heading("户名"),
    Heading("一卡通账号"),
)


class DibaoLine(msgspec.Struct, frozen=True):
    """One household on the roster; amounts in cents, `since` the first month paid."""

    household: Household
    covered: int
    income_year: int
    base: int
    cause: str
    since: str


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
            lines.append(DibaoLine(household, size, income, base, random.choice(_CAUSES), since))
    return lines


def write_dibao_roster(
    path: Path, lines: Sequence[DibaoLine], *, town: str, month: str, divisions: Divisions
) -> None:
    """The roster of a month, villages together, with slips in some rows that an import mends or refuses."""
    ordered = sorted(lines, key=lambda line: line.household.village)
    groups, number = [], 0
    for village, some in groupby(ordered, key=lambda line: line.household.village):
        rows = []
        for line in some:
            number += 1
            rows.append(
                _SLIPS.get(number, _as_it_is)(list(_dibao_row(number, line, divisions.name(village))))
            )
        groups.append(Group(tuple(rows), _sums("小计", rows)))
    repeated = groups[0].rows[0]
    groups[-1] = msgspec.structs.replace(groups[-1], rows=(*groups[-1].rows, repeated))
    year, _, in_year = month.partition("-")
    sheet = ClerkSheet(
        name="农村低保",
        title=f"{town}{year}年{int(in_year)}月农村低保发放花名册",
        subtitle=f"填报单位：{town}人民政府　　　　单位：人、元",
        headings=_DIBAO_HEADINGS,
        groups=tuple(groups),
        total=_sums("合计", [row for group in groups for row in group.rows]),
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
            rows.append(_elder_row(number, household, person, divisions.name(village)))
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


def _dibao_row(number: int, line: DibaoLine, village: str) -> Iterator[Any]:
    household, head = line.household, line.household.head
    others = [member for member in household.members if member.relation != HEAD]
    yield from (number, village, "农村", head.name, head.id_number, head.phone or "")
    yield from (len(household.members), line.covered, _yuan(line.income_year))
    yield from (_yuan(line.base), 0, _yuan(line.base), line.cause, line.since)
    yield from (household.bank, head.name, household.account)
    yield "；".join(member.name for member in others)
    yield "；".join(member.id_number for member in others)


def _elder_row(number: int, household: Household, person: Person, village: str) -> tuple[Any, ...]:
    since = f"{person.birth_date.year + 80}-{person.birth_date.month:02d}"
    sex = "男" if person.sex == "1" else "女"
    place = household.members.index(person)
    account = card_number(f"6299{9 - place}", int(household.account[5:18]))
    if number % 40 == 17:  # nobody has brought the card yet
        return (number, village, person.name, sex, person.id_number, person.phone or "", since, "", "", "")
    phone = person.phone or ""
    return (
        number,
        village,
        person.name,
        sex,
        person.id_number,
        phone,
        since,
        household.bank,
        person.name,
        account,
    )


def _sums(word: str, rows: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    people, covered, amount = (sum(row[at] for row in rows) for at in (6, 7, 11))
    return ("", word, "", "", "", "", people, covered, "", "", "", round(amount, 2))


def _yuan(cents: int) -> float | int:
    """As a clerk's cell holds it: a whole number where it is one."""
    return cents // 100 if cents % 100 == 0 else float(format_money(cents))


# The usual slips, by row number. Each takes the row's values and gives them back changed.


def _as_it_is(row: list[Any]) -> tuple[Any, ...]:
    return tuple(row)


def _full_width_number(row: list[Any]) -> tuple[Any, ...]:
    row[4] = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c.lower() for c in row[4])
    return tuple(row)


def _spaced_name(row: list[Any]) -> tuple[Any, ...]:
    row[3] = f"{row[3][0]} {row[3][1:]} "
    return tuple(row)


def _written_amounts(row: list[Any]) -> tuple[Any, ...]:
    row[8] = f"￥{row[8]:,}元"
    row[13] = f"{row[13][:4]}年{int(row[13][5:])}月"
    return tuple(row)


def _number_lost_in_a_spreadsheet(row: list[Any]) -> tuple[Any, ...]:
    row[4] = float(row[4][:17] + "0")
    return tuple(row)


def _wrong_digit(row: list[Any]) -> tuple[Any, ...]:
    row[4] = row[4][:-2] + str((int(row[4][-2]) + 2) % 10) + row[4][-1]
    return tuple(row)


def _other_amount(row: list[Any]) -> tuple[Any, ...]:
    row[9], row[11] = row[9] + 30, row[11] + 30
    return tuple(row)


_SLIPS: dict[int, Callable[[list[Any]], tuple[Any, ...]]] = {
    3: _full_width_number,
    5: _spaced_name,
    8: _written_amounts,
    12: _number_lost_in_a_spreadsheet,
    17: _wrong_digit,
    21: _other_amount,
}
