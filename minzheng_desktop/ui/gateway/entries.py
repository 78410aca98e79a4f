"""成批录入: a grid opened with what was left, rows judged, planned together, written as one import; drafts kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...store import drafts
from ...values.dates import month_of
from ...values.money import format_money_grouped
from ..entries.sheet import ERROR, REPEATED, CellProblem, GridColumn, Verdict, draft_rows
from .office import SEX, Office, short_time

if TYPE_CHECKING:
    from ...exchange.rosters.entries import EntryGrid, JudgedLine, PlacedBlock
    from ...exchange.rosters.plan import RosterPlan


@dataclass(frozen=True)
class OpenGrid:
    """A grid in the window: the office's own grid behind it, its columns, what was left, and how texts are judged while
    they are typed and blocks are placed (both without the database)."""

    grid: EntryGrid
    form: str
    title: str
    columns: tuple[GridColumn, ...]
    amount_title: str
    draft: str
    rows: tuple[dict[str, str], ...]
    shown: tuple[str, ...]
    kept: str
    judge_cell: Callable[[str, str], CellProblem | None]
    place_block: Callable[[Sequence[Sequence[str]]], PlacedBlock | None]


@dataclass(frozen=True)
class Asked:
    """A row as it is judged: its number from 0, its texts."""

    at: int
    cells: dict[str, str]


def open_grid(office: Office, form_key: str) -> OpenGrid:
    """The grid of a form with the rows that were left unsaved. Raises UserError as `EntryGrid` does."""
    from ...exchange.rosters.entries import EntryGrid

    store = office.store
    grid = EntryGrid(store, form_key, today=office.today)
    form = grid.form
    columns = tuple(
        GridColumn(c.path, c.label, c.kind, c.needed, c.required, c.choices, c.start, c.keep, c.unit, c.hint)
        for c in grid.columns
    )
    draft = f"{store.user}:{form_key}:grid"
    with store.reading() as r:
        left = next((d for d in drafts.drafts_of(r, form=form_key) if d["id"] == draft), None)
    rows = tuple(draft_rows(left["doc"])) if left else ()
    known = {c.path for c in columns}
    before = set(left["doc"].get("columns") or ()) if left else set()
    shown = tuple(
        c.path for c in columns if c.needed or c.path in before or any(c.path in row for row in rows)
    )
    fills = form.benefit.fills if form.benefit else {}
    total = fills.get("total") or fills.get("base") or ""
    readers = grid.readers()

    def judge_cell(path: str, text: str) -> CellProblem | None:
        if not text.strip() or path not in readers:
            return None
        _, found = readers[path](text)
        return next((CellProblem(path, level, message, code) for level, message, code in found), None)

    return OpenGrid(
        grid,
        form_key,
        form.title,
        columns,
        form.fields[total].label if total else "",
        draft,
        tuple({path: text for path, text in row.items() if path in known} for row in rows),
        shown,
        f"接着 {short_time(left['at'])} 没有保存的 {len(rows)} 行。" if left and rows else "",
        judge_cell,
        grid.place_block,
    )


def judge(office: Office, opened: OpenGrid, rows: Sequence[Asked]) -> list[Verdict]:
    """Judge some rows by themselves, in order."""
    with office.store.reading() as r:
        return [_verdict(line) for line in opened.grid.judge(r, _lines(rows))]


@dataclass(frozen=True)
class Planned:
    """What saving would write: the plan, the verdict of each row, and it in words."""

    plan: RosterPlan
    verdicts: tuple[Verdict, ...]
    count: int
    words: str
    left: tuple[dict[str, str], ...]
    """The rows that stay in the grid, as a draft keeps them."""


def plan(office: Office, opened: OpenGrid, rows: Sequence[Asked]) -> Planned:
    """Plan all rows together; nothing is written."""
    made, judged = opened.grid.plan(_lines(rows))
    good = [line for line in judged if line.good]
    known = sum(1 for line in good if line.known)
    cents = sum(line.amount or 0 for line in good)
    words = (
        f"将写入 {len(good):,} 件{opened.title}（台账里已有 {known:,} 人，新登记 {len(good) - known:,} 人）"
    )
    if opened.amount_title and cents:
        words += f"，{opened.amount_title}合计 {format_money_grouped(cents)} 元"
    bad = len(judged) - len(good)
    words += f"；{bad:,} 行有错的留在表里。" if bad else "。"
    left = tuple(row.cells for row, line in zip(rows, judged, strict=True) if not line.good)
    return Planned(made, tuple(map(_verdict, judged)), len(good), words + "整批可以撤销。", left)


@dataclass(frozen=True)
class Written:
    """What was written: by row number from 0, what is to be looked at in each new record."""

    rows: dict[int, tuple[CellProblem, ...]]
    words: str


def commit(office: Office, opened: OpenGrid, planned: Planned, shown: Sequence[str]) -> Written:
    """Write the good rows in one transaction and keep the others as the draft. Raises UserError roster.stale when the
    office changed meanwhile."""
    from ...benefits.overlaps import load_clashes
    from ...exchange.rosters.commit import commit_roster

    done = commit_roster(office.store, planned.plan)
    keep(office, opened, list(planned.left), shown)
    new = {row.record: row.row - 1 for row in done.plan.rows if row.action == "new"}
    with office.store.reading() as r:
        clashes = load_clashes(r, opened.grid.form, month=month_of(office.today), records=list(new))
    rows = {
        at: tuple(
            CellProblem("", "warning", clash.sentence(), "overlap") for clash in clashes.get(record, ())
        )
        for record, at in new.items()
    }
    warned = sum(1 for found in rows.values() if found)
    words = f"已保存 {len(rows):,} 件{opened.title}"
    return Written(rows, f"{words}，{warned:,} 件和别的待遇重叠，办理前要核对" if warned else words)


def keep(office: Office, opened: OpenGrid, rows: list[dict[str, str]], shown: Sequence[str]) -> None:
    """Keep what is not saved; nothing of it enters the register."""
    if not rows:
        drafts.drop_draft(office.store, opened.draft)
        return
    doc = {"rows": rows, "columns": list(shown)}
    drafts.keep_draft(office.store, opened.draft, form=opened.form, record=None, doc=doc)


def _lines(rows: Sequence[Asked]) -> list[Any]:
    from ...exchange.rosters.entries import EntryLine

    return [EntryLine(row.at + 1, row.cells) for row in rows]


def _verdict(line: JudgedLine) -> Verdict:
    problems = tuple(CellProblem(p.path, p.level, p.message, p.code) for p in line.problems)
    return Verdict(
        not any(p.level == ERROR and p.code != REPEATED for p in problems),
        problems,
        line.shown,
        line.key,
        line.name,
        " ".join(part for part in (SEX.get(line.sex, ""), line.birth_date) if part),
        line.known,
        line.amount,
        line.notes,
    )
