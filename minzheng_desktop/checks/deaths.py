"""C02: money for months that began after a death, and benefits still in force for the dead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from minzheng_desktop.benefits.deaths import DEAD
from minzheng_desktop.checks.finding import Finding, Scope, people_columns
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form

_r, _k, _p, _i = schema.records, schema.record_people, schema.people, schema.payment_items


def find_dead(scope: Scope) -> Iterator[Finding]:
    """Payments of the month whose period began after the death, and records in force for somebody dead by then.

    A death counts wherever it is known: another township's funeral record speaks for the same number here.
    """
    died = _deaths(scope)
    for people in chunks(sorted(died)):
        yield from _paid(scope, people, died)
        yield from _in_force(scope, people, died)


def _follows_death(form: Form) -> bool:
    """惠民殡葬 and whatever else is paid because somebody died."""
    return form.benefit is not None and form.benefit.after_death


def _deaths(scope: Scope) -> dict[str, str]:
    """Death date by person id, of everybody whom any office knows to be dead; '' where the date is unknown."""
    query = sa.select(_p.c.id, _p.c.id_number, _p.c.death_date).where(
        _p.c.void == 0, sa.or_(_p.c.death_date.is_not(None), _p.c.alive_status.in_(DEAD)),
        *scope.of_numbers(_p.c.id_number),
    )  # fmt: skip
    died: dict[str, str] = {}
    by_number: dict[str, str] = {}
    for person, number, day in scope.r.connection.execute(query):
        died[person] = day or ""
        if number and (day or number not in by_number):
            known = by_number.get(number)
            by_number[number] = min(known, day) if known and day else day or ""
    for numbers in chunks(sorted(by_number)):
        same = sa.select(_p.c.id, _p.c.id_number).where(_p.c.id_number.in_(numbers), _p.c.void == 0)
        died |= {person: by_number[number] for person, number in scope.r.connection.execute(same)}
    return died


def _paid(scope: Scope, people: Sequence[str], died: dict[str, str]) -> Iterator[Finding]:
    query = (
        sa.select(
            _i.c.id, _i.c.record, _i.c.person, _i.c.owner, _i.c.total, _i.c.period_from, _r.c.form,
            *people_columns(_p.c),
        )
        .join(_p, _p.c.id == _i.c.person)
        .join(_r, _r.c.id == _i.c.record)
        .where(
            _i.c.person.in_(people), _i.c.month == scope.month, _i.c.void == 0, _i.c.total > 0,
            *scope.touching(_i.c.record),
        )
        .order_by(_i.c.id)
    )  # fmt: skip
    for row in scope.r.rows(query):
        form, day = scope.forms.get(row["form"]), died[row["person"]]
        if form is None or form.subject == "household" or form.kind == "event" or _follows_death(form):
            continue
        if not day or day >= f"{row['period_from']}-01":
            continue
        text = (
            f"{scope.who(row)} {day} 死亡，{row['period_from']} 起的“{form.title}”还发了 "
            f"{format_money_grouped(row['total'])} 元。办停发，多发的追缴。"
        )
        yield Finding(
            "C02", f"paid:{row['id']}", "error", text, row["form"], (row["record"],), (row["person"],), row["owner"],
            scope.month, row["total"],
        )  # fmt: skip


def _in_force(scope: Scope, people: Sequence[str], died: dict[str, str]) -> Iterator[Finding]:
    query = (
        sa.select(_r.c.id, _r.c.owner, _r.c.form, _k.c.person, *people_columns(_p.c))
        .join(_k, _k.c.record == _r.c.id)
        .join(_p, _p.c.id == _k.c.person)
        .where(
            _k.c.person.in_(people), _r.c.void == 0,
            scope.counted(_r, _k, [f for f in scope.standing_forms if f.kind == "case" and not _follows_death(f)]),
            *scope.touching(_r.c.id),
        )
        .order_by(_r.c.id)
    )  # fmt: skip
    for row in scope.r.rows(query):
        day = died[row["person"]]
        if day >= f"{scope.month}-01":
            continue
        when = f" {day} 死亡" if day else "已标死亡，没有死亡日期"
        todo = "重新核定这一户" if scope.forms[row["form"]].subject == "household" else "办停发"
        text = f"{scope.who(row)}{when}，“{scope.title(row['form'])}”还在享。{todo}，算清多发的。"
        yield Finding(
            "C02", f"force:{row['id']}:{row['person']}", "error", text, row["form"], (row["id"],),
            (row["person"],), row["owner"], scope.month,
        )  # fmt: skip
