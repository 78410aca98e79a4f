"""Forms, notices, explanations, letters and cards of real records, taken through the real workflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits.explain import explain
from minzheng_desktop.catalog.load import Catalog, load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.demo import applications
from minzheng_desktop.demo.population import Household, Person, generate_households
from minzheng_desktop.documents.certificate import draw_card
from minzheng_desktop.documents.explanation import draw_explanation
from minzheng_desktop.documents.form_model import Figures, Opinion, Rows, Statement
from minzheng_desktop.documents.forms import draw_form
from minzheng_desktop.documents.letter import draw_letter
from minzheng_desktop.documents.notice import draw_notice
from minzheng_desktop.documents.number_book import (
    add_block,
    blocks,
    confirm,
    entries,
    issue,
    spoil,
    take_number,
    void_number,
)
from minzheng_desktop.documents.record_forms import form_sheet
from minzheng_desktop.documents.record_sheets import (
    card_layout,
    card_number,
    card_values,
    explanation_of,
    letter_of,
    notice_of,
)
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from tests.benefits.offices import Office
from tests.benefits.samples import BATH, DIBAO, ELDER, RAISE, TOWN, choice
from tests.documents.readers import pdfium_text
from tests.documents.samples import PRINTED_AT

TODAY = date(2026, 11, 23)
APPLIED = date(2026, 9, 1)
CATALOG: Catalog = load_catalog(shipped_sources())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "修齐镇.mz")
    made.use_rates([*DIBAO, RAISE, *ELDER, *BATH, choice("elder.tier_change_rule", "birthday")])
    yield made
    made.store.close()


def _household(name: str = "张𪚥") -> Household:
    found = next(
        h
        for h in generate_households(villages=[CATALOG.divisions.villages(TOWN)[0].code], seed=5, today=TODAY)
        if len(h.members) == 3
    )
    head: Person = msgspec.structs.replace(found.head, name=name)
    return msgspec.structs.replace(found, members=(head, *found.members[1:]))


def _investigated(office: Office, name: str = "张𪚥") -> tuple[str, Household]:
    household = _household(name)
    record = applications.apply_for_dibao(office.store, household, on=APPLIED)
    applications.investigate(office.store, record, on=APPLIED + timedelta(days=5))
    return record, household


# Forms ------------------------------------------------------------------------------------------------------


def test_the_approval_form_of_a_record(office: Office) -> None:
    record, household = _investigated(office)
    with office.store.reading() as r:
        sheet = form_sheet(r, record, "approval", today=TODAY)
    assert sheet.title == "最低生活保障申请审批表"
    assert sheet.subject == "户主：张𪚥"
    printed = draw_form(sheet, printed_at=PRINTED_AT)
    text = pdfium_text(printed.data)
    assert printed.unfit == ()
    assert "张𪚥" in text
    for member in household.members:
        assert member.id_number in text
    # 2 × 9,600 a year, three persons: (635 − 9600/36) × 3 = 1,105.00, by hand.
    assert "1,105.00" in text
    assert "人民币壹仟壹佰零伍元整" in text
    assert "砖木房三间" in text.replace("\r\n", "")


def test_what_the_township_worked_out_stands_in_its_box_and_not_in_the_county_s(office: Office) -> None:
    record, _household = _investigated(office)
    with office.store.reading() as r:
        sheet = form_sheet(r, record, "approval", today=TODAY)
    opinions = {block.title: block for block in sheet.blocks if isinstance(block, Opinion)}
    town, county = opinions["乡镇人民政府审核意见"], opinions["县民政局确认意见"]
    assert [fact.label for fact in town.facts][:2] == ["拟保障类别", "拟保障人口"]
    assert any(fact.value == "1,105.00" for fact in town.facts)
    assert county.decides
    assert county.decision == ""
    assert county.words == ""
    assert {fact.value for fact in county.facts} == {""}
    assert not any(isinstance(block, Figures) and "月合计" in str(block) for block in sheet.blocks)


def test_the_county_s_box_fills_when_its_decision_is_back(office: Office) -> None:
    record, _household = _investigated(office)
    with office.store.writing("decision") as w:
        revision = w.scalar(sa.select(schema.records.c.revision).where(schema.records.c.id == record))
        w.put(
            "decisions",
            {
                "owner": "500229", "record": record, "on_revision": revision, "kind": "confirm", "text": "同意纳入",
                "number": "城民救〔2026〕12号", "by": "唐敏", "at": "2026-10-08T09:00:00+08:00", "state": "taken",
            },
        )  # fmt: skip
    with office.store.reading() as r:
        sheet = form_sheet(r, record, "approval", today=TODAY)
    county = next(b for b in sheet.blocks if isinstance(b, Opinion) and b.decides)
    assert county.decision == "agree"
    assert "城民救〔2026〕12号" in county.text
    assert county.words == "人民币壹仟壹佰零伍元整"


def test_the_investigation_form_leaves_room_for_two_signatures(office: Office) -> None:
    record, _household = _investigated(office)
    with office.store.reading() as r:
        sheet = form_sheet(r, record, "survey", today=TODAY)
    told = next(b for b in sheet.blocks if isinstance(b, Statement) and "砖木房" in b.text)
    assert "覃德贵、向秀英" in told.text
    assert told.signs[0] == "调查人（2人以上签字）："
    members = next(b for b in sheet.blocks if isinstance(b, Rows) and b.title == "家庭成员")
    assert len(members.rows) == 3
    assert draw_form(sheet, printed_at=PRINTED_AT).unfit == ()


def test_a_document_that_the_form_does_not_have_is_refused_by_name(office: Office) -> None:
    record, _household = _investigated(office)
    with office.store.reading() as r, pytest.raises(UserError) as caught:
        form_sheet(r, record, "notice", today=TODAY)
    assert caught.value.code == "no_document"
    assert "approval" in caught.value.message


# Notice -----------------------------------------------------------------------------------------------------


def test_the_notice_of_records_shows_masked_names_and_nothing_else_of_them(office: Office) -> None:
    record, household = _investigated(office, "欧阳𡋾")
    applications.publicize(office.store, record, on=APPLIED + timedelta(days=8))
    with office.store.reading() as r:
        sheet = notice_of(r, "dibao", [record], "notice", today=TODAY)
        open_names = notice_of(r, "dibao", [record], "notice", today=TODAY, masked=False)
    text = pdfium_text(draw_notice(sheet, printed_at=PRINTED_AT).data)
    assert "欧*𡋾" in text
    assert open_names.rows[0][1] == "欧阳𡋾"
    assert "1,105.00" in text
    assert "修齐镇人民政府" in text
    for secret in (household.head.id_number, household.head.phone, household.account, household.address):
        assert secret not in text
    assert "2026年9月9日" in text
    assert "7天" in text


def test_a_draft_is_not_put_on_a_wall(office: Office) -> None:
    record = applications.apply_for_dibao(office.store, _household(), on=APPLIED)
    with office.store.reading() as r, pytest.raises(UserError) as caught:
        notice_of(r, "dibao", [record], "notice", today=TODAY)
    assert caught.value.code == "wrong_state"


def test_nothing_chosen_gives_no_notice(office: Office) -> None:
    with office.store.reading() as r, pytest.raises(UserError, match="没有选中"):
        notice_of(r, "dibao", [], "notice", today=TODAY)


# Explanation ------------------------------------------------------------------------------------------------


def test_the_explanation_of_a_household_shows_its_amount_and_steps(office: Office) -> None:
    record = office.add_dibao("张𪚥", start="2024-07")
    explained = explain(office.store, form="dibao", month="2024-09", record=record)
    with office.store.reading() as r:
        sheet = explanation_of(r, explained, today=TODAY)
    assert sheet.amount == explained.amount
    assert [step.what for step in sheet.steps] == [s.name for s in explained.steps if s.name != "实发"]
    text = pdfium_text(draw_explanation(sheet, printed_at=PRINTED_AT).data)
    assert "张𪚥" in text
    assert "975.00" in text  # (635 − 310) × 3, domain §8.4
    assert sheet.mark == "草稿"


def test_the_explanation_of_an_old_person_by_the_quarter(office: Office) -> None:
    record = office.add_elder("欧阳𡋾", "1934-05-20", start="2024-01")
    explained = explain(office.store, form="elder_age", month="2024-09", record=record)
    with office.store.reading() as r:
        sheet = explanation_of(r, explained, today=TODAY)
    assert sheet.amount_title == "本期实发"
    assert sheet.month == "2024年第三季度"
    assert draw_explanation(sheet, printed_at=PRINTED_AT).unfit == ()


# Letters and cards ------------------------------------------------------------------------------------------


def test_a_letter_is_refused_while_the_record_is_in_force(office: Office) -> None:
    record = office.add_dibao("张三")
    with office.store.reading() as r, pytest.raises(UserError) as caught:
        letter_of(r, record, "stop_notice", today=TODAY)
    assert caught.value.code == "wrong_state"


def test_an_authorisation_addresses_the_office(office: Office) -> None:
    record, household = _investigated(office)
    with office.store.reading() as r:
        sheet = letter_of(r, record, "authorization", today=TODAY)
    assert sheet.addressee == "修齐镇人民政府："
    text = pdfium_text(draw_letter(sheet, printed_at=PRINTED_AT).data)
    assert household.head.id_number in text.replace("\r\n", "")


def test_the_card_of_a_record_in_force(office: Office) -> None:
    record = office.add_dibao("李䶮㛃")
    form = office.store.catalog.forms["dibao"]
    with office.store.reading() as r:
        values = card_values(r, record, "cert_inner", today=TODAY)
        number = card_number(r, record, "cert_inner", today=TODAY)
    assert values["name"] == "李䶮㛃"
    assert number == values["cert_no"] == "DB00003"
    printed = draw_card(card_layout(form, "cert_inner"), values, printed_at=PRINTED_AT)
    assert "李䶮㛃" in pdfium_text(printed.data)


# The number book --------------------------------------------------------------------------------------------


def test_numbers_come_in_order_without_gaps_and_end(office: Office) -> None:
    with office.store.writing("block") as w:
        add_block(w, "dibao_cert", prefix="DB2026", width=4, first=8, last=9)
        add_block(w, "dibao_cert", prefix="DB2026", width=4, first=20, last=20)
    with office.store.writing("take") as w:
        assert [take_number(w, "dibao_cert") for _ in range(3)] == ["DB20260008", "DB20260009", "DB20260020"]
        assert sum(block.left for block in blocks(w, "dibao_cert")) == 0
        with pytest.raises(UserError) as caught:
            take_number(w, "dibao_cert")
    assert caught.value.code == "no_numbers"


@pytest.mark.parametrize(("first", "last"), [(9, 12), (1, 8), (8, 9), (1, 99)])
def test_overlapping_blocks_are_refused(office: Office, first: int, last: int) -> None:
    with office.store.writing("block") as w:
        add_block(w, "dibao_cert", prefix="DB", width=4, first=8, last=9)
        with pytest.raises(UserError, match="重叠"):
            add_block(w, "dibao_cert", prefix="DB", width=4, first=first, last=last)
        add_block(w, "dibao_cert", prefix="其他", width=4, first=first, last=last)


def test_a_number_taken_in_a_transaction_that_fails_is_free_again(office: Office) -> None:
    with office.store.writing("block") as w:
        add_block(w, "dibao_cert", prefix="DB", width=4, first=1, last=5)
    with pytest.raises(RuntimeError), office.store.writing("take") as w:
        take_number(w, "dibao_cert")
        raise RuntimeError
    with office.store.writing("take") as w:
        assert take_number(w, "dibao_cert") == "DB0001"


def test_reprints_need_a_reason_and_stay_in_the_book(office: Office) -> None:
    with office.store.writing("print") as w:
        first = issue(w, "dibao_cert", b"page", form="dibao", record="r1", number="DB0001")
        with pytest.raises(UserError) as caught:
            issue(w, "dibao_cert", b"page", form="dibao", record="r1", number="DB0001")
        assert caught.value.code == "reason_missing"
        confirm(w, first)
        issue(w, "dibao_cert", b"page", form="dibao", record="r1", number="DB0001", reason="原证遗失")
    with office.store.reading() as r:
        lines = entries(r, "dibao_cert", number="DB0001")
    assert [(line.copy, line.state, line.reason) for line in lines] == [
        (1, "printed", None),
        (2, "issued", "原证遗失"),
    ]


def test_a_spoilt_sheet_frees_its_number_and_a_void_number_never_comes_back(office: Office) -> None:
    with office.store.writing("print") as w:
        spoilt = issue(w, "dibao_cert", b"page", form="dibao", record="r1", number="DB0001")
        spoil(w, spoilt, reason="卡纸")
        issue(w, "dibao_cert", b"page", form="dibao", record="r1", number="DB0001")
        with pytest.raises(UserError) as caught:
            issue(w, "dibao_cert", b"page", form="dibao", record="r2", number="DB0001")
        assert caught.value.code == "number_taken"
        void_number(w, "dibao_cert", "DB0001", record="r1", reason="户主死亡，证收回")
        with pytest.raises(UserError) as caught:
            issue(w, "dibao_cert", b"page", form="dibao", record="r1", number="DB0001", reason="再打")
        assert caught.value.code == "number_void"
        with pytest.raises(UserError, match="写明原因"):
            void_number(w, "dibao_cert", "DB0002", record=None, reason=" ")
    with office.store.reading() as r:
        assert {line.state for line in entries(r, "dibao_cert", number="DB0001")} == {"void"}
