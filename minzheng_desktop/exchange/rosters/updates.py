"""A roster's row against what the office already holds: contact is updated, an account waits to be checked,
what was decided is never overwritten: a difference opens a proposed term (变更待批).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.exchange.rosters.amounts import Reckoner, clean_inputs
from minzheng_desktop.exchange.rosters.cleaned import CleanRow
from minzheng_desktop.exchange.rosters.registry import Registry, Row
from minzheng_desktop.exchange.rosters.state import mapped
from minzheng_desktop.exchange.rosters.targets import Target, subject_root
from minzheng_desktop.store.member_lists import match_members
from minzheng_desktop.store.people import IN_MORE
from minzheng_desktop.values.accounts import account_tail, mask_account
from minzheng_desktop.values.id_number import mask_id_number, told_by
from minzheng_desktop.values.ids import new_id

PROPOSED = "花名册变更"
CONTACT = ("phone", "reside_addr", "hukou_addr")
"""Person attributes that a newer roster may replace."""
_FROM_NUMBER = ("name", "id_number", "id_type", "sex", "birth_date")


class Difference(msgspec.Struct, frozen=True):
    """What a row would change, in words, and what it only contradicts (path, sentence)."""

    changes: tuple[str, ...] = ()
    doubts: tuple[tuple[str, str], ...] = ()


class Updater:
    """Compares rows with records in force and notes what to write.

    What the money rule reads, and what the form no longer lets a clerk edit in the record's state, was decided:
    a difference there is proposed. An empty field is filled; any other difference is only pointed out.
    """

    def __init__(
        self,
        form: Form,
        registry: Registry,
        reckoner: Reckoner,
        *,
        targets: Mapping[str, Target],
        month: str,
        today: str,
    ) -> None:
        self._form = form
        self._registry = registry
        self._reckoner = reckoner
        self._targets = targets
        self._month = month
        self._today = today
        self._root = subject_root(form)
        self._fields = form.top_fields()
        self._table = next((t for t in form.tables.values() if t.from_household), None)
        self._propose = next((s for s in form.workflow.steps.values() if s.to == "change_pending"), None)

    def contact(self, person: Row, values: Mapping[str, Any]) -> Difference:
        """Update the register's phone and addresses; fill other empty attributes; never replace those."""
        changes: list[str] = []
        doubts: list[tuple[str, str]] = []
        more = dict(person.get("more") or {})
        columns: dict[str, Any] = {}
        for name, value in mapped(values, self._root).items():
            if name in _FROM_NUMBER:
                continue
            old = more.get(name) if name in IN_MORE else person.get(name)
            if old == value or value in (None, ""):
                continue
            path = f"{self._root}.{name}"
            if old not in (None, "") and name not in CONTACT:
                both = f"花名册是“{self._format(path, value)}”，台账是“{self._format(path, old)}”"
                doubts.append((path, f"{self._label(path)}：{both}，没有改"))
                continue
            changes.append(f"{self._label(path)}：{self._format(path, old)} → {self._format(path, value)}")
            if name in IN_MORE:
                more[name] = value
            else:
                columns[name] = value
        if not person.get("reside_village") and values.get("village"):
            columns["reside_village"] = values["village"]
        if more != (person.get("more") or {}):
            columns["more"] = more
        self._change("people", person, columns)
        return Difference(tuple(changes), tuple(doubts))

    def household(self, person: Row, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Update the household's address."""
        household = self._registry.state.households.get(person["id"])
        address = values.get("household.address")
        if household is None or not address or household.get("address") == address:
            return ()
        old = household.get("address")
        self._change("households", household, {"address": address})
        return (f"家庭住址：{old or '空'} → {address}",)

    def account(self, person: Row, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Note another account as a change that a second person checks before money goes there."""
        number = values.get("account.number")
        state = self._registry.state
        known = state.accounts.get(person["id"], [])
        if not number or any(a["number"] == number for a in known):
            return ()
        account = {
            "id": new_id(),
            "owner": state.owner,
            "person": person["id"],
            "number": number,
            "name": values.get("account.name") or person["name"],
            "bank": values.get("account.bank"),
            "type": values.get("account.type"),
            "valid_from": self._today,
            "state": "pending",
            "changed_by": state.user,
            "reason": PROPOSED,
        }
        state.accounts.setdefault(person["id"], []).append(account)
        self._registry.writes.bank_accounts.append(account)
        old = next((a["number"] for a in reversed(known) if a["state"] == "active"), "")
        before = f"尾号 {account_tail(old)}" if old else "空"
        return (f"账号：{before} → {account_tail(number)}（待核对）",)

    def record(self, record: Row, person: Row, row: CleanRow) -> Difference:
        """Fill empty fields of the record; propose a term where money's inputs or the members differ."""
        doc = record["doc"]
        filled: dict[str, Any] = {}
        proposed: dict[str, Any] = {}
        fills: list[str] = []
        proposals: list[str] = []
        doubts: list[tuple[str, str]] = []
        for path, value in row.values.items():
            field = self._fields.get(path)
            if path == "start_month":
                if record.get("start_month") and record["start_month"] != value:
                    doubts.append((path, f"起发月：花名册是 {value}，台账是 {record['start_month']}，没有改"))
                continue
            if field is None or field.filled_by or field.live:
                continue
            old = doc.get(path)
            if old == value:
                continue
            words = f"{field.label}：{field.format(old) or '空'} → {field.format(value)}"
            empty = field.is_empty(old) and not field.calculation
            if path in self._reckoner.fields or (not empty and self._is_decided(path, record["state"])):
                proposed[path] = value
                proposals.append(words)
            elif empty:
                filled[path] = value
                fills.append(words)
            else:
                both = f"花名册是“{field.format(value)}”，台账是“{field.format(old) or '空'}”"
                doubts.append((path, f"{field.label}：{both}，没有改"))
        numbered, told = self._numbers(record, row, person)
        if self._table is not None and numbered:
            filled[self._table.key] = numbered
            fills += told
        doubts += self._rows_beside(doc, row)
        members = self._members(record, row, person)
        if members:
            proposed["members"] = members[1]
            proposals.append(members[0])
        if proposed and not self._propose_term(record, person, proposed, proposals):
            proposals = []
        if filled:
            self._change("records", record, {"doc": {**doc, **filled}})
        return Difference((*fills, *(f"{words}（变更待批）" for words in proposals)), tuple(doubts))

    def _rows_beside(self, doc: Mapping[str, Any], row: CleanRow) -> list[tuple[str, str]]:
        """Rows of other tables (the days of a month sheet) that the record does not have: said, not written."""
        doubts = []
        for key, given in row.tables.items():
            if self._table is not None and key == self._table.key:
                continue
            ours = doc.get(key) or ()
            lacking = [one for one in given if not any(one.items() <= known.items() for known in ours)]
            if lacking:
                title = self._form.tables[key].title
                doubts.append((key, f"{title}：花名册有 {len(lacking)} 行与台账不同，没有改；在记录里改"))
        return doubts

    def _is_decided(self, path: str, state: str) -> bool:
        """Whether a field may not be edited in the record's state: it was decided, so it needs a decision."""
        allowed = self._form.section_of(path).edit_in
        return bool(allowed) and state not in allowed

    def members(self, record: Row) -> list[Mapping[str, Any]]:
        """The members of a record in force, {id, name, id_number} as the register has them now."""
        if self._table is None:
            return []
        living = [m for m in record["doc"].get(self._table.key) or () if not m.get("leave_date")]
        named = self._registry.state.named
        return [
            {"name": m.get("name"), "id_number": m.get("id_number"), **named.get(m["person"], {}), "id": m["person"]}
            for m in living
        ]  # fmt: skip

    def _members(self, record: Row, row: CleanRow, person: Row) -> tuple[str, Any] | None:
        """A sentence and the members as listed, where some join or leave; None where all stay."""
        if self._table is None or not row.tables.get(self._table.key):
            return None
        found = match_members(row.tables[self._table.key], self.members(record), head=person["id_number"])
        gone = [one for one in found.gone if one["id"] != person["id"]]
        new = [one for one in found.new if one.get("id_number") != person["id_number"]]
        if not gone and not new:
            return None
        words = [f"增加{'、'.join(str(m.get('name') or m.get('id_number')) for m in new)}"] if new else []
        words += [f"减少{'、'.join(str(m.get('name') or '') for m in gone)}"] if gone else []
        same = [{**m, "id_number": ours.get("id_number") or m.get("id_number")} for m, ours in found.same]
        return f"家庭成员：{'，'.join(words)}", [*same, *(dict(m) for m in new)]

    def _numbers(self, record: Row, row: CleanRow, person: Row) -> tuple[list[Any], list[str]]:
        """Give members known by name only the numbers that the row has for them: their rows, and sentences."""
        if self._table is None or not row.tables.get(self._table.key):
            return [], []
        given: dict[str, str] = {}
        words: list[str] = []
        found = match_members(row.tables[self._table.key], self.members(record), head=person["id_number"])
        for listed, ours in found.same:
            number = listed.get("id_number")
            waits = ours["id"] in self._registry.state.unnumbered
            if number and waits and self._registry.give_number(ours["id"], number):
                given[ours["id"]] = number
                words.append(f"成员{ours['name']}：补上证号 {mask_id_number(number)}")
        told = {person: {"id_number": number, **told_by(number)} for person, number in given.items()}
        rows = [
            {**m, **{k: v for k, v in told.get(m["person"], {}).items() if k in self._table.copy}}
            for m in record["doc"].get(self._table.key) or ()
        ]
        return (rows if given else []), words

    def _propose_term(self, record: Row, person: Row, proposed: dict[str, Any], words: list[str]) -> bool:
        """Write a proposed term unless the same one is waiting; says whether it is new."""
        doc = record["doc"]
        stated = {**(doc.get("stated") or {}), **{k: v for k, v in proposed.items() if k != "members"}}
        wanted = {**doc, **{k: v for k, v in proposed.items() if k != "members"}, "stated": stated}
        inputs = clean_inputs(self._reckoner.inputs(wanted, person))
        waiting = [t for t in self._registry.state.terms.get(record["id"], []) if t["state"] == "proposed"]
        for term in waiting:
            if term["snapshot"].get("proposed") == proposed:
                return False
        writes = self._registry.writes
        writes.terms.append(
            {
                "id": new_id(),
                "owner": record["owner"],
                "record": record["id"],
                "from_month": self._month,
                "state": "proposed",
                "ground": PROPOSED,
                "inputs": inputs,
                "snapshot": {"proposed": proposed, "words": words},
            }
        )
        if self._propose is not None and record["state"] in self._propose.from_:
            writes.steps.append(
                {
                    "id": new_id(),
                    "owner": record["owner"],
                    "record": record["id"],
                    "step": self._propose.key,
                    "from_state": record["state"],
                    "to_state": self._propose.to,
                    "actor": "town",
                    "by": self._registry.state.user,
                    "ground": {"reason": PROPOSED},
                }
            )
        return True

    def _change(self, table: str, row: Row, values: dict[str, Any]) -> None:
        """Change a row; one that this roster brings is not yet written and takes the values itself."""
        if values:
            row.update(values)
            if "revision" in row:
                self._registry.writes.change(table, row["id"], **values)

    def _label(self, path: str) -> str:
        return self._targets[path].label if path in self._targets else path

    def _format(self, path: str, value: Any) -> str:
        if value in (None, ""):
            return "空"
        if path.endswith(".phone"):
            return mask_account(str(value))
        return self._targets[path].field.format(value) if path in self._targets else str(value)
