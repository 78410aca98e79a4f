"""From a draft's field lines to Fields: types, code lists, bounds and defaults looked up and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from minzheng_desktop.catalog.assembly import Draft, DraftSection, Placed
from minzheng_desktop.catalog.decode import words
from minzheng_desktop.catalog.field_choices import Choice, ListOf, YesNo
from minzheng_desktop.catalog.field_numbers import DecimalNumber
from minzheng_desktop.catalog.field_types import FIELD_TYPES, SPECIAL_KEYS
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Section, Table
from minzheng_desktop.catalog.problems import CatalogProblem, nearest, suggest
from minzheng_desktop.catalog.registers import FACILITY, HOUSEHOLD, MEMBERSHIP, PERSON, Attribute
from minzheng_desktop.catalog.shelf import Place, Shelf
from minzheng_desktop.catalog.spec import FieldSpec
from minzheng_desktop.catalog.workflow import ROLES, Workflow

#: Words that cel keeps for itself; a field of this name could not be used in a condition.
CEL_WORDS = frozenset(
    "as break const continue else false for function if import in let loop null package namespace return true"
    " var void while and or not".split()
)
#: Names that conditions give another meaning.
SPECIAL_NAMES = frozenset(
    {"row", "today", "this_month", "state", "person", "household", "facility", "stated", "id", "key"}
)
#: Date defaults that stand for the day on which the record is made.
TODAY_DEFAULTS: Mapping[str, str] = {"date": "today", "month": "this_month"}


_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def start_of(field: Field, today: date) -> Any:
    """What a new record's field starts with on a day: its default, `today` and `this_month` as that day says; None
    when it has none."""
    word = TODAY_DEFAULTS.get(field.type.name)
    if word is not None and field.default == word:
        return today.isoformat()[: 10 if word == "today" else 7]
    return list(field.default) if isinstance(field.default, list) else field.default


class Resolved(msgspec.Struct):
    """sections, fields (by path) and tables of one form, with the place of each field for later messages."""

    sections: list[Section]
    fields: dict[str, Field]
    tables: dict[str, Table]
    places: dict[str, Place]
    section_places: list[Place]
    problems: list[CatalogProblem]


def resolve_fields(draft: Draft, workflow: Workflow, shelf: Shelf) -> Resolved:
    """All fields of a draft."""
    out = Resolved([], {}, {}, {}, [], [])
    for section in draft.sections:
        _resolve_section(draft, section, workflow, shelf, out)
    for path, field in out.fields.items():
        if field.type.name == "row" and field.of not in out.tables:
            out.problems.append(
                out.places[path].problem(
                    f"of 要写本表单的一个表，没有“{field.of}”{suggest(field.of, out.tables)}"
                )
            )
        out.problems += _check_feeds(out, field, draft.spec.subject)
    return out


def _resolve_section(
    draft: Draft, section: DraftSection, workflow: Workflow, shelf: Shelf, out: Resolved
) -> None:
    spec, place = section.spec, section.place
    out.problems += _check_section(section, workflow, shelf)
    found: dict[str, Field] = {}
    if spec.table:
        found |= _copied(section, draft, shelf, out)
    for placed in section.fields:
        field, problems = _resolve_field(placed, spec.table, draft, workflow, shelf)
        if placed.key in found:
            problems.append(placed.place.problem(f"“{placed.key}”已由 copy 从户口成员带来，不要再写"))
        out.problems += problems
        if field is not None:
            found[placed.key] = field
            out.places[field.path] = placed.place
    out.fields.update({field.path: field for field in found.values()})
    if spec.table:
        out.tables[spec.table] = Table(
            spec.table, spec.title or spec.table, found, spec.from_ == "household", tuple(spec.copy),
            spec.min_rows, spec.max_rows, tuple(spec.unique), spec.entry,
        )  # fmt: skip
    out.sections.append(
        Section(
            spec.title, tuple(found), spec.table, spec.relevant, tuple(spec.edit_by), tuple(spec.edit_in),
            tuple(spec.shared), section.block, place.file.source.origin,
        )
    )  # fmt: skip
    out.section_places.append(place)


def _check_section(section: DraftSection, workflow: Workflow, shelf: Shelf) -> list[CatalogProblem]:
    spec, place = section.spec, section.place
    problems: list[CatalogProblem] = []
    if not spec.title and not spec.table:
        problems.append(place.problem("这一段没有 title"))
    if spec.from_ not in ("", "household"):
        problems.append(place.problem(f"from 只能是 household，写成了“{spec.from_}”", "from"))
    if spec.copy and spec.from_ != "household":
        problems.append(place.problem('copy 只用于 from = "household" 的表', "copy"))
    if not spec.table and (spec.unique or spec.min_rows or spec.from_):
        problems.append(place.problem("from、min_rows、unique 只用于表（table = …）"))
    if spec.table and not _KEY.fullmatch(spec.table):
        problems.append(place.problem(f"表名“{spec.table}”只能用英文小写、数字和单个下划线", "table"))
    if spec.table in SPECIAL_NAMES | CEL_WORDS:
        problems.append(place.problem(f"表名“{spec.table}”另有用处，换一个", "table"))
    if not 0 <= spec.min_rows <= spec.max_rows:
        problems.append(place.problem(f"min_rows {spec.min_rows} 大于 max_rows {spec.max_rows}", "min_rows"))
    columns = {placed.key for placed in section.fields} | set(spec.copy) | {"person"}
    for column in (part for together in spec.unique for part in together.split("+")):
        if column not in columns:
            problems.append(place.problem(f"unique：没有列“{column}”{suggest(column, columns)}", "unique"))
    for path in spec.shared:
        root, _, attribute = path.partition(".")
        known: Mapping[str, Attribute] = {"person": PERSON, "household": HOUSEHOLD, "facility": FACILITY}.get(
            root, {}
        )
        if attribute not in known:
            problems.append(place.problem(f"shared：没有登记项“{path}”{nearest(attribute, known)}", "shared"))
    problems += _states(place, "edit_in", spec.edit_in, workflow, _other_states(place, shelf))
    problems += _roles(place, spec.edit_by)
    return problems


def _roles(place: Place, roles: Iterable[str]) -> list[CatalogProblem]:
    return [
        place.problem(f"edit_by：没有角色“{role}”{suggest(role, ROLES)}", "edit_by")
        for role in roles
        if role not in ROLES
    ]


def _copied(section: DraftSection, draft: Draft, shelf: Shelf, out: Resolved) -> dict[str, Field]:
    """Columns that a household table keeps from its members."""
    fields: dict[str, Field] = {}
    known = {**PERSON, **MEMBERSHIP}
    table, place = section.spec.table, section.place
    for name in section.spec.copy:
        attribute = known.get(name)
        if attribute is None or name == "id":
            out.problems.append(place.problem(f"copy：没有登记项“{name}”{nearest(name, known)}", "copy"))
            continue
        codes = shelf.codes.get(attribute.choices) if attribute.choices else None
        if attribute.choices and codes is None:
            out.problems.append(
                shelf.missing(place, "codes", "代码表", attribute.choices, shelf.codes, "copy")
            )
        fields[name] = Field(
            key=name,
            path=f"{table}.{name}",
            table=table,
            label=attribute.label,
            type=FIELD_TYPES[attribute.field_type],
            choices=codes,
            copied=True,
            read_only=True,
            privacy="sensitive" if name in ("id_number", "phone") else draft.spec.privacy,
            origin=place.file.source.origin,
            file=place.file.source.name,
            line=place.file.lines.line_of(place.path),
        )
        out.places[f"{table}.{name}"] = place
    return fields


def _resolve_field(
    placed: Placed[FieldSpec], table: str, draft: Draft, workflow: Workflow, shelf: Shelf
) -> tuple[Field | None, list[CatalogProblem]]:
    spec, place = placed.spec, placed.place
    problems = _check_key(placed, table)
    kind = FIELD_TYPES.get(spec.type)
    if kind is None:
        problems.append(place.problem(f"不认识的类型“{spec.type}”{suggest(spec.type, FIELD_TYPES)}", "type"))
        return None, problems
    for key in sorted(SPECIAL_KEYS - kind.keys):
        if getattr(spec, key) not in (None, "", []):
            problems.append(place.problem(f"类型 {spec.type} 不用 {key}", key))
    codes = None
    if "choices" in kind.keys:
        codes = shelf.codes.get(spec.choices)
        if not spec.choices:
            problems.append(place.problem(f"类型 {spec.type} 要写 choices（代码表的名字）"))
        elif codes is None:
            problems.append(shelf.missing(place, "codes", "代码表", spec.choices, shelf.codes, "choices"))
    if spec.pattern:
        try:
            re.compile(spec.pattern)
        except re.error as error:
            problems.append(place.problem(f"pattern 不是正确的正则式（{error}）", "pattern"))
    if spec.calculation and (spec.default is not None or spec.filled_by or spec.required):
        problems.append(
            place.problem("calculation 的字段由程序计算，不能再写 default、required 或 filled_by")
        )
    others = _other_states(place, shelf)
    problems += _states(
        place, "required_at", [spec.required_at] if spec.required_at else [], workflow, others
    )
    problems += _states(place, "edit_in", spec.edit_in, workflow, others)
    problems += _roles(place, spec.edit_by)
    field = Field(
        key=placed.key,
        path=f"{table}.{placed.key}" if table else placed.key,
        table=table,
        label=spec.label or placed.key,
        type=kind,
        hint=spec.hint,
        required=spec.required is True or bool(spec.required_at and spec.required is False),
        required_if=spec.required if isinstance(spec.required, str) else "",
        required_at=spec.required_at,
        relevant=spec.relevant,
        constraint=spec.constraint,
        constraint_message=spec.constraint_message,
        pattern=spec.pattern,
        calculation=spec.calculation,
        filled_by=spec.filled_by,
        keep=spec.keep,
        read_only=spec.read_only,
        hidden=spec.hidden,
        choices=codes,
        kinds=tuple(spec.kinds),
        forms=words(spec.form),
        of=spec.of,
        digits=(2 if spec.digits is None else spec.digits) if isinstance(kind, DecimalNumber) else 0,
        unit=spec.unit,
        edit_by=tuple(spec.edit_by),
        edit_in=tuple(spec.edit_in),
        privacy=spec.privacy or draft.spec.privacy,
        feeds=spec.feeds,
        since=spec.since,
        renamed_from=spec.renamed_from,
        retired=bool(spec.retired),
        origin=placed.origin,
        file=place.file.source.name,
        line=place.file.lines.line_of(place.path),
    )
    bounds, wrong = _bounds(field, spec, place)
    problems += wrong
    field = msgspec.structs.replace(field, minimum=bounds[0], maximum=bounds[1])
    default, wrong = _default(field, spec.default, place)
    problems += wrong
    return msgspec.structs.replace(field, default=default), problems


def _check_key(placed: Placed[FieldSpec], table: str) -> list[CatalogProblem]:
    key, place = placed.key, placed.place
    if not _KEY.fullmatch(key):
        return [place.problem(f"字段名“{key}”只能用英文小写、数字和单个下划线，以字母开头")]
    if key in CEL_WORDS:
        return [place.problem(f"字段名“{key}”是条件语言的保留字，换一个")]
    if key in SPECIAL_NAMES or (table and key == "person"):
        return [place.problem(f"字段名“{key}”在条件里另有意思，换一个")]
    if not placed.spec.label:
        return [place.problem("label 不能是空的", "label")]
    return []


def _check_feeds(out: Resolved, field: Field, subject: str) -> list[CatalogProblem]:
    """`feeds` names an attribute of the subject (person.x) or of whom a person field of the form names (man.x)."""
    if not field.feeds:
        return []
    place = out.places[field.path]
    root, _, attribute = field.feeds.partition(".")
    named = out.fields.get(root)
    if not (root == subject == "person") and (named is None or named.type.name != "person"):
        return [
            place.problem(
                f"feeds 写成 person.登记项，或本表单的人员字段.登记项，写成了“{field.feeds}”", "feeds"
            )
        ]
    if attribute not in PERSON or attribute == "id":
        return [place.problem(f"feeds：没有登记项“{field.feeds}”{nearest(attribute, PERSON)}", "feeds")]
    return [place.problem("feeds 不用于表的列", "feeds")] if field.table else []


def _states(
    place: Place, key: str, states: Iterable[str], workflow: Workflow, elsewhere: Iterable[str] = ()
) -> list[CatalogProblem]:
    """Words that are no state of the workflow. A shared block may also name states of other workflows."""
    return [
        place.problem(f"{key}：流程“{workflow.title}”没有状态“{state}”{suggest(state, workflow.states)}", key)
        for state in states
        if state not in workflow.states and state not in elsewhere and not workflow.states_in(state)
    ]


def _other_states(place: Place, shelf: Shelf) -> frozenset[str]:
    if place.file.source.kind != "shared":
        return frozenset()
    return frozenset(state for flow in shelf.workflows.values() for state in flow.states)


def _bounds(
    field: Field, spec: FieldSpec, place: Place
) -> tuple[tuple[int | None, int | None], list[CatalogProblem]]:
    problems: list[CatalogProblem] = []
    scale = field.type.scale(field) if hasattr(field.type, "scale") else 1
    found: list[int | None] = []
    for key, value in (("min", spec.min), ("max", spec.max)):
        if value is None:
            found.append(None)
            continue
        scaled = Decimal(repr(value)) * scale
        if scaled != scaled.to_integral_value():
            problems.append(place.problem(f"{key} = {value} 的小数位数太多", key))
        found.append(int(scaled))
    if found[0] is not None and found[1] is not None and found[0] > found[1]:
        problems.append(place.problem(f"min {spec.min} 大于 max {spec.max}", "min"))
    return (found[0], found[1]), problems


def _default(field: Field, raw: Any, place: Place) -> tuple[Any, list[CatalogProblem]]:
    """The default as stored: yuan become cents, a code must be in its list."""
    if raw is None:
        return None, []
    if TODAY_DEFAULTS.get(field.type.name) == raw:
        return raw, []
    value = raw
    if hasattr(field.type, "scale") and isinstance(raw, (int, float)) and not isinstance(raw, bool):
        scaled = Decimal(repr(raw)) * field.type.scale(field)
        value = int(scaled) if scaled == scaled.to_integral_value() else raw
    problems = field.type.check(field, value)
    if not problems:
        return value, []
    message = problems[0].message
    if isinstance(field.type, (Choice, ListOf)) and field.choices is not None and isinstance(raw, str):
        message += nearest(raw, field.choices.items)
    if isinstance(field.type, YesNo):
        message += "；写 true 或 false，不加引号"
    return None, [place.problem(f"default：{message}", "default")]
