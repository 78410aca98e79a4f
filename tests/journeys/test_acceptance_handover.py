"""County and townships by files alone (the issue's part F and the rows of its table for export, county, receipt)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest

from tests.journeys.clerk import Clerk, copy_site, id_number, make_site

LONGTIAN, PINGBA = "500229201", "500229103"
ELDERS = {"周满": "19440510", "吴退": "19441011", "郑否": "19350101"}


class World(NamedTuple):
    """A county, two of its townships, and the stick between them."""

    county: Clerk
    longtian: Clerk
    pingba: Clerk
    stick: Path
    packages: dict[str, Path]
    applied: Any
    receipts: Path


def write_roster(path: Path, village: str, people: list[str], first: int) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["2024年9月农村低保发放花名册"])
    book.active.append(
        ["村", "户主姓名", "身份证号", "家庭人口", "保障人口", "家庭年收入", "一卡通账号", "最初享受月份"]
    )
    for number, name in enumerate(people, first):
        born = id_number("19500101", number)
        book.active.append([village, name, born, 1, 1, 0, f"6217000000000{number:03d}", "2024.01"])
    book.save(path)
    return path


def apply_for_elder_age(clerk: Clerk, folder: Path, name: str, born: str, sequence: int) -> str:
    """A new application typed by the clerk and taken to 已上报."""
    file = folder / f"{name}.json"
    number = id_number(born, sequence)
    content = {
        "person": {"name": name, "id_number": number, "reside_village": "500229201201"},
        "account": {"number": f"6217000000000{sequence:03d}", "name": name, "bank": "农商行"},
        "doc": {
            "apply_channel": "1",
            "apply_date": "2026-10-08",
            "apply_reason": "年满八十",
            "relative_of_staff": False,
        },
    }
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    record = str(clerk.do("record", "save", file, "--form", "elder_age")["id"])
    for step in ("submit", "accept", "investigate"):
        clerk.do("record", "step", record, step)
    more = ("--set", "opinion=同意", "--set", "town_result=拟同意", "--set", "town_opinion=同意上报")
    clerk.do("record", "step", record, "review", *more)
    assert clerk.do("record", "step", record, "report")["state"] == "reported"
    return record


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    stick = folder / "U盘"
    stick.mkdir()
    county = make_site(folder, "county", "500229", "--demonstration")
    towns = {}
    for division in (LONGTIAN, PINGBA):
        file = folder / f"{division}.mzenrol"
        enrolled = county.do("county", "enrol", "--division", division, "--out", file)
        assert enrolled["file"] == str(file)
        assert len(enrolled["phrase"].split()) == 6
        town = Clerk(folder / f"{division}.db")
        made = ("init", "--role", "township", "--division", division, "--user", "王经办", "--demonstration")
        wrong = town.refused(*made, "--enrolment", file, phrase="如意 如意 如意 如意 如意 如意")
        assert not town.db.exists(), wrong.err  # nothing half made
        answer = town.do(*made, "--enrolment", file, phrase=enrolled["phrase"])
        assert {"site", "division", "recovery_key"} <= set(answer)
        towns[division] = town
    longtian, pingba = towns[LONGTIAN], towns[PINGBA]
    longtian.roster(write_roster(folder / "龙田.xlsx", "卫星村", ["赵一", "赵二", "赵三"], 11))
    pingba.roster(write_roster(folder / "坪坝.xlsx", "丰田村", ["钱一", "钱二"], 21))
    longtian.do("batch", "lock", "--form", "dibao", "--month", "2024-09")
    packages = {}
    for key, town in (("a1", longtian), ("b1", pingba)):
        packages[key] = Path(town.do("export", "--out", stick)["file"])
    for n, (name, born) in enumerate(ELDERS.items()):
        apply_for_elder_age(longtian, folder, name, born, 31 + n)
    second = longtian.do("export", "--out", stick)
    assert {"file", "number", "changes", "recopied"} <= set(second)
    assert (second["number"], second["changes"] > 0) == (2, True)
    packages["a2"] = Path(second["file"])
    receipts = folder / "回执"
    applied = county.do(
        "county", "receive", packages["a2"], packages["b1"], packages["a1"], "--receipts", receipts
    )
    return World(county, longtian, pingba, stick, packages, applied, receipts)


def statuses(data: Any) -> list[tuple[str, int, str]]:
    return [(p["from"], p["number"], p["status"]) for p in data["packages"]]


def test_packages_are_judged_in_number_order_whatever_the_order_given(world: World) -> None:
    assert sorted(statuses(world.applied)) == [
        (PINGBA, 1, "applied"), (LONGTIAN, 1, "applied"), (LONGTIAN, 2, "applied")
    ]  # fmt: skip
    for package in world.applied["packages"]:
        assert {"file", "from", "number", "status", "new", "changed", "same", "held", "questioned", "rejected",
                "reason"} <= set(package)  # fmt: skip
        assert package["new"] > 0
        assert (package["held"], package["questioned"], package["rejected"]) == (0, 0, 0)
    records = world.county.do("record", "list", "--form", "dibao")["records"]
    assert len(records) == 5  # three of Longtian, two of Pingba
    assert len(list(world.receipts.glob("*.mzret"))) == 3


def test_received_twice_changes_nothing_and_answers_again(world: World, tmp_path: Path) -> None:
    county = copy_site(world.county, tmp_path)
    again = county.do("county", "receive", *world.packages.values(), "--receipts", tmp_path / "again")
    assert {p["status"] for p in again["packages"]} == {"already"}
    assert [p["new"] + p["changed"] for p in again["packages"]] == [0, 0, 0]
    assert len(list((tmp_path / "again").glob("*.mzret"))) == 3  # a fresh receipt for `already` too


def test_the_second_package_waits_for_the_first(world: World, tmp_path: Path) -> None:
    fresh = make_site(tmp_path, "county", "500229", "--demonstration")
    strange = fresh.do("county", "receive", world.packages["a1"])
    assert [p["status"] for p in strange["packages"]] == ["refused"]  # sealed for another county
    assert strange["packages"][0]["reason"]
    enrolment = tmp_path / "东安.mzenrol"
    phrase = fresh.do("county", "enrol", "--division", "500229109", "--out", enrolment)["phrase"]
    town = Clerk(tmp_path / "东安.db")
    town.do("init", "--role", "township", "--division", "500229109", "--user", "孙经办", "--demonstration",
            "--enrolment", enrolment, phrase=phrase)  # fmt: skip
    files = []
    for number, name in enumerate(("李一", "李二")):
        content = {
            "person": {"name": name, "id_number": id_number("19400101", 51 + number)},
            "doc": {"apply_channel": "1"},
        }
        (tmp_path / "a.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        town.do("record", "save", tmp_path / "a.json", "--form", "elder_age")
        files.append(town.do("export", "--out", tmp_path)["file"])
    nothing = town.do("export", "--out", tmp_path)
    assert (nothing["file"], nothing["changes"]) == (None, 0)
    other = tmp_path / "另一个U盘"
    other.mkdir()
    assert len(town.do("export", "--out", other)["recopied"]) == 2  # no receipt yet: copied along again
    resent = town.do("export", "--out", tmp_path / "第三个", "--resend", "1")
    assert resent["number"] == 1
    assert [p["status"] for p in fresh.do("county", "receive", files[1])["packages"]] == ["waiting"]
    both = fresh.do("county", "receive", files[0])
    assert both["packages"][0]["status"] == "applied"
    late = fresh.do("county", "receive", files[1])
    assert late["packages"][-1]["status"] in ("applied", "already")
    assert len(fresh.do("record", "list", "--form", "elder_age")["records"]) == 2
    broken = tmp_path / "坏.mzpkg"
    broken.write_bytes(Path(files[0]).read_bytes()[:-40])
    assert [p["status"] for p in fresh.do("county", "receive", broken)["packages"]] == ["refused"]


def test_the_countys_word_reaches_the_records(world: World, tmp_path: Path) -> None:
    county, town = copy_site(world.county, tmp_path), copy_site(world.longtian, tmp_path)
    reported = county.do("record", "list", "--form", "elder_age", "--status", "reported")["records"]
    assert len(reported) == 3
    by_name = {}
    for record in reported:
        found = county.do("people", "find", id_number(ELDERS["周满"], 31))["people"]
        by_name[record["id"]] = record["person"] == found[0]["id"]
    agreed = next(r for r, is_first in by_name.items() if is_first)
    returned, denied = (r for r, is_first in by_name.items() if not is_first)
    words = {agreed: "confirm", returned: "return", denied: "deny"}
    for record, word in words.items():
        answer = county.do(
            "county", "decide", record, "--as", word, "--text", f"意见{word}", "--number", "城民〔2026〕5号"
        )
        assert (answer["decided"], answer["beaten"]) == (1, [])
    county.refused(
        "county", "decide", agreed, "--as", "deny", "--text", "再定一次", "--number", "城民〔2026〕6号"
    )
    county.do("county", "receive", world.packages["a2"], "--receipts", tmp_path / "回执")
    (receipt,) = (tmp_path / "回执").glob("*.mzret")
    assert "回执" in world.pingba.refused("receipt", "apply", receipt).err  # another township's
    answer = town.do("receipt", "apply", receipt)
    assert {"accepted", "rejected", "questioned", "decisions", "acknowledged_number"} <= set(answer)
    assert (answer["rejected"], answer["questioned"], answer["decisions"]) == (0, 0, 3)
    assert answer["acknowledged_number"] == 2
    states = {r: town.do("record", "show", r) for r in words}
    assert states[agreed]["state"] == "confirmed"
    assert [(row["kind"], row["old_amount"]) for row in states[agreed]["doc"]["changes"]] == [("new", "0.00")]
    assert states[returned]["state"] == "county_returned"
    assert states[denied]["state"] == "denied"
    assert states[denied]["doc"]["county_opinion"] == "意见deny"
    assert town.do("receipt", "apply", receipt)["decisions"] in (0, 3)  # the same receipt twice does no harm
    assert town.do("record", "show", agreed)["steps"] == states[agreed]["steps"]
    # 80–89: 100.00 a year, a quarter of it is 25.00 from the month of application on
    assert town.do("batch", "plan", "--form", "elder_age", "--month", "2026-12")["total"] == "25.00"


def test_the_county_lists_the_laptops(world: World) -> None:
    laptops = world.county.do("county", "laptops")["laptops"]
    assert sorted((one["division"], one["last_number"]) for one in laptops) == [(PINGBA, 1), (LONGTIAN, 2)]
    assert world.longtian.refused("county", "laptops").code == 1  # a township is no county


def test_the_enrolment_is_used_up(world: World, tmp_path: Path) -> None:
    """A second laptop made from the same file is refused at the county."""
    file = world.longtian.db.parent / f"{LONGTIAN}.mzenrol"
    thief = Clerk(tmp_path / "另一台.db")
    county = copy_site(world.county, tmp_path)
    assert not thief.refused(
        "init", "--role", "township", "--division", PINGBA, "--user", "某人", "--demonstration", "--enrolment", file,
        phrase="如意 如意 如意 如意 如意 如意",
    ).data.get("recovery_key")  # fmt: skip
    assert {one["state"] for one in county.do("county", "laptops")["laptops"]} == {"registered"}


def test_backup_restore_and_the_audit_hold(world: World, tmp_path: Path) -> None:
    backup = tmp_path / "备份.mzbak"
    made = world.longtian.do("backup", "--out", backup)
    assert Path(made["file"]).is_absolute()
    restored = Clerk(tmp_path / "新.db")
    restored.do("restore", backup)
    assert len(restored.do("record", "list", "--form", "dibao")["records"]) == 3
    restored.do("audit", "verify")
    restored.refused("restore", backup)  # never over a database
    # The rows that were handed over are not handed over again by the restored database under the same numbers.
    answer = restored.run("export", "--out", tmp_path)
    assert answer.code == 1 or answer.data["number"] in (None, 3)
    raw = backup.read_bytes()
    assert "赵一".encode() not in raw
