"""What the generated editor needs to know of a form: sub-tabs, sections, fields and tables as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..kit.cells import Chip
from ..kit.strips import StepMark

Doc = dict[str, Any]


@dataclass(frozen=True)
class FieldLine:
    """One field: its path is the key, or ``table.key`` for a column of a sub-table."""

    path: str
    key: str
    label: str
    type: str
    hint: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    digits: int = 2
    least: int | None = None
    most: int | None = None
    read_only: bool = False
    computed: bool = False
    """Shown as text, never typed: a calculation or an amount filled by a money rule."""
    kinds: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    of: str = ""
    default: Any = None
    keep: bool = False
    sensitive: bool = False

    @property
    def wide(self) -> bool:
        """Whether the field takes the whole row of the form."""
        return self.type in ("note", "names", "files", "account", "choices", "location")


@dataclass(frozen=True)
class TableLine:
    """A sub-table; rows of ``from_household`` are members of the household."""

    key: str
    title: str
    columns: tuple[FieldLine, ...]
    from_household: bool = False
    copied: tuple[FieldLine, ...] = ()
    """Attributes copied from the register, shown and never typed."""
    least: int = 0
    most: int = 50


@dataclass(frozen=True)
class SectionLine:
    """A titled group of fields, or one sub-table."""

    title: str
    fields: tuple[FieldLine, ...] = ()
    table: TableLine | None = None


@dataclass(frozen=True)
class TabLine:
    """One sub-tab of the editor."""

    title: str
    sections: tuple[SectionLine, ...]


@dataclass(frozen=True)
class Outline:
    """A form as the editor draws it."""

    form: str
    title: str
    subject: str
    tabs: tuple[TabLine, ...]
    event: bool = False
    """An event is entered one after another: saving one starts the next."""
    subject_required: bool = True
    """Whether somebody must be chosen; goods may come in, somebody unknown may be helped."""
    economy: bool = False
    """Whether the form has the household economy page (members and incomes)."""

    def field_lines(self) -> dict[str, FieldLine]:
        """Every field by path, columns of sub-tables included."""
        found: dict[str, FieldLine] = {}
        for tab in self.tabs:
            for section in tab.sections:
                for line in section.fields + (section.table.columns if section.table else ()):
                    found[line.path] = line
        return found


@dataclass(frozen=True)
class PersonBrief:
    """A person where a person is named: 姓名 性别 出生年 村 together."""

    id: str
    name: str
    sex: str = ""
    birth_date: str = ""
    village: str = ""
    masked_number: str = ""
    facts: str = ""
    """男 · 1965-03-12 · 61 岁"""

    @property
    def line(self) -> str:
        """男 · 1965 · 白果村"""
        return " · ".join(part for part in (self.sex, self.birth_date[:4], self.village) if part)


@dataclass(frozen=True)
class FieldProblem:
    """A problem beside its field; ``path`` is a field or ``table.row.field``."""

    path: str
    level: str
    message: str
    code: str = ""
    needs_reason: bool = False
    """A warning that can be passed, but only with a reason that is kept."""


@dataclass(frozen=True)
class Judgement:
    """What the form says about a document: values, what is relevant and required, problems, the amount."""

    values: Mapping[str, Any] = field(default_factory=dict)
    relevant: frozenset[str] | None = None
    """None means every field."""
    required: frozenset[str] = frozenset()
    problems: tuple[FieldProblem, ...] = ()
    amount: tuple[str, str, str] | None = None
    """(title, 1,234.50, 大写) of the money strip."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Computed values as words, by path (``table.row.field`` in tables)."""


@dataclass(frozen=True)
class RecordView:
    """One record as the editor opens it; ``id`` is '' while it is new."""

    outline: Outline
    id: str
    title: str
    chip: Chip | None
    facts: str
    doc: Doc
    steps: tuple[StepMark, ...] = ()
    ways: tuple[tuple[str, str, str], ...] = ()
    """(step, word, role) each."""
    primary: str = ""
    editable: bool = True
    subject: PersonBrief | None = None
    people: Mapping[str, PersonBrief] = field(default_factory=dict)
    restored: str = ""
    unknown: str = ""
    """What the document holds that this office does not know yet, in words."""
    """When a draft was brought back, the sentence that says so."""
    why_closed: str = ""
    """Why it cannot be edited now."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Reasons already written for warnings, by path and code."""
    told: tuple[FieldProblem, ...] = ()
    """What the last save or step said against it, shown until the next save."""


AddPerson = Callable[[Mapping[str, str], Callable[[PersonBrief], None], Callable[[str, str], None]], None]
"""(name, id_number, village, phone), what to do with the new person, what to do with a (field, sentence) refusal."""


@dataclass
class Sources:
    """What editors ask for besides the document: today, villages, people, records and files."""

    today: date
    villages: Sequence[tuple[str, str]] = ()
    find_people: Callable[[str, Callable[[Sequence[PersonBrief]], None]], None] = lambda _text, done: done(())
    add_person: AddPerson | None = None
    find_records: Callable[
        [tuple[str, ...], tuple[str, ...], str, Callable[[Sequence[tuple[str, str]]], None]], None
    ] = lambda _forms, _kinds, _text, done: done(())
    name_record: Callable[[str], str] = lambda record: record
    reveal: Callable[[str], None] = lambda _path: None
    reveal_person: Callable[[str, Callable[[str], None]], None] = lambda _person, done: done("")
    attach: Callable[[str, Callable[[str, str], None]], None] | None = None
    look: Callable[[str, tuple[str, ...], Callable[[int, str], None] | None], None] | None = None
    """Show attachments by digest, under the name of their field; the last is told which one is removed, and why."""
    explain: Callable[[str, str], None] = lambda _key, _reason: None
    """Keep a reason with the record."""
    initials: Callable[[str], str] = lambda text: ""
