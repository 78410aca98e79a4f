"""What was printed: every print that leaves the program is noted with its digest, in one transaction with the audit."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing


def note_print(
    w: Writing,
    kind: str,
    data: bytes,
    *,
    form: str | None = None,
    record: str | None = None,
    batch: str | None = None,
    number: str | None = None,
    copy: int = 1,
    reason: str | None = None,
    more: dict[str, Any] | None = None,
) -> str:
    """Add one row to the print log within a transaction; returns its id. `copy` counts reprints from 1."""
    digest = hashlib.sha256(data).hexdigest()
    row_id = new_id()
    w.insert(
        "prints",
        [
            {
                "id": row_id, "kind": kind, "form": form, "record": record, "batch": batch, "number": number,
                "copy": copy, "state": "printed", "at": w.at, "by": w.user, "digest": digest, "reason": reason,
                "more": more or {},
            }
        ],
    )  # fmt: skip
    w.detail |= {"print": row_id, "sha256": digest}
    return row_id


def note_file(
    store: Store,
    kind: str,
    data: bytes,
    *,
    file: str,
    form: str,
    batch: str | None = None,
    masked: bool = False,
) -> str:
    """Note a file that the user asked for (ledger, bank file): its name and hash in print log and audit."""
    with store.writing(f"print_{kind}", {"file": file, "form": form, "masked": masked}) as w:
        return note_print(w, kind, data, form=form, batch=batch, more={"file": file, "masked": masked})
