"""The county on PostgreSQL: the same intake, receipts and decisions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng_desktop.county.decisions import decide, waiting_records
from minzheng_desktop.county.summary import summarise_towns
from minzheng_desktop.store import audit
from minzheng_desktop.store.store import Store
from tests.exchange.offices import County, Town, join, new_town


@pytest.fixture
def joined(server_office: Store, tmp_path: Path) -> Iterator[tuple[Town, County]]:
    county = County(server_office, tmp_path / "county")
    county.folder.mkdir()
    town = new_town(tmp_path / "town")
    join(town, county)
    yield town, county
    town.store.close()


def test_the_whole_way_on_a_server(joined: tuple[Town, County]) -> None:
    town, county = joined
    record = town.add_reported_elder()
    ids = town.add_people(3)
    with town.store.writing("test") as w:
        w.put("people", {"id": ids[0], "phone": "13800000001"})
    done = town.export()
    assert done.file is not None
    first = county.receive(done.file)[0]
    assert (first.status, first.count("changed"), first.reason) == ("applied", 1, "")
    assert county.receive(done.file)[0].status == "already"
    with county.store.reading() as r:
        assert [one.record for one in waiting_records(r)] == [record]
        assert sum(one.people for one in summarise_towns(r, month="2026-11")) == 4
        assert audit.verify(r.connection).broken_at == 0
    decide(county.store, [record], kind="return", text="缺材料", number="")
    assert len(town.apply(county.receive(done.file)[0].receipt).decisions.taken) == 1
    assert town.state(record) == "county_returned"


def test_an_early_package_waits_on_a_server(joined: tuple[Town, County]) -> None:
    town, county = joined
    files = []
    for _ in range(2):
        town.add_people(1)
        done = town.export()
        assert done.file is not None
        files.append(done.file)
    (late,) = county.receive(files[1])
    assert (late.status, late.kept, late.missing) == ("waiting", True, (1,))
    assert [(one.number, one.status) for one in county.receive(files[0])] == [(1, "applied"), (2, "applied")]
