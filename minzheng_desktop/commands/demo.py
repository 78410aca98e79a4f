"""`minzheng demo`: the whole job on invented people, from a roster to a receipt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import Answer, AsJson, absolute, today

if TYPE_CHECKING:
    from minzheng_desktop.demo.township import Demonstration

Out = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="放演示结果的文件夹；以前的演示结果会被换掉。")
]
Pictures = Annotated[bool, typer.Option("--pictures", help="再给窗口的每个标签页存一张图。")]


def demo(out: Out, pictures: Pictures = False, as_json: AsJson = False) -> Answer:
    """用虚构的人走一遍：花名册、记录、发放、打印、上报包、县局接收、回执；说明打开哪些文件看。"""
    from minzheng_desktop.demo.township import PASSWORD, USER, run_demonstration
    from minzheng_desktop.values.money import format_money

    folder = out.expanduser().absolute()
    done = run_demonstration(folder, today=today(), say=lambda text: typer.echo(f"· {text}", err=True))
    taken = _take_pictures(done) if pictures else []
    total = format_money(done.total)
    data: dict[str, Any] = {
        "folder": absolute(done.folder),
        "town": absolute(done.town),
        "county": absolute(done.county),
        "user": USER,
        "password": PASSWORD,
        "rosters": [absolute(path) for path in done.rosters],
        "errors": absolute(done.errors),
        "imported": done.imported,
        "rejected": done.rejected,
        "month": done.month,
        "items": done.items,
        "total": total,
        "prints": [absolute(path) for path in done.prints],
        "package": absolute(done.package),
        "changes": done.changes,
        "accepted": done.accepted,
        "receipt": absolute(done.receipt),
        "confirmed": done.confirmed,
        "pictures": [absolute(path) for path in taken],
    }
    lines = [
        f"导入低保 {done.imported} 户，退回 {done.rejected} 行；{done.month} 发放 {done.items} 户，合计 {total} 元。",
        f"上报 {done.changes} 处变化，县局接收 {done.accepted}，批复 {done.confirmed} 件。",
        "可以打开看：",
        f"  手头的花名册      {done.rosters[0]}",
        f"  退回待改的行      {done.errors}",
        *(f"  {_KINDS[path.suffix]}  {path}" for path in done.prints),
        f"  上报包和回执      {done.package.parent}",
        *([f"  窗口各页的图      {taken[0].parent}"] if taken else []),
        f"演示库的用户是“{USER}”，口令 {PASSWORD}：minzheng gui --db {done.town}",
        f"都是虚构的人，看完可以整个删除：{done.folder}",
    ]
    return Answer(data, lines)


_KINDS = {".pdf": "花名册（打印）    ", ".xlsx": "花名册、代发（表格）", ".csv": "银行代发（文本）  "}


def _take_pictures(done: Demonstration) -> list[Path]:
    from minzheng_desktop.demo.township import PASSWORD
    from minzheng_desktop.ui.shots import take_pictures

    return take_pictures(done.town, password=PASSWORD, out=done.folder / "窗口截图")
