"""What a roster would do, row by row: shown before anything is written, applied as it stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from minzheng_desktop.exchange.rosters.cleaned import Cleaned, RowProblem, Skipped

NEW, UPDATED, UNCHANGED, REJECTED = "new", "updated", "unchanged", "rejected"


class Writes(msgspec.Struct):
    """Rows to write, by table; ids are set. `people`, `records` are new; `changes` are parts of existing rows."""

    people: list[dict[str, Any]] = []
    households: list[dict[str, Any]] = []
    household_members: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    bank_accounts: list[dict[str, Any]] = []
    terms: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    changes: dict[str, list[dict[str, Any]]] = {}

    def change(self, table: str, row_id: str, **values: Any) -> None:
        """Note new values of an existing row."""
        self.changes.setdefault(table, []).append({"id": row_id, **values})

    @property
    def empty(self) -> bool:
        """True when nothing would be written."""
        return not (
            self.people or self.households or self.household_members or self.records
            or self.bank_accounts or self.terms or self.steps or self.changes
        )  # fmt: skip


class PlanRow(msgspec.Struct):
    """One row of people: what becomes of it and why. `changes` are sentences such as "电话：空 → 1592****0417"."""

    sheet: str
    row: int
    action: str
    name: str = ""
    id_number: str = ""
    sex: str = ""
    birth_date: str = ""
    village: str = ""
    amount: int | None = None
    changes: tuple[str, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    record: str = ""
    known: bool = False
    """The person was in the register before."""


class Absent(msgspec.Struct, frozen=True):
    """本表未出现: a record in force that the roster does not name; nothing is done to it."""

    record: str
    name: str
    id_number: str
    village: str
    state: str


class RosterPlan(msgspec.Struct):
    """A whole roster, planned. `change_number` is the state of the database that it was planned against."""

    form: str
    path: Path
    digest: str
    month: str
    today: date
    change_number: int
    rows: list[PlanRow]
    cleaned: Cleaned
    writes: Writes
    absent: list[Absent]
    notes: list[RowProblem]
    paid_through: str | None = None
    entered: bool = False
    """Typed row by row as new records (`entries`), not read from somebody's roster."""

    def count(self, action: str) -> int:
        """How many rows have this action."""
        return sum(1 for row in self.rows if row.action == action)

    @property
    def skipped(self) -> list[Skipped]:
        """Rows that hold no person: titles, blank, totals, signatures."""
        return [s for sheet in self.cleaned.sheets for s in sheet.skipped]

    @property
    def problems(self) -> list[RowProblem]:
        """Every finding in file order: of the file, then of rows, then what was skipped (info)."""
        found = list(self.notes)
        for row in self.rows:
            found += row.problems
        for line in self.skipped:
            message = f"{line.reason}，没有读入" + (f"：{line.text}" if line.text else "")
            found.append(RowProblem(line.sheet, line.row, "", "info", message, "row.skipped"))
        return found

    def fingerprint(self) -> tuple[Any, ...]:
        """What a person saw of the plan; a plan made anew with the same one may be applied in its place."""
        return tuple((r.sheet, r.row, r.action, r.changes) for r in self.rows)


def plan_data(plan: RosterPlan, *, import_id: str | None = None) -> dict[str, Any]:
    """The plan or its result as commands print it."""
    problems = plan.problems
    return {
        "import_id": import_id,
        "rows": len(plan.rows),
        "new": plan.count(NEW),
        "updated": plan.count(UPDATED),
        "unchanged": plan.count(UNCHANGED),
        "rejected": plan.count(REJECTED),
        "warnings": sum(1 for p in problems if p.level == "warning"),
        "skipped": len(plan.skipped),
        "problems": [
            {"sheet": p.sheet, "row": p.row, "column": p.column, "level": p.level, "message": p.message}
            for p in (*problems, *map(_tell_absent, plan.absent))
        ],
        "absent": [
            {
                "record": a.record,
                "name": a.name,
                "id_number": a.id_number,
                "village": a.village,
                "state": a.state,
            }
            for a in plan.absent
        ],
    }


def _tell_absent(absent: Absent) -> RowProblem:
    who = f"{absent.name}（{absent.id_number}）" if absent.id_number else absent.name
    return RowProblem("", 0, "", "info", f"本表未出现：{who}，台账没有改动", "record.absent")
