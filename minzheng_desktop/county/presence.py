"""Who works on the county's database now: every session says so from time to time, on one machine or on a server.

It is nobody's record: a row of the settings for each user, without version or audit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.values.dates import now_text

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

PREFIX = "present:"
STILL_THERE = timedelta(minutes=5)
"""How long after its last word a session counts."""

_s = schema.settings


def note_present(store: Store) -> None:
    """Say that the signed-in user works here now."""
    key = f"{PREFIX}{store.user}"
    with store.quiet_writing() as connection:
        told = connection.execute(sa.update(_s).where(_s.c.key == key).values(value=now_text()))
        if not told.rowcount:
            unknown = ~sa.exists().where(_s.c.key == key)
            values = sa.select(sa.literal(key), sa.literal(now_text(), schema.Json)).where(unknown)
            connection.execute(sa.insert(_s).from_select(["key", "value"], values))


def note_gone(store: Store) -> None:
    """The signed-in user leaves."""
    with store.quiet_writing() as connection:
        connection.execute(sa.delete(_s).where(_s.c.key == f"{PREFIX}{store.user}"))


def people_at_work(r: Reading) -> list[str]:
    """The users who work on this database now, by name."""
    since = datetime.fromisoformat(now_text()) - STILL_THERE
    rows = r.rows(sa.select(_s).where(_s.c.key.startswith(PREFIX)).order_by(_s.c.key))
    return [row["key"].removeprefix(PREFIX) for row in rows if datetime.fromisoformat(row["value"]) >= since]
