"""A county with two townships that were enrolled once and are copied for every play, each with a clerk's pen."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minzheng_desktop.exchange.peers.copying import write_copy
from minzheng_desktop.exchange.peers.reading import read_peer_files
from minzheng_desktop.store.store import Store
from tests.exchange.offices import BASHAN, PASSWORD, TODAY, XIUQI, County, Town, join, new_county, new_town

MONTH = "2026-11"
ZEROS = dict.fromkeys(("months", "base", "extra", "backpay", "deduct"), 0)
OFFICES = {"x": XIUQI, "y": BASHAN}
LAPTOPS = {**OFFICES, "w": XIUQI}
"""With the second laptop of 修齐 (w), once `prepare_pair` made it."""


@dataclass
class Scene:
    """The open offices of one play, in a folder of its own."""

    folder: Path
    county: County
    towns: dict[str, Town]

    def close(self) -> None:
        self.county.store.close()
        for town in self.towns.values():
            town.store.close()


def prepare(folder: Path) -> Path:
    """A county and its townships 修齐 (x) and 巴山 (y), enrolled, closed, to be copied by `open_scene`."""
    county = new_county(folder / "county")
    for number, (key, division) in enumerate(OFFICES.items()):
        town = new_town(folder / key, division)
        join(town, county)
        assert town.store.catalog.forms
        town.count = 200 * number
        town.store.close()
    assert county.store.catalog.forms
    county.store.close()
    return folder


def prepare_pair(folder: Path) -> Path:
    """The same with a second laptop of 修齐 (w) that the county, x and w know of; each has sent a package."""
    prepare(folder)
    scene = open_scene(folder, folder / "made")
    county, x = scene.county, scene.towns["x"]
    w = scene.towns["w"] = new_town(scene.folder / "w", XIUQI)
    w.count = 400
    x.add_people(3)
    _hand_over(x, county)
    join(w, county)
    first = _hand_over(w, county)
    x.add_people(1)
    _hand_over(x, county)
    results = [*read_peer_files(x.store, [first], today=TODAY)]
    results += read_peer_files(w.store, write_copy(x.store, scene.folder / "copy").files, today=TODAY)
    assert {one.status for one in results} == {"applied"}
    scene.towns["y"].add_reported_elder()
    _hand_over(scene.towns["y"], county)
    x.add_reported_elder()
    second = _hand_over(x, county)
    assert [one.status for one in read_peer_files(w.store, [second], today=TODAY)] == ["applied"]
    scene.close()
    return scene.folder


def _hand_over(town: Town, county: County) -> Path:
    done = town.export()
    assert done.file is not None
    (result,) = county.receive(done.file)
    assert result.status == "applied", result.reason
    town.apply(result.receipt)
    return done.file


def open_scene(prepared: Path, folder: Path) -> Scene:
    """A fresh copy of the prepared offices. Their invented id numbers do not meet."""
    shutil.copytree(prepared, folder)
    county = County(Store.open(folder / "county" / "县局.mz", password=PASSWORD), folder / "county")
    towns = {}
    for number, key in enumerate(LAPTOPS):
        if not (folder / key).is_dir():
            continue
        store = Store.open(folder / key / "乡镇.mz", password=PASSWORD)
        towns[key] = Town(store, folder / key / "U盘", 200 * number + 50 * (folder / "w").is_dir())
    return Scene(folder, county, towns)


def change(town: Town, table: str, row: str, **values: Any) -> None:
    """Change some columns of a row, as a clerk does."""
    with town.store.writing("test") as w:
        w.put(table, {"id": row, **values})


def void(town: Town, table: str, row: str) -> None:
    with town.store.writing("test") as w:
        w.void(table, row)


def lock(town: Town, record: str, *cents: int, number: str, month: str = MONTH) -> str:
    """A locked batch with one payment item for each of the amounts; returns its id."""
    owner = town.store.site.division
    with town.store.writing("test") as w:
        batch = {"owner": owner, "form": "elder_age", "month": month, "kind": "regular", "number": number}
        row = w.put(
            "payment_batches", {**batch, "state": "locked", "item_count": len(cents), "total": sum(cents)}
        )
        item = {"owner": owner, "batch": row, "record": record, "month": month}
        period = {"period_from": month, "period_to": month}
        w.put_many("payment_items", [{**item, **period, **ZEROS, "total": one} for one in cents], fresh=True)
    return row
