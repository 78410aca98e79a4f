"""kill -9 at random moments of import, save, lock, print, export, receive and backup, from the command line.

After each kill the database opens, its chain is whole, and the job is done or not done at all; the same command
once more completes it and doubles nothing. `test_exchange_crashes` kills the hand-over at counted moments.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from tests.faults.commandline import KILLED, PASSWORD, CommandLine
from tests.faults.conftest import Office
from tests.faults.contents import contents_of
from tests.faults.test_disk import BATCH, record_file

At = Callable[[str], Office]
KILLS = 12


JOBS: dict[str, tuple[str, str, Callable[[Office], tuple[object, ...]]]] = {
    "import": ("joined", "town", lambda o: ("roster", "import", o.roster, "--form", "dibao")),
    "save": ("imported", "town", lambda o: ("record", "save", record_file(o.folder), "--form", "elder_age")),
    "lock": ("imported", "town", lambda o: ("batch", "lock", *BATCH, "--reason", "随花名册导入")),
    "export": ("locked", "town", lambda o: ("export", "--out", o.stick)),
    "receive": ("packed", "county", lambda o: ("county", "receive", o.package, "--receipts", o.stick)),
}


@pytest.mark.parametrize("job", JOBS)
def test_killed_at_any_moment(minzheng: CommandLine, at: At, job: str) -> None:
    stage, side, words_of = JOBS[job]
    whole = at(stage)
    words, database = words_of(whole), getattr(whole, side)
    before = contents_of(database)
    undisturbed = minzheng.run(*words, db=database)
    assert undisturbed.code == 0, undisturbed.said
    after = contents_of(database)
    assert after != before
    how = random.Random(f"20261123 {job}")
    kills = 0
    office = at(stage)
    for _ in range(KILLS):
        words, database = words_of(office), getattr(office, side)
        ended = minzheng.run(*words, db=database, kill_after=how.uniform(0.05, 0.95) * undisturbed.seconds)
        assert ended.code in (KILLED, 0), ended.said
        kills += ended.code == KILLED
        found = contents_of(database)
        assert found in (before, after), (job, found)
        if found == after:  # done, answered or not: the same command again doubles nothing
            again = minzheng.run(*words, db=database)
            # A month that is locked and a case that is open are told so; the others answer as the first time.
            assert again.code == (1 if job in ("lock", "save") else 0), again.said
            assert contents_of(database) == after
            office = at(stage)
    minzheng.run(*words_of(office), db=getattr(office, side))
    assert contents_of(getattr(office, side)) == after
    assert kills  # how many depends on how busy the machine is


def test_what_was_killed_is_completed_by_the_next_export(minzheng: CommandLine, at: At) -> None:
    """However often it was killed, the stick ends with package 1, whole, and the county takes it."""
    office = at("locked")
    undisturbed = minzheng.run("export", "--out", at("locked").stick, db=at("locked").town)
    how = random.Random("20261124")
    for _ in range(KILLS):
        minzheng.run(
            "export",
            "--out",
            office.stick,
            db=office.town,
            kill_after=how.uniform(0.2, 1) * undisturbed.seconds,
        )
        for file in office.stick.glob("*.mzpkg"):
            assert file.name == "500229001A_0001.mzpkg"
    minzheng.do("export", "--out", office.stick, db=office.town)
    assert [p.name for p in office.stick.iterdir()] == ["500229001A_0001.mzpkg"]
    with Store.open(office.town, password=PASSWORD) as store, store.reading() as r:
        (row,) = r.rows(sa.select(schema.outbox))
    assert hashlib.sha256(office.package.read_bytes()).hexdigest() == row["digest"]
    (result,) = minzheng.do("county", "receive", office.package, db=office.county)["packages"]
    assert result["status"] == "applied"


@pytest.mark.parametrize("what", ["bank-csv", "xlsx", "backup"])
def test_a_file_killed_in_the_writing_is_whole_or_absent(
    minzheng: CommandLine, at: At, tmp_path: Path, what: str
) -> None:
    office = at("locked")
    out = office.folder / "出" / f"文件.{what}"
    words: tuple[object, ...] = ("batch", "print", *BATCH, "--as", what, "--out", out)
    if what == "backup":
        words = ("backup", "--out", out)
    undisturbed = minzheng.run(*words, db=office.town)
    size = out.stat().st_size
    shutil.rmtree(out.parent)
    how = random.Random(f"20261125 {what}")
    for _ in range(KILLS // 2):
        minzheng.run(*words, db=office.town, kill_after=how.uniform(0.3, 1) * undisturbed.seconds)
        assert not out.exists() or abs(out.stat().st_size - size) < 100_000
    minzheng.do(*words, db=office.town)
    assert [p.name for p in out.parent.iterdir()] == [out.name]  # nothing half-written stays beside it
    assert contents_of(office.town)["payment_items"] == contents_of(at("locked").town)["payment_items"]
    if what == "backup":
        minzheng.do("restore", out, db=tmp_path / "新.db")


def test_killed_again_and_again_a_month_is_paid_once(minzheng: CommandLine, at: At) -> None:
    office = at("imported")
    planned = minzheng.run("batch", "plan", *BATCH, db=office.town)
    total, span = planned.data["total"], planned.seconds * 1.6
    how = random.Random("20261126")
    for _ in range(KILLS):
        minzheng.run(
            "batch", "lock", *BATCH, "--reason", "x", db=office.town, kill_after=how.uniform(0.3, 1) * span
        )
    minzheng.run("batch", "lock", *BATCH, "--reason", "x", db=office.town)
    assert minzheng.do("batch", "plan", *BATCH, db=office.town)["state"] == "locked"
    found = contents_of(office.town)
    assert (found["payment_batches"], found["payment_items"], f"{found['cents'] / 100:.2f}") == (1, 28, total)
