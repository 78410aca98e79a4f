"""Applying a receipt in the township: one transaction, and the same again when it is applied twice."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.down.decided import Decided
from minzheng_desktop.exchange.down.receipt import (
    APPLIED,
    RESUME,
    STANDING,
    OpenedReceipt,
    PackageMark,
    ReceiptHead,
    RowLine,
    open_receipt,
    sum_outcome,
)
from minzheng_desktop.exchange.down.ruled import Ruled
from minzheng_desktop.exchange.down.taking import renew, take_down
from minzheng_desktop.exchange.files.enrolment import Membership, membership
from minzheng_desktop.exchange.files.package import Count
from minzheng_desktop.exchange.sending.chain import Chain, is_paused, keep_chain, read_chain
from minzheng_desktop.exchange.sending.compare import differing, digest_rows
from minzheng_desktop.exchange.sending.outbox import ACKNOWLEDGED, WAITING
from minzheng_desktop.exchange.sending.trouble import (
    AHEAD,
    CONFIRM,
    PAUSING,
    Trouble,
    county_word,
    end_troubles,
    keep_county_word,
    moment,
    note_trouble,
    pause,
    short,
)
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

_outbox = schema.outbox.c


class AppliedReceipt(msgspec.Struct, frozen=True):
    """What a receipt said and did. Counts are lines and cents; `acknowledged_number` is the chain's mark now.

    `audit_holds` is False when our own audit chain is not the one that the county saw (rewritten, rolled back).
    """

    package: int
    accepted: Count
    rejected: Count
    held: Count
    questioned: Count
    decisions: Decided
    rulings: Ruled
    acknowledged_number: int
    resumed: bool
    audit_holds: bool
    rows: tuple[RowLine, ...]


def apply_receipt(store: Store, data: bytes, *, today: date) -> AppliedReceipt:
    """Open and apply a receipt. Raises UserError and changes nothing when it is not for us or does not fit.

    One that shows packages of ours that we never wrote (`rolled_back`, `forked`, `other_chain`) changes one thing:
    the exchange pauses, with the trouble kept, until the county confirmed this laptop.
    """
    receipt = open_receipt(store, data)
    head = receipt.head
    with store.reading() as r:
        diverged = _diverged(r, receipt)
    if diverged is not None:
        told = {"code": diverged.code, "last": head.last.number, "sha256": receipt.digest}
        with store.writing("chain_trouble", told) as w:
            pause(w, diverged)
            keep_county_word(w, head)
        raise UserError(diverged.code, f"{diverged.said}这份回执没有读入，记录没有变化。{diverged.way}")
    detail = {"package": head.package.number, "status": head.status, "sha256": receipt.digest}
    with store.writing("receipt", detail) as w:
        resumed = head.status == RESUME and _resume(w, receipt)
        chain = read_chain(w) if resumed else _acknowledge(w, receipt)
        renew(w, receipt.down, standing=head.standing)
        came = take_down(w, receipt.down, origin=head.sender.laptop, today=today)
        audit_holds = _audit_holds(w, receipt)
        if not audit_holds:
            w.detail["audit_differs_from_county"] = True
        tallies = head.tallies
        result = AppliedReceipt(
            package=head.package.number,
            accepted=sum_outcome(tallies, "new", "changed", "same"),
            rejected=sum_outcome(tallies, "rejected"),
            held=sum_outcome(tallies, "held"),
            questioned=sum_outcome(tallies, "questioned"),
            decisions=came.decisions,
            rulings=came.rulings,
            acknowledged_number=chain.acknowledged_to,
            resumed=resumed,
            audit_holds=audit_holds,
            rows=tuple(receipt.rows),
        )
        if head.status != STANDING:
            _keep(w, receipt, result)
        keep_county_word(w, head)
        _note_county_clock(w, head)
    return result


def _note_county_clock(w: Writing, head: ReceiptHead) -> None:
    """A receipt that was written after now: one of the two clocks is wrong."""
    if moment(head.made_at) - moment(w.at) <= AHEAD:
        end_troubles(w, ["from_the_future"])
        return
    said = f"县局的回执写于 {short(head.made_at)}，比本机现在的时间（{short(w.at)}）还晚，两边有一台电脑的时钟不对。"
    note_trouble(w, Trouble("from_the_future", said, "请核对本机的日期和时间；本机是对的，就请告诉县局。"))


def _diverged(r: Reading, receipt: OpenedReceipt) -> Trouble | None:
    """What is wrong when the county has packages of this laptop that this database never wrote; None when it has not,
    or when the exchange pauses already."""
    chain, head = read_chain(r), receipt.head
    last = head.last
    if head.status == RESUME or is_paused(r) or not last.number or _sent(r, last) is not None:
        return None
    if last.epoch != chain.epoch:
        if last.envelope == chain.behind:
            return (
                None  # the package behind which this epoch goes on, which a restored database need not know
            )
        word = county_word(r)
        if word is not None and head.standing <= word.standing:
            return None  # written before a receipt that was read: what it says of our packages is over
        if r.one(sa.select(_outbox.number).where(_outbox.epoch == last.epoch).limit(1)) is not None:
            return None  # an old receipt, from before this database went on in a new epoch
        said = (
            "县局收到的包属于另一段编号，本机没有写过：本机的台账比县局见过的旧，或另一台电脑用着它的复制件。"
        )
        return Trouble("other_chain", said, CONFIRM)
    if last.number > chain.last_number:
        said = (
            f"县局收到过第 {last.number:04d} 号包，本机没有（本机只写到第 {chain.last_number:04d} 号）："
            "本机的台账比县局见过的旧，可能是旧的台账文件被拷了回来，或另一台电脑用着同一份台账的复制件。"
        )
        return Trouble("rolled_back", said, CONFIRM)
    said = (
        f"县局收到的第 {last.number:04d} 号包与本机写的第 {last.number:04d} 号不是同一份："
        "本机用回过旧的台账，或另一台电脑用着同一份台账的复制件。"
    )
    return Trouble("forked", said, CONFIRM)


def _acknowledge(w: Writing, receipt: OpenedReceipt) -> Chain:
    chain, head = read_chain(w), receipt.head
    last = head.last
    if is_paused(w):
        raise UserError(
            "other_epoch",
            "这份回执针对的是恢复备份或出岔子之前写出的包，没有读入，台账没有变化。请县局确认本机后重写回执。",
        )
    if not last.number:
        return chain
    if last.epoch != chain.epoch and last.envelope != chain.behind:
        raise UserError(
            "other_epoch",
            "这份回执针对的是恢复备份之前写出的包，没有读入，台账没有变化。请读县局后来写的回执。",
        )
    member = membership(w)
    if member is not None and head.standing > member.last_receipt and last.number < chain.acknowledged_to:
        chain = _county_fell_back(w, chain, last.number)
    _mark_sent(w, receipt, chain.epoch)
    advanced = msgspec.structs.replace(chain, acknowledged_to=max(chain.acknowledged_to, last.number))
    if advanced != read_chain(w):
        keep_chain(w, advanced)
    return advanced


def _county_fell_back(w: Writing, chain: Chain, number: int) -> Chain:
    """The county restored an older database: what it had acknowledged after `number` is to be copied once more."""
    rows = w.rows(sa.select(schema.outbox).where(_outbox.epoch == chain.epoch, _outbox.number > number))
    for row in rows:
        told = ("received", "applied", "answered")
        kept = {key: value for key, value in row["more"].items() if key not in told}
        w.update(
            "outbox",
            {"state": WAITING, "more": kept},
            *(_outbox.epoch == chain.epoch, _outbox.number == row["number"]),
        )
    w.detail["county_fell_back_to"] = number
    return msgspec.structs.replace(chain, acknowledged_to=number)


def _mark_sent(w: Writing, receipt: OpenedReceipt, epoch: str) -> None:
    """Note at our packages what the county has of them: received, applied, answered, each with the time of the first
    receipt that said so."""
    head = receipt.head
    rows = w.rows(
        sa.select(schema.outbox).where(
            _outbox.epoch == epoch,
            sa.or_(
                _outbox.number <= head.last.number,
                _outbox.number.in_(head.waiting),
                _outbox.number == head.package.number,
            ),
            sa.or_(_outbox.state == WAITING, _outbox.number == head.package.number),
        )
    )
    for row in rows:
        applied = row["number"] <= head.last.number
        more = {"received": head.made_at, **row["more"]}
        if applied:
            more.setdefault("applied", head.made_at)
        if head.status == APPLIED and row["number"] == head.package.number:
            more.setdefault("answered", w.at)
        state = ACKNOWLEDGED if applied else row["state"]
        if (state, more) != (row["state"], row["more"]):
            w.update(
                "outbox",
                {"state": state, "more": more},
                *(_outbox.epoch == epoch, _outbox.number == row["number"]),
            )


def _resume(w: Writing, receipt: OpenedReceipt) -> bool:
    """Take up the chain in the site's new epoch behind the last package that the county applied.

    Where the receipt tells what the county holds, only changes of rows that differ are packed again; else those
    after the last package that both sides know.
    """
    chain, head = read_chain(w), receipt.head
    last = head.last
    member, sent, epoch = membership(w), _sent(w, last), w.store.site.epoch
    if not is_paused(w):
        if not last.number or (sent is not None and not _passed_over(chain, member, head)):
            return False
        epoch = new_id()
        w.store.change_site(w, epoch=epoch)
    if last.number and last.epoch != chain.epoch and (member is None or head.standing <= member.last_receipt):
        raise UserError("other_epoch", "这份回执不是针对本台账的，没有读入，台账没有变化。请与县局核对。")
    known = sent or w.one(
        sa.select(schema.outbox).where(
            _outbox.epoch == chain.epoch,
            _outbox.number == min(chain.acknowledged_to, last.number),
        )
    )
    packed_to = int(known["to_seq"]) if known is not None and last.number else 0
    compared_to, again, ranges = 0, {}, {}
    if head.holds:
        compared_to, packed_to = w.change_number(), 0
        mine = digest_rows(w, w.store.site.division, like=head.holds)
        again = differing(mine, head.holds)
        ranges = {table: len(told) for table, told in (mine | head.holds).items()}
    if last.number:
        _mark_sent(w, receipt, chain.epoch if sent is None else last.epoch)
    keep_chain(
        w,
        Chain(
            epoch=epoch,
            last_number=last.number,
            last_envelope=last.envelope,
            packed_to=packed_to,
            acknowledged_to=last.number,
            compared_to=compared_to,
            again=again,
            ranges=ranges,
            mark=epoch[-4:],
            behind=last.envelope,
        ),
    )
    end_troubles(w, PAUSING)
    return True


def _passed_over(chain: Chain, member: Membership | None, head: ReceiptHead) -> bool:
    """True when the county's newest word wants this chain behind another package of an earlier epoch than the one
    behind which it went on: packages from before the trouble came late, and those written since follow none any more.
    """
    newest = member is not None and member.registered and head.standing > member.last_receipt
    return newest and head.last.epoch != chain.epoch and chain.behind not in ("", head.last.envelope)


def _sent(w: Reading, mark: PackageMark) -> dict[str, Any] | None:
    return w.one(
        sa.select(schema.outbox).where(
            _outbox.number == mark.number,
            _outbox.epoch == mark.epoch,
            _outbox.envelope_digest == mark.envelope,
        )
    )


def _audit_holds(r: Reading, receipt: OpenedReceipt) -> bool:
    seen = receipt.head.audit
    if seen.length == 0:
        return True
    a = schema.audit.c
    return bool(r.scalar(sa.select(a.digest).where(a.seq == seen.length)) == seen.head)


def _keep(w: Writing, receipt: OpenedReceipt, result: AppliedReceipt) -> None:
    head, p = receipt.head, schema.packages.c
    mark = (
        p.direction == "receipt",
        p.laptop == head.sender.laptop,
        p.epoch == head.package.epoch,
        p.number == head.package.number,
    )
    w.delete("packages", *mark)
    w.insert(
        "packages",
        [
            {
                "id": receipt.digest[:32],
                "direction": "receipt",
                "division": head.sender.division,
                "laptop": head.sender.laptop,
                "number": head.package.number,
                "epoch": head.package.epoch,
                "digest": receipt.digest,
                "previous": head.package.envelope,
                "state": head.status,
                "at": head.made_at,
                "counts": {
                    "accepted": msgspec.to_builtins(result.accepted),
                    "rejected": msgspec.to_builtins(result.rejected),
                    "held": msgspec.to_builtins(result.held),
                    "questioned": msgspec.to_builtins(result.questioned),
                    "rows": msgspec.to_builtins(receipt.rows),
                    "findings": msgspec.to_builtins(receipt.down.findings),
                    "waiting": list(result.decisions.waiting),
                    "unknown": receipt.down.unknown,
                },
            }
        ],
    )
