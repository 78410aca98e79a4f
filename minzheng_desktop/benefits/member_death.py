"""A household's benefit reckoned without members who died: the decisions to propose, and who is head next.

Source: domain §8.4 (家庭收入随之变化，需重新核算，不是简单减一份), §3.1③ (成员增减、户主变更).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits.preview import preview_amount
from minzheng_desktop.benefits.rules import RULES
from minzheng_desktop.store import households, records
from minzheng_desktop.store.agreed_members import SPOUSES, plan_members
from minzheng_desktop.values.dates import age_on

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.unit import Reading

ADULT = 18
_HEADS = {"size": False, "covered": True}
"""Inputs of money rules that count heads, and whether only the covered ones."""


class Reckoning(msgspec.Struct, frozen=True):
    """One decision to propose: from which month, the money rule's inputs, the cents of a month by them (None where
    they cannot be reckoned), and what the record says of its members from then on."""

    from_month: str
    inputs: dict[str, Any]
    amount: int | None
    proposed: dict[str, Any]
    died: tuple[str, ...]


class Without(msgspec.Struct, frozen=True):
    """The decisions, one for each month in which somebody ceased to count, and the next head where the head died."""

    decisions: tuple[Reckoning, ...]
    heir: str | None
    heir_name: str
    notes: tuple[str, ...]


def reckon_without(
    r: Reading, form: Form, record: dict[str, Any], gone: Sequence[tuple[str, str]], *, today: date
) -> Without:
    """Reckon a household record without people, each from a month on ((person id, 'YYYY-MM')).

    The form's own calculations give sizes and incomes of those who remain; totals that a roster stated without
    details are lowered by the heads alone, their income is kept, and a note says so.
    """
    home = households.load_household(r, record["household"])
    left = {person for person, _ in gone}
    heir = _heir(form, record, home, left, today) if home.household["head"] in left else None
    subject = records.subject_of(record)
    if heir:
        subject = msgspec.structs.replace(subject, person=heir["person"])
    decisions = []
    for month in sorted({month for _, month in gone}):
        out = tuple(person for person, since in gone if since <= month)
        decisions.append(_decide(r, form, record, out, month, subject, heir, today))
    notes = ["余下的人收入重新核实后再报批" if not _stated_income(form, record) else _STATED]
    if heir:
        notes.insert(0, f"户主改为{heir['name']}，领款账户、与户主关系一并核对")
    return Without(
        tuple(decisions), heir["person"] if heir else None, heir["name"] if heir else "", tuple(notes)
    )


_STATED = "收入只有总数、没有分人明细，按原总数算出；重新核实余下的人的收入后再报批"


def _decide(
    r: Reading, form: Form, record: dict[str, Any], out: Sequence[str], month: str, subject: records.Subject,
    heir: Mapping[str, Any] | None, today: date,
) -> Reckoning:  # fmt: skip
    table = next(t for t in form.tables.values() if t.from_household)
    rows = [row for row in record["doc"].get(table.key) or () if not row.get("leave_date")]
    ids = [str(row.get("person") or row.get("key")) for row in rows]
    known = r.get_many("people", ids)
    listed = [
        {"name": known[p]["name"], "id_number": known[p]["id_number"]}
        for p in ids
        if p not in out and p in known
    ]
    head = (
        heir["person"] if heir and not set(out).isdisjoint({record["person"], _head_of(r, record)}) else None
    )
    change = plan_members(r, form, record, listed, day=today, head=head)
    doc = dict(record["doc"])
    if change is not None:
        doc[table.key] = change.rows
    proposed: dict[str, Any] = {"members": listed}
    if head:
        proposed["head"] = head
    lowered = _lowered(form, record, [row for row, p in zip(rows, ids, strict=True) if p in out])
    if lowered:
        proposed |= lowered
        doc |= {**lowered, "stated": {**(doc.get("stated") or {}), **lowered}}
    evaluation = records.judge(
        r, form, doc, subject=subject, state=record["state"], today=today, record_id=record["id"],
        historic=bool(record["paid_through"]),
    )  # fmt: skip
    inputs = r.store.evaluator(form.key).inputs(evaluation)
    return Reckoning(month, inputs, _amount(r, form, inputs, month), proposed, tuple(out))


def _amount(r: Reading, form: Form, inputs: Mapping[str, Any], month: str) -> int | None:
    if form.benefit is None or form.benefit.rule not in RULES:
        return None
    found = preview_amount(
        r.store.catalog, form=form.key, inputs=inputs, month=month, area=r.store.site.division
    )
    return None if found.amount is None else found.amount.total


def _lowered(form: Form, record: Mapping[str, Any], out: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Head counts that a roster stated, less those who are out."""
    stated = record["doc"].get("stated") or {}
    inputs = form.benefit.inputs if form.benefit else {}
    paths = {inputs[name]: covered for name, covered in _HEADS.items() if name in inputs}
    if "quantity" in form.record:
        paths.setdefault(form.record["quantity"], True)
    counted = sum(1 for row in out if row.get("in_covered", True))
    return {
        path: max(0, int(stated[path]) - (counted if covered else len(out)))
        for path, covered in paths.items()
        if stated.get(path) is not None
    }


def _stated_income(form: Form, record: Mapping[str, Any]) -> bool:
    path = form.benefit.inputs.get("income_year", "") if form.benefit else ""
    return (record["doc"].get("stated") or {}).get(path) is not None


def _head_of(r: Reading, record: Mapping[str, Any]) -> str:
    home = r.get("households", record["household"]) or {}
    return str(home.get("head") or "")


def _heir(
    form: Form, record: Mapping[str, Any], home: households.Household, gone: set[str], today: date
) -> dict[str, Any] | None:
    """The next head: the spouse of the last, else the eldest adult of the household, else the eldest."""
    table = next(t for t in form.tables.values() if t.from_household)
    listed = {
        str(row.get("person") or row.get("key"))
        for row in record["doc"].get(table.key) or ()
        if not row.get("leave_date")
    }
    left = [
        m
        for m in home.members
        if m["person"] not in gone and m["person"] in listed and not m.get("death_date")
    ]
    left.sort(
        key=lambda m: (m["relation"] not in SPOUSES, not _is_adult(m, today), m.get("birth_date") or "9999")
    )
    return left[0] if left else None


def _is_adult(member: Mapping[str, Any], today: date) -> bool:
    born = str(member.get("birth_date") or "")
    return len(born) == len("2000-01-01") and age_on(date.fromisoformat(born), today) >= ADULT
