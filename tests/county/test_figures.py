"""The board: every figure by hand from the rows put in, and equal to the count and sum of the list behind it."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng_desktop.checks.desk import run_checks
from minzheng_desktop.county.behind import FIGURES, Question, look_behind
from minzheng_desktop.county.receiving.receive import receive_files
from minzheng_desktop.county.replies.decisions import decide
from minzheng_desktop.county.summary import (
    TownSummary,
    chart_groups,
    paid_by_form,
    receipts_to_write,
    sum_towns,
    summarise_towns,
    trend,
)
from minzheng_desktop.values.errors import UserError
from tests.county.ledgers import BASHAN, GECHENG, XIUQI, Ledgers
from tests.exchange.offices import County, Town

MAY, JUNE = "2026-05", "2026-06"


@pytest.fixture
def filled(county: County) -> County:
    """修齐 reports both months, 巴山 only May, 葛城 only June; what each paid stands in the test."""
    made = Ledgers(county.store)
    with county.store.writing("test") as w:
        for owner in (XIUQI, BASHAN, GECHENG):
            people = [made.person(w, owner) for _ in range(3)]
            low = [
                made.case(w, owner, "dibao", one, state="active", since="2026-01", quantity=1)
                for one in people
            ]
            old = made.case(w, owner, "elder_age", people[0], state="active", since="2026-01")
            if owner != GECHENG:
                made.batch(w, owner, "dibao", MAY, [(low[0], people[0], 63_500), (low[1], people[1], 20_050)])
            if owner != BASHAN:
                made.batch(
                    w, owner, "dibao", JUNE,
                    [(low[0], people[0], 63_500), (low[1], people[1], 20_050), (low[2], people[2], 41_111)],
                )  # fmt: skip
                made.batch(w, owner, "elder_age", JUNE, [(old, people[0], 10_000)])
        made.case(w, XIUQI, "dibao", made.person(w, XIUQI))
        decided = made.case(w, XIUQI, "tekun", made.person(w, XIUQI))
        w.insert("packages", [package(1, "in"), package(3, "early"), package(6, "early")])
        w.insert("laptops", [laptop()])
        w.insert(
            "held",
            [
                {
                    "package": "p1", "division": XIUQI, "laptop": "L", "entity": "people", "id": f"x{at}", "why": why,
                    "line": '{"t":"change"}',
                }
                for at, why in enumerate(("conflict", "conflict", "reference", "other_division"))
            ],
        )  # fmt: skip
    decide(county.store, [decided], kind="return", text="缺评估表", number="")
    return county


def package(number: int, direction: str) -> dict[str, object]:
    counts = {
        "program": "0.0.9", "catalog": {}, "announced": {"payment_items": {"rows": 4, "cents": 134_661}}, "rows": [],
        "tallies": {}, "made_at": "2026-06-17T08:00:00+08:00", "audit": {"length": 3, "head": ""}, "envelope": "",
        "size": 9, "serial": "S", "file": "x.mzpkg",
    }  # fmt: skip
    return {
        "id": f"p{number}", "direction": direction, "division": XIUQI, "laptop": "L", "number": number, "epoch": "e",
        "digest": f"d{number}", "previous": "", "state": "applied", "at": "2026-06-17T09:10:00+08:00",
        "counts": counts,
    }  # fmt: skip


def laptop() -> dict[str, object]:
    return {
        "id": "L", "division": XIUQI, "letter": "A", "serial": "S", "state": "registered", "may_lock": 1,
        "more": {"position": {"epoch": "e", "number": 1, "envelope": "", "resume": False}},
    }  # fmt: skip


def towns(county: County, month: str = JUNE) -> dict[str, TownSummary]:
    with county.store.reading() as r:
        return {one.division: one for one in summarise_towns(r, month=month)}


def test_the_line_of_a_township(filled: County) -> None:
    one = towns(filled)[XIUQI]
    # 635.00 + 200.50 + 411.11 in 低保 and 100.00 for the aged; in May 635.00 + 200.50
    assert (one.total, one.before, one.difference) == (134_661, 83_550, 51_111)
    assert (one.last_number, one.last_at[:10], one.laptops) == (1, "2026-06-17", 1)
    assert one.missing == (2, 4, 5), "3 and 6 wait, 1 was applied"
    assert (one.held, one.conflicts, one.quarantined) == (3, 2, 1)
    assert (one.waiting, one.undelivered_decisions) == (1, 1)
    assert one.behind[0].startswith("程序 0.0.9，县里是 ")
    assert one.reported


def test_totals_compare_the_same_townships(filled: County) -> None:
    found = towns(filled)
    assert not found[BASHAN].reported
    sums = sum_towns(list(found.values()))
    # 巴山 paid 835.50 in May and is not in either sum; 葛城 had no May
    assert (sums.towns, sums.reported, sums.total, sums.before) == (25, 2, 2 * 134_661, 83_550)


def test_every_figure_equals_its_list(filled: County) -> None:
    run_checks(filled.store, month=JUNE, today=date(2026, 6, 18))
    found = towns(filled)
    asked_of = {
        "gaps": lambda one: len(one.missing), "conflicts": lambda one: one.conflicts,
        "quarantined": lambda one: one.quarantined, "waiting": lambda one: one.waiting,
        "findings": lambda one: one.findings,
    }  # fmt: skip
    with filled.store.reading() as r:
        for division, one in found.items():
            for figure, count in asked_of.items():
                behind = look_behind(r, Question(figure, division))
                assert len(behind.lines) == count(one), (figure, one.name)
                assert {line.division for line in behind.lines} <= {division}
            for month, cents in ((JUNE, one.total), (MAY, one.before)):
                ledger = look_behind(r, Question("ledger", division, month))
                assert ledger.cents == cents
                for batch in ledger.lines:
                    items = look_behind(r, Question("items", batch=batch.id))
                    assert items.cents == batch.cents
                    assert all(item.record for item in items.lines)
        for figure, count in asked_of.items():
            assert len(look_behind(r, Question(figure)).lines) == sum(map(count, found.values()))
        assert look_behind(r, Question("ledger", month=JUNE)).cents == 2 * 134_661
        assert set(FIGURES) == {*asked_of, "packages", "ledger", "items", "late"}
        late = {line.id for line in look_behind(r, Question("late", month=JUNE)).lines}
        assert late == {division for division, one in found.items() if not one.reported}
        assert len(late) == 23
        assert len(look_behind(r, Question("packages", XIUQI)).lines) == 3


def test_charts_sum_frozen_items_and_their_parts_are_lists(filled: County) -> None:
    with filled.store.reading() as r:
        shown = trend(r, month=JUNE)
        assert shown.months[0] == "2025-07"
        assert len(shown.months) == 12
        low, aged = "低保", "高龄及其他"
        # 3 townships: May two of them 835.50 each; June two of them 1246.61 in 低保 and 100.00 beside
        assert shown.cents == {(MAY, low): 2 * 83_550, (JUNE, low): 2 * 124_661, (JUNE, aged): 2 * 10_000}
        for (month, part), cents in shown.cents.items():
            assert look_behind(r, Question("ledger", month=month, part=part)).cents == cents
        assert paid_by_form(r, first=JUNE, last=JUNE) == {
            (JUNE, "dibao"): 2 * 124_661,
            (JUNE, "elder_age"): 20_000,
        }
        parts = chart_groups(r)
        assert list(parts) == ["低保", "特困", "残疾人两项补贴", "高龄及其他"]
        assert sorted(form for forms in parts.values() for form in forms) == sorted(
            key for key, form in r.store.catalog.forms.items() if form.benefit is not None
        )


def test_a_county_entry_that_was_not_read_stands_behind(filled: County) -> None:
    with filled.store.writing("test") as w:
        w.insert(
            "catalog",
            [
                {"kind": "rates", "key": "county", "version": 2, "origin": "county", "name": "county.toml", "body": ""}
            ],
        )  # fmt: skip
    assert towns(filled)[XIUQI].behind[1:] == ("1 份标准、表单还没有读到",)


def test_an_unknown_figure_is_told(county: County) -> None:
    with county.store.reading() as r, pytest.raises(UserError) as unknown:
        look_behind(r, Question("money"))
    assert unknown.value.code == "unknown_figure"


def test_a_receipt_is_to_be_written_until_it_is(town: Town, county: County) -> None:
    town.add_people(1)
    first = town.export()
    assert first.file is not None
    county.receive(first.file)  # answers at once
    with county.store.reading() as r:
        assert receipts_to_write(r) == 0
    town.add_people(1)
    second = town.export()
    assert second.file is not None
    list(receive_files(county.store, [second.file], today=date(2026, 6, 18)))  # without a receipt
    with county.store.reading() as r:
        assert receipts_to_write(r) == 1
    county.receive(second.file)
    with county.store.reading() as r:
        assert receipts_to_write(r) == 0
