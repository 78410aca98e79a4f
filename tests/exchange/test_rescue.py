"""Lost passwords: the database's own recovery key, and the county's root key for a township that it enrolled."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from minzheng_desktop.county.keys.enrolments import issue_enrolment
from minzheng_desktop.exchange.first_start import start_office
from minzheng_desktop.exchange.rescue import rescue
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.recovery_key import new_recovery_key
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError

CHEAP = Cost(memory_kib=1024, passes=1, lanes=1)
TODAY = date(2026, 6, 18)
COUNTY, TOWN = "500229", "500229201"


@pytest.fixture
def offices(tmp_path: Path) -> tuple[Path, str, str]:
    """A township's database, its recovery key and its county's root key."""
    county, _ = Store.create(
        tmp_path / "county.db",
        role="county",
        division=COUNTY,
        user="李审核",
        password="county horse",
        cost=CHEAP,
    )
    with county:
        issued = issue_enrolment(county, division=TOWN, out=tmp_path / "town.mzenrol", today=TODAY)
    path = tmp_path / "town.db"
    town, key = start_office(
        path, role="township", division=TOWN, user="王经办", password="town horse", today=TODAY, cost=CHEAP,
        enrolment=issued.file, phrase=issued.phrase,
    )  # fmt: skip
    town.close()
    return path, key, issued.root_key


def test_the_county_opens_what_it_enrolled_and_the_visit_stands_in_the_audit(
    offices: tuple[Path, str, str],
) -> None:
    path, _, root = offices
    assert rescue(path, key=root, user="王经办", password="new horse 1", cost=CHEAP) == "county"
    with pytest.raises(UserError):
        Store.open(path, user="王经办", password="town horse")
    with Store.open(path, user="王经办", password="new horse 1") as store, store.reading() as r:
        import sqlalchemy as sa

        from minzheng_desktop.store import schema

        noted = [row["detail"] for row in r.rows(sa.select(schema.audit)) if row["action"] == "rescue"]
    assert noted == [{"user": "王经办", "key": "county"}]


def test_the_recovery_key_does_the_same_without_a_county(offices: tuple[Path, str, str]) -> None:
    path, key, _ = offices
    assert rescue(path, key=key, user="王经办", password="new horse 2", cost=CHEAP) == "recovery"
    Store.open(path, user="王经办", password="new horse 2").close()


def test_a_strange_key_and_a_strange_name_change_nothing(offices: tuple[Path, str, str]) -> None:
    path, key, _ = offices
    with pytest.raises(UserError) as wrong:
        rescue(path, key=new_recovery_key(), user="王经办", password="new horse 3", cost=CHEAP)
    assert wrong.value.code == "recovery_key_wrong"
    with pytest.raises(UserError, match="这份台账的用户有：王经办"):
        rescue(path, key=key, user="张三", password="new horse 3", cost=CHEAP)
    Store.open(path, user="王经办", password="town horse").close()
