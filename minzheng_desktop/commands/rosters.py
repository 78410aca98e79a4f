"""`minzheng roster …`: a clerk's workbook planned, imported, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    absolute,
    command,
    new_app,
    opened,
    today,
)

if TYPE_CHECKING:
    from minzheng_desktop.exchange.rosters.plan import RosterPlan
    from minzheng_desktop.store.store import Store

app = new_app("花名册：预览、导入、撤回。")

RosterFile = Annotated[Path, typer.Argument(metavar="FILE", help="花名册（xlsx、xls、ods）。")]
FormKey = Annotated[str, typer.Option("--form", metavar="KEY", help="业务代码，例如 dibao。")]
Errors = Annotated[
    Path | None, typer.Option("--errors", metavar="OUT.xlsx", help="把有问题的行另存一份，改好可以再导。")
]
Month = Annotated[
    str | None, typer.Option("--month", metavar="YYYY-MM", help="花名册说的是哪个月；不写则从标题里认。")
]
PaidThrough = Annotated[
    str | None,
    typer.Option(
        "--paid-through", metavar="YYYY-MM", help="在程序外已经发到哪个月；不写则到第一次计划的前一个月。"
    ),
]
Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="表头=path", help="这一列是什么：字段代码、名称或 不导入；可以写多次。导入后记住。"
    ),
]
HeaderRows = Annotated[
    list[str] | None,
    typer.Option("--header-row", metavar="行", help="表头在第几行：3、3-4 或 工作表=3-4；不写则自己找。"),
]
TemplateFile = Annotated[
    Path, typer.Option("--out", metavar="OUT.xlsx", help="空表写到哪里；已有的会被替换。")
]
TemplateDatabase = Annotated[
    str | None,
    typer.Option(
        "--db", metavar="FILE", help="按这个台账的表单、村和机构写；不写则按程序自带的表单，不用台账。"
    ),
]
ImportId = Annotated[str, typer.Argument(metavar="IMPORT_ID", help="导入编号。")]


@command(app, "plan")
def plan(
    file: RosterFile,
    form: FormKey,
    errors: Errors = None,
    month: Month = None,
    paid_through: PaidThrough = None,
    mapped: Mapped = None,
    header_row: HeaderRows = None,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """看一份花名册导进来会怎样：新增、更新、不变、退回各多少，每一处问题在哪一行；不写入任何内容。"""
    with opened(db, user) as store:
        planned = _planned(store, file, form, month, paid_through, mapped or (), header_row or ())
        written = _write_errors(store, planned, errors)
    return _answer(planned, None, written)


@command(app, "import")
def import_roster(
    file: RosterFile,
    form: FormKey,
    errors: Errors = None,
    month: Month = None,
    paid_through: PaidThrough = None,
    mapped: Mapped = None,
    header_row: HeaderRows = None,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """导入一份花名册：能用的行写入，有错的行退回；同一份再导一次什么也不变。"""
    from minzheng_desktop.exchange.rosters.commit import commit_roster

    with opened(db, user) as store:
        planned = _planned(store, file, form, month, paid_through, mapped or (), header_row or ())
        written = _write_errors(
            store, planned, errors
        )  # first: what cannot be handed back leaves nothing done
        done = commit_roster(store, planned)
    return _answer(done.plan, done.import_id, written)


@command(app, "undo")
def undo(import_id: ImportId, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """撤回一次导入：没有再动过的记录作废，改过的保留并列出；已经发过钱的整次不能撤。"""
    from minzheng_desktop.exchange.rosters.undo import plan_undo, undo_data, undo_import

    with opened(db, user) as store:
        done = undo_import(store, plan_undo(store, import_id))
    kept = [f"  保留 {one.name}：{one.reason}" for one in done.kept]
    return Answer(undo_data(done), [f"已撤回 {done.undone} 项，保留 {len(done.kept)} 项。", *kept])


def template(
    form: FormKey,
    out: TemplateFile,
    db: TemplateDatabase = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """写一份空表：列名、下拉、示例和说明都在里面，填好用 roster import 导入。"""
    from minzheng_desktop.exchange.rosters import template_workbook

    target = out.expanduser().absolute()
    if db is not None:
        with opened(db, user) as store:
            made = template_workbook.save_template(store, form, target)
    else:
        made = template_workbook.save_shipped_template(form, target)
    data = {
        "file": absolute(made.path),
        "columns": [{"path": c.path, "title": c.title, "required": c.required} for c in made.columns],
    }
    required = "、".join(c.title for c in made.columns if c.required)
    return Answer(data, [f"空表已写到 {made.path}：{len(made.columns)} 列，必填 {required}。"])


def _planned(
    store: Store,
    file: Path,
    form: str,
    month: str | None,
    paid_through: str | None,
    columns: Sequence[str],
    headers: Sequence[str],
) -> RosterPlan:
    from minzheng_desktop.exchange.rosters.mapping import read_choices
    from minzheng_desktop.exchange.rosters.planning import plan_book
    from minzheng_desktop.exchange.rosters.sheets import read_workbook

    book = read_workbook(file.expanduser().absolute())
    with store.reading() as r:
        chosen = read_choices(r, book, form=form, columns=columns, headers=headers)
    return plan_book(
        store, book, form=form, today=today(), month=month, paid_through=paid_through, chosen=chosen
    )


def _write_errors(store: Store, planned: RosterPlan, out: Path | None) -> Path | None:
    """The workbook of rejected rows, when it was asked for and there are any."""
    if out is None:
        return None
    from minzheng_desktop.exchange.rosters.hand_back import hand_back_errors

    written = hand_back_errors(store, planned, out.expanduser().absolute())
    return written.path if written else None


_LEVELS = {"error": "错", "warning": "警", "info": "注"}


def _answer(planned: RosterPlan, import_id: str | None, errors: Path | None) -> Answer:
    from minzheng_desktop.exchange.rosters.plan import plan_data

    data = plan_data(planned, import_id=import_id)
    lines = [
        f"{_LEVELS[p['level']]} {p['sheet']} 第 {p['row']} 行 {p['column'] or ''}：{p['message']}"
        for p in data["problems"]
    ]
    lines.append(
        f"共 {data['rows']} 行：新增 {data['new']}，更新 {data['updated']}，不变 {data['unchanged']}，"
        f"退回 {data['rejected']}；提醒 {data['warnings']} 处，跳过 {data['skipped']} 行。"
    )
    if import_id:
        lines.append(f"导入编号：{import_id}（撤回用 minzheng roster undo）")
    if errors is not None:
        lines.append(f"有问题的行另存在：{errors}")
    return Answer(data, lines)
