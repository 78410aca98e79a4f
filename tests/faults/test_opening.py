"""A database that cannot be opened: who asks gets one sentence, and every file stays as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from minzheng_desktop.store import database
from minzheng_desktop.store.store import Store
from tests.faults.commandline import PASSWORD, CommandLine, refused
from tests.faults.conftest import Office

At = Callable[[str], Office]
ASK = ("record", "list", "--form", "dibao")


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and p.suffix != ".lock"}


def test_a_wrong_password_is_counted_and_the_sixth_has_to_wait(minzheng: CommandLine, at: At) -> None:
    office = at("joined")
    database_before = office.town.read_bytes()
    wrong = {"MINZHENG_PASSWORD": "一个口令-2"}
    for _ in range(5):
        said = refused(minzheng.run(*ASK, db=office.town, env=wrong), "wrong_password")
        assert "没有打开" in said
    assert "30 秒" in said
    said = refused(minzheng.run(*ASK, db=office.town), "too_many_attempts")  # the right one waits too
    assert "恢复密钥" in said
    assert office.town.read_bytes() == database_before


def test_an_unknown_user_is_refused_like_a_wrong_password(minzheng: CommandLine, at: At) -> None:
    office = at("joined")
    said = refused(minzheng.run(*ASK, "--user", "无此人", db=office.town), "wrong_password")
    wrong = minzheng.run(*ASK, db=office.town, env={"MINZHENG_PASSWORD": "x"})
    assert said == refused(wrong, "wrong_password")


@pytest.mark.parametrize(
    "content",
    [b"", b"SQLite format 3\0" + bytes(8192), b"PK\x03\x04" + bytes(9000), "名单\n".encode() * 900],
    ids=["empty", "plain sqlite", "zip", "text"],
)
def test_a_foreign_file_is_left_alone(minzheng: CommandLine, at: At, content: bytes) -> None:
    office = at("joined")
    office.town.write_bytes(content)
    before = files_of(office.folder)
    refused(minzheng.run(*ASK, db=office.town), "not_a_database")
    assert files_of(office.folder) == before


def test_a_foreign_file_without_keys_is_told_as_such(minzheng: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "照片.db"
    file.write_bytes(bytes(range(256)) * 40)
    refused(minzheng.run(*ASK, db=file), "keys_missing")
    assert sorted(p.name for p in tmp_path.glob("照片*")) in (["照片.db"], ["照片.db", "照片.db.lock"])


def test_anothers_keys_do_not_open(minzheng: CommandLine, at: At) -> None:
    office = at("joined")
    shutil.copy(f"{office.county}.keys", f"{office.town}.keys")
    before = office.town.read_bytes()
    refused(minzheng.run(*ASK, db=office.town), "not_a_database")
    assert office.town.read_bytes() == before


@pytest.mark.parametrize("first", [0, 40])
def test_a_damaged_database_is_told_and_kept(minzheng: CommandLine, at: At, first: int) -> None:
    """One bit of every page from the first or the fortieth on: such a page no longer authenticates."""
    office = at("imported")
    content = bytearray(office.town.read_bytes())
    for page in range(first, len(content) // 4096):
        content[page * 4096 + 100] ^= 1
    office.town.write_bytes(content)
    for words in (ASK, ("backup", "--out", office.folder / "b.mzbak")):
        done = minzheng.run(*words, db=office.town)
        assert done.data["error"]["code"] in ("not_a_database", "database_damaged"), done.said
        assert "损坏" in refused(done, done.data["error"]["code"])
    assert office.town.read_bytes() == content
    assert not (office.folder / "b.mzbak").exists()


def test_a_newer_database_asks_for_the_newer_program(minzheng: CommandLine, at: At) -> None:
    office = at("joined")
    _set_schema(office.town, 99)
    before = files_of(office.folder)
    assert "第 99 版" in refused(minzheng.run(*ASK, db=office.town), "database_newer")
    assert files_of(office.folder) == before


def test_an_older_database_is_backed_up_before_it_is_renewed(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schema 1 is the first, so an older one is made by letting the program be one step ahead of it."""
    from minzheng_desktop.store import migrations, schema

    office = at("imported")
    monkeypatch.setattr(schema, "SCHEMA_NUMBER", schema.SCHEMA_NUMBER + 1)
    number = schema.SCHEMA_NUMBER
    monkeypatch.setattr(migrations, "after", lambda found, target: iter([(number, lambda operations: None)]))
    with Store.open(office.town, password=PASSWORD) as store, store.engine.connect() as connection:
        assert database.schema_number(connection) == number
    (kept,) = office.folder.glob("town.db.*.mzbak")
    monkeypatch.undo()
    from minzheng_desktop.store import backup

    with (
        backup.restore(kept, office.folder / "old.db", user=None, password=PASSWORD) as old,
        old.reading() as r,
    ):
        assert database.schema_number(r.connection) == schema.SCHEMA_NUMBER


def test_a_database_open_elsewhere_is_not_touched(minzheng: CommandLine, at: At) -> None:
    office = at("joined")
    with Store.open(office.town, password=PASSWORD):
        said = refused(minzheng.run(*ASK, db=office.town), "database_in_use")
        assert "关掉" in said
        refused(
            minzheng.run("roster", "import", office.roster, "--form", "dibao", db=office.town),
            "database_in_use",
        )
    assert minzheng.do(*ASK, db=office.town)["records"] == []


def test_the_installed_command_says_the_same(at: At) -> None:
    """Once through the entry point itself, with what a console gives: no forked process, no warm imports."""
    office = at("joined")
    program = Path(sys.executable).with_name("minzheng")
    command = [str(program), *ASK, "--db", str(office.town), "--json"]
    done = subprocess.run(
        command, env={**os.environ, "MINZHENG_PASSWORD": "不对"}, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("用户名或口令不对，台账没有打开。")
    assert done.stdout.decode().startswith("{\n")


def _set_schema(path: Path, number: int) -> None:
    with (
        Store.open(path, password=PASSWORD) as store,
        store.engine.connect() as connection,
        connection.begin(),
    ):
        database.set_schema_number(connection, number)
