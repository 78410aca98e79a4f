"""kill -9 at any moment of import, lock, export and receive: nothing half done, and the same command again succeeds.

The child counts what it does to its files (statements, commits, renames, removals) and kills itself at a chosen
count; the counts tried are spread over the whole command, its end included.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSWORD, Run

CHILD = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine

kill_at = int(os.environ["KILL_AT"])
count = 0

def one(*_):
    global count
    count += 1
    if count == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "before_cursor_execute", one)
event.listen(Engine, "commit", one)
sys.addaudithook(lambda name, _: one() if name in ("os.rename", "os.remove", "os.truncate") else None)
from minzheng_desktop.cli import run
code = run(sys.argv[1:])
print(count, file=sys.stderr)
sys.exit(code)
"""
MONTH = ("--form", "dibao", "--month", "2026-10")
MOMENTS = 4

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX signal")


def child(arguments: list[str], *, kill_at: int) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "MINZHENG_PASSWORD": PASSWORD, "KILL_AT": str(kill_at)}
    command = [sys.executable, "-c", CHILD, *arguments, "--json"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def moments(arguments: list[str]) -> list[int]:
    """Counts spread over the command, found by running it once to its end."""
    done = child(arguments, kill_at=0)
    assert done.returncode == 0, done.stderr
    total = int(done.stderr.splitlines()[-1])
    return sorted({1, total, total - 1, *(total * n // MOMENTS for n in range(1, MOMENTS))})


def killed_everywhere(folder: Path, arguments: list[str]) -> Any:
    """Yields copies of `folder`, each after the command was killed in it at another moment."""
    rehearsal = folder.with_name("rehearsal")
    shutil.copytree(folder, rehearsal)
    rehearsed = [word.replace(str(folder), str(rehearsal)) for word in arguments]
    for kill_at in moments(rehearsed):
        copy = folder.with_name(f"killed-{kill_at}")
        shutil.copytree(folder, copy)
        done = child([word.replace(str(folder), str(copy)) for word in arguments], kill_at=kill_at)
        assert done.returncode in (-signal.SIGKILL, 0), done.stderr
        yield copy


@pytest.fixture
def office(town: Path, tmp_path: Path, dibao_roster: Path) -> Path:
    """A folder with town.db and the roster."""
    folder = tmp_path / "office"
    folder.mkdir()
    for file in tmp_path.glob("town.db*"):
        file.rename(folder / file.name)
    shutil.copy(dibao_roster, folder / "roster.xlsx")
    return folder


def test_an_import_is_whole_or_not_there(run: Run, office: Path) -> None:
    line = ["roster", "import", f"{office}/roster.xlsx", "--form", "dibao", "--db", f"{office}/town.db"]
    for copy in killed_everywhere(office, line):
        db = copy / "town.db"
        assert len(run("record", "list", "--form", "dibao", db=db)["records"]) in (0, 28)
        assert run("audit", "verify", db=db)["intact"] is True
        again = run("roster", "import", copy / "roster.xlsx", "--form", "dibao", db=db)
        assert again["new"] + again["unchanged"] == 28


def test_a_month_is_locked_or_not(run: Run, office: Path) -> None:
    run("roster", "import", office / "roster.xlsx", "--form", "dibao", db=office / "town.db")
    for copy in killed_everywhere(office, ["batch", "lock", *MONTH, "--db", f"{office}/town.db"]):
        db = copy / "town.db"
        plan = run("batch", "plan", *MONTH, db=db)
        assert (plan["state"], plan["items"]) in (("planned", 28), ("locked", 28))
        if plan["state"] == "planned":
            assert run("batch", "lock", *MONTH, db=db)["items"] == 28
        assert run("audit", "verify", db=db)["intact"] is True
        november = run("batch", "plan", "--form", "dibao", "--month", "2026-11", db=db)
        assert (november["new"], november["changed"]) == (0, 0)


def test_a_number_is_one_package_for_ever(run: Run, handed: Path, tmp_path: Path) -> None:
    office = tmp_path / "office"
    shutil.copytree(handed, office)
    run(*("batch", "lock", *MONTH), db=office / "town.db")
    for copy in killed_everywhere(
        office, ["export", "--out", f"{office}/stick", "--db", f"{office}/town.db"]
    ):
        run("export", "--out", copy / "stick", db=copy / "town.db")
        packages = sorted((copy / "stick").glob("*.mzpkg"))
        assert len(packages) == 2
        received = run("county", "receive", *packages, db=copy / "county.db")["packages"]
        assert [(p["number"], p["status"]) for p in received] == [(1, "applied"), (2, "applied")]
        assert not list((copy / "stick").glob("*.part"))


def test_a_package_enters_once_or_not_at_all(run: Run, handed: Path, tmp_path: Path) -> None:
    office = tmp_path / "office"
    shutil.copytree(handed, office)
    (package,) = (office / "stick").glob("*.mzpkg")
    receive = [
        "county",
        "receive",
        str(package),
        "--receipts",
        f"{office}/stick",
        "--db",
        f"{office}/county.db",
    ]
    for copy in killed_everywhere(office, receive):
        db = copy / "county.db"
        again = run("county", "receive", copy / "stick" / package.name, "--receipts", copy / "stick", db=db)
        assert again["packages"][0]["status"] in ("applied", "already")
        assert len(run("record", "list", "--form", "dibao", db=db)["records"]) == 28
        receipt = again["packages"][0]["receipt"]
        assert run("receipt", "apply", receipt, db=copy / "town.db")["acknowledged_number"] == 1
        assert run("audit", "verify", db=db)["intact"] is True
