"""How fields merge that two laptops changed, as data: resources/merging.toml, read and checked once.

A rule is ``newer`` (the later one wins, and it is told), ``ask`` (a person decides where both sides changed it),
``strict`` (a person decides where both sides touched any strict field of the row) or ``alone`` (where one side
touched it, the other may not have touched anything). Every site has to have the same rules, so they travel with
the program and not with the county.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Literal

import msgspec

from minzheng_desktop.catalog.field_types import FIELD_TYPES
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.paths import resources_dir
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

NEWER, ASK, STRICT, ALONE = "newer", "ask", "strict", "alone"
Rule = Literal["newer", "ask", "strict"]
UNION = "union"
_STATED = "doc.stated{}."


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    default: Rule
    newer: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    strict: tuple[str, ...] = ()


class _Rows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    default: Literal["ask", "union"]
    ask: tuple[str, ...] = ()
    union: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. Paths are columns (``phone``) or keys in a JSON column (``more.remark``, ``doc.phone``)."""

    table: dict[str, _Table]
    types: dict[str, Rule]
    rows: _Rows
    alone: tuple[str, ...] = ()


class Rules(msgspec.Struct, frozen=True):
    """The rules of one table, for records of one form. `mirrors` are typed columns that only repeat a field of the
    document: column to its key."""

    table: str
    named: Mapping[str, str]
    default: str
    tables: Mapping[str, str] = {}
    aliases: Mapping[str, str] = {}
    """Ids of people that gave way to another entry of the same person, with that one: they compare as equal."""
    mirrors: Mapping[str, str] = {}

    def of(self, path: str) -> str:
        """The rule of a path: ``phone``, ``doc.phone``, ``doc.members[key].income``; what the office stated instead of
        calculating it (``doc.stated{}.amount``) has the rule of its field."""
        if path.startswith(_STATED):
            path = "doc." + path.removeprefix(_STATED)
        plain = path.partition("[")[0]
        return self.named.get(path) or self.named.get(plain) or self.default

    def group(self, path: str) -> str:
        """The group whose fields are asked together where both sides touched any of them; empty for none."""
        if self.of(path) == STRICT:
            return STRICT
        plain, row, _ = path.partition("[")
        if row and self.tables.get(plain.partition(".")[2], "ask") != UNION:
            return plain
        return ""


def read_policy(text: str) -> Policy:
    """The rules in a file's text. UserError `merging_rules` for a table or column that is missing or unknown: rules
    that do not hold must not run."""
    try:
        policy = msgspec.convert(tomllib.loads(text), Policy)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _wrong(str(error)) from error
    for name in schema.EXPORTED:
        if name not in policy.table:
            raise _wrong(f"没有写 {name} 怎么合")
    for name, table in policy.table.items():
        if name not in schema.EXPORTED:
            raise _wrong(f"没有 {name} 这张表")
        columns = schema.body_columns(schema.EXPORTED[name])
        listed = [*table.newer, *table.ask, *table.strict]
        for path in listed:
            if path.partition(".")[0] not in columns:
                raise _wrong(f"{name} 没有 {path} 这一栏")
            if listed.count(path) > 1 or path in policy.alone:
                raise _wrong(f"{name} 的 {path} 写了两种合法")
    for name in policy.types:
        if name not in FIELD_TYPES:
            raise _wrong(f"没有 {name} 这种栏目")
    return policy


@cache
def shipped_policy() -> Policy:
    """The rules that this program carries."""
    return read_policy((resources_dir() / "merging.toml").read_text("utf-8"))


def rules_for(
    table: str,
    form: Form | None = None,
    *,
    policy: Policy | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Rules:
    """The rules of a table; for records those of their form's fields by type too (a money field is strict wherever
    it stands, also as a column of a sub-table)."""
    policy = policy or shipped_policy()
    written = policy.table[table]
    named: dict[str, str] = dict.fromkeys(policy.alone, ALONE)
    tables: dict[str, str] = {}
    mirrors: dict[str, str] = {}
    if form is not None:
        for path, field in form.fields.items():
            rule = policy.types.get(field.type.name)
            if rule is not None and not field.table:
                named[f"doc.{path}"] = rule
        tables = dict.fromkeys(form.tables, policy.rows.default)
        tables |= dict.fromkeys(policy.rows.ask, ASK) | dict.fromkeys(policy.rows.union, UNION)
        columns = schema.body_columns(schema.EXPORTED[table])
        mirrors = {
            column: path
            for name, path in form.record.items()
            if (column := _COLUMNS.get(name, name)) in columns and path in form.fields and "." not in path
        }
    for kind, paths in ((NEWER, written.newer), (ASK, written.ask), (STRICT, written.strict)):
        named |= dict.fromkeys(paths, kind)
    for column, path in mirrors.items():
        if named.get(column) == STRICT:
            named[f"doc.{path}"] = STRICT
    return Rules(table, named, written.default, tables, {} if aliases is None else aliases, mirrors)


_COLUMNS = {"date": "record_date", "until": "until_date"}


def _wrong(detail: str) -> UserError:
    return UserError(
        "merging_rules", f"合并规则 resources/merging.toml 不对：{detail}。没有合并任何内容，请重装程序。"
    )
