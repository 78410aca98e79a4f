"""What forms lean on while the catalogue is loaded: codes, rates, workflows, blocks, and what is broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from minzheng_desktop.catalog.codes import CodeList
from minzheng_desktop.catalog.divisions import Divisions
from minzheng_desktop.catalog.problems import CatalogProblem, suggest
from minzheng_desktop.catalog.rates import RateBook
from minzheng_desktop.catalog.toml_errors import TomlFile
from minzheng_desktop.catalog.workflow import Workflow


@dataclass(frozen=True)
class Place:
    """A dotted path in a file; an empty ``path`` is the whole file."""

    file: TomlFile
    path: str

    def problem(self, message: str, below: str = "", waiting_for: str = "") -> CatalogProblem:
        """A problem here, or at a key below here."""
        path = ".".join(part for part in (self.path, below) if part)
        return self.file.at(path, message, waiting_for)

    def below(self, key: str) -> Place:
        return Place(self.file, ".".join(part for part in (self.path, key) if part))


@dataclass
class Shelf:
    """Filled in the order in which things lean on each other. broken: kind to (key, file name, text)."""

    codes: Mapping[str, CodeList] = field(default_factory=dict)
    rates: RateBook = field(default_factory=RateBook)
    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    workflow_files: dict[str, TomlFile] = field(default_factory=dict)
    divisions: Divisions = field(default_factory=lambda: Divisions(()))
    rule_inputs: Mapping[str, type[msgspec.Struct]] | None = None
    forms: Iterable[str] = ()
    broken: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)

    def lost(self, kind: str, word: str) -> str:
        """Name of the refused file that would have held the word, or an empty text."""
        candidates = self.broken.get(kind, [])
        for key, name, text in candidates:
            if key == word or f"[{word}]" in text or f"[{word}." in text or f'"{word}"' in text:
                return name
        return ""

    def missing(
        self, place: Place, kind: str, what: str, word: str, valid: Iterable[str], below: str = ""
    ) -> CatalogProblem:
        """``没有代码表“x”；是不是“y”``, or ``等待 codes/a.toml 改好`` when the word's file was refused."""
        waiting_for = self.lost(kind, word)
        if waiting_for:
            return place.problem(f"等待 {waiting_for} 改好（要用其中的{what}“{word}”）", below, waiting_for)
        return place.problem(f"没有{what}“{word}”{suggest(word, valid)}", below)
