"""Finding the files of a catalogue: the shipped seeds, or a folder that somebody wants checked."""

from __future__ import annotations

import tomllib
from pathlib import Path

from minzheng_desktop.catalog.problems import CatalogProblem
from minzheng_desktop.catalog.sources import Source, read_source
from minzheng_desktop.paths import forms_dir, resources_dir

_RESOURCE_KINDS = {"codes": "codes", "rates": "rates", "workflows": "workflow", "divisions": "divisions",
                   "indicators": "indicators", "overlaps": "overlaps", "discover": "discover",
                   "calendar": "calendar"}  # fmt: skip


def shipped_sources() -> list[Source]:
    """The seeds that came with the program. Raises FileNotFoundError when the program is incomplete."""
    found, problems = folder_sources(forms_dir(), root="forms", otherwise="form")
    for folder, kind in _RESOURCE_KINDS.items():
        path = resources_dir() / folder
        if path.is_dir():
            more, wrong = folder_sources(path, root=f"resources/{folder}", kind=kind)
            found += more
            problems += wrong
    if problems:
        raise OSError(problems[0].sentence())
    return found


def folder_sources(
    folder: Path, *, root: str = "", kind: str = "", otherwise: str = "", origin: str = "shipped"
) -> tuple[list[Source], list[CatalogProblem]]:
    """Every .toml and .csv under a folder; a file that is no text becomes a problem.

    kind: when given, of all files; otherwise told from the place of each. Of a file that its place does not tell,
    it is ``otherwise``, or read from its content, which takes a millisecond a file.
    """
    sources: list[Source] = []
    problems: list[CatalogProblem] = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".toml", ".csv") and p.is_file()):
        relative = path.relative_to(folder)
        name = (Path(root) / relative).as_posix()
        try:
            source = read_source(path, kind=kind or "form", key=path.stem, name=name, origin=origin)
        except UnicodeDecodeError:
            problems.append(CatalogProblem(name, 0, "", "不是文字文件，或编码既非 UTF-8 也非 GB18030"))
            continue
        except OSError as error:
            problems.append(CatalogProblem(name, 0, "", f"打不开：{error.strerror or error}"))
            continue
        told = kind or _kind_by_place(relative) or otherwise or _kind_by_content(source.text)
        key = relative.parts[-2] if told == "area" and len(relative.parts) > 1 else path.stem
        sources.append(Source(told, key, name, source.text, origin))
    return sources, problems


def _kind_by_place(path: Path) -> str:
    folders = path.parts[:-1]
    if path.suffix.lower() == ".csv":
        return "divisions"
    if path.name == "area.toml":
        return "area"
    if path.name == "released.toml":
        return "released"
    if "shared" in folders:
        return "shared"
    for folder, kind in _RESOURCE_KINDS.items():
        if folder in folders:
            return kind
    return ""


def _kind_by_content(text: str) -> str:
    """What a loose file is, by its own words; a file that cannot be read counts as a form and is refused so."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return "rates" if "[rate." in text else "workflow" if "[step" in text else "form"
    if "extends" in data or "workflow" in data or "section" in data:
        return "form" if "extends" in data or "workflow" in data else "shared"
    if "rate" in data:
        return "rates"
    if "year" in data:
        return "calendar"
    if "overlap" in data:
        return "overlaps"
    if "rule" in data:
        return "discover"
    if "step" in data or "state" in data:
        return "workflow"
    if data and all(isinstance(value, dict) and "items" in value for value in data.values()):
        return "codes"
    if {"indicator", "monthly", "chapter"} & data.keys():
        return "indicators"
    if data and all(isinstance(value, dict) and "measure" in value for value in data.values()):
        return "indicators"
    return "form"
