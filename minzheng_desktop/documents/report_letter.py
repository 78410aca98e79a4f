"""The annual report as a Word document that its writer goes on editing: text and tables, every number filled in."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from minzheng_desktop.documents.report_model import Report, ReportColumn, ReportTable, figure_rows
from minzheng_desktop.documents.word import add_run, set_font, steady_archive

_NUMERALS = "一二三四五六七八九十"


def write_report_docx(report: Report, *, written_at: str) -> bytes:
    """The report as .docx: the same bytes for the same content; `written_at` 'YYYY-MM-DD HH:MM' is its only time."""
    import docx
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    set_font(document.styles["Normal"], "仿宋", Pt(14))
    core = document.core_properties
    core.author, core.title, core.comments = "", report.title, ""
    core.created = core.modified = datetime.strptime(written_at[:16], "%Y-%m-%d %H:%M")  # noqa: DTZ007 - as printed
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    add_run(
        title, f"【{report.mark}】{report.title}" if report.mark else report.title, "宋体", Pt(22), bold=True
    )
    office = document.add_paragraph()
    office.alignment = WD_ALIGN_PARAGRAPH.CENTER
    add_run(office, report.office, "楷体", Pt(14))
    tables = 0
    for number, chapter in enumerate(report.chapters):
        heading = document.add_paragraph()
        add_run(heading, f"{_NUMERALS[number]}、{chapter.title}", "黑体", Pt(16))
        for text in (*chapter.paragraphs, *filter(None, (chapter.writer,))):
            paragraph = document.add_paragraph(text)
            paragraph.paragraph_format.first_line_indent = Pt(28)
            paragraph.paragraph_format.line_spacing = 1.5
        for table in chapter.tables:
            tables += 1
            _table(document, table, f"表{tables}　")
        if chapter.note:
            add_run(document.add_paragraph(), chapter.note, "仿宋", Pt(10.5))
    document.add_paragraph().paragraph_format.page_break_before = True
    _table(document, _all_figures(report), "附表　")
    raw = io.BytesIO()
    document.save(raw)
    return steady_archive(raw.getvalue())


def _all_figures(report: Report) -> ReportTable:
    heads = ("序号", "指标", "单位", f"{report.year}年", f"{report.year - 1}年", "计算方法")
    return ReportTable(
        title=f"{report.year}年指标总表（※ 县局登记的事实）",
        columns=tuple(ReportColumn(h) for h in heads),
        rows=figure_rows(report),
    )


def _table(document: Any, table: ReportTable, number: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    add_run(document.add_paragraph(), f"{number}{table.title}", "黑体", Pt(12))
    made = document.add_table(rows=1, cols=len(table.columns))
    made.style = "Table Grid"
    for cell, column in zip(made.rows[0].cells, table.columns, strict=True):
        add_run(cell.paragraphs[0], column.head, "黑体", Pt(10.5))
    for line in table.rows:
        for cell, text, column in zip(made.add_row().cells, line, table.columns, strict=True):
            paragraph = cell.paragraphs[0]
            add_run(paragraph, text, "宋体", Pt(10.5))
            if column.align == "right":
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
