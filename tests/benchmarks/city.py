"""A simulated city on a PostgreSQL server: one demonstration county told again and again as other people elsewhere.

A demonstration county (`minzheng demo`) lies in the server's database. Its rows are read as COPY text once and cut at
every token that tells whose they are: ids, id numbers, names, division codes. Each copy puts other tokens in the same
places, the same everywhere, so that references, JSON documents, uniqueness and check digits hold, and sends the text
back by COPY. Payments are copied for further years too. So a city has what a county has, planted faults among it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.store import schema, search
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import check_digit

COUNTIES = tuple(f"{code}" for code in (500229, *range(500101, 500113)))
"""Division codes of the city's counties; copies take turns."""
PAID = (schema.payment_batches, schema.payment_items, schema.payment_keys)
COPIED = (
    *schema.TOWNSHIP_TABLES,
    schema.record_people,
    schema.record_links,
    schema.record_keys,
    schema.payment_keys,
    schema.versions,
)
OWN = {
    ("payment_batches", "id"),
    ("payment_items", "id"),
    ("payment_items", "batch"),
    ("payment_keys", "item"),
}
"""Columns whose ids belong to one year of payments; all others are the same in every year of a copy."""
TOKENS = re.compile(
    r"(?P<id>(?<![0-9a-f])[0-9a-f]{3}(?=[0-9a-f]{5}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}))"
    r"|(?P<number>(?<![0-9])[1-8]\d{5}(?:19|20)\d{9}[\dX](?![0-9A-Za-z]))"
    r"|(?P<place>(?<![0-9])500229(?=\d{3}|\d{6}|\b))"
    r"|(?P<name>(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2,4}(?![\u4e00-\u9fff]))"
    r"|(?P<year>(?<![0-9])2024(?=-\d\d))"
)


@dataclass
class Table:
    """A table's rows as text between tokens: texts[0], token, texts[1], token, …, one list a table."""

    name: str
    columns: list[str]
    texts: list[str]
    kinds: list[str]
    tokens: list[str]


class Copier:
    """Makes the copies of one county, which stands in the database of `store`, or alone in that of `base`."""

    def __init__(self, store: Store, base: Store | None = None) -> None:
        self.store = store
        with (base or store).engine.connect() as connection:
            self.names = set(connection.execute(sa.select(schema.people.c.name)).scalars())
            self.given = sorted({char for name in self.names for char in name[1:]})
            self.last_row = search.last_row(connection)
            self.tables = [self._read(connection, table) for table in COPIED]

    def _read(self, connection: sa.Connection, table: sa.Table) -> Table:
        columns = [c.name for c in table.columns if (table.name, c.name) != ("versions", "seq")]
        texts, kinds, tokens = [], [], []
        tail = ""
        for row in self._lines(connection, table.name, columns):
            for column, field in zip(columns, row.split("\t"), strict=True):
                if (table.name, column) == ("people", "search_row") and field != "\\N":
                    texts.append(tail)
                    kinds.append("row")
                    tokens.append(field)
                    tail = "\t"
                    continue
                if (table.name, column) == ("payment_batches", "number") or (
                    (table.name, column) == ("record_keys", "value") and not _tells_whose(field)
                ):
                    field += "-@"
                at = 0
                for found in TOKENS.finditer(field):
                    kind = str(found.lastgroup)
                    start, token = found.start(), found.group()
                    if kind == "id" and (table.name, column) in OWN:
                        kind = "own"
                    if kind == "name" and token not in self.names:
                        continue
                    if (kind == "place" and column == "hukou_village") or (
                        kind == "year" and not _of_pay(table)
                    ):
                        continue
                    texts.append(tail + field[at:start])
                    kinds.append(kind)
                    tokens.append(token)
                    tail, at = "", found.end()
                tail += field[at:] + "\t"
            tail = tail[:-1] + "\n"
        return Table(table.name, columns, [*texts, tail], kinds, tokens)

    def _lines(self, connection: sa.Connection, table: str, columns: list[str]) -> Iterator[str]:
        raw: Any = connection.connection.dbapi_connection
        names = ", ".join(f'"{name}"' for name in columns)
        with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) TO STDOUT") as copy:
            whole = b"".join(bytes(part) for part in copy)
        yield from whole.decode().splitlines()

    def copy(self, number: int, *, years: Sequence[int] = (2024,)) -> int:
        """Write the copy with this number (1 to 255) and return its rows. Payments are written once a year.

        An id begins with its time, 01a… now: a copy's ids begin later than any that is really given.
        """
        county = COUNTIES[number % len(COUNTIES)]
        rows = 0
        with self.store.engine.connect() as connection, connection.begin():
            for table in self.tables:
                for year in years if table.name in {paid.name for paid in PAID} else (2024,):
                    text = self._told(table, number, county, year)
                    rows += text.count("\n")
                    self._send(connection, table, text)
        return rows

    def _told(self, table: Table, number: int, county: str, year: int) -> str:
        known: dict[tuple[str, str], str] = {}
        parts = []
        for text, kind, token in zip(table.texts, table.kinds, table.tokens, strict=False):
            other = known.get((kind, token))
            if other is None:
                other = known[kind, token] = self._other(kind, token, number, county, year)
            parts.append(text)
            parts.append(other)
        parts.append(table.texts[-1])
        return "".join(parts).replace("-@", f"-{number}-{year}")

    def _other(self, kind: str, token: str, number: int, county: str, year: int) -> str:
        match kind:
            case "id":
                return f"{0x200 + number:03x}"
            case "own":
                return f"{0x200 + number + 0x100 * (2025 - year):03x}"
            case "row":
                return str(int(token) + number * self.last_row)
            case "place":
                return county
            case "year":
                return str(year)
            case "number":
                digits = (
                    f"51{number:04d}{token[6:17]}"  # an area of its own, so that no two copies share a number
                )
                return digits + check_digit(digits)
        turn = hashlib.blake2b(f"{number} {token}".encode(), digest_size=8).digest()
        given = (
            self.given[int.from_bytes(turn[n * 2 : n * 2 + 2], "big") % len(self.given)] for n in range(3)
        )
        return token[0] + "".join(given)[: len(token) - 1]

    def _send(self, connection: sa.Connection, table: Table, text: str) -> None:
        raw: Any = connection.connection.dbapi_connection
        names = ", ".join(f'"{name}"' for name in table.columns)
        with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            copy.write(text.encode())

    def index(self) -> None:
        """Let people be found, and tell the planner what there is."""
        known = self.last_row
        query = sa.select(schema.people).where(schema.people.c.search_row > known)
        with self.store.engine.connect() as connection, connection.begin():
            found = connection.execute(query, execution_options={"stream_results": True})
            for some in found.mappings().partitions(20_000):
                search.add(connection, [(row["search_row"], search.index_text(dict(row))) for row in some])
        with self.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _tells_whose(field: str) -> bool:
    return any(found.lastgroup in ("id", "number") for found in TOKENS.finditer(field))


def _of_pay(table: sa.Table) -> bool:
    return table in PAID
