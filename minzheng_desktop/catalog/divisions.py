"""Administrative divisions: codes are text (GB/T 2260, GB/T 10114), names as clerks write them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping

import msgspec

from minzheng_desktop.catalog.problems import CatalogProblem
from minzheng_desktop.catalog.sources import Source

_SUFFIXES = (
    "社区居民委员会",
    "村村民委员会",
    "居民委员会",
    "村民委员会",
    "社区居委会",
    "村委会",
    "居委会",
    "社区",
    "村",
)
_NOISE = re.compile(r"[\s　·.。,，()（）]")
_TOWN_SUFFIXES = ("街道办事处", "街道", "乡人民政府", "镇人民政府", "镇", "乡")
_COLUMNS = ("code", "name", "level", "parent")


class Division(msgspec.Struct, frozen=True):
    """code: 6 digits (county), 9 (town) or 12 (village); level: county, town or village."""

    code: str
    name: str
    level: str
    parent: str


class Divisions:
    """The divisions of one county. An empty one answers every question with nothing."""

    def __init__(self, divisions: Iterable[Division], aliases: Mapping[str, str] | None = None) -> None:
        self._all = {division.code: division for division in divisions}
        self._children: dict[str, list[str]] = {}
        for division in self._all.values():
            self._children.setdefault(division.parent, []).append(division.code)
        self._aliases = dict(aliases or {})
        self._names: dict[str, dict[str, str | None]] = {}
        self._short: dict[str, str] = {}

    def __contains__(self, code: str) -> bool:
        return code in self._all

    def __len__(self) -> int:
        return len(self._all)

    @property
    def county(self) -> Division | None:
        """The county, or None when no divisions are loaded."""
        return next((d for d in self._all.values() if d.level == "county"), None)

    @property
    def towns(self) -> tuple[Division, ...]:
        """All townships in code order."""
        return tuple(sorted((d for d in self._all.values() if d.level == "town"), key=lambda d: d.code))

    def villages(self, town: str) -> tuple[Division, ...]:
        """The villages of a township (9 digits) in code order."""
        return tuple(self._all[code] for code in sorted(self._children.get(town, ())))

    def get(self, code: str) -> Division | None:
        return self._all.get(code)

    def name(self, code: str) -> str:
        """The full name, or the code itself when it is unknown: never an empty place on a print."""
        division = self._all.get(code)
        return division.name if division else code

    def short_name(self, code: str) -> str:
        """The name as ledgers print it: 葛城社区, 东方红二村; the code when unknown."""
        if code not in self._short:
            self._short[code] = _shorten(self.name(code))
        return self._short[code]

    def find_village(self, text: str, *, town: str) -> str | None:
        """Code of the village that the text means, within a township; None when none or several fit.

        Accepts the code, the full name, XX村, XX社区, XX居委会, the bare name, an alias, and any of them
        with the township's name in front or a group (三组) behind.
        """
        plain = _NOISE.sub("", text)
        if plain in self._all and self._all[plain].parent == town:
            return plain
        names = self._names_of(town)
        for candidate in self._readings(plain, town):
            if candidate in names:
                return names[candidate]
        return None

    def with_aliases(self, aliases: Mapping[str, str]) -> Divisions:
        """The same divisions with further names (name to code), as a clerk's remembered mapping."""
        return Divisions(self._all.values(), {**self._aliases, **aliases})

    def _names_of(self, town: str) -> dict[str, str | None]:
        if town not in self._names:
            names: dict[str, str | None] = {}
            villages = self.villages(town)
            for village in villages:
                names[village.name] = village.code
            for village in villages:
                for form in _forms(village.name):
                    # A name that fits two villages means neither.
                    names[form] = village.code if names.get(form, village.code) == village.code else None
            for alias, code in self._aliases.items():
                if code in self._all and self._all[code].parent == town:
                    names[_NOISE.sub("", alias)] = code
            self._names[town] = names
        return self._names[town]

    def _readings(self, plain: str, town: str) -> Iterable[str]:
        heads = [plain]
        town_name = self.name(town)
        county = self.county
        if county and plain.startswith(county.name):
            heads.append(plain.removeprefix(county.name))
        for head in list(heads):
            for name in (town_name, _strip(town_name, _TOWN_SUFFIXES)):
                if len(name) > 1 and head.startswith(name) and head != name:
                    heads.append(head.removeprefix(name))
        for head in heads:
            yield head
            without_group = re.sub(
                r"(第?[0-9一二三四五六七八九十]{1,3}(村民小组|居民小组|小组|组|社))$", "", head
            )
            if without_group and without_group != head:
                yield without_group


def _strip(name: str, suffixes: tuple[str, ...]) -> str:
    for suffix in suffixes:
        if name.endswith(suffix) and len(name) > len(suffix):
            return name.removesuffix(suffix)
    return name


def _shorten(name: str) -> str:
    for long, short in (
        ("社区居民委员会", "社区"),
        ("村村民委员会", "村"),
        ("居民委员会", "社区"),
        ("村民委员会", "村"),
    ):
        if name.endswith(long) and len(name) > len(long):
            return name.removesuffix(long) + short
    return name


def _forms(name: str) -> list[str]:
    bare = _strip(name, _SUFFIXES)
    community = "居民" in name or name.endswith("社区")
    endings = ("社区", "社区居委会", "居委会", "居民委员会", "社区居民委员会") if community else (
        "村", "村委会", "村村委会", "村民委员会", "村村民委员会")  # fmt: skip
    return [bare, *(bare + ending for ending in endings)]


def read_divisions(
    source: Source, known: Collection[str] = ()
) -> tuple[list[Division], list[CatalogProblem]]:
    """Rows of a CSV with the columns code, name, level, parent; parents may be codes that are `known` from the files
    beneath, so that a county adds a village without repeating the whole table."""
    reader = csv.DictReader(io.StringIO(source.text))
    missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        return [], [CatalogProblem(source.name, 1, "", f"区划表缺少列：{'、'.join(missing)}")]
    found: list[Division] = []
    problems: list[CatalogProblem] = []
    lengths = {"county": 6, "town": 9, "village": 12}
    seen: set[str] = set()
    for number, row in enumerate(reader, start=2):
        code, level = (row["code"] or "").strip(), (row["level"] or "").strip()
        if level not in lengths:
            problems.append(
                CatalogProblem(source.name, number, code, f"级别“{level}”应为 county、town 或 village")
            )
        elif len(code) != lengths[level] or not code.isdigit():
            problems.append(
                CatalogProblem(
                    source.name,
                    number,
                    code,
                    f"区划代码“{code}”应为 {lengths[level]} 位数字（表格软件可能吃掉了零）",
                )
            )
        elif code in seen:
            problems.append(CatalogProblem(source.name, number, code, f"区划代码“{code}”出现两次"))
        else:
            seen.add(code)
            found.append(Division(code, (row["name"] or "").strip(), level, (row["parent"] or "").strip()))
    codes = {*known, *(division.code for division in found)}
    problems += [
        CatalogProblem(source.name, 0, d.code, f"上级“{d.parent}”不在表里")
        for d in found
        if d.level != "county" and d.parent not in codes
    ]
    return found, problems
