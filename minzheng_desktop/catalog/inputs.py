"""Whether what a form feeds a money rule is of the type that the rule's Struct declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import inspect

from minzheng_desktop.catalog.conditions.types import Type

#: Kinds of conditions' results to the Python types in which they reach a rule.
_PYTHON: Mapping[str, str] = {
    "text": "str", "literal": "str", "code": "str", "date": "str", "month": "str", "datetime": "str",
    "int": "int", "money": "int", "double": "float", "bool": "bool", "list": "list", "object": "str",
}  # fmt: skip


def input_misfit(struct: type[msgspec.Struct], name: str, found: Type) -> str:
    """Why a result cannot feed the Struct's field, or an empty text. Dates travel as ISO text, money as cents."""
    declared = next((f for f in msgspec.structs.fields(struct) if f.name == name), None)
    if declared is None or found.kind == "null":
        return ""
    allowed = _allowed(inspect.type_info(declared.type))
    given = _PYTHON.get(found.kind, "")
    if not allowed or given in allowed or (given == "str" and "date" in allowed and found.kind == "date"):
        return ""
    return f"输入“{name}”要{'或'.join(_WORDS.get(kind, kind) for kind in sorted(allowed))}，这里是{found}"


_WORDS: Mapping[str, str] = {
    "str": "文字、代码或日期",
    "int": "整数或金额",
    "bool": "是否",
    "list": "列表",
    "float": "小数",
}


def _allowed(info: Any) -> set[str]:
    """Kinds that a declared type takes; empty when it takes anything or is beyond this check."""
    match info:
        case inspect.UnionType():
            return {kind for part in info.types for kind in _allowed(part)}
        case inspect.StrType() | inspect.LiteralType() | inspect.EnumType():
            return {"str"}
        case inspect.IntType():
            return {"int"}
        case inspect.FloatType():
            return {"float"}
        case inspect.BoolType():
            return {"bool"}
        case inspect.DateType():
            return {"date"}
        case inspect.ListType() | inspect.VarTupleType() | inspect.TupleType() | inspect.FrozenSetType():
            return {"list"}
        case inspect.NoneType():
            return set()
    return set()
