"""Decide each row of a grid of new records: it can be written, or what keeps it back, every reason at its cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from minzheng_desktop.benefits.preview import preview_amount
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.exchange.rosters.amounts import Reckoner
from minzheng_desktop.exchange.rosters.cleaned import CleanRow
from minzheng_desktop.exchange.rosters.entry_columns import opening_step
from minzheng_desktop.exchange.rosters.headers import Header
from minzheng_desktop.exchange.rosters.newcomers import Newcomers
from minzheng_desktop.exchange.rosters.plan import NEW, PlanRow
from minzheng_desktop.exchange.rosters.row_planner import REPEATED, Row, RowPlanner
from minzheng_desktop.exchange.rosters.state import OfficeState, group_of, mapped
from minzheng_desktop.exchange.rosters.targets import find_targets
from minzheng_desktop.exchange.rosters.updates import Updater
from minzheng_desktop.store.people import attributes
from minzheng_desktop.store.records import Subject, environment, storable
from minzheng_desktop.store.unit import Reading
from minzheng_desktop.values.dates import month_of
from minzheng_desktop.values.id_number import told_by

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Evaluation

GROUND = "成批录入"
_GAPS = ("required", "min_rows")


class EntryPlanner(RowPlanner):
    """Judges each row by the whole form, as it would be judged on leaving draft. What is merely not filled yet warns;
    all else that the form refuses keeps the row back."""

    told: ClassVar[str] = "这里"
    taken_in: ClassVar[str] = "只能存一行，删掉另一行"
    to_remove: ClassVar[str] = "不能再登记；核实后删掉这一行"
    thorough: ClassVar[bool] = True

    def __init__(
        self,
        r: Reading,
        form: Form,
        state: OfficeState,
        *,
        filled: frozenset[str],
        match: tuple[str, ...],
        today: date,
    ) -> None:
        super().__init__(form, state, match=match)
        self._r = r
        self._today = today
        self._filled = filled
        self._month = month_of(today)
        catalog = r.store.catalog
        reckoner = Reckoner(form, catalog, area=r.store.site.division, month=self._month)
        self._newcomers = Newcomers(
            form,
            self._registry,
            reckoner,
            filled=filled,
            month=self._month,
            paid_through=None,
            ground=GROUND,
        )
        self._updater = Updater(
            form,
            self._registry,
            reckoner,
            targets=find_targets(form, catalog),
            month=self._month,
            today=today.isoformat(),
        )
        self._evaluator = r.store.evaluator(form.key)
        self._paths: dict[int, str] = {}
        step = opening_step(form)
        self._opened = step.to if step else form.workflow.start
        self._step_title = step.title if step else "办理"

    def plan_row(self, given: CleanRow, header: Header | None) -> PlanRow:
        self._paths = {c.index: c.path for c in header.columns} if header else {}
        return super().plan_row(given, header)

    def _decide(self, row: CleanRow, out: PlanRow, person: Row | None) -> None:
        self._resolve_facilities(row)
        if person is not None and person.get("reside_village"):
            row.values.setdefault("village", person["reside_village"])
        if not row.values.get("village") and "village" not in self._wrong(row):
            self._note(row, "village", "warning", "没有写村", "village.missing")
        doc = self._newcomers.sketch(row)
        evaluation = self._judge(row, doc, person)
        for path, message in () if self._id_path in self._wrong(row) else self._standing(row, doc, person):
            self._note(row, path, "error", message, "record.not_unique")
        amounts = self._amounts(evaluation)
        out.amount = amounts.get(self._total)
        if row.rejected:
            return
        if person is not None:
            found = self._updater.contact(person, row.values)
            out.changes = found.changes
            for path, message in found.doubts:
                self._note(row, path, "warning", message, "value.differs")
        record = self._newcomers.begin(row, {**doc, **storable(self._form, evaluation.values), **amounts})
        self._claim(record)
        out.action, out.record = NEW, record["id"]

    def _judge(self, row: CleanRow, doc: Mapping[str, Any], person: Row | None) -> Evaluation:
        """Hold a document against the whole form with its look-ups; note what is wrong."""
        subject = Subject(person["id"] if person is not None else None)
        env = environment(self._r, self._form, doc, subject=subject, state=self._opened, today=self._today)
        env = msgspec.structs.replace(env, person=self._who(row, person))
        evaluation = self._evaluator.evaluate(doc, env)
        wrong = self._wrong(row)
        for problem in evaluation.problems:
            if problem.path in wrong:
                continue
            if problem.code not in _GAPS:
                self._note(row, problem.path, problem.level, problem.message, "form.rule")
            elif problem.path in self._filled:
                message = f"{problem.message}，{self._step_title}前要补"
                self._note(row, problem.path, "warning", message, "form.required")
        return evaluation

    def _wrong(self, row: CleanRow) -> set[str]:
        """The paths of cells that are wrong already."""
        return {self._paths.get(p.index, p.column) for p in row.problems if p.level == "error"}

    def _who(self, row: CleanRow, person: Row | None) -> dict[str, Any]:
        """The subject's attributes: the register's, or those typed with what the id number tells."""
        if person is not None:
            return attributes(person)
        number = row.values.get(self._id_path)
        return {**mapped(row.values, self._root), **(told_by(number) if number else {})}

    def _standing(
        self, row: CleanRow, doc: Mapping[str, Any], person: Row | None
    ) -> Iterator[tuple[str, str]]:
        """(path, sentence) of each record that stands in the way: one of the same person, or one with the same key."""
        taken = self._taken(row)
        if taken is not None:
            yield taken
        known = self._state.records.get(person["id"], []) if person is not None else []
        for unique in self._form.uniques.values():
            if unique.table or unique.where or self._form.subject not in unique.keys:
                continue
            rest = [key for key in unique.keys if key != self._form.subject]
            same = [
                r
                for r in known
                if all(r["doc"].get(key) == doc.get(key) for key in rest)
                and (r["state"] in unique.states or group_of(self._form, r["state"]) != "closed")
            ]
            if same:
                assert person is not None
                sentence = (unique.message or REPEATED).replace("{person.name}", person["name"])
                state = self._form.workflow.states.get(same[-1]["state"])
                title = f"（{state.title}）" if state is not None else ""
                yield self._id_path, f"{sentence}{title}；没有另建，核对后删掉这一行"

    def _amounts(self, evaluation: Evaluation) -> dict[str, int]:
        """Field → cents that the money rule fills, by the rates of this month; empty while something is missing."""
        if self._form.benefit is None or not self._form.benefit.fills:
            return {}
        found = preview_amount(
            self._r.store.catalog,
            form=self._form.key,
            inputs=self._evaluator.inputs(evaluation),
            month=self._month,
            area=self._r.store.site.division,
        )
        return found.fills
