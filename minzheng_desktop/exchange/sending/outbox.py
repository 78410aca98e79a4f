"""The outbox: every sealed package as it was written, beside the database, and its copies on sticks."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.files.envelope import sha256
from minzheng_desktop.exchange.sending.delivery import Item
from minzheng_desktop.store import copies, schema
from minzheng_desktop.store.files import write_atomically
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

KEPT = "台账没有变化"
WAITING, ACKNOWLEDGED = "waiting", "acknowledged"

_outbox = schema.outbox.c


class Sent(msgspec.Struct, frozen=True):
    """One package of the outbox; `state` is waiting or acknowledged, `at` when it was packed.

    The times when it was copied to a stick (last; `copies` how often), and when the county had received, applied and
    answered it, as its receipts said; "" for what has not been. Nothing counts as sent that no receipt told.
    """

    number: int
    epoch: str
    file: str
    state: str
    at: str
    changes: int
    cents: int
    copied: str = ""
    copies: int = 0
    received: str = ""
    applied: str = ""
    answered: str = ""

    @property
    def stage(self) -> str:
        """The last of written, copied, received, applied, answered that it has reached."""
        reached = [name for name in ("copied", "received", "applied", "answered") if getattr(self, name)]
        return reached[-1] if reached else "written"


def folder_of(store: Store) -> Path:
    """The folder beside the database that keeps every sealed package; made when missing."""
    assert store.path is not None, "a township's database is a file"
    folder = store.path.with_name(store.path.name + ".outbox")
    folder.mkdir(exist_ok=True)
    return folder


def sent_packages(r: Reading) -> list[Sent]:
    """The outbox, newest first."""
    c = schema.copies.c
    copied = {
        row["digest"]: row
        for row in r.rows(
            sa.select(c.digest, sa.func.max(c.at).label("at"), sa.func.count().label("times"))
            .where(c.kind == "package", c.state == copies.WRITTEN)
            .group_by(c.digest)
        )
    }
    none: dict[str, Any] = {}
    return [
        Sent(
            number=row["number"],
            epoch=row["epoch"],
            file=row["file"],
            state=row["state"],
            at=row["at"],
            changes=sum(count["rows"] for count in row["counts"].values()),
            cents=row["counts"].get("payment_items", {}).get("cents", 0),
            copied=copied.get(row["digest"], none).get("at", ""),
            copies=copied.get(row["digest"], none).get("times", 0),
            received=row["more"].get("received", ""),
            applied=row["more"].get("applied", row["at"] if row["state"] == ACKNOWLEDGED else ""),
            answered=row["more"].get("answered", ""),
        )
        for row in r.rows(sa.select(schema.outbox).order_by(_outbox.at.desc(), _outbox.number.desc()))
    ]


def keep(store: Store, epoch: str, name: str, data: bytes) -> None:
    """Write a sealed package and flush it. Raises UserError when the disk refuses."""
    write_atomically(_place(store, epoch, name), data, kept=KEPT)


def waiting_items(store: Store, epoch: str, *, but: int | None = None) -> list[Item]:
    """The packages that the county has not acknowledged, except number `but`, ready to be copied."""
    return [item(store, row) for row in _waiting(store, epoch) if row["number"] != but]


def item(store: Store, row: dict[str, Any]) -> Item:
    """A row of the outbox, ready to be copied; its bytes are read when they are needed."""
    path = _place(store, row["epoch"], row["file"])
    size = path.stat().st_size if path.is_file() else 0
    return Item(outgoing(store, row), size, functools.partial(kept_bytes, store, row))


def outgoing(store: Store, row: Mapping[str, Any]) -> copies.Outgoing:
    """A row of the outbox as the register of copies describes it."""
    counts = row["counts"].values()
    cents = row["counts"].get("payment_items", {}).get("cents", 0)
    return copies.Outgoing(
        kind="package",
        name=row["file"],
        division=store.site.division,
        number=row["number"],
        lines=sum(count["rows"] for count in counts),
        more={"epoch": row["epoch"], "letter": store.site.letter, "cents": cents},
    )


def mend(store: Store, epoch: str, folders: Sequence[Path]) -> list[int]:
    """Put packages back into the outbox that are lost or damaged there and whole on a stick; returns their numbers."""
    mended = []
    for row in _waiting(store, epoch):
        if _read(_place(store, epoch, row["file"]), row["digest"]) is not None:
            continue
        for folder in folders:
            data = _read(folder / row["file"], row["digest"])
            if data is not None:
                keep(store, epoch, row["file"], data)
                mended.append(row["number"])
                break
    return mended


def lost_numbers(store: Store, epoch: str) -> list[int]:
    """The packages that the county has not acknowledged and that are lost or damaged in the outbox."""
    return [
        row["number"]
        for row in _waiting(store, epoch)
        if _read(_place(store, epoch, row["file"]), row["digest"]) is None
    ]


def prefix_of(epoch: str) -> str:
    """How the names of an epoch's packages begin in the outbox."""
    return f"{epoch[-8:]}-"


def _waiting(store: Store, epoch: str) -> list[dict[str, Any]]:
    with store.reading() as r:
        return r.rows(
            sa.select(schema.outbox)
            .where(_outbox.epoch == epoch, _outbox.state == WAITING)
            .order_by(_outbox.number)
        )


def _read(path: Path, digest: str) -> bytes | None:
    try:
        data = path.read_bytes() if path.is_file() else b""
    except OSError:
        return None
    return data if sha256(data) == digest else None


def kept_bytes(store: Store, row: dict[str, Any]) -> bytes:
    """The bytes of a row of the outbox. Raises UserError when they are lost or damaged."""
    path = _place(store, row["epoch"], row["file"])
    data = _read(path, row["digest"])
    if data is None:
        raise UserError(
            "outbox_damaged",
            f"第 {row['number']:04d} 号包的存底 {path} 丢失或损坏，没有复制。"
            "请从备份或写过它的 U 盘取回原文件放回那里，再做一次。",
        )
    return data


def _place(store: Store, epoch: str, name: str) -> Path:
    return folder_of(store) / f"{prefix_of(epoch)}{name}"
