"""The annual report and the monthly statistics as PDFs: text, tables and charts in chapters, then the tables of all.

Measures are millimetres. Target: prints of a bureau's livelihood report (A4 upright; the tables of all lie across).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from minzheng_desktop.documents.charts import draw_bars, draw_lines
from minzheng_desktop.documents.fonts import Face
from minzheng_desktop.documents.grid import Grid
from minzheng_desktop.documents.pen import A4_LANDSCAPE, A4_PORTRAIT, MM, Page, Printed, PrintJob
from minzheng_desktop.documents.report_model import (
    BarChart,
    LineChart,
    MonthlyCell,
    MonthlySheet,
    Report,
    ReportChapter,
    ReportColumn,
    ReportTable,
    cell_text,
    figure_rows,
)
from minzheng_desktop.documents.setting import break_paragraph, fit
from minzheng_desktop.documents.tables import TableColumn, TableStyle, draw_table, row_heights
from minzheng_desktop.values.money import format_money_grouped

_TOP, _SIDE, _BOTTOM = 34.0, 25.0, 22.0
_TOP_ACROSS, _SIDE_ACROSS, _BOTTOM_ACROSS = 25.0, 20.0, 15.0
_BODY, _LEAD = 12.0, 7.4
_TABLE = TableStyle(7.6, 7.0, 9.5, 9.5)
_WIDE = TableStyle(14.0, 6.2, 8.5, 8.5, 1.2)
_BY_TOWN = TableStyle(14.0, 5.4, 8.5, 8.5, 1.2)
_TOWNS_A_PAGE = 9
_HEAD_LINE = 8
_NUMERALS = "一二三四五六七八九十"


def draw_report(report: Report, *, printed_at: str) -> Printed:
    """The whole report."""
    flow = _Flow(report.title, report.mark, printed_at)
    flow.cover(report)
    for number, chapter in enumerate(report.chapters):
        flow.chapter(f"{_NUMERALS[number]}、{chapter.title}", chapter)
    flow.turn(A4_LANDSCAPE)
    flow.head = "附表一　指标总表"
    flow.table(_all_figures(report), style=_WIDE._replace(head_height=8.0))
    for table in _by_towns(report):
        flow.head = "附表二　分乡镇指标"
        flow.page_break()
        flow.table(table, style=_BY_TOWN)
    if report.foot:
        flow.small(report.foot)
    return flow.finish()


def draw_monthly(sheet: MonthlySheet, *, printed_at: str) -> Printed:
    """The monthly statistics on A4 across, with its balance."""
    flow = _Flow(sheet.title, sheet.mark, printed_at, size=A4_LANDSCAPE)
    flow.head = sheet.month
    flow.title(f"{sheet.title}", f"填报单位：{sheet.office}　　统计月份：{sheet.month}　　金额单位：元")
    flow.table(_monthly_table(sheet), style=TableStyle(11.0, 6.6, 9.5, 9.0, 1.2))
    flow.small(
        "勾稽关系：上月＋新增－退出＝本月。在册数按步骤和决定的生效月份统计；支出为发放批次的实发数。"
        "“—”是这一行没有这一项。"
    )
    flow.small("单位负责人：　　　　　　　　统计人：　　　　　　　　报出日期：　　年　　月　　日")
    return flow.finish()


def _all_figures(report: Report) -> ReportTable:
    columns = (
        ReportColumn("序号", 10, "centre"), ReportColumn("指标", 56), ReportColumn("单位", 16, "centre"),
        ReportColumn(f"{report.year}年", 27, "right"), ReportColumn(f"{report.year - 1}年", 27, "right"),
        ReportColumn("计算方法", 111),
    )  # fmt: skip
    return ReportTable(
        title=f"{report.year}年指标总表", columns=columns, rows=figure_rows(report), note="※ 县局登记的事实"
    )


def _by_towns(report: Report) -> list[ReportTable]:
    figures = [row for row in report.figures if any(cell is not None for cell in row.towns)]
    tables = []
    for start in range(0, len(figures), _TOWNS_A_PAGE):
        some = figures[start : start + _TOWNS_A_PAGE]
        columns = (
            ReportColumn("乡镇（街道）", 28),
            *(ReportColumn(f"{_broken(row.name)}\n（{row.unit}）", 24, "right") for row in some),
        )
        rows = [
            (town.name, *(cell_text(row.towns[at], row.digits) for row in some))
            for at, town in enumerate(report.towns)
        ]
        rows.append(("全　县", *(cell_text(row.value, row.digits) for row in some)))
        title = f"{report.year}年分乡镇指标（{start // _TOWNS_A_PAGE + 1}）"
        tables.append(ReportTable(title=title, columns=columns, rows=tuple(rows), total=True))
    return tables


def _broken(name: str) -> str:
    """A name on as many equal lines as a narrow head needs."""
    lines = -(-len(name) // _HEAD_LINE)
    length = -(-len(name) // lines)
    return "\n".join(name[at : at + length] for at in range(0, len(name), length))


def _monthly_table(sheet: MonthlySheet) -> ReportTable:
    heads = ("上月户数", "上月人数", "新增户数", "新增人数", "退出户数", "退出人数", "本月户数", "本月人数")
    columns = (
        ReportColumn("业　务", 50),
        *(ReportColumn(head, 18, "right") for head in heads),
        ReportColumn("本月支出", 30, "right"),
        ReportColumn("累计支出", 33, "right"),
    )
    rows = [
        (
            row.title,
            *_pairs(row.previous, row.added, row.ended, row.current),
            format_money_grouped(row.paid),
            format_money_grouped(row.paid_year),
        )
        for row in sheet.rows
    ]
    sums = (format_money_grouped(sheet.paid), format_money_grouped(sheet.paid_year))
    rows.append(("合　计", *([""] * len(heads)), *sums))
    return ReportTable(title="", columns=columns, rows=tuple(rows), total=True)


def _pairs(*cells: MonthlyCell) -> tuple[str, ...]:
    found: list[str] = []
    for cell in cells:
        found += [cell_text(cell.households, 0), cell_text(cell.persons, 0)]
    return tuple(found)


class _Flow:
    """Pages filled from the top: head line, what is put on them, page number."""

    def __init__(
        self, title: str, mark: str, printed_at: str, *, size: tuple[float, float] = A4_PORTRAIT
    ) -> None:
        self.job = PrintJob(size, title=title, printed_at=printed_at)
        self.name, self.mark = title, mark
        self.head = ""
        self.page: Page | None = None
        self.y = 0.0
        self.tables = 0
        self.charts = 0

    @property
    def upright(self) -> bool:
        return self.job.height > self.job.width

    @property
    def left(self) -> float:
        return _SIDE if self.upright else _SIDE_ACROSS

    @property
    def top(self) -> float:
        return _TOP if self.upright else _TOP_ACROSS

    @property
    def foot(self) -> float:
        """Where the last line of a page may end."""
        return self.job.height - (_BOTTOM if self.upright else _BOTTOM_ACROSS)

    @property
    def width(self) -> float:
        return self.job.width - 2 * self.left

    def turn(self, size: tuple[float, float]) -> None:
        self.close()
        self.job.turn(size)

    def close(self) -> None:
        if self.page is not None:
            middle = self.left + self.width / 2
            self.page.text(
                middle, self.job.height - 9, f"— {self.job.pages} —", Face.TEXT, 11, align="centre"
            )
            self.page.close()
            self.page = None

    def finish(self) -> Printed:
        self.close()
        return self.job.finish()

    def on(self) -> Page:
        """The present page, begun where there is none."""
        if self.page is None:
            self.page = self.job.page()
            if self.mark:
                self.page.watermark(self.mark)
            line = self.top - 11.5
            self.page.text(self.left, line - 2.5, self.name, size=9, colour=0.35)
            self.page.text(self.left + self.width, line - 2.5, self.head, size=9, align="right", colour=0.35)
            self.page.rule(self.left, line, self.left + self.width, line, weight=0.5)
            self.y = self.top
        return self.page

    def page_break(self) -> None:
        self.close()

    def room(self, height: float) -> Page:
        """The page on which so much can still stand."""
        page = self.on()
        if self.y + height > self.foot and self.y > self.top:
            self.page_break()
            page = self.on()
        return page

    def cover(self, report: Report) -> None:
        page = self.job.page()
        if report.mark:
            page.watermark(report.mark)
        middle = self.job.width / 2
        fitted = fit(report.title, Face.TITLE, 28, (self.job.width - 40) * MM)
        page.text(middle, 105, report.title, Face.TITLE, fitted.size, align="centre", stretch=fitted.stretch)
        page.rule(middle - 30, 116, middle + 30, 116, weight=1.2)
        page.text(middle, 128, f"{report.year}年1月1日至12月31日", Face.TEXT, 14, align="centre")
        page.text(middle, 240, report.office, Face.TEXT, 16, align="centre")
        page.close()

    def title(self, title: str, facts: str) -> None:
        page = self.on()
        page.text(self.left + self.width / 2, self.y + 4, title, Face.TITLE, 20, align="centre")
        page.text(self.left, self.y + 14, facts, size=10.5)
        self.y += 18

    def chapter(self, title: str, chapter: ReportChapter) -> None:
        self.page_break()
        self.head = title
        page = self.on()
        page.text(self.left, self.y + 4, title, Face.HEAD, 17)
        self.y += 14
        for paragraph in chapter.paragraphs:
            self.paragraph(paragraph)
        for table in chapter.tables:
            self.tables += 1
            self.table(table, number=f"表{self.tables}　")
        for bars in chapter.bars:
            self.chart(bars, 62.0)
        for lines in chapter.lines:
            self.chart(lines, 58.0)
        if chapter.writer:
            self.paragraph(chapter.writer)
        if chapter.note:
            self.small(chapter.note)

    def paragraph(self, text: str) -> None:
        lines = break_paragraph(text, Face.TEXT, _BODY, self.width * MM)
        for line in lines:
            page = self.room(_LEAD)
            page.text(self.left + line.indent / MM, self.y + 4.4, line.text, size=_BODY, spacing=line.spacing)
            self.y += _LEAD
        self.y += 1.5

    def small(self, text: str) -> None:
        self.y += 2
        for line in break_paragraph(text, Face.TEXT, 9, self.width * MM, indent=0):
            page = self.room(5.0)
            page.text(self.left + line.indent / MM, self.y + 3.4, line.text, size=9, spacing=line.spacing)
            self.y += 5.0

    def caption(self, title: str, note: str) -> None:
        page = self.on()
        page.text(self.left, self.y + 5, title, Face.HEAD, 11)
        page.text(self.left + self.width, self.y + 5, note, size=9, align="right")
        self.y += 7.5

    def chart(self, chart: BarChart | LineChart, height: float) -> None:
        self.charts += 1
        self.y += 3
        page = self.room(height + 9)
        self.caption(f"图{self.charts}　{chart.title}（{chart.unit}）", "")
        page = self.on()
        if isinstance(chart, BarChart):
            draw_bars(page, self.left, self.y, self.width, height, chart)
        else:
            draw_lines(page, self.left, self.y, self.width, height, chart)
        self.y += height + 2

    def table(self, table: ReportTable, *, number: str = "", style: TableStyle = _TABLE) -> None:
        """The table, its head again on every page."""
        scale = self.width / sum(column.width for column in table.columns)
        columns = [TableColumn(c.head, c.width * scale, _kind(c.align), c.align) for c in table.columns]
        rows: Sequence[Sequence[str]] = table.rows
        heights = row_heights(columns, rows, style)
        self.y += 2
        at = 0
        while at < len(rows) or not rows:
            self.room(style.head_height + 10 + sum(heights[at : at + 2]))
            if table.title or table.note:
                more = "（续）" if at else ""
                self.caption(f"{number}{table.title}{more}", table.note)
            space = self.foot - self.y - style.head_height
            end = at
            while end < len(rows) and (space := space - heights[end]) >= 0:
                end += 1
            end = max(end, at + 1)
            grid = Grid(self.on())
            last = end >= len(rows)
            top = self.y
            self.y = draw_table(
                grid, self.left, self.y, columns, rows[at:end], style=style, total=table.total and last
            )
            grid.close()
            self.on().frame(self.left, top, self.width, self.y - top, weight=0.9)
            if last:
                break
            at = end
            self.page_break()
        self.y += 2


def _kind(align: str) -> Literal["text", "figure"]:
    return "figure" if align == "right" else "text"
