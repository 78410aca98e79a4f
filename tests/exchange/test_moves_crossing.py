"""Household moves that meet something else: another laptop, an older program, figures of before, a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.benefits import casework
from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.county.replies.bulletins import write_bulletins
from minzheng_desktop.county.replies.decisions import decide
from minzheng_desktop.county.replies.receipts import write_resume
from minzheng_desktop.county.replies.transfers import confirm_move, list_moves
from minzheng_desktop.exchange.down import downward
from minzheng_desktop.exchange.down.acknowledge import apply_receipt
from minzheng_desktop.exchange.down.bulletin import read_bulletin
from minzheng_desktop.exchange.down.ruled import EFFECTS
from minzheng_desktop.exchange.moving_out import look_at, start_transfer
from minzheng_desktop.reports.monthly import monthly_report
from minzheng_desktop.reports.periods import month_period
from minzheng_desktop.reports.reading import Rows
from minzheng_desktop.store import schema
from minzheng_desktop.store.records import Subject
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import make_id_number
from tests.exchange.moving import MONTHLY, Move, add_dibao, make_move, pay, rows_of, stranger
from tests.exchange.offices import BASHAN, PASSWORD, TODAY, XIUQI
from tests.exchange.scene import ZEROS
from tests.exchange.test_receipt import again

LINES = ("people", "households", "household_members", "records", "bank_accounts", "terms", "steps")


@pytest.fixture
def move(tmp_path: Path) -> Iterator[Move]:
    made = make_move(tmp_path)
    yield made
    made.close()


def confirmed(move: Move) -> None:
    """Reported, confirmed, and both townships known to the county."""
    start_transfer(
        move.old.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY
    )
    move.send(move.old)
    stranger(move.new, {"name": "别人", "id_number": None})
    move.send(move.new)
    move.confirm()


def test_two_laptops_take_over_as_the_same_versions(move: Move, tmp_path: Path) -> None:
    pay(move.old, "2026-08")
    confirmed(move)
    receipt = again(move.new, move.county)
    path = move.new.store.path
    assert path is not None
    move.new.store.close()
    other = tmp_path / "other.mz"
    for ending in ("", ".keys"):
        shutil.copy(f"{path}{ending}", f"{other}{ending}")
    found = []
    for file in (path, other):
        store = Store.open(file, user="唐敏", password=PASSWORD)
        apply_receipt(store, receipt.read_bytes(), today=TODAY)
        found.append({t: {r["id"]: (r["revision"], r["owner"]) for r in rows_of(store, t)} for t in LINES})
        store.close()
    move.new.store = Store.open(path, user="唐敏", password=PASSWORD)
    assert found[0] == found[1]
    assert {owner for _, owner in found[0]["records"].values()} == {BASHAN}


def test_an_older_program_takes_the_household_over_once_it_is_renewed(
    move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that knows neither the ruling nor the lines keeps the ruling; the county goes on sending the rows until
    the new township has written them."""
    confirmed(move)
    with monkeypatch.context() as older:
        older.delitem(EFFECTS, "transfer")
        older.delitem(downward._KINDS, "moved")  # noqa: SLF001 - what an older program does not have
        older.delitem(downward._KINDS, "blob")  # noqa: SLF001
        applied = move.read(move.new)
        assert (len(applied.rulings.taken), len(applied.rulings.unknown)) == (0, 1)
        assert rows_of(move.new.store, "records") == []
        stranger(move.new, {"name": "又一个", "id_number": None})
        move.send(move.new)
    assert rows_of(move.new.store, "records") == []
    applied = move.read(move.new)
    assert len(applied.rulings.taken) == 1
    (record,) = rows_of(move.new.store, "records")
    assert record["owner"] == BASHAN


def test_why_a_moved_household_is_not_paid_here_any_more(move: Move) -> None:
    first = (move.household, move.record)
    add_dibao(move)
    move.household, move.record = first
    assert pay(move.old, "2026-08") == 2 * MONTHLY
    start_transfer(
        move.old.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY
    )
    plan = plan_batch(move.old.store, form="dibao", month="2026-09", today=TODAY)
    assert sum(item.total for item in plan.items) == MONTHLY
    assert [one.reason for one in plan.stopped] == ["已报迁往巴山镇，等县局确认"]
    move.send(move.old)
    move.confirm()
    move.read(move.old)
    plan = plan_batch(move.old.store, form="dibao", month="2026-09", today=TODAY)
    assert [one.reason for one in plan.stopped] == ["已迁往巴山镇"]


def test_figures_of_before_stay_with_the_old_township(move: Move) -> None:
    """At the end of October 2026 the household was the old township's, at the end of 2027 it is the new one's: at the
    county, and in the windows of both, where it is counted once at any time."""
    confirmed(move)
    for town in (move.old, move.new):
        move.read(town)
    stranger(move.new, {"name": "又一个", "id_number": None})
    move.send(move.new)
    expected = {
        move.county.store: {"2026-10": [XIUQI], "2027-12": [BASHAN]},
        move.old.store: {"2026-10": [XIUQI], "2027-12": []},
        move.new.store: {"2026-10": [], "2027-12": [BASHAN]},
    }
    for store, of_months in expected.items():
        with store.reading() as r:
            for month, owners in of_months.items():
                rows = Rows(r, month_period(month)).at_end("dibao")
                assert [row.owner for row in rows if row.state == "confirmed"] == owners, (
                    store.site.division,
                    month,
                )
                assert {len(row.covered or ()) for row in rows if row.state == "confirmed"} <= {3}
            line = next(one for one in monthly_report(r, "2026-10").lines if one.key.startswith("dibao"))
            assert line.current is not None


def test_the_old_laptop_of_the_new_township_may_pay_only_what_was_not_paid(move: Move) -> None:
    """Paid to October there, confirmed in November: the new township pays November, and nothing of before."""
    for month in ("2026-08", "2026-09", "2026-10"):
        pay(move.old, month)
    confirmed(move)
    move.read(move.new)
    assert [pay(move.new, month) for month in ("2026-09", "2026-10", "2026-11")] == [0, 0, MONTHLY]


def test_carers_outside_the_household_are_known_but_in_no_list(move: Move) -> None:
    """Somebody whom a record names and who stays behind: the record shows him, the new township's lists do not."""
    (carer,) = move.old.add_people(1)
    with move.old.store.writing("test") as w:
        w.connection.execute(
            sa.insert(schema.record_people), [{"record": move.record, "person": carer, "role": "carer"}]
        )
    move.send(move.old)
    with move.county.store.writing("test") as w:
        w.connection.execute(
            sa.insert(schema.record_people), [{"record": move.record, "person": carer, "role": "carer"}]
        )
    confirmed(move)
    move.read(move.new)
    (shown,) = rows_of(move.new.store, "people", id=carer)
    assert (shown["owner"], shown["void"]) == (XIUQI, 1)
    (there,) = rows_of(move.county.store, "people", id=carer)
    assert (there["owner"], there["void"]) == (XIUQI, 0)
    applied = move.send(move.new)
    assert (applied.rejected.rows, applied.held.rows) == (0, 0)


def test_a_benefit_that_ends_with_the_move(move: Move) -> None:
    """低保 goes on in the new township; the old-age allowance, paid to 2026-09, ends with the move from 2026-10."""
    pay(move.old, "2026-08")
    with move.old.store.writing("test") as w:
        number = make_id_number("500229", date(1940, 1, 1), 7)
        w.put("people", {"id": move.people[1], "birth_date": "1940-01-01", "id_number": number})
        doc = {"apply_channel": "6", "apply_date": "2026-08-01"}
        body = {"owner": XIUQI, "form": "elder_age", "form_version": 1, "person": move.people[1], "doc": doc}
        allowance = w.put("records", {**body, "paid_through": "2026-09"})
        step = {
            "owner": XIUQI,
            "record": allowance,
            "step": "confirm",
            "to_state": "confirmed",
            "actor": "county",
        }
        w.put("steps", {**step, "at": "2026-08-20T09:00:00+08:00", "effective_month": "2026-09"})
    with move.old.store.reading() as r:
        drawn = {one.record: (one.last_paid, one.can_stop) for one in look_at(r, move.household).drawn}
    assert drawn == {move.record: ("2026-08", True), allowance: ("2026-09", True)}
    start_transfer(
        move.old.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY,
        stops=[allowance],
    )  # fmt: skip
    (row,) = rows_of(move.old.store, "records", id=allowance)
    assert (row["state"], row["end_month"], row["doc"]["stop_reason"]) == ("stopped", "2026-10", "move_out")
    move.send(move.old)
    move.confirm()
    move.read(move.new)
    there = {row["form"]: (row["owner"], row["state"]) for row in rows_of(move.new.store, "records")}
    assert there == {"dibao": (BASHAN, "confirmed"), "elder_age": (BASHAN, "stopped")}


def test_a_stop_that_is_not_drawn_here_refuses_the_whole_report(move: Move) -> None:
    with pytest.raises(UserError, match="要停发的有一件不是"):
        start_transfer(
            move.old.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY,
            stops=["x"],
        )  # fmt: skip
    assert rows_of(move.old.store, "transfers") == []


def test_the_county_does_not_send_a_household_where_nobody_can_receive_it(move: Move) -> None:
    start_transfer(
        move.old.store, move.household, to="500229107", moved_on="2026-10-20", reason="搬迁", today=TODAY
    )
    move.send(move.old)
    with move.county.store.reading() as r:
        (one,) = list_moves(r)
    assert any("还没有登记的电脑" in problem for problem in one.problems)
    with pytest.raises(UserError, match="还没有登记的电脑") as refused:
        confirm_move(move.county.store, one.transfer)
    assert refused.value.code == "cannot_move"
    assert rows_of(move.county.store, "rulings") == []


def test_a_bulletin_brings_the_household_too(move: Move, tmp_path: Path) -> None:
    confirmed(move)
    written = write_bulletins(move.county.store, [XIUQI, BASHAN], tmp_path)
    for town, one in zip((move.old, move.new), written, strict=True):
        read_bulletin(town.store, one.file.read_bytes(), today=TODAY)
    (there,) = rows_of(move.new.store, "records", id=move.record)
    (here,) = rows_of(move.old.store, "records", id=move.record)
    assert ((there["owner"], there["void"]), (here["owner"], here["void"])) == ((BASHAN, 0), (BASHAN, 1))
    assert move.read(move.new).rulings.taken == (), "the receipt brings nothing new"


def test_lines_that_no_ruling_names_are_not_taken(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even under the county's key: rows come in only where a confirmed move names them."""
    from minzheng_desktop.county.replies import transfers

    start_transfer(
        move.old.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY
    )
    (other,) = move.old.add_people(1)
    move.send(move.old)
    stranger(move.new, {"name": "别人", "id_number": None})
    move.send(move.new)
    move.confirm()
    real = transfers.moved_lines

    def more(r: Any, division: str, changes: Any) -> Iterator[Any]:
        yield from real(r, division, changes)
        yield from (downward.MovedLine(line) for line in transfers._versions(r, "people", {other: ""}))  # noqa: SLF001

    monkeypatch.setattr("minzheng_desktop.county.replies.down.moved_lines", more)
    move.read(move.new)
    assert rows_of(move.new.store, "people", id=other) == []
    assert len(rows_of(move.new.store, "records", id=move.record)) == 1


def test_new_lines_of_a_moved_household_are_the_new_townships_alone(move: Move) -> None:
    """A laptop of the old township that has not heard of the move adds an account and a term: the county lets neither
    in, before the new township has written as afterwards. What it paid meanwhile is money paid, and enters."""
    confirmed(move)
    for month in ("2026-08", "2026-09"):
        with move.old.store.writing("test") as w:
            w.handing_over = True  # what a laptop does that knows of no transfer
            account = {
                "owner": XIUQI,
                "person": move.people[0],
                "number": f"62170012345123{month[:4]}{month[5:]}",
            }
            added = w.put("bank_accounts", {**account, "name": "测试001", "bank": "农商行"})
            term = {"owner": XIUQI, "record": move.record, "from_month": month, "state": "approved"}
            added_term = w.put("terms", {**term, "ground": "confirm", "inputs": {}, "snapshot": {}})
            batch = w.put(
                "payment_batches",
                {
                    "owner": XIUQI, "form": "dibao", "month": month, "kind": "regular", "state": "locked",
                    "number": f"500229106-DB-{month}", "item_count": 1, "total": MONTHLY,
                },
            )  # fmt: skip
            item = {
                "owner": XIUQI,
                "batch": batch,
                "record": move.record,
                "person": move.people[0],
                "month": month,
            }
            w.put(
                "payment_items", {**item, **ZEROS, "period_from": month, "period_to": month, "total": MONTHLY}
            )
        done = move.old.export()
        assert done.file is not None
        (result,) = move.county.receive(done.file)
        assert {row.id for row in result.rows if row.outcome != "questioned"} == {added, added_term}
        assert result.count("rejected") == 2
        assert len(rows_of(move.county.store, "payment_items", batch=batch)) == 1
        if month == "2026-08":
            move.read(move.new)
            move.send(move.new)
    assert {row["owner"] for row in rows_of(move.county.store, "records", id=move.record)} == {BASHAN}


def _reported(move: Move) -> str:
    """An old-age allowance of a member that waits for the county."""
    with move.old.store.writing("test") as w:
        number = make_id_number("500229", date(1940, 1, 1), 7)
        w.put("people", {"id": move.people[1], "birth_date": "1940-01-01", "id_number": number})
        doc = {"apply_channel": "6", "apply_date": "2026-10-08"}
        saved = casework.save_record(w, "elder_age", doc, today=TODAY, subject=Subject(move.people[1]))
        move.old.move(w, saved.id, "report", "reported")
    move.send(move.old)
    return saved.id


def test_a_decision_that_crosses_the_report_of_a_move_is_carried_out(move: Move) -> None:
    """The county waits for its answer before it confirms; the answer is what the old township may still write."""
    record = _reported(move)
    decide(move.county.store, [record], kind="confirm", text="同意", number="民政函〔2026〕31号")
    start_transfer(
        move.old.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY
    )
    applied = move.send(move.old)
    assert (len(applied.decisions.taken), applied.decisions.waiting) == (1, ())
    with pytest.raises(UserError, match="县级决定还在等"):
        move.confirm()
    move.send(move.old)
    move.confirm()
    move.read(move.new)
    there = {row["id"]: (row["owner"], row["state"]) for row in rows_of(move.new.store, "records")}
    assert there[record] == (BASHAN, "confirmed")


def test_nothing_is_decided_on_a_household_that_is_on_its_way(move: Move) -> None:
    """Neither township could carry it out; once the new one has it, the decision goes there."""
    record = _reported(move)
    confirmed(move)
    told = {"kind": "confirm", "text": "同意", "number": "民政函〔2026〕31号"}
    with pytest.raises(UserError, match="已批准迁往巴山镇，还没有接收"):
        decide(move.county.store, [record], **told)
    move.read(move.new)
    move.send(move.new)
    decide(move.county.store, [record], **told)
    assert len(move.read(move.new).decisions.taken) == 1
    move.send(move.new)
    (row,) = rows_of(move.county.store, "records", id=record)
    assert (row["owner"], row["state"]) == (BASHAN, "confirmed")


def test_an_old_database_of_the_old_township_hears_of_the_move_again(move: Move, tmp_path: Path) -> None:
    """Restored from before the report, with nothing of it left on the laptop: the county's ruling alone takes the
    household out of its hands, so that no month is paid twice."""
    path = move.old.store.path
    assert path is not None
    move.send(move.old)
    move.old.store.close()
    shutil.copytree(path.parent, tmp_path / "backup")
    move.old.store = Store.open(path, user="唐敏", password=PASSWORD)
    start_transfer(
        move.old.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY
    )
    move.send(move.old)
    move.confirm()
    move.read(move.old)
    move.old.add_people(1)
    move.send(move.old)
    last = again(move.old, move.county)
    move.old.store.close()
    shutil.rmtree(path.parent)
    shutil.copytree(tmp_path / "backup", path.parent)
    move.old.store = Store.open(path, user="唐敏", password=PASSWORD)
    with pytest.raises(UserError, match="本机的台账比县局见过的旧"):
        move.old.apply(last)
    move.old.apply(write_resume(move.county.store, move.old.store.site.laptop, tmp_path))
    move.old.add_people(1)
    move.send(move.old)
    assert {(row["owner"], row["void"]) for row in rows_of(move.old.store, "records", id=move.record)} == {
        (BASHAN, 1)
    }
    assert pay(move.old, "2026-11") == 0
