"""What was handed to the bank: locked batches and files sent again, line by line as the bank has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.bank_returns import list_returns, returns_of_items
from minzheng_desktop.benefits.reissues import list_reissues
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.dates import format_month_cn
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

_i, _b, _r, _p = schema.payment_items, schema.payment_batches, schema.records, schema.people
_KINDS = {"backpay": "补发", "adjust": "补差"}


class Send(msgspec.Struct, frozen=True):
    """One file at the bank: `key` is the batch's id or the number of a file sent again; day ISO, cents."""

    key: str
    title: str
    number: str
    on: str
    total: int


class SentLine(msgspec.Struct, frozen=True):
    """One line of it, with the payment items behind it; `state` is that of its return where it came back, else ""."""

    account: str
    name: str
    amount: int
    who: str
    items: tuple[str, ...]
    state: str = ""
    returned_on: str = ""


def list_sends(r: Reading, *, limit: int = 60) -> list[Send]:
    """The latest files of this office, the newest first; batches paid in cash are left out."""
    through_bank = sa.exists().where(_i.c.batch == _b.c.id, _i.c.account_number != "", _i.c.void == 0)
    query = (
        sa.select(_b.c.id, _b.c.form, _b.c.month, _b.c.kind, _b.c.number, _b.c.locked_at, _b.c.total)
        .where(
            _b.c.owner == r.store.site.division, _b.c.void == 0, _b.c.state == "locked", through_bank
        )
        .order_by(_b.c.locked_at.desc(), _b.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    forms = r.store.catalog.forms
    found = []
    for row in r.rows(query):
        title = forms[row["form"]].title if row["form"] in forms else row["form"]
        words = f"{title} {format_month_cn(row['month'])}{_KINDS.get(row['kind'], '')}"
        found.append(Send(row["id"], words, row["number"], (row["locked_at"] or "")[:10], row["total"]))
    again = [Send(one.number, "退票重发", one.number, one.on, one.total) for one in list_reissues(r)]
    return sorted(found + again[:limit], key=lambda one: one.on, reverse=True)[:limit]


def find_send(r: Reading, wanted: str) -> Send:
    """A send by its key or number. Raises UserError no_such_send."""
    for one in list_sends(r, limit=100_000):
        if wanted in (one.key, one.number):
            return one
    raise UserError(
        "no_such_send",
        f"没有编号是“{wanted}”的批次或退票重发。没有登记，批次编号见花名册和银行交接单。",
    )


def find_items(r: Reading, *, form: str, month: str, kind: str, id_number: str) -> list[str]:
    """The payment items of one person in the locked batches of a form, month and kind, sent through the bank.

    Raises UserError no_such_item.
    """
    query = (
        sa.select(_i.c.id, _i.c.row, _p.c.id_number)
        .join(_b, _b.c.id == _i.c.batch)
        .join(_r, _r.c.id == _i.c.record)
        .outerjoin(_p, _p.c.id == sa.func.coalesce(_i.c.person, _r.c.person))
        .where(_b.c.form == form, _b.c.month == month, _b.c.kind == kind, _b.c.void == 0, _i.c.void == 0)
    )
    wanted = id_number.strip().upper()
    found = [row["id"] for row in r.rows(query) if wanted in (row["id_number"], row["row"].get("_id_number"))]
    if not found:
        raise UserError(
            "no_such_item",
            f"{month} 锁定的发放里没有证号是 {id_number} 的人。没有登记，请核对业务、月份和证号。",
        )
    return found


def sends_with(r: Reading, paid: Collection[tuple[str, int]], *, most: int = 6) -> list[Send]:
    """The sends that hold most of some (account, cents), the best first, at most some."""
    v = schema.bank_returns
    counted: Counter[str] = Counter()
    for some in chunks(sorted({account for account, _ in paid})):
        for key, number, cents in (
            (_i.c.batch, _i.c.account_number, _i.c.total), (v.c.reissue, v.c.new_number, v.c.amount),
        ):  # fmt: skip
            query = sa.select(key, number, cents).where(number.in_(some), key.is_not(None))
            for send, account, total in r.connection.execute(query):
                # a provider's line is the sum of several items: its account alone says a little
                counted[send] += 1000 if (account, total) in paid else 1
    sends = [one for one in list_sends(r, limit=100_000) if counted[one.key]]
    return sorted(sends, key=lambda one: -counted[one.key])[:most]


def sent_lines(r: Reading, send: Send) -> list[SentLine]:
    """The lines of a send: a facility has one for all its items, everybody else one each."""
    if send.key == send.number:
        return _again(r, send.number)
    query = (
        sa.select(_i.c.id, _i.c.account_number, _i.c.account_name, _i.c.total, _i.c.row, _i.c.payee)
        .where(_i.c.batch == send.key, _i.c.void == 0, _i.c.account_number != "", _i.c.total > 0)
        .order_by(_i.c.id)
    )
    rows = r.rows(query)
    facilities = r.get_many("records", {row["payee"] for row in rows if row["payee"]})
    last = returns_of_items(r, [row["id"] for row in rows])
    found: dict[tuple[str, ...], SentLine] = {}
    for row in rows:
        back = last.get(row["id"])
        one = SentLine(
            row["account_number"], row["account_name"] or "", row["total"], row["row"].get("_name") or "",
            (row["id"],), back.state if back else "", back.returned_on if back else "",
        )  # fmt: skip
        facility = row["payee"] in facilities
        key = (row["payee"], one.account, one.name) if facility else (row["id"],)
        _join(found, key, one)
    return list(found.values())


def _again(r: Reading, number: str) -> list[SentLine]:
    lines = list_returns(r, reissue=number)
    last = returns_of_items(r, [line.item for line in lines])
    found: dict[tuple[str, ...], SentLine] = {}
    for line in sorted(lines, key=lambda one: one.id):
        back = last[line.item] if last[line.item].attempt > line.attempt else None
        one = SentLine(
            line.new_number, line.new_name, line.amount, line.name, (line.item,), back.state if back else "",
            back.returned_on if back else "",
        )  # fmt: skip
        facility = bool(line.more.get("facility"))
        key = (str(line.more.get("payee")), one.account, one.name, line.form, line.month)
        _join(found, key if facility else (line.id,), one)
    return list(found.values())


def _join(found: dict[tuple[str, ...], SentLine], key: tuple[str, ...], one: SentLine) -> None:
    known = found.get(key)
    found[key] = (
        msgspec.structs.replace(known, amount=known.amount + one.amount, items=known.items + one.items)
        if known
        else one
    )
