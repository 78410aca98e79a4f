"""Two laptops of one township and their county, for real: enrolled, and the second one brought up by a copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from minzheng_desktop.exchange.peer_copy import write_copy
from minzheng_desktop.exchange.peers import PeerRead, read_peer_files
from tests.exchange.offices import TODAY, County, Town, join, new_county, new_town


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


def open_pair(folder: Path, *, people: int = 3, county: County | None = None) -> Pair:
    """A has people; B joins, the county meets it, A learns of it, and B reads A's copy."""
    county = county or new_county(folder / "county")
    a, b = new_town(folder / "a"), new_town(folder / "b")
    join(a, county)
    pair = Pair(county, a, b)
    a.add_people(people)
    pair.hand_over(a)
    join(b, county)
    b.count = 500
    first = pair.hand_over(b)
    a.add_people(1)
    pair.hand_over(a)
    assert [one.status for one in read(a, first)] == ["applied"]
    assert [one.status for one in read(b, *write_copy(a.store, a.stick).files)] == ["applied"]
    return pair
