"""`minzheng county move`: a county's database from its file to a server, or back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from minzheng_desktop.commands.frame import Answer, AsJson, Database, UserName, chosen, opened, secret_from

To = Annotated[
    str,
    typer.Option(
        "--to", metavar="URL|FILE", help="搬到哪里：服务器的空库 postgresql://…，或（搬回来）一个新文件。"
    ),
]
Reopen = Annotated[
    bool,
    typer.Option("--reopen", help="重新启用一个已经搬走的县库：只在新的那边确实丢失、还没有办过事时用。"),
]


def move(
    to: To = "", reopen: Reopen = False, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """把县库从文件搬到服务器（或搬回文件）：全部搬完、逐表核对数目、合计和校验值以后才算数，原库留着不再使用。"""
    if bool(to) == reopen:
        raise typer.BadParameter("写 --to（搬到哪里）或 --reopen（重新启用），两样写一样", param_hint="--to")
    password = secret_from("MINZHENG_PASSWORD", "口令")
    return _reopened(db, user, password) if reopen else _moved(to, db, user, password)


def _moved(to: str, db: str | None, user: str | None, password: str) -> Answer:
    from pathlib import Path

    from minzheng_desktop.store import moving
    from minzheng_desktop.store.postgres import is_url

    with opened(db, user, password) as store:
        steps = (
            moving.move_to_server(store, to, password=password)
            if is_url(to)
            else moving.move_to_file(store, Path(to).expanduser().absolute(), password=password)
        )
        done = _tell(steps)
    tables = {
        name: {"rows": one.rows, "sums": one.sums, "digest": one.digest} for name, one in done.tables.items()
    }
    data: dict[str, Any] = {
        "to": done.place, "rows": done.rows, "attachments": done.attachments, "tables": tables,
        "without_password": list(done.without_password),
    }  # fmt: skip
    lines = [
        f"已搬到 {done.place}：{done.rows:,} 行、附件 {done.attachments} 个，逐表核对一致，操作日志连得上。",
        "原来的县库已标明搬走，不能再打开使用，内容原样留着，可作备份。",
    ]
    if done.without_password:
        names = "、".join(done.without_password)
        how = "用 user reset 设新口令" if is_url(to) else "用 user add 重新加入"
        lines.append(f"口令不随库搬：{names} 要由管理员{how}。")
    if not is_url(to):
        lines.append("新文件的恢复密钥还没有打印，请马上用 key new 写一张封存。")
    return Answer(data, lines)


def _tell(steps: Any) -> Any:
    """Drain a move, its progress as one line at a terminal; returns its result."""
    import sys

    shows = sys.stderr.isatty()
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            if shows:
                typer.echo("", err=True)
            return end.value
        if shows:
            part = f"{step.done * 100 // step.of} %" if step.of else ""
            typer.echo(f"\r{step.words} {part}".ljust(60), err=True, nl=False)


def _reopened(db: str | None, user: str | None, password: str) -> Answer:
    from minzheng_desktop.store import moving

    named = chosen(db)
    moving.reopen(named, user=user, password=password)
    return Answer({"reopened": True}, ["已重新启用。请确认新的那边不再使用，否则两边会各办各的。"])
