"""init, audit, backup and restore: the database as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import PASSWORD, TOWN, Run


def test_a_new_township_gets_its_recovery_key(run: Run, tmp_path: Path) -> None:
    db = tmp_path / "新台账.db"
    made = run("init", "--role", "township", "--division", TOWN, "--user", "王主任", db=db)
    assert set(made) == {"site", "division", "recovery_key"}
    assert made["division"] == TOWN
    assert len(made["recovery_key"].split("-")) == 8
    assert run("audit", "verify", db=db)["intact"] is True


def test_nothing_is_overwritten(run: Run, town: Path) -> None:
    before = town.read_bytes()
    again = run("init", "--role", "township", "--division", TOWN, "--user", "甲", db=town, code=1)
    assert again["error"]["code"] == "file_exists"
    assert town.read_bytes() == before


@pytest.mark.parametrize("division", ["500229999", "500229", "城口"])
def test_an_unknown_division_is_refused_and_leaves_nothing(run: Run, tmp_path: Path, division: str) -> None:
    db = tmp_path / "x.db"
    refused = run("init", "--role", "township", "--division", division, "--user", "甲", db=db, code=1)
    assert refused["error"]["code"] == "unknown_division"
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_enrolment_leaves_no_database(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.mzenrol"
    file.write_text("{}")
    monkeypatch.setenv("MINZHENG_PHRASE", "一 二 三 四 五 六")
    db = tmp_path / "x.db"
    run("init", "--role", "township", "--division", TOWN, "--user", "甲", "--enrolment", file, db=db, code=1)
    assert not db.exists()


def test_a_wrong_password_opens_nothing(run: Run, town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD + "x")
    assert run("audit", "verify", db=town, code=1)["error"]["code"] == "wrong_password"


def test_a_foreign_file_is_no_database(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "照片.db"
    file.write_bytes(b"\xff\xd8\xff\xe0" * 2000)
    assert run("audit", "verify", db=file, code=1)["error"]["code"]
    assert file.read_bytes() == b"\xff\xd8\xff\xe0" * 2000


def test_backup_and_restore_make_a_second_database(run: Run, town: Path, tmp_path: Path) -> None:
    saved = run("backup", "--out", tmp_path / "a.mzbak", db=town)
    assert saved["file"] == str(tmp_path / "a.mzbak")
    restored = run("restore", tmp_path / "a.mzbak", db=tmp_path / "b.db")
    assert restored["division"] == TOWN
    assert run("audit", "verify", db=tmp_path / "b.db")["intact"] is True
    assert run("restore", tmp_path / "a.mzbak", db=town, code=1)["error"]["code"] == "file_exists"


def test_a_truncated_backup_restores_nothing(run: Run, town: Path, tmp_path: Path) -> None:
    run("backup", "--out", tmp_path / "a.mzbak", db=town)
    whole = (tmp_path / "a.mzbak").read_bytes()
    (tmp_path / "a.mzbak").write_bytes(whole[: len(whole) // 2])
    run("restore", tmp_path / "a.mzbak", db=tmp_path / "b.db", code=1)
    assert not (tmp_path / "b.db").exists()
