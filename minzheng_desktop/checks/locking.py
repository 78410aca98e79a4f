"""Locking a month after the checks were asked: what window and command line call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from minzheng_desktop.benefits.lock import lock_batch
from minzheng_desktop.checks.desk import on_batch
from minzheng_desktop.values.dates import format_month_cn
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.benefits.plans import BatchPlan
    from minzheng_desktop.checks.finding import Finding
    from minzheng_desktop.store.store import Store


def look_before_lock(store: Store, plan: BatchPlan, *, today: date) -> list[Finding]:
    """What the checks say of the people in a plan, errors first; what the county accepted is left out."""
    with store.reading() as r:
        return sorted(on_batch(r, plan, today=today), key=lambda f: (f.severity != "error", f.rule, f.key))


def lock_checked(
    store: Store, plan: BatchPlan, *, today: date, reasons: Mapping[str, str] | None = None,
    checked_by: str | None = None,
) -> str:  # fmt: skip
    """Lock a plan unless a check finds an error in it; returns the batch's id.

    Raises UserError checks_failed with every error, and what `benefits.lock.lock_batch` raises; then nothing was
    written.
    """
    if plan.items:
        wrong = [f for f in look_before_lock(store, plan, today=today) if f.severity == "error"]
        if wrong:
            more = f"（另有 {len(wrong) - 1} 处）" if len(wrong) > 1 else ""
            raise UserError(
                "checks_failed",
                f"“{plan.title}”{format_month_cn(plan.month)}核查有 {len(wrong)} 处错误，没有锁定。"
                f"{wrong[0].message}{more}改好后重新计划；确实没有错的，由县级采信后再锁定。",
                tuple(
                    Problem(f.records[0] if f.records else "", f"{f.rule} {f.message}", code=f.rule)
                    for f in wrong
                ),
            )
    return lock_batch(store, plan, reasons=reasons, checked_by=checked_by)
