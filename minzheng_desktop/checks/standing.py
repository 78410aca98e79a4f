"""Rules of the forms that name a check (``check = "C10"``): judged again over every record, as of the month's end.

A rule is the form's own condition; here it is asked of records that nobody has opened for months, whose subjects
have grown older meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.benefits.overlaps import in_force
from minzheng_desktop.checks.finding import Finding, Scope, Severity
from minzheng_desktop.store import households, lookups, records, schema
from minzheng_desktop.store.people import attributes
from minzheng_desktop.store.periods import begins
from minzheng_desktop.values.dates import last_day

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Env
    from minzheng_desktop.catalog.form import Form, Rule

_r, _p = schema.records, schema.people


def find_broken_rules(scope: Scope, check: str) -> Iterator[Finding]:
    """Records in force for which a rule that names the check is known not to hold."""
    for form in scope.forms.values():
        rules = [rule for rule in form.rules.values() if rule.check == check]
        if rules:
            yield from _of_form(scope, check, form, rules)


def of_forms(check: str) -> partial[Iterator[Finding]]:
    """The part of a check that the forms themselves state."""
    return partial(find_broken_rules, check=check)


def _of_form(scope: Scope, check: str, form: Form, rules: list[Rule]) -> Iterator[Finding]:
    evaluator = scope.r.store.evaluator(form.key)
    on = min(last_day(scope.month), scope.today) if scope.whole else scope.today
    with_lookups = any(evaluator.looks_up(f"rule.{rule.key}", "assert") for rule in rules)
    for row, person, env in _with_surroundings(scope, form, on, with_lookups=with_lookups):
        evaluation = evaluator.reread(row["doc"], env)
        for rule in rules:
            if (
                row["state"] not in rule.states
                or evaluator.verdict(evaluation, f"rule.{rule.key}") is not False
            ):
                continue
            said = evaluator.message(evaluation, rule.message)
            name = scope.who(person) if person else (row["doc"].get("name") or row["number"] or "")
            severity: Severity = "error" if rule.severity == "error" else "warning"
            yield Finding(
                check, f"{form.key}.{rule.key}:{row['id']}", severity, f"{name}“{form.title}”：{said}。", form.key,
                (row["id"],), (row["person"],) if row["person"] else (), row["owner"], scope.month,
            )  # fmt: skip


def _with_surroundings(
    scope: Scope, form: Form, on: date, *, with_lookups: bool
) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None, Env]]:
    """Records with what their rules see of household, facility and other records, read for many at once."""
    from minzheng_desktop.catalog.engine import Env

    for some in _parts(_rows(scope, form), lookups.AT_ONCE):
        records_, people = [row for row, _ in some], [person for _, person in some]
        homes = _homes(scope, form, records_)
        places = _places(scope, form, records_)
        others = _lookups(scope, form, records_, on) if with_lookups else [{} for _ in some]
        for row, person, seen in zip(records_, people, others, strict=True):
            yield (
                row,
                person,
                Env(
                    today=on, state=row["state"], person=person, area=row["owner"],
                    household=homes.get(row["household"] or ""), facility=places.get(row["facility"] or ""),
                    lookups=seen,
                ),
            )  # fmt: skip


def _parts(
    rows: Iterator[tuple[dict[str, Any], dict[str, Any] | None]], size: int
) -> Iterator[list[tuple[dict[str, Any], dict[str, Any] | None]]]:
    while some := list(islice(rows, size)):
        yield some


def _rows(scope: Scope, form: Form) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Records with their person's attributes, in one query."""
    standing = form.kind in ("case", "register") and form.benefit is not None
    query = (
        sa.select(_r, *(_p.c[c.name].label(f"p_{c.name}") for c in _p.c))
        .outerjoin(_p, _p.c.id == _r.c.person)
        .where(_r.c.form == form.key, _r.c.void == 0, *scope.touching(_r.c.id))
        .order_by(_r.c.id)
    )
    if standing and scope.whole:
        query = query.where(in_force(_r, form, scope.month))
    elif form.kind == "event" and scope.whole:
        query = query.where(begins(_r.c.record_date, scope.month))
    for row in scope.r.connection.execute(query).mappings():
        person = None
        if row["p_id"]:
            person = attributes({c.name: row[f"p_{c.name}"] for c in _p.c})
        yield {c.name: row[c.name] for c in _r.c}, person


def _homes(scope: Scope, form: Form, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What conditions see of the households of these records, by id."""
    if form.subject != "household":
        return {}
    found = households.load_households(scope.r, {row["household"] for row in rows if row["household"]})
    return {key: records.attributes_of_household(one) for key, one in found.items()}


def _places(scope: Scope, form: Form, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What conditions see of the facilities of these records, by id."""
    if form.subject != "facility":
        return {}
    found = scope.r.get_many("records", {row["facility"] for row in rows if row["facility"]})
    return {key: records.attributes_of_facility(row) for key, row in found.items()}


def _lookups(scope: Scope, form: Form, rows: list[dict[str, Any]], on: date) -> list[dict[str, Any]]:
    asked = [
        lookups.Asked(
            row["id"],
            records.Subject(row["person"], row["household"], row["facility"]).ids(),
            row["doc"],
        )
        for row in rows
    ]
    return lookups.look_up_many(scope.r, form, asked, today=on.isoformat())
