"""Reports as data: indicators, lines of the monthly statistics, chapters of the annual report (domain §15, §9.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from minzheng_desktop.catalog.decode import decode, decode_table, words
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.problems import CatalogProblem, nearest, nearest_of
from minzheng_desktop.catalog.shelf import Place, Shelf
from minzheng_desktop.catalog.spec import ChapterSpec, IndicatorSpec, MonthlySpec, Words
from minzheng_desktop.catalog.toml_errors import TomlFile

DERIVED = frozenset({"ratio", "difference"})
STANDARDS = frozenset({"rate_min", "rate_max", "rate_range"})
FREE = DERIVED | STANDARDS | {"fact"}
"""Measures that count no records."""
PLACE = re.compile(r"\{(~?)([a-z0-9_]+)\}")
"""``{key}`` is a figure with its unit, ``{~key}`` how it compares with the year before, ``{year}`` the year."""
PLAIN_PLACES = frozenset({"year"})

Codes = dict[str, tuple[str, ...]]


class Indicator(msgspec.Struct, frozen=True):
    """What is counted, of which forms, in which states; ``computation`` says it in words.

    measure: records, persons and households (each once), person_times (each once a record), kinds (different
    values of ``field``), quantity (typed column), sum (of ``field``; several are multiplied), paid (what batches
    paid), rate_min, rate_max, rate_range (of ``rates``), ratio (top / bottom, — when bottom is 0), difference (top
    less every ``minus``) or fact (entered by the county). source: records, or the items of payment batches.

    when: at_end of the period, during it, or ever up to its end, from ``since`` on; ``dated`` is the field that
    dates a record or a row (a day, a month or a year) in place of the record's own date. where: field to the codes
    that count. valid: only while ``until`` has not passed. age_below: only persons younger on the last day.
    unnamed: a field with the number of persons where nobody is named. villages_with: only records of villages
    that have a facility of that form. split: a choice field by whose codes the figure is also told; split_ages: ages
    at which one part ends and the next begins, on the last day.
    waits: forms that do not exist yet; they count as soon as they do.
    """

    key: str
    title: str
    unit: str
    measure: str
    forms: tuple[str, ...] = ()
    when: str = "at_end"
    states: tuple[str, ...] = ()
    where: Codes = {}
    role: str = ""
    top: str = ""
    bottom: str = ""
    scale: int = 1
    digits: int = 0
    expect: dict[str, Any] = {}
    group: str = ""
    computation: str = ""
    source: str = "records"
    fields: tuple[str, ...] = ()
    dated: str = ""
    since: str = ""
    valid: bool = False
    age_below: int = 0
    unnamed: str = ""
    villages_with: str = ""
    rates: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    split: str = ""
    split_ages: tuple[int, ...] = ()
    helper: bool = False
    waits: tuple[str, ...] = ()


class MonthlyLine(msgspec.Struct, frozen=True):
    """A line of the monthly statistics. flow: an event, with no one in it at a month's end (临时救助).

    households: the records count as households; age_tier: only persons of this age, [from, before]. chart: the part of
    the county's chart by month to which the form's money belongs; without one it belongs to the last part.
    """

    key: str
    title: str
    form: str
    group: str = ""
    chart: str = ""
    where: Codes = {}
    age_tier: tuple[int, ...] = ()
    households: bool = True
    flow: bool = False


class Chapter(msgspec.Struct, frozen=True):
    """A chapter of the annual report.

    table: indicators of its table; towns: the indicator of its chart by township; months: forms of its chart of
    payments by month; writer: what is left to the writer.
    """

    title: str
    sentences: tuple[str, ...] = ()
    table: tuple[str, ...] = ()
    towns: str = ""
    months: tuple[str, ...] = ()
    writer: str = ""


class Reporting(msgspec.Struct):
    """What the files of one kind hold together."""

    indicators: dict[str, Indicator] = {}
    monthly: dict[str, MonthlyLine] = {}
    chapters: tuple[Chapter, ...] = ()


def read_reporting(
    files: Iterable[TomlFile], forms: Mapping[str, Form], shelf: Shelf
) -> tuple[Reporting, list[CatalogProblem]]:
    """The sound definitions of all files. One that counts a refused form is left out, saying for whom it waits;
    one that counts a form which does not exist yet is kept with ``waits``."""
    known = Reporting()
    problems: list[CatalogProblem] = []
    later: list[tuple[TomlFile, list[Any]]] = []
    for file in files:
        data = file.data
        tables = {"indicator", "monthly", "chapter"} & data.keys()
        raw = data.get("indicator", {}) if tables else data
        found, wrong = _read_indicators(
            file, "indicator" if tables else "", raw, known.indicators, forms, shelf
        )
        known.indicators |= found
        problems += wrong
        lines, wrong = _read_monthly(file, data.get("monthly", {}), forms, shelf)
        known.monthly |= lines
        problems += wrong
        later.append((file, data.get("chapter", [])))
    for file, chapters in later:
        for number, raw_chapter in enumerate(chapters):
            chapter, wrong = _read_chapter(file, number, raw_chapter, known.indicators)
            problems += wrong
            if chapter is not None and not wrong:
                known.chapters = (*known.chapters, chapter)
    return known, problems


def _read_indicators(
    file: TomlFile,
    prefix: str,
    raw: object,
    before: Mapping[str, Indicator],
    forms: Mapping[str, Form],
    shelf: Shelf,
) -> tuple[dict[str, Indicator], list[CatalogProblem]]:
    specs, problems = decode_table(file, prefix, raw, IndicatorSpec)
    found: dict[str, Indicator] = {}
    for key, spec in specs.items():
        place = Place(file, f"{prefix}.{key}" if prefix else key)
        wrong, waits = _mistakes(place, spec, specs.keys() | before.keys(), forms, shelf)
        problems += wrong
        if not wrong:
            found[key] = Indicator(
                key, spec.title, spec.unit, spec.measure, tuple(f for f in spec.forms if f not in waits),
                spec.when, words(spec.states), _codes(spec.where), spec.role, spec.top, spec.bottom, spec.scale,
                spec.digits, dict(spec.expect), spec.group, spec.computation, spec.source, words(spec.field),
                spec.dated, spec.since, spec.valid, spec.age_below, spec.unnamed, spec.villages_with,
                tuple(spec.rates), tuple(spec.minus), spec.split,
                tuple(spec.split_ages), spec.helper, waits,
            )  # fmt: skip
    return found, problems


def _codes(where: Mapping[str, Words | bool]) -> Codes:
    return {
        name: (("true" if codes else "false"),) if isinstance(codes, bool) else words(codes)
        for name, codes in where.items()
    }


def _mistakes(
    place: Place, spec: IndicatorSpec, others: Iterable[str], forms: Mapping[str, Form], shelf: Shelf
) -> tuple[list[CatalogProblem], tuple[str, ...]]:
    problems: list[CatalogProblem] = []
    waits: list[str] = []
    others = list(others)
    needed = {"ratio": ("top", "bottom"), "difference": ("top",)}.get(spec.measure, ())
    named = [(part, str(getattr(spec, part))) for part in needed] + [("minus", key) for key in spec.minus]
    for part, key in named:
        if key not in others:
            problems.append(place.problem(f"{part}：没有指标“{key}”{nearest(key, others)}", part))
    if spec.measure in STANDARDS:
        for code in spec.rates or ("",):
            if not shelf.rates.under(code):
                problems.append(
                    place.problem(f"rates：没有标准“{code}”{nearest(code, shelf.rates.codes)}", "rates")
                )
    elif spec.measure not in FREE and not spec.forms:
        problems.append(place.problem("forms 至少写一个表单", "forms"))
    if spec.measure in ("sum", "kinds") and not words(spec.field):
        problems.append(place.problem(f"{spec.measure} 要写 field", "field"))
    for name in (*spec.forms, *([spec.villages_with] if spec.villages_with else [])):
        form = forms.get(name)
        if form is None:
            if _misspelt(name, forms) or shelf.lost("form", name):
                problems.append(shelf.missing(place, "form", "表单", name, forms, "forms"))
            else:
                waits.append(name)
        elif name != spec.villages_with:
            problems += _in_form(place, spec, form)
    return problems, tuple(waits)


def _misspelt(name: str, forms: Iterable[str]) -> bool:
    """Whether a form that is not there is a slip of the pen rather than a form that is still to come."""
    return bool(nearest_of(name, forms, likeness=0.8))


def _in_form(place: Place, spec: IndicatorSpec, form: Form) -> list[CatalogProblem]:
    """Fields, codes and states that the form does not have."""
    problems = _paths(
        place,
        form,
        [
            *(("where", path) for path in spec.where),
            *(("field", path) for path in words(spec.field)),
            *((part, value) for part in ("dated", "unnamed", "split") if (value := getattr(spec, part))),
        ],
    )
    problems += _unknown_codes(place, form, _codes(spec.where))
    for state in words(spec.states):
        if not form.workflow.states_in(state):
            problems.append(place.problem(f"流程“{form.workflow.title}”没有状态“{state}”", "states"))
    return problems


def _paths(place: Place, form: Form, paths: Iterable[tuple[str, str]]) -> list[CatalogProblem]:
    problems = []
    for part, path in paths:
        field = form.fields.get(path)
        if field is None:
            wrong = f"表单“{form.key}”没有字段“{path}”{nearest(path, form.fields)}"
            problems.append(place.problem(f"{part}：{wrong}", part))
        elif field.live:
            problems.append(place.problem(f"{part}：字段“{path}”随今天变化，统计不了过去", part))
    return problems


def _unknown_codes(place: Place, form: Form, where: Codes) -> list[CatalogProblem]:
    problems = []
    for path, codes in where.items():
        field = form.fields.get(path)
        items = getattr(getattr(field, "choices", None), "items", None)
        if not isinstance(items, Mapping):
            continue
        problems += [
            place.problem(f"where：字段“{path}”没有代码“{code}”{nearest(code, items)}", "where")
            for code in codes
            if code not in items
        ]
    return problems


def _read_monthly(
    file: TomlFile, raw: object, forms: Mapping[str, Form], shelf: Shelf
) -> tuple[dict[str, MonthlyLine], list[CatalogProblem]]:
    specs, problems = decode_table(file, "monthly", raw, MonthlySpec)
    found: dict[str, MonthlyLine] = {}
    for key, spec in specs.items():
        place = Place(file, f"monthly.{key}")
        form = forms.get(spec.form)
        where = _codes(spec.where)
        if form is None:
            if _misspelt(spec.form, forms) or shelf.lost("form", spec.form):
                problems.append(shelf.missing(place, "form", "表单", spec.form, forms, "form"))
            continue
        wrong = _paths(place, form, [("where", path) for path in where]) + _unknown_codes(place, form, where)
        if not wrong and any(path != form.record.get("kind") for path in where):
            wrong = [place.problem(f"where：月报只能按表单“{form.key}”的 record.kind 分行", "where")]
        problems += wrong
        if not wrong:
            found[key] = MonthlyLine(
                key,
                spec.title,
                spec.form,
                spec.group,
                spec.chart,
                where,
                tuple(spec.age_tier),
                spec.households,
                spec.flow,
            )
    return found, problems


def _read_chapter(
    file: TomlFile, number: int, raw: object, indicators: Mapping[str, Indicator]
) -> tuple[Chapter | None, list[CatalogProblem]]:
    spec, problems = decode(file, f"chapter.{number}", raw, ChapterSpec)
    if spec is None:
        return None, problems
    place = Place(file, f"chapter.{number}")
    named = [("table", key) for key in spec.table] + [("towns", key) for key in [spec.towns] if key]
    for sentence in spec.sentences:
        named += [("sentences", key) for _mark, key in PLACE.findall(sentence) if key not in PLAIN_PLACES]
    problems += [
        place.problem(f"{part}：没有指标“{key}”{nearest(key, indicators)}", part)
        for part, key in named
        if key not in indicators
    ]
    made = Chapter(
        spec.title, tuple(spec.sentences), tuple(spec.table), spec.towns, tuple(spec.months), spec.writer
    )
    return made, problems
