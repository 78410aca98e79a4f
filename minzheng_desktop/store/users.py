"""Users of a database: who may open it, in which roles; a name is kept, a slot opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import database, schema, vault
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store


class User(msgspec.Struct, frozen=True):
    """One user: ``roles`` are keys of ROLES."""

    id: str
    name: str
    title: str
    roles: tuple[str, ...]
    active: bool


def list_users(store: Store) -> list[User]:
    """All users, those who left too."""
    with store.reading() as r:
        rows = r.rows(sa.select(schema.users).order_by(schema.users.c.id))
    return [
        User(u["id"], u["name"], u["title"] or "", tuple(u["role"].split(",")), bool(u["active"]))
        for u in rows
    ]


def add_user(
    store: Store,
    *,
    name: str,
    password: str,
    roles: tuple[str, ...],
    title: str = "",
    cost: Cost = vault.DEFAULT_COST,
) -> User:
    """Let one more person open the database. Raises UserError ``user_exists`` or ``unknown_role``."""
    from minzheng_desktop.store.store import ROLES

    if store.path is None or store.database_key is None:
        raise UserError("server_users", "服务器上的数据库由管理员开户。没有添加用户。")
    if not roles or any(role not in ROLES for role in roles):
        raise UserError("unknown_role", f"角色只能是：{'、'.join(ROLES.values())}。没有添加用户。")
    slot = vault.add_user_slot(
        store.path, database_key=store.database_key, user=name, password=password, cost=cost
    )
    user = User(new_id(), name, title, roles, True)
    with store.writing("add_user", {"user": name, "roles": list(roles)}) as w:
        w.insert(
            "users",
            [
                {
                    "id": user.id,
                    "name": name,
                    "title": title,
                    "role": ",".join(roles),
                    "slot": slot.id,
                    "active": 1,
                }
            ],
        )
    store.__dict__.pop("single_post", None)
    return user


def remove_user(store: Store, *, name: str) -> None:
    """Close a person's way in and change the database key, so that an old copy of the keys opens nothing new.

    Raises UserError ``no_such_user``, or ``last_user`` for the last one.
    """
    if store.path is None or store.database_key is None:
        raise UserError("server_users", "服务器上的数据库由管理员销户。没有移除用户。")
    if name == store.user:
        raise UserError("own_user", "不能移除自己。没有改动，请由另一个用户来做。")
    vault.remove_user_slot(store.path, database_key=store.database_key, user=name)
    with store.writing("remove_user", {"user": name}) as w:
        w.update("users", {"active": 0}, schema.users.c.name == name)
    store.__dict__.pop("single_post", None)
    rekey(store)


def new_recovery_key(store: Store, *, cost: Cost = vault.DEFAULT_COST) -> str:
    """Make the printed recovery key void and return a new one, to be printed now; noted in the audit."""
    if store.path is None or store.database_key is None:
        raise UserError("server_users", "服务器上的数据库没有恢复密钥，由管理员备份密钥。没有改动。")
    key = vault.replace_recovery_key(store.path, database_key=store.database_key, cost=cost)
    store.note("new_recovery_key", {})
    return key


def confirm_second(store: Store, *, name: str, password: str) -> str:
    """The name of a second person of this office who has just given the password; the session stays the first's.

    A wrong password counts as at sign-in. Raises UserError same_person, no_such_user, keys_altered when the key file
    lets in somebody whom this database did not (a slot put there by another hand), or what a wrong password says.
    """
    if name == store.user:
        raise UserError("same_person", f"{name}就是现在登录的人。没有改动，请另一个人来核对。")
    if not any(user.name == name and user.active for user in list_users(store)):
        raise UserError("no_such_user", f"没有用户“{name}”。没有改动，请核对姓名。")
    assert store.path is not None
    unlocked = vault.open_vault(store.path, user=name, password=password)
    if unlocked.altered or store.database_key not in (unlocked.database_key, unlocked.next_key):
        raise UserError(
            "keys_altered",
            f"密钥文件里{name}的那一份不是这个台账给的，可能被别的程序换过。没有改动，请从备份恢复密钥文件后再做一次。",
        )
    return name


def rekey(store: Store) -> None:
    """Encrypt the whole database anew; cut off in between, either key opens it at the next start."""
    assert store.path is not None
    assert store.database_key is not None
    old = store.database_key
    new = vault.begin_rekey(store.path, database_key=old)
    with store.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.engine.dispose()
    store.engine = database.rekey_sqlcipher(store.path, old, new)
    store.database_key = new
    vault.finish_rekey(store.path, database_key=old, in_force=new)
    store.note("rekey", {})
