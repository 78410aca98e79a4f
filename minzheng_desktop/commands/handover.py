"""`minzheng export` and `minzheng receipt …`: a township hands over, and reads what the county answered."""

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
    error_data,
    left_data,
    new_app,
    opened,
    today,
)

receipt_app = new_app("县局的回执。")
app = new_app("上报到了哪一步。")

OutFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="写到哪个文件夹，通常是 U 盘；可以写几次，一次抄到几个盘。不写则用上次用的。",
    ),
]
Resend = Annotated[int | None, typer.Option("--resend", metavar="N", min=1, help="只把第 N 号包再抄一份。")]
Arrivals = Annotated[
    list[Path],
    typer.Argument(metavar="FILE|DIR...", help="回执（.mzret）、下发包（.mzbul），或放着它们的文件夹。"),
]
Move = Annotated[
    bool,
    typer.Option("--move", help="读文件夹时：读入的移到里面的“已收”，拒收的移到“拒收”；不写则不动文件。"),
]
ReceiptFile = Annotated[Path, typer.Argument(metavar="FILE", help="回执文件（.mzret）。")]


def export(
    out: OutFolders = None,
    resend: Resend = None,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """把上次以来的变化打成一个上报包，抄到 U 盘；没有变化时补抄还没收到回执的包。"""
    from minzheng_desktop.exchange.files.packing import left_behind
    from minzheng_desktop.exchange.sending import chain
    from minzheng_desktop.exchange.sending.delivery import last_used

    with opened(db, user) as store:
        folders = [one.expanduser().absolute() for one in out or ()] or [last_used(store)]
        done = chain.export(store, out=folders, resend=resend)
    recopied = [absolute(path) for path in done.recopied]
    data = {
        "file": absolute(done.file) if done.file else None,
        "number": done.number,
        "changes": done.changes,
        "attachments": done.attachments,
        "missing_attachments": done.missing,
        "waiting": done.waiting,
        "recopied": recopied,
        "said": list(done.said),
        "places": [
            {
                "place": absolute(one.folder),
                "device": one.device,
                "written": [path.name for path in (*one.written, *one.mended)],
                "there": [path.name for path in one.same],
                "error": {"code": one.error.code, "message": one.error.message} if one.error else None,
            }
            for one in done.places
        ],
    }
    lines = [f"第 {done.number} 号包：{done.changes} 处变化，{absolute(done.file)}"] if done.file else []
    if done.attachments:
        lines.append(f"附件 {done.attachments} 个一起打进了包里。")
    lines += done.said
    lines += left_behind(missing=done.missing, waiting=done.waiting)
    lines += [f"补抄：{path}" for path in recopied]
    lines += [f"原来只有一半、已重写：{absolute(path)}" for one in done.places for path in one.mended]
    lines += [one.sentence for one in done.places if one.error]
    return Answer(data, lines or ["没有新的变化，也没有要补抄的包。"])


def receive(
    files: Arrivals,
    move: Move = False,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """乡镇：读入县局的回执、下发包和本乡镇另一台电脑的包，可以写整个文件夹；读过的不再读，别的文件不动。"""
    from minzheng_desktop.exchange import folder as folders
    from minzheng_desktop.exchange.arriving import move_taken, take_in

    paths = [file.expanduser().absolute() for file in files]
    with opened(db, user) as store:
        listed = folders.list_files(store, paths)
        done = list(take_in(store, listed.ready, today=today()))
        moved = sum(move_taken(one, done, listed) for one in paths if move and one.is_dir())
    data: dict[str, Any] = {
        "files": [
            {
                "file": absolute(one.file),
                "package": one.receipt.package if one.receipt else None,
                "bulletin": one.bulletin.number if one.bulletin else None,
                "peer": {"letter": one.peer.letter, "number": one.peer.number, "status": one.peer.status}
                if one.peer
                else None,
                "error": error_data(one.error) if one.error else None,
            }
            for one in done
        ],
        **left_data([listed]),
        "moved": moved,
    }
    lines = [one.sentence for one in done]
    lines += [f"没有动的：{listed.words}。"] if listed.words else []
    return Answer(data, lines or ["没有新的回执，也没有新的下发包。"])


@command(receipt_app, "apply")
def apply(file: ReceiptFile, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """读入县局的回执：记下收到了哪些、退回了哪些，县里的决定落到记录上。"""
    from minzheng_desktop.exchange.arriving import apply_receipt_file

    with opened(db, user) as store:
        done = apply_receipt_file(store, file.expanduser().absolute(), today=today())
    decided = done.decisions
    body = {
        "accepted": done.accepted.rows,
        "rejected": done.rejected.rows,
        "questioned": done.questioned.rows,
        "decisions": len(decided.taken),
        "waiting": len(decided.waiting),
        "acknowledged_number": done.acknowledged_number,
    }
    lines = [
        f"第 {done.package} 号包的回执：接收 {done.accepted.rows}，退回 {done.rejected.rows}，"
        f"存疑 {done.questioned.rows}，暂存 {done.held.rows}。",
        f"县里的决定：{len(decided.taken)} 条已落实，{len(decided.waiting)} 条与现状不符，等人来看。",
        f"县局已收到第 {done.acknowledged_number} 号包为止。",
        *(f"  {row.why}" for row in done.rows),
    ]
    return Answer(body, lines)


_STAGES = {
    "written": "已写好，还没有抄到盘上",
    "copied": "已抄到盘上，等县局的回执",
    "received": "县局已收到，在等前面的包",
    "applied": "县局已入库",
    "answered": "县局已入库，回执已读",
}


@command(app, "status")
def status(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """每个上报包到了哪一步（写好、抄到盘、收到、入库、回执），哪里不对，下一步做什么。"""
    from minzheng_desktop.exchange.sending.chain_status import stand
    from minzheng_desktop.values.dates import now_text

    with opened(db, user) as store, store.reading() as r:
        now = stand(r, now=now_text())
    data = {
        "enrolled": now.enrolled,
        "paused": now.paused,
        "last_number": now.last_number,
        "applied_to": now.applied_to,
        "waiting": now.waiting,
        "packages": [
            {
                "number": one.number, "file": one.file, "stage": one.stage, "written": one.at,
                "copied": one.copied or None, "copies": one.copies, "received": one.received or None,
                "applied": one.applied or None, "answered": one.answered or None,
            }
            for one in now.packages
        ],
        "troubles": [
            {"code": one.code, "said": one.said, "way": one.way, "at": one.at or None} for one in now.troubles
        ],
        "next": {"code": now.next.code, "words": now.next.words},
    }  # fmt: skip
    lines = [f"下一步：{now.next.words}"]
    lines += [f"！{one.said}{one.way}" for one in now.troubles if one.said not in now.next.words]
    lines += [
        f"第 {one.number:04d} 号包  {one.at[:16].replace('T', ' ')}  {one.changes} 处变化  {_STAGES[one.stage]}"
        for one in now.packages
    ]
    return Answer(data, lines)
