"""「这笔钱怎么算的」: one record's amount for one period, planned or locked, step by step.

A locked amount is explained by the steps that were frozen with it, never reckoned anew: what was paid in 2024 reads
in 2034 as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.amounts import CalculationStep, RateUse, show
from minzheng_desktop.benefits.locked import find_batch, item_of
from minzheng_desktop.benefits.plan import check_month, paid_form, plan_in
from minzheng_desktop.benefits.plans import BatchPlan, PlannedItem
from minzheng_desktop.benefits.settlement import Kind
from minzheng_desktop.store import schema
from minzheng_desktop.values.dates import format_month_cn
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading


class Compared(msgspec.Struct, frozen=True):
    """One line of 和上月比, in cents; reason only where it changed."""

    name: str
    before: int
    now: int
    reason: str = ""


class Explanation(msgspec.Struct, frozen=True):
    """How an amount came about. `amount` is what is paid, in cents; `blocked` says why nothing is.

    `state` planned, locked or blocked; `batch` the number of the locked batch; `compared` the lines against the
    previous batch (`before_month`), empty for a first payment.
    """

    form: str
    title: str
    month: str
    record: str
    name: str
    state: Literal["planned", "locked", "blocked"]
    amount: int
    steps: tuple[CalculationStep, ...]
    base: int = 0
    extra: int = 0
    backpay: int = 0
    deduct: int = 0
    period_from: str = ""
    period_to: str = ""
    batch: str = ""
    reason: str = ""
    blocked: str = ""
    before_month: str | None = None
    compared: tuple[Compared, ...] = ()
    rates: tuple[RateUse, ...] = ()
    example: bool = False


def explain(
    store: Store, *, form: str, month: str, id_number: str | None = None, record: str | None = None,
    kind: Kind = "regular",
) -> Explanation:  # fmt: skip
    """Explain one amount, of a record or of the person with an id number (for a household, of any member covered).

    Raises UserError unknown_form, not_paid, month_form, not_a_period, no_such_person, not_in_batch.
    """
    with store.reading() as r:
        found, benefit = paid_form(r.store.catalog, form)
        check_month(month, cycle=benefit.cycle, title=found.title)
        records = [record] if record else _records_of(r, found, id_number or "")
        locked = find_batch(r, form=form, month=month, kind=kind)
        if locked is not None:
            return _explain_locked(r, found, month, records, locked)
        only = _with_siblings(r, found, records) if found.kind == "event" else records
        plan = plan_in(r, form=form, month=month, kind=kind, only=only)
        return _explain_planned(r, found, plan, records)


def _records_of(r: Reading, form: Form, id_number: str) -> list[str]:
    """The form's records that concern a person, the latest first."""
    p, k, c = schema.people.c, schema.record_people.c, schema.records.c
    people = list(
        r.connection.execute(
            sa.select(p.id).where(p.id_number == id_number.strip().upper(), p.void == 0)
        ).scalars()
    )
    if not people:
        raise UserError("no_such_person", f"台账里没有证号为 {id_number} 的人。请核对证号。")
    query = (
        sa.select(c.id)
        .join(schema.record_people, k.record == c.id)
        .where(c.form == form.key, c.owner == r.store.site.division, c.void == 0, k.person.in_(people))
        .order_by(c.id.desc())
    )
    found = list(dict.fromkeys(r.connection.execute(query).scalars()))
    if not found:
        raise UserError("not_in_batch", f"这个人没有“{form.title}”的记录。")
    return found


def _with_siblings(r: Reading, form: Form, records: list[str]) -> list[str]:
    """The services of the same persons too: they share a month's cap."""
    c = schema.records.c
    people = sa.select(c.person).where(c.id.in_(records))
    query = sa.select(c.id).where(c.form == form.key, c.owner == r.store.site.division, c.person.in_(people))
    return list({*records, *r.connection.execute(query).scalars()})


def _explain_planned(r: Reading, form: Form, plan: BatchPlan, records: list[str]) -> Explanation:
    items = [item for item in plan.items if item.record in records]
    if items:
        before = _before(r, form, items[0].record, plan.month)
        return _explanation(
            plan.title, plan.form, items, "planned", before_month=before.month if before else None, before=before,
            rates=plan.rates,
        )  # fmt: skip
    blocked = next((b for b in plan.blocked if b.record in records), None)
    if blocked is None:
        outside = any(note.code == "settled_outside" for note in plan.notes)
        none = "这一期在导入以前已在外结清" if outside else "这一期没有应发的月份"
        why = next((c.reason for c in plan.stopped if c.record in records), none)
        raise UserError("not_in_batch", f"{format_month_cn(plan.month)}的“{plan.title}”里没有这个人：{why}。")
    return Explanation(
        plan.form, plan.title, plan.month, blocked.record, blocked.name, "blocked", 0,
        (CalculationStep("没有列入", show(0), blocked.reason),), blocked=blocked.reason,
    )  # fmt: skip


def _explain_locked(
    r: Reading, form: Form, month: str, records: list[str], batch: dict[str, Any]
) -> Explanation:
    i = schema.payment_items
    rows = r.rows(
        sa.select(i).where(i.c.batch == batch["id"], i.c.record.in_(records), i.c.void == 0).order_by(i.c.id)
    )
    if not rows:
        raise UserError("not_in_batch", f"已锁定的{format_month_cn(month)}“{form.title}”里没有这个人。")
    items = [item_of(row) for row in rows]
    before = _before(r, form, items[0].record, month)
    return _explanation(
        form.title, form.key, items, "locked", batch=str(batch["number"]),
        before_month=before.month if before else None, before=before,
        rates=tuple(msgspec.convert(batch["more"].get("used") or (), tuple[RateUse, ...])),
    )  # fmt: skip


def _before(r: Reading, form: Form, record: str, month: str) -> PlannedItem | None:
    i, b = schema.payment_items, schema.payment_batches.c
    row = r.one(
        sa.select(i)
        .join(schema.payment_batches, b.id == i.c.batch)
        .where(b.form == form.key, b.kind == "regular", b.month < month, i.c.record == record, i.c.void == 0)
        .order_by(b.month.desc())
    )
    return item_of(row) if row else None


def _explanation(
    title: str, form: str, items: list[PlannedItem], state: Literal["planned", "locked"], *, batch: str = "",
    before_month: str | None = None, before: PlannedItem | None = None, rates: tuple[RateUse, ...] = (),
) -> Explanation:  # fmt: skip
    first = items[0]
    return Explanation(
        form=form, title=title, month=first.month, record=first.record, name=first.name, state=state,
        amount=sum(i.total for i in items), steps=tuple(s for i in items for s in i.steps),
        base=sum(i.base for i in items), extra=sum(i.extra for i in items),
        backpay=sum(i.backpay for i in items), deduct=sum(i.deduct for i in items),
        period_from=first.period_from, period_to=first.period_to, batch=batch, reason=first.reason,
        before_month=before_month, compared=_compare(before, first) if before else (),
        rates=rates, example=any(rate.example for rate in rates),
    )  # fmt: skip


def _compare(before: PlannedItem, now: PlannedItem) -> tuple[Compared, ...]:
    """和上月比: standard, base, add-ons, back-pay, deduction, paid."""
    lines = (
        ("标准", before.rate, now.rate),
        ("户月保障金" if now.household else "本期金额", before.base, now.base),
        ("加发", before.extra, now.extra),
        ("补发", before.backpay, now.backpay),
        ("扣减", before.deduct, now.deduct),
        ("实发", before.total, now.total),
    )
    return tuple(
        Compared(name, a, b, now.reason if a != b else "") for name, a, b in lines if a or b or name == "实发"
    )
