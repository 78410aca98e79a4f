"""Receiving packages at the county: file by file judged, applied and answered.

`receive_files` judges several files in number order, whatever order they are given in. A package that was applied
before touches no row and gets a fresh receipt. One that comes too early is verified and kept; it is applied and
answered as soon as the packages before it are, by the same call or by a later one.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from minzheng_desktop.county.receiving.chains import ALREADY, WAITING, NotNext, gaps, package_of, ripe_package
from minzheng_desktop.county.receiving.package_intake import APPLIED, apply_package, plan_package
from minzheng_desktop.county.receiving.senders import (
    UsedEnrolment,
    find_sender,
    is_noted,
    note_alarm,
    note_refusal,
    notice_older_county,
    registered_as,
    require_county,
)
from minzheng_desktop.county.replies.receipts import write_receipt, write_standing
from minzheng_desktop.exchange.down.receipt import RowLine, Tallies
from minzheng_desktop.exchange.files.container import MAX_FILE
from minzheng_desktop.exchange.files.envelope import Envelope, sha256
from minzheng_desktop.exchange.files.named_files import DISK
from minzheng_desktop.exchange.files.package import Count, peek
from minzheng_desktop.exchange.files.refusals import claimed_by_name, next_step, refusal_words
from minzheng_desktop.exchange.judging import early, intake
from minzheng_desktop.store.files import read_file
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.divisions import Divisions
    from minzheng_desktop.store.store import Store

REFUSED = "refused"


class Received(msgspec.Struct, frozen=True):
    """What became of one file. `reason` is a Chinese sentence unless it was applied; `rows` are the lines that
    did not simply enter. Of a package applied before, every line counts as same: nothing was written now.

    A package that came too early has the status `waiting`; `kept` says that it is stored here, `missing` which
    numbers it waits for. `spooled` marks one that had waited so and was judged now; `file` is then only a name."""

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
    kept: bool = False
    spooled: bool = False
    missing: tuple[int, ...] = ()

    @property
    def way(self) -> str:
        """The next step for a file that was not taken, "" for others."""
        return next_step(self.code) if self.status in (REFUSED, WAITING) else ""

    def words(self, divisions: Divisions) -> str:
        """One sentence that names file, sender, number, reason and next step of a file that was not taken.

        A file whose envelope cannot be read is named after what its name claims.
        """
        sender, letter, number, by_name = self.sender, self.letter, self.number, ""
        claimed = None if sender else claimed_by_name(self.file.name)
        if claimed is not None:
            sender, letter, number = claimed
            by_name = "按文件名是"
        who = f"{by_name}{divisions.name(sender)}{f' {letter} 机' if letter else ''}" if sender else ""
        return refusal_words(file=self.file.name, sender=who, number=number, reason=self.reason, way=self.way)

    def count(self, outcome: str) -> int:
        return sum(count.rows for count in self.tallies.get(outcome, {}).values())


def receive_files(
    store: Store,
    files: Sequence[Path],
    *,
    today: date,
    receipts: Path | None = None,
    also: Sequence[str] = (),
) -> Iterator[Received]:
    """Judge, apply and answer files in number order; yields one result per file as it is done.

    Every file is judged by itself: a refused one stops nobody else's. Receipts go to the folder `receipts`. Packages
    that waited and whose turn comes are yielded too. `also` are further private age keys that may open them.
    """
    require_county(store)
    places = _in_order(files)
    coming = {place.chain for place in places}
    for place in places:
        coming.discard(place.chain)
        data = _read(place.path)
        with _without_collector():
            result = _receive(store, place.path, data, today, receipts, also=also)
        del data
        yield result
        if result.status == APPLIED:
            assert place.chain is not None
            yield from _close_gap(store, place.chain.laptop, coming, today, receipts, also)
    with store.reading() as r:
        laptops = sorted({one.laptop for one in early.early_packages(r)})
    for laptop in laptops:  # what an interrupted run left ripe
        yield from _close_gap(store, laptop, set(), today, receipts, also)


class _Chain(NamedTuple):
    """A place in the chain of a laptop, as the envelope claims it."""

    division: str
    laptop: str
    epoch: str
    number: int


class _Place(NamedTuple):
    path: Path
    chain: _Chain | None


def _close_gap(
    store: Store,
    laptop: str,
    coming: set[_Chain | None],
    today: date,
    receipts: Path | None,
    also: Sequence[str],
) -> Iterator[Received]:
    """Judge what waited of a laptop, as far as its numbers follow and no file of this run brings them anyway."""
    while True:
        with store.reading() as r:
            ripe = ripe_package(r, laptop)
            if ripe is None or _Chain(ripe.division, laptop, ripe.epoch, ripe.number) in coming:
                return
            data = early.bytes_of(r, ripe)
        with _without_collector():
            result = _receive(store, Path(ripe.file), data, today, receipts, also=also, waited=ripe)
        yield result
        if result.status != APPLIED:
            return


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
    store: Store,
    path: Path,
    data: bytes | UserError,
    today: date,
    receipts: Path | None,
    *,
    also: Sequence[str] = (),
    waited: early.Early | None = None,
) -> Received:
    envelope: Envelope | None = None
    try:
        if isinstance(data, UserError):
            raise data
        envelope = peek(data)[0]
        before = _applied_before(store, envelope, sha256(data), today)
        if before is not None:
            return _answer(store, _received(path, envelope, ALREADY, before), before["id"], receipts)
        planned = plan_package(store, data, today=today, also=also)
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
            spooled=waited is not None,
        )
        return _answer(store, result, applied.id, receipts)
    except NotNext as error:
        assert isinstance(data, bytes)
        if error.code == "gap":
            waits = _wait(store, path, data, error)
        else:
            _note_once(store, path, data, error, envelope)
            waits = _refused(path, envelope, error, error.status)
        return _tell(store, waits, envelope, receipts)
    except UserError as error:
        if error.code in DISK:
            raise
        _note_once(store, path, data, error, envelope, waited=waited)
        refused = _refused(path, envelope, error, REFUSED)
        refused = msgspec.structs.replace(refused, spooled=waited is not None)
        return _tell(store, refused, envelope, receipts)


def _wait(store: Store, path: Path, data: bytes, error: NotNext) -> Received:
    """Keep a verified package until those before it are here, and say which are missing.

    The same again changes nothing; another under its number is a fork.
    """
    opened, envelope = error.opened, error.opened.envelope
    laptop, number = envelope.sender.laptop, envelope.number
    with store.reading() as r:
        here = early.early_at(r, laptop, envelope.epoch, number)
    kept, why = True, "已核对并存在县库，前面的包一到就接着收，不用再送。"
    if here is None:
        try:
            with store.writing("keep_early", _told(envelope, opened.digest)) as w:
                early.require_room(w, laptop, len(data), ahead=number - error.sender.position.number)
                serial = error.sender.row["serial"]
                early.keep_early(w, opened, data, serial=serial, file=path.name)
                older = notice_older_county(w, seen=opened.head.seen)
                if older:
                    note_alarm(w, serial, older)
        except UserError as refusal:
            if refusal.code != "no_room":
                raise
            kept, why = False, refusal.message
    elif here.digest != opened.digest:
        fork = UserError(
            "fork",
            f"第 {number:04d} 号包早到了两份，内容不同：可能有两台电脑在用同一个身份，或电脑用回了旧的台账。"
            "后到的这份没有读入，台账没有变化。请与乡镇核对。",
        )
        _note_once(store, path, data, fork, envelope)
        return _refused(path, envelope, fork, REFUSED)
    with store.reading() as r:
        gap = next((one for one in gaps(r) if one.laptop == laptop), None)
    missing = (
        gap.missing if gap else tuple(range(error.sender.position.number + 1, number))[: early.MOST_AHEAD]
    )
    told = UserError("gap", f"在等{early.number_words(missing)}包，这是第 {number:04d} 号。{why}")
    waits = _refused(path, envelope, told, error.status)
    return msgspec.structs.replace(waits, kept=kept, missing=missing)


def _told(envelope: Envelope, digest: str) -> dict[str, Any]:
    """What the audit keeps of a package."""
    sender = envelope.sender
    return {"division": sender.division, "laptop": sender.laptop, "number": envelope.number, "sha256": digest}


def _in_order(files: Sequence[Path]) -> list[_Place]:
    """Files sorted by sender, epoch and number; unreadable ones first, in the order given.

    Each is read again when its turn comes, so that memory holds one package at a time.
    """
    places = []
    for path in files:
        chain = None
        data = _read(path)
        if isinstance(data, bytes):
            with suppress(UserError):
                envelope = peek(data)[0]
                sender = envelope.sender
                chain = _Chain(sender.division, sender.laptop, envelope.epoch, envelope.number)
        places.append(_Place(path, chain))
    return sorted(places, key=lambda place: (place.chain is not None, place.chain or ()))


def _read(path: Path) -> bytes | UserError:
    try:
        return read_file(path, limit=MAX_FILE, what="上报包")
    except UserError as error:
        return error


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


_TOLD = frozenset({"gap", "other_epoch", "fork", "broken_chain", "newer_program", "counts_differ"})
"""Why a package of a proved sender was not taken such that the township has to hear of it at once."""


def _tell(store: Store, result: Received, envelope: Envelope | None, receipts: Path | None) -> Received:
    """The result of a package that was not taken, with a receipt that says how the laptop's chain stands here."""
    if receipts is None or envelope is None or result.code not in _TOLD:
        return result
    with store.reading() as r:
        row = registered_as(r, envelope)
    if row is None:
        return result
    try:
        return msgspec.structs.replace(result, receipt=write_standing(store, row["id"], receipts))
    except UserError as error:
        return msgspec.structs.replace(result, reason=f"{result.reason}回执没有写成：{error.message}")


def _note_once(
    store: Store,
    path: Path,
    data: bytes | UserError,
    error: UserError,
    envelope: Envelope | None,
    *,
    waited: early.Early | None = None,
) -> None:
    """Note a refusal in the audit and for the laptop's next receipt; a package that only waits is noted once."""
    digest = "" if isinstance(data, UserError) else sha256(data)
    if isinstance(error, NotNext) and envelope is not None:
        with store.reading() as r:
            if is_noted(r, envelope, error, digest=digest):
                return
    with store.writing("refuse_package", {"file": path.name, "code": error.code, "sha256": digest}) as w:
        if waited is not None:
            early.drop_early(w, [waited])
        if envelope is not None:
            note_refusal(w, envelope, error, digest=digest, file=path.name)
        if isinstance(error, UsedEnrolment):
            note_alarm(w, error.serial, error.message)
