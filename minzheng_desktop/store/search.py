"""Finding people as a clerk types: by name, pinyin initials, first or last digits of an id number or phone.

A person's index text holds the characters of the name apart (FTS5's trigram tokenizer finds nothing for one or two
Chinese characters), the initials, the phone, and the numbers reversed, so that an ending is a prefix. A name is asked
for as a phrase. The first digits of an id number, which a whole county shares, are found by the ordinary index of the
column instead. PostgreSQL keeps the same text in a tsvector.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.store import rows, schema
from minzheng_desktop.values.names import name_key, pinyin_initials

REVERSED = "r"
"""Marks a token that holds a number backwards."""


def index_text(person: Mapping[str, Any]) -> str:
    """The words under which a person is found."""
    name = name_key(person["name"])
    words = [*name]
    initials = pinyin_initials(name)
    if initials:
        words.append(initials)
    number, phone = person.get("id_number"), person.get("phone")
    if number:
        words.append(REVERSED + number.lower()[::-1])
    if phone:
        words += [phone, REVERSED + phone[::-1]]
    return " ".join(words)


def alternatives(typed: str) -> list[str]:
    """What was typed as FTS5 queries, the likeliest first; empty when there is nothing to ask."""
    text = typed.strip().lower()
    if not text:
        return []
    if text.isascii():
        plain = "".join(c for c in text if c.isalnum())
        if not plain:
            return []
        if plain.isalpha():
            return [f'"{plain}"*']
        return [f'"{plain}"* OR "{REVERSED}{plain[::-1]}"*']
    key = name_key(text)
    return ['"' + " ".join(key.replace('"', "")) + '"'] if key else []


def find(connection: sa.Connection, typed: str, *, limit: int | None) -> list[int]:
    """The search rows of people that fit what was typed."""
    found = _by_first_digits(connection, typed, limit)
    if limit is not None and len(found) >= limit:
        return found
    for query in alternatives(typed):
        if connection.dialect.name == "sqlite":
            hits = connection.exec_driver_sql(
                "SELECT rowid FROM person_search WHERE person_search MATCH ? LIMIT ?",
                (query, -1 if limit is None else limit),
            )
        else:
            hits = connection.exec_driver_sql(
                "SELECT n FROM person_search WHERE words @@ to_tsquery('simple', %s) LIMIT %s",
                (_tsquery(query), limit),
            )
        found += [int(r[0]) for r in hits]
    return list(dict.fromkeys(found))[:limit]


def _by_first_digits(connection: sa.Connection, typed: str, limit: int | None) -> list[int]:
    """Living people whose id number begins with what was typed."""
    plain = typed.strip().upper()
    if not plain[:-1].isdigit() and not plain.isdigit():
        return []
    p = schema.people.c
    query = (
        sa.select(p.search_row)
        .where(p.id_number >= plain, p.id_number < plain + "~", p.void == 0)
        .order_by(p.id_number)
        .limit(limit)
    )
    return [int(n) for n in connection.execute(query).scalars()]


def _tsquery(query: str) -> str:
    """An FTS5 query of this module in the words of ``to_tsquery``, each quoted so that none of it is an operator."""
    parts = []
    for part in query.split(" OR "):
        words = (word.replace("\\", "").replace("'", "''") for word in part.strip('*"').split())
        quoted = [f"'{word}'" for word in words if word]
        if quoted:
            parts.append("(" + " <-> ".join(quoted) + (":*" if part.endswith("*") else "") + ")")
    return " | ".join(parts)


def last_row(connection: sa.Connection) -> int:
    """The highest search row given so far."""
    return int(
        connection.execute(
            sa.select(sa.func.coalesce(sa.func.max(schema.people.c.search_row), 0))
        ).scalar_one()
    )


def enter(connection: sa.Connection, people: Iterable[Mapping[str, Any]]) -> list[int | None]:
    """Index new people and return the search row of each; a void one is not indexed and has none."""
    row = last_row(connection)
    numbers: list[int | None] = []
    texts: list[tuple[int, str]] = []
    for person in people:
        if person.get("void"):
            numbers.append(None)
            continue
        row += 1
        numbers.append(row)
        texts.append((row, index_text(person)))
    add(connection, texts)
    return numbers


def add(connection: sa.Connection, texts: Iterable[tuple[int, str]]) -> None:
    """Index people by (search row, text)."""
    batch = list(texts)
    if not batch:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO person_search (rowid, text) VALUES (?, ?)", batch)
    else:
        rows.insert(connection, "person_search", ("n", "text"), batch)


def remove(connection: sa.Connection, rows: Iterable[int]) -> None:
    """Take people out of the index."""
    batch = [(n,) for n in rows]
    if not batch:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DELETE FROM person_search WHERE rowid = ?", batch)
    else:
        connection.exec_driver_sql("DELETE FROM person_search WHERE n = %s", batch)
