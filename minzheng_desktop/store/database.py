"""Opening the engine on an encrypted file (a server: ``store.postgres``); transactions, schema number, file lock.

Every trap of SQLite under SQLAlchemy is met here and nowhere else: explicit BEGIN (a crash inside a migration
leaves nothing half-built), foreign keys off around migrations and checked before commit, cipher messages silent.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from minzheng_desktop.store import postgres, schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from filelock import FileLock

log = logging.getLogger(__name__)

WRITE = {"minzheng_write": True}
"""Execution options of a connection that will write: it takes the write lock at once (BEGIN IMMEDIATE)."""

SEARCH_SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS person_search USING fts5("
    "text, content='', contentless_delete=1, tokenize=\"unicode61 remove_diacritics 0\", prefix='1 2 3 4 5')"
)
SEARCH_POSTGRES = (
    "CREATE TABLE IF NOT EXISTS person_search (n bigint PRIMARY KEY, text text NOT NULL, "
    "words tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED)",
    "CREATE INDEX IF NOT EXISTS ix_person_search_words ON person_search USING gin (words)",
)


_ROOM_TO_OPEN = 262_144
"""Bytes that SQLite needs beside the file before it reads a page of it, and then some."""

DISK_SENTENCES = (
    ("disk is full", "disk_full", "磁盘满了，这次的修改没有保存，台账没有变化。腾出空间后再做一次。"),
    (
        "readonly database",
        "disk_read_only",
        "台账文件是只读的，这次的修改没有保存。取消只读或换到可写的位置。",
    ),
    ("disk I/O error", "disk_error", "读写磁盘出错，这次的修改没有保存。检查磁盘或 U 盘后重新打开台账。"),
    ("database is locked", "database_busy", "台账正被另一项操作占用，这次的修改没有保存。稍等再做一次。"),
    (
        "disk image is malformed",
        "database_damaged",
        "台账文件有一部分读不出来，已经损坏。这次没有写入任何内容。把文件留好，从最近的备份恢复。",
    ),
)
"""SQLite's words for a trouble of the disk, the code of our error, and what the clerk is told."""


def told_of(error: Exception) -> UserError | None:
    """The clerk's error for a trouble of the disk, the server or the line; None for every other error."""
    if isinstance(error, sa.exc.DBAPIError) and type(error.orig).__module__.startswith("psycopg"):
        return postgres.told_of(error)
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if not type(cause).__module__.startswith("sqlcipher3"):
        return None
    return next((UserError(code, said) for sign, code, said in DISK_SENTENCES if sign in str(cause)), None)


def lock_database(path: Path) -> FileLock:
    """Take the operating system's lock on ``<path>.lock``; it vanishes with the process, whatever ends it.

    Raises UserError ``database_in_use`` when another process holds it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(str(path) + ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as e:
        raise UserError(
            "database_in_use", "台账已经在另一个窗口或命令里打开。没有改动任何内容，关掉那一个再打开。"
        ) from e
    except OSError as e:
        raise UserError(
            "folder_not_writable",
            f"台账所在的文件夹不能写入（{path.parent}）。换一个可写的文件夹，或取消只读。",
        ) from e
    return lock


def open_sqlcipher(path: Path, key: bytes) -> sa.Engine:
    """An engine on the encrypted file ``path`` (made if absent) with the raw 32-byte ``key``.

    Raises UserError ``not_a_database`` when the file cannot be read with this key.
    """
    import sqlcipher3.dbapi2 as sqlcipher

    def connect() -> Any:
        connection = sqlcipher.connect(str(path), check_same_thread=False, timeout=10)
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA cipher_log_level = NONE")
        cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        try:
            cursor.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlcipher.DatabaseError as e:
            connection.close()
            raise _unopened(path, e) from e
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "cache_size = -65536",
            "wal_autocheckpoint = 10000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        return connection

    engine = sa.create_engine(
        "sqlite://", module=sqlcipher, creator=connect, poolclass=QueuePool, pool_size=2, max_overflow=2
    )

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        write = connection.get_execution_options().get("minzheng_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _unopened(path: Path, error: Exception) -> UserError:
    """Why the first look into the file failed: a full disk must not be told as a damaged file."""
    told = told_of(error)
    if told is not None and told.code == "disk_error" and shutil.disk_usage(path.parent).free < _ROOM_TO_OPEN:
        return UserError("disk_full", "磁盘满了，台账没有打开，也没有变化。腾出空间后再打开。")
    return told or UserError(
        "not_a_database",
        f"{path.name} 不是本程序的台账，或文件已经损坏。没有改动它，请选对文件，或从备份恢复。",
    )


def rekey_sqlcipher(path: Path, old: bytes, new: bytes) -> sa.Engine:
    """Re-encrypt the closed database in place and open it with the new key. SQLCipher does it in one transaction."""
    import sqlcipher3.dbapi2 as sqlcipher

    connection = sqlcipher.connect(str(path))
    connection.isolation_level = None
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{old.hex()}'\"")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(f"PRAGMA rekey = \"x'{new.hex()}'\"")
    finally:
        connection.close()
    return open_sqlcipher(path, new)


def create_schema(engine: sa.Engine) -> None:
    """Make all tables of the present schema in an empty database, in one transaction."""
    with engine.connect().execution_options(**WRITE) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            postgres.take_turn(connection, postgres.MIGRATORS)
        schema.metadata.create_all(connection)
        create_search(connection)
        set_schema_number(connection, schema.SCHEMA_NUMBER)


def create_search(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(SEARCH_SQLITE)
    else:
        for statement in SEARCH_POSTGRES:
            connection.exec_driver_sql(statement)


def schema_number(connection: sa.Connection) -> int:
    """The schema number of an open database; 0 for one that has no tables of ours."""
    if connection.dialect.name == "sqlite":
        return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    if not sa.inspect(connection).has_table("settings"):
        return 0
    value = connection.execute(
        sa.select(schema.settings.c.value).where(schema.settings.c.key == "schema")
    ).scalar()
    return int(value or 0)


def set_schema_number(connection: sa.Connection, number: int) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version = {number}")
        return
    connection.execute(sa.delete(schema.settings).where(schema.settings.c.key == "schema"))
    connection.execute(sa.insert(schema.settings).values(key="schema", value=number))


def bring_up_to_date(engine: sa.Engine, *, before: Callable[[], None]) -> None:
    """Refuse a newer database; migrate an older one, calling ``before`` (a backup) first.

    Raises UserError ``database_newer`` or ``not_a_database``.
    """
    with engine.connect() as connection:
        found = schema_number(connection)
    if found == schema.SCHEMA_NUMBER:
        return
    require_known(found, where="这个文件")
    before()
    migrate(engine, found)
    log.info("schema migrated from %d to %d", found, schema.SCHEMA_NUMBER)


def require_known(found: int, *, where: str) -> None:
    """Raises UserError ``not_a_database`` for no schema of ours, ``database_newer`` for one of a newer program."""
    if found == 0:
        raise UserError("not_a_database", f"{where}里没有民政台账的数据。没有改动它，请选对台账。")
    if found > schema.SCHEMA_NUMBER:
        raise UserError(
            "database_newer",
            f"台账是更新的程序写的（台账第 {found} 版，本程序第 {schema.SCHEMA_NUMBER} 版）。"
            "没有改动它，请换用新版程序打开。",
        )


def migrate(engine: sa.Engine, found: int, target: int = schema.SCHEMA_NUMBER) -> None:
    """Run the migrations after number ``found`` up to ``target`` in one transaction: all or none.

    Alembic rebuilds parent tables, so foreign keys are off before the transaction and checked before its commit.
    On a server sessions take turns; the one that comes second finds the work done.
    """
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    from minzheng_desktop.store import migrations

    sqlite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(**WRITE) as connection:
        raw = connection.connection.dbapi_connection
        if sqlite and raw is not None:
            raw.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                if not sqlite and found:
                    postgres.take_turn(connection, postgres.MIGRATORS)
                    found = schema_number(connection)  # another session may have done it meanwhile
                operations = Operations(MigrationContext.configure(connection))
                for number, upgrade in migrations.after(found, target):
                    upgrade(operations)
                    set_schema_number(connection, number)
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise RuntimeError("a migration left rows whose reference is missing")
        finally:
            if sqlite and raw is not None:
                raw.execute("PRAGMA foreign_keys = ON")


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """Turn the database's words for a trouble of disk or line into the clerk's sentence; nothing was written."""
    try:
        yield
    except Exception as e:
        told = told_of(e)
        if told is None:
            raise
        raise told from e
