"""`minzheng recovery …`: money paid beyond what was due: found, told, repaid, deducted, written off, withdrawn."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    command,
    new_app,
    opened,
    today,
    typed_day,
)

if TYPE_CHECKING:
    from minzheng_desktop.benefits.recovery import RecoveryLine

app = new_app("追缴：查找多发、登记通知书和退款、核销。")


class HowBack(StrEnum):
    """How the money comes back."""

    OFFSET = "offset"
    CASH = "cash"
    INSTALMENTS = "instalments"


RecoveryId = Annotated[str, typer.Argument(metavar="ID", help="追缴的编号。")]
Month = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="按哪个月的计划查找；不写是本月。")]
Open = Annotated[bool, typer.Option("--open", help="把查到的都开成追缴；不写只列出。")]
Mode = Annotated[
    HowBack, typer.Option("--as", help="offset 从以后的发放里扣，cash 一次退，instalments 分期退。")
]
Limit = Annotated[str, typer.Option("--limit", metavar="YUAN", help="抵扣时每期最多扣多少元。")]
Each = Annotated[str, typer.Option("--each", metavar="YUAN", help="分期时每月退多少元。")]
Start = Annotated[str, typer.Option("--start", metavar="YYYY-MM", help="分期从哪个月起；不写是下个月。")]
Amount = Annotated[str, typer.Option("--amount", metavar="YUAN", help="退回的金额，元。")]
Voucher = Annotated[str, typer.Option("--voucher", metavar="NO", help="凭证号。")]
Number = Annotated[str, typer.Option("--number", metavar="NO", help="通知书文号。")]
On = Annotated[str, typer.Option("--on", metavar="YYYY-MM-DD", help="日期；不写是今天。")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="理由。")]


@command(app, "list")
def list_recoveries(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出所有追缴：多发多少、退了多少、还差多少。"""
    from minzheng_desktop.benefits import recovery

    with opened(db, user) as store, store.reading() as r:
        found = recovery.list_recoveries(r)
    return Answer(
        {"recoveries": [_data(one) for one in found]}, [_line(one) for one in found] or ["没有追缴。"]
    )


@command(app, "find")
def find(
    month: Month = "", open_: Open = False, mode: Mode = HowBack.OFFSET, limit: Limit = "", each: Each = "",
    start: Start = "", db: Database = None, user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """从发放计划里查找多发的钱：停发、死亡、复核以后算出来、又不会自动扣回的。"""
    from minzheng_desktop.benefits import recovery
    from minzheng_desktop.benefits.months import require_month, text_of
    from minzheng_desktop.values.money import format_money

    day = today()
    with opened(db, user) as store:
        chosen = text_of(require_month(month or day.isoformat()[:7]))
        found = recovery.find_recoveries(store, month=chosen, today=day)
        ids = (
            recovery.open_recoveries(store, found, how=_how(mode, limit, each, start))
            if open_ and found
            else []
        )
    data: list[dict[str, Any]] = [
        {"record": one.record, "name": one.name, "reason": one.reason, "amount": format_money(one.amount),
         "months": [{"month": m, "amount": format_money(cents)} for m, cents in one.periods]}
        for one in found
    ]  # fmt: skip
    lines = [f"{one['name']}  {one['amount']} 元  {one['reason']}" for one in data]
    lines.append(f"已开 {len(ids)} 笔追缴。" if ids else f"共 {len(data)} 笔。")
    return Answer({"found": data, "opened": ids}, lines)


@command(app, "notify")
def notify(
    recovery_id: RecoveryId, number: Number, on: On = "", db: Database = None, user: UserName = None,
    as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """登记退回通知书的文号和送达日期。"""
    from minzheng_desktop.benefits import recovery

    with opened(db, user) as store:
        recovery.notify(store, recovery_id, number=number, on=typed_day(on))
        return _one(store, recovery_id)


@command(app, "repay")
def repay(
    recovery_id: RecoveryId, amount: Amount, voucher: Voucher, on: On = "", db: Database = None,
    user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """登记退回的现金或转账；退清自动结清。"""
    from minzheng_desktop.benefits import recovery
    from minzheng_desktop.values.money import parse_money

    with opened(db, user) as store:
        recovery.register_repayment(
            store, recovery_id, parse_money(amount), voucher=voucher, on=typed_day(on)
        )
        return _one(store, recovery_id)


@command(app, "mode")
def mode(
    recovery_id: RecoveryId, mode: Mode, limit: Limit = "", each: Each = "", start: Start = "",
    db: Database = None, user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """改余下的钱怎么退：抵扣（可限每期最多扣多少）、一次退、分期退。"""
    from minzheng_desktop.benefits import recovery

    with opened(db, user) as store:
        recovery.choose_how(store, recovery_id, how=_how(mode, limit, each, start))
        return _one(store, recovery_id)


@command(app, "withdraw")
def withdraw(
    recovery_id: RecoveryId,
    reason: Reason,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """撤销开错的追缴；已经退过钱的不能撤销。"""
    from minzheng_desktop.benefits import recovery

    with opened(db, user) as store:
        recovery.withdraw(store, recovery_id, reason=reason)
    return Answer({"withdrawn": recovery_id}, ["已撤销。"])


@command(app, "write-off")
def write_off(
    recovery_id: RecoveryId,
    reason: Reason,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """核销收不回来的追缴，由分管领导做，写明理由。"""
    from minzheng_desktop.benefits import recovery

    with opened(db, user) as store:
        recovery.write_off(store, recovery_id, reason=reason)
        return _one(store, recovery_id)


def _one(store: Any, recovery_id: str) -> Answer:
    from minzheng_desktop.benefits import recovery

    with store.reading() as r:
        found = next(one for one in recovery.list_recoveries(r) if one.id == recovery_id)
    return Answer({"recovery": _data(found)}, [_line(found)])


def _how(mode: HowBack, limit: str, each: str, start: str) -> Any:
    from minzheng_desktop.benefits import recovery
    from minzheng_desktop.values.dates import add_months
    from minzheng_desktop.values.money import parse_money

    return recovery.HowBack(
        mode.value,
        parse_money(limit) if limit else 0,
        parse_money(each) if each else 0,
        start or add_months(today().isoformat()[:7], 1),
    )


def _data(one: RecoveryLine) -> dict[str, Any]:
    from minzheng_desktop.values.money import format_money

    return {
        "id": one.id, "record": one.record, "form": one.form, "name": one.name, "reason": one.reason,
        "from": one.period_from, "to": one.period_to, "amount": format_money(one.amount),
        "repaid": format_money(one.repaid), "left": format_money(one.left), "state": one.state, "mode": one.mode,
        "how": one.how,
        "notice_no": one.notice_no or None, "notice_date": one.notice_date or None,
    }  # fmt: skip


def _line(one: RecoveryLine) -> str:
    from minzheng_desktop.benefits.recovery import STATES
    from minzheng_desktop.values.money import format_money_grouped

    return (
        f"{one.name}  {one.period_from}—{one.period_to}  {format_money_grouped(one.amount)} 元，"
        f"已退 {format_money_grouped(one.repaid)}，还差 {format_money_grouped(one.left)}  {STATES[one.state]}  {one.id}"
    )
