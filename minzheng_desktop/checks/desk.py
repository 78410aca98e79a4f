"""Findings kept: a run brings them up to date, people explain or accept them, and what is mended closes by itself.

A finding's id is a digest of its rule and key, so the same thing found again is the same finding, with its answer.
When what it says has changed since it was answered, it opens again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import sqlalchemy as sa

from minzheng_desktop.checks.finding import Finding, Scope
from minzheng_desktop.checks.library import CHECKS, ENTRY, LOCK, TITLES, asked_at, find_all
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.benefits.plans import BatchPlan
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

State = Literal["open", "explained", "accepted", "fixed"]
STATE_TITLES: dict[str, str] = {
    "open": "未处理",
    "explained": "已说明",
    "accepted": "已采信",
    "fixed": "已改正",
}
_ANSWERED = ("explained", "accepted")
KEPT_FACTS = frozenset({"months", "divisions"})
"""What others noted in the facts of a finding (county.radar), kept when it opens again."""
_COUNTY = frozenset({"county_reviewer", "county_admin"})
_f = schema.findings


class Kept(msgspec.Struct, frozen=True):
    """A finding with its id, state and, where somebody answered, what was said, by whom and when."""

    id: str
    finding: Finding
    state: State
    at: str
    answer: str = ""
    answered_by: str = ""
    answered_at: str = ""


def run_checks(store: Store, *, month: str, today: date, rules: Collection[str] = ()) -> list[Kept]:
    """Look at everything as of a month, keep what was found, close what is gone; the findings that stand now.

    Errors come first, then by rule and township. Nothing but the table of findings is written. ``rules`` keeps to some
    checks of the library: only they are asked, and only their findings close.
    """
    asked = tuple(rules) or tuple(TITLES)
    with store.reading() as r:
        scope = Scope(r, month=month, today=today)
        found = {_id_of(f): f for f in find_all(scope, [check for check in CHECKS if check.key in asked])}
    with store.writing("run_checks", {"month": month, "found": len(found)}) as w:
        known = {row["id"]: row for row in w.rows(sa.select(_f).where(_f.c.rule.in_(asked)))}
        shared = _shared(w, [f for key, f in found.items() if key not in known]) if _is_county(store) else {}
        new = []
        for key, finding in found.items():
            old = known.get(key)
            if old is None:
                row = _row(key, finding, "open", w.at)
                if key in shared:
                    row["facts"]["divisions"] = shared[key]
                new.append(row)
            elif old["state"] == "fixed" or old["message"] != finding.message:
                again = _row(key, finding, "open", w.at)
                again["facts"] |= {name: old["facts"][name] for name in KEPT_FACTS & old["facts"].keys()}
                w.update("findings", again, _f.c.id == key)
        w.insert("findings", new)
        for key, row in known.items():
            if key not in found and row["state"] != "fixed" and row["facts"].get("month") in ("", month):
                w.update("findings", {"state": "fixed", "at": w.at}, _f.c.id == key)
    with store.reading() as r:
        return list_findings(r, ids=found)


def _is_county(store: Store) -> bool:
    return store.site.role == "county"


def _shared(r: Reading, findings: Iterable[Finding]) -> dict[str, list[str]]:
    """By id the divisions of findings that more than one has part in: they are told to all of them."""
    some = list(findings)
    owners: dict[str, str] = {}
    for table, ids in (
        ("people", {one for f in some for one in f.persons}),
        ("records", {one for f in some for one in f.records}),
    ):
        t = schema.EXPORTED[table]
        for part in chunks(sorted(ids)):
            query = sa.select(t.c.id, t.c.owner).where(t.c.id.in_(part))
            owners |= {row.id: row.owner for row in r.connection.execute(query)}
    found = {
        _id_of(f): sorted({owners[one] for one in (*f.persons, *f.records) if one in owners}) for f in some
    }
    return {key: divisions for key, divisions in found.items() if len(divisions) > 1}


def list_findings(
    r: Reading, *, states: Iterable[str] = ("open", *_ANSWERED), rule: str = "", division: str = "",
    ids: Iterable[str] | None = None,
) -> list[Kept]:  # fmt: skip
    """The findings kept, errors first; ``ids`` keeps to some."""
    query = sa.select(_f).where(_f.c.state.in_(list(states)))
    if rule:
        query = query.where(_f.c.rule == rule)
    if division:
        query = query.where(_f.c.division == division)
    wanted = None if ids is None else set(ids)
    rows = r.rows(query.order_by(_f.c.severity, _f.c.rule, _f.c.division, _f.c.id))
    return [_kept(row) for row in rows if wanted is None or row["id"] in wanted]


def count_open(r: Reading) -> list[tuple[str, str, str, int]]:
    """(rule, its title, severity, how many) of what nobody has answered."""
    query = (
        sa.select(_f.c.rule, _f.c.severity, sa.func.count())
        .where(_f.c.state == "open")
        .group_by(_f.c.rule, _f.c.severity)
        .order_by(_f.c.severity, _f.c.rule)
    )
    return [(rule, TITLES.get(rule, rule), level, int(n)) for rule, level, n in r.connection.execute(query)]


def answer_findings(
    store: Store, ids: Iterable[str], *, as_: Literal["explained", "accepted"], text: str
) -> int:
    """Explain findings, or accept them; returns how many.

    A warning may be explained by anybody of the office and accepted by the county; an error is mended, or accepted
    by the county alone (县级特批). Raises UserError empty_answer, not_allowed_here, no_such_finding; then nothing
    was written.
    """
    if not text.strip():
        raise UserError("empty_answer", "没有写说明。没有改动，写明理由再提交。")
    wanted = list(dict.fromkeys(ids))
    with store.writing("answer_findings", {"as": as_, "count": len(wanted)}) as w:
        rows = {row["id"]: row for row in w.rows(sa.select(_f).where(_f.c.id.in_(wanted)))}
        for key in wanted:
            row = rows.get(key)
            if row is None or row["state"] == "fixed":
                raise UserError("no_such_finding", "这条核查结果已经改正或不存在。没有改动，重新核查再看。")
            county = bool(store.roles & _COUNTY)
            if as_ == "accepted" and not county:
                raise UserError("not_allowed_here", "采信由县级审核员来做。没有改动，乡镇可以写说明。")
            if as_ == "explained" and row["severity"] == "error":
                raise UserError(
                    "not_allowed_here", f"这是错误，要改正，或由县级特批：{row['message']}没有改动。"
                )
            facts = {**row["facts"], "answer": text.strip(), "answered_by": store.user, "answered_at": w.at}
            w.update("findings", {"state": as_, "facts": facts}, _f.c.id == key)
    return len(wanted)


def on_record(r: Reading, record_id: str, *, today: date) -> tuple[Problem, ...]:
    """What the checks say of one record just saved: hints, for the store has accepted it."""
    scope = Scope(r, month=today.isoformat()[:7], today=today, records=[record_id])
    found = find_all(scope, asked_at(ENTRY))
    return tuple(Problem("", f"{f.rule} {f.message}", "warning", f.rule) for f in found)


def on_batch(r: Reading, plan: BatchPlan, *, today: date) -> list[Finding]:
    """What the checks say of the records of a planned batch, errors that the county accepted left out."""
    records = [item.record for item in plan.items]
    accepted = set(r.connection.execute(sa.select(_f.c.id).where(_f.c.state == "accepted")).scalars())
    found: list[Finding] = []
    for at in range(0, len(records), 500):
        scope = Scope(r, month=plan.month, today=today, records=records[at : at + 500])
        found += find_all(scope, asked_at(LOCK))
    unique = {_id_of(f): f for f in found}
    return [f for key, f in unique.items() if not (f.severity == "error" and key in accepted)]


def _id_of(finding: Finding) -> str:
    return hashlib.sha256(f"{finding.rule}\0{finding.key}".encode()).hexdigest()[:32]


def _row(key: str, finding: Finding, state: State, at: str) -> dict[str, Any]:
    facts = {
        "key": finding.key, "form": finding.form, "records": list(finding.records),
        "persons": list(finding.persons), "month": finding.month, "cents": finding.cents,
    }  # fmt: skip
    return {
        "id": key, "rule": finding.rule, "severity": finding.severity, "division": finding.division, "state": state,
        "message": finding.message, "at": at, "facts": facts,
    }  # fmt: skip


def _kept(row: dict[str, Any]) -> Kept:
    facts = row["facts"]
    finding = Finding(
        row["rule"], facts["key"], row["severity"], row["message"], facts["form"], tuple(facts["records"]),
        tuple(facts["persons"]), row["division"] or "", facts["month"], facts["cents"],
    )  # fmt: skip
    return Kept(
        row["id"], finding, row["state"], row["at"], facts.get("answer", ""), facts.get("answered_by", ""),
        facts.get("answered_at", ""),
    )  # fmt: skip
