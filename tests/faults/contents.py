"""What a database holds, to compare before and after: rows of every table, and that its chain is whole."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from minzheng_desktop.store import audit, schema
from minzheng_desktop.store.store import Store
from tests.faults.commandline import PASSWORD

GROWS = ("audit", "copies")
"""Tables to which a sign-in, a refusal or a receipt that tells of one adds rows by itself."""


def contents_of(path: Path) -> dict[str, int]:
    """The rows of every table and the cents locked, after the database was found whole: every page and reference,
    the audit chain, and the versions that it covers."""
    with Store.open(path, password=PASSWORD) as store, store.reading() as r:
        assert r.connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert r.connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None
        verdict = audit.verify(r.connection)
        assert verdict.broken_at == 0, verdict.reason
        found = {
            table.name: int(r.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
            for table in schema.metadata.sorted_tables
            if table.name not in GROWS
        }
        found["cents"] = int(r.scalar(sa.select(sa.func.sum(schema.payment_items.c.total))) or 0)
    return found
