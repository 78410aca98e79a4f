"""Pairs that may be one person, by the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number
from tests.cli.conftest import PASSWORD, Run

NUMBER = make_id_number("500229", date(1962, 3, 4), 31)


def test_listed_shown_merged_and_taken_back(run: Run, county: Path) -> None:
    with Store.open(county, password=PASSWORD) as store, store.writing("test") as w:
        one, other = (
            w.put(
                "people", {"owner": owner, "name": "姚世昌", "id_number": NUMBER, "birth_date": "1962-03-04"}
            )
            for owner in ("500229106", "500229107")
        )
    listed = run("county", "duplicates", "list", db=county)
    (pair,) = listed["pairs"]
    assert (pair["class"], {p["id"] for p in pair["persons"]}) == ("strict", {one, other})
    assert listed["run"]["new"] == 1
    shown = run("county", "duplicates", "show", one, other, db=county)
    assert {row["fact"]: row["verdict"] for row in shown["facts"]}["id_number"] == "agrees"
    assert NUMBER not in str(shown)
    assert run("county", "duplicates", "merge", "--strict", "--text", "核实", db=county) == {"merged": 1}
    assert run("county", "duplicates", "list", "--as-is", db=county)["pairs"] == []
    (merged,) = run("county", "duplicates", "list", "--state", "merged", db=county)["pairs"]
    assert (merged["text"], merged["by"]) == ("核实", "王主任")
    assert run("county", "duplicates", "distinct", one, other, "--reason", "弄错了", db=county) == {
        "kept_apart": 1
    }
    refused = run("county", "duplicates", "distinct", one, other, "--reason", "再来", db=county, code=1)
    assert refused["error"]["code"] == "not_open"


def test_a_township_is_sent_away(run: Run, town: Path) -> None:
    assert run("county", "duplicates", "list", db=town, code=1)["error"]["code"] == "not_a_county"
