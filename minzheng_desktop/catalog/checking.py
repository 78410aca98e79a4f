"""`forms check`: a folder of files, or the shipped ones, loaded as the program would and every mistake told.

A county's folder holds overlays, rates and added codes alone; they are checked as they will be in force, laid
over the shipped files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from minzheng_desktop.catalog.load import Catalog, load_catalog
from minzheng_desktop.catalog.seeds import folder_sources, shipped_sources
from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.values.errors import UserError

_EXTENDS = re.compile(r"^\s*extends\s*=", re.MULTILINE)


def check_catalog(
    folder: Path | None, *, rule_inputs: Mapping[str, type[msgspec.Struct]] | None = None
) -> Catalog:
    """The catalogue with the folder's files in force; ``problems`` names those of the folder only.

    None checks the shipped files. A shipped file of the same kind and key gives way to the folder's, so that a
    copy being changed is checked in its place. Raises UserError when the folder does not exist or holds nothing.
    """
    shipped = shipped_sources()
    if folder is None:
        return load_catalog(shipped, rule_inputs=rule_inputs)
    if not folder.is_dir():
        raise UserError("folder.missing", f"没有文件夹 {folder}；什么都没有检查，请写对路径。")
    mine, unread = folder_sources(folder, origin="county")
    if not mine and not unread:
        raise UserError(
            "folder.empty", f"{folder} 里没有 .toml 或 .csv 文件；什么都没有检查，请换一个文件夹。"
        )
    mine = [_placed(source) for source in mine]
    replaced = {(s.kind, s.key) for s in mine if s.origin == "shipped"}
    kept = [s for s in shipped if (s.kind, s.key) not in replaced]
    catalog = load_catalog([*kept, *mine], rule_inputs=rule_inputs)
    names = {source.name for source in mine}
    problems = (*unread, *(p for p in catalog.problems if p.file in names))
    return msgspec.structs.replace(catalog, problems=problems)


def _placed(source: Source) -> Source:
    """A whole file stands in for the shipped one of its key; overlays, rates and codes are laid over."""
    whole = source.kind in ("area", "shared", "workflow", "divisions", "released", "indicators")
    whole = whole or (source.kind == "form" and not _EXTENDS.search(source.text))
    return msgspec.structs.replace(source, origin="shipped") if whole else source
