"""A township of the demonstration for each test of the shipped services."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forms.township import Township


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Township]:
    made = Township(tmp_path / "修齐镇.mz")
    yield made
    made.store.close()
