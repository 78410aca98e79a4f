"""Reading real files of every kind, and refusing what is no workbook (issue 2, section I; domain §11.2)."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from minzheng_desktop.exchange.rosters.layout import column_letters, column_number
from minzheng_desktop.exchange.rosters.sheets import read_workbook
from minzheng_desktop.values.errors import UserError


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_workbook(path)
    assert "没有" in caught.value.message
    return caught.value.code


def test_columns_have_letters():
    assert [column_letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert all(column_number(column_letters(n)) == n for n in range(1000))


def test_xlsx_keeps_row_numbers_and_says_what_is_hidden(tmp_path):
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page["B3"], page["C3"] = "姓名", "=1+1"
    page.merge_cells("B4:B6")
    page["B4"] = "棉沙村"
    page["D6"] = "#N/A"
    page.row_dimensions[5].hidden = True
    page.column_dimensions["C"].hidden = True
    page["B3"].comment = openpyxl.comments.Comment("批注", "我")
    book.create_sheet("旧表").sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    read = read_workbook(tmp_path / "a.xlsx")
    sheet = read.sheets[0]
    assert sheet.rows[2][1] == "姓名"
    assert sheet.layout.merged == [(4, 1, 6, 1)]
    assert sheet.layout.hidden_rows == {5}
    assert 2 in sheet.layout.hidden_columns
    assert sheet.layout.formulas == {(3, 2)}
    assert set(sheet.layout.errors) == {(3, 2), (6, 3)}
    assert sheet.layout.comments == {(3, 1): "批注"}
    assert read.sheets[1].hidden
    assert not read.epoch1904


def test_the_1904_epoch_is_noticed(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(tmp_path / "a.xlsx")
    assert read_workbook(tmp_path / "a.xlsx").epoch1904


def test_xls(tmp_path):
    book = xlwt.Workbook()
    page = book.add_sheet("棉沙村")
    page.write(2, 1, "姓名")
    page.write(2, 2, 500229196503122217)
    page.write_merge(3, 5, 1, 1, "棉沙村")
    page.write(4, 3, 1)
    page.row(4).hidden = True
    page.col(2).hidden = True
    page.write(5, 3, xlwt.Formula("1+1"))
    book.dates_1904 = True
    book.save(str(tmp_path / "a.xls"))
    read = read_workbook(tmp_path / "a.xls")
    sheet = read.sheets[0]
    assert (sheet.name, sheet.rows[2][1]) == ("棉沙村", "姓名")
    assert isinstance(sheet.rows[2][2], float)
    assert sheet.layout.hidden_rows == {5}
    assert sheet.layout.hidden_columns == {2}
    assert sheet.layout.formulas == {(6, 3)}
    assert sheet.layout.merged == [(4, 1, 6, 1)]


def test_a_large_xls_with_many_sectors(tmp_path):
    book = xlwt.Workbook()
    page = book.add_sheet("花名册")
    for row in range(3000):
        for column in range(6):
            page.write(row, column, f"第{row}行{column}列")
    page.row(2999).hidden = True
    book.save(str(tmp_path / "a.xls"))
    sheet = read_workbook(tmp_path / "a.xls").sheets[0]
    assert len(sheet.rows) == 3000
    assert sheet.layout.hidden_rows == {3000}


def test_ods(tmp_path):
    document = OpenDocumentSpreadsheet()
    table = Table(name="棉沙村")
    for n in range(4):
        row = TableRow(visibility="collapse") if n == 2 else TableRow()
        for text in ("姓名", str(n)):
            cell = TableCell(valuetype="string", numberrowsspanned="2" if n == 0 else "1")
            cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)
    document.spreadsheet.addElement(table)
    document.save(str(tmp_path / "a.ods"))
    sheet = read_workbook(tmp_path / "a.ods").sheets[0]
    assert sheet.rows[1] == ["姓名", "1"]
    assert sheet.layout.hidden_rows == {3}
    assert (1, 0, 2, 0) in sheet.layout.merged


def test_empty_rows_at_the_end_are_not_there(tmp_path):
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page["A1"] = "姓名"
    page.cell(5000, 3).font = openpyxl.styles.Font(bold=True)
    page.cell(5000, 3).value = ""
    book.save(tmp_path / "a.xlsx")
    assert len(read_workbook(tmp_path / "a.xlsx").sheets[0].rows) == 1


def test_what_is_no_workbook(tmp_path):
    for name, data in {
        "a.xlsx": b"",
        "b.xls": b"<html><table><tr><td>1</td></tr></table></html>",
        "c.xlsx": b"hello",
        "d.csv": "姓名,身份证号\n".encode("gb18030"),
        "e.xls": b"%PDF-1.4",
    }.items():
        (tmp_path / name).write_bytes(data)
        assert refusal(tmp_path / name) == "roster.not_workbook"
    with zipfile.ZipFile(tmp_path / "f.xlsx", "w") as parts:
        parts.writestr("readme.txt", "x")
    assert refusal(tmp_path / "f.xlsx") == "roster.not_workbook"
    assert refusal(tmp_path / "none.xlsx") == "roster.no_file"
    assert refusal(tmp_path) == "roster.unreadable"


@pytest.mark.parametrize("kept", [10, 600, 0.5, 0.99])
def test_a_file_cut_short_is_refused(tmp_path, kept):
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    for n in range(200):
        book.worksheets[0].append([n, f"第{n}行"])
    book.save(stream)
    data = stream.getvalue()
    (tmp_path / "a.xlsx").write_bytes(data[: int(kept * len(data)) if kept < 1 else kept])
    assert refusal(tmp_path / "a.xlsx") == "roster.broken"


def test_every_cut_of_an_xls_is_read_or_refused(tmp_path):
    book = xlwt.Workbook()
    book.add_sheet("s").write(0, 0, "姓名")
    stream = io.BytesIO()
    book.save(stream)
    data = stream.getvalue()
    for size in range(0, len(data), 97):
        (tmp_path / "a.xls").write_bytes(data[:size])
        with contextlib.suppress(UserError):
            read_workbook(tmp_path / "a.xls")


def test_a_password(tmp_path):
    # An encrypted workbook is an OLE2 file with the stream EncryptedPackage; the smallest such container.
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[30:32] = (9).to_bytes(2, "little")
    header[48:52] = (1).to_bytes(4, "little")
    header[56:60] = (4096).to_bytes(4, "little")
    header[60:64] = header[68:72] = b"\xfe\xff\xff\xff"
    header[76:512] = b"\xff" * 436
    header[76:80] = (0).to_bytes(4, "little")
    fat = b"\xfd\xff\xff\xff\xfe\xff\xff\xff" + b"\xff" * 504
    name = "EncryptedPackage".encode("utf-16-le")
    entry = (
        name.ljust(64, b"\0")
        + (len(name) + 2).to_bytes(2, "little")
        + b"\x02"
        + bytes(49)
        + b"\xfe\xff\xff\xff"
    )
    (tmp_path / "a.xlsx").write_bytes(bytes(header) + fat + (entry.ljust(128, b"\0")).ljust(512, b"\0"))
    assert refusal(tmp_path / "a.xlsx") == "roster.password"


def test_a_decompression_bomb_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "<workbook/>")
        parts.writestr("xl/worksheets/sheet1.xml", b" " * (60 * 2**20))
    assert refusal(tmp_path / "a.xlsx") == "roster.too_large"


def test_macros_are_noticed_and_not_run(tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a") as parts:
        parts.writestr("xl/vbaProject.bin", b"macro")
    assert read_workbook(tmp_path / "a.xlsx").macros
