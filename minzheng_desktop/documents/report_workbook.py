"""The annual report and the monthly statistics as workbooks: numbers to sum on, charts to edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minzheng_desktop.documents.report_model import (
    BarChart,
    Cell,
    LineChart,
    MonthlyCell,
    MonthlySheet,
    Report,
)
from minzheng_desktop.documents.steady import text_cell, workbook_bytes

_HEADS = ("序号", "类别", "指标", "单位", "全县", "上年")
_COUNTS = ("上月户数", "上月人数", "新增户数", "新增人数", "退出户数", "退出人数", "本月户数", "本月人数")
_MONTHLY = ("类别", "业务", *_COUNTS, "本月支出（元）", "累计支出（元）")


def write_report_workbook(report: Report, *, written_at: str) -> bytes:
    """Sheets: 指标总表 with every township and how each figure comes about, 正文, and one a chart."""
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.properties.creator = ""
    workbook.properties.title = report.title
    styles = _Styles()
    _figures(workbook.active, report, styles)
    _text(workbook.create_sheet("正文"), report, styles)
    for chapter in report.chapters:
        charts: list[BarChart | LineChart] = [*chapter.bars, *chapter.lines]
        for chart in charts:
            number = len(workbook.sheetnames) - 1
            _chart(workbook.create_sheet(f"图{number}"), chart, styles)
    return workbook_bytes(workbook, written_at=written_at)


def write_monthly_workbook(sheet: MonthlySheet, *, written_at: str) -> bytes:
    """One sheet, a line a business, sums of the money at the end."""
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.properties.creator = ""
    workbook.properties.title = sheet.title
    styles = _Styles()
    page = workbook.active
    page.title = "月报"
    _title(
        page,
        sheet.title,
        f"填报单位：{sheet.office}　　统计月份：{sheet.month}",
        len(_MONTHLY),
        sheet.mark,
        styles,
    )
    _head(page, 3, _MONTHLY, styles)
    for number, row in enumerate(sheet.rows, 4):
        counts = [*_pair(row.previous), *_pair(row.added), *_pair(row.ended), *_pair(row.current)]
        _row(page, number, (row.group, row.title, *counts, row.paid / 100, row.paid_year / 100), styles)
    last = 4 + len(sheet.rows)
    sums: tuple[Cell, ...] = ("合计", "", *([""] * 8), sheet.paid / 100, sheet.paid_year / 100)
    _row(page, last, sums, styles, bold=True)
    for line in page.iter_rows(min_row=4, max_row=last, min_col=11, max_col=12):
        for cell in line:
            cell.number_format = "#,##0.00"
    text_cell(page.cell(row=last + 1, column=1), "勾稽关系：上月＋新增－退出＝本月。")
    _widths(page, (12, 24, *([10] * 8), 18, 18))
    _print_setup(page, 3)
    return workbook_bytes(workbook, written_at=written_at)


def _pair(cell: MonthlyCell) -> tuple[Cell, Cell]:
    return cell.households, cell.persons


class _Styles:
    def __init__(self) -> None:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        hair = Side(style="thin", color="808080")
        self.border = Border(left=hair, right=hair, top=hair, bottom=hair)
        self.grey = PatternFill("solid", fgColor="EDEDED")
        self.plain = Font(name="宋体", size=10)
        self.bold = Font(name="宋体", size=10, bold=True)
        self.title = Font(name="宋体", size=16, bold=True)
        self.chapter = Font(name="宋体", size=13, bold=True)
        self.centre = Alignment(horizontal="center", vertical="center", wrap_text=True)
        self.left = Alignment(horizontal="left", vertical="center", wrap_text=True)
        self.right = Alignment(horizontal="right", vertical="center")


def _title(page: Any, title: str, facts: str, width: int, mark: str, styles: _Styles) -> None:
    for row, (text, font, alignment) in enumerate(
        (
            (f"【{mark}】{title}" if mark else title, styles.title, styles.centre),
            (facts, styles.plain, styles.left),
        ),
        1,
    ):
        page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
        cell = page.cell(row=row, column=1)
        text_cell(cell, text)
        cell.font, cell.alignment = font, alignment
        page.row_dimensions[row].height = 30 if row == 1 else 18


def _head(page: Any, row: int, heads: Sequence[str], styles: _Styles) -> None:
    for column, head in enumerate(heads, 1):
        cell = page.cell(row=row, column=column)
        text_cell(cell, head)
        cell.font, cell.alignment, cell.border, cell.fill = (
            styles.bold,
            styles.centre,
            styles.border,
            styles.grey,
        )
    page.row_dimensions[row].height = 32


def _row(
    page: Any, row: int, values: Sequence[Cell], styles: _Styles, *, bold: bool = False, digits: int = 0
) -> None:
    for column, value in enumerate(values, 1):
        cell = page.cell(row=row, column=column)
        if value is None or isinstance(value, str):
            text_cell(cell, "—" if value is None else value)
            cell.alignment = styles.right if value is None else styles.left
        else:
            cell.value, cell.alignment = value, styles.right
            cell.number_format = f"#,##0.{'0' * digits}" if digits else "#,##0"
        cell.font, cell.border = styles.bold if bold else styles.plain, styles.border


def _figures(page: Any, report: Report, styles: _Styles) -> None:
    page.title = "指标总表"
    heads = (*_HEADS, *(town.name for town in report.towns), "计算方法")
    facts = f"编制单位：{report.office}　　期间：{report.year}年　　“—”是没有可以统计的记录"
    _title(page, report.title, facts, len(heads), report.mark, styles)
    _head(page, 3, heads, styles)
    for number, row in enumerate(report.figures, 1):
        name = f"{row.name}（县局登记）" if row.by_hand else row.name
        value: Cell = "暂缺" if row.lacking else row.value
        towns = tuple("" if cell is None else cell for cell in row.towns)
        line = (number, row.group, name, row.unit, value, row.previous, *towns, row.computation)
        _row(page, number + 3, line, styles)
        for column in range(5, 7 + len(towns)):
            cell = page.cell(row=number + 3, column=column)
            if row.digits and not isinstance(cell.value, str):
                cell.number_format = f"#,##0.{'0' * row.digits}"
    _widths(page, (6, 12, 30, 9, 16, 16, *([11] * len(report.towns)), 60))
    page.freeze_panes = "F4"
    _print_setup(page, 3)


def _text(page: Any, report: Report, styles: _Styles) -> None:
    row = 0
    page.column_dimensions["A"].width = 110
    for chapter in report.chapters:
        lines = [(chapter.title, styles.chapter), *((text, styles.plain) for text in chapter.paragraphs)]
        lines += [(text, styles.plain) for text in (chapter.writer, chapter.note) if text]
        for text, font in lines:
            row += 1
            cell = page.cell(row=row, column=1)
            text_cell(cell, text)
            cell.font, cell.alignment = font, styles.left
        for table in chapter.tables:
            row += 1
            text_cell(page.cell(row=row, column=1), table.title)
            for line in table.rows:
                row += 1
                text_cell(page.cell(row=row, column=1), "　".join(line))
        row += 1


def _chart(page: Any, chart: BarChart | LineChart, styles: _Styles) -> None:
    from openpyxl.chart import BarChart as Bars
    from openpyxl.chart import LineChart as Lines
    from openpyxl.chart import Reference

    series = (
        [(chart.unit, chart.values)]
        if isinstance(chart, BarChart)
        else [(one.name, one.values) for one in chart.series]
    )
    _head(page, 1, ("", *(name for name, _ in series)), styles)
    for number, label in enumerate(chart.labels):
        _row(page, number + 2, (label, *(values[number] for _, values in series)), styles, digits=2)
    made: Any = Bars() if isinstance(chart, BarChart) else Lines()
    made.title, made.y_axis.title = chart.title, chart.unit
    made.height, made.width = 11, 26
    made.x_axis.delete = made.y_axis.delete = False
    if isinstance(chart, BarChart):
        made.legend = None
    last = len(chart.labels) + 1
    made.add_data(
        Reference(page, min_col=2, max_col=1 + len(series), min_row=1, max_row=last), titles_from_data=True
    )
    made.set_categories(Reference(page, min_col=1, min_row=2, max_row=last))
    page.add_chart(made, f"{'BCDEFGHIJKLM'[len(series)]}2")
    page.column_dimensions["A"].width = 18


def _widths(page: Any, widths: Sequence[float]) -> None:
    from openpyxl.utils import get_column_letter

    for column, width in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(column)].width = width


def _print_setup(page: Any, head: int) -> None:
    page.print_title_rows = f"1:{head}"
    setup = page.page_setup
    setup.orientation, setup.paperSize, setup.fitToWidth, setup.fitToHeight = "landscape", 9, 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddFooter.center.text = "第 &P 页　共 &N 页"
