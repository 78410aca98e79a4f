"""Due less paid: domain §8.3–8.4 and hand-computed cases over a raise, a late death and a suspension."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.benefits.entitlement import (
    Entitled,
    find_floor,
    find_spans,
    last_month_alive,
    start_month,
)  # fmt: skip
from minzheng_desktop.benefits.months import number_of
from minzheng_desktop.benefits.rules import RULES, DifferenceInputs
from minzheng_desktop.benefits.rules.base import Due
from minzheng_desktop.benefits.settlement import Kind, Line, Settlement, overpaid, paid_by_unit, settle
from minzheng_desktop.catalog.rates import Rate
from tests.benefits.samples import DIBAO, RAISE, change, entitled, household, term, view

DIFFERENCE = RULES["difference"]


class Account:
    """One record's payments, batch after batch: what the store does for thousands."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def plan(
        self, record: Entitled, month: str, rates: Sequence[Rate], *,
        kind: Kind = "regular", adjusting: tuple[str, ...] = (),
    ) -> Settlement:  # fmt: skip
        unit, floor = number_of(month), find_floor(record)
        due = DIFFERENCE.due(find_spans(record, upto=unit), view(*rates), cycle="month", floor=floor)
        units = frozenset(number_of(m) for m in adjusting)
        return settle(due, paid_by_unit(self.lines), unit=unit, kind=kind, floor=floor, adjusting=units)

    def lock(self, record: Entitled, month: str, rates: Sequence[Rate], **more: object) -> Settlement:
        found = self.plan(record, month, rates, **more)  # type: ignore[arg-type]
        self.lines += found.lines
        return found


def months(*lines: Line) -> list[tuple[str, int]]:
    return [(f"{line.unit // 12}-{line.unit % 12 + 1:02d}", line.cents) for line in lines]


STEADY = entitled([term(household(), "2024-01")], [change("pay", "2024-01")])


def pay_until(account: Account, record: Entitled, last: int, rates: Sequence[Rate] = DIBAO) -> None:
    for month in range(1, last + 1):
        account.lock(record, f"2024-{month:02d}", rates)


def test_a_raise_known_in_time_needs_no_back_pay() -> None:
    """Domain §8.4: eight months of 870, then 975."""
    account = Account()
    pay_until(account, STEADY, 12, [*DIBAO, RAISE])
    assert [line.cents for line in account.lines] == [87000] * 8 + [97500] * 4


def test_a_raise_entered_in_november_gives_105_for_september_and_october() -> None:
    """Domain §8.4: two adjust batches of 105 each; the regular batch of November is 975 alone."""
    account = Account()
    pay_until(account, STEADY, 10)
    late = [*DIBAO, RAISE]
    affected = ("2024-09", "2024-10")
    regular = account.lock(STEADY, "2024-11", late, adjusting=affected)
    assert (regular.base, regular.total) == (97500, 97500)
    assert regular.postponed == ((number_of("2024-09"), 10500), (number_of("2024-10"), 10500))
    for month in affected:
        adjust = account.lock(STEADY, month, late, kind="adjust")
        assert (adjust.base, adjust.backpay, adjust.total) == (0, 10500, 10500)
        assert account.plan(STEADY, month, late, kind="adjust").total == 0
    assert account.plan(STEADY, "2024-12", late, adjusting=affected).postponed == ()


def test_without_adjust_batches_the_difference_comes_as_dated_back_pay() -> None:
    account = Account()
    pay_until(account, STEADY, 10)
    november = account.lock(STEADY, "2024-11", [*DIBAO, RAISE])
    assert (november.base, november.backpay, november.total) == (97500, 21000, 118500)
    assert months(*november.lines) == [("2024-11", 97500), ("2024-09", 10500), ("2024-10", 10500)]


def test_a_member_who_died_in_october_reported_after_november_was_paid() -> None:
    """Domain §8.4: death 2024-10-12; from November two persons with their income worked out anew.

    New decision: two persons, income 9,600 a year: (635 − 9600/12/2) × 2 = (635 − 400) × 2 = 470. November was
    paid 975 for three, so December takes 505 back: 470 is due, 470 is deducted, 35 is carried; January deducts 35.
    """
    account = Account()
    rates = [*DIBAO, RAISE]
    pay_until(account, STEADY, 11, rates)
    two = DifferenceInputs(area="2", income_year=960000, size=2, covered=2)
    changed = entitled([term(household(), "2024-01"), term(two, "2024-11", "t2")], [change("pay", "2024-01")])
    assert last_month_alive("next", died_on=date(2024, 10, 12)) == number_of("2024-10")
    december = account.lock(changed, "2024-12", rates)
    assert (december.base, december.deduct, december.total, december.carried) == (47000, 47000, 0, 3500)
    january = account.lock(changed, "2025-01", rates)
    assert (january.base, january.deduct, january.total, january.carried) == (47000, 3500, 43500, 0)
    assert months(*january.lines) == [("2025-01", 47000), ("2024-11", -3500)]
    assert sum(line.cents for line in account.lines) == 87000 * 8 + 97500 * 2 + 47000 * 3


def test_a_single_person_who_died_is_not_paid_on_and_the_excess_is_named() -> None:
    """Death 2024-10-12: October stays, November was paid too much: 975 to recover, nothing to deduct from."""
    account = Account()
    rates = [*DIBAO, RAISE]
    pay_until(account, STEADY, 11, rates)
    dead = entitled(STEADY.terms, STEADY.changes, last_alive="2024-10")
    december = account.plan(dead, "2024-12", rates)
    assert (december.total, december.carried, december.lines) == (0, 97500, ())
    due = DIFFERENCE.due(find_spans(dead, upto=number_of("2024-12")), view(*rates), cycle="month", floor=None)
    assert overpaid(due, paid_by_unit(account.lines)) == [(number_of("2024-11"), 97500)]


HELD = [change("pay", "2024-01"), change("hold", "2024-04")]


def test_a_suspension_resumed_with_back_pay() -> None:
    """Held in April and May, resumed in June with back-pay: 870 + 2 × 870."""
    account = Account()
    pay_until(account, entitled(STEADY.terms, HELD), 5)
    assert sum(line.cents for line in account.lines) == 3 * 87000
    resumed = entitled(STEADY.terms, [*HELD, change("pay", "2024-06", back_pay=True)])
    june = account.lock(resumed, "2024-06", DIBAO)
    assert (june.base, june.backpay, june.total) == (87000, 174000, 261000)
    assert months(*june.lines) == [("2024-06", 87000), ("2024-04", 87000), ("2024-05", 87000)]


def test_a_suspension_resumed_without_back_pay() -> None:
    account = Account()
    pay_until(account, entitled(STEADY.terms, HELD), 5)
    resumed = entitled(STEADY.terms, [*HELD, change("pay", "2024-06")])
    june = account.lock(resumed, "2024-06", DIBAO)
    assert (june.base, june.backpay) == (87000, 0)
    assert account.plan(resumed, "2024-07", DIBAO).backpay == 0


def test_a_suspension_reported_late_is_deducted() -> None:
    """Held from April, entered after May was paid; resumed in June: 870 due, 1,740 too much, 870 deducted."""
    account = Account()
    pay_until(account, STEADY, 5)
    resumed = entitled(STEADY.terms, [*HELD, change("pay", "2024-06")])
    june = account.lock(resumed, "2024-06", DIBAO)
    assert (june.base, june.deduct, june.total, june.carried) == (87000, 87000, 0, 87000)


def test_late_approval_pays_every_month_by_its_own_standard() -> None:
    """Approved from July, first paid in October: 870 + 870 + 975 back, 975 now."""
    record = entitled([term(household(), "2024-07")], [change("pay", "2024-07")])
    october = Account().lock(record, "2024-10", [*DIBAO, RAISE])
    assert (october.base, october.backpay) == (97500, 87000 * 2 + 97500)


def test_months_settled_outside_never_produce_back_pay() -> None:
    """A roster's paid_through: 2024-08; September is the first month that counts."""
    record = entitled([term(household(), "2019-03")], [change("pay", "2019-03")], paid_through="2024-08")
    account = Account()
    september = account.lock(record, "2024-09", DIBAO)
    assert (september.base, september.backpay) == (87000, 0)
    opened = entitled(
        record.terms, [*record.changes, change("pay", "2024-07", opens="2024-07")], paid_through="2024-08"
    )
    october = account.lock(opened, "2024-10", DIBAO)
    assert months(*october.lines) == [("2024-10", 87000), ("2024-07", 87000), ("2024-08", 87000)]


def test_a_back_pay_batch_pays_only_differences() -> None:
    account = Account()
    pay_until(account, STEADY, 5)
    richer = entitled([*STEADY.terms, term(household(per_head=210), "2024-04", "t2")], STEADY.changes)
    found = account.lock(richer, "2024-05", DIBAO, kind="backpay")
    assert (found.base, found.backpay, found.total) == (0, 60000, 60000)


def test_opposite_parts_of_one_month_are_one_difference() -> None:
    """870 + 0 paid, 580 + 50 due: 240 too much, of which 100 can be taken back now."""
    due = [Due(24300, 1, 58000, 5000), Due(24301, 1, 10000, 0)]
    found = settle(due, {24300: (87000, 0)}, unit=24301)
    assert (found.base, found.deduct, found.carried, found.total) == (10000, 10000, 14000, 0)
    assert paid_by_unit(found.lines)[24300] == (-15000, 5000)


def test_start_month_rules() -> None:
    """Domain §8.1; 57号: next month; 重庆条例: the month of confirmation; birthday: the month of the age."""
    on = date(2024, 6, 20)
    assert start_month("next", confirmed_on=on) == number_of("2024-07")
    assert start_month("current", confirmed_on=on) == number_of("2024-06")
    assert start_month("apply", confirmed_on=on, applied_on=date(2024, 4, 2)) == number_of("2024-04")
    reached = date(2024, 8, 10)
    assert start_month("birthday", confirmed_on=on, reached_on=reached) == number_of("2024-08")
    assert start_month("birthday_next", confirmed_on=on, reached_on=reached) == number_of("2024-09")
    late = start_month("birthday", confirmed_on=on, applied_on=date(2024, 5, 1), reached_on=date(2020, 1, 1))
    assert late == number_of("2024-05")


# What any history must keep

TERMS = st.lists(
    st.tuples(st.integers(0, 14), st.integers(0, 800), st.integers(1, 4)).map(
        lambda t: term(household(t[2], per_head=t[1]), f"{2024 + t[0] // 12}-{t[0] % 12 + 1:02d}")
    ),
    max_size=3,
)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["pay", "hold", "stop"]), st.integers(0, 14), st.booleans()).map(
        lambda c: change(c[0], f"{2024 + c[1] // 12}-{c[1] % 12 + 1:02d}", back_pay=c[2])
    ),
    max_size=3,
)


@given(st.lists(st.tuples(TERMS, CHANGES, st.booleans(), st.booleans()), min_size=1, max_size=15))
def test_paid_equals_due_or_is_carried_whatever_happens(events: list[tuple[list, list, bool, bool]]) -> None:
    """After any late changes and monthly locks: paid = due + carried, nothing negative, old lines untouched."""
    account = Account()
    terms, changes = [*STEADY.terms], [*STEADY.changes]
    rates = list(DIBAO)
    for i, (more_terms, more_changes, raised, dead) in enumerate(events):
        terms += more_terms
        changes += more_changes
        if raised:
            rates = [*DIBAO, RAISE]
        record = entitled(terms, changes, last_alive="2024-10" if dead else None)
        month = f"{2024 + i // 12}-{i % 12 + 1:02d}"
        before = tuple(account.lines)
        found = account.lock(record, month, rates)
        assert min(found.base, found.extra, found.backpay, found.deduct, found.total, found.carried) >= 0
        assert found.total == found.base + found.extra + found.backpay - found.deduct
        assert found.total == sum(line.cents for line in found.lines)
        assert tuple(account.lines[: len(before)]) == before
        unit = number_of(month)
        due = DIFFERENCE.due(find_spans(record, upto=unit), view(*rates), cycle="month", floor=None)
        assert sum(x.cents for x in account.lines) == sum(d.base + d.extra for d in due) + found.carried
