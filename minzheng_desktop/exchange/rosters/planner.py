"""Decide each row of a roster: new, updated, unchanged or rejected, with every reason at its column."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.load import Catalog
from minzheng_desktop.exchange.rosters.amounts import Reckoner, WholeForm
from minzheng_desktop.exchange.rosters.cleaned import Cleaned, CleanRow, RowProblem
from minzheng_desktop.exchange.rosters.judge import RowJudge
from minzheng_desktop.exchange.rosters.newcomers import Newcomers
from minzheng_desktop.exchange.rosters.plan import NEW, UNCHANGED, UPDATED, PlanRow
from minzheng_desktop.exchange.rosters.row_planner import REPEATED, Row, RowPlanner
from minzheng_desktop.exchange.rosters.state import (
    IN_FORCE_GROUPS,
    OfficeState,
    group_of,
    latest_in,
    mapped,
)
from minzheng_desktop.exchange.rosters.targets import find_targets
from minzheng_desktop.exchange.rosters.updates import Difference, Updater
from minzheng_desktop.store.member_lists import match_members
from minzheng_desktop.store.people import attributes
from minzheng_desktop.values.id_number import mask_id_number, told_by
from minzheng_desktop.values.money import format_money
from minzheng_desktop.values.names import name_key


class Planner(RowPlanner):
    """Decides the rows of one roster. `filled` are the paths of its columns."""

    def __init__(
        self,
        form: Form,
        catalog: Catalog,
        state: OfficeState,
        *,
        filled: frozenset[str],
        area: str,
        month: str,
        today: date,
        paid_through: str | None,
        whole: WholeForm | None = None,
    ) -> None:
        assert form.import_ is not None
        super().__init__(form, state, match=form.import_.match)
        self._month = month
        self._reckoner = Reckoner(form, catalog, area=area, month=month, whole=whole)
        self._judge = RowJudge(
            form,
            catalog,
            filled={*filled, *form.import_.set},
            state=form.import_.state or form.workflow.start,
            area=area,
            today=today,
        )
        self._newcomers = Newcomers(
            form,
            self._registry,
            self._reckoner,
            filled=filled,
            month=month,
            paid_through=paid_through,
            whole=whole,
        )
        self._updater = Updater(
            form,
            self._registry,
            self._reckoner,
            targets=find_targets(form, catalog),
            month=month,
            today=today.isoformat(),
        )

    def plan(self, cleaned: Cleaned) -> list[PlanRow]:
        """Every row in file order."""
        rows = [self.plan_row(row, sheet.header) for sheet in cleaned.sheets for row in sheet.rows]
        if self._reckoner.unable:
            message = f"花名册的金额没有和台账核对：{self._reckoner.unable}"
            self.notes.append(RowProblem("", 0, "", "warning", message, "amount.unable"))
        if self.writes.terms and not any("start_month" in row.values for row in cleaned.rows()):
            message = f"花名册没有写最初享受月份，新增的按 {self._month} 起在享登记"
            self.notes.append(RowProblem("", 0, "", "warning", message, "start.assumed"))
        return rows

    def absent(self, cleaned: Cleaned) -> list[Row]:
        """Records in force, in the villages that the roster speaks of, that it does not name."""
        if self._form.kind == "event":
            return []
        villages = {row.values.get("village") for row in cleaned.rows()} - {None}
        found = []
        for rows in self._state.records.values():
            for record in rows:
                in_force = group_of(self._form, record["state"]) in IN_FORCE_GROUPS
                elsewhere = villages and record["village"] and record["village"] not in villages
                if in_force and not elsewhere and not {record["id"], record["person"]} & self._named:
                    found.append(record)
        return found

    def _judge_members(self, row: CleanRow, person: Row | None, record: Row | None) -> None:
        """Hold the members listed against those of the record in force, or who live in the head's household."""
        for table, listed in row.tables.items():
            if not self._form.tables[table].from_household:
                continue
            head = person or mapped(row.values, self._root)
            home = self._state.households.get(head["id"]) if person is not None else None
            if record is not None:
                ours = self._updater.members(record)
            else:
                ours = self._registry.living(home["id"] if home else None, head)
            found = match_members(listed, ours, head=head.get("id_number"))
            for member in found.new:
                self._judge_newcomer(row, table, member, home)
                if member.get("name") and name_key(str(member["name"])) == name_key(
                    str(head.get("name") or "")
                ):
                    message = (
                        f"成员{member['name']}和户主同名、证号不同，按两个人登记；是同一个人的，改正证号再导"
                    )
                    self._note(row, f"{table}.id_number", "warning", message, "member.namesake")
            for member, own in found.same:
                self._judge_known(row, table, member, own)
            for member in found.unclear:
                message = f"这一户有几个叫“{member['name']}”的，花名册没有证号，分不清是谁；补上证号再导"
                self._note(row, f"{table}.name", "error", message, "member.unclear")
            for member, own in found.contradicted:
                ours_is = mask_id_number(str(own["id_number"]))
                message = (
                    f"这一户的{member['name']}在台账里证号是 {ours_is}，花名册写的不同；核对后改正其中一处"
                )
                self._note(row, f"{table}.id_number", "error", message, "member.other_number")
            for member in found.repeated:
                message = f"成员{member.get('name') or member.get('id_number')}写了两次，按一个人登记"
                self._note(row, f"{table}.name", "warning", message, "member.repeated")

    def _judge_newcomer(self, row: CleanRow, table: str, member: Mapping[str, Any], home: Row | None) -> None:
        name, number = member.get("name", ""), member.get("id_number")
        known = self._state.people.get(number or "")
        if not number:
            message = f"成员{name}没有身份证号，按姓名登记为成员，列入待补号；补号前不能领钱"
            self._note(row, f"{table}.name", "warning", message, "member.no_number")
        elif known is None:
            if not name:
                message = f"成员证号 {number} 没有对应的姓名"
                self._note(row, f"{table}.id_number", "error", message, "member.no_name")
        elif name and name_key(known["name"]) != name_key(name):
            message = f"成员证号在台账里是“{known['name']}”，花名册写“{name}”；核对后改正其中一处"
            self._note(row, f"{table}.id_number", "error", message, "person.other_name")
        else:
            lives = self._state.members.get(known["id"])
            if lives and (home is None or lives != home["id"]):
                message = f"成员{known['name']}在台账里还是另一户的成员，请核对；已离开那一户的，登记离开日期"
                self._note(row, f"{table}.name", "warning", message, "member.elsewhere")

    def _judge_known(
        self, row: CleanRow, table: str, member: Mapping[str, Any], own: Mapping[str, Any]
    ) -> None:
        name, number = member.get("name", ""), member.get("id_number")
        if number and own.get("id_number") and name and name_key(str(own["name"])) != name_key(name):
            message = f"成员证号在台账里是“{own['name']}”，花名册写“{name}”；核对后改正其中一处"
            self._note(row, f"{table}.id_number", "error", message, "person.other_name")
        elif not number and not own.get("id_number"):
            message = f"成员{name}还没有身份证号，在待补号里；补号前不能领钱"
            self._note(row, f"{table}.name", "warning", message, "member.no_number")
        elif number and not own.get("id_number") and own["id"] in self._state.unnumbered:
            problem = self._registry.number_problem(own["id"], number)
            if problem:
                self._note(
                    row, f"{table}.id_number", "warning", f"成员{name}：{problem}", "member.number_kept"
                )

    def _decide(self, row: CleanRow, out: PlanRow, person: Row | None) -> None:
        records = self._state.records.get(person["id"] if person else "", []) if self._knows(person) else []
        self._resolve_facilities(row)
        if self._match:
            same = [r for r in records if all(r["doc"].get(p) == row.values.get(p) for p in self._match)]
            existing = same[-1] if same else None
        else:
            existing = latest_in(self._form, records, IN_FORCE_GROUPS)
            if existing is None:
                self._judge_earlier(row, records)
        if not row.rejected:
            self._judge_members(row, person, existing)
        if row.rejected:
            return
        if existing is None:
            self._enter(row, out, person)
        else:
            self._compare(row, out, person or {}, existing)

    def _knows(self, person: Row | None) -> bool:
        """Whether there can be records of a row's subject: a known person, or a register that is not of people."""
        return person is not None or not self._of_people

    def _judge_earlier(self, row: CleanRow, records: list[Row]) -> None:
        """Nobody enters past an application under way, or past a decision to stop."""
        states = self._form.workflow.states
        waiting = latest_in(self._form, records, ("open", "draft"))
        ended = [r for r in records if r.get("start_month") and group_of(self._form, r["state"]) == "closed"]
        if waiting is not None:
            title = states[waiting["state"]].title if waiting["state"] in states else waiting["state"]
            message = f"台账里已有一件在办（{title}），没有另建；办完或撤回后再导"
            self._note(row, self._id_path, "error", message, "record.open")
        elif ended:
            since = ended[-1].get("end_month")
            when = f"自 {since} 起" if since else ""
            message = f"台账里{when}已停发，花名册还有；核实后在原表删掉这一行，或在台账里重新受理"
            self._note(row, self._id_path, "error", message, "record.ended")

    def _enter(self, row: CleanRow, out: PlanRow, person: Row | None) -> None:
        taken = self._taken(row)
        if taken is not None:
            self._note(row, taken[0], "error", taken[1], "record.not_unique")
            return
        if person is not None and person.get("reside_village"):
            row.values.setdefault("village", person["reside_village"])
        doc = self._newcomers.sketch(row)
        calculated = self._judged(row, doc, person)
        if row.rejected:
            return
        if person is not None:
            found = self._updater.contact(person, row.values)
            out.changes = found.changes
            self._doubt(row, found)
            lives = self._state.members.get(person["id"])
            if self._form.subject == "household" and lives and person["id"] not in self._state.households:
                message = "台账里这个人是另一户的成员，已按户主另立一户，请核对"
                self._note(row, f"{self._root}.name", "warning", message, "person.moved")
        if not row.values.get("village") and self._of_people:
            self._note(row, "village", "warning", "没有写村，也认不出是哪个村的表", "village.missing")
        start = row.values.get("start_month")
        if start and start > self._month:
            message = f"起始月份 {start} 晚于花名册的 {self._month}，请核对"
            self._note(row, "start_month", "warning", message, "start.later")
        added = self._newcomers.add(row, {**calculated, **doc})
        self._claim(added.record)
        if added.inputs is not None:
            self._compare_amount(row, added.amounts, added.missing)
        out.action, out.record = NEW, added.record["id"]

    def _taken(self, row: CleanRow) -> tuple[str, str] | None:
        tables = (t.key for t in self._form.tables.values() if t.from_household)
        return super()._taken(row) or next(
            (found for table in tables if (found := self._member_taken(row, table))), None
        )

    def _member_taken(self, row: CleanRow, table: str) -> tuple[str, str] | None:
        """A person who is covered in another household may not be covered here too."""
        unique = next((u for u in self._form.uniques.values() if u.keys == (f"{table}.person",)), None)
        numbers = [row.values[self._id_path]]
        numbers += [m["id_number"] for m in row.tables.get(table, []) if m.get("id_number")]
        for number in numbers:
            person = self._state.people.get(number)
            if unique and person is not None and (unique.name, person["id"]) in self._state.keys:
                message = (unique.message or REPEATED).replace("{person.name}", person["name"])
                return self._id_path, f"{message}，核对后改正"
        return None

    def _claim(self, record: Row) -> None:
        super()._claim(record)
        doc, keys = record["doc"], self._state.keys
        for unique in self._form.uniques.values():
            if unique.table and unique.keys == (f"{unique.table}.person",):
                for member in doc.get(unique.table) or ():
                    if member.get("in_covered"):
                        keys[unique.name, member["person"]] = record["id"]

    def _judged(self, row: CleanRow, doc: Mapping[str, Any], person: Row | None) -> dict[str, Any]:
        """Hold a document against the form's conditions; returns its calculations."""
        who: dict[str, Any] = {}
        if self._judge.reads_person:
            who = attributes(person) if person is not None else mapped(row.values, self._root)
            if not who.get("birth_date"):
                who |= told_by(row.values[self._id_path])
        calculated, problems = self._judge.judge(doc, who)
        for problem in problems:
            self._note(row, problem.path, problem.level, problem.message, f"form.{problem.code or 'rule'}")
        return calculated

    def _compare(self, row: CleanRow, out: PlanRow, person: Row, record: Row) -> None:
        self._named.add(record["id"])
        out.record = record["id"]
        stated = {path: value for path, value in row.values.items() if path in self._form.fields}
        self._judged(row, {**record["doc"], **stated}, person)
        if row.rejected:
            return
        changes: list[str] = []
        if self._of_people:
            contact = self._updater.contact(person, row.values)
            self._doubt(row, contact)
            changes += [*contact.changes, *self._updater.household(person, row.values)]
            changes += self._updater.account(person, row.values)
        found = self._updater.record(record, person, row)
        self._doubt(row, found)
        changes += found.changes
        self._compare_amount(row, *self._reckoner.fills(self._decided(record)))
        out.changes = tuple(changes)
        out.action = UPDATED if changes else UNCHANGED

    def _decided(self, record: Row) -> dict[str, Any]:
        """The rule's inputs as last approved for the roster's month."""
        terms = [t for t in self._state.terms.get(record["id"], []) if t["state"] == "approved"]
        in_time = [t for t in terms if t["from_month"] <= self._month] or terms
        return in_time[-1]["inputs"] if in_time else {}

    def _doubt(self, row: CleanRow, found: Difference) -> None:
        for path, message in found.doubts:
            self._note(row, path, "warning", message, "value.differs")

    def _compare_amount(self, row: CleanRow, ours: Mapping[str, int], missing: tuple[str, ...]) -> None:
        """The roster's amounts are judged against ours, never written."""
        benefit = self._form.benefit
        if benefit is None or self._form.kind == "event" or self._reckoner.unable:
            return
        if missing:
            message = f"缺{'、'.join(missing)}，算不出金额，补齐前不能发放"
            self._note(row, "", "warning", message, "amount.inputs")
            return
        for part, path in reversed(benefit.fills.items()):
            theirs = row.values.get(path)
            if theirs is not None and part in ours and theirs != ours[part]:
                message = (
                    f"{self._form.fields[path].label}：花名册是 {format_money(theirs)}，"
                    f"按 {self._month} 的标准算是 {format_money(ours[part])}，以台账算出的为准"
                )
                self._note(row, path, "warning", message, "amount.differs")
                return  # the total says it; its parts would say it again
