"""Ledgers read back from their PDFs: sums, pages, names, numbers, marks, and nothing over the edge of its cell."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from minzheng_desktop.documents.ledger import draw_ledger
from minzheng_desktop.documents.ledger_layout import LEFT, WIDTH, lay_out
from minzheng_desktop.documents.ledger_model import Ledger, LedgerColumn, LedgerGroup, mask_ledger
from minzheng_desktop.documents.pen import Printed
from minzheng_desktop.values.money import capital_amount, format_money_grouped
from tests.documents.readers import READERS, char_boxes, find, pdfium_pages, pdfium_text, poppler
from tests.documents.samples import (
    DIBAO_COLUMNS,
    PRINTED_AT,
    RARE_NAMES,
    bath_ledger,
    dibao_ledger,
    elder_ledger,
)


def _draw(ledger: Ledger) -> Printed:
    return draw_ledger(ledger, printed_at=PRINTED_AT)


def _one_row(**changed: object) -> Ledger:
    """A ledger of two rows, the first with the given values by column key."""
    ledger = dibao_ledger(2)
    row = list(ledger.groups[0].rows[0])
    for key, value in changed.items():
        position = next(i for i, c in enumerate(DIBAO_COLUMNS) if c.key.replace(".", "_") == key)
        row[position] = value  # type: ignore[call-overload]
    group = LedgerGroup(title="青杠村", rows=(tuple(row), ledger.groups[1].rows[0]))
    return msgspec.structs.replace(ledger, groups=(group,))


@pytest.mark.parametrize("make", [dibao_ledger, elder_ledger, bath_ledger])
def test_grand_total_is_the_sum_in_figures_and_words(make: type) -> None:
    ledger: Ledger = make()
    last = pdfium_pages(_draw(ledger).data)[-1]
    main = ledger.main_column
    assert main is not None
    total = sum(row[main] for group in ledger.groups for row in group.rows)  # type: ignore[misc]
    assert f"小写：¥{format_money_grouped(total)}" in last
    assert f"人民币{capital_amount(total)}" in last
    assert f"{ledger.row_count} {ledger.counter}" in last.replace("\r\n", " ")


def test_every_group_and_page_has_its_sums() -> None:
    ledger = dibao_ledger(66)
    printed = _draw(ledger)
    pages = pdfium_pages(printed.data)
    assert printed.pages == len(pages) == 5
    text = "\n".join(pages)
    for group in ledger.groups:
        total = sum(int(row[14] or 0) for row in group.rows)
        assert f"{group.title}小计" in text
        assert format_money_grouped(total) in text
    for number, page in enumerate(pages, start=1):
        assert f"第 {number} 页　共 5 页" in page
        assert "本页小计" in page
        assert ("累计（转下页）" in page) == (number < 5)
        for column in ledger.columns:
            assert column.head[:2] in page


def test_the_running_total_of_the_last_page_but_one_and_the_last_page_make_the_whole() -> None:
    ledger = dibao_ledger(66)
    rows = [row for group in ledger.groups for row in group.rows]
    pages = pdfium_pages(_draw(ledger).data)
    shown = sum(page.count("农商银行") + page.count("邮储银行") for page in pages[:-1])
    running = sum(int(row[14] or 0) for row in rows[:shown])
    assert format_money_grouped(running) in pages[-2]
    assert format_money_grouped(ledger.total - running) in pages[-1]


@pytest.mark.parametrize("reader", READERS)
def test_names_ids_and_accounts_extract_whole(reader: str) -> None:
    ledger = dibao_ledger(120)
    text = READERS[reader](_draw(ledger).data)
    names = {str(row[2]) for group in ledger.groups for row in group.rows}
    assert names & set(RARE_NAMES)
    lost = [
        value
        for group in ledger.groups
        for row in group.rows
        for value in (row[2], row[3], row[4], row[16])
        if str(value) not in text and "·" not in str(value)
    ]
    assert lost == []


def test_nothing_runs_over_the_edges_of_the_table() -> None:
    printed = _draw(dibao_ledger(66))
    for page in range(printed.pages):
        for box in char_boxes(printed.data, page):
            assert box.left >= LEFT - 1.5
            assert box.right <= LEFT + WIDTH + 0.6
            assert 8 < box.top < box.bottom < 204


@pytest.mark.parametrize(
    ("key", "text", "shown"),
    [
        ("head_name", "阿卜杜热依木·吐尔逊江", ("阿卜杜热依木·", "吐尔逊江")),
        ("head_name", "欧阳𡋾𪚥", ("欧阳",)),
        ("account_number", "9902290009623574308", ("9902290009623574308",)),
        ("cert_no", "509229201120191409012", ("509229201120191409012",)),
        ("account_name", "阿卜杜热依木·吐尔逊江", ("阿卜杜热依木·吐尔逊江",)),
        ("account_bank", "重庆农村商业银行股份有限公司云溪支行", ("重庆农村商业银行股份有限公司云溪支行",)),
        ("village", "水田坝土家族村社区", ("水田坝", "族村社区")),
        ("blank", "补发2024年7—8月", ("补发2024年7—8月",)),
    ],
)
def test_long_values_stay_inside_their_column(key: str, text: str, shown: tuple[str, ...]) -> None:
    ledger = _one_row(**{key: text})
    printed = _draw(ledger)
    assert printed.unfit == ()
    place = next(p for p in lay_out(ledger).places if p.column.key.replace(".", "_") == key)
    for part in shown:
        boxes = [box for box in find(printed.data, part) if box.top > 40]
        assert boxes, part
        for box in boxes[:1]:
            assert box.left >= place.x - 0.05
            assert box.right <= place.right + 0.05


def test_large_amounts_stay_inside_their_column() -> None:
    ledger = _one_row(pay_base=123_456_700, pay_total=123_456_700, pay_deduct=-15000)
    printed = _draw(ledger)
    layout = lay_out(ledger)
    for key, text in (("pay.base", "1,234,567.00"), ("pay.total", "1,234,567.00"), ("pay.deduct", "-150.00")):
        place = next(p for p in layout.places if p.column.key == key)
        inside = [b for b in find(printed.data, text) if place.x <= b.left and b.right <= place.right]
        assert inside, key


def test_zero_is_a_dash_where_optional_and_written_where_required() -> None:
    ledger = _one_row(pay_extra=0, income_per_capita=0, pay_backpay=0, pay_deduct=0)
    text = pdfium_text(_draw(ledger).data)
    assert "—" in text
    assert "0.00" in text


def test_twenty_columns_fold_in_the_clerks_order_and_fifteen_do_not() -> None:
    """domain §9.3: the printed order of the columns is the clerks'."""
    folded = lay_out(dibao_ledger(20))
    assert folded.folded
    first = [p for p in sorted(folded.places, key=lambda p: p.x) if p.line != 2]
    second = [p for p in sorted(folded.places, key=lambda p: p.x) if p.line == 2]
    assert [p.position for p in (*first, *second)] == list(range(20))
    edges = {round(p.x, 2) for p in first} | {round(p.right, 2) for p in first}
    assert all(round(p.x, 2) in edges and round(p.right, 2) in edges for p in second)
    assert {p.column.key for p in first if p.line == 0} == {"seq", "village", "head.name", "pay.total"}
    assert not lay_out(elder_ledger()).folded
    assert not lay_out(bath_ledger()).folded


@pytest.mark.parametrize("make", [dibao_ledger, elder_ledger, bath_ledger])
def test_columns_fill_the_width_exactly(make: type) -> None:
    layout = lay_out(make())
    for line in (1, 2):
        places = sorted((p for p in layout.places if p.line in (0, line)), key=lambda p: p.x)
        assert places[0].x == pytest.approx(LEFT)
        assert places[-1].right == pytest.approx(LEFT + WIDTH)
        for before, after in pairwise(places):
            assert before.right == pytest.approx(after.x)


def test_a_sum_that_differs_from_the_batch_is_not_printed() -> None:
    ledger = dibao_ledger(10)
    good = msgspec.structs.replace(ledger, expected=(10, ledger.total))
    assert _draw(good).data
    with pytest.raises(ValueError, match="its batch"):
        _draw(msgspec.structs.replace(ledger, expected=(10, ledger.total + 1)))


def test_the_check_list_hides_ids_accounts_and_phones() -> None:
    ledger = dibao_ledger(20)
    text = pdfium_text(_draw(mask_ledger(ledger)).data)
    assert "核对稿" in text
    for group in ledger.groups:
        for row in group.rows:
            for value in (row[3], row[16], row[18]):
                assert str(value) not in text
    assert str(ledger.groups[0].rows[0][2]) in text


@pytest.mark.parametrize("mark", ["示例", "草稿", "未封账"])
def test_marks_stand_on_every_page(mark: str) -> None:
    printed = _draw(dibao_ledger(30, mark=mark))
    for page in pdfium_pages(printed.data):
        assert mark in page.replace("\r\n", "")


def test_what_must_be_written_by_hand_is_listed_under_the_sum() -> None:
    printed = _draw(_one_row(head_name="李\ue123某"))
    text = pdfium_text(printed.data)
    assert "待手写清单" in text
    assert "第 1 号「李□某」（U+E123）" in text.replace("\r\n", "")
    assert [lost.code for lost in printed.missing] == ["U+E123"]


def test_notes_follow_the_signatures() -> None:
    note = "账户变更由同一人登记和封账，理由：单人岗，已电话核实。"
    text = pdfium_text(_draw(msgspec.structs.replace(dibao_ledger(8), notes=(note,))).data)
    assert note in text.replace("\r\n", "")


def test_same_ledger_same_bytes() -> None:
    assert _draw(dibao_ledger(40)).data == _draw(dibao_ledger(40)).data


def test_no_font_is_left_out() -> None:
    for line in poppler("pdffonts", _draw(dibao_ledger(40)).data).splitlines()[2:]:
        assert " yes yes yes " in line


def test_a_ledger_of_forty_columns_still_prints_whole() -> None:
    """Not a form that anybody has, but a county may add fields: narrow, never clipped off the page."""
    columns = (
        *DIBAO_COLUMNS[:3],
        *(LedgerColumn(key=f"x_{n}", head=f"项目{n}") for n in range(20)),
        LedgerColumn(key="pay.total", head="金额", kind="money", total=True, main=True),
    )
    row = (None, "青杠村", "张三", *(f"值{n}" for n in range(20)), 12_300)
    ledger = Ledger(
        title="县里增加的项目",
        office="云溪乡人民政府",
        columns=columns,
        groups=(LedgerGroup(title="青杠村", rows=(row,) * 4),),
    )
    printed = _draw(ledger)
    text = pdfium_text(printed.data)
    assert all(f"值{n}" in text for n in range(20))
    assert all(box.right <= LEFT + WIDTH + 0.6 for box in char_boxes(printed.data, 0))
