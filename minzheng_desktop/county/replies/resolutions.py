"""The county's answer to a conflict of a township: a ruling, for the county never writes a township's row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minzheng_desktop.county.receiving.senders import require_county
from minzheng_desktop.exchange.down.decided import ISSUED
from minzheng_desktop.exchange.judging.conflicts import (
    RESOLVE,
    Answer,
    answer_body,
    ruling_details,
    settle_now,
)
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store

MAY_RULE = frozenset({"county_reviewer", "county_admin"})


def rule_conflicts(store: Store, answers: Sequence[Answer], *, text: str = "") -> int:
    """Rule on rows in conflict, one ruling a row, addressed to its township; returns how many.

    It travels in the next receipt or bulletin; the row here changes when the township's version comes. Raises
    UserError when a row moved since it was shown, or a field was not answered.
    """
    require_county(store)
    if not store.roles & MAY_RULE:
        raise UserError("not_allowed", f"{store.user}没有裁定的权限，没有写入。请由县局审核员办理。")
    with store.writing("rule_conflicts", {"rows": len(answers)}) as w:
        bodies = []
        for answer in answers:
            history, settled = settle_now(w, answer)
            answer_body(history, settled, answer)  # nothing is ruled that cannot be made
            row = w.get(answer.entity, answer.id)
            assert row is not None, "settle_now found it"
            bodies.append(
                {
                    "owner": row["owner"], "kind": RESOLVE, "subject": answer.id, "text": text.strip() or None,
                    "by": w.user, "at": w.at, "state": ISSUED, "more": ruling_details(history, settled, answer),
                }
            )  # fmt: skip
        w.put_many("rulings", bodies, fresh=True)
    return len(answers)
