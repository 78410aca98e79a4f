"""`minzheng transfer …` and `minzheng county transfers …`: households that move between townships."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    command,
    new_app,
    opened,
    today,
    typed_day,
)

app = new_app("整户迁往本县别的乡镇：报迁移，看进展。")
county_app = new_app("县局：乡镇报来的整户迁移，确认或不同意。")

Household = Annotated[str, typer.Argument(metavar="HOUSEHOLD", help="户的编号。")]
To = Annotated[str, typer.Option("--to", metavar="CODE", help="迁入乡镇街道的 9 位区划代码。")]
On = Annotated[str, typer.Option("--date", metavar="DATE", help="迁移日期；不写则今天。")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="原因，例如搬迁、投靠子女。")]
Document = Annotated[str, typer.Option("--document", metavar="N", help="迁移的凭据或文号。")]
Stops = Annotated[
    list[str] | None,
    typer.Option(
        "--stop", metavar="RECORD", help="这一件不迁过去接着发，在本乡镇停发（记录编号，可以写几个）。"
    ),
]
Transfer = Annotated[str, typer.Argument(metavar="TRANSFER", help="迁移的编号。")]
Text = Annotated[str, typer.Option("--text", metavar="T", help="意见。")]
Number = Annotated[str, typer.Option("--number", metavar="N", help="批复文号。")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="不同意的理由，带给乡镇。")]


@command(app, "start")
def start(
    household: Household, to: To, reason: Reason, date: On = "", document: Document = "", stop: Stops = None,
    db: Database = None, user: UserName = None, as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """报一户迁往别的乡镇；从这时起这一户在本机只能看，等县局确认。"""
    from minzheng_desktop.exchange.moving_out import look_at, start_transfer

    with opened(db, user) as store:
        with store.reading() as r:
            leaving = look_at(r, household)
        made = start_transfer(
            store, household, to=to, moved_on=typed_day(date), reason=reason, document_no=document, stops=stop or (),
            today=today(),
        )  # fmt: skip
        where = store.catalog.divisions.name(to)
    stopped = set(stop or ())
    paid = [
        {"record": one.record, "form": one.title, "number": one.number, "paid_through": one.last_paid or None,
         "goes_on": one.record not in stopped}
        for one in leaving.drawn
    ]  # fmt: skip
    lines = [
        f"{leaving.head}一户 {len(leaving.members)} 人、{leaving.records} 件记录已报迁往{where}，等县局确认。"
    ]
    lines += [
        f"  {one.title} {one.number}：{f'已发到 {one.last_paid}' if one.last_paid else '还没有发过'}，"
        f"{'停发' if one.record in stopped else '迁入乡镇接着发'}"
        for one in leaving.drawn
    ]
    return Answer(
        {"transfer": made, "members": list(leaving.members), "records": leaving.records, "paid": paid}, lines
    )


@command(app, "list")
def list_(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出迁出和迁入的户，到了哪一步。"""
    from minzheng_desktop.exchange.moving_out import list_moved

    with opened(db, user) as store, store.reading() as r:
        found = list_moved(r)
    data = [
        {
            "transfer": one.transfer, "household": one.household, "head": one.head, "direction": one.direction,
            "division": one.other, "moved_on": one.moved_on, "state": one.state, "answer": one.answer or None,
            "village_open": one.village_open,
        }
        for one in found
    ]  # fmt: skip
    lines = [
        f"{'迁往' if one.direction == 'out' else '迁自'}{one.other_town}  {one.head}  {one.moved_on}  {one.title}"
        f"{f'：{one.answer}' if one.answer else ''}{'  村（社区）还要改' if one.village_open else ''}  {one.household}"
        for one in found
    ]
    return Answer({"transfers": data}, lines or ["没有迁出，也没有迁入。"])


@command(county_app, "list")
def county_list(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出乡镇报来的整户迁移，等确认的在前。"""
    from minzheng_desktop.county.receiving.senders import require_county
    from minzheng_desktop.county.replies.transfers import STATES, list_moves

    with opened(db, user) as store:
        require_county(store)
        with store.reading() as r:
            found = list_moves(r)
    data: list[dict[str, Any]] = [
        {
            "transfer": one.transfer, "household": one.household, "head": one.head, "members": one.members,
            "from": one.from_division, "to": one.to_division, "moved_on": one.moved_on, "reason": one.reason,
            "document_no": one.document_no or None, "state": one.state, "problems": list(one.problems),
            "benefits": [{"form": title, "paid_through": month} for title, month in one.benefits],
        }
        for one in found
    ]  # fmt: skip
    lines = [
        f"{STATES[one.state]}  {one.head} {one.members} 人  {one.from_town}→{one.to_town}  {one.moved_on} {one.reason}"
        f"{'  还不能确认：' if one.problems else ''}{'；'.join(one.problems)}  {one.transfer}"
        for one in found
    ]
    return Answer({"transfers": data}, lines or ["没有乡镇报来的迁移。"])


@command(county_app, "confirm")
def county_confirm(
    transfer: Transfer, text: Text = "", number: Number = "", db: Database = None, user: UserName = None,
    as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """确认一户的迁移：裁定和这一户的内容随回执或下发包带给两边。"""
    from minzheng_desktop.county.replies.transfers import confirm_move

    with opened(db, user) as store:
        confirm_move(store, transfer, text=text, number=number)
    return Answer({"confirmed": transfer}, ["已确认，随回执或下发包带给迁出、迁入两边。"])


@command(county_app, "refuse")
def county_refuse(
    transfer: Transfer, reason: Why, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """不同意一户的迁移；迁出乡镇读到以后可以再改这一户。"""
    from minzheng_desktop.county.replies.transfers import refuse_move

    with opened(db, user) as store:
        refuse_move(store, transfer, text=reason)
    return Answer({"refused": transfer}, ["已记为不同意，随回执或下发包带给迁出乡镇。"])
