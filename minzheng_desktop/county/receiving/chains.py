"""Where a package stands in its laptop's chain: next, applied before, too early, or of another chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.county.receiving.senders import REGISTERED, REVOKED, Position, Sender, position_of
from minzheng_desktop.exchange.files.envelope import Envelope
from minzheng_desktop.exchange.files.package import Opened
from minzheng_desktop.exchange.judging import early
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

ALREADY, WAITING = "already", "waiting"

_packages = schema.packages.c


class NotNext(UserError):
    """The package is not the next one: applied before, or waiting for another."""

    status: str = WAITING
    opened: Opened
    sender: Sender


class Gap(msgspec.Struct, frozen=True):
    """A laptop's packages that wait for others: the numbers `here`, and those `missing` before them."""

    division: str
    laptop: str
    serial: str
    letter: str
    here: tuple[int, ...]
    missing: tuple[int, ...]

    @property
    def words(self) -> str:
        """What is missing and what waits for it, as a sentence without its end."""
        return f"还缺{early.number_words(self.missing)}包，{early.number_words(self.here)}已到，存着等"


def require_next(r: Reading, sender: Sender, opened: Opened) -> None:
    """Return when the opened package follows the last one applied from its laptop.

    Raises NotNext (`already`, or `waiting` for an earlier package or for a person after a restore), and
    UserError `fork` or `broken_chain` when two packages claim one place.
    """
    try:
        _require_next(r, sender, opened)
    except NotNext as error:
        error.opened, error.sender = opened, sender
        raise


def _require_next(r: Reading, sender: Sender, opened: Opened) -> None:
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
            f"在等第 {expected:04d} 号包，这是第 {envelope.number:04d} 号。",
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


def ripe_package(r: Reading, laptop: str) -> early.Early | None:
    """The package of a laptop that waits and whose turn it is now, or None."""
    row = _registered(r, laptop)
    if row is None:
        return None
    position = position_of(row)
    return next(
        (
            one
            for one in _of_chain(early.early_packages(r, laptop), position)
            if one.number == position.number + 1
        ),
        None,
    )


def outrun(r: Reading, laptop: str, envelope: Envelope) -> list[early.Early]:
    """The packages of a laptop that wait in vain once the package of `envelope` is applied: their place is taken."""
    return [
        one
        for one in early.early_packages(r, laptop)
        if one.epoch == envelope.epoch and one.number <= envelope.number
    ]


def gaps(r: Reading) -> list[Gap]:
    """Every laptop of which packages wait for others, by division and letter."""
    waiting: dict[str, list[early.Early]] = {}
    for one in early.early_packages(r):
        waiting.setdefault(one.laptop, []).append(one)
    found = []
    for laptop, ones in waiting.items():
        row = _registered(r, laptop) or _issued(r, ones[0].serial)
        if row is None:
            continue
        position = position_of(row)
        here = tuple(one.number for one in _of_chain(ones, position) if one.number > position.number)
        missing = early.missing_numbers(position.number, here)
        if missing:
            found.append(Gap(row["division"], laptop, row["serial"], row["letter"], here, missing))
    return sorted(found, key=lambda gap: (gap.division, gap.letter))


def _of_chain(waiting: list[early.Early], position: Position) -> list[early.Early]:
    """Those in the epoch of the laptop's chain; before its first package and after a restore, in any."""
    anew = position.resume or not position.epoch
    return [one for one in waiting if anew or one.epoch == position.epoch]


def _registered(r: Reading, laptop: str) -> dict[str, Any] | None:
    c = schema.laptops.c
    return r.one(sa.select(schema.laptops).where(c.id == laptop, c.state == REGISTERED))


def _issued(r: Reading, serial: str) -> dict[str, Any] | None:
    c = schema.laptops.c
    return r.one(sa.select(schema.laptops).where(c.serial == serial, c.state != REVOKED))
