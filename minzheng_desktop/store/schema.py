"""The tables of one office's database, the same on SQLCipher and on PostgreSQL.

*Exported* tables hold what travels in packages. Each of their rows has an owner (division code), a revision
(digest of its base revision and body) and a ``void`` mark; nothing is deleted. A column marked ``cache`` is
worked out from other rows (a record's state from its steps) and takes no part in the revision. Every other table
belongs to this database alone.

Conventions: ids are UUIDv7 text; dates, months and times are ISO text; money is integer cents.
"""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

SCHEMA_NUMBER = 2
"""Rises with every migration; a database with a higher number was made by a newer program."""

_encode = msgspec.json.encode
_decode = msgspec.json.decode


class Json(TypeDecorator[Any]):
    """A JSON value as UTF-8 text, Chinese readable as such (no ``\\u`` escapes), equal in both databases."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _encode(value, order="deterministic").decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else _decode(value)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, **more)


def _number(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer, "sqlite"), **more)


def _ref(name: str, target: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, sa.ForeignKey(f"{target}.id"), **more)


def _cache(column: sa.Column[Any]) -> sa.Column[Any]:
    column.info["cache"] = True
    return column


def _exported(name: str, *columns: sa.Column[Any] | sa.Index) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        _text("id", primary_key=True),
        _text("owner", nullable=False),
        _text("revision", nullable=False),
        _number("void", nullable=False, default=0),
        *columns,
    )


def _live(name: str, *columns: str, also: str = "") -> sa.Index:
    where = sa.text("void = 0" + (f" AND {also}" if also else ""))
    return sa.Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


# Exported, in the order in which they are packed and applied: what a row refers to stands before it.

people = _exported(
    "people",
    _text("name", nullable=False),
    _text("id_type", nullable=False, default="01"),
    _text("id_number"),
    _text("id_missing_reason"),
    _text("temp_number"),
    _text("sex", nullable=False, default="0"),
    _text("birth_date"),
    _text("ethnicity"),
    _text("phone"),
    _text("hukou_village"),
    _text("reside_village"),
    _text("alive_status", nullable=False, default="1"),
    _text("death_date"),
    _text("death_source"),
    sa.Column("more", Json, nullable=False, default=dict),
    _cache(_number("search_row", unique=True)),
    _live("uq_people_id_number", "owner", "id_type", "id_number", also="id_number IS NOT NULL"),
    sa.Index("ix_people_id_number", "id_number"),
    sa.Index("ix_people_village", "reside_village"),
)

households = _exported(
    "households",
    _text("number"),
    _ref("head", "people"),
    _text("village"),
    _text("address"),
    _text("previous"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_households_head", "head"),
    sa.Index("ix_households_village", "village"),
)

household_members = _exported(
    "household_members",
    _ref("household", "households", nullable=False),
    _ref("person", "people", nullable=False),
    _text("relation"),
    _text("join_date"),
    _text("leave_date"),
    _text("join_reason"),
    _text("leave_reason"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_household_members_household", "household"),
    sa.Index("ix_household_members_person", "person"),
)

records = _exported(
    "records",
    _text("form", nullable=False),
    _number("form_version", nullable=False),
    _text("number"),
    _ref("person", "people"),
    _ref("household", "households"),
    _text("facility"),
    _text("village"),
    _text("record_date"),
    _text("until_date"),
    _number("amount"),
    _number("quantity"),
    _text("kind"),
    _text("paid_through"),
    _text("import_id"),
    _text("entered_by"),
    sa.Column("doc", Json, nullable=False, default=dict),
    _cache(_text("state", nullable=False, default="draft")),
    _cache(_text("state_at")),
    _cache(_text("start_month")),
    _cache(_text("end_month")),
    sa.Index("ix_records_form", "form", "state"),
    sa.Index("ix_records_person", "person", "form"),
    sa.Index("ix_records_household", "household", "form"),
    sa.Index("ix_records_until", "until_date"),
    sa.Index("ix_records_form_date", "form", "record_date"),
)

bank_accounts = _exported(
    "bank_accounts",
    _ref("person", "people"),
    _ref("facility", "records"),
    _text("number", nullable=False),
    _text("name", nullable=False),
    _text("bank"),
    _text("branch"),
    _text("type"),
    _text("payee_relation"),
    _text("valid_from"),
    _text("valid_to"),
    _text("state", nullable=False, default="active"),
    _text("changed_by"),
    _text("checked_by"),
    _text("reason"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_bank_accounts_person", "person"),
    sa.Index("ix_bank_accounts_facility", "facility"),
    sa.Index("ix_bank_accounts_number", "number"),
)

terms = _exported(
    "terms",
    _ref("record", "records", nullable=False),
    _text("from_month", nullable=False),
    _text("state", nullable=False, default="proposed"),
    _text("ground"),
    _text("step"),
    sa.Column("inputs", Json, nullable=False, default=dict),
    sa.Column("snapshot", Json, nullable=False, default=dict),
    sa.Index("ix_terms_record", "record"),
)

steps = _exported(
    "steps",
    _ref("record", "records", nullable=False),
    _text("step", nullable=False),
    _text("from_state"),
    _text("to_state", nullable=False),
    _text("at", nullable=False),
    _text("effective_month"),
    _text("actor", nullable=False),
    _text("by"),
    sa.Column("ground", Json, nullable=False, default=dict),
    sa.Index("ix_steps_record", "record"),
)

payment_batches = _exported(
    "payment_batches",
    _text("form", nullable=False),
    _text("month", nullable=False),
    _text("kind", nullable=False),
    _text("number", nullable=False),
    _text("state", nullable=False),
    _number("item_count", nullable=False),
    _number("total", nullable=False),
    _text("locked_at"),
    _text("locked_by"),
    _text("checked_by"),
    sa.Column("more", Json, nullable=False, default=dict),
    _live("uq_payment_batches_number", "owner", "number"),
    sa.Index("ix_payment_batches_form", "form", "month"),
)

payment_items = _exported(
    "payment_items",
    _ref("batch", "payment_batches", nullable=False),
    _ref("record", "records", nullable=False),
    _ref("person", "people"),
    _text("household"),
    _text("village"),
    _text("month", nullable=False),
    _text("period_from", nullable=False),
    _text("period_to", nullable=False),
    _number("months", nullable=False),
    _number("base", nullable=False),
    _number("extra", nullable=False),
    _number("backpay", nullable=False),
    _number("deduct", nullable=False),
    _number("total", nullable=False),
    _text("payee"),
    _text("account_number"),
    _text("account_name"),
    _text("account_bank"),
    _text("change"),
    _text("reason"),
    sa.Column("row", Json, nullable=False, default=dict),
    sa.Column("steps", Json, nullable=False, default=list),
    sa.Column("lines", Json, nullable=False, default=list),
    _text("reversal_of"),
    sa.Index("ix_payment_items_batch", "batch"),
    sa.Index("ix_payment_items_record", "record", "batch", "void", "total"),
    sa.Index("ix_payment_items_person", "person", "month"),
)

recoveries = _exported(
    "recoveries",
    _ref("record", "records", nullable=False),
    _ref("person", "people"),
    _text("reason", nullable=False),
    _text("period_from"),
    _text("period_to"),
    _number("amount", nullable=False),
    _number("repaid", nullable=False, default=0),
    _text("state", nullable=False),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_recoveries_record", "record"),
)

attachments = _exported(
    "attachments",
    _ref("record", "records"),
    _text("kind"),
    _text("title"),
    _text("digest", nullable=False),
    _number("size", nullable=False),
    _number("pages"),
    _text("sealed_key", nullable=False),
    _text("captured_at"),
    sa.Index("ix_attachments_record", "record"),
)

decisions = _exported(
    "decisions",
    _ref("record", "records", nullable=False),
    _text("on_revision", nullable=False),
    _text("kind", nullable=False),
    _text("text"),
    _text("number"),
    _text("by"),
    _text("at", nullable=False),
    _text("state", nullable=False),
    sa.Index("ix_decisions_record", "record"),
)

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
    attachments,
)
"""What a township sends, in the order in which it is packed and applied."""

COUNTY_TABLES: tuple[sa.Table, ...] = (decisions,)
"""What only the county writes; it travels down in receipts."""

EXPORTED: dict[str, sa.Table] = {table.name: table for table in (*TOWNSHIP_TABLES, *COUNTY_TABLES)}

# Worked out from exported rows; rebuilt, never sent.

record_people = sa.Table(
    "record_people",
    metadata,
    _ref("record", "records", primary_key=True),
    _ref("person", "people", primary_key=True),
    _text("role", primary_key=True),
    sa.Index("ix_record_people_person", "person"),
    sqlite_with_rowid=False,
)

record_links = sa.Table(
    "record_links",
    metadata,
    _ref("record", "records", primary_key=True),
    _text("target", primary_key=True),
    _text("path", primary_key=True),
    sa.Index("ix_record_links_target", "target"),
    sqlite_with_rowid=False,
)
"""Which records a record points to, and by which field; the target may not have arrived yet."""

record_keys = sa.Table(
    "record_keys",
    metadata,
    _text("owner", primary_key=True),
    _text("form", primary_key=True),
    _text("name", primary_key=True),
    _text("value", primary_key=True),
    _ref("record", "records", nullable=False),
    sa.Index("ix_record_keys_record", "record"),
    sqlite_with_rowid=False,
)

payment_keys = sa.Table(
    "payment_keys",
    metadata,
    _text("owner", primary_key=True),
    _text("form", primary_key=True),
    _text("subject", primary_key=True),
    _text("month", primary_key=True),
    _text("kind", primary_key=True),
    _ref("item", "payment_items", nullable=False),
    sa.Index("ix_payment_keys_item", "item"),
    sqlite_with_rowid=False,
)
"""One row for each (form, person or record, month, batch kind) that a locked batch pays: nobody is paid twice."""

# History and change feed in one: an export packs the rows whose origin is this laptop.

versions = sa.Table(
    "versions",
    metadata,
    _number("seq", primary_key=True, autoincrement=True),
    _text("entity", nullable=False),
    _text("id", nullable=False),
    _text("revision", nullable=False),
    _text("base"),
    _text("origin", nullable=False),
    _text("at", nullable=False),
    _text("by"),
    _number("audit", nullable=False),
    _text("body", nullable=False),
    sa.Index("ix_versions_id", "id", "seq"),
    sa.Index("ix_versions_audit", "audit"),
    sqlite_autoincrement=True,
)

audit = sa.Table(
    "audit",
    metadata,
    _number("seq", primary_key=True, autoincrement=False),
    _text("at", nullable=False),
    _text("user"),
    _text("action", nullable=False),
    sa.Column("detail", Json, nullable=False, default=dict),
    _text("revisions", nullable=False),
    _text("previous", nullable=False),
    _text("digest", nullable=False),
)

# This database alone.

settings = sa.Table(
    "settings", metadata, _text("key", primary_key=True), sa.Column("value", Json, nullable=False)
)

users = sa.Table(
    "users",
    metadata,
    _text("id", primary_key=True),
    _text("name", nullable=False, unique=True),
    _text("title"),
    _text("role", nullable=False),
    _text("slot", nullable=False),
    _number("active", nullable=False, default=1),
)

laptops = sa.Table(
    "laptops",
    metadata,
    _text("id", primary_key=True),
    _text("division", nullable=False),
    _text("letter", nullable=False),
    _text("serial", unique=True),
    _text("state", nullable=False),
    _number("may_lock", nullable=False, default=0),
    _text("sign_key"),
    _text("age_key"),
    sa.Column("more", Json, nullable=False, default=dict),
)

catalog = sa.Table(
    "catalog",
    metadata,
    _text("kind", primary_key=True),
    _text("key", primary_key=True),
    _number("version", primary_key=True, autoincrement=False),
    _text("valid_from"),
    _text("origin", primary_key=True),
    _text("name", nullable=False),
    _text("body", nullable=False),
    _text("signature"),
)

cache = sa.Table(
    "cache",
    metadata,
    _text("key", primary_key=True),
    _text("digest", nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""What can be worked out again at any time, kept because working it out delays the start."""

identities = sa.Table(
    "identities",
    metadata,
    _text("person", primary_key=True),
    _text("identity", nullable=False),
    sa.Index("ix_identities_identity", "identity"),
)
aliases = sa.Table("aliases", metadata, _text("old", primary_key=True), _text("new", nullable=False))

number_blocks = sa.Table(
    "number_blocks",
    metadata,
    _text("id", primary_key=True),
    _text("kind", nullable=False),
    _text("prefix", nullable=False),
    _number("width", nullable=False),
    _number("first", nullable=False),
    _number("last", nullable=False),
    _number("next", nullable=False),
    _text("state", nullable=False),
    sa.UniqueConstraint("kind", "prefix", "first"),
)

prints = sa.Table(
    "prints",
    metadata,
    _text("id", primary_key=True),
    _text("kind", nullable=False),
    _text("form"),
    _text("record"),
    _text("batch"),
    _text("number"),
    _number("copy", nullable=False, default=1),
    _text("state", nullable=False),
    _text("at", nullable=False),
    _text("by"),
    _text("digest"),
    _text("reason"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_prints_record", "record"),
    sa.Index("ix_prints_batch", "batch"),
    sa.Index("ix_prints_number", "kind", "number"),
)

drafts = sa.Table(
    "drafts",
    metadata,
    _text("id", primary_key=True),
    _text("user", nullable=False),
    _text("form", nullable=False),
    _text("record"),
    _text("at", nullable=False),
    sa.Column("doc", Json, nullable=False),
)

imports = sa.Table(
    "imports",
    metadata,
    _text("id", primary_key=True),
    _text("form", nullable=False),
    _text("file", nullable=False),
    _text("digest", nullable=False),
    _text("at", nullable=False),
    _text("by"),
    _text("state", nullable=False),
    sa.Column("counts", Json, nullable=False),
    sa.Column("mapping", Json, nullable=False),
    _number("audit"),
)

packages = sa.Table(
    "packages",
    metadata,
    _text("id", primary_key=True),
    _text("direction", nullable=False),
    _text("division", nullable=False),
    _text("laptop", nullable=False),
    _number("number", nullable=False),
    _text("epoch", nullable=False),
    _text("digest", nullable=False),
    _text("previous"),
    _text("state", nullable=False),
    _text("at", nullable=False),
    sa.Column("counts", Json, nullable=False),
    sa.UniqueConstraint("direction", "laptop", "epoch", "number"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _number("number", primary_key=True, autoincrement=False),
    _text("epoch", primary_key=True),
    _text("file", nullable=False),
    _text("digest", nullable=False),
    _text("envelope_digest", nullable=False),
    _number("from_seq", nullable=False),
    _number("to_seq", nullable=False),
    _text("state", nullable=False),
    _text("at", nullable=False),
    sa.Column("counts", Json, nullable=False),
)

held = sa.Table(
    "held",
    metadata,
    _number("n", primary_key=True, autoincrement=True),
    _text("package", nullable=False),
    _text("division", nullable=False),
    _text("laptop", nullable=False),
    _text("entity", nullable=False),
    _text("id", nullable=False),
    _text("why", nullable=False),
    _text("waits_for"),
    _text("line", nullable=False),
    sa.Index("ix_held_waits_for", "waits_for"),
    sqlite_autoincrement=True,
)

findings = sa.Table(
    "findings",
    metadata,
    _text("id", primary_key=True),
    _text("rule", nullable=False),
    _text("severity", nullable=False),
    _text("division"),
    _text("state", nullable=False),
    _text("message", nullable=False),
    _text("at", nullable=False),
    sa.Column("facts", Json, nullable=False),
    sa.Index("ix_findings_rule", "rule", "state"),
)


def body_columns(table: sa.Table) -> tuple[str, ...]:
    """The columns that make a row's body (what a revision covers): all but id, revision and caches."""
    return tuple(
        c.name for c in table.columns if c.name not in ("id", "revision") and not c.info.get("cache")
    )
