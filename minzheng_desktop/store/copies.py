"""登记: every copy of an exchange file, backup or bank file that went to a stick or folder, in the table `copies`.

A copy and its entry come to be together. The file is written aside and read back; an entry `writing` is committed;
the file gets its name; the entry becomes `written` with an audit entry. A program that is killed in between leaves
`writing`, which the next look settles by looking at the place: the file is there, and the entry becomes `written`;
it is not, and the entry goes; the stick is not plugged in, and the entry waits. Only `written` counts as a copy: an
older file that this one took the place of (a newer receipt of the same name) becomes `replaced`.

Columns:

- `kind`: package, receipt, bulletin, enrolment, peer_copy, backup, bank_file (the keys of `KINDS`).
- `name`: the file's name; `place`: the folder, absolute; `device`: in words, U 盘 KINGSTON（1A2B-3C4D）, the
  stick's label and serial where the system tells them.
- `division`: whose package it is, or to whom a file of the county goes; `number`: the package's number, for a receipt
  the number of the package that it answers, NULL where files have none.
- `digest`: hex sha256 of the file's bytes (for a package the `digest` of its row in `outbox`: join on it);
  `size`: bytes; `lines`: changes in a package (and, for a receipt, in the package that it
  answers), lines of a bulletin or bank file, NULL where nothing is counted.
- `state`: writing, written or replaced; `at`: when (ISO, with the local offset); `by`: the user's name.
- `more`: `epoch` and `letter` of a package, `cents` where money is in it, `serial` and `label` of the device.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import files, schema
from minzheng_desktop.store.devices import Device, device_of
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

log = logging.getLogger(__name__)

KINDS = {
    "package": "上报包",
    "receipt": "回执",
    "bulletin": "下发包",
    "enrolment": "接入文件",
    "peer_copy": "台账副本",
    "backup": "备份",
    "bank_file": "银行文件",
}
WRITING, WRITTEN, REPLACED = "writing", "written", "replaced"

_copies = schema.copies.c


class Outgoing(msgspec.Struct, frozen=True):
    """One file that leaves, as the register will describe it (columns above)."""

    kind: str
    name: str
    division: str | None = None
    number: int | None = None
    lines: int | None = None
    more: dict[str, Any] = {}


class CopyLine(msgspec.Struct, frozen=True):
    """One copy of the register."""

    id: str
    kind: str
    name: str
    division: str
    number: int | None
    digest: str
    size: int
    lines: int | None
    place: str
    device: str
    state: str
    at: str
    by: str
    more: dict[str, Any]

    @property
    def title(self) -> str:
        return KINDS.get(self.kind, self.kind)


def write_copy(
    store: Store,
    what: Outgoing,
    data: bytes,
    folder: Path,
    *,
    kept: str,
    settle: Callable[[], object] | None = None,
) -> Path:
    """Write `data` into `folder`, read back, under its name, and register it; returns the file.

    `settle` is called before the file gets its name (a print's own note). What stands there under this name is
    replaced: whoever may not replace asks first (`destinations.target_state`).
    Raises UserError for every trouble of disk or stick; then there is neither a new file nor an entry.
    """
    for _ in writing_copy(store, what, data, folder, kept=kept, settle=settle):
        pass
    return folder / what.name


def writing_copy(
    store: Store,
    what: Outgoing,
    data: bytes,
    folder: Path,
    *,
    kept: str,
    settle: Callable[[], object] | None = None,
) -> Generator[files.CopyStep, None, None]:
    """`write_copy` step by step; closing the generator before its end leaves neither file nor entry."""
    entry = Entry(store, what, folder, digest=hashlib.sha256(data).hexdigest(), size=len(data))

    def begin() -> None:
        entry.begin()
        if settle is not None:
            settle()

    try:
        yield from files.copying(data, folder / what.name, kept=kept, settle=begin)
    except BaseException:
        entry.drop()
        raise
    entry.finish()


def note_in(w: Writing, what: Outgoing, data: bytes, folder: Path) -> None:
    """Register a copy within the transaction that makes it worth something: an enrolment, whose serial is void
    unless this commits. The caller writes the file before the transaction ends."""
    entry = Entry(w.store, what, folder, digest=hashlib.sha256(data).hexdigest(), size=len(data))
    w.insert("copies", [{**entry.row, "state": WRITTEN, "at": w.at}])
    w.detail |= {"file": what.name, "sha256": entry.row["digest"], "device": entry.row["device"]}


class Entry:
    """The entry of one copy while it is made: `begin` before the file gets its name, `finish` when it has it."""

    def __init__(self, store: Store, what: Outgoing, folder: Path, *, digest: str, size: int) -> None:
        self.store = store
        device = device_of(folder)
        self.row: dict[str, Any] = {
            "id": new_id(), "kind": what.kind, "name": what.name, "division": what.division,
            "number": what.number, "digest": digest, "size": size, "lines": what.lines,
            "place": str(folder.absolute()), "device": device.words, "state": WRITING, "at": now_text(),
            "by": store.user, "more": {**what.more, **_device_facts(device)},
        }  # fmt: skip

    def begin(self) -> None:
        """Commit the entry as `writing`. Raises UserError when the database's own disk refuses."""
        with self.store.quiet_writing() as connection:
            connection.execute(sa.insert(schema.copies), [self.row])

    def finish(self, action: str = "copy", detail: Mapping[str, Any] | None = None) -> None:
        """The file has its name. An entry that cannot be written now is settled at the next look."""
        try:
            _mark_written(self.store, self.row, action, detail or {})
        except UserError as error:
            log.warning("the copy %s is on the stick and not yet in the register: %s", self.row["id"], error)

    def drop(self) -> None:
        """The file did not get its name."""
        try:
            with self.store.quiet_writing() as connection:
                connection.execute(sa.delete(schema.copies).where(_copies.id == self.row["id"]))
        except UserError as error:
            log.warning("an entry of a copy that failed is left to be settled: %s", error)


def _device_facts(device: Device) -> dict[str, str]:
    facts = {"serial": device.serial, "label": device.label}
    return {key: value for key, value in facts.items() if value}


def _mark_written(
    store: Store, row: Mapping[str, Any], action: str = "copy", more: Mapping[str, Any] = MappingProxyType({})
) -> None:
    detail = {key: row[key] for key in ("kind", "name", "place", "device")} | {"sha256": row["digest"]}
    with store.writing(action, {**detail, **more}) as w:
        w.delete("copies", _copies.id == row["id"])
        same_file = (
            _copies.place == row["place"],
            _copies.name == row["name"],
            _copies.device == row["device"],
        )
        w.update("copies", {"state": REPLACED}, *same_file, _copies.state == WRITTEN)
        w.insert("copies", [{**row, "state": WRITTEN}])


def settle(store: Store) -> int:
    """Look after entries that an ended program left as `writing`; returns how many are open still (stick away)."""
    with store.reading() as r:
        left = r.rows(sa.select(schema.copies).where(_copies.state == WRITING))
    still = 0
    for row in left:
        folder = Path(row["place"])
        if _is_there(folder / row["name"], row):
            _mark_written(store, row)
        elif folder.is_dir():
            with store.quiet_writing() as connection:
                connection.execute(sa.delete(schema.copies).where(_copies.id == row["id"]))
        else:
            still += 1
    return still


def _is_there(file: Path, row: Mapping[str, Any]) -> bool:
    try:
        if not file.is_file() or file.stat().st_size != row["size"]:
            return False
        with file.open("rb") as stream:
            return bool(hashlib.file_digest(stream, "sha256").hexdigest() == row["digest"])
    except OSError:
        return False


def list_copies(
    r: Reading,
    *,
    kind: str = "",
    number: int | None = None,
    division: str = "",
    digest: str = "",
    text: str = "",
    since: str = "",
    limit: int = 5000,
) -> list[CopyLine]:
    """The register, newest first. Every filter that is given must hold; `text` is looked for in name, place, device
    and user, `since` is an ISO day. Entries that are not settled come along with state `writing`."""
    wanted: list[sa.ColumnElement[bool]] = []
    for column, value in ((_copies.kind, kind), (_copies.division, division), (_copies.digest, digest)):
        if value:
            wanted.append(column == value)
    if number is not None:
        wanted.append(_copies.number == number)
    if since:
        wanted.append(_copies.at >= since)
    if text:
        looked = (_copies.name, _copies.place, _copies.device, _copies.by)
        wanted.append(sa.or_(*(column.icontains(text, autoescape=True) for column in looked)))
    rows = r.rows(
        sa.select(schema.copies).where(*wanted).order_by(_copies.at.desc(), _copies.id.desc()).limit(limit)
    )
    return [_line(row) for row in rows]


def copies_of(r: Reading, digests: Sequence[str]) -> dict[str, list[CopyLine]]:
    """The written copies of files by digest, oldest first: which sticks hold package 44?"""
    found: dict[str, list[CopyLine]] = {digest: [] for digest in digests}
    for some in chunks(list(found)):
        rows = r.rows(
            sa.select(schema.copies)
            .where(_copies.digest.in_(some), _copies.state == WRITTEN)
            .order_by(_copies.at, _copies.id)
        )
        for row in rows:
            found[row["digest"]].append(_line(row))
    return found


def _line(row: Mapping[str, Any]) -> CopyLine:
    return CopyLine(
        id=row["id"], kind=row["kind"], name=row["name"], division=row["division"] or "", number=row["number"],
        digest=row["digest"], size=row["size"], lines=row["lines"], place=row["place"],
        device=row["device"] or "", state=row["state"], at=row["at"], by=row["by"] or "", more=row["more"],
    )  # fmt: skip
