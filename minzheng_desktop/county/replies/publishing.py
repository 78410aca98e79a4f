"""Publishing the county's forms, rates, codes, divisions and calendar: checked whole, shown, then put in force.

What is published comes into force at the county at once and goes down with the next receipt or bulletin; a township
looks at what it changes before it takes it. A key and type that were published never change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.rules import RULE_INPUTS
from minzheng_desktop.catalog.differences import Difference, compare_catalogs
from minzheng_desktop.catalog.load import Catalog, load_catalog
from minzheng_desktop.catalog.released import old_path
from minzheng_desktop.catalog.seeds import folder_sources
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.county.receiving.senders import require_county
from minzheng_desktop.store import schema, shelf
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

COUNTY = "county"
_VERSION = re.compile(r"^version\s*=\s*(\d+)", re.MULTILINE)
_catalog = schema.catalog.c


class Entry(msgspec.Struct, frozen=True):
    """One file as it will stand in the catalogue; `version` counts the county's own publications of it."""

    kind: str
    key: str
    version: int
    name: str
    text: str


class Publication(msgspec.Struct, frozen=True):
    """What publishing a folder changes: the files that are new or changed, those that stay, the differences."""

    entries: tuple[Entry, ...]
    unchanged: tuple[str, ...]
    differences: tuple[Difference, ...]


def plan_publication(store: Store, folder: Path) -> Publication:
    """Check a folder as it will be in force, over what is; nothing is written.

    Raises UserError with a problem per mistake (file, line, key) when anything is wrong: a file is never published
    in part.
    """
    require_county(store)
    if not folder.is_dir():
        raise UserError("folder.missing", f"没有文件夹 {folder}；没有下发任何内容，请写对路径。")
    sources, unread = folder_sources(folder, origin=COUNTY)
    if not sources and not unread:
        raise UserError(
            "folder.empty", f"{folder} 里没有 .toml 或 .csv 文件；没有下发任何内容，请换一个文件夹。"
        )
    with store.reading() as r:
        newest = _newest(r)
        fresh = [one for one in sources if newest.get((one.kind, one.key), (0, ""))[1] != one.text]
        after = _load(r, fresh)
        before = store.catalog
        problems = [Problem(p.key, p.sentence(), code="catalog") for p in unread]
        problems += _mistakes(before, after, fresh)
        problems += _not_risen(fresh, newest)
        problems += _broken_promises(before, after)
        problems += _twice(sources)
    if problems:
        more = f"（另有 {len(problems) - 1} 处）" if len(problems) > 1 else ""
        raise UserError(
            "publication_wrong",
            f"{problems[0].message}{more}。没有下发任何内容，改好后再做。",
            tuple(problems),
        )
    entries = tuple(
        Entry(one.kind, one.key, newest.get((one.kind, one.key), (0, ""))[0] + 1, one.name, one.text)
        for one in fresh
    )
    kept = tuple(one.name for one in sources if one not in fresh)
    return Publication(entries, kept, compare_catalogs(before, after, area=store.site.division))


def publish(store: Store, plan: Publication) -> int:
    """Put a planned publication in force; returns how many files are new or changed.

    UserError when somebody published one of the files meanwhile; then nothing changes.
    """
    require_county(store)
    if not plan.entries:
        return 0
    names = [f"{one.kind}/{one.key}/{one.version}" for one in plan.entries]
    with store.writing("publish_catalog", {"entries": names}) as w:
        newest = _newest(w)
        for one in plan.entries:
            if newest.get((one.kind, one.key), (0, ""))[0] + 1 != one.version:
                raise UserError(
                    "changed_meanwhile", f"{one.name} 刚由别人发布过。这次没有下发，请再看一次变化后重做。"
                )
        w.insert(
            "catalog",
            [
                {
                    "kind": one.kind, "key": one.key, "version": one.version, "origin": COUNTY, "name": one.name,
                    "body": one.text,
                }
                for one in plan.entries
            ],
        )  # fmt: skip
        w.on_commit.append(store.catalog_changed)
    return len(plan.entries)


def _newest(r: Reading) -> dict[tuple[str, str], tuple[int, str]]:
    rows = r.rows(sa.select(schema.catalog).where(_catalog.origin == COUNTY).order_by(_catalog.version))
    return {(row["kind"], row["key"]): (row["version"], row["body"]) for row in rows}


def _load(r: Reading, fresh: Sequence[Source]) -> Catalog:
    mine = {(one.kind, one.key) for one in fresh}
    kept = [
        one for one in shelf.sources_in_force(r) if one.origin != COUNTY or (one.kind, one.key) not in mine
    ]
    return load_catalog([*kept, *fresh], rule_inputs=RULE_INPUTS)


def _mistakes(before: Catalog, after: Catalog, fresh: Sequence[Source]) -> list[Problem]:
    known = {problem.sentence() for problem in before.problems}
    names = {one.name for one in fresh}
    return [
        Problem(p.key, p.sentence(), code="catalog")
        for p in after.problems
        if p.file in names or p.sentence() not in known
    ]


def _not_risen(fresh: Sequence[Source], newest: dict[tuple[str, str], tuple[int, str]]) -> list[Problem]:
    """A file that states its version states a higher one with each change."""
    found = []
    for one in fresh:
        now, was = (_VERSION.search(text) for text in (one.text, newest.get((one.kind, one.key), (0, ""))[1]))
        if now and was and int(now.group(1)) <= int(was.group(1)):
            found.append(
                Problem(
                    "version",
                    f"{one.name}：内容改了，版本还是 {now.group(1)}；改成 version = {int(was.group(1)) + 1}",
                    code="version",
                )
            )
    return found


def _broken_promises(before: Catalog, after: Catalog) -> list[Problem]:
    """Fields that were published and would vanish or become of another type, and old names that would be forgotten:
    what records hold under them would be lost from sight."""
    found = []
    for key, form in before.forms.items():
        now = after.forms.get(key)
        if now is None:
            continue  # refused whole: told as the file's mistake
        renamed = {old_path(one): one for one in now.fields.values() if one.renamed_from}
        for path, field in form.fields.items():
            if field.copied:
                continue
            same = now.fields.get(path) or renamed.get(path)
            if same is None:
                text = f"“{form.title}”的字段“{path}”已经发布，不能删掉；停用写 retired = true，改名写 renamed_from"
                found.append(Problem(path, text, code="released"))
            elif same.type.name != field.type.name:
                text = (
                    f"“{form.title}”的字段“{path}”已按类型 {field.type.name} 发布，不能改成 {same.type.name}；"
                    "另立一个新字段，旧的写 retired = true"
                )
                found.append(Problem(path, text, code="released"))
            elif field.renamed_from and same.renamed_from != field.renamed_from:
                text = (
                    f"“{form.title}”的字段“{path}”是由“{field.renamed_from}”改名来的，旧记录还按旧名存着；"
                    f'不能再改名，renamed_from = "{field.renamed_from}" 要留着'
                )
                found.append(Problem(path, text, code="released"))
    return found


def _twice(sources: Sequence[Source]) -> list[Problem]:
    """Two files of one kind under one name would replace each other."""
    seen: dict[tuple[str, str], str] = {}
    found = []
    for one in sources:
        other = seen.setdefault((one.kind, one.key), one.name)
        if other != one.name:
            found.append(Problem("", f"{one.name} 与 {other} 同名同类，只能留一个", code="twice"))
    return found
