"""The same figures on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from minzheng_desktop.reports.annual import annual_figures
from minzheng_desktop.reports.behind import name_records
from minzheng_desktop.reports.indicators import counted_by
from minzheng_desktop.reports.monthly import Count, monthly_report
from minzheng_desktop.store.store import Store
from tests.reports.offices import NORTH, SOUTH, County, members
from tests.store.conftest import server_office

__all__ = ["server_office"]


@pytest.fixture
def on_server(server_office: Store, tmp_path: Path) -> County:
    return County(tmp_path / "none", store=server_office)


def test_year_and_month_are_counted_alike(on_server: County) -> None:
    county = on_server
    first = [county.person(f"甲{n}") for n in range(3)]
    record = county.dibao(first, month="2024-02", doc={"single_by_hardship": False})
    county.term(record, "2025-01", {"members": members(first[:1]), "record": {"quantity": 1}})
    twin = county.person("甲0", SOUTH, like=first[0])
    left = county.dibao([twin], SOUTH, month="2024-05")
    county.step(left, "stopped", "2024-11-20", "2024-12")
    county.pay("dibao", "2024-03", {record: 123450})
    county.record("marriage", {"kind": "1"}, state="registered", on="2024-05-20", kind="1")
    with county.store.reading() as r:
        annual = annual_figures(r, 2024)
        figures = annual.this.figures
        assert (figures["dibao_households"].value, figures["dibao_persons"].value) == (1, 3)
        assert figures["dibao_persons"].by_township == {NORTH: 3}
        assert figures["relief_fund_total"].value == 1234.5
        assert figures["marriage_pairs"].parts == {"1": 1}
        assert figures["single_household_persons"].value == 0
        assert annual.paid == {"dibao": {"2024-03": 123450}}
        units = counted_by(r, "dibao_persons", 2024)
        assert [one.record for one in name_records(r, ((u.record, u.since) for u in units))] == [record]
        line = next(one for one in monthly_report(r, "2024-12").lines if one.key == "dibao_rural")
        # November: 2 households, 3 + 1 persons of whom one is the same human being
        assert (line.previous, line.ended, line.current) == (Count(2, 3), Count(1, 0), Count(1, 3))
        assert line.paid_year == 123450
