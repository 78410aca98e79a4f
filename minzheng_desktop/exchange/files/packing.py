"""Which sealed attachments go along in a package, and where the package ends so that they fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema, sealed_files
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

MAX_BLOBS = 64 * 1_048_576
"""Attachments in one package, in bytes; what stands after the one that no longer fits waits for the next."""

_versions = schema.versions.c


class Packed(msgspec.Struct, frozen=True):
    """The lines of a package, the names of the sealed files with them, how many files are lost or damaged, and how
    many changes wait for the next package."""

    lines: list[Line]
    blobs: tuple[str, ...] = ()
    missing: int = 0
    waiting: int = 0
    to_seq: int | None = None
    """The last change that goes along, None for all."""


class _SealedKey(msgspec.Struct):
    sealed_key: str


_sealed_key = msgspec.json.Decoder(_SealedKey).decode


def select_files(store: Store, changes: Sequence[tuple[int, Line]], *, sent: frozenset[str]) -> Packed:
    """Which sealed files go along, and where the package ends so that they fit into MAX_BLOBS.

    A file that is lost or damaged stops nothing: its row goes without it.
    """
    blobs: list[str] = []
    missing = total = 0
    for seq, line in changes:
        if line.entity != "attachments":
            continue
        name = sealed_files.sealed_name(_sealed_key(line.body).sealed_key)
        if name in sent or name in blobs:
            continue
        data = sealed_files.sealed_bytes(store, name)
        if data is None:
            missing += 1
            continue
        total += len(data)
        if total > MAX_BLOBS:
            lines = [line for at, line in changes if at < seq]
            return Packed(lines, tuple(blobs), missing, len(changes) - len(lines), seq - 1)
        blobs.append(name)
    return Packed([line for _, line in changes], tuple(blobs), missing)


def sealed_name_of(line: Line) -> str | None:
    """The sealed file that a line brings along, None where it brings none."""
    return (
        sealed_files.sealed_name(_sealed_key(line.body).sealed_key) if line.entity == "attachments" else None
    )


def sent_files(r: Reading, *, packed_to: int) -> frozenset[str]:
    """The sealed files that went along in an earlier package."""
    bodies = r.connection.execute(
        sa.select(_versions.body).where(
            _versions.entity == "attachments",
            _versions.origin == r.store.site.laptop,
            _versions.seq <= packed_to,
        )
    ).scalars()
    return frozenset(sealed_files.sealed_name(_sealed_key(body).sealed_key) for body in bodies)


def each_file(store: Store, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The sealed files one after the other, so that memory holds one at a time. Raises UserError when one
    was lost since it was selected."""
    for name in names:
        data = sealed_files.sealed_bytes(store, name)
        if data is None:
            raise UserError(
                "changed_meanwhile",
                f"附件（{sealed_files.place_of(store)}）刚被改动过。没有写出上报包，请再做一次。",
            )
        yield name, data


def left_behind(*, missing: int, waiting: int) -> list[str]:
    """Sentences about attachments that did not go along and changes that wait for the next package."""
    sentences = []
    if missing:
        sentences.append(
            f"有 {missing} 个附件的文件丢失或损坏，没有打进包里，其余照常。把原件再附一次后再上报。"
        )
    if waiting:
        sentences.append(f"附件太多，还有 {waiting:,} 处变化没有打进这个包。再上报一次。")
    return sentences
