"""登记: every copy that leaves is in the register, and nothing is in it that is not on the stick."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.store import audit, backup, copies, schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import XIUQI, County, Town


def register(store: Store, **wanted: object) -> list[copies.CopyLine]:
    with store.reading() as r:
        return copies.list_copies(r, **wanted)  # type: ignore[arg-type]


def test_package_receipt_enrolment_and_backup_are_registered(
    town: Town, county: County, tmp_path: Path
) -> None:
    town.add_people(3)
    made = town.export()
    assert made.file is not None
    (line,) = register(town.store)
    data = made.file.read_bytes()
    assert (line.kind, line.name, line.number, line.lines) == ("package", made.file.name, 1, 3)
    assert (line.digest, line.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert (line.place, line.division, line.by, line.state) == (str(town.stick), XIUQI, "唐敏", "written")
    assert line.device
    backup.write_backup(town.store, tmp_path / "盘" / "a.mzbak")
    assert [one.kind for one in register(town.store)] == ["backup", "package"]

    (received,) = county.receive(made.file)
    assert received.receipt is not None
    kinds = {one.kind: one for one in register(county.store)}
    assert set(kinds) == {"enrolment", "receipt"}
    assert kinds["receipt"].digest == hashlib.sha256(received.receipt.read_bytes()).hexdigest()
    assert (kinds["receipt"].number, kinds["receipt"].lines, kinds["receipt"].division) == (1, 3, XIUQI)
    with town.store.reading() as r:
        verdict = audit.verify(r.connection)
        actions = [row["action"] for row in r.rows(sa.select(schema.audit))]
    assert (verdict.broken_at, actions.count("copy")) == (0, 1)


def test_which_sticks_hold_a_package(town: Town, tmp_path: Path) -> None:
    town.add_people(1)
    town.export()
    town.stick = tmp_path / "另一个盘"
    town.export()  # nothing new: copies again what no receipt acknowledged
    (digest,) = {one.digest for one in register(town.store, number=1)}
    with town.store.reading() as r:
        found = copies.copies_of(r, [digest])[digest]
    assert [Path(one.place).name for one in found] == ["U盘", "另一个盘"]
    assert [one.place for one in register(town.store, text="另一个")] == [str(tmp_path / "另一个盘")]
    assert register(town.store, kind="receipt") == []


def test_a_copy_that_fails_leaves_no_entry(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pulled(*_: object, **__: object) -> None:
        raise OSError(5, "pulled")

    with monkeypatch.context() as patch:
        patch.setattr("minzheng_desktop.store.files.os.replace", pulled)
        with pytest.raises(UserError, match="拔出"):
            copies.write_copy(
                town.store, copies.Outgoing("backup", "a.mzbak"), b"x", tmp_path / "盘", kept="没有变化"
            )
    assert register(town.store) == []
    assert list((tmp_path / "盘").iterdir()) == []


def test_entries_left_by_a_killed_program_are_settled_by_what_lies_there(town: Town, tmp_path: Path) -> None:
    """There: written. Not there: gone. Stick away: waits, and is settled when it is back."""
    data = b"bytes of a package"
    for place in ("有", "没有", "不在"):
        folder = tmp_path / place
        folder.mkdir()
        entry = copies.Entry(
            town.store,
            copies.Outgoing("package", "a.mzpkg", number=1),
            folder,
            digest=hashlib.sha256(data).hexdigest(),
            size=len(data),
        )
        entry.begin()
        if place != "没有":
            (folder / "a.mzpkg").write_bytes(data)
    shutil.move(tmp_path / "不在", tmp_path / "拔出")
    assert copies.settle(town.store) == 1
    assert {(Path(one.place).name, one.state) for one in register(town.store)} == {
        ("有", "written"),
        ("不在", "writing"),
    }
    shutil.move(tmp_path / "拔出", tmp_path / "不在")
    assert copies.settle(town.store) == 0
    assert {one.state for one in register(town.store)} == {"written"}


def test_a_newer_receipt_takes_the_place_of_the_older_one(town: Town, county: County) -> None:
    """Its entry stays as history and no longer counts as a copy that lies there."""
    town.add_people(1)
    file = town.export().file
    assert file is not None
    for _ in range(2):
        receipt = county.receive(file)[0].receipt
    assert receipt is not None
    lines = register(county.store, kind="receipt")
    assert [one.state for one in lines] == ["written", "replaced"]
    assert lines[0].digest == hashlib.sha256(receipt.read_bytes()).hexdigest()
    with county.store.reading() as r:
        found = copies.copies_of(r, [one.digest for one in lines])
    assert [len(found[one.digest]) for one in lines] == [1, 0]
