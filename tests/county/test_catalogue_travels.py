"""The county's rates reach its townships by enrolment and by receipt."""

from __future__ import annotations

from pathlib import Path

from minzheng_desktop.exchange.down.offered import accept_offered, preview_offered
from minzheng_desktop.paths import resources_dir
from minzheng_desktop.store.rate_files import import_rates
from tests.exchange.offices import County, Town, join, new_town

RATES = """
area = "500229"
[rate]
[rate."elder.80_89"]
title = "高龄津贴"
unit = "yuan_per_year"
values = [ { from = "2027-01-01", value = "480.00", doc = "城民发〔2026〕40号" } ]
"""


def value_in(office: County | Town) -> int | None:
    rate = office.store.catalog.rates.at("elder.80_89", "2027-03", area=office.store.site.division)
    return rate.value if rate else None


def test_rates_travel_with_the_next_receipt(town: Town, county: County, tmp_path: Path) -> None:
    # The file has the name of a shipped one: it is laid over it, not put in its place.
    file = tmp_path / "elderly.toml"
    shipped = (resources_dir() / "rates" / "elderly.toml").read_text("utf-8")
    unit = shipped.split('[rate."elder.80_89"]')[1].split("unit")[1].split('"')[1]
    file.write_text(RATES.replace("yuan_per_year", unit), "utf-8")
    before = value_in(town)
    import_rates(county.store, file)
    assert value_in(county) == 48_000
    town.add_people(1)
    done = town.export()
    assert done.file is not None
    town.apply(county.receive(done.file)[0].receipt)
    assert (before != 48_000, value_in(town)) == (True, before)  # it waits to be looked at
    with town.store.reading() as r:
        (change,) = preview_offered(r).differences
    assert (change.kind, change.since, change.after) == (
        "rate",
        "2027-01-01",
        "480.00 元/年（城民发〔2026〕40号）",
    )
    accept_offered(town.store)
    assert value_in(town) == 48_000
    # A township that joins later gets them with its enrolment.
    later = new_town(tmp_path / "later", "500229102")
    join(later, county)
    assert value_in(later) == 48_000
    later.store.close()
