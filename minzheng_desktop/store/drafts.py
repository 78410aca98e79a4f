"""Drafts of the window: what is being typed survives closing, a crash and a power cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.store.unit import Reading
from minzheng_desktop.values.dates import now_text

_d = schema.drafts.c


def keep_draft(store: Store, draft_id: str, *, form: str, record: str | None, doc: Mapping[str, Any]) -> None:
    """Keep what is being typed. It is no change of a record: no version, no audit entry."""
    with store.quiet_writing() as connection:
        connection.execute(sa.delete(schema.drafts).where(_d.id == draft_id))
        connection.execute(
            sa.insert(schema.drafts).values(
                id=draft_id, user=store.user, form=form, record=record, at=now_text(), doc=dict(doc)
            )
        )


def drop_draft(store: Store, draft_id: str) -> None:
    """Forget a draft, once it is saved or given up."""
    with store.quiet_writing() as connection:
        connection.execute(sa.delete(schema.drafts).where(_d.id == draft_id))


def drafts_of(r: Reading, *, form: str | None = None) -> list[dict[str, Any]]:
    """The signed-in person's drafts, newest first."""
    query = sa.select(schema.drafts).where(_d.user == r.store.user).order_by(_d.at.desc())
    return r.rows(query.where(_d.form == form) if form else query)
