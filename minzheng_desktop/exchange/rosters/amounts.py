"""A roster's money against ours: rule inputs from what the roster states, and the amounts that follow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits.entitlement import Span, Term
from minzheng_desktop.benefits.months import CYCLE_MONTHS, number_of, period_end
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules import RULES
from minzheng_desktop.benefits.terms import TermReader, value_at
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.load import Catalog
from minzheng_desktop.store.people import attributes
from minzheng_desktop.store.records import Subject, environment, storable
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Evaluation
    from minzheng_desktop.store.unit import Reading


_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")


class WholeForm:
    """Works a document out by all of the form's conditions, with its look-ups, as a record's save does: its values,
    and the money rule's inputs."""

    def __init__(self, r: Reading, form: Form, *, today: date) -> None:
        self._r = r
        self._form = form
        self._today = today
        self._evaluator = r.store.evaluator(form.key)
        self._state = (form.import_.state if form.import_ else "") or form.workflow.start

    def inputs(self, doc: Mapping[str, Any], person: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of a document about a person's row, who need not be in the register yet."""
        return self._evaluator.inputs(self._evaluate(doc, person))

    def values(self, doc: Mapping[str, Any], person: Mapping[str, Any] | None) -> dict[str, Any]:
        """The document with its calculations, without those that change with the day."""
        return storable(self._form, self._evaluate(doc, person).values)

    def _evaluate(self, doc: Mapping[str, Any], person: Mapping[str, Any] | None) -> Evaluation:
        subject = Subject(person["id"] if person else None)
        env = environment(
            self._r, self._form, doc, subject=subject, state=self._state, today=self._today, historic=True
        )
        if person:
            env = msgspec.structs.replace(env, person={**attributes(dict(person)), "id": person["id"]})
        return self._evaluator.evaluate(doc, env)


class Reckoner:
    """Works out a form's rule inputs and amounts for one roster.

    `month` ('YYYY-MM') is the month whose rates the roster's amounts are held against. `unable` says, once, why
    no amount could be worked out (a rate is missing).
    """

    def __init__(
        self, form: Form, catalog: Catalog, *, area: str, month: str, whole: WholeForm | None = None
    ) -> None:
        self.form = form
        self._whole = whole
        self.benefit = form.benefit
        self.unable = ""
        self.fields: frozenset[str] = frozenset()
        if self.benefit is None:
            return
        self._rule = RULES[self.benefit.rule]
        self._reader = TermReader(form, self.benefit)
        self._rates = RateView(catalog.rates, area=area, codes=self.benefit.rates)
        self._unit = period_end(number_of(month), CYCLE_MONTHS[self.benefit.cycle])
        self._first = self._unit - CYCLE_MONTHS[self.benefit.cycle] + 1
        conditions = [form.conditions.get(("benefit", f"input:{name}")) for name in self.benefit.inputs]
        self.fields = frozenset(path for condition in conditions if condition for path in condition.reads)
        self.plain = all(_PATH.fullmatch(path) for path in self.benefit.inputs.values())

    def inputs(self, doc: Mapping[str, Any], person: Mapping[str, Any]) -> dict[str, Any]:
        """The rule's inputs of a document whose calculations are stated; `person` gives 'person.birth_date'.

        Inputs that name a field are read; where one has to be worked out, the whole form works out all of them.
        """
        if self.benefit is None:
            return {}
        if not self.plain and self._whole is not None and person:
            return self._whole.inputs(doc, person)
        return {
            name: person.get(path.removeprefix("person."))
            if path.startswith("person.")
            else value_at(doc, path)
            if "." in path
            else doc.get(path)
            for name, path in self.benefit.inputs.items()
        }

    def fills(self, inputs: Mapping[str, Any]) -> tuple[dict[str, int], tuple[str, ...]]:
        """({"base", "extra", "total" in cents}, labels of missing inputs) of the period with the roster's month."""
        if self.benefit is None or self.unable:
            return {}, ()
        found, missing = self._reader.convert(inputs)
        if missing:
            return {}, missing
        span = Span(self._first, self._unit, Term("roster", self._first, found))
        try:
            dues = self._rule.due((span,), self._rates, cycle=self.benefit.cycle, floor=None)
        except UserError as error:
            self.unable = error.message
            return {}, ()
        base = sum(d.base for d in dues if d.unit == self._unit)
        extra = sum(d.extra for d in dues if d.unit == self._unit)
        return {"base": base, "extra": extra, "total": base + extra}, ()


def clean_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs as two decisions are compared by: without empty values and empty list items."""
    clean: dict[str, Any] = {}
    for name, value in inputs.items():
        kept = [v for v in value if v not in (None, "")] if isinstance(value, list | tuple) else value
        if kept not in (None, "", []):
            clean[name] = kept
    return clean
