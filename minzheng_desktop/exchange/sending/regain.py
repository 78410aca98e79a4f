"""Reading back what an old database file lost: the laptop's own packages, which lie in the outbox beside it.

A database that was copied back from an earlier day lacks what was entered since; what had been packed is in the
sealed packages, which this laptop can open. They enter again in their order as this laptop's own changes and take
their places in the chain, which goes on behind the last of them; what they hold travels once more and counts as the
same. An edit made meanwhile in the old database stands against it as any conflict does.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.exchange.down.taking import take_again
from minzheng_desktop.exchange.files.package import Opened
from minzheng_desktop.exchange.judging import held, intake
from minzheng_desktop.exchange.judging.early import number_words
from minzheng_desktop.exchange.judging.standing import load_existing
from minzheng_desktop.exchange.sending import evidence
from minzheng_desktop.exchange.sending.position import Chain, enter_package, read_chain
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store

_CLASHING = ("person_exists", "duplicate", "not_unique")


class Regained(msgspec.Struct, frozen=True):
    """The numbers that were read back, how many changes came back with them, and how many wait for a person."""

    numbers: tuple[int, ...]
    changes: int
    held: int

    @property
    def sentence(self) -> str:
        """What was done, for the clerk."""
        waits = f"，其中 {self.held:,} 处与后来的录入不一致，等人来看" if self.held else ""
        return (
            f"现在打开的是旧的台账文件：已从存底读回{number_words(self.numbers)}包里的 {self.changes:,} 处变化{waits}，"
            f"接着第 {self.numbers[-1] + 1:04d} 号上报。那以后没有上报过的录入不在里面，请核对补录。"
        )


def regain(store: Store, *, today: date) -> Regained | None:
    """Read back every package of the outbox that follows the last one known here, one transaction each.

    None when there is none, or the next one is missing, does not follow, or cannot be entered; what was read back
    before it stays.
    """
    numbers: list[int] = []
    changes = waiting = 0
    while True:
        with store.reading() as r:
            chain = read_chain(r)
        found = evidence.next_in_outbox(store, chain)
        if found is None:
            break
        name, opened = found
        try:
            try:
                outcome = _enter(store, chain, name, opened, today, in_order=False)
            except UserError as error:
                if error.code not in _CLASHING:
                    raise
                outcome = _enter(store, chain, name, opened, today, in_order=True)
        except UserError as error:
            if error.code not in (*_CLASHING, "counts_differ"):
                raise
            break
        numbers.append(opened.envelope.number)
        changes += outcome[0]
        waiting += outcome[1]
    return Regained(tuple(numbers), changes, waiting) if numbers else None


def _enter(
    store: Store, chain: Chain, name: str, opened: Opened, today: date, *, in_order: bool
) -> tuple[int, int]:
    """Enter one package; how many changes entered, and how many are held."""
    envelope, site = opened.envelope, store.site
    detail = {"number": envelope.number, "file": name, "sha256": opened.digest}
    with store.writing("regain", detail) as w:
        plan = intake.plan_intake(load_existing(w, opened.incoming), opened.incoming, division=site.division)
        if not intake.announced_equals(opened.head.counts, plan.tallies):
            raise UserError(
                "counts_differ", "存底的包与首行写的合计不符，没有读回，台账没有变化。请与县局联系。"
            )
        w.lenient = True
        intake.write_plan(w, plan, origin=lambda _: site.laptop, in_order=in_order)
        intake.keep_attachments(store, plan, opened.blobs)
        held.keep(w, plan, package=new_id(), envelope=envelope)
        held.release(w, plan, division=site.division)
        take_again(w, today=today)
        enter_package(w, chain, opened, name=name, to_seq=chain.packed_to, counts=opened.head.counts)
        entered, waits = len(plan.entered()), plan.count(intake.HELD)
        w.detail |= {"changes": entered, "held": waits}
    return entered, waits
