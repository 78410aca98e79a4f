"""The payment file for the bank (银行代发文件): xlsx, or csv in GB18030, from a locked batch only.

Accounts and ids are text. The last row (or the first, as the county's template has it) gives count and sum. A
character that the file's encoding does not have is listed and the file refused: never a '?' in a name.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from minzheng_desktop.documents.steady import text_cell, workbook_bytes
from minzheng_desktop.values.errors import Problem, UserError
from minzheng_desktop.values.money import format_money

_SHOWN = 8


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One payment; `amount` in cents. `account_name` is the name that the bank knows."""

    account_name: str
    account: str
    amount: int
    id_type: str = "居民身份证"
    id_number: str = ""
    bank: str = ""
    bank_code: str = ""
    summary: str = ""
    remark: str = ""


ColumnKey = Literal[
    "seq",
    "account_name",
    "account",
    "id_type",
    "id_number",
    "amount",
    "bank",
    "bank_code",
    "summary",
    "remark",
]


class BankColumn(msgspec.Struct, frozen=True):
    """A column of the county's template."""

    key: ColumnKey
    head: str


DEFAULT_COLUMNS = (
    BankColumn("seq", "序号"),
    BankColumn("account_name", "户名"),
    BankColumn("account", "账号"),
    BankColumn("id_type", "证件类型"),
    BankColumn("id_number", "证件号码"),
    BankColumn("amount", "金额"),
    BankColumn("bank", "开户行"),
    BankColumn("bank_code", "行号"),
    BankColumn("summary", "摘要"),
    BankColumn("remark", "备注"),
)


class BankTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """What a county wants its file to look like; domain §9.3 says that each has its own."""

    columns: tuple[BankColumn, ...] = DEFAULT_COLUMNS
    header: bool = True
    total: Literal["last", "first", "none"] = "last"
    encoding: Literal["gb18030", "gbk", "utf-8-sig"] = "gb18030"


class BankFile(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as the bank gets it. `name` without ending: 区划码_业务_YYYYMM_批次号. `expected` is the locked
    batch's (count, cents) that go through the bank.
    """

    name: str
    payments: tuple[Payment, ...]
    expected: tuple[int, int]
    template: BankTemplate = BankTemplate()

    @property
    def total(self) -> int:
        """Cents of all payments."""
        return sum(payment.amount for payment in self.payments)


class WrittenBankFile(msgspec.Struct, frozen=True, kw_only=True):
    """The finished file with what goes onto the hand-over sheet."""

    file_name: str
    data: bytes
    count: int
    total: int

    @property
    def digest(self) -> str:
        """SHA-256 of the file in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def check_payments(file: BankFile, *, encoding: str) -> tuple[Problem, ...]:
    """What stands in the way of the file: missing accounts, amounts of nothing, characters the encoding lacks."""
    problems: list[Problem] = []
    for number, payment in enumerate(file.payments, start=1):
        if not payment.account.isascii() or not payment.account.isalnum():
            problems.append(
                _problem(number, "account", f"第 {number} 笔{payment.account_name}没有可用的账号")
            )
        if payment.amount <= 0:
            problems.append(_problem(number, "amount", f"第 {number} 笔{payment.account_name}的金额不大于零"))
        for key in ("account_name", "bank", "bank_code", "summary", "remark", "id_number", "id_type"):
            text = getattr(payment, key)
            lost = _lost(text, encoding)
            if lost:
                codes = "、".join(f"U+{ord(character):04X}" for character in lost)
                problems.append(
                    _problem(number, key, f"第 {number} 笔「{text}」里有文件编码写不出的字（{codes}）")
                )
            if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n"):
                problems.append(_problem(number, key, f"第 {number} 笔「{text}」会被表格当成公式"))
    return tuple(problems)


def _problem(number: int, key: str, message: str) -> Problem:
    return Problem(f"payments.{number}.{key}", message, code=f"bank.{key}")


def _lost(text: str, encoding: str) -> tuple[str, ...]:
    """Characters that cannot be written; private-use ones count as such, the bank sees another character."""
    lost = []
    for character in dict.fromkeys(text):
        if 0xE000 <= ord(character) <= 0xF8FF or ord(character) >= 0xF0000:
            lost.append(character)
            continue
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            lost.append(character)
    return tuple(lost)


def _refuse(file: BankFile, *, encoding: str) -> None:
    if (len(file.payments), file.total) != file.expected:
        raise ValueError(f"bank file {file.name}: {(len(file.payments), file.total)} against {file.expected}")
    if not file.payments:
        raise UserError(
            "bank.empty", "这一批没有要通过银行发放的人，没有生成代发文件。现金发放请用花名册签领。"
        )
    problems = check_payments(file, encoding=encoding)
    if problems:
        shown = "；".join(problem.message for problem in problems[:_SHOWN])
        more = f"；还有 {len(problems) - _SHOWN} 处" if len(problems) > _SHOWN else ""
        raise UserError(
            "bank.refused",
            f"代发文件没有生成：{shown}{more}。请先改正账户信息（生僻字用银行登记的写法），再重新生成。",
            problems,
        )


def _value(column: BankColumn, number: int, payment: Payment) -> str:
    if column.key == "seq":
        return str(number)
    if column.key == "amount":
        return format_money(payment.amount)
    return str(getattr(payment, column.key))


def _total_row(file: BankFile) -> list[str]:
    """总笔数 and 总金额: the sum stands in the amount's column, the count in the one before the first others."""
    cells = [""] * len(file.template.columns)
    keys = [column.key for column in file.template.columns]
    cells[0] = "合计"
    count_at = keys.index("account_name") if "account_name" in keys else 1
    cells[count_at if count_at else 1] = f"{len(file.payments)}笔"
    cells[keys.index("amount")] = format_money(file.total)
    return cells


def _lines(file: BankFile) -> list[list[str]]:
    template = file.template
    lines = [
        [_value(column, number, payment) for column in template.columns]
        for number, payment in enumerate(file.payments, start=1)
    ]
    if template.total == "last":
        lines.append(_total_row(file))
    if template.total == "first":
        lines.insert(0, _total_row(file))
    if template.header:
        lines.insert(0, [column.head for column in template.columns])
    return lines


def write_bank_csv(file: BankFile) -> WrittenBankFile:
    """The file as csv in the template's encoding, CRLF, every text in quotes.

    Raises UserError listing every payment that cannot be written; ValueError when the payments are not the batch's.
    """
    encoding = file.template.encoding
    _refuse(file, encoding=encoding)
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows(_lines(file))
    data = buffer.getvalue().encode(encoding)
    return WrittenBankFile(
        file_name=f"{file.name}.csv", data=data, count=len(file.payments), total=file.total
    )


def write_bank_workbook(file: BankFile, *, written_at: str) -> WrittenBankFile:
    """The file as xlsx: accounts, ids and bank codes are text cells, amounts numbers with two decimals."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    _refuse(file, encoding="utf-8")
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "代发"
    amounts = _amounts(file)
    bold = Font(bold=True)
    for number, line in enumerate(_lines(file), start=1):
        strong = (file.template.header and number == 1) or line[0] == "合计"
        for position, text in enumerate(line):
            cell = sheet.cell(row=number, column=position + 1)
            amount = amounts(number, position, text)
            if amount is not None:
                cell.value, cell.number_format = amount, "0.00"
            elif text:
                text_cell(cell, text)
                cell.alignment = Alignment(vertical="center")
            if strong:
                cell.font = bold
    widths = {"seq": 7, "account_name": 26, "account": 24, "id_number": 22, "bank": 24, "summary": 20}
    for position, column in enumerate(file.template.columns, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = widths.get(column.key, 12)
    if file.template.header:
        sheet.freeze_panes = "A2"
    data = workbook_bytes(workbook, written_at=written_at)
    return WrittenBankFile(
        file_name=f"{file.name}.xlsx", data=data, count=len(file.payments), total=file.total
    )


def _amounts(file: BankFile) -> Callable[[int, int, str], float | None]:
    at = next(i for i, column in enumerate(file.template.columns) if column.key == "amount")
    head = 1 if file.template.header else 0

    def amount(number: int, position: int, text: str) -> float | None:
        # Two decimals of a double are exact to fifteen digits: far beyond any batch.
        return float(text) if position == at and number > head and text else None

    return amount


def bank_shares(payments: Sequence[Payment]) -> tuple[tuple[str, int, int], ...]:
    """(bank, count, cents) in falling order of amount, for the hand-over sheet."""
    sums: dict[str, tuple[int, int]] = {}
    for payment in payments:
        count, amount = sums.get(payment.bank, (0, 0))
        sums[payment.bank] = (count + 1, amount + payment.amount)
    return tuple(
        (bank, count, amount) for bank, (count, amount) in sorted(sums.items(), key=lambda s: -s[1][1])
    )
