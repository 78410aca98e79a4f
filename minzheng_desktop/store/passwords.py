"""Passwords of a server's users: Argon2id hashes in the table ``users``, wrong attempts counted in ``settings``.

A server has no key file: what protects its contents are the accounts of the server itself. The program's password
says who works, for the audit and the roles. It is counted and delayed exactly as for a file (``store.attempts``); a
name that nobody has costs the same time and is counted under one common entry.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import attempts, database, keyslots, postgres, schema
from minzheng_desktop.store.keyslots import Attempt, Cost, Failures
from minzheng_desktop.values.errors import UserError

FORMAT = "argon2id"
COUNTED = "sign_in:"
"""The settings' key of a user's wrong attempts, followed by the user's id."""
WAY_OUT = "忘记口令请县局管理员重设，管理员忘了用县局根密钥（key rescue）"
_DECOY = Cost(memory_kib=65_536, passes=3, lanes=2)


class SignedIn(msgspec.Struct, frozen=True):
    """Who gave the right password, in which roles, and where the wrong attempts before it are kept."""

    id: str
    name: str
    roles: tuple[str, ...]
    attempts: tuple[Attempt, ...] = ()


def hash_password(password: str, cost: Cost) -> str:
    """A password's salted Argon2id hash with its parameters, as one text."""
    attempts.require_password(password)
    return _hashed(password, cost)


def _hashed(password: str, cost: Cost) -> str:
    salt = secrets.token_bytes(16)
    digest = keyslots.derive(attempts.password_bytes(password), salt, cost)
    parts = (FORMAT, cost.memory_kib, cost.passes, cost.lanes, _text(salt), _text(digest))
    return "$".join(map(str, parts))


def fits(password: str, hashed: str) -> bool:
    """Whether a password is the hashed one; False for what is no hash of this module."""
    parts = hashed.split("$")
    if len(parts) != 6 or parts[0] != FORMAT:
        return False
    cost = Cost(*map(int, parts[1:4]))
    if not cost.within_reason():
        return False
    salt, digest = base64.b64decode(parts[4]), base64.b64decode(parts[5])
    return hmac.compare_digest(keyslots.derive(attempts.password_bytes(password), salt, cost), digest)


def sign_in(engine: sa.Engine, *, user: str | None, password: str, now: datetime | None = None) -> SignedIn:
    """Try a password; wrong ones are counted and delayed. `user` None means the only one.

    Attempts of one user at several machines take turns, so that the delay cannot be outrun. Raises UserError
    ``wrong_password``, ``too_many_attempts`` or ``user_needed``.
    """
    now = now or datetime.now().astimezone()
    with engine.connect().execution_options(**database.WRITE) as connection, connection.begin():
        row = _user(connection, user)
        key = COUNTED + (row["id"] if row is not None else "")
        postgres.take_turn(connection, postgres.SIGN_INS, key)
        before = _failures(connection, key)
        attempts.refuse_during_delay(before, now, way_out=WAY_OUT)
        if row is not None and fits(password, row["slot"]):
            _keep(connection, key, msgspec.structs.replace(before, count=0, until=""))
            return SignedIn(row["id"], row["name"], tuple(row["role"].split(",")), before.untold)
        if row is None:
            _hashed(password, _DECOY)
        attempt = Attempt(keyslots.stamp(now), "user", row["id"] if row is not None else "")
        _keep(connection, key, attempts.after_failure(before, attempt, now))
    raise attempts.wrong_password(before.count + 1, way_out=WAY_OUT)


def forget_told(connection: sa.Connection, user: str) -> None:
    """The audit has taken over a user's wrong attempts; the count and the delay stay as they are."""
    key = COUNTED + user
    _keep(connection, key, msgspec.structs.replace(_failures(connection, key), untold=(), dropped=0))


def _user(connection: sa.Connection, user: str | None) -> dict[str, str] | None:
    u = schema.users.c
    query = sa.select(u.id, u.name, u.role, u.slot).where(u.active == 1)
    if user is not None:
        query = query.where(u.name == user.strip())
    found = [dict(row) for row in connection.execute(query).mappings()]
    if user is None and len(found) != 1:
        raise UserError("user_needed", f"这个县库有 {len(found)} 个用户，没有打开。请写明是哪一个用户。")
    return found[0] if found else None


def _failures(connection: sa.Connection, key: str) -> Failures:
    value = connection.execute(
        sa.select(schema.settings.c.value).where(schema.settings.c.key == key)
    ).scalar()
    return Failures() if value is None else msgspec.convert(value, Failures)


def _keep(connection: sa.Connection, key: str, failures: Failures) -> None:
    connection.execute(sa.delete(schema.settings).where(schema.settings.c.key == key))
    if failures != Failures():
        connection.execute(sa.insert(schema.settings).values(key=key, value=msgspec.to_builtins(failures)))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
