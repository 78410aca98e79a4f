"""The first copy for another laptop of the division: everything that is here, with its history, sealed to all of them.

Written in parts where it is large. Every version travels, so that later edits find what they were made from; what
each laptop originated stays known as its own, and nothing is exported to the county again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop import __version__
from minzheng_desktop.exchange.files.enrolment import live_recipients, private_keys
from minzheng_desktop.exchange.files.envelope import COPY, VERSION, Envelope, Party, Payload
from minzheng_desktop.exchange.files.package import AuditHead, Head, Place, seal_package
from minzheng_desktop.exchange.files.packing import each_file, sealed_name_of
from minzheng_desktop.exchange.peers.places import read_places, require_member
from minzheng_desktop.exchange.sending.chain import count_lines, is_paused, read_chain
from minzheng_desktop.exchange.tables import COUNTY_TABLES, EXPORTED_TABLES
from minzheng_desktop.store import audit, copies, schema, sealed_files
from minzheng_desktop.store.unit import Line
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

SUFFIX = ".mzcopy"
MAX_LINES = 100_000
MAX_BLOBS = 64 * 1_048_576

_versions = schema.versions.c


class CopyMade(msgspec.Struct, frozen=True):
    """The files of a copy, the changes and attachments in them, and the letters of the laptops that can read it."""

    files: tuple[Path, ...]
    changes: int
    attachments: int
    missing: int
    letters: tuple[str, ...]


def write_copy(
    store: Store, out: Path, *, max_lines: int = MAX_LINES, max_blobs: int = MAX_BLOBS
) -> CopyMade:
    """Write a copy of this database for the other laptops of the division into the folder `out`.

    Raises UserError when this laptop is not enrolled, waits after a restore, no other laptop is registered, or the
    disk or stick refuses.
    """
    require_member(store)
    with store.reading() as r:
        letters = _others(r)
        if not letters:
            raise UserError(
                "no_peer",
                "本乡镇没有登记别的电脑，没有写出副本。请那台电脑先接入、写一个包给县局，本机读过县局的回执再写。",
            )
        if is_paused(r):
            raise UserError(
                "exchange_paused",
                "台账是从备份恢复的，还在等县局确认，没有写出副本。读入县局的回执后再写。",
            )
        parts, missing = _parts(r, max_lines, max_blobs)
        site, chain, keys = store.site, read_chain(r), private_keys(r)
        assert keys is not None, "require_member looked"
        own = Place(chain.epoch, chain.last_number, chain.last_envelope)
        places = {**read_places(r), site.laptop: own}
        recipients = [keys.public.age, *live_recipients(r, site.division)]
        length, head = audit.head_of(r.connection)
    this_copy, sender = new_id(), Party(site.division, site.laptop, site.letter)
    files = []
    for number, (lines, blobs) in enumerate(parts, start=1):
        to = Party(site.division, "")
        written = Head(
            sender=sender, to=to, number=number, epoch=this_copy, previous="", made_at=now_text(),
            program=__version__, schema=schema.SCHEMA_NUMBER, counts=count_lines(lines), blobs=len(blobs),
            audit=AuditHead(length, head), catalog={}, places=places, parts=len(parts),
        )  # fmt: skip
        envelope = Envelope(
            format=COPY, version=VERSION, sender=sender, to=to, number=number, epoch=this_copy, previous="",
            payload=Payload(0, ""),
        )  # fmt: skip
        sealed = seal_package(
            *(envelope, written, lines, each_file(store, blobs)),
            recipients=recipients,
            sign_key=keys.sign,
        )
        name = f"{site.division}{site.letter}_副本{this_copy[-4:]}_{number}-{len(parts)}{SUFFIX}"
        what = copies.Outgoing("peer_copy", name, site.division, None, len(lines), {"letter": site.letter})
        files.append(copies.write_copy(store, what, sealed.data, out, kept="台账没有变化"))
    changes = sum(len(lines) for lines, _ in parts)
    attachments = sum(len(blobs) for _, blobs in parts)
    store.note("peer_copy", {"files": [file.name for file in files], "changes": changes})
    return CopyMade(tuple(files), changes, attachments, missing, letters)


def _others(r: Reading) -> tuple[str, ...]:
    c, site = schema.laptops.c, r.store.site
    rows = r.rows(
        sa.select(c.letter)
        .where(c.division == site.division, c.id != site.laptop, c.age_key.is_not(None))
        .order_by(c.letter)
    )
    return tuple(row["letter"] for row in rows)


def _parts(
    r: Reading, max_lines: int, max_blobs: int
) -> tuple[list[tuple[Sequence[Line], tuple[str, ...]]], int]:
    """Lines with the sealed files that they bring, part by part in the order in which they are read; how many files
    are lost."""
    parts: list[tuple[Sequence[Line], tuple[str, ...]]] = []
    lines: list[Line] = []
    blobs: list[str] = []
    sent: set[str] = set()
    size = missing = 0
    for line in _every_version(r):
        name = sealed_name_of(line)
        data = None if name is None or name in sent else sealed_files.sealed_bytes(r.store, name)
        missing += name is not None and name not in sent and data is None
        if lines and (len(lines) >= max_lines or (data is not None and size + len(data) > max_blobs)):
            parts.append((lines, tuple(blobs)))
            lines, blobs, size = [], [], 0
        lines.append(line)
        if name is not None and data is not None:
            blobs.append(name)
            sent.add(name)
            size += len(data)
    parts.append((lines, tuple(blobs)))
    return parts, missing


def _every_version(r: Reading) -> Iterator[Line]:
    v = _versions
    for table in (*EXPORTED_TABLES, *COUNTY_TABLES):
        rows = r.connection.execute(
            sa.select(v.id, v.revision, v.base, v.at, v.by, v.body).where(v.entity == table).order_by(v.seq)
        )
        for row in rows:
            body = msgspec.Raw(row.body.encode())
            yield Line(table, row.id, row.revision, row.base, row.at, row.by, body)
