"""Plan and lock a month for 15,000 households in force."""

from __future__ import annotations

import time
from typing import Any

from minzheng_desktop.benefits.lock import EVERY, lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.store.store import Store
from tests.benchmarks.rosters import MONTH, dibao_roster, new_township
from tests.benchmarks.township import TODAY

HOUSEHOLDS = 15_000
NEXT = "2026-11"


def run() -> list[dict[str, Any]]:
    with new_township("batch") as store:
        path = dibao_roster(store, HOUSEHOLDS)
        commit_roster(store, plan_roster(store, path, form="dibao", today=TODAY))
        return [
            pay(store, MONTH, "first month"),
            pay(store, NEXT, "second month, compared with the first"),
        ]


def pay(store: Store, month: str, which: str) -> dict[str, Any]:
    """One line of the table for one month."""
    started = time.perf_counter()
    plan = plan_batch(store, form="dibao", month=month)
    planned = time.perf_counter()
    lock_batch(store, plan, reasons={EVERY: "随花名册导入"})
    locked = time.perf_counter()
    return {
        "work": f"plan and lock a month for {len(plan.items):,} households ({which})",
        "measured": locked - started,
        "reach": 2,
        "unit": "s",
        "note": f"plan {planned - started:.2f} s, lock {locked - planned:.2f} s",
    }
