"""`minzheng demo`: a county of invented people over one year, or one township from a roster to a receipt."""

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
Scale = Annotated[
    float, typer.Option("--scale", metavar="S", help="规模，0.01 到 1；1 是整县的数，要几分钟。")
]
Township = Annotated[bool, typer.Option("--township", help="只做一个乡镇的一遍，几秒钟。")]
Pictures = Annotated[bool, typer.Option("--pictures", help="再给窗口的每个标签页存一张图。")]


def demo(
    out: Out,
    scale: Scale = 1.0,
    township: Township = False,
    pictures: Pictures = False,
    as_json: AsJson = False,
) -> Answer:
    """用虚构的人生成一个县：25 个乡镇街道过完一年，逐月发放、上报，县局接收、核查、出年度报告。

    加 --township 只做一个乡镇的一遍：花名册、记录、发放、打印、上报包、县局接收、回执。
    """
    return _township(out, pictures) if township else _county(out, scale)


def _county(out: Path, scale: float) -> Answer:
    from minzheng_desktop.demo.county.make import make_county
    from minzheng_desktop.demo.township import COUNTY_USER, PASSWORD, USER

    folder = out.expanduser().absolute()
    done = make_county(folder, scale=scale, today=today(), say=lambda text: typer.echo(f"· {text}", err=True))
    data: dict[str, Any] = {
        "folder": absolute(done.folder),
        "county_db": absolute(done.county),
        "township_dbs": [absolute(path) for path in done.towns],
        "password": PASSWORD,
        "user": COUNTY_USER,
        "township_user": USER,
        "report": absolute(done.report),
        "findings": [{"rule": one.rule, "division": one.division} for one in done.findings],
        "planted": [{"rule": one.rule, "division": one.division} for one in done.planted],
    }
    lines = [
        f"县库 {done.county}，用户“{COUNTY_USER}”；乡镇库 {len(done.towns)} 个，用户“{USER}”；口令都是 {PASSWORD}。",
        f"年度报告 {done.report}（同名的 xlsx、docx、json 在旁边）；核查发现 {len(done.findings)} 处。",
        f"都是虚构的人，看完可以整个删除：{done.folder}",
    ]
    return Answer(data, lines)


def _township(out: Path, pictures: bool) -> Answer:
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
