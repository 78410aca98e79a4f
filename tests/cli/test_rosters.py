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
