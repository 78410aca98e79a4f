"""kill -9 at any moment of export, receive and receipt: nothing is lost, nothing is half done, and the next try
ends where an undisturbed one would have."""

from __future__ import annotations

import hashlib
from pathlib import Path

import sqlalchemy as sa

from minzheng_desktop.exchange.sending import chain
from minzheng_desktop.store import audit, copies, schema
from minzheng_desktop.store.store import Store
from tests.exchange.offices import PASSWORD, County, Town
from tests.faults.commandline import KILLED, CommandLine

MOST = 400
"""More moments than any of the actions has."""


def run(minzheng: CommandLine, action: str, database: Path, file: Path, folder: Path, count: int) -> bool:
    """One action in its own process; True when it was killed at its n-th moment, False when it ended before."""
    done = minzheng.ask("crashing", [action, str(database), str(file), str(folder), str(count)])
    if done.code == KILLED:
        return True
    assert done.code == 0, done.said
    return False


def counts_to_try(step: int) -> range:
    return range(1, MOST, step)


def reopened(town_or_county: Town | County) -> Store:
    path = town_or_county.store.path
    assert path is not None
    return Store.open(path, password=PASSWORD)


def verified(store: Store) -> None:
    with store.reading() as r:
        assert audit.verify(r.connection).broken_at == 0
        assert r.connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"


def registered(store: Store, folder: Path) -> None:
    """The register of copies and the folder tell the same, once what a kill left open was settled."""
    assert copies.settle(store) == 0
    with store.reading() as r:
        found = [one for one in copies.list_copies(r) if one.place == str(folder)]
    there = {one.name: one.digest for one in found if one.state == copies.WRITTEN}
    found_there = folder.glob("*.mz*") if folder.is_dir() else ()
    whole = [path for path in found_there if not path.name.startswith(".")]  # half-written ones are hidden
    assert there == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in whole}


def test_export_killed_at_any_moment(town: Town, county: County, minzheng: CommandLine) -> None:
    town.add_people(3)
    path = town.store.path
    assert path is not None
    seen: dict[int, str] = {}
    for count in counts_to_try(3):
        town.store.close()
        killed = run(minzheng, "export", path, Path("-"), town.stick, count)
        town.store = reopened(town)
        # Once a number is committed it is the same bytes for ever, on the stick as in the outbox.
        with town.store.reading() as r:
            for row in r.rows(sa.select(schema.outbox)):
                assert seen.setdefault(row["number"], row["digest"]) == row["digest"]
        for file in town.stick.glob("*.mzpkg"):
            number = int(file.stem[-4:])
            assert hashlib.sha256(file.read_bytes()).hexdigest() == seen[number]
        registered(town.store, town.stick)
        if not killed:
            break
    else:
        raise AssertionError("the export never ended")
    verified(town.store)
    assert list(seen) == [1]
    with town.store.reading() as r:
        assert chain.unpacked_changes(r) == 0
    result = county.receive(*town.stick.glob("*.mzpkg"))[0]
    assert (result.status, result.count("new")) == ("applied", 3)


def test_receive_killed_at_any_moment(
    town: Town, county: County, minzheng: CommandLine, tmp_path: Path
) -> None:
    town.add_people(3)
    town.add_reported_elder()
    file = town.export().file
    assert file is not None
    path = county.store.path
    assert path is not None
    for count in counts_to_try(7):
        county.store.close()
        killed = run(minzheng, "receive", path, file, tmp_path / "回执", count)
        county.store = reopened(county)
        with county.store.reading() as r:
            people = r.scalar(sa.select(sa.func.count()).select_from(schema.people))
            steps = r.scalar(sa.select(sa.func.count()).select_from(schema.steps))
            packages = r.scalar(sa.select(sa.func.count()).select_from(schema.packages))
        # All of it or nothing of it.
        assert (people, steps, packages) in {(0, 0, 0), (4, 2, 1)}
        registered(county.store, tmp_path / "回执")
        if not killed:
            break
    else:
        raise AssertionError("receiving never ended")
    verified(county.store)
    again = county.receive(file)[0]
    assert again.status == "already"
    assert town.apply(again.receipt).acknowledged_number == 1


def test_a_receipt_killed_at_any_moment(town: Town, county: County, minzheng: CommandLine) -> None:
    from minzheng_desktop.county.replies.decisions import decide

    record = town.add_reported_elder()
    file = town.export().file
    assert file is not None
    county.receive(file)
    decide(county.store, [record], kind="return", text="缺材料", number="")
    receipt = county.receive(file)[0].receipt
    path = town.store.path
    assert receipt is not None
    assert path is not None
    for count in counts_to_try(7):
        town.store.close()
        killed = run(minzheng, "receipt", path, receipt, Path("-"), count)
        town.store = reopened(town)
        with town.store.reading() as r:
            marks = chain.read_chain(r).acknowledged_to
            decisions = r.scalar(sa.select(sa.func.count()).select_from(schema.decisions))
        assert (marks, decisions, town.state(record)) in {(0, 0, "reported"), (1, 1, "county_returned")}
        if not killed:
            break
    else:
        raise AssertionError("the receipt was never applied")
    verified(town.store)
