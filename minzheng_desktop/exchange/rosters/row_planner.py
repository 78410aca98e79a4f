"""What every row of people goes through before it is decided: who it is, whether it stands twice, what it names."""

from __future__ import annotations

from typing import Any, ClassVar

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.exchange.rosters.cleaned import CleanRow, RowProblem
from minzheng_desktop.exchange.rosters.headers import Header
from minzheng_desktop.exchange.rosters.plan import REJECTED, PlanRow, Writes
from minzheng_desktop.exchange.rosters.registry import Registry
from minzheng_desktop.exchange.rosters.state import OfficeState
from minzheng_desktop.exchange.rosters.targets import subject_root
from minzheng_desktop.values.id_number import told_by
from minzheng_desktop.values.names import name_key

DEAD = ("2", "3")
"""alive_status: 死亡, 宣告死亡 (domain §2.3)."""
REPEATED = "与台账里已有的一条重复"
_BY_PATH = -2
"""Marks a finding whose column is still named by its path."""

Row = dict[str, Any]


class RowPlanner:
    """Base of the planners; `writes` and `notes` grow as it goes. `match` are the paths that find a record beside
    the subject's id number."""

    told: ClassVar[str] = "花名册"
    """Where a row says something."""
    taken_in: ClassVar[str] = "只读入前一行；留一行，另一行在原表删掉"
    to_remove: ClassVar[str] = "花名册还有；核实后在原表删掉这一行"
    thorough: ClassVar[bool] = False
    """Whether a row that is already refused is judged further, so that all that is wrong is said at once."""

    def __init__(self, form: Form, state: OfficeState, *, match: tuple[str, ...]) -> None:
        self.writes = Writes()
        self.notes: list[RowProblem] = []
        self._form = form
        self._state = state
        self._root = subject_root(form)
        self._of_the_dead = any(field.feeds == "person.death_date" for field in form.fields.values())
        self._id_path = f"{self._root}.id_number"
        self._match = [p for p in match if not p.startswith(self._root + ".")]
        self._of_people = form.subject != "none"
        self._registry = Registry(state, self.writes)
        fills = form.benefit.fills if form.benefit else {}
        self._total = fills.get("total") or fills.get("base") or ""
        self._facilities = [f for f in form.top_fields().values() if f.type.name == "facility"]
        self._uniques = [
            (u, u.keys[0])
            for u in form.uniques.values()
            if len(u.keys) == 1 and not u.table and u.keys[0] in form.fields
        ]
        self._seen: dict[tuple[Any, ...], CleanRow] = {}
        self._accounts: dict[str, CleanRow] = {}
        self._named: set[str] = set()

    def plan_row(self, given: CleanRow, header: Header | None) -> PlanRow:
        """What becomes of one row; the row given is not changed."""
        row = CleanRow(
            given.sheet, given.row, dict(given.values), given.tables, list(given.problems), given.hidden
        )
        values = row.values
        number = values.get(self._id_path) or ""
        out = PlanRow(
            row.sheet,
            row.row,
            REJECTED,
            values.get(f"{self._root}.name" if self._of_people else self._match[0], ""),
            number,
            village=values.get("village", ""),
            amount=values.get(self._total),
        )
        person = None
        if number:
            told = told_by(number)
            out.sex, out.birth_date = told["sex"], told["birth_date"]
            person = self._state.people.get(number)
            if person is not None:
                self._named.add(person["id"])
        if not row.rejected:
            self._look_for_repeats(row)
        if not row.rejected and self._of_people:
            self._judge_people(row, person)
        if self.thorough or not row.rejected:
            self._decide(row, out, person)
        out.problems = tuple(_placed(p, header) for p in row.problems)
        return out

    def _decide(self, row: CleanRow, out: PlanRow, person: Row | None) -> None:
        """Set the action of a row, note what is wrong, write down what it brings."""
        raise NotImplementedError

    def _note(self, row: CleanRow, path: str, level: str, message: str, code: str) -> None:
        row.problems.append(RowProblem(row.sheet, row.row, path, level, message, code, _BY_PATH))

    def _look_for_repeats(self, row: CleanRow) -> None:
        key = (row.values.get(self._id_path), *(row.values.get(p) for p in self._match))
        first = self._seen.setdefault(key, row)
        if first is not row:
            where = f"工作表“{first.sheet}”" if first.sheet != row.sheet else ""
            same = "重复" if self._match else "是同一个人"
            path = self._id_path if self._of_people else self._match[0]
            message = f"和{where}第 {first.row} 行{same}，{self.taken_in}"
            self._note(row, path, "error", message, "row.repeated")
            return
        number = row.values.get("account.number")
        if number and not self._match:
            other = self._accounts.setdefault(number, row)
            if other is not row:
                message = f"和第 {other.row} 行的账号相同，请核对是不是同一张卡"
                self._note(row, "account.number", "warning", message, "account.shared")

    def _judge_people(self, row: CleanRow, person: Row | None) -> None:
        name = row.values[f"{self._root}.name"]
        if person is not None and name_key(person["name"]) != name_key(name):
            message = f"这个证号在台账里是“{person['name']}”，{self.told}写“{name}”；核对后改正其中一处"
            self._note(row, self._id_path, "error", message, "person.other_name")
        elif person is not None and person.get("alive_status") in DEAD and not self._of_the_dead:
            died = f"（{person['death_date']}）" if person.get("death_date") else ""
            message = f"台账里{name}已登记死亡{died}，{self.to_remove}"
            self._note(row, self._id_path, "error", message, "person.dead")

    def _resolve_facilities(self, row: CleanRow) -> None:
        for field in self._facilities:
            text = row.values.get(field.path)
            found = self._state.facilities.get(text or "")
            if text and found is not None:
                row.values[field.path] = found
            elif text:
                level = "error" if field.required else "warning"
                message = f"机构登记里没有“{text}”；先在机构里登记，或改成登记的名称"
                self._note(row, field.path, level, message, "facility.unknown")
                del row.values[field.path]

    def _taken(self, row: CleanRow) -> tuple[str, str] | None:
        """(path, sentence) of the first key of the form that another record holds."""
        for unique, key in self._uniques:
            value = row.values.get(key)
            if value not in (None, "") and (unique.name, str(value)) in self._state.keys:
                return key, f"{unique.message or REPEATED}，核对后改正"
        return None

    def _claim(self, record: Row) -> None:
        for unique, key in self._uniques:
            if record["doc"].get(key) not in (None, ""):
                self._state.keys[unique.name, str(record["doc"][key])] = record["id"]


def _placed(problem: RowProblem, header: Header | None) -> RowProblem:
    """The finding with its column's title in place of a path."""
    if problem.index != _BY_PATH:
        return problem
    column = header.column_of(problem.column) if header else None
    return RowProblem(
        problem.sheet,
        problem.row,
        column.title if column else "",
        problem.level,
        problem.message,
        problem.code,
        column.index if column else -1,
    )
