"""Plan and lock a month for 15,000 households in force."""

from __future__ import annotations

from typing import Any

from minzheng_desktop.benefits.lock import EVERY, lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.planning import plan_roster
from tests.benchmarks.rosters import MONTH, dibao_roster, new_township
from tests.benchmarks.township import TODAY, timed

HOUSEHOLDS = 15_000
NEXT = "2026-11"


def run() -> list[dict[str, Any]]:
    with new_township("batch") as store:
        path = dibao_roster(store, HOUSEHOLDS)
        commit_roster(store, plan_roster(store, path, form="dibao", today=TODAY))
        lines = []
        for month, which in ((MONTH, "first month"), (NEXT, "second month, compared with the first")):
            plans = []
            planning = timed(lambda month=month: plans.append(plan_batch(store, form="dibao", month=month)))  # type: ignore[misc]
            locking = timed(lambda: lock_batch(store, plans[0], reasons={EVERY: "随花名册导入"}))  # noqa: B023
            lines.append(
                {
                    "work": f"plan and lock a month for {len(plans[0].items):,} households ({which})",
                    "measured": planning + locking,
                    "reach": 2,
                    "unit": "s",
                    "note": f"plan {planning:.2f} s, lock {locking:.2f} s",
                }
            )
    return lines
