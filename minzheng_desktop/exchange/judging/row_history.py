"""Every version of one row, in words: who made it when on which laptop, from what, and what it changed.

Versions that a conflict put aside, merges of the program and answers of people stand in the history like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.judging.merging import History
from minzheng_desktop.exchange.judging.merging_paths import ABSENT
from minzheng_desktop.exchange.judging.row_words import RowWords
from minzheng_desktop.exchange.judging.standing import load_histories
from minzheng_desktop.exchange.tables import TABLE_TITLES
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

FIRST, CHANGED, MERGED, ANSWERED = "first", "changed", "merged", "answered"


class FieldChange(msgspec.Struct, frozen=True):
    """One field that a version set, in words; `before` is its value in the version that it was made from."""

    label: str
    before: str
    after: str


class VersionLine(msgspec.Struct, frozen=True):
    """One version. `kind`: first, changed, merged by the program, or answered by a person from several; `state`:
    "now" for what the row is, "aside" for what waits in a conflict, else empty."""

    revision: str
    base: str
    at: str
    by: str
    letter: str
    kind: str
    state: str
    changes: tuple[FieldChange, ...]


class RowHistory(msgspec.Struct, frozen=True):
    """A row with its versions, each after those that it was made from."""

    entity: str
    id: str
    kind: str
    whose: str
    versions: tuple[VersionLine, ...]


def read_history(r: Reading, row_id: str) -> RowHistory:
    """The history of the row with this id. Raises UserError no_such_row."""
    v, c = schema.versions.c, schema.laptops.c
    entity = r.scalar(sa.select(v.entity).where(v.id == row_id).limit(1))
    row = r.get(entity, row_id) if entity in schema.EXPORTED else None
    if row is None:
        raise UserError("no_such_row", f"台账里没有编号为 {row_id} 的内容。请核对编号。")
    key = (str(entity), row_id)
    history = load_histories(r, [key])[key]
    letters = {one["id"]: one["letter"] for one in r.rows(sa.select(c.id, c.letter))}
    letters[r.store.site.laptop] = r.store.site.letter
    aside = set(history.settle(row["revision"]).aside)
    words = RowWords(r)
    form = r.store.catalog.forms.get(row.get("form") or "")
    lines = []
    for version in history.versions():
        parents = [one for one in version.parents if one in history]
        several = len(version.parents) > 1
        kind = FIRST if not version.parents else (ANSWERED if version.by else MERGED) if several else CHANGED
        state = "now" if version.revision == row["revision"] else "aside" if version.revision in aside else ""
        changes = tuple(
            FieldChange(
                words.label(key[0], path, form, history.fields(version.revision)),
                "／".join(dict.fromkeys(words.words(key[0], path, old, form) for old in before)),
                words.words(key[0], path, after, form),
            )
            for path, before, after in _changes(history, version.revision, parents)
        )
        lines.append(
            VersionLine(
                version.revision, version.base or "", version.at, version.by or "程序合并",
                letters.get(version.origin, ""), kind, state, changes,
            )
        )  # fmt: skip
    return RowHistory(
        key[0], row_id, TABLE_TITLES.get(key[0], key[0]), words.whose(key[0], row), tuple(lines)
    )


def _changes(
    history: History, revision: str, parents: list[str]
) -> list[tuple[str, tuple[object, ...], object]]:
    """The paths that differ from one of the versions it was made from: (path, values before, value now)."""
    if not parents:
        return []
    now = history.fields(revision)
    before = [history.fields(one) for one in parents]
    paths = dict.fromkeys([*now, *(path for fields in before for path in fields)])
    return [
        (path, tuple(fields.get(path, ABSENT) for fields in before), now.get(path, ABSENT))
        for path in paths
        if any(fields.get(path, ABSENT) != now.get(path, ABSENT) for fields in before)
    ]
