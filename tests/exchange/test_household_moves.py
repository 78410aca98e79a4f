"""A household moves to another township: read-only there, owned here, each month paid by exactly one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from minzheng_desktop.benefits.bank_returns import Returned, list_returns, register_returns
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.benefits.reissues import plan_reissue
from minzheng_desktop.county.replies.transfers import (
    DONE,
    ON_THE_WAY,
    WAITING,
    confirm_move,
    list_moves,
    refuse_move,
)
from minzheng_desktop.exchange.moving_out import list_moved, start_transfer
from minzheng_desktop.store import attachments, audit, people
from minzheng_desktop.values.errors import UserError
from tests.exchange.moving import MONTHLY, Move, make_move, pay, rows_of, stranger
from tests.exchange.offices import BASHAN, TODAY, XIUQI

PNG = b"\x89PNG\r\n\x1a\n" + b"a" * 500


@pytest.fixture
def move(tmp_path: Path) -> Iterator[Move]:
    made = make_move(tmp_path)
    yield made
    made.close()


def start(move: Move, **more: Any) -> str:
    wanted = {"to": BASHAN, "moved_on": "2026-10-20", "reason": "搬迁", "today": TODAY, **more}
    return start_transfer(move.old.store, move.household, **wanted)


def sums(move: Move) -> dict[str, int]:
    """Month → cents of all items that the county holds."""
    found: dict[str, int] = {}
    for item in rows_of(move.county.store, "payment_items", void=0):
        found[item["month"]] = found.get(item["month"], 0) + item["total"]
    return found


def states(move: Move) -> list[str]:
    with move.county.store.reading() as r:
        return [one.state for one in list_moves(r)]


def owners(move: Move, table: str = "people") -> set[tuple[str, int]]:
    found = rows_of(move.county.store, table)
    return {(row["owner"], row["void"]) for row in found if row["id"] in move.people}


def test_the_whole_way(move: Move, tmp_path: Path) -> None:
    scan = tmp_path / "申请书.png"
    scan.write_bytes(PNG)
    kept = attachments.attach(move.old.store, scan, record=move.record, kind="apply", title="申请书").digest
    assert [pay(move.old, month) for month in ("2026-08", "2026-09")] == [MONTHLY, MONTHLY]
    start(move)
    assert plan_batch(move.old.store, form="dibao", month="2026-10", today=TODAY).items == ()
    move.send(move.old)
    assert states(move) == [WAITING]
    move.confirm()
    assert states(move) == [ON_THE_WAY]
    assert owners(move) == {(XIUQI, 0)}, "the county rewrites nothing"

    stranger(move.new, {"name": "别人", "id_number": None})
    applied = move.send(move.new)
    assert len(applied.rulings.taken) == 1
    (home,) = rows_of(move.new.store, "households", id=move.household)
    assert (home["owner"], home["head"]) == (BASHAN, move.people[0])
    (record,) = rows_of(move.new.store, "records", id=move.record)
    assert (record["owner"], record["state"], record["paid_through"]) == (BASHAN, "confirmed", "2026-09")
    assert attachments.read(move.new.store, kept) == PNG
    with move.new.store.reading() as r:
        assert [hit.id for hit in people.find_people(r, "测试001")] == [move.people[0]]
        assert audit.verify(r.connection).broken_at == 0
    (came,) = moved(move.new)
    assert (came.direction, came.state, came.other, came.village_open) == ("in", "arrived", XIUQI, True)

    assert [pay(move.new, month) for month in ("2026-10", "2026-11")] == [MONTHLY, MONTHLY]
    again = move.send(move.new)
    assert (again.rejected.rows, again.held.rows) == (0, 0)
    assert states(move) == [DONE]
    assert {row["owner"] for row in rows_of(move.county.store, "people", id=move.people[0])} == {BASHAN}
    assert sums(move) == dict.fromkeys(("2026-08", "2026-09", "2026-10", "2026-11"), MONTHLY)
    assert history(move) == [XIUQI, BASHAN], "one history at the county"

    read = move.read(move.old)
    assert len(read.rulings.taken) == 1
    (left,) = moved(move.old)
    assert (left.direction, left.title, left.other) == ("out", "已迁往", BASHAN)
    with move.old.store.reading() as r:
        assert people.find_people(r, "测试001") == []
        assert people.person_file(r, move.people[0]).person["name"] == "测试001", "it can still be looked at"
    assert plan_batch(move.old.store, form="dibao", month="2026-11", today=TODAY).items == ()
    with pytest.raises(UserError, match="已迁往"), move.old.store.writing("test") as w:
        w.put("people", {"id": move.people[0], "phone": "13800000001"})
    done = move.send(move.old)
    assert (done.rejected.rows, done.held.rows) == (0, 0)
    assert sums(move) == dict.fromkeys(("2026-08", "2026-09", "2026-10", "2026-11"), MONTHLY)


def moved(town: Any) -> list[Any]:
    with town.store.reading() as r:
        return list_moved(r)


def history(move: Move) -> list[str]:
    """Owners of the record's versions at the county, one after the other."""
    found = rows_of(move.county.store, "versions", id=move.record)
    return [msgspec.json.decode(row["body"])["owner"] for row in sorted(found, key=lambda row: row["seq"])]


def test_what_moves_is_read_only_until_the_county_ruled(move: Move) -> None:
    start(move)
    owner = XIUQI
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("people", {"id": move.people[1], "phone": "13800000001"}),
        ("households", {"id": move.household, "address": "别处"}),
        ("records", {"id": move.record, "kind": "1"}),
        ("records", {"owner": owner, "form": "elder_age", "form_version": 1, "person": move.people[1]}),
        ("bank_accounts", {"id": move.account, "number": "6217000000000000000"}),
        ("household_members", {"owner": owner, "household": move.household, "person": move.people[0]}),
        (
            "steps",
            {
                "owner": owner,
                "record": move.record,
                "step": "x",
                "to_state": "suspended",
                "at": "2026-11-01",
                "actor": "town",
            },
        ),
    ]
    for table, body in attempts:
        with pytest.raises(UserError, match="等县局确认") as refused, move.old.store.writing("test") as w:
            w.put(table, body)
        assert refused.value.code == "moving", table
    move.old.add_people(1)  # everybody else can be written
    with pytest.raises(UserError, match="已经报过迁移"):
        start(move)
    move.send(move.old)
    with move.county.store.reading() as r:
        (one,) = list_moves(r)
    with pytest.raises(UserError, match="理由"):
        refuse_move(move.county.store, one.transfer, text="")
    refuse_move(move.county.store, one.transfer, text="迁入地没有住房")
    with pytest.raises(UserError) as twice:
        confirm_move(move.county.store, one.transfer)
    assert twice.value.code == "already_ruled"
    move.read(move.old)
    (left,) = moved(move.old)
    assert (left.title, left.answer) == ("县局未同意", "迁入地没有住房")
    with move.old.store.writing("test") as w:
        w.put("people", {"id": move.people[1], "phone": "13800000001"})
    assert [pay(move.old, month) for month in ("2026-08", "2026-09")] == [MONTHLY, MONTHLY]
    assert move.send(move.old).rejected.rows == 0


def test_what_cannot_be_reported(move: Move) -> None:
    for wrong, code in (
        ({"to": XIUQI}, "unknown_division"),
        ({"to": "500230101"}, "unknown_division"),
        ({"moved_on": "2026/10/20"}, "bad_date"),
        ({"reason": " "}, "reason_missing"),
    ):
        with pytest.raises(UserError) as refused:
            start(move, **wrong)
        assert refused.value.code == code
    with move.old.store.writing("test") as w:
        other = w.put("households", {"owner": XIUQI, "head": move.people[1]})
        w.put("household_members", {"owner": XIUQI, "household": other, "person": move.people[1]})
    with pytest.raises(UserError, match="还在另一户里") as refused:
        start(move)
    assert refused.value.code == "cannot_move"
    assert rows_of(move.old.store, "transfers") == []


def test_a_member_who_is_already_on_file_there(move: Move) -> None:
    """The new township knows the head: its own row stays, what came points to it, and the county counts one person."""
    (head,) = rows_of(move.old.store, "people", id=move.people[0])
    known = stranger(move.new, head)
    pay(move.old, "2026-08")
    start(move)
    move.send(move.old)
    move.send(move.new)
    move.confirm()
    move.read(move.new)
    (record,) = rows_of(move.new.store, "records", id=move.record)
    (home,) = rows_of(move.new.store, "households", id=move.household)
    (account,) = rows_of(move.new.store, "bank_accounts", id=move.account)
    assert {record["person"], home["head"], account["person"]} == {known}
    assert [row["person"] for row in record["doc"]["members"]] == [known, *move.people[1:]]
    assert rows_of(move.new.store, "aliases") == [{"old": move.people[0], "new": known}]
    assert [row["void"] for row in rows_of(move.new.store, "people", id=move.people[0])] == [1]
    assert pay(move.new, "2026-09") == MONTHLY
    applied = move.send(move.new)
    assert (applied.rejected.rows, applied.held.rows) == (0, 0)
    living = [
        row for row in rows_of(move.county.store, "people", id_number=head["id_number"]) if not row["void"]
    ]
    assert [row["id"] for row in living] == [known]
    assert sums(move) == {"2026-08": MONTHLY, "2026-09": MONTHLY}


def test_a_receipt_read_twice_and_a_second_file(move: Move) -> None:
    start(move)
    move.send(move.old)
    stranger(move.new, {"name": "别人", "id_number": None})
    move.send(move.new)
    move.confirm()
    move.read(move.new)
    before = len(rows_of(move.new.store, "versions"))
    move.read(move.new)
    assert len([v for v in rows_of(move.new.store, "versions") if v["entity"] != "rulings"]) <= before
    assert len(rows_of(move.new.store, "versions", id=move.record)) == 2


def test_moving_back(move: Move) -> None:
    pay(move.old, "2026-08")
    start(move)
    move.send(move.old)
    stranger(move.new, {"name": "别人", "id_number": None})
    move.send(move.new)
    move.confirm()
    move.read(move.old)
    move.read(move.new)
    assert pay(move.new, "2026-09") == MONTHLY
    start_transfer(
        move.new.store, move.household, to=XIUQI, moved_on="2026-10-25", reason="搬回", today=TODAY
    )
    move.send(move.new)
    move.confirm()
    move.read(move.new)
    move.send(move.old)
    (record,) = rows_of(move.old.store, "records", id=move.record)
    assert (record["owner"], record["void"], record["paid_through"]) == (XIUQI, 0, "2026-09")
    assert pay(move.old, "2026-10") == MONTHLY
    assert plan_batch(move.new.store, form="dibao", month="2026-10", today=TODAY).items == ()
    applied = [move.send(town) for town in (move.old, move.new)]
    assert [(one.rejected.rows, one.held.rows) for one in applied] == [(0, 0)] * 2
    assert sums(move) == dict.fromkeys(("2026-08", "2026-09", "2026-10"), MONTHLY)
    assert history(move) == [XIUQI, BASHAN, XIUQI]
    assert states(move) == [DONE, DONE]


def test_the_old_township_edits_before_the_ruling_arrives(move: Move) -> None:
    """A laptop of the old township that has not heard of the move edits: the county quarantines it and says why."""
    start(move)
    move.send(move.old)
    move.confirm()
    with move.old.store.writing("test") as w:
        w.handing_over = True  # what a laptop does that knows of no transfer
        w.put("people", {"id": move.people[1], "phone": "13800000001"})
    done = move.old.export()
    assert done.file is not None
    (result,) = move.county.receive(done.file)
    assert [(row.outcome, row.id) for row in result.rows] == [("rejected", move.people[1])]
    assert "已批准迁往" in result.rows[0].why
    applied = move.old.apply(result.receipt)
    assert len(applied.rulings.taken) == 1, "the laptop hears of the move all the same"
    stranger(move.new, {"name": "别人", "id_number": None})
    move.send(move.new)
    (moved_person,) = rows_of(move.new.store, "people", id=move.people[1])
    assert (moved_person["owner"], moved_person["phone"]) == (BASHAN, None)


def test_nobody_else_takes_a_household(move: Move) -> None:
    """Without a confirmed transfer a township cannot write another's row, whatever it puts into its package."""
    move.send(move.old)
    (row,) = rows_of(move.county.store, "people", id=move.people[1])
    with move.new.store.writing("test") as w:
        w.handing_over = True
        w.put("people", {**row, "owner": BASHAN, "search_row": None})
    done = move.new.export()
    assert done.file is not None
    (result,) = move.county.receive(done.file)
    assert [(one.outcome, one.code) for one in result.rows] == [("rejected", "other_division")]
    assert owners(move) == {(XIUQI, 0)}


def test_what_the_bank_sends_back_stays_with_who_paid(move: Move) -> None:
    pay(move.old, "2026-08")
    start(move)
    move.send(move.old)
    stranger(move.new, {"name": "别人", "id_number": None})
    move.send(move.new)
    move.confirm()
    move.read(move.old)
    move.read(move.new)
    move.send(move.new)
    (item,) = rows_of(move.old.store, "payment_items")
    register_returns(move.old.store, [Returned(item["id"], "2")], on="2026-10-15", today=TODAY)
    with move.old.store.reading() as r:
        assert [(one.name, one.amount) for one in list_returns(r)] == [("测试001", MONTHLY)]
        (again,) = plan_reissue(r, today=TODAY)
    assert again.receiver.account is not None, "it is sent again from here, to the account that moved along"
    assert again.account.number == "6217001234512345678"
    applied = move.send(move.old)
    assert (applied.rejected.rows, applied.held.rows) == (0, 0)
    with move.county.store.reading() as r:
        assert [one.amount for one in list_returns(r)] == [MONTHLY]
