"""What the benchmarks measure on: a township of 200,000 invented people, made once per run of `dev.py bench`."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path

from minzheng_desktop.demo.population import generate_people
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store

TOWN = "500229001"
TODAY = date(2026, 11, 1)
PASSWORD = "benchmark"
PEOPLE = int(os.environ.get("MINZHENG_BENCH_PEOPLE", "200000"))
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


def work_folder() -> Path:
    """The folder that the benchmarks of one run share."""
    return Path(os.environ["MINZHENG_BENCH"])


def big_township() -> Path:
    """The path of a database with PEOPLE people; the first call of a run makes it."""
    path = work_folder() / "big.db"
    if path.exists():
        return path
    store, _ = Store.create(
        path.with_name("making.db"),
        role="township",
        division=TOWN,
        user="甲",
        password=PASSWORD,
        demonstration=True,
        cost=CHEAP,
    )
    villages = [village.code for village in store.catalog.divisions.villages(TOWN)]
    people = generate_people(PEOPLE, seed=1, villages=villages, today=TODAY)
    while chunk := list(islice(people, 20_000)):
        with store.writing("fill") as w:
            w.put_many("people", [person.as_row(owner=TOWN) for person in chunk], fresh=True)
    store.close()
    for file in path.parent.glob("making.db*"):
        file.rename(path.parent / file.name.replace("making", "big"))
    return path


@contextmanager
def opened_copy(name: str) -> Iterator[Store]:
    """A copy of the big township, open, that a benchmark may write to."""
    big = big_township()
    copy = work_folder() / f"{name}.db"
    for file in big.parent.glob("big.db*"):
        shutil.copy(file, copy.parent / file.name.replace("big", name))
    store = Store.open(copy, user="甲", password=PASSWORD)
    try:
        yield store
    finally:
        store.close()
        for file in copy.parent.glob(f"{name}.db*"):
            file.unlink()


def timed(action: Callable[[], object]) -> float:
    """Seconds that the action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def p95(seconds: Sequence[float]) -> float:
    """The value that 95 of 100 stay under."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
