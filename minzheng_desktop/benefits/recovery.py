"""Money paid beyond what was due: opened as a recovery, taken back by deduction or in cash (domain §2.11, §8.3).

Source: 社会救助法 第七十三、七十四条 (责令退回). Deduction happens by itself in every later batch; a recovery is the
paper for it, and the only way where nothing more will be paid (death, stop).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.months import CYCLE_MONTHS, number_of, text_of
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.benefits.plans import BatchPlan, Carried
from minzheng_desktop.benefits.rules import RULES
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

Mode = Literal["offset", "cash"]
OPEN_STATES = ("draft", "notified", "partial")
LEADERS = frozenset({"town_leader", "county_reviewer", "county_admin"})
STATES: dict[str, str] = {
    "draft": "没有通知", "notified": "已通知", "partial": "部分退回", "closed": "已退清", "uncollectible": "核销",
}  # fmt: skip
MODES: dict[str, str] = {"offset": "从以后的发放里抵扣", "cash": "退现金或转账"}


class RecoveryPlan(msgspec.Struct, frozen=True):
    """A recovery to open: cents by period that were paid and were not due, and why."""

    record: str
    person: str | None
    name: str
    reason: str
    amount: int
    periods: tuple[tuple[str, int], ...]


def plan_recoveries(store: Store, plan: BatchPlan) -> tuple[RecoveryPlan, ...]:
    """Recoveries that a plan calls for: overpaid, no longer paid, and not opened yet."""
    with store.reading() as r:
        known = {row["record"] for row in _open(r, [c.record for c in plan.carried])}
        rows = r.get_many("records", [c.record for c in plan.carried])
    reasons = {change.record: change.reason for change in plan.stopped}
    return tuple(
        RecoveryPlan(
            c.record, rows[c.record]["person"], c.name, reasons.get(c.record, "停发后多发"), c.cents, _trim(c)
        )
        for c in plan.carried
        if not c.continues and c.record not in known
    )


def open_recoveries(store: Store, plans: tuple[RecoveryPlan, ...], *, mode: Mode = "offset") -> list[str]:
    """Write recoveries and return their ids. Mode `cash`: the money comes back by hand, nothing is deducted."""
    with store.writing("open_recoveries", {"count": len(plans), "total": sum(p.amount for p in plans)}) as w:
        return w.put_many(
            "recoveries",
            [
                {
                    "owner": w.store.site.division, "record": p.record, "person": p.person, "reason": p.reason,
                    "period_from": p.periods[0][0], "period_to": p.periods[-1][0], "amount": p.amount,
                    "state": "draft", "more": {"mode": mode, "periods": [list(x) for x in p.periods], "cash": 0},
                }
                for p in plans
            ],
            fresh=True,
        )  # fmt: skip


class RecoveryLine(msgspec.Struct, frozen=True):
    """A recovery as it is listed: cents, state, how it comes back, and whom it is about."""

    id: str
    record: str
    form: str
    name: str
    village: str | None
    reason: str
    period_from: str
    period_to: str
    amount: int
    repaid: int
    state: str
    mode: Mode
    notice_no: str
    notice_date: str

    @property
    def left(self) -> int:
        """Cents that have not come back."""
        return 0 if self.state in ("closed", "uncollectible") else self.amount - self.repaid


def list_recoveries(r: Reading, *, open_only: bool = False) -> list[RecoveryLine]:
    """The recoveries of this database, the newest first."""
    v, c, p = schema.recoveries.c, schema.records.c, schema.people.c
    query = (
        sa.select(schema.recoveries, c.form, c.village, p.name)
        .join(schema.records, c.id == v.record)
        .outerjoin(schema.people, p.id == sa.func.coalesce(v.person, c.person))
        .where(v.void == 0)
        .order_by(v.id.desc())
    )
    if open_only:
        query = query.where(v.state.in_(OPEN_STATES))
    return [
        RecoveryLine(
            row["id"], row["record"], row["form"], row["name"] or "", row["village"], row["reason"],
            row["period_from"] or "", row["period_to"] or "", row["amount"], row["repaid"], row["state"],
            row["more"].get("mode") or "offset", row["more"].get("notice_no") or "",
            row["more"].get("notice_date") or "",
        )
        for row in r.rows(query)
    ]  # fmt: skip


def find_recoveries(store: Store, *, month: str, today: date | None = None) -> tuple[RecoveryPlan, ...]:
    """What every benefit overpaid up to its last period that ends by a month and does not come back by itself."""
    found: list[RecoveryPlan] = []
    for form in store.catalog.forms.values():
        if form.benefit is None or form.benefit.rule not in RULES:
            continue
        length = CYCLE_MONTHS[form.benefit.cycle]
        unit = number_of(month)
        period = text_of(unit - (unit + 1) % length)
        plan = plan_batch(store, form=form.key, month=period, today=today)
        found += plan_recoveries(store, plan)
    return tuple(found)


def notify(store: Store, recovery: str, *, number: str, on: str) -> None:
    """The person was told in writing: the notice's number and date. Raises UserError no_such_recovery, closed."""
    if not number.strip():
        raise UserError("number_missing", "没有写通知书的文号。没有登记。")
    with store.writing("recovery_notified", {"recovery": recovery, "number": number}) as w:
        row = _still_open(w, recovery)
        more = {**row["more"], "notice_no": number.strip(), "notice_date": on}
        state = "notified" if row["state"] == "draft" else row["state"]
        w.put("recoveries", {"id": recovery, "state": state, "more": more})


def choose_mode(store: Store, recovery: str, *, mode: Mode) -> None:
    """How the money comes back: deducted from later batches, or by hand. Raises UserError no_such_recovery, closed."""
    with store.writing("recovery_mode", {"recovery": recovery, "mode": mode}) as w:
        row = _still_open(w, recovery)
        w.put("recoveries", {"id": recovery, "more": {**row["more"], "mode": mode}})


def write_off(store: Store, recovery: str, *, reason: str) -> None:
    """Nothing more can be got back: closed with a reason, by a leader. Raises UserError reason_missing, not_allowed."""
    if not reason.strip():
        raise UserError("reason_missing", "没有写核销的理由。没有核销。")
    if not store.roles & LEADERS:
        raise UserError("not_allowed", "核销由分管领导来做。没有核销。")
    with store.writing("recovery_written_off", {"recovery": recovery, "reason": reason.strip()}) as w:
        row = _still_open(w, recovery)
        more = {**row["more"], "written_off": reason.strip(), "written_off_by": w.user}
        w.put("recoveries", {"id": recovery, "state": "uncollectible", "more": more})


def _still_open(r: Reading, recovery: str) -> dict[str, Any]:
    row = r.get("recoveries", recovery)
    if row is None or row["void"]:
        raise UserError("no_such_recovery", "没有这笔追缴。请重新查找。")
    if row["state"] not in OPEN_STATES:
        raise UserError("recovery_closed", "这笔追缴已经结清或核销，没有改动。")
    return row


def register_repayment(store: Store, recovery: str, cents: int, *, voucher: str, on: str) -> None:
    """Note money that came back in cash. Raises UserError no_such_recovery, repaid_too_much."""
    with store.writing("repayment", {"recovery": recovery, "cents": cents}) as w:
        row = _still_open(w, recovery)
        left = row["amount"] - row["repaid"]
        if not 0 < cents <= left:
            raise UserError(
                "repaid_too_much",
                f"这笔追缴还差 {format_money_grouped(left)} 元，退回的金额填多了。没有登记。",
            )
        more = dict(row["more"])
        more["cash"] = int(more.get("cash") or 0) + cents
        more["payments"] = [*(more.get("payments") or []), {"cents": cents, "voucher": voucher, "on": on}]
        w.put("recoveries", {"id": recovery, **_after(row, cents), "more": more})


def note_deductions(w: Writing, plan: BatchPlan) -> None:
    """Bring open recoveries up to date with what a batch deducts, oldest first."""
    deducted = {item.record: item.deduct for item in plan.items if item.deduct}
    changed = []
    for row in _open(w, list(deducted)):
        part = min(deducted[row["record"]], row["amount"] - row["repaid"])
        if part > 0 and row["more"].get("mode") != "cash":
            deducted[row["record"]] -= part
            changed.append({"id": row["id"], **_after(row, part)})
    w.put_many("recoveries", changed)


def _after(row: Mapping[str, Any], cents: int) -> dict[str, Any]:
    repaid = row["repaid"] + cents
    return {"repaid": repaid, "state": "closed" if repaid == row["amount"] else "partial"}


def _open(r: Reading, records: list[str]) -> list[dict[str, Any]]:
    v = schema.recoveries
    found: list[dict[str, Any]] = []
    for at in range(0, len(records), 500):
        query = sa.select(v).where(
            v.c.record.in_(records[at : at + 500]), v.c.void == 0, v.c.state.in_(OPEN_STATES)
        )
        found += r.rows(query.order_by(v.c.id))
    return found


def _trim(carried: Carried) -> tuple[tuple[str, int], ...]:
    """The overpaid periods, the newest first kept, that sum to what is left to recover."""
    left, kept = carried.cents, []
    for month, cents in reversed(carried.periods):
        part = min(left, cents)
        if part:
            kept.append((month, part))
        left -= part
    return tuple(reversed(kept))
