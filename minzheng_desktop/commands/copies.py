"""`minzheng copies …`: the register of every copy that went to a stick, and the places that are remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

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
)
from minzheng_desktop.store.copies import KINDS

app = new_app("拷贝登记：哪个文件什么时候抄到了哪个盘，和记住的盘、文件夹。")

Number = Annotated[
    int | None, typer.Option("--package", metavar="N", min=0, help="只列第 N 号包（或它的回执）。")
]
Kind = Annotated[str, typer.Option("--kind", metavar="KIND", help=f"只列一种：{'、'.join(KINDS)}。")]
Town = Annotated[str, typer.Option("--division", metavar="CODE", help="只列这个单位的。")]
Text = Annotated[str, typer.Option("--text", metavar="T", help="文件名、盘、文件夹或经手人里有这几个字的。")]
Since = Annotated[str, typer.Option("--since", metavar="DATE", help="只列这一天以后的。")]
OutFile = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="写成工作簿（.xlsx）或 PDF。")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="不再记住的盘或文件夹。")]


@command(app, "list")
def list_(
    number: Number = None,
    kind: Kind = "",
    division: Town = "",
    text: Text = "",
    since: Since = "",
    out: OutFile = None,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """列出抄到盘上、文件夹里的每一份拷贝，新的在前；--package 44 答：第 44 号包在哪些盘上。"""
    from minzheng_desktop.documents.copies_list import STATES
    from minzheng_desktop.store import copies

    if kind and kind not in KINDS:
        raise typer.BadParameter(f"没有“{kind}”这一种。可以写：{'、'.join(KINDS)}")
    with opened(db, user) as store:
        copies.settle(store)
        with store.reading() as r:
            found = copies.list_copies(r, kind=kind, number=number, division=division, text=text, since=since)
        if out is not None:
            from minzheng_desktop.documents.copies_list import save_copies
            from minzheng_desktop.values.dates import stamp_text

            save_copies(store, found, out.expanduser().absolute(), printed_at=stamp_text())
    lines = [
        f"{one.at[:16].replace('T', ' ')}  {one.by}  {one.title}  {one.name}  {one.device}  {one.place}"
        f"{'' if one.state == copies.WRITTEN else f'  {STATES.get(one.state, one.state)}'}"
        for one in found
    ]
    data: dict[str, Any] = {"copies": [_data(one) for one in found], "file": absolute(out) if out else None}
    return Answer(data, lines or ["没有登记过这样的拷贝。"])


def _data(one: Any) -> dict[str, Any]:
    return {
        "kind": one.kind, "name": one.name, "number": one.number, "division": one.division or None,
        "sha256": one.digest, "size": one.size, "lines": one.lines, "place": one.place, "device": one.device,
        "state": one.state, "at": one.at, "by": one.by,
    }  # fmt: skip


@command(app, "places")
def places(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出记住的盘和文件夹（最近用的在前）和现在插着的 U 盘：还有多少空间，能不能写。"""
    from minzheng_desktop.store import destinations

    with opened(db, user) as store, store.reading() as r:
        found = destinations.offered(r)
    lines = [
        f"{one.folder}  {one.device}  {one.problem or f'剩 {destinations.size_words(one.free)}'}"
        f"{'' if one.remembered else '  没用过'}"
        for one in found
    ]
    data = [
        {
            "place": absolute(one.folder), "device": one.device, "free": one.free,
            "problem": one.problem or None, "used_at": one.used_at or None,
        }
        for one in found
    ]  # fmt: skip
    return Answer({"places": data}, lines or ["还没有记住的盘，也没有插着的 U 盘。"])


@command(app, "forget")
def forget(folder: Folder, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """不再记住一个盘或文件夹；登记过的拷贝都留着。"""
    from minzheng_desktop.store import destinations

    with opened(db, user) as store:
        gone = destinations.forget(store, folder.expanduser().absolute())
    return Answer({"forgotten": gone}, ["不再记住了。" if gone else "没有记过这个盘或文件夹。"])
