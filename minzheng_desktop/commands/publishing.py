"""`minzheng forms publish`, `offered` and `accept`: the county's catalogue goes down and comes into force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import Answer, AsJson, Database, UserName, opened, today

if TYPE_CHECKING:
    from minzheng_desktop.benefits.adjusts import AdjustDue
    from minzheng_desktop.catalog.differences import Difference
    from minzheng_desktop.exchange.down.offered import Preview

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="要下发的文件夹：表单、叠加、代码、标准、区划、工作日历。")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只检查，列出会变什么，不下发。")]


def publish(
    folder: Folder,
    dry_run: DryRun = False,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """县局：整夹检查后启用，随下一份回执或下发包带给乡镇。"""
    from minzheng_desktop.county.replies.publishing import plan_publication
    from minzheng_desktop.county.replies.publishing import publish as put_in_force

    with opened(db, user) as store:
        plan = plan_publication(store, folder.expanduser().absolute())
        done = 0 if dry_run else put_in_force(store, plan)
    data = {
        "published": done,
        "entries": [
            {"kind": one.kind, "key": one.key, "version": one.version, "file": one.name}
            for one in plan.entries
        ],
        "unchanged": list(plan.unchanged),
        "differences": [difference_data(one) for one in plan.differences],
    }
    lines = [f"{one.name}  第 {one.version} 版" for one in plan.entries]
    lines += [f"  {one.sentence()}" for one in plan.differences]
    if not plan.entries:
        lines.append("与已经下发的相同，没有变化。")
    elif dry_run:
        lines.append(f"检查通过，{len(plan.entries)} 个文件可以下发（这次没有下发）。")
    else:
        lines.append(f"已启用 {done} 个文件，随下一份回执或下发包带给乡镇。")
    return Answer(data, lines)


def offered(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """乡镇：县局下发的表单、标准里还没有启用的，启用后会变什么。"""
    from minzheng_desktop.exchange.down.offered import preview_offered

    with opened(db, user) as store, store.reading() as r:
        preview = preview_offered(r)
    return Answer(_preview_data(preview), [*_preview_lines(preview)] or ["没有等着启用的。"])


def accept(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """乡镇：启用县局下发的表单、标准；标准晚到、有月份已锁定的，列出要补差多少。"""
    from minzheng_desktop.benefits.adjusts import adjusts_due
    from minzheng_desktop.exchange.down.offered import accept_offered

    with opened(db, user) as store:
        preview = accept_offered(store)
        due = adjusts_due(store, today=today()) if preview.rates_since else ()
    data = {**_preview_data(preview), "adjusts": [_adjust_data(one) for one in due]}
    lines = [f"已启用 {len(preview.entries)} 个文件。", *_preview_lines(preview)]
    lines += [_adjust_line(one) for one in due]
    return Answer(data, lines)


def difference_data(one: Difference) -> dict[str, Any]:
    """A difference for --json."""
    return {
        "kind": one.kind, "what": one.what, "key": one.key, "subject": one.subject, "before": one.before or None,
        "after": one.after or None, "since": one.since or None,
    }  # fmt: skip


def _preview_data(preview: Preview) -> dict[str, Any]:
    return {
        "entries": [{"kind": one.kind, "key": one.key, "version": one.version} for one in preview.entries],
        "differences": [difference_data(one) for one in preview.differences],
        "aside": [
            {"kind": one.kind, "key": one.key, "version": one.version, "why": one.why}
            for one in preview.aside
        ],
    }


def _preview_lines(preview: Preview) -> list[str]:
    lines = [f"  {one.sentence()}" for one in preview.differences]
    return lines + [f"先放着：{one.name}——{one.why}" for one in preview.aside]


def _adjust_data(one: AdjustDue) -> dict[str, Any]:
    return {"form": one.form, "month": one.month, "items": one.items, "total": one.total}


def _adjust_line(one: AdjustDue) -> str:
    from minzheng_desktop.values.dates import format_month_cn
    from minzheng_desktop.values.money import format_money_grouped

    return (
        f"{one.title} {format_month_cn(one.month)}已经锁定，按新标准要补差 {one.items} 笔 "
        f"{format_money_grouped(one.total)} 元：batch plan {one.form} {one.month} --kind adjust"
    )
