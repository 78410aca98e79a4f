"""What is read for many records at once equals what is read for each alone: lookups, households, on both databases."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.demo.county.make import make_county
from minzheng_desktop.demo.township import COUNTY_USER, PASSWORD
from minzheng_desktop.store import households, lookups, moving, records, schema
from minzheng_desktop.store.store import Store
from tests.store.conftest import CHEAP, emptied

TODAY, MADE = date(2024, 12, 31), date(2026, 11, 29)


def compare(store: Store) -> tuple[int, int]:
    """Compare every record with a lookup, and every household; returns how many there were of each."""
    compared = 0
    with store.reading() as r:
        for form in store.catalog.forms.values():
            if not form.lookups:
                continue
            rows = r.rows(
                sa.select(schema.records).where(schema.records.c.form == form.key, schema.records.c.void == 0)
            )
            asked = [
                lookups.Asked(
                    row["id"],
                    records.Subject(row["person"], row["household"], row["facility"]).ids(),
                    row["doc"],
                )
                for row in rows
            ]
            together = lookups.look_up_many(r, form, asked, today=TODAY.isoformat())
            for one, found in zip(asked, together, strict=True):
                alone = lookups.look_up(
                    r,
                    form,
                    record_id=one.record_id,
                    subject=one.subject,
                    doc=one.doc,
                    today=TODAY.isoformat(),
                )
                assert found == alone, (form.key, one.record_id)
                compared += 1
        ids = list(r.connection.execute(sa.select(schema.households.c.id)).scalars())
        many = households.load_households(r, ids)
        for row_id in ids:
            assert many[row_id] == households.load_household(r, row_id)
    return compared, len(ids)


@pytest.mark.county
def test_many_and_one_by_one_agree(tmp_path: Path, server: str) -> None:
    made = make_county(tmp_path / "demo", scale=0.01, today=MADE, say=lambda _: None, towns=1)
    url = emptied(server)
    with Store.open(made.county, user=COUNTY_USER, password=PASSWORD) as store:
        found = compare(store)
        assert min(found) > 20
        for _ in moving.move_to_server(store, url, password=PASSWORD, cost=CHEAP):
            pass
    with Store.open_server(url, user=COUNTY_USER, password=PASSWORD) as store:
        assert compare(store) == found
