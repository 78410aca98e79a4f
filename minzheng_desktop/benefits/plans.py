"""A payment batch as it is planned and shown before anything is written."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from minzheng_desktop.benefits.amounts import CalculationStep, RateUse
from minzheng_desktop.benefits.settlement import Kind, Line
from minzheng_desktop.values.errors import Problem

ChangeKind = Literal["new", "same", "changed", "stopped"]


class PlannedItem(msgspec.Struct, frozen=True, gc=False):
    """One payment, in cents; the fields are those of a payment item.

    `month` is the last month of the period; total = base + extra + backpay − deduct. `rate` and `label` are the
    standard and tier shown, `term` the decision that governs the period. `row` holds the ledger's values as they
    will be frozen.
    """

    record: str
    person: str | None
    household: str | None
    village: str | None
    month: str
    period_from: str
    period_to: str
    months: int
    base: int
    extra: int
    backpay: int
    deduct: int
    total: int
    payee: str | None
    account_number: str | None
    account_name: str | None
    account_bank: str | None
    change: ChangeKind
    reason: str
    name: str
    sex: str
    birth_year: str
    rate: int
    label: str
    term: str
    lines: tuple[Line, ...]
    steps: tuple[CalculationStep, ...]
    row: dict[str, Any]
    subject: str = ""
    id_number: str | None = None
    before: int = 0
    """What the record was paid last time, in cents; of a `changed` one only."""


COLUMN_OF_PATH = {
    "pay.base": "base", "pay.extra": "extra", "pay.backpay": "backpay", "pay.deduct": "deduct",
    "pay.total": "total", "pay.months": "months", "account.number": "account_number",
    "account.name": "account_name", "account.bank": "account_bank",
}  # fmt: skip
"""Ledger paths whose values stand in a column of the payment item, so that the frozen row need not repeat them."""


class Change(msgspec.Struct, frozen=True):
    """One line of 新增, 停发 or 变动: last time, this time, and why, in words."""

    record: str
    name: str
    sex: str
    birth_year: str
    village: str | None
    before: int
    now: int
    reason: str


class AccountChange(msgspec.Struct, frozen=True):
    """Money that goes to another account than last time, or to one that nobody checked."""

    record: str
    name: str
    sex: str
    birth_year: str
    village: str | None
    old_tail: str
    new_tail: str
    changed_by: str | None
    changed_at: str | None
    reason: str
    checked: bool
    account: str | None = None
    """Id of the bank account row, where it stands in the register."""


class Blocked(msgspec.Struct, frozen=True):
    """A record that is due or expected but cannot be paid in this batch, and what is in the way."""

    record: str
    name: str
    sex: str
    birth_year: str
    village: str | None
    reason: str
    amount: int = 0


class Carried(msgspec.Struct, frozen=True):
    """Overpaid cents of one record that this batch cannot take back, by period ('YYYY-MM', cents)."""

    record: str
    name: str
    cents: int
    periods: tuple[tuple[str, int], ...]
    continues: bool
    """True when the record is still paid, so that later batches go on deducting."""
    reason: str = ""
    """Why payment ended, where it did."""


class PendingAdjust(msgspec.Struct, frozen=True):
    """Differences of one paid month that a late rate caused: one adjust batch is due for it."""

    month: str
    items: int
    total: int


class Bridge(msgspec.Struct, frozen=True):
    """From last time's total to this one's, in cents: before + new − stopped + changed = total."""

    before_month: str | None
    before: int
    before_count: int
    new: int
    new_count: int
    stopped: int
    stopped_count: int
    changed: int
    changed_count: int
    accounts_count: int
    total: int
    count: int

    @property
    def holds(self) -> bool:
        """Whether the sum comes out, in cents and in records."""
        counts = self.before_count + self.new_count - self.stopped_count == self.count
        return counts and self.before + self.new - self.stopped + self.changed == self.total


class BatchPlan(msgspec.Struct, frozen=True):
    """What locking would pay. `state` is planned, locked (then the items are the frozen ones) or empty.

    `seen` is the change number of the database when the plan was made; `area` the division whose rates were used.
    """

    form: str
    title: str
    month: str
    period_from: str
    period_to: str
    kind: Kind
    state: Literal["planned", "locked", "empty"]
    items: tuple[PlannedItem, ...]
    total: int
    bridge: Bridge
    new: tuple[Change, ...] = ()
    stopped: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    accounts_changed: tuple[AccountChange, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    carried: tuple[Carried, ...] = ()
    pending_adjusts: tuple[PendingAdjust, ...] = ()
    notes: tuple[Problem, ...] = ()
    rates: tuple[RateUse, ...] = ()
    seen: int = 0
    planned_at: str = ""
    batch: str | None = None
    number: str = ""

    @property
    def examples(self) -> tuple[RateUse, ...]:
        """The rates used that are examples: with any of them the batch is a draft, 〔示例〕."""
        return tuple(rate for rate in self.rates if rate.example)
