"""主动发现 over 200,000 people in households of four: every 25th with a disability certificate, 3,000 homes in 低保."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from minzheng_desktop.benefits.discovery import find_suggestions
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.ids import new_id
from tests.benchmarks.township import PEOPLE, TODAY, TOWN, opened_copy, timed

RELATIONS = ("02", "10", "20", "30")
IN_DIBAO = 3_000


def run() -> dict[str, Any]:
    with opened_copy("discover") as store:
        _fill(store)
        found: list[int] = []
        with store.reading() as r:
            r.scalar(sa.select(sa.func.count()).select_from(schema.people))

            def look() -> None:
                found.append(len(find_suggestions(r, today=TODAY)))

            seconds = min(timed(look) for _ in range(3))
    return {
        "work": f"find who is missing out among {PEOPLE:,}",
        "measured": seconds,
        "reach": 8,
        "unit": "s",
        "note": f"{found[0]:,} suggestions",
    }


def _fill(store: Store) -> None:
    p = schema.people
    with store.reading() as r:
        ids = list(r.connection.execute(sa.select(p.c.id).order_by(p.c.id)).scalars())
    with store.writing("certificates") as w:
        more = {"disability_cert_no": "x", "disability_type": "4", "disability_level": "2"}
        w.put_many("people", [{"id": one, "more": more} for one in ids[::25]])
    homes: list[dict[str, Any]] = []
    members: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    for four in (ids[at : at + 4] for at in range(0, len(ids), 4)):
        home = new_id()
        homes.append({"id": home, "owner": TOWN, "head": four[0]})
        rows = list(zip(four, RELATIONS, strict=False))
        members += [{"owner": TOWN, "household": home, "person": who, "relation": rel} for who, rel in rows]
        if len(records) < IN_DIBAO:
            doc = {
                "apply_channel": "6",
                "members": [
                    {"key": who, "person": who, "relation": rel, "in_covered": True} for who, rel in rows
                ],
            }
            records.append(
                {
                    "id": new_id(), "owner": TOWN, "form": "dibao", "form_version": 1, "person": four[0],
                    "household": home, "doc": doc, "state": "active",
                }
            )  # fmt: skip
    with store.writing("homes") as w:
        w.put_many("households", homes, fresh=True)
        w.put_many("household_members", members, fresh=True)
        w.put_many("records", records, fresh=True)
