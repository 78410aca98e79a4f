"""整户迁移 for the window: what townships reported, and what left and came in this township."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...county.replies import transfers
from ...exchange.down.same_people import ToldPerson, told_people
from ...exchange.moving_out import Moved, list_moved, look_at, start_transfer
from ...values.date_text import parse_date
from ..kit.cells import Chip
from ..listing import Line, Listing
from .office import Office, short_time

_CHIPS = {
    transfers.WAITING: ("warn", "clock"), transfers.ON_THE_WAY: ("info", "out"), transfers.DONE: ("ok", "ok"),
    transfers.REFUSED: ("neutral", "return"),
}  # fmt: skip


def county_view(office: Office, pill: str) -> Listing:
    """The moves of a pill: '' those that wait, 'rest' those that were ruled on."""
    with office.store.reading() as r:
        found = transfers.list_moves(r)
    waiting = [one for one in found if one.state == transfers.WAITING]
    rest = [one for one in found if one.state != transfers.WAITING]
    return Listing(
        title="整户迁移", hint="确认以后，迁入乡镇连同经历一起接收；原乡镇只能看",
        pills=(("", "等确认", len(waiting)), ("rest", "已裁定", len(rest))),
        lines=tuple(_county_line(one) for one in (waiting if pill == "" else rest)),
        empty="没有等确认的迁移。" if pill == "" else "还没有裁定过迁移。",
        actions_on={"refuse": pill == "" and bool(waiting), "confirm": pill == "" and bool(waiting)},
    )  # fmt: skip


def count_waiting(office: Office) -> int:
    """How many moves wait for the county."""
    with office.store.reading() as r:
        return len(transfers.list_moves(r, states=(transfers.WAITING,)))


def _county_line(one: transfers.Move) -> Line:
    state = Chip(transfers.STATES[one.state], *_CHIPS[one.state])
    if one.problems:
        state = Chip("还不能确认", "error", "error")
    paid = "；".join(f"{title} 已发到 {month}" for title, month in one.benefits) or "没有在发的待遇"
    more = [f"{one.reason}{f'，{one.document_no}' if one.document_no else ''}。{paid}。"]
    if one.problems:
        more.append(f"还不能确认：{'；'.join(one.problems)}。")
    if one.answer:
        more.append(f"县局：{one.answer}")
    return Line(
        one.transfer,
        {
            "head": one.head, "members": f"{one.members} 人", "from": one.from_town, "to": one.to_town,
            "on": one.moved_on, "reason": one.reason, "at": short_time(one.at), "by": one.by, "state": state,
        },
        " ".join(more),
        one,
    )  # fmt: skip


def confirm(office: Office, transfer: str, text: str, number: str) -> None:
    """Confirm one move."""
    transfers.confirm_move(office.store, transfer, text=text, number=number)


def refuse(office: Office, transfer: str, text: str) -> None:
    """Refuse one move."""
    transfers.refuse_move(office.store, transfer, text=text)


class LeavingView(msgspec.Struct, frozen=True):
    """A household before it is reported: title, what goes along in a sentence, townships to choose from, and what
    stands in the way."""

    title: str
    line: str
    towns: tuple[tuple[str, str], ...]
    drawn: tuple[tuple[str, str, bool], ...]
    """(record, words, may end here) of each benefit in force"""
    problems: tuple[str, ...]


def leaving(office: Office, household: str) -> LeavingView:
    """What would move with a household."""
    with office.store.reading() as r:
        found = look_at(r, household)
    own = office.store.site.division
    towns = tuple((town.code, town.name) for town in office.store.catalog.divisions.towns if town.code != own)
    line = f"{len(found.members)} 人、{found.records} 件记录一起迁。"
    drawn = tuple(
        (
            one.record,
            f"{one.title}（{f'已发到 {one.last_paid}' if one.last_paid else '还没有发过'}）",
            one.can_stop,
        )
        for one in found.drawn
    )
    return LeavingView(f"{found.head}一户", line, towns, drawn, found.problems)


def start(office: Office, household: str, given: dict[str, str], stops: Sequence[str] = ()) -> str:
    """Report a move; returns the sentence for the status bar."""
    day = parse_date(given["moved_on"], today=office.today).text or given["moved_on"]
    start_transfer(
        office.store, household, to=given["to"], moved_on=day, reason=given["reason"],
        document_no=given["document_no"], stops=stops, today=office.today,
    )  # fmt: skip
    where = office.store.catalog.divisions.name(given["to"])
    return f"已报迁往{where}，随下一个上报包报县局；确认以前这一户只能看"


def town_view(office: Office, pill: str) -> Listing:
    """The households that left ('') or came ('in'), and people whom the county found on file twice ('same')."""
    with office.store.reading() as r:
        found, told = list_moved(r), told_people(r)
    out = [one for one in found if one.direction == "out"]
    came = [one for one in found if one.direction == "in"]
    lines = {
        "": tuple(map(_town_line, out)), "in": tuple(map(_town_line, came)), "same": tuple(map(_told_line, told)),
    }  # fmt: skip
    empty = {"": "没有迁出的户。", "in": "没有迁入的户。", "same": "县局没有认定过同一人。"}
    return Listing(
        title="迁移与同一人", hint="由县局裁定，随回执或下发包带来；报了迁移的户，确认以前只能看",
        pills=(("", "迁出", len(out)), ("in", "迁入", len(came)), ("same", "同一人", len(told))),
        lines=lines[pill], empty=empty[pill],
    )  # fmt: skip


def _told_line(one: ToldPerson) -> Line:
    drawn = "、".join(one.benefits)
    return Line(
        one.ruling,
        {
            "head": one.name, "town": "本乡镇" if one.own else one.other_town, "on": one.at[:10],
            "state": Chip("是同一人", "warn" if drawn else "info", "people"),
            "todo": f"那边在享{drawn}，核对有没有重复" if drawn else "",
        },
        one.sentence(),
        one,
    )  # fmt: skip


def _town_line(one: Moved) -> Line:
    tones = {"started": ("warn", "clock"), "confirmed": ("ok", "out"), "refused": ("error", "return"),
             "arrived": ("ok", "in"), "coming": ("info", "clock")}  # fmt: skip
    tone, icon = tones[one.state]
    todo = "村（社区）还是原乡镇的，打开户改过来。" if one.village_open else ""
    said = f"县局：{one.answer}" if one.answer else ""
    return Line(
        one.transfer,
        {
            "head": one.head, "town": one.other_town, "on": one.moved_on, "state": Chip(one.title, tone, icon),
            "todo": todo or said,
        },
        " ".join(filter(None, (todo, said))),
        one,
    )  # fmt: skip
