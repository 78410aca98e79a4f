"""Taking what the county sent down, by receipt or bulletin: the same words do the same, once, whichever came first."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.exchange.down import moves, same_people
from minzheng_desktop.exchange.down.decided import Decided, apply_decisions, settle_carried, take_fitting
from minzheng_desktop.exchange.down.lock_right import MAY_LOCK, take_lock_right
from minzheng_desktop.exchange.down.offered import keep_offered
from minzheng_desktop.exchange.down.ruled import EFFECTS, Ruled, apply_rulings
from minzheng_desktop.exchange.down.told import keep_findings
from minzheng_desktop.exchange.files.enrolment import keep_live_laptops, keep_membership, membership
from minzheng_desktop.exchange.judging.conflicts import RESOLVE, take_resolution
from minzheng_desktop.store.transfers import RULING

if TYPE_CHECKING:
    from minzheng_desktop.exchange.down.downward import Downward
    from minzheng_desktop.store.unit import Writing


EFFECTS.update(
    {
        MAY_LOCK: take_lock_right,
        RESOLVE: take_resolution,
        RULING: moves.take_move,
        same_people.SAME_PERSON: same_people.join_people,
        same_people.OTHER_PERSON: same_people.part_people,
    }
)


class CameDown(msgspec.Struct, frozen=True):
    """What the decisions and rulings of a file did."""

    decisions: Decided
    rulings: Ruled


def take_down(w: Writing, down: Downward, *, origin: str, today: date) -> CameDown:
    """Take decisions and rulings; `origin` is the county's laptop that wrote the file."""
    moves.bring_moved(w, down, origin=origin)
    return CameDown(
        decisions=apply_decisions(w, down.changes_of("decisions"), origin=origin, today=today),
        rulings=apply_rulings(w, down.changes_of("rulings"), origin=origin, today=today),
    )


def renew(w: Writing, down: Downward, *, standing: int) -> bool:
    """Renew what the county keeps current by its newest file: its keys, live laptops, who may lock, catalogue.

    `standing` rises with every change at the county; a file older than the newest one read changes nothing here, and
    False is returned.
    """
    member = membership(w)
    assert member is not None, "the file was opened with its keys"
    if standing < member.last_receipt:
        return False
    renewed = msgspec.structs.replace(member, registered=True, last_receipt=standing, county=down.certificate)
    if renewed != member:
        keep_membership(w, renewed)
    site = w.store.site
    keep_live_laptops(w, site.division, tuple(down.laptops))
    own = next((laptop for laptop in down.laptops if laptop.laptop == site.laptop), None)
    if own is not None and own.may_lock != site.may_lock:
        w.store.change_site(w, may_lock=own.may_lock)
    keep_offered(w, down.catalog)
    keep_findings(w, down.findings)
    return True


def take_again(w: Writing, *, today: date) -> CameDown:
    """After a package of another laptop of the division came in: what that laptop carried out waits here no longer,
    and what waited for its rows is taken."""
    settle_carried(w)
    laptop = w.store.site.laptop
    decided = apply_decisions(w, [], origin=laptop, today=today)
    fitting = take_fitting(w, today=today)
    return CameDown(
        decisions=msgspec.structs.replace(decided, taken=(*decided.taken, *fitting)),
        rulings=apply_rulings(w, [], origin=laptop, today=today),
    )
