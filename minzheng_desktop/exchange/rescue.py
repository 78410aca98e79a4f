"""Opening a database whose passwords are lost, with a key on paper: its own recovery key, or the county's root key."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from minzheng_desktop.exchange.files.keys import paper_identity
from minzheng_desktop.store import schema, vault
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError


def rescue(path: Path, *, key: str, user: str, password: str, cost: Cost = vault.DEFAULT_COST) -> str:
    """Give a user a new password by a key on paper; returns "recovery" or "county" for the key that fitted.

    The county's root key opens the databases of the townships that it enrolled (escrow). Raises UserError for a key
    that fits neither (counted, as a wrong password is), no_such_user naming who there is; then nothing was changed.
    """
    store, which = _open(path, key)
    with store:
        with store.reading() as r:
            known = sa.select(schema.users.c.name).where(schema.users.c.active == 1)
            names = list(r.connection.execute(known).scalars())
        if user not in names:
            raise UserError(
                "no_such_user", f"没有用户“{user}”，密码没有改。这份台账的用户有：{'、'.join(names)}。"
            )
        assert store.database_key is not None
        vault.reset_password(path, database_key=store.database_key, user=user, password=password, cost=cost)
        store.note("rescue", {"user": user, "key": which})
    return which


def _open(path: Path, key: str) -> tuple[Store, str]:
    try:
        return Store.open_with_escrow(path, identity=str(paper_identity(key))), "county"
    except UserError as error:
        if error.code != "escrow_wrong":
            raise
    return Store.open_with_recovery(path, recovery_key=key), "recovery"
