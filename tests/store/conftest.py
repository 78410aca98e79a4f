"""Real databases for the tests: an encrypted file with a cheap key derivation, and a PostgreSQL of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng_desktop.store import postgres
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.store import Store

CHEAP = Cost(memory_kib=1024, passes=1, lanes=1)
TOWN = "500229106"
PASSWORD = "correct horse"


def new_office(path: Path, **more: object) -> Store:
    return Store.create(
        path, role="township", division=TOWN, user="周晓岚", password=PASSWORD, cost=CHEAP, **more
    )[0]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Store]:
    store = new_office(tmp_path / "修齐镇.mz")
    yield store
    store.close()


def emptied(url: str) -> str:
    """The server's database without any table."""
    engine = postgres.open_postgres(url)
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()
    return url


@pytest.fixture
def server_office(server: str) -> Iterator[Store]:
    store = Store.create_server(
        emptied(server), division="500229", user="唐敏", password=PASSWORD, cost=CHEAP
    )
    yield store
    store.close()


@pytest.fixture(params=["office", "server_office"])
def store(request: pytest.FixtureRequest) -> Store:
    """The same test on SQLCipher and on PostgreSQL."""
    found: Store = request.getfixturevalue(request.param)
    return found
