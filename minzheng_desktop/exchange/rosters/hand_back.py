"""Handing rejected rows back: the workbook is written and noted in the audit with its hash, then put in place."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from minzheng_desktop.exchange.rosters.errors_workbook import ErrorsWritten, write_errors_workbook

if TYPE_CHECKING:
    from minzheng_desktop.exchange.rosters.plan import RosterPlan
    from minzheng_desktop.store.store import Store


def hand_back_errors(store: Store, plan: RosterPlan, out: Path) -> ErrorsWritten | None:
    """Write the rejected rows of a plan to `out` (.xlsx) for correction; None when there are none.

    Raises UserError as `write_errors_workbook` does; nothing is noted then.
    """

    def note(written: ErrorsWritten, data: bytes) -> None:
        digest = hashlib.sha256(data).hexdigest()
        store.note("write_errors", {"file": out.name, "rows": written.rows, "sha256": digest})

    return write_errors_workbook(plan, out, settle=note)
