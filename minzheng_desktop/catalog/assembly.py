"""From files to a draft of each form: sections in order, shared blocks inserted, overlays laid on.

Every named thing keeps its Place, so that a message about a shared block or a county's overlay names that
file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import msgspec

from minzheng_desktop.catalog import spec as s
from minzheng_desktop.catalog.decode import decode, decode_table
from minzheng_desktop.catalog.problems import CatalogProblem, nearest, suggest
from minzheng_desktop.catalog.shelf import Place, Shelf
from minzheng_desktop.catalog.toml_errors import TomlFile

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True)
class Placed(Generic[T]):
    """A named thing with its place."""

    key: str
    spec: T
    place: Place

    @property
    def origin(self) -> str:
        return self.place.file.source.origin


@dataclass(frozen=True)
class DraftSection:
    spec: s.SectionSpec
    place: Place
    fields: tuple[Placed[s.FieldSpec], ...]
    block: str = ""


@dataclass
class Draft:
    """A form before anything in it is looked up."""

    spec: s.FormSpec
    place: Place
    area: str
    sections: list[DraftSection]
    lookups: dict[str, Placed[s.LookupSpec]] = field(default_factory=dict)
    uniques: dict[str, Placed[s.UniqueSpec]] = field(default_factory=dict)
    rules: dict[str, Placed[s.RuleSpec]] = field(default_factory=dict)
    reminders: dict[str, Placed[s.ReminderSpec]] = field(default_factory=dict)
    ledgers: dict[str, Placed[s.LedgerSpec]] = field(default_factory=dict)
    documents: dict[str, Placed[s.DocumentSpec]] = field(default_factory=dict)
    schedules: dict[str, Placed[s.ScheduleSpec]] = field(default_factory=dict)
    benefit: Placed[s.BenefitSpec] | None = None
    import_: Placed[s.ImportSpec] | None = None
    grid: Placed[s.GridSpec] | None = None
    overlays: tuple[str, ...] = ()
    #: The draft without the last overlay, in force while the overlay turns out to be mistaken.
    beneath: Draft | None = None

    def copy(self) -> Draft:
        """A draft that can be changed without changing this one."""
        return replace(
            self, sections=list(self.sections), rules=dict(self.rules), reminders=dict(self.reminders)
        )


def read_block(file: TomlFile) -> tuple[list[DraftSection], list[CatalogProblem]]:
    """The sections of a file of forms/shared."""
    spec, problems = decode(file, "", file.data, s.BlockFileSpec)
    if spec is None:
        return [], problems
    sections, wrong = _sections(file, spec.section, {}, Shelf(), block=file.source.key)
    return sections, problems + wrong


def read_form(
    file: TomlFile, area: str, blocks: Mapping[str, list[DraftSection]], shelf: Shelf
) -> tuple[Draft | None, list[CatalogProblem]]:
    """The draft of a form file, or its problems."""
    spec, problems = decode(file, "", file.data, s.FormSpec)
    if spec is None:
        return None, problems
    sections, wrong = _sections(file, spec.section, blocks, shelf)
    problems += wrong
    draft = Draft(spec, Place(file, ""), area, sections)
    problems += _named(file, "lookup", spec.lookup, s.LookupSpec, draft.lookups)
    problems += _named(file, "unique", spec.unique, s.UniqueSpec, draft.uniques)
    problems += _named(file, "rule", spec.rule, s.RuleSpec, draft.rules)
    problems += _named(file, "reminder", spec.reminder, s.ReminderSpec, draft.reminders)
    problems += _named(file, "ledger", spec.ledger, s.LedgerSpec, draft.ledgers)
    problems += _named(file, "document", spec.document, s.DocumentSpec, draft.documents)
    problems += _named(file, "schedule", spec.schedule, s.ScheduleSpec, draft.schedules)
    draft.benefit = _single(file, "benefit", spec.benefit, s.BenefitSpec, problems)
    draft.import_ = _single(file, "import", spec.import_, s.ImportSpec, problems)
    draft.grid = _single(file, "grid", spec.grid, s.GridSpec, problems)
    problems += _twice(draft)
    if not spec.section:
        problems.append(file.at("", "表单至少要有一个 [[section]]"))
    return (None if problems else draft), problems


def lay_overlay(
    base: Draft, file: TomlFile, blocks: Mapping[str, list[DraftSection]], shelf: Shelf
) -> tuple[Draft | None, list[CatalogProblem]]:
    """The draft with a county's overlay laid on, or the overlay's problems; ``base`` stays as it is."""
    spec, problems = decode(file, "", file.data, s.OverlaySpec)
    if spec is None:
        return None, problems
    draft = base.copy()
    if spec.title:
        draft.spec = msgspec.structs.replace(draft.spec, title=spec.title)
    added, wrong = _sections(file, spec.section, blocks, shelf)
    problems += wrong
    for section in added:
        if section.spec.table and not section.spec.table.startswith("x_"):
            problems.append(section.place.problem(f"自加的表“{section.spec.table}”要以 x_ 开头", "table"))
        for placed in section.fields:
            if not placed.key.startswith("x_") and not section.spec.table.startswith("x_"):
                problems.append(
                    placed.place.problem(f"自加的字段“{placed.key}”要以 x_ 开头，免得与以后的版本相撞")
                )
        at = _position(draft, section, problems)
        draft.sections.insert(at, section)
    for key, raw in spec.change.items():
        change, wrong = decode(file, f"change.{key}", raw, s.FieldChange)
        problems += wrong
        if change is not None:
            problems += _change(draft, Place(file, f"change.{key}"), key, change)
    for name, table in (("rule", spec.rule), ("reminder", spec.reminder)):
        for key in table:
            if not key.startswith("x_"):
                problems.append(file.at(f"{name}.{key}", f"自加的“{key}”要以 x_ 开头"))
    problems += _named(file, "rule", spec.rule, s.RuleSpec, draft.rules)
    problems += _named(file, "reminder", spec.reminder, s.ReminderSpec, draft.reminders)
    problems += _twice(draft)
    draft.overlays = (*base.overlays, file.source.name)
    return (None if problems else draft), problems


def _position(draft: Draft, section: DraftSection, problems: list[CatalogProblem]) -> int:
    after = section.spec.after
    if not after:
        return len(draft.sections)
    for at, known in enumerate(draft.sections):
        if after in (known.spec.title, known.spec.table):
            return at + 1
    names = [name for known in draft.sections for name in (known.spec.title, known.spec.table) if name]
    problems.append(section.place.problem(f"after：没有标题或表“{after}”{suggest(after, names)}", "after"))
    return len(draft.sections)


def _change(draft: Draft, place: Place, key: str, change: s.FieldChange) -> list[CatalogProblem]:
    table, _, name = key.rpartition(".")
    changes = {
        field.name: getattr(change, field.name)
        for field in msgspec.structs.fields(s.FieldChange)
        if getattr(change, field.name) is not None
    }
    for at, section in enumerate(draft.sections):
        if section.spec.table != table:
            continue
        for index, placed in enumerate(section.fields):
            if placed.key == name:
                changed = replace(placed, spec=msgspec.structs.replace(placed.spec, **changes))
                fields = (*section.fields[:index], changed, *section.fields[index + 1 :])
                draft.sections[at] = replace(section, fields=fields)
                return []
    names = [
        f"{sec.spec.table}.{placed.key}" if sec.spec.table else placed.key
        for sec in draft.sections
        for placed in sec.fields
    ]
    return [place.problem(f"没有字段“{key}”{nearest(key, names)}")]


def _sections(
    file: TomlFile,
    raw: list[dict[str, Any]],
    blocks: Mapping[str, list[DraftSection]],
    shelf: Shelf,
    block: str = "",
) -> tuple[list[DraftSection], list[CatalogProblem]]:
    sections: list[DraftSection] = []
    problems: list[CatalogProblem] = []
    for number, item in enumerate(raw):
        place = Place(file, f"section.{number}")
        spec, wrong = decode(file, place.path, item, s.SectionSpec)
        problems += wrong
        if spec is None:
            continue
        if spec.block:
            if spec.field or spec.table:
                problems.append(place.problem("插入公共段（block）的段里不能再写字段或表", "block"))
            for name in spec.block:
                key, _, title = name.partition(":")
                if key not in blocks:
                    problems.append(shelf.missing(place, "shared", "公共段", key, blocks, "block"))
                    continue
                titles = [part.spec.title for part in blocks[key]]
                if title and title not in titles:
                    problems.append(
                        place.problem(f"公共段“{key}”里没有“{title}”{suggest(title, titles)}", "block")
                    )
                sections += [part for part in blocks[key] if title in ("", part.spec.title)]
            continue
        fields: dict[str, s.FieldSpec] = {}
        for key, line in spec.field.items():
            value, wrong = decode(file, f"{place.path}.field.{key}", line, s.FieldSpec)
            problems += wrong
            if value is not None:
                fields[key] = value
        placed = tuple(Placed(key, value, place.below(f"field.{key}")) for key, value in fields.items())
        sections.append(DraftSection(spec, place, placed, block))
    return sections, problems


def _named(
    file: TomlFile, name: str, raw: dict[str, Any], kind: type[T], target: dict[str, Placed[T]]
) -> list[CatalogProblem]:
    found, problems = decode_table(file, name, raw, kind)
    for key, value in found.items():
        target[key] = Placed(key, value, Place(file, f"{name}.{key}"))
    return problems


def _single(
    file: TomlFile, name: str, raw: dict[str, Any] | None, kind: type[T], problems: list[CatalogProblem]
) -> Placed[T] | None:
    if raw is None:
        return None
    value, wrong = decode(file, name, raw, kind)
    problems += wrong
    return Placed(name, value, Place(file, name)) if value is not None else None


def _twice(draft: Draft) -> list[CatalogProblem]:
    """TOML refuses a key twice in one section; across sections it is noticed here."""
    problems: list[CatalogProblem] = []
    seen: dict[str, Place] = {}
    for section in draft.sections:
        table = section.spec.table
        if table:
            if table in seen:
                problems.append(section.place.problem(f"“{table}”已在{_where(seen[table])}用过", "table"))
            seen[table] = section.place
        for placed in section.fields:
            path = f"{table}.{placed.key}" if table else placed.key
            if path in seen:
                problems.append(placed.place.problem(f"字段“{placed.key}”已在{_where(seen[path])}写过"))
            seen[path] = placed.place
    return problems


def _where(place: Place) -> str:
    return f" {place.file.source.name} 第 {place.file.lines.line_of(place.path)} 行"
