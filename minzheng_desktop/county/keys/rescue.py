"""The last administrator of a county on a server forgot the password: the county's root key on paper sets a new one."""

from __future__ import annotations

import sqlalchemy as sa

from minzheng_desktop.county.keys.enrolments import CERTIFICATE_SETTING
from minzheng_desktop.exchange.files.keys import paper_identity
from minzheng_desktop.store import audit, database, passwords, postgres, schema, vault
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError


def rescue_on_server(
    url: str, *, key: str, user: str, password: str, cost: Cost = vault.DEFAULT_COST
) -> None:
    """Give a user of a county's server a new password by the root key; noted in the audit.

    Raises UserError ``no_root_key`` where none was made yet, ``recovery_key_wrong``, ``no_such_user``; then nothing
    was changed.
    """
    recipient = str(paper_identity(key).to_public())
    hashed = passwords.hash_password(password, cost)
    engine = postgres.open_postgres(url)
    try:
        with (
            database.disk_errors(),
            engine.connect().execution_options(**database.WRITE) as connection,
            connection.begin(),
        ):
            database.require_known(database.schema_number(connection), where=postgres.shown(url))
            entry = audit.open_entry(connection)
            s, u = schema.settings.c, schema.users.c
            certificate = connection.execute(sa.select(s.value).where(s.key == CERTIFICATE_SETTING)).scalar()
            if certificate is None:
                raise UserError(
                    "no_root_key",
                    "这个县库还没有根密钥（没有发过接入文件），口令没有改。请另一位管理员用 user reset 重设。",
                )
            if certificate["recovery"] != recipient:
                raise UserError(
                    "recovery_key_wrong", "这不是这个县的根密钥，口令没有改。请找到封存的那一张。"
                )
            row = connection.execute(sa.select(u.id).where(u.name == user, u.active == 1)).first()
            if row is None:
                raise UserError("no_such_user", f"没有用户“{user}”，口令没有改。请核对姓名。")
            connection.execute(sa.update(schema.users).where(u.id == row.id).values(slot=hashed))
            connection.execute(sa.delete(schema.settings).where(s.key == f"{passwords.COUNTED}{row.id}"))
            audit.close_entry(connection, entry, now_text(), user, "rescue", {"user": user, "key": "county"})
    finally:
        engine.dispose()
