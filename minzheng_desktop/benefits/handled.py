"""What recoveries mean for the batches to come: which overpaid money batches no longer take back by themselves.

Pure. Source: domain §2.11, §8.3; 社会救助法 第七十三、七十四条.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from minzheng_desktop.benefits.rules.base import Cents, Due

OFFSET = "offset"
OPEN_STATES = ("draft", "notified", "partial")
WRITTEN_OFF = "uncollectible"


class Handled(msgspec.Struct, frozen=True, gc=False):
    """One recovery of a record, in cents: its periods (numbers of their last months), what came back by hand, what is
    still to come back by hand or was written off, and the most that one batch may deduct (0: no limit).

    What batches deducted is not told here: it stands in the paid lines as money taken back.
    """

    units: tuple[int, ...]
    returned: int = 0
    awaited: int = 0
    limit: int = 0


def paid_besides(
    handled: Sequence[Handled], due: Sequence[Due], paid: Mapping[int, Cents]
) -> Mapping[int, Cents]:
    """Paid cents by period less what recoveries take back: what a batch has to settle.

    Money that came back lessens what was paid; where it turns out to have been due, it is due again. Money that is
    only awaited, or was written off, lessens what was paid too much and no more: nothing is paid out that never came
    in.
    """
    if not handled:
        return paid
    found = dict(paid)
    owed = {d.unit: d.base + d.extra for d in due}
    for one in handled:
        left = _lessen(found, owed, one.units, one.returned)
        if left and one.units:
            base, extra = found.get(one.units[-1], (0, 0))
            found[one.units[-1]] = (base - left, extra)
    for one in handled:
        _lessen(found, owed, one.units, one.awaited)
    return found


def most_to_deduct(handled: Sequence[Handled]) -> int | None:
    """The most cents that one batch deducts from a record; None: as far as the money goes."""
    limits = [one.limit for one in handled if one.limit]
    return sum(limits) if limits else None


def _lessen(found: dict[int, Cents], owed: Mapping[int, int], units: Sequence[int], cents: int) -> int:
    """Take cents from what the periods were paid too much, the oldest first; returns what found no place."""
    for unit in units:
        base, extra = found.get(unit, (0, 0))
        part = min(cents, max(0, base + extra - owed.get(unit, 0)))
        found[unit] = (base - part, extra)
        cents -= part
    return cents
