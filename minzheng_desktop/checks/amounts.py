"""C05 and C15: payments above what the standards allow, and batches whose sums do not agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.checks.finding import Finding, Scope, people_columns
from minzheng_desktop.store import schema
from minzheng_desktop.values.money import format_money_grouped

_b, _i, _p, _r = schema.payment_batches, schema.payment_items, schema.people, schema.records


def find_wrong_standards(scope: Scope) -> Iterator[Finding]:
    """Batches of the month that were locked with another standard than the one in force here for those months."""
    for batch in _batches(scope):
        if batch["kind"] != "regular":
            continue
        for month, standards in (batch["more"].get("rates") or {}).items():
            wrong = [
                f"{rate.title or code}应为 {rate.text}，用了 {text}"
                for code, (value, text) in standards.items()
                if (rate := scope.catalog.rates.at(code, month, area=batch["owner"])) is not None
                and rate.value != value
            ]
            if not wrong:
                continue
            text = (
                f"{_name(scope, batch)}"
                f"与 {month} 的标准不一致：{'；'.join(wrong[:3])}。重新计划，差额用补差批次补发或扣回。"
            )
            yield Finding(
                "C05", f"standard:{batch['id']}:{month}", "error", text, batch["form"], (), (), batch["owner"],
                batch["month"],
            )  # fmt: skip


def find_above_standard(scope: Scope) -> Iterator[Finding]:
    """Regular payments of the month above standard × persons (or times) × months, without extras and back-pay."""
    persons = sa.case((_r.c.household.is_not(None), _r.c.quantity), else_=1)
    query = (
        sa.select(
            _i.c.id, _i.c.record, _i.c.person, _i.c.owner, _i.c.base, _i.c.months, _i.c.row, _r.c.form,
            persons.label("persons"), *people_columns(_p.c),
        )
        .join(_b, _b.c.id == _i.c.batch)
        .join(_r, _r.c.id == _i.c.record)
        .outerjoin(_p, _p.c.id == _i.c.person)
        .where(
            _i.c.month == scope.month, _i.c.void == 0, _b.c.kind == "regular", _b.c.void == 0, _i.c.base > 0,
            *scope.touching(_i.c.record),
        )
    )  # fmt: skip
    for row in scope.r.rows(query):
        form, rate = scope.forms.get(row["form"]), row["row"].get("_rate")
        if (
            form is None
            or form.benefit is None
            or not rate
            or not row["persons"]
            or form.benefit.unit == "record"
        ):
            continue
        limit = rate * row["persons"] * max(row["months"], 1)
        if form.benefit.cycle != "month" or row["base"] <= limit:
            continue
        text = (
            f"{scope.who(row)}“{form.title}”{scope.month} 发 {format_money_grouped(row['base'])} 元，"
            f"高于标准 {format_money_grouped(rate)} × {row['persons']} 人 = {format_money_grouped(limit)} 元。"
            "核对人数、收入和标准，多发的追缴。"
        )
        yield Finding(
            "C05", f"above:{row['id']}", "error", text, row["form"], (row["record"],), (row["person"],), row["owner"],
            scope.month, row["base"] - limit,
        )  # fmt: skip


def find_wrong_sums(scope: Scope) -> Iterator[Finding]:
    """Batch totals that differ from their items, items that differ from their parts or their frozen lines."""
    batches = _batches(scope)
    sums = _sums(scope) if batches else {}
    for batch in batches:
        count, total, parts = sums.get(batch["id"], (0, 0, 0))
        wrong = []
        if count != batch["item_count"]:
            wrong.append(f"写着 {batch['item_count']} 笔，明细 {count} 笔")
        if total != batch["total"]:
            wrong.append(
                f"写着 {format_money_grouped(batch['total'])} 元，明细合计 {format_money_grouped(total)} 元"
            )
        if parts:
            wrong.append(f"{parts} 笔的应发、加发、补发、扣减加起来不等于实发")
        if not wrong:
            continue
        text = (
            f"{_name(scope, batch)}"
            f"合计对不上：{'；'.join(wrong)}。不要出代发文件，把这一批的备份和上报包交县局核对。"
        )
        yield Finding(
            "C15", f"sums:{batch['id']}", "error", text, batch["form"], (), (), batch["owner"], batch["month"],
            abs(total - batch["total"]),
        )  # fmt: skip


def _name(scope: Scope, batch: dict[str, Any]) -> str:
    title = scope.title(batch["form"])
    return f"{scope.place(batch['owner'])}“{title}”{batch['month']} 的批次（{batch['number']}）"


def _batches(scope: Scope) -> list[dict[str, Any]]:
    if not scope.whole:
        return []
    return scope.r.rows(
        sa.select(_b).where(_b.c.month == scope.month, _b.c.void == 0).order_by(_b.c.owner, _b.c.number)
    )


def _sums(scope: Scope) -> dict[str, tuple[int, int, int]]:
    """Of each batch of the month: its items, their sum in cents, and how many whose parts or lines differ from their
    total; all items in one query."""
    c = _i.c
    query = (
        sa.select(
            c.batch,
            c.base,
            c.extra,
            c.backpay,
            c.deduct,
            c.total,
            sa.type_coerce(c.lines, sa.Text).label("lines"),
        )
        .join(_b, _b.c.id == c.batch)
        .where(_b.c.month == scope.month, _b.c.void == 0, c.void == 0)
    )
    found: dict[str, tuple[int, int, int]] = {}
    for batch, base, extra, backpay, deduct, paid, lines in scope.r.connection.execute(query):
        count, total, wrong = found.get(batch, (0, 0, 0))
        frozen = sum(cents for _, _, cents in msgspec.json.decode(lines or "[]"))
        differs = (
            base + extra + backpay - deduct != paid
            or bool(lines and lines != "[]" and frozen != paid)
            or paid < 0
        )
        found[batch] = (count + 1, total + paid, wrong + differs)
    return found
