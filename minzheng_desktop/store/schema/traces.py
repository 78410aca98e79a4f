"""What every write leaves beside its rows: people, links and keys of records, payments made, history, audit."""

from __future__ import annotations

import sqlalchemy as sa

from minzheng_desktop.store.schema.columns import Json, metadata, number, ref, text

# Worked out from exported rows; rebuilt, never sent.

record_people = sa.Table(
    "record_people",
    metadata,
    ref("record", "records", primary_key=True),
    ref("person", "people", primary_key=True),
    text("role", primary_key=True),
    sa.Index("ix_record_people_person", "person"),
    sqlite_with_rowid=False,
)

record_links = sa.Table(
    "record_links",
    metadata,
    ref("record", "records", primary_key=True),
    text("target", primary_key=True),
    text("path", primary_key=True),
    sa.Index("ix_record_links_target", "target"),
    sqlite_with_rowid=False,
)
"""Which records a record points to, and by which field; the target may not have arrived yet."""

record_keys = sa.Table(
    "record_keys",
    metadata,
    text("owner", primary_key=True),
    text("form", primary_key=True),
    text("name", primary_key=True),
    text("value", primary_key=True),
    ref("record", "records", nullable=False),
    sa.Index("ix_record_keys_record", "record"),
    sqlite_with_rowid=False,
)

payment_keys = sa.Table(
    "payment_keys",
    metadata,
    text("owner", primary_key=True),
    text("form", primary_key=True),
    text("subject", primary_key=True),
    text("month", primary_key=True),
    text("kind", primary_key=True),
    ref("item", "payment_items", nullable=False),
    sa.Index("ix_payment_keys_item", "item"),
    sqlite_with_rowid=False,
)
"""One row for each (form, person or record, month, batch kind) that a locked batch pays: nobody is paid twice."""

# History and change feed in one: an export packs the rows whose origin is this laptop.

versions = sa.Table(
    "versions",
    metadata,
    number("seq", primary_key=True, autoincrement=True),
    text("entity", nullable=False),
    text("id", nullable=False),
    text("revision", nullable=False),
    text("base"),
    text("origin", nullable=False),
    text("at", nullable=False),
    text("by"),
    number("audit", nullable=False),
    text("body", nullable=False),
    sa.Index("ix_versions_id", "id", "seq"),
    sa.Index("ix_versions_audit", "audit"),
    sa.Index("ix_versions_origin", "origin", "seq", "entity"),
    sqlite_autoincrement=True,
)

audit = sa.Table(
    "audit",
    metadata,
    number("seq", primary_key=True, autoincrement=False),
    text("at", nullable=False),
    text("user"),
    text("action", nullable=False),
    sa.Column("detail", Json, nullable=False, default=dict),
    text("revisions", nullable=False),
    text("previous", nullable=False),
    text("digest", nullable=False),
)
