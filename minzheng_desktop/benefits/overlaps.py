"""Who draws two benefits that may not be drawn together (domain §7): for entry, for a plan, and for the checks.

A benefit counts in a month when its record is in force then, a suspended one too: suspension holds money back and
does not free the person for another benefit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.store.periods import begins

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.catalog.overlaps import Handling, Overlap
    from minzheng_desktop.store.unit import Reading

SUBJECT, COVERED = "subject", "covered"

_WORDS = {
    "block": "不能同时享受",
    "choose_higher": "只能择高享受一项",
    "offset": "要补差",
    "warn": "同时享受要核对",
    "allow": "可以叠加",
}


class Clash(msgspec.Struct, frozen=True):
    """One person in two records that a rule speaks of, seen from ``record``; ``loses`` when that one is not paid."""

    rule: str
    handling: Handling
    record: str
    other: str
    owner: str
    person: str
    name: str
    title: str
    other_title: str
    loses: bool
    basis: str
    message: str

    def sentence(self) -> str:
        """Both benefits, the rule and its source, and what to do."""
        return (
            f"{self.name}同时有“{self.title}”和“{self.other_title}”，{_WORDS[self.handling]}（规则 {self.rule}，"
            f"{self.basis}）。{self.message}".rstrip("。")
            + "。"
        )


def counted_role(form: Form) -> str:
    """The role in which a person draws a benefit: covered by a household's, subject of every other."""
    return COVERED if form.subject == "household" else SUBJECT


def load_clashes(
    r: Reading, form: Form, *, month: str, records: Sequence[str] | None = None, anywhere: bool = False
) -> dict[str, list[Clash]]:
    """The clashes of a form's records in a month ('YYYY-MM') by record id; allowed pairs are left out.

    ``records`` limits them to some (also ones that are not in force yet); ``anywhere`` counts other offices' records
    too, by the person's number.
    """
    rules = [o for o in r.store.catalog.overlaps.values() if o.handling != "allow" and o.holds_in(month)]
    rules = [o for o in rules if o.partners(form.key)]
    partners = {key for o in rules for key in o.partners(form.key)} & r.store.catalog.forms.keys()
    if not partners:
        return {}
    found: dict[str, list[Clash]] = {}
    for row in _pairs(r, form, sorted(partners), month, records, anywhere):
        for rule in rules:
            clash = _clash(r, form, rule, row)
            if clash is not None:
                found.setdefault(row.mine, []).append(clash)
    return found


def _pairs(
    r: Reading, form: Form, partners: Iterable[str], month: str, records: Sequence[str] | None, anywhere: bool
) -> Iterator[Any]:
    """One row for every person who counts in a record of the form and in one of a partner form in that month."""
    me, other = schema.records.alias("me"), schema.records.alias("other")
    mine, theirs = schema.record_people.alias("mine"), schema.record_people.alias("theirs")
    person, same = schema.people.alias("person"), schema.people.alias("same")
    forms = r.store.catalog.forms
    roles = sa.or_(
        *(
            sa.and_(
                other.c.form == key,
                theirs.c.role == counted_role(forms[key]),
                in_force(other, forms[key], month),
            )
            for key in partners
        )
    )
    query = (
        sa.select(
            me.c.id.label("mine"), me.c.owner, me.c.kind.label("my_kind"), me.c.amount.label("my_amount"),
            other.c.id.label("other"), other.c.form.label("other_form"), other.c.kind.label("other_kind"),
            other.c.amount.label("other_amount"), mine.c.person, person.c.name,
        )
        .select_from(
            other.join(theirs, theirs.c.record == other.c.id)
            .join(same, same.c.id == theirs.c.person)
            .join(person, person.c.id_number == same.c.id_number if anywhere else person.c.id == same.c.id)
            .join(mine, mine.c.person == person.c.id)
            .join(me, me.c.id == mine.c.record)
        )
        .where(
            me.c.form == form.key, me.c.void == 0, mine.c.role == counted_role(form), other.c.void == 0,
            other.c.id != me.c.id, roles,
        )
        .order_by(me.c.id, other.c.id, mine.c.person)
    )  # fmt: skip
    query = (
        query.where(in_force(me, form, month)) if records is None else query.where(me.c.id.in_(list(records)))
    )
    if not anywhere:
        query = query.where(me.c.owner == other.c.owner)
    yield from r.connection.execute(query)


def in_force(records: sa.FromClause, form: Form, month: str) -> sa.ColumnElement[bool]:
    """Whether a row of ``records`` (or an alias of it) is in force in a month; an event is in that of its date."""
    c = records.c
    if form.kind == "event":
        closed = sorted(form.workflow.states_in("closed") | form.workflow.states_in(["draft"]))
        return sa.and_(begins(c.record_date, month), c.state.not_in(closed))
    return sa.and_(
        c.start_month.is_not(None), c.start_month <= month, sa.or_(c.end_month.is_(None), c.end_month > month)
    )


def _clash(r: Reading, form: Form, rule: Overlap, row: Any) -> Clash | None:
    other = r.store.catalog.forms[row.other_form]
    first = rule.a.covers(form.key, row.my_kind) and rule.b.covers(other.key, row.other_kind)
    second = rule.b.covers(form.key, row.my_kind) and rule.a.covers(other.key, row.other_kind)
    if not first and not second:
        return None
    if rule.handling == "choose_higher":
        loses = (row.my_amount or 0, first) < (row.other_amount or 0, not first)
    else:
        loses = rule.handling == "block" and second
    return Clash(
        rule.key, rule.handling, row.mine, row.other, row.owner, row.person, row.name, form.title, other.title, loses,
        rule.basis, rule.message,
    )  # fmt: skip


def why_unpaid(clashes: Mapping[str, Sequence[Clash]], record: str) -> str:
    """Why a record may not be paid beside others, in words; empty when it may."""
    return "；".join(dict.fromkeys(c.sentence().rstrip("。") for c in clashes.get(record, ()) if c.loses))
