"""The county's room 接收."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from ..county.receive import PackageRow, ReceivePage
from ..gateway import arrivals
from ..gateway import county as gateway
from ..worker import Progress, Ticket
from .arrivals import FolderIntake, ask_places
from .room import Room

if TYPE_CHECKING:
    from ...county.receiving.folder_intake import FolderReceived
    from ...county.receiving.receive import Received
    from ...exchange.folder import Listed
    from ...exchange.sending.delivery import Delivered
    from ..gateway.office import Office
    from ..window import Window


class ReceiveRoom(Room):
    """Binds ``ReceivePage``."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.page = ReceivePage()
        self._ticket: Ticket | None = None
        self._refused: tuple[PackageRow, ...] = ()
        self._results: dict[str, Received] = {}
        self.page.arrived = self.refresh
        self.page.read_wanted.connect(self.ask_folder)
        self.page.choose_wanted.connect(self.ask_files)
        self.page.package_chosen.connect(self.open)
        self.page.receipt_wanted.connect(self.ask_receipt)
        self.page.stop_wanted.connect(self._stop)
        self.page.held_wanted.connect(desk.open_held)
        self.page.copies_wanted.connect(desk.open_copies)
        self.page.down_wanted.connect(desk.open_down)
        self.inbox = FolderIntake(self, self.page, self.receive_listed, self.page.show_watch)
        self.page.inbox_wanted.connect(self.inbox.ask)
        self.page.conflicts_wanted.connect(desk.open_conflicts)

    def refresh(self) -> None:
        """Every package that came in."""

        def done(rows: tuple[PackageRow, ...]) -> None:
            self.page.show_packages(
                (*self._refused, *rows), f"收过 {len(rows)} 个包" if rows else "还没有收到数据包"
            )

        self.run_latest("packages", gateway.packages, done)
        self.run_latest("held", gateway.held_counts, lambda counts: self.page.show_held(*counts))

    def open(self, item: PackageRow) -> None:
        """Show how a package was verified, or why a file was not taken."""
        refused = self._results.get(item.key)
        if refused is None:
            self.open_key(item.key)
        else:
            self.run_latest(
                "package", lambda office: gateway.refused_view(office, refused), self.page.show_package
            )

    def open_key(self, key: str) -> None:
        """The same of a package by its id."""
        self.run_latest("package", lambda office: gateway.package_view(office, key), self.page.show_package)

    def ask_folder(self) -> None:
        """Read every package of sticks or folders."""
        ask_places(
            self, self.page, title="读哪个盘？", verb="读取", reading=True,
            sentence="没收过的、写完整的包才收；以前收过的只数一数，别的文件不动。",
            then=self.inbox.take_files,
        )  # fmt: skip

    def ask_files(self) -> None:
        """Read chosen packages."""
        names, _ = QFileDialog.getOpenFileNames(
            self.page, "选数据包", str(self.desk.folder), "数据包 (*.mzpkg)"
        )
        self.receive([Path(name) for name in names])

    def receive(self, files: list[Path]) -> None:
        """Judge and apply packages in number order, those too that were received before."""
        if not files:
            self.desk.say("这里没有数据包（.mzpkg）。没有读入。", "warn")
            return
        self._start(lambda office: gateway.receive(office, files), lambda results: self._tell(results, ""))

    def receive_listed(self, listed: Listed, receipts: Path | None, move_in: Path | None) -> None:
        """Judge what is new in a folder; what was left alone is told too."""

        def done(made: FolderReceived) -> None:
            rest = f"没有动的：{listed.words}。" if listed.words else ""
            moved = f"移走了 {made.moved} 个文件。" if made.moved else ""
            self._tell(made.results, f"{moved}{rest}")

        self._start(lambda office: arrivals.receive(office, listed, receipts, move_in), done)

    def _start(self, job: Callable[[Office], Any], done: Callable[[Any], object]) -> None:
        def over(made: Any) -> None:
            self.inbox.over()
            done(made)

        def progress(step: Progress) -> None:
            self.page.progress.show_progress(step.words, step.done, step.of)

        self._ticket = self.run(job, over, failed=self._failed, progress=progress, stopped=self._stopped)

    def _tell(self, results: Sequence[Received], more: str) -> None:
        self.page.progress.finish()
        self._refused = tuple(
            _refusal(self.desk.town, one)
            for one in results
            if one.status == "refused" or (one.status == "waiting" and not one.kept)
        )
        self._results = {str(one.file): one for one in results if one.way}
        words = {"applied": "已应用", "already": "以前收过", "waiting": "等前面的包", "refused": "拒收"}
        counts: dict[str, int] = {}
        for one in results:
            counts[one.status] = counts.get(one.status, 0) + 1
        sums = "，".join(f"{words[k]} {n} 个" for k, n in counts.items())
        bad = [one for one in results if one.status == "refused"]
        reasons = "；".join(f"{one.file.name}：{one.reason}" for one in bad[:2])
        others = f"（还有 {len(bad) - 2} 个，点开看原因和下一步）" if len(bad) > 2 else ""
        written = sum(one.receipt is not None for one in results)
        receipts = f"写了 {written} 份回执。" if written else ""
        self.desk.say(
            f"读了 {len(results)} 个包：{sums}。{receipts}{more}{reasons}{others}",
            "error" if "refused" in counts else "ok",
        )
        self.desk.refresh_facts()
        self.refresh()

    def _stop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    def _stopped(self) -> None:
        self.inbox.over()
        self.page.progress.finish("已停下。读完的包已经进库，其余没有动。")
        self.refresh()

    def _failed(self, error: Exception) -> None:
        self.inbox.over()
        self.page.progress.finish()
        self.desk.show_error(error)

    def ask_receipt(self, key: str) -> None:
        """Ask for the stick that goes back."""
        ask_places(
            self, self.page, title="回执写到哪里？", verb="写回执",
            sentence="勾几个就写几份，写完读回核对，每一份都记进拷贝登记。",
            then=lambda folders: self.write_receipt(key, *folders),
        )  # fmt: skip

    def write_receipt(self, key: str, *folders: Path) -> None:
        """Write the receipt of a package to one or several destinations."""

        def done(made: list[Delivered]) -> None:
            self.page.progress.finish()
            good = [one for one in made if one.error is None]
            name = next((path.name for one in good for path in (*one.written, *one.mended, *one.same)), "")
            self.desk.saved(
                f"已写回执 {name}，交给乡镇读" + (f"；写了 {len(good)} 份" if len(good) > 1 else "")
            )
            for one in made:
                if one.error is not None:
                    self.desk.say(one.sentence, "error")

        def progress(step: Progress) -> None:
            self.page.progress.show_progress(step.words, step.done, step.of)

        self._ticket = self.run(
            lambda office: gateway.receipt(office, key, folders),
            done,
            failed=self._failed,
            progress=progress,
            stopped=self._receipt_stopped,
        )

    def _receipt_stopped(self) -> None:
        self.page.progress.finish("已停下。回执没有写成，包已经收下，可以再写。")


def _refusal(town: Any, one: Any) -> PackageRow:
    from ..kit.cells import Chip

    waits = one.status == "waiting"
    chip = (
        Chip("等前面的包，没有存下", "warn", "clock")
        if waits
        else Chip(f"拒收：{one.reason[:16]}", "error", "error")
    )
    number = f"{one.number:04d}" if one.number is not None else "—"
    return PackageRow(
        str(one.file),
        town(one.sender) if one.sender else "来源不明",
        number,
        "",
        "—",
        "—",
        chip,
        "todo" if waits else "refused",
    )
