"""Save one record: judged by its form, written with its version, change, audit entry and index; synchronous=FULL."""

from __future__ import annotations

from itertools import islice
from typing import Any

from minzheng_desktop.benefits.casework import save_record
from minzheng_desktop.demo.population import generate_people
from minzheng_desktop.store.people import by_id_number
from minzheng_desktop.store.records import Subject
from minzheng_desktop.store.store import Store
from tests.benchmarks.township import PEOPLE, TODAY, TOWN, opened_copy, p95, timed

RECORDS = 300
DOC = {
    "apply_channel": "1",
    "apply_date": "2026-10-20",
    "apply_reason": "年满八十周岁",
    "relative_of_staff": False,
}


def run() -> dict[str, Any]:
    with opened_copy("save") as store:
        villages = [village.code for village in store.catalog.divisions.villages(TOWN)]
        people = generate_people(PEOPLE, seed=1, villages=villages, today=TODAY)
        old = (p for p in people if (TODAY - p.birth_date).days > 82 * 366)
        with store.reading() as r:
            ids = [str((by_id_number(r, p.id_number) or {})["id"]) for p in islice(old, RECORDS + 20)]
        for person in ids[:20]:
            save(store, person)
        seconds = [timed(lambda person=person: save(store, person)) for person in ids[20:]]  # type: ignore[misc]
    return {
        "work": f"save one record among {PEOPLE:,} people, p95",
        "measured": p95(seconds) * 1000,
        "reach": 10,
        "unit": "ms",
        "note": f"median {sorted(seconds)[len(seconds) // 2] * 1000:.1f} ms",
    }


def save(store: Store, person: str) -> None:
    """What the window does when a clerk presses save."""
    with store.writing("save_record") as w:
        save_record(w, "elder_age", DOC, today=TODAY, subject=Subject(person=person))
