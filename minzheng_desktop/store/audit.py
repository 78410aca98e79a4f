"""The audit: one entry a transaction and one for each reveal, print, export and sign-in, chained by digest.

An entry digests the revisions that its transaction wrote, its own content and the entry before it. The length and
head of the chain travel in every package and come back in the receipt, so a chain rewritten later shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import postgres, schema

FIRST = "0" * 32
WRITERS = 7402
"""Advisory lock of a server: writers take turns for the length of their transaction, readers never wait."""


class Entry:
    """An audit entry that is being written; ``seq`` is already known so that versions can name it."""

    def __init__(self, seq: int, previous: str) -> None:
        self.seq = seq
        self.previous = previous
        self._revisions = hashlib.blake2b(digest_size=16)

    def take(self, revisions: Iterable[str]) -> None:
        self._revisions.update("".join(revisions).encode())

    def revisions(self) -> str:
        return self._revisions.hexdigest()


class Verdict(msgspec.Struct, frozen=True):
    """What ``verify`` found: how many entries, the head, and the first entry that does not fit (0 = none)."""

    entries: int
    head: str
    broken_at: int = 0
    reason: str = ""


def open_entry(connection: sa.Connection) -> Entry:
    if connection.dialect.name == "postgresql":
        postgres.take_turn(connection, WRITERS)
    length, head = head_of(connection)
    return Entry(length + 1, head)


def head_of(connection: sa.Connection) -> tuple[int, str]:
    """The chain's length and the digest of its last entry."""
    row = connection.execute(
        sa.select(schema.audit.c.seq, schema.audit.c.digest).order_by(schema.audit.c.seq.desc()).limit(1)
    ).first()
    return (0, FIRST) if row is None else (int(row.seq), str(row.digest))


def close_entry(
    connection: sa.Connection,
    entry: Entry,
    at: str,
    user: str | None,
    action: str,
    detail: Mapping[str, Any],
) -> None:
    values = {
        "seq": entry.seq,
        "at": at,
        "user": user,
        "action": action,
        "detail": dict(detail),
        "revisions": entry.revisions(),
        "previous": entry.previous,
    }
    connection.execute(sa.insert(schema.audit).values(**values, digest=_digest(values)))


def verify(connection: sa.Connection) -> Verdict:
    """Recompute the whole chain, with the revisions of the versions that each entry covers."""
    revisions: dict[int, Any] = {}
    versions = schema.versions
    for seq, revision in connection.execute(
        sa.select(versions.c.audit, versions.c.revision).order_by(versions.c.seq)
    ):
        if seq not in revisions:
            revisions[seq] = hashlib.blake2b(digest_size=16)
        revisions[seq].update(revision.encode())
    previous, count = FIRST, 0
    empty = hashlib.blake2b(digest_size=16).hexdigest()
    for row in connection.execute(sa.select(schema.audit).order_by(schema.audit.c.seq)).mappings():
        count += 1
        covered = revisions[row["seq"]].hexdigest() if row["seq"] in revisions else empty
        reason = (
            "序号不连续"
            if row["seq"] != count
            else "与前一条接不上"
            if row["previous"] != previous
            else "内容被改过"
            if _digest({k: row[k] for k in row if k != "digest"}) != row["digest"]
            else "所记的修改与台账里的版本不符"
            if covered != row["revisions"]
            else ""
        )
        if reason:
            return Verdict(count, previous, broken_at=int(row["seq"]), reason=reason)
        previous = row["digest"]
    return Verdict(count, previous)


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.blake2b(msgspec.json.encode(values, order="deterministic"), digest_size=16).hexdigest()
