"""`minzheng bulletin read` in a township and `minzheng county bulletin` at the county: what goes down by file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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

app = new_app("县局的下发包。")

BulletinFile = Annotated[Path, typer.Argument(metavar="FILE", help="下发包（.mzbul）。")]
Divisions = Annotated[
    list[str] | None,
    typer.Option(
        "--division", metavar="CODE", help="发给哪个乡镇（9 位区划代码），可以写多次；不写则发给全部。"
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="写到哪个文件夹；不写则只列出谁已读到。")
]


@command(app, "read")
def read(file: BulletinFile, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """读入县局的下发包：决定和裁定落到记录上，表单、标准等待确认后启用；重复读没有变化。"""
    from minzheng_desktop.exchange.arriving import read_bulletin_file

    with opened(db, user) as store:
        done = read_bulletin_file(store, file.expanduser().absolute(), today=today())
    decided, ruled = done.came.decisions, done.came.rulings
    body = {
        "number": done.number,
        "known": done.known,
        "newest": done.newest,
        "decisions": len(decided.taken),
        "waiting": len(decided.waiting),
        "absent": len(decided.absent),
        "rulings": len(ruled.taken),
        "rulings_waiting": len(ruled.waiting) + len(ruled.unknown),
        "findings": done.findings,
        "unknown": done.unknown,
    }
    lines = [f"第 {done.number} 号下发包{'以前读过，没有变化' if done.known else '已读入'}。"]
    lines += [f"县里的决定：{len(decided.taken)} 条已落实，{len(decided.waiting)} 条与现状不符，等人来看。"]
    if decided.absent:
        lines.append(f"有 {len(decided.absent)} 个决定针对另一台电脑的记录，读入那台电脑的包以后落实。")
    if ruled.taken or ruled.waiting or ruled.unknown:
        lines.append(
            f"县里的裁定：{len(ruled.taken)} 条已落实，{len(ruled.waiting) + len(ruled.unknown)} 条在等。"
        )
    if not done.newest:
        lines.append("以前读过更新的文件，这一份里的电脑、标准和核查问题不再采用。")
    if done.unknown:
        lines.append(
            f"有 {done.unknown} 行是更新的程序写的，本机还不认识，已原样留着；升级程序后请县局再发一份。"
        )
    return Answer(body, lines)


def write(
    division: Divisions = None,
    out: Out = None,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """给一个、几个或全部乡镇写下发包；不写 --out 则列出每个乡镇最近的下发包和是否已读到。"""
    from minzheng_desktop.county.receiving.senders import require_county
    from minzheng_desktop.county.replies import bulletins

    with opened(db, user) as store:
        require_county(store)
        with store.reading() as r:
            known = bulletins.live_divisions(r)
        done = (
            bulletins.write_bulletins(store, division or known, out.expanduser().absolute())
            if out is not None
            else []
        )
        with store.reading() as r:
            stand = [one for one in bulletins.standings(r) if not division or one.division in division]
    data = {
        "written": [
            {
                "division": one.division, "number": one.number, "file": absolute(one.file),
                "decisions": one.decisions, "rulings": one.rulings, "findings": one.findings,
                "catalog": one.catalog,
            }
            for one in done
        ],
        "towns": [
            {"division": one.division, "laptops": one.laptops, "number": one.number, "at": one.at or None,
             "read": one.read, "untaken": one.untaken}
            for one in stand
        ],
    }  # fmt: skip
    lines = [
        f"{one.town}  第 {one.number} 号下发包：决定 {one.decisions}，裁定 {one.rulings}，核查问题 {one.findings}，"
        f"表单和标准 {one.catalog}  {absolute(one.file)}"
        for one in done
    ]
    if out is None:
        lines = [
            f"{one.town}  "
            + (f"第 {one.number} 号，{one.at[:10]} 写出，{'已读到' if one.read else '还没有读到'}" if one.number
               else "没有发过" if one.laptops else "没有登记的电脑")
            for one in stand
        ]  # fmt: skip
    return Answer(data, lines or ["没有登记的电脑，没有写下发包。"])
