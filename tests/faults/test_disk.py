"""A full disk or a read-only stick during save, import, lock, export, print, backup and receiving.

Real small file systems where this process may mount them (root on Linux); otherwise a limit on the size of every
file, and folders without the right to write.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from minzheng_desktop.commands.frame import today
from minzheng_desktop.documents.batch_prints import BatchPrint
from minzheng_desktop.documents.saving import save_batch_print
from minzheng_desktop.exchange.rosters.hand_back import hand_back_errors
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import make_id_number
from tests.faults.commandline import PASSWORD, CommandLine, plain, refused
from tests.faults.conftest import MONTH, Office
from tests.faults.contents import contents_of
from tests.faults.disks import Disk

At = Callable[[str], Office]
BATCH = ("--form", "dibao", "--month", MONTH)
RECORD = {
    "person": {
        "name": "李秀英",
        "id_number": make_id_number("500229", date(1942, 3, 5), 802),
        "hukou_village": "500229001001",
    },
    "doc": {"apply_channel": "1", "apply_date": "2026-10-20", "relative_of_staff": False},
}


def record_file(folder: Path) -> Path:
    file = folder / "记录.json"
    file.write_text(json.dumps(RECORD, ensure_ascii=False), "utf-8")
    return file


def writings(office: Office) -> dict[str, tuple[object, ...]]:
    """Every command that writes into the township's database, by name, with the stage that it needs."""
    return {
        "save": ("record", "save", record_file(office.folder), "--form", "elder_age"),
        "import": ("roster", "import", office.roster, "--form", "dibao"),
        "lock": ("batch", "lock", *BATCH, "--reason", "随花名册导入"),
    }


@pytest.mark.parametrize(
    ("what", "stage"), [("save", "imported"), ("import", "joined"), ("lock", "imported")]
)
@pytest.mark.parametrize("leave", [0, 150_000])
def test_a_full_disk_under_the_database(
    minzheng: CommandLine, at: At, disk: Disk, what: str, stage: str, leave: int
) -> None:
    """With nothing left the sign-in already fails; with a little left the command itself does."""
    office = _moved(at(stage), disk)
    words = writings(office)[what]
    before = contents_of(office.town)
    disk.fill(leave=leave)
    done = minzheng.run(*words, db=office.town)
    if leave and done.code == 0 and what == "save":
        return  # one record fits into what was left
    assert "腾出空间" in refused(done, "disk_full")
    disk.free()
    assert contents_of(office.town) == before
    minzheng.do(*words, db=office.town)
    assert contents_of(office.town) != before


def test_a_read_only_disk_under_the_database(minzheng: CommandLine, at: At, disk: Disk) -> None:
    office = _moved(at("imported"), disk)
    commands = (("record", "list", "--form", "dibao"), *writings(office).values())
    before = disk.files()
    disk.remount("ro")
    for words in commands:
        refused(minzheng.run(*words, db=office.town), "folder_not_writable")
    assert disk.files() == before


def test_a_database_file_that_is_read_only(minzheng: CommandLine, at: At) -> None:
    if os.geteuid() == 0:
        pytest.skip("nothing is read-only to root but a file system")
    office = at("imported")
    office.town.chmod(0o444)
    for words in writings(office).values():
        refused(minzheng.run(*words, db=office.town), "disk_read_only")


def outputs(office: Office, folder: Path) -> dict[str, tuple[tuple[object, ...], Path]]:
    """Every command that writes a file that the user asked for, and that file."""
    prints = {
        as_: (("batch", "print", *BATCH, "--as", as_, "--out", folder / f"册.{as_}"), folder / f"册.{as_}")
        for as_ in ("pdf", "xlsx", "bank-xlsx", "bank-csv")
    }
    errors = ("roster", "plan", office.roster, "--form", "dibao", "--errors", folder / "待改.xlsx")
    return {
        **prints,
        "errors": (errors, folder / "待改.xlsx"),
        "backup": (("backup", "--out", folder / "a.mzbak"), folder / "a.mzbak"),
        "export": (("export", "--out", folder), folder / "500229001A_0001.mzpkg"),
    }


CODES = {
    "full": ("disk_full", "roster.out_unwritable"),
    "read-only": ("read_only", "roster.out_unwritable"),
    "gone": ("not_found", "roster.out_unwritable"),
}


@pytest.mark.parametrize("trouble", ["full", "read-only", "gone"])
def test_a_stick_in_trouble_gets_nothing_and_costs_nothing(
    minzheng: CommandLine, at: At, disk: Disk, trouble: str
) -> None:
    office = at("locked")
    commands = outputs(office, disk.folder)
    if trouble == "gone":  # one of each way of writing is enough
        commands = {what: commands[what] for what in ("bank-csv", "errors", "backup", "export")}
    before = contents_of(office.town)
    for what, (_, file) in commands.items():
        if what != "export":  # a package never replaces another file
            file.write_bytes(b"an older one")
    there = disk.files()
    disk.suffer(trouble)
    for what, (words, _) in commands.items():
        done = minzheng.run(*words, db=office.town)
        assert done.code == 1, (what, done.said)
        assert done.data["error"]["code"] in CODES[trouble], (what, done.said)
        plain(done.data["error"]["message"])
    disk.recover(trouble)
    if trouble != "gone":
        assert disk.files() == there  # the older ones stay, no half ones beside them
    kept = contents_of(office.town)
    assert kept == before  # nothing noted that is not there, and nothing packed
    for words, file in (commands["bank-csv"], commands["export"]):
        minzheng.do(*words, db=office.town)
        assert file.stat().st_size > 500
    assert contents_of(office.town)["outbox"] == 1


@pytest.mark.parametrize(("trouble", "words"), [("full", "空间不够"), ("read-only", "只读"), ("gone", "")])
def test_one_stick_in_trouble_is_named_and_the_other_gets_its_package(
    minzheng: CommandLine, at: At, disk: Disk, trouble: str, words: str
) -> None:
    office = at("locked")
    disk.suffer(trouble)
    good = office.folder / "好盘"
    done = minzheng.do("export", "--out", disk.folder, "--out", good, db=office.town)
    bad, fine = done["places"]
    assert words in bad["error"]["message"]
    plain(bad["error"]["message"])
    assert (fine["error"], fine["written"]) == (None, ["500229001A_0001.mzpkg"])
    (line,) = minzheng.do("copies", "list", db=office.town)["copies"]
    assert (line["place"], line["state"]) == (str(good), "written")
    # Mended, the stick gets the same bytes.
    disk.recover(trouble)
    again = minzheng.do("export", "--out", disk.folder, db=office.town)
    assert again["places"][0]["written"] == ["500229001A_0001.mzpkg"]
    name = "500229001A_0001.mzpkg"
    assert (disk.folder / name).read_bytes() == (good / name).read_bytes()


def test_an_import_whose_error_list_cannot_be_written_writes_nothing(
    minzheng: CommandLine, at: At, disk: Disk
) -> None:
    """Exit 1 means that nothing was done; the roster is not in when its rejected rows cannot be handed back."""
    office = at("joined")
    before = contents_of(office.town)
    disk.remount("ro")
    words = ("roster", "import", office.roster, "--form", "dibao", "--errors", disk.folder / "待改.xlsx")
    refused(minzheng.run(*words, db=office.town), "roster.out_unwritable")
    assert contents_of(office.town) == before
    disk.remount("rw")
    assert minzheng.do(*words, db=office.town)["new"] == 28
    assert (disk.folder / "待改.xlsx").exists()


FULL = "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"


@pytest.mark.parametrize("what", ["bank-csv", "xlsx", "errors"])
def test_no_file_is_handed_out_that_cannot_be_noted(at: At, what: str) -> None:
    """The stick is fine, the database's disk fills up just then: the file does not leave unnoted."""
    office = at("locked")
    out = office.folder / "出" / "文件"
    with Store.open(office.town, password=PASSWORD) as store:
        plan = plan_roster(store, office.roster, form="dibao", today=today())
        with store.engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(FULL)
        with pytest.raises(UserError, match="磁盘满了"):
            if what == "errors":
                hand_back_errors(store, plan, out)
            else:
                save_batch_print(
                    store,
                    out,
                    form="dibao",
                    month=MONTH,
                    as_=cast(BatchPrint, what),
                    printed_at="2026-11-23 10:00",
                )
        assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_a_receipt_that_cannot_be_written_is_told_and_written_later(
    minzheng: CommandLine, at: At, disk: Disk, trouble: str
) -> None:
    """The package is in; only its receipt is missing, and receiving the file again gives it."""
    office = at("packed")
    disk.suffer(trouble)
    done = minzheng.run("county", "receive", office.package, "--receipts", disk.folder, db=office.county)
    people = contents_of(office.county)["people"]
    assert done.code == 0, done.said
    (result,) = done.data["packages"]
    assert (result["status"], result["receipt"], result["new"] > 28) == ("applied", None, True)
    assert "回执" in result["reason"]
    plain(result["reason"])
    assert people > 28
    disk.recover(trouble)
    again = minzheng.do("county", "receive", office.package, "--receipts", disk.folder, db=office.county)
    assert again["packages"][0]["status"] == "already"
    applied = minzheng.do("receipt", "apply", again["packages"][0]["receipt"], db=office.town)
    assert applied["acknowledged_number"] == 1


def test_the_countys_disk_is_full(minzheng: CommandLine, at: At, disk: Disk) -> None:
    office = at("packed")
    packed = office.package
    moved = _moved(office, disk)
    before = contents_of(moved.county)
    disk.fill(leave=200_000)
    said = refused(minzheng.run("county", "receive", packed, db=moved.county), "disk_full")
    assert "空间" in said
    disk.free()
    assert contents_of(moved.county) == before
    (result,) = minzheng.do("county", "receive", packed, db=moved.county)["packages"]
    assert result["status"] == "applied"


def test_a_new_database_on_a_full_disk_leaves_nothing(minzheng: CommandLine, disk: Disk) -> None:
    disk.fill(leave=100_000)
    init = ("init", "--role", "township", "--division", "500229001", "--user", "甲")
    refused(minzheng.run(*init, db=disk.folder / "新.db"), "disk_full")
    assert set(disk.files()) <= {"新.db.lock"}
    disk.free()
    assert minzheng.do(*init, db=disk.folder / "新.db")["recovery_key"]


def test_a_new_database_on_a_read_only_disk(minzheng: CommandLine, disk: Disk) -> None:
    disk.remount("ro")
    init = ("init", "--role", "township", "--division", "500229001", "--user", "甲")
    refused(minzheng.run(*init, db=disk.folder / "新.db"), "folder_not_writable")
    refused(minzheng.run(*init, db=disk.folder / "夹" / "新.db"), "folder_not_writable")


def test_restoring_onto_a_full_disk_leaves_nothing(minzheng: CommandLine, at: At, disk: Disk) -> None:
    office = at("imported")
    backup = office.folder / "a.mzbak"
    minzheng.do("backup", "--out", backup, db=office.town)
    disk.fill(leave=200_000)
    refused(minzheng.run("restore", backup, db=disk.folder / "新.db"), "disk_full")
    assert set(disk.files()) <= {"新.db.lock"}
    disk.free()
    minzheng.do("restore", backup, db=disk.folder / "新.db")


def test_no_file_may_grow(minzheng: CommandLine, at: At) -> None:
    """The system's limit on file sizes stands in for a full disk where nothing can be mounted."""
    office = at("locked")
    folder = office.folder / "出"
    folder.mkdir()
    before = contents_of(office.town)
    for words, file in (*outputs(office, folder).values(), *((w, None) for w in writings(office).values())):
        done = minzheng.run(*words, db=office.town, file_limit=30_000)
        assert done.code == 1, (words, done.said)
        assert done.data["error"]["code"] in ("disk_error", "disk_full"), done.said
        plain(done.data["error"]["message"])
        assert file is None or not file.exists()
    assert contents_of(office.town) == before


def _moved(office: Office, disk: Disk) -> Office:
    """The office's databases on the small disk."""
    shutil.copytree(office.folder, disk.folder / "台账")
    return Office(disk.folder / "台账")
