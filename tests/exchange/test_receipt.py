"""Receipts: who may read them, what they do, and that they do it once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from minzheng_desktop.county.keys.enrolments import revoke_laptop
from minzheng_desktop.county.replies.decisions import decide, set_aside
from minzheng_desktop.county.replies.receipts import write_resume
from minzheng_desktop.exchange.down import decided
from minzheng_desktop.exchange.down.acknowledge import apply_receipt
from minzheng_desktop.exchange.down.decided_on import compare_decision
from minzheng_desktop.exchange.down.receipt import receipts_read
from minzheng_desktop.exchange.files.container import Parts, build_container, read_container
from minzheng_desktop.exchange.files.enrolment import live_recipients, membership
from minzheng_desktop.exchange.files.package import Count
from minzheng_desktop.exchange.sending import chain, outbox
from minzheng_desktop.store import records, schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from tests.exchange.forgery import forge, person_line
from tests.exchange.offices import BASHAN, TODAY, XIUQI, County, Town, join, new_county, new_town


def hand_over(town: Town, county: County) -> Path:
    """Export, receive, and return the receipt."""
    done = town.export()
    assert done.file is not None
    result = county.receive(done.file)[0]
    assert result.receipt is not None, result.reason
    return result.receipt


def again(town: Town, county: County) -> Path:
    """A fresh receipt for the last package."""
    files = sorted(town.stick.glob("*.mzpkg"))
    receipt = county.receive(files[-1])[0].receipt
    assert receipt is not None
    return receipt


def refusal(town: Town, data: bytes) -> str:
    before = chain_of(town)
    with pytest.raises(UserError) as error:
        apply_receipt(town.store, data, today=TODAY)
    assert "没有读入" in error.value.message
    assert chain_of(town) == before
    return error.value.code


def chain_of(town: Town) -> chain.Chain:
    with town.store.reading() as r:
        return chain.read_chain(r)


def test_a_receipt_acknowledges_and_says_what_became_of_every_row(town: Town, county: County) -> None:
    town.add_people(4)
    applied = town.apply(hand_over(town, county))
    assert applied.accepted == Count(4, 0)
    assert (applied.rejected, applied.held, applied.questioned) == (Count(), Count(), Count())
    assert (applied.package, applied.acknowledged_number) == (1, 1)
    assert applied.audit_holds
    with town.store.reading() as r:
        member = membership(r)
        assert member is not None
        assert member.registered
        assert [one.state for one in outbox.sent_packages(r)] == ["acknowledged"]
        assert len(live_recipients(r, XIUQI)) == 1
        assert receipts_read(r)[0]["number"] == 1


def test_applying_it_twice_changes_nothing_more(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    hand_over(town, county)
    decide(county.store, [record], kind="return", text="缺户口簿复印件", number="")
    receipt = again(town, county)
    first = town.apply(receipt)
    assert len(first.decisions.taken) == 1
    with town.store.reading() as r:
        before = r.change_number()
    second = town.apply(receipt)
    assert (second.decisions.taken, len(second.decisions.known)) == ((), 1)
    with town.store.reading() as r:
        assert r.change_number() == before


def test_a_quarantined_row_is_named_in_the_receipt(town: Town, county: County) -> None:
    file = county.folder / "x.mzpkg"
    file.write_bytes(forge(town, [person_line(XIUQI, "p1"), person_line(BASHAN, "p2")]))
    result = county.receive(file)[0]
    assert result.receipt is not None
    # The township itself never packed number 1: it must not believe that it did, and stops until somebody looked.
    assert refusal(town, result.receipt.read_bytes()) == "rolled_back"
    with pytest.raises(UserError) as error:
        town.export()
    assert error.value.code == "exchange_paused"


def test_receipts_for_others_are_refused(town: Town, county: County, tmp_path: Path) -> None:
    other = new_town(tmp_path / "other", BASHAN)
    join(other, county)
    town.add_people(1)
    receipt = hand_over(town, county)
    assert refusal(other, receipt.read_bytes()) == "other_receipt"
    elsewhere = new_county(tmp_path / "elsewhere")
    stranger = new_town(tmp_path / "stranger")
    join(stranger, elsewhere)
    stranger.add_people(1)
    assert refusal(town, hand_over(stranger, elsewhere).read_bytes()) == "other_receipt"
    package = stranger.stick / "500229106A_0001.mzpkg"
    assert refusal(town, package.read_bytes()) == "wrong_kind"
    for one in (other, stranger):
        one.store.close()
    elsewhere.store.close()


def test_a_receipt_of_another_county_under_our_address(town: Town, county: County, tmp_path: Path) -> None:
    from minzheng_desktop.county.keys.enrolments import county_keys
    from minzheng_desktop.exchange.down.receipt import PackageMark, ReceiptHead, seal_receipt
    from minzheng_desktop.exchange.files.package import AuditHead, peek

    town.add_people(1)
    real = hand_over(town, county)
    envelope = peek(real.read_bytes(), expected="minzheng-receipt")[0]
    rogue = new_county(tmp_path / "rogue")
    rogue.enrol(XIUQI)
    with rogue.store.reading() as r:
        keys = county_keys(r)
    with town.store.reading() as r:
        own = live_recipients(r, XIUQI)
        member = membership(r)
    assert member is not None
    mark = PackageMark(1, envelope.epoch, "0" * 64)
    head = ReceiptHead(
        *(envelope.sender, envelope.to, 1, envelope.epoch, "", "2026", "0.1.0", "applied", mark, mark),
        *(AuditHead(0, ""), 1, {}, 0),
    )
    recipients = own or [member.registration.keys.age]
    forged = seal_receipt(head, [], certificate=keys.certificate, keys=keys.keys, recipients=recipients)
    assert refusal(town, forged.data) == "not_our_county"
    borrowed = seal_receipt(
        head, [], certificate=member.county, keys=keys.keys, recipients=recipients
    )  # our county's certificate, another's signature
    assert refusal(town, borrowed.data) == "bad_signature"
    rogue.store.close()


def test_an_altered_receipt(town: Town, county: County) -> None:
    town.add_people(1)
    data = hand_over(town, county).read_bytes()
    parts = read_container(data)
    assert refusal(town, data[:-1]) == "truncated"
    flipped = bytearray(parts.payload)
    flipped[-1] ^= 1
    assert (
        refusal(town, build_container(Parts(parts.envelope, parts.signature, bytes(flipped)))) == "bad_digest"
    )
    assert refusal(town, b"") == "truncated"


def test_an_older_receipt_never_replaces_the_newer_list_of_laptops(
    town: Town, county: County, tmp_path: Path
) -> None:
    second = new_town(tmp_path / "second")
    join(second, county)
    town.add_people(1)
    old = hand_over(town, county).read_bytes()
    second.count = 100  # other invented people than the first laptop's
    second.add_people(1)
    hand_over(second, county)
    town.apply(again(town, county))
    with town.store.reading() as r:
        assert len(live_recipients(r, XIUQI)) == 2
    apply_receipt(town.store, old, today=TODAY)
    with town.store.reading() as r:
        assert len(live_recipients(r, XIUQI)) == 2
    second.store.close()


def test_a_revoked_laptop_leaves_the_list(town: Town, county: County, tmp_path: Path) -> None:
    second = new_town(tmp_path / "second")
    join(second, county)
    town.add_people(1)
    town.apply(hand_over(town, county))
    second.count = 100
    second.add_people(1)
    hand_over(second, county)
    revoke_laptop(county.store, second.store.site.laptop, reason="报废")
    town.apply(again(town, county))
    with town.store.reading() as r:
        assert len(live_recipients(r, XIUQI)) == 1
    second.store.close()


def test_a_rewritten_audit_shows(town: Town, county: County) -> None:
    town.add_people(1)
    receipt = hand_over(town, county)
    with town.store.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE audit SET digest = 'x' WHERE seq > 1")
    assert not town.apply(receipt).audit_holds


@pytest.mark.parametrize(
    ("kind", "number", "state"),
    [
        ("confirm", "城民发〔2026〕31号", "confirmed"),
        ("return", "", "county_returned"),
        ("deny", "31号", "denied"),
    ],
)
def test_a_decision_comes_back_as_a_step_and_returns(
    town: Town, county: County, kind: str, number: str, state: str
) -> None:
    record = town.add_reported_elder()
    town.apply(hand_over(town, county))
    ids = decide(county.store, [record], kind=kind, text="按规定办理", number=number).ids
    applied = town.apply(again(town, county))
    assert applied.decisions.taken == tuple(ids)
    assert town.state(record) == state
    with town.store.reading() as r:
        step = records.steps_of(r, record)[-1]
    assert (step["actor"], step["by"], step["ground"]["decision"]) == ("county", "唐敏", ids[0])
    assert step["ground"].get("document_no", "") == number
    # It goes up with the next package, and the county sees its decision taken.
    hand_over(town, county)
    with county.store.reading() as r:
        row, here = r.get("decisions", ids[0]), r.get("records", record)
    assert row is not None
    assert here is not None
    assert (row["state"], here["state"]) == (decided.TAKEN, state)
    assert town.apply(again(town, county)).decisions.known == ()


def test_a_decision_on_a_record_that_moved_waits_for_a_person(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    town.apply(hand_over(town, county))
    ids = decide(county.store, [record], kind="return", text="缺户口簿复印件", number="").ids
    with town.store.writing("test") as w:
        row = w.get("records", record)
        assert row is not None
        w.put(
            "records", {"id": record, "doc": {**row["doc"], "apply_date": "2026-10-09", "remark": "后来改过"}}
        )
    applied = town.apply(again(town, county))
    assert (applied.decisions.taken, applied.decisions.waiting) == ((), tuple(ids))
    assert town.state(record) == "reported"
    with town.store.reading() as r:
        (one,) = decided.waiting_decisions(r)
        on = compare_decision(r, one)
    assert [one["id"]] == ids
    assert (on.then, on.now, on.steps) == ("已上报", "已上报", ())
    assert [(d.label, d.then, d.now) for d in on.differences] == [
        ("申请日期", "2026年10月8日", "2026年10月9日"),
        ("本版表单没有的“remark”", "", "改过"),
    ]
    decided.take_waiting(town.store, ids[0], today=TODAY)
    assert town.state(record) == "county_returned"
    with town.store.reading() as r:
        assert decided.waiting_decisions(r) == []


def test_a_waiting_decision_can_be_set_aside_with_a_reason(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    town.apply(hand_over(town, county))
    ids = decide(county.store, [record], kind="return", text="缺户口簿复印件", number="").ids
    with town.store.writing("test") as w:
        town.move(w, record, "withdraw", "withdrawn")
    moved = _state_at(town.store, record)
    assert town.apply(again(town, county)).decisions.waiting == tuple(ids)
    with pytest.raises(UserError) as error:
        decided.take_waiting(town.store, ids[0], today=TODAY)
    assert error.value.code == "step_not_possible"
    with town.store.reading() as r:
        on = compare_decision(r, decided.waiting_decisions(r)[0])
    assert (on.then, on.now, on.differences) == ("已上报", "已撤回", ())
    assert [(s.title, s.by) for s in on.steps] == [("申请人撤回", "唐敏")]
    with pytest.raises(UserError):
        decided.dismiss_waiting(town.store, ids[0], reason=" ")
    decided.dismiss_waiting(town.store, ids[0], reason="申请人已撤回")
    with town.store.reading() as r:
        assert decided.waiting_decisions(r) == []
    with county.store.reading() as r:
        assert set_aside(r) == []
    hand_over(town, county)
    assert _state_at(town.store, record) == _state_at(county.store, record) == moved
    with county.store.reading() as r:
        (told,) = set_aside(r)
        assert set_aside(r, division="500229102") == []
    assert (
        told.decision,
        told.record,
        told.kind,
        told.reason,
        told.by,
        told.town,
        told.name,
        told.state,
    ) == (*(ids[0], record, "return", "申请人已撤回", "唐敏", "修齐镇", "测试001", "已撤回"),)


def test_a_decision_set_aside_is_told_until_the_county_decides_anew(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    town.apply(hand_over(town, county))
    ids = decide(county.store, [record], kind="return", text="缺户口簿复印件", number="").ids
    with town.store.writing("test") as w:
        doc = (w.get("records", record) or {})["doc"]
        w.put("records", {"id": record, "doc": {**doc, "remark": "户口簿已补"}})
    assert town.apply(again(town, county)).decisions.waiting == tuple(ids)
    decided.dismiss_waiting(town.store, ids[0], reason="户口簿已补在附件")
    hand_over(town, county)
    with county.store.reading() as r:
        assert [one.reason for one in set_aside(r)] == ["户口簿已补在附件"]
    decide(county.store, [record], kind="confirm", text="", number="城民发〔2026〕9号")
    with county.store.reading() as r:
        assert set_aside(r) == []


def test_what_the_county_saw_may_stand_on_another_laptop(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    town.apply(hand_over(town, county))
    decide(county.store, [record], kind="return", text="缺件", number="")
    with town.store.writing("test") as w:
        doc = (w.get("records", record) or {})["doc"]
        w.put("records", {"id": record, "doc": {**doc, "remark": "改过"}})
    town.apply(again(town, county))
    with town.store.reading() as r:
        (one,) = decided.waiting_decisions(r)
        on = compare_decision(r, {**one, "on_revision": "0" * 16})
    assert (on.seen_at, on.differences, on.then) == ("", (), "已上报")


def _state_at(store: Store, record: str) -> tuple[str, str]:
    with store.reading() as r:
        found = r.get("records", record)
    assert found is not None
    return found["state"], found["state_at"]


def test_a_resume_receipt_does_nothing_on_a_computer_that_was_not_restored(
    town: Town, county: County
) -> None:
    town.add_people(1)
    town.apply(hand_over(town, county))
    before = chain_of(town)
    applied = town.apply(write_resume(county.store, town.store.site.laptop, county.folder))
    assert not applied.resumed
    assert chain_of(town) == before


def test_money_is_told_in_cents_of_payment_items(town: Town, county: County) -> None:
    record = town.add_reported_elder()
    batch: dict[str, Any] = {"owner": XIUQI, "form": "elder_age", "month": "2026-12", "kind": "regular"}
    with town.store.writing("test") as w:
        number = w.put(
            "payment_batches",
            {**batch, "number": "P-1", "state": "locked", "item_count": 2, "total": 123_456},
        )
        zeros = dict.fromkeys(("months", "base", "extra", "backpay", "deduct"), 0)
        months = {"month": "2026-12", "period_from": "2026-10", "period_to": "2026-12"}
        for total in (100_000, 23_456):
            w.put(
                "payment_items",
                {"owner": XIUQI, "batch": number, "record": record, **zeros, **months, "total": total},
            )
    applied = town.apply(hand_over(town, county))
    assert applied.accepted.cents == 123_456
    with county.store.reading() as r:
        counts = r.rows(sa.select(schema.packages.c.counts))[0]["counts"]
    announced = msgspec.convert(counts["announced"], dict[str, Count])
    assert announced["payment_batches"] == Count(1, 123_456)
    assert announced["payment_items"] == Count(2, 123_456)
