"""Lock a planned batch: one transaction that freezes what is paid, or nothing.

A locked batch never changes. Every correction is a difference in a later one. What was decided while locking (who
looked at changed accounts, why one person did both) is kept with the batch and printed on the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.late_rates import note_standards
from minzheng_desktop.benefits.locked import shown_of
from minzheng_desktop.benefits.months import CYCLE_MONTHS, number_of, text_of
from minzheng_desktop.benefits.plan import paid_form, paused_collector, plan_in
from minzheng_desktop.benefits.plans import COLUMN_OF_PATH, AccountChange, BatchPlan, PlannedItem
from minzheng_desktop.benefits.rates import view_rates
from minzheng_desktop.benefits.recovery import note_deductions
from minzheng_desktop.catalog.form import Benefit, Form
from minzheng_desktop.store import schema
from minzheng_desktop.values.dates import format_month_cn
from minzheng_desktop.values.errors import Problem, UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing

EVERY = "*"
"""The key of a reason that stands for every account changed by the one who locks."""


def lock_batch(
    store: Store, plan: BatchPlan, *, reasons: Mapping[str, str] | None = None, checked_by: str | None = None
) -> str:
    """Lock a plan and return the batch's id.

    `reasons`: record id (or "*") → why an account changed by the one who locks is right although no second person
    looked; it is printed on the ledger. `checked_by`: the name of a second person who has just looked at them and
    given the password.
    When something was written since the plan was made, it is planned again: an equal plan is locked, another is
    refused (plan_changed). Raises UserError not_allowed_here, nothing_to_pay, already_locked, example_rates,
    own_account_change, paid_twice; then nothing was written.
    """
    detail = {"form": plan.form, "month": plan.month, "kind": plan.kind}
    with store.writing("lock_batch", detail) as w:
        _refuse_place(store, plan)
        plan = _fresh(w, plan)
        _refuse_plan(store, plan)
        checked = _check_accounts(w, plan, reasons or {}, checked_by)
        with paused_collector():
            return _write(w, plan, checked, checked_by)


class Checked(msgspec.Struct, frozen=True):
    """How one account change was passed: by whom, or for what printed reason."""

    change: AccountChange
    by: str | None
    reason: str = ""


def _refuse_place(store: Store, plan: BatchPlan) -> None:
    if store.site.role != "township":
        raise UserError("not_allowed_here", "发放只在乡镇端锁定，县端没有锁定。")
    if not store.site.may_lock:
        raise UserError(
            "not_allowed_here", "这台电脑没有锁定权，没有锁定。每个乡镇只有一台电脑可以锁定，请在那台上做。"
        )
    if plan.state == "locked":
        raise UserError("already_locked", _already(plan))


def _fresh(w: Writing, plan: BatchPlan) -> BatchPlan:
    """The plan itself, or an equal one made just now."""
    if w.change_number() == plan.seen:
        return plan
    again = plan_in(w, form=plan.form, month=plan.month, kind=plan.kind)
    if again.state == "locked":
        raise UserError("already_locked", _already(again))
    if again.items != plan.items or again.accounts_changed != plan.accounts_changed:
        raise UserError(
            "plan_changed",
            f"计划以后有人改过记录，金额或名单变了（原 {len(plan.items)} 笔，现 {len(again.items)} 笔）。"
            "没有锁定，请重新计划，看过再锁定。",
        )
    return again


def _already(plan: BatchPlan) -> str:
    return f"“{plan.title}”{format_month_cn(plan.month)}已经锁定（{plan.number}），没有再锁一次。"


def _refuse_plan(store: Store, plan: BatchPlan) -> None:
    if not plan.items:
        why = f"有 {len(plan.blocked)} 件被挡住，先处理" if plan.blocked else "没有应发的记录"
        raise UserError("nothing_to_pay", f"“{plan.title}”{format_month_cn(plan.month)}{why}。没有锁定。")
    if plan.examples and not store.site.demonstration:
        names = "、".join(dict.fromkeys(rate.title or rate.code for rate in plan.examples))
        raise UserError(
            "example_rates",
            f"用到的标准是示例，不能用来正式发放：{names}。没有锁定，请先导入县里的正式标准。",
            tuple(
                Problem(rate.code, f"{rate.valid_from} 起的标准是示例", code="example")
                for rate in plan.examples
            ),
        )


def _check_accounts(
    w: Writing, plan: BatchPlan, reasons: Mapping[str, str], checked_by: str | None
) -> list[Checked]:
    """How each unchecked account change is passed. Raises UserError own_account_change."""
    passed: list[Checked] = []
    problems: list[Problem] = []
    for change in plan.accounts_changed:
        if change.checked:
            continue
        second = next((who for who in (checked_by, w.user) if who and who != change.changed_by), None)
        reason = reasons.get(change.record) or reasons.get(EVERY) or ""
        if second is not None:
            passed.append(Checked(change, second, reason))
        elif reason.strip():
            passed.append(Checked(change, None, reason.strip()))
        else:
            text = f"{change.name}（{change.sex} {change.birth_year}）的账户是{w.user}本人改的"
            problems.append(Problem(change.record, text, code="own_account_change"))
    if problems:
        more = f"（另有 {len(problems) - 1} 户）" if len(problems) > 1 else ""
        raise UserError(
            "own_account_change",
            f"{problems[0].message}{more}。没有锁定，请第二人核对，或写明理由（会印在花名册上）。",
            tuple(problems),
        )
    return passed


def _write(w: Writing, plan: BatchPlan, checked: list[Checked], checked_by: str | None) -> str:
    form, benefit = paid_form(w.store.catalog, plan.form)
    owner, batch, number = w.store.site.division, new_id(), next_number(w, form, benefit, plan)
    w.detail |= {"batch": batch, "number": number, "items": len(plan.items), "total": plan.total}
    printed = {c.change.record: c.reason for c in checked if c.by is None}
    row = _batch_row(w, plan, owner, batch, number, form, benefit, checked, checked_by)
    w.put_many("payment_batches", [row], fresh=True)
    ids = w.put_many(
        "payment_items",
        (_item_row(item, owner, batch, printed) for item in plan.items),
        fresh=True,
        derive=False,
    )
    if plan.kind == "regular":
        _claim(w, plan, owner, ids)
    _pass_accounts(w, checked)
    note_deductions(w, plan)
    _settle_services(w, plan, form, benefit, owner, batch)
    return batch


def _batch_row(
    w: Writing, plan: BatchPlan, owner: str, batch: str, number: str, form: Form, benefit: Benefit,
    checked: list[Checked], checked_by: str | None,
) -> dict[str, Any]:  # fmt: skip
    store = w.store
    rates = view_rates(w, form, benefit)
    marks = {
        "demonstration": store.site.demonstration,
        "example": bool(plan.examples),
        "single_post": store.single_post or any(c.by is None for c in checked),
    }
    return {
        "id": batch, "owner": owner, "form": plan.form, "month": plan.month, "kind": plan.kind, "number": number,
        "state": "locked", "item_count": len(plan.items), "total": plan.total, "locked_at": w.at,
        "locked_by": w.user, "checked_by": checked_by or next((c.by for c in checked if c.by), None),
        "more": {
            "form_version": form.version,
            "rates": note_standards(rates, first=number_of(plan.period_from), last=number_of(plan.period_to)),
            "used": msgspec.to_builtins(plan.rates),
            "shown": shown_of(plan),
            "marks": [name for name, on in marks.items() if on],
            "reasons": {c.change.record: c.reason for c in checked if c.reason},
        },
    }  # fmt: skip


def _item_row(item: PlannedItem, owner: str, batch: str, printed: Mapping[str, str]) -> dict[str, Any]:
    row = {path: value for path, value in item.row.items() if path not in COLUMN_OF_PATH}
    row |= {name: value for name, value in (
        ("_name", item.name), ("_id_number", item.id_number), ("_rate", item.rate), ("_label", item.label),
        ("_term", item.term), ("_before", item.before),
    ) if value}  # fmt: skip
    if item.record in printed:
        row["_remark"] = f"账户变更由一人经办：{printed[item.record]}"
    return {
        "owner": owner, "batch": batch, "record": item.record, "person": item.person, "household": item.household,
        "village": item.village, "month": item.month, "period_from": item.period_from,
        "period_to": item.period_to, "months": item.months, "base": item.base, "extra": item.extra,
        "backpay": item.backpay, "deduct": item.deduct, "total": item.total, "payee": item.payee,
        "account_number": item.account_number, "account_name": item.account_name,
        "account_bank": item.account_bank, "change": item.change, "reason": item.reason, "row": row,
        "steps": item.steps, "lines": [(text_of(line.unit), line.part, line.cents) for line in item.lines],
    }  # fmt: skip


def _claim(w: Writing, plan: BatchPlan, owner: str, ids: list[str]) -> None:
    """One key for each person (household, service) and month: the database refuses to pay the same one twice."""
    keys: dict[str, tuple[Any, ...]] = {}
    for item, row_id in zip(plan.items, ids, strict=True):
        keys.setdefault(item.subject, (owner, plan.form, item.subject, plan.month, plan.kind, row_id))
    columns = ("owner", "form", "subject", "month", "kind", "item")
    try:
        w.insert_derived("payment_keys", columns, sorted(keys.values()))
    except sa.exc.IntegrityError as e:
        raise UserError(
            "paid_twice",
            f"名单里有人{format_month_cn(plan.month)}已在“{plan.title}”发放过，不能再列入。没有锁定，请重新计划。",
        ) from e


def _pass_accounts(w: Writing, checked: list[Checked]) -> None:
    w.put_many(
        "bank_accounts",
        [
            {
                "id": c.change.account, "state": "active", "checked_by": c.by,
                **({"reason": c.reason} if c.reason else {}),
            }
            for c in checked
            if c.change.account
        ],
    )  # fmt: skip


def _settle_services(
    w: Writing, plan: BatchPlan, form: Form, benefit: Benefit, owner: str, batch: str
) -> None:
    """Move paid services and one-time help on, where their workflow has a step that only the program takes."""
    if form.kind != "event" and benefit.cycle != "once":
        return
    step = next(
        (
            s for s in form.workflow.steps.values()
            if s.by == ("program",) and set(s.from_) & benefit.states and s.to not in benefit.states
        ),
        None,
    )  # fmt: skip
    if step is None:
        return
    records = list(dict.fromkeys(item.record for item in plan.items))
    states = {i: row["state"] for i, row in w.get_many("records", records).items()}
    w.put_many(
        "steps",
        [
            {
                "owner": owner, "record": record, "step": step.key, "from_state": states[record],
                "to_state": step.to, "at": w.at, "actor": "program", "by": w.user, "ground": {"batch": batch},
                "effective_month": plan.month,
            }
            for record in records
            if states.get(record) in step.from_
        ],
        fresh=True,
    )  # fmt: skip


def next_number(w: Writing, form: Form, benefit: Benefit, plan: BatchPlan) -> str:
    """The batch's number: division, service, period, laptop letter where it is not A, and a running count:
    500229106-DB-202409-01, 500229106-GL-2024Q3-01."""
    prefix = form.number.partition("-")[0] if "{" not in form.number.partition("-")[0] else ""
    unit, length = number_of(plan.month), CYCLE_MONTHS[benefit.cycle]
    year, order = unit // 12, unit % 12 // length + 1
    period = {1: f"{year}{unit % 12 + 1:02d}", 3: f"{year}Q{order}", 6: f"{year}H{order}", 12: str(year)}[
        length
    ]
    letter = "" if w.store.site.letter == "A" else w.store.site.letter
    head = f"{w.store.site.division}-{prefix or form.key.upper()}-{period}-{letter}"
    b = schema.payment_batches.c
    taken = w.scalar(
        sa.select(sa.func.count()).where(
            b.owner == w.store.site.division, b.number.startswith(head, autoescape=True)
        )
    )
    return f"{head}{int(taken or 0) + 1:02d}"
