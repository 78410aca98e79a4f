"""Large rosters for the benchmarks, in the columns that a clerk keeps."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from minzheng_desktop.benefits.plan import paid_form
from minzheng_desktop.benefits.rates import view_rates
from minzheng_desktop.demo.population import generate_households
from minzheng_desktop.demo.rosters import make_dibao_lines, write_dibao_roster
from minzheng_desktop.store.store import Store
from tests.benchmarks.township import CHEAP, PASSWORD, TODAY, TOWN, work_folder

MONTH = "2026-10"


def new_township(name: str) -> Store:
    """An empty demonstration township in the work folder."""
    store, _ = Store.create(
        work_folder() / f"{name}.db",
        role="township",
        division=TOWN,
        user="甲",
        password=PASSWORD,
        demonstration=True,
        cost=CHEAP,
    )
    return store


def dibao_roster(store: Store, households: int) -> Path:
    """A roster of that many households, kept in the work folder for the next benchmark."""
    path = work_folder() / f"dibao-{households}.xlsx"
    if path.exists():
        return path
    divisions = store.catalog.divisions
    villages = [village.code for village in divisions.villages(TOWN)]
    found = list(islice(generate_households(villages=villages, seed=3, today=TODAY), households))
    with store.reading() as r:
        rates = view_rates(r, *paid_form(store.catalog, "dibao"))
    lines = make_dibao_lines(found, rates=rates, month=MONTH, seed=3)
    write_dibao_roster(path, lines, town="葛城街道", month=MONTH, divisions=divisions)
    return path
