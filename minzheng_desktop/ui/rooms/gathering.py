"""Asks before the program lists records by itself or takes the steps whose condition holds, and does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..gateway import gathering
from ..kit.dialog import ConfirmDialog

if TYPE_CHECKING:
    from ..gateway.office import Office
    from .records import RecordsRoom


def ask_gather(room: RecordsRoom) -> None:
    """按救助台账补齐, 列出本期待办: say what would be listed for the form in sight, and list it when agreed."""
    _ask(room, "link", gathering.plan_gathering, gathering.gather)


def ask_ready(room: RecordsRoom) -> None:
    """成批办理: say which records are ready for which step, and take them all when agreed."""
    _ask(room, "check", gathering.plan_steps, gathering.take_steps)


def _ask(
    room: RecordsRoom,
    icon: str,
    plan: Callable[[Office, str], gathering.Gathering],
    carry_out: Callable[[Office, str], str],
) -> None:
    form = room.form

    def done(sentence: str) -> None:
        room.desk.saved(sentence)
        room.refresh_list()

    def ask(found: gathering.Gathering) -> None:
        if not found.count:
            room.desk.say(found.sentence, "info")
            return
        dialog = ConfirmDialog(title=found.title, icon=icon, sentence=found.sentence, verb=found.verb)
        dialog.agreed.connect(lambda: room.run(lambda office: carry_out(office, form), done))
        dialog.open_over(room.desk.layer_parent())

    room.run(lambda office: plan(office, form), ask)
