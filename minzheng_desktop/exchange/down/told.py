"""核查 from the county: findings that came down, what the township answers, and how they close.

They are kept in the table of findings under rules `county:…` and states of their own, so that the office's own checks
leave them alone. An answer is a row of `finding_answers`, which travels up. What the county no longer finds, or has
accepted, comes down as such with its next file and closes here; an answer alone closes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import attachments, schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

PREFIX = "county:"
TOLD, ANSWERED, ACCEPTED, CLOSED = "told", "answered", "agreed", "closed"
STATES: dict[str, str] = {
    TOLD: "待答复", ANSWERED: "已答复，等县局", ACCEPTED: "县局已采信", CLOSED: "已改正销号",
}  # fmt: skip
EXPLAINED, MENDED = "explained", "mended"
ANSWERS: dict[str, str] = {EXPLAINED: "说明", MENDED: "已改正"}
EVIDENCE = "finding"
"""The kind of an attachment that proves an answer."""

_f = schema.findings
_a = schema.finding_answers


class FindingLine(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", tag="finding"):
    """A finding of the county's checks that concerns this division.

    `month` 'YYYY-MM' and `cents` where it is about money; `people` masked names and numbers; `records` ids of this
    division's own records; `todo` what to do. `state` is open, or accepted with the county's words in `answer`.
    """

    id: str
    rule: str
    severity: str
    message: str
    at: str
    title: str = ""
    month: str = ""
    cents: int = 0
    division: str = ""
    people: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    todo: str = ""
    state: str = "open"
    answer: str = ""
    answered_by: str = ""
    answered_at: str = ""


class Told(msgspec.Struct, frozen=True):
    """A finding of the county as this township has it: the line, its state, and what was answered here."""

    line: FindingLine
    state: str
    said: str = ""
    said_as: str = ""
    said_by: str = ""
    said_at: str = ""
    closed_at: str = ""


def keep_findings(w: Writing, lines: Sequence[FindingLine]) -> int:
    """Bring the county's findings up to date by its newest file; returns how many wait for an answer.

    One that is not among the lines any more is closed: the county looked again and found it no more.
    """
    here = {row["id"]: row for row in w.rows(sa.select(_f).where(_f.c.rule.like(f"{PREFIX}%")))}
    answers = _answers(w)
    waiting = 0
    for line in lines:
        said = answers.get(line.id)
        state = ACCEPTED if line.state == "accepted" else ANSWERED if _answers_to(said, line) else TOLD
        waiting += state == TOLD
        old = here.pop(PREFIX + line.id, None)
        facts = msgspec.to_builtins(line)
        if old is None:
            w.insert("findings", [_row(line, state, facts)])
        elif (old["state"], old["facts"]) != (state, facts):
            w.update("findings", _row(line, state, facts), _f.c.id == old["id"])
    for key, row in here.items():
        if row["state"] != CLOSED:
            facts = {**row["facts"], "closed_at": w.at}
            w.update("findings", {"state": CLOSED, "facts": facts}, _f.c.id == key)
    return waiting


def told_findings(r: Reading, *, states: Collection[str] = (TOLD, ANSWERED, ACCEPTED)) -> list[Told]:
    """The county's findings in these states: errors first, then by age."""
    wanted = sa.select(_f).where(_f.c.rule.like(f"{PREFIX}%"), _f.c.state.in_({*states, TOLD}))
    answers = _answers(r)
    found = []
    for row in r.rows(wanted.order_by(_f.c.severity, _f.c.at, _f.c.id)):
        line = msgspec.convert(row["facts"], FindingLine)
        said = answers.get(line.id, {})
        if row["state"] == TOLD and said and _answers_to(said, line):
            row["state"] = ANSWERED  # at another laptop of the division
        if row["state"] not in states:
            continue
        found.append(
            Told(
                line=line,
                state=row["state"],
                said=said.get("text") or "",
                said_as=said.get("state") or "",
                said_by=said.get("by") or "",
                said_at=said.get("at") or "",
                closed_at=row["facts"].get("closed_at", ""),
            )
        )
    return found


def count_told(r: Reading) -> int:
    """How many findings of the county wait for an answer."""
    return len(told_findings(r, states=(TOLD,)))


def answer_told(
    store: Store,
    ids: Sequence[str],
    *,
    as_: Literal["explained", "mended"],
    text: str,
    files: Sequence[Path] = (),
) -> int:
    """Answer findings of the county: what is mended, or why it is right as it is; returns how many.

    `files` (PDF, JPEG, PNG) go along as evidence. A finding that is an error is mended, not explained away: its
    explanation goes up all the same and the county decides. Raises UserError when nothing was written, a finding is
    not open here, or a file cannot be read; then nothing changes.
    """
    if as_ not in ANSWERS:
        raise UserError("unknown_answer", "答复只能是“说明”或“已改正”。没有改动。")
    if not text.strip():
        raise UserError("empty_answer", "没有写答复。没有改动，写明理由或怎么改正的再提交。")
    picked = [attachments.pick(path) for path in files]
    wanted = list(dict.fromkeys(ids))
    with store.writing("answer_county_findings", {"as": as_, "count": len(wanted)}) as w:
        rows = {
            row["id"]: row
            for row in w.rows(sa.select(_f).where(_f.c.id.in_([PREFIX + one for one in wanted])))
        }
        missing = [one for one in wanted if (row := rows.get(PREFIX + one)) is None or row["state"] == CLOSED]
        if missing or not wanted:
            raise UserError("no_such_finding", "这条核查问题已经销号或不存在。没有改动，刷新后再看。")
        for one in wanted:
            row = rows[PREFIX + one]
            line = msgspec.convert(row["facts"], FindingLine)
            record = next((key for key in line.records if w.get("records", key) is not None), None)
            kept = [attachments.keep(w, file, record=record, kind=EVIDENCE).digest for file in picked]
            w.put(
                "finding_answers",
                {
                    "owner": w.store.site.division, "finding": one, "rule": line.rule, "state": as_,
                    "text": text.strip(), "at": w.at, "by": w.user,
                    "more": {"files": kept, "message": line.message} if kept else {"message": line.message},
                },
            )  # fmt: skip
            w.update("findings", {"state": ANSWERED}, _f.c.id == PREFIX + one)
    return len(wanted)


def _row(line: FindingLine, state: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": PREFIX + line.id, "rule": PREFIX + line.rule, "severity": line.severity, "division": line.division,
        "state": state, "message": line.message, "at": line.at, "facts": facts,
    }  # fmt: skip


def _answers(r: Reading) -> dict[str, dict[str, Any]]:
    """The newest answer of this township to each finding."""
    wanted = sa.select(_a).where(_a.c.owner == r.store.site.division, _a.c.void == 0)
    return {row["finding"]: row for row in r.rows(wanted.order_by(_a.c.at, _a.c.id))}


def _answers_to(said: dict[str, Any] | None, line: FindingLine) -> bool:
    """Whether the answer is to what the line says now: it was given to the same words, or after they came."""
    if said is None:
        return False
    if said["more"].get("message") == line.message:
        return datetime.fromisoformat(said["at"]) >= datetime.fromisoformat(line.at)
    return False
