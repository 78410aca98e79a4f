"""Saving a record and asking the checks of it: what window and command line call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits import casework
from minzheng_desktop.checks.desk import on_record

if TYPE_CHECKING:
    from minzheng_desktop.store.records import Saved
    from minzheng_desktop.store.unit import Writing


def save_checked(w: Writing, form: str, doc: Mapping[str, Any], *, today: date, **more: Any) -> Saved:
    """``benefits.casework.save_record``; what the checks say of the record is added to the problems as warnings."""
    saved = casework.save_record(w, form, doc, today=today, **more)
    found = on_record(w, saved.id, today=today)
    return msgspec.structs.replace(saved, problems=(*saved.problems, *found)) if found else saved
