"""Unified social credit codes of organisations (GB 32100-2015)."""

from __future__ import annotations

from minzheng_desktop.values.errors import Problem
from minzheng_desktop.values.text import without_spaces

_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {character: value for value, character in enumerate(_CHARACTERS)}


def usci_check_character(first17: str) -> str:
    """The 18th character: 31 minus the weighted sum (weights 3^i mod 31) modulo 31."""
    total = sum(_VALUE[c] * pow(3, place, 31) for place, c in enumerate(first17))
    return _CHARACTERS[-total % 31]


def check_usci(text: object) -> tuple[str, tuple[Problem, ...]]:
    """(clean code, problems); never raises. Codes: usci.missing, usci.form, usci.check."""
    code = without_spaces(str(text or "")).upper()
    if not code:
        return "", (Problem("usci", "没有统一社会信用代码", code="usci.missing"),)
    if len(code) != 18 or any(c not in _VALUE for c in code):
        message = f"统一社会信用代码应为18位数字和大写字母（不含 I、O、S、V、Z），这里是「{code[:20]}」"
        return code, (Problem("usci", message, code="usci.form"),)
    if usci_check_character(code[:17]) != code[17]:
        return code, (Problem("usci", "统一社会信用代码校验位不对，可能有一位写错", code="usci.check"),)
    return code, ()
