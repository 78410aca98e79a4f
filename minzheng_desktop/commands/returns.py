"""`minzheng returns …`: what the bank sent back: listed, registered, read from its file, sent again, left to the
treasury."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from minzheng_desktop.commands.batches import BatchKind
from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    command,
    new_app,
    opened,
    secret_from,
    today,
    typed_day,
)

if TYPE_CHECKING:
    from minzheng_desktop.benefits.bank_returns import ReturnLine
    from minzheng_desktop.store.store import Store

app = new_app("退票：登记银行退回的钱，改好账户以后重发；退票只能重发，不是补发。")


class ReturnState(StrEnum):
    """Which returns are listed."""

    RETURNED = "returned"
    REISSUED = "reissued"
    DROPPED = "dropped"


class BankFileAs(StrEnum):
    """The bank file's kind."""

    XLSX = "bank-xlsx"
    CSV = "bank-csv"
    SHEET = "bank-sheet"


Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="退票的编号；不写是全部能重发的。")]
ReturnIds = Annotated[list[str], typer.Argument(metavar="ID...", help="退票的编号，见 returns list。")]
State = Annotated[
    ReturnState | None,
    typer.Option("--state", help="returned 未重发，reissued 已重发，dropped 不再发放；不写是全部。"),
]
FormKey = Annotated[str, typer.Option("--form", metavar="KEY", help="业务代码，例如 dibao。")]
Month = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="发放的月份。")]
Kind = Annotated[BatchKind, typer.Option("--kind", help="regular 正常，backpay 补发，adjust 调标。")]
PersonNumber = Annotated[str, typer.Option("--person", metavar="ID_NUMBER", help="身份证号。")]
Code = Annotated[
    str, typer.Option("--reason", metavar="CODE", help="1 户名不符，2 账号不存在，3 销户，9 其他。")
]
Words = Annotated[str, typer.Option("--words", metavar="TEXT", help="银行的原话。")]
On = Annotated[str, typer.Option("--on", metavar="YYYY-MM-DD", help="日期；不写是今天。")]
ResultFile = Annotated[Path, typer.Argument(metavar="FILE", help="银行的结果文件，xlsx 或 csv。")]
Batch = Annotated[
    str,
    typer.Option("--batch", metavar="NUMBER", help="对哪一批：批次编号或退票重发编号；不写按内容找最像的。"),
]
Register = Annotated[bool, typer.Option("--register", help="把对得上的退票登记下来；不写只列出。")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="理由。")]
As = Annotated[
    BankFileAs,
    typer.Option(
        "--as", help="bank-xlsx 或 bank-csv（GB18030）；bank-sheet 是随文件的交接单，要写 --again。"
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="写到哪里。")]
Alone = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="自己改的账户没有第二人核对时，写明理由。")
]
Second = Annotated[
    str,
    typer.Option("--second", metavar="NAME", help="核对过账户的第二人；口令取自 MINZHENG_SECOND_PASSWORD。"),
]
AgainNumber = Annotated[
    str, typer.Option("--again", metavar="NUMBER", help="把以前的一份重发文件原样再写一次，不改退票。")
]


@command(app, "list")
def list_all(
    state: State = None, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """列出退票：谁、哪个月、多少钱、为什么退回，重发到了哪里，没有重发的差什么。"""
    from minzheng_desktop.benefits.bank_returns import RETURNED, list_returns
    from minzheng_desktop.benefits.reissues import plan_reissue
    from minzheng_desktop.values.money import format_money, format_money_grouped

    with opened(db, user) as store, store.reading() as r:
        lines = list_returns(r, states=[state.value] if state else ())
        planned = plan_reissue(r, today=today()) if store.site.role == "township" else ()
        blocked = {one.line.id: one.blocked for one in planned}
        data = [_data(store, one) | {"blocked": blocked.get(one.id) or None} for one in lines]
        told = [_line(store, one, blocked.get(one.id, "")) for one in lines]
    waiting = [one.amount for one in lines if one.state == RETURNED]
    total = sum(waiting)
    told.append(f"退票未重发 {len(waiting)} 笔，{format_money_grouped(total)} 元。")
    return Answer({"returns": data, "waiting": len(waiting), "waiting_total": format_money(total)}, told)


@command(app, "register")
def register(
    form: FormKey, month: Month, person: PersonNumber, reason: Code, words: Words = "", on: On = "",
    kind: Kind = BatchKind.REGULAR, db: Database = None, user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """登记一个人某个月的退票；已锁定的批次不变，以后各月的计划也不变。"""
    from minzheng_desktop.benefits.bank_returns import Returned, register_returns
    from minzheng_desktop.benefits.bank_sends import find_items

    with opened(db, user) as store:
        with store.reading() as r:
            items = find_items(r, form=form, month=month, kind=kind.value, id_number=person)
        returned = [Returned(item, reason, words) for item in items]
        ids = register_returns(store, returned, on=typed_day(on), today=today())
        return _registered(store, ids)


@command(app, "read")
def read(
    file: ResultFile, batch: Batch = "", on: On = "", register: Register = False, db: Database = None,
    user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """读银行的结果文件，按账号、户名、金额对照发出的那一批，列出退票和对不上的；--register 登记退票。"""
    from minzheng_desktop.benefits.bank_sends import find_send
    from minzheng_desktop.exchange.bank_results import (
        fitting_sends,
        match_results,
        read_results,
        register_results,
    )
    from minzheng_desktop.values.errors import UserError
    from minzheng_desktop.values.money import format_money, format_money_grouped

    results = read_results(file.expanduser())
    with opened(db, user) as store:
        with store.reading() as r:
            fitting = [find_send(r, batch)] if batch else fitting_sends(r, results)
            if not fitting:
                raise UserError(
                    "results.other_batch",
                    f"“{file.name}”和发出过的哪一批都对不上。没有登记，请用 --batch 写明批次编号。",
                )
            if register and len(fitting) > 1:
                numbers = "、".join(one.number for one in fitting)
                raise UserError(
                    "results.several",
                    f"“{file.name}”和几批都对得上：{numbers}。没有登记，请用 --batch 写明是哪一批。",
                )
            send = fitting[0]
            matched = match_results(r, results, send)
        ids = register_results(store, matched, on=typed_day(on), today=today()) if register else []
        labels = store.catalog.codes["bank_return_reason"]
    data = {
        "batch": send.number, "paid": matched.paid, "total": format_money(matched.total), "registered": ids,
        "returned": [
            {"row": one.row.at, "name": one.sent.who, "amount": format_money(one.sent.amount), "reason": one.reason}
            for one in matched.returned
        ],
        "unmatched": list(matched.unmatched),
    }  # fmt: skip
    lines = [f"{send.title}（{send.number}）：成功 {matched.paid} 笔。"]
    lines += [
        f"退票 {one.row.who}  {format_money_grouped(one.sent.amount)} 元  {labels.label(one.reason)} {one.row.words}"
        for one in matched.returned
    ]
    lines += [f"对不上 {one}" for one in matched.unmatched]
    done = f"已登记 {len(ids)} 笔" if ids else "只列出，没有登记"
    lines.append(f"退票 {len(matched.returned)} 笔，{format_money_grouped(matched.total)} 元，{done}。")
    return Answer(data, lines)


@command(app, "reissue")
def reissue(
    out: Out, ids: Ids = None, as_: As = BankFileAs.XLSX, second: Second = "", reason: Alone = "",
    again: AgainNumber = "", db: Database = None, user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """把改好账户的退票写成一份单独的银行文件，只有这几笔，记为已重发。"""
    from minzheng_desktop.benefits.reissues import EVERY
    from minzheng_desktop.documents.reissue_file import save_again, save_reissue, save_sheet
    from minzheng_desktop.store.users import confirm_second
    from minzheng_desktop.values.dates import stamp_text
    from minzheng_desktop.values.errors import UserError
    from minzheng_desktop.values.money import format_money, format_money_grouped

    target, now = out.expanduser().absolute(), stamp_text()
    if as_ is BankFileAs.SHEET and not again:
        raise UserError(
            "sheet_alone", "交接单随已经写出的文件走。没有写出，请用 --again 写明重发编号，见 returns list。"
        )
    with opened(db, user) as store:
        if as_ is BankFileAs.SHEET:
            made = save_sheet(store, target, again, printed_at=now)
        elif again:
            made = save_again(store, target, again, as_=_file_kind(as_))
        else:
            checked_by = None
            if second:
                password = secret_from("MINZHENG_SECOND_PASSWORD", f"{second}的口令")
                checked_by = confirm_second(store, name=second, password=password)
            made = save_reissue(
                store, target, ids or None, as_=_file_kind(as_), today=today(), printed_at=now,
                checked_by=checked_by,
                reasons={EVERY: reason} if reason else None,
            )  # fmt: skip
    data = {
        "number": made.number, "file": made.file, "count": made.count, "returns": made.returns,
        "total": format_money(made.total), "sha256": made.digest,
    }  # fmt: skip
    words = f"{made.file}：{made.number}，{made.count} 笔，{format_money_grouped(made.total)} 元"
    return Answer(data, [words, f"校验值 SHA-256 {made.digest}"])


@command(app, "drop")
def drop(
    ids: ReturnIds, reason: Why, on: On = "", db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:  # fmt: skip
    """不再发放：钱退回财政，写明理由。"""
    from minzheng_desktop.benefits.bank_returns import drop_returns
    from minzheng_desktop.values.money import format_money, format_money_grouped

    with opened(db, user) as store:
        cents = drop_returns(store, ids, reason=reason, on=typed_day(on), today=today())
    return Answer(
        {"dropped": ids, "total": format_money(cents)},
        [f"{len(ids)} 笔 {format_money_grouped(cents)} 元退回财政，不再发放。"],
    )


@command(app, "withdraw")
def withdraw(
    ids: ReturnIds, reason: Why, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """撤销登记错的退票；已经重发的不能撤销。"""
    from minzheng_desktop.benefits.bank_returns import withdraw_returns

    with opened(db, user) as store:
        count = withdraw_returns(store, ids, reason=reason)
    return Answer({"withdrawn": ids}, [f"已撤销 {count} 笔。"])


def _file_kind(as_: BankFileAs) -> Literal["bank-xlsx", "bank-csv"]:
    return "bank-csv" if as_ is BankFileAs.CSV else "bank-xlsx"


def _registered(store: Store, ids: Sequence[str]) -> Answer:
    from minzheng_desktop.benefits.bank_returns import list_returns

    with store.reading() as r:
        lines = list_returns(r, ids=ids)
    return Answer({"registered": [_data(store, one) for one in lines]}, [_line(store, one) for one in lines])


def _data(store: Store, one: ReturnLine) -> dict[str, Any]:
    from minzheng_desktop.values.money import format_money

    return {
        "id": one.id, "item": one.item, "record": one.record, "division": one.owner, "form": one.form,
        "month": one.month, "batch": one.batch_number, "name": one.name, "attempt": one.attempt,
        "reason": one.reason, "reason_title": store.catalog.codes["bank_return_reason"].label(one.reason),
        "returned_on": one.returned_on, "amount": format_money(one.amount), "account": one.account_number,
        "account_name": one.account_name, "state": one.state, "reissue": one.reissue or None,
        "new_account": one.new_number or None, "new_name": one.new_name or None, "settled_on": one.settled_on or None,
        "settled_by": one.settled_by or None, "said": one.said or None,
    }  # fmt: skip


def _line(store: Store, one: ReturnLine, blocked: str = "") -> str:
    from minzheng_desktop.benefits.bank_returns import REISSUED, RETURNED, STATES
    from minzheng_desktop.values.accounts import account_tail
    from minzheng_desktop.values.money import format_money_grouped

    form = store.catalog.forms.get(one.form)
    town = f"{store.catalog.divisions.short_name(one.owner)}  " if store.site.role == "county" else ""
    reason = store.catalog.codes["bank_return_reason"].label(one.reason)
    times = f"（第 {one.attempt} 次）" if one.attempt > 1 else ""
    words = (
        f"{town}{one.name}  {form.title if form else one.form} {one.month}  {format_money_grouped(one.amount)} 元  "
        f"{one.returned_on} 退回{times}：{reason}，尾号 {account_tail(one.account_number)}  {STATES[one.state]}"
    )
    if one.state == REISSUED:
        words += f" {one.settled_on} 到尾号 {account_tail(one.new_number)}（{one.reissue}）"
    elif one.state == RETURNED:
        words += f"：{blocked}" if blocked else "：可以重发"
    else:
        words += f" {one.settled_on}：{one.said}"
    return f"{words}  {one.id}"
