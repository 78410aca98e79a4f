"""The other words of a form file — lookups, unique keys, rules, reminders, imports — looked up and checked.

Money (``money_words``) and paper (``paper_words``) have rooms of their own. Conditions stay texts here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from minzheng_desktop.catalog.assembly import Draft, Placed
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import (
    SAME_PERIODS,
    SELF,
    Grid,
    Import,
    Lookup,
    Reminder,
    Rule,
    Schedule,
    Unique,
)
from minzheng_desktop.catalog.problems import CatalogProblem, nearest, suggest
from minzheng_desktop.catalog.registers import ACCOUNT, FACILITY, HOUSEHOLD, PERSON
from minzheng_desktop.catalog.resolve import Resolved
from minzheng_desktop.catalog.shelf import Place, Shelf
from minzheng_desktop.catalog.spec import LookupSpec
from minzheng_desktop.catalog.workflow import STATE_SETS, Workflow

#: Typed columns of ``records`` and the field types that may fill them.
TYPED_COLUMNS: Mapping[str, frozenset[str]] = {
    "date": frozenset({"date"}),
    "until": frozenset({"date"}),
    "amount": frozenset({"money"}),
    "quantity": frozenset({"integer", "decimal"}),
    "kind": frozenset({"choice", "text"}),
    "facility": frozenset({"facility"}),
    "person": frozenset({"person"}),
    "household": frozenset({"household"}),
    "village": frozenset({"village"}),
}
NUMBER_WORDS = ("town", "village", "year", "month", "letter", "serial")

_CHECK = re.compile(r"C(0[1-9]|1[0-7])").fullmatch
_NUMBER_PART = re.compile(r"\{([^{}:]*)(?::(\d+))?\}")


class Words(msgspec.Struct):
    """Everything that ``read_words`` resolves."""

    lookups: dict[str, Lookup] = {}
    uniques: dict[str, Unique] = {}
    rules: dict[str, Rule] = {}
    reminders: dict[str, Reminder] = {}
    import_: Import | None = None
    schedules: dict[str, Schedule] = {}
    grid: Grid | None = None
    problems: list[CatalogProblem] = []


def read_words(
    draft: Draft, found: Resolved, workflow: Workflow, shelf: Shelf, drafts: Mapping[str, Draft]
) -> Words:
    """Resolve a draft's vocabulary. ``drafts``: every form that could be read, for names of other forms."""
    out = Words({}, {}, {}, {}, None, {}, None, [])
    out.problems += _check_head(draft, found)
    for key, placed in draft.lookups.items():
        out.lookups[key] = _lookup(placed, draft, found, shelf, drafts, out.problems)
        if key in found.fields or key in found.tables:
            out.problems.append(placed.place.problem(f"查询“{key}”与一个字段或表同名，换一个"))
    for key, unique in draft.uniques.items():
        states = state_keys(unique.place, "states", unique.spec.states, workflow, out.problems)
        table = _key_table(unique.place, unique.spec.keys, draft, found, out.problems)
        if not table and "row" in re.findall(r"\b[a-z_]+", unique.spec.where):
            out.problems.append(
                unique.place.problem("where 里用 row，唯一键里就要有表的列，例如 members.person", "where")
            )
        out.uniques[key] = Unique(
            key, tuple(unique.spec.keys), states, unique.spec.where, unique.spec.message, table
        )
    for key, rule in draft.rules.items():
        for step in rule.spec.at:
            if step not in workflow.steps:
                out.problems.append(
                    rule.place.problem(
                        f"at：流程“{workflow.title}”没有步骤“{step}”{suggest(step, workflow.steps)}", "at"
                    )
                )
        if rule.spec.check and not _CHECK(rule.spec.check):
            out.problems.append(rule.place.problem("check 写核查的编号，例如 C10", "check"))
        states = state_keys(rule.place, "states", rule.spec.states, workflow, out.problems)
        out.rules[key] = Rule(
            key, rule.spec.assert_, rule.spec.message, rule.spec.severity, tuple(rule.spec.at), rule.spec.check,
            states,
        )  # fmt: skip
    for key, reminder in draft.reminders.items():
        spec, place = reminder.spec, reminder.place
        states = (
            state_keys(place, "states", spec.states, workflow, out.problems) if spec.states else frozenset()
        )
        if spec.of == "changes" and not spec.watch:
            out.problems.append(
                place.problem('of = "changes" 要写 watch：members、moved、marriage、payee', "of")
            )
        if spec.of != "changes" and not spec.date:
            out.problems.append(place.problem("缺少必写的键“date”", "title"))
        if spec.without and spec.without not in drafts:
            out.problems.append(shelf.missing(place, "form", "表单", spec.without, drafts, "without"))
        out.reminders[key] = Reminder(
            key, spec.title.replace("{form}", draft.spec.title), spec.date, spec.before, spec.overdue, states, spec.of,
            spec.without, tuple(spec.watch),
        )  # fmt: skip
    for key, schedule in draft.schedules.items():
        spec_ = schedule.spec
        if spec_.for_ not in drafts:
            out.problems.append(shelf.missing(schedule.place, "form", "表单", spec_.for_, drafts, "for"))
        if spec_.every not in shelf.rates:
            out.problems.append(
                shelf.missing(schedule.place, "rates", "标准", spec_.every, shelf.rates.codes, "every")
            )
        for word, path, kind in (
            ("target", spec_.target, "record"), ("due", spec_.due, "date"), ("cycle", spec_.cycle, "text"),
        ):  # fmt: skip
            if path not in found.fields or found.fields[path].type.name != kind:
                fits = [p for p, f in found.fields.items() if f.type.name == kind]
                out.problems.append(
                    schedule.place.problem(
                        f"{word}：没有 {kind} 类型的字段“{path}”{suggest(path, fits)}", word
                    )
                )
        out.schedules[key] = Schedule(
            key, spec_.for_, spec_.every, tuple(spec_.states), spec_.target, spec_.due, spec_.cycle
        )
    if draft.import_ is not None:
        out.import_ = _import(draft, found, workflow, out.problems)
    if draft.grid is not None:
        g = draft.grid.spec
        out.grid = Grid(g.rows, g.columns, g.cell)
        for path, kind in ((g.columns, "date"), (g.cell, "yes_no")):
            if path not in found.fields or found.fields[path].type.name != kind:
                out.problems.append(
                    draft.grid.place.problem(f"没有字段“{path}”{nearest(path, found.fields)}")
                )
    return out


def state_keys(
    place: Place, key: str, states: str | Iterable[str], workflow: Workflow, problems: list[CatalogProblem]
) -> frozenset[str]:
    """The states meant; a word that is neither a state nor a set becomes a problem."""
    for word in [states] if isinstance(states, str) else states:
        if word not in workflow.states and word not in STATE_SETS:
            problems.append(
                place.problem(
                    f"流程“{workflow.title}”没有状态“{word}”{suggest(word, [*workflow.states, *STATE_SETS])}",
                    key,
                )
            )
    return workflow.states_in(states)


def _check_head(draft: Draft, found: Resolved) -> list[CatalogProblem]:
    problems: list[CatalogProblem] = []
    for column, key in draft.spec.record.items():
        path = f"record.{column}"
        allowed = TYPED_COLUMNS.get(column)
        if allowed is None:
            problems.append(
                draft.place.problem(f"record 里没有“{column}”{suggest(column, TYPED_COLUMNS)}", path)
            )
            continue
        field = found.fields.get(key)
        if field is None or field.table:
            top = [p for p, f in found.fields.items() if not f.table]
            problems.append(draft.place.problem(f"record.{column}：没有字段“{key}”{nearest(key, top)}", path))
        elif field.type.name not in allowed:
            problems.append(
                draft.place.problem(
                    f"record.{column} 要用类型 {'、'.join(sorted(allowed))} 的字段，“{key}”是 {field.type.name}",
                    path,
                )
            )
    for name, digits in _NUMBER_PART.findall(draft.spec.number):
        if name not in NUMBER_WORDS or (digits and name != "serial"):
            problems.append(
                draft.place.problem(f"number 里没有“{{{name}}}”{suggest(name, NUMBER_WORDS)}", "number")
            )
    if draft.spec.number and "{serial" not in draft.spec.number:
        problems.append(draft.place.problem("number 里要有流水号 {serial:6}", "number"))
    if draft.spec.number.count("{") != len(_NUMBER_PART.findall(draft.spec.number)):
        problems.append(draft.place.problem("number 的花括号没有成对", "number"))
    return problems


def _lookup(
    placed: Placed[LookupSpec], draft: Draft, found: Resolved, shelf: Shelf, drafts: Mapping[str, Draft],
    problems: list[CatalogProblem],
) -> Lookup:  # fmt: skip
    spec, place = placed.spec, placed.place
    other = drafts.get(spec.form)
    states: frozenset[str] = frozenset()
    if other is None:
        problems.append(shelf.missing(place, "form", "表单", spec.form, drafts, "form"))
    else:
        flow = shelf.workflows.get(other.spec.workflow)
        if flow is not None:
            states = state_keys(place, "states", spec.states, flow, problems)
        columns = {f.key: f.spec.type for sec in other.sections if not sec.spec.table for f in sec.fields}
        if spec.take in ("sum", "lowest") and columns.get(spec.field) not in ("integer", "decimal", "money"):
            numbers = [key for key, kind in columns.items() if kind in ("integer", "decimal", "money")]
            problems.append(
                place.problem(
                    f'take = "{spec.take}" 要写表单“{spec.form}”的一个数字字段{suggest(spec.field, numbers)}',
                    "field",
                )
            )
        for same in spec.same:
            if same not in SAME_PERIODS and (same not in found.fields or same not in columns):
                problems.append(place.problem(f"same：没有“{same}”{suggest(same, SAME_PERIODS)}", "same"))
    whose = [kind for kind in ("person", "household", "facility", "record") if getattr(spec, kind)]
    if len(whose) + spec.office != 1:
        problems.append(place.problem("person、household、facility、record、office 写且只写一个"))
    if spec.office and not spec.same:
        problems.append(place.problem("office = true 要用 same 写明哪些字段相同", "same"))
    for kind in whose:
        value = getattr(spec, kind)
        field = found.fields.get(value)
        itself = kind == "record" or (kind == "facility" and draft.spec.kind == "facility")
        always = SELF if itself else draft.spec.subject
        if value != always and (field is None or field.type.name != kind):
            fits = [path for path, f in found.fields.items() if f.type.name == kind]
            problems.append(
                place.problem(f"{kind}：没有{kind}类型的字段“{value}”{suggest(value, [always, *fits])}", kind)
            )
    if spec.upto and (spec.upto not in found.fields or found.fields[spec.upto].type.name != "date"):
        problems.append(place.problem(f"upto：没有日期字段“{spec.upto}”", "upto"))
    return Lookup(
        placed.key, spec.form, spec.take, spec.person, spec.household, spec.facility, spec.record, spec.role,
        tuple(spec.same), spec.upto, spec.where, states, spec.field, spec.office,
    )  # fmt: skip


def _key_table(
    place: Place, keys: Iterable[str], draft: Draft, found: Resolved, problems: list[CatalogProblem]
) -> str:
    """The table whose rows the key is about; every part must be the subject, a field or a column."""
    tables: set[str] = set()
    for key in keys:
        table, _, column = key.rpartition(".")
        if key == draft.spec.subject or key in found.fields:
            tables |= {table} if table else set()
        elif table in found.tables and column == "person" and found.tables[table].from_household:
            tables.add(table)
        else:
            valid = [draft.spec.subject, *found.fields, *(f"{t}.person" for t in found.tables)]
            problems.append(place.problem(f"keys：没有“{key}”{nearest(key, valid)}", "keys"))
    if len(tables) > 1:
        problems.append(place.problem("一个唯一键只能用一个表的列", "keys"))
    return next(iter(tables), "")


def _import(
    draft: Draft, found: Resolved, workflow: Workflow, problems: list[CatalogProblem]
) -> Import | None:
    placed = draft.import_
    if placed is None:
        return None
    spec, place = placed.spec, placed.place
    headers: dict[str, tuple[str, ...]] = {}
    for path, value in _flatten(spec.headers):
        if isinstance(value, list) and all(isinstance(title, str) for title in value):
            headers[path] = tuple(value)
        else:
            problems.append(place.problem(f"{path} = […] 里写表头的叫法，每个加引号", f"headers.{path}"))
    for path in [*headers, *spec.match]:
        wrong = path_mistake(path, draft, found.fields, found.tables)
        if wrong:
            problems.append(place.problem(wrong, f"headers.{path}" if path in headers else "match"))
    for key in spec.set:
        if key not in found.fields:
            problems.append(place.problem(f"set：没有字段“{key}”{nearest(key, found.fields)}", "set"))
        elif wrongs := found.fields[key].check(spec.set[key]):
            problems.append(place.problem(f"set：{wrongs[0].message}", "set"))
    for table in spec.split:
        if table not in found.tables:
            problems.append(place.problem(f"split：没有表“{table}”{nearest(table, found.tables)}", "split"))
    if spec.state and spec.state not in workflow.states:
        problems.append(
            place.problem(f"没有状态“{spec.state}”{suggest(spec.state, workflow.states)}", "state")
        )
    return Import(tuple(spec.match), spec.state, dict(spec.set), dict(spec.split), headers)


def path_mistake(path: str, draft: Draft, fields: Mapping[str, Field], tables: Iterable[str]) -> str:
    """What is wrong with a path that names a field, a column, a subject's attribute or an account's part."""
    root, _, rest = path.partition(".")
    if path in fields:
        return ""
    roots: dict[str, Iterable[str]] = {
        "person": PERSON, "head": PERSON, "household": HOUSEHOLD, "facility": FACILITY, "account": ACCOUNT,
        "village": (),
    }  # fmt: skip
    field = fields.get(root)
    if field is not None and rest and field.type.name in ("person", "household", "facility", "account"):
        known: Iterable[str] = [
            *{"person": PERSON, "household": HOUSEHOLD, "facility": FACILITY, "account": ACCOUNT}[
                field.type.name
            ]
        ]
    elif root in roots:
        known = roots[root]
        if not rest:
            return ""
    elif root in tables:
        known = [p.rpartition(".")[2] for p in fields if p.startswith(f"{root}.")]
        known = [*known, *(name for name in PERSON if draft.spec.subject == "household")]
    else:
        return f"没有“{path}”{nearest(path, [*fields, *roots])}"
    return "" if rest in known else f"没有“{path}”{nearest(rest, known)}"


def _flatten(table: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
