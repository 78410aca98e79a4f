"""Indexes for what a window shows first: the register in its order, and what this laptop has not packed yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """The index by village becomes one in the order of the list; the change feed gets one by laptop."""
    op.drop_index("ix_people_village", "people")
    living = sa.text("void = 0")
    op.create_index(
        "ix_people_listed",
        "people",
        ["reside_village", "name", "id"],
        unique=False,
        sqlite_where=living,
        postgresql_where=living,
    )
    op.create_index("ix_versions_origin", "versions", ["origin", "seq", "entity"], unique=False)
