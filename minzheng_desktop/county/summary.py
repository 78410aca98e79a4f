"""汇总看板: one line per township, from what its packages brought. Amounts are cents, from frozen payment items.

Every figure here is the count or the sum of a list in `county.behind`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop import __version__
from minzheng_desktop.checks.library import TITLES
from minzheng_desktop.county.receiving.chains import Gap, gaps
from minzheng_desktop.county.receiving.senders import REGISTERED
from minzheng_desktop.county.replies.decisions import deciding_states
from minzheng_desktop.exchange.down.decided import ISSUED
from minzheng_desktop.exchange.judging.held import QUARANTINE
from minzheng_desktop.store import copies, schema
from minzheng_desktop.values.dates import add_months

if TYPE_CHECKING:
    from collections.abc import Mapping

    from minzheng_desktop.store.unit import Reading

CONFLICT = "conflict"
"""Why a line is held that a person has to decide."""
OPEN = "open"

_p, _h, _d, _r, _f, _l = (
    schema.packages, schema.held, schema.decisions, schema.records, schema.findings, schema.laptops,
)  # fmt: skip
_i, _b = schema.payment_items, schema.payment_batches


class FormSum(msgspec.Struct, frozen=True):
    """One form in one township: records in force, and what a month's batches paid (items, cents)."""

    in_force: int = 0
    items: int = 0
    total: int = 0


class TownSummary(msgspec.Struct, frozen=True):
    """One township: laptops, the last package, what is missing, what waits, its money, its forms by key.

    held: lines that wait by themselves or for a person, conflicts: those of them that a person must decide. before:
    what the month before paid, in cents. behind: what of the program and of the county's catalogue is older there
    than here, in words.
    """

    division: str
    name: str
    laptops: int
    last_number: int
    last_at: str
    program: str
    gaps: tuple[Gap, ...]
    held: int
    conflicts: int
    quarantined: int
    waiting: int
    undelivered_decisions: int
    findings: int
    people: int
    before: int
    behind: tuple[str, ...]
    forms: dict[str, FormSum]

    @property
    def total(self) -> int:
        """What the month's batches paid in all forms, in cents."""
        return sum(one.total for one in self.forms.values())

    @property
    def reported(self) -> bool:
        """Whether a batch of the month has come; without one the township is 未报本月."""
        return any(one.items for one in self.forms.values())

    @property
    def missing(self) -> tuple[int, ...]:
        """Every number that is missing, of all laptops."""
        return tuple(number for gap in self.gaps for number in gap.missing)

    @property
    def difference(self) -> int:
        """Against the month before, in cents."""
        return self.total - self.before


class Totals(msgspec.Struct, frozen=True):
    """The foot of the board: `before` sums the month before over the townships that have reported this one."""

    towns: int
    reported: int
    total: int
    before: int


def sum_towns(towns: list[TownSummary]) -> Totals:
    """The month over all townships, and the month before over the same ones."""
    told = [one for one in towns if one.reported]
    return Totals(len(towns), len(told), sum(one.total for one in told), sum(one.before for one in told))


def summarise_towns(r: Reading, *, month: str) -> list[TownSummary]:
    """All townships of the county in code order, those that never sent anything too; `month` is 'YYYY-MM'."""
    laptops = _by_owner(r, _l, _l.c.division, _l.c.state == REGISTERED)
    people = _by_owner(r, schema.people, schema.people.c.owner, schema.people.c.void == 0)
    held = _by_owner(r, _h, _h.c.division, _h.c.why.not_in(QUARANTINE))
    conflicts = _by_owner(r, _h, _h.c.division, _h.c.why == CONFLICT)
    quarantined = _by_owner(r, _h, _h.c.division, _h.c.why.in_(QUARANTINE))
    decided = _by_owner(r, _d, _d.c.owner, _d.c.state == ISSUED, _d.c.void == 0)
    waiting = _by_owner(r, _r, _r.c.owner, waits(r))
    findings = _by_owner(r, _f, _f.c.division, _f.c.state == OPEN, _f.c.rule.in_(list(TITLES)))
    last, forms = _last_packages(r), _forms(r, month)
    before = paid_by_town(r, add_months(month, -1))
    open_gaps, standing = gaps(r), _county_catalog(r)
    nothing: dict[str, Any] = {"number": 0, "at": "", "counts": {}}
    return [
        TownSummary(
            division=town.code,
            name=town.name,
            laptops=laptops.get(town.code, 0),
            last_number=(newest := last.get(town.code, nothing))["number"],
            last_at=newest["at"],
            program=newest["counts"].get("program", ""),
            gaps=tuple(gap for gap in open_gaps if gap.division == town.code),
            held=held.get(town.code, 0),
            conflicts=conflicts.get(town.code, 0),
            quarantined=quarantined.get(town.code, 0),
            waiting=waiting.get(town.code, 0),
            undelivered_decisions=decided.get(town.code, 0),
            findings=findings.get(town.code, 0),
            people=people.get(town.code, 0),
            before=before.get(town.code, 0),
            behind=_behind(newest["counts"], standing),
            forms=forms.get(town.code, {}),
        )
        for town in r.store.catalog.divisions.towns
    ]


def waits(r: Reading) -> sa.ColumnElement[bool]:
    """A condition on ``records``: it waits for the county and nobody has decided it."""
    return sa.and_(
        _r.c.void == 0,
        sa.tuple_(_r.c.form, _r.c.state).in_(deciding_states(r.store.catalog)),
        _r.c.id.not_in(sa.select(_d.c.record).where(_d.c.state == ISSUED, _d.c.void == 0)),
    )


def _by_owner(
    r: Reading, table: sa.Table, owner: sa.Column[str], *where: sa.ColumnElement[bool]
) -> dict[str, int]:
    query = sa.select(owner, sa.func.count()).select_from(table).where(*where).group_by(owner)
    return {row[0]: row[1] for row in r.connection.execute(query)}


def _last_packages(r: Reading) -> dict[str, dict[str, Any]]:
    latest = (
        sa.select(_p.c.division, sa.func.max(_p.c.at).label("at"))
        .where(_p.c.direction == "in")
        .group_by(_p.c.division)
        .subquery()
    )
    query = (
        sa.select(_p.c.division, _p.c.number, _p.c.at, _p.c.counts)
        .join(latest, sa.and_(latest.c.division == _p.c.division, latest.c.at == _p.c.at))
        .where(_p.c.direction == "in")
        .order_by(_p.c.number)
    )
    return {row["division"]: row for row in r.rows(query)}


def receipts_to_write(r: Reading) -> int:
    """Laptops whose last package has been applied and not answered: no receipt of it stands in the register of copies.

    A receipt answers every package up to its own. What was applied before the register began is not counted.
    """
    newest = (
        sa.select(_p.c.laptop, sa.func.max(_p.c.at).label("at"))
        .where(_p.c.direction == "in")
        .group_by(_p.c.laptop)
        .subquery()
    )
    last = r.rows(
        sa.select(_p.c.division, _p.c.number, _p.c.at)
        .join(newest, sa.and_(newest.c.laptop == _p.c.laptop, newest.c.at == _p.c.at))
        .where(_p.c.direction == "in")
    )
    c = schema.copies.c
    began = r.scalar(sa.select(sa.func.min(c.at)))
    if began is None:
        return 0
    receipts = sa.select(c.division, c.number, c.at).where(c.kind == "receipt", c.state == copies.WRITTEN)
    written: dict[tuple[str, int], datetime] = {}
    for row in r.rows(receipts.order_by(c.at)):
        written[row["division"], row["number"]] = datetime.fromisoformat(row["at"])
    since, left = datetime.fromisoformat(began), 0
    for row in last:
        at = datetime.fromisoformat(row["at"])
        answered = written.get((row["division"], row["number"]))
        left += at >= since and (answered is None or answered < at)
    return left


def _county_catalog(r: Reading) -> dict[str, int]:
    """The county's own entries of the catalogue with their newest version."""
    c = schema.catalog.c
    query = (
        sa.select(c.kind, c.key, sa.func.max(c.version)).where(c.origin == "county").group_by(c.kind, c.key)
    )
    return {f"county/{kind}/{key}": int(version) for kind, key, version in r.connection.execute(query)}


def _behind(counts: Mapping[str, Any], standing: Mapping[str, int]) -> tuple[str, ...]:
    """What the last package tells to be older than here: the program, and entries of the county's catalogue.

    A package of a program that did not tell its catalogue says nothing about it.
    """
    words = []
    program = counts.get("program", "")
    if program and _number(program) < _number(__version__):
        words.append(f"程序 {program}，县里是 {__version__}")
    known = counts.get("catalog")
    if known is not None:
        older = sum(1 for key, version in standing.items() if int(known.get(key, -1)) < version)
        if older:
            words.append(f"{older} 份标准、表单还没有读到")
    return tuple(words)


def _number(version: str) -> tuple[int, ...]:
    digits = (part for part in version.split("+")[0].replace("-", ".").split("."))
    return tuple(int(part) for part in digits if part.isdigit())


def paid_by_town(r: Reading, month: str) -> dict[str, int]:
    """What the batches of a month paid, in cents by township."""
    query = (
        sa.select(_i.c.owner, sa.func.sum(_i.c.total))
        .join(_b, _b.c.id == _i.c.batch)
        .where(_b.c.month == month, _b.c.void == 0, _i.c.void == 0)
        .group_by(_i.c.owner)
    )
    return {owner: int(total) for owner, total in r.connection.execute(query)}


def paid_by_form(r: Reading, *, first: str, last: str) -> dict[tuple[str, str], int]:
    """(month, form) to the cents that its batches paid, months from ``first`` to ``last`` inclusive."""
    query = (
        sa.select(_b.c.month, _b.c.form, sa.func.sum(_i.c.total))
        .join(_b, _b.c.id == _i.c.batch)
        .where(_b.c.month >= first, _b.c.month <= last, _b.c.void == 0, _i.c.void == 0)
        .group_by(_b.c.month, _b.c.form)
    )
    return {(month, form): int(total) for month, form, total in r.connection.execute(query)}


def chart_groups(r: Reading) -> dict[str, tuple[str, ...]]:
    """The parts of the chart by month in their order, each with its forms; the last takes whatever is not named."""
    groups: dict[str, list[str]] = {}
    for line in r.store.catalog.monthly.values():
        if line.chart and line.form not in groups.setdefault(line.chart, []):
            groups[line.chart].append(line.form)
    named = {form for forms in groups.values() for form in forms}
    rest = [
        key for key, form in r.store.catalog.forms.items() if form.benefit is not None and key not in named
    ]
    last = next(reversed(groups), "其他")
    groups.setdefault(last, []).extend(rest)
    return {title: tuple(forms) for title, forms in groups.items()}


class Trend(msgspec.Struct, frozen=True):
    """Twelve months: cents by month and part, parts in the order of ``groups``."""

    months: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    cents: dict[tuple[str, str], int]


def trend(r: Reading, *, month: str) -> Trend:
    """What was paid in the twelve months up to ``month``, by part of the chart."""
    months = tuple(add_months(month, n) for n in range(-11, 1))
    groups = chart_groups(r)
    part_of = {form: title for title, forms in groups.items() for form in forms}
    last = next(reversed(groups))
    cents: dict[tuple[str, str], int] = {}
    for (at, form), total in paid_by_form(r, first=months[0], last=month).items():
        key = (at, part_of.get(form, last))
        cents[key] = cents.get(key, 0) + total
    return Trend(months, groups, cents)


def _forms(r: Reading, month: str) -> dict[str, dict[str, FormSum]]:
    active = [
        (form.key, state)
        for form in r.store.catalog.forms.values()
        for state, spec in form.workflow.states.items()
        if spec.group == "active"
    ]
    found: dict[str, dict[str, FormSum]] = {}
    query = (
        sa.select(_r.c.owner, _r.c.form, sa.func.count())
        .where(_r.c.void == 0, sa.tuple_(_r.c.form, _r.c.state).in_(active))
        .group_by(_r.c.owner, _r.c.form)
    )
    for owner, form, count in r.connection.execute(query):
        found.setdefault(owner, {})[form] = FormSum(in_force=count)
    paid = (
        sa.select(
            *(_i.c.owner, _b.c.form, sa.func.count(), sa.func.coalesce(sa.func.sum(_i.c.total), 0)),
        )
        .join(_b, _b.c.id == _i.c.batch)
        .where(_b.c.month == month, _i.c.void == 0, _b.c.void == 0)
        .group_by(_i.c.owner, _b.c.form)
    )
    for owner, form, items, total in r.connection.execute(paid):
        of_owner = found.setdefault(owner, {})
        known = of_owner.get(form, FormSum())
        of_owner[form] = msgspec.structs.replace(known, items=items, total=int(total))
    return found
