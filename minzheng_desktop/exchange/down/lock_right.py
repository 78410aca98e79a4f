"""What the county's ruling on the right to lock does on each laptop of the township."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from minzheng_desktop.exchange.down.ruled import Ruling
from minzheng_desktop.store import schema

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Writing

MAY_LOCK = "may_lock"


def take_lock_right(w: Writing, ruling: Ruling, today: date) -> None:
    """From now on the laptop that the ruling names locks months, and no other. A ruling for a laptop that is no longer
    in use changes nothing: who may lock since is in the county's list of live laptops."""
    site, c = w.store.site, schema.laptops.c
    live = {row["id"] for row in w.rows(sa.select(c.id).where(c.division == site.division))}
    if live and ruling.subject not in live:
        return
    w.update("laptops", {"may_lock": 0}, c.division == site.division)
    w.update("laptops", {"may_lock": 1}, c.division == site.division, c.id == ruling.subject)
    may_lock = ruling.subject == site.laptop
    if may_lock != site.may_lock:
        w.store.change_site(w, may_lock=may_lock)
