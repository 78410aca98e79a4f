"""实发（退票冲减后）: what the bank sent back lowers what was paid, what was sent again raises it, each on its day.

Domain §15 (relief_fund_total: Σ 年内实发，退票冲减后). In one period that is the payments less 退票未重发 at its end.
Over the end of a year, money that came back in December and was sent again in January was paid in January: the sums of
the months, and of the years, are then what has left the treasury.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.bank_returns import REISSUED
from minzheng_desktop.store import schema

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading


class MoneyMoved(msgspec.Struct, frozen=True, gc=False):
    """Cents that came back (below zero) or were sent again on a day (ISO), with what the payment says of itself."""

    form: str
    day: str
    cents: int
    record: str
    owner: str
    person: str | None
    household: str | None
    village: str | None
    kind: str | None
    born: str | None
    month: str
    """The month that the payment was for."""


def money_moved(
    r: Reading, *, first: str, last: str, forms: Iterable[str] | None = None
) -> Iterator[MoneyMoved]:
    """What came back and what was sent again from month `first` to month `last` ('YYYY-MM'), both inclusive."""
    v, i, b, rec, p = (
        schema.bank_returns.c, schema.payment_items.c, schema.payment_batches.c, schema.records.c, schema.people.c,
    )  # fmt: skip
    person = sa.func.coalesce(i.person, rec.person)
    query = (
        sa.select(
            b.form, v.returned_on, v.settled_on, v.state, v.amount, i.record, i.owner, person, i.household, i.village,
            rec.kind, p.birth_date, b.month,
        )
        .join(schema.payment_items, i.id == v.item)
        .join(schema.payment_batches, b.id == i.batch)
        .join(schema.records, rec.id == i.record)
        .outerjoin(schema.people, p.id == person)
        .where(v.void == 0, i.void == 0, b.void == 0)
    )  # fmt: skip
    if forms is not None:
        query = query.where(b.form.in_(sorted(forms)))
    for form, returned, settled, state, cents, *rest in r.connection.execute(query):
        if first <= returned[:7] <= last:
            yield MoneyMoved(form, returned, -cents, *rest)
        if state == REISSUED and first <= settled[:7] <= last:
            yield MoneyMoved(form, settled, cents, *rest)
