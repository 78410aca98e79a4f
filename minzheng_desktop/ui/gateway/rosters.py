"""Rosters: planned, shown, committed, taken back."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...values.errors import UserError
from ...values.id_number import mask_id_number
from ..kit.cells import DASH, Cell, CellValue, Link, Mark, Mask
from ..mapping import Mapped, MappedSheet, Mapping
from ..roster import RosterPlan, RosterProblem, RosterRow
from ..worker import Progress
from .office import SEX, Office, money, short_time

if TYPE_CHECKING:
    from ...exchange.rosters.commit import Imported
    from ...exchange.rosters.headers import Choice
    from ...exchange.rosters.mapping import RosterMapping
    from ...exchange.rosters.plan import PlanRow
    from ...exchange.rosters.plan import RosterPlan as Plan
    from ...exchange.rosters.sheets import Workbook
    from ...exchange.rosters.undo import UndoPlan


UNREAD = ("roster.no_header", "roster.no_key_column")
"""Refusals that looking at the columns can mend."""


@dataclass(frozen=True)
class Work:
    """A roster being read: the workbook, what the clerk chose of its columns, and the plan (None: not to be read)."""

    book: Workbook
    chosen: dict[str, Choice]
    made: Plan | None = None


def plan(
    office: Office, form: str, path: Path, work: Work | None = None, chosen: dict[str, Choice] | None = None
) -> Generator[Progress, None, tuple[Work, RosterPlan]]:
    """Read a workbook and plan it; nothing is written. With ``work`` it is planned again as the clerk chose."""
    from ...exchange.rosters.mapping import map_roster
    from ...exchange.rosters.planning import plan_book
    from ...exchange.rosters.sheets import read_workbook

    if work is None:
        yield Progress(f"正在读 {path.name}")
    book = read_workbook(path) if work is None else work.book
    yield Progress(f"正在核对 {sum(len(sheet.rows) for sheet in book.sheets):,} 行")
    chosen = chosen or {}
    made, refused = None, ""
    try:
        made = plan_book(office.store, book, form=form, today=office.today, chosen=chosen)
    except UserError as error:
        if error.code not in UNREAD:
            raise
        refused = error.message
    with office.store.reading() as r:
        mapping = _mapping(map_roster(r, book, form=form, chosen=chosen))
    found = Work(book, chosen, made)
    if made is None:
        counts = tuple((key, 0) for key in ("new", "updated", "unchanged", "rejected", "skipped"))
        return found, RosterPlan(
            path.name,
            counts,
            mapping,
            (),
            (),
            "",
            refused=refused,
            commit_words="列对应好了才有可以写入的行。",
        )
    return found, view(office, made, mapping)


def chosen_with(
    work: Work, sheet: str, *, column: str = "", path: str = "", header: tuple[int, int] | None = None
) -> dict[str, Choice]:
    """What the clerk chose, and one thing more; another header begins anew with its columns."""
    from ...exchange.rosters.headers import Choice

    before = work.chosen.get(sheet) or Choice()
    if header is not None:
        return {**work.chosen, sheet: Choice(header=header)}
    return {**work.chosen, sheet: Choice({**before.columns, column: path}, before.header)}


def view(office: Office, made: Plan, mapping: Mapping, *, done: str = "") -> RosterPlan:
    """A plan as the page shows it."""
    from ...exchange.rosters.commit import list_imports

    counts = {action: made.count(action) for action in ("new", "updated", "unchanged", "rejected")}
    counts["skipped"] = len(made.skipped)
    problems = [p for p in made.problems if p.level in ("error", "warning")]
    wrong = sum(1 for p in problems if p.level == "error")
    hidden = sum(1 for row in made.cleaned.rows() if row.hidden)
    writes = counts["new"] + counts["updated"]
    words = (
        f"提交后写入 {writes:,} 行（新增 {counts['new']:,}、更新 {counts['updated']:,}），"
        f"{counts['rejected']:,} 行拒绝的不写。整批可以撤销，锁定过的月份除外。"
    )
    with office.store.reading() as r:
        before = [one for one in list_imports(r, form=made.form) if one["state"] == "done"]
    undo = f"撤销上一批（{short_time(before[0]['at'])[:5]}，{_written(before[0]):,} 行）" if before else ""
    sheets = "、".join(f"“{s.name}”" for s in made.cleaned.sheets if s.rows)
    month = f" · {made.month}" if made.month else ""
    return RosterPlan(
        source=f"{made.path.name} · 工作表{sheets}{month}" if sheets else made.path.name,
        counts=tuple(counts.items()),
        mapping=mapping,
        rows=tuple(_row(office, row) for row in made.rows),
        problems=tuple(_problem(p) for p in problems),
        problems_hint=f"{wrong} 处拒绝，{len(problems) - wrong} 处要看一眼" if problems else "没有问题",
        hidden_note=f"隐藏行 {hidden} 行已读入" if hidden else "",
        commit_words=words,
        commit_count=writes,
        undo_words=undo,
        done=done,
    )


def _written(one: Any) -> int:
    counts = one["counts"]
    return int(counts.get("new", 0)) + int(counts.get("updated", 0))


def _mapping(found: RosterMapping) -> Mapping:
    compared = {meaning.path for meaning in found.meanings if meaning.compared}

    def words(path: str) -> CellValue:
        if not path:
            return Cell("不导入", "ink-3")
        return Cell(found.label(path), "warn") if path in compared else found.label(path)

    return Mapping(
        tuple(
            MappedSheet(
                sheet.name,
                sheet.header,
                tuple(
                    Mapped(
                        one.name,
                        words(one.path),
                        "只核对" if one.path in compared else one.how,
                        letters=one.letters,
                        samples="　".join(one.samples),
                        path=one.path,
                    )
                    for one in sheet.columns
                ),
                sheet.top,
                sheet.missing,
            )
            for sheet in found.sheets
        ),
        tuple((meaning.label, meaning.path) for meaning in found.meanings),
    )


def _row(office: Office, row: PlanRow) -> RosterRow:
    looks = [p for p in row.problems if p.level == "warning"]
    errors = [p for p in row.problems if p.level == "error"]
    note: Any = "；".join(row.changes)
    if errors:
        note = Cell(errors[0].message, "error")
    elif looks:
        note = Cell(looks[0].message, "warn")
    born = row.birth_date[:4] if row.birth_date else DASH
    number = row.id_number
    return RosterRow(
        row=str(row.row),
        result=row.action,
        name=row.name or DASH,
        sex=SEX.get(row.sex, row.sex),
        birth_year=born,
        village=office.village(row.village) if row.village.isdigit() else row.village,
        number=Mask(mask_id_number(number) if len(number) in (15, 18) else number),
        quantity="",
        amount=money(row.amount) if row.amount is not None else "",
        note=note,
        look=bool(looks) and not errors,
        sheet=row.sheet,
    )


def _problem(p: Any) -> RosterProblem:
    tone = "error" if p.level == "error" else "warn"
    remedy = "在原表改好再导这一行" if p.level == "error" else "看一眼，没错就提交"
    what, _, more = p.message.partition("。")
    return RosterProblem(
        str(p.row or ""),
        p.column or "",
        Mark(what, tone, tone),
        more.strip() or remedy,
        Link("定位到行"),
        p.sheet,
    )


def commit(
    office: Office, made: Plan, mapping: Mapping
) -> Generator[Progress, None, tuple[Imported, RosterPlan]]:
    """Write what the plan holds, in one transaction."""
    from ...exchange.rosters.commit import commit_roster

    yield Progress(f"正在写入 {made.count('new') + made.count('updated'):,} 行")
    done = commit_roster(office.store, made)
    writes = done.plan.count("new") + done.plan.count("updated")
    words = (
        f"已写入 {writes:,} 行。{done.plan.count('rejected'):,} 行拒绝的没有写，可以导出问题清单改好再导。"
    )
    return done, view(office, done.plan, mapping, done=words)


def write_errors(office: Office, made: Plan, target: Path) -> Path:
    """Save the rejected rows as a workbook of the same layout."""
    from ...exchange.rosters.hand_back import hand_back_errors

    if hand_back_errors(office.store, made, target) is None:
        raise UserError("nothing_rejected", "没有被拒绝的行，没有写问题清单。")
    return target


def write_template(office: Office, form: str, target: Path) -> Path:
    """Save the empty workbook of a form, to be filled in and imported."""
    from ...exchange.rosters.template_workbook import save_template

    return save_template(office.store, form, target).path


def batches(office: Office, form: str) -> tuple[dict[str, object], ...]:
    """Earlier imports of a form, newest first."""
    from ...exchange.rosters.commit import list_imports

    with office.store.reading() as r:
        rows = list_imports(r, form=form)
    return tuple(
        {
            "id": one["id"],
            "at": short_time(one["at"]),
            "file": one["file"],
            "rows": f"{_written(one):,}",
            "state": Mark("已撤销", "ink-2", "undo")
            if one["state"] == "undone"
            else Mark("已写入", "ok", "ok"),
            "link": "" if one["state"] == "undone" else Link("撤销"),
        }
        for one in rows
    )


def last_import(office: Office, form: str) -> str:
    """The id of the last import that was not taken back, '' when there is none."""
    from ...exchange.rosters.commit import list_imports

    with office.store.reading() as r:
        return next((one["id"] for one in list_imports(r, form=form) if one["state"] == "done"), "")


def plan_back(office: Office, import_id: str) -> UndoPlan:
    """What taking an import back would do."""
    from ...exchange.rosters.undo import plan_undo

    return plan_undo(office.store, import_id)


def take_back(office: Office, made: UndoPlan) -> UndoPlan:
    """Take an import back."""
    from ...exchange.rosters.undo import undo_import

    return undo_import(office.store, made)
