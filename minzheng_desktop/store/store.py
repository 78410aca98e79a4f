"""One office's open database: its site, its catalogue in force, and the doors to reading and writing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import database, files, keyslots, postgres, schema, server, shelf, vault
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.moved import MOVED, refuse_moved
from minzheng_desktop.store.places import check_division, remove_leftovers, require_file
from minzheng_desktop.store.unit import CATALOG_NUMBER, Reading, Writing
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from filelock import FileLock

    from minzheng_desktop.catalog.engine import Evaluator
    from minzheng_desktop.catalog.load import Catalog

ROLES = {
    "town_clerk": "经办人",
    "town_leader": "分管领导",
    "county_reviewer": "县局审核员",
    "county_admin": "县局管理员",
}


FIRST_ROLES = {"township": "town_clerk,town_leader", "county": "county_reviewer,county_admin"}
"""Roles of a database's first user, who may have to work alone."""


class Site(msgspec.Struct, frozen=True):
    """What this database is: whose, on which laptop, and what it may do."""

    role: str
    """``township`` or ``county``"""
    division: str
    laptop: str
    letter: str
    epoch: str
    database: str
    demonstration: bool = False
    may_lock: bool = True
    villages: tuple[str, ...] = ()
    """The villages in use; empty means all of the division."""
    enrolled: bool = False
    single_post: bool = False
    """单人岗: one person makes and checks; allowed, and marked wherever it shows."""


class Store:
    """An open database. One thread at a time writes; close it when done."""

    def __init__(
        self,
        engine: sa.Engine,
        *,
        path: Path | None,
        lock: FileLock | None,
        key: bytes | None,
        user: str,
        url: str = "",
    ) -> None:
        self.engine = engine
        self.path = path
        self.url = url
        self.catalog_number: int | None = None
        self.database_key = key
        self.user = user
        self.is_writing = False
        self._lock = lock
        self._evaluators: dict[str, Evaluator] = {}

    # opening and closing

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        role: str,
        division: str,
        user: str,
        password: str,
        title: str = "",
        demonstration: bool = False,
        villages: Sequence[str] = (),
        cost: Cost = vault.DEFAULT_COST,
    ) -> tuple[Store, str]:
        """Make a new database at ``path`` with its first user; returns it open, and the recovery key to print.

        Raises UserError when something stands at ``path``, the division is unknown or the folder is read-only.
        """
        path = path.absolute()
        if role not in ("township", "county"):
            raise UserError("unknown_role", f"没有“{role}”这种用法。请选 township（乡镇）或 county（县局）。")
        if path.exists():
            raise UserError("file_exists", f"{path} 已经有一个文件，没有覆盖它。换一个文件名，或直接打开它。")
        check_division(role, division)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise UserError("folder_not_writable", f"建不了文件夹 {path.parent}。换一个可写的位置。") from e
        if keyslots.keys_path(path).exists():
            raise UserError(
                "keys_without_database",
                f"{keyslots.keys_path(path).name} 是另一个台账的钥匙文件，没有覆盖它。"
                "找回那个台账文件放在一起，或把它移到别处再新建。",
            )
        lock = database.lock_database(path)
        building = path.with_name(f"{path.name}.new")
        try:
            remove_leftovers(building)  # left by a creation that was cut off
            new = vault.create_vault(building, user=user, password=password, cost=cost)
            engine = database.open_sqlcipher(building, new.database_key)
            with database.disk_errors():
                database.create_schema(engine)
            store = cls(engine, path=building, lock=None, key=new.database_key, user=user)
            store.settle(
                role=role,
                division=division,
                user=user,
                title=title,
                slot=vault.list_slots(building)[0].id,
                demonstration=demonstration,
                villages=tuple(villages),
            )
            store.close()
            os.replace(keyslots.keys_path(building), keyslots.keys_path(path))
            os.replace(building, path)
            files.flush_folder(path.parent)
            engine = database.open_sqlcipher(path, new.database_key)
        except BaseException:
            lock.release()
            remove_leftovers(building)
            raise
        return cls(engine, path=path, lock=lock, key=new.database_key, user=user), new.recovery_key

    @classmethod
    def open(cls, path: Path, *, user: str | None = None, password: str) -> Store:
        """Open a database with a user's password (``user=None``: the only one)."""
        return cls._unlocked(path, lambda found: vault.open_vault(found, user=user, password=password))

    @classmethod
    def create_server(
        cls,
        url: str,
        *,
        division: str,
        user: str,
        password: str,
        title: str = "",
        demonstration: bool = False,
        cost: Cost = vault.DEFAULT_COST,
    ) -> Store:
        """Make a county's database in an empty PostgreSQL database (store.server.create)."""
        return server.create(
            url, division=division, user=user, password=password, title=title, cost=cost, demonstration=demonstration
        )  # fmt: skip

    @classmethod
    def open_server(cls, url: str, *, user: str | None = None, password: str) -> Store:
        """Open a county's database on a PostgreSQL server (store.server.sign_in)."""
        return server.sign_in(url, user=user, password=password)

    @classmethod
    def open_with_recovery(cls, path: Path, *, recovery_key: str) -> Store:
        """Open a database with its printed recovery key, so that a password can be set anew."""
        return cls._unlocked(path, lambda found: vault.open_with_recovery(found, recovery_key))

    @classmethod
    def open_with_escrow(cls, path: Path, *, identity: str) -> Store:
        """Open a database with the county's age identity, where it was given into the county's keeping."""
        return cls._unlocked(path, lambda found: vault.open_with_escrow(found, identity))

    @classmethod
    def _unlocked(cls, path: Path, unlock: Callable[[Path], vault.Unlocked]) -> Store:
        path = path.absolute()
        require_file(path)
        lock = database.lock_database(path)
        try:
            return cls._opened(path, lock, unlock(path))
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _opened(cls, path: Path, lock: FileLock, unlocked: vault.Unlocked) -> Store:
        key = unlocked.database_key
        try:
            engine = database.open_sqlcipher(path, key)
        except UserError:
            if unlocked.next_key is None:
                raise
            key = unlocked.next_key
            engine = database.open_sqlcipher(path, key)
        store = cls(engine, path=path, lock=lock, key=key, user="")
        try:
            store._sign_in(path, unlocked)
        except BaseException:
            engine.dispose()  # an open connection would keep files beside a database that was not opened
            raise
        return store

    def _sign_in(self, path: Path, unlocked: vault.Unlocked) -> None:
        assert self.database_key is not None
        if unlocked.next_key is not None:
            vault.finish_rekey(path, database_key=unlocked.database_key, in_force=self.database_key)
        with database.disk_errors():
            database.bring_up_to_date(self.engine, before=self._backup_before_migration)
        with self.reading() as r:
            refuse_moved(r.setting(MOVED))
            names = r.rows(sa.select(schema.users.c.name).where(schema.users.c.slot == unlocked.slot_id))
        self.user = names[0]["name"] if names else "恢复密钥"
        attempts = vault.take_attempts(path)
        detail = {"wrong_passwords": [a.at for a in attempts]} if attempts else {}
        with self.writing("sign_in", detail | ({"altered_keys": True} if unlocked.altered else {})) as w:
            shelf.renew_shipped(w)

    def settle(
        self,
        *,
        role: str,
        division: str,
        user: str,
        title: str,
        slot: str,
        demonstration: bool,
        villages: tuple[str, ...],
    ) -> None:
        """Write the first rows of a new database: the site, its first user, the shipped catalogue."""
        site = Site(
            role=role,
            division=division,
            laptop=new_id(),
            letter="A",
            epoch=new_id(),
            database=new_id(),
            demonstration=demonstration,
            villages=villages,
        )
        self.__dict__["site"] = site
        with self.writing("create_database", {"division": division, "role": role}) as w:
            w.set_setting("site", msgspec.to_builtins(site))
            w.insert(
                "users",
                [
                    {
                        "id": new_id(),
                        "name": user,
                        "title": title,
                        "role": FIRST_ROLES[role],
                        "slot": slot,
                        "active": 1,
                    }
                ],
            )
            shelf.renew_shipped(w)

    def close(self) -> None:
        """Fold the write-ahead log into the file, where there is room, and let go of the lock."""
        if self.path is not None:
            own = self.engine.dialect.loaded_dbapi.Error  # raised by the raw connection, past SQLAlchemy's
            with contextlib.suppress(sa.exc.DBAPIError, own), self.engine.connect() as connection:
                raw = connection.connection.dbapi_connection
                if raw is not None:
                    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # what it is

    @property
    def place(self) -> str:
        """The file, or the server's address without its password."""
        return str(self.path) if self.path is not None else postgres.shown(self.url) if self.url else ""

    @cached_property
    def site(self) -> Site:
        with self.reading() as r:
            return msgspec.convert(r.setting("site"), Site)

    @cached_property
    def catalog(self) -> Catalog:
        """The forms, codes, rates, workflows and divisions in force here."""
        with self.reading() as r:
            self.catalog_number = r.setting(CATALOG_NUMBER)
            return shelf.load(r)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The signed-in user's roles (keys of ROLES)."""
        with self.reading() as r:
            row = r.one(sa.select(schema.users.c.role).where(schema.users.c.name == self.user))
        return frozenset(str(row["role"]).split(",")) if row else frozenset()

    @cached_property
    def single_post(self) -> bool:
        """单人岗: set for this office, or nobody else works here. Maker and checker are then one, and marked so."""
        with self.reading() as r:
            others = r.scalar(
                sa.select(sa.func.count())
                .select_from(schema.users)
                .where(schema.users.c.active == 1, schema.users.c.name != self.user)
            )
        return self.site.single_post or not others

    def change_site(self, w: Writing, **changes: Any) -> None:
        """Change what the database is (enrolled, may_lock, epoch, villages …) within a unit of work, on top of what the
        same unit changed before; `site` tells it once the unit is committed."""
        site = msgspec.structs.replace(msgspec.convert(w.setting("site"), Site), **changes)
        w.set_setting("site", msgspec.to_builtins(site))
        w.on_commit.append(lambda: self.__dict__.__setitem__("site", site))

    def evaluator(self, form_key: str) -> Evaluator:
        """The engine that judges documents of a form; made once, its conditions compiled at first use."""
        found = self._evaluators.get(form_key)
        if found is None:
            from minzheng_desktop.catalog.engine import Evaluator

            found = self._evaluators[form_key] = Evaluator(self.catalog.forms[form_key], self.catalog)
        return found

    def catalog_changed(self) -> None:
        """Forget the loaded catalogue; the next use loads what is in force now."""
        self.__dict__.pop("catalog", None)
        self._evaluators.clear()

    # doors

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reading]:
        """A read transaction: one moment's view."""
        options = postgres.READ if self.path is None else {}
        with (
            database.disk_errors(),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield Reading(self, connection)

    @contextlib.contextmanager
    def writing(self, action: str, detail: Mapping[str, Any] | None = None) -> Iterator[Writing]:
        """The one write path: commits everything with one audit entry, or nothing."""
        with (
            database.disk_errors(),
            self.engine.connect().execution_options(**database.WRITE) as connection,
            connection.begin(),
        ):
            w = Writing(self, connection, action, detail)
            if self.path is None:
                server.require_session(self, w)
            self.is_writing = True
            try:
                yield w
                w.finish()
            finally:
                self.is_writing = False
        for call in w.on_commit:
            call()

    @contextlib.contextmanager
    def quiet_writing(self) -> Iterator[sa.Connection]:
        """A transaction without version and audit, for what is nobody's record: drafts and window settings."""
        with (
            database.disk_errors(),
            self.engine.connect().execution_options(**database.WRITE) as connection,
            connection.begin(),
        ):
            yield connection

    def note(self, action: str, detail: Mapping[str, Any]) -> None:
        """Write an audit entry alone: a reveal, a print, an export."""
        with self.writing(action, detail):
            pass

    def _backup_before_migration(self) -> None:
        from minzheng_desktop.store import backup

        assert self.path is not None
        stamp = now_text().replace(":", "").replace("-", "")[:15]
        target = self.path.with_name(f"{self.path.name}.{stamp}.mzbak")
        backup.write_backup(self, target, registered=False)
