"""The outbox: every sealed package as it was written, beside the database, and its copies on sticks."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.delivery import Item
from minzheng_desktop.exchange.envelope import sha256
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
    """One package of the outbox; `state` is waiting or acknowledged, `at` when it was packed."""

    number: int
    file: str
    state: str
    at: str
    changes: int
    cents: int


def folder_of(store: Store) -> Path:
    """The folder beside the database that keeps every sealed package; made when missing."""
    assert store.path is not None, "a township's database is a file"
    folder = store.path.with_name(store.path.name + ".outbox")
    folder.mkdir(exist_ok=True)
    return folder


def sent_packages(r: Reading) -> list[Sent]:
    """The outbox, newest first."""
    return [
        Sent(
            number=row["number"],
            file=row["file"],
            state=row["state"],
            at=row["at"],
            changes=sum(count["rows"] for count in row["counts"].values()),
            cents=row["counts"].get("payment_items", {}).get("cents", 0),
        )
        for row in r.rows(sa.select(schema.outbox).order_by(_outbox.at.desc(), _outbox.number.desc()))
    ]


def keep(store: Store, epoch: str, name: str, data: bytes) -> None:
    """Write a sealed package and flush it. Raises UserError when the disk refuses."""
    write_atomically(_place(store, epoch, name), data, kept=KEPT)


def waiting_items(store: Store, epoch: str, *, but: int | None = None) -> list[Item]:
    """The packages that the county has not acknowledged, except number `but`, ready to be copied."""
    with store.reading() as r:
        waiting = r.rows(
            sa.select(schema.outbox)
            .where(_outbox.epoch == epoch, _outbox.state == "waiting")
            .order_by(_outbox.number)
        )
    return [item(store, row) for row in waiting if row["number"] != but]


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


def kept_bytes(store: Store, row: dict[str, Any]) -> bytes:
    """The bytes of a row of the outbox. Raises UserError when they are lost or damaged."""
    path = _place(store, row["epoch"], row["file"])
    data = path.read_bytes() if path.is_file() else b""
    if sha256(data) != row["digest"]:
        raise UserError(
            "outbox_damaged",
            f"第 {row['number']:04d} 号包的存底 {path} 丢失或损坏，没有复制。"
            "请从备份或写过它的 U 盘取回原文件放回那里，再做一次。",
        )
    return data


def _place(store: Store, epoch: str, name: str) -> Path:
    return folder_of(store) / f"{epoch[-8:]}-{name}"
