"""Packages that came before their turn: verified, kept whole in the database, applied when the gap closes.

Their bytes wait in `spool`, their entry in `packages` with direction `early`, by laptop, epoch and number. What one
laptop may leave waiting is bounded, so that no sender can fill the disk; reading takes one package at a time into
memory. Nothing here opens a package: the caller has verified sender, signature and digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.files.package import Opened
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

EARLY = "early"
MOST_PACKAGES = 64
MOST_BYTES = 256 * 1_048_576
MOST_IN_ALL = 1024 * 1_048_576
MOST_AHEAD = 1000

_packages, _spool = schema.packages.c, schema.spool.c


class Early(msgspec.Struct, frozen=True):
    """A package that waits: who wrote it, its place in the chain, its size in bytes, when it came and by which file."""

    id: str
    division: str
    laptop: str
    serial: str
    epoch: str
    number: int
    digest: str
    previous: str
    envelope: str
    made_at: str
    at: str
    file: str
    size: int
    changes: int


def early_packages(r: Reading, laptop: str | None = None) -> list[Early]:
    """The packages that wait, of one laptop or of all, in number order."""
    wanted = sa.select(schema.packages).where(_packages.direction == EARLY)
    if laptop is not None:
        wanted = wanted.where(_packages.laptop == laptop)
    return [
        _early(row) for row in r.rows(wanted.order_by(_packages.laptop, _packages.epoch, _packages.number))
    ]


def early_at(r: Reading, laptop: str, epoch: str, number: int) -> Early | None:
    """The package that waits at this place of a chain, or None."""
    p = _packages
    row = r.one(
        sa.select(schema.packages).where(
            p.direction == EARLY, p.laptop == laptop, p.epoch == epoch, p.number == number
        )
    )
    return None if row is None else _early(row)


def bytes_of(r: Reading, early: Early) -> bytes:
    """The whole package as it came."""
    found = r.scalar(sa.select(_spool.body).where(_spool.package == early.id))
    return bytes(found or b"")


def require_room(r: Reading, laptop: str, size: int, *, ahead: int) -> None:
    """UserError `no_room` when a laptop may not leave another package of `size` bytes waiting, `ahead` numbers
    before its turn."""
    sizes = [(one.laptop == laptop, one.size) for one in early_packages(r)]
    own = [size for is_own, size in sizes if is_own]
    if (
        ahead > MOST_AHEAD
        or len(own) >= MOST_PACKAGES
        or sum(own) + size > MOST_BYTES
        or sum(size for _, size in sizes) + size > MOST_IN_ALL
    ):
        raise UserError("no_room", "等着前面的包的已经太多，这一个没有存下，请把文件留着，前面的包到了再收。")


def keep_early(w: Writing, opened: Opened, data: bytes, *, serial: str, file: str) -> None:
    """Keep the whole bytes of a verified package until its turn; `serial` is the enrolment behind its sender."""
    envelope, package = opened.envelope, new_id()
    w.insert("spool", [{"package": package, "body": data}])
    w.insert(
        "packages",
        [
            {
                "id": package,
                "direction": EARLY,
                "division": envelope.sender.division,
                "laptop": envelope.sender.laptop,
                "number": envelope.number,
                "epoch": envelope.epoch,
                "digest": opened.digest,
                "previous": envelope.previous,
                "state": EARLY,
                "at": w.at,
                "counts": {
                    "serial": serial,
                    "file": file,
                    "size": len(data),
                    "announced": msgspec.to_builtins(opened.head.counts),
                    "envelope": opened.envelope_digest,
                    "made_at": opened.head.made_at,
                },
            }
        ],
    )


def drop_early(w: Writing, dropped: Iterable[Early]) -> None:
    """Take packages out of the spool: applied, or not to be applied any more."""
    for one in dropped:
        w.delete("spool", _spool.package == one.id)
        w.delete("packages", _packages.id == one.id)


def missing_numbers(last: int, waiting: Iterable[int]) -> tuple[int, ...]:
    """The numbers between the last one applied and the highest that waits which are not here."""
    have = set(waiting)
    return tuple(number for number in range(last + 1, max(have, default=last) + 1) if number not in have)


def number_words(numbers: Sequence[int]) -> str:
    """Numbers for a sentence, runs joined: 第 0002、0004–0006 号."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    words = (f"{first:04d}" if first == last else f"{first:04d}–{last:04d}" for first, last in runs)
    return f"第 {'、'.join(words)} 号"


def _early(row: Mapping[str, Any]) -> Early:
    counts = row["counts"]
    return Early(
        id=row["id"],
        division=row["division"],
        laptop=row["laptop"],
        serial=counts["serial"],
        epoch=row["epoch"],
        number=row["number"],
        digest=row["digest"],
        previous=row["previous"],
        envelope=counts["envelope"],
        made_at=counts["made_at"],
        at=row["at"],
        file=counts["file"],
        size=counts["size"],
        changes=sum(count["rows"] for count in counts["announced"].values()),
    )
