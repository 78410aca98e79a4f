"""C01 and C04: the same person twice in one benefit, across households, laptops and townships."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.checks.finding import Finding, Scope, people_columns
from minzheng_desktop.store import schema
from minzheng_desktop.store.periods import begins
from minzheng_desktop.values.id_number import convert_15
from minzheng_desktop.values.money import format_money_grouped

_OLD = 15
GOODS, GIVEN = "goods", "give"
"""The form of goods in and out, and the code of its ``way`` that hands them to a person."""
_r, _k, _p = schema.records, schema.record_people, schema.people


def find_doubles(scope: Scope) -> Iterator[Finding]:
    """One number in two records of one benefit, both in force in the month; 15 and 18 digits count as one."""
    for rows in _twice(scope):
        first = rows[0]
        records = tuple(row["record"] for row in rows)
        places = "、".join(
            dict.fromkeys(f"{scope.place(row['owner'])} {row['number'] or ''}".strip() for row in rows)
        )
        text = (
            f"{scope.who(first)}在“{scope.title(first['form'])}”里有 {len(rows)} 件同时在享：{places}。"
            "核对后停掉重复的一件，多发的追缴。"
        )
        yield Finding(
            "C01", f"{first['form']}:{first['same']}", "error", text, first["form"], records,
            tuple(dict.fromkeys(row["person"] for row in rows)), first["owner"], scope.month,
        )  # fmt: skip


def _twice(scope: Scope) -> Iterator[list[dict[str, Any]]]:
    """Rows (a link of a record in force) grouped by form and number where a group holds two records or more."""
    base = (
        sa.select(_r.c.form, _p.c.id_number, sa.func.count(sa.distinct(_r.c.id)).label("n"))
        .join(_k, _k.c.record == _r.c.id)
        .join(_p, _p.c.id == _k.c.person)
        .where(
            _r.c.void == 0, _p.c.void == 0, _p.c.id_number.is_not(None),
            scope.counted(_r, _k, [f for f in scope.standing_forms if f.kind == "case"]),
        )
        .group_by(_r.c.form, _p.c.id_number)
    )  # fmt: skip
    old = set(
        scope.r.connection.execute(
            sa.select(_p.c.id_number).where(sa.func.length(_p.c.id_number) == _OLD, _p.c.void == 0)
        ).scalars()
    )
    numbers = set(scope.numbers) if not scope.whole else None
    suspects = {number for _, number, n in scope.r.connection.execute(base.where(*scope.of_numbers(_p.c.id_number)))
                if n > 1}  # fmt: skip
    for number in old:
        pair = {number, convert_15(number)}
        if numbers is None or numbers & pair:
            suspects |= pair
    joined = _joined(scope)
    wanted = sorted(suspects)
    rows = [
        row
        for at in range(0, len(wanted), 400)
        for row in _drawing(scope, _p.c.id_number.in_(wanted[at : at + 400]))
    ]
    people = sorted(joined)
    rows += [
        row
        for at in range(0, len(people), 400)
        for row in _drawing(scope, _p.c.id.in_(people[at : at + 400]))
    ]
    by_number = {_number(row): joined[row["person"]] for row in rows if row["person"] in joined}
    for row in rows:
        number = _number(row)
        row["same"] = joined.get(row["person"]) or by_number.get(number) or number
    ordered = sorted(rows, key=lambda row: (row["form"], row["same"], row["record"]))
    apart = _kept_apart(scope)
    for _, group in groupby(ordered, key=lambda row: (row["form"], row["same"])):
        found = list({row["record"]: row for row in group}.values())
        both = {row["person"] for row in found}
        if len(found) > 1 and not (len(both) == 2 and frozenset(both) in apart):
            yield found


def _drawing(scope: Scope, *which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    """Links of records in force of some people."""
    query = (
        sa.select(
            _r.c.id.label("record"), _r.c.form, _r.c.owner, _r.c.number, _k.c.person, _p.c.id_number,
            *people_columns(_p.c),
        )
        .join(_k, _k.c.record == _r.c.id)
        .join(_p, _p.c.id == _k.c.person)
        .where(
            _r.c.void == 0, *which,
            scope.counted(_r, _k, [f for f in scope.standing_forms if f.kind == "case"]),
        )
    )  # fmt: skip
    return scope.r.rows(query)


def _number(row: dict[str, Any]) -> str:
    """The number of a row of people in 18 digits, its id where it has none."""
    number = row["id_number"]
    if not number:
        return str(row["person"])
    return convert_15(number) if len(number) == _OLD and number.isdigit() else str(number)


def _joined(scope: Scope) -> dict[str, str]:
    """Entries that the county said are one person, by the group; only where everything is looked at."""
    if not scope.whole:
        return {}
    c = schema.identities.c
    return {row[0]: row[1] for row in scope.r.connection.execute(sa.select(c.person, c.identity))}


def _kept_apart(scope: Scope) -> set[frozenset[str]]:
    """Pairs of which the county said that they are two people, whatever their numbers."""
    c = schema.person_pairs.c
    query = sa.select(c.low, c.high).where(c.state == "distinct")
    return {frozenset((low, high)) for low, high in scope.r.connection.execute(query)}


def find_repeated_relief(scope: Scope) -> Iterator[Finding]:
    """One-time help that the same person got twice in one month, in two places or for the same event."""
    once = [
        form.key
        for form in scope.paid_forms
        if form.benefit is not None and form.benefit.cycle == "once" and form.subject != "none"
    ]  # what is paid for a thing (a grave moved) is no help to a person
    if not once:
        return
    query = (
        sa.select(
            _r.c.id.label("record"), _r.c.form, _r.c.owner, _r.c.kind, _r.c.record_date, _r.c.amount, _r.c.state,
            _r.c.person, _p.c.id_number, *people_columns(_p.c),
        )
        .join(_p, _p.c.id == _r.c.person)
        .where(
            _r.c.form.in_(once), _r.c.void == 0, begins(_r.c.record_date, scope.month), _p.c.id_number.is_not(None),
            *scope.of_numbers(_p.c.id_number),
        )
        .order_by(_r.c.form, _p.c.id_number, _r.c.record_date, _r.c.id)
    )  # fmt: skip
    counted = [row for row in scope.r.rows(query) if _counts(scope, row)]
    for (form, number), group in groupby(counted, key=lambda row: (row["form"], row["id_number"])):
        rows = list(group)
        if len(rows) < 2:
            continue
        places = {row["owner"] for row in rows}
        kinds = {row["kind"] for row in rows}
        if len(places) == 1 and len(kinds) == len(rows):
            continue
        where = "、".join(
            f"{scope.place(row['owner'])} {row['record_date']} {format_money_grouped(row['amount'] or 0)} 元"
            for row in rows
        )
        why = f"在 {len(places)} 个乡镇" if len(places) > 1 else "同一类困难"
        text = (
            f"{scope.who(rows[0])}{scope.month} {why}得到“{scope.title(form)}”{len(rows)} 次：{where}。"
            "核对是不是同一件事，重复的撤销，已发的追缴。"
        )
        yield Finding(
            "C04", f"{form}:{number}:{scope.month}", "error", text, form, tuple(row["record"] for row in rows),
            tuple(dict.fromkeys(row["person"] for row in rows)), rows[0]["owner"], scope.month,
            sum(row["amount"] or 0 for row in rows[1:]),
        )  # fmt: skip


def find_repeated_goods(scope: Scope) -> Iterator[Finding]:
    """The same thing given to the same person by two townships in campaigns of one kind in a year (domain §3.8 ⑥)."""
    form = scope.forms.get(GOODS)
    if form is None:
        return
    query = (
        sa.select(
            _r.c.id.label("record"), _r.c.owner, _r.c.record_date, _r.c.doc, _r.c.person, _p.c.id_number,
            *people_columns(_p.c),
        )
        .join(_p, _p.c.id == _r.c.person)
        .where(
            _r.c.form == GOODS, _r.c.void == 0, _r.c.kind == GIVEN,
            _r.c.state.in_(sorted(form.workflow.states_in("active"))),
            begins(_r.c.record_date, scope.month[:4]), _p.c.id_number.is_not(None),
            *scope.of_numbers(_p.c.id_number),
        )
        .order_by(_p.c.id_number, _r.c.record_date, _r.c.id)
    )  # fmt: skip
    given: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in scope.r.rows(query):
        key = (row["id_number"], str(row["doc"].get("campaign_kind")), str(row["doc"].get("item_name")))
        given.setdefault(key, []).append(row)
    for (number, kind, item), rows in given.items():
        if len({row["owner"] for row in rows}) < 2:
            continue
        where = "、".join(f"{scope.place(row['owner'])} {row['record_date']}" for row in rows)
        who = scope.who(rows[0])
        text = f"{who}{scope.month[:4]}年同类活动里领了{len(rows)}次“{item}”：{where}。核对是不是重复领取。"
        yield Finding(
            "C04", f"{GOODS}:{number}:{scope.month[:4]}:{kind}:{item}", "warning", text, GOODS,
            tuple(row["record"] for row in rows), tuple(dict.fromkeys(row["person"] for row in rows)),
            rows[0]["owner"], scope.month,
        )  # fmt: skip


def _counts(scope: Scope, row: dict[str, Any]) -> bool:
    """Drafts and refused applications are no help given; a paid and closed one is."""
    form = scope.forms[row["form"]]
    state = form.workflow.states.get(row["state"])
    if state is None or state.group == "draft":
        return False
    return state.group != "closed" or not row["state"].startswith(("denied", "withdrawn", "rejected"))
