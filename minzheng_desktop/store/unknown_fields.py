"""What a record's document holds that the form in force here does not know: kept through every save, and shown.

It comes from another laptop or the county with a newer catalogue, while this one has put the new fields off or its
program cannot read them yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form

EXPLAINED = "explained"
"""Key of a document under which the reasons written for warnings are kept: {code: reason}; no field of a form."""


def is_unknown(form: Form, key: str) -> bool:
    """Whether a key of a document is a field or table that this form does not know."""
    return key not in form.fields and key not in form.tables and key != EXPLAINED and not key.startswith("_")


def keep_unknown(form: Form, before: Mapping[str, Any], doc: Mapping[str, Any]) -> dict[str, Any]:
    """The document with what stood there before and this form does not know: fields, tables and columns of a newer
    catalogue, which no page here can show for editing and no save may drop."""
    full = dict(doc)
    for key, value in before.items():
        table = form.tables.get(key)
        if table is None:
            if is_unknown(form, key):
                full.setdefault(key, value)
            continue
        known = {"key", "person", *table.columns}
        more = {
            row.get("key"): {k: v for k, v in row.items() if k not in known}
            for row in value or ()
            if row.get("key") is not None and not row.keys() <= known
        }
        if more and full.get(key):
            full[key] = [{**more.get(row.get("key"), {}), **row} for row in full[key]]
    return full


def unknown_values(form: Form, doc: Mapping[str, Any]) -> dict[str, Any]:
    """What a document holds that this form does not know: by field, table, or table.column the values."""
    found: dict[str, Any] = {}
    for key, value in doc.items():
        table = form.tables.get(key)
        if table is None:
            if is_unknown(form, key):
                found[key] = value
            continue
        known = {"key", "person", *table.columns}
        for row in value or ():
            for column in row.keys() - known:
                found.setdefault(f"{key}.{column}", []).append(row[column])
    return found
