"""A service area's tab: its forms, their lists, the editor, saving, steps, drafts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ...values.errors import UserError
from ..gateway import lists, saving
from ..gateway import people as people_gateway
from ..gateway import records as gateway
from ..kit.table import LazyRows
from ..records.asks import AskDialog
from ..records.editor import SUBJECT, RecordEditor
from ..records.outline import Doc, FieldProblem, Judgement, PersonBrief, Sources
from ..records.page import Filter, RecordRow, RecordsPage
from .explain import ExplainDialog
from .gathering import ask_gather, ask_ready
from .room import Room
from .scans import attach_scan, explain_removal, look_at_scans

if TYPE_CHECKING:
    from ..window import Window


class RecordsRoom(Room):
    """Binds one ``RecordsPage`` to the records of an area."""

    def __init__(self, desk: Window, area: str, title: str) -> None:
        super().__init__(desk)
        self.area = area
        self.form = ""
        self.opened: gateway.OpenRecord | None = None
        self._names: dict[str, str] = {}
        self._keep: dict[str, Any] = {}
        self._after: Any = None
        self._told: dict[str, tuple[FieldProblem, ...]] = {}
        """By record, what its last save or step in this window said against it."""
        self._villages: tuple[tuple[str, str], ...] = ()
        self.sources = Sources(
            today=desk.today,
            villages=desk.villages,
            find_people=self._find_people,
            add_person=self._add_person,
            find_records=self._find_records,
            name_record=lambda record: self._names.get(record, ""),
            reveal=self._note_reveal,
            reveal_person=self._reveal_person,
            attach=partial(attach_scan, self),
            look=partial(look_at_scans, self),
            explain=partial(explain_removal, self),
            initials=desk.initials,
        )
        self.editor = RecordEditor(self.sources, self._judge)
        self.page = RecordsPage(title, self.editor)
        page, editor = self.page, self.editor
        page.form_chosen.connect(self.choose_form)
        page.filter_changed.connect(self._filter)
        page.record_chosen.connect(self._chosen)
        page.new_wanted.connect(self.begin_new)
        page.import_wanted.connect(lambda: desk.open_roster(self.form))
        page.export_wanted.connect(
            lambda: desk.export_list(self.form, self.page.filter, self.page.kind_title)
        )
        page.gather_wanted.connect(lambda: ask_gather(self))
        page.ready_wanted.connect(lambda: ask_ready(self))
        page.entries_wanted.connect(lambda: desk.open_entries(self.form))
        page.print_wanted.connect(lambda: desk.print_list(self.form, self.page.filter))
        page.certificates_wanted.connect(lambda: desk.open_certificates(self.form))
        page.keys["F9"] = self.print_paper
        editor.close_wanted.disconnect()
        editor.close_wanted.connect(self.close)
        editor.save_wanted.connect(lambda: self.save())
        editor.step_wanted.connect(self.step)
        editor.explain_wanted.connect(self.explain)
        editor.subject_changed.connect(self._subject)
        editor.drafted.connect(self.keep_draft)
        editor.draft_unwanted.connect(self.drop_draft)
        editor.economy_wanted.connect(lambda: desk.open_economy(self))
        page.arrived = self.refresh

    # -- lists ---------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the forms, and the list of the current one, as they are now."""
        self.run(lambda office: lists.area_entries(office, self.area), self._forms)

    def _forms(self, entries: Any) -> None:
        if not entries:
            self.page.show_nothing("这一类还没有业务表单。县局下发以后会出现在这里。")
            return
        keys = [entry.key for entry in entries]
        self.form = self.form if self.form in keys else keys[0]
        self.page.show_forms(entries, self.form)
        self._list()

    def choose_form(self, form: str) -> None:
        """Show another form's list."""
        if form == self.form:
            return
        self.close()
        self.form = form
        self.page.forms.mark(form)
        self._list()

    def _list(self) -> None:
        form = self.form
        self.run_latest("head", lambda office: lists.list_head(office, form), self._head)

    def _head(self, head: Any) -> None:
        self.page.show_head(head)
        self._filter(self.page.filter)

    def _filter(self, wanted: Filter) -> None:
        form = self.form
        self.run_latest("list", lambda office: lists.open_list(office, form, wanted), self._rows)

    def _rows(self, opened: lists.OpenedList) -> None:
        rows: LazyRows = self.lazy(opened.count, lambda office, s, n: lists.list_page(office, opened, s, n))
        self.page.show_rows(rows, opened.foot, filtered=opened.filtered)

    def print_paper(self) -> None:
        """F9: the papers of the record that is open, else the lists of what is filtered."""
        if self.opened is not None:
            self.desk.print_record(self.opened)
        else:
            self.desk.print_list(self.form, self.page.filter)

    # -- opening ---------------------------------------------------------------------------

    def _chosen(self, item: RecordRow | None) -> None:
        if item is not None:
            self.open(item.id)

    def open(self, record_id: str, *, then: Any = None) -> None:
        """Open a record in the editor; a draft of the one before is kept first."""
        self.keep_draft()
        self._after = then
        self.run_latest(
            "open",
            lambda office: gateway.with_names(office, gateway.open_record(office, record_id)),
            self._open,
        )

    def begin_new(self, keep: Mapping[str, Any] | None = None) -> None:
        """A new record of the current form, ready to type."""
        if not self.form:
            return
        self.keep_draft()
        form, kept = self.form, dict(keep or {})
        self.run_latest(
            "open",
            lambda office: gateway.with_names(office, gateway.new_record(office, form, keep=kept)),
            self._begin,
        )

    def _begin(self, found: tuple[gateway.OpenRecord, dict[str, str]]) -> None:
        self._open(found)
        self.editor.focus_first()

    def _open(self, found: tuple[gateway.OpenRecord, dict[str, str]]) -> None:
        opened, names = found
        told = self._told.get(opened.view.id, ())
        self.opened = replace(opened, view=replace(opened.view, told=told))
        self._names |= names
        self.editor.show_record(self.opened.view)
        self.page.open_editor()
        self.desk.shell.refresh_hints()
        if self._after is not None:
            self._after()
            self._after = None

    def close(self) -> None:
        """Put the editor away; what was typed is kept as a draft."""
        self.keep_draft()
        self._told.pop("", None)
        self.opened = None
        self.page.close_editor()

    def _judge(self, doc: Doc) -> Judgement:
        return self.opened.judge(doc) if self.opened is not None else Judgement()

    # -- subject ----------------------------------------------------------------------------

    def _find_people(self, text: str, done: Any) -> None:
        self.run_latest("people", lambda office: people_gateway.find_briefs(office, text), done)

    def _add_person(self, given: Mapping[str, str], done: Any, refused: Any) -> None:
        def failed(error: Exception) -> None:
            if isinstance(error, UserError):
                path = error.problems[0].path if error.problems else "name"
                refused(path, error.message)
            else:
                self.desk.show_error(error)

        self.run(lambda office: people_gateway.add_person(office, given), done, failed=failed)

    def _find_records(self, forms: tuple[str, ...], kinds: tuple[str, ...], text: str, done: Any) -> None:
        def take(found: tuple[tuple[str, str], ...]) -> None:
            self._names |= {record: words for words, record in found}
            done(found)

        self.run_latest("records", lambda office: gateway.find_records(office, forms, kinds, text), take)

    def _note_reveal(self, path: str) -> None:
        record = self.opened.view.id if self.opened else ""
        self.run(lambda office: office.store.note("reveal", {"record": record, "field": path}))

    def _reveal_person(self, person: str, done: Any) -> None:
        self.run(lambda office: office.reveal("people", person, "id_number"), done)

    def _subject(self, brief: PersonBrief | None) -> None:
        opened = self.opened
        if opened is None or brief is None:
            return
        if opened.view.id and (opened.view.subject is not None or opened.view.outline.subject_required):
            return
        doc = self.editor.doc

        def job(office: Any) -> gateway.OpenRecord:
            chosen = gateway.choose_subject(office, opened.form, brief.id, doc)
            return gateway.with_subject(office, opened, chosen)

        self.run_latest("subject", job, self._subject_known)

    def _subject_known(self, opened: gateway.OpenRecord) -> None:
        self.opened = opened
        self.editor.show_record(opened.view)
        self.editor.dirty = True
        self.editor.focus_after_subject()

    def begin_about(self, person: str) -> None:
        """The new record that was just begun is about this person."""
        self.run(lambda office: _brief(office, person), self._subject)

    def add_member(self, person: str) -> None:
        """Put a person into the household that is open."""

        def done(brief: PersonBrief) -> None:
            if not self.editor.add_member(brief):
                self.desk.say("打开的这件没有成员表，不能放人进去。", "warn")

        self.run(lambda office: _brief(office, person), done)

    def show_doc(self) -> None:
        """Show the document again, after another page has worked on it."""
        if self.opened is None:
            return
        doc, dirty = self.editor.doc, self.editor.dirty
        self.editor.show_record(replace(self.opened.view, doc=doc))
        self.editor.dirty = dirty

    # -- writing ----------------------------------------------------------------------------

    def keep_draft(self) -> None:
        """Keep what was typed, if anything was."""
        opened = self.opened
        if opened is None or not self.editor.dirty or not opened.view.editable:
            return
        doc = dict(self.editor.doc)
        self.run(lambda office: saving.keep_draft(office, opened, doc))

    def drop_draft(self) -> None:
        """Give up what was typed since the last save."""
        opened = self.opened
        if opened is None:
            return
        self.editor.dirty = False

        def done(_: object) -> None:
            if opened.view.id:
                self.open(opened.view.id)
            else:
                self.close()

        self.run(lambda office: saving.drop_draft(office, opened), done)

    def save(self, *, then: Any = None) -> None:
        """Save the record; problems come back beside their fields."""
        opened = self.opened
        if opened is None or not opened.view.editable:
            return
        if self._lacks_subject(opened):
            return
        self.editor.judge_now()
        doc, reasons = dict(self.editor.doc), dict(self.editor.reasons)

        def done(saved: Any) -> None:
            self.editor.dirty = False
            name = opened.view.subject.name if opened.view.subject else opened.view.title
            self._tell(saved.id, "已保存", f" {name} {saved.number}", saving.told_by(saved, reasons))
            self.refresh_list()
            if then is not None:
                then(saved.id)
            elif opened.view.outline.event and not opened.view.id:
                lines = opened.view.outline.field_lines().values()
                keep = {line.key: doc[line.key] for line in lines if line.keep and line.key in doc}
                self._told[""] = saving.about_the_last(f"{name} {saved.number}", self._told[saved.id])
                self.begin_new(keep)
            else:
                self.open(saved.id)

        self.run(lambda office: saving.save(office, opened, doc, reasons), done, failed=self._refused)

    def _tell(self, record: str, done: str, more: str, told: tuple[FieldProblem, ...]) -> None:
        """Say that it is written and what was found doubtful; the editor shows it until the next save."""
        self._told[record] = told
        self._told.pop("", None)
        self.desk.saved(saving.with_hints(done, more, told), "warn" if told else "ok")

    def _lacks_subject(self, opened: gateway.OpenRecord) -> bool:
        outline = opened.view.outline
        if (
            outline.subject not in ("person", "household")
            or opened.subject.person
            or not outline.subject_required
        ):
            return False
        self.editor.refuse((FieldProblem(SUBJECT, "error", "先选好是谁。没有保存。"),))
        return True

    def _refused(self, error: Exception) -> None:
        if isinstance(error, UserError) and error.problems:
            self.editor.refuse(
                tuple(FieldProblem(p.path, p.level, p.message, p.code) for p in error.problems)
            )
            self.desk.say(error.message, "error")
        else:
            self.desk.show_error(error)

    def refresh_list(self) -> None:
        """The forms with their counts, and the list, as they are now."""
        form = self.form
        self.run(
            lambda office: lists.area_entries(office, self.area), lambda e: self.page.show_forms(e, form)
        )
        self._list()

    def step(self, key: str) -> None:
        """Take a step: the first error is shown instead, what it asks for is asked, a changed record is saved first."""
        opened = self.opened
        if opened is None:
            return
        if not opened.view.id:
            self.save(then=lambda record: self.open(record, then=lambda: self.step(key)))
            return
        if self.editor.dirty:
            self.save(then=lambda record: self.open(record, then=lambda: self.step(key)))
            return
        record = opened.view.id

        def ask(found: tuple[str, tuple[tuple[str, str], ...]]) -> None:
            title, asks = found
            if not asks:
                self._take(record, key, title, {})
                return
            dialog = AskDialog(
                title, self.editor.view.title if self.editor.view else "", asks, self.desk.today
            )
            dialog.agreed.connect(lambda: self._take(record, key, title, dialog.answers))
            dialog.open_over(self.desk.layer_parent())

        self.run(lambda office: saving.step_asks(office, opened.form, key), ask)

    def _take(self, record: str, key: str, title: str, asks: Mapping[str, Any]) -> None:
        reasons = dict(self.editor.reasons)

        def done(taken: Any) -> None:
            short, bracket, rest = title.partition("（")
            self._tell(record, f"已{short}", f"{bracket}{rest}", saving.told_by(taken, reasons))
            self.refresh_list()
            self.open(record)

        self.run(lambda office: saving.take_step(office, record, key, asks), done, failed=self._refused)

    def explain(self) -> None:
        """怎么算的 for the record as it stands in the draft."""
        opened, doc = self.opened, dict(self.editor.doc)
        if opened is None:
            return
        title = opened.view.title

        def show(found: tuple[tuple[Any, ...], str, bool]) -> None:
            steps, total, example = found
            ExplainDialog(title, steps, total, example=example).open_over(self.desk.layer_parent())

        self.run(lambda office: gateway.explain(office, opened, doc), show)


def _brief(office: Any, person: str) -> PersonBrief:
    with office.store.reading() as r:
        return office.brief(r.get("people", person))
