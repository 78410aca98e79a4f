"""Who wrote the account that money now goes to, read from the versions (domain §2.7: maker and checker are two)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.plans import AccountChange
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading


def name_authors(
    r: Reading,
    changes: Sequence[AccountChange],
    *,
    numbers: Mapping[str, str],
    payees: Mapping[str, Sequence[str]],
) -> tuple[AccountChange, ...]:
    """The changes with author and time, where the account itself does not say who changed it.

    An account of the register has versions of its own; one that a form keeps in a field of its own stands in the
    record, or in that of the facility which is paid. `numbers`: account number by record; `payees`: by record who is
    paid. The author is who wrote the number in, not who saved something else of the record afterwards.
    """
    unsaid = [change for change in changes if change.changed_by is None]
    if not unsaid:
        return tuple(changes)
    places = {
        change.record: (change.account,)
        if change.account
        else (change.record, *payees.get(change.record, ()))
        for change in unsaid
    }
    told = _versions(r, sorted({place for some in places.values() for place in some}))
    named: dict[str, AccountChange] = {}
    for change in unsaid:
        number = f'"{numbers[change.record]}"'
        found = next(
            filter(None, (_written(told.get(place, []), number) for place in places[change.record])), None
        )
        if found is not None:
            named[change.record] = msgspec.structs.replace(change, changed_by=found[0], changed_at=found[1])
    return tuple(named.get(change.record, change) for change in changes)


def _written(versions: Sequence[tuple[str | None, str, str]], number: str) -> tuple[str | None, str] | None:
    """Author and time of the version since which the number stands in the row; None where it does not stand now."""
    found = None
    for by, at, body in versions:
        if number not in body:
            break
        found = by, at
    return found


def _versions(r: Reading, ids: Sequence[str]) -> dict[str, list[tuple[str | None, str, str]]]:
    """(by, at, body) of some rows by id, the newest first."""
    v = schema.versions.c
    found: dict[str, list[tuple[str | None, str, str]]] = {}
    for some in chunks(ids):
        for row in r.rows(sa.select(v.id, v.by, v.at, v.body).where(v.id.in_(some)).order_by(v.seq.desc())):
            found.setdefault(row["id"], []).append((row["by"], row["at"], row["body"]))
    return found
