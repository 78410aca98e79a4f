"""Every table of the schema is classed: it travels in packages, in receipts, or never."""

from __future__ import annotations

import msgspec
import pytest

from minzheng_desktop.exchange.files.bodies import read_change
from minzheng_desktop.exchange.tables import COUNTY_TABLES, EXPORTED_TABLES, MONEY, NEVER_EXPORTED, REFERENCES
from minzheng_desktop.store import schema
from minzheng_desktop.store.rows import revision_of, shape
from minzheng_desktop.store.unit import Line


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


@pytest.mark.parametrize("table", [*map(str, schema.EXPORTED)])
def test_what_a_body_leaves_out_is_read_as_the_writer_meant_it(table: str) -> None:
    columns = schema.EXPORTED[table].c
    needed = [columns[name] for name in schema.body_columns(schema.EXPORTED[table])]
    needed = [c for c in needed if not c.nullable and c.default is None]
    written = shape(schema.EXPORTED[table]).build(
        {str(c.name): 7 if c.type.python_type is int else "x" for c in needed}
    )
    body = shape(schema.EXPORTED[table]).encode(written)
    assert msgspec.json.decode(body).keys() == {str(c.name) for c in needed}
    line = Line(table, "r1", revision_of(None, body), None, "2026-11-23", None, msgspec.Raw(body))
    assert read_change(msgspec.json.encode(line)).values == shape(schema.EXPORTED[table]).values(written)
