"""A county's database carried from its file to a server, or back: all of it or nothing, verified before it counts.

Rows go table by table as they are, in chunks, in one transaction of the target. Then every table is read again there
and compared with what was sent: rows, the sum of every number column, and a digest over all values in the order of the
key; the audit chain is recomputed and must end alike. Only then the source is marked as moved (it opens no more, so
that packages are never received in two places) and the target is committed, in this order: a power cut in between
leaves a source that says so and can be taken up again (`reopen`), never two databases that both go on.

What does not travel: the cache, and the ways in. A server keeps password hashes, a file its key slots; who moves keeps
his password, the others get a new one (on a server by `reset_password`, in a file by being added again).
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import (
    audit,
    database,
    keyslots,
    passwords,
    postgres,
    rows,
    schema,
    sealed_files,
    search,
    vault,
)
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.moved import MOVED, refuse_moved
from minzheng_desktop.store.places import remove_leftovers, require_file
from minzheng_desktop.store.tables import CHUNK, STREAM, TABLES, Tally, Tallying, chunks_of, tally
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store

KEPT = "原来的县库没有变化"


class Step(msgspec.Struct, frozen=True):
    """How far a move is: what is done now, rows of all rows."""

    words: str
    done: int
    of: int


class Moved(msgspec.Struct, frozen=True):
    """A move that was verified and done: where to, the tallies by table, attachments, and who needs a new password."""

    place: str
    tables: dict[str, Tally]
    attachments: int
    without_password: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(one.rows for one in self.tables.values())


def move_to_server(
    store: Store, url: str, *, password: str, cost: Cost = vault.DEFAULT_COST
) -> Generator[Step, None, Moved]:
    """Carry a county's file into an empty database of a server; `password` is that of who is signed in.

    Raises UserError; then the server's database is as empty as before and the file as it was, unmarked.
    """
    _require_county_file(store)
    hashed = passwords.hash_password(password, cost)
    engine = postgres.open_postgres(url)
    try:
        with engine.connect() as connection:
            if sa.inspect(connection).get_table_names():
                raise UserError(
                    "server_not_empty",
                    f"{postgres.shown(url)} 里已有别的表，没有搬。{KEPT}。请管理员另建一个空库。",
                )
        with _source(store) as source, engine.connect() as target, _told(), target.begin() as whole:
            postgres.take_turn(target, postgres.MIGRATORS)
            for table in schema.metadata.sorted_tables:
                target.execute(sa.schema.CreateTable(table))
            database.create_search(target)
            sent = yield from _carry(source, target, {store.user: hashed})
            yield Step("建索引", 0, 0)
            for table in schema.metadata.sorted_tables:
                for index in sorted(table.indexes, key=lambda one: str(one.name)):
                    target.execute(sa.schema.CreateIndex(index))
            database.set_schema_number(target, schema.SCHEMA_NUMBER)
            attached = _files_to_table(store, target)
            yield from _verify(source, target, sent)
            others = _users_without(target, store.user)
            _note(target, store, {"from": str(store.place), "attachments": attached})
            target.exec_driver_sql("ANALYZE")
            _mark(store, postgres.shown(url))
            try:
                whole.commit()
            except BaseException as error:
                _settle_commit(store, url, error)
    finally:
        engine.dispose()
    return Moved(postgres.shown(url), sent, attached, others)


def _settle_commit(store: Store, url: str, error: BaseException) -> None:
    """The server did not answer the commit: look whether it stands there. Returns where it does; where it does not,
    the source goes on; where nobody can tell, it stays marked, so that never two go on."""
    try:
        engine = postgres.open_postgres(url)
        try:
            with engine.connect() as connection:
                stands = sa.inspect(connection).has_table(schema.settings.name)
        finally:
            engine.dispose()
    except (UserError, sa.exc.DBAPIError):
        raise UserError(
            "move_unsure",
            f"服务器在最后一步断了线，搬成没有还不知道。原来的县库已标明搬走，先不要启用它。连上以后登录 "
            f"{postgres.shown(url)}：登得进就是搬成了；登不进、里面是空的，用 minzheng county move --reopen "
            "重新启用原来的。",
        ) from error
    if not stands:
        _unmark(store.engine)
        raise error


def move_to_file(
    store: Store, path: Path, *, password: str, cost: Cost = vault.DEFAULT_COST
) -> Generator[Step, None, Moved]:
    """Carry a county's database of a server into a new encrypted file, for a retreat; its recovery key is made anew
    (`new_recovery_key` prints one). Raises UserError; then nothing stands at `path`, and the server goes on."""
    from minzheng_desktop.store.store import Store

    path = path.absolute()
    if store.path is not None:
        raise UserError("not_on_server", f"这个县库已经是一个文件，不用搬回。{KEPT}。")
    if path.exists() or keyslots.keys_path(path).exists():
        raise UserError("file_exists", f"{path} 已经有一个文件，没有覆盖它，{KEPT}。换一个文件名再搬。")
    aside = path.with_name(f"{path.name}.moving")
    remove_leftovers(aside)
    made, _ = Store.create(
        aside, role="county", division=store.site.division, user=store.user, password=password, cost=cost
    )
    try:
        with _source(store) as source:
            try:
                sent, attached, others = yield from _fill(store, source, made)
            finally:
                made.close()
            _mark(store, str(path), holding=True)
            try:
                _put_in_place(aside, path)
            except BaseException:
                _unmark(store.engine)
                raise
    except BaseException:
        remove_leftovers(aside)
        Path(f"{aside}.lock").unlink(missing_ok=True)
        raise
    return Moved(str(path), sent, attached, others)


def _fill(
    store: Store, source: sa.Connection, made: Store
) -> Generator[Step, None, tuple[dict[str, Tally], int, tuple[str, ...]]]:
    """Everything of a server into a file that was just made, in one transaction."""
    u = schema.users.c
    with made.reading() as r:
        slot = r.scalar(sa.select(u.slot))
    with made.engine.connect().execution_options(**database.WRITE) as target, _told(), target.begin():
        for table in reversed(schema.metadata.sorted_tables):
            target.execute(sa.delete(table))
        sent = yield from _carry(source, target, {store.user: slot})
        attached = _table_to_files(source, made)
        yield from _verify(source, target, sent)
        others = _users_without(target, store.user)
        target.execute(sa.update(schema.users).where(u.name != store.user).values(active=0))
        _note(target, store, {"from": store.place, "attachments": attached})
    return sent, attached, others


def reopen(place: str, *, user: str | None, password: str) -> None:
    """Take a moved database up again, where the move's target was lost before anything was done there.

    `place` is a file or a URL. The password is tried as at sign-in. Raises UserError ``not_moved``.
    """
    from minzheng_desktop.store.store import Store

    with contextlib.ExitStack() as stack:
        if postgres.is_url(place):
            engine = postgres.open_postgres(place)
            stack.callback(engine.dispose)
            passwords.sign_in(engine, user=user, password=password)
        else:
            path = Path(place).expanduser().absolute()
            require_file(path)
            stack.callback(database.lock_database(path).release)
            unlocked = vault.open_vault(path, user=user, password=password)
            engine = database.open_sqlcipher(path, unlocked.database_key)
            stack.callback(engine.dispose)
        _unmark(engine)
    opened = (
        Store.open_server(place, user=user, password=password)
        if postgres.is_url(place)
        else Store.open(Path(place).expanduser(), user=user, password=password)
    )
    with opened as store:
        store.note("reopen", {})


# carrying


def _carry(
    source: sa.Connection, target: sa.Connection, ways_in: Mapping[str, str]
) -> Generator[Step, None, dict[str, Tally]]:
    """Send all rows; returns what was sent, for the comparison."""
    counts = {
        table: int(source.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
        for table in TABLES
    }
    of, done = sum(counts.values()), 0
    sent: dict[str, Tally] = {}
    for table in TABLES:
        tallying = Tallying(table)
        names = [column.name for column in table.columns]
        for chunk in chunks_of(source, table):
            tallying.take(chunk)
            rows.insert(
                target, table.name, names, [_with_way_in(table, names, row, ways_in) for row in chunk]
            )
            done += len(chunk)
            yield Step(f"搬 {table.name}", done, of)
        sent[table.name] = tallying.tally()
    _carry_numbers(source, target)
    people = sa.select(schema.people).where(schema.people.c.search_row.is_not(None))
    for some in target.execute(people, execution_options=STREAM).mappings().partitions(CHUNK):
        search.add(target, [(row["search_row"], search.index_text(dict(row))) for row in some])
    return sent


def _with_way_in(
    table: sa.Table, names: list[str], row: tuple[Any, ...], ways_in: Mapping[str, str]
) -> tuple[Any, ...]:
    if table is not schema.users:
        return row
    by_name = dict(zip(names, row, strict=True))
    return tuple({**by_name, "slot": ways_in.get(by_name["name"], "")}[name] for name in names)


def _carry_numbers(source: sa.Connection, target: sa.Connection) -> None:
    """The next number of the tables that number their rows: a number is never given twice, not even after a move."""
    for table in (schema.versions, schema.held):
        (column,) = table.primary_key.columns
        last = _last_number(source, table)
        if target.dialect.name == "postgresql":
            target.exec_driver_sql(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
                (table.name, column.name, max(last, 1), last > 0),
            )
        elif last:
            target.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
            target.exec_driver_sql(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last)
            )


def _last_number(connection: sa.Connection, table: sa.Table) -> int:
    (column,) = table.primary_key.columns
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,))
        return int(found.scalar() or 0)
    sequence = connection.exec_driver_sql(
        "SELECT pg_get_serial_sequence(%s, %s)", (table.name, column.name)
    ).scalar_one()
    last, called = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}").one()
    return int(last) if called else 0


# comparing


def _verify(
    source: sa.Connection, target: sa.Connection, sent: Mapping[str, Tally]
) -> Generator[Step, None, None]:
    """Read everything again in the target and compare. Raises UserError ``move_differs``."""
    of, done = sum(one.rows for one in sent.values()), 0
    for table in TABLES:
        there = tally(target, table)
        done += there.rows
        yield Step(f"核对 {table.name}", done, of)
        if there != sent[table.name]:
            raise _differs(table.name)
    if audit.verify(source) != audit.verify(target):
        raise _differs("audit")


def _differs(table: str) -> UserError:
    return UserError(
        "move_differs",
        f"搬过去以后表 {table} 与原来的不一致，已全部退回，{KEPT}，仍可使用。请检查服务器和磁盘后再搬一次。",
    )


@contextmanager
def _told() -> Iterator[None]:
    """Troubles of either database in words; what is no trouble of disk or line names the move."""
    try:
        with database.disk_errors():
            yield
    except sa.exc.DBAPIError as error:
        raise UserError(
            "move_failed",
            f"搬的时候数据库拒绝了一部分内容（{type(error.orig).__name__}），已全部退回，{KEPT}，仍可使用。",
        ) from error


# attachments


def _files_to_table(store: Store, target: sa.Connection) -> int:
    """Sealed files beside a database into the server's table; damaged ones stay where they are."""
    count = 0
    for file in sealed_files.sealed_files(sealed_files.files_folder(store)):
        data = sealed_files.sealed_bytes(store, file.name)
        if data is not None:
            target.execute(sa.insert(schema.sealed_blobs).values(name=file.name, body=data))
            count += 1
    return count


def _table_to_files(source: sa.Connection, made: Store) -> int:
    count = 0
    b = schema.sealed_blobs.c
    for name, body in source.execute(sa.select(b.name, b.body), execution_options={"stream_results": True}):
        sealed_files.keep_sealed(made, name, bytes(body))
        count += 1
    return count


# beginning and end


def _require_county_file(store: Store) -> None:
    if store.site.role != "county":
        raise UserError("not_a_county", f"只有县库能搬到服务器，乡镇的台账总是一个文件。{KEPT}。")
    if store.path is None:
        raise UserError("already_on_server", f"这个县库已经在服务器上。{KEPT}。")


@contextmanager
def _source(store: Store) -> Iterator[sa.Connection]:
    """One moment's view of the source; on a server nobody else writes until the move has ended."""
    if store.path is not None:
        with store.reading() as r:
            yield r.connection
        return
    with store.engine.connect() as holder:
        holder.exec_driver_sql("SELECT pg_advisory_lock(%s)", (audit.WRITERS,))
        holder.commit()
        try:
            with store.reading() as r:
                refuse_moved(r.setting(MOVED))
                yield r.connection
        finally:
            holder.exec_driver_sql("SELECT pg_advisory_unlock(%s)", (audit.WRITERS,))


def _users_without(target: sa.Connection, mover: str) -> tuple[str, ...]:
    u = schema.users.c
    query = sa.select(u.name).where(u.active == 1, u.name != mover).order_by(u.id)
    return tuple(target.execute(query).scalars())


def _note(target: sa.Connection, store: Store, detail: Mapping[str, Any]) -> None:
    entry = audit.open_entry(target)
    audit.close_entry(target, entry, now_text(), store.user, "move_here", detail)


def _mark(store: Store, place: str, *, holding: bool = False) -> None:
    """The source says where it went. On a server the move holds the writers' turn itself."""
    if not holding:
        with store.writing("move", {"to": place}) as w:
            w.set_setting(MOVED, {"to": place, "at": w.at})
        return
    with store.quiet_writing() as connection:
        values = {"to": place, "at": now_text()}
        connection.execute(sa.delete(schema.settings).where(schema.settings.c.key == MOVED))
        connection.execute(sa.insert(schema.settings).values(key=MOVED, value=values))


def _unmark(engine: sa.Engine) -> None:
    with engine.connect().execution_options(**database.WRITE) as connection, connection.begin():
        gone = connection.execute(sa.delete(schema.settings).where(schema.settings.c.key == MOVED)).rowcount
    if not gone:
        raise UserError("not_moved", "这个县库没有搬走过，照常登录就行。没有改动。")


def _put_in_place(aside: Path, path: Path) -> None:
    """The finished file under its own name: attachments, keys and last the database."""
    folder = sealed_files.folder_of(aside)
    if folder.is_dir():
        folder.rename(sealed_files.folder_of(path))
    keyslots.keys_path(aside).rename(keyslots.keys_path(path))
    aside.rename(path)
    Path(f"{aside}.lock").unlink(missing_ok=True)
