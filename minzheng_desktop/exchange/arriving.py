"""What a township takes from a folder or a heap of dropped files: receipts and bulletins in their order,
and the packages of the division's other laptops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.exchange import folder as folders
from minzheng_desktop.exchange.down.acknowledge import AppliedReceipt, apply_receipt
from minzheng_desktop.exchange.down.bulletin import AppliedBulletin, read_bulletin
from minzheng_desktop.exchange.files.container import MAX_FILE
from minzheng_desktop.exchange.files.envelope import BULLETIN as BULLETIN_FORMAT
from minzheng_desktop.exchange.files.envelope import RECEIPT as RECEIPT_FORMAT
from minzheng_desktop.exchange.files.named_files import DISK, naming_file
from minzheng_desktop.exchange.files.package import peek
from minzheng_desktop.exchange.looks import PACKAGE, PEER_COPY, RECEIPT, Look
from minzheng_desktop.exchange.peers.places import APPLIED, REFUSED
from minzheng_desktop.exchange.peers.reading import PeerRead, read_peer_files
from minzheng_desktop.store.files import read_file
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store


class Arrived(msgspec.Struct, frozen=True):
    """What became of one file: a receipt, a bulletin, a package of another laptop, or an error in words."""

    file: Path
    receipt: AppliedReceipt | None = None
    bulletin: AppliedBulletin | None = None
    peer: PeerRead | None = None
    error: UserError | None = None

    @property
    def sentence(self) -> str:
        """One line for the clerk."""
        if self.error is not None:
            return self.error.message
        if self.bulletin is not None:
            return f"第 {self.bulletin.number} 号下发包{'以前读过' if self.bulletin.known else '已读入'}"
        if self.peer is not None:
            return _peer_words(self.peer)
        made = self.receipt
        assert made is not None
        return (
            f"第 {made.package:04d} 号包的回执：接收 {made.accepted.rows:,}，退回 {made.rejected.rows:,}，"
            f"存疑 {made.questioned.rows:,}；县局决定 {len(made.decisions.taken)} 件已落到记录上"
        )


def take_in(store: Store, looks: Sequence[Look], *, today: date) -> Iterator[Arrived]:
    """Read receipts and bulletins in the order of their numbers, then what other laptops of the division wrote; one
    that is refused stops no other.

    Raises UserError only when the database's own disk refuses.
    """
    for path, kind in _in_order([one for one in looks if one.kind not in (PACKAGE, PEER_COPY)]):
        try:
            if kind == RECEIPT:
                yield Arrived(path, receipt=apply_receipt_file(store, path, today=today))
            else:
                yield Arrived(path, bulletin=read_bulletin_file(store, path, today=today))
        except UserError as error:
            if error.code in DISK:
                raise
            yield Arrived(path, error=error)
    peers = [one.path for one in looks if one.kind in (PACKAGE, PEER_COPY)]
    for made in read_peer_files(store, peers, today=today) if peers else ():
        refused = UserError(made.code, f"{made.file.name}：{made.reason}") if made.status == REFUSED else None
        yield Arrived(made.file, peer=made, error=refused)


def _peer_words(made: PeerRead) -> str:
    whose = f"{made.letter} 机第 {made.number or 0:04d} 号包"
    if made.status != APPLIED:
        return f"{whose}：{made.reason}".rstrip("。")
    conflicts = f"，{made.conflicts} 处冲突等人来定" if made.conflicts else ""
    return f"{whose}：新增 {made.count('new'):,}，变化 {made.count('changed', 'merged'):,}{conflicts}"


def apply_receipt_file(store: Store, path: Path, *, today: date) -> AppliedReceipt:
    """`apply_receipt` of a file. A refusal names the file, its sender and its number (`RefusedFile`)."""
    data = _read(store, path, "回执")
    with naming_file(path, data, store.catalog.divisions):
        return apply_receipt(store, data, today=today)


def read_bulletin_file(store: Store, path: Path, *, today: date) -> AppliedBulletin:
    """`read_bulletin` of a file. A refusal names the file, its sender and its number (`RefusedFile`)."""
    data = _read(store, path, "下发包")
    with naming_file(path, data, store.catalog.divisions):
        return read_bulletin(store, data, today=today, file=path.name)


def _read(store: Store, path: Path, what: str) -> bytes:
    with naming_file(path, None, store.catalog.divisions):
        return read_file(path, limit=MAX_FILE, what=what)


def _in_order(looks: Sequence[Look]) -> list[tuple[Path, str]]:
    placed = []
    for one in looks:
        expected = RECEIPT_FORMAT if one.kind == RECEIPT else BULLETIN_FORMAT
        try:
            number = peek(read_file(one.path, limit=MAX_FILE, what="文件"), expected=expected)[0].number
        except UserError:
            number = 0
        placed.append((one.kind != RECEIPT, number, one.path, one.kind))
    return [(path, kind) for _, _, path, kind in sorted(placed, key=lambda each: each[:3])]


def move_taken(folder: Path, done: Sequence[Arrived], listed: folders.Listed) -> int:
    """Move what was read to 已收 and what was refused to 拒收 of `folder`; returns how many files moved."""
    aside = [(path, folders.TAKEN) for path in listed.seen_files]
    aside += [(one.file, folders.REFUSED if one.error else folders.TAKEN) for one in done]
    inside = [(path, where) for path, where in aside if path.is_relative_to(folder)]
    return sum(folders.move_aside(folder, path, where=where) is not None for path, where in inside)
