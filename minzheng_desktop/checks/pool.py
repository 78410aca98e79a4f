"""C13: heads counted in the benefits against heads counted in the register of low-income people."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from minzheng_desktop.benefits.overlaps import counted_role, in_force
from minzheng_desktop.checks.finding import Finding, Scope
from minzheng_desktop.store import schema

_r, _k, _p = schema.records, schema.record_people, schema.people
POOL = "low_income_pool"
BASE = ("dibao", "tekun", "dibian")
"""Whose people the register must hold (domain §3.3)."""


def find_missing_in_pool(scope: Scope) -> Iterator[Finding]:
    """By township: people of 低保, 特困 and 低保边缘 who are not in the register of low-income people."""
    pool = scope.forms.get(POOL)
    if pool is None or not scope.whole:
        return
    query = (
        sa.select(_r.c.owner, sa.func.coalesce(_p.c.id_number, _p.c.id), _p.c.name)
        .join(_k, _k.c.record == _r.c.id)
        .join(_p, _p.c.id == _k.c.person)
        .where(
            _r.c.void == 0,
            scope.counted(_r, _k, [scope.forms[key] for key in BASE if key in scope.forms]),
        )
        .distinct()
    )  # fmt: skip
    known = set(
        scope.r.connection.execute(
            sa.select(sa.func.coalesce(_p.c.id_number, _p.c.id))
            .join(_r, _r.c.person == _p.c.id)
            .where(_r.c.form == POOL, _r.c.void == 0, in_force(_r, pool, scope.month))
        ).scalars()
    )
    missing: dict[str, list[str]] = {}
    for owner, number, name in scope.r.connection.execute(query):
        if number not in known:
            missing.setdefault(owner, []).append(name)
    for owner, names in sorted(missing.items()):
        shown = "、".join(sorted(names)[:5])
        text = (
            f"{scope.place(owner)}低保、特困、低保边缘里有 {len(names)} 人不在低收入人口数据库：{shown}"
            f"{'等' if len(names) > 5 else ''}。在低收入人口库里“按救助台账补齐”。"
        )
        yield Finding("C13", f"pool:{owner}", "error", text, POOL, (), (), owner, scope.month)


def find_empty_households(scope: Scope) -> Iterator[Finding]:
    """Household benefits in force that cover nobody, or more people than are in their table."""
    for form in scope.forms.values():
        if form.subject != "household" or form.kind != "case" or "quantity" not in form.record:
            continue
        covered = sa.func.count(sa.distinct(_k.c.person))
        query = (
            sa.select(_r.c.id, _r.c.owner, _r.c.person, _r.c.number, _r.c.quantity, covered.label("n"))
            .outerjoin(_k, sa.and_(_k.c.record == _r.c.id, _k.c.role == counted_role(form)))
            .where(
                _r.c.form == form.key, _r.c.void == 0, in_force(_r, form, scope.month),
                _r.c.import_id.is_(None), *scope.touching(_r.c.id),
            )
            .group_by(_r.c.id, _r.c.owner, _r.c.person, _r.c.number, _r.c.quantity)
            .having(sa.or_(_r.c.quantity < 1, _r.c.quantity != covered))
            .order_by(_r.c.id)
        )  # fmt: skip
        for row in scope.r.rows(query):
            text = (
                f"“{form.title}”{row['number'] or ''} 写着保障 {row['quantity'] or 0} 人，成员表里计入 {row['n']} 人。"
                "核对成员表，改对以后重新核定。"
            )
            yield Finding(
                "C13", f"size:{row['id']}", "error", text, form.key, (row["id"],),
                (row["person"],) if row["person"] else (), row["owner"], scope.month,
            )  # fmt: skip
