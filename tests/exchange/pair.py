"""Two laptops of one township and their county, for real: enrolled, and the second one brought up by a copy."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from minzheng_desktop.exchange.peers.copying import write_copy
from minzheng_desktop.exchange.peers.reading import PeerRead, read_peer_files
from minzheng_desktop.store.store import Store
from tests.exchange.offices import PASSWORD, TODAY, County, Town, join, new_county, new_town


@dataclass
class Pair:
    """The county, laptop A (which may lock) and laptop B."""

    county: County
    a: Town
    b: Town

    def close(self) -> None:
        for office in (self.county, self.a, self.b):
            office.store.close()

    def hand_over(self, town: Town) -> Path:
        """Export, let the county take it in, apply the receipt; returns the package."""
        file = packed(town)
        (result,) = self.county.receive(file)
        assert result.status == "applied", result.reason
        town.apply(result.receipt)
        return file

    def cross(self, one: Town, other: Town) -> list[PeerRead]:
        """What `one` has not packed yet goes to the county and to `other`."""
        return read(other, self.hand_over(one))


def packed(town: Town) -> Path:
    done = town.export()
    assert done.file is not None
    return done.file


def read(town: Town, *files: Path) -> list[PeerRead]:
    return list(read_peer_files(town.store, files, today=TODAY))


@cache
def _prepared() -> Path:
    """The offices of `make_pair`, made once for this process and closed, to be copied for every test."""
    folder = Path(tempfile.mkdtemp(prefix="pair-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    pair = make_pair(folder, new_county(folder / "county"))
    for office in (pair.county, pair.a, pair.b):
        assert office.store.catalog.forms  # read, and kept in the database
    pair.close()
    return folder


def open_pair(folder: Path) -> Pair:
    """A fresh copy of the prepared offices: A has four people, and B has read A's copy of them."""
    shutil.copytree(_prepared(), folder, dirs_exist_ok=True)
    county = County(Store.open(folder / "county" / "县局.mz", password=PASSWORD), folder / "county")
    a, b = (
        Town(Store.open(folder / key / "乡镇.mz", password=PASSWORD), folder / key / "U盘", count)
        for key, count in (("a", 4), ("b", 500))
    )
    return Pair(county, a, b)


def make_pair(folder: Path, county: County) -> Pair:
    """A has people; B joins, the county meets it, A learns of it, and B reads A's copy."""
    a, b = new_town(folder / "a"), new_town(folder / "b")
    join(a, county)
    pair = Pair(county, a, b)
    a.add_people(3)
    pair.hand_over(a)
    join(b, county)
    b.count = 500
    first = pair.hand_over(b)
    a.add_people(1)
    pair.hand_over(a)
    assert [one.status for one in read(a, first)] == ["applied"]
    assert [one.status for one in read(b, *write_copy(a.store, a.stick).files)] == ["applied"]
    return pair
