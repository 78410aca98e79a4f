"""Every table of the schema is classed: it travels in packages, in receipts, or never."""

from __future__ import annotations

from minzheng_desktop.exchange.tables import COUNTY_TABLES, EXPORTED_TABLES, MONEY, NEVER_EXPORTED, REFERENCES
from minzheng_desktop.store import schema


def test_every_table_is_classed_once() -> None:
    classed = [*EXPORTED_TABLES, *COUNTY_TABLES, *NEVER_EXPORTED]
    assert len(classed) == len(set(classed))
    assert set(classed) == set(schema.metadata.tables)


def test_what_must_never_leave() -> None:
    # DESIGN §5: never users, vault, settings, audit rows.
    assert {"users", "settings", "audit", "laptops", "drafts"} <= NEVER_EXPORTED


def test_what_a_row_points_to_stands_before_it() -> None:
    for place, table in enumerate(EXPORTED_TABLES):
        for _, target in REFERENCES[table]:
            assert target in EXPORTED_TABLES[:place], f"{table} → {target}"


def test_money_columns_exist_and_are_whole_numbers() -> None:
    for table, column in MONEY.items():
        assert schema.EXPORTED[table].c[column].type.python_type is int
