"""`minzheng gui`: the window."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from minzheng_desktop.commands.frame import (
    DATABASE,
    Answer,
    AsJson,
    Database,
    UserName,
    chosen,
    database_path,
    today,
)
from minzheng_desktop.paths import user_data_dir

Demonstration = Annotated[
    bool, typer.Option("--demonstration", help="打开演示乡镇；第一次会先做出来，放在本机的数据文件夹里。")
]


def gui(
    demonstration: Demonstration = False,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """打开窗口。没有台账时从选乡镇、建用户开始；县库在服务器上时写它的地址。"""
    from minzheng_desktop.store.postgres import is_url

    place: str | Path | None = chosen(db) if db or os.environ.get(DATABASE) else None
    if place is not None and not is_url(str(place)):
        place = database_path(db)
    if user is not None:
        os.environ["MINZHENG_USER"] = user
    if demonstration:
        from minzheng_desktop.demo.township import PASSWORD, own_demonstration

        folder = user_data_dir() / "demonstration"
        place = own_demonstration(folder, today=today(), say=lambda text: typer.echo(f"· {text}", err=True))
        typer.echo(f"演示乡镇放在 {folder}，都是虚构的人，可以整个删除。", err=True)
        os.environ["MINZHENG_PASSWORD"] = PASSWORD
    from minzheng_desktop.ui.app import run

    return Answer({"exit_code": run(place)})
