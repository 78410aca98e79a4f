"""The figures of a year with the year before, and a month's statistics, over a register of 200,000 people.

One person in five is in something: households of three in 低保, and old people with an allowance, both with every step,
decision and payment of two years.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.reports.annual import annual_figures
from minzheng_desktop.reports.monthly import monthly_report
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.store.unit import Writing
from minzheng_desktop.values.ids import new_id
from tests.benchmarks.township import PEOPLE, TOWN, opened_copy, timed

HOUSEHOLDS, OLD = PEOPLE // 20, PEOPLE // 20
YEAR = 2025
STEPS = (("draft", None), ("reported", None), ("confirmed", "2024-01"), ("active", None))


def run() -> list[dict[str, Any]]:
    with opened_copy("reports") as store:
        with store.reading() as r:
            everybody = list(r.connection.execute(sa.select(schema.people.c.id)).scalars())
        people = iter(everybody)
        with store.writing("fill") as w:
            dibao = [_case(w, "dibao", [next(people) for _ in range(3)]) for _ in range(HOUSEHOLDS)]
            elder = [_case(w, "elder_age", [next(people)]) for _ in range(OLD)]
            _write(w, [*dibao, *elder])
            for year in (YEAR - 1, YEAR):
                for month in range(1, 13):
                    _pay(w, "dibao", f"{year}-{month:02d}", dibao)
                    if month % 3 == 0:
                        _pay(w, "elder_age", f"{year}-{month:02d}", elder)
        return [_year(store, len(dibao) + len(elder)), _month(store)]


def _year(store: Store, records: int) -> dict[str, Any]:
    with store.reading() as r:
        seconds = timed(lambda: annual_figures(r, YEAR))
    return {
        "work": f"figures of a year and the year before, {PEOPLE:,} people, {records:,} in force",
        "measured": seconds, "reach": 5, "unit": "s", "note": "61 indicators, by township",
    }  # fmt: skip


def _month(store: Store) -> dict[str, Any]:
    with store.reading() as r:
        seconds = timed(lambda: monthly_report(r, f"{YEAR}-09"))
    return {
        "work": f"statistics of a month, {PEOPLE:,} people", "measured": seconds, "reach": 5, "unit": "s",
        "note": "two lists compared, payments from January on",
    }  # fmt: skip


def _case(w: Writing, form: str, people: list[str]) -> dict[str, Any]:
    rows = [{"key": p, "person": p, "in_covered": True, "leave_date": None} for p in people]
    return {"id": new_id(), "form": form, "person": people[0], "rows": rows}


def _write(w: Writing, cases: list[dict[str, Any]]) -> None:
    def whole(table: str, bodies: Iterator[dict[str, Any]]) -> None:
        w.put_many(table, [{"owner": TOWN, **body} for body in bodies], fresh=True, derive=False)

    def record(case: dict[str, Any]) -> dict[str, Any]:
        household = case["form"] == "dibao"
        doc = {"dibao_type": "2", "members": case["rows"]} if household else {}
        kind = "2" if household else None
        return {
            "id": case["id"], "form": case["form"], "form_version": 1, "person": case["person"], "doc": doc,
            "quantity": len(case["rows"]), "kind": kind, "state": "active",
        }  # fmt: skip

    whole("records", map(record, cases))
    whole(
        "steps",
        (
            {
                "record": case["id"], "step": state, "to_state": state, "effective_month": month, "actor": "county",
                "at": f"2023-12-{day:02d}T09:00:00+08:00",
            }
            for case in cases
            for day, (state, month) in enumerate(STEPS, 1)
        ),
    )  # fmt: skip
    whole(
        "terms",
        (
            {
                "record": case["id"], "from_month": "2024-01", "state": "approved", "inputs": {},
                "snapshot": {"members": case["rows"], "record": {"quantity": len(case["rows"])}},
            }
            for case in cases
        ),
    )  # fmt: skip


def _pay(w: Writing, form: str, month: str, cases: list[dict[str, Any]]) -> None:
    batch = {
        "id": new_id(), "owner": TOWN, "form": form, "month": month, "kind": "regular", "state": "locked",
        "number": f"{form}-{month}", "item_count": len(cases), "total": 100 * len(cases),
    }  # fmt: skip
    w.put_many("payment_batches", [batch], fresh=True)
    same = dict.fromkeys(("base", "extra", "backpay", "deduct"), 0) | {"months": 1, "total": 100}
    items = [
        {
            "owner": TOWN, "batch": batch["id"], "record": case["id"], "person": case["person"], "month": month,
            "period_from": month, "period_to": month, **same,
        }
        for case in cases
    ]  # fmt: skip
    w.put_many("payment_items", items, fresh=True, derive=False)
