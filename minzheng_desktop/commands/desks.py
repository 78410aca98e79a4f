"""`minzheng decision …` and `minzheng key …`: decisions that wait for a person; keys on paper."""

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
    chosen,
    command,
    database_path,
    new_app,
    opened,
    secret_from,
    today,
)

decision_app = new_app("县决定与现状不符的：列出、照办、搁置。")
key_app = new_app("恢复密钥：换新的，或用它（或县局根密钥）重设密码。")

DecisionId = Annotated[str, typer.Argument(metavar="ID", help="决定的编号。")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="搁置的理由，随下一包告诉县局。")]
SheetOut = Annotated[Path, typer.Option("--out", metavar="FILE", help="密钥纸写到哪里（PDF），打印后删掉。")]
WhoseUser = Annotated[str, typer.Option("--user", metavar="NAME", help="给哪个用户设新密码。")]


@command(decision_app, "list")
def waiting(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出落不到记录上的县级决定。"""
    from minzheng_desktop.exchange.down import decided
    from minzheng_desktop.exchange.down.decided_on import compare_decision

    with opened(db, user) as store, store.reading() as r:
        found = [(one, compare_decision(r, one)) for one in decided.waiting_decisions(r)]
    data = [
        {
            **{k: one[k] for k in ("id", "record", "kind", "text", "number", "at")},
            "state_then": on.then or None,
            "state_now": on.now,
            "changed": [{"field": d.label, "then": d.then, "now": d.now} for d in on.differences],
            "steps_since": [{"at": s.at, "step": s.title, "by": s.by, "reason": s.reason} for s in on.steps],
        }
        for one, on in found
    ]
    lines = [
        f"{decided.KINDS[one['kind']]}  {one['number'] or ''}  {one['at'][:10]}  决定时“{on.then or '看不出'}”，"
        f"现在“{on.now}”，改过 {len(on.differences)} 项，后来办过 {len(on.steps)} 步  {one['id']}"
        for one, on in found
    ]
    return Answer({"decisions": data}, lines or ["没有。"])


@command(decision_app, "take")
def take(decision: DecisionId, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """看过以后，仍按县级决定办这一步。"""
    from minzheng_desktop.exchange.down.decided import take_waiting

    with opened(db, user) as store:
        take_waiting(store, decision, today=today())
    return Answer({"taken": decision}, ["已按县级决定办理。"])


@command(decision_app, "dismiss")
def dismiss(
    decision: DecisionId, reason: Reason, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """搁置一个决定，理由随下一包告诉县局。"""
    from minzheng_desktop.exchange.down.decided import dismiss_waiting

    with opened(db, user) as store:
        dismiss_waiting(store, decision, reason=reason)
    return Answer({"dismissed": decision}, ["已搁置，随下一包告诉县局。"])


@command(key_app, "new")
def new(out: SheetOut, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """换新的恢复密钥，写成一张纸；旧的那张马上作废。"""
    from minzheng_desktop.documents.key_sheet import make_key_sheet
    from minzheng_desktop.documents.saving import save_made
    from minzheng_desktop.store.users import new_recovery_key
    from minzheng_desktop.values.dates import stamp_text

    with opened(db, user) as store:
        key = new_recovery_key(store)
        made = make_key_sheet(store, key, printed_at=stamp_text())
        save_made(store, out.expanduser().absolute(), made, kind="recovery_key")
    lines = [f"新的恢复密钥：{key}", f"已写出 {absolute(out)}，打印封存以后删掉它。旧的已作废。"]
    return Answer({"recovery_key": key, "file": absolute(out)}, lines)


@command(key_app, "rescue")
def rescue(user: WhoseUser, db: Database = None, as_json: AsJson = False) -> Answer:
    """忘记密码：用恢复密钥（或县局根密钥）给一个用户设新密码；服务器上的县库用县局根密钥。"""
    from minzheng_desktop.county.keys.rescue import rescue_on_server
    from minzheng_desktop.exchange import rescue as rescuing
    from minzheng_desktop.store.postgres import is_url

    key = secret_from("MINZHENG_RECOVERY_KEY", "恢复密钥或县局根密钥")
    password = secret_from("MINZHENG_PASSWORD", "新密码", twice=True)
    if is_url(chosen(db)):
        rescue_on_server(chosen(db), key=key, user=user, password=password)
        which = "county"
    else:
        which = rescuing.rescue(database_path(db), key=key, user=user, password=password)
    words = "县局根密钥" if which == "county" else "恢复密钥"
    return Answer({"user": user, "key": which}, [f"已用{words}给 {user} 设了新密码。"])
