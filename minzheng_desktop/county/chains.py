"""Where a package stands in its laptop's chain: next, applied before, too early, or of another chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.county.senders import Sender
from minzheng_desktop.exchange.envelope import Envelope
from minzheng_desktop.exchange.package import Opened
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

ALREADY, WAITING = "already", "waiting"

_packages = schema.packages.c


class NotNext(UserError):
    """The package is not the next one: applied before, or waiting for another."""

    status: str = WAITING


def require_next(r: Reading, sender: Sender, opened: Opened) -> None:
    """Return when the opened package follows the last one applied from its laptop.

    Raises NotNext (`already`, or `waiting` for an earlier package or for a person after a restore), and
    UserError `fork` or `broken_chain` when two packages claim one place.
    """
    envelope, position = opened.envelope, sender.position
    seen = package_of(r, envelope)
    if seen is not None:
        if seen["digest"] == opened.digest:
            raise _not_next(ALREADY, "already", "这个包以前收过，没有变化。")
        raise UserError(
            "fork",
            f"第 {envelope.number:04d} 号包以前收过另一份，内容不同：可能有两台电脑在用同一个身份，"
            "或电脑恢复过备份。没有读入，台账没有变化。请与乡镇核对。",
        )
    if position.epoch and envelope.epoch != position.epoch and not position.resume:
        raise _not_next(
            WAITING,
            "other_epoch",
            "这台电脑恢复过备份或重装过，与以前的包接不上。没有读入，等县局在电脑登记表里确认后再收。",
        )
    expected = position.number + 1
    if envelope.number > expected:
        raise _not_next(
            WAITING,
            "gap",
            f"在等第 {expected:04d} 号包，这是第 {envelope.number:04d} 号。没有读入，收到前面的包后再收。",
        )
    if envelope.number < expected or envelope.previous != position.envelope:
        raise UserError(
            "broken_chain",
            f"第 {envelope.number:04d} 号包与已收的第 {position.number:04d} 号接不上：可能有两台电脑在用同一个身份。"
            "没有读入，台账没有变化。请与乡镇核对。",
        )


def _not_next(status: str, code: str, message: str) -> NotNext:
    error = NotNext(code, message)
    error.status = status
    return error


def package_of(r: Reading, envelope: Envelope) -> dict[str, Any] | None:
    """The entry of the package that was applied under this envelope's laptop, epoch and number, or None."""
    p = _packages
    return r.one(
        sa.select(schema.packages).where(
            p.direction == "in",
            p.laptop == envelope.sender.laptop,
            p.epoch == envelope.epoch,
            p.number == envelope.number,
        )
    )
