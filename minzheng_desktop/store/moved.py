"""A county's database that was carried elsewhere says so and opens no more (``store.moving``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minzheng_desktop.values.errors import UserError

MOVED = "moved_to"
"""The setting of a database that was carried elsewhere: where to, and when."""


def refuse_moved(found: Mapping[str, Any] | None) -> None:
    """Raises UserError ``moved``, naming where the county's database is now; `found` is the value of MOVED."""
    if found is not None:
        when = found["at"][:16].replace("T", " ")
        raise UserError(
            "moved",
            f"这个县库已于 {when} 搬到 {found['to']}，这里不再使用，内容原样留着。请登录那里；"
            "那边确实丢失、还没有办过事的，用 minzheng county move --reopen 重新启用这里。",
        )
