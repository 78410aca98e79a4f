"""重复发放雷达: money that may have been paid twice or wrongly, by township, kind and month, and how far each case is.

It stands on the checks (C01–C05, C12). A run asks them for one month and notes with each finding what was at stake in
that month, in cents from the frozen payment items, so that earlier months can be looked at without running again. What
a household was paid counts by heads: its sum divided by the persons that it covers, rounded to the cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.checks.desk import run_checks
from minzheng_desktop.county.receiving.senders import require_county
from minzheng_desktop.county.replies.answers import newest_answers
from minzheng_desktop.exchange.down.told import EXPLAINED, MENDED
from minzheng_desktop.store import copies, schema
from minzheng_desktop.store.unit import chunks

if TYPE_CHECKING:
    from minzheng_desktop.checks.desk import Kept
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

TWICE, EXCLUDED, DEAD, SHARED, ABOVE = "twice", "excluded", "dead", "shared", "above"
KINDS: dict[str, str] = {
    TWICE: "一人发两次", EXCLUDED: "互斥同发", DEAD: "死亡仍发", SHARED: "一账号几人", ABOVE: "超过标准",
}  # fmt: skip
_KIND_OF = {"C01": TWICE, "C04": TWICE, "C03": EXCLUDED, "C02": DEAD, "C12": SHARED, "C05": ABOVE}
RULES = tuple(_KIND_OF)
OPEN, TOLD, ANSWERED, CLOSED = "open", "told", "answered", "closed"
STATES: dict[str, str] = {OPEN: "没有告诉乡镇", TOLD: "已告诉乡镇", ANSWERED: "乡镇已答复", CLOSED: "已销号"}

_SAID = {EXPLAINED: "说明", MENDED: "已改正，等复核"}

_f, _i, _b, _r, _p = (
    schema.findings, schema.payment_items, schema.payment_batches, schema.records, schema.people,
)  # fmt: skip


class Case(msgspec.Struct, frozen=True):
    """One finding in one month: what was at stake in cents, how far it is and on what evidence (words)."""

    finding: str
    rule: str
    kind: str
    month: str
    division: str
    severity: str
    cents: int
    state: str
    evidence: str
    message: str
    form: str = ""
    records: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    at: str = ""


class Cell(msgspec.Struct, frozen=True):
    """How many cases, and their cents."""

    cases: int = 0
    cents: int = 0

    def plus(self, cents: int) -> Cell:
        return Cell(self.cases + 1, self.cents + cents)


def run_radar(store: Store, *, month: str, today: date) -> list[Case]:
    """Ask the checks for a month ('YYYY-MM'), note the money with what they found; the month's cases."""
    require_county(store)
    found = run_checks(store, month=month, today=today, rules=RULES)
    with store.writing("radar", {"month": month}) as w:
        wanted = [kept for kept in found if _kind(kept.finding.rule, kept.finding.key)]
        money = at_stake(w, wanted, month)
        owners = _owners(w, {record for kept in wanted for record in kept.finding.records})
        rows = {row["id"]: row for row in _rows(w, [kept.id for kept in wanted])}
        for kept in wanted:
            facts = rows[kept.id]["facts"]
            divisions = sorted({owners[one] for one in kept.finding.records if one in owners})
            noted = {
                **facts, "months": {**facts.get("months", {}), month: money[kept.id]}, "divisions": divisions,
            }  # fmt: skip
            if noted != facts:
                w.update("findings", {"facts": noted}, _f.c.id == kept.id)
        w.detail |= {"cases": len(wanted), "cents": sum(money.values())}
    with store.reading() as r:
        return list_cases(r, month=month)


def months_run(r: Reading) -> tuple[str, ...]:
    """The months for which the radar ran, newest first, those in which it found nothing too."""
    a = schema.audit
    details = r.connection.execute(sa.select(a.c.detail).where(a.c.action == "radar")).scalars()
    return tuple(sorted({detail["month"] for detail in details}, reverse=True))


def list_cases(
    r: Reading, *, month: str = "", division: str = "", kind: str = "", states: Collection[str] = ()
) -> list[Case]:
    """Cases of the months that were run, the greatest sums first; empty parts do not narrow."""
    rows = [row for row in _rows(r) if row["facts"].get("months")]
    if division:
        rows = [row for row in rows if row["division"] == division]
    evidence = _Evidence(r, rows)
    found = [
        case
        for row in rows
        for case in _cases(row, evidence)
        if month in ("", case.month) and kind in ("", case.kind) and (not states or case.state in states)
    ]
    return sorted(found, key=lambda one: (-one.cents, one.division, one.finding, one.month))


def sum_cases(cases: Iterable[Case]) -> dict[tuple[str, str], Cell]:
    """(township, kind) to the number and cents of its cases; ("", kind), (township, "") and ("", "") are the sums."""
    found: dict[tuple[str, str], Cell] = defaultdict(Cell)
    for one in cases:
        for key in ((one.division, one.kind), (one.division, ""), ("", one.kind), ("", "")):
            found[key] = found[key].plus(one.cents)
    return dict(found)


def _rows(r: Reading, ids: Sequence[str] | None = None) -> list[dict[str, Any]]:
    query = sa.select(_f).where(_f.c.rule.in_(RULES)).order_by(_f.c.id)
    if ids is None:
        return r.rows(query)
    return [row for some in chunks(list(ids)) for row in r.rows(query.where(_f.c.id.in_(some)))]


def _kind(rule: str, key: str) -> str:
    """The radar's kind of a finding, '' for one that is not about money paid (an account's other name)."""
    return "" if rule == "C12" and not key.startswith("shared:") else _KIND_OF.get(rule, "")


def _cases(row: Mapping[str, Any], evidence: _Evidence) -> Iterator[Case]:
    facts = row["facts"]
    for month, cents in facts["months"].items():
        state, words = evidence.of(row, month)
        yield Case(
            row["id"], row["rule"], _kind(row["rule"], facts["key"]), month, row["division"] or "", row["severity"],
            cents, state, words, row["message"], facts["form"], tuple(facts["records"]), tuple(facts["persons"]),
            row["at"],
        )  # fmt: skip


class _Evidence:
    """How far findings are, and by what it is known."""

    def __init__(self, r: Reading, rows: Sequence[Mapping[str, Any]]) -> None:
        records = {record for row in rows for record in row["facts"]["records"]}
        self._recoveries = _recoveries(r, records)
        self._answers = newest_answers(r, [row["id"] for row in rows])
        self._told = _last_files(r)

    def of(self, row: Mapping[str, Any], month: str) -> tuple[str, str]:
        """(state, words) of a finding in a month."""
        facts = row["facts"]
        if row["state"] == "fixed":
            return CLOSED, f"{row['at'][:10]} 复核，已经改正"
        for record in facts["records"]:
            for first, last, amount in self._recoveries.get(record, ()):
                if (first or "") <= month <= (last or first or "9999-12"):
                    return CLOSED, f"已开追缴 {amount / 100:,.2f} 元"
        if row["state"] == "accepted":
            return CLOSED, f"{facts.get('answered_by', '')}采信：{facts.get('answer', '')}"
        answer = self._answers.get(row["id"])
        since = datetime.fromisoformat(row["at"])
        if answer is not None and datetime.fromisoformat(answer["at"]) >= since:
            said = f"{_SAID.get(answer['state'], '')}{'，' if answer['text'] else ''}{answer['text'] or ''}"
            return ANSWERED, f"{answer['by'] or '乡镇'} {answer['at'][:10]} 答复{said}"
        if row["state"] == "explained":
            return ANSWERED, f"{facts.get('answered_by', '')}说明：{facts.get('answer', '')}"
        divisions = facts.get("divisions") or [row["division"]]
        told = [self._told.get(division or "") for division in divisions]
        if told and all(at is not None and at >= since for at in told):
            newest = max(at for at in told if at is not None)
            return TOLD, f"{newest.astimezone():%Y-%m-%d} 随回执或下发包带给乡镇"
        return OPEN, ""


def _recoveries(r: Reading, records: Iterable[str]) -> dict[str, list[tuple[str | None, str | None, int]]]:
    """By record the recoveries opened: first and last month, cents."""
    c = schema.recoveries.c
    found: dict[str, list[tuple[str | None, str | None, int]]] = defaultdict(list)
    for some in chunks(sorted(records)):
        query = sa.select(c.record, c.period_from, c.period_to, c.amount).where(
            c.record.in_(some), c.void == 0
        )
        for record, since, until, amount in r.connection.execute(query):
            found[record].append((since, until, int(amount)))
    return found


def _last_files(r: Reading) -> dict[str, datetime]:
    """By township when the last receipt or bulletin was written for it, by the register of copies."""
    c = schema.copies.c
    query = (
        sa.select(c.division, sa.func.max(c.at).label("at"))
        .where(c.kind.in_(("receipt", "bulletin")), c.state == copies.WRITTEN, c.division.is_not(None))
        .group_by(c.division)
    )
    return {row["division"]: datetime.fromisoformat(row["at"]) for row in r.rows(query)}


def _owners(r: Reading, records: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in chunks(sorted(records)):
        query = sa.select(_r.c.id, _r.c.owner).where(_r.c.id.in_(some))
        found |= {row["id"]: row["owner"] for row in r.rows(query)}
    return found


# what was at stake


def at_stake(r: Reading, found: Sequence[Kept], month: str) -> dict[str, int]:
    """Cents by finding id: what the month's batches paid and should not, or must be looked at.

    twice: the shares of the person in all records less the greatest; for one-time help what came after the first.
    excluded: the share in the record that is not to be paid, the smaller one where the rule only warns. dead: what was
    paid for months that began after the death. shared: all that the account received. above: beyond the standard.
    """
    paid = _Paid(r, {record for kept in found for record in kept.finding.records}, month)
    counted = {
        (kept.finding.records[0], kept.finding.persons[0])
        for kept in found
        if kept.finding.rule == "C02" and kept.finding.key.startswith("paid:")
    }
    return {kept.id: _cents(r, kept, paid, counted) for kept in found}


def _cents(r: Reading, kept: Kept, paid: _Paid, counted: Collection[tuple[str, str]]) -> int:
    finding = kept.finding
    if finding.cents or not finding.records:
        return finding.cents
    shares = [paid.share(record) for record in finding.records]
    if finding.rule == "C01":
        return sum(shares) - max(shares)
    if finding.rule == "C03":
        return min(shares) if finding.severity == "warning" else shares[0]
    if finding.rule == "C02" and (finding.records[0], finding.persons[0]) not in counted:
        return paid.after_death(r, finding.records[0], finding.persons[0])
    return 0


class _Paid:
    """What records were paid in a month's batches, and how much of it is one person's."""

    def __init__(self, r: Reading, records: Iterable[str], month: str) -> None:
        self._items: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._heads: dict[str, int] = {}
        forms = r.store.catalog.forms
        for some in chunks(sorted(records)):
            query = (
                sa.select(_i.c.record, _i.c.period_from, _i.c.total)
                .join(_b, _b.c.id == _i.c.batch)
                .where(_i.c.record.in_(some), _b.c.month == month, _b.c.void == 0, _i.c.void == 0)
            )
            for record, since, total in r.connection.execute(query):
                self._items[record].append((since, int(total)))
            heads = sa.select(_r.c.id, _r.c.form, _r.c.quantity).where(_r.c.id.in_(some))
            for record, form, quantity in r.connection.execute(heads):
                shared = form in forms and forms[form].subject == "household"
                self._heads[record] = max(int(quantity or 1), 1) if shared else 1

    def share(self, record: str) -> int:
        """One person's part of what the record was paid."""
        return self._part(record, sum(total for _since, total in self._items.get(record, ())))

    def after_death(self, r: Reading, record: str, person: str) -> int:
        """One person's part of what was paid for months that began after the death; all where its day is unknown."""
        row = r.get("people", person) or {}
        days = [row.get("death_date")]
        if row.get("id_number"):
            same = sa.select(_p.c.death_date).where(_p.c.id_number == row["id_number"], _p.c.void == 0)
            days = list(r.connection.execute(same).scalars())
        known = min((day for day in days if day), default="")
        return self._part(
            record, sum(total for since, total in self._items.get(record, ()) if f"{since}-01" > known)
        )

    def _part(self, record: str, cents: int) -> int:
        heads = self._heads.get(record, 1)
        return (2 * cents + heads) // (2 * heads)
