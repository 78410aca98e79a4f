"""Standing rules that find people who look entitled and do not receive (主动发现), as data.

A file of resources/discover holds ``[fact]`` lines, what is known of a person from other records, and ``[rule.key]``
tables: which benefit (``form``), of whom it is asked at all (``among``), the condition (``when``), and the sentence
that names the facts that led to it (``reason``). Source: domain §2.10 (申请渠道 4 主动发现), §3–5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from minzheng_desktop.catalog.codes import CodeList
from minzheng_desktop.catalog.conditions import types as t
from minzheng_desktop.catalog.conditions.checker import check_condition
from minzheng_desktop.catalog.conditions.condition import Condition
from minzheng_desktop.catalog.conditions.functions import functions_for
from minzheng_desktop.catalog.conditions.scope import Entry, Scope
from minzheng_desktop.catalog.conditions.types import Type
from minzheng_desktop.catalog.decode import decode_table
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.problems import CatalogProblem, suggest
from minzheng_desktop.catalog.proof import prove_condition
from minzheng_desktop.catalog.registers import HOUSEHOLD, MEMBERSHIP, PERSON, TITLES, object_type
from minzheng_desktop.catalog.shelf import Place, Shelf
from minzheng_desktop.catalog.toml_errors import TomlFile

_PLACE = re.compile(r"\{([^{}]*)\}")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
SINCE = "since"
PARENTS = "parents"
ROW = "row_"


class FactSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    form: str
    role: str = ""
    states: str | list[str] = "active"
    take: Literal["one", "count"] = "one"
    months: int = 0


class AmongSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    age_from: int = 0
    age_below: int = 0
    has: str = ""
    drawing: list[str] = []
    known: str = ""


class RuleSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    title: str
    form: str
    when: str
    reason: str
    basis: str
    among: AmongSpec
    since: str = ""
    without: list[str] = []
    draft: dict[str, str] = {}
    change: str = ""
    alone: bool = False
    local: bool = True
    from_: str = msgspec.field(default="0001-01", name="from")
    until: str = "9999-12"


class Fact(msgspec.Struct, frozen=True):
    """What is known of a person from records of a form: the latest in these states, or how many.

    role: as which the person stands in them ('' the form's own: subject, covered or member). months: only records
    dated within so many months before today (0: all).
    """

    key: str
    form: str
    role: str
    states: frozenset[str]
    take: str
    months: int = 0


class Among(msgspec.Struct, frozen=True):
    """Of whom a rule is asked: people who reach `age_from` within two months or are older, are younger than
    `age_below`, of whom the register knows `has`, who draw one of the benefits `drawing`, of whom the fact `known`
    tells something."""

    age_from: int = 0
    age_below: int = 0
    has: str = ""
    drawing: tuple[str, ...] = ()
    known: str = ""


class Discovery(msgspec.Struct, frozen=True):
    """One rule. conditions: ``when``, ``since`` and ``draft:field``, checked; months are inclusive.

    without: forms of which an open or active record ends the matter. change: the fact whose record is to be changed,
    in place of a new one. alone: of a household's benefit only the person
    counts (参照单人户). local: only people who are registered in the county.
    """

    key: str
    title: str
    form: str
    reason: str
    basis: str
    among: Among
    facts: dict[str, Fact]
    conditions: dict[str, Condition]
    without: tuple[str, ...]
    change: str = ""
    alone: bool = False
    local: bool = True
    valid_from: str = "0001-01"
    valid_until: str = "9999-12"

    def holds_in(self, month: str) -> bool:
        """Whether the rule is in force in a month ('YYYY-MM')."""
        return self.valid_from <= month <= self.valid_until


def read_discoveries(
    file: TomlFile, forms: Mapping[str, Form], shelf: Shelf
) -> tuple[dict[str, Discovery], list[CatalogProblem]]:
    """The sound rules of a file; one that names a refused form says for whom it waits."""
    fact_specs, problems = decode_table(file, "fact", file.data.get("fact", {}), FactSpec)
    specs, wrong = decode_table(file, "rule", file.data.get("rule", {}), RuleSpec)
    problems += wrong
    facts: dict[str, Fact] = {}
    for key, spec in fact_specs.items():
        place = Place(file, f"fact.{key}")
        form = forms.get(spec.form)
        if form is None:
            problems.append(shelf.missing(place, "form", "表单", spec.form, forms, "form"))
            continue
        states = form.workflow.states_in(spec.states)
        if not states:
            problems.append(place.problem(f"states：表单“{spec.form}”没有这样的状态", "states"))
        facts[key] = Fact(key, spec.form, spec.role, states, spec.take, spec.months)
    found: dict[str, Discovery] = {}
    for key, rule in specs.items():
        made, wrong = _read_rule(Place(file, f"rule.{key}"), key, rule, facts, forms, shelf)
        problems += wrong
        if made is not None and not wrong:
            found[key] = made
    return found, problems


def _read_rule(
    place: Place, key: str, spec: RuleSpec, facts: Mapping[str, Fact], forms: Mapping[str, Form], shelf: Shelf
) -> tuple[Discovery | None, list[CatalogProblem]]:
    wrong: list[CatalogProblem] = []
    for word, names in (("form", [spec.form]), ("without", spec.without), ("among", spec.among.drawing)):
        wrong += [
            shelf.missing(place, "form", "表单", name, forms, word) for name in names if name not in forms
        ]
    for word, month in (("from", spec.from_), ("until", spec.until)):
        if not _MONTH.fullmatch(month) and month != "0001-01":
            wrong.append(place.problem(f"{word} 要写月份（2024-09），写成了“{month}”", word))
    if spec.among == AmongSpec():
        wrong.append(place.problem("among 至少写一样：age_from、age_below、has、drawing、known", "among"))
    for word, name in (("among", spec.among.known), ("change", spec.change)):
        if name and (name not in facts or facts[name].take != "one"):
            wrong.append(place.problem(f"{word}：没有查询“{name}”{suggest(name, facts)}", word))
    if spec.among.has and spec.among.has not in PERSON:
        wrong.append(place.problem(f"人员没有“{spec.among.has}”{suggest(spec.among.has, PERSON)}", "among"))
    form = forms.get(spec.form)
    if form is None:
        return None, wrong
    for name in spec.draft:
        if name not in form.fields:
            wrong.append(
                place.problem(
                    f"draft：表单“{form.title}”没有字段“{name}”{suggest(name, form.fields)}", "draft"
                )
            )
    scope = Scope(_names(facts, forms), shelf.codes, shelf.rates)
    conditions: dict[str, Condition] = {}
    asked: list[tuple[str, str, Type | None]] = [("when", spec.when, t.BOOL)]
    if spec.since:
        asked.append((SINCE, spec.since, t.DATE))
    asked += [(f"draft:{name}", source, None) for name, source in spec.draft.items()]
    for use, source, expected in asked:
        wrong += _check(place, use, source, expected, scope, conditions, shelf)
    wrong += _check_reason(place, spec, facts, forms)
    if wrong:
        return None, wrong
    used = {v.root for c in conditions.values() for v in c.variables}
    used |= {name.partition(".")[0] for name in _PLACE.findall(spec.reason)} | {spec.among.known, spec.change}
    among = Among(
        spec.among.age_from, spec.among.age_below, spec.among.has, tuple(spec.among.drawing), spec.among.known
    )
    return (
        Discovery(
            key, spec.title, spec.form, spec.reason, spec.basis, among,
            {name: fact for name, fact in facts.items() if name in used}, conditions,
            tuple(spec.without) or (() if spec.change else (spec.form,)), spec.change, spec.alone, spec.local,
            spec.from_, spec.until,
        ),
        wrong,
    )  # fmt: skip


def _names(facts: Mapping[str, Fact], forms: Mapping[str, Form]) -> dict[str, Entry]:
    names = {
        "today": Entry("special", t.DATE, label="今天", live=True),
        "this_month": Entry("special", t.MONTH, label="本月", live=True),
        "person": Entry("object", object_type("person"), label=TITLES["person"]),
        "household": Entry("object", object_type("household"), label=TITLES["household"]),
        PARENTS: Entry("table", t.list_of(t.TEXT), parent_columns(), "父母"),
    }
    for key, fact in facts.items():
        if fact.take == "count":
            names[key] = Entry("lookup", t.INT, label=key)
        else:
            names[key] = Entry(
                "object", t.object_of(fact_columns(forms[fact.form]), f"“{key}”"), label=f"“{key}”"
            )
    return names


def parent_columns() -> dict[str, Type]:
    """What is known of each parent in a child's household: attributes of the person and of the membership."""
    columns = {name: a.condition_type for name, a in {**PERSON, **MEMBERSHIP}.items()}
    return {**columns, "leave_reason": t.code("leave_reason")}


def fact_columns(form: Form) -> dict[str, Type]:
    """What is seen of a record: its own fields, and as ``row_…`` those of the person's row in a household's table;
    what it refers to is seen as an id. ``person`` is whom the record is about."""
    columns: dict[str, Type] = dict.fromkeys(("id", "state", "number", "person"), t.TEXT)
    shared = {key for key, table in form.tables.items() if table.from_household}
    for path, f in form.fields.items():
        if not f.table or f.table in shared:
            type_ = f.type.condition_type(f)
            columns[f"{ROW}{f.key}" if f.table else path] = t.TEXT if type_.kind == "object" else type_
    return columns


def _check(
    place: Place, use: str, source: str, expected: Type | None, scope: Scope, conditions: dict[str, Condition],
    shelf: Shelf,
) -> list[CatalogProblem]:  # fmt: skip
    condition, faults = check_condition(source, scope, expected)
    below = use.partition(":")[0]
    if condition is None:
        return [place.problem(f"{use} 条件第 {f.at + 1} 个字处：{f.message}", below) for f in faults]
    functions: dict[str, Any] = {**functions_for(shelf.rates, ""), "rate": _sample(shelf)}
    codes: Mapping[str, CodeList] = shelf.codes
    said = prove_condition(condition, functions, codes)
    if said:
        return [place.problem(f"{use} 条件试算不通过：{said}", below)]
    conditions[use] = condition
    return []


def _sample(shelf: Shelf) -> Any:
    samples = {"money": 100, "int": 1, "double": 1.5, "text": "样例"}
    return lambda code, on: None if on is None else samples.get(shelf.rates.type_of(code))


def _check_reason(
    place: Place, spec: RuleSpec, facts: Mapping[str, Fact], forms: Mapping[str, Form]
) -> list[CatalogProblem]:
    """Every {name} of the sentence has to be something that is known."""
    wrong = []
    for name in _PLACE.findall(spec.reason):
        root, _, rest = name.partition(".")
        fact = facts.get(root)
        known = (
            rest in PERSON if root == "person"
            else rest in HOUSEHOLD if root == "household"
            else fact is not None and fact.take == "one" and rest in fact_columns(forms[fact.form])
        )  # fmt: skip
        alone = (name == SINCE and spec.since) or name == PARENTS or (fact and fact.take == "count")
        if not known and (rest or not alone):
            wrong.append(
                place.problem(f"reason：没有“{{{name}}}”，可以写 person.、household. 和查询的字段", "reason")
            )
    return wrong
