"""What stands behind a figure of the board: for every count and every sum the list that it counts.

A figure and its list are asked of the same rows by the same conditions, so that they are equal; a test holds it for
every figure. From a batch the way goes on to its items, from an item, record or finding to the record or the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.checks.desk import Kept, list_findings
from minzheng_desktop.checks.library import TITLES
from minzheng_desktop.county.receiving.chains import gaps
from minzheng_desktop.county.receiving.held_words import describe_held
from minzheng_desktop.county.replies.decisions import waiting_records
from minzheng_desktop.county.summary import CONFLICT, chart_groups, summarise_towns
from minzheng_desktop.exchange.judging.early import EARLY
from minzheng_desktop.exchange.judging.held import QUARANTINE
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

_p, _i, _b, _n = schema.packages, schema.payment_items, schema.payment_batches, schema.people

PACKAGES, GAPS, CONFLICTS, QUARANTINED, WAITING, LEDGER, ITEMS, FINDINGS, LATE = (
    "packages", "gaps", "conflicts", "quarantined", "waiting", "ledger", "items", "findings", "late",
)  # fmt: skip
FIGURES: dict[str, str] = {
    PACKAGES: "收到的包", GAPS: "缺的包", CONFLICTS: "等人决定的冲突", QUARANTINED: "隔离的行",
    WAITING: "等县局决定的件", LEDGER: "发放批次", ITEMS: "发放明细", FINDINGS: "没关闭的核查结果",
    LATE: "未报本月的乡镇",
}  # fmt: skip


class Question(msgspec.Struct, frozen=True):
    """Which figure: of one township, of some or of all, of a month, of some forms or one part of the chart, of a
    rule, of a batch. Empty parts do not narrow."""

    figure: str
    division: str = ""
    month: str = ""
    forms: tuple[str, ...] = ()
    part: str = ""
    rule: str = ""
    batch: str = ""
    divisions: tuple[str, ...] = ()


class Counted(msgspec.Struct, frozen=True):
    """One line behind a figure. ``kind`` says what ``id`` is: package, missing, held, record, batch, item, finding,
    town.

    town, what, who, note: words; at: ISO time or month; cents: money, None where it is not about money. ``record`` and
    ``form``, else ``person``, is where the way goes on.
    """

    kind: str
    id: str
    town: str
    what: str
    who: str = ""
    note: str = ""
    at: str = ""
    cents: int | None = None
    form: str = ""
    record: str = ""
    person: str = ""
    division: str = ""


class Behind(msgspec.Struct, frozen=True):
    """The list behind a figure, with what it says of itself."""

    title: str
    lines: tuple[Counted, ...]

    @property
    def cents(self) -> int:
        """The sum of the list."""
        return sum(one.cents or 0 for one in self.lines)


def look_behind(r: Reading, asked: Question) -> Behind:
    """The list behind a figure. Raises UserError unknown_figure, no_such_batch."""
    find = _FINDERS.get(asked.figure)
    if find is None:
        raise UserError("unknown_figure", f"没有“{asked.figure}”这个数，可以看：{'、'.join(FIGURES)}。")
    words = [r.store.catalog.divisions.name(asked.division)] if asked.division else []
    words += [asked.month] if asked.month else []
    words += [asked.part] if asked.part else []
    words += [asked.rule] if asked.rule else []
    return Behind(" · ".join((FIGURES[asked.figure], *words)), tuple(find(r, asked)))


def _packages(r: Reading, asked: Question) -> Iterable[Counted]:
    query = (
        sa.select(_p).where(_p.c.direction.in_(("in", EARLY))).order_by(_p.c.at.desc(), _p.c.number.desc())
    )
    if asked.division:
        query = query.where(_p.c.division == asked.division)
    for row in r.rows(query):
        announced = row["counts"].get("announced", {})
        lines = sum(count["rows"] for count in announced.values())
        waits = "，等前面的包" if row["direction"] == EARLY else ""
        yield Counted(
            "package", row["id"], _town(r, row["division"]), f"第 {row['number']:04d} 号包", "",
            f"{lines:,} 条，程序 {row['counts'].get('program') or '没有写'}{waits}", row["at"],
            announced.get("payment_items", {}).get("cents", 0), division=row["division"],
        )  # fmt: skip


def _gaps(r: Reading, asked: Question) -> Iterable[Counted]:
    for gap in gaps(r):
        if asked.division in ("", gap.division):
            for number in gap.missing:
                yield Counted(
                    "missing", f"{gap.laptop}-{number}", _town(r, gap.division), f"第 {number:04d} 号包",
                    f"{gap.letter} 机", "没有收到，它后面的包在等。请乡镇再复制一次", division=gap.division,
                )  # fmt: skip


def _held(r: Reading, asked: Question) -> Iterable[Counted]:
    out = asked.figure == QUARANTINED
    for one in describe_held(r, division=asked.division or None):
        if (one.why in QUARANTINE) if out else (one.why == CONFLICT):
            yield Counted(
                "held", str(one.n), one.town, one.kind, one.whose, one.reason, one.at, form=one.form,
                record=one.record, division=one.division,
            )  # fmt: skip


def _waiting(r: Reading, asked: Question) -> Iterable[Counted]:
    for one in waiting_records(r, division=asked.division or None):
        if not one.decided and asked.forms in ((), (one.form,)):
            yield Counted(
                "record", one.record, one.town, one.form_title, one.name, f"{one.state_title} {one.number}".strip(),
                one.since, one.amount, one.form, one.record, one.person, one.division,
            )  # fmt: skip


def _ledger(r: Reading, asked: Question) -> Iterable[Counted]:
    """Batches by township with what their items come to, the same rows that the board sums."""
    forms = asked.forms or (chart_groups(r).get(asked.part, ()) if asked.part else ())
    query = (
        sa.select(
            _b.c.id, _b.c.number, _b.c.form, _b.c.kind, _b.c.locked_at, _i.c.owner, sa.func.count().label("items"),
            sa.func.sum(_i.c.total).label("cents"),
        )
        .join(_i, _i.c.batch == _b.c.id)
        .where(_b.c.void == 0, _i.c.void == 0)
        .group_by(_b.c.id, _b.c.number, _b.c.form, _b.c.kind, _b.c.locked_at, _i.c.owner)
        .order_by(_i.c.owner, _b.c.form, _b.c.number)
    )  # fmt: skip
    if asked.month:
        query = query.where(_b.c.month == asked.month)
    if asked.division:
        query = query.where(_i.c.owner == asked.division)
    if asked.divisions:
        query = query.where(_i.c.owner.in_(asked.divisions))
    if forms:
        query = query.where(_b.c.form.in_(forms))
    for row in r.rows(query):
        yield Counted(
            "batch", row["id"], _town(r, row["owner"]), _title(r, row["form"]), row["number"],
            f"{row['items']:,} 笔", row["locked_at"] or "", int(row["cents"]), row["form"], division=row["owner"],
        )  # fmt: skip


def _late(r: Reading, asked: Question) -> Iterable[Counted]:
    """Townships without a batch of the month, with the last package that came from them."""
    for one in summarise_towns(r, month=asked.month):
        if not one.reported:
            last = f"最后一包第 {one.last_number:04d} 号" if one.last_number else "没有报过"
            yield Counted(
                "town", one.division, one.name, last, "", f"{one.laptops} 台电脑在用", one.last_at,
                division=one.division,
            )  # fmt: skip


def _items(r: Reading, asked: Question) -> Iterable[Counted]:
    batch = r.get("payment_batches", asked.batch)
    if batch is None:
        raise UserError("no_such_batch", "没有这个批次。请刷新后再看。")
    query = (
        sa.select(
            _i.c.id, _i.c.record, _i.c.person, _i.c.owner, _i.c.village, _i.c.period_from, _i.c.period_to, _i.c.total,
            _i.c.reason, _n.c.name,
        )
        .outerjoin(_n, _n.c.id == _i.c.person)
        .where(_i.c.batch == asked.batch, _i.c.void == 0)
        .order_by(_i.c.village, _i.c.id)
    )  # fmt: skip
    if asked.division:
        query = query.where(_i.c.owner == asked.division)
    for row in r.rows(query):
        period = row["period_from"] if row["period_from"] == row["period_to"] else (
            f"{row['period_from']} 至 {row['period_to']}"
        )  # fmt: skip
        village = r.store.catalog.divisions.short_name(row["village"]) if row["village"] else ""
        yield Counted(
            "item", row["id"], _town(r, row["owner"]), village, row["name"] or "", row["reason"] or "", period,
            row["total"], batch["form"], row["record"], row["person"] or "", row["owner"],
        )  # fmt: skip


def _findings(r: Reading, asked: Question) -> Iterable[Counted]:
    kept = [
        one
        for one in list_findings(r, states=("open",), rule=asked.rule, division=asked.division)
        if one.finding.rule in TITLES
    ]
    return counted_findings(r, kept)


def counted_findings(r: Reading, kept: Sequence[Kept]) -> list[Counted]:
    """Findings as lines, with the name of the first person concerned."""
    people = r.get_many("people", {one.finding.persons[0] for one in kept if one.finding.persons})
    return [
        Counted(
            "finding", one.id, _town(r, f.division), f"{f.rule} {TITLES.get(f.rule, '')}",
            people[f.persons[0]]["name"] if f.persons and f.persons[0] in people else "", f.message, f.month,
            f.cents or None, f.form, f.records[0] if f.records else "", f.persons[0] if f.persons else "", f.division,
        )
        for one in kept
        for f in (one.finding,)
    ]  # fmt: skip


def _town(r: Reading, division: str) -> str:
    return r.store.catalog.divisions.name(division) if division else ""


def _title(r: Reading, form: str) -> str:
    found = r.store.catalog.forms.get(form)
    return found.title if found else form


_FINDERS: dict[str, Any] = {
    PACKAGES: _packages, GAPS: _gaps, CONFLICTS: _held, QUARANTINED: _held, WAITING: _waiting, LEDGER: _ledger,
    ITEMS: _items, FINDINGS: _findings, LATE: _late,
}  # fmt: skip
