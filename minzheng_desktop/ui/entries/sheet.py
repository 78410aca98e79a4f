"""The rows of a grid of new records as they are typed: texts, verdicts, what was saved, and the way back.

Plain data, no widgets: the model of the view and the room work on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ERROR, WARNING = "error", "warning"
BLANK, WAITING, GOOD, WARNED, WRONG, SAVED = "blank", "waiting", "good", "warned", "wrong", "saved"
REPEATED = "row.repeated"
"""The code of a problem that the sheet says itself, because rows move."""
_TWICE = "和第 {line} 行{same}，只能存一行，删掉另一行"


@dataclass(frozen=True)
class GridColumn:
    """A column: see ``exchange.rosters.entry_columns.EntryColumn``."""

    path: str
    label: str
    kind: str
    needed: bool = True
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    start: str = ""
    keep: bool = False
    unit: str = ""
    hint: str = ""

    @property
    def fills_itself(self) -> bool:
        """Whether a fresh row holds something here that nobody typed."""
        return bool(self.start) or self.keep


@dataclass(frozen=True)
class CellProblem:
    """What is wrong with a cell; an empty path means the whole row."""

    path: str
    level: str
    message: str
    code: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a row came to when it was judged: see ``exchange.rosters.entries.JudgedLine``."""

    good: bool
    problems: tuple[CellProblem, ...] = ()
    shown: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] | None = None
    name: str = ""
    person: str = ""
    """男 1940-05-01, as the id number tells."""
    known: bool = False
    amount: int | None = None
    notes: tuple[str, ...] = ()


class Line:
    """One row. ``version`` counts its changes, so that a verdict on an older one is not taken."""

    __slots__ = ("cells", "saved", "verdict", "version")

    def __init__(self, cells: Mapping[str, str] | None = None) -> None:
        self.cells: dict[str, str] = dict(cells or {})
        self.version = 0
        self.verdict: Verdict | None = None
        self.saved = False


Edit = tuple[int, str, str]
"""(row, path, text): a cell as it is to be."""


@dataclass(frozen=True)
class _Change:
    """One step back: cells with their text before and after, and rows that were taken out."""

    edits: tuple[tuple[int, str, str, str], ...] = ()
    removed: tuple[tuple[int, Line], ...] = ()


class EntrySheet:
    """All rows, the last one always blank. Every change can be taken back until the rows are saved."""

    def __init__(self, columns: Sequence[GridColumn], rows: Iterable[Mapping[str, str]] = ()) -> None:
        self.columns = tuple(columns)
        self._number = next((c.path for c in columns if c.kind == "id_number"), "")
        self._auto = frozenset(c.path for c in columns if c.fills_itself)
        self.lines: list[Line] = [Line(cells) for cells in rows]
        self._done: list[_Change] = []
        self._undone: list[_Change] = []
        self._tidy()

    # -- what stands here ---------------------------------------------------------

    def is_blank(self, at: int) -> bool:
        """Whether nobody typed anything into a row."""
        cells = self.lines[at].cells
        return not any(text.strip() and path not in self._auto for path, text in cells.items())

    def filled(self) -> list[int]:
        """The rows that are to be saved."""
        return [at for at, line in enumerate(self.lines) if not line.saved and not self.is_blank(at)]

    def text(self, at: int, path: str) -> str:
        """A cell as typed."""
        return self.lines[at].cells.get(path, "")

    def repeats(self) -> dict[int, int]:
        """Row → the row above that is about the same person (and day), of all that are not saved."""
        first: dict[tuple[str, ...], int] = {}
        found: dict[int, int] = {}
        for at, line in enumerate(self.lines):
            key = line.verdict.key if line.verdict is not None and not line.saved else None
            if key is not None and first.setdefault(key, at) != at:
                found[at] = first[key]
        return found

    def problems(self, at: int, repeats: Mapping[int, int]) -> tuple[CellProblem, ...]:
        """What is wrong with a row, the errors first."""
        line = self.lines[at]
        if line.verdict is None:
            return ()
        found = [
            p for p in line.verdict.problems if "行是同一个人" not in p.message and "行重复" not in p.message
        ]
        if at in repeats:
            same = "是同一个人" if line.verdict.key and len(line.verdict.key) == 1 else "重复"
            found.append(CellProblem(self._number, ERROR, _TWICE.format(line=repeats[at] + 1, same=same)))
        return tuple(sorted(found, key=lambda p: p.level != ERROR))

    def state(self, at: int, repeats: Mapping[int, int]) -> str:
        """BLANK, WAITING for a verdict, GOOD, WARNED, WRONG or SAVED."""
        line = self.lines[at]
        if line.saved:
            return SAVED
        if self.is_blank(at):
            return BLANK
        if line.verdict is None:
            return WAITING
        if not line.verdict.good or at in repeats:
            return WRONG
        return WARNED if line.verdict.problems else GOOD

    # -- changes -----------------------------------------------------------------------

    def enter(self, edits: Iterable[Edit]) -> list[int]:
        """Put texts into cells, as one step; rows that were blank take what fresh rows hold. The rows changed."""
        wanted = [(at, path, text) for at, path, text in edits if not self._is_saved(at)]
        given: dict[int, set[str]] = {}
        for at, path, _ in wanted:
            given.setdefault(at, set()).add(path)
        self._reach(max(given, default=-1))
        typed = {at for at, path, text in wanted if text.strip() and path not in self._auto}
        fresh = sorted(at for at in typed if self.is_blank(at))
        changes: dict[tuple[int, str], str] = {(at, path): text for at, path, text in wanted}
        for at in fresh:
            for column in self.columns:
                if column.fills_itself and column.path not in given[at] and not self.text(at, column.path):
                    changes[at, column.path] = self._start_of(column, at, changes)
        return self._apply(
            _Change(
                tuple(
                    (at, path, self.text(at, path), text)
                    for (at, path), text in changes.items()
                    if self.text(at, path) != text
                )
            )
        )

    def _start_of(self, column: GridColumn, at: int, changes: Mapping[tuple[int, str], str]) -> str:
        above = at - 1
        if column.keep and above >= 0:
            kept = changes.get((above, column.path), self.text(above, column.path))
            if kept:
                return kept
        return column.start

    def fill_down(self, first: int, last: int, paths: Sequence[str]) -> list[int]:
        """The cells of the first row, in all rows down to the last; of one row alone: the cells above it."""
        source = first if last > first else first - 1
        if source < 0:
            return []
        return self.enter(
            (at, path, self.text(source, path)) for at in range(source + 1, last + 1) for path in paths
        )

    def remove(self, rows: Iterable[int]) -> list[int]:
        """Take rows out; saved ones stay. Returns the rows from the first one on."""
        gone = [at for at in sorted(set(rows)) if at < len(self.lines) and not self.lines[at].saved]
        return self._apply(_Change(removed=tuple((at, self.lines[at]) for at in gone)))

    def undo(self) -> list[int]:
        """Take the last step back; the rows changed, empty when there is none."""
        if not self._done:
            return []
        change = self._done.pop()
        self._undone.append(change)
        for at, line in change.removed:
            self.lines.insert(at, line)
        for at, path, before, _ in change.edits:
            self._put(at, path, before)
        self._tidy()
        return self._touched(change)

    def redo(self) -> list[int]:
        """Do again what was taken back last."""
        if not self._undone:
            return []
        change = self._undone.pop()
        self._done.append(change)
        return self._carry_out(change)

    def _apply(self, change: _Change) -> list[int]:
        if not change.edits and not change.removed:
            self._tidy()
            return []
        self._done.append(change)
        self._undone.clear()
        return self._carry_out(change)

    def _carry_out(self, change: _Change) -> list[int]:
        for at, path, _, text in change.edits:
            self._put(at, path, text)
        for at, _line in reversed(change.removed):
            del self.lines[at]
        self._tidy()
        return self._touched(change)

    def _touched(self, change: _Change) -> list[int]:
        if change.removed:
            return list(range(change.removed[0][0], len(self.lines)))
        return sorted({at for at, *_ in change.edits if at < len(self.lines)})

    def _put(self, at: int, path: str, text: str) -> None:
        self._reach(at)
        line = self.lines[at]
        line.cells[path] = text
        line.version += 1
        line.verdict = None

    def _reach(self, at: int) -> None:
        while len(self.lines) <= at:
            self.lines.append(Line())

    def _tidy(self) -> None:
        """Exactly one blank row at the end."""
        while self.lines and not self.lines[-1].saved and self.is_blank(len(self.lines) - 1):
            self.lines.pop()
        self.lines.append(Line())

    def _is_saved(self, at: int) -> bool:
        return at < len(self.lines) and self.lines[at].saved

    # -- verdicts, saving, drafts -------------------------------------------------------------

    def waiting(self) -> list[int]:
        """Rows that nobody has judged as they stand."""
        return [at for at in self.filled() if self.lines[at].verdict is None]

    def take_verdict(self, line: Line, version: int, verdict: Verdict) -> None:
        """A verdict arrived; one on an older text is dropped."""
        if line.version == version:
            line.verdict = verdict

    def mark_saved(self, lines: Iterable[Line]) -> None:
        """These rows stand in the books now: they are read only, and nothing before can be taken back here."""
        for line in lines:
            line.saved = True
        for line in self.lines:
            if not line.saved:
                line.verdict = None  # the books have changed under it
        self._done.clear()
        self._undone.clear()
        self._tidy()

    def drop_saved(self) -> None:
        """Put saved rows away."""
        self.lines = [line for line in self.lines if not line.saved]
        self._done.clear()
        self._undone.clear()
        self._tidy()

    def draft(self) -> list[dict[str, str]]:
        """What is not saved yet, to be kept."""
        return [{path: text for path, text in self.lines[at].cells.items() if text} for at in self.filled()]


def draft_rows(doc: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of a kept draft."""
    return [{str(k): str(v) for k, v in row.items()} for row in doc.get("rows") or ()]
