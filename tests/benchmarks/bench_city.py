"""A simulated city on PostgreSQL: finding a person, the board, checks, pairs of people, the year's figures.

Small by itself (MINZHENG_BENCH_CITY copies of one township's demonstration, 20); a real city takes some minutes:
MINZHENG_BENCH_CITY_BASE names a demonstration county made before (`minzheng demo --scale 0.1`), of which 90 copies with
three years of payments make 300,000 people and 3 million payment lines.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.checks.finding import Scope
from minzheng_desktop.checks.library import find_all
from minzheng_desktop.county.people.duplicates import find_duplicates
from minzheng_desktop.county.summary import summarise_towns
from minzheng_desktop.demo.county.make import make_county
from minzheng_desktop.demo.township import COUNTY_USER, PASSWORD
from minzheng_desktop.reports.annual import annual_figures
from minzheng_desktop.store import moving, schema
from minzheng_desktop.store.people import find_people
from minzheng_desktop.store.store import Store
from tests.benchmarks.bench_intake import running_server
from tests.benchmarks.city import Copier
from tests.benchmarks.township import CHEAP, work_folder

COPIES = int(os.environ.get("MINZHENG_BENCH_CITY", "20"))
YEAR, YEARS = 2024, (2024, 2023, 2022)
TODAY, MONTH = date(YEAR, 12, 31), f"{YEAR}-11"


def run() -> list[dict[str, Any]]:
    folder = work_folder() / "city"
    folder.mkdir()
    base = Path(os.environ.get("MINZHENG_BENCH_CITY_BASE") or _made(folder / "base"))
    with running_server(folder / "server") as url:
        with Store.open(base, user=COUNTY_USER, password=PASSWORD) as county:
            for _ in moving.move_to_server(county, url, password=PASSWORD, cost=CHEAP):
                pass
        moving.reopen(str(base), user=COUNTY_USER, password=PASSWORD)
        with Store.open_server(url, user=COUNTY_USER, password=PASSWORD) as city:
            copier = Copier(city)
            for number in range(1, COPIES + 1):
                copier.copy(number, years=YEARS)
            copier.index()
            return _measured(city)


def _made(folder: Path) -> Path:
    return make_county(
        folder, scale=0.01, today=datetime.now().astimezone().date(), say=lambda _: None, towns=1
    ).county


def _measured(city: Store) -> list[dict[str, Any]]:
    assert city.catalog.forms  # read before anything is measured
    with city.reading() as r:
        people, lines = (
            int(r.scalar(sa.select(sa.func.count()).select_from(table)))
            for table in (schema.people, schema.payment_items)
        )
        typed = r.connection.execute(sa.select(schema.people.c.name).limit(200)).scalars().all()
        finds = sorted(_seconds(lambda name=name: find_people(r, name)) for name in typed)
        board = _seconds(lambda: summarise_towns(r, month=MONTH))
        checks = _seconds(lambda: list(find_all(Scope(r, month=MONTH, today=TODAY))))
        year = _seconds(lambda: annual_figures(r, YEAR))
    pairs = _seconds(lambda: find_duplicates(city))
    size = f"{people:,} people, {lines:,} payment lines"
    hundred_thousand = lines / 100_000
    return [
        _line("city: find a person, p95", finds[int(len(finds) * 0.95)] * 1000, 16, "ms", size),
        _line("city: board of the townships", board, 2, "s", size),
        _line(
            "city: all checks C01–C17", checks, 10 + 2 * hundred_thousand, "s", "reach grows with the lines"
        ),
        _line(
            "city: pairs that may be one person",
            pairs,
            5 + people / 20_000,
            "s",
            "reach grows with the people",
        ),
        _line("city: figures of a year", year, 5 + hundred_thousand, "s", "61 indicators, two years"),
    ]


def _line(work: str, measured: float, reach: float, unit: str, note: str) -> dict[str, Any]:
    return {"work": work, "measured": measured, "reach": reach, "unit": unit, "note": note}


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
