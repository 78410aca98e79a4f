"""Users of a database: who may open it, in which roles; a name is kept, a slot opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import database, passwords, schema, vault
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store

LEAST_PASSWORD = 8
"""Characters that a password chosen here must have at least."""


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
    """Let one more person open the database, or somebody who left come back.

    `roles`: those of this office (`office_roles`). Raises UserError ``user_name_missing``, ``user_exists``,
    ``unknown_role``, ``password_short``.
    """
    _require_admin(store, "没有添加用户")
    name, own = name.strip(), office_roles(store)
    if not name:
        raise UserError("user_name_missing", "没有写姓名，没有添加用户。请写上新用户的姓名。")
    if not roles or any(role not in own for role in roles):
        words = "、".join(f"{key}（{title}）" for key, title in own.items())
        raise UserError("unknown_role", f"本单位的角色只能是：{words}。没有添加用户。")
    _require_length(password)
    before = {user.name: user for user in list_users(store)}.get(name)
    if before is not None and before.active:
        raise UserError(
            "user_exists", f"用户“{name}”已能打开这个台账，没有重复添加。要换口令请用“修改口令”。"
        )
    if store.path is None or store.database_key is None:
        slot = passwords.hash_password(password, cost)
    else:
        slot = vault.add_user_slot(
            store.path, database_key=store.database_key, user=name, password=password, cost=cost
        ).id
    user = User(before.id if before is not None else new_id(), name, title, roles, True)
    values = {"title": title, "role": ",".join(roles), "slot": slot, "active": 1}
    with store.writing("add_user", {"user": name, "roles": list(roles)}) as w:
        if before is not None:
            w.update("users", values, schema.users.c.id == user.id)
        else:
            w.insert("users", [{"id": user.id, "name": name, **values}])
    store.__dict__.pop("single_post", None)
    return user


def remove_user(store: Store, *, name: str) -> None:
    """Close a person's way in and change the database key, so that an old copy of the keys opens nothing new.

    Raises UserError ``no_such_user``, ``last_user`` for the only one, ``own_user`` for oneself.
    """
    _require_admin(store, "没有移除用户")
    active = [user.name for user in list_users(store) if user.active]
    if name not in active:
        words = "、".join(active)
        raise UserError("no_such_user", f"没有名为“{name}”的用户，没有移除。现有：{words}。请核对姓名。")
    if len(active) == 1:
        raise UserError(
            "last_user", f"{name}是最后一个能打开台账的用户，没有移除。先添加接手的人，再由他移除。"
        )
    if name == store.user:
        raise UserError("own_user", "不能移除自己。没有改动，请由另一个用户来做。")
    on_server = store.path is None or store.database_key is None
    if store.path is not None and store.database_key is not None:
        vault.remove_user_slot(store.path, database_key=store.database_key, user=name)
    with store.writing("remove_user", {"user": name}) as w:
        w.update("users", {"active": 0, **({"slot": ""} if on_server else {})}, schema.users.c.name == name)
    store.__dict__.pop("single_post", None)
    if not on_server:
        rekey(store)


def change_password(store: Store, *, old: str, new: str, cost: Cost = vault.DEFAULT_COST) -> None:
    """Another password for the one who is signed in; the old one is tried, and counted, as at sign-in.

    Raises UserError ``password_short``, ``wrong_password``.
    """
    _require_length(new)
    if store.path is None:
        passwords.sign_in(store.engine, user=store.user, password=old)
        _set_hash(store, store.user, new, cost, action="change_password")
        return
    vault.change_password(store.path, user=store.user, old_password=old, new_password=new, cost=cost)
    store.note("change_password", {})


def reset_password(store: Store, *, name: str, password: str, cost: Cost = vault.DEFAULT_COST) -> None:
    """On a server, an administrator gives somebody who forgot it a new password; nobody waits any more.

    Raises UserError ``file_users`` for a file (its way is the recovery key), ``not_allowed``, ``no_such_user``.
    """
    if store.path is not None:
        raise UserError("file_users", "单机的台账忘记口令用恢复密钥重设（key rescue）。没有改动。")
    _require_admin(store, "没有改动")
    _require_length(password)
    if not any(user.name == name and user.active for user in list_users(store)):
        raise UserError("no_such_user", f"没有用户“{name}”。没有改动，请核对姓名。")
    _set_hash(store, name, password, cost, action="reset_password")


def _set_hash(store: Store, name: str, password: str, cost: Cost, *, action: str) -> None:
    hashed = passwords.hash_password(password, cost)
    with store.writing(action, {"user": name}) as w:
        w.update("users", {"slot": hashed}, schema.users.c.name == name)
        user = w.scalar(sa.select(schema.users.c.id).where(schema.users.c.name == name))
        w.delete("settings", schema.settings.c.key == f"{passwords.COUNTED}{user}")


def _require_admin(store: Store, kept: str) -> None:
    """On a server only an administrator manages users; on a file whoever has signed in."""
    if store.path is None and "county_admin" not in store.roles:
        raise UserError("not_allowed", f"只有县局管理员能管理用户，{kept}。请由管理员办理。")


def office_roles(store: Store) -> dict[str, str]:
    """The roles that users of this office may have: key and title."""
    from minzheng_desktop.store.store import ROLES

    own = "county" if store.site.role == "county" else "town"
    return {key: title for key, title in ROLES.items() if key.startswith(f"{own}_")}


def _require_length(password: str) -> None:
    if len(password) < LEAST_PASSWORD:
        raise UserError(
            "password_short",
            f"新口令只有 {len(password)} 位，没有设置。至少 {LEAST_PASSWORD} 位，可以用一句话的拼音。",
        )


def new_recovery_key(store: Store, *, cost: Cost = vault.DEFAULT_COST) -> str:
    """Make the printed recovery key void and return a new one, to be printed now; noted in the audit."""
    if store.path is None or store.database_key is None:
        raise UserError("server_users", "服务器上的县库没有恢复密钥，忘记口令由县局管理员重设。没有改动。")
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
    try:
        if store.path is None:
            return passwords.sign_in(store.engine, user=name, password=password).name
        unlocked = vault.open_vault(store.path, user=name, password=password)
    except UserError as error:
        if error.code != "wrong_password":
            raise
        _, _, then = error.message.partition("。")
        raise UserError(error.code, f"{name}的口令不对，没有改动。{then}") from error
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
