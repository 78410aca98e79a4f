"""What may happen to bytes, to lines and to JSON: one change at a time, drawn from a random source that is given."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

DEEP: Any = "x"
for _ in range(40):
    DEEP = [DEEP]

ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 0.1, -0.0, 1e308,
    "", " ", "0", "x", "\u0000", "a\u0000b", "\u202e", "𪚥" * 3, "\n", '"', "\\", "x" * 5000, "9" * 400,
    "2026-13-45", "500229", "500229106", "500229102", "../../etc", "' OR 1=1 --", "{}", "[]",
    [], {}, [[]], {"": ""}, {"a": {"b": {"c": {}}}}, DEEP, ["x"] * 300,
)  # fmt: skip
"""Values that programs trip over."""

TOKENS = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\\u0000", b"\\ud800", b"null", b"1e999", b"-", b"\n",
    b"\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b" ", b'{"a":1,"a":1}', b"99999999999999999999", b"NaN",
    b"PK\x03\x04", b"PK\x05\x06", b"age-encryption.org/v1\n", b"\x28\xb5\x2f\xfd",
)  # fmt: skip


def mutate_bytes(data: bytes, how: random.Random) -> bytes:
    """The data with one to four things done to it."""
    for _ in range(how.choice((1, 1, 1, 2, 4))):
        data = how.choice(_BYTES)(data, how) if data else how.randbytes(how.randint(1, 8))
    return data


def _turn_bit(data: bytes, how: random.Random) -> bytes:
    at = how.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << how.randrange(8)]) + data[at + 1 :]


def _set_byte(data: bytes, how: random.Random) -> bytes:
    at = how.randrange(len(data))
    return data[:at] + bytes([how.choice((0, 1, 127, 128, 255, how.randrange(256)))]) + data[at + 1 :]


def _cut(data: bytes, how: random.Random) -> bytes:
    return data[: how.randrange(len(data))]


def _drop(data: bytes, how: random.Random) -> bytes:
    at = how.randrange(len(data))
    return data[:at] + data[at + how.choice((1, 2, 4, 16, 100)) :]


def _double(data: bytes, how: random.Random) -> bytes:
    at, length = how.randrange(len(data)), how.choice((1, 4, 16, 100))
    return data[: at + length] + data[at:]


def _insert(data: bytes, how: random.Random) -> bytes:
    at = how.randrange(len(data) + 1)
    return data[:at] + (how.choice(TOKENS) if how.random() < 0.7 else how.randbytes(8)) + data[at:]


def _replace(data: bytes, how: random.Random) -> bytes:
    at, token = how.randrange(len(data)), how.choice(TOKENS)
    return data[:at] + token + data[at + len(token) :]


def _number(data: bytes, how: random.Random) -> bytes:
    """Four bytes become a length that is too small, too large or almost right."""
    at = how.randrange(len(data))
    old = int.from_bytes(data[at : at + 4], "little")
    new = how.choice((0, 1, old + 1, max(0, old - 1), 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, old * 2)) & 0xFFFFFFFF
    return data[:at] + new.to_bytes(4, "little") + data[at + 4 :]


def _swap(data: bytes, how: random.Random) -> bytes:
    a, b = sorted(how.randrange(len(data)) for _ in range(2))
    length = min(how.choice((1, 4, 16)), b - a)
    return (
        data[:a] + data[b : b + length] + data[a + length : b] + data[a : a + length] + data[b + length :]
        if length
        else data[::-1]
    )


_BYTES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _turn_bit, _turn_bit, _set_byte, _cut, _drop, _double, _insert, _replace, _number, _swap,
)  # fmt: skip


def mutate_lines(lines: Sequence[bytes], how: random.Random) -> list[bytes]:
    """Lines left out, doubled, put elsewhere, joined, split, or changed inside."""
    lines = list(lines)
    for _ in range(how.choice((1, 1, 2))):
        if not lines:
            return [how.choice(TOKENS)]
        at, kind = how.randrange(len(lines)), how.randrange(8)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(how.randrange(len(lines) + 1), lines[at])
        elif kind == 2:
            lines.insert(how.randrange(len(lines)), lines.pop(at))
        elif kind == 3:
            lines[at] += lines.pop() if len(lines) > 1 and at < len(lines) - 1 else b""
        elif kind == 4:
            cut = how.randrange(len(lines[at]) + 1)
            lines[at : at + 1] = [lines[at][:cut], lines[at][cut:]]
        else:
            lines[at] = mutate_bytes(lines[at], how)
    return lines


def mutate_value(value: Any, how: random.Random, pool: Sequence[Any]) -> Any:
    """A JSON value with one thing in it changed; `pool` are values that stand elsewhere (ids, divisions, numbers)."""
    places = list(_places(value, ()))
    path = how.choice(places)
    return _changed(value, path, how, pool)


def values_in(value: Any) -> list[Any]:
    """Every text and number in a JSON value."""
    if isinstance(value, dict):
        return [found for one in value.values() for found in values_in(one)]
    if isinstance(value, list):
        return [found for one in value for found in values_in(one)]
    return [value]


def _places(value: Any, path: tuple[Any, ...]) -> Any:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value[:50]):
            yield from _places(inner, (*path, place))


def _changed(value: Any, path: tuple[Any, ...], how: random.Random, pool: Sequence[Any]) -> Any:
    if not path:
        return _other(value, how, pool)
    key, *rest = path
    if isinstance(value, dict):
        if not rest and how.random() < 0.35:
            return _other_keys(value, key, how, pool)
        return {k: _changed(v, tuple(rest), how, pool) if k == key else v for k, v in value.items()}
    changed = list(value)
    if not rest and how.random() < 0.3:
        del changed[key]
    else:
        changed[key] = _changed(changed[key], tuple(rest), how, pool)
    return changed


def _other_keys(value: dict[str, Any], key: str, how: random.Random, pool: Sequence[Any]) -> dict[str, Any]:
    kind = how.randrange(4)
    if kind == 0:
        return {k: v for k, v in value.items() if k != key}
    if kind == 1:
        return {(how.choice(("", "x", "void", "id")) if k == key else k): v for k, v in value.items()}
    if kind == 2:
        return {**value, how.choice(("x", "owner", "amount", "revision", "t")): how.choice(ODD)}
    items = list(value.items())
    how.shuffle(items)
    return dict(items)


def _other(value: Any, how: random.Random, pool: Sequence[Any]) -> Any:
    kind = how.randrange(5)
    if kind == 0 and isinstance(value, int) and not isinstance(value, bool):
        return value + how.choice((1, -1, 100, 2**40))
    if kind == 1 and isinstance(value, str) and value:
        return value[:-1] if how.random() < 0.5 else value + how.choice(value)
    if kind == 2 and pool:
        return how.choice(pool)
    if kind == 3 and isinstance(value, list):
        return value * 2
    return how.choice(ODD)
