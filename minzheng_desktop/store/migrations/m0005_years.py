"""What years of exchange need: transfers, rulings, answers, bulletins, early packages, copies, pairs of people.

Also the samples that a county draws before it confirms.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, *, needed: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=not needed)


def _number(name: str, *, needed: bool = True) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=not needed, autoincrement=False)


def _exported() -> list[sa.Column[Any]]:
    return [_text("id"), _text("owner"), _text("revision"), _number("void")]


def upgrade(op: Operations) -> None:
    """New tables, empty; packages of the outbox learn what became of them later."""
    _travelling(op)
    _own(op)
    # a month's sums by township and household are read from the index alone: a row of items is a thousand bytes
    op.drop_index("ix_payment_items_batch", table_name="payment_items")
    op.create_index(
        "ix_payment_items_batch",
        "payment_items",
        ["batch", "void", "owner", "household", "total"],
        unique=False,
    )
    op.create_index("ix_payment_items_month", "payment_items", ["month", "account_number"], unique=False)
    op.add_column("outbox", sa.Column("more", sa.Text(), nullable=False, server_default="{}"))


def _travelling(op: Operations) -> None:
    op.create_table(
        "transfers",
        *(*_exported(), _text("household"), _text("to_division"), _text("state")),
        *(_text("moved_on", needed=False), _text("reason", needed=False), _text("document_no", needed=False)),
        *(_text("at"), _text("by", needed=False), _text("more")),
        sa.ForeignKeyConstraint(["household"], ["households.id"], name=op.f("fk_transfers_household")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    op.create_index("ix_transfers_household", "transfers", ["household"], unique=False)
    op.create_table(
        "finding_answers",
        *(*_exported(), _text("finding"), _text("rule"), _text("state"), _text("text", needed=False)),
        *(_text("at"), _text("by", needed=False), _text("more")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_answers")),
    )
    op.create_index("ix_finding_answers_finding", "finding_answers", ["finding"], unique=False)
    op.create_table(
        "rulings",
        *(*_exported(), _text("kind"), _text("subject"), _text("other", needed=False)),
        *(_text("text", needed=False), _text("number", needed=False), _text("by", needed=False)),
        *(_text("at"), _text("state"), _text("more")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
    )
    op.create_index("ix_rulings_subject", "rulings", ["subject"], unique=False)
    op.create_index("ix_rulings_owner", "rulings", ["owner", "state"], unique=False)


def _own(op: Operations) -> None:
    op.create_table(
        "spool",
        _text("package"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("package", name=op.f("pk_spool")),
    )
    op.create_table(
        "sealed_blobs",
        _text("name"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sealed_blobs")),
    )
    op.create_table(
        "bulletins",
        *(_number("number"), _text("division"), _text("file"), _text("digest"), _number("standing")),
        *(_text("state"), _text("at"), _text("by", needed=False), _text("counts")),
        sa.PrimaryKeyConstraint("number", "division", name=op.f("pk_bulletins")),
    )
    op.create_table(
        "copies",
        *(_text("id"), _text("kind"), _text("name"), _text("division", needed=False)),
        *(_number("number", needed=False), _text("digest"), _number("size"), _number("lines", needed=False)),
        *(_text("place"), _text("device", needed=False), _text("state"), _text("at")),
        *(_text("by", needed=False), _text("more")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copies")),
    )
    op.create_index("ix_copies_at", "copies", ["at"], unique=False)
    op.create_index("ix_copies_digest", "copies", ["digest"], unique=False)
    op.create_table(
        "person_pairs",
        *(_text("low"), _text("high"), _text("state"), _number("score"), _text("facts")),
        *(_text("text", needed=False), _text("at"), _text("by", needed=False)),
        sa.PrimaryKeyConstraint("low", "high", name=op.f("pk_person_pairs")),
    )
    op.create_index("ix_person_pairs_high", "person_pairs", ["high"], unique=False)
    op.create_index("ix_person_pairs_state", "person_pairs", ["state"], unique=False)
    op.create_table(
        "samples",
        *(_text("id"), _text("draw"), _text("record"), _text("division"), _text("form"), _text("revision")),
        *(_number("rank"), _number("picked"), _text("state"), _text("at"), _text("by", needed=False)),
        _text("more"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
    )
    op.create_index("ix_samples_record", "samples", ["record"], unique=False)
    op.create_index("ix_samples_draw", "samples", ["draw"], unique=False)
