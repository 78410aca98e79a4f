"""A county and one enrolled township, for the tests of the exchange."""

from __future__ import annotations

import pytest

from tests.exchange.places import choose, county, town

__all__ = ["county", "town"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Which tests run on a server too."""
    choose(items)
