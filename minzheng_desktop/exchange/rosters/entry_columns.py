"""Which columns a grid of new records has: what a new record needs comes first, the rest is there when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec
import sqlalchemy as sa

from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.resolve import TODAY_DEFAULTS, start_of
from minzheng_desktop.catalog.workflow import Step
from minzheng_desktop.exchange.rosters.mapping import name_meanings
from minzheng_desktop.exchange.rosters.month_days import KIND, MonthDays
from minzheng_desktop.exchange.rosters.targets import Target, subject_root
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import Reading

Choices = tuple[tuple[str, str], ...]
"""(words, code) of what may be chosen."""

_OWN_PLACE = frozenset({"name", "id_number"})
_OF_THE_PERSON = frozenset({"phone", "ethnicity", "hukou_addr", "reside_addr"})
_TOLD = frozenset({"sex", "birth_date"})
_YES_NO = (("是", "1"), ("否", "0"))


class EntryColumn(msgspec.Struct, frozen=True):
    """One column of the grid. `needed`: a new record wants it; others are shown when asked for. `choices` are
    (words, code); `start` is what a fresh row holds; `keep`: a fresh row takes it from the row above."""

    path: str
    label: str
    kind: str
    needed: bool
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    start: str = ""
    keep: bool = False
    unit: str = ""
    hint: str = ""


def entry_targets(form: Form, targets: Mapping[str, Target], roles: Iterable[str]) -> dict[str, Target]:
    """What is typed of a new record: its own editable fields, who it is about, where the money goes."""
    root = subject_root(form)
    held = frozenset(roles)
    named = form.import_.headers if form.import_ else {}
    days = MonthDays(form)
    has_account = any(f.type.name == "account" for f in form.top_fields().values())

    def typed(path: str, target: Target) -> bool:
        head, _, name = path.partition(".")
        own = form.fields.get(path)
        if days.has(path):
            return True
        if target.compared or head in form.tables or path == "start_month":
            return False
        if own is not None:
            return not own.hidden and form.editable(path, state=form.workflow.start, roles=held)
        if head == root:
            return name in _OWN_PLACE | _OF_THE_PERSON or (path in named and name not in _TOLD)
        if head == "account":
            return has_account or path in named
        return path == "village" or path in named

    return {path: target for path, target in targets.items() if typed(path, target)}


def entry_columns(
    form: Form,
    targets: Mapping[str, Target],
    today: date,
    villages: Choices,
    facilities: Mapping[str, Choices],
) -> tuple[EntryColumn, ...]:
    """The columns of a form's grid: who, where, the form's own fields in its order, then the account and the rest.

    `villages` and `facilities` (by path) are what may be chosen there. A case begins today, an event's day is typed.
    """
    root = subject_root(form)
    labels = {m.path: m.label for m in name_meanings(form, targets)}
    first = [f"{root}.name", f"{root}.id_number", "village", f"{root}.phone"]
    own = [path for path in form.top_fields() if path in targets]
    rest = [path for path in targets if path not in own and path not in first]
    step = opening_step(form)
    opened = step.to if step else form.workflow.start
    days = MonthDays(form)
    begun = form.record.get("date") if form.kind == "case" else None
    found = []
    for path in (*(p for p in first if p in targets), *own, *rest):
        own_field = form.fields.get(path)
        field = own_field or targets[path].field
        needed = path in first or path == "account.number" or days.has(path)
        if own_field is not None:
            needed = _needed(form, own_field, opened)
        default = start_of(field, today) if own_field is not None else None
        start = str(default or "") if field.type.name in TODAY_DEFAULTS else field.format(default)
        if path == begun and field.type.name == "date":
            start = today.isoformat()
        choices = facilities.get(path) or ()
        if field.type.name == "village":
            choices = villages
        elif field.type.name == "yes_no":
            choices = _YES_NO
        elif field.choices:
            choices = tuple((words, code) for code, words in field.choices.choices().items())
        required = path in first[:2] or (own_field is not None and field.required)
        found.append(
            EntryColumn(
                path,
                labels[path],
                KIND if days.has(path) else field.type.name,
                needed,
                required,
                choices,
                start,
                field.keep,
                field.unit,
                field.hint,
            )
        )
    return tuple(found)


def _needed(form: Form, field: Field, opened: str) -> bool:
    """Whether a new record wants a field: required from its first open state on, or kept from row to row. Of an event
    all that is ever required is known on its day."""
    if field.keep or (field.default is not None and field.required):
        return True
    if not (field.required or field.required_if or field.required_at) or field.relevant:
        return False
    if form.kind == "event":
        return True
    return form.workflow.demands(opened, first=field.required_at, coming_from=form.workflow.start)


def opening_step(form: Form) -> Step | None:
    """The step by which a new record leaves draft; None where the workflow has none."""
    flow = form.workflow
    onward = (s for s in flow.steps_from(flow.start) if flow.states[s.to].group not in ("draft", "closed"))
    return next(onward, None)


def load_facilities(r: Reading, form: Form) -> dict[str, Choices]:
    """(name, id) of the facilities that each facility field may name, by its path."""
    fields = [f for f in form.top_fields().values() if f.type.name == "facility"]
    if not fields:
        return {}
    forms = [key for key, other in r.store.catalog.forms.items() if other.kind == "facility"]
    c = schema.records.c
    rows = r.rows(sa.select(c.id, c.kind, c.doc).where(c.form.in_(forms), c.void == 0).order_by(c.id))
    return {
        f.path: tuple(
            (str(row["doc"].get("name") or ""), row["id"])
            for row in rows
            if not f.kinds or row["kind"] in f.kinds
        )
        for f in fields
    }
