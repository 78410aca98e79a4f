"""成批录入: new records of one form typed row by row, judged a row at a time, written as one import.

A row's cells are texts as typed. They are cleaned by the same readers as a roster's, judged by the whole form with
its look-ups, and enter the workflow's first state; nothing of 历史导入 happens to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from minzheng_desktop.catalog.fields import Reading as FieldReading
from minzheng_desktop.catalog.form import Form, Import
from minzheng_desktop.exchange.rosters.cells import Reader, Readings, make_reader
from minzheng_desktop.exchange.rosters.cleaned import Cleaned, CleanRow, SheetResult
from minzheng_desktop.exchange.rosters.cleaning import SheetCleaner
from minzheng_desktop.exchange.rosters.entry_columns import (
    EntryColumn,
    entry_columns,
    entry_targets,
    load_facilities,
)
from minzheng_desktop.exchange.rosters.entry_planner import EntryPlanner
from minzheng_desktop.exchange.rosters.headers import Column, Header, find_header
from minzheng_desktop.exchange.rosters.layout import SheetLayout
from minzheng_desktop.exchange.rosters.plan import NEW, RosterPlan
from minzheng_desktop.exchange.rosters.planning import ALIASES_SETTING, remembered_columns
from minzheng_desktop.exchange.rosters.sheets import Sheet
from minzheng_desktop.exchange.rosters.state import load_entry_state
from minzheng_desktop.exchange.rosters.targets import find_targets, subject_root
from minzheng_desktop.store.records import form_of
from minzheng_desktop.store.store import Store
from minzheng_desktop.store.unit import Reading
from minzheng_desktop.values.dates import month_of
from minzheng_desktop.values.errors import UserError

TITLE = "成批录入"


class EntryLine(msgspec.Struct, frozen=True):
    """One row as typed: its number as the clerk sees it, and texts by path."""

    row: int
    cells: Mapping[str, str]


class LineProblem(msgspec.Struct, frozen=True):
    """What is wrong with a cell; an empty path means the whole row."""

    path: str
    level: str
    message: str
    code: str = ""


class JudgedLine(msgspec.Struct, frozen=True):
    """What a row comes to. `good`: it can be written. `key` tells rows apart (two rows with one key are one too many).
    `shown`: how each readable cell reads, by path; `known`: the person is in the register; `amount` in cents."""

    row: int
    good: bool
    problems: tuple[LineProblem, ...]
    shown: Mapping[str, str]
    key: tuple[str, ...] | None
    name: str = ""
    sex: str = ""
    birth_date: str = ""
    known: bool = False
    amount: int | None = None
    notes: tuple[str, ...] = ()


class PlacedBlock(msgspec.Struct, frozen=True):
    """A block with a header: the path of each column ("" for none), how many rows the header has, and the titles for
    which the grid has no place (what the id number or the money rule tells is not missed)."""

    paths: tuple[str, ...]
    header: int
    lost: tuple[str, ...]


class EntryGrid:
    """A grid for one form in one office: its columns, and the judging of any of its rows."""

    def __init__(self, store: Store, form: str, *, today: date) -> None:
        """Raises UserError unknown_form, entry.form (no grid for it), entry.county, entry.role."""
        with store.reading() as r:
            self._form = form_of(r, form)
            if store.site.role != "township":
                raise UserError("entry.county", "这是县局的台账，成批录入在乡镇的台账里做。没有录入。")
            if not self._form.grid_entry:
                raise UserError("entry.form", f"“{self._form.title}”不能成批录入。没有录入，请一件一件新建。")
            edit = self._form.workflow.states[self._form.workflow.start].edit
            if edit and not store.roles.intersection(edit):
                raise UserError(
                    "entry.role", f"这个岗位不能新建{self._form.title}。没有录入，请有权限的人来做。"
                )
            aliases = r.setting(ALIASES_SETTING, {})
            self._remembered = remembered_columns(r, form)
            facilities = load_facilities(r, self._form)
        self._store, self._today = store, today
        catalog = store.catalog
        divisions = catalog.divisions.with_aliases(aliases) if aliases else catalog.divisions
        self._readings = Readings(FieldReading(today, divisions, store.site.division))
        self._meanings = find_targets(self._form, catalog)
        self._targets = entry_targets(self._form, self._meanings, store.roles)
        root = subject_root(self._form)
        compared = {path for path, target in self._meanings.items() if target.compared}
        self._told = {f"{root}.sex", f"{root}.birth_date", *compared} - {""}
        villages = tuple(
            (divisions.short_name(v.code), v.code)
            for v in divisions.villages(store.site.division)
            if not store.site.villages or v.code in store.site.villages
        )
        self.columns: tuple[EntryColumn, ...] = entry_columns(
            self._form, self._targets, today, villages, facilities
        )
        self._header = Header(
            1, 1, tuple(Column(at, c.label, c.path) for at, c in enumerate(self.columns)), "entries"
        )
        empty = Sheet(TITLE, [[c.label for c in self.columns]], SheetLayout())
        self._cleaner = SheetCleaner(
            empty, self._header, _as_entered(self._form), self._targets, self._readings
        )

    @property
    def form(self) -> Form:
        """The form whose records are typed."""
        return self._form

    def readers(self) -> dict[str, Reader]:
        """A reader of each column of its own, to judge a cell while it is typed."""
        return {
            c.path: make_reader(c.path, self._targets[c.path].field, self._readings) for c in self.columns
        }

    def place_block(self, rows: Sequence[Sequence[str]]) -> PlacedBlock | None:
        """Where the columns of a pasted block belong; None when it begins with no header."""
        sheet = Sheet(TITLE, [list(row) for row in rows[:4]], SheetLayout())
        header = find_header(sheet, self._meanings, remembered=self._remembered)
        if header is None or header.first != 1:
            return None
        lost = [
            name
            for name, c in zip(header.names(), header.columns, strict=True)
            if c.title and c.path not in self._targets and c.path not in self._told
        ]
        paths = [c.path if c.path in self._targets else "" for c in header.columns]
        return PlacedBlock(tuple(paths), header.last, tuple(lost))

    def judge(self, r: Reading, lines: Iterable[EntryLine]) -> list[JudgedLine]:
        """Judge some rows by themselves: what other rows of the grid hold is not looked at."""
        return self._judged(self._plan(r, lines))

    def plan(self, lines: Iterable[EntryLine]) -> tuple[RosterPlan, list[JudgedLine]]:
        """Plan all rows together for `commit.commit_roster`; nothing is written."""
        with self._store.reading() as r:
            plan = self._plan(r, lines)
        return plan, self._judged(plan)

    def _plan(self, r: Reading, lines: Iterable[EntryLine]) -> RosterPlan:
        rows = tuple(
            self._cleaner.clean_row(line.row, [line.cells.get(c.path, "") for c in self.columns], None)
            for line in lines
        )
        return plan_entered(r, Cleaned((SheetResult(TITLE, self._header, rows),)), self._form, self._today)

    def _judged(self, plan: RosterPlan) -> list[JudgedLine]:
        cleaned = plan.cleaned.rows()
        found = []
        for row, out in zip(cleaned, plan.rows, strict=True):
            problems = tuple(
                LineProblem(self.columns[p.index].path if p.index >= 0 else "", p.level, p.message, p.code)
                for p in out.problems
            )
            found.append(
                JudgedLine(
                    out.row,
                    out.action == NEW,
                    problems,
                    {path: self._words(path, value) for path, value in row.values.items()},
                    self._key(row),
                    out.name,
                    out.sex,
                    out.birth_date,
                    bool(out.known),
                    out.amount,
                    out.changes,
                )
            )
        return found

    def _key(self, row: CleanRow) -> tuple[str, ...] | None:
        number = row.values.get(f"{subject_root(self._form)}.id_number")
        rest = [row.values.get(path) for path in match_paths(self._form)]
        return (number, *map(str, rest)) if number and all(v is not None for v in rest) else None

    def _words(self, path: str, value: Any) -> str:
        """A value as it stands in a cell: dates as they are written here, all else as people read it."""
        field = self._targets[path].field
        if field.type.name == "village":
            return self._store.catalog.divisions.short_name(value)
        return str(value) if field.type.name in ("date", "month") else field.format(value)


def plan_entered(r: Reading, cleaned: Cleaned, form: Form, today: date) -> RosterPlan:
    """Plan cleaned rows of a grid against the database as it is now."""
    rows = cleaned.rows()
    root = subject_root(form)
    spec = _as_entered(form)
    header = cleaned.sheets[0].header
    filled = frozenset(c.path for c in header.columns) if header else frozenset()
    numbers = {v for row in rows for p, v in row.values.items() if p.endswith(".id_number")}
    keys = {
        u.name: {str(row.values[u.keys[0]]) for row in rows if u.keys[0] in row.values}
        for u in form.uniques.values()
        if len(u.keys) == 1 and not u.table
    }
    state = load_entry_state(r, spec, numbers, keys)
    planner = EntryPlanner(r, spec, state, filled=filled, match=match_paths(form), today=today)
    planned = []
    for row in rows:
        known = row.values.get(f"{root}.id_number") in state.people
        out = planner.plan_row(row, header)
        out.known = known
        planned.append(out)
    digest = hashlib.sha256(repr([(row.row, sorted(row.values.items())) for row in rows]).encode())
    return RosterPlan(
        form=form.key,
        path=Path(TITLE),
        digest=digest.hexdigest()[:32],
        month=month_of(today),
        today=today,
        change_number=state.change_number,
        rows=planned,
        cleaned=cleaned,
        writes=planner.writes,
        absent=[],
        notes=list(planner.notes),
        entered=True,
    )


def match_paths(form: Form) -> tuple[str, ...]:
    """What besides the person tells two records apart: as the form matches rosters, else by its uniqueness, else an
    event by its day."""
    root = subject_root(form)
    if form.import_ is not None:
        return tuple(p for p in form.import_.match if not p.startswith(f"{root}."))
    of_person = [u.keys for u in form.uniques.values() if form.subject in u.keys and not u.table]
    if of_person:
        return tuple(key for key in of_person[0] if key != form.subject)
    return (form.record["date"],) if form.kind == "event" and "date" in form.record else ()


def _as_entered(form: Form) -> Form:
    """The form without what it sets for people who receive already: a new record begins at the beginning."""
    before = form.import_ or Import(match=(f"{subject_root(form)}.id_number",))
    return msgspec.structs.replace(form, import_=msgspec.structs.replace(before, state="", set={}))
