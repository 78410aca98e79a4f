"""What stands in a form file, key by key, as msgspec Structs (the form language, §2, §3 and §6).

A Struct here is one named thing as its author wrote it: nothing is looked up, no condition is read.
``form.Form`` is the resolved counterpart.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Words = str | list[str]
Level = Literal["public", "ordinary", "internal", "sensitive", "sealed"]


class FieldSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    label: str
    type: str
    hint: str = ""
    required: bool | str = False
    required_at: str = ""
    relevant: str = ""
    constraint: str = ""
    constraint_message: str = ""
    min: int | float | None = None
    max: int | float | None = None
    pattern: str = ""
    default: bool | int | float | str | list[str] | None = None
    calculation: str = ""
    filled_by: Literal["", "benefit", "program"] = ""
    keep: bool = False
    read_only: bool = False
    hidden: bool = False
    choices: str = ""
    kinds: list[str] = []
    form: Words = ""
    of: str = ""
    digits: int | None = None
    unit: str = ""
    edit_by: list[str] = []
    edit_in: list[str] = []
    privacy: Level | None = None
    feeds: str = ""
    since: int = 1
    renamed_from: str = ""
    retired: bool | str = False


class FieldChange(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What an overlay may change of a shipped field: nothing that touches stored values."""

    label: str | None = None
    hint: str | None = None
    required: bool | str | None = None
    hidden: bool | None = None
    default: bool | int | float | str | list[str] | None = None
    keep: bool | None = None
    edit_by: list[str] | None = None


class SectionSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    title: str = ""
    block: list[str] = []
    table: str = ""
    from_: str = msgspec.field(default="", name="from")
    copy: list[str] = []
    min_rows: int = 0
    max_rows: int = 50
    unique: list[str] = []
    entry: Literal["grid", "form"] = "grid"
    shared: list[str] = []
    relevant: str = ""
    edit_by: list[str] = []
    edit_in: list[str] = []
    after: str = ""
    field: dict[str, Any] = {}


class LookupSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    form: str
    person: str = ""
    household: str = ""
    facility: str = ""
    record: str = ""
    office: bool = False
    role: str = ""
    same: list[str] = []
    upto: str = ""
    where: str = ""
    states: Words = "not_void"
    take: Literal["one", "latest", "count", "sum", "lowest", "list"] = "one"
    field: str = ""


class UniqueSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    keys: list[str]
    states: Words = "not_void"
    where: str = ""
    message: str = ""


class RuleSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    assert_: str = msgspec.field(name="assert")
    message: str
    severity: Literal["error", "warning"] = "error"
    at: list[str] = []
    check: str = ""
    states: Words = "active"


class PayeeSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    to: str
    account: str = ""
    when: str = ""
    part: Literal["base", "extra", "all"] = "all"


class EligibleSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    assert_: str = msgspec.field(name="assert")
    message: str = ""


class BenefitSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    rule: str
    cycle: Literal["month", "quarter", "half", "year", "once"]
    unit: Literal["household", "person", "record"]
    states: list[str]
    rates: list[str] = []
    inputs: dict[str, str] = {}
    fills: dict[str, str] = {}
    eligible: str | list[EligibleSpec] = ""
    payee: list[PayeeSpec] = []
    batch_workflow: str = ""
    beside: list[str] = []
    after_death: bool = False


class LedgerSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    title: str
    columns: list[str]
    source: str = "records"
    where: str = ""
    split: str = ""
    group_by: str = ""
    order_by: Words = ""
    rows: str = "record"
    totals: list[str] = []
    foot: list[str] = []


class BlockSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One block of a printed document: exactly one of the kinds, with what goes with it."""

    grid: list[str] | None = None
    table: str | None = None
    columns: list[str] = []
    text: str | None = None
    list_: list[str] | None = msgspec.field(default=None, name="list")
    note: str | None = None
    words: str | None = None
    opinion: str | None = None
    sign: list[str] = []
    seal: bool = False
    photo: str | None = None
    ruled: list[str] | None = None
    rows: int = 0
    title: str = ""

    def kind(self) -> str:
        """The kind that is set, or an empty text when none or several are."""
        kinds = [k for k in ("grid", "table", "text", "note", "words", "opinion", "photo", "ruled")
                 if getattr(self, k) is not None]  # fmt: skip
        kinds += ["list"] if self.list_ is not None else []
        return kinds[0] if len(kinds) == 1 else ""


class CertificateFieldSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One value printed onto a pre-printed certificate; x, y and width in millimetres from the top left."""

    label: str
    value: str
    x: int | float
    y: int | float
    width: int | float
    words: bool = False
    size: int | float | None = None


class DocumentSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    title: str
    kind: Literal["form", "public_notice", "letter", "certificate"]
    blocks: list[BlockSpec] = []
    states: list[str] = []
    page: list[int | float] = []
    number: str = ""
    field: dict[str, CertificateFieldSpec] = {}


class ReminderSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    title: str
    date: str = ""
    before: int = 0
    overdue: int = 0
    states: list[str] = []
    of: Literal["records", "people", "changes"] = "records"
    without: str = ""
    watch: list[Literal["members", "moved", "marriage", "payee"]] = []


class ImportSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    match: list[str]
    state: str = ""
    set: dict[str, str | bool | int] = {}
    split: dict[str, str] = {}
    headers: dict[str, Any] = {}


class ScheduleSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    for_: str = msgspec.field(name="for")
    every: str
    target: str
    due: str
    cycle: str
    states: list[str] = []


class GridSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    rows: str
    columns: str
    cell: str


class FormSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    key: str
    title: str
    version: int
    kind: Literal["case", "event", "facility", "register"]
    subject: Literal["person", "household", "facility", "none"]
    workflow: str
    subject_required: bool = True
    facility_kinds: list[str] = []
    record: dict[str, str] = {}
    number: str = ""
    basis: str = ""
    privacy: Level = "ordinary"
    lookup: dict[str, Any] = {}
    section: list[dict[str, Any]] = []
    unique: dict[str, Any] = {}
    rule: dict[str, Any] = {}
    benefit: dict[str, Any] | None = None
    ledger: dict[str, Any] = {}
    document: dict[str, Any] = {}
    reminder: dict[str, Any] = {}
    import_: dict[str, Any] | None = msgspec.field(default=None, name="import")
    schedule: dict[str, Any] = {}
    grid: dict[str, Any] | None = None


class OverlaySpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    extends: str
    version: int
    title: str = ""
    section: list[dict[str, Any]] = []
    change: dict[str, Any] = {}
    rule: dict[str, Any] = {}
    reminder: dict[str, Any] = {}


class BlockFileSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A file of forms/shared: sections that forms insert by its key."""

    key: str = ""
    title: str = ""
    version: int = 1
    section: list[dict[str, Any]] = []


class AreaSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    title: str
    key: str = ""
    order: int = 100
    icon: str = ""
    hint: str = ""
    forms: list[str] = []
    office: Literal["", "township", "county"] = ""


class StateSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    title: str
    group: Literal["draft", "open", "active", "suspended", "closed"]
    edit: list[str] = []


class StepSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    title: str
    from_: Words = msgspec.field(name="from")
    to: str
    by: Words = []
    guard: str = ""
    message: str = ""
    ask: Words = []
    sets: dict[str, str] = {}
    other_than: str = ""
    effects: Words = []


class LimitSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    title: str
    from_: Words = msgspec.field(name="from")
    until: Words
    rate: str
    days: Literal["work", "natural"] = "work"
    pause: Words = []


class WorkflowSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    key: str
    title: str
    start: str
    version: int = 1
    state: dict[str, Any] = {}
    step: dict[str, Any] = {}
    limit: dict[str, Any] = {}


class CodeListSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    items: dict[str, str]
    title: str = ""
    alias: dict[str, Words] = {}
    retired: list[str] | dict[str, str] = []
    export: dict[str, str] = {}
    basis: str = ""


class RateValueSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    from_: Any = msgspec.field(name="from")
    value: str
    doc: str = ""
    title: str = ""
    example: bool = False


class RateSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    unit: str
    values: list[Any]
    title: str = ""
    ends: str = ""


class IndicatorSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    title: str
    measure: Literal[
        "records", "persons", "households", "person_times", "kinds", "quantity", "sum", "paid",
        "rate_min", "rate_max", "rate_range", "ratio", "difference", "fact",
    ]  # fmt: skip
    unit: str = ""
    group: str = ""
    computation: str = ""
    source: Literal["records", "payments"] = "records"
    forms: list[str] = []
    when: Literal["at_end", "during", "ever"] = "at_end"
    states: Words = []
    where: dict[str, Words | bool] = {}
    role: str = ""
    field: Words = []
    dated: str = ""
    since: str = ""
    valid: bool = False
    age_below: int = 0
    unnamed: str = ""
    villages_with: str = ""
    rates: list[str] = []
    top: str = ""
    bottom: str = ""
    minus: list[str] = []
    split: str = ""
    split_ages: list[int] = []
    helper: bool = False
    scale: int = 1
    digits: int = 0
    expect: dict[str, Any] = {}


class MonthlySpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One line of the monthly statistics: the records of a form, or those of one kind of it."""

    title: str
    form: str
    group: str = ""
    chart: str = ""
    where: dict[str, Words | bool] = {}
    age_tier: list[int] = []
    households: bool = True
    flow: bool = False


class ChapterSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A chapter of the annual report: sentences with {indicator}, the indicators of its table and charts."""

    title: str
    sentences: list[str] = []
    table: list[str] = []
    towns: str = ""
    months: list[str] = []
    writer: str = ""
