"""收入财产 over the whole page: digits go into the record's income rows, the amount follows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from ...values.dates import age_on, format_month_cn, month_of
from ...values.ids import new_id
from ...values.money import format_money_grouped
from ..economy import Economy, EconomyPage, ListLine
from ..gateway import records as gateway
from ..income_grid import IncomeRow
from ..kit.cells import DASH, Cell, Mark
from ..kit.money import CalculationLine
from ..records.outline import Doc, TableLine
from .room import Room

if TYPE_CHECKING:
    from ..window import Window
    from .records import RecordsRoom

SHOWN_KINDS = 4
"""Income kinds that always have a column; others get one when used."""


class EconomyRoom(Room):
    """Works on the document of the record that is open in a ``RecordsRoom``."""

    def __init__(self, desk: Window, records: RecordsRoom) -> None:
        super().__init__(desk)
        self.records = records
        self.page = EconomyPage()
        page = self.page
        page.entered.connect(self.enter)
        page.back_wanted.connect(self._back)
        page.save_wanted.connect(
            lambda: self.records.save(then=lambda record: self.records.open(record, then=self.show))
        )
        page.step_wanted.connect(self._step)
        page.tab_wanted.connect(self._tab)
        page.add_income.connect(lambda: self._tab("收入财产"))
        page.add_left_out.connect(lambda: self._tab("收入财产"))
        page.add_asset.connect(lambda: self._tab("收入财产"))

    def open(self) -> None:
        """Lay the page over the list."""
        if self.records.opened is None:
            return
        self.desk.shell.open_page(self.page)
        self.show()
        self.page.take_focus()

    @property
    def _doc(self) -> Doc:
        return self.records.editor.doc

    def _table(self, key: str) -> TableLine | None:
        opened = self.records.opened
        assert opened is not None
        for tab in opened.view.outline.tabs:
            for section in tab.sections:
                if section.table is not None and section.table.key == key:
                    return section.table
        return None

    def _choices(self, table: str, field: str) -> dict[str, str]:
        found = self._table(table)
        lines = found.columns if found else ()
        return next((dict(line.choices) for line in lines if line.key == field), {})

    # -- typing ---------------------------------------------------------------------------------

    def enter(self, member: str, kind: str, cents: int | None) -> None:
        """A number was typed: it becomes the member's one row of that kind, or takes it away."""
        rows: list[Doc] = self._doc.setdefault("incomes", [])
        mine = [
            row
            for row in rows
            if row.get("member") == member and row.get("kind") == kind and row.get("counted", True)
        ]
        if cents is None:
            for row in mine:
                rows.remove(row)
        elif not mine:
            words = self._choices("incomes", "kind").get(kind, "")
            rows.append(
                {
                    "key": new_id(),
                    "member": member,
                    "kind": kind,
                    "source": words,
                    "annual_amount": cents,
                    "counted": True,
                }
            )
        else:
            mine[0]["annual_amount"] = cents - sum(int(row.get("annual_amount") or 0) for row in mine[1:])
        self.records.editor.dirty = True
        self.records.editor.judge_now()
        self.records.keep_draft()
        self.show()

    # -- showing ----------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the document as it is, and reckon the amount on the worker."""
        opened = self.records.opened
        if opened is None:
            return
        doc = dict(self._doc)
        self._shown = self._economy((), "", False)
        self.page.show_economy(self._shown)
        self.run_latest("explain", lambda office: gateway.explain(office, opened, doc), self._explained)

    def _explained(self, found: tuple[tuple[Any, ...], str, bool]) -> None:
        steps, total, example = found
        self.page.show_economy(self._economy(steps, total, example))

    def _economy(self, steps: tuple[Any, ...], total: str, example: bool) -> Economy:
        opened, editor = self.records.opened, self.records.editor
        assert opened is not None
        view = opened.view
        problems = editor.judged.problems
        month = month_of(self.desk.today)
        return Economy(
            title=view.title,
            chip=view.chip,
            facts=" · ".join(
                p for p in (view.outline.title, view.subject.line if view.subject else "", view.facts) if p
            ),
            kinds=self._kinds(),
            rows=self._rows(),
            left_out=self._left_out(),
            assets=self._assets(),
            calculation=tuple(CalculationLine(s.name, s.result, s.formula, s.source) for s in steps),
            total=total if steps else "",
            basis=f"按 {format_month_cn(month)}的标准试算，改左边的数立即重算"
            if steps
            else (total or "正在算"),
            start=str(self._doc.get("start_month") or ""),
            start_source="县级确认后定" if not self._doc.get("start_month") else "",
            example=example,
            warnings=tuple(p.message for p in problems if p.level == "warning")[:2],
            steps=view.steps,
            ways=view.ways,
            primary=view.primary,
            errors=sum(1 for p in problems if p.level == "error"),
            editable=view.editable,
            tabs=tuple(tab.title for tab in view.outline.tabs),
        )

    def _kinds(self) -> tuple[tuple[str, str], ...]:
        choices = self._choices("incomes", "kind")
        used = {row.get("kind") for row in self._doc.get("incomes", ()) if row.get("counted", True)}
        shown = [code for at, code in enumerate(choices) if at < SHOWN_KINDS or code in used]
        return tuple((code, choices[code][:6]) for code in shown[: SHOWN_KINDS + 2])

    def _rows(self) -> tuple[IncomeRow, ...]:
        relations = self._choices("members", "relation")
        kinds = [code for code, _ in self._kinds()]
        made = []
        for member in self._doc.get("members", ()):
            mine = [
                row
                for row in self._doc.get("incomes", ())
                if row.get("member") == member["key"] and row.get("counted", True)
            ]
            amounts: dict[str, int | None] = {}
            for code in kinds:
                found = [int(row.get("annual_amount") or 0) for row in mine if row.get("kind") == code]
                amounts[code] = sum(found) if found else None
            born = str(member.get("birth_date") or "")
            age = f" · {age_on(date.fromisoformat(born), self.desk.today)}" if len(born) == 10 else ""
            relation = relations.get(str(member.get("relation") or ""), str(member.get("relation") or ""))
            school = "（在校）" if member.get("in_school") else ""
            papers = sum(len(row.get("evidence") or ()) for row in mine)
            basis = (
                f"附件 {papers}"
                if papers
                else "、".join(dict.fromkeys(str(row.get("source") or "") for row in mine))
            )
            made.append(
                IncomeRow(
                    member["key"], str(member.get("name") or ""), f"{relation}{age}{school}", amounts, basis
                )
            )
        return tuple(made)

    def _name(self, key: object) -> str:
        return next((str(m.get("name") or "") for m in self._doc.get("members", ()) if m["key"] == key), DASH)

    def _left_out(self) -> tuple[ListLine, ...]:
        why = self._choices("incomes", "exempt_reason")
        return tuple(
            ListLine(
                str(row.get("source") or ""),
                self._name(row.get("member")),
                format_money_grouped(int(row.get("annual_amount") or 0)),
                Cell(why.get(str(row.get("exempt_reason") or ""), ""), "ink-2"),
                str(row["key"]),
            )
            for row in self._doc.get("incomes", ())
            if not row.get("counted", True)
        )

    def _assets(self) -> tuple[ListLine, ...]:
        kinds = self._choices("assets", "kind")
        lines = []
        for row in self._doc.get("assets", ()):
            amount = row.get("amount")
            state: Any = Mark("豁免", "info", "info") if row.get("exempt") else Mark("已登记", "ok", "ok")
            lines.append(
                ListLine(
                    kinds.get(str(row.get("kind") or ""), ""),
                    self._name(row.get("owner")),
                    f"{format_money_grouped(int(amount))} 元" if amount is not None else DASH,
                    state,
                    str(row["key"]),
                )
            )
        return tuple(lines)

    # -- going on --------------------------------------------------------------------------------------

    def _back(self) -> None:
        self.desk.shell.back()
        opened = self.records.opened
        if opened is not None:
            self.records.show_doc()

    def _tab(self, title: str) -> None:
        self._back()
        self.records.editor.choose_titled(title)

    def _step(self, key: str) -> None:
        self._back()
        self.records.step(key)
