"""Keys and digests."""

from __future__ import annotations

import hashlib
import uuid

import uuid_utils


def new_id() -> str:
    """A new UUIDv7 as text: unique on every laptop, and sorted by the time it was made."""
    return str(uuid_utils.uuid7())


def derived_id(seed: str, n: int, *, after: str = "") -> str:
    """The `n`-th id that follows from the id `seed` alone: the same on every laptop, and sorted behind `seed` and
    `after`."""
    moment = max(_moment(seed), _moment(after)) + 1
    bits = int.from_bytes(hashlib.blake2b(f"{seed}/{n}".encode(), digest_size=10).digest())
    number = moment << 80 | (bits & ~(0xF << 76) & ~(0b11 << 62)) | 7 << 76 | 0b10 << 62
    return str(uuid.UUID(int=number))


def _moment(given: str) -> int:
    """The milliseconds that a UUIDv7 begins with; 0 for anything else."""
    try:
        return uuid.UUID(given).int >> 80
    except ValueError:
        return 0


def digest16(data: bytes) -> str:
    """A short digest (BLAKE2b, 64 bits) as 16 lower-case hex characters."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()
