"""The same roster as .xls and .ods, and an import that is cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.errors_workbook import write_errors_workbook
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store

TODAY = date(2026, 11, 23)
HEADERS = ["序号", "村", "户主姓名", "户主身份证号", "保障人口", "联系电话"]


def write_xls(path: Path, rows: list[list[object]]) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("花名册")
    page.write_merge(0, 0, 0, 5, "2024年8月农村低保花名册")
    for n, row in enumerate([HEADERS, *rows], start=1):
        for column, value in enumerate(row):
            page.write(n, column, value)
    page.row(3).hidden = True
    book.save(str(path))


def write_ods(path: Path, rows: list[list[object]]) -> None:
    document = OpenDocumentSpreadsheet()
    table = Table(name="花名册")
    for n, cells in enumerate([["2024年8月农村低保花名册"], HEADERS, *rows]):
        row = TableRow(visibility="collapse") if n == 3 else TableRow()
        for value in cells:
            number = isinstance(value, (int, float))
            cell = TableCell(valuetype="float", value=value) if number else TableCell(valuetype="string")
            cell.addElement(P(text=str(value)))
            row.addElement(cell)
        table.addElement(row)
    document.spreadsheet.addElement(table)
    document.save(str(path))


@pytest.mark.parametrize(("ending", "write"), [("xls", write_xls), ("ods", write_ods)])
def test_other_formats(office, tmp_path, identity, ending, write):
    path = tmp_path / f"名册.{ending}"
    rows = [
        [1, "棉沙村", "张三", identity(1), 2, "13900000001"],
        [2, "棉沙村", "李四", identity(2), 1, 13900000002],
        [3, "庙垭", "王五", float(identity(3)[:17] + "0"), 1, ""],
        ["合计", "", "", "", 4, ""],
    ]
    write(path, rows)
    plan = plan_roster(office, path, form="dibao", today=TODAY)
    assert [(r.row, r.action) for r in plan.rows] == [(3, "new"), (4, "new"), (5, "rejected")]
    assert plan.month == "2024-08"
    assert [p.row for p in plan.problems if p.code == "row.hidden"] == [4]
    assert [p.code for p in plan.problems if p.level == "error"] == ["id.damaged"]
    assert commit_roster(office, plan).import_id
    written = write_errors_workbook(plan, tmp_path / "错误.xlsx")
    assert written is not None
    assert written.rows == 1


IMPORT = """
import sys
from datetime import date
from pathlib import Path
from minzheng_desktop.exchange.rosters.commit import commit_roster
from minzheng_desktop.exchange.rosters.planning import plan_roster
from minzheng_desktop.store.store import Store
store = Store.open(Path(sys.argv[1]), password="correct horse")
plan = plan_roster(store, Path(sys.argv[2]), form="dibao", today=date(2026, 11, 23))
print("planned", flush=True)
commit_roster(store, plan)
print("done", flush=True)
"""


@pytest.mark.slow
def test_an_import_that_is_killed_is_whole_or_not_there(office, tmp_path, write_roster, household_row):
    count = 800
    roster = write_roster([household_row(n, 低保证号=f"C{n:05d}") for n in range(1, count + 1)])
    path = office.path
    office.close()
    seen = set()
    for wait in (0.0, 0.02, 0.06, 0.12, 0.25):
        process = subprocess.Popen(
            [sys.executable, "-c", IMPORT, str(path), str(roster)], stdout=subprocess.PIPE, cwd=Path.cwd()
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"planned\n"
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with Store.open(path, password="correct horse") as store, store.reading() as r:
            t = schema.records
            records = r.scalar(sa.select(sa.func.count()).select_from(t))
            imports = r.scalar(sa.select(sa.func.count()).select_from(schema.imports))
            entered = r.scalar(sa.select(sa.func.count()).select_from(schema.people))
        assert (records, entered) in ((0, 0), (imports * records, entered))
        assert (imports > 0) == (records > 0)
        seen.add(records)
    assert 0 in seen
