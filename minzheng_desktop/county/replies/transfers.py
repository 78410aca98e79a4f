"""Households that move between townships, at the county: what was reported, and confirming or refusing it.

A confirmed move is a ruling for each of the two townships. The rows themselves stay as they are here until the new
township writes them; from the ruling on nobody else may (`exchange.judging.intake`). What goes along travels down
with the ruling, as it stands in the history (`moved_lines`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.county.receiving.senders import require_county
from minzheng_desktop.county.replies.decisions import MAY_DECIDE
from minzheng_desktop.exchange.down.decided import ISSUED
from minzheng_desktop.exchange.down.downward import BlobLine, DownLine, MovedLine
from minzheng_desktop.exchange.files.package import blob_parts
from minzheng_desktop.store import schema, sealed_files
from minzheng_desktop.store.leaving import MOVING, STARTED
from minzheng_desktop.store.transfers import CONFIRM, REFUSE, RULING, MoveSet, move_set
from minzheng_desktop.store.unit import Line, chunks
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

WAITING, ON_THE_WAY, DONE, REFUSED = "waiting", "on_the_way", "done", "refused"
STATES = {WAITING: "等县局确认", ON_THE_WAY: "已确认·待迁入乡镇接收", DONE: "已迁入", REFUSED: "未同意"}


class Move(msgspec.Struct, frozen=True):
    """One move as the county sees it: whose, from where to where, how many people and records, last months paid by
    form title, and what stands in the way of confirming it now."""

    transfer: str
    household: str
    head: str
    members: int
    from_division: str
    from_town: str
    to_division: str
    to_town: str
    moved_on: str
    reason: str
    document_no: str
    at: str
    by: str
    state: str
    benefits: tuple[tuple[str, str], ...]
    problems: tuple[str, ...] = ()
    answer: str = ""


def list_moves(r: Reading, *, states: Iterable[str] = tuple(STATES)) -> list[Move]:
    """The moves that townships reported, those that wait for the county first, then the newest."""
    t, u = schema.transfers, schema.rulings
    rulings = r.rows(sa.select(u).where(u.c.kind == RULING, u.c.void == 0).order_by(u.c.at, u.c.id))
    ruled = {row["subject"]: row for row in rulings}
    last = {row["other"]: row["subject"] for row in rulings if row["more"]["verdict"] == CONFIRM}
    wanted = set(states)
    found = [
        _move(r, row, ruled.get(row["id"]), is_last=last.get(row["household"]) == row["id"])
        for row in r.rows(sa.select(t).where(t.c.void == 0))
    ]
    order = list(STATES)
    newest = sorted((one for one in found if one.state in wanted), key=lambda one: one.at, reverse=True)
    return sorted(newest, key=lambda one: order.index(one.state))


def confirm_move(store: Store, transfer: str, *, text: str = "", number: str = "") -> None:
    """Confirm a move: a ruling for the old and one for the new township, with what goes along.

    Raises UserError not_allowed, no_such_transfer, already_ruled, or `cannot_move` with what stands in the way.
    """
    with _ruling(store, "confirm_move", transfer) as w:
        row = _open_transfer(w, transfer)
        found = move_set(w, row["household"])
        problems = _problems(w, row, found)
        if problems:
            raise UserError("cannot_move", f"还不能确认：{'；'.join(problems)}。没有写入任何裁定。")
        rows = {
            table: [[row_id, one["revision"]] for row_id, one in w.get_many(table, ids).items()]
            for table, ids in found.rows.items()
        }
        more = {
            "verdict": CONFIRM, "from": row["owner"], "to": row["to_division"], "rows": rows, "paid": found.paid,
            "outsiders": list(found.outsiders), "head": _head_name(w, found),
        }  # fmt: skip
        _write(w, row, more, (row["owner"], row["to_division"]), text, number)


def refuse_move(store: Store, transfer: str, *, text: str) -> None:
    """Refuse a move, with the reason; the old township may write the household again once it has read it.

    Raises UserError not_allowed, reason_missing, no_such_transfer, already_ruled.
    """
    if not text.strip():
        raise UserError("reason_missing", "没有写不同意的理由，没有写入。请写明理由，乡镇才知道怎么改。")
    with _ruling(store, "refuse_move", transfer) as w:
        row = _open_transfer(w, transfer)
        more = {"verdict": REFUSE, "from": row["owner"], "to": row["to_division"]}
        _write(w, row, more, (row["owner"],), text, "")


def moved_lines(r: Reading, division: str, open_rulings: Iterable[Line]) -> Iterator[DownLine]:
    """What goes along with confirmed moves to a division: those whose ruling is open, and those whose rows it has
    not taken over yet, with history and sealed files."""
    told = {change.id for change in open_rulings if change.entity == "rulings"}
    for ruling in _confirmed(r, division):
        if ruling["id"] in told or ruling["owner"] == ruling["more"]["from"]:
            yield from _lines(r, ruling["more"])


def waiting_rulings(r: Reading, division: str) -> list[str]:
    """Rulings of confirmed moves that a division has not carried out: sent with their rows until it has."""
    return [one["id"] for one in _confirmed(r, division) if one["owner"] == one["more"]["from"]]


def _confirmed(r: Reading, division: str) -> list[dict[str, Any]]:
    """The last confirmed move of each household, where it goes to a division: id, more, who owns the household now."""
    u, h = schema.rulings.c, schema.households.c
    query = (
        sa.select(u.id, u.other, u.more, h.owner)
        .join(schema.households, h.id == u.other)
        .where(u.kind == RULING, u.owner == division, u.void == 0)
        .order_by(u.at, u.id)
    )
    last = {row["other"]: row for row in r.rows(query) if row["more"]["verdict"] == CONFIRM}
    return [row for row in last.values() if row["more"]["to"] == division]


def _lines(r: Reading, more: dict[str, Any]) -> Iterator[DownLine]:
    yield from (
        MovedLine(line, beside=True) for line in _versions(r, "people", dict.fromkeys(more["outsiders"], ""))
    )
    for table in MOVING:
        wanted = dict(more["rows"].get(table, ()))
        yield from (MovedLine(line) for line in _versions(r, table, wanted))
    files = r.get_many("attachments", [row[0] for row in more["rows"].get("attachments", ())])
    for name in sorted({sealed_files.sealed_name(row["sealed_key"]) for row in files.values()}):
        data = sealed_files.sealed_bytes(r.store, name)
        if data is not None:
            yield from (BlobLine(piece) for piece in blob_parts(name, data))


def _versions(r: Reading, table: str, wanted: dict[str, str]) -> Iterator[Line]:
    """The versions of rows up to a revision each, in the order in which they came; all where none is named."""
    v = schema.versions.c
    for some in chunks(sorted(wanted)):
        found: dict[str, list[Line]] = {}
        query = sa.select(schema.versions).where(v.entity == table, v.id.in_(some)).order_by(v.seq)
        for row in r.rows(query):
            lines = found.setdefault(row["id"], [])
            if not lines or lines[-1].revision != wanted[row["id"]]:
                lines.append(
                    Line(
                        *(row["entity"], row["id"], row["revision"], row["base"], row["at"], row["by"]),
                        msgspec.Raw(row["body"].encode()),
                    )
                )
        for row_id in some:
            lines = found.get(row_id, [])
            yield from lines if wanted[row_id] else lines[-1:]


def _move(r: Reading, row: dict[str, Any], ruling: dict[str, Any] | None, *, is_last: bool) -> Move:
    """One move; only of one that waits it is looked at what stands in the way."""
    divisions = r.store.catalog.divisions
    if ruling is None:
        state, found = WAITING, move_set(r, row["household"])
        members, paid, problems = len(found.rows["people"]), found.paid, _problems(r, row, found)
    else:
        home = r.get("households", row["household"])
        state = REFUSED if ruling["more"]["verdict"] == REFUSE else DONE
        if state == DONE and is_last and home is not None and home["owner"] == row["owner"]:
            state = ON_THE_WAY
        members, paid, problems = len(row["more"]["rows"]["people"]), row["more"]["paid"], []
    return Move(
        transfer=row["id"], household=row["household"], head=row["more"].get("head_name", ""), members=members,
        from_division=row["owner"], from_town=divisions.name(row["owner"]), to_division=row["to_division"],
        to_town=divisions.name(row["to_division"]), moved_on=row["moved_on"] or "", reason=row["reason"] or "",
        document_no=row["document_no"] or "", at=row["at"], by=row["by"] or "", state=state,
        benefits=tuple(_benefits(r, paid)), problems=tuple(problems), answer=(ruling["text"] or "") if ruling else "",
    )  # fmt: skip


def _benefits(r: Reading, paid: Mapping[str, str]) -> list[tuple[str, str]]:
    """(form title, last month paid) of records."""
    forms = r.store.catalog.forms
    records = r.get_many("records", paid)
    return sorted(
        (forms[one["form"]].title if one["form"] in forms else one["form"], paid[key])
        for key, one in records.items()
    )


def _problems(r: Reading, row: dict[str, Any], found: MoveSet) -> list[str]:
    """What stands in the way here: things unfinished that would be lost or doubled."""
    problems = list(found.problems)
    divisions = r.store.catalog.divisions
    if (
        row["to_division"] not in {town.code for town in divisions.towns}
        or row["to_division"] == row["owner"]
    ):
        problems.append(f"迁入地 {row['to_division']} 不是本县别的乡镇")
    elif row["to_division"] not in _registered(r):
        problems.append(f"{divisions.name(row['to_division'])}还没有登记的电脑，收不了这一户")
    if found.household["owner"] != row["owner"]:
        problems.append("这一户已经不属于报迁移的乡镇")
    for table in ("people", "records"):
        others = [
            one for one in r.get_many(table, found.rows[table]).values() if one["owner"] != row["owner"]
        ]
        if others:
            problems.append("里面有属于别的乡镇的人或记录")
    d, h = schema.decisions.c, schema.held.c
    records = list(found.rows["records"])
    undelivered = 0
    for some in chunks(records):
        query = sa.select(sa.func.count()).where(d.record.in_(some), d.state == ISSUED, d.void == 0)
        undelivered += int(r.scalar(query) or 0)
    if undelivered:
        problems.append(f"有 {undelivered} 个县级决定还在等迁出乡镇的回执")
    waiting = sum(
        int(r.scalar(sa.select(sa.func.count()).select_from(schema.held).where(h.id.in_(some))) or 0)
        for some in chunks(sorted(found.ids()))
    )
    if waiting:
        problems.append(f"有 {waiting} 行还暂存着")
    return problems


def _registered(r: Reading) -> frozenset[str]:
    """The divisions with a laptop that registered."""
    c = schema.laptops.c
    query = sa.select(c.division).where(c.state == "registered").distinct()
    return frozenset(r.connection.execute(query).scalars())


def _head_name(r: Reading, found: MoveSet) -> str:
    head = r.get("people", found.household["head"]) if found.household["head"] else None
    return str(head["name"]) if head else ""


def _open_transfer(w: Writing, transfer: str) -> dict[str, Any]:
    row = w.get("transfers", transfer)
    if row is None or row["void"]:
        raise UserError("no_such_transfer", "没有收到这件迁移，没有写入。请刷新后再看。")
    u = schema.rulings.c
    known = w.one(sa.select(u.by, u.at).where(u.kind == RULING, u.subject == transfer, u.void == 0))
    if known is not None or row["state"] != STARTED:
        who = f"{known['by']}在 {known['at'][:16].replace('T', ' ')}" if known else "以前"
        raise UserError("already_ruled", f"这件迁移{who}已经裁定，没有再写。请刷新后再看。")
    return row


def _ruling(store: Store, action: str, transfer: str) -> Any:
    require_county(store)
    if not store.roles & MAY_DECIDE:
        raise UserError("not_allowed", f"{store.user}没有审批的权限，没有写入。请由县局审核员办理。")
    return store.writing(action, {"transfer": transfer})


def _write(
    w: Writing, row: dict[str, Any], more: dict[str, Any], divisions: Iterable[str], text: str, number: str
) -> None:
    said = {"text": text.strip() or None, "number": number.strip() or None, "by": w.user, "at": w.at}
    w.put_many(
        "rulings",
        [
            {
                "owner": division, "kind": RULING, "subject": row["id"], "other": row["household"],
                "state": ISSUED, "more": more, **said,
            }
            for division in divisions
        ],
        fresh=True,
    )  # fmt: skip
