"""Ledgers that do not pay: lists of records (复核到期名单, 名册) and of their table rows (动态管理变更表)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.documents.batch_ledger import ledger_column, ledger_foot
from minzheng_desktop.documents.ledger_model import Ledger, LedgerColumn, LedgerGroup, Value, mask_ledger
from minzheng_desktop.documents.office import office_of
from minzheng_desktop.documents.record_reader import RecordReader
from minzheng_desktop.documents.tallies import VILLAGE, counts, tally_records
from minzheng_desktop.store import schema
from minzheng_desktop.values.dates import format_month_cn, month_of
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.catalog.form import Ledger as LedgerSpec
    from minzheng_desktop.store.unit import Reading

RUNNING = "running:"
_PLACES = re.compile(r"\{[^{}]*\}")
Line = tuple[RecordReader, Mapping[str, Any]]
"""A record and, in a ledger of table rows, the row."""


def record_ledger(
    r: Reading, form: str, key: str, *, today: date, month: str | None = None, masked: bool = False,
    records: Sequence[str] | None = None,
) -> Ledger:  # fmt: skip
    """A list of records or of their table rows as plain ledger data.

    `month` limits table rows to those whose month column (生效月) is it, and services to those of the month where
    the title names it (this month or year, unless said); `records` limits the list to some.
    Raises UserError no_ledger, nothing_to_print.
    """
    found = r.store.catalog.forms.get(form)
    spec = found.ledgers.get(key) if found is not None else None
    if found is None or spec is None or spec.source == "batch":
        raise UserError("no_ledger", f"“{form}”没有名册“{key}”，没有打印。{_offered(found)}")
    lines = list(_lines(r, found, spec, today=today, month=month, records=records))
    if not lines:
        raise UserError("nothing_to_print", f"“{found.title}”没有要列在这张表上的，没有打印。")
    counted = tally_records(found, spec, [reader for reader, _ in lines]) if counts(found, spec) else None
    columns = tuple(ledger_column(found, column, spec) for column in spec.columns)
    for path in reversed(spec.order_by):
        name = path.removeprefix("-")
        lines.sort(key=lambda line, n=name: _sort_key(line, n), reverse=path != name)  # type: ignore[misc]
    grouped: dict[str, list[Line]] = {}
    for line in lines:
        reader = line[0]
        grouped.setdefault(reader.words(spec.group_by) or "未填" if spec.group_by else "", []).append(line)
    office, place = office_of(r.store)
    counter = _counter(found)
    period = month or month_of(today)
    title = spec.title.replace("{month}", format_month_cn(period)).replace("{year}", period[:4])
    signatures, seal = ledger_foot(spec)
    groups = (
        counted.groups
        if counted
        else tuple(
            LedgerGroup(
                title=name,
                rows=tuple(_rows(members, columns, spec.table)),
                tally=f"共 {len(members)} {counter}",
            )
            for name, members in grouped.items()
        )
    )
    ledger = Ledger(
        title=title if place in title else f"{place}{title}",
        office=office,
        columns=counted.columns if counted else columns,
        groups=groups,
        facts=counted.facts if counted else (),
        counter=("个村" if spec.rows == VILLAGE else "类") if counted else counter,
        clerk=r.store.user,
        signatures=signatures,
        seal=seal,
        mark="示例" if r.store.site.demonstration else "",
        bands=bool(spec.group_by),
    )
    return mask_ledger(ledger) if masked else ledger


def _offered(form: Form | None) -> str:
    """The lists that a form has, by title and key, for whoever named one that it has not."""
    lists = form.ledgers.items() if form is not None else ()
    known = [f"{_PLACES.sub('', one.title)}（{key}）" for key, one in lists if one.source != "batch"]
    if form is None:
        return "请核对业务的代码。"
    return f"这项业务有：{'、'.join(known)}。" if known else "这项业务只有发放花名册，用 batch print。"


def _counter(form: Form) -> str:
    """What a line of the list is: the same person may stand on it several times where each help is a record."""
    if form.subject == "household":
        return "户"
    once = form.kind == "event" or (form.benefit is not None and form.benefit.unit == "record")
    return "件" if form.subject != "person" or not form.subject_required else "人次" if once else "人"


def _lines(
    r: Reading, form: Form, spec: LedgerSpec, *, today: date, month: str | None, records: Sequence[str] | None
) -> Iterator[Line]:
    c = schema.records.c
    ids = r.connection.execute(
        sa.select(c.id)
        .where(c.form == form.key, c.void == 0, c.owner == r.store.site.division)
        .order_by(c.village, c.number, c.id)
    ).scalars()
    evaluator = r.store.evaluator(form.key)
    wanted = None if records is None else frozenset(records)
    wide = 7 if "{month}" in spec.title else 4 if "{year}" in spec.title else 0
    period = (month or month_of(today))[:wide] if form.kind == "event" and not spec.table else ""
    for record in [one for one in ids if wanted is None or one in wanted]:
        reader = RecordReader(r, record, today=today)
        if not (reader.record["record_date"] or "").startswith(period):
            continue
        path = f"ledger.{spec.key}"
        if spec.table:
            dated = next(
                (f.key for f in form.tables[spec.table].columns.values() if f.type.name == "month"), None
            )
            for row in evaluator.rows_where(reader.evaluation, path, spec.table):
                if month is None or dated is None or row.get(dated) == month:
                    yield reader, row
        elif not spec.where or evaluator.holds(reader.evaluation, path, "where"):
            yield reader, {}


def _rows(
    members: Sequence[Line], columns: Sequence[LedgerColumn], table: str
) -> Iterator[tuple[Value, ...]]:
    """The rows of a group; a running column adds up from its first line."""
    balances: dict[str, int] = {}
    for line in members:
        for column in columns:
            if column.key.startswith(RUNNING):
                amount = line[0].raw(column.key.removeprefix(RUNNING))
                balances[column.key] = balances.get(column.key, 0) + (
                    amount if isinstance(amount, int) else 0
                )
        yield tuple(
            _balance(line[0].form, column.key, balances[column.key])
            if column.key in balances
            else _value(line, column, table)
            for column in columns
        )


def _balance(form: Form, key: str, amount: int) -> Value:
    """A running balance: cents and pieces as numbers, parts of a piece as they are written."""
    field = form.fields.get(key.removeprefix(RUNNING))
    return field.format(amount) if field is not None and field.digits else amount


def _sort_key(line: Line, path: str) -> tuple[int, str]:
    reader, row = line
    value = row.get(path.removeprefix("row.")) if path.startswith("row.") else reader.raw(path)
    return (value, "") if isinstance(value, int) else (0, str(value or ""))


def _value(line: Line, column: LedgerColumn, table: str) -> Value:
    reader, row = line
    if column.kind in ("seq", "sign") or column.key == "blank":
        return None
    if column.key.startswith("row.") and "|" in column.key:
        words = (
            _value(line, msgspec.structs.replace(column, key=key), table) for key in column.key.split("|")
        )
        return next((value for value in words if value is not None), None)
    if column.key.startswith("row."):
        name = column.key.removeprefix("row.")
        field = reader.form.fields.get(f"{table}.{name}")
        value = row.get(name)
        if field is None or value is None:
            return None
        if column.kind == "date":
            return str(value)
        numeric = isinstance(value, int) and not isinstance(value, bool)
        return (
            value if numeric and column.kind in ("money", "count") else reader.field_words(field, value, row)
        )
    value = reader.raw(column.key)
    if value is None or value == "":
        return None
    if column.kind in ("money", "count") and isinstance(value, int) and not isinstance(value, bool):
        field = reader.form.fields.get(column.key)
        return (
            value if column.kind == "money" or field is None or not field.digits else reader.words(column.key)
        )
    return str(value) if column.kind == "date" else reader.words(column.key)
