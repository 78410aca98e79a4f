"""Plan a payment batch: what locking it would pay, to whom, and why it differs from last time.

Nothing is written. The plan remembers the database's change number, so that locking notices when it went stale.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.benefits.account_authors import name_authors
from minzheng_desktop.benefits.assemble import Assembly
from minzheng_desktop.benefits.beside import Beside
from minzheng_desktop.benefits.changes import Comparison, build_bridge
from minzheng_desktop.benefits.columns import Columns
from minzheng_desktop.benefits.entitlement import Term
from minzheng_desktop.benefits.facts import Case, Facts
from minzheng_desktop.benefits.judgement import Judgement
from minzheng_desktop.benefits.late_rates import affected_units
from minzheng_desktop.benefits.locked import load_locked
from minzheng_desktop.benefits.months import CYCLE_MONTHS, number_of, require_month, text_of
from minzheng_desktop.benefits.plans import BatchPlan, ChangeKind, PlannedItem
from minzheng_desktop.benefits.rates import view_rates
from minzheng_desktop.benefits.rules import RULES
from minzheng_desktop.benefits.settlement import Kind
from minzheng_desktop.benefits.sources import Loader
from minzheng_desktop.benefits.terms import TermReader
from minzheng_desktop.catalog.form import Benefit, Form
from minzheng_desktop.values.dates import format_month_cn, month_of, now_text
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.load import Catalog
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading

Supposed = Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]
"""By record: decisions that nobody has made yet, each (first month 'YYYY-MM', inputs of the money rule)."""


def plan_batch(
    store: Store, *, form: str, month: str, kind: Kind = "regular", today: date | None = None
) -> BatchPlan:
    """Plan the batch of a form for the period that ends with `month` ('YYYY-MM').

    `regular` pays the period with every difference before it; when it is locked already, the locked batch comes
    back (state `locked`). `adjust` pays the difference of this one period that a late rate caused; `backpay` pays
    every difference up to this period without the period's regular amounts. `today` (default: the clock) decides
    which account is in force: money goes where it can arrive now.
    Raises UserError unknown_form, not_paid (the form has no money rule), month_form, not_a_period (naming the
    valid months), rate_missing only where no record could be reckoned at all.
    """
    with store.reading() as r:
        return plan_in(r, form=form, month=month, kind=kind, today=today)


def plan_in(
    r: Reading, *, form: str, month: str, kind: Kind = "regular", only: Sequence[str] | None = None,
    today: date | None = None, supposing: Supposed | None = None,
) -> BatchPlan:  # fmt: skip
    """`plan_batch` within a transaction, so that locking can plan again before it writes; `only` limits it to some
    records, for the explanation of one; `supposing` reckons some as if further decisions on them were approved."""
    found, benefit = paid_form(r.store.catalog, form)
    check_month(month, cycle=benefit.cycle, title=found.title)
    length, unit = CYCLE_MONTHS[benefit.cycle], number_of(month)
    if kind == "regular":
        locked = load_locked(r, found, month=month, length=length)
        if locked is not None:
            return locked
    today = today or date.fromisoformat(now_text()[:10])
    with paused_collector():
        rates = view_rates(r, found, benefit)
        columns = Columns(found, codes=r.store.catalog.codes, divisions=r.store.catalog.divisions)
        facts = Loader(
            r, found, benefit, rates=rates, columns=columns, unit=unit, length=length, today=today, only=only
        ).load()
        if supposing:
            facts.cases = [_supposed(case, supposing, TermReader(found, benefit)) for case in facts.cases]
        if benefit.beside:
            people = [case.person for case in facts.cases if case.person]
            facts.beside = Beside(r, found, benefit, people, unit=unit, today=today)
        assembly = Assembly(
            found, benefit, RULES[benefit.rule], rates=rates, columns=columns, facts=facts, unit=unit, kind=kind,
            adjusting=affected_units(facts.batches, rates, length=length),
            judgement=Judgement(r, found, benefit, month=month, only=only),
        )  # fmt: skip
        assembly.run()
        return _finish(r, found, assembly, kind, month)


def _supposed(case: Case, supposing: Supposed, reader: TermReader) -> Case:
    """A case with the decisions supposed of it after those that were made."""
    terms = case.entitled.terms
    for month, inputs in supposing.get(case.id, ()):
        value, missing = reader.convert(inputs)
        terms = (*terms, Term("supposed", number_of(month), value, missing))
    return msgspec.structs.replace(case, entitled=msgspec.structs.replace(case.entitled, terms=terms))


@contextlib.contextmanager
def paused_collector() -> Iterator[None]:
    """Hold the cyclic collector back while many small objects without cycles are made: a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def paid_form(catalog: Catalog, key: str) -> tuple[Form, Benefit]:
    """The form and its benefit. Raises UserError unknown_form or not_paid."""
    form = catalog.forms.get(key)
    if form is None:
        paid = "、".join(f"{k}（{f.title}）" for k, f in catalog.forms.items() if f.benefit)
        raise UserError("unknown_form", f"没有可用的业务“{key}”。发钱的业务有：{paid or '没有'}。")
    if form.benefit is None or form.benefit.rule not in RULES:
        raise UserError("not_paid", f"“{form.title}”没有发放规则，不能计划发放。")
    return form, form.benefit


def check_month(month: str, *, cycle: str, title: str) -> None:
    """Refuse a text that is no month, and a month that is not the last of a period of the cycle."""
    length = CYCLE_MONTHS[cycle]
    number = require_month(month)
    if (number + 1) % length:
        year = number // 12 * 12
        valid = "、".join(text_of(m) for m in range(year + length - 1, year + 12, length))
        word = {3: "季", 6: "半年", 12: "年"}[length]
        raise UserError(
            "not_a_period", f"“{title}”按{word}发放，月份要写这一期的最后一个月：{valid}。没有计划 {month}。"
        )


def list_periods(*, cycle: str, upto: date, count: int) -> list[str]:
    """The last months of the latest periods of a cycle, newest first: what a month chooser offers."""
    length = CYCLE_MONTHS[cycle]
    last = number_of(month_of(upto))
    last += (-last - 1) % length
    return [text_of(last - i * length) for i in range(count)]


def _finish(r: Reading, form: Form, assembly: Assembly, kind: Kind, month: str) -> BatchPlan:
    facts = assembly.facts
    if kind != "regular":
        facts.before, facts.previous = {}, None
    stop_reasons = r.store.catalog.codes.get("stop_reason")
    comparison = Comparison(assembly, stop_reasons=stop_reasons.items if stop_reasons else {})
    changes = comparison.compare()
    items = tuple(_marked(item, changes.marks.get(item.record)) for item in assembly.items)
    previous = facts.previous
    bridge = build_bridge(
        items, changes, before=facts.before, before_month=previous.month if previous else None
    )
    return BatchPlan(
        form=form.key,
        title=form.title,
        month=month,
        period_from=text_of(assembly.unit - assembly.length + 1),
        period_to=month,
        kind=kind,
        state="planned" if items else "empty",
        items=items,
        total=bridge.total,
        bridge=bridge,
        new=tuple(changes.new),
        stopped=tuple(changes.stopped),
        changed=tuple(changes.changed),
        accounts_changed=name_authors(
            r,
            changes.accounts,
            numbers={record: account.number for record, account in assembly.accounts.items()},
            payees=_payees(items),
        ),
        blocked=tuple(assembly.blocked),
        carried=tuple(assembly.carried),
        pending_adjusts=assembly.pending_adjusts(),
        notes=(*_gaps(facts, assembly, kind), *_outside(assembly), *assembly.notes),
        rates=tuple(assembly.used.values()),
        seen=r.change_number(),
        planned_at=now_text(),
    )


def _payees(items: Sequence[PlannedItem]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        if item.payee:
            found.setdefault(item.record, []).append(item.payee)
    return found


def _marked(item: PlannedItem, mark: tuple[ChangeKind, str, int] | None) -> PlannedItem:
    if mark is None:
        return item
    return msgspec.structs.replace(item, change=mark[0], reason=mark[1], before=mark[2])


def _outside(assembly: Assembly) -> list[Problem]:
    """How many records had this period settled before they came into the program."""
    if not assembly.settled_outside:
        return []
    text = f"{assembly.settled_outside} 件这一期在导入以前已在外结清，没有列入"
    return [Problem("month", text, "info", "settled_outside")]


def _gaps(facts: Facts, assembly: Assembly, kind: Kind) -> list[Problem]:
    """A period between the previous batch and this one that was never locked."""
    if kind != "regular" or facts.previous is None:
        return []
    expected = assembly.unit - assembly.length
    last = number_of(facts.previous.month)
    if last >= expected:
        return []
    text = f"上一批是{format_month_cn(facts.previous.month)}，中间的月份还没有锁定，会作为补发列入这一批"
    return [Problem("month", text, "warning", "month_skipped")]
