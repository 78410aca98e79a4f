"""What a step of a workflow asks for, and the answers as they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from minzheng_desktop.values.date_text import parse_date
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.workflow import Step

ASKED = {
    "reason": "原因",
    "opinion": "意见",
    "document_no": "批复文号",
    "date": "日期",
    "month": "生效月份",
    "scan": "扫描件",
}


def checked_answers(step: Step, asks: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The answers that a step asks for, dates as ISO text. Raises UserError ``step_needs`` with what is missing."""
    missing = [ask for ask in step.ask if not asks.get(ask)]
    if missing:
        names = "、".join(ASKED[ask] for ask in missing)
        raise UserError(
            "step_needs",
            f"“{step.title}”还要填：{names}。没有改动，填好再做。",
            tuple(Problem(path=ask, message=f"要填{ASKED[ask]}", code="required") for ask in missing),
        )
    given = {k: v for k, v in asks.items() if v not in (None, "")}
    return given | {k: _dated(k, given[k], today) for k in ("date", "month") if k in given}


def _dated(ask: str, raw: Any, today: date) -> str:
    """A date to the day, or a month, as ISO text however it was written."""
    wanted, length = ("日", 10) if ask == "date" else ("月", 7)
    try:
        found = parse_date(raw, today=today)
    except UserError as error:
        raise UserError(
            error.code, f"{ASKED[ask]}：{error.message}。没有改动，改好再做。", (Problem(ask, error.message),)
        ) from error
    if len(found.text) < length:
        message = f"{ASKED[ask]}要写到{wanted}"
        raise UserError("step_needs", f"{message}。没有改动，写全再做。", (Problem(ask, message),))
    return found.text[:length]
