"""The report and the monthly statistics as files, read back by readers of their own."""

from __future__ import annotations

import io
from datetime import date
from fractions import Fraction
from typing import Any

import openpyxl
import pytest

from minzheng_desktop.reports.annual import annual_data, annual_figures, compare, make_annual_print
from minzheng_desktop.reports.facts import enter_fact
from minzheng_desktop.reports.indicators import Figure
from minzheng_desktop.reports.monthly_print import make_monthly_print
from minzheng_desktop.values.errors import UserError
from tests.documents.readers import pdfium_pages, pdfium_text
from tests.reports.offices import NORTH, SOUTH, TODAY, County

AT = "2026-03-01 09:00"


@pytest.fixture
def filled(county: County) -> County:
    """Two households of 2 and 1 in 2023, a third of 3 from 2024 on; 2024 paid 3,000.00 yuan, 2023 2,000.00."""
    first = county.dibao([county.person("甲一"), county.person("甲二")], month="2023-02")
    second = county.dibao([county.person("乙一", SOUTH)], SOUTH, month="2023-05")
    county.dibao([county.person(f"丙{n}") for n in range(3)], month="2024-07")
    county.pay("dibao", "2023-12", {first: 120000})
    county.pay("dibao", "2023-12", {second: 80000}, SOUTH)
    county.pay("dibao", "2024-11", {first: 200000})
    county.pay("dibao", "2024-12", {second: 100000}, SOUTH)
    end = date(2024, 12, 31)
    enter_fact(county.store, "vagrant_no_death_years", value=Fraction(21), on=end, note="台账", today=TODAY)
    return county


def test_the_text_has_its_numbers_and_last_years(filled: County) -> None:
    pages = pdfium_pages(make_annual_print(filled.store, 2024, as_="pdf", printed_at=AT).data)
    text = "".join(page for page in pages).replace("\r\n", "").replace("\n", "")
    assert "纳入最低生活保障3户、6人（比上年增长100.0%），户均2.00人" in text
    assert "全年发放救助资金3,000.00元（比上年增长50.0%）" in text
    assert "连续21年未发生街头冻饿病死亡事件" in text
    assert "没有数据、正文没有写的：" in text
    assert "救助资金口径构成" in text
    assert "由执笔人撰写" in text


def test_the_workbook_holds_numbers_by_township_and_charts(filled: County) -> None:
    made = make_annual_print(filled.store, 2024, as_="xlsx", printed_at=AT)
    book = openpyxl.load_workbook(io.BytesIO(made.data))
    sheet = book["指标总表"]
    heads = [cell.value for cell in sheet[3]]
    rows = {
        row[2]: dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=4, values_only=True)
    }
    persons = rows["纳入低保人数"]
    names = {t.code: t.name for t in filled.store.catalog.divisions.towns}
    north, south = (names[code].removesuffix("镇").removesuffix("乡") for code in (NORTH, SOUTH))
    assert (persons["全县"], persons["上年"], persons[north], persons[south]) == (6, 3, 5, 1)
    assert "按身份证号去重" in persons["计算方法"]
    assert "连续未发生街头冻饿病死亡（县局登记）" in rows
    charts = [chart for name in book.sheetnames for chart in book[name]._charts]  # noqa: SLF001
    assert len(charts) == 2, "低保 by township, payments by month"


def test_the_word_document_is_for_its_writer(filled: County) -> None:
    docx: Any = pytest.importorskip("docx")
    made = make_annual_print(filled.store, 2024, as_="docx", printed_at=AT)
    assert made.data == make_annual_print(filled.store, 2024, as_="docx", printed_at=AT).data
    document = docx.Document(io.BytesIO(made.data))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "四、社会救助" in text
    assert "低保人数" not in text or "6人" in text
    assert any("纳入低保人数" in cell.text for table in document.tables for cell in table.columns[0].cells)


def test_the_data_names_unit_and_townships(filled: County) -> None:
    with filled.store.reading() as r:
        data = annual_data(annual_figures(r, 2024))
    assert data["year"] == 2024
    one = data["indicators"]["dibao_persons"]
    assert (one["value"], one["unit"], one["name"]) == (6, "人", "纳入低保人数")
    assert one["by_township"] == {NORTH: 5, SOUTH: 1}
    assert "online_apply_all" not in data["indicators"], "what only serves as a part is no row of the report"


def test_the_monthly_sheet_prints_its_balance(filled: County) -> None:
    text = pdfium_text(make_monthly_print(filled.store, "2024-07", as_="pdf", printed_at=AT).data)
    row = next(line for line in text.splitlines() if line.startswith("农村低保"))
    # households 2 + 1 - 0 = 3, persons 3 + 3 - 0 = 6
    assert row.split()[:9] == ["农村低保", "2", "3", "1", "3", "0", "0", "3", "6"]
    book = openpyxl.load_workbook(
        io.BytesIO(make_monthly_print(filled.store, "2024-11", as_="xlsx", printed_at=AT).data)
    )
    rows = {row[1]: row for row in book["月报"].iter_rows(min_row=4, values_only=True)}
    assert rows["农村低保"][-2:] == (2000, 2000)


def test_a_township_has_no_annual_report(tmp_path: Any) -> None:
    town = County(tmp_path / "修齐镇.mz", role="township", division=NORTH)
    with pytest.raises(UserError, match="年度报告由县局"):
        make_annual_print(town.store, 2024, as_="pdf", printed_at=AT)
    assert make_monthly_print(town.store, "2024-07", as_="pdf", printed_at=AT).pages == 1
    town.store.close()


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (100, 104, "比上年增长4.0%"),
        (1000, 962, "比上年下降3.8%"),
        (7, 7, "与上年持平"),
        (0, 5, ""),
        (None, 5, ""),
    ],
)
def test_comparison_in_words(before: int | None, now: int, words: str) -> None:
    def figure(value: int | None) -> Figure:
        exact = None if value is None else Fraction(value)
        return Figure(key="a", name="甲", unit="人", value=value, exact=exact)

    assert compare(figure(now), figure(before)) == words
