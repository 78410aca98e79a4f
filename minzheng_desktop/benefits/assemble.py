"""From facts to a plan: each record settled, each difference explained, and the bridge from last time.

Pure but for `facts.paid_lines`, which is asked only about records whose totals differ. Most records of a month were
paid exactly what they are due; their settlement is the period's amount alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from minzheng_desktop.benefits.amounts import Amount, CalculationStep, RateUse, show
from minzheng_desktop.benefits.caps import share_caps
from minzheng_desktop.benefits.columns import Columns, Pay
from minzheng_desktop.benefits.columns import Line as LedgerLine
from minzheng_desktop.benefits.entitlement import Span, find_floor, find_spans, standing
from minzheng_desktop.benefits.facts import Account, Case, Facts, Person
from minzheng_desktop.benefits.handled import most_to_deduct, paid_besides
from minzheng_desktop.benefits.judgement import Judgement
from minzheng_desktop.benefits.months import CYCLE_MONTHS, name_months, number_of, text_of
from minzheng_desktop.benefits.payees import Target, account_of, find_targets
from minzheng_desktop.benefits.plans import Blocked, Carried, PendingAdjust, PlannedItem
from minzheng_desktop.benefits.rates import RateView
from minzheng_desktop.benefits.rules.base import Cents, Due, Rule
from minzheng_desktop.benefits.settlement import (
    PARTS,
    Kind,
    Part,
    Settlement,
    overpaid,
    settle,
    settle_unchanged,
)
from minzheng_desktop.catalog.form import Benefit, Form
from minzheng_desktop.values.accounts import account_tail
from minzheng_desktop.values.dates import last_day
from minzheng_desktop.values.errors import Problem, UserError
from minzheng_desktop.values.names import account_name_problem


class Reckoned(msgspec.Struct, gc=False):
    """One record on its way into the plan."""

    case: Case
    spans: tuple[Span, ...]
    floor: int | None
    amount: Amount
    """What the planned period itself is due; without months where it is due nothing."""
    before: int
    """Cents due of all periods before it."""
    settlement: Settlement | None = None
    paid: Mapping[int, Cents] = {}
    due: list[Due] = []
    """What every period is due; worked out only where it differs from what was paid."""


class Assembly:
    """Settles the records of one form for one period; then holds items, blocked records and notes."""

    def __init__(
        self, form: Form, benefit: Benefit, rule: Rule, *, rates: RateView, columns: Columns, facts: Facts, unit: int,
        kind: Kind, adjusting: frozenset[int], judgement: Judgement,
    ) -> None:  # fmt: skip
        self.form = form
        self.benefit = benefit
        self.rule = rule
        self.rates = rates
        self.columns = columns
        self.facts = facts
        self.unit = unit
        self.kind = kind
        self.adjusting = adjusting
        self.judgement = judgement
        self.length = CYCLE_MONTHS[benefit.cycle]
        self.last_day = last_day(text_of(unit))
        self.items: list[PlannedItem] = []
        self.blocked: list[Blocked] = []
        self.carried: list[Carried] = []
        self.notes: list[Problem] = []
        self.used: dict[str, RateUse] = {}
        self.reckoned: dict[str, Reckoned] = {}
        self.accounts: dict[str, Account] = {}
        self.settled_outside = 0
        self._taken: dict[str, str] = {}

    def run(self) -> None:
        """Settle every record and make its items, in the order of the facts."""
        whole = self.kind == "regular" and not any(
            number_of(b.month) >= self.unit for b in self.facts.batches
        )
        differing: list[str] = []
        for case in share_caps(self.rule, self.facts.cases):
            one = self._reckon(case)
            if one is None:
                continue
            self.reckoned[case.id] = one
            if whole and not case.handled and case.paid == one.before:
                one.settlement = settle_unchanged(self.unit, one.amount)
            else:
                differing.append(case.id)
        paid = self.facts.paid_lines(record for record in differing if self.reckoned[record].case.paid)
        for record in differing:
            self._settle_differing(self.reckoned[record], paid.get(record, {}))
        for one in self.reckoned.values():
            self._add(one)

    def pending_adjusts(self) -> tuple[PendingAdjust, ...]:
        """Differences left to adjust batches, by period."""
        found: dict[int, list[int]] = {}
        for one in self.reckoned.values():
            for unit, cents in one.settlement.postponed if one.settlement else ():
                found.setdefault(unit, []).append(cents)
        return tuple(PendingAdjust(text_of(u), len(c), sum(c)) for u, c in sorted(found.items()))

    def amount_in(self, one: Reckoned, unit: int) -> Amount:
        """The amount of one period of a record, with its steps."""
        if unit == self.unit:
            return one.amount
        return self.rule.amount(one.spans, self.rates, cycle=self.benefit.cycle, floor=one.floor, unit=unit)

    def due_of(self, one: Reckoned) -> list[Due]:
        """What every period of a record is due."""
        return one.due or self.rule.due(one.spans, self.rates, cycle=self.benefit.cycle, floor=one.floor)

    def note_blocked(self, case: Case, reason: str, amount: int = 0) -> None:
        person = self.facts.people.get(case.person or "")
        self.blocked.append(
            Blocked(case.id, _name(person), _sex(person), _year(person), case.village, reason, amount)
        )

    # one record

    def _reckon(self, case: Case) -> Reckoned | None:
        """The spans and dues of a record, or None when it is blocked or has nothing to do with this batch."""
        spans = find_spans(case.entitled, upto=self.unit)
        if not spans and not case.paid:
            self._block_idle(case)
            return None
        if case.blocked:
            self.note_blocked(case, "；".join(case.blocked))
            return None
        floor = find_floor(case.entitled)
        missing = sorted({m for s in spans for m in s.term.missing if floor is None or s.last >= floor})
        if missing:
            self.note_blocked(case, f"缺：{'、'.join(missing)}")
            return None
        if any(s.term.inputs is None for s in spans):
            spans = tuple(s for s in spans if s.term.inputs is not None)
        if self.facts.beside is not None:
            spans = self.facts.beside.applied(spans, case.person)
        try:
            cycle = self.benefit.cycle
            amount = self.rule.amount(spans, self.rates, cycle=cycle, floor=floor, unit=self.unit)
            before = self.rule.total(
                spans, self.rates, cycle=cycle, floor=floor, upto=self.unit - self.length
            )
            return Reckoned(case, spans, floor, amount, before)
        except UserError as e:
            self.note_blocked(case, e.message)
            return None

    def _block_idle(self, case: Case) -> None:
        """Say what keeps a record out that looks as if it should be paid."""
        now = standing(case.entitled, month=self.unit)
        if case.blocked:
            self.note_blocked(case, "；".join(case.blocked))
        elif now is not None and now.effect == "pay" and not case.entitled.terms:
            self.note_blocked(case, "没有批准的待遇条件，不能算出金额")

    def _settle_differing(self, one: Reckoned, paid: Mapping[int, Cents]) -> None:
        one.due = self.due_of(one)
        one.paid = paid_besides(one.case.handled, one.due, paid)
        one.settlement = self._settle(one, PARTS, most_to_deduct(one.case.handled))

    def _settle(self, one: Reckoned, parts: Sequence[Any], most: int | None) -> Settlement:
        return settle(
            one.due,
            one.paid,
            unit=self.unit,
            kind=self.kind,
            floor=one.floor,
            adjusting=self.adjusting,
            parts=parts,
            most=most,
        )

    def _part(self, one: Reckoned, found: Settlement, parts: Sequence[Part], most: int | None) -> Settlement:
        """What one of several receivers gets of a settlement."""
        if one.due:
            return self._settle(one, parts, most)
        base, extra = (found.base if "base" in parts else 0), (found.extra if "extra" in parts else 0)
        return settle_unchanged(
            self.unit, msgspec.structs.replace(one.amount, base=base, extra=extra, total=base + extra)
        )

    def _add(self, one: Reckoned) -> None:
        """Make the items of a record, or say why there are none."""
        case, found = one.case, one.settlement
        assert found is not None
        if found.carried:
            periods = overpaid(one.due, one.paid, floor=one.floor)
            person = self.facts.people.get(case.person or "")
            self.carried.append(
                Carried(
                    case.id, _name(person), found.carried, tuple((text_of(u), c) for u, c in periods),
                    one.amount.months > 0, case.why_ended,
                )
            )  # fmt: skip
        if not found.lines:
            self._explain_nothing(one)
            return
        if self._is_blocked(one, found):
            return
        targets = find_targets(case, self.benefit.payee, self.facts, self.judgement.holds)
        unpayable = next((t for t in targets if not t.payable), None)
        if unpayable is not None:
            self.note_blocked(case, f"{unpayable.name or '领款人'}没有发放账户", found.total)
            return
        most = most_to_deduct(case.handled)
        for target in targets:
            part = found if len(targets) == 1 else self._part(one, found, target.parts, most)
            most = None if most is None else most - part.deduct
            if part.lines:
                self.items.append(self._item(one, part, target))
        for text in case.notes:
            self.notes.append(Problem(case.id, f"{self._who(case)}：{text}", "warning", "member_died"))
        for clash in self.judgement.clashes.get(case.id, ()):
            if clash.handling == "warn":
                self.notes.append(Problem(case.id, clash.sentence(), "warning", "overlap"))

    def _explain_nothing(self, one: Reckoned) -> None:
        if self.kind != "regular":
            return
        if one.floor is not None and one.floor > self.unit:
            self.settled_outside += 1
            return
        spanned = any(s.first <= self.unit and s.last > self.unit - self.length for s in one.spans)
        if spanned and not one.amount.total and not one.paid.get(self.unit):
            self.note_blocked(one.case, one.amount.why_zero or "本期应发 0 元")

    def _is_blocked(self, one: Reckoned, found: Settlement) -> bool:
        case = one.case
        person = self.facts.people.get(case.person or "")
        if person is None:
            self.note_blocked(
                case, "没有领款人" if self.form.subject == "household" else "没有对象", found.total
            )
        elif not person.id_number:
            self.note_blocked(case, "没有身份证号", found.total)
        elif self.kind == "regular" and self._taken.setdefault(self._subject(case), case.id) != case.id:
            self.note_blocked(case, "同一人（户）已在本批的另一件里列入，不能重复发放", found.total)
        elif why := self.judgement.why_not(case):
            self.note_blocked(case, why, found.total)
        else:
            return False
        return True

    def _subject(self, case: Case) -> str:
        by = {"person": case.person, "household": case.household}
        return by.get(self.benefit.unit) or case.id

    def _item(self, one: Reckoned, found: Settlement, target: Target) -> PlannedItem:
        case = one.case
        person = self.facts.people.get(case.person or "")
        current = self.kind == "regular" and one.amount.months > 0
        amount = one.amount if current else self.amount_in(one, found.lines[-1].unit)
        steps = list(amount.steps)
        self._use(amount.rates)
        if found.backpay or found.deduct:
            steps = self._difference_steps(one, found, steps if current else [])
        account = target.account
        assert account is not None
        if account.number:
            self.accounts[case.id] = account
        self._check_account(case, account, target)
        first, last, months = self._period(one, found, amount if current else None)
        pay = Pay(
            amount.rate, found.base, found.extra, found.backpay, found.deduct, found.total, months, amount.label,
            name_period(first, last), amount.tier, self.last_day, amount.offset, amount.units,
        )  # fmt: skip
        term = next((s.term for s in reversed(one.spans) if s.first <= last), None)
        row = self.columns.row(
            LedgerLine(case, person, account, pay, self.facts, term.inputs if term else None)
        )
        return PlannedItem(
            record=case.id, person=case.person, household=case.household, village=case.village,
            month=text_of(self.unit), period_from=text_of(first), period_to=text_of(last), months=months,
            base=found.base, extra=found.extra, backpay=found.backpay, deduct=found.deduct, total=found.total,
            payee=target.payee, account_number=account.number or None, account_name=account.name,
            account_bank=account.bank, change="same", reason="", name=_name(person), sex=_sex(person),
            birth_year=_year(person), rate=amount.rate, label=amount.label, term=term.id if term else "",
            lines=found.lines, steps=tuple(steps), row=row, subject=self._subject(case),
            id_number=person.id_number if person else None,
        )  # fmt: skip

    def _period(self, one: Reckoned, found: Settlement, amount: Amount | None) -> tuple[int, int, int]:
        """First and last month that a payment is for, and how many months count; of the period planned where
        `amount` is its amount, else of the periods made up for."""
        if amount is None:
            units = {line.unit for line in found.lines}
            return min(units) - self.length + 1, max(units), len(units) * self.length
        opening = self.unit - self.length + 1
        if self.length == 1:
            return self.unit, self.unit, 1
        first = max(opening, next((s.first for s in one.spans if s.last >= opening), opening))
        return first if one.floor is None else max(first, one.floor), self.unit, amount.months

    def _difference_steps(
        self, one: Reckoned, found: Settlement, steps: list[CalculationStep]
    ) -> list[CalculationStep]:
        """The steps of the period, then one line for each earlier period paid or taken back, then the sum."""
        owed = {d.unit: d.base + d.extra for d in one.due}
        sums: dict[int, int] = {}
        for line in found.lines:
            if self.kind != "regular" or line.unit != self.unit or not (found.base or found.extra):
                sums[line.unit] = sums.get(line.unit, 0) + line.cents
        for unit, cents in sorted(sums.items()):
            amount = self.amount_in(one, unit)
            self._use(amount.rates)
            due, paid = owed.get(unit, 0), sum(one.paid.get(unit, (0, 0)))
            word = "补发" if cents > 0 else "扣回"
            formula = f"应发 {show(due)} − 已发 {show(paid)}"
            if cents != due - paid:
                formula += f" = {show(due - paid)}，本次先扣 {show(-cents)}"
            source = amount.rates[0].source if amount.rates and cents > 0 else ""
            name = f"{word}{name_period(unit - self.length + 1, unit)}"
            steps.append(CalculationStep(name, show(cents), formula, source))
        terms = [show(found.base + found.extra)] if found.base or found.extra or not found.backpay else []
        formula = " + ".join([*terms, *([show(found.backpay)] if found.backpay else [])])
        formula += f" − {show(found.deduct)}" if found.deduct else ""
        steps.append(CalculationStep("实发", show(found.total), formula))
        return steps

    def _check_account(self, case: Case, account: Account, target: Target) -> None:
        if target.is_person and account.name and account.name != target.name:
            wrong = account_name_problem(account.name, target.name)
            if wrong is not None:
                self.notes.append(
                    Problem(case.id, f"{self._who(case)}：{wrong.message}", "warning", wrong.code)
                )
        stated = account_of(getattr(case.values, "account", None)) if target.is_person else None
        if stated is not None and stated.number != account.number:
            theirs, ours = account_tail(stated.number), account_tail(account.number)
            text = f"记录里写的账户尾号 {theirs}，钱发到账户登记里的尾号 {ours}"
            self.notes.append(Problem(case.id, f"{self._who(case)}：{text}", "warning", "account_differs"))

    def _use(self, rates: Sequence[RateUse]) -> None:
        for rate in rates:
            self.used[rate.id] = rate

    def _who(self, case: Case) -> str:
        person = self.facts.people.get(case.person or "")
        return f"{_name(person)}（{_sex(person)} {_year(person)}）"


@lru_cache(maxsize=1024)
def name_period(first: int, last: int) -> str:
    """'2024年9月', '2024年第三季度' or '2024年7—8月'."""
    if last - first == 2 and first % 3 == 0:
        return f"{first // 12}年第{'一二三四'[first % 12 // 3]}季度"
    if last - first == 5 and first % 6 == 0:
        return f"{first // 12}年{'上' if first % 12 == 0 else '下'}半年"
    if last - first == 11 and first % 12 == 0:
        return f"{first // 12}年"
    return name_months(list(range(first, last + 1)))


def _name(person: Person | None) -> str:
    return person.name if person else ""


def _sex(person: Person | None) -> str:
    return {"1": "男", "2": "女"}.get(person.sex, "") if person else ""


def _year(person: Person | None) -> str:
    return person.birth_date[:4] if person and person.birth_date else ""
