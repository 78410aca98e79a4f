"""Lists that count records instead of naming them: one line for each value of a field (分类统计表, 月统计表).

``rows`` of the ledger names the field. ``count`` counts, ``sum:path`` adds up, ``pivot:by:count`` gives a column to
each code, ``share:by:code`` says which part of the records has a code, ``share:a:b`` how much of one sum another is, in
percent with one decimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.documents.batch_ledger import ledger_column
from minzheng_desktop.documents.ledger_model import LedgerColumn, LedgerGroup, Value

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Column, Form
    from minzheng_desktop.catalog.form import Ledger as LedgerSpec
    from minzheng_desktop.documents.record_reader import RecordReader

COUNT = "count"
EMPTY = "未填"
VILLAGE = "village"


class Tally(msgspec.Struct, frozen=True):
    """Columns and groups of a list that counts; ``facts`` say each share over all records."""

    columns: tuple[LedgerColumn, ...]
    groups: tuple[LedgerGroup, ...]
    facts: tuple[str, ...]


class _Cell(msgspec.Struct, frozen=True):
    """One printed column: what it counts, and among which records (those with ``code`` in ``by``)."""

    kind: str
    path: str = ""
    by: str = ""
    code: str = ""


def counts(form: Form, spec: LedgerSpec) -> bool:
    """Whether a ledger counts records by a field rather than naming them."""
    return spec.rows == VILLAGE or spec.rows in form.fields


def tally_records(form: Form, spec: LedgerSpec, readers: Sequence[RecordReader]) -> Tally:
    """Count records by the ledger's field, in the order of its code list, within each group of the ledger."""
    places = [place for column in spec.columns for place in _places(form, spec, column)]
    bands: dict[str, list[RecordReader]] = {}
    for reader in readers:
        bands.setdefault(reader.words(spec.group_by) or EMPTY if spec.group_by else "", []).append(reader)
    groups = tuple(
        LedgerGroup(title=name, rows=_rows(form, spec, places, members)) for name, members in bands.items()
    )
    shares = [(head, cell) for head, cell in places if cell.kind == "share"]
    facts = tuple(f"{head.head} {_value(form, cell, readers)}" for head, cell in shares if readers)
    return Tally(tuple(head for head, _ in places), groups, facts)


def _rows(
    form: Form,
    spec: LedgerSpec,
    places: Sequence[tuple[LedgerColumn, _Cell]],
    readers: Sequence[RecordReader],
) -> tuple[tuple[Value, ...], ...]:
    lines: dict[str, list[RecordReader]] = {}
    for reader in readers:
        lines.setdefault(str(reader.raw(spec.rows) or ""), []).append(reader)
    codes = form.fields[spec.rows].choices if spec.rows in form.fields else None
    order = [*(codes.items if codes else ()), *sorted(lines)]
    return tuple(
        tuple(_value(form, cell, lines[key]) for _, cell in places)
        for key in sorted(lines, key=lambda k: (k == "", order.index(k)))
    )


def _places(form: Form, spec: LedgerSpec, column: Column) -> list[tuple[LedgerColumn, _Cell]]:
    if column.kind == COUNT:
        return [(_number(COUNT, column.title), _Cell(COUNT))]
    if column.kind == "share":
        head = LedgerColumn(key="share", head=column.title, kind="code")
        return [(head, _Cell("share", by=column.path, code=column.by))]
    if column.kind == "pivot":
        codes = form.fields[column.by].choices
        return [
            (_number(f"pivot:{column.by}:{code}", label), _Cell("pivot", column.path, column.by, code))
            for code, label in (codes.items if codes else {}).items()
        ]
    head = ledger_column(form, column, spec)
    if column.kind == "sum":
        head = msgspec.structs.replace(head, total=not form.fields[column.path].digits)
    return [(head, _Cell(column.kind, column.path))]


def _number(key: str, title: str) -> LedgerColumn:
    return LedgerColumn(key=key, head=title, kind="count", total=True)


def _value(form: Form, cell: _Cell, readers: Sequence[RecordReader]) -> Value:
    if cell.kind in ("seq", "blank", "sign"):
        return None
    if cell.kind == "share" and cell.code in form.fields:
        return _percent(_sum(cell.by, readers), _sum(cell.code, readers))
    if cell.kind == "share":
        return _percent(sum(1 for r in readers if r.raw(cell.by) == cell.code), len(readers))
    if cell.kind == "pivot":
        readers = [r for r in readers if r.raw(cell.by) == cell.code]
    if cell.kind == COUNT or cell.path == COUNT:
        return len(readers)
    if cell.kind in ("sum", "pivot"):
        total = _sum(cell.path, readers)
        field = form.fields[cell.path]
        return (
            field.format(total) if field.digits else total
        )  # pieces and kilograms do not add up to anything
    return readers[0].words(cell.path) or EMPTY


def _sum(path: str, readers: Sequence[RecordReader]) -> int:
    return sum(v for r in readers if isinstance(v := r.raw(path), int))


def _percent(part: int, whole: int) -> str:
    """'99.3%', half up; a dash where there is nothing to divide by."""
    if not whole:
        return "—"
    return f"{(Decimal(part) * 100 / whole).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"
