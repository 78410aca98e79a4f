"""Take an import back, as a plan (design §4: nothing is physically deleted).

Rows that nobody touched since become void, values that the import changed go back to what they were. Records that
somebody went on with are listed and kept unless named. One record in a locked batch refuses the whole undo.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.rosters.balances import keep_balances
from minzheng_desktop.exchange.rosters.commit import DONE, UNDONE
from minzheng_desktop.store import schema
from minzheng_desktop.store.rows import shape
from minzheng_desktop.store.store import Store
from minzheng_desktop.store.unit import Reading, chunks
from minzheng_desktop.values.errors import Problem, UserError

_ORDER = ("steps", "terms", "bank_accounts", "records", "household_members", "households", "people")
"""Voided in this order: what refers stands before what it refers to."""


class Written(msgspec.Struct, frozen=True):
    """One row as the import wrote it: `base` is the revision before, None for a new row."""

    entity: str
    id: str
    revision: str
    base: str | None


class Kept(msgspec.Struct, frozen=True):
    """A row that stays, and why."""

    entity: str
    id: str
    name: str
    reason: str


class UndoPlan(msgspec.Struct, frozen=True):
    """`void` and `restore` hold (table, row id) and (table, body); `records` counts the records that go."""

    import_id: str
    file: str
    change_number: int
    void: tuple[tuple[str, str], ...]
    restore: tuple[tuple[str, dict[str, Any]], ...]
    kept: tuple[Kept, ...]
    records: int
    undone: int


def plan_undo(store: Store, import_id: str, *, also: Iterable[str] = ()) -> UndoPlan:
    """What taking an import back would do; `also` names kept records (ids) that are to go all the same.

    Raises UserError: roster.no_import, roster.undone_before, roster.undo_locked (with every record in a batch).
    """
    with store.reading() as r:
        return _plan(r, import_id, frozenset(also))


def undo_import(store: Store, plan: UndoPlan, *, also: Iterable[str] = ()) -> UndoPlan:
    """Apply an undo. When the database changed since, it is planned anew; a different outcome raises UserError
    roster.stale; roster.balance where what it brought has gone out since. Returns the plan applied."""
    with store.writing("undo_import", {"import": plan.import_id, "file": plan.file}) as w:
        if w.change_number() != plan.change_number:
            again = _plan(w, plan.import_id, frozenset(also))
            if (again.void, again.kept) != (plan.void, plan.kept):
                raise UserError("roster.stale", "预览之后台账有了变化，没有撤销。重新查看，看过再撤销。")
            plan = again
        by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for table, row_id in plan.void:
            by_table[table].append({"id": row_id, "void": 1})
        for table in _ORDER:
            w.put_many(table, by_table[table])
        for table, body in plan.restore:
            w.put(table, body)
        form = w.scalar(sa.select(schema.imports.c.form).where(schema.imports.c.id == plan.import_id))
        keep_balances(w, str(form))
        w.update("imports", {"state": UNDONE}, schema.imports.c.id == plan.import_id)
        w.detail["undone"] = plan.undone
        w.detail["kept"] = [k.id for k in plan.kept]
    return plan


def undo_data(plan: UndoPlan) -> dict[str, Any]:
    """An undo as commands print it."""
    return {
        "undone": plan.undone,
        "kept": [{"entity": k.entity, "id": k.id, "name": k.name, "reason": k.reason} for k in plan.kept],
    }


def _plan(r: Reading, import_id: str, also: frozenset[str]) -> UndoPlan:
    i = schema.imports
    row = r.one(sa.select(i).where(i.c.id == import_id))
    if row is None:
        raise UserError("roster.no_import", f"没有编号为 {import_id} 的导入。没有撤销，请核对编号。")
    if row["state"] != DONE:
        raise UserError("roster.undone_before", f"“{row['file']}”的这次导入已经撤销过。没有再做什么。")
    return _Undo(r, row, also).plan()


class _Undo:
    """Looks at every row that one import wrote, from the records down to the people."""

    def __init__(self, r: Reading, row: dict[str, Any], also: frozenset[str]) -> None:
        self._r = r
        self._row = row
        self._also = also
        v = schema.versions.c
        query = sa.select(v.entity, v.id, v.revision, v.base).where(v.audit == row["audit"]).order_by(v.seq)
        self._written: dict[str, dict[str, Written]] = defaultdict(dict)
        for line in r.connection.execute(query):
            first = self._written[line.entity].get(line.id)
            base = line.base if first is None else first.base
            self._written[line.entity][line.id] = Written(line.entity, line.id, line.revision, base)
        self._now = {entity: r.get_many(entity, rows) for entity, rows in self._written.items()}
        self._kept: list[Kept] = []

    def plan(self) -> UndoPlan:
        records = self._new("records")
        self._refuse_locked(records)
        gone = self._records_to_void(records)
        stay = set(records) - gone
        void: list[tuple[str, str]] = []
        for entity in ("steps", "terms"):
            for one in self._new(entity):
                record = self._now[entity][one]["record"]
                if record in gone or (record not in stay and self._untouched(entity, one)):
                    void.append((entity, one))
        reverted = {self._now[entity][one]["record"] for entity, one in void} - gone
        void += [("bank_accounts", one) for one in self._accounts_to_void(stay)]
        void += [("records", one) for one in records if one in gone]
        people = self._unused_people(gone)
        households = self._unused_households(gone, people)
        void += [
            ("household_members", one)
            for one in self._new("household_members")
            if self._now["household_members"][one]["household"] in households
            or self._now["household_members"][one]["person"] in people
        ]
        void += [("households", one) for one in self._new("households") if one in households]
        void += [("people", one) for one in self._new("people") if one in people]
        restore = self._restore({row_id for _, row_id in void})
        touched = reverted | {body["id"] for _, body in restore}
        return UndoPlan(
            import_id=self._row["id"],
            file=self._row["file"],
            change_number=self._r.change_number(),
            void=tuple(void),
            restore=tuple(restore),
            kept=tuple(self._kept),
            records=len(gone),
            undone=len(gone) + len(touched),
        )

    def _new(self, entity: str) -> list[str]:
        """Living rows that the import made."""
        now = self._now.get(entity, {})
        return [
            one
            for one, w in self._written[entity].items()
            if w.base is None and one in now and not now[one]["void"]
        ]

    def _untouched(self, entity: str, row_id: str) -> bool:
        return bool(self._now[entity][row_id]["revision"] == self._written[entity][row_id].revision)

    def _name(self, person_id: str | None) -> str:
        row = self._r.get("people", person_id) if person_id else None
        return str(row["name"]) if row else ""

    def _refuse_locked(self, records: list[str]) -> None:
        changed = {self._now["terms"][one]["record"] for one in self._new("terms")}
        items, batches = schema.payment_items.c, schema.payment_batches.c
        locked: dict[str, str] = {}
        for some in chunks(sorted({*records, *changed})):
            query = (
                sa.select(items.record, sa.func.min(batches.month).label("month"))
                .join(schema.payment_batches, batches.id == items.batch)
                .where(
                    items.record.in_(some),
                    items.void == 0,
                    batches.void == 0,
                    batches.locked_at >= self._row["at"],
                )
                .group_by(items.record)
            )
            locked.update({row.record: row.month for row in self._r.connection.execute(query)})
        if not locked:
            return
        people = {one["id"]: one["person"] for one in self._r.get_many("records", locked).values()}
        problems = tuple(
            Problem(record, f"{self._name(people.get(record))}已在 {month} 的发放里", code="record.locked")
            for record, month in locked.items()
        )
        raise UserError(
            "roster.undo_locked",
            f"这次导入里有 {len(locked)} 件已经进了锁定的发放，整批都没有撤销。"
            "锁定的发放不能改；需要更正的，逐件办理变更或停发。",
            problems,
        )

    def _records_to_void(self, records: list[str]) -> set[str]:
        later = self._later_work(records)
        gone: set[str] = set()
        for one in records:
            reason = later.get(one) or ("" if self._untouched("records", one) else "导入后改过")
            if reason and one not in self._also:
                name = self._name(self._now["records"][one]["person"])
                self._kept.append(Kept("records", one, name, f"{reason}，保留"))
            else:
                gone.add(one)
        return gone

    def _later_work(self, records: list[str]) -> dict[str, str]:
        """Record → what was done with it after the import: a step, a term, an attachment."""
        found: dict[str, str] = {}
        words = {"steps": "导入后办过手续", "terms": "导入后有新的核定", "attachments": "导入后附了材料"}
        for entity, reason in words.items():
            t = schema.EXPORTED[entity].c
            for some in chunks(records):
                for row in self._r.connection.execute(
                    sa.select(t.id, t.record).where(t.record.in_(some), t.void == 0)
                ):
                    if row.id not in self._written[entity]:
                        found.setdefault(row.record, reason)
        return found

    def _accounts_to_void(self, stay: set[str]) -> list[str]:
        kept_people = {self._now["records"][one]["person"] for one in stay}
        void = []
        for one in self._new("bank_accounts"):
            account = self._now["bank_accounts"][one]
            if account["person"] in kept_people:
                continue
            if self._untouched("bank_accounts", one):
                void.append(one)
            else:
                self._kept.append(
                    Kept("bank_accounts", one, self._name(account["person"]), "账户已核对过，保留")
                )
        return void

    def _unused_people(self, gone: set[str]) -> set[str]:
        """New people whom nothing else names: no other record, account, household."""
        candidates = {one for one in self._new("people") if self._untouched("people", one)}
        used: set[str] = set()
        links, accounts = schema.record_people.c, schema.bank_accounts.c
        members, heads = schema.household_members.c, schema.households.c
        for some in chunks(sorted(candidates)):
            for person, record in self._r.connection.execute(
                sa.select(links.person, links.record).where(links.person.in_(some))
            ):
                if record not in gone:
                    used.add(person)
            for column, id_column, table, void in (
                (accounts.person, accounts.id, "bank_accounts", accounts.void),
                (members.person, members.id, "household_members", members.void),
                (heads.head, heads.id, "households", heads.void),
            ):
                for person, row_id in self._r.connection.execute(
                    sa.select(column, id_column).where(column.in_(some), void == 0)
                ):
                    if row_id not in self._written[table]:
                        used.add(person)
        for one in self._new("people"):
            if one not in candidates:
                self._kept.append(
                    Kept("people", one, self._now["people"][one]["name"], "人员信息导入后改过，保留")
                )
        return candidates - used

    def _unused_households(self, gone: set[str], people: set[str]) -> set[str]:
        """New households that no kept record and no member from elsewhere holds on to."""
        candidates = {one for one in self._new("households") if self._untouched("households", one)}
        used: set[str] = set()
        records, members = schema.records.c, schema.household_members.c
        for some in chunks(sorted(candidates)):
            for household, record in self._r.connection.execute(
                sa.select(records.household, records.id).where(records.household.in_(some), records.void == 0)
            ):
                if record not in gone:
                    used.add(household)
            for household, member in self._r.connection.execute(
                sa.select(members.household, members.id).where(members.household.in_(some), members.void == 0)
            ):
                if member not in self._written["household_members"]:
                    used.add(household)
        return candidates - used

    def _restore(self, voided: set[str]) -> list[tuple[str, dict[str, Any]]]:
        """Earlier bodies of rows that the import changed and nobody changed since."""
        v = schema.versions.c
        found: list[tuple[str, dict[str, Any]]] = []
        for entity, rows in self._written.items():
            for one in rows.values():
                if one.base is None or one.id in voided or one.id not in self._now[entity]:
                    continue
                if not self._untouched(entity, one.id):
                    name = self._now[entity][one.id].get("name") or ""
                    self._kept.append(Kept(entity, one.id, str(name), "导入后又改过，保留现在的值"))
                    continue
                text = self._r.scalar(
                    sa.select(v.body)
                    .where(v.entity == entity, v.id == one.id, v.revision == one.base)
                    .limit(1)
                )
                if text is not None:
                    body = shape(schema.EXPORTED[entity]).decode(text)
                    found.append((entity, {**body, "id": one.id}))
        return found
