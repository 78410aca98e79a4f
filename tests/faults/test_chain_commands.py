"""The chain from the command line: how far packages are, what is refused and why, and the county's keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.faults.commandline import CommandLine, plain, refused
from tests.faults.conftest import COUNTY, TOWN, Office

At = Callable[[str], Office]


def test_a_package_is_followed_from_the_stick_to_the_receipt(minzheng: CommandLine, at: At) -> None:
    office = at("packed")
    status = minzheng.do("handover", "status", db=office.town)
    assert [(one["number"], one["stage"]) for one in status["packages"]] == [(1, "copied")]
    assert (status["next"]["code"], status["applied_to"]) == ("receipt", 0)
    plain(status["next"]["words"])
    receive = ("county", "receive", office.package, "--receipts", office.stick)
    receipt = minzheng.do(*receive, db=office.county)["packages"][0]["receipt"]
    minzheng.do("receipt", "apply", receipt, db=office.town)
    status = minzheng.do("handover", "status", db=office.town)
    assert [(one["number"], one["stage"]) for one in status["packages"]] == [(1, "answered")]
    assert (status["next"]["code"], status["troubles"]) == ("nothing", [])


def test_what_is_refused_is_told_with_the_next_step(minzheng: CommandLine, at: At, tmp_path: Path) -> None:
    office = at("packed")
    cut = tmp_path / f"{TOWN}A_0001.mzpkg"
    cut.write_bytes(office.package.read_bytes()[:-40])
    (told,) = minzheng.do("county", "receive", cut, db=office.county)["packages"]
    assert told["status"] == "refused"
    for words in (told["reason"], told["next"], told["words"]):
        plain(words)
    assert told["words"].startswith(cut.name)
    assert "第 0001 号包" in told["words"]


def test_the_countys_keys_by_command(minzheng: CommandLine, tmp_path: Path) -> None:
    database = tmp_path / "县.db"
    minzheng.do(
        "init", "--role", "county", "--division", COUNTY, "--user", "甲", "--demonstration", db=database
    )
    refused(minzheng.run("county", "keys", "show", db=database), "no_county_keys")
    enrol = ("county", "enrol", "--division", TOWN, "--out", tmp_path / "a.mzenrol")
    paper = minzheng.do(*enrol, db=database)["root_key"]
    before = minzheng.do("county", "keys", "show", db=database)
    wrong = minzheng.run("county", "keys", "rotate", db=database, env={"MINZHENG_ROOT_KEY": "x"})
    assert wrong.code == 1
    plain(wrong.data["error"]["message"])
    done = minzheng.run("county", "keys", "rotate", db=database, env={"MINZHENG_ROOT_KEY": paper})
    assert done.code == 0, done.said
    assert (done.data["root"], done.data["earlier"]) == (before["root"], 1)
    assert done.data["working"] != before["working"]
    made = minzheng.do("county", "keys", "new-root", db=database)
    assert made["root"] != before["root"]
    old = minzheng.run("county", "keys", "recover", db=database, env={"MINZHENG_ROOT_KEY": paper})
    refused(old, "wrong_root")
