"""Overlaps of benefits, as data: which two a person may not draw together, from when, and what then happens.

``block``: of the two, the later named one (``b``) is not paid in a month in which the other is. ``choose_higher``:
the smaller monthly amount is not paid. ``offset``: the money rule of ``b`` already takes the other off. ``warn``:
both go on, and somebody looks. ``allow``: said so that nobody has to ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

from minzheng_desktop.catalog.decode import decode_table, words
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.problems import CatalogProblem
from minzheng_desktop.catalog.shelf import Place, Shelf
from minzheng_desktop.catalog.toml_errors import TomlFile

Handling = Literal["block", "choose_higher", "offset", "warn", "allow"]
ANY = "*"
"""Every form that pays."""


class SideSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Benefits of one side: forms, and where given only records whose ``kind`` column is one of these codes."""

    forms: str | list[str]
    kinds: list[str] = []


class OverlapSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    a: str | list[str] | SideSpec
    b: str | list[str] | SideSpec
    handling: Handling
    basis: str
    message: str = ""
    from_: str = msgspec.field(default="0001-01", name="from")
    until: str = "9999-12"


class Side(msgspec.Struct, frozen=True):
    forms: tuple[str, ...]
    kinds: tuple[str, ...] = ()

    def covers(self, form: str, kind: str | None) -> bool:
        """Whether a record of this form and kind stands on this side."""
        return form in self.forms and (not self.kinds or kind in self.kinds)


class Overlap(msgspec.Struct, frozen=True):
    """One rule; ``valid_from`` and ``valid_until`` are months (inclusive)."""

    key: str
    a: Side
    b: Side
    handling: Handling
    basis: str
    message: str
    valid_from: str
    valid_until: str

    def holds_in(self, month: str) -> bool:
        """Whether the rule is in force in a month ('YYYY-MM')."""
        return self.valid_from <= month <= self.valid_until

    def partners(self, form: str) -> frozenset[str]:
        """The forms that a record of this form has to be held against."""
        found: set[str] = set()
        if form in self.a.forms:
            found |= set(self.b.forms)
        if form in self.b.forms:
            found |= set(self.a.forms)
        return frozenset(found)


def read_overlaps(
    file: TomlFile, forms: Mapping[str, Form], shelf: Shelf
) -> tuple[dict[str, Overlap], list[CatalogProblem]]:
    """The sound rules of a file (``[overlap] R01 = {…}``); one that names a refused form says for whom it waits."""
    specs, problems = decode_table(file, "overlap", file.data.get("overlap", {}), OverlapSpec)
    found: dict[str, Overlap] = {}
    for key, spec in specs.items():
        place = Place(file, f"overlap.{key}")
        wrong: list[CatalogProblem] = []
        a = _side(place, "a", spec.a, forms, shelf, wrong)
        b = _side(place, "b", spec.b, forms, shelf, wrong)
        for name, month in (("from", spec.from_), ("until", spec.until)):
            if not _is_month(month):
                wrong.append(place.problem(f"{name} 要写月份（2024-09），写成了“{month}”", name))
        if spec.handling in ("block", "choose_higher", "warn") and not spec.message:
            wrong.append(place.problem("要写 message：告诉经办人怎么办", "message"))
        problems += wrong
        if not wrong:
            found[key] = Overlap(
                key, a, b, spec.handling, spec.basis, spec.message, spec.from_, spec.until
            )  # fmt: skip
    return found, problems


def _side(
    place: Place, name: str, spec: str | list[str] | SideSpec, forms: Mapping[str, Form], shelf: Shelf,
    wrong: list[CatalogProblem],
) -> Side:  # fmt: skip
    whole = spec if isinstance(spec, SideSpec) else SideSpec(spec)
    named = words(whole.forms)
    if named == (ANY,):
        named = tuple(key for key, form in forms.items() if form.benefit is not None)
    for key in named:
        if key not in forms:
            wrong.append(shelf.missing(place, "form", "表单", key, forms, name))
    return Side(named, tuple(whole.kinds))


def _is_month(text: str) -> bool:
    try:
        date.fromisoformat(f"{text}-01")
    except ValueError:
        return False
    return len(text) == 7
