"""C03, rule R17 (domain §7): nobody draws a benefit of his own while he serves a sentence or is in compulsory rehab.

Known from the households: a member who is not counted, or who left, for that reason.
Source: 民发〔2021〕43号 第二十四条.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import sqlalchemy as sa

from minzheng_desktop.benefits.overlaps import in_force
from minzheng_desktop.checks.finding import Finding, Scope, people_columns
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks

_r, _k, _p = schema.records, schema.record_people, schema.people
NOT_COUNTED = {"2": "服刑", "3": "强制隔离戒毒"}
"""Codes of not_counted_reason."""
LEFT = {"prison": "服刑或强制隔离戒毒"}
"""Codes of leave_reason."""


def find_detained(scope: Scope) -> Iterator[Finding]:
    """Benefits of a person's own that are in force though his household says that he is detained."""
    known = _detained(scope)
    forms = [form for form in scope.paid_forms if form.kind == "case" and form.subject == "person"]
    for people in chunks(sorted(known)):
        query = (
            sa.select(_r.c.id, _r.c.form, _r.c.owner, _k.c.person, *people_columns(_p.c))
            .join(_k, _k.c.record == _r.c.id)
            .join(_p, _p.c.id == _k.c.person)
            .where(
                _k.c.person.in_(people),
                _r.c.void == 0,
                scope.counted(_r, _k, forms),
                *scope.touching(_r.c.id),
            )
            .order_by(_r.c.id)
        )
        for row in scope.r.connection.execute(query).mappings():
            why, household = known[row["person"]]
            text = (
                f"{scope.who(row)}在家庭成员里登记为{why}，“{scope.title(row['form'])}”还在享。"
                "核对是否仍在服刑或戒毒；是的办暂停或停发，已经释放的改家庭成员。"
            )
            yield Finding(
                "C03", f"R17:{row['id']}", "warning", text, row["form"], (row["id"], household), (row["person"],),
                row["owner"], scope.month,
            )  # fmt: skip


def _detained(scope: Scope) -> dict[str, tuple[str, str]]:
    """Person → (why, the household's record), from the member tables of households in force in the month."""
    found: dict[str, tuple[str, str]] = {}
    for form in scope.forms.values():
        tables = [table.key for table in form.tables.values() if table.from_household]
        if form.kind != "case" or not tables:
            continue
        doc = sa.cast(_r.c.doc, sa.Text)
        told = [f'"not_counted_reason":"{code}"' for code in NOT_COUNTED]
        told += [f'"leave_reason":"{code}"' for code in LEFT]
        query = sa.select(_r.c.id, doc).where(
            _r.c.form == form.key, _r.c.void == 0, in_force(_r, form, scope.month),
            sa.or_(*(doc.contains(words, autoescape=True) for words in told)),
        )  # fmt: skip
        for record, text in scope.r.connection.execute(query):
            body = text if isinstance(text, dict) else json.loads(text)
            for row in (row for key in tables for row in body.get(key) or ()):
                why = NOT_COUNTED.get(row.get("not_counted_reason") or "") or LEFT.get(
                    row.get("leave_reason") or ""
                )
                began = (row.get("leave_date") or "")[:7]
                if why and began <= scope.month:
                    found[str(row.get("person") or row.get("key"))] = (why, record)
    return found
