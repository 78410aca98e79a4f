"""A term's frozen inputs as the rule's Struct, or the names of what is missing in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from minzheng_desktop.benefits.entitlement import Term
from minzheng_desktop.benefits.months import number_of
from minzheng_desktop.benefits.rules import RULES
from minzheng_desktop.catalog.form import Benefit, Form


class TermReader:
    """Reads the terms of one form; equal inputs are read once."""

    def __init__(self, form: Form, benefit: Benefit) -> None:
        self.form = form
        self.benefit = benefit
        self.inputs_type = RULES[benefit.rule].inputs
        self._known: dict[str, tuple[Any, tuple[str, ...]]] = {}
        self._required = tuple(f.name for f in msgspec.structs.fields(self.inputs_type) if f.required)
        self._decoder = msgspec.json.Decoder(self.inputs_type, strict=False)

    def read(self, term: str, from_month: str, inputs: str, ground: str) -> Term:
        """A stored term; `inputs` is its JSON text."""
        known = self._known.get(inputs)
        if known is None:
            known = self._known[inputs] = self._read(inputs)
        return Term(term, number_of(from_month), known[0], known[1], ground)

    def of_document(self, record: str, month: int, doc: str) -> Term:
        """The term of a service, which is decided by its own document (JSON text), not by an approval."""
        values = msgspec.json.decode(doc)
        inputs = {name: value_at(values, path) for name, path in self.benefit.inputs.items()}
        found, missing = self.convert(inputs)
        return Term(record, month, found, missing)

    def convert(self, inputs: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
        """(inputs Struct, ()) or (None, labels of what is missing)."""
        clean = {k: _clean(v) for k, v in inputs.items() if v is not None}
        missing = tuple(self._label(name) for name in self._required if name not in clean)
        if missing:
            return None, missing
        try:
            return msgspec.convert(clean, self.inputs_type, strict=False), ()
        except msgspec.ValidationError as e:
            name = str(e).rpartition("$.")[2].rstrip("`").split("[")[0]
            return None, (self._label(name),)

    def _read(self, inputs: str) -> tuple[Any, tuple[str, ...]]:
        try:
            return self._decoder.decode(inputs), ()
        except msgspec.ValidationError:
            return self.convert(msgspec.json.decode(inputs))

    def _label(self, name: str) -> str:
        path = self.benefit.inputs.get(name, name)
        return self.form.label(path) if path in self.form.fields else path


def value_at(values: Mapping[str, Any], path: str) -> Any:
    """The value of a field, or the list of a table's column: 'times', 'members.classified'."""
    table, _, column = path.partition(".")
    if not column:
        return values.get(path)
    rows = values.get(table)
    return [row.get(column) for row in rows] if isinstance(rows, list) else None


def _clean(value: Any) -> Any:
    return [v for v in value if v is not None] if isinstance(value, list) else value
