"""Released keys: once a form has been shipped, a field's key and type never change.

The file has a table per form with a line per field: ``[dibao]`` / ``"members.in_covered" = { type = "yes_no",
since = 1 }``. It is written by ``released_text`` and checked at every load.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

import msgspec

from minzheng_desktop.catalog.decode import decode_table
from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.problems import CatalogProblem, nearest
from minzheng_desktop.catalog.toml_errors import TomlFile


class ReleasedSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    type: str
    since: int


def check_released(file: TomlFile, forms: Mapping[str, Form]) -> tuple[dict[str, Form], list[CatalogProblem]]:
    """The forms that keep their promises, and what the others broke."""
    problems: list[CatalogProblem] = []
    healthy = dict(forms)
    for key, raw in file.data.items():
        lines, wrong = decode_table(file, key, raw, ReleasedSpec)
        problems += wrong
        form = forms.get(key)
        if form is None:
            continue
        renamed = {old_path(field): field for field in form.fields.values() if field.renamed_from}
        broken: list[CatalogProblem] = []
        for path, line in lines.items():
            field = form.fields.get(path) or renamed.get(path)
            if field is None:
                hint = nearest(path, form.fields)
                message = (
                    f"字段“{path}”已发布（第 {line.since} 版起），不能删掉或改名{hint}；"
                    "改名写 renamed_from，停用写 retired = true"
                )
                broken.append(CatalogProblem(form.file, 0, path, message))
            elif field.type.name != line.type:
                message = (
                    f"字段“{path}”已按类型 {line.type} 发布，不能改成 {field.type.name}；"
                    "另立一个新字段，旧的写 retired = true"
                )
                broken.append(CatalogProblem(field.file, field.line, path, message))
        problems += broken
        if broken:
            del healthy[key]
    return healthy, problems


def released_text(forms: Mapping[str, Form], before: str = "") -> str:
    """The file for the forms as they are, keeping the ``since`` of keys that an earlier text already names."""
    old = tomllib.loads(before) if before else {}
    parts = ["# 已发布的字段：键和类型不再改变。由 minzheng forms release 写出，不要手改。\n"]
    for key in sorted({*old, *forms}):
        known = dict(old.get(key, {}))
        if key in forms:
            for path, field in forms[key].fields.items():
                if not field.copied and old_path(field) not in known:
                    known.setdefault(path, {"type": field.type.name, "since": forms[key].version})
        parts.append(f"\n[{key}]\n")
        parts += [
            f'"{path}" = {{ type = "{item["type"]}", since = {item["since"]} }}\n'
            for path, item in known.items()
        ]
    return "".join(parts)


def old_path(field: Field) -> str:
    """The path under which a renamed field was released, "" for one that kept its name."""
    if not field.renamed_from:
        return ""
    return f"{field.table}.{field.renamed_from}" if field.table else field.renamed_from
