"""What a county decision was taken on, and what became of the record since: for the person who has to choose.

The county names the revision of the record that it saw; the township keeps every version, so that both can be laid
side by side. Numbers of people, cards and telephones are masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.down.decided import DISMISS, decision_step
from minzheng_desktop.store import records, rows, schema
from minzheng_desktop.values.accounts import mask_account
from minzheng_desktop.values.id_number import mask_id_number
from minzheng_desktop.values.money import format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.catalog.fields import Field
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.catalog.workflow import Workflow
    from minzheng_desktop.store.unit import Reading

EMPTY = "（空）"
SET_ASIDE = "搁置县级决定"


class Difference(msgspec.Struct, frozen=True):
    """One field, or one table, that the county saw otherwise; both values as people read them."""

    label: str
    then: str
    now: str


class TakenSince(msgspec.Struct, frozen=True):
    """One step taken after the state that the county decided on: ISO time, title, who, the reason given."""

    at: str
    title: str
    by: str
    reason: str = ""


class DecidedOn(msgspec.Struct, frozen=True):
    """A decision beside its record. `then` is empty where no state of this record allows the decision; `seen_at` where
    this database does not know the revision that the county saw (then `differences` is empty and says nothing)."""

    then: str
    now: str
    seen_at: str
    differences: tuple[Difference, ...]
    steps: tuple[TakenSince, ...]


def compare_decision(r: Reading, decision: Mapping[str, Any]) -> DecidedOn:
    """Lay a decision beside its record. Raises UserError no_such_record."""
    record = records.load_record(r, decision["record"])
    form = records.form_of(r, record["form"])
    v, s = schema.versions.c, schema.steps.c
    seen = r.one(
        sa.select(v.at, v.body)
        .where(v.entity == "records", v.id == record["id"], v.revision == decision["on_revision"])
        .order_by(v.seq.desc())
        .limit(1)
    )
    taken = r.rows(sa.select(schema.steps).where(s.record == record["id"], s.void == 0).order_by(s.at, s.id))
    then, since = _split(form.workflow, taken, decision)
    states = form.workflow.states
    return DecidedOn(
        then=states[then].title if then in states else "",
        now=states[record["state"]].title if record["state"] in states else record["state"],
        seen_at=seen["at"] if seen is not None else "",
        differences=tuple(differences(r, form, rows.shape(schema.records).decode(seen["body"]), record))
        if seen is not None
        else (),
        steps=tuple(taken_since(form.workflow, step) for step in since),
    )


def _split(
    workflow: Workflow, taken: Sequence[Mapping[str, Any]], decision: Mapping[str, Any]
) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """The state that the county decided on, and the steps since: the latest before the decision in which it could be
    taken, else the latest at all (a step may have been on its way while the county decided)."""
    fit = [
        place
        for place, step in enumerate(taken)
        if decision_step(workflow, step["to_state"], decision["kind"]) is not None
    ]
    before = [place for place in fit if taken[place]["at"] <= decision["at"]]
    if not fit:
        return "", ()
    place = (before or fit)[-1]
    return taken[place]["to_state"], taken[place + 1 :]


def taken_since(workflow: Workflow, step: Mapping[str, Any]) -> TakenSince:
    """A row of steps in words."""
    ground = step["ground"] or {}
    known = workflow.steps.get(step["step"])
    title = known.title if known is not None else SET_ASIDE if step["step"] == DISMISS else step["step"]
    return TakenSince(
        step["at"], title, step["by"] or "", str(ground.get("reason") or ground.get("opinion") or "")
    )


def differences(
    r: Reading, form: Form, then: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[Difference]:
    """The fields and tables in which two versions of a record differ."""
    if then["void"] != now["void"]:
        yield Difference("作废", "没有", "已作废")
    for column, label in (
        ("number", "编号"),
        ("village", "村（社区）"),
        ("person", "对象"),
        ("household", "户"),
    ):
        if then[column] != now[column]:
            yield Difference(label, _column(r, column, then[column]), _column(r, column, now[column]))
    old, new = then["doc"], now["doc"]
    for path, field in form.top_fields().items():
        if not _same(old.get(path), new.get(path)):
            yield Difference(
                field.label, field_words(r, field, old.get(path)), field_words(r, field, new.get(path))
            )
    for key, table in form.tables.items():
        before, after = old.get(key) or [], new.get(key) or []
        if before != after:
            changed = "内容改过" if len(before) == len(after) else f"{len(after)} 行"
            yield Difference(table.title, f"{len(before)} 行", changed)
    for key in sorted((set(old) | set(new)) - set(form.top_fields()) - set(form.tables)):
        if not _same(old.get(key), new.get(key)):  # of an earlier form: no label, no privacy known
            yield Difference(f"本版表单没有的“{key}”", "", "改过")


def _same(one: Any, other: Any) -> bool:
    return one == other or (one in (None, "", []) and other in (None, "", []))


def _column(r: Reading, column: str, value: str | None) -> str:
    if not value:
        return EMPTY
    if column == "village":
        return r.store.catalog.divisions.short_name(value)
    if column == "person":
        return str((r.get("people", value) or {}).get("name") or EMPTY)
    return value if column == "number" else f"…{value[-6:]}"


def field_words(r: Reading, field: Field, value: Any) -> str:
    """A field's value as people read it, masked where it is somebody's number."""
    if value in (None, "", []):
        return EMPTY
    kind = field.type.name
    if kind == "account":
        number = str(value.get("number") or "") if isinstance(value, Mapping) else ""
        return mask_account(number) if number else EMPTY
    if kind == "id_number":
        return mask_id_number(str(value))
    if kind == "phone":
        return f"尾号 {str(value)[-4:]}"
    if kind == "money":
        return f"{format_money_grouped(value)} 元"
    if kind == "village":
        return r.store.catalog.divisions.short_name(str(value))
    if kind == "files":
        return f"{len(value)} 份"
    if field.type.refers_to == "person":
        return str((r.get("people", str(value)) or {}).get("name") or EMPTY)
    if field.type.refers_to in ("facility", "record"):
        row = r.get("records", str(value)) or {}
        return str((row.get("doc") or {}).get("name") or row.get("number") or EMPTY)
    return field.format(value)
