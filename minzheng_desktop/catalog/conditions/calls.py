"""Calls in conditions: functions, macros over lists, and the few methods of texts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from minzheng_desktop.catalog.conditions import parser as tree
from minzheng_desktop.catalog.conditions import types as t
from minzheng_desktop.catalog.conditions.checked import Checked, Piece, nothing, wrapped
from minzheng_desktop.catalog.conditions.functions import FUNCTIONS, MACROS, TEXT_METHODS, Function
from minzheng_desktop.catalog.conditions.rules import Fault, join_types
from minzheng_desktop.catalog.conditions.types import WORDS, Type
from minzheng_desktop.catalog.problems import nearest, suggest

if TYPE_CHECKING:
    from minzheng_desktop.catalog.conditions.checker import Checker

_RATE_TYPES = {"money": t.MONEY, "int": t.INT, "double": t.DOUBLE, "text": t.TEXT}
_COMPARABLE = frozenset({"int", "double", "money", "date", "month"})


def infer_call(checker: Checker, node: tree.Call) -> Checked:
    """The type and rewriting of a call."""
    if node.target is not None:
        if node.name in MACROS:
            return _macro(checker, node)
        if node.name in TEXT_METHODS:
            return _text_method(checker, node)
        if node.name == "size":
            return infer_call(checker, tree.Call(node.at, "size", (node.target, *node.args)))
        if node.name in FUNCTIONS:
            return checker.fault(node.at, f"写成 {FUNCTIONS[node.name].usage}，不用点")
        return checker.fault(node.at, f"没有“.{node.name}(…)”{suggest(node.name, [*MACROS, *TEXT_METHODS])}")
    if node.name == "has":
        return checker.fault(node.at, "用 filled(…) 或 != null 代替 has")
    if node.name in MACROS:
        return checker.fault(node.at, f"写成 列表.{node.name}(x, …)")
    function = FUNCTIONS.get(node.name)
    if function is None:
        return checker.fault(node.at, f"没有函数“{node.name}”{suggest(node.name, FUNCTIONS)}")
    if function.result == "special":
        return {"yuan": _yuan, "rate": _rate, "max": _most, "min": _most}[node.name](checker, node, function)
    return _plain(checker, node, function)


def _plain(checker: Checker, node: tree.Call, function: Function) -> Checked:
    if len(node.args) != len(function.parameters):
        return checker.fault(node.at, f"{function.name} 要 {len(function.parameters)} 个值：{function.usage}")
    args = [checker.infer(arg) for arg in node.args]
    if any(arg.type.kind == "unknown" for arg in args):
        return nothing()
    for arg, allowed, given in zip(args, function.parameters, node.args, strict=True):
        kind = _as_date(arg.type, allowed)
        if allowed and kind not in allowed:
            return checker.fault(given.at, _argument_reason(function, arg.type, allowed))
    result = _result_type(function, args[0].type)
    if result is None:
        return checker.fault(node.at, f"{function.name} 只用于数或金额的列表：{function.usage}")
    made = _call(function.cel_name or function.name, args, result)
    if not function.empty_on_empty:
        made.nulls = frozenset()
    return made


def _argument_reason(function: Function, found: Type, allowed: frozenset[str]) -> str:
    if function.name == "size" and found.kind in ("text", "code", "literal"):
        return "size 只数列表；文字的字数用 len(…)"
    wanted = "或".join(WORDS[kind] for kind in sorted(allowed))
    return f"{function.usage}：这里要{wanted}，给的是{found}"


def _as_date(found: Type, allowed: frozenset[str]) -> str:
    if found.kind == "literal":
        for kind, pattern in (("date", r"\d{4}-\d\d-\d\d"), ("month", r"\d{4}-\d\d")):
            if kind in allowed and all(re.fullmatch(pattern, value) for value in found.values):
                return kind
        return "text"
    return next(iter(allowed), "null") if found.kind == "null" else found.kind


def _result_type(function: Function, first: Type) -> Type | None:
    if function.result == "same":
        return first if first.kind != "literal" else t.DATE
    if function.result == "item":
        item = first.item or t.NULL
        if item.kind == "null":
            return t.INT
        return item if item.kind in ("int", "double", "money") else None
    return {
        "int": t.INT,
        "double": t.DOUBLE,
        "bool": t.BOOL,
        "money": t.MONEY,
        "date": t.DATE,
        "month": t.MONTH,
    }[function.result]


def _call(name: str, args: list[Checked], result: Type) -> Checked:
    text: list[Piece] = [f"{name}("]
    for number, arg in enumerate(args):
        text += [", "] if number else []
        text += arg.text
    nulls = frozenset().union(*(arg.nulls for arg in args))
    faults = frozenset().union(*(arg.faults for arg in args))
    return Checked(result, [*text, ")"], nulls, faults)


def _yuan(checker: Checker, node: tree.Call, function: Function) -> Checked:
    """A written amount in yuan becomes cents before cel sees it."""
    literal = node.args[0] if len(node.args) == 1 else None
    if not isinstance(literal, tree.Literal) or literal.kind not in ("int", "float"):
        return checker.fault(node.at, "yuan 里只写一个数：yuan(3000) 或 yuan(0.5)")
    cents = Decimal(literal.text) * 100
    if cents != cents.to_integral_value():
        return checker.fault(literal.at, "金额最多到分")
    return Checked(t.MONEY, [str(int(cents))])


def _rate(checker: Checker, node: tree.Call, function: Function) -> Checked:
    code = node.args[0] if node.args else None
    if len(node.args) != 2 or not isinstance(code, tree.Literal) or code.kind != "text":
        return checker.fault(node.at, f"写成 {function.usage}")
    rates = checker.scope.rates
    kind = rates.type_of(code.value)
    if not kind:
        message = f"没有标准“{code.value}”{nearest(code.value, rates.codes)}"
        checker.faults.append(Fault(code.at, message, "rates", code.value))
        return nothing()
    on = checker.infer(node.args[1])
    if on.type.kind == "unknown":
        return on
    if _as_date(on.type, function.parameters[1]) not in function.parameters[1]:
        return checker.fault(node.args[1].at, f"rate 的第二个值要日期或月份，给的是{on.type}")
    return _call("rate", [checker.infer(code), on], _RATE_TYPES[kind])


def _most(checker: Checker, node: tree.Call, function: Function) -> Checked:
    args = [checker.infer(arg) for arg in node.args]
    if any(arg.type.kind == "unknown" for arg in args):
        return nothing()
    if not args:
        return checker.fault(node.at, f"写成 {function.usage}")
    if len(args) == 1:
        item = args[0].type.item
        if args[0].type.kind != "list" or item is None or item.kind not in _COMPARABLE:
            return checker.fault(node.at, f"{node.name} 用于数、金额或日期的列表：{function.usage}")
        return _call(node.name, args, item)
    joined: Type | None = args[0].type
    for arg in args[1:]:
        joined = join_types(joined, arg.type)
    if joined is None or joined.kind not in _COMPARABLE:
        return checker.fault(node.at, f"{node.name} 的各个值要是同一类的数、金额或日期")
    return _call(node.name, args, joined)


def _macro(checker: Checker, node: tree.Call) -> Checked:
    assert node.target is not None
    target = checker.infer(node.target)
    if target.type.kind == "unknown":
        return target
    if target.type.kind != "list" or target.type.item is None:
        return checker.fault(node.at, f".{node.name} 只用于列表或表，这里是{target.type}")
    if len(node.args) != 2 or not isinstance(node.args[0], tree.Name):
        return checker.fault(node.at, f"写成 .{node.name}(x, 条件)，x 是每一行的代称")
    name = node.args[0].name
    if name in checker.scope.names or name in checker.macros or name in FUNCTIONS:
        return checker.fault(node.args[0].at, f"代称“{name}”与已有的名字相同，换一个字母")
    if target.rows is not None:
        entry = checker.scope.names[target.rows.table]
        if entry.large:
            return checker.fault(
                node.at,
                f"表“{entry.label}”最多行数超过 50，逐行判断太慢；用列的列表，例如 sum({target.rows.table}.列)",
            )
    checker.macros[name] = (target.type.item, target.rows)
    body = checker.infer(node.args[1])
    del checker.macros[name]
    if body.type.kind == "unknown":
        return body
    if node.name != "map" and body.type.kind != "bool":
        return checker.fault(node.args[1].at, f".{node.name} 里要是判断，这里是{body.type}")
    text = [*target.text, f".{node.name}({name}, ", *body.text, ")"]
    if node.name == "map":
        return Checked(t.list_of(body.type), text, target.nulls, target.faults)
    if node.name == "filter":
        return Checked(target.type, text, target.nulls, target.faults, rows=target.rows)
    return Checked(t.BOOL, text, faults=target.strict)


def _text_method(checker: Checker, node: tree.Call) -> Checked:
    assert node.target is not None
    target = checker.infer(node.target)
    args = [checker.infer(arg) for arg in node.args]
    if any(part.type.kind == "unknown" for part in (target, *args)):
        return nothing()
    if target.type.kind not in ("text", "code", "literal") or len(args) != 1:
        return checker.fault(node.at, f".{node.name} 用于文字，括号里写一段文字")
    if args[0].type.kind not in ("text", "literal"):
        return checker.fault(node.args[0].at, f".{node.name} 的括号里要写文字")
    if node.name == "matches":
        pattern = node.args[0]
        if not isinstance(pattern, tree.Literal):
            return checker.fault(pattern.at, "matches 的括号里直接写正则式")
        try:
            re.compile(pattern.value)
        except re.error as error:
            return checker.fault(pattern.at, f"正则式不对（{error}）")
    text = [*wrapped(target, node.target), f".{node.name}(", *args[0].text, ")"]
    return Checked(t.BOOL, text, faults=target.strict | args[0].strict)
