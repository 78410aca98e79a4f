"""Which entries are worth comparing: pairs that share a key of the register, and never all with all.

A key joins two facts (birth and reading of the name, telephone and reading …), or is a document number, so that 200,000
people give some thousands of pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.county.people.duplicate_rules import Rules
from minzheng_desktop.county.people.likeness import Entry, near_numbers, number_key, person_key, sound_key
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

_DAY = len("2000-01-01")
_CARD = "01:"
_PART = 5_000
Pair = tuple[str, str]
"""Ids of two people, the lower first."""


class _Row(msgspec.Struct, frozen=True, gc=False):
    id: str
    sound: str
    number: str
    birth_date: str
    phone: str


def candidate_pairs(r: Reading, rules: Rules) -> set[Pair]:
    """Pairs of living rows that share a key, over all townships and within each.

    Every rule is covered: `duplicate_rules` refuses one that could hold of a pair which shares none of these keys.
    """
    p = schema.people.c
    query = sa.select(p.id, p.name, p.id_type, p.id_number, p.birth_date, p.phone).where(p.void == 0)
    rows = [
        _Row(
            row[0],
            sound_key(row[1].translate(rules.variants)),
            number_key(row[2], row[3]),
            row[4] or "",
            row[5] or "",
        )
        for part in r.connection.execute(query).partitions(_PART)
        for row in part
    ]
    found = _pairs(_grouped((row.number or None, row.id) for row in rows))
    found |= _pairs(
        _grouped(
            ((row.birth_date, row.sound) if len(row.birth_date) == _DAY else None, row.id) for row in rows
        )
    )
    found |= _near(rows)
    found |= _shared(_grouped((row.phone or None, row) for row in rows).values(), rules.largest)
    found |= _shared(_account_holders(r, {row.id: row for row in rows}), rules.largest)
    return found


def load_entries(r: Reading, ids: Iterable[str]) -> dict[str, Entry]:
    """These people with all that is compared: accounts in force, earlier names, households."""
    people = {key: row for key, row in r.get_many("people", sorted(set(ids))).items() if not row["void"]}
    accounts = _accounts(r, people)
    former = _former_names(r, people)
    homes = _homes(r, people)
    entries: dict[str, Entry] = {}
    for key, row in people.items():
        head, members = homes.get(key, ("", frozenset()))
        entries[key] = Entry(
            id=key, owner=row["owner"], name=row["name"], number=number_key(row["id_type"], row["id_number"]),
            birth_date=row["birth_date"] or "", sex=row["sex"] or "", phone=row["phone"] or "",
            village=row["reside_village"] or row["hukou_village"] or "",
            alive="2" if row["death_date"] or row["alive_status"] != "1" else "1",
            accounts=frozenset(accounts.get(key, ())), former=frozenset(former.get(key, ())), head=head,
            members=members,
        )  # fmt: skip
    return entries


def _grouped(keyed: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    """Values by key, where at least two share one; without those whose key is None."""
    first: dict[Any, Any] = {}
    groups: dict[Any, list[Any]] = {}
    for key, value in keyed:
        if key is None:
            continue
        if key in groups:
            groups[key].append(value)
        elif key in first:
            groups[key] = [first[key], value]
        else:
            first[key] = value
    return groups


def _pairs(groups: Mapping[Any, Sequence[str]]) -> set[Pair]:
    return {pair for group in groups.values() for pair in combinations(sorted(set(group)), 2)}


def _near(rows: Sequence[_Row]) -> set[Pair]:
    """Pairs of one reading whose numbers differ by a slip, which leaves either area and year or the rest as it was."""
    found: set[Pair] = set()
    for part in (slice(0, 10), slice(10, 17)):
        groups = _grouped(
            ((row.sound, row.number[len(_CARD) :][part]), row) for row in rows if row.number.startswith(_CARD)
        )
        for group in groups.values():
            for one, other in combinations(group, 2):
                if near_numbers(one.number, other.number):
                    found.add((min(one.id, other.id), max(one.id, other.id)))
    return found


def _shared(groups: Iterable[Sequence[_Row]], largest: int) -> set[Pair]:
    """Pairs of the same reading, or of one birthday, who share something that no more than `largest` share."""
    found: set[Pair] = set()
    for group in groups:
        if len(group) > largest:
            continue
        for one, other in combinations(group, 2):
            if one.id != other.id and (
                one.sound == other.sound or (one.birth_date and one.birth_date == other.birth_date)
            ):
                found.add((min(one.id, other.id), max(one.id, other.id)))
    return found


def _account_holders(r: Reading, by_id: Mapping[str, _Row]) -> Iterator[list[_Row]]:
    a = schema.bank_accounts.c
    several = (
        sa.select(a.number)
        .where(a.void == 0, a.state == "active", a.person.is_not(None))
        .group_by(a.number)
        .having(sa.func.count(sa.distinct(a.person)) > 1)
    )
    query = sa.select(a.number, a.person).where(a.void == 0, a.state == "active", a.number.in_(several))
    holders: dict[str, set[str]] = defaultdict(set)
    for number, person in r.connection.execute(query):
        if person in by_id:
            holders[number].add(person)
    for people in holders.values():
        yield [by_id[person] for person in sorted(people)]


def _accounts(r: Reading, people: Iterable[str]) -> dict[str, set[str]]:
    a = schema.bank_accounts.c
    found: dict[str, set[str]] = defaultdict(set)
    for some in chunks(sorted(people)):
        query = sa.select(a.person, a.number).where(a.person.in_(some), a.void == 0, a.state == "active")
        for person, number in r.connection.execute(query):
            found[person].add(number)
    return found


class _Named(msgspec.Struct):
    name: str = ""


_name_of = msgspec.json.Decoder(_Named).decode


def _former_names(r: Reading, people: Mapping[str, Mapping[str, Any]]) -> dict[str, set[str]]:
    """The names that earlier versions of these rows have."""
    v = schema.versions.c
    found: dict[str, set[str]] = defaultdict(set)
    for some in chunks(sorted(people)):
        query = sa.select(v.id, v.body).where(v.id.in_(some), v.entity == "people", v.base.is_not(None))
        later = {row[0] for row in r.connection.execute(query)}
        if not later:
            continue
        every = sa.select(v.id, v.body).where(v.id.in_(sorted(later)), v.entity == "people")
        for key, body in r.connection.execute(every):
            name = _name_of(body).name
            if name and name != people[key]["name"]:
                found[key].add(name)
    return found


def _homes(r: Reading, people: Iterable[str]) -> dict[str, tuple[str, frozenset[str]]]:
    """Person → the head and all members of the households in which they live, as `person_key` names them."""
    m, h = schema.household_members.c, schema.households.c
    lives: dict[str, list[str]] = defaultdict(list)
    heads: dict[str, str | None] = {}
    for some in chunks(sorted(people)):
        query = (
            sa.select(m.person, h.id, h.head)
            .join(schema.households, h.id == m.household)
            .where(m.person.in_(some), m.void == 0, h.void == 0, m.leave_date.is_(None))
            .order_by(h.id)
        )
        for person, household, head in r.connection.execute(query):
            lives[person].append(household)
            heads[household] = head
    members: dict[str, set[str]] = defaultdict(set)
    for some in chunks(sorted(heads)):
        query = sa.select(m.household, m.person).where(
            m.household.in_(some), m.void == 0, m.leave_date.is_(None)
        )
        for household, person in r.connection.execute(query):
            members[household].add(person)
    names = _keys_of(
        r, {one for group in members.values() for one in group} | set(filter(None, heads.values()))
    )
    homes: dict[str, tuple[str, frozenset[str]]] = {}
    for person, households in lives.items():
        head = heads[households[-1]]
        everybody = {names.get(one, "") for home in households for one in members[home]} - {""}
        homes[person] = (names.get(head or "", ""), frozenset(everybody))
    return homes


def _keys_of(r: Reading, people: Iterable[str]) -> dict[str, str]:
    p = schema.people.c
    found: dict[str, str] = {}
    for some in chunks(sorted(people)):
        query = sa.select(p.id, p.id_type, p.id_number, p.name, p.birth_date).where(p.id.in_(some))
        for key, kind, number, name, born in r.connection.execute(query):
            found[key] = person_key(number_key(kind, number), name, born or "")
    return found
