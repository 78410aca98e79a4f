"""A form, resolved: everything that window, store, money, print and exchange know of one record type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from minzheng_desktop.catalog.conditions.condition import Condition
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.workflow import Workflow

#: Periods that a lookup's ``same`` may name beside fields.
SAME_PERIODS = ("date", "month", "year")
#: In a lookup's ``record``: the record itself, which others point to.
SELF = "self"


class Section(msgspec.Struct, frozen=True):
    """title, its fields in file order (keys), and its table if it is one; relevance is a condition's text.

    shared: register attributes (``person.phone``) shown here and saved to the register.
    """

    title: str
    fields: tuple[str, ...]
    table: str = ""
    relevant: str = ""
    edit_by: tuple[str, ...] = ()
    edit_in: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    block: str = ""
    origin: str = "shipped"


class Table(msgspec.Struct, frozen=True):
    """A sub-table. from_household: its rows are members of the household, keyed by person id."""

    key: str
    title: str
    columns: dict[str, Field]
    from_household: bool = False
    copy: tuple[str, ...] = ()
    min_rows: int = 0
    max_rows: int = 50
    unique: tuple[str, ...] = ()
    entry: str = "grid"


class Lookup(msgspec.Struct, frozen=True):
    """Other records visible in conditions; the store runs it, as of this record's date, without this record.

    Exactly one of person, household, facility, record names whose records are meant (``person``: the subject's, or a
    person field of this form; ``record``: those that point to the record that this field points to, or, as ``self``,
    to this one; ``facility``: those of a facility field, of the subject, or, as ``self``, of this facility) or, with
    ``office``, all of this office are meant.
    same: ``date``, ``month``, ``year`` or fields equal to this record's.
    states: state keys of the looked-up form's workflow. where: a condition in which ``row`` is the other record.
    take ``lowest``: the lowest that the sum of ``field``, day by day, reaches on this record's date or later.
    """

    key: str
    form: str
    take: str
    person: str = ""
    household: str = ""
    facility: str = ""
    record: str = ""
    role: str = ""
    same: tuple[str, ...] = ()
    upto: str = ""
    where: str = ""
    states: frozenset[str] = frozenset()
    field: str = ""
    office: bool = False


class Unique(msgspec.Struct, frozen=True):
    """One row in record_keys per record, or per row of ``table`` when a key is a column."""

    name: str
    keys: tuple[str, ...]
    states: frozenset[str]
    where: str = ""
    message: str = ""
    table: str = ""


class Rule(msgspec.Struct, frozen=True):
    """at: steps where it is judged; empty: at every save.

    check: the check of the library (``C10``) that judges it over all records in ``states``, month after month.
    """

    key: str
    assert_: str
    message: str
    severity: str = "error"
    at: tuple[str, ...] = ()
    check: str = ""
    states: frozenset[str] = frozenset()


#: In a payee's ``to``: handed over in notes or in kind, so that no account is needed and no bank file has it.
CASH = "cash"


class Payee(msgspec.Struct, frozen=True):
    """Who gets a part. to: ``person``, ``head``, ``facility``, ``cash`` or a field; account: the field with it."""

    to: str
    account: str = ""
    when: str = ""
    part: str = "all"


class Eligible(msgspec.Struct, frozen=True):
    """A condition of being paid, and why not where it fails."""

    assert_: str
    message: str = ""


class Benefit(msgspec.Struct, frozen=True):
    """How a form is paid. inputs: the rule's Struct fields to conditions; fills: base, extra, total to fields.

    beside: forms whose benefits the same person may draw too; what they come to reaches the rule as ``others``.
    after_death: paid because the subject has died (惠民殡葬), so that the death does not end it.
    """

    rule: str
    cycle: str
    unit: str
    states: frozenset[str]
    rates: tuple[str, ...] = ()
    inputs: dict[str, str] = {}
    fills: dict[str, str] = {}
    eligible: tuple[Eligible, ...] = ()
    payee: tuple[Payee, ...] = ()
    batch_workflow: str = ""
    beside: tuple[str, ...] = ()
    after_death: bool = False


class Column(msgspec.Struct, frozen=True):
    """kind: path, seq, blank, sign, count, sum, share, running or pivot; path and by as written after the kind."""

    kind: str
    path: str
    title: str
    by: str = ""


class Ledger(msgspec.Struct, frozen=True):
    """source: batch, records or ``table:changes`` (then ``table`` is set)."""

    key: str
    title: str
    source: str
    columns: tuple[Column, ...]
    table: str = ""
    where: str = ""
    split: str = ""
    group_by: str = ""
    order_by: tuple[str, ...] = ()
    rows: str = "record"
    totals: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()


class Block(msgspec.Struct, frozen=True):
    """kind: grid, table, text, list, note, words, opinion, photo or ruled. paths: its fields; table: its table."""

    kind: str
    title: str = ""
    paths: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    table: str = ""
    text: str = ""
    sign: tuple[str, ...] = ()
    seal: bool = False
    rows: int = 0


class CertificateField(msgspec.Struct, frozen=True):
    """One value on a pre-printed certificate; x, y, width in millimetres; words: money in capital figures."""

    key: str
    label: str
    path: str
    x: float
    y: float
    width: float
    words: bool = False
    size: float | None = None


class Document(msgspec.Struct, frozen=True):
    """page: width and height in millimetres; number: field that holds the certificate's number."""

    key: str
    title: str
    kind: str
    blocks: tuple[Block, ...]
    states: frozenset[str] = frozenset()
    page: tuple[float, float] | None = None
    number: str = ""
    fields: tuple[CertificateField, ...] = ()


class Reminder(msgspec.Struct, frozen=True):
    """date: a field, a table's column or a condition; before and overdue in days; without: key of a form.

    of: ``records`` and ``people`` have a date; ``changes`` are what the registers say of the people of a record in
    force, as ``watch`` names it: members (who lives in the household), moved (registered outside the county),
    marriage (registered since), payee (whoever takes the money, or the guardian, has died).
    """

    key: str
    title: str
    date: str
    before: int = 0
    overdue: int = 0
    states: frozenset[str] = frozenset()
    of: str = "records"
    without: str = ""
    watch: tuple[str, ...] = ()


class Import(msgspec.Struct, frozen=True):
    """match: paths that find an existing record; set: values of every row; split: table to its separators;
    headers: path to the column titles that mean it.
    """

    match: tuple[str, ...]
    state: str = ""
    set: dict[str, Any] = {}
    split: dict[str, str] = {}
    headers: dict[str, tuple[str, ...]] = {}


class Schedule(msgspec.Struct, frozen=True):
    """Records that fall due for records in force of another form.

    form: whose; every: the rate with the months of a period; target: the table's column that points to them;
    due, cycle: the fields that take the period's last day and its name (2024H2).
    """

    key: str
    form: str
    every: str
    states: tuple[str, ...] = ()
    target: str = ""
    due: str = ""
    cycle: str = ""


class Grid(msgspec.Struct, frozen=True):
    rows: str
    columns: str
    cell: str


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """record: typed column to field key. fields: path to Field, table columns as ``members.in_covered``.

    conditions: (path, use) to the checked condition; paths are fields, ``section.3``, ``rule.k``, ``step.k``,
    ``unique.k``, ``lookup.k``, ``benefit``, ``eligible.0``, ``payee.0``, ``reminder.k``; uses are relevant, required,
    constraint, calculation, assert, guard, sets:field, where, input:name, when, date.
    order: paths of fields and tables to settle (relevance, calculation) so that each comes after what it reads.
    overlays: names of the files laid over the shipped one.
    """

    key: str
    title: str
    version: int
    kind: str
    subject: str
    workflow: Workflow
    area: str
    subject_required: bool = True
    facility_kinds: tuple[str, ...] = ()
    record: dict[str, str] = {}
    number: str = ""
    basis: str = ""
    privacy: str = "ordinary"
    sections: tuple[Section, ...] = ()
    fields: dict[str, Field] = {}
    tables: dict[str, Table] = {}
    lookups: dict[str, Lookup] = {}
    uniques: dict[str, Unique] = {}
    rules: dict[str, Rule] = {}
    benefit: Benefit | None = None
    ledgers: dict[str, Ledger] = {}
    documents: dict[str, Document] = {}
    reminders: dict[str, Reminder] = {}
    import_: Import | None = None
    schedules: dict[str, Schedule] = {}
    grid: Grid | None = None
    conditions: dict[tuple[str, str], Condition] = {}
    order: tuple[str, ...] = ()
    overlays: tuple[str, ...] = ()
    origin: str = "shipped"
    file: str = ""

    @property
    def grid_entry(self) -> bool:
        """Whether many new records may be typed row by row: cases and events of one person, none of them sealed."""
        return self.subject == "person" and self.kind in ("case", "event") and self.privacy != "sealed"

    def top_fields(self) -> dict[str, Field]:
        """The fields outside tables, in screen order."""
        return {path: field for path, field in self.fields.items() if not field.table}

    def section_of(self, path: str) -> Section:
        """The section that shows a field or a table. Raises KeyError for an unknown path."""
        table, _, key = path.rpartition(".")
        for section in self.sections:
            if section.table == table and (key in section.fields or (not table and section.table == path)):
                return section
            if not table and section.table == path:
                return section
        raise KeyError(path)

    def editable(self, path: str, *, state: str, roles: Iterable[str]) -> bool:
        """Whether a person with these roles may edit the field while the record is in the state.

        The state's ``edit`` opens, then section and field narrow (by role and by state).
        """
        field = self.fields[path]
        if field.computed or field.read_only or field.retired:
            return False
        held = set(roles)
        section = self.section_of(path)
        for allowed in (self.workflow.states[state].edit, section.edit_by, field.edit_by):
            if allowed and not held.intersection(allowed):
                return False
        return all(state in allowed for allowed in (section.edit_in, field.edit_in) if allowed)

    def new_document(self) -> dict[str, Any]:
        """A document with every default filled and every table empty."""
        document: dict[str, Any] = {
            path: _copy(f.default) for path, f in self.fields.items() if not f.table and f.default is not None
        }
        document.update({table: [] for table in self.tables})
        return document

    def new_row(self, table: str, key: str) -> dict[str, Any]:
        """A row of a table with every default filled; in a household table ``key`` is the person's id."""
        target = self.tables[table]
        row: dict[str, Any] = {"key": key}
        if target.from_household:
            row["person"] = key
        row.update({k: _copy(f.default) for k, f in target.columns.items() if f.default is not None})
        return row

    def modernised(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The document with the values of renamed fields under their present keys; the same object if none."""
        renames = [f for f in self.fields.values() if f.renamed_from]
        if not renames:
            return document
        result = dict(document)
        for field in renames:
            if field.table:
                rows = result.get(field.table)
                if isinstance(rows, list):
                    result[field.table] = [_renamed(row, field.renamed_from, field.key) for row in rows]
            else:
                result = _renamed(result, field.renamed_from, field.key)
        return result

    def label(self, path: str) -> str:
        """The label of a field, ``成员 · 学校`` for a column, the title of a table; the path when unknown."""
        parts = [part for part in path.split(".") if not part.isdigit()]
        field = self.fields.get(".".join(parts))
        if field is None:
            return self.tables[parts[0]].title if parts[0] in self.tables else path
        return f"{self.tables[field.table].title} · {field.label}" if field.table else field.label


def _renamed(row: Any, old: str, new: str) -> Any:
    if not isinstance(row, Mapping):
        return row
    result = dict(row)
    if old in result and new not in result:
        result[new] = result.pop(old)
    return result


def _copy(value: Any) -> Any:
    return list(value) if isinstance(value, list) else value
