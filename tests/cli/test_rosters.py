"""roster plan, import and undo, by counts that can be read off the workbook (see dibao_roster)."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run

KEYS = {
    "import_id",
    "rows",
    "new",
    "updated",
    "unchanged",
    "rejected",
    "warnings",
    "skipped",
    "problems",
}


def adds_up(answer: dict[str, int]) -> bool:
    return answer["rows"] == answer["new"] + answer["updated"] + answer["unchanged"] + answer["rejected"]


def test_a_plan_counts_rows_and_writes_nothing(run: Run, town: Path, dibao_roster: Path) -> None:
    planned = run("roster", "plan", dibao_roster, "--form", "dibao", db=town)
    assert set(planned) >= KEYS
    assert planned["import_id"] is None
    assert (planned["rows"], planned["new"], planned["rejected"]) == (31, 28, 3)
    assert adds_up(planned)  # type: ignore[arg-type]
    assert run("record", "list", "--form", "dibao", db=town)["records"] == []


def test_each_rejected_row_has_an_error_where_excel_numbers_it(
    run: Run, town: Path, dibao_roster: Path
) -> None:
    from openpyxl import load_workbook

    problems = run("roster", "plan", dibao_roster, "--form", "dibao", db=town)["problems"]
    errors = {p["row"] for p in problems if p["level"] == "error"}
    assert len(errors) == 3
    page = load_workbook(dibao_roster)["农村低保"]
    numbers = {page.cell(row, 1).value for row in errors}
    assert numbers == {1, 12, 17}  # the first one's repetition stands at the end
    assert all(p["sheet"] == "农村低保" for p in problems if p["level"] == "error")


def test_the_same_file_twice_changes_nothing(run: Run, town: Path, dibao_roster: Path) -> None:
    first = run("roster", "import", dibao_roster, "--form", "dibao", db=town)
    assert first["import_id"]
    assert first["new"] == 28
    records = run("record", "list", "--form", "dibao", db=town)["records"]
    assert len(records) == 28
    assert {r["state"] for r in records} == {"active"}
    again = run("roster", "import", dibao_roster, "--form", "dibao", db=town)
    assert (again["new"], again["updated"], again["unchanged"], again["rejected"]) == (0, 0, 28, 3)
    assert run("record", "list", "--form", "dibao", db=town)["records"] == records


def test_an_import_is_taken_back_whole(run: Run, town: Path, dibao_roster: Path) -> None:
    done = run("roster", "import", dibao_roster, "--form", "dibao", db=town)
    undone = run("roster", "undo", done["import_id"], db=town)
    assert undone["undone"] > 0
    assert undone["kept"] == []
    assert run("record", "list", "--form", "dibao", db=town)["records"] == []
    assert run("roster", "import", dibao_roster, "--form", "dibao", db=town)["new"] == 28


def test_an_import_that_was_paid_is_not_taken_back(run: Run, town: Path, dibao_roster: Path) -> None:
    done = run("roster", "import", dibao_roster, "--form", "dibao", db=town)
    run("batch", "lock", "--form", "dibao", "--month", "2026-10", "--reason", "随花名册导入", db=town)
    refused = run("roster", "undo", done["import_id"], db=town, code=1)
    assert refused["error"]["code"] == "roster.undo_locked"
    assert len(run("record", "list", "--form", "dibao", db=town)["records"]) == 28


def test_a_picture_is_no_roster(run: Run, town: Path, tmp_path: Path) -> None:
    file = tmp_path / "花名册.xlsx"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" * 50)
    assert run("roster", "plan", file, "--form", "dibao", db=town, code=1)["error"]["message"]
    assert run("roster", "plan", tmp_path / "none.xlsx", "--form", "dibao", db=town, code=1)["error"]["code"]


def test_rejected_rows_come_back_as_a_workbook(
    run: Run, town: Path, dibao_roster: Path, tmp_path: Path
) -> None:
    from openpyxl import load_workbook

    out = tmp_path / "待改.xlsx"
    run("roster", "import", dibao_roster, "--form", "dibao", "--errors", out, db=town)
    page = load_workbook(out)["农村低保"]
    assert [cell.value for cell in page[3]][:2] == ["序号", "村（社区）"]
    comments = [cell.comment.text for row in page.iter_rows() for cell in row if cell.comment]
    assert len(comments) >= 3


def test_columns_are_mapped_by_hand_and_remembered(run: Run, town: Path, dibao_roster: Path) -> None:
    """The roster's 联系电话 is left out; a second roster with such headers leaves it out without being told."""
    planned = run("roster", "plan", dibao_roster, "--form", "dibao", db=town)
    assert "户主联系电话" not in {p["column"] for p in planned["problems"] if "不导入" in p["message"]}
    left_out = ("--map", "联系电话=不导入")
    run("roster", "import", dibao_roster, "--form", "dibao", *left_out, db=town)
    again = run("roster", "plan", dibao_roster, "--form", "dibao", db=town)
    said = [p for p in again["problems"] if p["column"] == "户主联系电话"]
    assert [(p["level"], p["message"]) for p in said] == [("info", "“户主联系电话”按指定不导入")]


def test_what_cannot_be_mapped_is_said(run: Run, town: Path, dibao_roster: Path) -> None:
    def refused(*words: str) -> str:
        answer = run("roster", "plan", dibao_roster, "--form", "dibao", *words, db=town, code=1)
        return str(answer["error"]["message"])

    assert "不止一列叫“姓名”" in refused("--map", "姓名=cert_no")
    assert "没有叫“卡号码”的列" in refused("--map", "卡号码=account.number")
    assert "最像的有：account.number" in refused("--map", "联系电话=acount.number")
    assert "不是“表头=字段”的写法" in refused("--map", "户主联系电话")
    doubled = refused("--map", "联系电话=head.name")
    assert "两列都对应“姓名”，一项只能对应一列" in doubled
    assert "没有叫“不在”的工作表" in refused("--header-row", "不在=3")
    assert "表头不能是第 900–900 行" in refused("--header-row", "900")
    assert "写 3 或 3-4" in refused("--header-row", "第三行")


def test_an_empty_template_is_written_and_planned(run: Run, town: Path, tmp_path: Path) -> None:
    """With a database its villages drop down; the empty file plans to nothing, only its example row is passed over."""
    out = tmp_path / "空表.xlsx"
    made = run("template", "--form", "dibao", "--out", out, db=town)
    assert made["file"] == str(out)
    assert [c["title"] for c in made["columns"]][:2] == ["户主姓名", "户主身份证号"]
    planned = run("roster", "plan", out, "--form", "dibao", db=town)
    assert (planned["rows"], planned["rejected"], planned["warnings"]) == (0, 0, 0)
    assert any(p["message"].startswith("示例行，没有读入") for p in planned["problems"])
    refused = run("template", "--form", "casework", "--out", tmp_path / "x.xlsx", db=town, code=1)
    assert refused["error"]["code"] == "template.no_import"


def test_a_template_needs_no_database(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "高龄.xlsx"
    assert run("template", "--form", "elder_age", "--out", out)["file"] == str(out)
    assert out.exists()
