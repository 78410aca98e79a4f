"""Pairs and moves of a county on PostgreSQL: the same words, the same result."""

from __future__ import annotations

from pathlib import Path

from minzheng_desktop.county.people.duplicates import find_duplicates, keep_apart, list_pairs, merge_pairs
from minzheng_desktop.county.people.side_by_side import compare_pair
from minzheng_desktop.county.replies.transfers import DONE, list_moves
from minzheng_desktop.exchange.moving_out import start_transfer
from minzheng_desktop.store import attachments
from minzheng_desktop.store.store import Store
from tests.exchange.moving import MONTHLY, Move, add_dibao, make_town, pay, rows_of, stranger
from tests.exchange.offices import BASHAN, TODAY, XIUQI, County, join


def test_pairs_and_a_move(server_office: Store, tmp_path: Path) -> None:
    county = County(server_office, tmp_path / "county")
    county.folder.mkdir()
    move = Move(make_town(tmp_path / "old", XIUQI), make_town(tmp_path / "new", BASHAN), county)
    for town in (move.old, move.new):
        join(town, county)
    add_dibao(move)
    (wife,) = rows_of(move.old.store, "people", id=move.people[1])
    twin = stranger(move.new, wife)
    pay(move.old, "2026-08")
    scan = tmp_path / "申请书.png"
    scan.write_bytes(b"\x89PNG\r\n\x1a\n" + b"a" * 500)
    kept = attachments.attach(move.old.store, scan, record=move.record, kind="apply", title="申请书").digest
    for town in (move.old, move.new):
        move.send(town)
    ran = find_duplicates(county.store)
    assert (ran.open, ran.new) == (1, 1)
    with county.store.reading() as r:
        (pair,) = list_pairs(r)
        assert compare_pair(r, pair.low, pair.high, month="2026-11").pair.rule == "same_number"
    merge_pairs(county.store, [(pair.low, pair.high)])
    assert len(rows_of(county.store, "identities")) == 2
    keep_apart(county.store, [(pair.low, pair.high)], text="弄错了")
    assert rows_of(county.store, "identities") == []
    start_transfer(
        move.old.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY
    )
    move.send(move.old)
    move.confirm()
    move.read(move.new)
    assert attachments.read(move.new.store, kept) == scan.read_bytes()
    assert pay(move.new, "2026-09") == MONTHLY
    done = move.send(move.new)
    assert (done.rejected.rows, done.held.rows) == (0, 0)
    with county.store.reading() as r:
        assert [one.state for one in list_moves(r)] == [DONE]
    assert [row["void"] for row in rows_of(county.store, "people", id=move.people[1])] == [1]
    assert [row["void"] for row in rows_of(county.store, "people", id=twin)] == [0]
    for town in (move.old, move.new):
        town.store.close()
