"""A folder that other tools fill: whole and new files are taken, everything else is counted, named and left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.county.receiving.folder_intake import FolderReceived, receive_listed
from minzheng_desktop.exchange import folder as folders
from minzheng_desktop.exchange.arriving import move_taken, take_in
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import TODAY, County, Town


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "收件"
    folder.mkdir()
    return folder


def packages(town: Town, number: int) -> list[bytes]:
    """The first packages of a township, by number."""
    made = []
    for _ in range(number):
        town.add_people(1)
        file = town.export().file
        assert file is not None
        made.append(file.read_bytes())
    return made


def take(county: County, listed: folders.Listed, **more: Path) -> FolderReceived:
    steps = receive_listed(county.store, listed, today=TODAY, **more)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            done: FolderReceived = end.value
            return done


def test_a_folder_is_taken_in_number_order_with_its_sub_folders(
    town: Town, county: County, inbox: Path
) -> None:
    first, second = packages(town, 2)
    (inbox / "a" / "b").mkdir(parents=True)
    (inbox / "a" / "b" / "z.mzpkg").write_bytes(first)
    (inbox / "0.mzpkg").write_bytes(second)
    (inbox / "通知.docx").write_bytes(b"x")
    (inbox / "半个.mzpkg").write_bytes(first[: len(first) // 2])
    (inbox / "没头.mzpkg").write_bytes(bytes(200) + first[200:])
    (inbox / ".z.mzpkg.0123abcd.part").write_bytes(first[:100])
    done = take(county, folders.list_folder(county.store, inbox))
    assert [(one.number, one.status) for one in done.results] == [(1, "applied"), (2, "applied")]
    assert {one.path.name for one in done.listed.half} == {
        "半个.mzpkg", "没头.mzpkg", ".z.mzpkg.0123abcd.part",
    }  # fmt: skip
    assert [path.name for path in done.listed.other] == ["通知.docx"]
    assert (done.listed.seen, done.moved) == (0, 0)
    assert "没有写完的 3 个" in done.listed.words
    # The same again: nothing is judged, both are counted.
    again = take(county, folders.list_folder(county.store, inbox))
    assert (again.results, again.listed.seen) == ((), 2)
    assert (inbox / "0.mzpkg").exists()


def test_files_move_only_when_it_was_chosen(town: Town, county: County, inbox: Path) -> None:
    first, second = packages(town, 2)
    (inbox / "1.mzpkg").write_bytes(first)
    (inbox / "坏.mzpkg").write_bytes(second[:500] + b"?" + second[501:])
    done = take(county, folders.list_folder(county.store, inbox), move_in=inbox)
    assert sorted(one.status for one in done.results) == ["applied", "refused"]
    assert done.moved == 2
    assert [path.name for path in (inbox / "已收").iterdir()] == ["1.mzpkg"]
    assert [path.name for path in (inbox / "拒收").iterdir()] == ["坏.mzpkg"]
    # What lies there is never looked at again; a second file of that name keeps its bytes beside the first.
    (inbox / "1.mzpkg").write_bytes(first)
    again = take(county, folders.list_folder(county.store, inbox), move_in=inbox)
    assert (again.results, again.listed.seen, again.moved) == ((), 1, 1)
    assert sorted(path.name for path in (inbox / "已收").iterdir()) == ["1.mzpkg", "1（2）.mzpkg"]


def test_a_file_is_taken_when_it_has_settled(town: Town, county: County, inbox: Path) -> None:
    (whole,) = packages(town, 1)
    file = inbox / "1.mzpkg"
    watch = folders.FolderWatch(inbox)

    def ready(now: float) -> list[str]:
        return [one.path.name for one in watch.poll(county.store, now).ready]

    file.write_bytes(whole[:300])
    assert ready(0) == []
    file.write_bytes(whole[:900])  # still growing
    assert ready(4) == []
    file.write_bytes(whole)
    assert ready(8) == []  # just changed
    assert ready(9) == []
    assert ready(8 + folders.SETTLE_SECONDS) == ["1.mzpkg"]
    assert ready(100) == []  # given out once
    os.utime(file, (1, 1))
    assert ready(101) == []
    assert ready(105) == ["1.mzpkg"]  # touched, and not taken yet


def test_what_never_becomes_whole_is_named_once(town: Town, county: County, inbox: Path) -> None:
    (whole,) = packages(town, 1)
    (inbox / "1.mzpkg").write_bytes(whole[:-30])
    watch = folders.FolderWatch(inbox)
    watch.poll(county.store, 0)
    told = watch.poll(county.store, 10)
    assert [one.path.name for one in told.half] == ["1.mzpkg"]
    assert told.half[0].why
    assert watch.poll(county.store, 20) == folders.Listed()
    (inbox / "1.mzpkg").write_bytes(whole)  # the tool finished after all
    watch.poll(county.store, 30)
    assert len(watch.poll(county.store, 40).ready) == 1


def test_a_refused_file_comes_once_from_a_watched_folder(town: Town, county: County, inbox: Path) -> None:
    (whole,) = packages(town, 1)
    (inbox / "坏.mzpkg").write_bytes(whole[:500] + b"?" + whole[501:])
    watch = folders.FolderWatch(inbox)
    watch.poll(county.store, 0)
    done = take(county, watch.poll(county.store, 10))
    assert [one.status for one in done.results] == ["refused"]
    restarted = folders.FolderWatch(inbox)  # the program was closed and opened
    restarted.poll(county.store, 0)
    told = restarted.poll(county.store, 10)
    assert (told.ready, told.refused) == ((), 1)
    assert len(folders.list_folder(county.store, inbox).ready) == 1  # asked for by hand, it is judged anew


def test_thousands_of_files_of_others_are_passed_over(town: Town, county: County, inbox: Path) -> None:
    (whole,) = packages(town, 1)
    for n in range(3000):
        (inbox / f"{n}.txt").write_bytes(b"")
    (inbox / "x.mzpkg").write_bytes(whole)
    watch = folders.FolderWatch(inbox)
    watch.poll(county.store, 0)
    told = watch.poll(county.store, 10)
    assert (len(told.ready), len(told.other)) == (1, 3000)
    assert "别的文件 3,000 个" in told.words
    assert watch.poll(county.store, 20) == folders.Listed()


def test_a_folder_that_is_gone_is_told(county: County, inbox: Path) -> None:
    watch = folders.FolderWatch(inbox)
    watch.poll(county.store, 0)
    inbox.rmdir()
    with pytest.raises(UserError, match="找不到文件或文件夹"):
        watch.poll(county.store, 1)


def test_a_township_takes_the_countys_files_from_a_folder(town: Town, county: County, inbox: Path) -> None:
    for at, data in enumerate(packages(town, 2)):
        (inbox / f"{at}.mzpkg").write_bytes(data)
        receipt = county.receive(inbox / f"{at}.mzpkg")[0].receipt
        assert receipt is not None
        (inbox / receipt.name).write_bytes(receipt.read_bytes())
    listed = folders.list_files(town.store, [inbox])
    assert [one.path.suffix for one in listed.ready] == [".mzret", ".mzret"]
    assert len(listed.other) == 2  # its own packages are not for it
    done = list(take_in(town.store, listed.ready, today=TODAY))
    assert [one.receipt.package if one.receipt else 0 for one in done] == [1, 2]
    again = folders.list_files(town.store, [inbox])
    assert (again.ready, again.seen) == ((), 2)
    assert move_taken(inbox, done, folders.Listed()) == 2
    with town.store.reading() as r:
        assert r.scalar(sa.select(sa.func.count()).where(schema.outbox.c.state == "acknowledged")) == 2
