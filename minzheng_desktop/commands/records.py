"""`minzheng record …`: records of any form, listed, shown, saved and moved on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    command,
    new_app,
    opened,
    problem_lines,
    problems_data,
    today,
)

app = new_app("记录：列出、查看、保存、办理下一步。")

FormKey = Annotated[str, typer.Option("--form", metavar="KEY", help="业务代码，例如 dibao。")]
State = Annotated[
    str | None, typer.Option("--status", metavar="S", help="只列这个状态，例如 active 或“在享”。")
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="最多列出多少条；不写则全部列出。")]
RecordId = Annotated[str, typer.Argument(metavar="ID", help="记录的编号。")]
StepKey = Annotated[str, typer.Argument(metavar="STEP", help="办理的一步，例如 submit、review。")]
RecordFile = Annotated[Path, typer.Argument(metavar="FILE", help="记录文件（JSON）。")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="K=V", help="这一步要填的内容，可以写多个；恢复时 back_pay=否 不补发暂停的月份。"
    ),
]

Write = Annotated[bool, typer.Option("--write", help="写入；不写这一项只列出来看。")]


@command(app, "list")
def list_records(
    form: FormKey,
    status: State = None,
    limit: Limit = None,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """列出一项业务的记录。"""
    from itertools import islice

    from minzheng_desktop.exchange.record_file import summary_of
    from minzheng_desktop.store.records import each_form_record, form_of

    with opened(db, user) as store, store.reading() as r:
        states = form_of(r, form).workflow.states
        wanted = [key for key, state in states.items() if status in (key, state.title)] if status else []
        if status and not wanted:
            known = "、".join(f"{key}（{state.title}）" for key, state in states.items())
            raise typer.BadParameter(f"没有状态 {status}；可用的有 {known}")
        found = [summary_of(row) for row in islice(each_form_record(r, form, *wanted), limit)]
        lines = [
            f"{row['number'] or row['id']}  {states[row['state']].title}  {row['amount'] or ''}"
            for row in found
        ]
    return Answer({"records": found}, [*lines, f"共 {len(found)} 条。"])


@command(app, "show")
def show(record_id: RecordId, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """查看一条记录的全部内容、办理过程和已定的待遇。"""
    import json

    from minzheng_desktop.exchange.record_file import show_record

    with opened(db, user) as store:
        data = show_record(store, record_id)
        store.note("reveal_record", {"record": record_id})
    return Answer(data, [json.dumps(data, ensure_ascii=False, indent=2)])


@command(app, "save")
def save(
    form: FormKey, file: RecordFile, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """把记录文件存成一条记录：新的进入草稿，已有的按编号更新。"""
    from minzheng_desktop.exchange.record_file import read_record_file, save_record_file, show_record

    content = read_record_file(file.expanduser().absolute())
    with opened(db, user) as store:
        saved = save_record_file(store, form, content, today=today())
        data = show_record(store, saved.id) | {"problems": problems_data(saved.problems)}
    lines = [f"已保存：{saved.number or saved.id}", *problem_lines(saved.problems)]
    return Answer(data, lines)


@command(app, "step")
def step(
    record_id: RecordId,
    step: StepKey,
    settings: Settings = None,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """办理一步：提交、受理、审核、公示、上报、停发……"""
    from minzheng_desktop.exchange.record_file import show_record, step_record

    pairs = [item.partition("=") for item in settings or ()]
    if any(not equals for _, equals, _ in pairs):
        raise typer.BadParameter("--set 要写成 名称=内容")
    with opened(db, user) as store:
        taken = step_record(store, record_id, step, {k: v for k, _, v in pairs}, today=today())
        data = show_record(store, record_id) | {"problems": problems_data(taken.problems)}
        form = store.catalog.forms[data["form"]]
        title = form.workflow.states[taken.to_state].title
    return Answer(data, [f"已办理，现在是“{title}”。", *problem_lines(taken.problems)])


@command(app, "due")
def due(
    form: FormKey, write: Write = False, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """列出该登记而还没有登记的：本期的资格认证，该入库的低收入人口；加 --write 才登记。"""
    from minzheng_desktop.benefits import pool, schedules
    from minzheng_desktop.store.records import form_of

    day = today()
    with opened(db, user) as store:
        with store.reading() as r:
            found_form = form_of(r, form)
            plan = pool.plan_pool(r, today=day) if form == pool.POOL else None
            listed = () if plan else schedules.plan_scheduled(r, found_form, today=day)
        if write and plan is not None:
            pool.fill_pool(store, today=day)
        elif write:
            schedules.make_scheduled(store, form, today=day)
    if plan is not None:
        kinds = {"new": plan.new, "moved": plan.moved, "to_look_at": plan.to_look_at}
        words = {"new": "入库", "moved": "更新主类别", "to_look_at": "要人来看"}
        data: dict[str, Any] = {
            kind: [{"person": m.person, "name": m.name, "category": m.category} for m in members]
            for kind, members in kinds.items()
        }
        lines = [f"{words[kind]}  {m.name}" for kind, members in kinds.items() for m in members]
    else:
        rows = [
            {"person": one.person, "name": one.name, "period": one.period.name, "due": one.period.last,
             "awards": list(one.awards)}
            for one in listed
        ]  # fmt: skip
        data = {"new": rows}
        lines = [
            f"{row['name']}  {row['period']}  期限 {row['due']}  {len(row['awards'])} 项" for row in rows
        ]
    return Answer(data | {"written": write}, lines or ["没有要补的。"])


@command(app, "ready")
def ready(
    form: FormKey, write: Write = False, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """列出条件已经够、可以一起办的一步（认证通过、逾期暂停、到期失效……）；加 --write 才办。"""
    from minzheng_desktop.benefits.ready_steps import plan_ready, take_ready
    from minzheng_desktop.store.records import form_of

    day = today()
    with opened(db, user) as store:
        if write:
            found = take_ready(store, form, today=day)
        else:
            with store.reading() as r:
                found = plan_ready(r, form_of(r, form), today=day)
    rows = [
        {
            "record": one.record,
            "name": one.name,
            "number": one.number,
            "step": one.step,
            "problem": one.message,
        }
        for one in found
    ]
    lines = [f"{one.title}  {one.name or one.number}  {one.message}".rstrip() for one in found]
    return Answer({"records": rows, "written": write}, lines or ["没有够条件的。"])
