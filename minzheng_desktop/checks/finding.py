"""What a check finds, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.overlaps import counted_role, in_force
from minzheng_desktop.store import schema

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.unit import Reading

Severity = Literal["error", "warning"]
SEX = {"1": "男", "2": "女"}


class Finding(msgspec.Struct, frozen=True):
    """One thing that does not add up. ``key`` names it within its check, the same at every run.

    records, persons: ids of the rows concerned; division: owner of the first; month: 'YYYY-MM' where it is about
    one; cents: the money at stake. ``message`` says who, what is against what, and what to do.
    """

    rule: str
    key: str
    severity: Severity
    message: str
    form: str = ""
    records: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    division: str = ""
    month: str = ""
    cents: int = 0


class Check(msgspec.Struct, frozen=True):
    """One rule of the library (domain §10.2). ``find`` yields its findings within a scope.

    at: where it is judged beside the whole office: ``entry`` when a record is saved, ``lock`` before a month is locked.
    """

    key: str
    title: str
    find: Callable[[Scope], Iterator[Finding]]
    at: frozenset[str] = frozenset()


class Scope:
    """What a run looks at: a month, a day, and all records or just some.

    ``records`` limits findings to those that touch one of these records; ``whole`` is False then.
    """

    def __init__(self, r: Reading, *, month: str, today: date, records: Sequence[str] | None = None) -> None:
        self.r = r
        self.month = month
        self.today = today
        self.records = records
        self.catalog = r.store.catalog

    @property
    def whole(self) -> bool:
        return self.records is None

    @property
    def forms(self) -> Mapping[str, Form]:
        return self.catalog.forms

    @property
    def paid_forms(self) -> list[Form]:
        """The forms that pay money."""
        return [form for form in self.forms.values() if form.benefit is not None]

    @property
    def standing_forms(self) -> list[Form]:
        """Forms whose records last: what somebody is *in*, rather than what happened on a day."""
        return [form for form in self.forms.values() if form.kind in ("case", "register")]

    @cached_property
    def numbers(self) -> list[str]:
        """The id numbers of everybody in the records looked at."""
        k, p = schema.record_people.c, schema.people.c
        query = (
            sa.select(p.id_number)
            .join(schema.record_people, k.person == p.id)
            .where(k.record.in_(list(self.records or ())), p.id_number.is_not(None))
            .distinct()
        )
        return list(self.r.connection.execute(query).scalars())

    def touching(self, column: sa.ColumnElement[Any]) -> list[sa.ColumnElement[bool]]:
        """A condition that keeps to the records looked at; none for a whole run."""
        return [] if self.records is None else [column.in_(list(self.records))]

    def of_numbers(self, column: sa.ColumnElement[Any]) -> list[sa.ColumnElement[bool]]:
        """A condition that keeps to the people of the records looked at, by id number."""
        return [] if self.records is None else [column.in_(self.numbers)]

    def counted(self, records: Any, links: Any, forms: Iterable[Form]) -> sa.ColumnElement[bool]:
        """Links through which a person draws one of these benefits, in force in the month of the run."""
        return sa.or_(
            sa.false(),
            *(
                sa.and_(
                    records.c.form == form.key, links.c.role == counted_role(form), in_force(records, form, self.month)
                )
                for form in forms
            ),
        )  # fmt: skip

    def title(self, form: str) -> str:
        found = self.forms.get(form)
        return found.title if found else form

    def place(self, code: str | None) -> str:
        """白果村 or 修齐镇 for a division code."""
        return self.catalog.divisions.short_name(code) if code else ""

    def who(self, row: Any) -> str:
        """吴道芸（女 1968 白果村） for a row of people."""
        village = row["reside_village"] or row["hukou_village"]
        facts = [SEX.get(row["sex"], ""), (row["birth_date"] or "")[:4], self.place(village)]
        return f"{row['name']}（{' '.join(f for f in facts if f)}）"


def people_columns(p: Any) -> list[sa.ColumnElement[Any]]:
    """The columns of people that ``Scope.who`` reads."""
    return [p[name] for name in ("name", "sex", "birth_date", "reside_village", "hukou_village")]
