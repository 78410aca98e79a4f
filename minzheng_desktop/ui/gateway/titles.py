"""What a record is called that belongs to nobody: a class by its name, a change of beds by its home."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...catalog.form import Form
from ...store.unit import Reading


def titles_of(r: Reading, form: Form, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Record id → its own name, the name of the place it is about, or its number; rows are records as stored."""
    named = [f.key for f in form.top_fields().values() if f.type.name == "text" and _names(f.key)]
    found: dict[str, str] = {}
    places: dict[str, str] = {}
    for row in rows:
        own = next((str(row["doc"][key]) for key in named if row["doc"].get(key)), "")
        if own:
            found[row["id"]] = own
        else:
            found[row["id"]] = row["number"] or ""
            if row["facility"]:
                places[row["id"]] = row["facility"]
    facilities = r.get_many("records", sorted(set(places.values()))) if places else {}
    for record, place in places.items():
        name = (facilities.get(place) or {"doc": {}})["doc"].get("name")
        found[record] = str(name or found[record])
    return found


def _names(key: str) -> bool:
    return key in ("name", "course_name")
