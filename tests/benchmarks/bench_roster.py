"""Import a roster of 20,000 households: read, cleaned, compared, committed; against openpyxl's mere reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.planning import plan_roster
from tests.benchmarks.rosters import dibao_roster, new_township
from tests.benchmarks.township import TODAY, timed

ROWS = 20_000


def run() -> dict[str, Any]:
    with new_township("roster") as store:
        path = dibao_roster(store, ROWS)
        reading = timed(lambda: read(path))
        planned = []
        planning = timed(lambda: planned.append(plan_roster(store, path, form="dibao", today=TODAY)))
        committing = timed(lambda: commit_roster(store, planned[0]))
        entered = planned[0].count("new")
    return {
        "work": f"import a {ROWS:,} × 21 roster, against openpyxl merely reading it",
        "measured": planning + committing,
        "reach": reading,
        "unit": "s",
        "note": f"plan {planning:.1f} s, commit {committing:.1f} s, {entered:,} households entered",
    }


def read(path: Path) -> int:
    """Every cell of the file, as openpyxl gives it."""
    return sum(1 for page in load_workbook(path) for row in page.iter_rows(values_only=True) for _ in row)
