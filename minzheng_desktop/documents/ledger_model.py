"""What a ledger (花名册) says, as plain frozen data: columns, groups of rows, sums. Nothing here knows a page.

Amounts are integer cents, counts are integers, everything else is text; None is an empty cell.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from minzheng_desktop.values.accounts import mask_account
from minzheng_desktop.values.id_number import mask_id_number
from minzheng_desktop.values.names import mask_name

Kind = Literal[
    "seq",  # running number, made while drawing
    "text",
    "village",
    "name",
    "id",
    "number",  # certificate and other long numbers
    "account",
    "phone",
    "code",  # label of a code list, centred
    "count",
    "money",
    "date",
    "remark",
    "sign",  # left blank for a hand
]
Value = str | int | None


class LedgerColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column. `total`: summed per group, page and ledger; `required`: zero prints 0.00 instead of —;
    `main`: the amount paid, the largest thing of the row. `longest` is the widest text that the column must
    be ready for (the longest label of its code list).
    """

    key: str
    head: str
    kind: Kind = "text"
    total: bool = False
    required: bool = False
    main: bool = False
    longest: str = ""


class LedgerGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Rows under one band. `note` stands after the title, `tally` at the right end of the band."""

    title: str
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""
    tally: str = ""


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """A whole ledger. A row has one value per column, the `seq` column's ignored.

    `facts` stand under the title (所属期, 批次, 标准), `unit` is the unit of money, `counter` what a row is
    (户, 人, 人次). `mark` is printed across each page: 示例, 草稿, 未封账 or nothing. `notes` follow the sum:
    reasons, 单人岗, 本地 entries. `expected` is the batch's own (rows, cents) for the main column; a ledger that
    adds up to anything else is not drawn.
    """

    title: str
    office: str
    columns: tuple[LedgerColumn, ...]
    groups: tuple[LedgerGroup, ...]
    facts: tuple[str, ...] = ()
    unit: str = "元"
    counter: str = "户"
    batch_number: str = ""
    clerk: str = ""
    signatures: tuple[str, ...] = ("单位负责人：", "审核人：", "制表人：")
    seal: bool = True
    mark: str = ""
    notes: tuple[str, ...] = ()
    grand_title: str = "合　　计"
    bands: bool = True
    masked: bool = False
    expected: tuple[int, int] | None = None

    @property
    def row_count(self) -> int:
        """All rows."""
        return sum(len(group.rows) for group in self.groups)

    @property
    def main_column(self) -> int | None:
        """Index of the column whose sum is the ledger's amount."""
        return next((index for index, column in enumerate(self.columns) if column.main), None)

    @property
    def total(self) -> int:
        """Cents in the main column; 0 when a ledger has none."""
        index = self.main_column
        if index is None:
            return 0
        return sum(_number(row[index]) for group in self.groups for row in group.rows)


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


class Sums:
    """Sums of the total columns over rows, kept while walking: `rows` and cents or counts by column index."""

    def __init__(self, columns: tuple[LedgerColumn, ...]) -> None:
        self.indexes = tuple(index for index, column in enumerate(columns) if column.total)
        self.rows = 0
        self.values = dict.fromkeys(self.indexes, 0)

    def add(self, row: tuple[Value, ...]) -> None:
        """Count one row."""
        self.rows += 1
        values = self.values
        for index in self.indexes:
            value = row[index]
            if value:
                values[index] += value  # type: ignore[operator]

    def add_all(self, other: Sums) -> None:
        """Add the sums of another stretch of rows."""
        self.rows += other.rows
        for index in self.indexes:
            self.values[index] += other.values[index]


def sum_rows(columns: tuple[LedgerColumn, ...], rows: tuple[tuple[Value, ...], ...]) -> Sums:
    """Sums over a group."""
    sums = Sums(columns)
    sums.rows = len(rows)
    for index in sums.indexes:
        sums.values[index] = sum([row[index] or 0 for row in rows])  # type: ignore[misc]
    return sums


def check_sum(ledger: Ledger) -> None:
    """Raise ValueError when the rows do not add up to the batch they come from: nothing may print then."""
    if ledger.expected is None:
        return
    found = (ledger.row_count, ledger.total)
    if found != ledger.expected:
        raise ValueError(f"ledger {ledger.batch_number!r} has {found}, its batch {ledger.expected}")


def mask_ledger(ledger: Ledger) -> Ledger:
    """The ledger to check by eye (核对稿): ids, accounts, phones and names of account holders shortened.

    The heads of households stay readable: a check list without names checks nothing.
    """
    masks = {"id": mask_id_number, "account": mask_account, "phone": mask_phone}
    by_index = {i: masks[c.kind] for i, c in enumerate(ledger.columns) if c.kind in masks}
    by_index |= {i: mask_name for i, c in enumerate(ledger.columns) if c.key == "account.name"}
    groups = tuple(
        msgspec.structs.replace(
            group,
            rows=tuple(
                tuple(
                    by_index[i](value) if i in by_index and isinstance(value, str) else value
                    for i, value in enumerate(row)
                )
                for row in group.rows
            ),
        )
        for group in ledger.groups
    )
    return msgspec.structs.replace(ledger, groups=groups, masked=True)


def mask_phone(phone: str) -> str:
    """'13900001234' → '139****1234'."""
    if len(phone) < 8:
        return "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]
