"""The window of one signed-in office: tabs by role, rooms, and what every page may ask for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from ..benefits.settlement import Kind
from ..county import presence
from ..values.errors import UserError
from .gateway import copies as copies_gateway
from .gateway import desk as desk_gateway
from .gateway import prints
from .gateway import settings as settings_gateway
from .gateway.office import Office, initials
from .page import Page
from .records.page import Filter
from .rooms.approve import ApproveRoom
from .rooms.board import BoardRoom
from .rooms.certificates import CertificatesRoom
from .rooms.conflicts import ConflictsRoom
from .rooms.copies import CopiesRoom
from .rooms.county import ReceiveRoom
from .rooms.desks import FindingsRoom, HeldRoom, WaitingRoom
from .rooms.discover import DiscoverRoom
from .rooms.down import DownRoom, OfferedRoom, ToldRoom
from .rooms.economy import EconomyRoom
from .rooms.entries import EntriesRoom
from .rooms.moves import MovedRoom, MovesRoom
from .rooms.others import HandoverRoom, WorkbenchRoom
from .rooms.pairs import PairsRoom
from .rooms.papers import list_source, record_source, table_source
from .rooms.payment import PaymentRoom
from .rooms.people import FindRoom, PeopleRoom, PersonRoom
from .rooms.preview import PreviewRoom
from .rooms.radar import RadarRoom
from .rooms.records import RecordsRoom
from .rooms.recoveries import RecoveriesRoom
from .rooms.reports import ReportsRoom
from .rooms.reviews import ReviewsRoom
from .rooms.room import Room
from .rooms.roster import RosterRoom
from .rooms.settings import SettingsRoom
from .shell import Shell, Tab
from .worker import Progress, Ticket, WorkerBase

log = logging.getLogger(__name__)

PEOPLE_AREA = "people"
PRESENT_EVERY = 60_000
"""Milliseconds between two words of a county's window that it is still there."""
WARM_AFTER = 3000
FACTS_AFTER = 150
"""Milliseconds after which the pinyin tables are read, so that the first list does not wait for them."""


class Window(QObject):
    """Holds shell, worker and rooms. ``opened`` is what the worker found out about the office."""

    closed = Signal()

    def __init__(self, office: Office, worker: WorkerBase, opened: Opened) -> None:
        super().__init__()
        self._office, self.worker, self._opened = office, worker, opened
        self.rooms: dict[str, Any] = {}
        self._saved_at = ""
        self._faults = 0
        self.shell = Shell(self._tabs(), user=opened.user)
        self.shell.find_wanted.connect(self.find)
        self.shell.user_wanted.connect(lambda: self.shell.show_tab("settings"))
        self.shell.help_wanted.connect(self.shell.show_help)
        self.shell.closing.connect(self.close)
        worker.unhandled.connect(self.show_error)
        self.shell.left.connect(self._leave)
        warm = QTimer(self)
        warm.setSingleShot(True)
        warm.timeout.connect(lambda: self.run(lambda _office: initials("暖")))
        warm.start(WARM_AFTER)
        self.shell.show_tab(next(iter(self._order)))
        idle = QTimer(self.shell)  # the page that is asked for comes before the facts beside it
        idle.setSingleShot(True)
        idle.timeout.connect(self.refresh_facts)
        idle.start(FACTS_AFTER)
        if self._opened.county:
            here = QTimer(self.shell)  # others see who works, and this window sees the others
            here.timeout.connect(self.refresh_facts)
            here.start(PRESENT_EVERY)

    # -- tabs --------------------------------------------------------------------------------

    def _tabs(self) -> list[Tab]:
        made: list[Tab] = []

        def add(key: str, title: str, make: Callable[[], Any], *, spare: bool = False) -> None:
            def page() -> Page:
                self.rooms[key] = make()
                found: Page = self.rooms[key].page
                return found

            made.append(Tab(key, title, page, spare))

        if self._opened.county:
            add("board", "汇总看板", lambda: BoardRoom(self))
            add("receive", "接收", lambda: ReceiveRoom(self))
            add("radar", "核查", lambda: RadarRoom(self))
            add("approve", "审批", lambda: ApproveRoom(self))
        else:
            add("desk", "工作台", lambda: WorkbenchRoom(self))
        add("people", "人口与家庭", lambda: PeopleRoom(self))
        for key, title in self._opened.areas:
            if key != PEOPLE_AREA:
                add(f"area:{key}", title, partial(RecordsRoom, self, key, title), spare=True)
        if not self._opened.county:
            add("payment", "发放与打印", lambda: PaymentRoom(self))
            add("handover", "上报与下发", lambda: HandoverRoom(self))
        add("reports", "报表", lambda: ReportsRoom(self))
        add("settings", "标准与设置" if self._opened.county else "设置", lambda: SettingsRoom(self))
        self._order = [tab.key for tab in made]
        return made

    def _leave(self, tab: str) -> None:
        """What a page still asks for when it is left need not be answered."""
        room = self.rooms.get(tab)
        if isinstance(room, Room):
            room.drop_questions()

    # -- what pages may ask ---------------------------------------------------------------------

    def run(
        self,
        job: Callable[[Office], Any],
        done: Callable[[Any], object] | None = None,
        *,
        failed: Callable[[Exception], object] | None = None,
        progress: Callable[[Progress], object] | None = None,
        stopped: Callable[[], object] | None = None,
    ) -> Ticket:
        """Run a job with the office on the worker; errors that nobody takes are shown."""
        office = self._office
        return self.worker.run(lambda: job(office), done, failed=failed, progress=progress, stopped=stopped)

    @property
    def order(self) -> tuple[str, ...]:
        """The keys of the tabs in their order."""
        return tuple(self._order)

    @property
    def is_county(self) -> bool:
        """Whether this is a county's window."""
        return self._opened.county

    @property
    def today(self) -> date:
        """The day on which entries are judged."""
        return self._office.today

    @property
    def villages(self) -> tuple[tuple[str, str], ...]:
        """The villages of this office."""
        return self._opened.villages

    @property
    def folder(self) -> Path:
        """Where files are offered to be saved first."""
        return self._opened.folder

    @property
    def new_commands(self) -> tuple[tuple[str, str], ...]:
        """(form, title) of what can be begun from anywhere."""
        return self._opened.forms

    def initials(self, text: str) -> str:
        """Pinyin initials, for type-ahead."""
        return initials(text)

    def town(self, division: str) -> str:
        """A township's name."""
        return self._opened.towns.get(division, division)

    def say(self, sentence: str, tone: str = "ok") -> None:
        """One line in the status bar."""
        self.shell.say(sentence, tone)

    def saved(self, sentence: str, tone: str = "ok") -> None:
        """Something is on the disk now."""
        self._saved_at = f"{datetime.now().astimezone():%H:%M}"
        self.shell.say(sentence, tone)
        self.refresh_facts()

    def refresh_facts(self) -> None:
        """Backup, what waits to be sent, when last saved."""
        saved = self._saved_at
        self.run(lambda office: desk_gateway.facts(office, saved), self.shell.show_facts)

    def show_error(self, error: Exception) -> None:
        """The user's or the world's error as its own sentence; ours as ours, logged."""
        if isinstance(error, UserError):
            self.shell.say(error.message, "error")
            return
        self._faults += 1
        number = f"{self.today:%m%d}-{self._faults}"
        log.error("fault %s", number, exc_info=error)
        self.shell.say(f"程序出了错，已记入日志（编号 {number}）。草稿已保住，重新打开可以接着录。", "error")

    def layer_parent(self) -> QWidget:
        """Where a dialog dims."""
        return self.shell.layer_parent()

    # -- going places -----------------------------------------------------------------------------

    def find(self) -> None:
        """Ctrl+K."""
        FindRoom(self).open()

    def open_person(self, person: str) -> None:
        """一人一档 over the current tab."""
        PersonRoom(self, person).open()

    def _records_room(self, form: str) -> RecordsRoom | None:
        area = self._opened.area_of.get(form)
        if area is None:
            return None
        self.shell.tab_page(f"area:{area}")
        found: RecordsRoom = self.rooms[f"area:{area}"]
        return found

    def open_record(self, record: str, form: str = "") -> None:
        """A record in its own tab."""
        if not form:
            self.run(lambda office: desk_form_of(office, record), partial(self._open_found, record))
            return
        room = self._records_room(form)
        if room is not None:
            room.choose_form(form)
            room.open(record)

    def _open_found(self, record: str, form: str) -> None:
        if form:
            self.open_record(record, form)

    def open_record_from_here(self, record: str, form: str) -> None:
        """A record in its own tab; Esc there comes back to the list that is in sight now."""
        origin = self.shell.tab
        self.open_record(record, form)
        self.shell.remember_way(origin)

    def open_package(self, package: str) -> None:
        """A package received, under 接收; Esc comes back."""
        origin = self.shell.tab
        self.shell.tab_page("receive")
        self.rooms["receive"].open_key(package)
        self.shell.remember_way(origin)

    def new_record(self, form: str, *, person: str = "") -> None:
        """A new record of a form, about somebody if given."""
        room = self._records_room(form)
        if room is None:
            return
        room.choose_form(form)
        room.begin_new()
        if person:
            room.begin_about(person)

    def put_into_household(self, person: str) -> None:
        """Ctrl+Enter in the overlay: the person joins the household that is open in the editor."""
        room = self.rooms.get(self.shell.tab)
        if isinstance(room, RecordsRoom) and room.opened is not None:
            room.add_member(person)
        else:
            self.say("先在业务页打开一户，再把人放进去。", "warn")

    def open_payment(self, form: str, *, month: str = "", kind: Kind = "regular") -> None:
        """A benefit under 发放与打印, of a month and kind if given."""
        self.shell.show_tab("payment")
        self.rooms["payment"].choose_form(form, month=month, kind=kind)

    def open_offered(self) -> None:
        """县局下发的变化, in a township."""
        OfferedRoom(self).open()

    def open_told(self) -> None:
        """县局的核查问题, in a township."""
        ToldRoom(self).open()

    def open_down(self) -> None:
        """下发, at the county."""
        DownRoom(self).open()

    def open_recoveries(self) -> None:
        """追缴."""
        RecoveriesRoom(self).open()

    def open_discover(self) -> None:
        """主动发现."""
        DiscoverRoom(self).open()

    def open_reviews(self) -> None:
        """死亡与复核."""
        ReviewsRoom(self).open()

    def open_waiting(self) -> None:
        """县决定与现状不符."""
        WaitingRoom(self).open()

    def open_conflicts(self) -> None:
        """两台电脑改得不同."""
        ConflictsRoom(self).open()

    def open_copies(self, text: str = "") -> None:
        """拷贝登记."""
        CopiesRoom(self, text).open()

    def open_held(self) -> None:
        """What the county keeps without applying."""
        HeldRoom(self).open()

    def open_findings(self) -> None:
        """核查."""
        FindingsRoom(self).open()

    def open_pairs(self) -> None:
        """疑似同一人."""
        PairsRoom(self).open()

    def open_moves(self) -> None:
        """整户迁移: what townships reported, or what left and came here."""
        (MovesRoom if self.is_county else MovedRoom)(self).open()

    def open_certificates(self, form: str) -> None:
        """发证登记 of a form."""
        if form:
            CertificatesRoom(self, form).open()

    def open_roster(self, form: str) -> None:
        """导入花名册 of a form."""
        title = dict(self._opened.forms).get(form, "")
        if form:
            RosterRoom(self, form, title).open()

    def open_entries(self, form: str) -> None:
        """成批录入 of a form."""
        if form:
            EntriesRoom(self, form, dict(self._opened.forms).get(form, "")).open()

    def open_economy(self, room: RecordsRoom) -> None:
        """收入财产 over the whole page."""
        EconomyRoom(self, room).open()

    def export_list(self, form: str, wanted: Filter, kind_title: str) -> None:
        """Ask where, and write the filtered list as a workbook."""
        if not form:
            return
        title = dict(self._opened.forms).get(form, form)
        proposed = str(self.folder / f"{title}名单-{self.today.isoformat()}.xlsx")
        name, _ = QFileDialog.getSaveFileName(self.shell, "名单存到哪里", proposed, "Excel 工作簿 (*.xlsx)")
        if name:
            self.write_list(Path(name), form, wanted, kind_title)

    def write_list(self, target: Path, form: str, wanted: Filter, kind_title: str = "") -> None:
        """The filtered list as a workbook with masked numbers."""
        self.run(
            lambda office: prints.save_list(office, target, form, wanted, kind_title),
            lambda count: self.saved(f"已写出 {target.name}：{count:,} 行，证号打码，读回核对相同"),
        )

    def print_record(self, opened: Any) -> None:
        """A record's papers in the preview."""
        if opened is None or not opened.view.id:
            self.say("先打开一件保存过的，再打印它的文书。", "info")
            return
        PreviewRoom(self, record_source(opened.view.id, opened.form)).open()

    def print_list(self, form: str, wanted: Filter) -> None:
        """The lists and notices of a form over what is filtered."""
        if form:
            PreviewRoom(self, list_source(form, wanted)).open()

    def print_table(
        self, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], facts: Sequence[str] = ()
    ) -> None:
        """A plain table in the preview."""
        PreviewRoom(self, table_source(title, heads, rows, facts)).open()

    def catalog_changed(self) -> None:
        """Rates or forms changed: open lists are stale, and there may be new forms; a new area gets its tab with the
        next sign-in."""

        def done(opened: Opened) -> None:
            known = {key for key, _title in self._opened.areas}
            new = [title for key, title in opened.areas if key not in known]
            self._opened = opened
            if new:
                self.say(f"{self.shell.said}；新页签“{'、'.join(new)}”重新登录以后出现", "info")

        self.run(Opened, done)
        self.refresh_facts()

    # -- backup ---------------------------------------------------------------------------------------

    def ask_backup(self) -> None:
        """Ask where the backup goes: the stick that was used last is proposed."""
        self.run(copies_gateway.usable_place, self._ask_backup_in)

    def _ask_backup_in(self, folder: Path | None) -> None:
        proposed = str((folder or self.folder) / f"民政台账备份-{self.today.isoformat()}.mzbak")
        name, _ = QFileDialog.getSaveFileName(self.shell, "备份到哪里（U 盘）", proposed, "备份 (*.mzbak)")
        if name:
            self.backup(Path(name))

    def backup(self, target: Path) -> None:
        """One file, opened again and checked before success is said."""

        def done(attachments: int) -> None:
            beside = f"；附件 {attachments} 个在旁边的 {target.name}.files，一起带走" if attachments else ""
            self.saved(f"已备份到 {target}，打开校验通过{beside}")
            page = self.shell.page
            if page is not None:
                page.arrive()

        self.say("正在备份，写完会打开校验。", "info")
        self.run(lambda office: settings_gateway.make_backup(office, target), done)

    def let_go(self) -> None:
        """Close every document that a preview still holds."""
        for preview in self.findChildren(PreviewRoom):
            preview.let_go()

    def close(self) -> None:
        """Keep drafts, let the database go, stop the worker."""
        for room in self.rooms.values():
            if isinstance(room, RecordsRoom):
                room.keep_draft()
        for grid in self.findChildren(EntriesRoom):
            grid.keep()
        self.let_go()
        if self.is_county:
            self.run(lambda office: presence.note_gone(office.store), failed=lambda _error: None)
        self.run(lambda office: office.store.close())
        self.worker.stop()
        self.closed.emit()


def desk_form_of(office: Office, record: str) -> str:
    """The form of a record."""
    with office.store.reading() as r:
        row = r.get("records", record)
    return str(row["form"]) if row else ""


class Opened:
    """What the window must know of an office to draw its tabs; read once on the worker."""

    def __init__(self, office: Office) -> None:
        catalog = office.store.catalog
        self.county = office.is_county
        self.user = f"县局 {office.store.user}" if self.county else office.store.user
        role = "county" if self.county else "township"
        shown = [a for a in catalog.areas if a.office in ("", role)]
        self.areas = tuple((a.key, a.title) for a in shown)
        self.area_of = {form: a.key for a in shown for form in a.forms}
        self.forms = tuple(
            (key, catalog.forms[key].title) for a in shown for key in a.forms if key in catalog.forms
        )
        self.villages = office.villages()
        self.towns = {t.code: t.name for t in catalog.divisions.towns}
        self.folder = office.folder
