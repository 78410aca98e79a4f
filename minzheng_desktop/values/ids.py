"""Keys and digests."""

from __future__ import annotations

import hashlib

import uuid_utils


def new_id() -> str:
    """A new UUIDv7 as text: unique on every laptop, and sorted by the time it was made."""
    return str(uuid_utils.uuid7())


def digest16(data: bytes) -> str:
    """A short digest (BLAKE2b, 64 bits) as 16 lower-case hex characters."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()
