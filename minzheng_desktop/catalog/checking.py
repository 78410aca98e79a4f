"""Checking a folder of catalogue files as a county's staff wrote them, on top of what the program ships."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.catalog.load import load_catalog
from minzheng_desktop.catalog.seeds import folder_sources, shipped_sources
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.load import Catalog


def check_catalog(folder: Path | None, *, rule_inputs: Mapping[str, type[msgspec.Struct]]) -> Catalog:
    """The shipped catalogue, or the one that would be if the files of `folder` replaced or joined it.

    A file of the same kind and name takes the shipped one's place. `Catalog.problems` tells every mistake.
    Raises UserError ``folder_missing`` or ``no_forms`` when there is nothing to check.
    """
    shipped = shipped_sources()
    if folder is None:
        return load_catalog(shipped, rule_inputs=rule_inputs)
    if not folder.is_dir():
        raise UserError("folder_missing", f"没有这个文件夹：{folder}。什么也没有检查，请核对路径。")
    mine, unreadable = folder_sources(folder)
    if not mine and not unreadable:
        raise UserError("no_forms", f"{folder} 里没有 .toml 或 .csv 文件。什么也没有检查，请核对文件夹。")
    replaced = {(source.kind, source.key) for source in mine}
    kept = [source for source in shipped if (source.kind, source.key) not in replaced]
    catalog = load_catalog([*kept, *mine], rule_inputs=rule_inputs)
    return msgspec.structs.replace(catalog, problems=(*unreadable, *catalog.problems))
