"""Checked conditions asked of many in turn: their variables are filled by the caller, nothing else is settled."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from minzheng_desktop.catalog.conditions.cel_library import cel
from minzheng_desktop.catalog.conditions.condition import Condition, Variable
from minzheng_desktop.catalog.fields import Field

_LOG = logging.getLogger(__name__)
_CALLED = re.compile(r"\b([a-z_]+)\(")


class Asker:
    """The conditions of one rule over one set of variables; ``flat`` maps a variable's name to its value.

    A cel.Context is never changed: it asks ``flat`` for each name (see ``catalog.run.Desk``).
    """

    def __init__(
        self, conditions: Mapping[str, Condition], functions: Mapping[str, Callable[..., Any]]
    ) -> None:
        self.flat: dict[str, Any] = {}
        self.conditions = conditions
        found = {v.name: v for c in conditions.values() for v in c.variables}
        self.variables: tuple[Variable, ...] = tuple(found.values())
        called = {name for c in conditions.values() for name in _CALLED.findall(c.text)}
        used = {name: functions[name] for name in called if name in functions}
        self._context = cel.Context(variables=dict.fromkeys(found), functions=used)
        self._context.set_variable_resolver(self.flat.get)
        self._said: set[str] = set()

    def ask(self, key: str) -> Any:
        """The result of a condition, None when it is unknown."""
        condition = self.conditions[key]
        for name in condition.strict:
            if self.flat.get(name) is None:
                return None
        try:
            return condition.program.execute(self._context)
        except (TypeError, ArithmeticError):
            return None
        except Exception as error:
            # a mistake of the rule's file or of the checker: said once, the rule finds nobody
            if key not in self._said:
                self._said.add(key)
                _LOG.error("condition %s: %s", condition.source, error)
            return None


def plain(value: Any) -> Any:
    """A register's attribute as conditions see it: an empty text is empty."""
    return None if value == "" else value


def seen(field: Field | None, value: Any) -> Any:
    """A stored value as conditions see it; lists are never empty values."""
    if field is None:
        return plain(value)
    if field.is_empty(value) or not isinstance(value, field.type.stored):
        return [] if isinstance(field.type.stored, tuple) else None
    return field.type.condition_value(field, value)
