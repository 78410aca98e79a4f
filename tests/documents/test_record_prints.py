"""Every document that the shipped forms offer prints from a real record, as far as its state allows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from minzheng_desktop.documents.certificate import Offset
from minzheng_desktop.documents.key_sheet import KeySheet, draw_recovery_key
from minzheng_desktop.documents.ledger import draw_ledger
from minzheng_desktop.documents.record_ledger import record_ledger
from minzheng_desktop.documents.record_prints import (
    list_documents,
    make_card_test,
    make_explanation_print,
    make_list_print,
    make_notice_print,
    make_record_print,
)
from minzheng_desktop.store.records import load_record
from minzheng_desktop.store.recovery_key import new_recovery_key
from minzheng_desktop.values.errors import UserError
from tests.benefits.offices import Office
from tests.benefits.samples import BATH, DIBAO, ELDER, RAISE, choice
from tests.documents.readers import pdfium_text
from tests.documents.samples import PRINTED_AT

TODAY = date(2026, 11, 23)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "修齐镇.mz")
    made.use_rates([*DIBAO, RAISE, *ELDER, *BATH, choice("elder.tier_change_rule", "birthday")])
    yield made
    made.store.close()


def _records(office: Office) -> dict[str, str]:
    provider = office.add_provider("云溪康养中心")
    person = office.add_person("王𬭊")
    return {
        "dibao": office.add_dibao("张𪚥"),
        "elder_age": office.add_elder("欧阳𡋾", "1934-05-20"),
        "bath": office.add_bath(person, "2024-07-03", provider),
        "institution": provider,
    }


def test_each_document_prints_or_says_why_not(office: Office) -> None:
    printed = 0
    for form, record in _records(office).items():
        for offered in list_documents(office.store, record):
            if not offered.ready:
                with pytest.raises(UserError) as caught:
                    make_record_print(office.store, record, offered.key, printed_at=PRINTED_AT, today=TODAY)
                    raise UserError("wrong_state", "a form may be printed in any state")
                assert caught.value.code == "wrong_state"
                continue
            made = make_record_print(office.store, record, offered.key, printed_at=PRINTED_AT, today=TODAY)
            assert made.pages >= 1, (form, offered.key)
            assert made.unfit == (), (form, offered.key)
            assert made.name.startswith(offered.title)
            assert not set('\\/:*?"<>|') & set(made.name)
            again = make_record_print(office.store, record, offered.key, printed_at=PRINTED_AT, today=TODAY)
            assert again.data == made.data
            printed += 1
    assert printed >= 6


def test_an_unknown_document_names_those_there_are(office: Office) -> None:
    record = office.add_dibao("张三")
    with pytest.raises(UserError) as caught:
        make_record_print(office.store, record, "nothing", printed_at=PRINTED_AT, today=TODAY)
    assert caught.value.code == "no_document"
    assert "最低生活保障申请审批表" in caught.value.message


def test_a_published_list_of_several_households(office: Office) -> None:
    records = [office.add_dibao(name) for name in ("张𪚥", "李䶮㛃", "王三")]
    with office.store.reading() as r:
        states = {load_record(r, record)["state"] for record in records}
    assert states == {"confirmed"}
    made = make_notice_print(office.store, "dibao", records, "published", printed_at=PRINTED_AT, today=TODAY)
    text = pdfium_text(made.data)
    assert made.rows == 3
    assert "公　　布" in text
    assert "李*㛃" in text
    assert "王*" in text


def test_the_explanation_as_a_file(office: Office) -> None:
    record = office.add_dibao("张三", start="2024-07")
    made = make_explanation_print(
        office.store, form="dibao", month="2024-09", record=record, printed_at=PRINTED_AT, today=TODAY
    )
    assert made.name == "这笔钱怎么算的_张三_2024-09.pdf"
    assert made.pages == 1


def test_a_list_of_records_with_its_condition(office: Office) -> None:
    due = office.add_dibao("张𪚥")
    office.add_dibao("李四")
    with office.store.writing("recheck") as w:
        doc = load_record(w, due)["doc"]
        w.put(
            "records",
            {"id": due, "doc": {**doc, "last_recheck_date": "2025-10-01", "next_recheck_date": "2026-10-01"}},
        )
    with office.store.reading() as r:
        ledger = record_ledger(r, "dibao", "recheck", today=TODAY)
    assert ledger.row_count == 1
    text = pdfium_text(draw_ledger(ledger, printed_at=PRINTED_AT).data)
    assert "张𪚥" in text
    assert "李四" not in text
    assert "低保复核到期名单" in text


def test_a_list_of_changes_adds_up(office: Office) -> None:
    record = office.add_dibao("张𪚥")
    change = {
        "key": "1", "kind": "1", "reason": "标准调整", "old_amount": 87_000, "new_amount": 97_500,
        "effective_month": "2024-09",
    }  # fmt: skip
    with office.store.writing("change") as w:
        doc = load_record(w, record)["doc"]
        w.put("records", {"id": record, "doc": {**doc, "changes": [change]}})
    made = make_list_print(
        office.store, form="dibao", ledger="changes", printed_at=PRINTED_AT, today=TODAY, month="2024-09"
    )
    text = pdfium_text(made.data)
    assert made.rows == 1
    assert "870.00" in text
    assert "975.00" in text
    assert "2024年9月" in text
    with pytest.raises(UserError) as caught:
        make_list_print(
            office.store, form="dibao", ledger="changes", printed_at=PRINTED_AT, today=TODAY, month="2024-10"
        )
    assert caught.value.code == "nothing_to_print"


def test_the_test_sheet_of_the_card(office: Office) -> None:
    form = office.store.catalog.forms["dibao"]
    made = make_card_test(form, "cert_inner", printed_at=PRINTED_AT, offset=Offset(1.5, -0.5))
    assert "此线应长 50 mm" in pdfium_text(made.data)


def test_the_recovery_key_reads_back_from_its_sheet() -> None:
    key = new_recovery_key()
    sheet = KeySheet(
        office="云溪乡人民政府", key=key, database="云溪乡.mz", created_at="2026-11-23 15:40", user="周晓岚"
    )
    text = pdfium_text(draw_recovery_key(sheet, printed_at=PRINTED_AT).data)
    assert [group for group in key.replace(" ", "-").split("-") if group not in text] == []
    assert "云溪乡.mz" in text
