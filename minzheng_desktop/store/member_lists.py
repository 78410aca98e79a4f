"""A list of a household's members held against those that the office knows, by number and by name.

Nobody is doubled: a listed person without a number is the one of that name in the household, and a number that a list
gives to somebody known by name only is that person's (domain §2.2, §11.3). What cannot be told apart is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from minzheng_desktop.values.names import name_key

Member = Mapping[str, Any]
"""At least ``name`` and ``id_number``; either may be missing."""


class Matched(msgspec.Struct, frozen=True):
    """What a list says of a household.

    `same`: (listed, ours) pairs of one person. `new`: listed and not ours. `gone`: ours and not listed. `unclear`:
    listed by a name that several of ours bear. `contradicted`: (listed, ours) of one name with two numbers.
    `repeated`: listed a second time.
    """

    same: tuple[tuple[Member, Member], ...] = ()
    new: tuple[Member, ...] = ()
    gone: tuple[Member, ...] = ()
    unclear: tuple[Member, ...] = ()
    contradicted: tuple[tuple[Member, Member], ...] = ()
    repeated: tuple[Member, ...] = ()


def match_members(listed: Sequence[Member], ours: Sequence[Member], *, head: str | None = None) -> Matched:
    """Pair a list with the members known: by number first, then by name where one side has no number.

    `head` is the id number that whoever made the list gave for the head: a member of his name with another number is
    somebody else, not the head miswritten.
    """
    once, repeated = _once(listed)
    by_number = {str(o["id_number"]): o for o in ours if o.get("id_number")}
    same = [(one, by_number[_number(one)]) for one in once if _number(one) in by_number]
    settled = {id(o) for _, o in same}
    named: dict[str, list[Member]] = {}
    for o in ours:
        if id(o) not in settled:
            named.setdefault(_name(o), []).append(o)
    new: list[Member] = []
    unclear: list[Member] = []
    contradicted: list[tuple[Member, Member]] = []
    for one in once:
        if _number(one) in by_number:
            continue
        alike = named.get(_name(one), []) if _name(one) else []
        if _number(one):
            alike = [o for o in alike if not head or str(o.get("id_number")) != head]
        if not alike:
            new.append(one)
        elif len(alike) > 1:
            unclear.append(one)
            settled |= {id(o) for o in alike}
        elif _number(one) and alike[0].get("id_number"):
            contradicted.append((one, alike[0]))
            settled.add(id(alike[0]))
        else:
            same.append((one, alike[0]))
            settled.add(id(alike[0]))
    return Matched(
        tuple(same),
        tuple(new),
        tuple(o for o in ours if id(o) not in settled),
        tuple(unclear),
        tuple(contradicted),
        tuple(repeated),
    )


def _once(listed: Sequence[Member]) -> tuple[list[Member], list[Member]]:
    """Each listed person once: by number; one without a number also where the same name stands with one."""
    numbers: set[str] = set()
    names: set[str] = set()
    once: list[Member] = []
    repeated: list[Member] = []
    for one in sorted(listed, key=lambda m: not _number(m)):
        if not (_number(one) or _name(one)):
            continue
        again = _number(one) in numbers if _number(one) else _name(one) in names
        (repeated if again else once).append(one)
        numbers.add(_number(one))
        names.add(_name(one))
    order = {id(one): place for place, one in enumerate(listed)}
    return sorted(once, key=lambda m: order[id(m)]), repeated


def _number(member: Member) -> str:
    return str(member.get("id_number") or "")


def _name(member: Member) -> str:
    return name_key(str(member.get("name") or ""))
