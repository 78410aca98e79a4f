"""`minzheng review …`: what deaths call for, and what has to be looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

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
)

if TYPE_CHECKING:
    from minzheng_desktop.benefits.closings import Closing
    from minzheng_desktop.checks.reviews import Review

app = new_app("死亡停发、变更和复核：列出建议，确认办理。")

Month = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="算到哪个月；不写就是今天。")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="review list 列出的编号。")]


@command(app, "list")
def list_all(
    month: Month = "", db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """列出一人死亡要停发、变更的各项待遇（停发月、多发的钱），和到期要复核的。"""
    from minzheng_desktop.benefits.closings import find_closings
    from minzheng_desktop.checks.reviews import find_reviews

    day, upto = today(), _month(month)
    with opened(db, user) as store, store.reading() as r:
        closings = find_closings(r, today=day, month=upto)
        reviews = find_reviews(r, today=day, month=upto)
    waiting = [one for one in reviews if one.state == "open"]
    lines = [*(_closing_line(one) for one in closings), *(f"{one.message}  {one.id}" for one in waiting)]
    data = {"closings": [_closing(c) for c in closings], "reviews": [_review(one) for one in reviews]}
    return Answer(data, lines or ["没有要停发、变更或复核的。"])


@command(app, "confirm")
def confirm(
    ids: Ids, month: Month = "", db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """确认：停发、变更按各业务的流程办一步并开追缴；复核提醒记为已办。"""
    from minzheng_desktop.benefits.closing_steps import confirm_closings
    from minzheng_desktop.benefits.closings import find_closings
    from minzheng_desktop.checks.reviews import answer_reviews

    day, upto = today(), _month(month)
    with opened(db, user) as store:
        with store.reading() as r:
            known = {one.id for one in find_closings(r, today=day, month=upto)}
        others = [one for one in ids if one not in known]
        noted = answer_reviews(store, others, today=day, month=upto) if others else 0
        done = confirm_closings(store, [one for one in ids if one in known], today=day, month=upto)
    data: list[dict[str, Any]] = [
        {
            "id": one.closing.id, "record": one.closing.record, "form": one.closing.form, "done": one.done,
            "message": one.message, "state": one.state or None, "recovery": one.recovery,
        }
        for one in done
    ]  # fmt: skip
    lines = [
        f"{one.closing.title} {one.closing.reason}：{'已办，' if one.done else '没有办，'}{one.message}"
        for one in done
    ]
    if noted:
        lines.append(f"{noted} 条复核提醒记为已办。")
    return Answer({"confirmed": data, "noted": noted}, lines)


def _month(text: str) -> str:
    from minzheng_desktop.benefits.months import require_month, text_of

    return text_of(require_month(text)) if text else ""


def _closing(one: Closing) -> dict[str, Any]:
    from minzheng_desktop.values.money import format_money

    def money(cents: int | None) -> str | None:
        return None if cents is None else format_money(cents)

    return {
        "id": one.id, "kind": one.kind, "record": one.record, "form": one.form, "number": one.number,
        "persons": [{"id": d.person, "name": d.name, "death_date": d.died or None} for d in one.people],
        "stop_month": one.stop_month or None, "before": money(one.before), "now": money(one.now),
        "overpaid": money(one.overpaid),
        "months": [{"month": m, "amount": money(cents)} for m, cents in one.periods],
        "step": one.step or None, "heir": one.heir, "waiting": one.waiting, "blocked": one.blocked or None,
        "notes": list(one.notes),
    }  # fmt: skip


def _closing_line(one: Closing) -> str:
    from minzheng_desktop.values.money import format_money_grouped

    when = f"{one.stop_month} 起{one.what}" if one.now is not None else one.what
    over = f"，已多发 {format_money_grouped(one.overpaid)} 元" if one.overpaid else ""
    state = f"（{one.blocked}）" if one.blocked else "（已提出，等县级批复）" if one.waiting else ""
    return f"{one.reason}  {one.title}  {when}{over}{state}  {one.id}"


def _review(one: Review) -> dict[str, Any]:
    return {
        "id": one.id, "rule": one.rule, "title": one.title, "form": one.form, "record": one.record,
        "person": one.person, "due": one.due or None, "late": one.late, "message": one.message, "state": one.state,
    }  # fmt: skip
