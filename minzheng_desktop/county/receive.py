"""Receiving packages at the county: file by file judged, applied and answered.

`receive_files` judges several files in number order, whatever order they are given in. A package that was applied
before touches no row and gets a fresh receipt.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.county.chains import ALREADY, NotNext, package_of
from minzheng_desktop.county.package_intake import APPLIED, apply_package, plan_package
from minzheng_desktop.county.receipts import write_receipt
from minzheng_desktop.county.senders import (
    UsedEnrolment,
    find_sender,
    note_alarm,
    require_county,
)
from minzheng_desktop.exchange import intake
from minzheng_desktop.exchange.container import MAX_FILE
from minzheng_desktop.exchange.envelope import Envelope, sha256
from minzheng_desktop.exchange.package import Count, peek
from minzheng_desktop.exchange.receipt import RowLine, Tallies
from minzheng_desktop.store.files import read_file
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store

REFUSED = "refused"


class Received(msgspec.Struct, frozen=True):
    """What became of one file. `reason` is a Chinese sentence unless it was applied; `rows` are the lines that
    did not simply enter. Of a package applied before, every line counts as same: nothing was written now."""

    file: Path
    sender: str
    letter: str
    number: int | None
    status: str
    reason: str = ""
    code: str = ""
    tallies: Tallies = {}
    rows: tuple[RowLine, ...] = ()
    announced: dict[str, Count] = {}
    receipt: Path | None = None

    def count(self, outcome: str) -> int:
        return sum(count.rows for count in self.tallies.get(outcome, {}).values())


def receive_files(
    store: Store, files: Sequence[Path], *, today: date, receipts: Path | None = None
) -> Iterator[Received]:
    """Judge, apply and answer files in number order; yields one result per file as it is done.

    Every file is judged by itself: a refused one stops nobody else's. Receipts go to the folder `receipts`.
    """
    require_county(store)
    for path, data in _in_order(files):
        with _without_collector():
            result = _receive(store, path, data, today, receipts)
        yield result


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the cycle collector: a package makes a hundred thousand small objects and no cycles worth finding."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _receive(
    store: Store, path: Path, data: bytes | UserError, today: date, receipts: Path | None
) -> Received:
    envelope: Envelope | None = None
    try:
        if isinstance(data, UserError):
            raise data
        envelope = peek(data)[0]
        before = _applied_before(store, envelope, sha256(data), today)
        if before is not None:
            return _answer(store, _received(path, envelope, ALREADY, before), before["id"], receipts)
        planned = plan_package(store, data, today=today)
        applied = apply_package(store, planned)
        result = Received(
            path,
            envelope.sender.division,
            envelope.sender.letter,
            envelope.number,
            APPLIED,
            tallies=applied.tallies,
            rows=applied.rows,
            announced=planned.opened.head.counts,
        )
        return _answer(store, result, applied.id, receipts)
    except NotNext as error:
        return _refused(path, envelope, error, error.status)
    except UserError as error:
        if error.code in ("disk_full", "disk_read_only", "disk_error", "database_busy"):
            raise
        _note_refusal(store, path, data, error)
        return _refused(path, envelope, error, REFUSED)


def _in_order(files: Sequence[Path]) -> Iterable[tuple[Path, bytes | UserError]]:
    """Files sorted by sender, epoch and number; unreadable ones first, in the order given.

    Each is read again when its turn comes, so that memory holds one package at a time.
    """
    places: list[tuple[tuple[Any, ...], int, Path]] = []
    for position, path in enumerate(files):
        try:
            envelope = peek(read_file(path, limit=MAX_FILE, what="上报包"))[0]
            key: tuple[Any, ...] = (1, envelope.sender.division, envelope.sender.laptop, envelope.epoch)
            key = (*key, envelope.number)
        except UserError:
            key = (0,)
        places.append((key, position, path))
    for _, _, path in sorted(places, key=lambda place: place[:2]):
        try:
            yield path, read_file(path, limit=MAX_FILE, what="上报包")
        except UserError as error:
            yield path, error


def _applied_before(store: Store, envelope: Envelope, digest: str, today: date) -> dict[str, Any] | None:
    """The entry of a package with exactly these bytes that was applied before, its sender still in force."""
    with store.reading() as r:
        seen = package_of(r, envelope)
        if seen is None or seen["digest"] != digest:
            return None
        find_sender(r, envelope, today=today)
        return seen


def _received(path: Path, envelope: Envelope, status: str, package: dict[str, Any]) -> Received:
    counts = package["counts"]
    announced = msgspec.convert(counts["announced"], dict[str, Count])
    return Received(
        path,
        envelope.sender.division,
        envelope.sender.letter,
        envelope.number,
        status,
        reason="这个包以前收过，没有变化。",
        code=status,
        tallies={intake.SAME: announced},
        rows=tuple(msgspec.convert(counts["rows"], list[RowLine])),
        announced=announced,
    )


def _answer(store: Store, result: Received, package: str, receipts: Path | None) -> Received:
    """The result with its receipt; one that cannot be written is told, and takes nothing back."""
    if receipts is None:
        return result
    try:
        return msgspec.structs.replace(result, receipt=write_receipt(store, package, receipts))
    except UserError as error:
        return msgspec.structs.replace(
            result, reason=f"包已收下，但回执没有写成：{error.message}", code=error.code
        )


def _refused(path: Path, envelope: Envelope | None, error: UserError, status: str) -> Received:
    sender = envelope.sender if envelope else None
    return Received(
        path,
        sender.division if sender else "",
        sender.letter if sender else "",
        envelope.number if envelope else None,
        status,
        reason=error.message,
        code=error.code,
    )


def _note_refusal(store: Store, path: Path, data: bytes | UserError, error: UserError) -> None:
    digest = "" if isinstance(data, UserError) else sha256(data)
    with store.writing("refuse_package", {"file": path.name, "code": error.code, "sha256": digest}) as w:
        if isinstance(error, UsedEnrolment):
            note_alarm(w, error.serial, error.message)
