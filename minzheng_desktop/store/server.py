"""A county's database on a PostgreSQL server: making it, signing in to it, and what several people at once need.

Only an administrator's sign-in changes what all share: it brings an older database up to date and a release's
catalogue in. Everybody else is told to wait for it, so that the first reviewer with a newer program does not shut the
others out. A session notices at its next write that its user was removed, that his roles or the catalogue changed, or
that the database became newer than the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from minzheng_desktop import __version__
from minzheng_desktop.store import database, passwords, postgres, schema, shelf
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.moved import MOVED, refuse_moved
from minzheng_desktop.store.places import check_division
from minzheng_desktop.store.unit import CATALOG_NUMBER
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing

ADMIN = "county_admin"
MADE_BY = "shipped_by"
"""The setting that holds the program version whose catalogue is in force."""


def create(
    url: str, *, division: str, user: str, password: str, title: str, cost: Cost, demonstration: bool
) -> Store:
    """Make the county's tables in an empty database of a server, with its first user; returns it open.

    Raises UserError ``server_not_empty``, ``unknown_division`` or what the connection says.
    """
    from minzheng_desktop.store.store import Store

    check_division("county", division)
    slot = passwords.hash_password(password, cost)
    engine = postgres.open_postgres(url)
    try:
        _make_tables(engine, url)
        store = Store(engine, path=None, lock=None, key=None, user=user, url=url)
        store.settle(
            role="county", division=division, user=user, title=title, slot=slot, demonstration=demonstration,
            villages=(),
        )  # fmt: skip
    except BaseException:
        engine.dispose()
        raise
    return store


def _make_tables(engine: sa.Engine, url: str) -> None:
    with engine.connect() as connection:
        number = database.schema_number(connection)
        look = sa.inspect(connection)
        tables = look.get_table_names()
        settled = (
            number
            and connection.execute(
                sa.select(schema.settings.c.key).where(schema.settings.c.key == "site")
            ).scalar()
        )
    if settled:
        raise UserError(
            "server_not_empty",
            f"{postgres.shown(url)} 里已经有一个县库，没有改动它。要用它就直接登录，要新建就请管理员另建一个空库。",
        )
    if number == schema.SCHEMA_NUMBER:
        return  # a creation that was cut off after its tables
    if tables:
        raise UserError(
            "server_not_empty",
            f"{postgres.shown(url)} 里已有别的表（{sorted(tables)[0]} 等），没有改动它。请管理员另建一个空库。",
        )
    database.create_schema(engine)


def sign_in(url: str, *, user: str | None, password: str) -> Store:
    """Open the county's database of a server as one of its users.

    Raises UserError for a wrong password (counted), a database without our tables, a newer one, or an older one that
    an administrator has to bring up to date.
    """
    from minzheng_desktop.store.store import Store

    engine = postgres.open_postgres(url)
    try:
        with engine.connect() as connection:
            found = database.schema_number(connection)
        database.require_known(found, where=postgres.shown(url))
        who = passwords.sign_in(engine, user=user, password=password)
        if found != schema.SCHEMA_NUMBER:
            if ADMIN not in who.roles:
                raise UserError(
                    "server_older",
                    f"县库还是第 {found} 版，本程序用第 {schema.SCHEMA_NUMBER} 版。没有改动它。"
                    "请县局管理员先备份服务器上的库，再用新版程序登录一次，以后大家都能用。",
                )
            database.migrate(engine, found)
        store = Store(engine, path=None, lock=None, key=None, user=who.name, url=url)
        detail = {"wrong_passwords": [one.at for one in who.attempts]} if who.attempts else {}
        if found != schema.SCHEMA_NUMBER:
            detail["migrated_from"] = [str(found)]
        with store.reading() as r:
            refuse_moved(r.setting(MOVED))
        with store.writing("sign_in", detail) as w:
            passwords.forget_told(w.connection, who.id)
            if ADMIN in who.roles and not _newer(str(w.setting(MADE_BY, "")), __version__):
                shelf.renew_shipped(w)
                w.set_setting(MADE_BY, __version__)
    except BaseException:
        engine.dispose()
        raise
    return store


def _newer(one: str, other: str) -> bool:
    def parts(text: str) -> list[int]:
        return [int(part) for part in text.split(".") if part.isdigit()]

    return parts(one) > parts(other)


def require_session(store: Store, w: Writing) -> None:
    """At the start of a unit of work: the session is still one that may write, and knows what others changed.

    Raises UserError ``database_newer`` or ``signed_out``; the user's roles and the catalogue are read again when they
    changed.
    """
    keys = ("schema", "site", MOVED, CATALOG_NUMBER)
    c = schema.settings.c
    known = {row["key"]: row["value"] for row in w.rows(sa.select(c.key, c.value).where(c.key.in_(keys)))}
    number = int(known.get("schema") or 0)
    if number != schema.SCHEMA_NUMBER:
        raise UserError(
            "database_newer",
            f"县库刚被更新的程序升到第 {number} 版，本程序用第 {schema.SCHEMA_NUMBER} 版，这次的修改没有保存。"
            "请换用新版程序登录。",
        )
    refuse_moved(known.get(MOVED))
    if "site" not in store.__dict__ or known.get("site") is None:
        return  # being made
    u = schema.users.c
    row = w.one(sa.select(u.role, u.active).where(u.name == store.user))
    if row is None or not row["active"]:
        raise UserError("signed_out", "这个用户已被管理员移除，这次的修改没有保存。请与县局管理员联系。")
    if store.__dict__.get("roles") not in (None, frozenset(row["role"].split(","))):
        store.__dict__.pop("roles")
    if "catalog" in store.__dict__ and known.get(CATALOG_NUMBER) != store.catalog_number:
        store.catalog_changed()
