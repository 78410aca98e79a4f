"""Scans of the record that is open: attached, looked at, taken out with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..gateway import saving
from ..records.scans import ScansDialog

if TYPE_CHECKING:
    from .records import RecordsRoom


def attach_scan(room: RecordsRoom, name: str, done: Any) -> None:
    """Seal a file; ``done`` is told its digest and title, unless another record was opened meanwhile."""
    opened = room.opened
    record = opened.view.id or None if opened else None

    def take(attached: Any) -> None:
        if room.opened is opened:
            done(attached.digest, attached.title)
            words = attached.warning or f"已附上“{attached.title}”，共 {attached.pages} 页。"
            room.desk.say(words, "warn" if attached.warning else "ok")

    room.run(lambda office: saving.attach(office, name, record), take)


def look_at_scans(room: RecordsRoom, name: str, digests: tuple[str, ...], removed: Any) -> None:
    """Show attachments; ``removed`` is told which one is taken out, and why."""
    room.run(
        lambda office: saving.look(office, digests),
        lambda scans: ScansDialog(name, scans, removed=removed).open_over(room.desk.layer_parent()),
    )


def explain_removal(room: RecordsRoom, key: str, reason: str) -> None:
    """Keep why a scan was taken out with the record."""
    room.editor.reasons[key] = reason
    room.desk.say("已从这一格移除，保存以后才算数。原件和记录都留着。", "info")
