"""`minzheng finding …` in a township and `minzheng county answers` at the county: findings down, answers up."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from minzheng_desktop.commands.frame import Answer, AsJson, Database, UserName, command, new_app, opened

app = new_app("县局下发的核查问题。")


class AnswerAs(StrEnum):
    """How a township answers."""

    EXPLAINED = "explained"
    MENDED = "mended"


Closed = Annotated[bool, typer.Option("--all", help="已销号的也列出。")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="核查问题的编号，可以写多个。")]
As = Annotated[AnswerAs, typer.Option("--as", help="说明 explained，已改正 mended。")]
Text = Annotated[str, typer.Option("--text", metavar="T", help="理由，或怎么改正的。")]
Files = Annotated[
    list[Path] | None, typer.Option("--file", metavar="FILE", help="佐证材料（PDF、JPG、PNG），可以写多次。")
]
Accept = Annotated[
    list[str] | None, typer.Option("--accept", metavar="ID", help="采信这条说明，可以写多次。")
]
AcceptAll = Annotated[bool, typer.Option("--accept-warnings", help="采信全部提醒的说明。")]
Division = Annotated[str, typer.Option("--division", metavar="CODE", help="只看一个乡镇。")]
County = Annotated[str, typer.Option("--text", metavar="T", help="县局的话；错误要特批的必须写。")]


@command(app, "list")
def listed(
    everything: Closed = False, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """列出县局下发的核查问题和答复到哪一步。"""
    from minzheng_desktop.exchange.down import told

    states = tuple(told.STATES) if everything else (told.TOLD, told.ANSWERED, told.ACCEPTED)
    with opened(db, user) as store, store.reading() as r:
        found = told.told_findings(r, states=states)
    data = [
        {
            "id": one.line.id, "rule": one.line.rule, "severity": one.line.severity, "state": one.state,
            "message": one.line.message, "month": one.line.month or None, "cents": one.line.cents,
            "people": list(one.line.people), "records": list(one.line.records), "todo": one.line.todo,
            "answer": one.said or None, "county": one.line.answer or None,
        }
        for one in found
    ]  # fmt: skip
    words = {"error": "错误", "warning": "提醒"}
    lines = [
        f"{one.line.rule} {words.get(one.line.severity, one.line.severity)}  {told.STATES[one.state]}  "
        f"{one.line.message}  {one.line.id}"
        for one in found
    ]
    return Answer({"findings": data}, lines or ["县局没有下发核查问题，或都已销号。"])


@command(app, "answer")
def answer(
    ids: Ids,
    as_: As,
    text: Text = "",
    files: Files = None,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """答复县局的核查问题：说明，或已改正；随下一包上报。"""
    from minzheng_desktop.exchange.down import told

    paths = [file.expanduser().absolute() for file in files or ()]
    with opened(db, user) as store:
        done = told.answer_told(store, ids, as_=as_.value, text=text, files=paths)
    return Answer({"answered": done}, [f"已答复 {done} 条，随下一包上报。"])


def answers(
    division: Division = "",
    accept: Accept = None,
    accept_warnings: AcceptAll = False,
    text: County = "",
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """县局：乡镇对核查问题的答复；--accept 采信说明，--accept-warnings 成批采信提醒的说明。"""
    from minzheng_desktop.county.receiving.senders import require_county
    from minzheng_desktop.county.replies.answers import accept_answers, list_answered
    from minzheng_desktop.exchange.down import told

    with opened(db, user) as store:
        require_county(store)
        with store.reading() as r:
            before = list_answered(r, division=division)
        chosen = list(accept or ())
        if accept_warnings:
            chosen += [
                one.finding for one in before if (one.severity, one.said_as) == ("warning", told.EXPLAINED)
            ]
        done = accept_answers(store, chosen, text=text) if chosen else 0
        with store.reading() as r:
            found = list_answered(r, division=division)
    data = {
        "accepted": done,
        "answers": [
            {
                "finding": one.finding, "rule": one.rule, "severity": one.severity, "division": one.division,
                "message": one.message, "as": one.said_as, "text": one.said, "by": one.said_by, "at": one.said_at,
                "files": list(one.files), "still": one.still,
            }
            for one in found
        ],
    }  # fmt: skip
    lines = [f"已采信 {done} 条说明，随下一份回执或下发包告诉乡镇。"] if done else []
    lines += [
        f"{one.town}  {one.rule} {one.message}  {told.ANSWERS.get(one.said_as, one.said_as)}：{one.said}"
        f"（{one.said_by} {one.said_at[:10]}）{'  复核还在' if one.still else ''}  {one.finding}"
        for one in found
    ]
    return Answer(data, lines or ["没有等着看的答复。"])
