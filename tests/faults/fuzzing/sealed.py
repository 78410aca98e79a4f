"""A real exchange file taken apart, so that each of its layers can be changed and the ones around it sealed again.

What is changed inside is signed, encrypted and counted as an honest program would, with the real keys: otherwise no
change would get past the first check.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyrage
import zstandard

from minzheng_desktop.exchange.files.container import Parts, build_container, read_container
from minzheng_desktop.exchange.files.envelope import Envelope, sha256
from minzheng_desktop.exchange.files.keys import age_identity, age_recipient, sign
from minzheng_desktop.exchange.files.payload import unpack_lines
from minzheng_desktop.exchange.tables import MONEY
from minzheng_desktop.values.ids import digest16
from tests.faults.fuzzing.mutations import mutate_bytes, mutate_lines, mutate_value, values_in

SIGNED = b"minzheng envelope\n"
LAYERS = ("bytes", "parts", "envelope", "age", "frame", "lines", "values", "values", "values")
_encode = msgspec.json.encode


@dataclass
class SealedFile:
    """A file, the keys that can write it anew, and how its first line announces the others."""

    data: bytes
    sign_key: str
    identity: str
    recipients: Sequence[str]
    announce: Callable[[dict[str, Any], list[Any]], None]

    def __post_init__(self) -> None:
        self.parts = read_container(self.data)
        self.plain = pyrage.decrypt(self.parts.payload, [age_identity(self.identity)])
        self.lines = list(unpack_lines(self.plain))
        self.envelope = msgspec.json.decode(self.parts.envelope)
        self.pool = values_in([self.envelope, *(msgspec.json.decode(line) for line in self.lines)])

    def mutated(self, layer: str, how: random.Random) -> bytes:
        """The file with something changed in one layer."""
        if layer == "bytes":
            return mutate_bytes(self.data, how)
        if layer == "parts":
            parts = {name: getattr(self.parts, name) for name in ("envelope", "signature", "payload")}
            name = how.choice(sorted(parts))
            return build_container(Parts(**{**parts, name: mutate_bytes(parts[name], how)}))
        if layer == "envelope":
            changed = mutate_value(self.envelope, how, self.pool)
            written = _encode(changed)
            if how.random() < 0.2:
                written = mutate_bytes(written, how)
            return self._signed(written, self.parts.payload)
        if layer == "age":
            return self._around(mutate_bytes(self.parts.payload, how))
        if layer == "frame":
            return self._encrypted(self._odd_frame(how))
        if layer == "lines":
            return self._encrypted(_frame(mutate_lines(self.lines, how)))
        return self._encrypted(_frame(self._other_values(how)))

    def under(self, **envelope: Any) -> bytes:
        """The same payload under an envelope with other fields, signed."""
        return self._signed(_written({**self.envelope, **envelope}), self.parts.payload)

    def holding(self, lines: Sequence[bytes], *, to: Sequence[str] = (), **envelope: Any) -> bytes:
        """Other lines, encrypted `to` these keys, under an envelope with other fields."""
        plain = b"".join(line + b"\n" for line in lines)
        encrypted = pyrage.encrypt(
            zstandard.compress(plain), [age_recipient(key) for key in to or self.recipients]
        )
        payload = {"size": len(encrypted), "sha256": sha256(encrypted)}
        return self._signed(_written({**self.envelope, **envelope, "payload": payload}), encrypted)

    def placed(self, **place: Any) -> bytes:
        """The same changes at another place of the chain: in the envelope and in the first line alike."""
        head = {**msgspec.json.decode(self.lines[0]), **place}
        return self.holding([_encode(head), *self.lines[1:]], **place)

    def _other_values(self, how: random.Random) -> list[bytes]:
        """One to three lines with other values, their digests and the announced counts made to agree mostly."""
        lines = [msgspec.json.decode(line) for line in self.lines]
        for _ in range(how.choice((1, 1, 1, 2, 3))):
            at = how.randrange(len(lines)) if how.random() < 0.9 else 0
            lines[at] = mutate_value(lines[at], how, self.pool)
            if how.random() < 0.9:
                repair(lines[at])
        if how.random() < 0.9 and isinstance(lines[0], dict):
            self.announce(lines[0], lines[1:])
        return [_encode(line) for line in lines]

    def _odd_frame(self, how: random.Random) -> bytes:
        kind = how.randrange(6)
        if kind == 0:  # a flood that compresses well
            flood = self.lines[-1] + b"\n"
            return zstandard.compress(
                self.plain_text() + flood * how.choice((10, 1000, max(1, 2**24 // len(flood)))), 3
            )
        if kind == 1:  # one endless line
            return zstandard.compress(self.plain_text() + b" " * how.choice((2**20, 2**20 + 1, 2**23)), 3)
        if kind == 2:  # two frames, the second odd
            return self.plain + mutate_bytes(zstandard.compress(b"{}\n"), how)
        if kind == 3:  # no line feed at the end, or nothing at all
            return zstandard.compress(how.choice((b"", b"\n", b"\n\n\n", self.plain_text()[:-1])))
        return mutate_bytes(self.plain, how)

    def plain_text(self) -> bytes:
        return b"".join(line + b"\n" for line in self.lines)

    def _encrypted(self, plain: bytes) -> bytes:
        return self._around(pyrage.encrypt(plain, [age_recipient(key) for key in self.recipients]))

    def _around(self, encrypted: bytes) -> bytes:
        payload = {"size": len(encrypted), "sha256": sha256(encrypted)}
        return self._signed(_encode({**self.envelope, "payload": payload}), encrypted)

    def _signed(self, envelope: bytes, encrypted: bytes) -> bytes:
        signature = base64.b64decode(sign(self.sign_key, SIGNED + envelope))
        return build_container(Parts(envelope, signature, encrypted))


def _written(envelope: dict[str, Any]) -> bytes:
    return msgspec.convert(envelope, Envelope).encode()


def _frame(lines: Sequence[bytes]) -> bytes:
    return zstandard.compress(b"".join(line + b"\n" for line in lines), 1)


def repair(line: Any) -> None:
    """Make the revision of a change line the digest of its base and body again."""
    change = line.get("change", line) if isinstance(line, dict) else None
    if isinstance(change, dict) and "body" in change and "revision" in change:
        base = change.get("base")
        told = base.encode() if isinstance(base, str) else b""
        change["revision"] = digest16(told + _encode(change["body"]))


def announce_counts(head: dict[str, Any], lines: list[Any]) -> None:
    """What the head of a package says of the lines behind it."""
    counts: dict[str, dict[str, int]] = {}
    for line in lines:
        if not isinstance(line, dict) or "entity" not in line:
            continue
        entity, body = line["entity"], line.get("body")
        if not isinstance(entity, str):
            continue
        count = counts.setdefault(entity, {"rows": 0, "cents": 0})
        count["rows"] += 1
        cents = body.get(MONEY[entity]) if entity in MONEY and isinstance(body, dict) else 0
        count["cents"] += cents if isinstance(cents, int) else 0
    head["counts"] = counts


def announce_lines(head: dict[str, Any], lines: list[Any]) -> None:
    """What the head of a file of the county says of the lines behind it."""
    head["lines"] = len(lines)
