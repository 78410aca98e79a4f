"""An office whose rates are no examples, with July 2024's standards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benefits.offices import Office
from tests.benefits.samples import BATH, DIBAO, ELDER, RAISE, choice


@pytest.fixture
def empty_office(tmp_path: Path) -> Iterator[Office]:
    """An office with the shipped example rates."""
    office = Office(tmp_path / "修齐镇.mz")
    yield office
    office.store.close()


@pytest.fixture
def office(empty_office: Office) -> Office:
    """An office with a county's own rates, the raise of September 2024 among them."""
    tier = choice("elder.tier_change_rule", "birthday")
    empty_office.use_rates([*DIBAO, RAISE, *ELDER, *BATH, tier])
    return empty_office
