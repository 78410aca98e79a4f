"""A household moves, by the command line of both townships and the county."""

from __future__ import annotations

from pathlib import Path

import pytest

from minzheng_desktop.store.store import Store
from tests.cli.conftest import Run
from tests.exchange.moving import make_move, pay
from tests.exchange.offices import BASHAN, PASSWORD, XIUQI


def test_reported_confirmed_and_arrived(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    move = make_move(tmp_path)
    pay(move.old, "2026-08")
    move.new.add_people(1)
    move.close()
    old, new, bureau = (
        tmp_path / "old" / "乡镇.mz",
        tmp_path / "new" / "乡镇.mz",
        tmp_path / "county" / "县局.mz",
    )
    started = run("transfer", "start", move.household, "--to", BASHAN, "--date", "2026-10-20", "--reason", "搬迁",
                  db=old)  # fmt: skip
    assert (len(started["members"]), started["paid"][0]["paid_through"]) == (3, "2026-08")
    refused = run("transfer", "start", move.household, "--to", BASHAN, "--reason", "搬迁", db=old, code=1)
    assert refused["error"]["code"] == "cannot_move"
    exported = [run("export", "--out", tmp_path / "U盘", db=db)["file"] for db in (old, new)]
    received = run("county", "receive", *exported, db=bureau)
    assert [one["status"] for one in received["packages"]] == ["applied"] * 2
    (waiting,) = run("county", "transfers", "list", db=bureau)["transfers"]
    assert (waiting["state"], waiting["from"], waiting["to"], waiting["members"]) == (
        "waiting",
        XIUQI,
        BASHAN,
        3,
    )
    run("county", "transfers", "confirm", waiting["transfer"], "--number", "8号", db=bureau)
    again = run("county", "transfers", "refuse", waiting["transfer"], "--reason", "x", db=bureau, code=1)
    assert again["error"]["code"] == "already_ruled"
    answered = run("county", "receive", *exported, "--receipts", tmp_path / "回执", db=bureau)
    receipts = {one["from"]: one["receipt"] for one in answered["packages"]}
    for db, division in ((old, XIUQI), (new, BASHAN)):
        run("receipt", "apply", receipts[division], db=db)
    (left,) = run("transfer", "list", db=old)["transfers"]
    (came,) = run("transfer", "list", db=new)["transfers"]
    assert (left["direction"], left["state"]) == ("out", "confirmed")
    assert (came["direction"], came["state"], came["village_open"]) == ("in", "arrived", True)
    with Store.open(new, password=PASSWORD) as store, store.reading() as r:
        row = r.get("records", move.record)
    assert row is not None
    assert (row["owner"], row["paid_through"]) == (BASHAN, "2026-08")
