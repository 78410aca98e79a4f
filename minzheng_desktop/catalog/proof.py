"""Running every condition once before a clerk meets it.

Over a type-correct sample nothing may go wrong; over an empty one nothing but emptiness may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from minzheng_desktop.catalog.codes import CodeList
from minzheng_desktop.catalog.conditions.cel_library import cel
from minzheng_desktop.catalog.conditions.condition import Condition, Variable
from minzheng_desktop.catalog.conditions.functions import functions_for
from minzheng_desktop.catalog.conditions.types import Type
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.rates import RateBook

_SAMPLES: Mapping[str, Any] = {
    "text": "样例", "literal": "样例", "int": 1, "double": 1.5, "money": 100, "bool": True, "date": "2024-05-09",
    "month": "2024-05", "datetime": "2024-05-09T08:30:00+08:00", "object": "样例", "code": "1", "null": None,
}  # fmt: skip
#: What a result may be in Python.
_RESULTS: Mapping[str, tuple[type, ...]] = {
    "bool": (bool,), "int": (int,), "money": (int,), "double": (float,), "text": (str,), "literal": (str,),
    "code": (str,), "date": (str,), "month": (str,), "datetime": (str,), "list": (list,),
}  # fmt: skip


def prove_form(form: Form, rates: RateBook, codes: Mapping[str, CodeList]) -> Iterator[tuple[str, str]]:
    """(key, Chinese sentence) of every condition that does not run."""
    functions = {**functions_for(rates, ""), "rate": _sample_rate(rates)}
    for (path, use), condition in form.conditions.items():
        message = prove_condition(condition, functions, codes)
        if message:
            yield f"{path}.{use}", f"条件“{condition.source}”试算不通过：{message}"


def prove_condition(condition: Condition, functions: Mapping[str, Any], codes: Mapping[str, CodeList]) -> str:
    """Why the condition does not run, or an empty text."""
    full = {v.name: _sample(v, codes) for v in condition.variables}
    empty: dict[str, Any] = {v.name: [] if _is_list(v) else None for v in condition.variables}
    try:
        result = condition.program.execute(cel.Context(variables=full, functions=dict(functions)))
    except ArithmeticError:
        result = None
    except Exception as error:  # Whatever cel raises here is a mistake of the form or of the checker.
        return str(error)
    allowed = _RESULTS.get(condition.type.kind)
    if result is not None and allowed and not isinstance(result, allowed):
        return f"结果应当是{condition.type}，得到 {result!r}"
    try:
        condition.program.execute(cel.Context(variables=empty, functions=dict(functions)))
    except (TypeError, ArithmeticError):
        pass
    except Exception as error:
        return f"字段空着时：{error}"
    return ""


def _sample_rate(rates: RateBook) -> Any:
    samples = {"money": 100, "int": 1, "double": 1.5, "text": "样例"}
    return lambda code, on: None if on is None else samples[rates.type_of(code)]


def _is_list(variable: Variable) -> bool:
    return variable.kind in ("rows", "column") or (bool(variable.types) and variable.types[0].kind == "list")


def _sample(variable: Variable, codes: Mapping[str, CodeList]) -> Any:
    if variable.kind == "rows":
        return [
            {name: _value(type_, codes) for name, type_ in zip(variable.columns, variable.types, strict=True)}
        ]
    return _value(variable.types[0], codes)


def _value(type_: Type, codes: Mapping[str, CodeList]) -> Any:
    if type_.kind == "list":
        return [_value(type_.item, codes)] if type_.item is not None else []
    if type_.kind == "code" and type_.codes in codes:
        return next(iter(codes[type_.codes].items), "1")
    return _SAMPLES.get(type_.kind)
