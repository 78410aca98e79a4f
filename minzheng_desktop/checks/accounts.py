"""C12: one bank account for several people who do not belong together, and names that differ from the payee's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.checks.finding import Finding, Scope, people_columns
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.accounts import account_tail
from minzheng_desktop.values.names import account_name_problem

_i, _p, _a, _m, _r = (
    schema.payment_items, schema.people, schema.bank_accounts, schema.household_members, schema.records,
)  # fmt: skip


def find_shared_accounts(scope: Scope) -> Iterator[Finding]:
    """An account that received money of two people in the month without a payee relation or a common household."""
    shared = (
        sa.select(_i.c.account_number)
        .where(
            _i.c.month == scope.month, _i.c.void == 0, _i.c.total > 0, _i.c.account_number.is_not(None),
            _i.c.person.is_not(None),
        )
        .group_by(_i.c.account_number)
        .having(sa.func.count(sa.distinct(_i.c.person)) > 1)
    )  # fmt: skip
    query = (
        sa.select(
            _i.c.account_number, _i.c.record, _i.c.person, _i.c.owner, _i.c.household, _i.c.total, _r.c.form,
            _p.c.id_number, *people_columns(_p.c),
        )
        .join(_p, _p.c.id == _i.c.person)
        .join(_r, _r.c.id == _i.c.record)
        .where(_i.c.month == scope.month, _i.c.void == 0, _i.c.total > 0, _i.c.account_number.in_(shared))
        .order_by(_i.c.account_number, _i.c.id)
    )  # fmt: skip
    rows = [row for row in scope.r.rows(query) if not _to_a_facility(scope, row["form"])]
    allowed = _with_relation(scope, {row["account_number"] for row in rows})
    homes = _households(scope, {row["person"] for row in rows})
    for number, group in groupby(rows, key=lambda row: row["account_number"]):
        found = list(group)
        if scope.records is not None and not {row["record"] for row in found} & set(scope.records):
            continue
        people = {row["id_number"] or row["person"]: row for row in found}
        if len(people) < 2 or number in allowed or _one_home(people.values(), homes):
            continue
        names = "、".join(scope.who(row) for row in list(people.values())[:4])
        text = (
            f"账户尾号 {account_tail(number)} 在 {scope.month} 收了 {len(people)} 个人的钱：{names}。"
            "他们不同户，也没有登记领款关系。核对账户，确是代领的补登关系和协议。"
        )
        yield Finding(
            "C12", f"shared:{account_tail(number)}:{min(people)}", "warning", text, found[0]["form"],
            tuple(dict.fromkeys(row["record"] for row in found)),
            tuple(dict.fromkeys(row["person"] for row in found)), found[0]["owner"], scope.month,
            sum(row["total"] for row in found),
        )  # fmt: skip


def find_other_names(scope: Scope) -> Iterator[Finding]:
    """Accounts of people whose holder's name is not theirs, without a payee relation."""
    paid = sa.select(_i.c.person).where(
        _i.c.month == scope.month, _i.c.void == 0, *scope.touching(_i.c.record)
    )
    query = (
        sa.select(_a.c.id, _a.c.name.label("holder"), _a.c.owner, _a.c.person, *people_columns(_p.c))
        .join(_p, _p.c.id == _a.c.person)
        .where(
            _a.c.void == 0, _a.c.state == "active", _a.c.valid_to.is_(None), _a.c.name != _p.c.name,
            sa.func.coalesce(_a.c.payee_relation, "") == "", _a.c.person.in_(paid),
        )
        .order_by(_a.c.id)
    )  # fmt: skip
    for row in scope.r.rows(query):
        wrong = account_name_problem(row["holder"], row["name"])
        if wrong is None:
            continue
        text = f"{scope.who(row)}：{wrong.message}。银行可能退票，核对后改户名或登记领款关系。"
        yield Finding(
            "C12", f"name:{row['id']}", "warning", text, "", (), (row["person"],), row["owner"], scope.month
        )


def _to_a_facility(scope: Scope, form: str) -> bool:
    """Money that goes to a provider's account is many people's by design."""
    found = scope.forms.get(form)
    return found is None or (found.benefit is not None and found.benefit.unit == "record")


def _with_relation(scope: Scope, numbers: set[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(sorted(numbers)):
        query = sa.select(_a.c.number).where(
            _a.c.number.in_(some), _a.c.void == 0,
            sa.or_(_a.c.payee_relation != "", _a.c.facility.is_not(None), _a.c.type == "4"),
        )  # fmt: skip
        found |= set(scope.r.connection.execute(query).scalars())
    return found


def _households(scope: Scope, people: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for some in chunks(sorted(people)):
        query = sa.select(_m.c.person, _m.c.household).where(
            _m.c.person.in_(some), _m.c.void == 0, _m.c.leave_date.is_(None)
        )
        for person, household in scope.r.connection.execute(query):
            found.setdefault(person, set()).add(household)
    return found


def _one_home(rows: Any, homes: Mapping[str, set[str]]) -> bool:
    shared: set[str] | None = None
    for row in rows:
        own = homes.get(row["person"], set()) | ({row["household"]} if row["household"] else set())
        shared = own if shared is None else shared & own
    return bool(shared)
