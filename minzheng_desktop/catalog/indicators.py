"""Indicators of the county's report, as data: what is counted, of which forms, in which states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from minzheng_desktop.catalog.decode import decode_table, words
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.problems import CatalogProblem, nearest
from minzheng_desktop.catalog.shelf import Place, Shelf
from minzheng_desktop.catalog.spec import IndicatorSpec
from minzheng_desktop.catalog.toml_errors import TomlFile


class Indicator(msgspec.Struct, frozen=True):
    """measure: records, persons, households, quantity, paid, ratio (top / bottom, — when bottom is 0) or fact.

    when: at_end of the period, during it, or ever; where: field to the codes that count.
    """

    key: str
    title: str
    unit: str
    measure: str
    forms: tuple[str, ...] = ()
    when: str = "at_end"
    states: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = {}
    role: str = ""
    top: str = ""
    bottom: str = ""
    scale: int = 1
    digits: int = 0
    expect: dict[str, Any] = {}


def read_indicators(
    file: TomlFile, forms: Mapping[str, Form], shelf: Shelf
) -> tuple[dict[str, Indicator], list[CatalogProblem]]:
    """The sound indicators of a file; one that counts a refused form is left out, saying for whom it waits."""
    raw = file.data.get("indicator", file.data)
    prefix = "indicator" if "indicator" in file.data else ""
    specs, problems = decode_table(file, prefix, raw, IndicatorSpec)
    found: dict[str, Indicator] = {}
    for key, spec in specs.items():
        place = Place(file, f"{prefix}.{key}" if prefix else key)
        wrong = _mistakes(place, spec, specs, forms, shelf)
        problems += wrong
        if not wrong:
            where = {name: words(codes) for name, codes in spec.where.items()}
            found[key] = Indicator(
                key, spec.title, spec.unit, spec.measure, tuple(spec.forms), spec.when, words(spec.states), where,
                spec.role, spec.top, spec.bottom, spec.scale, spec.digits, dict(spec.expect),
            )  # fmt: skip
    return found, problems


def _mistakes(
    place: Place,
    spec: IndicatorSpec,
    others: Mapping[str, IndicatorSpec],
    forms: Mapping[str, Form],
    shelf: Shelf,
) -> list[CatalogProblem]:
    problems: list[CatalogProblem] = []
    if spec.measure == "ratio":
        for part in ("top", "bottom"):
            if getattr(spec, part) not in others:
                problems.append(
                    place.problem(
                        f"{part}：没有指标“{getattr(spec, part)}”{nearest(getattr(spec, part), others)}", part
                    )
                )
    elif spec.measure != "fact" and not spec.forms:
        problems.append(place.problem("forms 至少写一个表单", "forms"))
    for name in spec.forms:
        form = forms.get(name)
        if form is None:
            problems.append(shelf.missing(place, "form", "表单", name, forms, "forms"))
            continue
        for path in spec.where:
            if path not in form.fields:
                problems.append(
                    place.problem(f"where：表单“{name}”没有字段“{path}”{nearest(path, form.fields)}", "where")
                )
        for state in words(spec.states):
            if not form.workflow.states_in(state):
                problems.append(place.problem(f"流程“{form.workflow.title}”没有状态“{state}”", "states"))
    return problems
