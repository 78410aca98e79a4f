"""Rules of the forms that name a check (``check = "C10"``): judged again over every record, as of the month's end.

A rule is the form's own condition; here it is asked of records that nobody has opened for months, whose subjects
have grown older meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.benefits.overlaps import in_force
from minzheng_desktop.checks.finding import Finding, Scope, Severity
from minzheng_desktop.store import lookups, records, schema
from minzheng_desktop.store.people import attributes
from minzheng_desktop.values.dates import last_day

if TYPE_CHECKING:
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
    from minzheng_desktop.catalog.engine import Env

    evaluator = scope.r.store.evaluator(form.key)
    on = min(last_day(scope.month), scope.today) if scope.whole else scope.today
    with_lookups = any(evaluator.looks_up(f"rule.{rule.key}", "assert") for rule in rules)
    for row, person in _rows(scope, form):
        subject = records.Subject(row["person"], row["household"], row["facility"])
        env = Env(
            today=on, state=row["state"], person=person, area=row["owner"],
            household=_household(scope, form, subject), facility=_facility(scope, form, subject),
            lookups=_lookups(scope, form, row, subject, on) if with_lookups else {},
        )  # fmt: skip
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
        query = query.where(sa.func.substr(_r.c.record_date, 1, 7) == scope.month)
    for row in scope.r.connection.execute(query).mappings():
        person = None
        if row["p_id"]:
            person = attributes({c.name: row[f"p_{c.name}"] for c in _p.c})
        yield {c.name: row[c.name] for c in _r.c}, person


def _household(scope: Scope, form: Form, subject: records.Subject) -> Any:
    return records.household_attributes(scope.r, subject.household) if form.subject == "household" else None


def _facility(scope: Scope, form: Form, subject: records.Subject) -> Any:
    return records.facility_attributes(scope.r, subject.facility) if form.subject == "facility" else None


def _lookups(scope: Scope, form: Form, row: Any, subject: records.Subject, on: date) -> dict[str, Any]:
    return lookups.look_up(
        scope.r, form, record_id=row["id"], subject=subject.ids(), doc=row["doc"], today=on.isoformat()
    )
