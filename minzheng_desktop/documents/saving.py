"""A print as a file that the user asked for: written whole, read back, then noted with its digest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from minzheng_desktop.documents.batch_prints import BANK_FILES, BatchPrint, Made, make_batch_print
from minzheng_desktop.documents.print_log import note_file
from minzheng_desktop.store import copies
from minzheng_desktop.store.files import copy_verified

if TYPE_CHECKING:
    from minzheng_desktop.benefits.settlement import Kind
    from minzheng_desktop.store.store import Store

KEPT = "台账没有变化，文件没有写出"


def save_made(store: Store, out: Path, made: Made, *, kind: str, form: str = "") -> None:
    """Write a finished print to `out` (replaced if there) and note it in print log and audit.

    It is read back, noted, and only then put in place, so that no file stands there unnoted. Raises UserError for
    every trouble of disk or stick; `out` is then as it was.
    """

    def settle() -> None:
        note_file(store, kind, made.data, file=out.name, form=form, batch=made.batch, masked=made.masked)

    if kind in BANK_FILES:
        more = {"form": form, "batch": made.batch}
        what = copies.Outgoing("bank_file", out.name, store.site.division, lines=made.rows, more=more)
        copies.write_copy(store, what, made.data, out.parent, kept=KEPT, settle=settle)
    else:
        copy_verified(made.data, out, kept=KEPT, settle=settle)


def save_batch_print(
    store: Store,
    out: Path,
    *,
    form: str,
    month: str,
    as_: BatchPrint,
    printed_at: str,
    kind: Kind = "regular",
    masked: bool | None = None,
) -> Made:
    """Make a print of a batch and save it. Raises UserError as `make_batch_print` and `save_made` do."""
    made = make_batch_print(
        store, form=form, month=month, as_=as_, printed_at=printed_at, kind=kind, masked=masked
    )
    save_made(store, out, made, kind=as_, form=form)
    return made
