"""Letters as Word documents: the letter format of GB/T 9704-2012, read back."""

from __future__ import annotations

import io

import docx
from docx.shared import Pt

from minzheng_desktop.documents.letter import Delivery, Letter
from minzheng_desktop.documents.letter_word import write_letter_docx

LETTER = Letter(
    office="修齐镇人民政府",
    number="修府救停〔2024〕17号",
    title="停止最低生活保障告知书",
    addressee="向世珍：",
    paragraphs=("你户因收入超过标准，自2024年10月起停发。", "不服的，可以在六十日内申请行政复议。"),
    date="2024年10月9日",
    remark="联系电话：023-00000000",
    delivery=Delivery(
        document="停止最低生活保障告知书", number="修府救停〔2024〕17号", receiver="向世珍", place="茶丰村2组"
    ),
)


def test_a_letter_is_read_back_with_its_layout() -> None:
    """§9.1 and GB/T 9704: A4, 28 mm on the left, size 3 (16 pt) 仿宋, title of size 2 (22 pt), exact lines."""
    data = write_letter_docx(LETTER, written_at="2024-10-09 09:00")
    read = docx.Document(io.BytesIO(data))
    texts = [p.text for p in read.paragraphs]
    assert texts[0] == "修齐镇人民政府"
    assert [t for t in texts if t][1:6] == [LETTER.number, LETTER.title, LETTER.addressee, *LETTER.paragraphs]
    section = read.sections[0]
    measured = [round(part.mm) for part in (section.page_width, section.left_margin, section.right_margin)]
    assert measured == [210, 28, 26]  # Word keeps twentieths of a point
    normal = read.styles["Normal"]
    assert (normal.font.name, normal.font.size) == ("仿宋", Pt(16))
    title = next(p for p in read.paragraphs if p.text == LETTER.title)
    assert (title.runs[0].font.size, title.alignment) == (Pt(22), 1)
    cells = [cell.text for row in read.tables[0].rows for cell in row.cells]
    assert cells[:4] == [
        "送达文书名称及文号",
        "停止最低生活保障告知书　修府救停〔2024〕17号",
        "受送达人",
        "向世珍",
    ]
    assert "□直接" in cells[7]


def test_the_same_letter_is_the_same_file_and_names_nobody_as_author() -> None:
    data = write_letter_docx(LETTER, written_at="2024-10-09 09:00")
    assert data == write_letter_docx(LETTER, written_at="2024-10-09 09:00")
    assert docx.Document(io.BytesIO(data)).core_properties.author == ""
