"""Forms, notice, explanation, letter, card and hand-over sheet, read back from their PDFs."""

from __future__ import annotations

import re
from typing import get_args

import msgspec
import pytest

from minzheng_desktop.documents.bank_sheet import draw_bank_sheet
from minzheng_desktop.documents.certificate import Offset, draw_card, draw_card_test
from minzheng_desktop.documents.explanation import draw_explanation, signed
from minzheng_desktop.documents.form_model import Fact, Facts, FormSheet, Opinion, Statement
from minzheng_desktop.documents.forms import draw_form
from minzheng_desktop.documents.letter import draw_letter
from minzheng_desktop.documents.notice import ColumnKind, draw_notice
from minzheng_desktop.values.errors import UserError
from tests.documents.form_samples import approval_sheet, investigation_sheet
from tests.documents.readers import char_boxes, find, metadata, page_size, pdfium_pages, pdfium_text
from tests.documents.samples import PRINTED_AT
from tests.documents.sheet_samples import CARD_VALUES, bank_sheet, card_layout, explanation, letter, notice


def _flat(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")


# Forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [approval_sheet, investigation_sheet])
def test_forms_hold_everything_and_clip_nothing(make: type) -> None:
    sheet: FormSheet = make()
    printed = draw_form(sheet, printed_at=PRINTED_AT)
    assert printed.pages == 2
    assert printed.unfit == ()
    text = _flat(pdfium_text(printed.data))
    assert "50022919580413002X" in text
    assert "欧阳𡋾" in text or "张𪚥" in text
    for page in range(printed.pages):
        boxes = char_boxes(printed.data, page)
        assert all(box.left >= 24.5 and box.right <= 195.8 for box in boxes)
        assert all(box.bottom <= 290 for box in boxes)


def test_following_pages_repeat_title_number_and_name() -> None:
    """For pages that come apart."""
    second = _flat(pdfium_pages(draw_form(approval_sheet(), printed_at=PRINTED_AT).data)[1])
    assert "最低生活保障申请审批表（第 2 页）" in second
    assert "DB-500229103-2024-000037" in second
    assert "申请人：李䶮㛃" in second


def test_the_county_box_stays_blank_until_its_decision_is_back() -> None:
    page = _flat(pdfium_pages(draw_form(approval_sheet(), printed_at=PRINTED_AT).data)[1])
    assert page.count("1,198.00") == 1
    assert page.count("壹仟壹佰玖拾捌元整") == 1
    assert "拟保障类别" in page


def test_a_long_statement_takes_the_room_it_needs() -> None:
    text = "入户情况属实。" * 120
    sheet = FormSheet(
        title="社会救助申请登记表",
        blocks=(
            Facts((Fact(label="姓名", value="张三"),)),
            Statement(title="调查", text=text, signs=("调查人：",), dated=True),
            Opinion(title="乡镇审核意见", text=text[:200]),
        ),
    )
    printed = draw_form(sheet, printed_at=PRINTED_AT)
    assert _flat(pdfium_text(printed.data)).count("入户情况属实。") == 120 + 28


def test_a_statement_longer_than_a_page_goes_on() -> None:
    sheet = FormSheet(
        title="情况说明",
        blocks=(Statement(title="情况", text="入户情况属实。" * 500, signs=("经办人：",), dated=True),),
    )
    printed = draw_form(sheet, printed_at=PRINTED_AT)
    assert printed.pages > 1
    assert pdfium_text(printed.data).count("属") == 500
    for page in range(printed.pages):
        assert all(box.bottom <= 290 for box in char_boxes(printed.data, page))


def test_a_table_longer_than_a_page_goes_on_with_its_head() -> None:
    sheet = approval_sheet()
    blocks = list(sheet.blocks)
    table = blocks[2]
    long = msgspec.structs.replace(table, rows=table.rows * 15)  # type: ignore[union-attr]
    blocks[2] = long
    printed = draw_form(msgspec.structs.replace(sheet, blocks=tuple(blocks)), printed_at=PRINTED_AT)
    text = pdfium_text(printed.data)
    assert text.count("身份证号") >= 3
    assert _flat(text).count("500229195602110318") == 15


# Notice -----------------------------------------------------------------------------------------------------


def test_the_notice_shows_no_id_account_or_phone_of_anybody() -> None:
    printed = draw_notice(notice(40), printed_at=PRINTED_AT)
    text = pdfium_text(printed.data)
    body = text.replace("0000-5922 0001", "").replace("0000-5922 0002", "")
    assert not re.search(r"\d{7,}", body)
    assert "李*㛃" in text
    assert "阿卜杜热依木·****" in text
    assert set(metadata(printed.data)) == {"Title", "CreationDate", "ModDate", "Producer"}
    assert metadata(printed.data)["Title"] == "公示"


@pytest.mark.parametrize(
    "secret", ["张三 50022919580413002X", "5002************12", "9902290009623574308", "13900001234"]
)
def test_a_notice_row_with_a_secret_in_it_is_not_printed(secret: str) -> None:
    row = ("青杠村1组", secret, "1", "1", "B", "100.00")
    with pytest.raises(ValueError, match="public notice"):
        draw_notice(msgspec.structs.replace(notice(), rows=(row,)), printed_at=PRINTED_AT)


def test_a_notice_has_no_kind_of_column_for_secrets() -> None:
    assert set(get_args(ColumnKind)) == {"place", "name", "count", "code", "money", "date", "text"}


@pytest.mark.parametrize("rows", [1, 4, 15, 16, 19, 20, 39, 40, 41, 60])
def test_notices_of_any_length_print_every_row_and_end_with_office_and_date(rows: int) -> None:
    pages = pdfium_pages(draw_notice(notice(rows), printed_at=PRINTED_AT).data)
    assert sum(len(re.findall(r"青杠村\d组", page)) for page in pages) == rows
    assert "2024年9月9日" in pages[-1].splitlines()[-1] or "2024年9月9日" in pages[-1]
    assert re.search(r"青杠村\d组", pages[-1])


# Explanation ------------------------------------------------------------------------------------------------


def test_the_explanation_shows_amount_steps_and_reasons() -> None:
    text = _flat(pdfium_text(draw_explanation(explanation(), printed_at=PRINTED_AT).data))
    for part in (
        "1,318.33 元", "人民币壹仟叁佰壹拾捌元叁角叁分", "9,200.00 ÷ 12 ÷ 3", "≈ 379.4444", "+285.00", "标准调整",
    ):  # fmt: skip
        assert part in text


def test_every_line_of_the_example_holds_on_a_pocket_calculator() -> None:
    """9,200 / 12 / 3 = 255.5556; 635 − 255.5556 = 379.4444; × 3 = 1,138.3332 ≈ 1,138.33 (prints.md's own example)."""
    assert round(9200 / 12 / 3, 4) == 255.5556
    assert round(635 - 255.5556, 4) == 379.4444
    assert round(379.4444 * 3, 2) == 1138.33
    assert explanation().amount == 113_833 + 6_000 + 12_000


def test_changes_carry_their_sign() -> None:
    assert (signed(10_500), signed(-15_000), signed(0)) == ("+105.00", "-150.00", "0.00")


def test_a_long_explanation_goes_on_on_a_second_page() -> None:
    sheet = explanation()
    printed = draw_explanation(msgspec.structs.replace(sheet, steps=sheet.steps * 4), printed_at=PRINTED_AT)
    assert printed.pages == 2
    assert "和上次比" in pdfium_pages(printed.data)[1]


# Letter -----------------------------------------------------------------------------------------------------


def test_a_line_of_the_letter_has_twenty_eight_characters() -> None:
    """GB/T 9704-2012, 5.2.3: 22 lines of 28 characters on 156 × 225 mm."""
    sheet = msgspec.structs.replace(letter(), paragraphs=("县" * 200,), delivery=None)
    lines = pdfium_text(draw_letter(sheet, printed_at=PRINTED_AT).data).splitlines()
    full = [line for line in lines if set(line.strip()) == {"县"}]
    assert [len(line.strip()) for line in full[:3]] == [26, 28, 28]


def test_the_letter_keeps_to_its_type_area() -> None:
    data = draw_letter(letter(), printed_at=PRINTED_AT).data
    body = [box for box in char_boxes(data, 0) if box.top > 85]
    assert min(box.left for box in body) >= 28 - 0.2
    assert max(box.right for box in body) <= 184 + 3.0  # hanging punctuation


def test_the_seal_never_stands_alone_on_a_page() -> None:
    for paragraphs in range(3, 12):
        sheet = msgspec.structs.replace(letter(paragraphs), delivery=None)
        pages = pdfium_pages(draw_letter(sheet, printed_at=PRINTED_AT).data)
        last = pages[-1]
        assert "2024年10月9日" in last
        assert "。" in last.split("2024年10月9日")[0]
        for number, page in enumerate(pages[1:], start=2):
            assert f"— {number} —" in page


def test_the_receipt_of_delivery_is_a_page_of_its_own() -> None:
    pages = pdfium_pages(draw_letter(letter(), printed_at=PRINTED_AT).data)
    assert "送 达 回 证" in pages[-1]
    assert "云民救停〔2024〕17号" in pages[-1]
    assert "阿卜杜热依木·吐尔逊江" in pages[-1]


# Card -------------------------------------------------------------------------------------------------------


def test_the_card_has_the_size_of_the_stock_and_moves_with_the_offset() -> None:
    layout = card_layout()
    still = draw_card(layout, CARD_VALUES, printed_at=PRINTED_AT)
    moved = draw_card(layout, CARD_VALUES, printed_at=PRINTED_AT, offset=Offset(1.5, -0.5))
    assert page_size(still.data) == (pytest.approx(128, abs=0.01), pytest.approx(92, abs=0.01))
    (before,) = find(still.data, "50022919580413002X")
    (after,) = find(moved.data, "50022919580413002X")
    assert after.left - before.left == pytest.approx(1.5, abs=0.02)
    assert after.top - before.top == pytest.approx(-0.5, abs=0.02)


def test_the_stock_is_drawn_in_the_preview_only() -> None:
    layout = card_layout()
    assert "户主姓名" not in pdfium_text(draw_card(layout, CARD_VALUES, printed_at=PRINTED_AT).data)
    preview = draw_card(layout, CARD_VALUES, printed_at=PRINTED_AT, preview=True)
    assert "户主姓名" in pdfium_text(preview.data)
    assert "最低生活保障证" in _flat(pdfium_text(preview.data)).replace(" ", "")


def test_values_stand_where_the_layout_says() -> None:
    layout = card_layout()
    data = draw_card(layout, CARD_VALUES, printed_at=PRINTED_AT).data
    for key, text in CARD_VALUES.items():
        if key in ("name", "class"):
            continue
        field = layout.field[key]
        inside = [
            box
            for box in find(data, text)
            if field.x <= box.left and box.right <= field.x + field.width and box.bottom < field.y + 1.2
        ]
        assert inside, key


def test_the_test_sheet_names_every_place_and_the_bar() -> None:
    layout = card_layout()
    text = _flat(pdfium_text(draw_card_test(layout, printed_at=PRINTED_AT, offset=Offset(1.5, -0.5)).data))
    assert "此线应长 50 mm" in text
    assert "水平 +1.5 mm" in text
    assert "垂直 -0.5 mm" in text
    for field in layout.field.values():
        assert f"{field.x:g},{field.y:g}" in text


def test_an_absurd_offset_is_refused_in_chinese() -> None:
    with pytest.raises(UserError) as caught:
        draw_card(card_layout(), CARD_VALUES, printed_at=PRINTED_AT, offset=Offset(45, 0))
    assert caught.value.code == "print.offset"
    assert "测试页" in caught.value.message


def test_a_value_without_a_place_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="no place"):
        draw_card(card_layout(), {"phone": "1"}, printed_at=PRINTED_AT)


# Hand-over sheet --------------------------------------------------------------------------------------------


def test_the_hand_over_sheet_shows_count_sum_and_digest() -> None:
    text = pdfium_text(draw_bank_sheet(bank_sheet(), printed_at=PRINTED_AT).data)
    assert "66 笔" in text
    assert "59,646.00" in text
    assert "伍万玖仟陆佰肆拾陆元整" in text
    digest = bank_sheet().digest
    assert " ".join(digest[start : start + 4] for start in range(0, 32, 4)) in text


def test_a_sheet_that_does_not_agree_with_the_ledger_is_not_drawn() -> None:
    with pytest.raises(ValueError, match="the ledger"):
        draw_bank_sheet(msgspec.structs.replace(bank_sheet(), ledger_count=67), printed_at=PRINTED_AT)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: draw_form(approval_sheet("示例"), printed_at=PRINTED_AT),
        lambda: draw_notice(notice(mark="示例"), printed_at=PRINTED_AT),
        lambda: draw_letter(msgspec.structs.replace(letter(), mark="示例"), printed_at=PRINTED_AT),
        lambda: draw_bank_sheet(msgspec.structs.replace(bank_sheet(), mark="示例"), printed_at=PRINTED_AT),
        lambda: draw_explanation(msgspec.structs.replace(explanation(), mark="示例"), printed_at=PRINTED_AT),
        lambda: draw_card(card_layout(), CARD_VALUES, printed_at=PRINTED_AT, mark="示例"),
    ],
)
def test_sheets_carry_their_mark_and_are_the_same_twice(draw) -> None:  # type: ignore[no-untyped-def]
    first, second = draw(), draw()
    assert first.data == second.data
    for page in pdfium_pages(first.data):
        assert "示例" in _flat(page)
