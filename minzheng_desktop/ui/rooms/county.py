"""The county's room 接收."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from ..county.receive import PackageRow, ReceivePage
from ..gateway import county as gateway
from ..worker import Progress, Ticket
from .room import Room

if TYPE_CHECKING:
    from ...county.receive import Received
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
        """Read every package of a stick."""
        folder = QFileDialog.getExistingDirectory(self.page, "读取 U 盘", str(self.desk.folder))
        if folder:
            self.receive(sorted(Path(folder).rglob("*.mzpkg")))

    def ask_files(self) -> None:
        """Read chosen packages."""
        names, _ = QFileDialog.getOpenFileNames(
            self.page, "选数据包", str(self.desk.folder), "数据包 (*.mzpkg)"
        )
        self.receive([Path(name) for name in names])

    def receive(self, files: list[Path]) -> None:
        """Judge and apply packages in number order."""
        if not files:
            self.desk.say("这里没有数据包（.mzpkg）。没有读入。", "warn")
            return

        def done(results: Any) -> None:
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
            more = f"（还有 {len(bad) - 2} 个，点开看原因和下一步）" if len(bad) > 2 else ""
            self.desk.say(
                f"读了 {len(results)} 个包：{sums}。{reasons}{more}", "error" if "refused" in counts else "ok"
            )
            self.desk.refresh_facts()
            self.refresh()

        def progress(step: Progress) -> None:
            self.page.progress.show_progress(step.words, step.done, step.of)

        self._ticket = self.run(
            lambda office: gateway.receive(office, files),
            done,
            failed=self._failed,
            progress=progress,
            stopped=self._stopped,
        )

    def _stop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    def _stopped(self) -> None:
        self.page.progress.finish("已停下。读完的包已经进库，其余没有动。")
        self.refresh()

    def _failed(self, error: Exception) -> None:
        self.page.progress.finish()
        self.desk.show_error(error)

    def ask_receipt(self, key: str) -> None:
        """Ask for the stick that goes back."""
        folder = QFileDialog.getExistingDirectory(self.page, "回执写到哪里（U 盘）", str(self.desk.folder))
        if folder:
            self.write_receipt(key, Path(folder))

    def write_receipt(self, key: str, folder: Path) -> None:
        """Write the receipt of a package."""
        self.run(
            lambda office: gateway.receipt(office, key, folder),
            lambda file: self.desk.saved(f"已写回执 {file.name}，交给乡镇读"),
        )


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
