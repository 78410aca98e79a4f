"""The ledger's values of one payment, worked out once when it is planned and frozen when it is locked.

A column's path is read by its root: a field of the form, ``person`` ``head`` ``household`` ``facility`` ``village``
``account`` ``pay`` ``period``; of a path ``a|b`` the first that is filled counts. Values are ready to print: codes as
their labels, villages and people as names, months and dates as ISO text; money stays integer cents and integers stay
integers, so that totals can be summed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from minzheng_desktop.benefits.facts import Account, Case, Facility, Facts, Person
from minzheng_desktop.catalog.codes import CodeList
from minzheng_desktop.catalog.divisions import Divisions
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.registers import PERSON
from minzheng_desktop.values.dates import age_on

_AS_STORED = frozenset(
    {"money", "integer", "text", "note", "date", "month", "datetime", "id_number", "phone"}
)
_AGE = "age(person.birth_date,today)"
_WRITTEN_BY_HAND = frozenset({"seq", "blank", "sign", "count"})


class Pay(msgspec.Struct, gc=False):
    """The figures of one payment as the ledger shows them, in cents; `period` in words."""

    rate: int
    base: int
    extra: int
    backpay: int
    deduct: int
    total: int
    months: int
    label: str
    period: str
    tier: str = ""
    last_day: date | None = None
    """The last day of the period: ages are those of this day."""
    offset: int = 0
    units: int = 0
    """Times or meals paid, where the amount is reckoned by them."""


class Line(msgspec.Struct, gc=False):
    """What one row of the ledger is drawn from."""

    case: Case
    subject: Person | None
    account: Account | None
    pay: Pay
    facts: Facts
    inputs: Any = None
    """The rule's inputs that are in force: where the ledger prints one of them, it prints what was decided."""


Extract = Callable[[Line], Any]


class Columns:
    """The paths that a form's ledgers of a batch print, each with the function that reads it."""

    def __init__(self, form: Form, *, codes: Mapping[str, CodeList], divisions: Divisions) -> None:
        self._form = form
        self._codes = codes
        self._divisions = divisions
        benefit = form.benefit
        self._inputs = {path: name for name, path in benefit.inputs.items()} if benefit else {}
        paths = list(dict.fromkeys(self._paths()))
        self.fields = self._needed(paths)
        self.extracts: list[tuple[str, Extract]] = [(path, self._extract(path)) for path in paths]
        self.values_type = msgspec.defstruct("Values", [(key, Any, None) for key in self.fields], gc=False)
        """Decodes a stored document into just these fields; all others are skipped unread."""

    def row(self, line: Line) -> dict[str, Any]:
        """Path → value of one ledger row, without empty ones."""
        return {path: value for path, extract in self.extracts if (value := extract(line)) is not None}

    def _paths(self) -> Iterator[str]:
        for ledger in self._form.ledgers.values():
            if ledger.source != "batch":
                continue
            for column in ledger.columns:
                if column.path and column.kind not in _WRITTEN_BY_HAND:
                    yield from column.path.split("+")
                if column.by:
                    yield column.by
            yield from (p for p in (ledger.split, ledger.group_by, *ledger.order_by, *ledger.totals) if p)

    def _needed(self, paths: list[str]) -> tuple[str, ...]:
        """Top-level fields that a payment reads: the printed ones, the account, who collects it."""
        top = self._form.top_fields()
        wanted = [part for path in paths for part in path.split("|") if part in top]
        wanted += [key for key in ("account", "payee", "payee_kin", "stop_reason", "name") if key in top]
        wanted += [p.to for p in self._payees() if p.to in top]
        wanted += [p.account for p in self._payees() if p.account in top]
        return tuple(dict.fromkeys(wanted))

    def _payees(self) -> tuple[Any, ...]:
        return self._form.benefit.payee if self._form.benefit else ()

    def _extract(self, path: str) -> Extract:
        if "|" in path:
            parts = [self._extract(part) for part in path.split("|")]
            return lambda line: next((v for one in parts if (v := one(line)) not in (None, "")), None)
        root, _, rest = path.partition(".")
        field = self._form.fields.get(path)
        if path == "payee" and field is not None:
            return self._payee(field)
        if field is not None and not field.table:
            if field.live:
                return self._live(field)
            return self._decided(field) if path in self._inputs else self._field(field)
        if root in ("person", "head") and rest:
            return self._person(rest)
        if path == "village":
            return lambda line: self._village(line.case.village)
        if root == "account":
            return lambda line: getattr(line.account, rest, None) if line.account else None
        if root == "pay":
            return lambda line: getattr(line.pay, rest, None)
        if root == "facility":
            return lambda line: _name(line.facts.facilities.get(line.case.facility or ""))
        if path == "period":
            return lambda line: line.pay.period
        return lambda line: None

    def _field(self, field: Field) -> Extract:
        key, kind = field.key, field.type.name
        if kind in _AS_STORED:
            return lambda line: getattr(line.case.values, key)
        if kind == "village":
            return lambda line: self._village(getattr(line.case.values, key))
        if kind == "person":
            return lambda line: _name(line.facts.people.get(getattr(line.case.values, key) or ""))
        if kind == "facility":
            return lambda line: _name(line.facts.facilities.get(getattr(line.case.values, key) or ""))
        if kind == "choice" and field.choices is not None:
            labels = field.choices.items
            return lambda line: labels.get(v := getattr(line.case.values, key) or "", v) or None
        return lambda line: field.format(getattr(line.case.values, key))

    def _live(self, field: Field) -> Extract:
        """A field that depends on the day and is never stored: the age, or the tier that was paid."""
        if "".join(field.calculation.split()) == _AGE:
            return lambda line: _age(line)
        if field.choices is not None:
            labels = field.choices.items
            return lambda line: labels.get(line.pay.tier) or line.pay.label or None
        return lambda line: None

    def _decided(self, field: Field) -> Extract:
        """A field that feeds the rule: as decided in the term in force, whatever the document says by now."""
        name, plain = self._inputs[field.path], self._field(field)
        labels = field.choices.items if field.choices else None

        def read(line: Line) -> Any:
            value = getattr(line.inputs, name, None)
            if value is None or not isinstance(value, str | int):
                return plain(line)
            return labels.get(str(value), value) if labels is not None else value

        return read

    def _payee(self, field: Field) -> Extract:
        kin = self._form.fields.get("payee_kin")

        def read(line: Line) -> str:
            person = line.facts.people.get(getattr(line.case.values, field.key) or "")
            if person is None:
                return "本人"
            relation = kin.format(line.case.values.payee_kin) if kin is not None else ""
            return f"{person.name}（{relation}）" if relation else person.name

        return read

    def _person(self, attribute: str) -> Extract:
        known = PERSON.get(attribute)
        if known is not None and known.choices:
            codes = self._codes.get(known.choices)
            labels = codes.items if codes else {}
            return lambda line: labels.get(v := getattr(line.subject, attribute, None) or "", v) or None
        return lambda line: getattr(line.subject, attribute, None)

    def _village(self, code: str | None) -> str | None:
        return self._divisions.short_name(code) if code else None


def _age(line: Line) -> int | None:
    """Full years of the person on the last day of the period."""
    born = line.subject.birth_date if line.subject else None
    if not born or len(born) != 10 or line.pay.last_day is None:
        return None
    return age_on(date.fromisoformat(born), line.pay.last_day)


def _name(found: Person | Facility | None) -> str | None:
    return found.name if found else None
