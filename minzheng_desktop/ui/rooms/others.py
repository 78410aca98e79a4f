"""工作台, 上报与下发: rooms without many moves of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QLineEdit

from ...values.errors import UserError
from ...values.money import format_money_grouped
from ..gateway import arrivals
from ..gateway import conflicts as conflict_gateway
from ..gateway import desk as desk_gateway
from ..gateway import down as down_gateway
from ..gateway import handover as handover_gateway
from ..handover import HandoverPage
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..workbench import Urgent, WorkbenchPage
from ..worker import Progress, Ticket
from .arrivals import FolderIntake, ask_places
from .returns import ReturnsRoom
from .room import Room

if TYPE_CHECKING:
    from ...exchange.folder import Listed
    from ...exchange.sending.chain import Exported
    from ..window import Window


class WorkbenchRoom(Room):
    """Binds ``WorkbenchPage``."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.page = WorkbenchPage()
        self.page.keys = {"F5": self.refresh}
        self.page.arrived = self.refresh
        self.page.due_chosen.connect(self._due)
        self.page.urgent_chosen.connect(self._urgent)
        self.page.month_chosen.connect(self._month)
        self.page.receipt_wanted.connect(lambda: desk.shell.show_tab("handover"))
        self.page.backup_wanted.connect(desk.ask_backup)
        self.page.print_wanted.connect(self.print_list)
        self.page.keys["F9"] = self.print_list
        self.page.findings_wanted.connect(desk.open_findings)
        self.page.reviews_wanted.connect(desk.open_reviews)
        self.page.discover_wanted.connect(desk.open_discover)

    def refresh(self) -> None:
        """What is due now."""
        self.run_latest("desk", desk_gateway.view, self.page.show_workbench)

    def print_list(self) -> None:
        """What is due, as it is filtered, on paper."""
        heads = ("期限", "姓名", "性别", "出生年", "村", "业务", "要做的事")
        rows = [
            (one.due.text, one.name, one.sex, one.birth_year, one.village, one.business, one.todo)
            for one in self.page.shown
        ]
        self.desk.print_table(f"待办清单 {self.desk.today.isoformat()}", heads, rows)

    def _month(self, form: str) -> None:
        if form:
            self.desk.open_payment(form)

    def _urgent(self, one: Urgent) -> None:
        kind, form, key = one.target.split(":", 2)
        if kind == "record":
            self.desk.open_record(key, form)
        elif kind == "new":
            self.desk.new_record(form, person=key)
        elif kind == "reviews":
            self.desk.open_reviews()
        elif kind == "returns":
            ReturnsRoom(self.desk).open()
        else:
            self.desk.open_person(key)

    def _due(self, key: str) -> None:
        """Each card is one click from the list that it counts."""
        if key in ("unsent", "receipt"):
            self.desk.shell.show_tab("handover")
        elif key == "decisions":
            self.desk.open_waiting()
        elif key == "told":
            self.desk.open_told()
        elif key == "offered":
            self.desk.open_offered()
        elif key == "recoveries":
            self.desk.open_recoveries()
        else:
            self.page.choose_due(key)


class HandoverRoom(Room):
    """Binds ``HandoverPage``."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.page = HandoverPage()
        self.page.arrived = self.refresh
        self.page.export_wanted.connect(self.ask_export)
        self.page.receipt_wanted.connect(self.ask_receipt)
        self.page.enrol_wanted.connect(self.ask_enrol)
        self.page.resend_wanted.connect(lambda line: self.ask_export(resend=int(line.number)))
        self.page.record_wanted.connect(self._record)
        self.page.waiting_wanted.connect(desk.open_waiting)
        self.page.offered_wanted.connect(desk.open_offered)
        self.page.told_wanted.connect(desk.open_told)
        self.page.copies_wanted.connect(desk.open_copies)
        self.page.package_wanted.connect(desk.open_copies)
        self.page.stop_wanted.connect(self._stop)
        self._ticket: Ticket | None = None
        self.inbox = FolderIntake(self, self.page, self.take_in, self.page.show_watch)
        self.page.conflicts_wanted.connect(desk.open_conflicts)
        self.page.copy_wanted.connect(self.ask_copy)
        self.page.dropped.connect(lambda files: self.read_down([Path(file) for file in files]))
        self.page.inbox_wanted.connect(self.inbox.ask)

    def refresh(self) -> None:
        """What waits, and what was written."""
        self.run_latest("handover", handover_gateway.view, self.page.show_handover)

    def _record(self, form: str, record: str) -> None:
        if record:
            self.desk.open_record(record, form)

    def ask_export(self, *, resend: int | None = None) -> None:
        """Ask for the stick."""
        ask_places(
            self, self.page, title="数据包写到哪里？", verb="写数据包",
            sentence="勾几个就写几份，写完读回核对，每一份都记进拷贝登记。",
            then=lambda folders: self.export(*folders, resend=resend),
        )  # fmt: skip

    def export(self, *folders: Path, resend: int | None = None) -> None:
        """Write the package to one or several destinations and read it back."""
        self.page.progress.show_progress("正在写数据包，写完再读回核对", 0, 0)

        def done(made: Exported) -> None:
            self.page.progress.finish()
            good = [one for one in made.places if one.error is None]
            where = "、".join(str(one.folder) for one in good)
            if made.file is not None:
                cents = sum(c.cents for key, c in made.counts.items() if key == "payment_items")
                sums = f"，{format_money_grouped(cents)} 元" if cents else ""
                self.desk.saved(
                    f"第 {made.number:04d} 号包已写到 {where} 并读回核对：{made.changes:,} 条{sums}。"
                    "等县局回执后才算上报完成"
                )
                for words in handover_gateway.left_behind(made):
                    self.desk.say(words, "warn")
            elif made.recopied:
                self.desk.saved(f"没有新的变化，把还没有回执的 {len(made.recopied)} 个包又复制了一次")
            else:
                self.desk.say("没有新的变化，也没有要再复制的包。", "info")
            for words in made.said:
                self.desk.say(words, "info")
            failed = [one.sentence for one in made.places if one.error is not None]
            if failed:
                kept = f"写成的：{where}。" if good else ""
                self.desk.say(f"{'；'.join(failed)}{kept}", "error")
            self.refresh()

        self._ticket = self.run(
            lambda office: handover_gateway.export(office, folders, resend=resend),
            done,
            failed=self._failed,
            progress=self._progress,
            stopped=self._stopped,
        )

    def _progress(self, step: Progress) -> None:
        self.page.progress.show_progress(step.words, step.done, step.of)

    def _stop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    def _stopped(self) -> None:
        self.inbox.over()
        self.page.progress.finish("已停下。写完的都在，没写完的没有留下；再做一次会接着写。")
        self.refresh()

    def _failed(self, error: Exception) -> None:
        self.inbox.over()
        self.page.progress.finish()
        self.desk.show_error(error)
        self.refresh()

    def take_in(self, listed: Listed, _receipts: Path | None, move_in: Path | None) -> None:
        """Read the receipts and bulletins of a folder."""

        def done(made: down_gateway.ReadDown) -> None:
            self.inbox.over()
            self.page.progress.finish()
            self.desk.saved(made.sentence, made.tone)
            self.refresh()
            if made.offered:
                self.desk.open_offered()

        self._ticket = self.run(
            lambda office: arrivals.take_in(office, listed, move_in),
            done,
            failed=self._failed,
            progress=self._progress,
            stopped=self._stopped,
        )

    def ask_receipt(self) -> None:
        """Ask for receipts and bulletins."""
        names, _ = QFileDialog.getOpenFileNames(
            self.page, "读县局的文件、另一台电脑的包", str(self.desk.folder),
            "县局和另一台电脑的文件 (*.mzret *.mzbul *.mzpkg *.mzcopy);;全部文件 (*)",
        )  # fmt: skip
        if names:
            self.read_down([Path(name) for name in names])

    def read_down(self, files: list[Path]) -> None:
        """Read what the county and the other laptop sent, in their order, whatever the order in which it was given."""

        def told(made: conflict_gateway.ReadPeers) -> None:
            self.desk.saved(made.sentence, made.tone)
            self.refresh()
            if made.conflicts:
                self.desk.open_conflicts()

        def split(theirs: list[Path]) -> None:
            if theirs:
                self.run(lambda office: conflict_gateway.read_peers(office, theirs), told)
            if left := [file for file in files if file not in theirs]:
                self.inbox.take_files(left)

        self.run(lambda office: conflict_gateway.peer_files(office, files), split)

    def ask_copy(self) -> None:
        """Ask for the stick."""
        folder = QFileDialog.getExistingDirectory(
            self.page, "台账副本写到哪里（U 盘）", str(self.desk.folder)
        )
        if folder:
            self.write_copy(Path(folder))

    def write_copy(self, folder: Path) -> None:
        """Everything that is here, for the other laptops of the township."""
        self.page.progress.show_progress("正在写台账副本，写完再读回核对", 0, 0)

        def done(made: Any) -> None:
            self.page.progress.finish()
            letters = "、".join(f"{letter} 机" for letter in made.letters)
            self.desk.saved(
                f"台账副本已写到 {folder} 并读回核对：{made.changes:,} 处变化、{made.attachments} 个附件，{letters}能读"
            )
            self.refresh()

        self.run(lambda office: conflict_gateway.copy_for_peer(office, folder), done, failed=self._failed)

    def ask_enrol(self) -> None:
        """Ask for the enrolment file and its phrase."""
        name, _ = QFileDialog.getOpenFileName(
            self.page, "读登记文件", str(self.desk.folder), "登记文件 (*.mzenrol);;全部文件 (*)"
        )
        if not name:
            return
        dialog = ConfirmDialog(
            title="读登记文件？", icon="shield", sentence="县局在电话里告诉了六个词的口令，按顺序写，中间空一格。",
            verb="读登记文件", quiet="不读", verb_icon="in",
        )  # fmt: skip
        phrase = QLineEdit()
        dialog.body.addWidget(Field("口令", phrase, required=True))
        dialog.require(lambda: "" if phrase.text().strip() else "写上六个词的口令。")
        dialog.agreed.connect(lambda: self.enrol(Path(name), phrase.text().strip()))
        dialog.open_over(self.desk.layer_parent())

    def _ask_root(self, file: Path, phrase: str, told: str) -> None:
        """The county's root key is another: its fingerprint is compared by phone and typed."""
        dialog = ConfirmDialog(
            title="县局换了根密钥", icon="shield", danger=True, verb="一致，接入", quiet="不接入", verb_icon="check",
            sentence=told,
        )  # fmt: skip
        digits = QLineEdit()
        dialog.body.addWidget(Field("县局电话里念的指纹", digits, required=True))
        dialog.require(lambda: "" if digits.text().strip() else "写上县局念的 16 位数字。")
        dialog.agreed.connect(lambda: self.enrol(file, phrase, new_root=digits.text()))
        dialog.open_over(self.desk.layer_parent())

    def enrol(self, file: Path, phrase: str, *, new_root: str = "") -> None:
        """Join the county, for the first time or anew."""

        def done(_none: object) -> None:
            self.desk.saved("已读登记文件，可以向县局上报了")
            self.refresh()

        def failed(error: Exception) -> None:
            if isinstance(error, UserError) and error.code == "new_root" and not new_root:
                self._ask_root(file, phrase, error.message)
            else:
                self.desk.show_error(error)

        self.run(
            lambda office: handover_gateway.enrol(office, file, phrase, new_root=new_root),
            done,
            failed=failed,
        )
