"""Disability certificate numbers (domain §2.4): id number, digit of type, digit of level, maybe B1 or B2."""

from __future__ import annotations

import re

import msgspec

from minzheng_desktop.values.errors import Problem
from minzheng_desktop.values.text import without_spaces

_FORM = re.compile(r"([1-9][0-9]{16}[0-9X])([1-7])([1-4])(B[0-9])?").fullmatch


class CertCheck(msgspec.Struct, frozen=True):
    """A certificate number and what it says: the holder's id number, type "1".."7" and level "1".."4"."""

    number: str
    id_number: str = ""
    disability_type: str = ""
    disability_level: str = ""
    problems: tuple[Problem, ...] = ()


def check_disability_cert(
    raw: object, *, id_number: str = "", disability_type: str = "", disability_level: str = ""
) -> CertCheck:
    """Judge a certificate number against the holder's id number and the stated type and level.

    Errors: wrong form (20 characters, or 22 with a reissue suffix), another person's id number. Type
    and level are read from the number; a contradiction is a warning, the number wins. Never raises.
    """
    number = without_spaces(raw).strip("'’‘").upper() if isinstance(raw, str) else ""
    if not isinstance(raw, str) and raw not in (None, ""):
        message = "残疾证号已损坏，无法恢复：表格把它存成了数字；请从原始材料重新录成文本"
        return CertCheck(number="", problems=(Problem("", message, code="cert.damaged"),))
    match = _FORM(number)
    if match is None:
        message = f"残疾证号应为20位（补发的22位），这里是{len(number)}位" if number else "没有残疾证号"
        if len(number) in (20, 22):
            message = "残疾证号形式不对：应是18位身份证号加1位类别（1–7）和1位等级（1–4）"
        return CertCheck(number=number, problems=(Problem("", message, code="cert.form"),))
    holder, kind, level = match[1], match[2], match[3]
    problems: list[Problem] = []
    if id_number and holder != id_number:
        problems.append(
            Problem("", "残疾证号前18位与本人身份证号不同；换过身份证号的写明说明", code="cert.holder")
        )
    if disability_type and disability_type != kind:
        problems.append(Problem("", "残疾类别与残疾证号第19位不同，以证号为准", "warning", "cert.type"))
    if disability_level and disability_level != level:
        problems.append(Problem("", "残疾等级与残疾证号第20位不同，以证号为准", "warning", "cert.level"))
    return CertCheck(number, holder, kind, level, tuple(problems))
