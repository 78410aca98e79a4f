"""The rows of a grid of new records: blocks, fresh rows, the way back, repeats, saving."""

from __future__ import annotations

from minzheng_desktop.ui.entries.sheet import (
    BLANK,
    GOOD,
    SAVED,
    WAITING,
    WARNED,
    WRONG,
    CellProblem,
    EntrySheet,
    GridColumn,
    Verdict,
    draft_rows,
)

COLUMNS = (
    GridColumn("name", "姓名", "text"),
    GridColumn("number", "证号", "id_number"),
    GridColumn("day", "服务日期", "date", keep=True),
    GridColumn("times", "次数", "integer", start="1"),
)


def texts(sheet: EntrySheet) -> list[tuple[str, ...]]:
    return [tuple(line.cells.get(c.path, "") for c in COLUMNS) for line in sheet.lines]


def test_a_fresh_row_keeps_and_begins() -> None:
    """A day is carried from the row above, the times begin at 1; there is one blank row at the end."""
    sheet = EntrySheet(COLUMNS)
    sheet.enter([(0, "name", "张三")])
    sheet.enter([(0, "day", "6.5")])
    assert sheet.enter([(1, "name", "李四")]) == [1]
    assert texts(sheet) == [("张三", "", "6.5", "1"), ("李四", "", "6.5", "1"), ("", "", "", "")]
    assert sheet.filled() == [0, 1]


def test_a_row_with_nothing_typed_is_blank() -> None:
    sheet = EntrySheet(COLUMNS)
    sheet.enter([(0, "name", "张三")])
    sheet.enter([(0, "name", "")])
    assert sheet.filled() == []
    assert texts(sheet) == [("", "", "", "")]


def test_a_block_gives_what_it_covers_and_no_more() -> None:
    """Days that a block leaves empty stay empty; the times, which it does not cover, begin at 1."""
    sheet = EntrySheet(COLUMNS)
    block = [("张三", "1", "6.5"), ("李四", "2", ""), ("王五", "3", "6.7")]
    paths = ("name", "number", "day")
    sheet.enter(
        (at, path, text) for at, row in enumerate(block) for path, text in zip(paths, row, strict=True)
    )
    assert texts(sheet)[:3] == [("张三", "1", "6.5", "1"), ("李四", "2", "", "1"), ("王五", "3", "6.7", "1")]


def test_each_step_is_taken_back_whole() -> None:
    sheet = EntrySheet(COLUMNS)
    sheet.enter([(0, "name", "张三"), (1, "name", "李四"), (2, "name", "王五")])
    sheet.enter([(0, "day", "6.5")])
    assert sheet.fill_down(0, 2, ["day"]) == [1, 2]
    assert [row[2] for row in texts(sheet)] == ["6.5", "6.5", "6.5", ""]
    assert sheet.remove([0, 1]) == [0, 1]
    assert texts(sheet)[0] == ("王五", "", "6.5", "1")
    sheet.undo()
    assert [row[0] for row in texts(sheet)] == ["张三", "李四", "王五", ""]
    assert sheet.undo() == [1, 2]
    assert [row[2] for row in texts(sheet)] == ["6.5", "", "", ""]
    sheet.redo()
    assert [row[2] for row in texts(sheet)] == ["6.5", "6.5", "6.5", ""]
    for _ in range(3):
        sheet.undo()
    assert texts(sheet) == [("", "", "", "")]
    assert sheet.undo() == []


def test_filling_down_one_row_takes_the_cell_above() -> None:
    sheet = EntrySheet(COLUMNS)
    sheet.enter([(0, "name", "张三"), (0, "number", "1"), (1, "name", "李四")])
    assert sheet.fill_down(1, 1, ["number"]) == [1]
    assert sheet.text(1, "number") == "1"
    assert sheet.fill_down(0, 0, ["number"]) == []


def test_verdicts_on_older_texts_are_dropped() -> None:
    sheet = EntrySheet(COLUMNS)
    sheet.enter([(0, "name", "张三")])
    line = sheet.lines[0]
    asked = line.version
    sheet.enter([(0, "name", "张三丰")])
    sheet.take_verdict(line, asked, Verdict(True))
    assert (sheet.waiting(), sheet.state(0, {})) == ([0], WAITING)
    sheet.take_verdict(line, line.version, Verdict(True))
    assert (sheet.waiting(), sheet.state(0, {}), sheet.state(1, {})) == ([], GOOD, BLANK)


def test_the_second_row_of_a_person_is_wrong_until_the_first_goes() -> None:
    sheet = EntrySheet(COLUMNS)
    sheet.enter([(0, "name", "张三"), (1, "name", "张三")])
    warned = Verdict(True, (CellProblem("name", "warning", "看一眼"),), key=("1",))
    for line, verdict in zip(sheet.lines, (Verdict(True, key=("1",)), warned), strict=False):
        sheet.take_verdict(line, line.version, verdict)
    repeats = sheet.repeats()
    assert repeats == {1: 0}
    assert (sheet.state(0, repeats), sheet.state(1, repeats)) == (GOOD, WRONG)
    assert [p.message for p in sheet.problems(1, repeats)] == [
        "和第 1 行是同一个人，只能存一行，删掉另一行",
        "看一眼",
    ]
    sheet.remove([0])
    assert (sheet.repeats(), sheet.state(0, sheet.repeats())) == ({}, WARNED)


def test_saved_rows_stay_as_they_are() -> None:
    sheet = EntrySheet(COLUMNS)
    sheet.enter([(0, "name", "张三"), (1, "name", "李四")])
    sheet.mark_saved([sheet.lines[0]])
    assert sheet.state(0, {}) == SAVED
    assert sheet.enter([(0, "name", "别人")]) == []
    assert sheet.remove([0]) == []
    assert sheet.undo() == []
    assert sheet.draft() == [{"name": "李四", "times": "1"}]
    assert draft_rows({"rows": sheet.draft()}) == sheet.draft()
    sheet.drop_saved()
    assert texts(sheet) == [("李四", "", "", "1"), ("", "", "", "")]
