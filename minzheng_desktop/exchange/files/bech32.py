"""Bech32 (BIP 173), the text form of age keys: needed to make an age identity from derived bytes."""

from __future__ import annotations

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def encode_bech32(prefix: str, data: bytes) -> str:
    """`data` as lower-case bech32 with the human-readable `prefix`."""
    values = _five_bits(data)
    return prefix + "1" + "".join(_ALPHABET[value] for value in values + _checksum(prefix, values))


def _five_bits(data: bytes) -> list[int]:
    values, held, bits = [], 0, 0
    for byte in data:
        held, bits = held << 8 | byte, bits + 8
        while bits >= 5:
            bits -= 5
            values.append(held >> bits & 31)
    if bits:
        values.append(held << (5 - bits) & 31)
    return values


def _checksum(prefix: str, values: list[int]) -> list[int]:
    expanded = [ord(sign) >> 5 for sign in prefix] + [0] + [ord(sign) & 31 for sign in prefix]
    rest = 1
    for value in [*expanded, *values, 0, 0, 0, 0, 0, 0]:
        top = rest >> 25
        rest = (rest & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                rest ^= generator
    return [(rest ^ 1) >> 5 * (5 - place) & 31 for place in range(6)]
