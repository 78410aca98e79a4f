"""Checking every condition of a form in its scope, and the order in which fields settle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from minzheng_desktop.catalog.assembly import Draft
from minzheng_desktop.catalog.codes import CodeList
from minzheng_desktop.catalog.conditions import types as t
from minzheng_desktop.catalog.conditions.checker import check_condition
from minzheng_desktop.catalog.conditions.condition import Condition
from minzheng_desktop.catalog.conditions.scope import Entry, Scope
from minzheng_desktop.catalog.conditions.types import Type
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.inputs import input_misfit
from minzheng_desktop.catalog.paper_words import message_mistakes
from minzheng_desktop.catalog.problems import CatalogProblem, nearest
from minzheng_desktop.catalog.registers import FACILITY, SUBJECTS, TITLES, object_type
from minzheng_desktop.catalog.resolve import Resolved
from minzheng_desktop.catalog.shelf import Place, Shelf

#: Rows that a macro may go through: filter and map copy their result for each row.
MACRO_ROWS = 50
#: Code list that stands for the states of the form's workflow in conditions.
STATES = "@state"

Key = tuple[str, str]


@dataclass
class _Attaching:
    form: Form
    draft: Draft
    found: Resolved
    shelf: Shelf
    scope: Scope
    conditions: dict[Key, Condition] = field(default_factory=dict)
    problems: list[CatalogProblem] = field(default_factory=list)

    def check(
        self,
        key: Key,
        source: str,
        place: Place,
        below: str,
        expected: Type | Iterable[Type] | None,
        scope: Scope | None = None,
    ) -> None:
        """Check one condition and keep it, or say what is wrong with it."""
        if not source:
            return
        condition, faults = check_condition(source, scope or self.scope, expected)
        if condition is not None:
            self.conditions[key] = condition
        for fault in faults:
            waiting_for = self.shelf.lost(fault.kind, fault.word) if fault.kind else ""
            if waiting_for:
                message = f"{below} 等待 {waiting_for} 改好（要用其中的“{fault.word}”）"
                self.problems.append(place.problem(message, below, waiting_for))
                continue
            before = source[max(0, fault.at - 12) : fault.at]
            where = f"第 {fault.at + 1} 个字处" + (f"（“{before}”之后）" if before.strip() else "")
            self.problems.append(place.problem(f"{below} 条件{where}：{fault.message}", below))


def attach_conditions(
    form: Form, draft: Draft, found: Resolved, resolved: Mapping[str, Resolved], shelf: Shelf
) -> tuple[Form, list[CatalogProblem]]:
    """The form with its conditions, its settling order and its live fields; or its problems."""
    codes = {**shelf.codes, STATES: _state_codes(form)}
    scope = Scope(_names(form, resolved), codes, shelf.rates)
    work = _Attaching(form, draft, found, shelf, scope)
    _check_fields(work)
    _check_words(work, resolved)
    _check_steps(work)
    if work.problems:
        return form, work.problems
    order, circle = _settling_order(form, work.conditions)
    if circle:
        place = found.places.get(circle[0], draft.place)
        names = " → ".join(circle)
        return form, [place.problem(f"计算或显示条件绕成了圈：{names}")]
    live = _live_fields(form, work.conditions, order)
    fields = {
        path: msgspec.structs.replace(f, live=True) if path in live else f for path, f in form.fields.items()
    }
    tables = {
        key: msgspec.structs.replace(table, columns={name: fields[f"{key}.{name}"] for name in table.columns})
        for key, table in form.tables.items()
    }
    problems = _stored_but_live(form, draft, live)
    done = msgspec.structs.replace(
        form, conditions=work.conditions, order=tuple(order), fields=fields, tables=tables
    )
    return done, problems


def _state_codes(form: Form) -> CodeList:
    return CodeList(STATES, "状态", {key: state.title for key, state in form.workflow.states.items()})


def _names(form: Form, resolved: Mapping[str, Resolved]) -> dict[str, Entry]:
    names: dict[str, Entry] = {
        "today": Entry("special", t.DATE, label="今天", live=True),
        "this_month": Entry("special", t.MONTH, label="本月", live=True),
        "state": Entry("special", t.code(STATES), label="状态"),
    }
    if form.subject in SUBJECTS:
        names[form.subject] = Entry("object", object_type(form.subject), label=TITLES[form.subject])
    for path, f in form.fields.items():
        if not f.table:
            pointing = f.type.name in ("record", "facility") and f.forms
            type_ = _pointed_type(f, resolved) if pointing else f.type.condition_type(f)
            names[path] = Entry("object" if type_.kind == "object" else "value", type_, label=f.label)
    for key, table in form.tables.items():
        columns = _columns(table.columns, table.from_household, resolved)
        names[key] = Entry("table", t.list_of(t.TEXT), columns, table.title, table.max_rows > MACRO_ROWS)
    for key, lookup in form.lookups.items():
        other = resolved.get(lookup.form)
        columns = _lookup_columns(other) if other is not None else {}
        if lookup.take == "count":
            names[key] = Entry("lookup", t.INT, label=key)
        elif lookup.take in ("sum", "lowest"):
            names[key] = Entry("lookup", columns.get(lookup.field, t.INT), label=key)
        elif lookup.take == "list":
            names[key] = Entry("table", t.list_of(t.TEXT), columns, key)
        else:
            names[key] = Entry("object", t.object_of(columns, f"查询“{key}”"), label=f"查询“{key}”")
    return names


def _columns(
    fields: Mapping[str, Field], from_household: bool, resolved: Mapping[str, Resolved]
) -> dict[str, Type]:
    columns = {"key": t.TEXT, **({"person": t.TEXT} if from_household else {})}
    return columns | {
        name: _pointed_type(f, resolved) if f.type.name == "record" else f.type.condition_type(f)
        for name, f in fields.items()
    }


def _lookup_columns(other: Resolved) -> dict[str, Type]:
    """What is seen of another record: its own fields; what it refers to is seen as an id."""
    columns: dict[str, Type] = {"id": t.TEXT, "state": t.TEXT}
    for path, f in other.fields.items():
        if not f.table:
            type_ = f.type.condition_type(f)
            columns[path] = t.TEXT if type_.kind == "object" else type_
    return columns


def _pointed_type(f: Field, resolved: Mapping[str, Resolved]) -> Type:
    """A field that points to records shows what all the forms that it may point to have in common."""
    shown = [_lookup_columns(resolved[key]) for key in f.forms if key in resolved]
    if not shown:
        return f.type.condition_type(f)
    first, *others = shown
    common = {name: kind for name, kind in first.items() if all(o.get(name) == kind for o in others)}
    if f.type.name == "facility":
        common |= {name: attribute.condition_type for name, attribute in FACILITY.items()}
    return t.object_of(common, f"“{f.label}”")


def _row_scope(work: _Attaching, table: str) -> Scope:
    entry = work.scope.names[table]
    return work.scope.with_row(table, Entry("row", t.TEXT, entry.columns, f"表“{entry.label}”"))


def _check_fields(work: _Attaching) -> None:
    form, found = work.form, work.found
    for number, (section, place) in enumerate(zip(form.sections, found.section_places, strict=True)):
        work.check((f"section.{number}", "relevant"), section.relevant, place, "relevant", t.BOOL)
    for path, f in form.fields.items():
        place = found.places[path]
        scope = _row_scope(work, f.table) if f.table else work.scope
        work.check((path, "relevant"), f.relevant, place, "relevant", t.BOOL, scope)
        work.check((path, "required"), f.required_if, place, "required", t.BOOL, scope)
        work.check((path, "constraint"), f.constraint, place, "constraint", t.BOOL, scope)
        type_ = f.type.condition_type(f)
        if f.calculation and type_.kind == "object":
            work.problems.append(place.problem(f"类型 {f.type.name} 不能用 calculation", "calculation"))
        else:
            work.check((path, "calculation"), f.calculation, place, "calculation", type_, scope)


def _check_words(work: _Attaching, resolved: Mapping[str, Resolved]) -> None:
    form, draft = work.form, work.draft
    for key, rule in form.rules.items():
        place = draft.rules[key].place
        work.check((f"rule.{key}", "assert"), rule.assert_, place, "assert", t.BOOL)
        work.problems += message_mistakes(rule.message, place, draft, work.found)
    for key, unique in form.uniques.items():
        place = draft.uniques[key].place
        scope = _row_scope(work, unique.table) if unique.table else work.scope
        work.check((f"unique.{key}", "where"), unique.where, place, "where", t.BOOL, scope)
        work.problems += message_mistakes(unique.message, place, draft, work.found)
    for key, lookup in form.lookups.items():
        other = resolved.get(lookup.form)
        if other is not None:
            columns = _lookup_columns(other)
            scope = work.scope.with_row(lookup.form, Entry("row", t.TEXT, columns, f"表单“{lookup.form}”"))
            work.check(
                (f"lookup.{key}", "where"), lookup.where, draft.lookups[key].place, "where", t.BOOL, scope
            )
    for key, ledger in form.ledgers.items():
        scope = _row_scope(work, ledger.table) if ledger.table else work.scope
        work.check((f"ledger.{key}", "where"), ledger.where, draft.ledgers[key].place, "where", t.BOOL, scope)
    for key, reminder in form.reminders.items():
        if not reminder.date:
            continue
        dates = (t.DATE, t.MONTH, t.list_of(t.DATE), t.list_of(t.MONTH))
        scope = _people_scope(work) if reminder.of == "people" else work.scope
        work.check(
            (f"reminder.{key}", "date"), reminder.date, draft.reminders[key].place, "date", dates, scope
        )
    if form.benefit is not None and draft.benefit is not None:
        _check_benefit(work)


def _people_scope(work: _Attaching) -> Scope:
    """A reminder about people who have no record yet knows the person and the day."""
    names = {name: work.scope.names[name] for name in ("today", "this_month")}
    names["person"] = Entry("object", object_type("person"), label=TITLES["person"])
    return Scope(names, work.scope.codes, work.scope.rates)


def _check_benefit(work: _Attaching) -> None:
    benefit, placed = work.form.benefit, work.draft.benefit
    assert benefit is not None
    assert placed is not None
    place = placed.place
    for number, eligible in enumerate(benefit.eligible):
        work.check((f"eligible.{number}", "assert"), eligible.assert_, place, "eligible", t.BOOL)
        work.problems += message_mistakes(eligible.message, place, work.draft, work.found)
    for number, payee in enumerate(benefit.payee):
        work.check((f"payee.{number}", "when"), payee.when, place, "payee", t.BOOL)
    for name, source in benefit.inputs.items():
        work.check(("benefit", f"input:{name}"), source, place, f"inputs.{name}", None)
        condition = work.conditions.get(("benefit", f"input:{name}"))
        rules = work.shelf.rule_inputs or {}
        if condition is not None and benefit.rule in rules:
            wrong = input_misfit(rules[benefit.rule], name, condition.type)
            if wrong:
                work.problems.append(place.problem(wrong, f"inputs.{name}"))


def _check_steps(work: _Attaching) -> None:
    """Guards and sets of the workflow, which stand in its own file and must suit each of its forms."""
    flow = work.form.workflow
    file = work.shelf.workflow_files.get(flow.key)
    place = Place(file, "") if file is not None else work.draft.place
    before = len(work.problems)
    for key, step in flow.steps.items():
        work.check((f"step.{key}", "guard"), step.guard, place, f"step.{key}.guard", t.BOOL)
        for name, source in step.sets.items():
            target = work.form.fields.get(name)
            if target is None or target.table:
                hint = nearest(name, work.form.fields)
                work.problems.append(place.problem(f"sets：没有字段“{name}”{hint}", f"step.{key}.sets"))
                continue
            type_ = target.type.condition_type(target)
            work.check((f"step.{key}", f"sets:{name}"), source, place, f"step.{key}.sets", type_)
    work.problems[before:] = [
        msgspec.structs.replace(p, message=f"{p.message}（用在表单“{work.form.title}”）")
        for p in work.problems[before:]
    ]


def _settling_order(form: Form, conditions: Mapping[Key, Condition]) -> tuple[list[str], list[str]]:
    """(fields and tables in the order in which they settle, the paths of a circle if there is one)."""
    after = {path: set(reads) for path, reads in _dependencies(form, conditions)}
    order: list[str] = []
    done: set[str] = set()
    trail: list[str] = []

    def settle(path: str) -> list[str]:
        if path in done:
            return []
        if path in trail:
            return [*trail[trail.index(path) :], path]
        trail.append(path)
        for needed in sorted(after.get(path, ())):
            if needed in after:
                circle = settle(needed)
                if circle:
                    return circle
        trail.pop()
        done.add(path)
        order.append(path)
        return []

    for path in after:
        circle = settle(path)
        if circle:
            return [], circle
    return order, []


def _dependencies(form: Form, conditions: Mapping[Key, Condition]) -> Iterator[tuple[str, frozenset[str]]]:
    """Every field or table that is relevant or calculated by a condition, and the paths that it reads."""
    for number, section in enumerate(form.sections):
        condition = conditions.get((f"section.{number}", "relevant"))
        if condition is not None and section.table:
            yield section.table, condition.reads
        for key in section.fields:
            path = f"{section.table}.{key}" if section.table else key
            reads = [
                conditions[path, use].reads
                for use in ("relevant", "calculation")
                if (path, use) in conditions
            ]
            if condition is not None and not section.table:
                reads.append(condition.reads)
            if reads:
                yield path, frozenset().union(*reads)


def _live_fields(form: Form, conditions: Mapping[Key, Condition], order: Iterable[str]) -> frozenset[str]:
    """Calculated fields that change with the day, directly or through others."""
    live: set[str] = set()
    for path in order:
        for use in ("calculation", "relevant"):
            condition = conditions.get((path, use))
            if condition is not None and (condition.live or condition.reads & live):
                live.add(path)
    return frozenset(path for path in live if path in form.fields and form.fields[path].calculation)


def _stored_but_live(form: Form, draft: Draft, live: frozenset[str]) -> list[CatalogProblem]:
    problems = [
        draft.place.problem(f"record.{column}：字段“{key}”随今天变化，不能存成列", f"record.{column}")
        for column, key in form.record.items()
        if key in live
    ]
    for name, unique in form.uniques.items():
        problems += [
            draft.uniques[name].place.problem(f"keys：字段“{key}”随今天变化，不能作唯一键", "keys")
            for key in unique.keys
            if key in live
        ]
    return problems
