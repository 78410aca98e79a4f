"""The connection to a county's PostgreSQL server: its URL, what the database must be like, what its errors mean.

The URL names the server, the database and the account of the server (not the program's user): the account opens the
connection, the user signs in after that (``store.server``). Everything read in one `Reading` is of one moment
(repeatable read); writers take turns by an advisory lock (``store.audit``), so that they see what the one before
wrote. Traps met here: a laptop that sleeps inside a transaction would hold the turn of everybody else (idle limit); a
collation that skips punctuation breaks every search by first digits; a server's messages may be in any language, so
that errors are told by their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from minzheng_desktop.values.errors import UserError

SCHEMES = ("postgresql://", "postgres://")
READ: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Execution options of a connection that only reads: one moment's view, and nothing can be written by mistake."""
MIGRATORS, SIGN_INS = 7401, 7403
"""Advisory locks of a server: who changes the schema, who tries a password (the writers' is in store.audit)."""
LEAST_VERSION = 130_000
_COLLATIONS = ("c", "posix", "c.utf8", "c.utf-8", "pg_c_utf8")
_SETTINGS = (
    "SET lock_timeout = '60s'",
    "SET idle_in_transaction_session_timeout = '10min'",
    "SET tcp_keepalives_idle = 60",
    "SET tcp_keepalives_interval = 10",
    "SET jit = off",
)
CREATE_DATABASE = "CREATE DATABASE 库名 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' TEMPLATE template0"

_LOST = ("server_lost", "与县级数据库服务器的连接断了，这次的修改没有保存。检查网线后再做一次。")
_BUSY = (
    "database_busy",
    "县库正被别人的另一项操作占用（例如正在接收上报包），等了一分钟还没轮到，这次的修改没有保存。稍等再做一次。",
)
_SENTENCES = {
    "53100": ("disk_full", "服务器的磁盘满了，这次的修改没有保存，县库没有变化。请服务器管理员腾出空间。"),
    "53300": ("server_full", "县级数据库服务器的连接满了，没有打开。请让不用的人先退出，或请管理员放宽。"),
    "55P03": _BUSY,
    "40001": _BUSY,
    "40P01": _BUSY,
    "57014": ("server_cancelled", "服务器取消了这次操作，修改没有保存。请再做一次，常发生时找服务器管理员。"),
    "42501": ("server_denied", "数据库账号的权限不够，没有改动。请服务器管理员把表的读写权限授给它。"),
    "25006": ("server_read_only", "连上的服务器只能读（备用机），修改没有保存。请连主服务器再做一次。"),
    "25P03": _LOST,
}
_LOST_CLASSES = ("08", "57P")


def is_url(text: str) -> bool:
    """Whether what was typed for a database names a server rather than a file."""
    return text.strip().lower().startswith(SCHEMES)


def parse_url(text: str) -> sa.URL:
    """The URL for the driver; a server elsewhere is asked for an encrypted line unless the URL says otherwise.

    Raises UserError ``server_url``."""
    try:
        url = sa.make_url(text.strip())
        port, name = url.port, url.database
    except (sa.exc.ArgumentError, ValueError) as e:
        raise _bad_url() from e
    if not is_url(text) or not name or (port is not None and not 0 < port < 65536):
        raise _bad_url()
    local = url.host in (None, "", "localhost", "127.0.0.1", "::1")
    if not local and "sslmode" not in url.query:
        url = url.update_query_dict({"sslmode": "require"})
    return url.set(drivername="postgresql+psycopg")


def _bad_url() -> UserError:
    return UserError(
        "server_url",
        "县级数据库的地址写得不对，没有连接。应写成 postgresql://账号:密码@服务器:5432/库名。",
    )


def shown(text: str) -> str:
    """A URL without its password, for screens and the audit."""
    url = parse_url(text)
    return str(sa.URL.create("postgresql", url.username, None, url.host, url.port, url.database))


def with_password(text: str, password: str) -> str:
    """A URL with the password of the server's account, where one was typed beside it."""
    parse_url(text)
    url = sa.make_url(text.strip())
    return (url.set(password=password) if password else url).render_as_string(hide_password=False)


def open_postgres(text: str) -> sa.Engine:
    """An engine on a PostgreSQL database (county role only).

    Raises UserError ``server_url``, ``server_unreachable``, ``server_insecure``, ``server_refused``,
    ``server_too_old`` or ``server_collation``.
    """
    engine = sa.create_engine(
        parse_url(text),
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "application_name": "minzheng", "client_encoding": "utf8"},
    )

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _: object) -> None:
        before, connection.autocommit = connection.autocommit, True
        for statement in _SETTINGS:
            connection.execute(statement)
        connection.autocommit = before

    try:
        with engine.connect() as connection:
            _require_fit(connection)
    except sa.exc.OperationalError as e:
        engine.dispose()
        raise _unopened(e) from e
    except BaseException:
        engine.dispose()
        raise
    return engine


def _unopened(error: sa.exc.OperationalError) -> UserError:
    state, said = (
        getattr(error.orig, "sqlstate", None),
        str(error.orig),
    )  # often only words: no connection, no number
    if state in ("28P01", "28000") or "authentication failed" in said or "认证失败" in said:
        return UserError(
            "server_refused", "服务器不认这个数据库账号或密码。没有改动任何内容，请照服务器管理员给的写。"
        )
    if state == "3D000" or ("database" in said and ("does not exist" in said or "不存在" in said)):
        return UserError(
            "server_refused", f"服务器上没有这个库。没有改动任何内容。请管理员建库：{CREATE_DATABASE}。"
        )
    if "does not support SSL" in said:
        return UserError(
            "server_insecure",
            "服务器没有开加密连接，没有连上。请管理员开启 SSL；只在单位内部、确知线路安全时，"
            "可以在地址后面写 ?sslmode=disable。",
        )
    found = _SENTENCES.get(state or "")
    if found is not None:
        return UserError(*found)
    return UserError(
        "server_unreachable", "连不上县级数据库服务器。没有改动任何内容，检查地址、账号和网线后再试。"
    )


def _require_fit(connection: sa.Connection) -> None:
    """Raises UserError unless the server is new enough and the database sorts text by its characters."""
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    provider = "datlocprovider" if version >= 150_000 else "'c'"
    encoding, collation, kind = connection.exec_driver_sql(
        f"SELECT pg_encoding_to_char(encoding), datcollate, {provider}"
        " FROM pg_database WHERE datname = current_database()"
    ).one()
    if version < LEAST_VERSION:
        raise UserError(
            "server_too_old",
            f"服务器的 PostgreSQL 是 {version // 10_000} 版，至少要 {LEAST_VERSION // 10_000} 版。没有改动任何内容。",
        )
    if encoding != "UTF8" or kind == "i" or collation.lower() not in _COLLATIONS:
        raise UserError(
            "server_collation",
            f"这个库的编码和排序是 {encoding}、{collation}，查证号前几位会查漏，没有使用它，也没有改动。"
            f"请管理员另建一个库：{CREATE_DATABASE}。",
        )


def told_of(error: sa.exc.DBAPIError) -> UserError | None:
    """The reviewer's error for a trouble of server or line; None for every other error."""
    state = getattr(error.orig, "sqlstate", None) or ""
    found = _SENTENCES.get(state)
    if "NUL (0x00)" in str(error.orig):
        found = (
            "unstorable_text",
            "内容里有不是文字的字符（NUL），服务器不能保存。没有写入，请重新录入那一格。",
        )
    if found is None and (state.startswith(_LOST_CLASSES) or error.connection_invalidated):
        found = _LOST
    return UserError(*found) if found is not None else None


def take_turn(connection: sa.Connection, lock: int, key: str = "") -> None:
    """Wait for an advisory lock that the end of the transaction gives back."""
    if key:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (lock, key))
    else:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (lock,))


def copy_in(connection: sa.Connection, sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Send rows by ``COPY … FROM STDIN`` within the connection's transaction: one statement, no plan per row.

    Errors come as those of any other statement.
    """
    import psycopg

    raw: Any = connection.connection.dbapi_connection
    try:
        with raw.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as e:
        broken = raw.closed
        raise sa.exc.DBAPIError.instance(
            sql, None, e, psycopg.Error, connection_invalidated=broken, dialect=connection.dialect
        ) from e
