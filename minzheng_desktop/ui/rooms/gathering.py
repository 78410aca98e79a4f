"""Asks whether to list what the program can list by itself, and lists it: 按救助台账补齐, 列出本期待办."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..gateway import gathering
from ..kit.dialog import ConfirmDialog

if TYPE_CHECKING:
    from .records import RecordsRoom


def ask_gather(room: RecordsRoom) -> None:
    """Say what would be listed for the form in sight, and list it when agreed."""
    form = room.form

    def done(sentence: str) -> None:
        room.desk.saved(sentence)
        room.refresh_list()

    def ask(found: gathering.Gathering) -> None:
        if not found.count:
            room.desk.say(found.sentence, "info")
            return
        dialog = ConfirmDialog(title=found.title, icon="link", sentence=found.sentence, verb=found.verb)
        dialog.agreed.connect(lambda: room.run(lambda office: gathering.gather(office, form), done))
        dialog.open_over(room.desk.layer_parent())

    room.run(lambda office: gathering.plan_gathering(office, form), ask)
