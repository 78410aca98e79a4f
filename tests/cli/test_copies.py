"""`minzheng copies`: which stick holds which package, the remembered places, the register as a workbook."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl

from tests.cli.conftest import Run


def test_the_register_answers_where_a_package_lies(run: Run, handed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "handed"
    shutil.copytree(handed, folder)
    town, usb, share = folder / "town.db", tmp_path / "U盘", tmp_path / "共享"
    again = run("export", "--out", usb, "--out", share, db=town)
    assert [one["written"] for one in again["places"]] == [["500229001A_0001.mzpkg"]] * 2
    # Without --out the place that was used last.
    assert run("export", db=town)["places"][0]["place"] == str(share)

    out = tmp_path / "登记.xlsx"
    found = run("copies", "list", "--package", 1, "--out", out, db=town)["copies"]
    assert [Path(one["place"]).name for one in found] == ["共享", "U盘", "stick"]
    assert len({one["sha256"] for one in found}) == 1
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    words = [str(cell.value) for line in sheet.iter_rows() for cell in line if cell.value]
    assert words.count("500229001A_0001.mzpkg") == 3
    assert run("copies", "list", "--text", "共享", db=town)["copies"][0]["place"] == str(share)
    assert run("copies", "list", "--kind", "receipt", db=town)["copies"] == []

    places = [one["place"] for one in run("copies", "places", db=town)["places"]]
    assert places[:2] == [str(share), str(usb)]
    assert run("copies", "forget", share, db=town)["forgotten"]
    assert run("copies", "places", db=town)["places"][0]["place"] == str(usb)


def test_whole_folders_are_received_on_both_sides(run: Run, handed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "handed"
    shutil.copytree(handed, folder)
    town, county, inbox = folder / "town.db", folder / "county.db", folder / "stick"
    (inbox / "照片.jpg").write_bytes(b"x")
    done = run("county", "receive", inbox, "--receipts", inbox, "--move", db=county)
    assert [one["status"] for one in done["packages"]] == ["applied"]
    assert (done["seen"], done["half"], len(done["other"]), done["moved"]) == (0, [], 1, 1)
    assert (inbox / "已收" / "500229001A_0001.mzpkg").is_file()
    assert run("county", "receive", inbox, db=county)["packages"] == []

    read = run("receive", inbox, db=town)
    assert [one["package"] for one in read["files"]] == [1]
    again = run("receive", inbox, db=town)
    assert (again["files"], again["seen"]) == ([], 1)
