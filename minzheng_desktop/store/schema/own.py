"""The tables of this database alone: settings, users, catalogue, prints, imports, packages, findings."""

from __future__ import annotations

import sqlalchemy as sa

from minzheng_desktop.store.schema.columns import Json, metadata, number, text

settings = sa.Table(
    "settings", metadata, text("key", primary_key=True), sa.Column("value", Json, nullable=False)
)

users = sa.Table(
    "users",
    metadata,
    text("id", primary_key=True),
    text("name", nullable=False, unique=True),
    text("title"),
    text("role", nullable=False),
    text("slot", nullable=False),
    number("active", nullable=False, default=1),
)

laptops = sa.Table(
    "laptops",
    metadata,
    text("id", primary_key=True),
    text("division", nullable=False),
    text("letter", nullable=False),
    text("serial", unique=True),
    text("state", nullable=False),
    number("may_lock", nullable=False, default=0),
    text("sign_key"),
    text("age_key"),
    sa.Column("more", Json, nullable=False, default=dict),
)

catalog = sa.Table(
    "catalog",
    metadata,
    text("kind", primary_key=True),
    text("key", primary_key=True),
    number("version", primary_key=True, autoincrement=False),
    text("valid_from"),
    text("origin", primary_key=True),
    text("name", nullable=False),
    text("body", nullable=False),
    text("signature"),
)

cache = sa.Table(
    "cache",
    metadata,
    text("key", primary_key=True),
    text("digest", nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""What can be worked out again at any time, kept because working it out delays the start."""

identities = sa.Table(
    "identities",
    metadata,
    text("person", primary_key=True),
    text("identity", nullable=False),
    sa.Index("ix_identities_identity", "identity"),
)
aliases = sa.Table("aliases", metadata, text("old", primary_key=True), text("new", nullable=False))

number_blocks = sa.Table(
    "number_blocks",
    metadata,
    text("id", primary_key=True),
    text("kind", nullable=False),
    text("prefix", nullable=False),
    number("width", nullable=False),
    number("first", nullable=False),
    number("last", nullable=False),
    number("next", nullable=False),
    text("state", nullable=False),
    sa.UniqueConstraint("kind", "prefix", "first"),
)

prints = sa.Table(
    "prints",
    metadata,
    text("id", primary_key=True),
    text("kind", nullable=False),
    text("form"),
    text("record"),
    text("batch"),
    text("number"),
    number("copy", nullable=False, default=1),
    text("state", nullable=False),
    text("at", nullable=False),
    text("by"),
    text("digest"),
    text("reason"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_prints_record", "record"),
    sa.Index("ix_prints_batch", "batch"),
    sa.Index("ix_prints_number", "kind", "number"),
)

drafts = sa.Table(
    "drafts",
    metadata,
    text("id", primary_key=True),
    text("user", nullable=False),
    text("form", nullable=False),
    text("record"),
    text("at", nullable=False),
    sa.Column("doc", Json, nullable=False),
)

imports = sa.Table(
    "imports",
    metadata,
    text("id", primary_key=True),
    text("form", nullable=False),
    text("file", nullable=False),
    text("digest", nullable=False),
    text("at", nullable=False),
    text("by"),
    text("state", nullable=False),
    sa.Column("counts", Json, nullable=False),
    sa.Column("mapping", Json, nullable=False),
    number("audit"),
)

packages = sa.Table(
    "packages",
    metadata,
    text("id", primary_key=True),
    text("direction", nullable=False),
    text("division", nullable=False),
    text("laptop", nullable=False),
    number("number", nullable=False),
    text("epoch", nullable=False),
    text("digest", nullable=False),
    text("previous"),
    text("state", nullable=False),
    text("at", nullable=False),
    sa.Column("counts", Json, nullable=False),
    sa.UniqueConstraint("direction", "laptop", "epoch", "number"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    number("number", primary_key=True, autoincrement=False),
    text("epoch", primary_key=True),
    text("file", nullable=False),
    text("digest", nullable=False),
    text("envelope_digest", nullable=False),
    number("from_seq", nullable=False),
    number("to_seq", nullable=False),
    text("state", nullable=False),
    text("at", nullable=False),
    sa.Column("counts", Json, nullable=False),
    sa.Column("more", Json, nullable=False, default=dict),
)

spool = sa.Table(
    "spool", metadata, text("package", primary_key=True), sa.Column("body", sa.LargeBinary, nullable=False)
)
"""The bytes of packages that came too early, by the id of their entry in ``packages``."""

sealed_blobs = sa.Table(
    "sealed_blobs",
    metadata,
    text("name", primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""On a server, the sealed bytes of attachments, which lie beside a database that is a file."""

bulletins = sa.Table(
    "bulletins",
    metadata,
    number("number", primary_key=True, autoincrement=False),
    text("division", primary_key=True),
    text("file", nullable=False),
    text("digest", nullable=False),
    number("standing", nullable=False),
    text("state", nullable=False),
    text("at", nullable=False),
    text("by"),
    sa.Column("counts", Json, nullable=False),
)
"""At the county the bulletins that it wrote to each division, in a township those that it read."""

copies = sa.Table(
    "copies",
    metadata,
    text("id", primary_key=True),
    text("kind", nullable=False),
    text("name", nullable=False),
    text("division"),
    number("number"),
    text("digest", nullable=False),
    number("size", nullable=False),
    number("lines"),
    text("place", nullable=False),
    text("device"),
    text("state", nullable=False),
    text("at", nullable=False),
    text("by"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_copies_at", "at"),
    sa.Index("ix_copies_digest", "digest"),
)
"""登记: every copy of an exchange file or backup to a stick or folder."""

person_pairs = sa.Table(
    "person_pairs",
    metadata,
    text("low", primary_key=True),
    text("high", primary_key=True),
    text("state", nullable=False),
    number("score", nullable=False),
    sa.Column("facts", Json, nullable=False),
    text("text"),
    text("at", nullable=False),
    text("by"),
    sa.Index("ix_person_pairs_high", "high"),
    sa.Index("ix_person_pairs_state", "state"),
)
"""Two entries of the register that may be one person (the lower id first), and what people said of them."""

samples = sa.Table(
    "samples",
    metadata,
    text("id", primary_key=True),
    text("draw", nullable=False),
    text("record", nullable=False),
    text("division", nullable=False),
    text("form", nullable=False),
    text("revision", nullable=False),
    number("rank", nullable=False),
    number("picked", nullable=False),
    text("state", nullable=False),
    text("at", nullable=False),
    text("by"),
    sa.Column("more", Json, nullable=False, default=dict),
    sa.Index("ix_samples_record", "record"),
    sa.Index("ix_samples_draw", "draw"),
)
"""抽查: the records that stood in one draw, those picked for a re-check, and what it found (county.sampling)."""

held = sa.Table(
    "held",
    metadata,
    number("n", primary_key=True, autoincrement=True),
    text("package", nullable=False),
    text("division", nullable=False),
    text("laptop", nullable=False),
    text("entity", nullable=False),
    text("id", nullable=False),
    text("why", nullable=False),
    text("waits_for"),
    text("line", nullable=False),
    sa.Index("ix_held_waits_for", "waits_for"),
    sqlite_autoincrement=True,
)

findings = sa.Table(
    "findings",
    metadata,
    text("id", primary_key=True),
    text("rule", nullable=False),
    text("severity", nullable=False),
    text("division"),
    text("state", nullable=False),
    text("message", nullable=False),
    text("at", nullable=False),
    sa.Column("facts", Json, nullable=False),
    sa.Index("ix_findings_rule", "rule", "state"),
)
