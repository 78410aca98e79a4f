"""Rosters: planned, shown, committed, taken back."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...values.errors import UserError
from ...values.id_number import mask_id_number
from ..kit.cells import DASH, Cell, Link, Mark, Mask
from ..roster import Mapped, RosterPlan, RosterProblem, RosterRow
from ..worker import Progress
from .office import SEX, Office, money, short_time

if TYPE_CHECKING:
    from ...exchange.rosters.commit import Imported
    from ...exchange.rosters.plan import PlanRow
    from ...exchange.rosters.plan import RosterPlan as Plan
    from ...exchange.rosters.undo import UndoPlan


def plan(office: Office, form: str, path: Path) -> Generator[Progress, None, tuple[Plan, RosterPlan]]:
    """Read a workbook and plan it; nothing is written."""
    from ...exchange.rosters.planning import plan_roster

    yield Progress(f"正在读 {path.name}")
    made = plan_roster(office.store, path, form=form, today=office.today)
    yield Progress(f"正在核对 {len(made.rows):,} 行")
    return made, view(office, made)


def view(office: Office, made: Plan, *, done: str = "") -> RosterPlan:
    """A plan as the page shows it."""
    from ...exchange.rosters.commit import list_imports

    counts = {action: made.count(action) for action in ("new", "updated", "unchanged", "rejected")}
    counts["skipped"] = len(made.skipped)
    mapping = _mapping(office, made)
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
        mapping_hint=f"{sum(1 for m in mapping if m.how != '不导入')} 列认出",
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


def _mapping(office: Office, made: Plan) -> tuple[Mapped, ...]:
    form = office.store.catalog.forms[made.form]
    lines: list[Mapped] = []
    for sheet in made.cleaned.sheets:
        if sheet.header is None or not sheet.rows:
            continue
        for column in sheet.header.columns:
            if not column.title:
                continue
            words: Any = _label(form, column.path) if column.path else Cell("不导入", "ink-3")
            lines.append(Mapped(column.title, words, column.how))
        break
    return tuple(lines)


_REGISTER = {
    "name": "姓名", "id_number": "证号", "phone": "联系电话", "sex": "性别", "birth_date": "出生日期",
    "number": "账号", "bank": "开户行",
}  # fmt: skip


def _label(form: Any, path: str) -> str:
    if path in form.fields:
        return str(form.fields[path].label)
    root, _, tail = path.rpartition(".")
    if root == "account" and tail == "name":
        return "户名"
    if path == "village":
        return "村"
    return _REGISTER.get(tail, {"start_month": "首次享受月"}.get(path, path))


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


def commit(office: Office, made: Plan) -> Generator[Progress, None, tuple[Imported, RosterPlan]]:
    """Write what the plan holds, in one transaction."""
    from ...exchange.rosters.commit import commit_roster

    yield Progress(f"正在写入 {made.count('new') + made.count('updated'):,} 行")
    done = commit_roster(office.store, made)
    writes = done.plan.count("new") + done.plan.count("updated")
    words = (
        f"已写入 {writes:,} 行。{done.plan.count('rejected'):,} 行拒绝的没有写，可以导出问题清单改好再导。"
    )
    return done, view(office, done.plan, done=words)


def write_errors(office: Office, made: Plan, target: Path) -> Path:
    """Save the rejected rows as a workbook of the same layout."""
    from ...exchange.rosters.errors_workbook import write_errors_workbook

    if write_errors_workbook(made, target) is None:
        raise UserError("nothing_rejected", "没有被拒绝的行，没有写问题清单。")
    office.store.note("write_errors", {"file": target.name})
    return target


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
