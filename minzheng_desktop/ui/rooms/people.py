"""人口与家庭, 一人一档, 一户一档 and Ctrl+K."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...values.date_text import parse_date
from ...values.errors import UserError
from ..gateway import moves as moves_gateway
from ..gateway import people as gateway
from ..gateway import register
from ..kit.basics import row
from ..page import Hint, Page
from ..people.find import FindPanel, Hit
from ..people.household import HouseholdPage, HouseholdView, MoveDialog
from ..people.list import DeathDialog, NewPersonDialog, PeoplePage
from ..people.person import Person, PersonPage
from ..records.editor import RecordEditor
from ..records.outline import FieldProblem, Judgement, PersonBrief, RecordView, Sources
from .room import Room

if TYPE_CHECKING:
    from ..window import Window


class PeopleRoom(Room):
    """Binds ``PeoplePage``."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.page = PeoplePage(county=desk.is_county)
        self.page.moves_wanted.connect(desk.open_moves)
        self.page.pairs_wanted.connect(desk.open_pairs)
        self.page.show_villages(desk.villages)
        self.page.arrived = self.refresh
        self.page.filter_changed.connect(self.refresh)
        self.page.person_wanted.connect(desk.open_person)
        self.page.new_wanted.connect(self.ask_new)

    def refresh(self) -> None:
        """The register as filtered."""
        wanted = self.page.wanted

        def done(opened: gateway.OpenedPeople) -> None:
            rows = self.lazy(opened.count, lambda office, s, n: gateway.people_page(office, opened, s, n))
            self.page.show_people(
                rows, opened.count, filtered=bool(wanted["text"] or wanted["village"] or wanted["alive"])
            )

        self.run_latest("people", lambda office: gateway.open_people(office, **wanted), done)  # type: ignore[arg-type]

    def ask_new(self) -> None:
        """Four boxes for somebody new."""
        dialog = NewPersonDialog(self.desk.villages)
        dialog.agreed.connect(lambda: self.add(dialog.given))
        dialog.open_over(self.desk.layer_parent())

    def add(self, given: dict[str, str]) -> None:
        """Write a new person and open the file."""

        def done(brief: PersonBrief) -> None:
            self.desk.saved(f"已登记 {brief.name}（{brief.line}）")
            self.refresh()
            self.desk.open_person(brief.id)

        self.run(lambda office: gateway.add_person(office, given), done)


class PersonRoom(Room):
    """Binds ``PersonPage`` for one person."""

    def __init__(self, desk: Window, person: str) -> None:
        super().__init__(desk)
        self.person = person
        self.shown: Person | None = None
        self.page = PersonPage()
        page = self.page
        page.back_wanted.connect(desk.shell.back)
        page.reveal_wanted.connect(self.reveal)
        page.death_wanted.connect(self.ask_death)
        page.record_wanted.connect(lambda form, record: desk.open_record(record, form))
        page.target_wanted.connect(self._target)
        page.new_wanted.connect(lambda: desk.say("到业务页按 F2 新建，输入这个人的姓名就能选到。", "info"))
        page.print_wanted.connect(self.print_file)
        page.edit_wanted.connect(self.edit)

    def open(self) -> None:
        """Lay the file over the page."""

        def done(person: Person) -> None:
            self.shown = person
            self.page.show_person(person)
            self.desk.shell.open_page(self.page)

        self.run(lambda office: gateway.person_view(office, self.person), done)

    def _reload(self) -> None:
        def done(person: Person) -> None:
            self.shown = person
            self.page.show_person(person)

        self.run(lambda office: gateway.person_view(office, self.person), done)

    def reveal(self, secret: str) -> None:
        """Show a number in full; audited, until the page is left."""
        self.run(
            lambda office: gateway.reveal_fact(office, self.person, secret),
            lambda value: self.page.reveal(secret, value),
        )

    def print_file(self) -> None:
        """一人一档 on paper: what happened, numbers masked."""
        shown = self.shown
        if shown is None:
            return
        rows = [(f"{one.year}-{one.day}", one.title, one.line, one.amount) for one in shown.events]
        facts = [f"{shown.name}　{shown.line}"]
        facts += [f"{line.name}：{line.value}" for group in shown.groups[:1] for line in group.lines[:2]]
        self.desk.print_table(f"{shown.name} 一人一档", ("日期", "事项", "说明", "金额（元）"), rows, facts)

    def edit(self) -> None:
        """The register's fields in the editor."""
        RegisterRoom(self.desk, self.person, self._reload).open()

    def ask_death(self) -> None:
        """When, and how it is known."""
        if self.shown is None:
            return
        dialog = DeathDialog(self.shown.name, self.shown.line)
        dialog.agreed.connect(lambda: self.register_death(dialog.day, dialog.source))
        dialog.open_over(self.desk.layer_parent())

    def register_death(self, day: str, source: str) -> None:
        """Write it into the register."""
        try:
            parsed = parse_date(day, today=self.desk.today)
        except UserError as error:
            self.desk.show_error(error)
            return

        def done(_none: object) -> None:
            self.desk.saved("已登记死亡。他的各项待遇在工作台的“死亡与复核”里一次办停")
            self._reload()

        self.run(
            lambda office: gateway.register_death(office, self.person, day=parsed.text, source=source), done
        )

    def _target(self, target: str) -> None:
        kind, _, key = target.partition(":")
        if kind == "household":
            HouseholdRoom(self.desk, key).open()


class RegisterRoom(Room):
    """The register's fields of one person, in the same editor as records."""

    def __init__(self, desk: Window, person: str, saved: Callable[[], object]) -> None:
        super().__init__(desk)
        self.person, self._saved = person, saved
        sources = Sources(
            today=desk.today,
            villages=desk.villages,
            reveal=lambda path: self._note(path),
            initials=desk.initials,
        )
        self.editor = RecordEditor(sources, lambda _doc: Judgement())
        self.page = Page()
        self.page.hints = (Hint("Ctrl+S", "保存"), Hint("Esc", "返回"), Hint("Enter", "下一格"))
        self.page.keys = {"Ctrl+S": self.save, "Esc": desk.shell.back}
        self.page.setLayout(row(self.editor, spacing=0))
        self.editor.save_wanted.connect(self.save)
        self.editor.close_wanted.connect(desk.shell.back)

    def _note(self, path: str) -> None:
        person = self.person
        self.run(
            lambda office: office.store.note("reveal", {"entity": "people", "id": person, "field": path})
        )

    def open(self) -> None:
        """Lay the editor over the page."""

        def done(view: RecordView) -> None:
            self.editor.show_record(view)
            self.desk.shell.open_page(self.page)
            self.editor.focus_first()

        self.run(lambda office: register.person_record(office, self.person), done)

    def save(self) -> None:
        """Write the register; problems come back beside their fields."""
        doc = dict(self.editor.doc)

        def done(_none: object) -> None:
            self.desk.saved("已保存登记信息")
            self.desk.shell.back()
            self._saved()

        self.run(lambda office: register.save_register(office, self.person, doc), done, failed=self._refused)

    def _refused(self, error: Exception) -> None:
        if isinstance(error, UserError) and error.problems:
            self.editor.refuse(
                tuple(FieldProblem(p.path, p.level, p.message, p.code) for p in error.problems)
            )
        self.desk.show_error(error)


class HouseholdRoom(Room):
    """Binds ``HouseholdPage`` for one household."""

    def __init__(self, desk: Window, household: str) -> None:
        super().__init__(desk)
        self.household = household
        self.page = HouseholdPage(movable=not desk.is_county)
        self.page.move_wanted.connect(self.ask_move)
        self.page.back_wanted.connect(desk.shell.back)
        self.page.person_wanted.connect(desk.open_person)
        self.page.record_wanted.connect(lambda form, record: desk.open_record(record, form))
        self.page.member_wanted.connect(
            lambda: desk.say("在这一户的低保、低边里加成员，会记进这户。", "info")
        )

    def open(self) -> None:
        """Lay the household over the page."""

        def done(view: HouseholdView) -> None:
            self.page.show_household(view)
            self.desk.shell.open_page(self.page)

        self.run(lambda office: gateway.household_view(office, self.household), done)

    def ask_move(self) -> None:
        """Where it moves, or what stands in the way."""

        def done(found: moves_gateway.LeavingView) -> None:
            if found.problems:
                self.desk.say(f"这一户还不能报迁移：{'；'.join(found.problems)}。", "warn")
                return
            dialog = MoveDialog(
                found.title, found.line, found.towns, found.drawn, self.desk.today.isoformat()
            )
            dialog.agreed.connect(lambda: self.move(dialog.given, dialog.stops))
            dialog.open_over(self.desk.layer_parent())

        self.run(lambda office: moves_gateway.leaving(office, self.household), done)

    def move(self, given: dict[str, str], stops: tuple[str, ...]) -> None:
        """Report the move."""

        def done(sentence: str) -> None:
            self.desk.saved(sentence)
            self.desk.open_moves()

        self.run(lambda office: moves_gateway.start(office, self.household, given, stops), done)


class FindRoom(Room):
    """Binds the Ctrl+K overlay."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.panel = FindPanel()
        self.panel.asked.connect(self.ask)
        self.panel.opened.connect(self._open)
        self.panel.put_into_household.connect(self._put)

    def open(self) -> None:
        """Dim the page and take the focus."""
        commands = tuple((f"new:{key}", f"新建 {title}", "plus") for key, title in self.desk.new_commands[:3])
        self.panel.show_commands(commands, self._command)
        self.panel.open_over(self.desk.layer_parent())

    def ask(self, text: str) -> None:
        """Find while one types."""
        if not text:
            self.panel.show_hits((), "")
            return

        def done(hits: tuple[Hit, ...]) -> None:
            self.panel.show_hits(
                hits, f"找到 {len(hits)} 人" if hits else "没有找到。换姓名、首字母、证号后四位或电话再试"
            )

        self.run_latest("find", lambda office: gateway.find_hits(office, text), done)

    def _open(self, hit: Hit) -> None:
        self.panel.close_layer()
        self.desk.open_person(hit.id)

    def _put(self, hit: Hit) -> None:
        self.panel.close_layer()
        self.desk.put_into_household(hit.id)

    def _command(self, key: str) -> None:
        self.panel.close_layer()
        self.desk.new_record(key.removeprefix("new:"))
