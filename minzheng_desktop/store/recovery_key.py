"""The printed recovery key: 155 random bits as 31 Crockford base32 characters and one check character.

Eight groups of four. The check character is a weighted sum in GF(32): every single wrong character and every
swap of two neighbours is noticed before the slow key derivation is tried. O, I and L are read as 0, 1 and 1
(Crockford), case and separators do not matter.
"""

from __future__ import annotations

import secrets
import unicodedata

from minzheng_desktop.values.errors import UserError

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DIGITS = 31
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = str.maketrans("", "", " -–—－·.\t\r\n")


def new_recovery_key() -> str:
    """A fresh key such as 'K7Q2-…' (8 groups of 4)."""
    values = [secrets.randbelow(32) for _ in range(_DIGITS)]
    text = "".join(_ALPHABET[value] for value in [*values, _check(values)])
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def parse_recovery_key(text: str) -> bytes:
    """The secret of a typed key as ASCII bytes without separators; UserError when it was copied wrongly."""
    plain = unicodedata.normalize("NFKC", text).upper().translate(_SEPARATORS).translate(_LOOKALIKES)
    if len(plain) != _DIGITS + 1:
        raise UserError(
            "recovery_key_format",
            f"恢复密钥应为 8 组、每组 4 位，共 32 位，现在是 {len(plain)} 位。"
            "台账没有变化。请对照打印件重新输入。",
        )
    strange = sorted({sign for sign in plain if sign not in _ALPHABET})
    if strange:
        raise UserError(
            "recovery_key_format",
            f"恢复密钥里不会出现“{'、'.join(strange)}”。台账没有变化。请对照打印件重新输入。",
        )
    values = [_ALPHABET.index(sign) for sign in plain]
    if _check(values[:-1]) != values[-1]:
        raise UserError(
            "recovery_key_check",
            "恢复密钥有一位抄错了或前后颠倒，校验位对不上。台账没有变化。请对照打印件逐组核对。",
        )
    return plain.encode("ascii")


def _check(values: list[int]) -> int:
    total = 0
    for value in values:  # Horner's rule: 31 different weights g^31 … g^1, g = 2 generating GF(32)*
        total = _times_generator(total ^ value)
    return total


def _times_generator(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value
