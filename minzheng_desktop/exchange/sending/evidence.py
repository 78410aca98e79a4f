"""Packages of this laptop that its database does not know: left by a killed export, or by a time that was undone.

An export that was killed between sealing and committing leaves one file in the outbox; when it holds what this
database would pack, it is taken up as it is, so that a number is the same bytes for ever. Anything else (a later
number, or a package on a stick, where one only comes after it was committed) shows that the database file is older
than what was already handed out: nothing more is sent until the county confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.files.container import MAX_FILE
from minzheng_desktop.exchange.files.enrolment import Membership, membership, private_keys
from minzheng_desktop.exchange.files.keys import PrivateKeys
from minzheng_desktop.exchange.files.package import Opened, open_package
from minzheng_desktop.exchange.sending import outbox
from minzheng_desktop.exchange.sending.trouble import CONFIRM, Trouble
from minzheng_desktop.store import schema
from minzheng_desktop.store.files import read_file
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.exchange.sending.position import Chain
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

_NUMBER = re.compile(r"_(\d{4,9})\.mzpkg$")
_versions = schema.versions.c


class TakenUp(msgspec.Struct, frozen=True):
    """A package that a killed export left, whole and ours: its file name, contents, and the last change in it."""

    name: str
    opened: Opened
    to_seq: int


def left_by_a_killed_export(store: Store, chain: Chain) -> TakenUp | None:
    """The sealed package in the outbox whose number comes next, when it holds what this database made and knows;
    None when there is none, or it does not open."""
    found = [one for one in _in_outbox(store, chain) if one[0] == chain.last_number + 1]
    if not found:
        return None
    _, name, opened = found[0]
    with store.reading() as r:
        to_seq = _place_of(r, opened, chain)
    return None if to_seq is None else TakenUp(name, opened, to_seq)


def next_in_outbox(store: Store, chain: Chain) -> tuple[str, Opened] | None:
    """The package of the outbox that follows the last one known, by number, epoch and digest; its file name too."""
    number, name, opened = next(_in_outbox(store, chain), (0, "", None))
    if opened is None or number != chain.last_number + 1:
        return None
    envelope = opened.envelope
    if (envelope.epoch, envelope.previous) != (chain.epoch, chain.last_envelope):
        return None
    return name, opened


def older_than_its_packages(store: Store, chain: Chain, folders: Sequence[Path]) -> Trouble | None:
    """The trouble of a database that is older than packages it wrote, which lie in its outbox or on a stick."""
    with store.reading() as r:
        member, keys = membership(r), private_keys(r)
        if member is None or keys is None:
            return None
        left = [(number, _audit_is_ours(r, opened)) for number, _, opened in _in_outbox(store, chain)]
    if any(number > chain.last_number + 1 or not ours for number, ours in left):
        return _trouble(max(left)[0], "本机的存底里", chain)
    for folder in folders:
        for number, path in _numbered(folder, chain, prefix=""):
            mine = _opened(store, path, member, keys)
            if mine is not None and mine.envelope.epoch == chain.epoch:
                return _trouble(number, f"{folder} 上", chain)
    return None


def _trouble(number: int, where: str, chain: Chain) -> Trouble:
    said = (
        f"{where}有本机写的第 {number:04d} 号包，台账里却只写到第 {chain.last_number:04d} 号："
        "现在打开的是旧的台账文件，后来的内容不在里面。有较新的台账或备份，请先换回来。"
    )
    return Trouble("rolled_back", said, CONFIRM)


def _in_outbox(store: Store, chain: Chain) -> Iterator[tuple[int, str, Opened]]:
    """Own packages in the outbox that come after the last one known: number, file name, contents."""
    with store.reading() as r:
        member, keys = membership(r), private_keys(r)
    if member is None or keys is None:
        return
    prefix = outbox.prefix_of(chain.epoch)
    for number, path in _numbered(outbox.folder_of(store), chain, prefix=prefix):
        opened = _opened(store, path, member, keys)
        if opened is not None:
            yield number, path.name.removeprefix(prefix), opened


def _numbered(folder: Path, chain: Chain, *, prefix: str) -> Iterator[tuple[int, Path]]:
    """Package files of a folder with a number that comes after the last one known, lowest first."""
    names: list[tuple[int, Path]] = []
    with suppress(OSError):
        for path in folder.glob(f"{prefix}*.mzpkg"):
            found = _NUMBER.search(path.name)
            if found and int(found[1]) > chain.last_number:
                names.append((int(found[1]), path))
    yield from sorted(names)


def _opened(store: Store, path: Path, member: Membership, keys: PrivateKeys) -> Opened | None:
    """A file as a package that this laptop itself signed, or None."""
    with suppress(UserError):
        opened = open_package(
            read_file(path, limit=MAX_FILE, what="上报包"),
            addressee=member.county.division,
            sender_key=lambda _: keys.public.sign,
            identities=[keys.age],
        )
        if opened.envelope.sender.laptop == store.site.laptop:
            return opened
    return None


def _audit_is_ours(r: Reading, opened: Opened) -> bool:
    a, head = schema.audit.c, opened.head.audit
    return bool(r.scalar(sa.select(a.digest).where(a.seq == head.length)) == head.head)


def _place_of(r: Reading, opened: Opened, chain: Chain) -> int | None:
    """The sequence number of the last change of a package that this database could have packed, or None."""
    if opened.envelope.previous != chain.last_envelope or opened.envelope.epoch != chain.epoch:
        return None
    if not _audit_is_ours(r, opened):
        return None
    v = _versions
    here = {
        (row.entity, row.id, row.revision): row.seq
        for row in r.connection.execute(
            sa.select(v.entity, v.id, v.revision, v.seq).where(
                v.seq > chain.packed_to, v.origin == r.store.site.laptop
            )
        )
    }
    places = [here.get((one.line.entity, one.line.id, one.line.revision)) for one in opened.incoming]
    known = [place for place in places if place is not None]
    return max(known) if known and len(known) == len(places) else None
