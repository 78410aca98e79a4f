"""拷贝登记 for the window, and the places to which files may be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

from ...documents.copies_list import HEADS, TITLE, copy_cells, save_copies
from ...store import copies, destinations
from ...store.files import CopyStep
from ..kit.cells import Chip
from ..listing import Line, Listing
from ..worker import Progress
from .office import Office
from .prints import stamp

__all__ = ["HEADS", "TITLE"]
Result = TypeVar("Result")


def places(office: Office) -> list[destinations.Found]:
    """The destinations to offer: remembered ones, last used first, then sticks that are plugged in."""
    with office.store.reading() as r:
        return destinations.offered(r)


def usable_place(office: Office) -> Path | None:
    """The destination that was used last and can be used now."""
    return next((one.folder for one in places(office) if one.remembered and not one.problem), None)


def progressing(steps: Generator[CopyStep, None, Result]) -> Generator[Progress, None, Result]:
    """The steps of a copy as the foot bar shows them; closing stops the copying."""
    try:
        while True:
            step = next(steps)
            yield Progress(step.words, step.done // 1024, step.of // 1024)
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        steps.close()


def forget(office: Office, folder: Path) -> None:
    """Take a destination out of the list."""
    destinations.forget(office.store, folder)


def view(office: Office, pill: str, text: str = "") -> Listing:
    """The register: every copy, or those of one kind; `text` is a package number or part of a name, place or user."""
    still = copies.settle(office.store)
    found = _found(office, text)
    kinds = Counter(one.kind for one in found)
    shown = [one for one in found if not pill or one.kind == pill]
    sticks = len({(one.device, one.place) for one in shown})
    return Listing(
        title=TITLE,
        hint=f"找“{text}”" if text else "哪个文件什么时候抄到了哪个盘",
        lines=tuple(_line(office, one) for one in shown),
        pills=(
            ("", "全部", len(found)),
            *((kind, words, kinds[kind]) for kind, words in copies.KINDS.items() if kinds[kind]),
        ),
        notices=(
            (
                (
                    "warn",
                    f"有 {still} 份拷贝写的时候断了，盘现在没有插上。",
                    "插上那个盘再打开这一页，会自己核对。",
                ),
            )
            if still
            else ()
        ),
        foot=f"{len(shown):,} 份，在 {sticks:,} 个盘或文件夹里" if shown else "",
        empty="没有这样的拷贝。" if text or pill else "还没有往盘上抄过文件。",
        actions_on={"workbook": bool(shown), "print": bool(shown)},
    )


def _found(office: Office, text: str) -> list[copies.CopyLine]:
    with office.store.reading() as r:
        if text.isascii() and text.isdigit() and len(text) <= 6:
            return copies.list_copies(r, number=int(text))
        return copies.list_copies(r, text=text)


def _line(office: Office, one: copies.CopyLine) -> Line:
    cells = copy_cells(one, office.store.catalog.divisions.name)
    names = ("at", "by", "kind", "name", "number", "town", "device", "place", "size", "lines")
    state = {
        copies.WRITTEN: Chip("已写好", "ok", "ok"),
        copies.REPLACED: Chip("已被替换", "neutral", "dash"),
    }.get(one.state, Chip("写时断了", "warn", "warn"))
    return Line(
        one.id,
        {**dict(zip(names, cells, strict=False)), "state": state},
        more=f"{one.name} 在 {one.place}　{one.device}　校验值（SHA-256）{one.digest}",
        target=cells,
    )


def save(office: Office, target: Path, pill: str, text: str) -> int:
    """Write what is shown as a workbook; returns how many lines. Raises UserError of the disk."""
    shown = [one for one in _found(office, text) if not pill or one.kind == pill]
    save_copies(office.store, shown, target, printed_at=stamp())
    return len(shown)
