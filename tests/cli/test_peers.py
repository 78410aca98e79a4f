"""Two laptops of one township by the command line: enrol, copy, read, decide, rule."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from minzheng_desktop.store.store import Store
from tests.cli.conftest import PASSWORD, TOWN, Run
from tests.exchange.offices import Town
from tests.exchange.scene import change
from tests.exchange.test_peers import first_person


def hand_over(run: Run, town: Path, county: Path, stick: Path) -> Path:
    """Export, receive, apply the receipt; returns the package."""
    file = Path(run("export", "--out", stick, db=town)["file"])
    (result,) = run("county", "receive", file, "--receipts", stick, db=county)["packages"]
    assert result["status"] == "applied"
    run("receipt", "apply", result["receipt"], db=town)
    return file


def rename(db: Path, name: str) -> str:
    with Store.open(db, password=PASSWORD) as store:
        town = Town(store, db.parent)
        row = first_person(town)
        change(town, "people", row, name=name)
    return row


def test_a_second_laptop_from_its_enrolment_to_a_ruling(
    run: Run, town: Path, county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick, second = tmp_path / "stick", tmp_path / "second" / "town.db"
    with Store.open(town, password=PASSWORD) as store:
        Town(store, stick).add_people(2)
    enrolled = {}
    for letter, db in (("A", town), ("B", second)):
        if letter == "B":
            second.parent.mkdir()
            words = ("--role", "township", "--division", TOWN, "--user", "李干事", "--demonstration")
            run("init", *words, db=second)
        out = tmp_path / f"{letter}.mzenrol"
        issued = run("county", "enrol", "--division", TOWN, "--out", out, db=county)
        monkeypatch.setenv("MINZHENG_PHRASE", issued["phrase"])
        enrolled[letter] = run("site", "enrol", out, db=db)
        first = hand_over(run, db, county, stick / letter)
    assert [(one["letter"], one["may_lock"]) for one in enrolled.values()] == [("A", True), ("B", False)]
    refused = run("peer", "copy", "--out", stick, db=town, code=1)
    assert refused["error"]["code"] == "no_peer"  # A has not heard of B
    rename(town, "罗成贵")
    hand_over(run, town, county, stick / "A")
    made = run("peer", "copy", "--out", stick, db=town)
    assert made["letters"] == ["B"]
    (copied,) = run("peer", "read", *made["files"], db=second)["packages"]
    assert (copied["status"], copied["new"]) == ("applied", 2)
    (read,) = run("peer", "read", first, db=town)["packages"]
    assert read["status"] == "applied"
    (peer,) = run("peer", "list", db=second)["peers"]
    assert (peer["letter"], peer["number"]) == ("A", 2)

    row = rename(town, "罗成桂")
    assert rename(second, "罗承贵") == row
    ours = hand_over(run, town, county, stick / "A")
    theirs = hand_over(run, second, county, stick / "B")
    (read,) = run("peer", "read", theirs, db=town)["packages"]
    assert (read["conflicts"], read["held"]) == (1, 1)
    (listed,) = run("conflicts", "list", db=county)["conflicts"]
    assert [one["letter"] for one in listed["sides"]] == ["A", "B"]
    shown = run("conflicts", "show", row, db=town)
    assert [one["values"] for one in shown["fields"]] == [["罗成桂", "罗承贵"]]
    wrong = run("conflicts", "resolve", row, "--field", "phone=mine", db=town, code=1)
    assert wrong["error"]["code"] == "not_answered"
    assert run("conflicts", "resolve", "--all", "--take", "newer", "--kind", "records", db=county) == {
        "resolved": 0,
        "ruled": True,
    }
    assert run("conflicts", "resolve", row, "--field", "name=other", db=county)["ruled"]
    (ruled,) = run("conflicts", "list", db=county)["conflicts"]
    assert ruled["ruled_at"]
    with Store.open(second, password=PASSWORD) as store:
        Town(store, stick, count=700).add_people(1)  # so that there is a package
    hand_over(run, second, county, stick / "B")  # the receipt brings the ruling
    assert run("conflicts", "list", db=second)["conflicts"] == []
    assert run("conflicts", "resolve", "--all", "--take", "mine", db=town)["resolved"] == 1
    assert run("conflicts", "list", db=town)["conflicts"] == []
    again = run("peer", "read", ours, db=second)["packages"]
    assert [one["status"] for one in again] == ["applied"]
    shutil.rmtree(stick)
