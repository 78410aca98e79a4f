"""Ledger and bank file as workbooks and csv, opened again."""

from __future__ import annotations

import csv
import hashlib
import io

import msgspec
import openpyxl
import pytest

from minzheng_desktop.documents.bank_file import (
    BankFile,
    BankTemplate,
    Payment,
    bank_shares,
    write_bank_csv,
    write_bank_workbook,
)
from minzheng_desktop.documents.ledger_model import Ledger
from minzheng_desktop.documents.workbook import write_ledger_workbook
from minzheng_desktop.values.errors import UserError
from tests.documents.samples import PRINTED_AT, dibao_ledger, elder_ledger


def _payments(ledger: Ledger) -> tuple[Payment, ...]:
    return tuple(
        Payment(
            account_name=str(row[17]), account=str(row[16]), amount=int(row[14] or 0), id_number=str(row[3]),
            bank=str(row[15]), summary="202409农村低保",
        )
        for group in ledger.groups
        for row in group.rows
    )  # fmt: skip


def _file(rows: int = 66, **template: object) -> BankFile:
    ledger = dibao_ledger(rows)
    return BankFile(
        name="500229103_dibao_202409_01",
        payments=_payments(ledger),
        expected=(ledger.row_count, ledger.total),
        template=BankTemplate(**template),  # type: ignore[arg-type]
    )


def _with_first(file: BankFile, **changes: object) -> BankFile:
    first = msgspec.structs.replace(file.payments[0], **changes)
    payments = (first, *file.payments[1:])
    return msgspec.structs.replace(
        file, payments=payments, expected=(len(payments), sum(p.amount for p in payments))
    )


def test_csv_in_gb18030_with_count_and_sum_and_rare_names() -> None:
    file = _with_first(_file(), account_name="欧阳𡋾𪚥")
    written = write_bank_csv(file)
    rows = list(csv.reader(io.StringIO(written.data.decode("gb18030"))))
    assert rows[0][:6] == ["序号", "户名", "账号", "证件类型", "证件号码", "金额"]
    assert len(rows) == 1 + 66 + 1
    assert rows[1][1] == "欧阳𡋾𪚥"
    assert rows[-1][1] == "66笔"
    assert rows[-1][5] == f"{file.total // 100}.{file.total % 100:02d}"
    for row, payment in zip(rows[1:-1], file.payments, strict=True):
        assert row[2] == payment.account
        assert row[4] == payment.id_number
    assert b"?" not in written.data
    assert written.digest == hashlib.sha256(written.data).hexdigest()


def test_the_county_template_chooses_columns_head_and_place_of_the_total() -> None:
    columns = tuple(c for c in BankTemplate().columns if c.key in ("account_name", "account", "amount"))
    written = write_bank_csv(_file(5, columns=columns, header=False, total="first"))
    rows = list(csv.reader(io.StringIO(written.data.decode("gb18030"))))
    assert len(rows) == 6
    assert rows[0][1] == "5笔"
    assert len(rows[1]) == 3


def test_characters_outside_the_encoding_are_listed_and_refused() -> None:
    file = _with_first(_file(5, encoding="gbk"), account_name="王𬭊")
    with pytest.raises(UserError) as caught:
        write_bank_csv(file)
    assert caught.value.code == "bank.refused"
    assert "「王𬭊」" in caught.value.message
    assert "U+2CB4A" in caught.value.message


@pytest.mark.parametrize(
    "changes",
    [
        {"account_name": "李\ue123某"},
        {"account": ""},
        {"account": "9.90E+18"},
        {"amount": 0},
        {"account_name": "=1+1"},
    ],
)
def test_what_a_bank_would_misread_is_refused(changes: dict[str, object]) -> None:
    file = _with_first(_file(5), **changes)
    for write in (write_bank_csv, lambda f: write_bank_workbook(f, written_at=PRINTED_AT)):
        with pytest.raises(UserError) as caught:
            write(file)
        assert "第 1 笔" in caught.value.message
        assert caught.value.problems


def test_a_file_that_differs_from_the_batch_is_not_written() -> None:
    file = _file(5)
    with pytest.raises(ValueError, match="against"):
        write_bank_csv(msgspec.structs.replace(file, expected=(6, file.total)))


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(UserError, match="没有要通过银行发放"):
        write_bank_csv(BankFile(name="空", payments=(), expected=(0, 0)))


def test_workbook_for_the_bank_keeps_accounts_and_ids_as_text() -> None:
    file = _file(8)
    sheet = openpyxl.load_workbook(io.BytesIO(write_bank_workbook(file, written_at=PRINTED_AT).data)).active
    for number, payment in enumerate(file.payments, start=2):
        account, identity, amount = (sheet.cell(number, column) for column in (3, 5, 6))
        assert (account.value, account.data_type, account.number_format) == (payment.account, "s", "@")
        assert (identity.value, identity.data_type) == (payment.id_number, "s")
        assert round(amount.value * 100) == payment.amount
        assert amount.data_type == "n"
    assert sheet.cell(10, 2).value == "8笔"
    assert round(sheet.cell(10, 6).value * 100) == file.total


def test_bank_shares_add_up() -> None:
    file = _file(66)
    shares = bank_shares(file.payments)
    assert sum(count for _bank, count, _amount in shares) == 66
    assert sum(amount for _bank, _count, amount in shares) == file.total


@pytest.mark.parametrize("make", [dibao_ledger, elder_ledger])
def test_ledger_workbook_says_what_the_print_says(make: type) -> None:
    ledger: Ledger = make()
    sheet = openpyxl.load_workbook(io.BytesIO(write_ledger_workbook(ledger, written_at=PRINTED_AT))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == ledger.title
    assert [str(value) for value in rows[2]] == [column.head for column in ledger.columns]
    data = [row for row in rows[3:] if isinstance(row[0], int)]
    expected = [row for group in ledger.groups for row in group.rows]
    assert len(data) == len(expected)
    for shown, row in zip(data, expected, strict=True):
        for column, got, want in zip(ledger.columns, shown, row, strict=True):
            if column.kind == "money":
                assert round(got * 100) == want
            elif column.kind != "seq":
                assert (got or "") == (want or "")
    grand = next(row for row in rows if str(row[0]).startswith("合"))
    main = ledger.main_column
    assert main is not None
    assert round(grand[main] * 100) == ledger.total
    assert sheet.print_title_rows == "$1:$3"
    assert sheet.page_setup.orientation == "landscape"


def test_nothing_in_a_ledger_workbook_is_a_formula() -> None:
    ledger = dibao_ledger(4)
    rows = [list(row) for row in ledger.groups[0].rows]
    rows[0][2], rows[0][19] = "=HYPERLINK(1)", "@SUM(1)"
    group = msgspec.structs.replace(ledger.groups[0], rows=tuple(map(tuple, rows)))
    data = write_ledger_workbook(msgspec.structs.replace(ledger, groups=(group,)), written_at=PRINTED_AT)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert any(cell.value == "=HYPERLINK(1)" and cell.quotePrefix for cell in cells)


def test_same_ledger_same_workbook() -> None:
    first = write_ledger_workbook(dibao_ledger(6), written_at=PRINTED_AT)
    assert first == write_ledger_workbook(dibao_ledger(6), written_at=PRINTED_AT)
