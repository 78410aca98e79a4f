"""退票: bank lines that the bank sent back, registered, listed, taken back to the treasury (domain §2.11, §8.6).

A locked batch never changes and neither does what is due: a return says only that the money of a payment item has not
arrived. It is sent again (`benefits.reissues`) or stays with the treasury; plans look at payment items alone, so that
no month pays it a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.recovery import credit_dropped
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

State = Literal["returned", "reissued", "dropped"]
RETURNED, REISSUED, DROPPED = "returned", "reissued", "dropped"
STATES: dict[str, str] = {RETURNED: "未重发", REISSUED: "已重发", DROPPED: "不再发放"}
REASONS = "bank_return_reason"
"""The code table of why a bank sends money back."""
WRONG_NAME, NO_ACCOUNT, CLOSED, OTHER = "1", "2", "3", "9"

_v, _i, _b, _r, _p = (
    schema.bank_returns, schema.payment_items, schema.payment_batches, schema.records, schema.people,
)  # fmt: skip


class Returned(msgspec.Struct, frozen=True):
    """One payment item that came back: why (code of `REASONS`) and in the bank's own words."""

    item: str
    reason: str
    words: str = ""


class ReturnLine(msgspec.Struct, frozen=True):
    """A return as it is listed: cents, days as ISO text, the account it came back from and, sent again, the new one.

    `attempt` counts the returns of one payment item; `reissue` is the number of the file it was sent again in; `said`
    holds the bank's words, or why it is not paid any more; `payee` is whom the item was for (person or facility).
    """

    id: str
    item: str
    record: str
    owner: str
    form: str
    kind: str
    month: str
    batch: str
    batch_number: str
    name: str
    id_number: str
    village: str | None
    person: str | None
    payee: str | None
    attempt: int
    reason: str
    returned_on: str
    amount: int
    account_number: str
    account_name: str
    account_bank: str
    state: State
    reissue: str = ""
    new_number: str = ""
    new_name: str = ""
    new_bank: str = ""
    settled_on: str = ""
    settled_by: str = ""
    more: dict[str, Any] = {}

    @property
    def said(self) -> str:
        """The bank's words, or why the money stays with the treasury."""
        return str(self.more.get("dropped") or self.more.get("words") or "")


def list_returns(
    r: Reading, *, states: Collection[str] = (), ids: Iterable[str] | None = None, record: str = "",
    reissue: str = "",
) -> list[ReturnLine]:  # fmt: skip
    """The returns of this database, the newest first; at the county those of every township."""
    query = (
        sa.select(
            _v, _r.c.form, _i.c.village, _i.c.payee, _i.c.month, _i.c.row, _i.c.batch, _b.c.kind,
            _b.c.number.label("batch_number"), _p.c.name,
        )
        .join(_i, _i.c.id == _v.c.item)
        .join(_b, _b.c.id == _i.c.batch)
        .join(_r, _r.c.id == _v.c.record)
        .outerjoin(_p, _p.c.id == sa.func.coalesce(_v.c.person, _r.c.person))
        .where(_v.c.void == 0)
        .order_by(_v.c.returned_on.desc(), _v.c.id.desc())
    )  # fmt: skip
    if states:
        query = query.where(_v.c.state.in_(list(states)))
    if record:
        query = query.where(_v.c.record == record)
    if reissue:
        query = query.where(_v.c.reissue == reissue)
    if ids is None:
        return [_line(row) for row in r.rows(query)]
    return [_line(row) for some in chunks(list(ids)) for row in r.rows(query.where(_v.c.id.in_(some)))]


def _line(row: dict[str, Any]) -> ReturnLine:
    return ReturnLine(
        row["id"], row["item"], row["record"], row["owner"], row["form"], row["kind"], row["month"], row["batch"],
        row["batch_number"], row["row"].get("_name") or row["name"] or "", row["row"].get("_id_number") or "",
        row["village"], row["person"], row["payee"], row["attempt"], row["reason"], row["returned_on"], row["amount"],
        row["account_number"] or "", row["account_name"] or "", row["account_bank"] or "", row["state"],
        row["reissue"] or "", row["new_number"] or "", row["new_name"] or "", row["new_bank"] or "",
        row["settled_on"] or "", row["settled_by"] or "", row["more"],
    )  # fmt: skip


class Waiting(msgspec.Struct, frozen=True):
    """退票未重发: how many returns wait, and their cents."""

    count: int = 0
    cents: int = 0


def waiting_by_batch(r: Reading) -> dict[str, Waiting]:
    """What came back of each batch and was neither sent again nor left to the treasury."""
    query = (
        sa.select(_i.c.batch, sa.func.count(), sa.func.sum(_v.c.amount))
        .join(_i, _i.c.id == _v.c.item)
        .where(_v.c.void == 0, _v.c.state == RETURNED)
        .group_by(_i.c.batch)
    )
    return {batch: Waiting(int(n), int(cents)) for batch, n, cents in r.connection.execute(query)}


def returns_of_items(r: Reading, items: Iterable[str]) -> dict[str, ReturnLine]:
    """The latest return of each of some payment items, those that never came back left out."""
    found: dict[str, ReturnLine] = {}
    for some in chunks(sorted(items)):
        query = sa.select(_v.c.id).where(_v.c.item.in_(some), _v.c.void == 0)
        for line in list_returns(r, ids=list(r.connection.execute(query).scalars())):
            known = found.get(line.item)
            if known is None or known.attempt < line.attempt:
                found[line.item] = line
    return found


# -- registering ------------------------------------------------------------------------------------


def register_returns(
    store: Store,
    returned: Sequence[Returned],
    *,
    on: str,
    today: date,
    source: Mapping[str, str] | None = None,
) -> list[str]:
    """Note what the bank sent back on a day (ISO) and return the ids; `source` (file, hash) goes into the audit.

    Items that one bank line paid together (a provider's) come back together. Raises UserError not_here, no_such_item,
    paid_in_cash, nothing_sent, returned_already, dropped_already, reason_unknown, day_wrong; then nothing was written.
    """
    require_township(store)
    reasons = store.catalog.codes[REASONS]
    for one in returned:
        if one.reason not in reasons.choices():
            known = "、".join(f"{code} {label}" for code, label in reasons.choices().items())
            raise UserError("reason_unknown", f"退票原因“{one.reason}”不认识。没有登记，原因写：{known}。")
    with store.writing("bank_return", {"on": on, **(source or {})}) as w:
        day = _require_day(on, today)
        given = {one.item: one for one in returned}
        whole = _whole_lines(w, given)
        last = returns_of_items(w, whole)
        bodies = [
            _new_return(item, whole[item["id"]], last.get(item["id"]), day)
            for item in sorted(_items(w, whole), key=lambda item: str(item["id"]))
        ]
        w.detail |= {"count": len(bodies), "total": sum(int(body["amount"]) for body in bodies)}
        return w.put_many("bank_returns", bodies, fresh=True)


def _items(r: Reading, ids: Iterable[str]) -> list[dict[str, Any]]:
    query = sa.select(
        _i, _b.c.locked_at, _b.c.state.label("batch_state"), _b.c.void.label("batch_void")
    ).join(_b, _b.c.id == _i.c.batch)
    return [row for some in chunks(sorted(ids)) for row in r.rows(query.where(_i.c.id.in_(some)))]


def _whole_lines(r: Reading, given: dict[str, Returned]) -> dict[str, Returned]:
    """The items with those that stand in the same bank line: a facility gets one line for all its items."""
    rows = _items(r, given)
    missing = given.keys() - {row["id"] for row in rows if not row["void"]}
    if missing:
        raise UserError(
            "no_such_item", f"没有这笔发放：{sorted(missing)[0]}。没有登记，请从发放明细里重新选。"
        )
    facilities = r.get_many("records", {row["payee"] for row in rows if row["payee"]})
    whole = dict(given)
    last = returns_of_items(r, given)
    for row in rows:
        if row["payee"] not in facilities or row["id"] not in given:
            continue
        beside = sa.select(_i.c.id).where(
            _i.c.batch == row["batch"], _i.c.payee == row["payee"], _i.c.void == 0, _i.c.total > 0,
            _i.c.account_number == row["account_number"], _i.c.account_name == row["account_name"],
        )  # fmt: skip
        others = list(r.connection.execute(beside).scalars())
        latest = returns_of_items(r, others)
        sent = _sent_in(last.get(row["id"]))
        whole |= {
            one: Returned(one, given[row["id"]].reason, given[row["id"]].words)
            for one in others
            if one not in whole and _sent_in(latest.get(one)) == sent
        }
    return whole


def _sent_in(last: ReturnLine | None) -> str:
    """Where an item was last sent: "" in its batch, the number of a file sent again, or a state that ends it."""
    if last is None:
        return ""
    return last.reissue if last.state == REISSUED else last.state


def _new_return(item: dict[str, Any], told: Returned, last: ReturnLine | None, day: date) -> dict[str, Any]:
    who = item["row"].get("_name") or item["account_name"] or ""
    which = f"{who} {item['month']} 的 {format_money_grouped(item['total'])} 元"
    if not item["account_number"]:
        raise UserError("paid_in_cash", f"{which}发的是现金，没有经过银行。没有登记退票。")
    if item["total"] <= 0 or item["batch_void"] or item["batch_state"] != "locked":
        raise UserError("nothing_sent", f"{which}没有发到银行。没有登记退票。")
    if last is not None and last.state == RETURNED:
        raise UserError(
            "returned_already", f"{which}在 {last.returned_on} 已经登记过退票，还没有重发。没有再登记。"
        )
    if last is not None and last.state == DROPPED:
        raise UserError("dropped_already", f"{which}已经退回财政，不再发放。没有登记退票。")
    sent = last.settled_on if last is not None else str(item["locked_at"] or "")[:10]
    if day.isoformat() < sent:
        raise UserError(
            "day_wrong", f"{which}是 {sent} 发出的，退票日期 {day.isoformat()} 比它早。没有登记，请核对日期。"
        )
    number, name, bank = (
        (last.new_number, last.new_name, last.new_bank)
        if last is not None
        else (item["account_number"], item["account_name"], item["account_bank"])
    )
    return {
        "owner": item["owner"], "item": item["id"], "record": item["record"], "person": item["person"],
        "attempt": last.attempt + 1 if last is not None else 1, "reason": told.reason,
        "returned_on": day.isoformat(), "amount": item["total"], "account_number": number, "account_name": name,
        "account_bank": bank, "state": RETURNED, "more": {"words": told.words.strip()} if told.words.strip() else {},
    }  # fmt: skip


def _require_day(on: str, today: date) -> date:
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise UserError("day_wrong", f"日期“{on}”要写到日，例如 2026-06-18。没有登记。") from None
    if day > today:
        raise UserError("day_wrong", f"日期 {on} 还没有到。没有登记，请核对日期。")
    return day


def require_township(store: Store) -> None:
    """Raises UserError not_here at the county."""
    if store.site.role == "county":
        raise UserError("not_here", "退票由发钱的乡镇登记和重发，县端只能查看。没有改动。")


# -- what is not sent again -------------------------------------------------------------------------


def drop_returns(store: Store, ids: Sequence[str], *, reason: str, on: str, today: date) -> int:
    """The money stays with the treasury (退回财政，不再发放); returns the cents.

    Where the month was paid too much and an open recovery asks for it, it counts there as come back.
    Raises UserError not_here, reason_missing, no_such_return, settled_already, day_wrong.
    """
    require_township(store)
    if not reason.strip():
        raise UserError("reason_missing", "没有写不再发放的理由。没有改动。")
    with store.writing("bank_return_dropped", {"reason": reason.strip(), "on": on}) as w:
        day = _require_day(on, today)
        lines = still_returned(w, ids)
        for one in lines:
            if day.isoformat() < one.returned_on:
                raise UserError(
                    "day_wrong", f"{one.name}的钱 {one.returned_on} 才退回，日期 {on} 比它早。没有改动。"
                )
        w.put_many(
            "bank_returns",
            [
                {
                    "id": one.id, "state": DROPPED, "settled_on": day.isoformat(), "settled_by": w.user,
                    "more": {**one.more, "dropped": reason.strip()},
                }
                for one in lines
            ],
        )  # fmt: skip
        credit_dropped(w, [one.record for one in lines])
        total = sum(one.amount for one in lines)
        w.detail |= {"count": len(lines), "total": total}
    return total


def withdraw_returns(store: Store, ids: Sequence[str], *, reason: str) -> int:
    """Take back returns that were registered in error; returns how many.

    Raises UserError not_here, reason_missing, no_such_return, settled_already.
    """
    require_township(store)
    if not reason.strip():
        raise UserError("reason_missing", "没有写撤销的理由。没有撤销。")
    with store.writing("bank_return_withdrawn", {"reason": reason.strip()}) as w:
        lines = still_returned(w, ids)
        w.put_many(
            "bank_returns",
            [
                {"id": one.id, "void": 1, "more": {**one.more, "withdrawn": reason.strip(), "by": w.user}}
                for one in lines
            ],
        )
        w.detail |= {"count": len(lines)}
    return len(lines)


def still_returned(r: Reading | Writing, ids: Sequence[str]) -> list[ReturnLine]:
    """Some returns, in the order given. Raises UserError no_such_return, settled_already."""
    found = {one.id: one for one in list_returns(r, ids=ids)}
    for one in dict.fromkeys(ids):
        if one not in found:
            raise UserError("no_such_return", f"没有这笔退票：{one}。没有改动，请重新查看退票。")
        if found[one].state != RETURNED:
            line = found[one]
            raise UserError(
                "settled_already",
                f"{line.name} {line.month} 的退票{STATES[line.state]}（{line.settled_on}）。没有改动。",
            )
    return [found[one] for one in dict.fromkeys(ids)]
