"""Applying a receipt in the township: one transaction, and the same again when it is applied twice."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.chain import Chain, is_paused, keep_chain, read_chain
from minzheng_desktop.exchange.decided import Decided
from minzheng_desktop.exchange.package import Count
from minzheng_desktop.exchange.receipt import (
    RESUME,
    OpenedReceipt,
    PackageMark,
    RowLine,
    open_receipt,
    sum_outcome,
)
from minzheng_desktop.exchange.ruled import Ruled
from minzheng_desktop.exchange.taking import renew, take_down
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

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
    """Open and apply a receipt. Raises UserError and changes nothing when it is not for us or does not fit."""
    receipt = open_receipt(store, data)
    head = receipt.head
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
        _keep(w, receipt, result)
    return result


def _acknowledge(w: Writing, receipt: OpenedReceipt) -> Chain:
    chain, last = read_chain(w), receipt.head.last
    if last.epoch != chain.epoch or is_paused(w):
        raise UserError(
            "other_epoch",
            "这份回执针对的是恢复备份之前写出的包，没有读入，台账没有变化。请县局确认本机后重写回执。",
        )
    sent = _sent(w, last)
    if sent is None:
        raise UserError(
            "unknown_package",
            f"回执说县局已收到第 {last.number:04d} 号包，但本机没有写过这样一个包。没有读入，台账没有变化。"
            "可能有两台电脑在用同一个身份，请与县局核对。",
        )
    w.update("outbox", {"state": "acknowledged"}, _outbox.epoch == chain.epoch, _outbox.number <= last.number)
    advanced = msgspec.structs.replace(chain, acknowledged_to=max(chain.acknowledged_to, last.number))
    if advanced != chain:
        keep_chain(w, advanced)
    return advanced


def _resume(w: Writing, receipt: OpenedReceipt) -> bool:
    """Take up the chain in the site's new epoch behind the last package that the county applied.

    Changes packed after that package are packed again; those made after the backup are lost with the computer.
    """
    chain, last = read_chain(w), receipt.head.last
    if not is_paused(w):
        return False
    if last.number and last.epoch != chain.epoch:
        raise UserError("other_epoch", "这份回执不是针对本台账的，没有读入，台账没有变化。请与县局核对。")
    sent = _sent(w, last)
    known = chain.last_number <= last.number or sent is not None
    if not known:
        raise UserError(
            "unknown_package", "本机写过的包与县局收到的不是同一批，没有读入，台账没有变化。请与县局核对。"
        )
    packed_to = chain.packed_to if sent is None else int(sent["to_seq"])
    keep_chain(
        w,
        Chain(
            epoch=w.store.site.epoch,
            last_number=last.number,
            last_envelope=last.envelope,
            packed_to=packed_to if last.number else 0,
            acknowledged_to=last.number,
        ),
    )
    return True


def _sent(w: Writing, mark: PackageMark) -> dict[str, Any] | None:
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
