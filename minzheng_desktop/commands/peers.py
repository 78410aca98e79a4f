"""`minzheng peer …`: two laptops of one township read each other's packages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    from minzheng_desktop.exchange.peers.reading import PeerRead

app = new_app("本乡镇的另一台电脑：读它的包，给它写台账副本。")

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", help="另一台电脑写的上报包（.mzpkg）或台账副本（.mzcopy），可以写多个。"
    ),
]
CopyFolder = Annotated[Path, typer.Option("--out", metavar="DIR", help="写到哪个文件夹，通常是 U 盘。")]


@command(app, "read")
def read(files: Files, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """读入本乡镇另一台电脑的包或副本：改的是不同栏目的合在一起，改了同一栏的等人决定。"""
    from minzheng_desktop.exchange.peers.reading import read_peer_files

    paths = [file.expanduser().absolute() for file in files]
    with opened(db, user) as store:
        done = list(read_peer_files(store, paths, today=today()))
        names = store.catalog.divisions
    lines = [_line(one, names.name(one.sender) if one.sender else "") for one in done]
    return Answer({"packages": [_data(one) for one in done]}, lines)


@command(app, "list")
def peers(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出本乡镇的其他电脑，各读到第几号包。"""
    from minzheng_desktop.exchange.judging.early import number_words
    from minzheng_desktop.exchange.peers.places import list_peers

    with opened(db, user) as store, store.reading() as r:
        found = list_peers(r)
    data = [
        {
            "laptop": one.laptop, "letter": one.letter, "may_lock": one.may_lock, "number": one.number,
            "at": one.at or None, "waiting": list(one.waiting), "missing": list(one.missing),
        }
        for one in found
    ]  # fmt: skip
    lines = [
        f"{one.letter} 机  读到第 {one.number} 号包  {one.at[:10]}"
        f"{'  可锁定' if one.may_lock else ''}{f'  还缺{number_words(one.missing)}包' if one.missing else ''}"
        for one in found
    ]
    return Answer({"peers": data}, lines or ["本乡镇没有登记别的电脑。"])


@command(app, "copy")
def copy(out: CopyFolder, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """给本乡镇的另一台电脑写一份台账副本（加密给登记过的电脑），在那台上用 peer read 读入。"""
    from minzheng_desktop.exchange.peers.copying import write_copy

    with opened(db, user) as store:
        made = write_copy(store, out.expanduser().absolute())
    files = [absolute(file) for file in made.files]
    data = {
        "files": files, "changes": made.changes, "attachments": made.attachments,
        "missing_attachments": made.missing, "letters": list(made.letters),
    }  # fmt: skip
    lines = [f"副本：{file}" for file in files]
    lines.append(f"共 {made.changes:,} 处变化、{made.attachments} 个附件，{'、'.join(made.letters)} 机能读。")
    if made.missing:
        lines.append(f"有 {made.missing} 个附件的文件丢失或损坏，没有抄进去，其余照常。")
    return Answer(data, lines)


def _data(one: PeerRead) -> dict[str, Any]:
    return {
        "file": absolute(one.file),
        "from": one.sender or None,
        "letter": one.letter or None,
        "number": one.number,
        "status": one.status,
        "reason": one.reason or None,
        "code": one.code or None,
        "new": one.count("new"),
        "changed": one.count("changed"),
        "same": one.count("same"),
        "held": one.count("held"),
        "rejected": one.count("rejected"),
        "merged": one.merged,
        "conflicts": one.conflicts,
        "decisions": one.decisions,
    }


def _line(one: PeerRead, town: str) -> str:
    whose = "来源不明" if one.number is None else f"{town} {one.letter} 机第 {one.number:04d} 号"
    named = f"{one.file.name}（{whose}）"
    if one.status != "applied":
        return f"{named}：{one.reason}"
    parts = [f"新增 {one.count('new')}", f"变化 {one.count('changed')}", f"已有 {one.count('same')}"]
    if one.merged:
        parts.append(f"合并 {one.merged}")
    if one.conflicts:
        parts.append(f"等人决定 {one.conflicts}（minzheng conflicts list）")
    waiting = one.count("held") - one.conflicts
    if waiting:
        parts.append(f"暂存 {waiting}")
    if one.count("rejected"):
        parts.append(f"隔离 {one.count('rejected')}")
    return f"{named}：{'，'.join(parts)}。"
