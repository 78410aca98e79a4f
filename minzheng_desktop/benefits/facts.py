"""What a plan is made of: plain facts, loaded in bulk, without the database behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from minzheng_desktop.benefits.entitlement import Entitled, Span
from minzheng_desktop.benefits.handled import Handled
from minzheng_desktop.benefits.rules.base import Cents


class Person(msgspec.Struct, frozen=True, gc=False):
    """A person as a payment names them."""

    id: str
    name: str
    id_number: str | None
    sex: str
    birth_date: str | None
    village: str | None
    phone: str | None
    alive_status: str = "1"
    death_date: str | None = None
    id_type: str = "01"


class Account(msgspec.Struct, frozen=True, gc=False):
    """An account as money is sent to it; `state` pending is a change that nobody checked yet."""

    number: str
    name: str
    bank: str | None = None
    state: str = "active"
    changed_by: str | None = None
    checked_by: str | None = None
    changed_at: str | None = None
    reason: str | None = None
    id: str | None = None


class PaidBefore(msgspec.Struct, frozen=True, gc=False):
    """What the previous regular batch paid a record, in cents, and the account it went to."""

    total: int
    account: str | None
    regular: int = 0
    backpay: int = 0
    deduct: int = 0


class Facility(msgspec.Struct, frozen=True, gc=False):
    """A facility that money may be paid to, with the account that its own record names."""

    id: str
    name: str
    account: Account | None = None


class Case(msgspec.Struct, frozen=True, gc=False):
    """One record with all that decides its payment.

    `values` are the document's fields that payment and ledger need; `paid` is what locked batches paid in all
    (cents), `handled` the recoveries that change what batches deduct.
    `ended` names in words why payment ended, where it did; `blocked` why nothing can be paid although it is due.
    """

    id: str
    person: str | None
    household: str | None
    facility: str | None
    village: str | None
    state: str
    entitled: Entitled
    values: Any
    revision: str = ""
    kind: str | None = None
    record_date: str | None = None
    paid: int = 0
    handled: Sequence[Handled] = ()
    ended: str = ""
    blocked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def why_ended(self) -> str:
        """Why payment ended, "" where it goes on."""
        last = self.entitled.changes[-1] if self.entitled.changes else None
        return self.ended or (last.reason if last is not None and last.effect == "stop" else "")


class Batch(msgspec.Struct, frozen=True, gc=False):
    """A locked batch, in the columns that a later plan looks at."""

    id: str
    month: str
    kind: str
    number: str
    total: int
    item_count: int
    rates: Mapping[str, Mapping[str, Any]] = {}
    locked_at: str | None = None
    locked_by: str | None = None


class HasBeside(Protocol):
    def applied(self, spans: Sequence[Span], person: str | None) -> tuple[Span, ...]:
        """The spans of a person's record with what the person has elsewhere in the rule's inputs."""
        ...


class Facts(msgspec.Struct):
    """Everything one plan needs. Records in the order of village and number; people, accounts by their id."""

    cases: list[Case]
    people: dict[str, Person]
    accounts: dict[str, list[Account]]
    facilities: dict[str, Facility]
    before: dict[str, PaidBefore]
    previous: Batch | None
    batches: list[Batch]
    paid_lines: Callable[[Iterable[str]], dict[str, dict[int, Cents]]]
    """Reads what was paid by record and period; asked only for records whose totals differ."""
    paid_terms: Callable[[Iterable[str]], dict[str, str]]
    """Reads the id of the term by which the previous batch paid some records."""
    moved: Mapping[str, str] = {}
    """Record → why it is paid here no longer, of households that move to another township."""
    beside: HasBeside | None = None
    """What the people have from the benefits that the form stands beside; None where it stands beside none."""
