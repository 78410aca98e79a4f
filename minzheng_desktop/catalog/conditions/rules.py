"""Which types may meet: comparison, joining of alternatives, and standing where a type is wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from minzheng_desktop.catalog.codes import CodeList
from minzheng_desktop.catalog.conditions.types import Type, literal
from minzheng_desktop.catalog.problems import suggest

_FORMS = {"date": r"\d{4}-\d\d-\d\d", "month": r"\d{4}-\d\d", "datetime": r"\d{4}-\d\d-\d\dT.+"}
_ORDERED = frozenset({"int", "double", "money", "date", "month", "datetime"})


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a condition; at: index of the character (from 0).

    kind and word: the resource (``rates`` and a code) that was sought in vain, where that is the reason.
    """

    at: int
    message: str
    kind: str = ""
    word: str = ""


def comparable(left: Type, right: Type, codes: Mapping[str, CodeList], ordered: bool = False) -> str:
    """Why two types cannot be compared, or an empty text. ordered: by < <= > >= rather than == and !=."""
    if left.kind == "unknown" or right.kind == "unknown":
        return ""
    if "null" in (left.kind, right.kind):
        return "与 null 只能比较 == 或 !=" if ordered else ""
    if left.kind == "literal" and right.kind != "literal":
        left, right = right, left
    if right.kind == "literal":
        return _with_literal(left, right, codes, ordered)
    kinds = {left.kind, right.kind}
    if ordered and not kinds <= _ORDERED:
        worst = left if left.kind not in _ORDERED else right
        return f"{worst}不能比较大小"
    if kinds == {"int", "double"}:
        return ""
    if kinds == {"money", "int"} and "0" in (left.values + right.values):
        return ""
    if kinds == {"money", "int"}:
        return "金额不能与整数比较；金额写 yuan(3000)"
    if kinds == {"money", "double"}:
        return "金额不能与小数比较；金额写 yuan(3000.5)"
    if kinds == {"date", "month"}:
        return "日期不能与月份比较；先写 month_of(日期)"
    if kinds == {"code", "int"}:
        return "代码是文字，要加引号，例如 '1'"
    if left.kind == "code" and right.kind == "code":
        return "" if left.codes == right.codes else f"两边是不同的代码表（{left.codes}、{right.codes}）"
    if kinds == {"object"} or (left.kind == right.kind and left.kind not in ("list", "row")):
        return ""
    return f"{left}不能与{right}比较"


def _with_literal(other: Type, written: Type, codes: Mapping[str, CodeList], ordered: bool) -> str:
    if other.kind == "code":
        return "代码不能比较大小" if ordered else _unknown_codes(other, written, codes)
    if other.kind in ("text", "literal"):
        return "文字不能比较大小" if ordered else ""
    if other.kind in _FORMS:
        return _wrong_form(other, written)
    return f"{other}不能与文字“{written.values[0]}”比较"


def _unknown_codes(other: Type, written: Type, codes: Mapping[str, CodeList]) -> str:
    known = codes.get(other.codes)
    if known is None:
        return f"代码表“{other.codes}”不存在"
    for value in written.values:
        if value not in known:
            by_label = known.find(value)
            hint = f"；“{value}”的代码是 '{by_label}'" if by_label else suggest(value, known.items)
            return f"代码“{value}”不在代码表“{known.title}”里{hint}"
    return ""


def _wrong_form(other: Type, written: Type) -> str:
    wrong = next((value for value in written.values if not re.fullmatch(_FORMS[other.kind], value)), None)
    if wrong is None:
        return ""
    example = {"date": "'2024-05-01'", "month": "'2024-05'"}.get(other.kind, "'2024-05-01T08:00:00'")
    return f"{other}写成 {example}，这里是“{wrong}”"


def join_types(a: Type | None, b: Type | None) -> Type | None:
    """The type of "one or the other", or None when they do not go together."""
    if a is None or b is None:
        return None
    if a.kind == "unknown" or b.kind == "null":
        return a
    if b.kind == "unknown" or a.kind == "null":
        return b
    if a.kind == b.kind == "literal":
        return literal(*dict.fromkeys((*a.values, *b.values)))
    if a.kind == b.kind == "list":
        item = join_types(a.item, b.item)
        return replace(a, item=item) if item is not None else None
    if a.kind == b.kind and a.codes == b.codes:
        return a
    kinds = {a.kind, b.kind}
    if "literal" in kinds and kinds <= {"literal", "text", "date", "month", "code"}:
        return a if b.kind == "literal" else b
    return None


def fits(found: Type, wanted: Type, codes: Mapping[str, CodeList]) -> str:
    """Why a result cannot stand where ``wanted`` is needed, or an empty text."""
    if found.kind in ("unknown", "null"):
        return ""
    if found.kind == "literal":
        if wanted.kind == "code":
            return _unknown_codes(wanted, found, codes)
        if wanted.kind in _FORMS:
            return _wrong_form(wanted, found)
        return "" if wanted.kind == "text" else f"结果应当是{wanted}，这里是文字"
    if found.kind == "list" and wanted.kind == "list":
        return fits(found.item, wanted.item, codes) if found.item and wanted.item else ""
    if found.kind == "int" and wanted.kind == "money":
        return "结果应当是金额，这里是整数；写 yuan(…)"
    if found.kind == "int" and wanted.kind == "double":
        return "结果应当是小数，这里是整数；写 double(…)"
    if found.kind != wanted.kind:
        # A code is a text, but a text is not a code.
        return "" if found.kind == "code" and wanted.kind == "text" else f"结果应当是{wanted}，这里是{found}"
    if found.kind == "code" and found.codes != wanted.codes:
        return f"结果应当是代码表“{wanted.codes}”的代码，这里是“{found.codes}”的"
    return ""
