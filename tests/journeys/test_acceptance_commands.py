"""The command line as the issue's table promises it: one object on stdout, exit codes, sentences, absolute paths."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.journeys.clerk import PASSWORD, Clerk, id_number, make_site, run_captured

OWN = id_number("19400101", 51)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    return make_site(tmp_path_factory.mktemp("town"))


def write_record(folder: Path, **more: Any) -> Path:
    file = folder / "记录.json"
    content = {"person": {"name": "郑 一", "id_number": OWN.lower()}, "doc": {"apply_channel": "1"}} | more
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return file


def test_a_process_of_its_own_writes_one_object_and_nothing_else(town: Clerk, tmp_path: Path) -> None:
    """Options after the subcommand, a relative path in, an absolute one out, the password from the environment."""
    ran = subprocess.run(
        [sys.executable, "-m", "minzheng_desktop", "backup", "--out", "备份.mzbak", "--db", str(town.db), "--json"],
        cwd=tmp_path, capture_output=True, timeout=100, check=False,
        env={"MINZHENG_PASSWORD": PASSWORD, "PATH": "", "MINZHENG_DATA": str(tmp_path), "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr.decode()
    assert json.loads(ran.stdout.decode("utf-8"))["file"] == str(tmp_path / "备份.mzbak")
    assert ran.stderr == b""
    assert PASSWORD.encode() not in ran.stdout


def test_wrong_usage_ends_with_2_in_chinese() -> None:
    for wrong in (
        ["peopl"], ["people"], ["people", "find"], ["batch", "plan", "--form", "dibao"], ["roster", "import", "--nein"],
        ["batch", "print", "--form", "dibao", "--month", "2024-09", "--as", "doc", "--out", "x"],
        ["people", "find", "王", "--limit", "0"], ["record", "step", "a", "b", "--set", "没有等号"],
    ):  # fmt: skip
        ran = run_captured(*wrong)
        assert ran.code == 2, wrong
        assert ran.out == "" or wrong == ["people"]
        assert "用法" in ran.err or "Usage" not in ran.err


def test_what_the_user_can_mend_ends_with_1_and_a_sentence(town: Clerk, tmp_path: Path) -> None:
    other = Clerk(tmp_path / "没有.db")
    assert str(other.db) in other.refused("people", "find", "王").err
    assert "口令" in town.refused("people", "find", "王", password="不对").err
    assert "口令" in town.refused("people", "find", "王", password=None).err  # no terminal to ask at
    town.refused("people", "find", "王", "--user", "没有这人")
    town.refused("init", "--role", "township", "--division", "500229201", "--user", "再来")
    assert (
        "500999201"
        in other.refused("init", "--role", "township", "--division", "500999201", "--user", "某").err
    )
    assert not other.db.exists()
    (tmp_path / "假.db").write_bytes(b"SQLite format 3\x00" + bytes(4096))
    Clerk(tmp_path / "假.db").refused("people", "find", "王")
    for command in (
        ["record", "show", "没有"], ["record", "list", "--form", "没有"], ["roster", "undo", "没有"],
        ["batch", "plan", "--form", "dibian", "--month", "2024-09"],
        ["batch", "plan", "--form", "dibao", "--month", "2024-13"],
        ["batch", "explain", "--form", "dibao", "--month", "2024-09", "--person", OWN],
        ["county", "laptops"], ["county", "enrol", "--division", "500229201", "--out", str(tmp_path / "a.mzenrol")],
        ["export", "--out", str(tmp_path)], ["receipt", "apply", str(tmp_path / "假.db")],
    ):  # fmt: skip
        town.refused(*command)
    assert not list(tmp_path.glob("*.mzpkg")) + list(tmp_path.glob("*.mzenrol"))


def test_a_record_saved_shown_stepped_and_listed(town: Clerk, tmp_path: Path) -> None:
    wrong = town.refused(
        "record", "save", write_record(tmp_path, doc={"没有这一项": 1}), "--form", "elder_age"
    )
    assert wrong.data["problems"][0]["path"] == "没有这一项"
    saved = town.do("record", "save", write_record(tmp_path), "--form", "elder_age")
    shown = town.do("record", "show", saved["id"])
    assert shown["doc"]["apply_channel"] == "1"
    # What is not filled stands in the way of submitting, each at its field.
    stuck = town.refused("record", "step", saved["id"], "submit")
    assert {"apply_date", "relative_of_staff"} <= {p["path"] for p in stuck.data["problems"]}
    done = town.do(
        "record", "step", saved["id"], "submit", "--set", "apply_date=2024年5月9日", "--set", "relative_of_staff=否"
    )  # fmt: skip
    assert (done["state"], done["doc"]["apply_date"]) == ("submitted", "2024-05-09")
    assert "已提交" in town.refused("record", "step", saved["id"], "confirm").err
    for status in ("submitted", "已提交"):
        listed = town.do("record", "list", "--form", "elder_age", "--status", status)["records"]
        assert [one["id"] for one in listed] == [saved["id"]]
    assert town.do("record", "list", "--form", "elder_age", "--status", "active")["records"] == []
    (found,) = town.people("郑一")
    assert (found["id_number"], found["sex"], found["birth_date"]) == (
        OWN,
        "1",
        "1940-01-01",
    )  # 51 is odd: male
    assert town.do("people", "find", "郑一", "--limit", "1")["people"] == [found]


def test_a_township_never_confirms_without_the_countys_word(town: Clerk, tmp_path: Path) -> None:
    """民发〔2021〕57号: confirmation is the county's; the township registers its letter: number, date, scan."""
    number = id_number("19410101", 52)
    file = write_record(tmp_path, person={"name": "吴一", "id_number": number})
    record = town.do("record", "save", file, "--form", "elder_age")["id"]
    town.do(
        "record", "step", record, "submit", "--set", "apply_date=2024-05-09", "--set", "relative_of_staff=否"
    )
    town.do("record", "step", record, "accept")
    town.do(
        "record",
        "step",
        record,
        "review",
        "--set",
        "opinion=同意",
        "--set",
        "town_result=1",
        "--set",
        "town_opinion=同意",
    )
    town.do("record", "step", record, "report")
    assert "要由" in town.refused("record", "step", record, "confirm", "--set", "opinion=同意", "--set",
                                "document_no=1", "--set", "date=2024-05-30").err  # fmt: skip
    missing = town.refused("record", "step", record, "manual_confirm", "--set", "document_no=城民〔2024〕1号")
    assert {"date", "scan"} <= {p["path"] for p in missing.data["problems"]}
    assert town.do("record", "show", record)["state"] == "reported"


def test_rates_and_forms_are_told_in_full(town: Clerk, tmp_path: Path) -> None:
    rates = {r["code"]: r for r in town.do("rates", "list")["rates"]}
    # domain §13
    assert rates["bath.per_time"]["value"] == "110.00"
    assert rates["elder.100"]["value"] == "6000.00"
    assert all(rates[code]["example"] for code in ("dibao.rural", "dibao.urban", "bath.per_time"))
    bad = tmp_path / "标准.toml"
    bad.write_text('area = "500229"\n[rate."dibao.rural"]\nvalues = 3\n', encoding="utf-8")
    assert "没有采用" in town.refused("rates", "import", bad).err
    checked = run_captured("forms", "check", "--json")
    assert checked.code == 0
    assert checked.data["problems"] == []
    folder = tmp_path / "表单"
    folder.mkdir()
    (folder / "坏.toml").write_text('key = "坏"\ntitle = 3\n[[sectio]]\n', encoding="utf-8")
    mistaken = run_captured("forms", "check", str(folder), "--json")
    assert mistaken.code in (0, 1)
    told = json.dumps(mistaken.data, ensure_ascii=False)
    assert "坏.toml" in told


def test_the_log_of_what_was_done_is_whole(town: Clerk) -> None:
    assert town.do("audit", "verify")["intact"] is True


def test_cells_that_would_become_formulas_stay_text(town: Clerk, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["村", "户主姓名", "身份证号", "家庭人口", "家庭住址"])
    book.active.append(["没有的村", "王一", id_number("19500101", 11), 1, "=HYPERLINK(1)"])
    book.active.append(["卫星村", "=1+1", id_number("19500101", 12), 1, "@SUM(1)"])
    for row in book.active.iter_rows(min_row=2):
        for cell in row:
            cell.data_type = "n" if isinstance(cell.value, int) else "s"
    book.save(tmp_path / "低保.xlsx")
    done = town.planned(tmp_path / "低保.xlsx", "dibao", "--errors", tmp_path / "错行.xlsx")
    assert done["rejected"] == 2
    cells = [c for row in openpyxl.load_workbook(tmp_path / "错行.xlsx").active.iter_rows() for c in row]
    assert all(cell.data_type != "f" for cell in cells)
