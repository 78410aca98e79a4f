"""Due less paid, month by month, for one record (domain §8.3).

Pure. What is due beyond what was paid is back-pay; what was paid beyond what is due is deducted from what is due
now, the oldest first, never below zero: the rest is carried to later batches or becomes a recovery. Nothing that
was paid is ever altered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from minzheng_desktop.benefits.amounts import Amount
from minzheng_desktop.benefits.rules.base import Cents, Due

Part = Literal["base", "extra"]
Kind = Literal["regular", "backpay", "adjust"]
PARTS: tuple[Part, Part] = ("base", "extra")


class Line(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Cents paid (or, negative, taken back) for one payment period, named by its last month, and one part."""

    unit: int
    part: Part
    cents: int


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """What one batch pays one record, in cents; total = base + extra + backpay − deduct ≥ 0 = sum of the lines.

    `carried` is overpaid money that this batch could not take back. `postponed` are differences, by period,
    that wait for an adjust batch of their own.
    """

    base: int = 0
    extra: int = 0
    backpay: int = 0
    deduct: int = 0
    total: int = 0
    lines: tuple[Line, ...] = ()
    carried: int = 0
    postponed: tuple[tuple[int, int], ...] = ()


class _Difference(msgspec.Struct, gc=False):
    unit: int
    base: int
    extra: int

    @property
    def net(self) -> int:
        return self.base + self.extra


def settle(
    due: Sequence[Due],
    paid: Mapping[int, Cents],
    *,
    unit: int,
    kind: Kind = "regular",
    floor: int | None = None,
    adjusting: frozenset[int] = frozenset(),
    parts: Sequence[Part] = PARTS,
    most: int | None = None,
) -> Settlement:
    """Settle one record for the batch of the period that ends with `unit`.

    `due` and `paid` are by period. Kind `regular` pays the period itself and every difference before it;
    `backpay` pays only differences, the period's own among them; `adjust` pays only what this one period lacks.
    Differences of periods in `adjusting` that were paid before are left to their adjust batch. Periods that end
    before `floor` were settled elsewhere. `parts` limits the account to what one payee receives,
    `most` (cents) what is deducted.
    """
    due_by = {d.unit: _only(parts, (d.base, d.extra)) for d in due if d.unit <= unit}
    paid_by = {
        u: _only(parts, cents) for u, cents in paid.items() if u <= unit and (floor is None or u >= floor)
    }
    base = extra = 0
    lines: list[Line] = []
    if kind == "regular" and not any(paid_by.get(unit, (0, 0))):
        base, extra = due_by.pop(unit, (0, 0))
        paid_by.pop(unit, None)
        lines += _lines(unit, base, extra)
    differences, postponed = _differences(due_by, paid_by, unit, kind, adjusting)
    backpay = 0
    for one in differences:
        if one.net > 0:
            backpay += one.net
            lines += _lines(one.unit, one.base, one.extra)
        elif one.net == 0:
            lines += _lines(one.unit, one.base, one.extra)
    deduct, carried, taken = _deduct(
        differences, base + extra + backpay if most is None else min(most, base + extra + backpay)
    )
    lines += taken
    return Settlement(
        base, extra, backpay, deduct, base + extra + backpay - deduct, tuple(lines), carried, postponed
    )


def settle_unchanged(unit: int, amount: Amount) -> Settlement:
    """The settlement of a record whose earlier months were paid exactly what they are due."""
    if not amount.total:
        return Settlement()
    lines = tuple(_lines(unit, amount.base, amount.extra))
    return Settlement(amount.base, amount.extra, total=amount.total, lines=lines)


def paid_by_unit(lines: Iterable[Line]) -> dict[int, Cents]:
    """The sum of paid lines by period."""
    found: dict[int, Cents] = {}
    for line in lines:
        base, extra = found.get(line.unit, (0, 0))
        found[line.unit] = (base + line.cents, extra) if line.part == "base" else (base, extra + line.cents)
    return found


def overpaid(
    due: Sequence[Due], paid: Mapping[int, Cents], *, floor: int | None = None
) -> list[tuple[int, int]]:
    """The periods that were paid more than they are due, with the cents too many, oldest first."""
    owed = {d.unit: d.base + d.extra for d in due}
    return [
        (unit, sum(cents) - owed.get(unit, 0))
        for unit, cents in sorted(paid.items())
        if sum(cents) > owed.get(unit, 0) and (floor is None or unit >= floor)
    ]


def _differences(
    due: Mapping[int, Cents], paid: Mapping[int, Cents], unit: int, kind: Kind, adjusting: frozenset[int]
) -> tuple[list[_Difference], tuple[tuple[int, int], ...]]:
    found: list[_Difference] = []
    postponed: list[tuple[int, int]] = []
    for month in sorted({*due, *paid}):
        if kind == "adjust" and month != unit:
            continue
        base, extra = due.get(month, (0, 0))
        paid_base, paid_extra = paid.get(month, (0, 0))
        one = _Difference(month, base - paid_base, extra - paid_extra)
        if not one.base and not one.extra:
            continue
        if kind != "adjust" and month in adjusting and month in paid and one.net > 0:
            postponed.append((month, one.net))
        else:
            found.append(one)
    return found, tuple(postponed)


def _deduct(differences: Sequence[_Difference], available: int) -> tuple[int, int, list[Line]]:
    """(cents deducted, cents carried, lines): the oldest overpaid period first, as far as the money goes."""
    deduct = carried = 0
    lines: list[Line] = []
    for one in differences:
        if one.net >= 0:
            continue
        wanted = -one.net
        taken = min(wanted, available - deduct)
        deduct += taken
        carried += wanted - taken
        if taken:
            lines += _taken_lines(one, taken)
    return deduct, carried, lines


def _taken_lines(one: _Difference, taken: int) -> list[Line]:
    """Lines of a difference of which only `taken` cents are taken back; a part that gained is paid whole."""
    missing = -one.net - taken
    base, extra = one.base, one.extra
    if base < 0:
        kept = min(missing, -base)
        base, missing = base + kept, missing - kept
    extra += missing
    return _lines(one.unit, base, extra)


def _lines(unit: int, base: int, extra: int) -> list[Line]:
    lines = [Line(unit, "base", base)] if base else []
    if extra:
        lines.append(Line(unit, "extra", extra))
    return lines


def _only(parts: Sequence[Part], cents: Cents) -> Cents:
    return cents[0] if "base" in parts else 0, cents[1] if "extra" in parts else 0
