"""Where the chain of each other laptop of the division stands here, and whether a file of it is the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.files.enrolment import Membership, membership
from minzheng_desktop.exchange.files.envelope import COPY, Envelope
from minzheng_desktop.exchange.files.package import Opened, Place
from minzheng_desktop.exchange.judging import early
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

PEER, PEER_COPY = "peer", "copy"
"""Directions in `packages`: a package of another laptop of the division, a part of a copy of its database."""
PLACES_SETTING = "exchange.peers"
APPLIED, ALREADY, WAITING, REFUSED = "applied", "already", "waiting", "refused"

_packages, _laptops = schema.packages.c, schema.laptops.c


class Peer(msgspec.Struct, frozen=True):
    """Another live laptop of the division, with the last package of it that was read here and those that wait."""

    laptop: str
    letter: str
    may_lock: bool
    number: int
    at: str
    waiting: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()


def list_peers(r: Reading) -> list[Peer]:
    """The other live laptops of this division by letter."""
    site, places = r.store.site, read_places(r)
    rows = r.rows(
        sa.select(schema.laptops)
        .where(_laptops.division == site.division, _laptops.id != site.laptop)
        .order_by(_laptops.letter)
    )
    peers = []
    for row in rows:
        place = places.get(row["id"], Place())
        last = r.scalar(
            sa.select(sa.func.max(_packages.at)).where(
                _packages.direction.in_((PEER, PEER_COPY)), _packages.laptop == row["id"]
            )
        )
        here = tuple(one.number for one in early.early_packages(r, row["id"]))
        missing = early.missing_numbers(place.number, here) if here else ()
        peers.append(
            Peer(row["id"], row["letter"], bool(row["may_lock"]), place.number, last or "", here, missing)
        )
    return peers


def require_member(store: Store) -> Membership:
    """UserError unless this is an enrolled township."""
    if store.site.role != "township":
        raise UserError(
            "not_a_township", "这是县局的台账。乡镇两台电脑互相读包，在乡镇的电脑上做。没有改动。"
        )
    with store.reading() as r:
        member = membership(r)
    if member is None:
        raise UserError("not_enrolled", "本台账还没有接入县局，读不了另一台电脑的包。请先读县局的接入文件。")
    return member


def read_places(r: Reading) -> dict[str, Place]:
    """Where the chain of each other laptop stands here, by laptop."""
    return msgspec.convert(r.setting(PLACES_SETTING, {}), dict[str, Place])


def place_of(r: Reading, opened: Opened) -> str:
    """Whether an opened file is the next one of its laptop, was read before, or waits for others."""
    envelope = opened.envelope
    direction = PEER_COPY if envelope.format == COPY else PEER
    seen = _entry(r, direction, envelope)
    if seen is not None:
        if seen["digest"] == opened.digest:
            return ALREADY
        raise UserError(
            "fork",
            f"{envelope.sender.letter} 机的第 {envelope.number:04d} 号包以前读过另一份，内容不同："
            "可能有两台电脑在用同一个身份，或那台电脑恢复过备份。没有读入，台账没有变化。请与那台电脑的经办人核对。",
        )
    if envelope.format == COPY:
        return APPLIED
    place = read_places(r).get(envelope.sender.laptop, Place())
    if envelope.epoch == place.epoch and envelope.number <= place.number:
        return ALREADY  # what it holds came with a copy
    follows = envelope.number == place.number + 1 and envelope.previous == place.envelope
    if envelope.epoch == place.epoch:
        if envelope.number == place.number + 1 and not follows:
            raise UserError(
                "broken_chain",
                f"{envelope.sender.letter} 机的第 {envelope.number:04d} 号包与本机读过的"
                f"第 {place.number:04d} 号接不上：可能有两台电脑在用同一个身份。没有读入，台账没有变化。"
                "请与那台电脑的经办人和县局核对。",
            )
        return APPLIED if follows else WAITING
    known = not envelope.previous or follows or _has_read(r, envelope)
    return APPLIED if known else WAITING


def _has_read(r: Reading, envelope: Envelope) -> bool:
    """Whether the package before this one, in an earlier epoch of its laptop, was read here."""
    rows = r.rows(
        sa.select(_packages.counts).where(
            _packages.direction == PEER,
            _packages.laptop == envelope.sender.laptop,
            _packages.number == envelope.number - 1,
        )
    )
    return any(row["counts"].get("envelope") == envelope.previous for row in rows)


def _entry(r: Reading, direction: str, envelope: Envelope) -> dict[str, Any] | None:
    p = _packages
    return r.one(
        sa.select(schema.packages).where(
            p.direction == direction,
            p.laptop == envelope.sender.laptop,
            p.epoch == envelope.epoch,
            p.number == envelope.number,
        )
    )


def move_on(w: Writing, opened: Opened) -> None:
    """Where the chains stand after this file; a copy moves them once all of its parts are here."""
    envelope, places = opened.envelope, read_places(w)
    if envelope.format != COPY:
        places[envelope.sender.laptop] = Place(envelope.epoch, envelope.number, opened.envelope_digest)
    else:
        p = _packages
        parts = w.scalar(
            sa.select(sa.func.count()).where(
                p.direction == PEER_COPY, p.laptop == envelope.sender.laptop, p.epoch == envelope.epoch
            )
        )
        if int(parts or 0) < opened.head.parts:
            return
        for laptop, place in opened.head.places.items():
            here = places.get(laptop, Place())
            if laptop != w.store.site.laptop and (here.epoch != place.epoch or here.number < place.number):
                places[laptop] = place
    w.set_setting(PLACES_SETTING, msgspec.to_builtins(places))
