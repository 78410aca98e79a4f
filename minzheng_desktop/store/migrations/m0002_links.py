"""Which records a record points to, so that a form may look up what points to a campaign, a lot or itself."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic.operations import Operations

POINTS = ("dibao", "origin_edge")
"""The only form and field of the first schema's time that points to a record."""


def upgrade(op: Operations) -> None:
    """The table of links, filled from the documents of the one form that had any."""
    op.create_table(
        "record_links",
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["records.id"], name=op.f("fk_record_links_record")),
        sa.PrimaryKeyConstraint("record", "target", "path", name=op.f("pk_record_links")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_record_links_target", "record_links", ["target"], unique=False)
    form, path = POINTS
    connection = op.get_bind()
    known = sa.table("records", sa.column("id"), sa.column("form"), sa.column("void"), sa.column("doc"))
    links = sa.table("record_links", sa.column("record"), sa.column("target"), sa.column("path"))
    query = sa.select(known.c.id, known.c.doc).where(known.c.form == form, known.c.void == 0)
    found = [(record, json.loads(doc).get(path)) for record, doc in connection.execute(query)]
    rows = [{"record": record, "target": target, "path": path} for record, target in found if target]
    if rows:
        connection.execute(sa.insert(links), rows)
