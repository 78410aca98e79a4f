"""`minzheng init`, `audit verify`, `backup`, `restore`: the database as a whole."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    absolute,
    chosen,
    command,
    database_path,
    new_app,
    opened,
    secret_from,
    today,
)

audit_app = new_app("操作日志。")
app = new_app("这份台账：接入县局。")


class Role(StrEnum):
    """Whose database it is."""

    TOWNSHIP = "township"
    COUNTY = "county"


RoleOption = Annotated[Role, typer.Option("--role", help="乡镇用 township，县局用 county。")]
Division = Annotated[str, typer.Option("--division", metavar="CODE", help="区划代码：乡镇 9 位，县 6 位。")]
FirstUser = Annotated[str, typer.Option("--user", metavar="NAME", help="第一个用户的姓名。")]
Demonstration = Annotated[
    bool, typer.Option("--demonstration", help="演示用：可按示例标准锁定，处处标明演示。")
]
BackupOut = Annotated[Path, typer.Option("--out", metavar="FILE", help="备份文件写到哪里（.mzbak）。")]
BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="备份文件（.mzbak）。")]
NewDatabase = Annotated[str, typer.Option("--db", metavar="FILE", help="恢复成的新台账，不能已经存在。")]
Enrolment = Annotated[
    Path | None, typer.Option("--enrolment", metavar="FILE", help="县局给的接入文件（.mzenrol）。")
]
NewRoot = Annotated[
    str,
    typer.Option("--new-root", metavar="DIGITS", help="县局换了根密钥时：电话核对过的新指纹（16 位数字）。"),
]
EnrolmentFile = Annotated[Path, typer.Argument(metavar="FILE", help="县局给的接入文件（.mzenrol）。")]
KeySheet = Annotated[
    Path | None,
    typer.Option("--key-sheet", metavar="FILE", help="恢复密钥写成一张 PDF，打印封存后删掉。"),
]


def init(
    role: RoleOption,
    division: Division,
    user: FirstUser,
    demonstration: Demonstration = False,
    enrolment: Enrolment = None,
    key_sheet: KeySheet = None,
    db: Database = None,
    as_json: AsJson = False,
) -> Answer:
    """新建台账和第一个用户，给出要打印保存的恢复密钥。"""
    from minzheng_desktop.exchange.first_start import start_office
    from minzheng_desktop.store.postgres import is_url

    if is_url(chosen(db)):
        if role is not Role.COUNTY or enrolment is not None or key_sheet is not None:
            raise typer.BadParameter(
                "服务器上只能建县库（--role county），没有接入文件和恢复密钥", param_hint="--db"
            )
        return _init_server(chosen(db), division, user, demonstration)
    path = database_path(db)
    store, recovery_key = start_office(
        path,
        role=role.value,
        division=division,
        user=user,
        password=secret_from("MINZHENG_PASSWORD", "口令", twice=True),
        today=today(),
        demonstration=demonstration,
        enrolment=enrolment.expanduser().absolute() if enrolment else None,
        phrase=secret_from("MINZHENG_PHRASE", "县局电话告知的六个词") if enrolment else "",
    )
    site = store.site
    if key_sheet is not None:
        from minzheng_desktop.documents.key_sheet import make_key_sheet
        from minzheng_desktop.documents.saving import save_made
        from minzheng_desktop.values.dates import stamp_text

        made = make_key_sheet(store, recovery_key, printed_at=stamp_text())
        save_made(store, key_sheet.expanduser().absolute(), made, kind="recovery_key")
    store.close()
    return Answer(
        {"site": site.laptop, "division": division, "recovery_key": recovery_key},
        [f"已新建台账：{path}", f"恢复密钥（请抄写或打印，锁进柜子）：{recovery_key}"],
    )


def _init_server(url: str, division: str, user: str, demonstration: bool) -> Answer:
    from minzheng_desktop.store.store import Store

    password = secret_from("MINZHENG_PASSWORD", "口令", twice=True)
    with Store.create_server(
        url, division=division, user=user, password=password, demonstration=demonstration
    ) as store:
        data = {"site": store.site.laptop, "division": division, "db": store.place}
    return Answer(data, [f"已在 {data['db']} 建好县库。", "备份由服务器管理员做（pg_dump），附件也在库里。"])


@command(app, "enrol")
def enrol(
    file: EnrolmentFile,
    new_root: NewRoot = "",
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """已有的台账接入县局（第一次接入、换电脑后重新接入都用它）；六个词的口令由县局打电话告知。"""
    from minzheng_desktop.exchange.first_start import join_county

    with opened(db, user) as store:
        phrase = secret_from("MINZHENG_PHRASE", "县局电话告知的六个词")
        join_county(store, file.expanduser().absolute(), phrase, today=today(), new_root=new_root)
        site = store.site
    return Answer(
        {"division": site.division, "letter": site.letter, "may_lock": site.may_lock},
        [
            f"已接入县局，本机是 {site.letter} 机，{'可以' if site.may_lock else '不能'}锁定发放。",
            "请写一个上报包给县局，读到县局的回执，登记才算完成。",
        ],
    )


@command(audit_app, "verify")
def verify(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """逐条核对操作日志的链，看有没有被改过。"""
    from minzheng_desktop.store import audit

    with opened(db, user) as store, store.reading() as r:
        verdict = audit.verify(r.connection)
    intact = not verdict.broken_at
    data = {
        "intact": intact,
        "entries": verdict.entries,
        "head": verdict.head,
        "broken_at": verdict.broken_at or None,
        "reason": verdict.reason,
    }
    if intact:
        return Answer(data, [f"操作日志完整：{verdict.entries} 条，末条 {verdict.head}。"])
    return Answer(data, [f"操作日志在第 {verdict.broken_at} 条断开：{verdict.reason}。"])


def backup(out: BackupOut, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """备份整个台账到一个文件，写完再打开核对一遍。"""
    from minzheng_desktop.store.backup import write_backup

    with opened(db, user) as store:
        made = write_backup(store, out.absolute())
    data = {"file": absolute(out), "made_at": made.made_at, "sha256": made.sha256}
    lines = [f"备份写好并核对过：{absolute(out)}"]
    if made.attachments:
        lines.append(f"附件 {made.attachments} 个在旁边的 {out.name}.files 文件夹里，搬动备份时一起带走。")
    return Answer({**data, "attachments": made.attachments}, lines)


def restore(file: BackupFile, db: NewDatabase, user: UserName = None, as_json: AsJson = False) -> Answer:
    """把备份恢复成一个新的台账（--db 写新台账放在哪里），原有的台账不动。"""
    from minzheng_desktop.store import attachments
    from minzheng_desktop.store import backup as backups

    target = database_path(db)
    manifest = backups.read_manifest(file.absolute())
    password = secret_from("MINZHENG_PASSWORD", "口令")
    with backups.restore(file.absolute(), target, user=user, password=password) as store:
        missing = attachments.missing(store)
    data = {"db": str(target), "division": manifest.division, "made_at": manifest.made_at}
    lines = [f"已恢复到 {target}（备份于 {manifest.made_at}）。", "与县局的交换先停着，等县里确认。"]
    if missing:
        lines.append(
            f"有 {missing} 个附件不在备份旁边的文件夹里，记录都在，附件找回后放进 {target.name}.files。"
        )
    return Answer({**data, "missing_attachments": missing}, lines)
