"""Judging the lines of a package one after the other: pure, from what is here already and what came before."""

from __future__ import annotations

from typing import Any

from minzheng_desktop.exchange.down.receipt import RowLine
from minzheng_desktop.exchange.judging.joins import Joined, gone_version, is_same_entry
from minzheng_desktop.exchange.judging.merging import History, Settled, Version
from minzheng_desktop.exchange.judging.verdicts import (
    ALL_TABLES,
    APPLIED,
    CHANGED,
    CONFLICT,
    DOUBLE_LOCK,
    HELD,
    NEW,
    QUESTIONED,
    REGULAR,
    REJECTED,
    SAME,
    Existing,
    Key,
    LockRight,
    Rewritten,
    Verdict,
    version_of,
)
from minzheng_desktop.exchange.tables import REFERENCES
from minzheng_desktop.store.unit import Line

_STAYING = frozenset({"transfers", "payment_items", "bank_returns", "recoveries"})
"""Rows of the township that a household left, about what was paid there: what was paid is a fact wherever it was."""
_NOT_HERE = "它所指的那一条还没有到，先存着。"


class Judge:
    """Gives each line its outcome; `hold_broken_batches` and `settle_conflicts` follow when all were judged."""

    def __init__(
        self,
        existing: Existing,
        division: str,
        tables: frozenset[str],
        may_lock: LockRight,
        accepted: frozenset[str],
    ) -> None:
        self.division = division
        self._tables = tables
        self._may_lock = may_lock
        self._accepted = accepted
        self._locked = dict(existing.locked)
        self.outcomes: list[str] = []
        self.verdicts: dict[int, Verdict] = {}
        self._rows = dict(existing.rows)
        self._known_before = existing.rows
        self._struck = existing.struck
        self._past = existing.past
        self._numbers = dict(existing.numbers)
        self._handed = existing.handed
        self._whole = tables == ALL_TABLES
        """Another laptop of the office, as it is: with rows that moved away or came, and were another township's."""
        self._own_numbers: dict[str, tuple[str, str, str]] = {}
        self._elsewhere: dict[tuple[str, str], list[str]] = {}
        for (owner, kind, number), holder in existing.numbers.items():
            if owner != division:
                self._elsewhere.setdefault((kind, number), []).append(owner)
            else:
                self._own_numbers[holder] = (owner, kind, number)
        self._batches: dict[str, list[int]] = {}
        self._items: dict[str, list[tuple[int, int]]] = {}
        self._totals: dict[str, tuple[int, int, int]] = {}
        self._returns: list[tuple[int, str]] = []
        self._questions: list[RowLine] = []
        self._lines: list[Line] = []
        self._histories = {key: history.copy() for key, history in existing.histories.items()}
        self._kept: dict[Key, list[int]] = {}
        self._before: dict[Key, str] = {}
        self._aliases = existing.aliases
        self._derived: dict[Key, list[Version]] = {}
        self.joins: list[Joined] = []

    def judge(self, place: int, line: Line, body: Any) -> None:
        """Give the line its outcome; lines come in the order in which they were packed."""
        outcome, verdict = self._outcome(line, body)
        self._lines.append(line)
        self.outcomes.append(outcome)
        if verdict is not None:
            self.verdicts[place] = verdict
        if body is None:
            return
        entity = line.entity
        key = (entity, line.id)
        if outcome in APPLIED and key in self._histories:
            self._keep(key, place, line)
        elif outcome in APPLIED:
            self._rows[key] = (line.revision, body.owner)
        if (
            outcome in APPLIED
            and entity == "people"
            and body.owner == self.division
            and line.id not in self._aliases
        ):
            self._take_number(line, body)
        if entity == "payment_batches" and outcome in APPLIED:
            self._lock(line.id, body)
        if entity == "payment_items" and outcome == NEW:
            self._ask_moved(line, body)
        if entity == "payment_items":
            self._items.setdefault(body.batch, []).append((place, body.total))
        elif entity == "bank_returns":
            self._returns.append((place, body.item))
        elif entity == "payment_batches":
            self._batches.setdefault(line.id, []).append(place)
            self._totals[line.id] = (place, body.total, body.item_count)

    def _outcome(self, line: Line, body: Any) -> tuple[str, Verdict | None]:
        entity = line.entity
        if body is None or entity not in self._tables:
            return REJECTED, Verdict("not_a_township_table", "乡镇不能写这一类内容，已隔离，没有进县库。")
        if body.owner != self.division and not self._whole:
            return REJECTED, Verdict("other_division", "这一条属于别的乡镇，已隔离，没有进县库。", "owner")
        known = self._rows.get((entity, line.id))
        if known is not None:
            settled = self._known(line, *known)
            if settled is not None:
                return settled
        elif line.base is not None:
            return HELD, Verdict("predecessor", "它之前的一版还没有到，先存着。", waits_for=line.id)
        missing = self._missing_reference(line, body)
        if missing is not None:
            return missing
        if entity == "payment_batches" and known is None and line.id not in self._accepted:
            double = self._double_lock(line, body)
            if double is not None:
                return HELD, double
        if entity == "people" and body.id_number and not body.void and line.id not in self._aliases:
            clash = self._number_clash(line, body)
            if (
                clash is not None
                and not self._join(line, clash.waits_for)
                and line.id not in self._struck  # it takes no number from anybody
            ):
                return HELD, clash
        return (NEW if known is None else CHANGED), None

    def _known(self, line: Line, revision: str, owner: str) -> tuple[str, Verdict | None] | None:
        """The outcome of a line for a row that is here, unless it follows the present revision."""
        key = (line.entity, line.id)
        heir = self._handed.to.get(key, owner)
        if self.division != heir and not self._whole:
            why = "要改的这一条属于别的乡镇，已隔离，没有进县库。"
            if self.division in self._handed.by.get(key, ()):
                why = "这一户已批准迁往别的乡镇，这里的改动已隔离，没有进县库。"
            return REJECTED, Verdict("other_division", why, "owner")
        history = self._histories.get(key)
        if (
            history is not None
        ):  # the present revision may be a merge that only this plan made: it is to enter too
            if line.revision in history:
                return SAME, None
            follows = history.knows(line.base)
        else:
            if line.revision == revision or (*key, line.revision) in self._past:
                return SAME, None
            follows = line.base == revision
        if follows:
            return None
        return HELD, Verdict("predecessor", "它之前的一版还没有到，先存着。", waits_for=line.id)

    def _keep(self, key: Key, place: int, line: Line) -> None:
        """Take a line into the history of its row and work out what the row is now."""
        history, (before, owner) = self._histories[key], self._rows.get(key, ("", self.division))
        history.add(version_of(line, ""))
        for version in self._derived.get(key, ()):
            history.add(version)
        self._kept.setdefault(key, []).append(place)
        self._before.setdefault(key, before)
        self._rows[key] = (history.settle(before).head.revision, owner)

    def settle_conflicts(self) -> None:
        """Hold the lines whose changes are not in their row: it conflicts with another version."""
        for key, places in list(self._kept.items()):
            broken = [n for n in places if self.outcomes[n] == HELD]
            if broken:  # the batch is held as a whole: nothing of it enters, its history neither
                for n in places:
                    if self.outcomes[n] != HELD:
                        self.outcomes[n], self.verdicts[n] = HELD, self.verdicts[broken[0]]
                del self._kept[key]
                continue
            history, settled = self._histories[key], self._settled(key)
            if not settled.aside:
                continue
            head = settled.head.revision
            for n in places:
                revision = self._lines[n].revision
                if revision != head and not history.is_before(revision, head):
                    self.outcomes[n] = HELD
                    why = "两台电脑从同一版改出不同的内容，等人决定。"
                    self.verdicts[n] = Verdict(CONFLICT, why, ",".join(settled.conflicts))

    def _settled(self, key: Key) -> Settled:
        return self._histories[key].settle(self._rows[key][0])

    def rewritten(self) -> dict[Key, Rewritten]:
        """The rows whose history grew otherwise than by one version after the other."""
        return {
            key: Rewritten(
                self._before[key],
                self._settled(key),
                tuple(places),
                self._histories[key],
                tuple(self._derived.get(key, ())),
            )
            for key, places in self._kept.items()
        }

    def _missing_reference(self, line: Line, body: Any) -> tuple[str, Verdict] | None:
        for column, table in REFERENCES[line.entity]:
            target = getattr(body, column)
            if target is None:
                continue
            row = self._rows.get((table, target))
            if row is None:
                return HELD, Verdict("reference", _NOT_HERE, column, target)
            heir = self._handed.to.get((table, target), row[1])
            foreign = heir != self.division and not self._whole
            if foreign and not self._stays(line.entity, (table, target)):
                return REJECTED, Verdict(
                    "other_division", "它指向别的乡镇的内容，已隔离，没有进县库。", column
                )
        return None

    def _ask_moved(self, line: Line, body: Any) -> None:
        """A payment for a record that was given to another township: it enters, and somebody looks at the month."""
        key = ("records", body.record)
        heir = self._handed.to.get(key, self.division)
        if heir != self.division and self.division in self._handed.by[key]:
            why = f"这一户已批准迁往区划 {heir}，本乡镇又发了 {body.month}；核对迁入乡镇这个月有没有再发。"
            self._question(line, "moved_paid", why, "record")

    def _stays(self, entity: str, target: Key) -> bool:
        """Whether the row stays with the township that paid, or tells of the move, while what it points to moved."""
        return entity in _STAYING and self.division in self._handed.by.get(target, ())

    def _double_lock(self, line: Line, body: Any) -> Verdict | None:
        """Why a batch waits for a person: its month is locked already, or its laptop may not lock. Void ones pass."""
        if body.void or body.kind != REGULAR:
            return None
        other = self._locked.get((body.form, body.month))
        if other is not None and other != line.id:
            why = f"{body.month} 这项业务已经封过一批，又来一批，等人核对，整批先存着。"
            return Verdict(DOUBLE_LOCK, why, "month", other)
        if not self._may_lock.holds(body.locked_at or line.at):
            return Verdict(DOUBLE_LOCK, "写这一批的电脑没有锁定权，等人核对，整批先存着。", "locked_by")
        return None

    def _lock(self, batch: str, body: Any) -> None:
        key = (body.form, body.month)
        if body.kind == REGULAR and not body.void:
            self._locked.setdefault(key, batch)
        elif self._locked.get(key) == batch:
            del self._locked[key]

    def _number_clash(self, line: Line, body: Any) -> Verdict | None:
        holder = self._numbers.get((self.division, body.id_type, body.id_number))
        if holder is None or holder == line.id:
            return None
        return Verdict("same_person", "同一证号在本乡镇已有另一个人，等人决定。", "id_number", holder)

    def _join(self, line: Line, holder: str) -> bool:
        """Join an entry with the one that holds its number, where they are surely one person; the lower id stays.

        They are compared as they were first entered, so that an edit since makes no difference on some laptop.
        """
        there, here = ("people", holder), ("people", line.id)
        history = self._histories.get(there)
        if history is None or holder in self._aliases:
            return False
        present, new = history[self._rows[there][0]], version_of(line, "")
        own = self._histories.get(here)
        if own is None and here in self._rows:
            return False  # it came without the number in this very package: a person looks
        first = own.versions()[0] if own is not None and here in self._rows else new
        if not is_same_entry(history.versions()[0].body, first.body):
            return False
        joined = Joined(gone=max(holder, line.id), keep=min(holder, line.id))
        self.joins.append(joined)
        self._aliases[joined.gone] = joined.keep
        if joined.gone == line.id:
            self._histories.setdefault(here, History(history.rules))
            self._derived[here] = [gone_version(new, holder)]
            return True
        version = gone_version(present, line.id)
        history.add(version)
        self._derived[there] = [version]
        self._kept.setdefault(there, [])
        self._before.setdefault(there, present.revision)
        self._rows[there] = (version.revision, self.division)
        return True

    def _take_number(self, line: Line, body: Any) -> None:
        before = self._own_numbers.pop(line.id, None)
        if before is not None:
            self._numbers.pop(before, None)
        if not body.id_number or body.void:
            return
        key = (self.division, body.id_type, body.id_number)
        if line.id in self._struck and self._numbers.get(key, line.id) != line.id:
            return
        self._numbers[key] = line.id
        self._own_numbers[line.id] = key
        for owner in self._elsewhere.get((body.id_type, body.id_number), ()):
            self._question(
                line, "same_number_elsewhere", f"同一证号在区划 {owner} 也有，请核对是否同一人。", "id_number"
            )

    def hold_broken_batches(self) -> None:
        """A batch of which one item does not enter is held with all its items."""
        held: set[Key] = set()
        for batch, items in self._items.items():
            places = [*self._batches.get(batch, ()), *(place for place, _ in items)]
            if any(self.outcomes[place] in (HELD, REJECTED) for place in places):
                held.update(("payment_items", self._lines[place].id) for place, _ in items)
                for place in places:
                    if self.outcomes[place] in APPLIED:
                        self.outcomes[place] = HELD
                        self.verdicts[place] = Verdict(
                            "batch", "同一批次里有一条没有进县库，整批先存着。", waits_for=batch
                        )
            elif batch in self._totals:
                self._compare_total(batch, items)
        for place, paid in self._returns:  # what the bank sent back of an item that does not enter
            key = ("payment_items", paid)
            if self.outcomes[place] in APPLIED and key not in self._known_before and key in held:
                self.outcomes[place] = HELD
                self.verdicts[place] = Verdict("reference", _NOT_HERE, "item", paid)

    def _compare_total(self, batch: str, items: list[tuple[int, int]]) -> None:
        place, total, count = self._totals[batch]
        if self.outcomes[place] != NEW:
            return
        actual = sum(amount for _, amount in items)
        if (actual, len(items)) != (total, count):
            self._question(
                self._lines[place],
                "batch_total",
                f"批次写 {count} 条、{total / 100:,.2f} 元，明细合计 {len(items)} 条、{actual / 100:,.2f} 元。",
                "total",
            )

    def _question(self, line: Line, code: str, why: str, field: str) -> None:
        self._questions.append(RowLine(QUESTIONED, line.entity, line.id, line.revision, code, why, field))

    def questions(self) -> tuple[RowLine, ...]:
        """Questions about lines that entered."""
        entered = {
            (line.entity, line.id)
            for line, outcome in zip(self._lines, self.outcomes, strict=True)
            if outcome in APPLIED
        }
        return tuple(row for row in self._questions if (row.entity, row.id) in entered)
