"""A refused file by its name, its sender and its number, as the clerk reads them on the stick and over the phone.

The sender and the number are what the envelope says, for the file was refused before it could be proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.exchange.files.container import read_container
from minzheng_desktop.exchange.files.envelope import Envelope, Party
from minzheng_desktop.values.errors import RefusedFile, UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.divisions import Divisions

DISK = frozenset({"disk_full", "disk_read_only", "disk_error", "database_busy"})
"""Troubles of the own disk: no word against the file."""


class Origin(msgspec.Struct, frozen=True):
    """What an envelope says of its file: who wrote it, and its number; nothing where it cannot be read."""

    sender: Party | None = None
    number: int | None = None

    def words(self, divisions: Divisions) -> str:
        """修齐镇 A 机第 0007 号, or 来源不明."""
        if self.sender is None:
            return "来源不明"
        letter = f" {self.sender.letter} 机" if self.sender.letter else ""
        return f"{divisions.name(self.sender.division)}{letter}第 {self.number:04d} 号"


def origin_of(data: bytes | None) -> Origin:
    """What the envelope of a file says, unproved; of a file that is none, nothing."""
    try:
        envelope = msgspec.json.decode(read_container(data or b"").envelope, type=Envelope)
    except (UserError, msgspec.MsgspecError, ValueError, RecursionError):
        return Origin()
    return Origin(envelope.sender, envelope.number) if 0 < envelope.number < 10**9 else Origin()


@contextmanager
def naming_file(path: Path, data: bytes | None, divisions: Divisions) -> Iterator[None]:
    """Put name, sender and number before the reason of a refusal raised inside; its code stays."""
    try:
        yield
    except UserError as error:
        if error.code in DISK or isinstance(error, RefusedFile):
            raise
        origin = origin_of(data)
        refused = named(error, path, whose=origin.words(divisions))
        if origin.sender is not None:
            refused.sender, refused.letter = origin.sender.division, origin.sender.letter
            refused.number = origin.number
        raise refused from error


def named(error: UserError, path: Path, *, whose: str) -> RefusedFile:
    """The refusal with its file and `whose` it is before the reason."""
    refused = RefusedFile(error.code, f"{path.name}（{whose}）：{error.message}", error.problems)
    refused.file, refused.reason = path, error.message
    return refused
