"""Reads one record for paper: any path of the form language as label, words, figure or tick boxes.

Paths are those of forms and documents: a field, `table.column`, `head.name`, `household.address`, `account.number`,
`publicity.start_date` (the latest row), `office.phone`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from minzheng_desktop.catalog.registers import ACCOUNT, FACILITY, HOUSEHOLD, PERSON, SUBJECTS, Attribute
from minzheng_desktop.documents.form_model import Fact, FactKind
from minzheng_desktop.documents.office import office_words
from minzheng_desktop.store.people import active_account
from minzheng_desktop.store.records import environment, judge, load_record, subject_of
from minzheng_desktop.values.dates import format_date_cn, format_month_cn
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.catalog.fields import Field
    from minzheng_desktop.store.unit import Reading

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_MOST_TICKS, _LONGEST_TICKS = 6, 30
_ROOTS: Mapping[str, Mapping[str, Attribute]] = {
    "person": PERSON,
    "head": PERSON,
    "household": HOUSEHOLD,
    "facility": FACILITY,
    "account": ACCOUNT,
}
_KINDS: Mapping[str, FactKind] = {
    "money": "money",
    "integer": "figure",
    "decimal": "figure",
    "id_number": "number",
    "phone": "figure",
}
_LABELS = {"village": "村（社区）", "period": "所属期", "state": "状态", "number": "编号"}


class RecordReader:
    """One record with its form, its settled values and the registers it points to."""

    def __init__(self, r: Reading, record_id: str, *, today: date) -> None:
        self.r = r
        self.today = today
        self.record = load_record(r, record_id)
        self.form = r.store.catalog.forms[self.record["form"]]
        subject = subject_of(self.record)
        state = self.record["state"]
        asked = {"subject": subject, "state": state, "today": today, "record_id": record_id}
        self.evaluation = judge(r, self.form, self.record["doc"], **asked)
        self.values: Mapping[str, Any] = self.evaluation.values
        self.env = environment(r, self.form, self.record["doc"], **asked)
        self._office = office_words(r)

    @property
    def state_group(self) -> str:
        """draft, open, active, suspended or closed."""
        state = self.form.workflow.states.get(self.record["state"])
        return state.group if state else "open"

    @property
    def subject_name(self) -> str:
        """Whose record it is, as a heading says it."""
        person = (self.env.person or {}).get("name") or (self.env.facility or {}).get("name") or ""
        return str(person)

    def label(self, path: str, *, titles: Mapping[str, str] | None = None) -> str:
        """What a path is called on paper."""
        if titles and titles.get(path):
            return titles[path]
        path = path.partition("|")[0]
        field = self.form.fields.get(path)
        if field is not None:
            return field.label
        root, _, rest = path.partition(".")
        owner = self.form.fields.get(root)
        if owner is not None and owner.type.name == "account" and rest in ACCOUNT:
            return ACCOUNT[rest].label
        if root == "head" and rest == "name":
            return "户主姓名"
        pointed = self.form.fields.get(root)
        if pointed is not None and pointed.type.refers_to in SUBJECTS and rest:
            known = SUBJECTS[pointed.type.refers_to].get(rest)
            own = "电话" if rest == "phone" else known.label if known else rest
            return pointed.label if rest == "name" else f"{pointed.label}{own}"
        attribute = _ROOTS.get(root, {}).get(rest)
        return attribute.label if attribute else _LABELS.get(path, self.form.label(path))

    def raw(self, path: str) -> Any:
        """The stored value of a path, None when there is none; of ``a|b`` the first that is filled."""
        if "|" in path:
            return self.raw(self._filled(path))
        if path in self.form.fields and not self.form.fields[path].table:
            return self.values.get(path)
        root, _, rest = path.partition(".")
        if root in self.form.tables and rest:
            rows = self.values.get(root) or []
            return rows[-1].get(rest) if rows else None
        if root in ("person", "head"):
            return (self.env.person or {}).get(rest)
        if root == "household":
            return (self.env.household or {}).get(rest)
        if root == "facility":
            return (self.env.facility or {}).get(rest)
        if root == "account":
            return self._account().get(rest)
        if root in self.form.fields and rest:
            if isinstance(own := self.values.get(root), Mapping):
                return own.get(rest)
            about = self.env.attributes.get(str(self.values.get(root) or ""), {})
            return about.get(rest)
        if path in ("village", "number", "state"):
            return self.record[path]
        return None

    def _filled(self, path: str) -> str:
        """The first of several paths that has a value, else the last."""
        first, _, rest = path.partition("|")
        return first if not rest or self.raw(first) not in (None, "", []) else self._filled(rest)

    def words(self, path: str) -> str:
        """The value of a path as people read it, empty for none."""
        if "|" in path:
            return self.words(self._filled(path))
        root, _, rest = path.partition(".")
        if root == "office":
            return str(self._office.get(rest) or "")
        field = self.form.fields.get(path)
        if field is not None and field.table and field.type.refers_to:
            rows = [row.get(rest) for row in self.values.get(root) or ()]
            return "、".join(dict.fromkeys(self.field_words(field, one) for one in rows if one))
        value = self.raw(path)
        if value is None or value == "" or value == []:
            return ""
        if path == "village":
            return self.r.store.catalog.divisions.short_name(value)
        if path == "state":
            return self.form.workflow.states[value].title
        if field is not None:
            return self.field_words(field, value)
        attribute = self._register(root).get(rest)
        return self.attribute_words(attribute, value) if attribute else str(value)

    def _register(self, root: str) -> Mapping[str, Attribute]:
        """The attributes behind a root of a path: the subject's, or those of the person or facility in a field."""
        pointer = self.form.fields.get(root)
        return _ROOTS.get(pointer.type.name if pointer is not None else root, {})

    def field_words(self, field: Field, value: Any, row: Mapping[str, Any] | None = None) -> str:
        """A field's value as people read it: names for ids, 1,234.00 for cents."""
        kind = field.type.name
        if kind == "money":
            return format_money_grouped(value)
        if kind == "village":
            return self.r.store.catalog.divisions.short_name(value)
        if kind == "files":
            return f"{len(value)} 份" if value else ""
        if field.type.refers_to:
            return str(self.env.attributes.get(str(value), {}).get("name") or "")
        if kind == "row":
            rows = self.values.get(field.of) or []
            found: Mapping[str, Any] = next((other for other in rows if other.get("key") == value), {})
            return str(found.get("name") or "")
        return field.format(value)

    def attribute_words(self, attribute: Attribute, value: Any) -> str:
        """A register attribute's value as people read it."""
        if attribute.choices:
            codes = self.r.store.catalog.codes.get(attribute.choices)
            values = value if isinstance(value, list | tuple) else [value]
            return "、".join(codes.label(str(code)) if codes else str(code) for code in values)
        if attribute.field_type == "village":
            return self.r.store.catalog.divisions.short_name(value)
        if attribute.field_type == "date":
            return date_words(str(value))
        if attribute.field_type == "yes_no":
            return "是" if value else "否"
        return str(value)

    def fact(self, path: str, *, title: str = "") -> Fact:
        """A label with its value, as tick boxes where the choice is small."""
        label = title or self.label(path)
        field = self.form.fields.get(path)
        if field is None or field.table:
            kind: FactKind = "number" if path.endswith(("id_number", "account.number")) else "text"
            kind = "figure" if path.endswith(".phone") else kind
            return Fact(label=label, value=self.words(path), kind=kind)
        ticks = self._ticks(field)
        if ticks:
            return Fact(label=label, ticks=ticks)
        words = self.words(path)
        unit = field.unit if field.type.name in ("integer", "decimal") else ""
        if words and unit:
            words = f"{words} {unit}"
        return Fact(label=label, value=words, kind=_KINDS.get(field.type.name, "text"))

    def _ticks(self, field: Field) -> tuple[tuple[str, bool], ...]:
        value = self.values.get(field.key)
        if field.type.name == "yes_no":
            return (("是", value is True), ("否", value is False))
        if field.type.name != "choice" or field.choices is None:
            return ()
        labels = field.choices.items
        if len(labels) > _MOST_TICKS or sum(len(label) + 2 for label in labels.values()) > _LONGEST_TICKS:
            return ()
        return tuple((label, code == value) for code, label in labels.items())

    def fill(self, template: str) -> str:
        """A text of a document with every {path} replaced by what it says."""
        return _TEMPLATE.sub(lambda found: self.words(found.group(1)), template)

    def _account(self) -> Mapping[str, Any]:
        own = next(
            (self.values.get(k) for k, f in self.form.top_fields().items() if f.type.name == "account"), None
        )
        if isinstance(own, Mapping) and own.get("number"):
            return own
        person = self.record["person"]
        return (active_account(self.r, person, on=self.today.isoformat()) if person else None) or {}


def date_words(text: str) -> str:
    """'2024-05-09' → '2024年5月9日', '2024-05' → '2024年5月'; what is no date stays."""
    try:
        return format_month_cn(text) if len(text) == 7 else format_date_cn(date.fromisoformat(text[:10]))
    except ValueError:
        return text
