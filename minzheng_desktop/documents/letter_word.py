"""A letter to a citizen as a Word document that the office goes on editing: the letter format of GB/T 9704-2012.

Type area 156 × 225 mm, 28 mm from the left, size 3 (16 pt) on lines of 28.95 pt, 22 to a page; the office in red above
a double red rule. Word takes the fonts of the machine it is opened on.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from minzheng_desktop.documents.letter import Delivery, Letter
from minzheng_desktop.documents.word import add_run, set_font, steady_archive

_BODY, _TITLE = "仿宋", "宋体"
_RED = "CC1217"


def write_letter_docx(letter: Letter, *, written_at: str) -> bytes:
    """The letter as .docx: the same bytes for the same content; `written_at` 'YYYY-MM-DD HH:MM' is its only time."""
    import docx
    from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
    from docx.shared import Mm, Pt, RGBColor

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.top_margin, section.bottom_margin = Mm(30), Mm(35)
    normal = document.styles["Normal"]
    set_font(normal, _BODY, Pt(16))
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    normal.paragraph_format.line_spacing = Pt(28.95)
    core = document.core_properties
    core.author, core.title, core.comments = "", letter.title, ""
    core.created = core.modified = datetime.strptime(written_at[:16], "%Y-%m-%d %H:%M")  # noqa: DTZ007 - as printed
    head = document.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    add_run(head, letter.office, _TITLE, Pt(36), bold=True).font.color.rgb = RGBColor.from_string(_RED)
    _rule_below(head)
    number = document.add_paragraph(letter.number)
    number.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if letter.mark:
        add_run(document.add_paragraph(), f"【{letter.mark}】", "黑体", Pt(16))
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_before = title.paragraph_format.space_after = Pt(29)
    add_run(title, letter.title, _TITLE, Pt(22), bold=True)
    document.add_paragraph(letter.addressee)
    for text in letter.paragraphs:
        document.add_paragraph(text).paragraph_format.first_line_indent = Pt(32)
    for text, indent in ((letter.signer or letter.office, 32), (letter.date, 64)):
        line = document.add_paragraph(text)
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        line.paragraph_format.right_indent = Pt(indent)
        if indent == 32:
            line.paragraph_format.space_before = Pt(58)
            line.paragraph_format.keep_with_next = True
    if letter.remark:
        document.add_paragraph(f"（{letter.remark}）").paragraph_format.first_line_indent = Pt(32)
    if letter.delivery is not None:
        _delivery(document, letter.delivery)
    raw = io.BytesIO()
    document.save(raw)
    return steady_archive(raw.getvalue())


def _rule_below(paragraph: Any) -> None:
    """The double red rule under the name of the office."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for key, value in (("val", "thickThinSmallGap"), ("sz", "24"), ("space", "4"), ("color", _RED)):
        bottom.set(qn(f"w:{key}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)  # noqa: SLF001 - the library has no call for borders


def _delivery(document: Any, delivery: Delivery) -> None:
    """The receipt of delivery on a page of its own."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.page_break_before = True
    title.paragraph_format.space_after = Pt(14)
    add_run(title, "送 达 回 证", _TITLE, Pt(22), bold=True)
    date = "　　　　　　　　年　　月　　日"
    ways = "　".join(
        f"{'☑' if way == delivery.way else '□'}{way}" for way in ("直接", "留置", "邮寄", "公告")
    )
    rows = (
        ("送达文书名称及文号", f"{delivery.document}　{delivery.number}".strip()),
        ("受送达人", delivery.receiver), ("送达地点", delivery.place), ("送达方式", ways),
        ("收件人（签字、手印）", date), ("代收人及与受送达人关系", date), ("拒收事由、见证人（签字）", ""),
        ("送达人（2人签字）", date),
    )  # fmt: skip
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    for label, text in rows:
        cells = table.add_row().cells
        cells[0].width, cells[1].width = Mm(50), Mm(106)
        for cell, words in zip(cells, (label, text), strict=True):
            add_run(cell.paragraphs[0], words, _BODY, Pt(12))
    add_run(document.add_paragraph(), "此联由受送达人签收后退回存档。", _BODY, Pt(12))
