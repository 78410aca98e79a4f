"""退票: what the bank sent back, what can be sent again now, what was sent, and the bank's result file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...benefits import bank_returns, bank_sends, reissues
from ...store import users
from ...values.accounts import account_tail
from ...values.money import format_money_grouped
from ..kit.cells import DASH, Cell, CellValue, Chip
from ..listing import Line, Listing
from .office import Office, money
from .prints import stamp

if TYPE_CHECKING:
    from ...documents.reissue_file import Reissued
    from ...exchange import bank_results

SENT = "sent"
"""The pill that shows what one batch sent, to register a return by hand."""
_STATES = {"": bank_returns.RETURNED, "reissued": bank_returns.REISSUED, "dropped": bank_returns.DROPPED}


def reasons(office: Office) -> dict[str, str]:
    """Why banks send money back, code to words."""
    return office.store.catalog.codes[bank_returns.REASONS].choices()


def view(office: Office, pill: str, send: str = "") -> Listing:
    """The returns of a pill; with `SENT` the lines of one send (the key of a batch or a file sent again)."""
    here = not office.is_county
    with office.store.reading() as r:
        every = bank_returns.list_returns(r)
        planned = reissues.plan_reissue(r, today=office.today) if here else ()
        latest = next(iter(bank_sends.list_sends(r, limit=1)), None) if here and not send else None
        chosen = bank_sends.find_send(r, send) if send else latest
        sent = bank_sends.sent_lines(r, chosen) if chosen and pill == SENT else []
    waits = [one for one in every if one.state == bank_returns.RETURNED]
    again = {one.line.id: one for one in planned}
    ready = [one for one in planned if not one.blocked]
    counts = {state: sum(one.state == state for one in every) for state in bank_returns.STATES}
    if pill == SENT:
        lines = tuple(_sent(one) for one in sent)
    else:
        shown = [one for one in every if pill == "all" or one.state == _STATES[pill]]
        lines = tuple(_return(office, one, again.get(one.id)) for one in shown)
    total, can = sum(one.amount for one in waits), sum(one.line.amount for one in ready)
    foot = f"退票未重发 {len(waits)} 笔，{format_money_grouped(total)} 元"
    if here:
        foot += f"；其中可以重发 {len(ready)} 笔，{format_money_grouped(can)} 元"
    elif waits:
        towns = len({one.owner for one in waits})
        foot += f"，{towns} 个乡镇"
    may = here and office.store.site.may_lock
    return Listing(
        title="退票",
        hint="银行退回的钱：改好账户以后重发，不是补发" if here else "各乡镇银行退回的钱，由乡镇重发",
        pills=(
            ("", "未重发", counts["returned"]), ("reissued", "已重发", counts["reissued"]),
            ("dropped", "不再发放", counts["dropped"]), ("all", "全部", len(every)),
            *(((SENT, f"发出的：{chosen.title}", len(sent) if pill == SENT else None),) if chosen else ()),
        ), pill=pill, lines=lines, foot=foot,
        empty="这一批没有经过银行的。" if pill == SENT else "",
        notices=(
            (
                "info", f"{len(ready)} 笔账户已经改好，可以重发，共 {format_money_grouped(can)} 元。",
                "选中以后按 F8；重发的写在一份单独的银行文件里。",
            ),
        ) if ready and pill == "" else (),
        actions_on={
            "register": here and pill == SENT and bool(lines), "read": here,
            "withdraw": here and pill == "" and bool(lines), "drop": here and pill == "" and bool(lines),
            "again": here and pill in ("reissued", "all") and bool(lines),
            "send": may and pill in ("", "all") and bool(ready),
        },
    )  # fmt: skip


def _sent(one: bank_sends.SentLine) -> Line:
    back = bank_returns.STATES.get(one.state, "")
    return Line(
        one.items[0],
        {
            "name": one.who or one.name, "from": f"尾号 {account_tail(one.account)}", "amount": money(one.amount),
            "on": one.returned_on or DASH,
            "state": Chip(f"登记过退票，{back}", "warn", "return") if one.state else Chip("没有退票", "ok", "ok"),
        },
        more=f"户名 {one.name}，尾号 {account_tail(one.account)}。选中以后按 F4 登记退票，可以选几行。",
        target=one,
    )  # fmt: skip


def _return(office: Office, one: bank_returns.ReturnLine, again: reissues.Again | None) -> Line:
    form = office.store.catalog.forms.get(one.form)
    label = office.store.catalog.codes[bank_returns.REASONS].label(one.reason)
    town = office.store.catalog.divisions.short_name(one.owner) if office.is_county else ""
    times = f"，第 {one.attempt} 次" if one.attempt > 1 else ""
    cells: dict[str, CellValue] = {
        "name": one.name, "village": town or office.village(one.village), "form": form.title if form else one.form,
        "month": one.month, "amount": Cell(money(one.amount), bold=True), "reason": label + times,
        "on": one.returned_on, "from": f"尾号 {account_tail(one.account_number)}",
    }  # fmt: skip
    own = again is not None and not again.checked and again.changed_by in (None, office.store.user)
    said = f"，银行说“{one.said}”" if one.said and one.state != bank_returns.DROPPED else ""
    more = f"批次 {one.batch_number}，{one.returned_on} 退回{said}。"
    if one.state == bank_returns.REISSUED:
        cells["to"] = f"尾号 {account_tail(one.new_number)}"
        cells["state"] = Chip(f"已重发 {one.settled_on[5:]}", "ok", "ok")
        to = f"{one.new_name} 尾号 {account_tail(one.new_number)}"
        more += f"{one.settled_on} 由{one.settled_by}重发到 {to}，{one.reissue}。"
        more += f"一人经办：{one.more['alone']}。" if one.more.get("alone") else ""
    elif one.state == bank_returns.DROPPED:
        cells["to"], cells["state"] = DASH, Chip("不再发放", "neutral", "dash")
        more += f"{one.settled_on} 由{one.settled_by}退回财政：{one.said}。"
    elif again is None:
        cells["to"], cells["state"] = DASH, Chip("未重发", "warn", "return")
    elif again.blocked:
        cells["to"], cells["state"] = Cell("没有改好", "warn"), Chip("等改账户", "warn", "clock")
        more += f"{again.blocked}。"
    else:
        cells["to"] = f"尾号 {account_tail(again.account.number)}"
        words = "可以重发，要第二人核对" if own else "可以重发"
        cells["state"] = Chip(words, "info", "bank")
        more += f"现在的账户：{again.account.name} 尾号 {account_tail(again.account.number)}。"
    return Line(one.id, cells, more, target=(one, again, own))


# -- the bank's file ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Read:
    """A result file with the sends that it may be of; `best` is the key of the one that fits most rows."""

    results: bank_results.BankResults
    sends: tuple[bank_sends.Send, ...]
    best: str


def read(office: Office, file: Path) -> Read:
    """Read a result file. Raises UserError with what is wrong about it."""
    from ...exchange import bank_results

    results = bank_results.read_results(file)
    with office.store.reading() as r:
        known = tuple(bank_sends.list_sends(r))
        best = next(iter(bank_results.fitting_sends(r, results)), None)
    if best is not None and best not in known:
        known = (best, *known)
    return Read(results, known, best.key if best else "")


def match(office: Office, results: bank_results.BankResults, send: str) -> bank_results.Matched:
    """Hold it against one send."""
    from ...exchange import bank_results

    with office.store.reading() as r:
        return bank_results.match_results(r, results, bank_sends.find_send(r, send))


def register_file(office: Office, matched: bank_results.Matched, on: str) -> int:
    """Register what the file says came back; returns how many payments."""
    from ...exchange import bank_results

    return len(bank_results.register_results(office.store, matched, on=on, today=office.today))


def register(office: Office, items: Sequence[str], *, reason: str, words: str, on: str) -> int:
    """Register returns of payment items by hand; returns how many (a facility's line brings its others along)."""
    told = [bank_returns.Returned(item, reason, words) for item in items]
    return len(bank_returns.register_returns(office.store, told, on=on, today=office.today))


# -- sending again ------------------------------------------------------------------------------


def proposed_name(office: Office) -> str:
    """The name of the next file, without ending."""
    from ...documents.reissue_file import next_name

    return next_name(office.store, today=office.today)


def file_name(number: str) -> str:
    """The name of the file of a number, without ending."""
    from ...documents import reissue_file

    return reissue_file.file_name(number)


def send(
    office: Office, target: Path, ids: Sequence[str], *, second: tuple[str, str] = ("", ""), reason: str = ""
) -> Reissued:
    """Write the file of some returns and note them as sent again. `second`: name and password of a second person."""
    from ...documents.reissue_file import save_reissue

    name, password = second
    checked_by = users.confirm_second(office.store, name=name, password=password) if name else None
    return save_reissue(
        office.store, target, ids, as_=_kind(target), today=office.today, printed_at=stamp(), checked_by=checked_by,
        reasons={reissues.EVERY: reason} if reason else None,
    )  # fmt: skip


def send_again(office: Office, target: Path, number: str) -> Reissued:
    """Write the file of an earlier number once more; as .pdf the sheet that goes to the bank with it."""
    from ...documents.reissue_file import save_again, save_sheet

    if target.suffix.lower() == ".pdf":
        return save_sheet(office.store, target, number, printed_at=stamp())
    return save_again(office.store, target, number, as_=_kind(target))


def _kind(target: Path) -> Literal["bank-xlsx", "bank-csv"]:
    return "bank-csv" if target.suffix.lower() == ".csv" else "bank-xlsx"
