"""Enrolment, export, receipt, decisions: what a township and its county hand each other, by file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import TOWN, Run


@pytest.fixture
def sent(handed: Path, tmp_path: Path) -> tuple[Path, Path, Path]:
    """(town, county, package): a copy of what `handed` made, for one test."""
    folder = tmp_path / "handed"
    shutil.copytree(handed, folder)
    (package,) = (folder / "stick").glob("*.mzpkg")
    return folder / "town.db", folder / "county.db", package


def receive(run: Run, county: Path, *files: Path) -> list[dict[str, Any]]:
    out = files[0].parent.parent / "receipts"
    found: list[dict[str, Any]] = run("county", "receive", *files, "--receipts", out, db=county)["packages"]
    return found


def test_a_wrong_phrase_joins_nothing(
    run: Run, county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = run("county", "enrol", "--division", TOWN, "--out", tmp_path / "a.mzenrol", db=county)
    words = issued["phrase"].split()
    monkeypatch.setenv("MINZHENG_PHRASE", " ".join(words[::-1]))
    town = tmp_path / "t.db"
    init = ("init", "--role", "township", "--division", TOWN, "--user", "甲", "--demonstration")
    refused = run(*init, "--enrolment", issued["file"], db=town, code=1)
    assert refused["error"]["code"] == "wrong_phrase"
    assert not town.exists()


def test_a_file_for_another_township_leaves_no_database(
    run: Run, county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = run("county", "enrol", "--division", "500229002", "--out", tmp_path / "a.mzenrol", db=county)
    monkeypatch.setenv("MINZHENG_PHRASE", issued["phrase"])
    town = tmp_path / "t.db"
    init = ("init", "--role", "township", "--division", TOWN, "--user", "甲", "--demonstration")
    assert run(*init, "--enrolment", issued["file"], db=town, code=1)["error"]["code"] == "other_township"
    assert sorted(p.name for p in tmp_path.glob("t.db*")) == []


def test_a_township_without_a_county_exports_nothing(run: Run, town: Path, tmp_path: Path) -> None:
    refused = run("export", "--out", tmp_path / "stick", db=town, code=1)
    assert refused["error"]["message"]
    assert not list(tmp_path.glob("stick/*.mzpkg"))


def test_a_package_is_received_once_and_answered_always(run: Run, sent: tuple[Path, Path, Path]) -> None:
    town, county, package = sent
    first = receive(run, county, package)[0]
    assert set(first) >= {
        *("file", "from", "number", "status", "new", "changed", "same", "held", "questioned"),
        *("rejected", "reason"),
    }
    assert (first["status"], first["from"], first["number"]) == ("applied", TOWN, 1)
    assert first["new"] > 28
    assert (first["held"], first["rejected"]) == (0, 0)
    applied = run("receipt", "apply", first["receipt"], db=town)
    assert applied["accepted"] == first["new"]
    assert applied["acknowledged_number"] == 1
    again = receive(run, county, package)[0]
    assert again["status"] == "already"
    assert Path(again["receipt"]).exists()
    assert (again["new"], again["changed"]) == (first["new"], first["changed"]) or again["new"] == 0


def test_nothing_new_is_not_packed_but_copied_again(run: Run, sent: tuple[Path, Path, Path]) -> None:
    town, county, package = sent
    package.unlink()
    again = run("export", "--out", package.parent, db=town)
    assert (again["file"], again["number"], again["changes"]) == (None, None, 0)
    assert again["recopied"] == [str(package)]
    receipt = receive(run, county, package)[0]["receipt"]
    run("receipt", "apply", receipt, db=town)
    package.unlink()
    assert run("export", "--out", package.parent, db=town)["recopied"] == []
    resent = run("export", "--out", package.parent, "--resend", 1, db=town)
    assert Path(resent["file"] or resent["recopied"][0]).exists()


def altered(package: Path) -> Path:
    data = bytearray(package.read_bytes())
    data[len(data) // 2] ^= 1
    out = package.with_name("altered.mzpkg")
    out.write_bytes(data)
    return out


def truncated(package: Path) -> Path:
    out = package.with_name("truncated.mzpkg")
    out.write_bytes(package.read_bytes()[:-200])
    return out


def foreign(package: Path) -> Path:
    out = package.with_name("foreign.mzpkg")
    out.write_bytes(b"PK\x03\x04" + b"\0" * 500)
    return out


@pytest.mark.parametrize("spoil", [altered, truncated, foreign])
def test_a_spoilt_package_is_a_result_not_an_error(
    run: Run, sent: tuple[Path, Path, Path], spoil: Callable[[Path], Path]
) -> None:
    _, county, package = sent
    bad = receive(run, county, spoil(package))[0]
    assert bad["status"] == "refused"
    assert bad["reason"]
    assert bad["new"] == 0
    good = receive(run, county, package)[0]
    assert good["status"] == "applied"


def test_packages_are_judged_in_number_order(run: Run, sent: tuple[Path, Path, Path], tmp_path: Path) -> None:
    town, county, first = sent
    lock = ("batch", "lock", "--form", "dibao", "--month", "2026-10", "--reason", "随花名册导入")
    run(*lock, db=town)
    second = Path(run("export", "--out", first.parent, db=town)["file"])
    assert receive(run, county, second)[0]["status"] == "waiting"
    copies = tmp_path / "copies"
    copies.mkdir()
    late, early = (Path(shutil.copy(p, copies / name)) for p, name in ((second, "1.bin"), (first, "2.bin")))
    both = receive(run, county, late, early)
    assert [(p["number"], p["status"]) for p in both] == [(1, "applied"), (2, "applied")]


def test_a_decision_comes_back_as_a_step(run: Run, sent: tuple[Path, Path, Path]) -> None:
    town, county, package = sent
    receive(run, county, package)
    record = run("record", "list", "--form", "dibao", db=town)["records"][0]["id"]
    run(*("record", "step", record, "propose_change", "--set", "reason=成员减少"), db=town)
    second = Path(run("export", "--out", package.parent, db=town)["file"])
    receive(run, county, second)
    decide = (
        "county",
        "decide",
        record,
        "--as",
        "confirm",
        "--text",
        "同意变更",
        "--number",
        "城民审〔2026〕9号",
    )
    assert run(*decide, db=county) == {"decided": 1, "beaten": []}
    assert run(*decide, db=county, code=1)["problems"]
    receipt = receive(run, county, second)[0]["receipt"]
    applied = run("receipt", "apply", receipt, db=town)
    assert applied["decisions"] == 1
    shown = run("record", "show", record, db=town)
    assert shown["state"] == "active"
    assert (shown["steps"][-1]["step"], shown["steps"][-1]["actor"]) == ("confirm_change", "county")
    assert run("receipt", "apply", receipt, db=town)["decisions"] == 0


def test_a_revoked_laptop_is_heard_no_more(run: Run, sent: tuple[Path, Path, Path]) -> None:
    _, county, package = sent
    serial = run("county", "laptops", db=county)["laptops"][0]["serial"]
    revoke = ("county", "laptops", "--revoke", serial)
    assert run(*revoke, db=county, code=1)["error"]["code"] == "reason_missing"
    listed = run(*revoke, "--reason", "电脑丢失", db=county)["laptops"]
    assert [one["state"] for one in listed] == ["revoked"]
    assert receive(run, county, package)[0]["status"] == "refused"


def test_a_receipt_for_another_is_refused(run: Run, sent: tuple[Path, Path, Path], town: Path) -> None:
    _, county, package = sent
    receipt = receive(run, county, package)[0]["receipt"]
    assert run("receipt", "apply", receipt, db=town, code=1)["error"]["message"]
    assert run("receipt", "apply", package, db=town, code=1)["error"]["message"]


def test_a_township_does_not_do_the_countys_work(run: Run, sent: tuple[Path, Path, Path]) -> None:
    town, _, package = sent
    assert run("county", "receive", package, db=town, code=1)["error"]["code"] == "not_a_county"
    assert run("county", "enrol", "--division", TOWN, "--out", package.with_name("x"), db=town, code=1)
    assert not package.with_name("x").exists()


def test_a_restored_laptop_goes_on_after_the_county_confirmed(
    run: Run, sent: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    town, county, package = sent
    receipt = receive(run, county, package)[0]["receipt"]
    run("receipt", "apply", receipt, db=town)
    run("backup", "--out", tmp_path / "a.mzbak", db=town)
    restored = tmp_path / "restored.db"
    run("restore", tmp_path / "a.mzbak", db=restored)
    lock = ("batch", "lock", "--form", "dibao", "--month", "2026-10", "--reason", "x")
    run(*lock, db=restored)
    assert run("export", "--out", package.parent, db=restored, code=1)["error"]["message"]
    serial = run("county", "laptops", db=county)["laptops"][0]["serial"]
    assert run("county", "laptops", "--resume", serial, db=county, code=2)
    confirmed = run("county", "laptops", "--resume", serial, "--receipts", tmp_path / "back", db=county)
    run("receipt", "apply", confirmed["receipts"][0], db=restored)
    second = Path(run("export", "--out", package.parent, db=restored)["file"])
    assert receive(run, county, second)[0]["status"] == "applied"
