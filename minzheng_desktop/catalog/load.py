"""Loading the catalogue: every file is accepted or refused by itself, and says why.

A refused file takes nobody down but those that cannot stand without it, and they say for whom they wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from minzheng_desktop.catalog import form_words
from minzheng_desktop.catalog.assembly import Draft, DraftSection, lay_overlay, read_block, read_form
from minzheng_desktop.catalog.calendar import NO_HOLIDAYS, WorkCalendar, read_calendar
from minzheng_desktop.catalog.codes import CodeList, lay_over, read_codes
from minzheng_desktop.catalog.decode import decode
from minzheng_desktop.catalog.discover import Discovery, read_discoveries
from minzheng_desktop.catalog.divisions import Division, Divisions, read_divisions
from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.indicators import Chapter, Indicator, MonthlyLine, read_reporting
from minzheng_desktop.catalog.overlaps import Overlap, read_overlaps
from minzheng_desktop.catalog.problems import CatalogProblem, suggest
from minzheng_desktop.catalog.rates import RateBook, read_rates
from minzheng_desktop.catalog.released import check_released
from minzheng_desktop.catalog.shelf import Shelf
from minzheng_desktop.catalog.sources import KINDS, ORIGINS, Source
from minzheng_desktop.catalog.spec import AreaSpec
from minzheng_desktop.catalog.toml_errors import TomlFile, parse_toml
from minzheng_desktop.catalog.workflow import Workflow, read_workflow


class Area(msgspec.Struct, frozen=True):
    """A tab of the window: its forms in order; ``office`` says in whose window alone it stands (empty: in all)."""

    key: str
    title: str
    order: int = 100
    icon: str = ""
    hint: str = ""
    forms: tuple[str, ...] = ()
    office: str = ""


class Catalog(msgspec.Struct, frozen=True):
    """Everything in force. forms holds the healthy ones only; problems says what was refused and why."""

    areas: tuple[Area, ...]
    forms: dict[str, Form]
    codes: dict[str, CodeList]
    rates: RateBook
    workflows: dict[str, Workflow]
    divisions: Divisions
    problems: tuple[CatalogProblem, ...]
    indicators: dict[str, Indicator] = {}
    overlaps: dict[str, Overlap] = {}
    monthly: dict[str, MonthlyLine] = {}
    chapters: tuple[Chapter, ...] = ()
    discoveries: dict[str, Discovery] = {}
    calendar: WorkCalendar = NO_HOLIDAYS


@dataclass
class _Loading:
    shelf: Shelf
    blocks: dict[str, list[DraftSection]] = field(default_factory=dict)
    problems: list[CatalogProblem] = field(default_factory=list)

    def refuse(self, source: Source, problems: Iterable[CatalogProblem]) -> None:
        self.problems += problems
        self.shelf.broken.setdefault(source.kind, []).append((source.key, source.name, source.text))


def load_catalog(
    sources: Iterable[Source],
    *,
    rule_inputs: Mapping[str, type[msgspec.Struct]] | None = None,
    prove: bool = True,
) -> Catalog:
    """Read, check and join all files.

    rule_inputs: money rule to the Struct of its inputs; without it the rules' names and inputs go unchecked.
    prove: run every condition once over a type-correct sample record, and once over an empty one.
    Never raises for a mistake in a file: ``Catalog.problems`` tells.
    """
    loading = _Loading(Shelf(rule_inputs=rule_inputs))
    shelf = loading.shelf
    by_kind: dict[str, list[Source]] = {kind: [] for kind in KINDS}
    for source in sorted(sources, key=lambda s: (ORIGINS.index(s.origin), s.name)):
        if source.kind in by_kind:
            by_kind[source.kind].append(source)
        else:
            loading.problems.append(unknown_kind(source))
    divisions: list[Division] = []
    for source in by_kind["divisions"]:
        rows, wrong = read_divisions(source, {one.code for one in divisions})
        if wrong:
            loading.refuse(source, wrong)
        else:
            divisions += rows
    shelf.divisions = Divisions(divisions)
    shelf.codes = _load_codes(loading, by_kind["codes"])
    shelf.rates = _load_rates(loading, by_kind["rates"])
    shelf.workflows = _load_workflows(loading, by_kind["workflow"])
    for file in _parsed(loading, by_kind["shared"]):
        sections, wrong = read_block(file)
        if wrong:
            loading.refuse(file.source, wrong)
        else:
            loading.blocks[file.source.key] = sections
    drafts = _load_drafts(loading, by_kind["form"])
    forms, wrong = form_words.build_forms(drafts, shelf, prove=prove)
    loading.problems += wrong
    for file in _parsed(loading, by_kind["released"]):
        forms, wrong = check_released(file, forms)
        loading.problems += wrong
    reporting, wrong = read_reporting(_parsed(loading, by_kind["indicators"]), forms, shelf)
    loading.problems += wrong
    overlaps: dict[str, Overlap] = {}
    for file in _parsed(loading, by_kind["overlaps"]):
        rules, wrong = read_overlaps(file, forms, shelf)
        loading.problems += wrong
        overlaps |= rules
    discoveries: dict[str, Discovery] = {}
    for file in _parsed(loading, by_kind["discover"]):
        standing, wrong = read_discoveries(file, forms, shelf)
        loading.problems += wrong
        discoveries |= standing
    calendar = NO_HOLIDAYS
    for file in _parsed(loading, by_kind.get("calendar", ())):
        years, wrong = read_calendar(file)
        if wrong:
            loading.refuse(file.source, wrong)
        calendar = calendar.with_years(years)
    areas = _load_areas(loading, by_kind["area"], forms)
    return Catalog(
        areas, forms, dict(shelf.codes), shelf.rates, dict(shelf.workflows), shelf.divisions,
        _without_repeats(loading.problems), reporting.indicators, overlaps, reporting.monthly, reporting.chapters,
        discoveries, calendar,
    )  # fmt: skip


def unknown_kind(source: Source) -> CatalogProblem:
    """What is said of a file of a kind that a newer program knows."""
    return CatalogProblem(source.name, 0, "", f"是“{source.kind}”类，本机的程序还不认识，升级程序后才能启用")


def _parsed(loading: _Loading, sources: Iterable[Source]) -> Iterable[TomlFile]:
    for source in sources:
        file = parse_toml(source)
        if isinstance(file, CatalogProblem):
            loading.refuse(source, [file])
        else:
            yield file


def _load_codes(loading: _Loading, sources: Iterable[Source]) -> dict[str, CodeList]:
    lists: dict[str, CodeList] = {}
    homes: dict[str, str] = {}
    for file in _parsed(loading, sources):
        found, wrong = read_codes(file)
        if file.source.origin == "shipped":
            for key in [key for key in found if key in homes]:
                wrong.append(file.at(key, f"代码表“{key}”已写在 {homes[key]}"))
                del found[key]
            lists |= found
            homes |= dict.fromkeys(found, file.source.name)
        else:
            lists, clashes = lay_over(file, lists, found)
            wrong += clashes
        if wrong:
            loading.refuse(file.source, wrong)
    return lists


def _load_rates(loading: _Loading, sources: Iterable[Source]) -> RateBook:
    """A rates file with any mistake is refused whole: half a set of amounts is worse than the old one."""
    book = RateBook()
    homes: dict[tuple[str, str, str, str], str] = {}
    units: dict[str, str] = {}
    for file in _parsed(loading, sources):
        rates, wrong = read_rates(file)
        for rate in rates:
            mark = (rate.code, rate.area, rate.valid_from, rate.origin)
            if mark in homes:
                wrong.append(
                    file.at(
                        f"rate.{rate.code}", f"标准“{rate.code}”自 {rate.valid_from} 已写在 {homes[mark]}"
                    )
                )
            known = units.get(rate.code)
            if known is not None and known != rate.type:
                wrong.append(file.at(f"rate.{rate.code}.unit", f"标准“{rate.code}”在别处是另一种单位"))
        if wrong:
            loading.refuse(file.source, wrong)
            continue
        homes |= {(r.code, r.area, r.valid_from, r.origin): file.source.name for r in rates}
        units |= {r.code: r.type for r in rates}
        book = book.with_rates(rates)
    return book


def _load_workflows(loading: _Loading, sources: Iterable[Source]) -> dict[str, Workflow]:
    flows: dict[str, Workflow] = {}
    for file in _parsed(loading, sources):
        flow, wrong = read_workflow(file)
        if flow is not None and not wrong:
            for key, limit in flow.limits.items():
                if "{" not in limit.rate and limit.rate not in loading.shelf.rates:
                    wrong.append(
                        file.at(
                            f"limit.{key}.rate",
                            f"没有标准“{limit.rate}”{suggest(limit.rate, loading.shelf.rates.codes)}",
                        )
                    )
        if flow is None or wrong:
            loading.refuse(file.source, wrong)
        else:
            flows[flow.key] = flow
            loading.shelf.workflow_files[flow.key] = file
    return flows


def _load_drafts(loading: _Loading, sources: Iterable[Source]) -> dict[str, Draft]:
    drafts: dict[str, Draft] = {}
    overlays: list[TomlFile] = []
    for file in _parsed(loading, sources):
        if "extends" in file.data:
            overlays.append(file)
            continue
        draft, wrong = read_form(file, _area_of(file.source), loading.blocks, loading.shelf)
        if draft is not None and draft.spec.key in drafts:
            other = drafts[draft.spec.key].place.file.source.name
            wrong.append(file.at("key", f"表单“{draft.spec.key}”已写在 {other}"))
        if draft is None or wrong:
            loading.refuse(file.source, wrong)
        else:
            drafts[draft.spec.key] = draft
    for file in overlays:
        base = drafts.get(str(file.data["extends"]))
        if base is None:
            name = str(file.data["extends"])
            waiting = loading.shelf.lost("form", name)
            message = (
                f"等待 {waiting} 改好" if waiting else f"extends：没有表单“{name}”{suggest(name, drafts)}"
            )
            loading.refuse(file.source, [file.at("extends", message, waiting)])
            continue
        laid, wrong = lay_overlay(base, file, loading.blocks, loading.shelf)
        if laid is None:
            loading.refuse(file.source, wrong)
        else:
            laid.beneath = base
            drafts[base.spec.key] = laid
    return drafts


def _area_of(source: Source) -> str:
    """The folder that a form's file stands in."""
    parts = source.name.split("/")
    return parts[-2] if len(parts) > 1 else ""


def _load_areas(loading: _Loading, sources: Iterable[Source], forms: Mapping[str, Form]) -> tuple[Area, ...]:
    areas: dict[str, Area] = {}
    for file in _parsed(loading, sources):
        spec, wrong = decode(file, "", file.data, AreaSpec)
        if spec is None or wrong:
            loading.refuse(file.source, wrong)
            continue
        key = spec.key or file.source.key
        mine = [form.key for form in forms.values() if form.area == key]
        ordered = [name for name in spec.forms if name in mine] + [n for n in mine if n not in spec.forms]
        areas[key] = Area(key, spec.title, spec.order, spec.icon, spec.hint, tuple(ordered), spec.office)
    for form in forms.values():
        if form.area not in areas:
            keys = tuple(f.key for f in forms.values() if f.area == form.area)
            areas[form.area] = Area(form.area, form.area or "其他", forms=keys)
    return tuple(sorted(areas.values(), key=lambda area: (area.order, area.key)))


def _without_repeats(problems: Iterable[CatalogProblem]) -> tuple[CatalogProblem, ...]:
    """A mistake in a shared block is met by every form that inserts it, and said once."""
    return tuple(dict.fromkeys(problems))
