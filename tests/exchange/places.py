"""The county of the tests, on an encrypted file or on a PostgreSQL server: the same tests over both.

On a file they run always. On a server they run with ``pytest -m county``, those marked ``both`` always; ``on_file``
keeps a test to the file, for what a server does not have (a path, key slots, a township's own outbox).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.offices import CHEAP, COUNTY, PASSWORD, County, Store, Town, join, new_county, new_town
from tests.store.conftest import emptied


@pytest.fixture(params=["file", "server"])
def county(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[County]:
    """A county's office; see above for where its database is."""
    folder = tmp_path / "county"
    if request.param == "file":
        made = new_county(folder)
    else:
        folder.mkdir()
        url = emptied(request.getfixturevalue("server"))
        store = Store.create_server(url, division=COUNTY, user="唐敏", password=PASSWORD, cost=CHEAP)
        made = County(store, folder)
    yield made
    made.store.close()


@pytest.fixture
def town(tmp_path: Path, county: County) -> Iterator[Town]:
    """A township that this county enrolled."""
    made = new_town(tmp_path / "town")
    join(made, county)
    yield made
    made.store.close()


def choose(items: list[pytest.Item]) -> None:
    """Mark the tests on a server that run with the county's alone, and leave out those that need a file."""
    kept = []
    for item in items:
        called = getattr(item, "callspec", None)
        if called is None or called.params.get("county") != "server":
            kept.append(item)
        elif item.get_closest_marker("on_file") is None:
            if item.get_closest_marker("both") is None:
                item.add_marker(pytest.mark.county)
            kept.append(item)
    items[:] = kept
