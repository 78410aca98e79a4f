"""Two entries side by side: the facts that agree and contradict, both sides' benefits, and who was paid what by month.

Numbers of documents, telephones and accounts are masked here; showing them whole is a reveal, which is audited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.county.people.candidates import load_entries
from minzheng_desktop.county.people.duplicate_rules import FACTS, shipped_rules
from minzheng_desktop.county.people.duplicates import Pair, load_pair
from minzheng_desktop.county.people.likeness import compare
from minzheng_desktop.store import people, schema
from minzheng_desktop.values.accounts import mask_account
from minzheng_desktop.values.dates import add_months
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import mask_id_number

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

AGREES, DIFFERS, UNKNOWN = "agrees", "differs", ""
SEX = {"1": "男", "2": "女"}
NONE = "—"


class FactRow(msgspec.Struct, frozen=True):
    """One fact as both sides state it: `verdict` agrees, differs, or "" where one side says nothing."""

    key: str
    label: str
    left: str
    right: str
    verdict: str


class Benefit(msgspec.Struct, frozen=True):
    """One record of a side: the form's title, number, state in words, first and last month."""

    record: str
    form: str
    title: str
    number: str
    state: str
    active: bool
    start: str
    end: str


class PaidMonth(msgspec.Struct, frozen=True):
    """What each side was paid for a month, in cents, and the forms in which both were."""

    month: str
    left: int
    right: int
    both: tuple[str, ...]


class Side(msgspec.Struct, frozen=True):
    """One entry: whose it is, and the benefits in which the person stands."""

    person: str
    name: str
    division: str
    town: str
    benefits: tuple[Benefit, ...]


class Compared(msgspec.Struct, frozen=True):
    """A pair side by side; `months` newest first, only those in which somebody was paid; `doubled` cents of the
    months in which both sides were paid in one form, the smaller of the two counted."""

    pair: Pair
    rule: str
    left: Side
    right: Side
    facts: tuple[FactRow, ...]
    months: tuple[PaidMonth, ...]
    doubled: int


def compare_pair(r: Reading, low: str, high: str, *, month: str, months: int = 24) -> Compared:
    """Lay a pair of the list side by side, with payments of the `months` months up to `month` ('YYYY-MM').

    Raises UserError `no_such_pair`.
    """
    pair = load_pair(r, low, high)
    rules = shipped_rules()
    rows = r.get_many("people", (pair.low, pair.high))
    if len(rows) < 2:
        raise UserError("no_such_pair", "这一对里有人已不在台账里，没有改动。请重新查重。")
    files = {key: people.person_file(r, key) for key in (pair.low, pair.high)}
    paid = {
        key: _paid(r, file, since=add_months(month, 1 - months), until=month) for key, file in files.items()
    }
    both = _months(r, paid[pair.low], paid[pair.high])
    return Compared(
        pair=pair, rule=rules.title(pair.rule), left=_side(r, pair.low, files[pair.low]),
        right=_side(r, pair.high, files[pair.high]), facts=_facts(r, pair, rows, files), months=tuple(both[0]),
        doubled=both[1],
    )  # fmt: skip


def _side(r: Reading, person: str, file: people.PersonFile) -> Side:
    catalog = r.store.catalog
    benefits = {}
    for row in file.records:
        form = catalog.forms.get(row["form"])
        state = form.workflow.states.get(row["state"]) if form else None
        benefits[row["id"]] = Benefit(
            record=row["id"], form=row["form"], title=form.title if form else row["form"], number=row["number"] or "",
            state=state.title if state else row["state"], active=bool(state and state.group == "active"),
            start=row["start_month"] or (row["record_date"] or "")[:7], end=row["end_month"] or "",
        )  # fmt: skip
    ordered = sorted(benefits.values(), key=lambda one: (not one.active, one.title, one.start))
    owner = str(file.person["owner"])
    return Side(person, str(file.person["name"]), owner, catalog.divisions.name(owner), tuple(ordered))


def _facts(
    r: Reading, pair: Pair, rows: Mapping[str, Mapping[str, Any]], files: Mapping[str, people.PersonFile]
) -> tuple[FactRow, ...]:
    entries = load_entries(r, (pair.low, pair.high))
    verdicts = (
        compare(entries[pair.low], entries[pair.high], shipped_rules().variants) if len(entries) == 2 else {}
    )
    heads = {key: _household(r, files[key]) for key in (pair.low, pair.high)}
    divisions = r.store.catalog.divisions

    def said(key: str, fact: str) -> str:
        row = rows[key]
        match fact:
            case "id_number":
                return mask_id_number(row["id_number"]) if row["id_number"] else "没有证号"
            case "name":
                former = entries[key].former if key in entries else frozenset()
                return f"{row['name']}（曾用 {'、'.join(sorted(former))}）" if former else str(row["name"])
            case "birth_date":
                return row["birth_date"] or NONE
            case "sex":
                return SEX.get(row["sex"], NONE)
            case "phone":
                return f"尾号 {row['phone'][-4:]}" if row["phone"] else NONE
            case "village":
                code = row["reside_village"] or row["hukou_village"]
                return divisions.short_name(code) if code else NONE
            case "account":
                numbers = sorted(entries[key].accounts) if key in entries else []
                return "、".join(map(mask_account, numbers)) or NONE
            case "head":
                return heads[key][0] or NONE
            case "members":
                return "、".join(heads[key][1]) or NONE
        return (
            f"死亡 {row['death_date'] or ''}".strip()
            if row["death_date"] or row["alive_status"] != "1"
            else "在世"
        )

    found = []
    for fact, label in FACTS.items():
        if fact in ("id_near", "name_variant", "name_sound", "name_former"):
            continue
        verdict = _verdict(verdicts, fact)
        words = _more(verdicts, fact)
        found.append(FactRow(fact, f"{label}{words}", said(pair.low, fact), said(pair.high, fact), verdict))
    return tuple(found)


def _verdict(verdicts: Mapping[str, bool], fact: str) -> str:
    if fact == "name" and any(verdicts.get(f) for f in ("name_variant", "name_sound", "name_former")):
        return AGREES
    known = verdicts.get(fact)
    return UNKNOWN if known is None else AGREES if known else DIFFERS


def _more(verdicts: Mapping[str, bool], fact: str) -> str:
    """What makes unlike spellings agree, or unlike numbers worth a look."""
    if fact == "id_number" and verdicts.get("id_near"):
        return "（只差一位）"
    if fact == "name":
        for key, words in (
            ("name_variant", "（异体字）"),
            ("name_former", "（曾用名）"),
            ("name_sound", "（同音）"),
        ):
            if verdicts.get(key):
                return words
    return ""


def _household(r: Reading, file: people.PersonFile) -> tuple[str, list[str]]:
    """The head's name and the other members' names of the household in which somebody lives now."""
    homes = [row for row in file.households if row["leave_date"] is None]
    if not homes:
        return "", []
    m, p = schema.household_members.c, schema.people.c
    home = homes[-1]
    query = (
        sa.select(p.id, p.name)
        .join(schema.household_members, m.person == p.id)
        .where(m.household == home["id"], m.void == 0, m.leave_date.is_(None))
        .order_by(m.id)
    )
    names = {row[0]: row[1] for row in r.connection.execute(query)}
    others = [name for key, name in names.items() if key != file.person["id"]]
    return str(names.get(home["head"] or "", "")), others


def _paid(r: Reading, file: people.PersonFile, *, since: str, until: str) -> dict[str, dict[str, int]]:
    """Month → form → cents that batches paid in the person's records, what the bank sent back left in."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    seen: set[str] = set()
    for row in file.payments:
        if row["id"] in seen or not since <= row["month"] <= until or not row["total"]:
            continue
        seen.add(row["id"])
        of_month = found[row["month"]]
        of_month[row["form"]] = of_month.get(row["form"], 0) + row["total"]
    return found


def _months(
    r: Reading, left: Mapping[str, Mapping[str, int]], right: Mapping[str, Mapping[str, int]]
) -> tuple[list[PaidMonth], int]:
    forms = r.store.catalog.forms
    found, doubled = [], 0
    for month in sorted({*left, *right}, reverse=True):
        here, there = left.get(month, {}), right.get(month, {})
        both = sorted(here.keys() & there.keys())
        doubled += sum(min(here[form], there[form]) for form in both)
        titles = tuple(forms[form].title if form in forms else form for form in both)
        found.append(PaidMonth(month, sum(here.values()), sum(there.values()), titles))
    return found, doubled
