"""Citizen identity numbers (GB 11643; domain §2.2).

18 characters: 6 address, 8 birth date, 3 sequence (odd male, even female), 1 check character. The address is
where the number was first issued and says nothing about today's household register.
"""

from __future__ import annotations

import re
from datetime import date

import msgspec

from minzheng_desktop.values.errors import Problem
from minzheng_desktop.values.text import without_spaces

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)
_WELL_FORMED = re.compile(r"[1-9][0-9]{16}[0-9X]").fullmatch
_OLD_FORM = re.compile(r"[1-9][0-9]{14}").fullmatch
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+").fullmatch
_DECIMAL_TAIL = re.compile(r"[0-9]{15,}\.0*").fullmatch
_QUOTES = "'’‘`´\"“”′"
_OLDEST = 115  # years; domain §2.2: older is an error
_PRECISE_DIGITS = 15  # what a spreadsheet number keeps

_DAMAGED = "证号已损坏，无法恢复：表格把它存成了数字，后几位已经丢失；请照原始材料重新录成文本"


class IdCheck(msgspec.Struct, frozen=True):
    """What an id number says and what is wrong with it.

    `number` is the cleaned text (half width, upper-case X). `sex` is "1" male, "2" female, "" unknown.
    `suggestion` is the 18-character form of a 15-digit number; a person must confirm it. `damaged` means that
    digits were lost in a spreadsheet and nothing may be guessed.
    """

    number: str
    birth_date: date | None = None
    sex: str = ""
    problems: tuple[Problem, ...] = ()
    suggestion: str = ""
    damaged: bool = False

    @property
    def usable(self) -> bool:
        """True when no problem is an error."""
        return all(problem.level != "error" for problem in self.problems)


def check_digit(first17: str) -> str:
    """The 18th character for the first 17 digits (GB 11643)."""
    return _CHECK_CHARACTERS[sum(w * int(d) for w, d in zip(_WEIGHTS, first17, strict=True)) % 11]


def convert_15(number: str) -> str:
    """The 18-character form of a 15-digit number: "19" after the sixth digit, and the check character.

    Wrong for people born before 1900, therefore only ever a suggestion (domain §2.2).
    """
    first17 = number[:6] + "19" + number[6:]
    return first17 + check_digit(first17)


def make_id_number(prefix6: str, birth: date, sequence: int) -> str:
    """An id number with a right check character, for tests and demonstrations; sequence 0–999, odd: male."""
    first17 = f"{prefix6}{birth:%Y%m%d}{sequence:03d}"
    return first17 + check_digit(first17)


def mask_id_number(number: str) -> str:
    """'500229196503122217' → '500229********2217'; anything shorter keeps at most its last two characters."""
    if len(number) >= 15:
        return number[:6] + "*" * (len(number) - 10) + number[-4:]
    return "*" * max(len(number) - 2, 0) + number[-2:] if len(number) > 4 else "*" * len(number)


def clean_id_number(raw: str) -> str:
    """Half width, upper case, without spaces, quotes and invisible characters."""
    if _WELL_FORMED(raw):
        return raw
    return without_spaces(raw).strip(_QUOTES).upper()


def told_by(number: str) -> dict[str, str]:
    """{"sex", "birth_date"} as a whole id number tells them: "1" or "2", ISO text."""
    return {
        "sex": "1" if int(number[16]) % 2 else "2",
        "birth_date": f"{number[6:10]}-{number[10:12]}-{number[12:14]}",
    }


def sex_problem(told: str, stated: str) -> Problem | None:
    """A warning when a stated sex ("1", "2") contradicts the one that an id number tells ("" unknown; domain §2.2)."""
    if told and stated in ("1", "2") and stated != told:
        word = "男" if told == "1" else "女"
        return Problem("sex", f"性别与身份证号不符：证号第17位表示{word}", "warning", "id.sex")
    return None


def check_id_number(raw: object, *, today: date) -> IdCheck:
    """Clean and judge an id number as typed or as read from a spreadsheet cell; never raises.

    Errors: wrong length or signs, impossible or future birth date, age over 115, wrong check character, lost
    digits. A 15-digit number is an error with a suggestion. Warnings: unknown province code, a short number
    stored as a spreadsheet number. Codes: id.missing, id.damaged, id.form, id.fifteen, id.date, id.future,
    id.age, id.check, id.area, id.numeric.
    """
    if type(raw) is str:
        text = raw if _WELL_FORMED(raw) else clean_id_number(raw)
        if _SCIENTIFIC(text) or _DECIMAL_TAIL(text):
            return IdCheck(number=text, problems=(Problem("", _DAMAGED, code="id.damaged"),), damaged=True)
        return _judge(text, today)
    if raw is None:
        return _judge("", today)
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        return _judge(clean_id_number(str(raw)), today)
    if raw != raw or abs(raw) == float("inf"):
        return _judge(str(raw), today)
    digits = str(int(raw)) if raw == int(raw) and abs(raw) < 1e30 else str(raw)
    if len(digits) > _PRECISE_DIGITS and not (isinstance(raw, int) and _survived(digits)):
        return IdCheck(number=digits, problems=(Problem("", _DAMAGED, code="id.damaged"),), damaged=True)
    return _judge(digits, today)


def _survived(digits: str) -> bool:
    # A whole number beyond 15 digits never came through a spreadsheet's arithmetic if its check digit holds.
    return (
        bool(_WELL_FORMED(digits)) and not digits.endswith("000") and check_digit(digits[:17]) == digits[17]
    )


def _failed(number: str, code: str, message: str) -> IdCheck:
    return IdCheck(number=number, problems=(Problem("", message, code=code),))


def _judge(number: str, today: date) -> IdCheck:
    if not number:
        return _failed("", "id.missing", "没有身份证号")
    if not _WELL_FORMED(number):
        if _OLD_FORM(number):
            return _judge_old(number, today)
        return _failed(number, "id.form", _form_message(number))
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return _failed(number, "id.date", f"身份证号里的出生日期 {number[6:14]} 不存在")
    if check_digit(number[:17]) != number[17]:
        if number.endswith("000"):
            return IdCheck(number=number, problems=(Problem("", _DAMAGED, code="id.damaged"),), damaged=True)
        return _failed(number, "id.check", "身份证号校验位不对，可能有一位写错")
    sex = "1" if int(number[16]) % 2 else "2"
    problems: tuple[Problem, ...] = ()
    if birth > today:
        problems = (Problem("", f"身份证号里的出生日期 {birth} 在今天之后", code="id.future"),)
    elif today.year - birth.year > _OLDEST and _older_than(birth, today, _OLDEST):
        problems = (Problem("", f"按身份证号年龄超过{_OLDEST}岁", code="id.age"),)
    if number[:2] not in _PROVINCES:
        problems += (Problem("", f"身份证号开头 {number[:2]} 不是已知的省级代码", "warning", "id.area"),)
    return IdCheck(number=number, birth_date=birth, sex=sex, problems=problems)


def _older_than(birth: date, today: date, years: int) -> bool:
    # Over 115 means that the 116th birthday has been reached.
    return (today.year - birth.year, today.month, today.day) >= (years + 1, birth.month, birth.day)


def _judge_old(number: str, today: date) -> IdCheck:
    suggestion = convert_15(number)
    converted = _judge(suggestion, today)
    if not converted.usable:
        return _failed(number, "id.date", "15位老身份证号里的出生日期不存在")
    message = f"15位老身份证号已停用，按规则应是 {suggestion}；核对户口簿或身份证后改成18位"
    return IdCheck(
        number=number,
        birth_date=converted.birth_date,
        sex=converted.sex,
        problems=(Problem("", message, code="id.fifteen"),),
        suggestion=suggestion,
    )


def _form_message(number: str) -> str:
    strange = sorted(
        {c for c in number[:17] if not c.isdigit()} | {c for c in number[17:] if c not in "0123456789X"}
    )
    if strange:
        return f"身份证号里有不该有的字符「{''.join(strange)[:8]}」"
    if number[0] == "0":
        return "身份证号不会以 0 开头"
    return f"身份证号应为18位，这里是{len(number)}位"
