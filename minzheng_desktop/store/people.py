"""People: finding, saving, and one person's whole file (一人一档)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema, search
from minzheng_desktop.store.unit import Reading, Writing
from minzheng_desktop.values.errors import Problem, UserError
from minzheng_desktop.values.id_number import check_id_number, convert_15
from minzheng_desktop.values.names import check_name, clean_name

ID_CARD = "01"
IN_MORE = frozenset(
    {
        *(
            "education",
            "marital_status",
            "health_status",
            "serious_illness",
            "labor_ability",
            "selfcare_level",
        ),
        *("disability_cert_no", "disability_type", "disability_level", "disability_cert_expire"),
        *("elder_ability_level", "employment_status", "hukou_type", "hukou_addr", "reside_addr"),
        *("phone_owner", "id_source", "id_check_override", "remark"),
    }
)
"""Attributes that stand in ``more``; everything else is a column."""

_people = schema.people


class PersonHit(msgspec.Struct, frozen=True):
    """One line of a list of people: 姓名 性别 出生年 村 always stand together."""

    id: str
    name: str
    sex: str
    birth_date: str | None
    village: str | None
    id_number: str | None
    alive_status: str
    forms: tuple[str, ...] = ()
    """Forms of the person's records in force."""


class PersonFile(msgspec.Struct, frozen=True):
    """一人一档: the person, households, accounts, records with role and steps, payments, and what the bank sent back of
    them (rows of `bank_returns`), all in time order."""

    person: dict[str, Any]
    households: list[dict[str, Any]]
    accounts: list[dict[str, Any]]
    records: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    returns: list[dict[str, Any]] = []

    def returns_of(self, item: str) -> list[dict[str, Any]]:
        """The returns of one payment, the first one first."""
        return [row for row in self.returns if row["item"] == item]


def attributes(person: Mapping[str, Any]) -> dict[str, Any]:
    """A person's register attributes as conditions and documents see them: columns and ``more`` in one."""
    flat = {**person.get("more", {}), **{k: v for k, v in person.items() if k != "more"}}
    flat["village"] = person.get("reside_village") or person.get("hukou_village")
    return flat


def check_person(body: Mapping[str, Any], *, today: date) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """A person's body cleaned, with sex and birth date filled from the id number, and what is wrong with it.

    Source: GB 11643 for the id number; a missing number needs a reason (domain rule: never a placeholder).
    """
    clean = dict(body)
    clean["name"] = clean_name(str(body.get("name") or ""))
    problems = list(check_name(clean["name"]))
    more = dict(body.get("more") or {})
    if clean.get("id_number"):
        if clean.get("id_type", ID_CARD) == ID_CARD:
            found = check_id_number(clean["id_number"], today=today)
            clean["id_number"] = found.number
            override = bool(more.get("id_check_override"))
            problems += [p for p in found.problems if not (override and p.code == "id.check")]
            if not any(p.level == "error" for p in found.problems) or override:
                if found.birth_date is not None:
                    clean["birth_date"] = found.birth_date.isoformat()
                if found.sex:
                    clean["sex"] = found.sex
        clean["id_missing_reason"] = None
    elif not clean.get("id_missing_reason"):
        problems.append(
            Problem(
                path="id_number",
                message="没有身份证号时要选原因（新生儿、没有户口、身份不明、错号重号、外籍、其他）。",
                code="id_missing",
            )
        )
    if more:
        clean["more"] = more
    return clean, tuple(problems)


def save_person(w: Writing, body: Mapping[str, Any], *, today: date, expected: str | None = None) -> str:
    """Write a person and return the id. Raises UserError ``person_wrong`` with the fields at fault, or
    ``person_exists`` when another living row of this office has the same number."""
    clean, problems = check_person(body, today=today)
    errors = tuple(p for p in problems if p.level == "error")
    if errors:
        raise UserError("person_wrong", f"{errors[0].message}。没有保存，改好后再存。", errors)
    if not clean.get("id_number") and not clean.get("temp_number"):
        prefix, last = last_temporary(w, clean["owner"], year=today.year)
        clean["temp_number"] = f"{prefix}{last + 1:04d}"
    return w.put("people", clean, expected=expected)


def find_people(r: Reading, text: str, *, limit: int | None = 50) -> list[PersonHit]:
    """Living rows by name (with or without ·), pinyin initials, first or last digits of id number or phone."""
    found = search.find(r.connection, text, limit=limit)
    if not found:
        return []
    rows: list[dict[str, Any]] = []
    for i in range(0, len(found), 500):
        rows += r.rows(
            sa.select(_people).where(_people.c.search_row.in_(found[i : i + 500]), _people.c.void == 0)
        )
    forms = _forms_in_force(r, [row["id"] for row in rows])
    hits = [hit(row, forms.get(row["id"], ())) for row in rows]
    return sorted(hits, key=lambda h: (len(h.name), h.name, h.birth_date or ""))


def by_id_number(r: Reading, number: str) -> dict[str, Any] | None:
    """The living person with this id number in this database (in a county: the earliest row)."""
    return r.one(
        sa.select(_people)
        .where(_people.c.id_number == number, _people.c.void == 0)
        .order_by(_people.c.id)
        .limit(1)
    )


def by_any_number(r: Reading, number: str) -> dict[str, Any] | None:
    """The living person with this id number, in its 15 or 18 digits, or temporary number."""
    clean = number.strip().upper()
    found = by_id_number(r, clean)
    if found is None and len(clean) == 15:
        found = by_id_number(r, convert_15(clean))
    return found or r.one(
        sa.select(_people)
        .where(_people.c.temp_number == clean, _people.c.void == 0)
        .order_by(_people.c.id)
        .limit(1)
    )


def person_file(r: Reading, person_id: str) -> PersonFile:
    """Everything about one person. Raises UserError ``no_such_person``."""
    person = r.get("people", person_id)
    if person is None:
        raise UserError("no_such_person", "没有这个人。请重新查找。")
    members, households, records = schema.household_members, schema.households, schema.records
    link, steps, items, batches = (
        schema.record_people,
        schema.steps,
        schema.payment_items,
        schema.payment_batches,
    )
    their_records = r.rows(
        sa.select(records, link.c.role)
        .join(link, link.c.record == records.c.id)
        .where(link.c.person == person_id, records.c.void == 0)
        .order_by(records.c.record_date, records.c.id)
    )
    ids = list({row["id"] for row in their_records})
    return PersonFile(
        person=attributes(person),
        households=r.rows(
            sa.select(households, members.c.relation, members.c.join_date, members.c.leave_date)
            .join(members, members.c.household == households.c.id)
            .where(members.c.person == person_id, members.c.void == 0, households.c.void == 0)
        ),
        accounts=r.rows(
            sa.select(schema.bank_accounts)
            .where(schema.bank_accounts.c.person == person_id, schema.bank_accounts.c.void == 0)
            .order_by(schema.bank_accounts.c.valid_from, schema.bank_accounts.c.id)
        ),
        records=their_records,
        steps=r.rows(
            sa.select(steps)
            .where(steps.c.record.in_(ids), steps.c.void == 0)
            .order_by(steps.c.at, steps.c.id)
        ),
        payments=r.rows(
            sa.select(
                items,
                batches.c.form,
                batches.c.kind,
                batches.c.locked_at,
                batches.c.number.label("batch_number"),
            )
            .join(batches, batches.c.id == items.c.batch)
            .where(items.c.record.in_(ids), items.c.void == 0)
            .order_by(items.c.month, batches.c.locked_at)
        ),
        returns=r.rows(
            sa.select(schema.bank_returns)
            .where(schema.bank_returns.c.record.in_(ids), schema.bank_returns.c.void == 0)
            .order_by(schema.bank_returns.c.item, schema.bank_returns.c.attempt)
        ),
    )


def active_account(r: Reading, person_id: str, *, on: str) -> dict[str, Any] | None:
    """The account in force on a date (ISO), or None."""
    a = schema.bank_accounts.c
    return r.one(
        sa.select(schema.bank_accounts)
        .where(
            a.person == person_id,
            a.void == 0,
            a.state == "active",
            sa.or_(a.valid_from.is_(None), a.valid_from <= on),
            sa.or_(a.valid_to.is_(None), a.valid_to >= on),
        )
        .order_by(a.valid_from.desc(), a.id.desc())
        .limit(1)
    )


def hit(row: Mapping[str, Any], forms: tuple[str, ...] = ()) -> PersonHit:
    return PersonHit(
        id=row["id"],
        name=row["name"],
        sex=row["sex"],
        birth_date=row["birth_date"],
        village=row["reside_village"] or row["hukou_village"],
        id_number=row["id_number"],
        alive_status=row["alive_status"],
        forms=forms,
    )


def _forms_in_force(r: Reading, ids: list[str]) -> dict[str, tuple[str, ...]]:
    link, records = schema.record_people, schema.records
    forms: dict[str, list[str]] = {}
    for i in range(0, len(ids), 500):
        for row in r.rows(
            sa.select(link.c.person, records.c.form)
            .join(records, records.c.id == link.c.record)
            .where(link.c.person.in_(ids[i : i + 500]), records.c.void == 0, records.c.state == "active")
            .distinct()
        ):
            forms.setdefault(row["person"], []).append(row["form"])
    return {person: tuple(sorted(keys)) for person, keys in forms.items()}


def last_temporary(r: Reading, owner: str, *, year: int) -> tuple[str, int]:
    """(prefix, last serial used) of this laptop's temporary numbers of a year: T500229106-2026-, 7.

    Laptops other than A put their letter before the serial, so that two of an office never issue the same.
    """
    letter = "" if r.store.site.letter == "A" else r.store.site.letter
    prefix = f"T{owner}-{year}-{letter}"
    number = _people.c.temp_number
    last = r.scalar(
        sa.select(number)
        .where(
            _people.c.owner == owner,
            number.like(f"{prefix}%"),
            sa.func.substr(number, len(prefix) + 1, 1).between("0", "9"),
        )
        .order_by(sa.func.length(number).desc(), number.desc())
        .limit(1)
    )
    return prefix, int(last[len(prefix) :]) if last else 0
