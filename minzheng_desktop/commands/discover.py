"""`minzheng discover …`: who looks entitled and does not receive, and what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    command,
    default_command,
    new_app,
    opened,
    today,
)
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.checks.suggestions import Proposed

app = new_app("主动发现：谁看起来符合条件、还没有享受。")
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="discover 列出的编号。")]
Rule = Annotated[str, typer.Option("--rule", metavar="KEY", help="只看一条规则。")]
Whole = Annotated[bool, typer.Option("--all", help="连以后再说的和不办的一起列。")]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help="到哪天再提醒。")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="理由。")]
WhyNot = Annotated[str, typer.Option("--reason", metavar="TEXT", help="不办的理由。")]


@default_command(app)
def list_all(
    ctx: typer.Context, rule: Rule = "", whole: Whole = False, db: Database = None, user: UserName = None,
    as_json: AsJson = False,
) -> Answer | None:  # fmt: skip
    """主动发现：列出看起来符合条件、还没有享受的人，业务和依据的事实；子命令采纳、以后再说、不办。"""
    if ctx.invoked_subcommand is not None:
        return None
    from minzheng_desktop.checks.answers import STATE_TITLES
    from minzheng_desktop.checks.suggestions import list_suggestions

    with opened(db, user) as store, store.reading() as r:
        if rule and rule not in store.catalog.discoveries:
            known = "、".join(f"{k}（{d.title}）" for k, d in store.catalog.discoveries.items())
            raise UserError("unknown_rule", f"没有规则“{rule}”。有：{known}。")
        found = list_suggestions(r, today=today())
        titles = {key: form.title for key, form in store.catalog.forms.items()}
    shown = [
        one for one in found if (not rule or one.suggestion.rule == rule) and (whole or one.state == "open")
    ]
    lines = [
        f"{one.suggestion.reason}。可办{titles[one.suggestion.form]}"
        f"{'' if one.state == 'open' else f'（{STATE_TITLES[one.state]}）'}  {one.id}"
        for one in shown
    ]
    return Answer({"suggestions": [_data(one) for one in shown]}, lines or ["没有新的建议。"])


@command(app, "accept")
def accept(ids: Ids, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """采纳：新建这项业务的草稿（渠道写主动发现）。"""
    from minzheng_desktop.checks.suggestions import accept_suggestions

    with opened(db, user) as store:
        done = accept_suggestions(store, ids, today=today())
    data: list[dict[str, Any]] = [
        {"id": one.proposed.id, "form": one.proposed.suggestion.form, "record": one.record or None,
         "message": one.message or None}
        for one in done
    ]  # fmt: skip
    lines = [
        f"{one.proposed.suggestion.name}：{f'已新建草稿 {one.record}' if one.record else one.message}"
        for one in done
    ]
    return Answer({"accepted": data}, lines)


@command(app, "postpone")
def postpone(
    ids: Ids,
    until: Until,
    reason: Reason = "",
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """以后再说：到那天再提醒。"""
    from minzheng_desktop.checks.suggestions import postpone_suggestions
    from minzheng_desktop.values.date_text import parse_date

    day = parse_date(until, today=today())
    if len(day.text) != len("2024-05-01"):
        raise UserError("date", f"日期“{until}”要写到日。没有改动。")
    from datetime import date

    with opened(db, user) as store:
        count = postpone_suggestions(
            store, ids, until=date.fromisoformat(day.text), today=today(), reason=reason
        )
    return Answer({"postponed": count, "until": day.text}, [f"{count} 条到 {day.text} 再提醒。"])


@command(app, "dismiss")
def dismiss(
    ids: Ids, reason: WhyNot, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """不办：写明理由，以后不再提醒，情况变了会重新打开。"""
    from minzheng_desktop.checks.suggestions import dismiss_suggestions

    with opened(db, user) as store:
        count = dismiss_suggestions(store, ids, reason=reason, today=today())
    return Answer({"dismissed": count}, [f"{count} 条记为不办。"])


def _data(one: Proposed) -> dict[str, Any]:
    found = one.suggestion
    return {
        "id": one.id, "rule": found.rule, "title": found.title, "person": found.person, "name": found.name,
        "form": found.form, "reason": found.reason, "basis": found.basis, "since": found.since or None,
        "record": found.record or None, "state": one.state,
        "answer": one.said.text if one.said and one.state != "open" else None,
    }  # fmt: skip
