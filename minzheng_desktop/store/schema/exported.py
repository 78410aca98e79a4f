"""The tables that travel in packages, in the order in which they are packed and applied."""

from __future__ import annotations

import sqlalchemy as sa

from minzheng_desktop.store.schema.columns import Json, cache, exported, live, number, ref, text

# What a row refers to stands before it.

people = exported(
    "people",
    text("name", nullable=False),
    text("id_type", nullable=False, default="01"),
    text("id_number"),
    text("id_missing_reason"),
    text("temp_number"),
    text("sex", nullable=False, default="0"),
    text("birth_date"),
    text("ethnicity"),
    text("phone"),
    text("hukou_village"),
    text("reside_village"),
    text("alive_status", nullable=False, default="1"),
    text("death_date"),
    text("death_source"),
    sa.Column("more", Json, nullable=False, default=dict),
    cache(number("search_row", unique=True)),
    live("uq_people_id_number", "owner", "id_type", "id_number", also="id_number IS NOT NULL"),
    sa.Index("ix_people_id_number", "id_number"),
    sa.Index(
        "ix_people_listed",
        "reside_village",
        "name",
        "id",
        sqlite_where=sa.text("void = 0"),
        postgresql_where=sa.text("void = 0"),
    ),
)

households = exported(
    "households",
    text("number"),
    ref("head", "people"),
    text("village"),
    text("address"),
    text("previous"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_households_head", "head"),
    sa.Index("ix_households_village", "village"),
)

household_members = exported(
    "household_members",
    ref("household", "households", nullable=False),
    ref("person", "people", nullable=False),
    text("relation"),
    text("join_date"),
    text("leave_date"),
    text("join_reason"),
    text("leave_reason"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_household_members_household", "household"),
    sa.Index("ix_household_members_person", "person"),
)

records = exported(
    "records",
    text("form", nullable=False),
    number("form_version", nullable=False),
    text("number"),
    ref("person", "people"),
    ref("household", "households"),
    text("facility"),
    text("village"),
    text("record_date"),
    text("until_date"),
    number("amount"),
    number("quantity"),
    text("kind"),
    text("paid_through"),
    text("import_id"),
    text("entered_by"),
    sa.Column("doc", Json, nullable=False, default=dict),
    cache(text("state", nullable=False, default="draft")),
    cache(text("state_at")),
    cache(text("start_month")),
    cache(text("end_month")),
    sa.Index("ix_records_form", "form", "state"),
    sa.Index("ix_records_person", "person", "form"),
    sa.Index("ix_records_household", "household", "form"),
    sa.Index("ix_records_until", "until_date"),
    sa.Index("ix_records_form_date", "form", "record_date"),
)

bank_accounts = exported(
    "bank_accounts",
    ref("person", "people"),
    ref("facility", "records"),
    text("number", nullable=False),
    text("name", nullable=False),
    text("bank"),
    text("branch"),
    text("type"),
    text("payee_relation"),
    text("valid_from"),
    text("valid_to"),
    text("state", nullable=False, default="active"),
    text("changed_by"),
    text("checked_by"),
    text("reason"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_bank_accounts_person", "person"),
    sa.Index("ix_bank_accounts_facility", "facility"),
    sa.Index("ix_bank_accounts_number", "number"),
)

terms = exported(
    "terms",
    ref("record", "records", nullable=False),
    text("from_month", nullable=False),
    text("state", nullable=False, default="proposed"),
    text("ground"),
    text("step"),
    sa.Column("inputs", Json, nullable=False, default=dict),
    sa.Column("snapshot", Json, nullable=False, default=dict),
    sa.Index("ix_terms_record", "record"),
)

steps = exported(
    "steps",
    ref("record", "records", nullable=False),
    text("step", nullable=False),
    text("from_state"),
    text("to_state", nullable=False),
    text("at", nullable=False),
    text("effective_month"),
    text("actor", nullable=False),
    text("by"),
    sa.Column("ground", Json, nullable=False, default=dict),
    sa.Index("ix_steps_record", "record"),
)

payment_batches = exported(
    "payment_batches",
    text("form", nullable=False),
    text("month", nullable=False),
    text("kind", nullable=False),
    text("number", nullable=False),
    text("state", nullable=False),
    number("item_count", nullable=False),
    number("total", nullable=False),
    text("locked_at"),
    text("locked_by"),
    text("checked_by"),
    sa.Column("more", Json, nullable=False, default=dict),
    live("uq_payment_batches_number", "owner", "number"),
    sa.Index("ix_payment_batches_form", "form", "month"),
)

payment_items = exported(
    "payment_items",
    ref("batch", "payment_batches", nullable=False),
    ref("record", "records", nullable=False),
    ref("person", "people"),
    text("household"),
    text("village"),
    text("month", nullable=False),
    text("period_from", nullable=False),
    text("period_to", nullable=False),
    number("months", nullable=False),
    number("base", nullable=False),
    number("extra", nullable=False),
    number("backpay", nullable=False),
    number("deduct", nullable=False),
    number("total", nullable=False),
    text("payee"),
    text("account_number"),
    text("account_name"),
    text("account_bank"),
    text("change"),
    text("reason"),
    sa.Column("row", Json, nullable=False, default=dict),
    sa.Column("steps", Json, nullable=False, default=list),
    sa.Column("lines", Json, nullable=False, default=list),
    text("reversal_of"),
    sa.Index("ix_payment_items_batch", "batch", "void", "owner", "household", "total"),
    sa.Index("ix_payment_items_record", "record", "batch", "void", "total"),
    sa.Index("ix_payment_items_person", "person", "month"),
    sa.Index("ix_payment_items_month", "month", "account_number"),
)

recoveries = exported(
    "recoveries",
    ref("record", "records", nullable=False),
    ref("person", "people"),
    text("reason", nullable=False),
    text("period_from"),
    text("period_to"),
    number("amount", nullable=False),
    number("repaid", nullable=False, default=0),
    text("state", nullable=False),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_recoveries_record", "record"),
)

bank_returns = exported(
    "bank_returns",
    ref("item", "payment_items", nullable=False),
    ref("record", "records", nullable=False),
    ref("person", "people"),
    number("attempt", nullable=False),
    text("reason", nullable=False),
    text("returned_on", nullable=False),
    number("amount", nullable=False),
    text("account_number"),
    text("account_name"),
    text("account_bank"),
    text("state", nullable=False),
    text("reissue"),
    text("new_number"),
    text("new_name"),
    text("new_bank"),
    text("settled_on"),
    text("settled_by"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_bank_returns_item", "item"),
    sa.Index("ix_bank_returns_record", "record"),
    sa.Index("ix_bank_returns_state", "state", "returned_on"),
    sa.Index("ix_bank_returns_reissue", "reissue"),
)
"""What the bank sent back of a payment item, and what became of it (benefits.bank_returns)."""

attachments = exported(
    "attachments",
    ref("record", "records"),
    text("kind"),
    text("title"),
    text("digest", nullable=False),
    number("size", nullable=False),
    number("pages"),
    text("sealed_key", nullable=False),
    text("captured_at"),
    sa.Index("ix_attachments_record", "record"),
)

decisions = exported(
    "decisions",
    ref("record", "records", nullable=False),
    text("on_revision", nullable=False),
    text("kind", nullable=False),
    text("text"),
    text("number"),
    text("by"),
    text("at", nullable=False),
    text("state", nullable=False),
    sa.Index("ix_decisions_record", "record"),
)

transfers = exported(
    "transfers",
    ref("household", "households", nullable=False),
    text("to_division", nullable=False),
    text("state", nullable=False),
    text("moved_on"),
    text("reason"),
    text("document_no"),
    text("at", nullable=False),
    text("by"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_transfers_household", "household"),
)
"""A household that its township hands over to another one of the county."""

finding_answers = exported(
    "finding_answers",
    text("finding", nullable=False),
    text("rule", nullable=False),
    text("state", nullable=False),
    text("text"),
    text("at", nullable=False),
    text("by"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_finding_answers_finding", "finding"),
)
"""What a township answers to a finding of the county's checks, by the finding's digest."""

rulings = exported(
    "rulings",
    text("kind", nullable=False),
    text("subject", nullable=False),
    text("other"),
    text("text"),
    text("number"),
    text("by"),
    text("at", nullable=False),
    text("state", nullable=False),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_rulings_subject", "subject"),
    sa.Index("ix_rulings_owner", "owner", "state"),
)
"""What the county rules beside decisions on records: who is the same person, whose a household is, who may lock."""

TOWNSHIP_TABLES: tuple[sa.Table, ...] = (
    people,
    households,
    household_members,
    records,
    bank_accounts,
    terms,
    steps,
    payment_batches,
    payment_items,
    recoveries,
    bank_returns,
    attachments,
    transfers,
    finding_answers,
)
"""What a township sends, in the order in which it is packed and applied."""

COUNTY_TABLES: tuple[sa.Table, ...] = (decisions, rulings)
"""What only the county writes; it travels down in receipts."""

EXPORTED: dict[str, sa.Table] = {table.name: table for table in (*TOWNSHIP_TABLES, *COUNTY_TABLES)}


def body_columns(table: sa.Table) -> tuple[str, ...]:
    """The columns that make a row's body (what a revision covers): all but id, revision and caches."""
    return tuple(
        c.name for c in table.columns if c.name not in ("id", "revision") and not c.info.get("cache")
    )
