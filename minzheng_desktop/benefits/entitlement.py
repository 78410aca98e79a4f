"""Which months of a record are due, and which decision is in force for each (domain §8).

Pure. Two rules order everything that was decided: the latest decision governs from its month onwards, and
nothing that was decided is ever taken away, only overruled. So a record's months are read by replaying its
changes of state and its approved terms in the order in which they were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from minzheng_desktop.benefits.months import number_of
from minzheng_desktop.values.dates import month_of

Effect = Literal["pay", "hold", "stop"]


class Term(msgspec.Struct, frozen=True, gc=False):
    """An approved decision on the amount: from which month, with the rule's inputs as they were frozen.

    `missing` names inputs without which the rule cannot be judged (then `inputs` is None).
    """

    id: str
    from_month: int
    inputs: Any = None
    missing: tuple[str, ...] = ()
    ground: str = ""


class StateChange(msgspec.Struct, frozen=True, gc=False):
    """A step that opens or closes payment from a month on.

    `pay` opens, `hold` suspends, `stop` ends. `back_pay` on a `pay` after a `hold` pays the held months too.
    `opens` is the first of months settled outside the program that this step opens again.
    """

    effect: Effect
    month: int
    reason: str = ""
    at: str = ""
    actor: str = ""
    back_pay: bool = False
    opens: int | None = None


class Entitled(msgspec.Struct, frozen=True, gc=False):
    """All that decides the months of one record.

    `start` and `end` limit the months (both inclusive), `last_alive` is the last month a dead person is paid,
    `paid_through` the last month settled outside the program. Terms and changes stand in the order made.
    """

    terms: tuple[Term, ...]
    changes: tuple[StateChange, ...]
    start: int | None = None
    end: int | None = None
    last_alive: int | None = None
    paid_through: int | None = None


class Span(msgspec.Struct, frozen=True, gc=False):
    """Months first to last (inclusive) that are due under one term."""

    first: int
    last: int
    term: Term


def find_spans(record: Entitled, *, upto: int) -> tuple[Span, ...]:
    """The months due up to and including `upto`, in order, without overlap.

    Months settled outside are among them: see `find_floor` for where the program's own account begins.
    """
    limit = upto if record.end is None else min(upto, record.end)
    if record.last_alive is not None:
        limit = min(limit, record.last_alive)
    paid = _paid_runs(record.changes)
    if record.start is not None:
        paid = [(max(a, record.start), b) for a, b in paid]
    if len(record.terms) == 1 and len(paid) == 1 and paid[0][1] is None:
        term = record.terms[0]
        first = max(paid[0][0], term.from_month)
        return (Span(first, limit, term),) if first <= limit else ()
    spans: list[Span] = []
    for first, last, term in _term_runs(record.terms):
        for a, b in paid:
            begin = max(first, a)
            end = min(x for x in (limit, last, b) if x is not None)
            if begin <= end:
                spans.append(Span(begin, end, term))
    spans.sort(key=lambda span: span.first)
    return tuple(spans)


def find_floor(record: Entitled) -> int | None:
    """The first month that this program accounts for; None when every month is its own.

    Earlier months were settled outside (a roster's paid_through). An approved step may open some of them.
    """
    if record.paid_through is None:
        return None
    floor = record.paid_through + 1
    return min([floor, *(c.opens for c in record.changes if c.opens is not None)])


def in_force(record: Entitled, *, month: int) -> Term | None:
    """The term that governs a month, whether or not the month is due."""
    return next((t for a, b, t in _term_runs(record.terms) if a <= month and (b is None or month <= b)), None)


def standing(record: Entitled, *, month: int) -> StateChange | None:
    """The change of state that governs a month, or None before the first."""
    found = None
    for first, change in _replay(record.changes):
        if first <= month:
            found = change
    return found


def _replay(changes: Sequence[StateChange]) -> list[tuple[int, StateChange]]:
    """Changes by the month from which each governs; a later change overrules what it covers."""
    runs: list[tuple[int, StateChange]] = []
    for change in changes:
        first = change.month
        if change.effect == "pay" and change.back_pay and runs and runs[-1][1].effect == "hold":
            first = min(first, runs[-1][0])
        while runs and runs[-1][0] >= first:
            runs.pop()
        runs.append((first, change))
    return runs


def _paid_runs(changes: Sequence[StateChange]) -> list[tuple[int, int | None]]:
    """Runs of months in which payment is open; the last one may have no end."""
    if len(changes) == 1:
        return [(changes[0].month, None)] if changes[0].effect == "pay" else []
    runs = _replay(changes)
    found: list[tuple[int, int | None]] = []
    for i, (first, change) in enumerate(runs):
        if change.effect != "pay":
            continue
        last = runs[i + 1][0] - 1 if i + 1 < len(runs) else None
        if found and found[-1][1] is not None and found[-1][1] + 1 == first:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def _term_runs(terms: Sequence[Term]) -> list[tuple[int, int | None, Term]]:
    runs: list[tuple[int, Term]] = []
    for term in terms:
        while runs and runs[-1][0] >= term.from_month:
            runs.pop()
        runs.append((term.from_month, term))
    return [
        (first, runs[i + 1][0] - 1 if i + 1 < len(runs) else None, term)
        for i, (first, term) in enumerate(runs)
    ]


# Months that follow from days


def effective_month(rule: str, *, decided_on: date) -> int:
    """The first month of a change decided on a day: rule `current` that month, `next` the one after.

    Default of the program: next (domain §8.2: 减发、停发、增发都从决定次月).
    """
    month = number_of(month_of(decided_on))
    return month if rule == "current" else month + 1


def start_month(
    rule: str, *, confirmed_on: date, applied_on: date | None = None, reached_on: date | None = None
) -> int:
    """The first month due (domain §8.1).

    Rule `current`: the month of confirmation (重庆市城乡居民最低生活保障条例); `next`: the month after it
    (民发〔2021〕57号); `apply`: the month of application; `birthday`: the month in which the age is reached;
    `birthday_next`: the month after that. The last two never lie before the application's month when one is
    given. A rule whose day is unknown falls back to the month after confirmation.
    """
    if rule == "apply" and applied_on is not None:
        return number_of(month_of(applied_on))
    if rule.startswith("birthday") and reached_on is not None:
        reached = number_of(month_of(reached_on)) + (rule == "birthday_next")
        return reached if applied_on is None else max(reached, number_of(month_of(applied_on)))
    return effective_month("current" if rule == "current" else "next", decided_on=confirmed_on)


def last_month_alive(rule: str, *, died_on: date) -> int:
    """The last month paid to someone who died: rule `next` (default) pays the month of death (domain §8.2)."""
    month = number_of(month_of(died_on))
    return month - 1 if rule == "current" else month
