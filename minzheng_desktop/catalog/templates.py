"""Messages with {names} of the record, its subject and its row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from minzheng_desktop.catalog.form import Form

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Env

_NAME = re.compile(r"\{([^{}]*)\}")


def fill_template(text: str, form: Form, values: Mapping[str, Any], env: Env, row: Mapping[str, Any]) -> str:
    """The text with every name replaced by what people read; a name without a value leaves nothing.

    ``{person.name}`` is the row's person where there is a row, else the subject.
    """

    def value_of(found: re.Match[str]) -> str:
        path = found.group(1)
        root, _, rest = path.partition(".")
        field = form.fields.get(path)
        if field is not None and not field.table:
            value = values.get(path)
            if field.type.refers_to and value:
                return str(env.attributes.get(str(value), {}).get("name") or "")
            return str(value) if value is not None and field.check(value) else field.format(value)
        if root == "row":
            column = next(
                (form.fields[p] for p in form.fields if p.endswith(f".{rest}") and rest in row), None
            )
            return column.format(row.get(rest)) if column is not None else ""
        if root == "person" and row:
            about: Mapping[str, Any] = {**env.attributes.get(str(row.get("person", "")), {}), **row}
        elif root in ("person", "head", "household", "facility"):
            about = getattr(env, "person" if root == "head" else root) or {}
        else:
            about = env.attributes.get(str(values.get(root, "")), {})
        return str(about.get(rest) or "")

    return _NAME.sub(value_of, text)
