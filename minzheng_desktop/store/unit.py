"""The one write path: a unit of work that writes rows, versions, derived rows, search and one audit entry together.

``Reading`` is a snapshot for queries. ``Writing`` adds ``put``, ``put_many``, ``void`` for exported tables and
``insert``, ``update``, ``delete`` for the tables of this database alone. Nothing else in the program writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import audit, leaving, rows, schema
from minzheng_desktop.store.derived import AFTER_PUT, BEFORE_INSERT
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import derived_id, new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.keys import Claim
    from minzheng_desktop.store.store import Store

Body = dict[str, Any]
Values = tuple[Any, ...]
"""A row as SQL values."""
CATALOG_NUMBER = "catalog_number"
"""The setting that holds the audit number at which the catalogue last changed; other sessions notice by it."""
CHUNK = 500
"""Ids a query asks for at once."""


class Put(msgspec.Struct):
    """What one ``put`` did: the row's new body and, where it was there before, the old one."""

    id: str
    body: Body
    old: Body | None


class Line(msgspec.Struct, frozen=True):
    """One change as it travels: a version of one row, its body as the exact JSON text that was digested."""

    entity: str
    id: str
    revision: str
    base: str | None
    at: str
    by: str | None
    body: msgspec.Raw


class Reading:
    """Queries in one transaction: everything read through it is of one moment."""

    def __init__(self, store: Store, connection: sa.Connection) -> None:
        self.store = store
        self.connection = connection
        self.new_id: Callable[[], str] = new_id

    def rows(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """All rows of a select, as dicts."""
        return [dict(r) for r in self.connection.execute(statement, parameters or {}).mappings()]

    def one(self, statement: sa.Executable) -> dict[str, Any] | None:
        """The first row, or None."""
        row = self.connection.execute(statement).mappings().first()
        return None if row is None else dict(row)

    def scalar(self, statement: sa.Executable) -> Any:
        """The first column of the first row, or None."""
        return self.connection.execute(statement).scalar()

    def get(self, table: str, row_id: str) -> dict[str, Any] | None:
        """The exported row with this id, void ones too."""
        t = schema.EXPORTED[table]
        return self.one(sa.select(t).where(t.c.id == row_id))

    def get_many(self, table: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The exported rows with these ids by id; absent ones are left out."""
        t = schema.EXPORTED[table]
        found: dict[str, dict[str, Any]] = {}
        for some in chunks(list(ids)):
            for row in self.connection.execute(sa.select(t).where(t.c.id.in_(some))).mappings():
                found[row["id"]] = dict(row)
        return found

    def setting(self, key: str, default: Any = None) -> Any:
        value = self.scalar(sa.select(schema.settings.c.value).where(schema.settings.c.key == key))
        return default if value is None else value

    def change_number(self) -> int:
        """The number of the last change in this database; a plan keeps it to notice that it went stale."""
        return int(self.scalar(sa.select(sa.func.coalesce(sa.func.max(schema.versions.c.seq), 0))))


class Writing(Reading):
    """A transaction that writes. Leaving it commits all with one audit entry, an exception undoes all."""

    def __init__(
        self, store: Store, connection: sa.Connection, action: str, detail: Mapping[str, Any] | None
    ) -> None:
        super().__init__(store, connection)
        self.action = action
        self.detail: dict[str, Any] = dict(detail or {})
        self.at = now_text()
        self.user = store.user
        self.origin = store.site.laptop
        self.entry = audit.open_entry(connection)
        self.lenient = False
        self.handing_over = False
        """True while rows change hands by a ruling of the county; else what moves is read-only."""
        self._frozen: dict[str, str] | None = None
        self.clashes: list[tuple[Claim, str]] = []
        self.on_commit: list[Callable[[], None]] = []
        self.catalog_changed = False

    @contextmanager
    def repeatable(self, seed: str, *, at: str, after: str = "") -> Iterator[None]:
        """Inside, new rows get ids that follow from `seed` alone and are dated `at`: what two laptops of one division
        do by the same word of the county are the same rows. The ids sort behind `seed` and `after`."""
        numbers, moment, minted = count(), self.at, self.new_id
        self.at, self.new_id = at, lambda: derived_id(seed, next(numbers), after=after)
        try:
            yield
        finally:
            self.at, self.new_id = moment, minted

    @property
    def frozen(self) -> dict[str, str]:
        """Row id → the transfer that keeps it read-only here (see `leaving`)."""
        if self._frozen is None:
            self._frozen = leaving.frozen_rows(self)
        return self._frozen

    # exported tables

    def put(self, table: str, body: Mapping[str, Any], *, expected: str | None = None) -> str:
        """Write one row and return its id.

        ``body`` may be partial where the row exists; without ``id`` the row is new. With ``expected`` the row's
        present revision must be that one, else UserError ``changed_meanwhile``. An equal body changes nothing.
        """
        return self._put(table, [body], fresh="id" not in body, derive=True, expected=expected)[0]

    def put_many(
        self, table: str, bodies: Iterable[Mapping[str, Any]], *, fresh: bool = False, derive: bool = True
    ) -> list[str]:
        """Write many rows and return their ids in order.

        ``fresh`` promises that none of the ids exists (no look-up). ``derive=False`` leaves derived rows to the
        caller, who gives cache columns in the bodies.
        """
        return self._put(table, list(bodies), fresh=fresh, derive=derive, expected=None)

    def void(self, table: str, row_id: str) -> None:
        """Mark a row as not existing: its keys and search entry are released, its history stays."""
        self.put(table, {"id": row_id, "void": 1})

    def apply_lines(self, table: str, lines: Sequence[Line], origin: str) -> None:
        """Write rows that another laptop made, keeping their revision, base, time and author.

        The caller has judged them (owner, order, conflicts); rows that exist are replaced.
        """
        shape = rows.shape(schema.EXPORTED[table])
        existing = self._existing(table, [line.id for line in lines])
        puts: list[Put] = []
        inserts: list[Values] = []
        updates: list[Values] = []
        for line in lines:
            body = shape.build(msgspec.json.decode(line.body))
            old = existing.get(line.id)
            puts.append(Put(line.id, shape.complete(body, old or {}), old))
            if old is None:
                inserts.append((line.id, line.revision, *shape.values(body), *shape.cache_values({})))
            else:
                updates.append((line.revision, *shape.values(body), line.id))
        self._write_rows(shape, inserts, updates)
        self._write_versions(
            [
                (table, n.id, n.revision, n.base, origin, n.at, n.by, self.entry.seq, bytes(n.body).decode())
                for n in lines
            ]
        )
        hook = AFTER_PUT.get(table)
        if hook is not None and puts:
            hook(self, puts)

    # tables of this database alone

    def insert(self, table: str, values: Sequence[Mapping[str, Any]]) -> None:
        """Add rows to a table that does not travel."""
        self._local(table)
        if values:
            self.connection.execute(sa.insert(schema.metadata.tables[table]), [dict(v) for v in values])

    def update(self, table: str, values: Mapping[str, Any], *where: sa.ColumnElement[bool]) -> int:
        """Change rows of a table that does not travel; returns how many."""
        self._local(table)
        return self.connection.execute(
            sa.update(schema.metadata.tables[table]).where(*where).values(**values)
        ).rowcount

    def delete(self, table: str, *where: sa.ColumnElement[bool]) -> int:
        """Remove rows of a table that does not travel; returns how many."""
        self._local(table)
        return self.connection.execute(sa.delete(schema.metadata.tables[table]).where(*where)).rowcount

    def set_cache(self, table: str, columns: Sequence[str], values: Sequence[tuple[Any, ...]]) -> None:
        """Set cache columns of an exported table; each tuple is (*column values, id). No version is written."""
        if not values:
            return
        t = schema.EXPORTED[table]
        if any(not t.c[c].info.get("cache") for c in columns):
            raise ValueError(f"{columns} are not caches of {table}")
        sets = ", ".join(f'"{c}" = ?' for c in columns)
        rows.execute_many(self.connection, f"UPDATE {table} SET {sets} WHERE id = ?", values)

    def insert_derived(self, table: str, columns: Sequence[str], values: Sequence[tuple[Any, ...]]) -> None:
        """Add rows to a table that is worked out from exported ones."""
        rows.insert(self.connection, table, columns, values)

    def delete_derived(self, table: str, column: str, values: Sequence[str]) -> None:
        """Remove rows of a table that is worked out from exported ones."""
        sql = f'DELETE FROM {table} WHERE "{column}" = ?'
        rows.execute_many(self.connection, sql, [(v,) for v in values])

    def set_setting(self, key: str, value: Any) -> None:
        self.delete("settings", schema.settings.c.key == key)
        self.insert("settings", [{"key": key, "value": value}])

    def finish(self) -> None:
        """Write the audit entry; called once, just before the commit."""
        if self.catalog_changed:
            self.set_setting(CATALOG_NUMBER, self.entry.seq)
        audit.close_entry(self.connection, self.entry, self.at, self.user, self.action, self.detail)

    # inside

    def _put(
        self,
        table: str,
        bodies: Sequence[Mapping[str, Any]],
        *,
        fresh: bool,
        derive: bool,
        expected: str | None,
    ) -> list[str]:
        shape = rows.shape(schema.EXPORTED[table])
        existing = {} if fresh else self._existing(table, [b["id"] for b in bodies if "id" in b])
        ids: list[str] = []
        puts: list[Put] = []
        inserts: list[Values] = []
        updates: list[Values] = []
        history: list[Values] = []
        enter = BEFORE_INSERT.get(table) if derive else None
        hook = AFTER_PUT.get(table) if derive else None
        if enter is not None:
            entered = iter(enter(self, [b for b in bodies if b.get("id") not in existing]))
            bodies = [b if b.get("id") in existing else next(entered) for b in bodies]
        made = (self.origin, self.at, self.user, self.entry.seq)
        if table == "transfers":
            self._frozen = None
        elif table in leaving.GUARDED and not self.handing_over and self.store.site.role == "township":
            leaving.require_writable(self, table, bodies, existing)
        for given in bodies:
            row_id = given.get("id") or self.new_id()
            ids.append(row_id)
            old = existing.get(row_id)
            whole = given if old is None else {**old, **given}
            body = shape.build(whole)
            encoded = shape.encode(body)
            base = None if old is None else old["revision"]
            if old is not None:
                if expected is not None and base != expected:
                    raise UserError(
                        "changed_meanwhile",
                        "这条记录刚被别处改过。这次的修改没有保存，重新打开记录后再改。",
                    )
                if encoded == shape.encode(shape.build(old)):
                    continue
            revision = rows.revision_of(base, encoded)
            if old is None:
                inserts.append((row_id, revision, *shape.values(body), *shape.cache_values(whole)))
            else:
                updates.append((revision, *shape.values(body), row_id))
            history.append((table, row_id, revision, base, *made, encoded.decode()))
            if hook is not None and (enter is None or old is not None):
                puts.append(Put(row_id, shape.complete(body, whole), old))
        self._write_rows(shape, inserts, updates)
        self._write_versions(history)
        if hook is not None and puts:
            hook(self, puts)
        return ids

    def _existing(self, table: str, ids: Sequence[str]) -> dict[str, Body]:
        if not ids:
            return {}
        return self.get_many(table, ids)

    def _write_rows(self, shape: rows.Shape, inserts: Sequence[Values], updates: Sequence[Values]) -> None:
        """`inserts` in the order of the shape's names, `updates` in the order of its statement (the id last)."""
        table = shape.table.name
        with unique_refusals(table):
            rows.insert(self.connection, table, shape.names, inserts)
            rows.execute_many(self.connection, shape.update_sql, updates)

    def _write_versions(self, history: list[Values]) -> None:
        rows.insert(self.connection, "versions", rows.VERSION_COLUMNS, history)
        self.entry.take(h[2] for h in history)

    def _local(self, table: str) -> None:
        if table in schema.EXPORTED or table in ("versions", "audit"):
            raise ValueError(f"{table} is written by put, never directly")
        self.catalog_changed = self.catalog_changed or table == "catalog"


class unique_refusals:
    """Turn a broken uniqueness of an exported table into the clerk's sentence."""

    def __init__(self, table: str) -> None:
        self.table = table

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, _: object) -> None:
        if isinstance(e, sa.exc.IntegrityError) and _not_unique(e.orig):
            if self.table == "people":
                raise UserError(
                    "person_exists",
                    "这个证号在本台账里已经有一个人。没有新建，请用已有的人，或核对证号。",
                ) from e
            raise UserError(
                "duplicate", "同样的一条已经在台账里。这次没有写入，请先查看已有的那一条。"
            ) from e


def _not_unique(error: object) -> bool:
    """SQLite says it in words, a server (in any language) by its number."""
    return "UNIQUE" in str(error).upper() or getattr(error, "sqlstate", "") == "23505"


def chunks(ids: Sequence[str], size: int = CHUNK) -> Iterator[Sequence[str]]:
    for i in range(0, len(ids), size):
        yield ids[i : i + size]
