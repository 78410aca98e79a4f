"""What the tables are built from: the JSON type, names of constraints, columns and indexes in few words."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

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


def text(name: str, **more: Any) -> sa.Column[Any]:
    """A text column."""
    return sa.Column(name, sa.Text, **more)


def number(name: str, **more: Any) -> sa.Column[Any]:
    """A whole number of 64 bits."""
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer, "sqlite"), **more)


def ref(name: str, target: str, **more: Any) -> sa.Column[Any]:
    """A text column that holds the id of another table's row."""
    return sa.Column(name, sa.Text, sa.ForeignKey(f"{target}.id"), **more)


def cache(column: sa.Column[Any]) -> sa.Column[Any]:
    """The column, marked as worked out from other rows: it takes no part in the revision."""
    column.info["cache"] = True
    return column


def exported(name: str, *columns: sa.Column[Any] | sa.Index) -> sa.Table:
    """A table that travels in packages, with the columns that all of them have."""
    return sa.Table(
        name,
        metadata,
        text("id", primary_key=True),
        text("owner", nullable=False),
        text("revision", nullable=False),
        number("void", nullable=False, default=0),
        *columns,
    )


def live(name: str, *columns: str, also: str = "") -> sa.Index:
    """A unique index over the rows that are not void."""
    where = sa.text("void = 0" + (f" AND {also}" if also else ""))
    return sa.Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)
