"""The tables of one office's database, the same on SQLCipher and on PostgreSQL.

*Exported* tables hold what travels in packages. Each of their rows has an owner (division code), a revision
(digest of its base revision and body) and a ``void`` mark; nothing is deleted. A column marked ``cache`` is
worked out from other rows (a record's state from its steps) and takes no part in the revision. Every other table
belongs to this database alone.

Conventions: ids are UUIDv7 text; dates, months and times are ISO text; money is integer cents.
"""

from __future__ import annotations

from minzheng_desktop.store.schema.columns import Json, metadata
from minzheng_desktop.store.schema.exported import (
    COUNTY_TABLES,
    EXPORTED,
    TOWNSHIP_TABLES,
    attachments,
    bank_accounts,
    bank_returns,
    body_columns,
    decisions,
    finding_answers,
    household_members,
    households,
    payment_batches,
    payment_items,
    people,
    records,
    recoveries,
    rulings,
    steps,
    terms,
    transfers,
)
from minzheng_desktop.store.schema.own import (
    aliases,
    bulletins,
    cache,
    catalog,
    copies,
    drafts,
    findings,
    held,
    identities,
    imports,
    laptops,
    number_blocks,
    outbox,
    packages,
    person_pairs,
    prints,
    samples,
    sealed_blobs,
    settings,
    spool,
    users,
)
from minzheng_desktop.store.schema.traces import (
    audit,
    payment_keys,
    record_keys,
    record_links,
    record_people,
    versions,
)

SCHEMA_NUMBER = 5
"""Rises with every migration; a database with a higher number was made by a newer program."""

__all__ = [
    "COUNTY_TABLES",
    "EXPORTED",
    "SCHEMA_NUMBER",
    "TOWNSHIP_TABLES",
    "Json",
    "aliases",
    "attachments",
    "audit",
    "bank_accounts",
    "bank_returns",
    "body_columns",
    "bulletins",
    "cache",
    "catalog",
    "copies",
    "decisions",
    "drafts",
    "finding_answers",
    "findings",
    "held",
    "household_members",
    "households",
    "identities",
    "imports",
    "laptops",
    "metadata",
    "number_blocks",
    "outbox",
    "packages",
    "payment_batches",
    "payment_items",
    "payment_keys",
    "people",
    "person_pairs",
    "prints",
    "record_keys",
    "record_links",
    "record_people",
    "records",
    "recoveries",
    "rulings",
    "samples",
    "sealed_blobs",
    "settings",
    "spool",
    "steps",
    "terms",
    "transfers",
    "users",
    "versions",
]
