"""Which tables travel: one constant, and a test that every table of the schema is classed.

Townships send EXPORTED_TABLES in this order (what a row refers to stands before it), the county sends
COUNTY_TABLES in receipts, NEVER_EXPORTED stays in its database.
"""

from __future__ import annotations

from minzheng_desktop.store import schema

EXPORTED_TABLES: tuple[str, ...] = tuple(str(table.name) for table in schema.TOWNSHIP_TABLES)

COUNTY_TABLES: tuple[str, ...] = tuple(str(table.name) for table in schema.COUNTY_TABLES)

NEVER_EXPORTED: frozenset[str] = frozenset(
    {
        *("record_people", "record_links", "record_keys", "payment_keys"),  # worked out from exported rows
        *("versions", "audit"),  # travel as change lines and as a head, never as rows
        *("settings", "users", "laptops", "catalog", "identities", "aliases", "number_blocks", "prints"),
        *("drafts", "imports", "packages", "outbox", "held", "findings", "cache"),
        *("spool", "bulletins", "copies", "person_pairs", "samples", "sealed_blobs"),
    }
)

MONEY: dict[str, str] = {
    "records": "amount",
    "payment_batches": "total",
    "payment_items": "total",
    "recoveries": "amount",
    "bank_returns": "amount",
}
"""The column whose sum, in cents, must agree on both sides."""

REFERENCES: dict[str, tuple[tuple[str, str], ...]] = {
    str(table.name): tuple(
        (str(column.name), str(key.column.table.name))
        for column in table.columns
        for key in column.foreign_keys
    )
    for table in (*schema.TOWNSHIP_TABLES, *schema.COUNTY_TABLES)
}
"""For each exported table its columns that point to rows of another: (column, table)."""

TABLE_TITLES: dict[str, str] = {
    "people": "人员", "households": "户", "household_members": "户内成员", "records": "业务记录",
    "bank_accounts": "账户", "terms": "核定", "steps": "办理步骤", "payment_batches": "发放批次",
    "payment_items": "发放明细", "recoveries": "追回", "bank_returns": "退票", "attachments": "附件",
    "transfers": "迁移", "finding_answers": "核查答复", "decisions": "县局决定", "rulings": "县局裁定",
}  # fmt: skip
"""What the rows of a table are called on screens."""
