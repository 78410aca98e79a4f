"""What a room does with sticks and folders: asking where to write, the folder that is watched, dropped files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLineEdit

from ...exchange.folder import FolderWatch, Intake, Listed
from ...store.destinations import UNWRITABLE
from ..gateway import arrivals as gateway
from ..gateway import copies as copies_gateway
from ..kit.basics import button, row
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..places import FileDrop, PlacesDialog

if TYPE_CHECKING:
    from ...store.destinations import Found
    from ..page import Page
    from .room import Room

EVERY = 2000
"""Milliseconds between two looks at a watched folder; after a look that took long, ten times as long."""


def ask_places(
    room: Room,
    page: Page,
    *,
    title: str,
    sentence: str,
    verb: str,
    then: Callable[[list[Path]], object],
    several: bool = True,
    reading: bool = False,
) -> None:
    """Offer the remembered sticks and folders, of which one or `several` are ticked; where there are none, ask for a
    folder at once. For `reading` a full or protected stick is as good as any."""

    def browse() -> Path | None:
        name = QFileDialog.getExistingDirectory(page, title, str(room.desk.folder))
        return Path(name) if name else None

    def show(found: list[Found]) -> None:
        if not found:
            folder = browse()
            if folder is not None:
                then([folder])
            return
        if reading:
            found = [replace(one, problem="") if one.problem in UNWRITABLE else one for one in found]
        dialog = PlacesDialog(
            found, title=title, sentence=sentence, verb=verb, browse=browse, several=several
        )
        dialog.chosen.connect(then)
        dialog.open_over(room.desk.layer_parent())

    room.run(copies_gateway.places, show)


class FolderIntake(QObject):
    """The 收件夹 of a room: files dropped on its page, and the folder that is looked at every two seconds.

    ``take(listed, receipts, move_in)`` judges what is ready and calls ``over`` when it is done.
    """

    def __init__(
        self,
        room: Room,
        page: Page,
        take: Callable[[Listed, Path | None, Path | None], object],
        show: Callable[[str], object],
    ) -> None:
        super().__init__(room)
        self._room, self._page, self._take, self._show = room, page, take, show
        self.intake = Intake()
        self.watch: FolderWatch | None = None
        self.busy = False
        self._lost = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.poll)
        self._drop = FileDrop(page)
        self._drop.dropped.connect(self.take_files)
        room.run(gateway.read_intake, self._set)

    # -- dropped and chosen ------------------------------------------------------------------------

    def take_files(self, paths: list[Path], *, quiet: bool = False) -> None:
        """Judge what is new in dropped files and folders; the rest is counted and named.

        ``quiet``: nothing new is nothing to say.
        """
        receipts, move_in = self._receipts, None
        if len(paths) == 1 and paths[0].is_dir() and str(paths[0]) == self.intake.folder and self.intake.move:
            move_in = paths[0]

        def listed(found: Listed) -> None:
            if not found.ready and quiet:
                return
            if not found.ready:
                rest = found.words
                self._room.desk.say(f"没有新的文件{f'：{rest}' if rest else ''}。没有读入。", "warn")
                return
            self.busy = True
            self._take(found, receipts, move_in)

        self._room.run(lambda office: gateway.list_files(office, paths), listed)

    def over(self) -> None:
        """What was given to `take` is done, stopped or failed."""
        self.busy = False

    @property
    def _receipts(self) -> Path | None:
        return Path(self.intake.receipts) if self.intake.receipts else None

    # -- watching ------------------------------------------------------------------------------------

    def poll(self) -> None:
        """One look, unless the last files are still being judged."""
        watch = self.watch
        if watch is None or self.busy:
            return
        self.busy = True
        self._room.run(lambda office: gateway.poll(office, watch), self._polled, failed=self._failed)

    def _polled(self, looked: tuple[Listed, float]) -> None:
        found, seconds = looked
        self.busy = False
        self._timer.setInterval(max(EVERY, round(seconds * 10_000)))
        if self._lost:
            self._lost = False
            self._show(self._words())
        if found.ready:
            self.busy = True
            self._take(found, self._receipts, Path(self.intake.folder) if self.intake.move else None)
        elif found.half:
            self._room.desk.say(f"收件夹里有没有写完的文件，没有动：{found.words}。", "warn")

    def _failed(self, error: Exception) -> None:
        self.busy = False
        if not self._lost:
            self._lost = True
            self._show("收件夹打不开，盘插好后接着看")
            self._room.desk.show_error(error)

    def _set(self, intake: Intake) -> None:
        self.intake = intake
        watched = bool(intake.watched and intake.folder)
        self.watch = FolderWatch(Path(intake.folder)) if watched else None
        if watched:
            self._timer.start()
        else:
            self._timer.stop()
        self._show(self._words())

    def _words(self) -> str:
        return f"正看着收件夹 {self.intake.folder}" if self.watch is not None else ""

    # -- the choice ------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Which folder, whether it is watched, whether files are moved."""
        county = self._room.desk.is_county
        dialog = ConfirmDialog(
            title="收件夹", icon="in", verb="就这样", quiet="不改", verb_icon="check",
            sentence="传文件的软件、共享盘往里放文件的文件夹。只收写完整的、没收过的；别的文件不动。",
        )  # fmt: skip
        folder, receipts = QLineEdit(self.intake.folder), QLineEdit(self.intake.receipts)
        dialog.body.addWidget(Field("文件夹", self._with_browse(folder), required=True))
        watched = QCheckBox("一直看着它：文件写完就自动收")
        watched.setChecked(self.intake.watched)
        move = QCheckBox("收下的移到里面的“已收”，拒收的移到“拒收”")
        move.setChecked(self.intake.move)
        dialog.body.addWidget(watched)
        dialog.body.addWidget(move)
        if county:
            hint = "空着则收的时候不写回执，以后按 F8 一个个写"
            dialog.body.addWidget(Field("回执写到", self._with_browse(receipts), hint=hint))
        dialog.require(lambda: "" if folder.text().strip() else "选一个文件夹。")

        def keep() -> None:
            self.keep(
                Intake(
                    folder=folder.text().strip(),
                    watched=watched.isChecked(),
                    move=move.isChecked(),
                    receipts=receipts.text().strip(),
                )
            )

        dialog.agreed.connect(keep)
        dialog.open_over(self._room.desk.layer_parent())

    def keep(self, intake: Intake) -> None:
        """Keep the choice, and take what lies there already."""

        def kept(made: Intake) -> None:
            self._set(made)
            self._room.desk.say(self._words() or f"收件夹是 {made.folder}", "ok")
            self.take_files([Path(made.folder)], quiet=True)

        self._room.run(lambda office: gateway.keep_intake(office, intake), kept)

    def _with_browse(self, edit: QLineEdit) -> QLineEdit:
        def browse() -> None:
            name = QFileDialog.getExistingDirectory(self._page, "选文件夹", edit.text())
            if name:
                edit.setText(name)

        made = button("选…", "flat", on=browse)
        inside = row(None, made, margins=(0, 0, 2, 0))
        edit.setLayout(inside)
        edit.setTextMargins(0, 0, 48, 0)
        return edit
