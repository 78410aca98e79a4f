"""Another laptop of the same division: its packages to the county are read here too, in the order of its chain.

Every package is encrypted to all live laptops of its division. What another laptop originated enters as it came, so
that nothing is exported twice; edits of one row merge or wait for a person (`intake`). A first copy (`peer_copy`)
brings a new laptop everything at once, with the place in each chain from which it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.down.receipt import RowLine, Tallies
from minzheng_desktop.exchange.down.taking import take_again
from minzheng_desktop.exchange.files.container import MAX_FILE
from minzheng_desktop.exchange.files.enrolment import membership, private_keys
from minzheng_desktop.exchange.files.envelope import COPY, PACKAGE, Envelope, sha256
from minzheng_desktop.exchange.files.named_files import DISK
from minzheng_desktop.exchange.files.package import Opened, Place, open_package, peek
from minzheng_desktop.exchange.judging import early, held, intake
from minzheng_desktop.exchange.judging.crossings import note_crossings
from minzheng_desktop.exchange.judging.standing import load_existing
from minzheng_desktop.exchange.peers.places import (
    ALREADY,
    APPLIED,
    PEER,
    PEER_COPY,
    REFUSED,
    WAITING,
    move_on,
    place_of,
    read_places,
    require_member,
)
from minzheng_desktop.store import schema
from minzheng_desktop.store.files import read_file
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing


class PeerRead(msgspec.Struct, frozen=True):
    """What became of one file. `rows` are the lines that did not simply enter; `decisions` of the county that were
    taken here because what they needed arrived. `reason` says why where nothing was written."""

    file: Path
    letter: str
    number: int | None
    status: str
    reason: str = ""
    code: str = ""
    tallies: Tallies = {}
    rows: tuple[RowLine, ...] = ()
    decisions: int = 0
    sender: str = ""
    """The division that the envelope names, "" where it cannot be read."""

    def count(self, *outcomes: str) -> int:
        """Lines with one of these outcomes."""
        return sum(c.rows for one in outcomes for c in self.tallies.get(one, {}).values())

    @property
    def conflicts(self) -> int:
        return sum(row.code == intake.CONFLICT for row in self.rows)

    @property
    def merged(self) -> int:
        return sum(row.outcome == intake.MERGED for row in self.rows)


def read_peer_files(store: Store, files: Sequence[Path], *, today: date) -> Iterator[PeerRead]:
    """Read packages and copies of other laptops of this division: copies first, then packages by number, whatever
    order they are given in; one result per file, and per package that waited and whose turn came."""
    require_member(store)
    for path, data in _in_order(files):
        result = _read(store, path, data, today)
        yield result
        if result.status == APPLIED:
            yield from _close_gaps(store, today)


def _in_order(files: Sequence[Path]) -> Iterator[tuple[Path, bytes | UserError]]:
    """The files in the order in which they are read, each read again when its turn comes: one in memory at a time."""
    placed: list[tuple[tuple[Any, ...], int, Path]] = []
    for position, path in enumerate(files):
        key: tuple[Any, ...]
        try:
            envelope = _peek(read_file(path, limit=MAX_FILE, what="包"))
            key = (1, envelope.format != COPY, envelope.sender.laptop, envelope.epoch, envelope.number)
        except UserError:
            key = (0,)
        placed.append((key, position, path))
    for _, _, path in sorted(placed, key=lambda one: one[:2]):
        yield path, _bytes(path)


def _bytes(path: Path) -> bytes | UserError:
    try:
        return read_file(path, limit=MAX_FILE, what="包")
    except UserError as error:
        return error


def _peek(data: bytes) -> Envelope:
    try:
        return peek(data, expected=PACKAGE)[0]
    except UserError as error:
        if error.code != "wrong_kind":
            raise
        return peek(data, expected=COPY)[0]


def _read(store: Store, path: Path, data: bytes | UserError, today: date) -> PeerRead:
    envelope: Envelope | None = None
    try:
        if isinstance(data, UserError):
            raise data
        envelope = _peek(data)
        with store.reading() as r:
            opened = _open(r, data, envelope)
            settled = place_of(r, opened)
        if settled == ALREADY:
            return _told(path, envelope, ALREADY, "already", "这个包以前读过，没有变化。")
        if settled == WAITING:
            return _wait(store, path, opened, data)
        return _apply(store, path, opened, today)
    except UserError as error:
        if error.code in DISK:
            raise
        if error.code == "not_for_us":
            error = UserError(
                "before_joining",
                "这个包写的时候本机还没有登记，打不开。没有读入，台账没有变化。"
                "请那台电脑写一份台账副本，读了副本，以前的就都有了。",
            )
        digest = sha256(data) if isinstance(data, bytes) else ""
        store.note("refuse_package", {"file": path.name, "code": error.code, "sha256": digest})
        return _told(path, envelope, REFUSED, error.code, error.message)


def _told(path: Path, envelope: Envelope | None, status: str, code: str, reason: str) -> PeerRead:
    letter, number = (envelope.sender.letter, envelope.number) if envelope else ("", None)
    sender = envelope.sender.division if envelope else ""
    return PeerRead(path, letter, number, status, reason=reason, code=code, sender=sender)


def _open(r: Reading, data: bytes, envelope: Envelope) -> Opened:
    site, member, keys = r.store.site, membership(r), private_keys(r)
    assert member is not None, "require_member looked"
    assert keys is not None, "a member has keys"
    if envelope.sender.division != site.division:
        name = r.store.catalog.divisions.name(envelope.sender.division)
        raise UserError(
            "other_township",
            f"这是{name}的包，不是本乡镇另一台电脑的。没有读入，台账没有变化。请选本乡镇的包。",
        )
    if envelope.sender.laptop == site.laptop:
        raise UserError("own_package", "这是本机自己写的包，不用读。台账没有变化。请选另一台电脑写的包。")

    def sender_key(envelope: Envelope) -> str:
        row = r.one(sa.select(schema.laptops).where(schema.laptops.c.id == envelope.sender.laptop))
        if row is None or row["division"] != site.division or not row["sign_key"]:
            raise UserError(
                "unknown_peer",
                f"县局还没有告诉本机有 {envelope.sender.letter or '？'} 机这台电脑（或它已停用）。"
                "没有读入，台账没有变化。请先读县局最近的回执或下发包，再读这个包。",
            )
        return str(row["sign_key"])

    to = site.division if envelope.format == COPY else member.county.division
    return open_package(
        data, addressee=to, expected=envelope.format, sender_key=sender_key, identities=[keys.age]
    )


def _wait(store: Store, path: Path, opened: Opened, data: bytes) -> PeerRead:
    envelope = opened.envelope
    laptop, number = envelope.sender.laptop, envelope.number
    with store.reading() as r:
        place = read_places(r).get(laptop, Place())
        here = early.early_at(r, laptop, envelope.epoch, number)
    if here is None:
        detail = {"laptop": laptop, "number": number, "sha256": opened.digest}
        with store.writing("keep_early", detail) as w:
            early.require_room(w, laptop, len(data), ahead=max(0, number - place.number))
            early.keep_early(w, opened, data, serial="", file=path.name)
    elif here.digest != opened.digest:
        raise UserError(
            "fork",
            f"{envelope.sender.letter} 机的第 {number:04d} 号包早到了两份，内容不同：可能有两台电脑在用同一个身份，"
            "或那台电脑用回了旧的台账。后到的这份没有读入，台账没有变化。请与那台电脑的经办人核对。",
        )
    with store.reading() as r:
        waiting = [one.number for one in early.early_packages(r, laptop)]
    missing = early.missing_numbers(place.number, waiting)
    told = f"在等{early.number_words(missing)}包，这是第 {number:04d} 号。" if missing else "在等它前面的包。"
    return _told(
        *(path, envelope, WAITING, "gap"),
        f"{told}已核对并存在本机，前面的包一到就接着读。一直没有的，请那台电脑写一份台账副本。",
    )


def _apply(store: Store, path: Path, opened: Opened, today: date) -> PeerRead:
    try:
        return _written(store, path, opened, today, in_order=False)
    except UserError as error:
        if error.code not in ("person_exists", "duplicate", "not_unique"):
            raise
    return _written(store, path, opened, today, in_order=True)  # values that changed hands within the package


def _written(store: Store, path: Path, opened: Opened, today: date, *, in_order: bool) -> PeerRead:
    envelope = opened.envelope
    laptop = envelope.sender.laptop
    detail = {"laptop": laptop, "number": envelope.number, "sha256": opened.digest}
    with store.writing("read_peer", detail) as w:
        plan = _plan(w, opened)
        package = new_id()
        w.lenient = True
        intake.write_plan(w, plan, origin=lambda _: laptop, in_order=in_order)
        intake.keep_attachments(store, plan, opened.blobs)
        held.keep(w, plan, package=package, envelope=envelope)
        released = held.release(w, plan, division=envelope.sender.division)
        note_crossings(
            *(w, [*plan.entered(), *released]),
            package=package, division=envelope.sender.division, laptop=laptop,
        )  # fmt: skip
        down = take_again(w, today=today)
        rows = (
            *plan.rows(), *plan.merges(), *(held.released_row(one) for one in released),
            *plan.questions, *intake.clash_rows(w),
        )  # fmt: skip
        _keep_entry(w, package, opened, plan.tallies, rows)
        move_on(w, opened)
        w.detail["counts"] = {outcome: plan.count(outcome) for outcome in plan.tallies}
    return PeerRead(
        *(path, envelope.sender.letter, envelope.number, APPLIED),
        tallies=plan.tallies,
        rows=rows,
        decisions=len(down.decisions.taken),
        sender=envelope.sender.division,
    )


def _plan(w: Writing, opened: Opened) -> intake.Plan:
    existing = load_existing(w, opened.incoming)
    plan = intake.plan_intake(
        existing,
        opened.incoming,
        division=opened.envelope.sender.division,
        tables=intake.ALL_TABLES if opened.envelope.format == COPY else intake.SENT_TABLES,
    )
    if not intake.announced_equals(opened.head.counts, plan.tallies):
        raise UserError(
            "counts_differ",
            "包里的条数或金额与首行写的合计不符。没有读入，台账没有变化。请那台电脑重新写一份。",
        )
    return plan


def _keep_entry(w: Writing, package: str, opened: Opened, tallies: Tallies, rows: Sequence[RowLine]) -> None:
    envelope = opened.envelope
    w.insert(
        "packages",
        [
            {
                "id": package,
                "direction": PEER_COPY if envelope.format == COPY else PEER,
                "division": envelope.sender.division,
                "laptop": envelope.sender.laptop,
                "number": envelope.number,
                "epoch": envelope.epoch,
                "digest": opened.digest,
                "previous": envelope.previous,
                "state": APPLIED,
                "at": w.at,
                "counts": {
                    "tallies": msgspec.to_builtins(tallies),
                    "rows": msgspec.to_builtins(rows),
                    "announced": msgspec.to_builtins(opened.head.counts),
                    "envelope": opened.envelope_digest,
                    "made_at": opened.head.made_at,
                    "program": opened.head.program,
                    "size": opened.size,
                },
            }
        ],
    )


def _close_gaps(store: Store, today: date) -> Iterator[PeerRead]:
    """Read what waited, as far as its turn came; what a copy brought already goes."""
    again = True
    while again:
        again = False
        with store.reading() as r:
            waiting = early.early_packages(r)
        for one in waiting:
            envelope: Envelope | None = None
            try:
                with store.reading() as r:
                    data = early.bytes_of(r, one)
                    envelope = _peek(data)
                    opened = _open(r, data, envelope)
                    settled = place_of(r, opened)
                if settled == WAITING:
                    continue
                if settled == APPLIED:
                    yield _apply(store, Path(one.file), opened, today)
                    again = True
            except UserError as error:
                if error.code in DISK:
                    raise
                if error.code == "unknown_peer":
                    continue  # not in use now: it waits until the county says otherwise
                detail = {"file": one.file, "code": error.code, "sha256": one.digest}
                with store.writing("refuse_package", detail) as w:
                    early.drop_early(w, [one])
                yield _told(Path(one.file), envelope, REFUSED, error.code, error.message)
                continue
            with store.writing("drop_early", {"laptop": one.laptop, "number": one.number}) as w:
                early.drop_early(w, [one])
