"""A county and one enrolled township, for the tests of the county."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.offices import County, Town, join, new_county, new_town
from tests.store.conftest import server, server_office

__all__ = ["county", "server", "server_office", "town"]


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    made = new_county(tmp_path / "county")
    yield made
    made.store.close()


@pytest.fixture
def town(tmp_path: Path, county: County) -> Iterator[Town]:
    made = new_town(tmp_path / "town")
    join(made, county)
    yield made
    made.store.close()
