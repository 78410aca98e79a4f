"""Money paid beyond what was due: opened as a recovery, taken back by deduction or in cash (domain §2.11, §8.3).

Source: 社会救助法 第七十三、七十四条 (责令退回). Deduction happens by itself in every later batch; a recovery is the
paper for it, and the only way where nothing more will be paid (death, stop).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.handled import OFFSET, WRITTEN_OFF
from minzheng_desktop.benefits.handled import OPEN_STATES as OPEN_STATES
from minzheng_desktop.benefits.months import CYCLE_MONTHS, number_of, require_month, text_of
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.benefits.plans import BatchPlan, Carried
from minzheng_desktop.benefits.rules import RULES
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

Mode = Literal["offset", "cash", "instalments"]
PROPOSED = "proposed"
"""In ``more`` of a recovery that stands or falls with a change which the county has not decided yet."""
LEADERS = frozenset({"town_leader", "county_reviewer", "county_admin"})
STATES: dict[str, str] = {
    "draft": "没有通知", "notified": "已通知", "partial": "部分退回", "closed": "已退清", "uncollectible": "核销",
}  # fmt: skip
MODES: dict[str, str] = {
    "offset": "从以后的发放里抵扣", "cash": "一次退现金或转账", "instalments": "分期退现金或转账",
}  # fmt: skip


class RecoveryPlan(msgspec.Struct, frozen=True):
    """A recovery to open: cents by period that were paid and were not due, and why."""

    record: str
    person: str | None
    name: str
    reason: str
    amount: int
    periods: tuple[tuple[str, int], ...]
    form: str = ""


def plan_recoveries(store: Store, plan: BatchPlan) -> tuple[RecoveryPlan, ...]:
    """Recoveries that a plan calls for: overpaid, no longer paid, and not opened yet."""
    with store.reading() as r:
        known = with_open_recovery(r, [c.record for c in plan.carried])
        rows = r.get_many("records", [c.record for c in plan.carried])
    reasons = {change.record: change.reason for change in plan.stopped}
    return tuple(
        RecoveryPlan(
            c.record,
            rows[c.record]["person"],
            c.name,
            reasons.get(c.record) or c.reason or "停发后多发",
            c.cents,
            left_of(c),
            plan.form,
        )
        for c in plan.carried
        if not c.continues and c.record not in known
    )


class HowBack(msgspec.Struct, frozen=True):
    """How the money comes back. `limit` (cents, 0: none) is the most that one batch deducts, so that a household keeps
    something to live on; `instalment` (cents) what comes back each month from month `start` ('YYYY-MM') on."""

    mode: Mode = "offset"
    limit: int = 0
    instalment: int = 0
    start: str = ""

    def stored(self) -> dict[str, Any]:
        """As the recovery keeps it. Raises UserError instalment_missing, limit_wrong, month_form."""
        if self.limit < 0:
            raise UserError("limit_wrong", "每期最多抵扣的金额不能是负数。没有改动。")
        if self.mode == "instalments":
            if self.instalment <= 0:
                raise UserError("instalment_missing", "分期退回要写每个月退多少。没有改动。")
            require_month(self.start)
        return {
            "mode": self.mode, "limit": self.limit if self.mode == "offset" else 0,
            "instalment": self.instalment if self.mode == "instalments" else 0,
            "start": self.start if self.mode == "instalments" else "",
        }  # fmt: skip


BY_DEDUCTION = HowBack()


def open_recoveries(
    store: Store, plans: tuple[RecoveryPlan, ...], *, how: HowBack = BY_DEDUCTION
) -> list[str]:
    """Write recoveries and return their ids; by hand (cash, instalments) nothing is deducted.

    Raises UserError not_here at the county, already_open when somebody opened one meanwhile.
    """
    _require_township(store)
    how.stored()
    with store.writing("open_recoveries", {"count": len(plans), "total": sum(p.amount for p in plans)}) as w:
        return write_recoveries(w, plans, how=how)


def write_recoveries(
    w: Writing, plans: Sequence[RecoveryPlan], *, how: HowBack = BY_DEDUCTION, proposed: bool = False
) -> list[str]:
    """`open_recoveries` within a transaction; `proposed` ones are taken back where their change is refused."""
    _require_township(w.store)
    more = how.stored() | ({PROPOSED: True} if proposed else {})
    if with_open_recovery(w, [p.record for p in plans]):
        raise UserError("already_open", "其中有的已经开了追缴。没有开，请重新查找。")
    made = w.put_many(
        "recoveries",
        [
            {
                "owner": w.store.site.division, "record": p.record, "person": p.person, "reason": p.reason,
                "period_from": p.periods[0][0], "period_to": p.periods[-1][0], "amount": p.amount,
                "state": "draft", "more": {**more, "periods": [list(x) for x in p.periods], "cash": 0},
            }
            for p in plans
        ],
        fresh=True,
    )  # fmt: skip
    credit_dropped(w, [p.record for p in plans])
    return made


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
    limit: int = 0
    instalment: int = 0
    start: str = ""

    @property
    def how(self) -> str:
        """How it comes back, in words."""
        if self.mode == "instalments":
            return f"分期：{self.start} 起每月 {format_money_grouped(self.instalment)} 元"
        if self.limit:
            return f"抵扣，每期最多 {format_money_grouped(self.limit)} 元"
        return MODES[self.mode]

    def late(self, month: str) -> int:
        """Cents of instalments that were due by the end of a month ('YYYY-MM') and did not come back."""
        if self.mode != "instalments" or self.state not in OPEN_STATES:
            return 0
        count = max(0, number_of(month) - number_of(self.start) + 1)
        return max(0, min(self.amount, count * self.instalment) - self.repaid)

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
            row["more"].get("notice_date") or "", int(row["more"].get("limit") or 0),
            int(row["more"].get("instalment") or 0), row["more"].get("start") or "",
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
        if plan.state == "locked":  # its frozen lines know nothing of what was learnt since
            plan = plan_batch(store, form=form.key, month=period, kind="backpay", today=today)
        found += plan_recoveries(store, plan)
    return tuple(found)


def notify(store: Store, recovery: str, *, number: str, on: str) -> None:
    """The person was told in writing: the notice's number and date. Raises UserError no_such_recovery, closed."""
    _require_township(store)
    if not number.strip():
        raise UserError("number_missing", "没有写通知书的文号。没有登记。")
    with store.writing("recovery_notified", {"recovery": recovery, "number": number}) as w:
        row = _still_open(w, recovery)
        more = {**row["more"], "notice_no": number.strip(), "notice_date": on}
        state = "notified" if row["state"] == "draft" else row["state"]
        w.put("recoveries", {"id": recovery, "state": state, "more": more})


def choose_how(store: Store, recovery: str, *, how: HowBack) -> None:
    """How the rest comes back from now on. Raises UserError no_such_recovery, recovery_closed, not_here, and those of
    `HowBack.stored`."""
    _require_township(store)
    with store.writing("recovery_mode", {"recovery": recovery, "mode": how.mode}) as w:
        row = _still_open(w, recovery)
        w.put("recoveries", {"id": recovery, "more": {**row["more"], **how.stored()}})


def withdraw(store: Store, recovery: str, *, reason: str) -> None:
    """Take back a recovery that should not have been opened. Raises UserError reason_missing, repaid_already when
    money came back, no_such_recovery, recovery_closed, not_here."""
    _require_township(store)
    if not reason.strip():
        raise UserError("reason_missing", "没有写撤销的理由。没有撤销。")
    with store.writing("recovery_withdrawn", {"recovery": recovery, "reason": reason.strip()}) as w:
        row = _still_open(w, recovery)
        if row["repaid"]:
            raise UserError(
                "repaid_already", "这笔追缴已经退回或抵扣了一部分，不能撤销；不该退的，计划里会自动补发。"
            )
        more = {**row["more"], "withdrawn": reason.strip(), "withdrawn_by": w.user}
        w.put("recoveries", {"id": recovery, "void": 1, "more": more})


def withdraw_proposed(w: Writing, record: str, *, reason: str) -> None:
    """Take back recoveries of a record that were opened with a change which was not agreed after all."""
    v = schema.recoveries
    query = sa.select(v).where(v.c.record == record, v.c.void == 0, v.c.state == "draft", v.c.repaid == 0)
    for row in w.rows(query):
        if row["more"].get(PROPOSED):
            more = {**row["more"], "withdrawn": reason, "withdrawn_by": w.user}
            w.put("recoveries", {"id": row["id"], "void": 1, "more": more})


def write_off(store: Store, recovery: str, *, reason: str) -> None:
    """Nothing more can be got back: closed with a reason, by a leader. Raises UserError reason_missing, not_allowed."""
    _require_township(store)
    if not reason.strip():
        raise UserError("reason_missing", "没有写核销的理由。没有核销。")
    if not store.roles & LEADERS:
        raise UserError("not_allowed", "核销由分管领导来做。没有核销。")
    with store.writing("recovery_written_off", {"recovery": recovery, "reason": reason.strip()}) as w:
        row = _still_open(w, recovery)
        more = {**row["more"], "written_off": reason.strip(), "written_off_by": w.user}
        w.put("recoveries", {"id": recovery, "state": WRITTEN_OFF, "more": more})


def _require_township(store: Store) -> None:
    if store.site.role == "county":
        raise UserError("not_here", "追缴由发钱的乡镇登记，县端只能查看。没有改动。")


def _still_open(r: Reading, recovery: str) -> dict[str, Any]:
    row = r.get("recoveries", recovery)
    if row is None or row["void"]:
        raise UserError("no_such_recovery", "没有这笔追缴。请重新查找。")
    if row["state"] not in OPEN_STATES:
        raise UserError("recovery_closed", "这笔追缴已经结清或核销，没有改动。")
    return row


def register_repayment(store: Store, recovery: str, cents: int, *, voucher: str, on: str) -> None:
    """Note money that came back in cash. Raises UserError no_such_recovery, repaid_too_much."""
    _require_township(store)
    with store.writing("repayment", {"recovery": recovery, "cents": cents}) as w:
        row = _still_open(w, recovery)
        left = row["amount"] - row["repaid"]
        if not 0 < cents <= left:
            raise UserError(
                "repaid_too_much",
                f"这笔追缴还差 {format_money_grouped(left)} 元，退回的金额填多了。没有登记。",
            )
        _take_back(w, row, cents, voucher=voucher, on=on)


def _take_back(w: Writing, row: Mapping[str, Any], cents: int, *, voucher: str, on: str) -> None:
    more = dict(row["more"])
    more["cash"] = int(more.get("cash") or 0) + cents
    more["payments"] = [*(more.get("payments") or []), {"cents": cents, "voucher": voucher, "on": on}]
    w.put("recoveries", {"id": row["id"], **_after(row, cents), "more": more})


def credit_dropped(w: Writing, records: Sequence[str]) -> None:
    """What the bank sent back of a month paid too much and the treasury keeps need not come back from the people.

    Each such return is noted once as money that came back, in the open recovery whose months hold its payment.
    """
    v, i = schema.bank_returns, schema.payment_items.c
    query = (
        sa.select(v, i.month)
        .join(schema.payment_items, i.id == v.c.item)
        .where(v.c.record.in_(list(records)), v.c.void == 0, v.c.state == "dropped")
        .order_by(v.c.settled_on, v.c.id)
    )
    for back in w.rows(query):
        for row in _open(w, [back["record"]]):
            cents = min(back["amount"], row["amount"] - row["repaid"])
            holds = (row["period_from"] or "") <= back["month"] <= (row["period_to"] or "")
            if holds and cents > 0 and not back["more"].get("recovery"):
                _take_back(w, row, cents, voucher="退票退回财政", on=back["settled_on"])
                more = {**back["more"], "recovery": row["id"]}
                w.put("bank_returns", {"id": back["id"], "more": more})
                break


def note_deductions(w: Writing, plan: BatchPlan) -> None:
    """Bring open recoveries up to date with what a batch deducts, oldest first."""
    deducted = {item.record: item.deduct for item in plan.items if item.deduct}
    changed = []
    for row in _open(w, list(deducted)):
        part = min(deducted[row["record"]], row["amount"] - row["repaid"])
        if part > 0 and row["more"].get("mode", OFFSET) == OFFSET:
            deducted[row["record"]] -= part
            changed.append({"id": row["id"], **_after(row, part)})
    w.put_many("recoveries", changed)


def _after(row: Mapping[str, Any], cents: int) -> dict[str, Any]:
    repaid = row["repaid"] + cents
    return {"repaid": repaid, "state": "closed" if repaid == row["amount"] else "partial"}


def with_open_recovery(r: Reading, records: list[str]) -> set[str]:
    """Those of some records of which a recovery is open."""
    return {row["record"] for row in _open(r, records)}


def _open(r: Reading, records: list[str]) -> list[dict[str, Any]]:
    v = schema.recoveries
    found: list[dict[str, Any]] = []
    for at in range(0, len(records), 500):
        query = sa.select(v).where(
            v.c.record.in_(records[at : at + 500]), v.c.void == 0, v.c.state.in_(OPEN_STATES)
        )
        found += r.rows(query.order_by(v.c.id))
    return found


def left_of(carried: Carried) -> tuple[tuple[str, int], ...]:
    """The overpaid periods, the newest first kept, that sum to what is left to recover."""
    left, kept = carried.cents, []
    for month, cents in reversed(carried.periods):
        part = min(left, cents)
        if part:
            kept.append((month, part))
        left -= part
    return tuple(reversed(kept))
