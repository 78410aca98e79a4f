"""The county's work by command line on a PostgreSQL server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from minzheng_desktop.commands.frame import today
from minzheng_desktop.exchange.first_start import start_office
from minzheng_desktop.exchange.sending.chain import export
from minzheng_desktop.store import vault
from minzheng_desktop.store.recovery_key import new_recovery_key
from minzheng_desktop.store.store import Store
from tests.cli.conftest import CHEAP, COUNTY, PASSWORD, TOWN, Run
from tests.exchange.offices import Town
from tests.store.conftest import emptied


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real derivation, with a cost that a test can afford."""
    from minzheng_desktop.county.keys.rescue import rescue_on_server
    from minzheng_desktop.store import moving, users

    for function in (
        rescue_on_server,
        Store.create_server,
        moving.move_to_server,
        moving.move_to_file,
        users.add_user,
        users.reset_password,
        users.change_password,
    ):
        target = getattr(function, "__func__", function)
        monkeypatch.setitem(target.__kwdefaults__, "cost", CHEAP)


def test_a_county_on_a_server(run: Run, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = emptied(server)
    made = run("init", "--role", "county", "--division", COUNTY, "--user", "王主任", "--db", url)
    assert made["division"] == COUNTY
    assert run("init", "--role", "county", "--division", COUNTY, "--user", "王主任", "--db", url, code=1)[
        "error"
    ]["code"] == "server_not_empty"  # fmt: skip
    monkeypatch.setenv("MINZHENG_DB", url)
    enrolment = tmp_path / "a.mzenrol"
    issued = run("county", "enrol", "--division", TOWN, "--out", enrolment)
    phrase = issued["phrase"]
    office, _ = start_office(
        tmp_path / "town.db", role="township", division=TOWN, user="周", password=PASSWORD, today=today(),
        enrolment=enrolment, phrase=phrase, cost=CHEAP,
    )  # fmt: skip
    with office:
        record = Town(office, tmp_path / "stick").add_reported_elder()
        package = export(office, out=tmp_path / "stick").file
    received = run("county", "receive", package, "--receipts", tmp_path / "receipts")["packages"]
    assert [one["status"] for one in received] == ["applied"]
    assert [one["record"] for one in run("county", "waiting")["waiting"]] == [record]
    monkeypatch.setenv("MINZHENG_NEW_PASSWORD", "another one")
    run("user", "add", "向敏", "--role", "county_reviewer", "--user", "王主任")
    monkeypatch.setenv("MINZHENG_PASSWORD", "another one")
    made = run("county", "decide", record, "--as", "return", "--text", "缺材料", "--user", "向敏")
    assert made["decided"] == 1
    again = run("county", "decide", record, "--as", "return", "--text", "缺材料", "--user", "向敏", code=1)
    assert "向敏" in again["error"]["message"]
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    monkeypatch.setenv("MINZHENG_NEW_PASSWORD", "a third one")
    run("user", "reset", "向敏", "--user", "王主任")
    assert (
        run("backup", "--out", tmp_path / "x.mzbak", "--user", "王主任", code=1)["error"]["code"]
        == "backup_server"
    )
    assert run("restore", tmp_path / "x.mzbak", "--db", url, code=1)["error"]["code"] == "not_on_server"
    monkeypatch.setenv("MINZHENG_RECOVERY_KEY", new_recovery_key())
    wrong = run("key", "rescue", "--user", "王主任", code=1)
    assert wrong["error"]["code"] == "recovery_key_wrong"
    monkeypatch.setenv("MINZHENG_RECOVERY_KEY", issued["root_key"])
    monkeypatch.setenv("MINZHENG_PASSWORD", "by the paper")
    assert run("key", "rescue", "--user", "王主任") == {"user": "王主任", "key": "county"}
    assert run("audit", "verify", "--user", "王主任")["intact"]
    assert run("people", "find", "测试", "--user", "王主任")["people"]
    assert "MINZHENG_DB" in os.environ
    assert vault.DEFAULT_COST.memory_kib == 65_536


def test_a_township_is_never_on_a_server(run: Run, server: str) -> None:
    words = ("init", "--role", "township", "--division", TOWN, "--user", "王主任", "--db", server)
    assert run(*words, code=2)["error"]["code"] == "usage"
    wrong = run("people", "find", "x", "--db", "postgresql://nowhere", code=1)
    assert wrong["error"]["code"] == "server_url"


def test_a_county_moves_to_a_server_and_back(run: Run, server: str, county: Path, tmp_path: Path) -> None:
    url = emptied(server)
    moved = run("county", "move", "--to", url, db=county)
    assert moved["tables"]["users"]["rows"] == 1
    assert run("people", "find", "x", db=county, code=1)["error"]["code"] == "moved"
    assert run("audit", "verify", "--db", url)["intact"]
    back = tmp_path / "back.db"
    assert run("county", "move", "--to", back, "--db", url)["to"] == str(back)
    assert run("audit", "verify", db=back)["intact"]
    assert run("county", "move", "--reopen", "--db", url) == {"reopened": True}
    assert run("county", "move", "--db", url, code=2)["error"]["code"] == "usage"
