"""kill -9 at any moment of what goes down and across: a bulletin written and read, another laptop's package read.

After each kill all of it is there or nothing of it, the chain is whole, and the same again ends as an undisturbed one.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.county.replies.bulletins import write_bulletins
from minzheng_desktop.county.replies.decisions import decide
from minzheng_desktop.exchange.down.bulletin import read_bulletin
from minzheng_desktop.exchange.peers.reading import read_peer_files
from minzheng_desktop.store import audit, schema
from minzheng_desktop.store.store import Store
from tests.exchange.offices import PASSWORD, TODAY, XIUQI
from tests.exchange.scene import Scene, open_scene, prepare_pair
from tests.exchange.sides import whole_digest
from tests.faults.commandline import KILLED, CommandLine
from tests.faults.test_exchange_crashes import registered

MOST = 400
STEP = 9
"""Every ninth of the moments at which something reaches the disk."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_pair(tmp_path_factory.mktemp("pair") / "prepared")


def killed_until_done(
    minzheng: CommandLine, action: str, database: Path, file: Path, folder: Path, *, seen: list[str]
) -> None:
    """The action again and again, killed later each time, until it ends; `seen` grows by what was left each time."""
    for count in range(1, MOST, STEP):
        done = minzheng.ask("crashing", [action, str(database), str(file), str(folder), str(count)])
        assert done.code in (KILLED, 0), done.said
        with Store.open(database, password=PASSWORD) as store:
            with store.reading() as r:
                assert audit.verify(r.connection).broken_at == 0
                assert r.connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None
            seen.append(whole_digest(store))
        if done.code == 0:
            return
    raise AssertionError(f"{action} never ended")


def path_of(store: Store) -> Path:
    assert store.path is not None
    return store.path


def decided_scene(pair: Path, folder: Path) -> tuple[Scene, str]:
    """The county returned the record that x reported."""
    scene = open_scene(pair, folder)
    with scene.county.store.reading() as r:
        c = schema.records.c
        record = r.scalar(sa.select(c.id).where(c.owner == XIUQI, c.state == "reported"))
    decide(scene.county.store, [record], kind="return", text="缺户口簿复印件", number="")
    return scene, str(record)


def test_a_bulletin_read_and_killed_at_any_moment(pair: Path, tmp_path: Path, minzheng: CommandLine) -> None:
    scene, record = decided_scene(pair, tmp_path / "scene")
    (made,) = write_bulletins(scene.county.store, [XIUQI], tmp_path / "下发")
    town = scene.towns["x"]
    before = whole_digest(town.store)
    scene.close()
    seen: list[str] = []
    killed_until_done(minzheng, "bulletin", path_of(town.store), made.file, tmp_path, seen=seen)
    assert set(seen) == {before, seen[-1]}
    with Store.open(path_of(town.store), password=PASSWORD) as store:
        assert read_bulletin(store, made.file.read_bytes(), today=TODAY).known
        with store.reading() as r:
            row = r.get("records", record)
    assert row is not None
    assert row["state"] == "county_returned"


def test_another_laptops_package_read_and_killed_at_any_moment(
    pair: Path, tmp_path: Path, minzheng: CommandLine
) -> None:
    scene = open_scene(pair, tmp_path / "scene")
    x, w = scene.towns["x"], scene.towns["w"]
    x.add_people(3)
    x.add_reported_elder()
    file = x.export().file
    assert file is not None
    before = whole_digest(w.store)
    scene.close()
    seen: list[str] = []
    killed_until_done(minzheng, "peer", path_of(w.store), file, tmp_path, seen=seen)
    assert set(seen) == {before, seen[-1]}
    with Store.open(path_of(w.store), password=PASSWORD) as store:
        (again,) = read_peer_files(store, [file], today=TODAY)
    assert again.status == "already"


def test_a_bulletin_written_and_killed_at_any_moment(
    pair: Path, tmp_path: Path, minzheng: CommandLine
) -> None:
    """Every file that stands under its name is whole and can be read, the register of copies and the folder tell the
    same, and the last try is there. A number whose file a kill took is none too few: each carries all that is open."""
    scene, record = decided_scene(pair, tmp_path / "scene")
    county, town = path_of(scene.county.store), path_of(scene.towns["x"].store)
    scene.close()
    out = tmp_path / "下发"
    for count in range(1, MOST, STEP):
        done = minzheng.ask("crashing", ["write-bulletin", str(county), XIUQI, str(out), str(count)])
        assert done.code in (KILLED, 0), done.said
        with Store.open(county, password=PASSWORD) as store:
            registered(store, out)
            with store.reading() as r:
                assert audit.verify(r.connection).broken_at == 0
                newest = r.scalar(sa.select(sa.func.max(schema.bulletins.c.number)))
        if done.code == 0:
            break
    assert (out / f"{XIUQI}_{newest:04d}.mzbul").is_file()
    for path in sorted(out.glob("*.mzbul")):  # every file that stands there under its name can be read
        copy = Path(shutil.copytree(town.parent, tmp_path / path.stem)) / town.name
        with Store.open(copy, password=PASSWORD) as store:
            read_bulletin(store, path.read_bytes(), today=TODAY)
            with store.reading() as r:
                row = r.get("records", record)
        assert row is not None
        assert row["state"] == "county_returned"
