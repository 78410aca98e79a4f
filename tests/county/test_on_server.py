"""The county on PostgreSQL: the same intake, receipts and decisions."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.checks.desk import run_checks
from minzheng_desktop.county.replies.answers import accept_answers, list_answered
from minzheng_desktop.county.replies.bulletins import standings
from minzheng_desktop.county.replies.decisions import decide, waiting_records
from minzheng_desktop.county.replies.publishing import plan_publication, publish
from minzheng_desktop.county.replies.receipts import hand_out_receipt
from minzheng_desktop.county.replies.resolutions import rule_conflicts
from minzheng_desktop.county.summary import summarise_towns
from minzheng_desktop.exchange import folder as folders
from minzheng_desktop.exchange.down.offered import accept_offered
from minzheng_desktop.exchange.down.told import answer_told, told_findings
from minzheng_desktop.exchange.files.envelope import sha256
from minzheng_desktop.exchange.judging.conflicts import choose, list_conflicts
from minzheng_desktop.store import audit, copies, destinations, schema
from minzheng_desktop.store.store import Store
from tests.county.test_findings_answered import add
from tests.county.test_publishing import FORM, send, write
from tests.exchange.offices import TODAY, XIUQI, County, Town, join, new_town
from tests.exchange.pair import make_pair, packed, read
from tests.exchange.scene import change
from tests.exchange.test_joins import HIGH, LOW, enter
from tests.exchange.test_peers import people_of
from tests.exchange.test_receipt import hand_over
from tests.store.conftest import PASSWORD


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


def test_two_laptops_of_a_township_on_a_server(server_office: Store, tmp_path: Path) -> None:
    """Edits merge, a conflict waits and is ruled, one person entered twice is joined: the same on a server."""
    county = County(server_office, tmp_path / "county")
    county.folder.mkdir()
    pair = make_pair(tmp_path, county)
    one, other = sorted(people_of(pair.a))[:2]
    change(pair.a, "people", one, ethnicity="15")
    change(pair.b, "people", one, reside_village="500229106001")
    change(pair.a, "people", other, name="罗成桂")
    change(pair.b, "people", other, name="罗承贵")
    enter(pair.a, LOW)
    enter(pair.b, HIGH)
    a, b = packed(pair.a), packed(pair.b)
    assert [result.status for result in county.receive(a, b)] == ["applied", "applied"]
    read(pair.a, b)
    read(pair.b, a)
    with county.store.reading() as r:
        (conflict,) = list_conflicts(r)
    assert [asked.path for asked in conflict.asked] == ["name"]
    rule_conflicts(county.store, [choose(conflict, "other")])
    for town in (pair.a, pair.b, pair.a):
        change(town, "people", one, sex="2" if town is pair.a else "1")
        pair.hand_over(town)
    with county.store.reading() as r:
        assert [one.ruled == "" for one in list_conflicts(r) if one.id == other] == []
        gone = r.get("people", HIGH)
        assert gone is not None
        assert (gone["void"], gone["more"]["same_as"]) == (1, LOW)
    for town in (pair.a, pair.b):
        town.store.close()


def test_publishing_bulletins_and_answers_on_a_server(joined: tuple[Town, County], tmp_path: Path) -> None:
    town, county = joined
    add(town, "周满", 2)  # a man with a woman's number: a warning
    town.apply(hand_over(town, county))
    folder = write(tmp_path / "县", 电扇=FORM)
    assert publish(county.store, plan_publication(county.store, folder)) == 1
    run_checks(county.store, month="2026-11", today=TODAY)
    send(county, town)
    assert len(accept_offered(town.store).entries) == 1
    with town.store.reading() as r:
        (told,) = told_findings(r)
    answer_told(town.store, [told.line.id], as_="explained", text="登记时写错")
    town.apply(hand_over(town, county))
    with county.store.reading() as r:
        assert [one.read for one in standings(r) if one.division == XIUQI] == [True]
        assert [one.said for one in list_answered(r)] == ["登记时写错"]
    assert accept_answers(county.store, [told.line.id]) == 1
    send(county, town)
    with town.store.reading() as r:
        assert [one.state for one in told_findings(r)] == ["agreed"]


def test_two_sessions_that_receive_the_same_files_apply_each_once(
    joined: tuple[Town, County], server: str
) -> None:
    """Both are given all three packages at once; what one applied the other finds there."""
    town, county = joined
    files = []
    for _ in range(3):
        town.add_people(4)
        package = town.export().file
        assert package is not None
        files.append(package)
    with Store.open_server(server, user="唐敏", password=PASSWORD) as other:
        sessions = (county, County(other, county.folder / "zwei"))
        with ThreadPoolExecutor(2) as pool:
            found = [done.result() for done in [pool.submit(one.receive, *files) for one in sessions]]
    by_number: dict[int | None, list[str]] = {}
    for one in (result for results in found for result in results):
        by_number.setdefault(one.number, []).append(one.status)
    assert sorted(by_number) == [1, 2, 3]
    for statuses in by_number.values():
        assert statuses.count("applied") == 1, by_number
        assert set(statuses) <= {"applied", "already"}, by_number
    with county.store.reading() as r:
        assert r.scalar(sa.select(sa.func.count()).select_from(schema.people)) == 12
        assert audit.verify(r.connection).broken_at == 0


def test_copies_and_folders_on_a_server(joined: tuple[Town, County], tmp_path: Path) -> None:
    """The register, its search, what a killed session left open, destinations and the files of a folder."""
    town, county = joined
    town.add_people(1)
    file = town.export().file
    assert file is not None
    folder = tmp_path / "甲盘"
    (received,) = county.receive(file)
    assert received.receipt is not None
    (key,) = [one for one in _packages(county.store) if one]
    for _ in hand_out_receipt(county.store, key, [folder]):
        pass
    data = b"x"
    what = copies.Outgoing("backup", "a.mzbak")
    entry = copies.Entry(county.store, what, folder, digest=sha256(data), size=len(data))
    entry.begin()
    (folder / "a.mzbak").write_bytes(data)
    assert copies.settle(county.store) == 0
    with county.store.reading() as r:
        assert {one.kind for one in copies.list_copies(r)} == {"enrolment", "receipt", "backup"}
        assert [one.name for one in copies.list_copies(r, text="甲盘", number=1)] == ["500229106A_0001.mzret"]
        assert [Path(one.path).name for one in destinations.remembered(r)] == ["甲盘"]
    listed = folders.list_files(county.store, [file])
    assert (listed.ready, listed.seen) == ((), 1)


def _packages(store: Store) -> list[str]:
    with store.reading() as r:
        return [row["id"] for row in r.rows(sa.select(schema.packages.c.id))]
