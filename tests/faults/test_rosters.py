"""Rosters that are none, rosters that carry more than data, and data that would turn into formulas in our files."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from minzheng_desktop.documents.bank_file import BankFile, Payment, check_payments
from tests.faults.commandline import CommandLine, plain, refused
from tests.faults.conftest import Office
from tests.faults.contents import contents_of
from tests.faults.test_disk import BATCH

At = Callable[[str], Office]
FORM = ("--form", "dibao")
HEADER = 4
"""The last of the demonstration roster's header rows; data begins below it."""
SIGNS = (
    "=1+1",
    '=HYPERLINK("http://x","点这里")',
    "+861390000",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=2",
)


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as parts:
        for name in names:
            parts.writestr(name, "<x/>")
    return made.getvalue()


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "<workbook/>")
        parts.writestr("xl/worksheets/sheet1.xml", b" " * (60 << 20))
    return made.getvalue()


NO_ROSTERS: dict[str, tuple[bytes, str]] = {
    "空.xlsx": (b"", "roster.not_workbook"),
    "照片.xlsx": (b"\x89PNG\r\n\x1a\n" * 60, "roster.not_workbook"),
    "网页.xls": ("<html><table><tr><td>姓名</td></tr></table></html>".encode(), "roster.not_workbook"),
    "文字.csv": ("姓名,身份证号\r\n张三,1\r\n".encode("gb18030"), "roster.not_workbook"),
    "公文.docx": (zipped("word/document.xml"), "roster.not_workbook"),
    "扫描.pdf": (b"%PDF-1.4\n" + bytes(300), "roster.not_workbook"),
    "老表.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "roster.broken"),
    "空壳.xlsx": (zipped("xl/workbook.xml"), "roster.broken"),
    "炸弹.xlsx": (bomb(), "roster.too_large"),
}


@pytest.mark.parametrize("name", NO_ROSTERS)
def test_what_is_no_roster_is_refused_and_changes_nothing(minzheng: CommandLine, at: At, name: str) -> None:
    office = at("joined")
    content, code = NO_ROSTERS[name]
    file = office.folder / name
    file.write_bytes(content)
    before = contents_of(office.town)
    said = refused(minzheng.run("roster", "import", file, *FORM, db=office.town), code)
    assert "没有" in said
    assert contents_of(office.town) == before
    assert file.read_bytes() == content


def test_a_roster_cut_short_by_a_stick_is_refused(minzheng: CommandLine, at: At) -> None:
    office = at("joined")
    whole = office.roster.read_bytes()
    for kept in (0.3, 0.9, 0.999):
        office.roster.write_bytes(whole[: int(len(whole) * kept)])
        refused(minzheng.run("roster", "plan", office.roster, *FORM, db=office.town), "roster.broken")
    office.roster.write_bytes(whole)
    assert minzheng.do("roster", "plan", office.roster, *FORM, db=office.town)["new"] == 28


@pytest.mark.parametrize(
    "rows",
    [[], [["甲", "乙"], [1, 2]], [["天气", "心情"], ["晴", "好"]], [["张三", "500229196001010019", 300.0]]],
    ids=["empty", "other", "diary", "data without a header"],
)
def test_without_a_recognisable_header_nothing_enters(
    minzheng: CommandLine, at: At, tmp_path: Path, rows: list[list[Any]]
) -> None:
    office = at("joined")
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    file = tmp_path / "表.xlsx"
    book.save(file)
    before = contents_of(office.town)
    done = minzheng.run("roster", "import", file, *FORM, db=office.town)
    assert done.code == 1, done.out.decode()
    plain(done.data["error"]["message"])
    assert "表头" in done.said or "没有一行" in done.said
    assert contents_of(office.town) == before


def test_an_unknown_form_and_a_folder_are_told(minzheng: CommandLine, at: At) -> None:
    office = at("joined")
    for words in (
        ("roster", "import", office.roster, "--form", "nosuch"),
        ("roster", "import", office.folder, *FORM),
        ("roster", "import", office.folder / "无.xlsx", *FORM),
    ):
        done = minzheng.run(*words, db=office.town)
        assert done.code == 1, done.out.decode()
        plain(done.data["error"]["message"])


def changed(office: Office, name: str, change: Callable[[Any], None]) -> Path:
    """The demonstration roster with something done to its sheet, under another name."""
    book = openpyxl.load_workbook(office.roster, keep_vba=name.endswith("m"))
    change(book.worksheets[0])
    file = office.folder / name
    book.save(file)
    return file


def column_of(page: Any, title: str) -> int:
    for row in page.iter_rows(min_row=HEADER - 1, max_row=HEADER):
        for cell in row:
            if cell.value == title:
                return int(cell.column)
    raise AssertionError(f"no column {title}")


def test_formulas_without_a_saved_result_are_refused_and_none_is_reckoned(
    minzheng: CommandLine, at: At
) -> None:
    """openpyxl saves no results, as a program that never opened the file: nothing to read, nothing to guess."""
    office = at("joined")

    def formulas(page: Any) -> None:
        at_number, at_income = column_of(page, "户主身份证号"), column_of(page, "家庭年收入")
        page.cell(HEADER + 1, at_number).value = '=CONCATENATE("500229","196503122217")'
        page.cell(HEADER + 4, at_income).value = "=100*12"
        page.cell(HEADER + 3, column_of(page, "户主姓名")).value = '=WEBSERVICE("http://example.invalid/")'

    planned = minzheng.do("roster", "plan", changed(office, "公式.xlsx", formulas), *FORM, db=office.town)
    errors = {p["row"] for p in planned["problems"] if p["level"] == "error" and p["row"]}
    assert {HEADER + 1, HEADER + 3, HEADER + 4} <= errors
    assert any("公式" in p["message"] for p in planned["problems"])


def test_macros_are_named_and_never_run(minzheng: CommandLine, at: At) -> None:
    office = at("joined")
    file = office.folder / "带宏.xlsm"
    with zipfile.ZipFile(office.roster) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry, old.read(entry))
        new.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + b"Auto_Open" * 40)
    planned = minzheng.do("roster", "plan", file, *FORM, db=office.town)
    assert planned["new"] == 28
    assert any("宏" in p["message"] and "没有运行" in p["message"] for p in planned["problems"])


def stays_text(file: Path) -> list[str]:
    """Every text of a workbook, none of it a formula; what begins like one is marked as text."""
    book = openpyxl.load_workbook(file)
    texts = []
    for page in book:
        for cell in (cell for row in page.iter_rows() for cell in row if cell.value is not None):
            assert cell.data_type != "f", (file.name, cell.coordinate, cell.value)
            if isinstance(cell.value, str):
                texts.append(cell.value)
                if cell.value.startswith(("=", "+", "-", "@", "\t", "\r")):
                    assert cell.quotePrefix, (file.name, cell.coordinate)
                    assert cell.number_format == "@"
    return texts


def test_texts_that_look_like_formulas_stay_texts_in_every_file(minzheng: CommandLine, at: At) -> None:
    """A roster full of =, +, -, @ and tabs in every text column: through import, errors, ledger and bank file."""
    office = at("joined")

    def poison(page: Any) -> None:
        for n, sign in enumerate(SIGNS):
            row = HEADER + 1 + n
            for title in ("家庭住址", "账户名", "开户银行", "联系电话"):
                cell = page.cell(row, column_of(page, title))
                cell.value, cell.data_type = sign, "s"
        for n, sign in enumerate(SIGNS, start=len(SIGNS)):  # and rows that are handed back
            cell = page.cell(HEADER + 1 + n, column_of(page, "户主身份证号"))
            cell.value, cell.data_type = sign, "s"

    file, errors = changed(office, "毒.xlsx", poison), office.folder / "待改.xlsx"
    done = minzheng.do("roster", "import", file, *FORM, "--errors", errors, db=office.town)
    assert done["rejected"] >= len(SIGNS)
    assert any(text.startswith("=HYPERLINK") for text in stays_text(errors))
    minzheng.do("batch", "lock", *BATCH, "--reason", "x", db=office.town)
    ledger = office.folder / "册.xlsx"
    minzheng.do("batch", "print", *BATCH, "--as", "xlsx", "--out", ledger, db=office.town)
    stays_text(ledger)
    for as_, name in (("bank-csv", "代发.csv"), ("bank-xlsx", "代发.xlsx")):
        out = office.folder / name
        printed = minzheng.run("batch", "print", *BATCH, "--as", as_, "--out", out, db=office.town)
        if printed.code == 0:
            harmless(out)
        else:  # a bank would misread them, so the clerk is sent to the accounts that are wrong
            assert "公式" in refused(printed, "bank.refused")
            assert not out.exists()


def harmless(file: Path) -> None:
    if file.suffix == ".xlsx":
        stays_text(file)
        return
    for row in csv.reader(io.StringIO(file.read_bytes().decode("gb18030"))):
        for field in row:
            assert not field.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), row


@pytest.mark.parametrize("key", ["account_name", "bank", "bank_code", "summary", "remark"])
@pytest.mark.parametrize("sign", SIGNS)
def test_a_bank_file_refuses_what_a_spreadsheet_would_reckon(key: str, sign: str) -> None:
    plainly: dict[str, Any] = {"account_name": "李秀英", "account": "6299900000000000017", "amount": 100}
    payment = Payment(**{**plainly, "id_number": "", "bank": "", "summary": "", key: sign})
    (problem,) = check_payments(
        BankFile(name="x", payments=(payment,), expected=(1, 100)), encoding="gb18030"
    )
    assert problem.path == f"payments.1.{key}"
    assert "公式" in problem.message
