"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

from minzheng_desktop.store.database import create_search

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade(op: Operations) -> None:
    """Build every table of schema 1 in an empty database."""
    op.create_table(
        "aliases",
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("old", name=op.f("pk_aliases")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("revisions", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "cache",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_cache")),
    )
    op.create_table(
        "catalog",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "key", "version", "origin", name=op.f("pk_catalog")),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "findings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index("ix_findings_rule", "findings", ["rule", "state"], unique=False)
    op.create_table(
        "held",
        sa.Column("n", NUMBER, autoincrement=True, nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("laptop", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_held")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_held_waits_for", "held", ["waits_for"], unique=False)
    op.create_table(
        "identities",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_identities")),
    )
    op.create_index("ix_identities_identity", "identities", ["identity"], unique=False)
    op.create_table(
        "imports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("audit", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_table(
        "laptops",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("may_lock", NUMBER, nullable=False),
        sa.Column("sign_key", sa.Text(), nullable=True),
        sa.Column("age_key", sa.Text(), nullable=True),
        sa.Column("more", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_laptops")),
        sa.UniqueConstraint("serial", name=op.f("uq_laptops_serial")),
    )
    op.create_table(
        "number_blocks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("width", NUMBER, nullable=False),
        sa.Column("first", NUMBER, nullable=False),
        sa.Column("last", NUMBER, nullable=False),
        sa.Column("next", NUMBER, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_blocks")),
        sa.UniqueConstraint("kind", "prefix", "first", name=op.f("uq_number_blocks_kind_prefix_first")),
    )
    op.create_table(
        "outbox",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("envelope_digest", sa.Text(), nullable=False),
        sa.Column("from_seq", NUMBER, nullable=False),
        sa.Column("to_seq", NUMBER, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", "epoch", name=op.f("pk_outbox")),
    )
    op.create_table(
        "packages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("laptop", sa.Text(), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packages")),
        sa.UniqueConstraint(
            "direction", "laptop", "epoch", "number", name=op.f("uq_packages_direction_laptop_epoch_number")
        ),
    )
    op.create_table(
        "payment_batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("item_count", NUMBER, nullable=False),
        sa.Column("total", NUMBER, nullable=False),
        sa.Column("locked_at", sa.Text(), nullable=True),
        sa.Column("locked_by", sa.Text(), nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("more", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batches")),
    )
    op.create_index("ix_payment_batches_form", "payment_batches", ["form", "month"], unique=False)
    op.create_index(
        "uq_payment_batches_number",
        "payment_batches",
        ["owner", "number"],
        unique=True,
        sqlite_where=sa.text("void = 0"),
        postgresql_where=sa.text("void = 0"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id_type", sa.Text(), nullable=False),
        sa.Column("id_number", sa.Text(), nullable=True),
        sa.Column("id_missing_reason", sa.Text(), nullable=True),
        sa.Column("temp_number", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Text(), nullable=True),
        sa.Column("ethnicity", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("hukou_village", sa.Text(), nullable=True),
        sa.Column("reside_village", sa.Text(), nullable=True),
        sa.Column("alive_status", sa.Text(), nullable=False),
        sa.Column("death_date", sa.Text(), nullable=True),
        sa.Column("death_source", sa.Text(), nullable=True),
        sa.Column("more", sa.Text(), nullable=False),
        sa.Column("search_row", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("search_row", name=op.f("uq_people_search_row")),
    )
    op.create_index("ix_people_id_number", "people", ["id_number"], unique=False)
    op.create_index("ix_people_village", "people", ["reside_village"], unique=False)
    op.create_index(
        "uq_people_id_number",
        "people",
        ["owner", "id_type", "id_number"],
        unique=True,
        sqlite_where=sa.text("void = 0 AND id_number IS NOT NULL"),
        postgresql_where=sa.text("void = 0 AND id_number IS NOT NULL"),
    )
    op.create_table(
        "prints",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("copy", NUMBER, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("more", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prints")),
    )
    op.create_index("ix_prints_batch", "prints", ["batch"], unique=False)
    op.create_index("ix_prints_number", "prints", ["kind", "number"], unique=False)
    op.create_index("ix_prints_record", "prints", ["record"], unique=False)
    op.create_table(
        "settings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_settings")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("active", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )
    op.create_table(
        "versions",
        sa.Column("seq", NUMBER, autoincrement=True, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("audit", NUMBER, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_versions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_versions_audit", "versions", ["audit"], unique=False)
    op.create_index("ix_versions_id", "versions", ["id", "seq"], unique=False)
    op.create_table(
        "households",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("head", sa.Text(), nullable=True),
        sa.Column("village", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("previous", sa.Text(), nullable=True),
        sa.Column("more", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["head"], ["people.id"], name=op.f("fk_households_head")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
    )
    op.create_index("ix_households_head", "households", ["head"], unique=False)
    op.create_index("ix_households_village", "households", ["village"], unique=False)
    op.create_table(
        "household_members",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=True),
        sa.Column("join_date", sa.Text(), nullable=True),
        sa.Column("leave_date", sa.Text(), nullable=True),
        sa.Column("join_reason", sa.Text(), nullable=True),
        sa.Column("leave_reason", sa.Text(), nullable=True),
        sa.Column("more", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household"], ["households.id"], name=op.f("fk_household_members_household")
        ),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_household_members_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_members")),
    )
    op.create_index("ix_household_members_household", "household_members", ["household"], unique=False)
    op.create_index("ix_household_members_person", "household_members", ["person"], unique=False)
    op.create_table(
        "records",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("form_version", NUMBER, nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("household", sa.Text(), nullable=True),
        sa.Column("facility", sa.Text(), nullable=True),
        sa.Column("village", sa.Text(), nullable=True),
        sa.Column("record_date", sa.Text(), nullable=True),
        sa.Column("until_date", sa.Text(), nullable=True),
        sa.Column("amount", NUMBER, nullable=True),
        sa.Column("quantity", NUMBER, nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("paid_through", sa.Text(), nullable=True),
        sa.Column("import_id", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.Text(), nullable=True),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.Text(), nullable=True),
        sa.Column("start_month", sa.Text(), nullable=True),
        sa.Column("end_month", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["household"], ["households.id"], name=op.f("fk_records_household")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_records_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records")),
    )
    op.create_index("ix_records_form", "records", ["form", "state"], unique=False)
    op.create_index("ix_records_form_date", "records", ["form", "record_date"], unique=False)
    op.create_index("ix_records_household", "records", ["household", "form"], unique=False)
    op.create_index("ix_records_person", "records", ["person", "form"], unique=False)
    op.create_index("ix_records_until", "records", ["until_date"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("pages", NUMBER, nullable=True),
        sa.Column("sealed_key", sa.Text(), nullable=False),
        sa.Column("captured_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["record"], ["records.id"], name=op.f("fk_attachments_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_record", "attachments", ["record"], unique=False)
    op.create_table(
        "bank_accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("facility", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("payee_relation", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Text(), nullable=True),
        sa.Column("valid_to", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("more", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["facility"], ["records.id"], name=op.f("fk_bank_accounts_facility")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_bank_accounts_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
    )
    op.create_index("ix_bank_accounts_facility", "bank_accounts", ["facility"], unique=False)
    op.create_index("ix_bank_accounts_number", "bank_accounts", ["number"], unique=False)
    op.create_index("ix_bank_accounts_person", "bank_accounts", ["person"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("on_revision", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["records.id"], name=op.f("fk_decisions_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_record", "decisions", ["record"], unique=False)
    op.create_table(
        "payment_items",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("household", sa.Text(), nullable=True),
        sa.Column("village", sa.Text(), nullable=True),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Text(), nullable=False),
        sa.Column("period_to", sa.Text(), nullable=False),
        sa.Column("months", NUMBER, nullable=False),
        sa.Column("base", NUMBER, nullable=False),
        sa.Column("extra", NUMBER, nullable=False),
        sa.Column("backpay", NUMBER, nullable=False),
        sa.Column("deduct", NUMBER, nullable=False),
        sa.Column("total", NUMBER, nullable=False),
        sa.Column("payee", sa.Text(), nullable=True),
        sa.Column("account_number", sa.Text(), nullable=True),
        sa.Column("account_name", sa.Text(), nullable=True),
        sa.Column("account_bank", sa.Text(), nullable=True),
        sa.Column("change", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("reversal_of", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["payment_batches.id"], name=op.f("fk_payment_items_batch")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_payment_items_person")),
        sa.ForeignKeyConstraint(["record"], ["records.id"], name=op.f("fk_payment_items_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_items")),
    )
    op.create_index("ix_payment_items_batch", "payment_items", ["batch"], unique=False)
    op.create_index("ix_payment_items_person", "payment_items", ["person", "month"], unique=False)
    op.create_index(
        "ix_payment_items_record", "payment_items", ["record", "batch", "void", "total"], unique=False
    )
    op.create_table(
        "record_keys",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["records.id"], name=op.f("fk_record_keys_record")),
        sa.PrimaryKeyConstraint("owner", "form", "name", "value", name=op.f("pk_record_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_record_keys_record", "record_keys", ["record"], unique=False)
    op.create_table(
        "record_people",
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_record_people_person")),
        sa.ForeignKeyConstraint(["record"], ["records.id"], name=op.f("fk_record_people_record")),
        sa.PrimaryKeyConstraint("record", "person", "role", name=op.f("pk_record_people")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_record_people_person", "record_people", ["person"], unique=False)
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Text(), nullable=True),
        sa.Column("period_to", sa.Text(), nullable=True),
        sa.Column("amount", NUMBER, nullable=False),
        sa.Column("repaid", NUMBER, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("more", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_recoveries_person")),
        sa.ForeignKeyConstraint(["record"], ["records.id"], name=op.f("fk_recoveries_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
    )
    op.create_index("ix_recoveries_record", "recoveries", ["record"], unique=False)
    op.create_table(
        "steps",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("effective_month", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["records.id"], name=op.f("fk_steps_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steps")),
    )
    op.create_index("ix_steps_record", "steps", ["record"], unique=False)
    op.create_table(
        "terms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("void", NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("from_month", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["records.id"], name=op.f("fk_terms_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
    )
    op.create_index("ix_terms_record", "terms", ["record"], unique=False)
    op.create_table(
        "payment_keys",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["payment_items.id"], name=op.f("fk_payment_keys_item")),
        sa.PrimaryKeyConstraint("owner", "form", "subject", "month", "kind", name=op.f("pk_payment_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_payment_keys_item", "payment_keys", ["item"], unique=False)
    create_search(op.get_bind())
