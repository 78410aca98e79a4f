"""Where packages go: tried before anything is packed, several at once, and never over another file."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minzheng_desktop.exchange import looks
from minzheng_desktop.exchange.sending import chain
from minzheng_desktop.store import copies, destinations
from minzheng_desktop.store.devices import Device
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import Town


@pytest.fixture
def ready(town: Town) -> Town:
    town.add_people(2)
    return town


def packed(town: Town) -> int:
    with town.store.reading() as r:
        return chain.read_chain(r).last_number


def test_a_failing_stick_is_named_and_spoils_no_other(ready: Town, tmp_path: Path) -> None:
    good, bad, other = tmp_path / "好盘", tmp_path / "坏盘", tmp_path / "共享"
    bad.write_bytes(b"a file where the folder should be")
    made = chain.export(ready.store, out=[bad, good, other])
    assert made.number == 1
    assert [place.error.code if place.error else "" for place in made.places] == ["not_found", "", ""]
    assert "坏盘" in made.places[0].sentence
    names = {path.name for folder in (good, other) for path in folder.iterdir()}
    assert names == {"500229106A_0001.mzpkg"}
    with ready.store.reading() as r:
        assert {Path(one.place).name for one in copies.list_copies(r)} == {"好盘", "共享"}
        assert [Path(one.path).name for one in destinations.remembered(r)] == ["共享", "好盘"]


def test_no_usable_place_packs_nothing(ready: Town, tmp_path: Path) -> None:
    bad = tmp_path / "坏盘"
    bad.write_bytes(b"")
    with pytest.raises(UserError) as told:
        chain.export(ready.store, out=[bad])
    assert (told.value.code, packed(ready)) == ("not_found", 0)


def test_too_little_room_is_told_before_packing(
    ready: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new stick with 20 kB left takes the probe, not the package (32 kB pieces on FAT32)."""
    real = shutil.disk_usage

    def little(path: Any) -> Any:
        return real(path)._replace(free=20_000)

    monkeypatch.setattr(destinations.shutil, "disk_usage", little)
    with pytest.raises(UserError, match=r"只剩 20 KB，要写 33 KB") as told:
        ready.export()
    assert (told.value.code, packed(ready)) == ("disk_full", 0)
    assert list(ready.stick.iterdir()) == []


def test_a_write_protected_stick_is_told_in_words(ready: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = Device("/media/x", "removable", "民政", "1A2B-3C4D", read_only=True)
    monkeypatch.setattr(destinations, "device_of", lambda _path: locked)
    with pytest.raises(UserError, match=r"U 盘 民政（1A2B-3C4D）是只读的.*写保护") as told:
        ready.export()
    assert (told.value.code, packed(ready)) == ("read_only", 0)


def test_another_file_under_the_name_is_never_overwritten(ready: Town) -> None:
    ready.stick.mkdir()
    target = ready.stick / "500229106A_0001.mzpkg"
    target.write_bytes(b"somebody else's")
    with pytest.raises(UserError, match="没有覆盖它") as told:
        ready.export()
    assert (told.value.code, packed(ready)) == ("other_file_there", 0)
    assert target.read_bytes() == b"somebody else's"
    target.unlink()
    ready.export()
    whole = target.read_bytes()
    target.write_bytes(whole[:-1] + b"?")
    with pytest.raises(UserError) as told:
        ready.export(resend=1)
    assert told.value.code == "other_file_there"
    assert target.read_bytes()[-1:] == b"?"


@pytest.mark.parametrize("left", [0, 40, 700], ids=["empty", "within the envelope", "within the payload"])
def test_a_half_written_copy_is_mended(ready: Town, left: int) -> None:
    """As a pulled stick leaves it: cut off, or of full length with zeros behind."""
    made = ready.export()
    assert made.file is not None
    whole = made.file.read_bytes()
    for half in (whole[:left], whole[:left] + bytes(len(whole) - left)):
        made.file.write_bytes(half)
        again = ready.export()  # nothing new: what the stick lacks is copied again
        assert made.file.read_bytes() == whole
        assert [place.mended for place in again.places] == [(made.file,)]


def test_the_same_file_there_already_is_no_second_copy(ready: Town) -> None:
    ready.export()
    again = ready.export(resend=1)
    assert (again.file, again.places[0].written) == (ready.stick / "500229106A_0001.mzpkg", ())
    with ready.store.reading() as r:
        assert len(copies.list_copies(r)) == 1


def test_a_folder_that_vanishes_while_it_is_written_to(
    ready: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., None] = os.replace
    gone = tmp_path / "拔出的盘"

    def pulled(source: Any, target: Any) -> None:
        if Path(target).parent == gone:
            shutil.rmtree(gone)
            raise OSError(errno.ENODEV, "No such device")
        real(source, target)

    monkeypatch.setattr(os, "replace", pulled)
    made = chain.export(ready.store, out=[gone, ready.stick])
    assert [bool(place.error) for place in made.places] == [True, False]
    assert "拔出" in made.places[0].sentence
    with ready.store.reading() as r:
        assert [one.place for one in copies.list_copies(r)] == [str(ready.stick)]


def test_stopping_leaves_the_package_packed_and_no_half_file(ready: Town) -> None:
    steps = chain.exporting(ready.store, out=ready.stick)
    next(steps)
    steps.close()
    assert list(ready.stick.iterdir()) == []
    assert packed(ready) == 1
    assert ready.export().recopied == (ready.stick / "500229106A_0001.mzpkg",)


def test_a_stick_is_found_again_under_another_letter(ready: Town, tmp_path: Path) -> None:
    """The setting keeps serial and inner folder; where it is mounted now is asked each time."""
    place = destinations.Place(
        path="E:\\上报", kind="removable", label="民政", serial="1A2B-3C4D", inside="上报"
    )
    now = Device(str(tmp_path), "removable", "民政", "1A2B-3C4D")
    assert destinations.locate(place, [now]) == tmp_path / "上报"
    assert destinations.locate(place, []) is None
    destinations.remember(ready.store, ready.stick)
    with ready.store.reading() as r:
        (found, fresh) = destinations.offered(r, [now])
    assert (found.folder, found.remembered, fresh.folder, fresh.remembered) == (
        ready.stick, True, tmp_path, False,
    )  # fmt: skip
    assert destinations.forget(ready.store, ready.stick)
    assert not destinations.forget(ready.store, ready.stick)


def test_half_written_files_are_told_at_a_glance(ready: Town, tmp_path: Path) -> None:
    made = ready.export()
    assert made.file is not None
    whole = made.file.read_bytes()
    assert looks.look(made.file).state == looks.WHOLE
    for left in (0, 10, 400, len(whole) // 2, len(whole) - 1):
        half = tmp_path / f"{left}.mzpkg"
        half.write_bytes(whole[:left])
        assert looks.look(half).state == looks.HALF, left
        zeros = len(whole) - left
        if zeros == 1:
            continue  # the last byte of a container is a zero
        half.write_bytes(whole[:left] + bytes(zeros))
        assert looks.look(half).state == looks.HALF, left
        assert looks.look(half).why
    assert looks.look(tmp_path / ".a.mzpkg.0123abcd.part").state == looks.LEFTOVER
    (tmp_path / "照片.jpg").write_bytes(b"x")
    assert looks.look(tmp_path / "照片.jpg").state == looks.FOREIGN
    assert looks.look(tmp_path / "没有.mzpkg").state == looks.GONE


def test_a_stick_that_is_away_is_not_replaced_by_a_folder_of_this_computer(
    ready: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Linux the mount point of a stick that was pulled out is an ordinary folder, or can be made as one."""
    stick = tmp_path / "media" / "民政"
    there = Device(str(stick), "removable", "民政", "1A2B-3C4D")
    monkeypatch.setattr(destinations, "device_of", lambda _path: there)
    ready.add_people(1)
    chain.export(ready.store, out=stick)
    monkeypatch.undo()
    shutil.rmtree(stick)
    ready.add_people(1)
    with pytest.raises(UserError, match=r"U 盘 民政（1A2B-3C4D）没有插上.*本机的文件夹") as told:
        chain.export(ready.store, out=stick)
    assert (told.value.code, packed(ready), stick.exists()) == ("not_plugged", 1, False)
    other = Device(str(stick), "removable", "另一个", "9999-0000")  # the next stick under the same letter
    monkeypatch.setattr(destinations, "device_of", lambda _path: other)
    assert chain.export(ready.store, out=stick).number == 2
    with ready.store.reading() as r:
        found = destinations.offered(r, [other])
    assert [(one.device, one.problem) for one in found] == [
        ("U 盘 另一个（9999-0000）", ""),
        ("U 盘 民政（1A2B-3C4D）", "没有插上"),
    ]
