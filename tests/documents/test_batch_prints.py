"""Prints of real batches: planned, locked and read back from a store, in all four shapes."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.load import Catalog, load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.documents.bank_file import WrittenBankFile
from minzheng_desktop.documents.bank_sheet import draw_bank_sheet
from minzheng_desktop.documents.batch_ledger import ledger_column
from minzheng_desktop.documents.batch_prints import bank_sheet_for, make_batch_print
from minzheng_desktop.documents.ledger import draw_ledger
from minzheng_desktop.documents.ledger_model import Ledger, LedgerColumn, LedgerGroup, Value
from minzheng_desktop.documents.print_log import note_file
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import format_money_grouped
from tests.benefits.offices import Office
from tests.benefits.samples import BATH, DIBAO, ELDER, RAISE, choice
from tests.documents.readers import pdfium_text
from tests.documents.samples import PRINTED_AT


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Six households, four old people, two baths of one provider; rates that are no examples."""
    made = Office(tmp_path / "修齐镇.mz")
    made.use_rates([*DIBAO, RAISE, *ELDER, *BATH, choice("elder.tier_change_rule", "birthday")])
    for number, name in enumerate(("张𪚥", "李䶮㛃", "王三", "赵四", "阿卜杜热依木·吐尔逊江", "钱六")):
        made.add_dibao(name, members=3 + number % 2, classified="minor" if number % 2 else None)
    for name, birth in (("欧阳𡋾", "1934-05-20"), ("孙二", "1940-01-01"), ("吴三", "1920-02-02")):
        made.add_elder(name, birth)
    provider = made.add_provider("云溪康养中心")
    person = made.add_person("王𬭊")
    made.add_account(person)
    for day in ("2024-07-03", "2024-07-19"):
        made.add_bath(person, day, provider)
    yield made
    made.store.close()


def _lock(office: Office, form: str, month: str) -> int:
    plan = plan_batch(office.store, form=form, month=month)
    lock_batch(office.store, plan, reasons={"*": "单人岗，已电话核实"})
    return plan.total


@pytest.mark.parametrize(
    ("form", "month"), [("dibao", "2024-07"), ("elder_age", "2024-09"), ("bath", "2024-07")]
)
def test_all_four_prints_of_a_locked_batch_agree(office: Office, form: str, month: str) -> None:
    total = _lock(office, form, month)
    made = {
        shape: make_batch_print(office.store, form=form, month=month, as_=shape, printed_at=PRINTED_AT)  # type: ignore[arg-type]
        for shape in ("pdf", "xlsx", "bank-xlsx", "bank-csv")
    }
    assert {one.total for one in made.values()} == {total}
    assert not any(one.masked for one in made.values())
    text = pdfium_text(made["pdf"].data)
    assert f"小写：¥{format_money_grouped(total)}" in text
    assert made["pdf"].unfit == ()
    assert "草稿" not in text.replace("\r\n", "")
    rows = list(csv.reader(io.StringIO(made["bank-csv"].data.decode("gb18030"))))
    assert rows[-1][5] == f"{total // 100}.{total % 100:02d}"
    sheet = openpyxl.load_workbook(io.BytesIO(made["xlsx"].data)).worksheets[0]
    values = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert any(isinstance(value, float | int) and round(value * 100) == total for value in values)


def test_names_of_a_locked_ledger_are_those_of_the_records(office: Office) -> None:
    _lock(office, "dibao", "2024-07")
    text = pdfium_text(
        make_batch_print(office.store, form="dibao", month="2024-07", as_="pdf", printed_at=PRINTED_AT).data
    )
    for name in ("张𪚥", "李䶮㛃", "王三"):
        assert name in text
    assert "修齐镇农村低保2024年7月发放花名册" in text
    assert "6217001234500000003" in text


def test_a_plan_prints_as_a_masked_draft_and_gives_no_bank_file(office: Office) -> None:
    made = make_batch_print(office.store, form="dibao", month="2024-07", as_="pdf", printed_at=PRINTED_AT)
    text = pdfium_text(made.data).replace("\r\n", "")
    assert made.masked
    assert "草稿" in text
    assert "核对稿" in text
    assert "6217001234500000003" not in text
    for shape in ("bank-csv", "bank-xlsx"):
        with pytest.raises(UserError) as caught:
            make_batch_print(office.store, form="dibao", month="2024-07", as_=shape, printed_at=PRINTED_AT)  # type: ignore[arg-type]
        assert caught.value.code == "not_locked"


def test_a_remark_that_all_rows_share_is_said_once(office: Office) -> None:
    _lock(office, "dibao", "2024-07")
    made = make_batch_print(office.store, form="dibao", month="2024-07", as_="pdf", printed_at=PRINTED_AT)
    text = pdfium_text(made.data).replace("\r\n", "")
    assert "备注栏空白的：01-03 县确认，补发1—6月。" in text
    assert text.count("补发1—6月") == 1


def test_example_rates_print_as_example(tmp_path: Path) -> None:
    made = Office(tmp_path / "示例.mz", demonstration=True)
    made.add_dibao("张三")
    try:
        draft = make_batch_print(made.store, form="dibao", month="2024-07", as_="pdf", printed_at=PRINTED_AT)
        assert "示例" in pdfium_text(draft.data).replace("\r\n", "")
        _lock(made, "dibao", "2024-07")
        locked = make_batch_print(made.store, form="dibao", month="2024-07", as_="pdf", printed_at=PRINTED_AT)
        assert "示例" in pdfium_text(locked.data).replace("\r\n", "")
        assert not locked.masked
    finally:
        made.store.close()


def test_an_empty_batch_prints_nothing(tmp_path: Path) -> None:
    made = Office(tmp_path / "空.mz")
    try:
        with pytest.raises(UserError) as caught:
            make_batch_print(made.store, form="dibao", month="2024-07", as_="pdf", printed_at=PRINTED_AT)
        assert caught.value.code == "nothing_to_print"
    finally:
        made.store.close()


def test_one_provider_is_one_payment_at_the_bank(office: Office) -> None:
    _lock(office, "bath", "2024-07")
    made = make_batch_print(office.store, form="bath", month="2024-07", as_="bank-csv", printed_at=PRINTED_AT)
    rows = list(csv.reader(io.StringIO(made.data.decode("gb18030"))))
    assert made.rows == 1
    assert rows[1][1:6] == ["云溪康养中心", "50050010123456789", "", "", "220.00"]


def test_the_hand_over_sheet_of_a_bank_file_shows_its_digest(office: Office) -> None:
    _lock(office, "dibao", "2024-07")
    made = make_batch_print(
        office.store, form="dibao", month="2024-07", as_="bank-csv", printed_at=PRINTED_AT
    )
    written = WrittenBankFile(file_name=made.name, data=made.data, count=made.rows, total=made.total)
    with office.store.reading() as r:
        sheet = bank_sheet_for(r, written, form="dibao", month="2024-07", ledger_pages=1)
    text = pdfium_text(draw_bank_sheet(sheet, printed_at=PRINTED_AT).data).replace("\r\n", " ")
    assert hashlib.sha256(made.data).hexdigest()[:4] in text
    assert format_money_grouped(made.total) in text


def test_printing_twice_gives_the_same_bytes_and_each_is_noted(office: Office) -> None:
    _lock(office, "dibao", "2024-07")
    first, second = (
        make_batch_print(office.store, form="dibao", month="2024-07", as_="pdf", printed_at=PRINTED_AT)
        for _ in range(2)
    )
    assert first.data == second.data
    note_file(office.store, "ledger", first.data, file="/某处/花名册.pdf", form="dibao", batch=first.batch)
    with office.store.reading() as r:
        row = r.one(sa.select(schema.prints))
        entry = r.one(sa.select(schema.audit).order_by(schema.audit.c.seq.desc()))
    assert row is not None
    assert row["digest"] == hashlib.sha256(first.data).hexdigest()
    assert row["batch"] == first.batch
    assert entry is not None
    assert entry["action"] == "print_ledger"
    assert entry["detail"]["sha256"] == row["digest"]


# Every ledger of every shipped form ------------------------------------------------------------------------

CATALOG: Catalog = load_catalog(shipped_sources())
LEDGERS = [(form, key) for form in CATALOG.forms.values() for key in form.ledgers]


def _filled(form: Form, column: LedgerColumn, label: str) -> Value:
    samples: dict[str, Value] = {
        "seq": None, "sign": None, "money": 123_456_700, "count": 12, "id": "50022919490505757X",
        "account": "9902290009623574308", "number": "5092292011201914090", "phone": "13900000000", "date": "2024-09-26",
        "name": "阿卜杜热依木·吐尔逊江", "village": "水田坝村", "remark": "补发2024年7—8月", "code": label or "B",
    }  # fmt: skip
    return samples.get(column.kind, 12 if column.total else "农商银行云溪支行")


@pytest.mark.parametrize(("form", "key"), LEDGERS, ids=[f"{form.key}-{key}" for form, key in LEDGERS])
def test_every_label_of_every_code_list_fits_its_column(form: Form, key: str) -> None:
    """prints.md §2: a column whose content depends on others is sized for its longest label."""
    spec = form.ledgers[key]
    columns = tuple(ledger_column(form, column, spec) for column in spec.columns)
    most = 1
    lists = []
    for column in spec.columns:
        field = form.fields.get(column.path)
        labels = list(field.choices.items.values()) if field is not None and field.choices else []
        lists.append(labels)
        most = max(most, len(labels))
    rows = tuple(
        tuple(
            _filled(form, column, labels[n % len(labels)] if labels else "")
            for column, labels in zip(columns, lists, strict=True)
        )
        for n in range(most)
    )
    ledger = Ledger(
        title=spec.title,
        office="云溪乡人民政府",
        columns=columns,
        groups=(LedgerGroup(title="青杠村", rows=rows),),
    )
    printed = draw_ledger(ledger, printed_at=PRINTED_AT)
    assert printed.unfit == ()
    assert printed.missing == ()
