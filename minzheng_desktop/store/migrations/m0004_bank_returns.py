"""退票: what the bank sent back of a payment item, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade(op: Operations) -> None:
    """The table of returns, empty: until now nothing of them was kept."""
    op.create_table(
        "bank_returns",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("attempt", NUMBER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("returned_on", sa.Text(), nullable=False),
        sa.Column("amount", NUMBER, nullable=False),
        sa.Column("account_number", sa.Text(), nullable=True),
        sa.Column("account_name", sa.Text(), nullable=True),
        sa.Column("account_bank", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reissue", sa.Text(), nullable=True),
        sa.Column("new_number", sa.Text(), nullable=True),
        sa.Column("new_name", sa.Text(), nullable=True),
        sa.Column("new_bank", sa.Text(), nullable=True),
        sa.Column("settled_on", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("more", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["payment_items.id"], name=op.f("fk_bank_returns_item")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_bank_returns_person")),
        sa.ForeignKeyConstraint(["record"], ["records.id"], name=op.f("fk_bank_returns_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_returns")),
    )
    for name, columns in (
        ("item", ["item"]),
        ("record", ["record"]),
        ("state", ["state", "returned_on"]),
        ("reissue", ["reissue"]),
    ):
        op.create_index(f"ix_bank_returns_{name}", "bank_returns", columns, unique=False)
