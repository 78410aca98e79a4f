"""重复发放雷达: each kind's yuan by hand, the matrix against its lists, and how a case is told, answered and closed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.checks.desk import answer_findings
from minzheng_desktop.county.radar import (
    ABOVE,
    DEAD,
    EXCLUDED,
    SHARED,
    TWICE,
    Case,
    Cell,
    list_cases,
    months_run,
    run_radar,
    sum_cases,
)
from minzheng_desktop.store import copies, schema
from minzheng_desktop.store.unit import Writing
from minzheng_desktop.values.dates import now_text
from tests.county.ledgers import BASHAN, GECHENG, XIUQI, Ledgers
from tests.exchange.offices import County

JUNE, TODAY = "2026-06", date(2026, 6, 18)
SAME = "500229194003070015"


def covered(w: Writing, record: str, *people: str) -> None:
    """The people of a household's benefit, as the record's table of members would link them."""
    w.insert_derived(
        "record_people", ("record", "person", "role"), [(record, one, "covered") for one in people]
    )


class Payer:
    """What stands in a township: a benefit in force since January and what June paid for it."""

    def __init__(self, county: County) -> None:
        self.made = Ledgers(county.store)

    def paid(self, w: Writing, owner: str, form: str, person: str, cents: int, **more: Any) -> str:
        each = more.pop("each", {})
        record = self.made.case(w, owner, form, person, state="active", since="2026-01", **more)
        self.made.batch(w, owner, form, JUNE, [(record, person, cents)], **each)
        return record


def cases(county: County, month: str = JUNE) -> list[Case]:
    return run_radar(county.store, month=month, today=TODAY)


def only(found: list[Case], kind: str) -> Case:
    (one,) = (case for case in found if case.kind == kind)
    return one


@pytest.fixture
def filled(county: County) -> County:
    """One case of every kind; the sums stand beside."""
    town = Payer(county)
    person = town.made.person
    with county.store.writing("test") as w:
        # twice: 高龄津贴 100.00 in 修齐 and 80.00 in 巴山 for one number: 80.00 too much
        town.paid(w, XIUQI, "elder_age", person(w, XIUQI, id_number=SAME, birth_date="1940-03-07"), 10_000)
        town.paid(w, BASHAN, "elder_age", person(w, BASHAN, id_number=SAME, birth_date="1940-03-07"), 8_000)
        # excluded: 特困 beside 低保 of two heads, 1,270.01: half of it, 635.005, rounded up to 635.01
        poor, wife = person(w, BASHAN), person(w, BASHAN)
        town.paid(w, BASHAN, "tekun", poor, 95_300)
        low = town.paid(w, BASHAN, "dibao", poor, 127_001, quantity=2)
        covered(w, low, poor, wife)
        # dead: 护理补贴 120.00 for June, dead since April
        dead = person(w, XIUQI, alive_status="2", death_date="2026-04-10")
        town.paid(w, XIUQI, "djr_care", dead, 12_000)
        # shared: 护理补贴 of two strangers, 110.00 + 90.00 into one account
        for cents in (11_000, 9_000):
            town.paid(
                w, GECHENG, "djr_care", person(w, GECHENG), cents, each={"account_number": "6217000000001"}
            )
        # above: 护理补贴 150.00 against a standard of 120.00
        town.paid(w, GECHENG, "djr_care", person(w, GECHENG), 15_000, each={"row": {"_rate": 12_000}})
    return county


def test_the_yuan_of_every_kind(filled: County) -> None:
    found = cases(filled)
    assert only(found, TWICE).cents == 8_000
    assert only(found, EXCLUDED).cents == 63_501
    assert only(found, SHARED).cents == 20_000
    assert only(found, ABOVE).cents == 3_000
    dead = [case for case in found if case.kind == DEAD]
    # the payment and the record that is still in force are two findings; the money counts once
    assert sorted(case.cents for case in dead) == [0, 12_000]


def test_the_matrix_sums_its_lists(filled: County) -> None:
    sums = sum_cases(cases(filled))
    assert sums["", ""] == Cell(6, 8_000 + 63_501 + 12_000 + 20_000 + 3_000)
    assert sums[GECHENG, ""] == Cell(2, 23_000)
    assert sums[GECHENG, SHARED] == Cell(1, 20_000)
    assert (XIUQI, SHARED) not in sums
    with filled.store.reading() as r:
        for (division, kind), cell in sums.items():
            listed = list_cases(r, month=JUNE, division=division, kind=kind)
            assert Cell(len(listed), sum(case.cents for case in listed)) == cell
        assert months_run(r) == (JUNE,)
        assert list_cases(r, month="2026-05") == []


def test_a_household_counts_by_heads(county: County) -> None:
    """A girl in two 低保 households: 1,900.00 ÷ 3 = 633.33 and 1,271.01 ÷ 2 = 635.51; the smaller is too much."""
    town = Payer(county)
    with county.store.writing("test") as w:
        for owner, cents, heads in ((XIUQI, 190_000, 3), (BASHAN, 127_101, 2)):
            girl = town.made.person(w, owner, id_number="500229201003070018", birth_date="2010-03-07")
            record = town.paid(w, owner, "dibao", girl, cents, quantity=heads)
            covered(w, record, girl)
    assert only(cases(county), TWICE).cents == 63_333


def test_a_dead_member_of_a_household_counts_by_heads(county: County) -> None:
    town = Payer(county)
    with county.store.writing("test") as w:
        head = town.made.person(w, XIUQI)
        gone = town.made.person(w, XIUQI, alive_status="2", death_date="2026-05-20")
        record = town.paid(w, XIUQI, "dibao", head, 190_500, quantity=3)
        covered(w, record, head, gone)
    assert only(cases(county), DEAD).cents == 63_500, "1,905.00 ÷ 3"


def test_a_case_is_open_told_answered_and_closed(filled: County, tmp_path: Path) -> None:
    store = filled.store
    double = only(cases(filled), TWICE)
    assert (double.state, double.evidence) == ("open", "")

    def state() -> tuple[str, str]:
        with store.reading() as r:
            one = only(list_cases(r, month=JUNE, kind=TWICE), TWICE)
        return one.state, one.evidence

    def hand_to(division: str) -> None:
        with store.writing("test") as w:
            what = copies.Outgoing("receipt", f"{division}.mzret", division=division, number=1)
            copies.note_in(w, what, b"x", tmp_path)

    hand_to(XIUQI)
    assert state()[0] == "open", "two townships pay, only one has been told"
    hand_to(BASHAN)
    assert state()[0] == "told"
    with store.writing("test") as w:
        w.put(
            "finding_answers",
            {
                "owner": BASHAN, "finding": double.finding, "rule": "C01", "state": "explained",
                "text": "已停发，本人户籍在修齐", "at": now_text(), "by": "周晓岚",
            },
        )  # fmt: skip
    assert state()[0] == "answered"
    assert "已停发，本人户籍在修齐" in state()[1]
    answer_findings(store, [double.finding], as_="accepted", text="两处为不同期间")
    assert state() == ("closed", "唐敏采信：两处为不同期间")


def test_a_recovery_closes_its_months_only(filled: County) -> None:
    dead = next(case for case in cases(filled) if case.kind == DEAD and case.cents)
    with filled.store.writing("test") as w:
        w.put(
            "recoveries",
            {
                "owner": XIUQI, "record": dead.records[0], "reason": "死亡", "period_from": "2026-05",
                "period_to": JUNE, "amount": 24_000, "state": "draft",
            },
        )  # fmt: skip
    with filled.store.reading() as r:
        closed = next(case for case in list_cases(r, month=JUNE, kind=DEAD) if case.cents)
    assert (closed.state, closed.evidence) == ("closed", "已开追缴 240.00 元")


def test_what_a_later_run_does_not_find_is_closed_and_keeps_its_money(filled: County) -> None:
    above = only(cases(filled), ABOVE)
    with filled.store.writing("test") as w:
        items = schema.payment_items
        item = w.scalar(sa.select(items.c.id).where(items.c.record == above.records[0]))
        w.put("payment_items", {"id": item, "row": {"_rate": 15_000}})
    closed = only(cases(filled), ABOVE)
    assert (closed.state, closed.cents) == ("closed", 3_000)
    assert closed.evidence.endswith("复核，已经改正")


def test_the_receipt_tells_every_township_that_has_part(filled: County) -> None:
    from minzheng_desktop.county.replies.down import down_lines
    from minzheng_desktop.exchange.down.downward import FindingLine

    double = only(cases(filled), TWICE)
    with filled.store.reading() as r:
        told = {
            division: {line.id for line in down_lines(r, division) if isinstance(line, FindingLine)}
            for division in (XIUQI, BASHAN, GECHENG)
        }
    assert double.finding in told[XIUQI] & told[BASHAN]
    assert double.finding not in told[GECHENG]
