"""`minzheng conflicts …`: rows that two laptops changed differently, and what a person decides."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import Answer, AsJson, Database, UserName, command, new_app, opened
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.money import format_money

if TYPE_CHECKING:
    from minzheng_desktop.exchange.judging.conflicts import Answer as Said
    from minzheng_desktop.exchange.judging.conflicts import Conflict
    from minzheng_desktop.exchange.judging.double_locks import Batch
    from minzheng_desktop.store.store import Store

app = new_app("两台电脑改得不同、等人决定的：列出、看、定。")


class Take(StrEnum):
    """Which side counts."""

    MINE = "mine"
    OTHER = "other"
    NEWER = "newer"


RowId = Annotated[str, typer.Argument(metavar="ID", help="那一条的编号（conflicts list 里有）。")]
RowIds = Annotated[
    list[str] | None, typer.Argument(metavar="ID...", help="编号，可以写多个；用 --all 时不写。")
]
Side = Annotated[
    Take | None,
    typer.Option("--take", help="整条取哪一份：现在的 mine，另一份 other，较新的 newer。"),
]
Field = Annotated[
    list[str] | None,
    typer.Option("--field", metavar="PATH=SIDE", help="单独定一栏：栏目=mine、other 或 newer，可以写多次。"),
]
All = Annotated[bool, typer.Option("--all", help="全部照 --take 定；可再用 --kind 只定一类。")]
Kind = Annotated[str, typer.Option("--kind", metavar="TABLE", help="与 --all 同用：只定这一类，如 people。")]
BatchId = Annotated[str, typer.Argument(metavar="BATCH", help="批次的编号（conflicts list 里有）。")]
StepId = Annotated[str, typer.Argument(metavar="STEP", help="步骤的编号（conflicts list 里有）。")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="为什么两批都算数。")]
Text = Annotated[str, typer.Option("--text", metavar="T", help="县局裁定的意见。")]


@command(app, "list")
def listing(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出等人决定的：谁的、哪几栏；重复封账的两批；交叉的步骤。"""
    from minzheng_desktop.exchange.judging.conflicts import list_conflicts
    from minzheng_desktop.exchange.judging.crossings import list_crossings
    from minzheng_desktop.exchange.judging.double_locks import list_double_locks

    with opened(db, user) as store, store.reading() as r:
        found, doubles, crossed = list_conflicts(r), list_double_locks(r), list_crossings(r)
    lines = [
        f"{one.town}  {one.kind}“{one.whose}”  {'、'.join(asked.label for asked in one.asked)}"
        f"{'  已裁定，待乡镇办理' if one.ruled else ''}  {one.id}"
        for one in found
    ]
    lines += [f"重复封账  {one.town}  {one.sentence()}  {one.id}" for one in doubles]
    lines += [f"步骤交叉  {one.town}  {one.sentence()}  {one.id}" for one in crossed]
    data = {
        "conflicts": [_data(one) for one in found],
        "double_locks": [
            {
                "id": one.id, "division": one.division, "form": one.title, "month": one.month,
                "waiting": _batch_data(one.waiting), "here": _batch_data(one.here) if one.here else None,
            }
            for one in doubles
        ],
        "crossings": [
            {"id": one.id, "division": one.division, "record": one.record, "sentence": one.sentence()}
            for one in crossed
        ],
    }  # fmt: skip
    return Answer(data, lines or ["没有等人决定的冲突。"])


@command(app, "accept")
def accept(
    batch: BatchId, reason: Reason, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """重复封账的一批，核对过两批都算数，写明理由收下。"""
    from minzheng_desktop.exchange.judging.double_locks import accept_batch

    with opened(db, user) as store:
        lines = accept_batch(store, batch, reason=reason)
    return Answer({"accepted": batch, "lines": lines}, [f"已收下，{lines} 条入库。"])


@command(app, "seen")
def seen(step: StepId, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """两台电脑办的步骤交叉了，看过、核对过了。"""
    from minzheng_desktop.exchange.judging.crossings import see_crossing

    with opened(db, user) as store:
        see_crossing(store, step)
    return Answer({"seen": step}, ["已记下看过。"])


def _batch_data(one: Batch) -> dict[str, Any]:
    return {
        "number": one.number,
        "letter": one.letter or None,
        "items": one.items,
        "total": format_money(one.total),
        "locked_at": one.locked_at,
        "locked_by": one.locked_by,
    }


@command(app, "show")
def show(row: RowId, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """看一条：改之前、现在的、另一份，逐栏对照。"""
    from minzheng_desktop.exchange.judging.conflicts import find_conflict

    with opened(db, user) as store, store.reading() as r:
        one = find_conflict(r, row)
    lines = [f"{one.town}  {one.kind}“{one.whose}”"]
    for number, side in enumerate(one.sides):
        came = f"，第 {side.package} 号包带来" if side.package else ""
        name = "现在的" if number == 0 else "另一份"
        lines.append(f"{name}：{side.letter or '？'} 机  {side.by}  {side.at[:16].replace('T', ' ')}{came}")
    for asked in one.asked:
        lines.append(f"  {asked.label}（{asked.path}）：原来 {asked.base}；{' ／ '.join(asked.values)}")
    return Answer(_data(one), lines)


@command(app, "history")
def history(row: RowId, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """看一条的全部历史：谁、什么时候、在哪台电脑上、从哪一版改来、改了什么；冲突的两份都在。"""
    from msgspec import to_builtins

    from minzheng_desktop.exchange.judging.row_history import read_history

    with opened(db, user) as store, store.reading() as r:
        found = read_history(r, row)
    kinds = {"first": "新建", "changed": "修改", "merged": "合并", "answered": "定下来"}
    states = {"now": "  ← 现在的", "aside": "  ← 等人决定"}
    lines = [f"{found.kind}“{found.whose}”"]
    for one in found.versions:
        letter = f"{one.letter} 机 " if one.letter else ""
        lines.append(
            f"{one.at[:16].replace('T', ' ')}  {letter}{one.by}  {kinds[one.kind]}  {one.revision}"
            f"{states.get(one.state, '')}"
        )
        lines += [f"    {change.label}：{change.before} → {change.after}" for change in one.changes]
    return Answer(to_builtins(found), lines)


@command(app, "resolve")
def resolve(
    rows: RowIds = None,
    take: Side = None,
    field: Field = None,
    every: All = False,
    kind: Kind = "",
    text: Text = "",
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """定下来：逐条逐栏，或同类全部。乡镇写成新的一版，县局写成裁定，随回执下去。"""
    from minzheng_desktop.exchange.judging.conflicts import list_conflicts

    if bool(rows) == every:
        raise typer.BadParameter("写要定的编号，或用 --all 定全部，二者选一")
    if every and (take is None or field):
        raise typer.BadParameter("--all 要与 --take 同用，不能再写 --field")
    with opened(db, user) as store:
        with store.reading() as r:
            found = [one for one in list_conflicts(r) if not one.ruled]
        if every:
            chosen = [one for one in found if kind in ("", one.entity)]
        else:
            by_id = {one.id: one for one in found}
            missing = [one for one in rows or () if one not in by_id]
            if missing:
                raise UserError(
                    "no_such_conflict",
                    f"“{missing[0]}”没有等人决定的冲突，没有改动。请先用 conflicts list 看。",
                )
            chosen = [by_id[one] for one in dict.fromkeys(rows or ())]
        done = _say(store, [_said(one, take, field or []) for one in chosen], text)
        ruled = store.site.role == "county"
    words = "已裁定，随下一份回执或下发包下去" if ruled else "已定下来，随下一个包上报"
    return Answer({"resolved": done, "ruled": ruled}, [f"{done} 条{words}。"])


def _say(store: Store, answers: list[Said], text: str) -> int:
    if store.site.role == "county":
        from minzheng_desktop.county.replies.resolutions import rule_conflicts

        return rule_conflicts(store, answers, text=text)
    from minzheng_desktop.exchange.judging.conflicts import resolve

    return resolve(store, answers)


def _said(one: Conflict, take: Take | None, fields: list[str]) -> Said:
    from minzheng_desktop.exchange.judging.conflicts import Answer as Said
    from minzheng_desktop.exchange.judging.conflicts import choose

    chosen = dict(choose(one, take.value).chosen) if take is not None else {}
    for told in fields:
        path, _, side = told.rpartition("=")
        if path not in {asked.path for asked in one.asked} or side not in {t.value for t in Take}:
            raise UserError(
                "not_answered", f"“{told}”不是这一条里要定的栏目，没有改动。请看 conflicts show 列的栏目。"
            )
        chosen[path] = choose(one, side).chosen[path]
    return Said(one.entity, one.id, one.heads, chosen)


def _data(one: Conflict) -> dict[str, Any]:
    return {
        "id": one.id,
        "entity": one.entity,
        "division": one.division,
        "whose": one.whose,
        "record": one.record or None,
        "ruled_at": one.ruled or None,
        "sides": [
            {"revision": s.revision, "at": s.at, "by": s.by, "letter": s.letter or None, "package": s.package}
            for s in one.sides
        ],
        "fields": [
            {"path": a.path, "label": a.label, "base": a.base, "values": list(a.values)} for a in one.asked
        ],
    }
