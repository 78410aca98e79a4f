"""The migrations together give exactly the schema of ``schema.py``, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.store import database, postgres, schema


def picture(engine: sa.Engine) -> dict[str, Any]:
    """Every table with its columns, keys and indexes, as the database itself tells them."""
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        look = sa.inspect(connection)
        for table in sorted(look.get_table_names()):
            if table.startswith("person_search"):
                continue
            found[table] = {
                "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(table)],
                "key": look.get_pk_constraint(table)["constrained_columns"],
                "foreign": sorted(
                    (tuple(f["constrained_columns"]), f["referred_table"])
                    for f in look.get_foreign_keys(table)
                ),
                "unique": sorted(tuple(u["column_names"]) for u in look.get_unique_constraints(table)),
                "indexes": sorted(
                    (str(i["name"]), tuple(i["column_names"]), bool(i["unique"]))
                    for i in look.get_indexes(table)
                ),
            }
        if engine.dialect.name == "sqlite":
            found["sql"] = sorted(
                " ".join(str(s).replace('"', "").split())
                for s in connection.exec_driver_sql(
                    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'person_search%'"
                    " AND type = 'index'"
                ).scalars()
            )
    return found


def test_on_sqlcipher(tmp_path: Path) -> None:
    key = bytes(range(32))
    made, migrated = (database.open_sqlcipher(tmp_path / name, key) for name in ("made", "migrated"))
    database.create_schema(made)
    database.migrate(migrated, 0)
    assert picture(migrated) == picture(made)
    with migrated.connect() as connection:
        assert database.schema_number(connection) == schema.SCHEMA_NUMBER
    for engine in (made, migrated):
        engine.dispose()


@pytest.mark.slow
def test_on_postgres(server: str) -> None:
    pictures = []
    for build in (database.create_schema, lambda engine: database.migrate(engine, 0)):
        engine = postgres.open_postgres(server)
        with engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        build(engine)
        pictures.append(picture(engine))
        engine.dispose()
    assert pictures[0] == pictures[1]


def test_links_are_filled_from_the_documents_that_point(tmp_path: Path) -> None:
    engine = database.open_sqlcipher(tmp_path / "first.mz", bytes(range(32)))
    database.migrate(engine, 0, 1)
    with engine.begin() as connection:
        for key, doc in (("one", '{"origin_edge":"edge"}'), ("two", "{}")):
            connection.exec_driver_sql(
                "INSERT INTO records (id, owner, revision, void, form, form_version, state, doc)"
                " VALUES (?, '500229106', 'r', 0, 'dibao', 1, 'draft', ?)",
                (key, doc),
            )
    database.migrate(engine, 1)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT record, target, path FROM record_links").all()
    engine.dispose()
    assert [tuple(row) for row in found] == [("one", "edge", "origin_edge")]
