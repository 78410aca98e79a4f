"""C17: a zero, or a hundred per cent, that no register stands behind (domain §6.3⑦, §10.2).

Nought petitions must come from a month that was reported as zero, a rate of civil funerals from funerals that were
registered. An office that never kept the register is not asked: it has nothing to report yet.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from minzheng_desktop.checks.finding import Finding, Scope
from minzheng_desktop.store import schema
from minzheng_desktop.store.periods import begins
from minzheng_desktop.values.dates import format_month_cn, month_of

PETITIONS = "funeral_petition"
FUNERALS = "civil_funeral"
"""The forms whose months have to be covered, where the catalogue has them."""
_r, _p = schema.records, schema.people


def find_unproven_zeros(scope: Scope) -> Iterator[Finding]:
    """Offices that keep these registers and have nothing in them for a month that is over."""
    if not scope.whole or scope.month >= month_of(scope.today):
        return
    for owner in _silent(scope, PETITIONS):
        text = (
            f"{scope.place(owner)}{format_month_cn(scope.month)}没有登记殡葬上访、舆情，也没有零报告。"
            "有的补登记，没有的登记零报告。"
        )
        yield _finding(scope, PETITIONS, owner, text)
    silent = set(_silent(scope, FUNERALS))
    for owner, dead in sorted(_deaths(scope).items()):
        if owner in silent:
            text = (
                f"{scope.place(owner)}{format_month_cn(scope.month)}登记死亡 {dead} 人，没有一件丧事报备。"
                "补登记，否则文明治丧率没有底数。"
            )
            yield _finding(scope, FUNERALS, owner, text)


def _finding(scope: Scope, form: str, owner: str, text: str) -> Finding:
    key = f"{form}:{owner}:{scope.month}"
    return Finding("C17", key, "warning", text, form, division=owner, month=scope.month)


def _silent(scope: Scope, form_key: str) -> list[str]:
    """Offices that began a register before the end of the month and have nothing in it for the month."""
    form = scope.forms.get(form_key)
    if form is None:
        return []
    month = sa.func.substr(_r.c.record_date, 1, 7)
    kept = sorted(k for k, state in form.workflow.states.items() if state.group != "draft" and k != "void")
    query = (
        sa.select(_r.c.owner)
        .where(_r.c.form == form_key, _r.c.void == 0, _r.c.state.in_(kept), month <= scope.month)
        .group_by(_r.c.owner)
        .having(sa.func.max(month) < scope.month)
        .order_by(_r.c.owner)
    )
    return list(scope.r.connection.execute(query).scalars())


def _deaths(scope: Scope) -> dict[str, int]:
    """People known to have died in the month, by the office whose they are."""
    query = (
        sa.select(_p.c.owner, sa.func.count())
        .where(_p.c.void == 0, begins(_p.c.death_date, scope.month))
        .group_by(_p.c.owner)
    )
    return {row.owner: row[1] for row in scope.r.connection.execute(query)}
