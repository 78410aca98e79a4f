"""Bank account numbers (domain §2.7): cleaned, judged, masked."""

from __future__ import annotations

import re

from minzheng_desktop.values.errors import Problem
from minzheng_desktop.values.text import without_spaces

_SEPARATORS = str.maketrans("", "", "-－—_'’‘`.")
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+").fullmatch
_DECIMAL_TAIL = re.compile(r"[0-9]{13,}\.0*").fullmatch
_DIGITS = re.compile(r"[0-9]+").fullmatch
_SHORTEST, _LONGEST = 12, 30
_PRECISE_DIGITS = 15
_DAMAGED = "账号已损坏，无法恢复：表格把它存成了数字，后几位已经丢失；请照银行卡重新录成文本"


def clean_account(raw: object) -> str:
    """Digits as typed, half width, without spaces, hyphens and quotes."""
    if isinstance(raw, str):
        text = without_spaces(raw)
        return text if text.isascii() and text.isdigit() else text.translate(_SEPARATORS)
    return "" if raw is None else str(raw)


def passes_luhn(digits: str) -> bool:
    """The check of bank cards (ISO/IEC 7812); passbook numbers do not follow it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def check_account(raw: object) -> tuple[str, tuple[Problem, ...]]:
    """(clean number, problems); never raises.

    Errors: empty, signs other than digits, shorter than 12 or longer than 30, digits lost in a spreadsheet.
    Warnings: a 19-digit card number that fails the Luhn check; a short number stored as a spreadsheet number,
    whose leading zeros may be lost. Codes: account.missing, account.form, account.length, account.damaged,
    account.luhn, account.numeric.
    """
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return _check_numeric(raw)
    if isinstance(raw, str):
        text = without_spaces(raw).strip("'’‘")
        if _SCIENTIFIC(text) or _DECIMAL_TAIL(text):
            return text, (Problem("account.number", _DAMAGED, code="account.damaged"),)
    number = clean_account(raw)
    return number, _judge(number)


def _check_numeric(raw: int | float) -> tuple[str, tuple[Problem, ...]]:
    whole = raw == raw and abs(raw) < 1e30 and raw == int(raw)
    number = str(int(raw)) if whole else str(raw)
    if len(number) > _PRECISE_DIGITS and not (
        isinstance(raw, int) and raw > 0 and len(number) == 19 and passes_luhn(number)
    ):
        return number, (Problem("account.number", _DAMAGED, code="account.damaged"),)
    problems = _judge(number)
    if not problems:
        message = "账号存成了数字，开头的 0 可能丢失，请对照银行卡"
        problems = (Problem("account.number", message, "warning", "account.numeric"),)
    return number, problems


def _judge(number: str) -> tuple[Problem, ...]:
    if not number:
        return (Problem("account.number", "没有银行账号", code="account.missing"),)
    if not _DIGITS(number):
        strange = "".join(sorted({c for c in number if c not in "0123456789"}))[:8]
        return (Problem("account.number", f"银行账号里有不该有的字符「{strange}」", code="account.form"),)
    if not _SHORTEST <= len(number) <= _LONGEST:
        message = f"银行账号应为{_SHORTEST}到{_LONGEST}位，这里是{len(number)}位"
        return (Problem("account.number", message, code="account.length"),)
    if len(number) == 19 and not passes_luhn(number):
        if number.endswith("0000"):
            return (Problem("account.number", _DAMAGED, code="account.damaged"),)
        message = "19位卡号校验位不对，可能有一位写错"
        return (Problem("account.number", message, "warning", "account.luhn"),)
    if len(number) >= 17 and number.endswith("0" * min(len(number) - _PRECISE_DIGITS, 4)):
        message = "账号末尾都是 0，可能被表格存成过数字，请对照银行卡"
        return (Problem("account.number", message, "warning", "account.zeros"),)
    return ()


def account_tail(number: str) -> str:
    """The last four digits, as people name a card: '6217…3391' → '3391'."""
    return number[-4:]


def mask_account(number: str) -> str:
    """'6217003760001233391' → '6217***********3391'."""
    if len(number) <= 8:
        return "*" * max(len(number) - 2, 0) + number[-2:]
    return number[:4] + "*" * (len(number) - 8) + number[-4:]
