"""Money paid beyond what was due: opened as a recovery, taken back by deduction or in cash (domain §2.11, §8.3).

Source: 社会救助法 第七十三、七十四条 (责令退回). Deduction happens by itself in every later batch; a recovery is the
paper for it, and the only way where nothing more will be paid (death, stop).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.plans import BatchPlan, Carried
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

Mode = Literal["offset", "cash"]
OPEN_STATES = ("draft", "notified", "partial")


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


def register_repayment(store: Store, recovery: str, cents: int, *, voucher: str, on: str) -> None:
    """Note money that came back in cash. Raises UserError no_such_recovery, repaid_too_much."""
    with store.writing("repayment", {"recovery": recovery, "cents": cents}) as w:
        row = w.get("recoveries", recovery)
        if row is None or row["void"]:
            raise UserError("no_such_recovery", "没有这笔追缴。请重新查找。")
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
