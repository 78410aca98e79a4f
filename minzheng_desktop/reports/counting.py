"""From rows to what one indicator counts: units, each of one township, none of them twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.indicators import Indicator
from minzheng_desktop.reports.reading import QUANTITY, UNTIL, Row, Rows
from minzheng_desktop.reports.standing import covered_in
from minzheng_desktop.values.dates import age_on

ONE_EACH = frozenset({"persons", "households", "kinds"})
"""Measures that count a thing once, in the township where it was first."""
YUAN = Fraction(1, 100)


class Unit(NamedTuple):
    """One thing counted: what it is, the township that it counts in, since when, of which record, how much."""

    key: str
    owner: str
    since: str
    record: str
    form: str
    weight: Fraction | int
    part: str = ""
    born: str | None = None


class Counted(NamedTuple):
    """The units of an indicator, and whether there was anything that it could have counted."""

    units: list[Unit]
    underlying: bool


def count_units(rows: Rows, indicator: Indicator, *, once: bool = True, summed: bool = False) -> Counted:
    """What an indicator counts in the period of `rows`; money in yuan. `once` leaves out who was met before;
    `summed` allows units of a whole township, of no record, where only sums are wanted."""
    units: list[Unit] = []
    underlying = False
    for key in indicator.forms:
        counting = _Counting(rows, indicator, rows.form(key), summed=summed)
        units += counting.units()
        underlying = underlying or counting.underlying
    return Counted(_once(units) if once and indicator.measure in ONE_EACH else units, underlying)


def _once(units: Iterable[Unit]) -> list[Unit]:
    """Each key once, in the township of its earliest unit (domain §15: by_township adds up)."""
    found: dict[str, Unit] = {}
    for unit in units:
        known = found.get(unit.key)
        if known is None or (unit.since, unit.owner, unit.record) < (known.since, known.owner, known.record):
            found[unit.key] = unit
    return list(found.values())


class _Counting:
    """One indicator over one form."""

    def __init__(self, rows: Rows, indicator: Indicator, form: Form, *, summed: bool) -> None:
        self.rows, self.indicator, self.form = rows, indicator, form
        self.underlying = False
        self._split = bool(indicator.split)
        self._on = date.fromisoformat(rows.period.last_day)
        self.payments = indicator.source == "payments" or indicator.measure == "paid"
        plain = not (indicator.where or indicator.split or indicator.villages_with)
        self._summed = summed and plain and indicator.measure in ("paid", "records")
        self.at_end = indicator.when == "at_end" and not self.payments
        self._villages = rows.villages_with(indicator.villages_with) if indicator.villages_with else None
        self._documents: Mapping[str, Mapping[str, Any]] = {}
        if self._needs_documents():
            self._documents = rows.documents(form.key, as_of_end=self.at_end)

    def units(self) -> list[Unit]:
        measure: Callable[[Row], Iterable[Unit]] = getattr(self, f"_{self.indicator.measure}")
        return [unit for row in self._chosen() for unit in measure(row)]

    # -- which rows ---------------------------------------------------------------------------------

    def _needs_documents(self) -> bool:
        i = self.indicator
        typed = {self.form.record.get("kind")} if not self.at_end else set()
        named = {*i.where, *i.fields, *filter(None, (i.split, i.unnamed))} - typed
        if self._dated_apart():
            named.add(i.dated)
        return bool(named) or i.valid or "." in i.role

    def _chosen(self) -> Iterator[Row]:
        states = self._states()
        top = {path: set(codes) for path, codes in self.indicator.where.items() if "." not in path}
        for row in self._rows():
            counts = states is None or row.state in states
            # A household that has left is something to count as none; a service that was called off is not.
            self.underlying = self.underlying or self.at_end or counts
            if not counts:
                continue
            if self._villages is not None and row.village not in self._villages:
                continue
            if self.indicator.valid and not self._still_valid(row):
                continue
            if all(_fits(self._value(row, path), codes) for path, codes in top.items()):
                yield row

    def _rows(self) -> Iterator[Row]:
        if self.payments:
            read = self.rows.paid_by_owner if self._summed else self.rows.paid
            money = self.indicator.measure == "paid"  # what came back is money, and nobody's payment
            yield from (row for row in read(self.form.key) if row.items or (money and row.money))
        elif self.at_end:
            drafts = {s.key for s in self.form.workflow.states.values() if s.group == "draft"}
            yield from (row for row in self.rows.at_end(self.form.key) if row.state not in drafts)
        else:
            found = self.rows.dated(self.form.key)
            # A facility that stands is something to count even where nothing of it is dated in the period.
            self.underlying = bool(found) and self._dated_apart()
            yield from (row for row in found if self._in_period(row))

    def _states(self) -> frozenset[str] | None:
        if self.payments or (not self.indicator.states and not self.at_end):
            return None
        chosen = self.indicator.states or ("active",)
        return self.form.workflow.states_in(chosen[0] if len(chosen) == 1 else chosen)

    def _in_period(self, row: Row) -> bool:
        """By the record's own date, or by the field that dates it; a table's rows are dated one by one."""
        dated = self.indicator.dated
        if "." in dated:
            return True
        return self._dates(self._value(row, dated) if self._dated_apart() else row.since)

    def _dated_apart(self) -> bool:
        return bool(self.indicator.dated) and self.indicator.dated != self.form.record.get("date")

    def _dates(self, written: object) -> bool:
        text = str(written or "")
        if self.indicator.when == "ever":
            period = self.rows.period
            return (
                bool(text)
                and self.indicator.since <= text
                and text[: len(period.last_day)] <= period.last_day
            )
        return self.rows.period.holds(text)

    def _still_valid(self, row: Row) -> bool:
        until = self._document(row).get(UNTIL) or row.until
        return not until or until >= self.rows.period.last_day

    # -- what a row holds ---------------------------------------------------------------------------

    def _document(self, row: Row) -> Mapping[str, Any]:
        return self._documents.get(row.record, {})

    def _value(self, row: Row, path: str) -> Any:
        document = self._document(row)
        if path in document:
            return document[path]
        return row.kind if path == self.form.record.get("kind") else None

    def _part(self, row: Row) -> str:
        return str(self._value(row, self.indicator.split) or "")

    def _unit(self, row: Row, key: str, weight: Fraction | int = 1) -> Unit:
        part = self._part(row) if self._split else ""
        return Unit(key, row.owner, row.since, row.record, row.form, weight, part)

    def _number(self, values: Mapping[str, Any], paths: Iterable[str]) -> Fraction:
        """The product of fields: money in yuan, decimals as they are read."""
        product = Fraction(1)
        for path in paths:
            field = self.form.fields[path]
            value = values.get(path.rpartition(".")[2])
            if not isinstance(value, int):
                return Fraction(0)
            if field.type.name == "money":
                product *= value * YUAN
            else:
                product *= Fraction(value, 10**field.digits if field.type.name == "decimal" else 1)
        return product

    def _table_rows(self, row: Row, table: str) -> Iterator[Mapping[str, Any]]:
        prefix = f"{table}."
        where = {
            p.removeprefix(prefix): set(c) for p, c in self.indicator.where.items() if p.startswith(prefix)
        }
        dated = self.indicator.dated.removeprefix(prefix) if self.indicator.dated.startswith(prefix) else ""
        for line in self._document(row).get(table) or ():
            if all(_fits(line.get(column), codes) for column, codes in where.items()) and (
                not dated or self._dates(line.get(dated))
            ):
                yield line

    # -- measures: the units of one row ------------------------------------------------------------

    def _records(self, row: Row) -> Iterable[Unit]:
        return (self._unit(row, row.record, row.items if self.payments else 1),)

    def _households(self, row: Row) -> Iterable[Unit]:
        return (self._unit(row, row.household or row.person or row.record),)

    def _quantity(self, row: Row) -> Iterable[Unit]:
        return (self._unit(row, row.record, row.quantity or 0),)

    def _paid(self, row: Row) -> Iterable[Unit]:
        return (self._unit(row, row.record, row.money * YUAN),)

    def _kinds(self, row: Row) -> Iterable[Unit]:
        value = self._value(row, self.indicator.fields[0])
        return (self._unit(row, str(value)),) if value not in (None, "") else ()

    def _sum(self, row: Row) -> Iterable[Unit]:
        paths = self.indicator.fields
        table = paths[0].rpartition(".")[0]
        lines = self._table_rows(row, table) if table else (self._document(row),)
        total = sum((self._number(line, paths) for line in lines), Fraction(0))
        return (self._unit(row, row.record, total),)

    def _person_times(self, row: Row) -> Iterable[Unit]:
        return (self._unit(row, row.record, sum(unit.weight for unit in _once(self._persons(row)))),)

    def _persons(self, row: Row) -> Iterable[Unit]:
        role = self.indicator.role
        if role == "covered":
            return self._covered(row)
        if "." in role:
            return self._listed(row, role)
        person = row.person if role in ("", "subject") else self._value(row, role)
        if not person:
            return (self._unit(row, row.record),)
        return (self._person(row, person),) if self._young(person) else ()

    def _person(self, row: Row, person: str) -> Unit:
        identity, born = self.rows.person(person)
        part = self._part(row) if self._split else ""
        if self.indicator.split_ages:
            part = self._age_part(born)
        return Unit(identity, row.owner, row.since, row.record, row.form, 1, part, born)

    def _covered(self, row: Row) -> Iterator[Unit]:
        """The persons that the decision covers; those of whom only the number was stated count without a name."""
        named, quantity = row.covered, row.quantity
        if named is None:
            tables = [t.key for t in self.form.tables.values() if t.from_household]
            document = self._document(row) or self.rows.documents(self.form.key, as_of_end=True).get(
                row.record, {}
            )
            named = tuple(p for table in tables for p in covered_in(document.get(table) or ()))
            quantity = document.get(QUANTITY, quantity)
        young = self._young if self.indicator.age_below else None
        for person in named:
            if young is None or young(person):
                yield self._person(row, person)
        nameless = (quantity or 0) - len(named)
        yield from (self._unit(row, f"{row.record}/{number}") for number in range(nameless))

    def _listed(self, row: Row, role: str) -> Iterator[Unit]:
        """The persons in a table's column; those who are no registered persons by the name that stands there."""
        table, _, column = role.partition(".")
        found = 0
        for line in self._table_rows(row, table):
            person = line.get(column)
            name = line.get("name") or line.get("code")
            if person and self._young(person):
                yield self._person(row, person)
            elif name and not person:
                yield self._unit(row, f"{row.owner}/{name}")
            found += 1
        if self.indicator.unnamed and not found:
            number = self._value(row, self.indicator.unnamed)
            yield self._unit(row, row.record, number if isinstance(number, int) else 0)

    def _young(self, person: str) -> bool:
        if not self.indicator.age_below:
            return True
        born = self.rows.person(person).born
        if not born or len(born) < len("2000-01-01"):
            return True
        return age_on(date.fromisoformat(born), self._on) < self.indicator.age_below

    def _age_part(self, born: str | None) -> str:
        """The last age reached of those that the figure is told by; empty where there is none."""
        if not born or len(born) < len("2000-01-01"):
            return ""
        age = age_on(date.fromisoformat(born), self._on)
        return str(max((bound for bound in self.indicator.split_ages if age >= bound), default=""))


def _fits(value: Any, codes: set[str]) -> bool:
    """Whether a value is one of the codes; of a list of codes one is enough."""
    if isinstance(value, bool):
        return ("true" if value else "false") in codes
    if isinstance(value, list):
        return bool(codes.intersection(map(str, value)))
    return value is not None and str(value) in codes
