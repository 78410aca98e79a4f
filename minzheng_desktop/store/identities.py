"""Who is one person behind several rows: groups of entries that the county said are one (`identities`).

The groups follow from the pairs in state `merged`: whoever is joined to somebody directly or through others. Each
entry of a group points to the lowest id in it; who stands alone has no row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

MERGED = "merged"
_pairs, _identities = schema.person_pairs.c, schema.identities.c


def rejoin(w: Writing, people: Iterable[str]) -> None:
    """Bring the groups of these people up to date with the pairs that stand now."""
    touched = set(people)
    known: dict[str, str] = {}
    for some in chunks(sorted(touched)):
        query = sa.select(_identities.person, _identities.identity).where(_identities.person.in_(some))
        known.update((row[0], row[1]) for row in w.connection.execute(query))
    for some in chunks(sorted(set(known.values()))):
        query = sa.select(_identities.person).where(_identities.identity.in_(some))
        touched.update(w.connection.execute(query).scalars())
    joined = _joined_to(w, touched)
    everybody = set(joined) | touched
    for some in chunks(sorted(everybody)):
        w.delete("identities", _identities.person.in_(some))
    seen: set[str] = set()
    rows = []
    for person in sorted(everybody):
        if person in seen:
            continue
        group = _reached(person, joined)
        seen |= group
        if len(group) > 1:
            rows += [{"person": one, "identity": min(group)} for one in sorted(group)]
    w.insert("identities", rows)


def _joined_to(r: Reading, people: set[str]) -> dict[str, set[str]]:
    """Everybody reachable from these people through merged pairs, with direct partners."""
    joined: dict[str, set[str]] = defaultdict(set)
    asked: set[str] = set()
    waiting = set(people)
    while waiting:
        asked |= waiting
        found: set[str] = set()
        for some in chunks(sorted(waiting)):
            query = sa.select(_pairs.low, _pairs.high).where(
                _pairs.state == MERGED, sa.or_(_pairs.low.in_(some), _pairs.high.in_(some))
            )
            for low, high in r.connection.execute(query):
                joined[low].add(high)
                joined[high].add(low)
                found |= {low, high}
        waiting = found - asked
    return joined


def _reached(person: str, joined: dict[str, set[str]]) -> set[str]:
    group, waiting = {person}, [person]
    while waiting:
        for other in joined.get(waiting.pop(), ()):
            if other not in group:
                group.add(other)
                waiting.append(other)
    return group
