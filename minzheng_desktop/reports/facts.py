"""Facts that no record can tell, entered by the county with their day: records of the form ``county_fact``."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.reports.periods import Period
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

FORM = "county_fact"
DIGITS = 2


class Fact(msgspec.Struct, frozen=True):
    """A fact: its value, the day that it is of (ISO), and the explanation that the county gave."""

    record: str
    value: Fraction
    on: str
    note: str


def fact_of(r: Reading, key: str, period: Period) -> Fact | None:
    """The last fact of this kind that is dated within the period, None when none was entered."""
    c = schema.records.c
    query = (
        sa.select(c.id, c.record_date, c.doc)
        .where(
            c.form == FORM, c.kind == key, c.void == 0, c.state == "active",
            c.record_date >= period.first_day, c.record_date <= period.last_day,
        )
        .order_by(c.record_date.desc(), c.id.desc())
        .limit(1)
    )  # fmt: skip
    row = r.connection.execute(query).first()
    if row is None:
        return None
    return Fact(
        row[0], Fraction(int(row[2].get("value") or 0), 10**DIGITS), row[1], str(row[2].get("note") or "")
    )


def enter_fact(store: Store, key: str, *, value: Fraction, on: date, note: str, today: date) -> str:
    """Enter a fact of the county as of a day and return its record's id.

    Raises UserError ``not_allowed_here`` in a township, ``no_such_fact`` for an indicator that is no fact.
    """
    from minzheng_desktop.benefits import casework

    if store.site.role != "county":
        raise UserError("not_allowed_here", "人工登记的事实由县局登记，乡镇不登记。什么也没有做。")
    known = {i.key: i.title for i in store.catalog.indicators.values() if i.measure == "fact"}
    if key not in known:
        names = "、".join(f"{k}（{title}）" for k, title in known.items())
        raise UserError("no_such_fact", f"“{key}”不是人工登记的指标。没有登记。可以登记：{names}。")
    if (value * 10**DIGITS).denominator != 1:
        raise UserError("fact_value", f"数值最多 {DIGITS} 位小数。没有登记。")
    doc = {"fact": key, "as_of": on.isoformat(), "value": int(value * 10**DIGITS), "note": note}
    with store.writing("fact") as w:
        saved = casework.save_record(w, FORM, doc, today=today)
        casework.take_step(w, saved.id, "register", today=today)
    return saved.id
