"""`minzheng batch …`: a month planned, locked, explained and printed."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    command,
    new_app,
    opened,
    secret_from,
)

if TYPE_CHECKING:
    from minzheng_desktop.benefits.plans import BatchPlan

app = new_app("发放：计划、锁定、说明、打印。")


class BatchKind(StrEnum):
    """Which batch of a month."""

    REGULAR = "regular"
    BACKPAY = "backpay"
    ADJUST = "adjust"


class PrintAs(StrEnum):
    """What is written of a batch."""

    PDF = "pdf"
    XLSX = "xlsx"
    BANK_XLSX = "bank-xlsx"
    BANK_CSV = "bank-csv"
    BANK_SHEET = "bank-sheet"


FormKey = Annotated[str, typer.Option("--form", metavar="KEY", help="业务代码，例如 dibao。")]
Month = Annotated[
    str, typer.Option("--month", metavar="YYYY-MM", help="月份；按季、按年发的写这一期最后一个月。")
]
Kind = Annotated[BatchKind, typer.Option("--kind", help="regular 正常，backpay 补发，adjust 调标。")]
Reason = Annotated[
    str,
    typer.Option(
        "--reason", metavar="TEXT", help="自己改过的账户没有第二人核对时，写明理由，会印在花名册上。"
    ),
]
Second = Annotated[
    str,
    typer.Option(
        "--second", metavar="NAME", help="核对过账户变更的第二人；口令取自 MINZHENG_SECOND_PASSWORD。"
    ),
]
PersonNumber = Annotated[str, typer.Option("--person", metavar="ID_NUMBER", help="身份证号。")]
As = Annotated[
    PrintAs,
    typer.Option(
        "--as", help="花名册 pdf、xlsx；银行代发文件 bank-xlsx、bank-csv，随文件的交接单 bank-sheet。"
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="写到哪里。")]


@command(app, "plan")
def plan(
    form: FormKey,
    month: Month,
    kind: Kind = BatchKind.REGULAR,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """算出这个月发给谁、发多少、与上月差在哪里；不写入任何内容。"""
    from minzheng_desktop.benefits.plan import plan_batch

    with opened(db, user) as store:
        planned = plan_batch(store, form=form, month=month, kind=kind.value)
    return Answer(_plan_data(planned), _plan_lines(planned))


@command(app, "lock")
def lock(
    form: FormKey,
    month: Month,
    kind: Kind = BatchKind.REGULAR,
    reason: Reason = "",
    second: Second = "",
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """锁定这个月的发放；锁定后不再改动，差错在后面的批次里补扣。"""
    from minzheng_desktop.benefits.lock import EVERY
    from minzheng_desktop.benefits.locked import find_batch
    from minzheng_desktop.benefits.plan import plan_batch
    from minzheng_desktop.checks.locking import lock_checked
    from minzheng_desktop.store.users import confirm_second

    today = date.today()  # noqa: DTZ011 - the day on the clerk's desk
    with opened(db, user) as store:
        planned = plan_batch(store, form=form, month=month, kind=kind.value)
        checked_by = None
        if second:
            password = secret_from("MINZHENG_SECOND_PASSWORD", f"{second}的口令")
            checked_by = confirm_second(store, name=second, password=password)
        batch = lock_checked(
            store, planned, today=today, reasons={EVERY: reason} if reason else None, checked_by=checked_by
        )
        with store.reading() as r:
            row = find_batch(r, form=form, month=month, kind=kind.value) or {}
    locked = msgspec.structs.replace(planned, state="locked", batch=batch, number=row.get("number", ""))
    return Answer(_plan_data(locked) | {"batch": batch, "number": locked.number}, _plan_lines(locked))


@command(app, "explain")
def explain(
    form: FormKey,
    month: Month,
    person: PersonNumber,
    kind: Kind = BatchKind.REGULAR,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """说明一个人（一户）这笔钱是怎么算出来的，一步一步，写明标准和文号。"""
    from minzheng_desktop.benefits import explain as explaining
    from minzheng_desktop.values.money import format_money

    with opened(db, user) as store:
        found = explaining.explain(store, form=form, month=month, id_number=person, kind=kind.value)
        store.note("reveal_amount", {"form": form, "month": month, "record": found.record})
    steps = [
        {"name": s.name, "result": s.result, "formula": s.formula, "source": s.source} for s in found.steps
    ]
    amount = format_money(found.amount)
    lines = [f"{s.name}：{s.result}  {s.formula}  {s.source}".rstrip() for s in found.steps]
    if found.blocked:
        lines.append(f"没有发：{found.blocked}")
    return Answer({"amount": amount, "steps": steps}, [*lines, f"合计 {amount} 元"])


@command(app, "print")
def print_batch(
    form: FormKey,
    month: Month,
    as_: As,
    out: Out,
    kind: Kind = BatchKind.REGULAR,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """写出花名册（pdf、xlsx）、银行代发文件（bank-xlsx、bank-csv）或交接单（bank-sheet）；没有锁定的只能写核对稿。"""
    from minzheng_desktop.documents.saving import save_batch_print
    from minzheng_desktop.values.dates import stamp_text
    from minzheng_desktop.values.money import format_money

    target = out.expanduser().absolute()
    with opened(db, user) as store:
        made = save_batch_print(
            store,
            target,
            form=form,
            month=month,
            as_=as_.value,
            printed_at=stamp_text(),
            kind=kind.value,
        )
    total = format_money(made.total)
    data = {"file": str(target), "pages": made.pages, "rows": made.rows, "total": total}
    pages = f"，{made.pages} 页" if made.pages else ""
    lines = [f"{target}：{made.rows} 行，合计 {total} 元{pages}"]
    lines += [f"  打不出的字，请手写：{one}" for one in made.missing]
    return Answer(data, lines)


def _plan_data(plan: BatchPlan) -> dict[str, Any]:
    from minzheng_desktop.values.money import format_money

    return {
        "items": len(plan.items),
        "total": format_money(plan.total),
        "new": len(plan.new),
        "stopped": len(plan.stopped),
        "changed": len(plan.changed),
        "accounts_changed": len(plan.accounts_changed),
        "blocked": len(plan.blocked),
        "state": plan.state,
    }


_STATES = {"planned": "计划（还没有锁定）", "locked": "已锁定", "empty": "没有要发的"}


def _plan_lines(plan: BatchPlan) -> list[str]:
    from minzheng_desktop.values.money import format_money

    draft = "〔示例标准〕" if plan.examples else ""
    return [
        f"{plan.title} {plan.month}：{_STATES[plan.state]}{draft} {plan.number}",
        f"{len(plan.items)} 笔，合计 {format_money(plan.total)} 元；新增 {len(plan.new)}，停发 {len(plan.stopped)}，"
        f"变动 {len(plan.changed)}，账户变更 {len(plan.accounts_changed)}，挡住 {len(plan.blocked)}。",
        *(f"  挡住 {one.name}：{one.reason}" for one in plan.blocked),
        *(
            f"  多发 {one.name} {format_money(one.cents)} 元这一批扣不回来，"
            f"{'以后各批接着扣' if one.continues else '用 recovery find 开追缴'}"
            for one in plan.carried
        ),
        *(f"  {note.message}" for note in plan.notes),
    ]
