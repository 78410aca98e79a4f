"""The county decides: rows of `decisions`, the only thing of a township's record that the county writes.

A decision travels in the next receipt, is taken as a step by the township and returns in its next package;
until then the record shows 已决定·待乡镇回执.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.county import sampling
from minzheng_desktop.county.receiving.senders import require_county
from minzheng_desktop.exchange.down.decided import (
    DISMISS,
    DISMISSED,
    ISSUED,
    KINDS,
    decision_step,
    possible_kinds,
)
from minzheng_desktop.store import records, schema
from minzheng_desktop.store.transfers import handed_rows
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.load import Catalog
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

MAY_DECIDE = frozenset({"county_reviewer", "county_admin"})


class Waiting(msgspec.Struct, frozen=True):
    """One record that waits for the county (审批), or whose decision is on its way (`decided` is its kind).

    `amount` is the record's typed amount in cents, None when it has none.
    """

    record: str
    form: str
    form_title: str
    number: str
    division: str
    town: str
    village: str
    person: str
    name: str
    sex: str
    birth_date: str
    state: str
    state_title: str
    since: str
    amount: int | None
    kinds: tuple[str, ...]
    decided: str = ""
    decided_at: str = ""
    decided_by: str = ""
    revision: str = ""

    @property
    def seen(self) -> tuple[str, str]:
        """What `decide` compares, to notice that the record moved while the reviewer looked at it."""
        return self.revision, self.state


class Beaten(msgspec.Struct, frozen=True):
    """A record that somebody else had settled before: left as it is. `why` names it, who and when.

    `kind` is the other decision's, "" where the township's record itself changed since it was looked at."""

    record: str
    why: str
    kind: str = ""
    by: str = ""
    at: str = ""


class Decided(msgspec.Struct, frozen=True):
    """What one press of 决定 did: the decisions written, and the records that others were quicker with."""

    ids: list[str]
    beaten: tuple[Beaten, ...] = ()

    def sentence(self) -> str:
        """What was done, for the person who did it."""
        done = f"已决定 {len(self.ids)} 件，随下一次回执带给乡镇"
        if not self.beaten:
            return done
        more = f"等 {len(self.beaten)} 件" if len(self.beaten) > 1 else ""
        return f"{done}；没有动的{more}：{self.beaten[0].why}"


def decide(
    store: Store,
    record_ids: Sequence[str],
    *,
    kind: str,
    text: str,
    number: str,
    seen: Mapping[str, tuple[str, str]] | None = None,
) -> Decided:
    """Write one decision for each record that is still open.

    `kind` is confirm, return or deny; `text` the opinion, `number` the document's number; `seen` the revision and
    state in which the reviewer looked at each (`Waiting.seen`). Several reviewers work at once: a record that
    another one decided meanwhile, or that moved since it was looked at, is left out and told (`beaten`) while the
    rest goes through. Confirming asks for the sample (`county.sampling`) first. Raises UserError with a problem per
    record that cannot be decided so, or when nothing is left to decide; then nothing is written.
    """
    require_county(store)
    if kind not in KINDS:
        raise UserError("unknown_kind", f"没有“{kind}”这种决定，没有写入。请用 {'、'.join(KINDS)}。")
    if not store.roles & MAY_DECIDE:
        raise UserError("not_allowed", f"{store.user}没有审批的权限，没有写入。请由县局审核员办理。")
    if not record_ids:
        raise UserError("nothing_to_decide", "没有选要决定的记录，没有写入。请先选记录。")
    wanted = list(dict.fromkeys(record_ids))
    with store.writing("decide", {"kind": kind, "number": number, "records": len(wanted)}) as w:
        rows = w.get_many("records", wanted)
        beaten = _beaten(w, rows, seen or {})
        left = [one for one in wanted if one not in beaten]
        handed = handed_rows(w, {row["owner"] for row in rows.values()}).to
        today = date.fromisoformat(w.at[:10])
        looked_at = {one: rows[one] for one in left if one in rows and kind == sampling.CONFIRM}
        unsampled = sampling.why_not_confirmed(w, looked_at, today=today)
        problems = [
            Problem(path=record_id, message=trouble, code="cannot_decide")
            for record_id in left
            if (
                trouble := _on_the_way(w, rows.get(record_id), handed)
                or _trouble(w, rows.get(record_id), kind, text, number)
                or unsampled.get(record_id, "")
            )
        ]
        if not left:
            problems = [Problem(path=one.record, message=one.why, code="decided") for one in beaten.values()]
        if problems:
            more = f"（另有 {len(problems) - 1} 条）" if len(problems) > 1 else ""
            raise UserError(
                "cannot_decide",
                f"{problems[0].message}{more}。没有写入任何决定，请核对后再做。",
                tuple(problems),
            )
        w.detail["records"] = len(left)
        if beaten:
            w.detail["beaten"] = len(beaten)
        checks = sampling.settle(w, left, today=today)
        ids = w.put_many(
            "decisions",
            [
                {
                    "owner": rows[record_id]["owner"],
                    "record": record_id,
                    "on_revision": rows[record_id]["revision"],
                    "kind": kind,
                    "text": _with_check(text.strip(), checks.get(record_id), kind) or None,
                    "number": number.strip() or None,
                    "by": store.user,
                    "at": w.at,
                    "state": ISSUED,
                }
                for record_id in left
            ],
            fresh=True,
        )
        return Decided(ids, tuple(beaten.values()))


def _with_check(text: str, check: sampling.Recheck | None, kind: str) -> str:
    """The opinion with what the re-check found, so that it travels with the decision and stands on its step."""
    if check is None:
        return text
    return f"{text or KINDS[kind]}（{check.words()}）"


def _beaten(
    w: Writing, rows: Mapping[str, dict[str, Any]], seen: Mapping[str, tuple[str, str]]
) -> dict[str, Beaten]:
    """Of these records those that somebody decided already, or that changed since they were looked at."""
    found: dict[str, Beaten] = {}
    taken = _open(w, list(rows))
    for record_id, row in rows.items():
        made = taken.get(record_id)
        if made is not None:
            who, at = made["by"] or "县局", made["at"]
            when = at[:16].replace("T", " ")
            why = f"{_name(w, row)}{who} {when} 已决定“{KINDS[made['kind']]}”，在等乡镇回执"
            found[record_id] = Beaten(record_id, why, made["kind"], who, at)
        elif record_id in seen and seen[record_id] != (row["revision"], row["state"]):
            why = f"{_name(w, row)}在打开以后收到了乡镇的新内容，请重新看过再决定"
            found[record_id] = Beaten(record_id, why)
    return found


def deciding_states(catalog: Catalog) -> list[tuple[str, str]]:
    """(form, state) in which a record waits for the county."""
    return [
        (key, state)
        for key, spec in catalog.forms.items()
        for state in spec.workflow.states
        if possible_kinds(spec.workflow, state)
    ]


def waiting_records(r: Reading, *, division: str | None = None, form: str | None = None) -> list[Waiting]:
    """审批: records in a state in which the county decides, oldest first, those already decided among them."""
    catalog = r.store.catalog
    rec, person = schema.records, schema.people
    found: list[Waiting] = []
    for key, spec in catalog.forms.items():
        states = {state: possible_kinds(spec.workflow, state) for state in spec.workflow.states}
        wanted = [state for state, kinds in states.items() if kinds]
        if not wanted or form not in (None, key):
            continue
        query = (
            sa.select(
                *(
                    rec.c.id,
                    rec.c.revision,
                    rec.c.number,
                    rec.c.owner,
                    rec.c.village,
                    rec.c.state,
                    rec.c.state_at,
                    rec.c.amount,
                ),
                *(person.c.id.label("person"), person.c.name, person.c.sex, person.c.birth_date),
            )
            .select_from(rec.outerjoin(person, person.c.id == rec.c.person))
            .where(rec.c.form == key, rec.c.state.in_(wanted), rec.c.void == 0)
        )
        rows = r.rows(query if division is None else query.where(rec.c.owner == division))
        open_ones = _open(r, [row["id"] for row in rows])
        for row in rows:
            decision = open_ones.get(row["id"])
            found.append(
                Waiting(
                    record=row["id"],
                    form=key,
                    form_title=spec.title,
                    number=row["number"] or "",
                    division=row["owner"],
                    town=catalog.divisions.name(row["owner"]),
                    village=catalog.divisions.name(row["village"]) if row["village"] else "",
                    person=row["person"] or "",
                    name=row["name"] or "",
                    sex=row["sex"] or "",
                    birth_date=row["birth_date"] or "",
                    state=row["state"],
                    state_title=spec.workflow.states[row["state"]].title,
                    since=row["state_at"] or "",
                    amount=row["amount"],
                    kinds=states[row["state"]],
                    decided=decision["kind"] if decision else "",
                    decided_at=decision["at"] if decision else "",
                    decided_by=(decision["by"] or "") if decision else "",
                    revision=row["revision"],
                )
            )
    return sorted(found, key=lambda one: (one.since, one.record))


class SetAside(msgspec.Struct, frozen=True):
    """A decision that a township did not carry out, with the reason and time that it gave (ISO)."""

    decision: str
    record: str
    form: str
    form_title: str
    number: str
    division: str
    town: str
    name: str
    village: str
    kind: str
    decided_at: str
    decided_by: str
    reason: str
    at: str
    by: str
    state: str
    """The state in which the record is now, in words."""


def set_aside(r: Reading, *, division: str | None = None) -> list[SetAside]:
    """Decisions that townships set aside, the newest answer first, without those after which the county decided anew.

    The reason travels in the step `dismiss_decision`, which moves nothing.
    """
    d, s = schema.decisions, schema.steps
    wanted = sa.select(d).where(d.c.void == 0, d.c.state == DISMISSED).order_by(d.c.at)
    found = r.rows(wanted if division is None else wanted.where(d.c.owner == division))
    touched = sorted({row["record"] for row in found})
    answers: dict[str, dict[str, Any]] = {}
    last: dict[str, str] = {}
    for some in chunks(touched):
        told = sa.select(s).where(s.c.record.in_(some), s.c.step == DISMISS, s.c.void == 0)
        answers |= {str(step["ground"].get("dismissed")): step for step in r.rows(told)}
        every = sa.select(d.c.record, sa.func.max(d.c.id).label("id")).where(
            d.c.record.in_(some), d.c.void == 0
        )
        last |= {row["record"]: row["id"] for row in r.rows(every.group_by(d.c.record))}
    rows = r.get_many("records", touched)
    people = r.get_many("people", {row["person"] for row in rows.values() if row["person"]})
    made = [
        _set_aside(r, row, answers[row["id"]], rows[row["record"]], people)
        for row in found
        if row["id"] in answers and row["record"] in rows and last[row["record"]] == row["id"]
    ]
    return sorted(made, key=lambda one: (one.at, one.decision), reverse=True)


def _set_aside(
    r: Reading,
    row: dict[str, Any],
    answer: dict[str, Any],
    record: dict[str, Any],
    people: dict[str, dict[str, Any]],
) -> SetAside:
    catalog = r.store.catalog
    form = catalog.forms.get(record["form"])
    state = form.workflow.states.get(record["state"]) if form else None
    return SetAside(
        decision=row["id"], record=record["id"], form=record["form"],
        form_title=form.title if form else record["form"], number=record["number"] or "",
        division=record["owner"], town=catalog.divisions.name(record["owner"]),
        name=(people.get(record["person"] or "") or {}).get("name") or "",
        village=catalog.divisions.name(record["village"]) if record["village"] else "",
        kind=row["kind"], decided_at=row["at"], decided_by=row["by"] or "",
        reason=str(answer["ground"].get("reason") or ""), at=answer["at"], by=answer["by"] or "",
        state=state.title if state else record["state"],
    )  # fmt: skip


def _name(w: Writing, row: Mapping[str, Any]) -> str:
    return f"{records.form_of(w, row['form']).title} {row['number'] or row['id'][:8]}"


def _on_the_way(w: Writing, row: dict[str, Any] | None, handed: Mapping[tuple[str, str], str]) -> str:
    """Why a record of a household that moves cannot be decided now: its old township may not write it any more, and
    the new one has not taken it over."""
    heir = handed.get(("records", row["id"]), row["owner"]) if row is not None else None
    if row is None or heir in (None, row["owner"]):
        return ""
    town = w.store.catalog.divisions.name(heir)
    return f"{_name(w, row)}已批准迁往{town}，还没有接收；等{town}的下一包到了再决定"


def _trouble(w: Writing, row: dict[str, Any] | None, kind: str, text: str, number: str) -> str:
    if row is None or row["void"]:
        return "没有这条记录"
    form, name = records.form_of(w, row["form"]), _name(w, row)
    state = form.workflow.states.get(row["state"])
    step = decision_step(form.workflow, row["state"], kind)
    if step is None:
        can = "、".join(KINDS[one] for one in possible_kinds(form.workflow, row["state"])) or "不需要县局决定"
        return f"{name}现在是“{state.title if state else row['state']}”，不能“{KINDS[kind]}”，可以：{can}"
    if "opinion" in step.ask and kind != "confirm" and not text.strip():
        return f"{name}要写{KINDS[kind]}的理由"
    if "document_no" in step.ask and not number.strip():
        return f"{name}要写批复文号"
    return ""


def _open(r: Reading, record_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    d = schema.decisions
    found: dict[str, dict[str, Any]] = {}
    for some in chunks(list(record_ids)):
        for row in r.rows(sa.select(d).where(d.c.record.in_(some), d.c.state == ISSUED, d.c.void == 0)):
            found[row["record"]] = row
    return found
