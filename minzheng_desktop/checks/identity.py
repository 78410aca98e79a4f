"""C07, C14 and C16: what a person's own row says against itself, against its papers, and against other rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.checks.finding import Finding, Scope, people_columns
from minzheng_desktop.store import schema
from minzheng_desktop.values.disability_cert import check_disability_cert
from minzheng_desktop.values.id_number import check_id_number, sex_problem
from minzheng_desktop.values.names import check_name, name_key

_r, _k, _p = schema.records, schema.record_people, schema.people
_CERT = "disability_cert_no"
RESIDENT_CARD = "01"


def find_wrong_numbers(scope: Scope) -> Iterator[Finding]:
    """Id numbers that fail their own arithmetic, or say another birth date or sex; names with impossible signs."""
    c = _p.c
    query = sa.select(
        c.id,
        c.owner,
        c.id_type,
        c.id_number,
        sa.type_coerce(c.more, sa.Text).label("raw"),
        *people_columns(c),
    ).where(c.void == 0, *scope.of_numbers(c.id_number))
    for row in scope.r.connection.execute(query).mappings():
        problems: list[tuple[str, str]] = []
        if (
            row["id_number"]
            and row["id_type"] == RESIDENT_CARD
            and '"id_check_override":true' not in (row["raw"] or "")
        ):
            judged = check_id_number(row["id_number"], today=scope.today)
            problems += [(p.level, p.message) for p in judged.problems if p.code != "id.area"]
            if judged.usable and judged.birth_date and row["birth_date"]:
                said = judged.birth_date.isoformat()
                if not said.startswith(row["birth_date"]):
                    problems.append(("error", f"身份证号里的出生日期是 {said}，登记的是 {row['birth_date']}"))
            if (wrong := sex_problem(judged.sex, row["sex"] or "")) is not None:
                problems.append(("warning", wrong.message))
        problems += [(p.level, p.message) for p in check_name(row["name"])]
        if not problems:
            continue
        severity = "error" if any(level == "error" for level, _ in problems) else "warning"
        text = f"{scope.who(row)}：{'；'.join(message for _, message in problems)}。对照户口簿或身份证改正。"
        yield Finding("C14", f"row:{row['id']}", severity, text, "", (), (row["id"],), row["owner"])  # type: ignore[arg-type]


def find_two_names(scope: Scope) -> Iterator[Finding]:
    """One number under two names, wherever they stand."""
    c = _p.c
    doubled = (
        sa.select(c.id_number)
        .where(c.void == 0, c.id_number.is_not(None), *scope.of_numbers(c.id_number))
        .group_by(c.id_number)
        .having(sa.func.count(sa.distinct(c.name)) > 1)
    )
    query = (
        sa.select(c.id, c.owner, c.id_number, *people_columns(c))
        .where(c.void == 0, c.id_number.in_(doubled))
        .order_by(c.id_number, c.id)
    )
    for number, group in groupby(scope.r.rows(query), key=lambda row: row["id_number"]):
        rows = list(group)
        if len({name_key(row["name"]) for row in rows}) < 2:
            continue
        names = "、".join(f"{scope.who(row)}（{scope.place(row['owner'])}）" for row in rows)
        text = f"同一个身份证号有不同的姓名：{names}。对照身份证，把写错的改正。"
        yield Finding(
            "C14",
            f"names:{number}",
            "error",
            text,
            "",
            (),
            tuple(row["id"] for row in rows),
            rows[0]["owner"],
        )


def find_two_numbers(scope: Scope) -> Iterator[Finding]:
    """One name and birthday in one village under two numbers: perhaps one person registered twice."""
    if not scope.whole:
        return
    c = _p.c
    village = sa.func.coalesce(c.reside_village, c.hukou_village)
    same = (
        sa.select(c.name, c.birth_date, village.label("village"))
        .where(
            c.void == 0, c.birth_date.is_not(None), sa.func.length(c.birth_date) == 10, village.is_not(None)
        )
        .group_by(c.name, c.birth_date, village)
        .having(sa.func.count(sa.distinct(sa.func.coalesce(c.id_number, c.id))) > 1)
        .subquery()
    )
    query = (
        sa.select(c.id, c.owner, c.id_number, *people_columns(c))
        .join(
            same, sa.and_(same.c.name == c.name, same.c.birth_date == c.birth_date, same.c.village == village)
        )
        .where(c.void == 0)
        .order_by(c.name, c.birth_date, village, c.id)
    )
    rows = scope.r.rows(query)
    for _, group in groupby(
        rows, key=lambda row: (row["name"], row["birth_date"], row["reside_village"] or row["hukou_village"])
    ):
        found = list(group)
        text = (
            f"{scope.who(found[0])}有 {len(found)} 个登记，姓名、生日和村都一样，证号不同。"
            "核对是不是同一个人；是，就保留一个。"
        )
        persons = tuple(row["id"] for row in found)
        yield Finding("C14", f"numbers:{min(persons)}", "warning", text, "", (), persons, found[0]["owner"])


def find_wrong_certificates(scope: Scope) -> Iterator[Finding]:
    """Disability certificates of people who draw something: another's number, another type or level, expired."""
    c = _p.c
    drawing = (
        sa.select(_k.c.person)
        .join(_r, _r.c.id == _k.c.record)
        .where(_r.c.void == 0, scope.counted(_r, _k, scope.paid_forms), *scope.touching(_r.c.id))
    )
    query = sa.select(c.id, c.owner, c.id_number, c.more, *people_columns(c)).where(
        c.void == 0, sa.cast(c.more, sa.Text).contains(f'"{_CERT}"'), c.id.in_(drawing)
    )
    for row in scope.r.rows(query):
        more: dict[str, Any] = row["more"]
        if not more.get(_CERT):
            continue
        judged = check_disability_cert(
            more[_CERT], id_number=row["id_number"] or "", disability_type=more.get("disability_type") or "",
            disability_level=more.get("disability_level") or "",
        )  # fmt: skip
        problems = [p.message for p in judged.problems]
        ends = str(more.get("disability_cert_expire") or "")
        if len(ends) == 10 and date.fromisoformat(ends) < min(
            scope.today, date.fromisoformat(f"{scope.month}-28")
        ):
            problems.append(f"残疾证 {ends} 已到期")
        if problems:
            text = f"{scope.who(row)}：{'；'.join(problems)}。换证或更正以后再发。"
            yield Finding(
                "C07", f"cert:{row['id']}", "error", text, "", (), (row["id"],), row["owner"], scope.month
            )


def find_moved_away(scope: Scope) -> Iterator[Finding]:
    """People registered outside the county who stand in a benefit in force here."""
    county = scope.r.store.site.division[:6]
    query = (
        sa.select(_r.c.id, _r.c.owner, _r.c.form, _k.c.person, *people_columns(_p.c))
        .join(_k, _k.c.record == _r.c.id)
        .join(_p, _p.c.id == _k.c.person)
        .where(
            _r.c.void == 0, _p.c.void == 0, _p.c.hukou_village.is_not(None),
            sa.func.substr(_p.c.hukou_village, 1, 6) != county,
            scope.counted(_r, _k, [f for f in scope.paid_forms if f.kind == "case"]), *scope.touching(_r.c.id),
        )
        .order_by(_r.c.id)
    )  # fmt: skip
    for row in scope.r.rows(query):
        text = (
            f"{scope.who(row)}的户籍不在本县（{row['hukou_village']}），“{scope.title(row['form'])}”还在享。"
            "核对是不是迁出；迁出的办停发，没有迁出的改正户籍地。"
        )
        yield Finding(
            "C16", f"hukou:{row['id']}:{row['person']}", "warning", text, row["form"], (row["id"],), (row["person"],),
            row["owner"], scope.month,
        )  # fmt: skip
