"""What people answered to proposals that the program makes again at every look: reviews, suggestions.

Kept in the table of findings beside those of the checks, under states of their own, so that a run of the checks
leaves them alone. A proposal's id is a digest of what it says of whom; a new fact is a new proposal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

State = Literal["open", "taken", "postponed", "dismissed"]
STATE_TITLES: dict[str, str] = {
    "open": "未处理",
    "taken": "已办",
    "postponed": "以后再说",
    "dismissed": "不办",
}
_f = schema.findings


class Said(msgspec.Struct, frozen=True):
    """One answer: until when it was postponed ('' else), why, by whom, when, the record that was begun, and what the
    proposal said then."""

    state: State
    text: str = ""
    until: str = ""
    record: str = ""
    by: str = ""
    at: str = ""
    message: str = ""

    def now(self, today: date) -> State:
        """The state as of a day: what was postponed is open again from its day on."""
        over = self.state == "postponed" and self.until <= today.isoformat()
        return "open" if over else self.state


def digest(*parts: str) -> str:
    """The id of a proposal, the same for the same parts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def load_answers(r: Reading, kind: str) -> dict[str, Said]:
    """The answers to proposals of one kind (``review``, ``discover``) by the proposal's id."""
    query = sa.select(_f.c.id, _f.c.state, _f.c.facts, _f.c.message).where(_f.c.rule.like(f"{kind}:%"))
    return {
        row_id: Said(
            state, facts.get("answer", ""), facts.get("until", ""), facts.get("record", ""),
            facts.get("answered_by", ""), facts.get("answered_at", ""), message,
        )
        for row_id, state, facts, message in r.connection.execute(query)
    }  # fmt: skip


def remember(
    w: Writing, kind: str, proposal: str, rule: str, message: str, *, state: State, facts: Mapping[str, Any],
    text: str = "", until: str = "", record: str = "",
) -> None:  # fmt: skip
    """Keep an answer, in place of an earlier one to the same proposal."""
    w.delete("findings", _f.c.id == proposal)
    body = {
        **facts, "answer": text, "until": until, "record": record, "answered_by": w.user, "answered_at": w.at,
    }  # fmt: skip
    w.insert(
        "findings",
        [
            {
                "id": proposal, "rule": f"{kind}:{rule}", "severity": "warning", "division": w.store.site.division,
                "state": state, "message": message, "at": w.at, "facts": body,
            }
        ],
    )  # fmt: skip


def require(known: Iterable[str], wanted: Iterable[str], what: str) -> list[str]:
    """The ids wanted, each once. Raises UserError no_such_proposal where one is not among those known."""
    chosen, present = list(dict.fromkeys(wanted)), set(known)
    if any(one not in present for one in chosen):
        raise UserError("no_such_proposal", f"有一条{what}已经不在或内容变了。没有改动，重新列出再选。")
    return chosen
