"""What changed since last time, in words, and the bridge that must sum (新增, 停发, 变动, 账户变更).

Pure. Every line has its reason: a clerk reads these lists before locking, so "变动" without a why is no answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from minzheng_desktop.benefits.amounts import Amount, RateUse, show
from minzheng_desktop.benefits.assemble import Assembly, Reckoned, name_period
from minzheng_desktop.benefits.entitlement import StateChange, Term, standing
from minzheng_desktop.benefits.facts import Case, PaidBefore, Person
from minzheng_desktop.benefits.months import name_months, number_of
from minzheng_desktop.benefits.plans import AccountChange, Bridge, Change, ChangeKind, PlannedItem
from minzheng_desktop.benefits.rules.base import Due
from minzheng_desktop.values.accounts import account_tail


class Changes(msgspec.Struct):
    """The four lists, and each item's kind of change and reason by record."""

    new: list[Change]
    stopped: list[Change]
    changed: list[Change]
    accounts: list[AccountChange]
    marks: dict[str, tuple[ChangeKind, str, int]]


class Comparison:
    """Compares the items of an assembly with what the previous regular batch paid."""

    def __init__(self, assembly: Assembly, *, stop_reasons: Mapping[str, str]) -> None:
        self.assembly = assembly
        self.facts = assembly.facts
        self.stop_reasons = stop_reasons
        self.unit = assembly.unit
        previous = self.facts.previous
        self.last_unit = number_of(previous.month) if previous else None

    def compare(self) -> Changes:
        """The four lists; a record paid into two accounts counts once."""
        now: dict[str, int] = {}
        for item in self.assembly.items:
            now[item.record] = now.get(item.record, 0) + item.total
        found = Changes([], [], [], [], {})
        for record, total in now.items():
            before = self.facts.before.get(record)
            one = self.assembly.reckoned[record]
            if before is None:
                reason = self._why_new(one)
                found.new.append(self._change(one.case, 0, total, reason))
                found.marks[record] = ("new", reason, 0)
            elif before.total != total:
                reason = self._why_changed(one, before)
                found.changed.append(self._change(one.case, before.total, total, reason))
                found.marks[record] = ("changed", reason, before.total)
            self._note_account(found, one.case, before)
        cases = {case.id: case for case in self.facts.cases}
        for record, before in self.facts.before.items():
            if record not in now:
                found.stopped.append(self._stopped(record, cases.get(record), before))
        return found

    # reasons

    def _why_new(self, one: Reckoned) -> str:
        case, found = one.case, one.settlement
        now = standing(case.entitled, month=self.unit)
        back = self._differences(one)
        if case.paid:
            reason = f"恢复发放：{now.reason}" if now and self.facts.previous else "恢复发放"
        elif case.entitled.paid_through is not None and not (found and found.backpay):
            through = case.entitled.paid_through
            reason = f"首次在本程序发放，{name_months([through])}以前已在外结清"
        else:
            reason = _decided(now)
        return "，".join([reason, *back])

    def _why_changed(self, one: Reckoned, before: PaidBefore) -> str:
        reasons = self._differences(one)
        last, now_total = self._due_last(one), one.amount.total
        if before.regular != now_total:
            as_paid = before.regular == (last.base + last.extra if last else 0)
            why = (
                self._why_due_differs(one, had=last is not None, has=one.amount.months > 0) if as_paid else ""
            )
            reasons.insert(0, why or self._why_corrected(one))
        if before.backpay or before.deduct:
            reasons.append("上期含补发" if before.backpay else "上期有扣回")
        return "，".join(reasons) or "金额变动"

    def _due_last(self, one: Reckoned) -> Due | None:
        return next((d for d in self.assembly.due_of(one) if d.unit == self.last_unit), None)

    def _why_corrected(self, one: Reckoned) -> str:
        """The last batch paid by what was known then: name the decision that has come since."""
        paid_by = self.facts.paid_terms([one.case.id]).get(one.case.id)
        old = next((t for t in one.case.entitled.terms if t.id == paid_by), None)
        new = _term_in(one, self.unit)
        if old is not None and new is not None and old.id != new.id:
            return describe_terms(old, new)
        return "更正后重算"

    def _why_due_differs(self, one: Reckoned, *, had: bool, has: bool) -> str:
        assert self.last_unit is not None
        if not has:
            return self._why_stopped(one.case)
        if not had:
            return _decided(standing(one.case.entitled, month=self.unit))
        old = self.assembly.amount_in(one, self.last_unit)
        new = self.assembly.amount_in(one, self.unit)
        old_term, new_term = _term_in(one, self.last_unit), _term_in(one, self.unit)
        if old_term is not None and new_term is not None and old_term.id != new_term.id:
            return describe_terms(old_term, new_term)
        if old.label != new.label and new.label:
            return f"{'换档：' if new.tier else ''}{old.label} → {new.label}"
        raised = _raised(old, new)
        reasons = [f"标准调整：{raised.title or raised.code}"] if raised is not None else []
        if old.offset != new.offset:
            reasons.append(f"已享待遇 {show(old.offset)} → {show(new.offset)}")
        return "，".join(reasons) or "本期月数不同"

    def _why_stopped(self, case: Case | None) -> str:
        if case is None:
            return "记录已作废"
        last = case.entitled.last_alive
        if case.ended and (last is None or last < self.unit):
            return case.ended
        now = standing(case.entitled, month=self.unit)
        if now is not None and now.effect == "hold":
            return f"暂停：{now.reason}"
        if now is not None and now.effect == "stop":
            label = self.stop_reasons.get(getattr(case.values, "stop_reason", None) or "", "")
            return f"停发：{label or now.reason}"
        return "待遇到期"

    def _stopped(self, record: str, case: Case | None, before: PaidBefore) -> Change:
        blocked = next((b.reason for b in self.assembly.blocked if b.record == record), None)
        reason = f"本期没有列入：{blocked}" if blocked else self._why_stopped(case)
        reason = self.facts.moved.get(record, reason) if case is None else reason
        if case is None:
            return Change(record, "", "", "", None, before.total, 0, reason)
        return self._change(case, before.total, 0, reason)

    def _differences(self, one: Reckoned) -> list[str]:
        found = one.settlement
        if found is None:
            return []
        length, words = self.assembly.length, []
        for word, sign in (("补发", 1), ("扣回", -1)):
            units = sorted({x.unit for x in found.lines if x.unit != self.unit and x.cents * sign > 0})
            if units and (found.backpay if sign > 0 else found.deduct):
                if length == 1:
                    words.append(word + name_months(units, year_of=self.unit))
                else:
                    words.append(word + "、".join(name_period(u - length + 1, u) for u in units))
        return words

    # accounts

    def _note_account(self, found: Changes, case: Case, before: PaidBefore | None) -> None:
        account = self.assembly.accounts.get(case.id)
        if account is None:
            return
        moved = before is not None and before.account and before.account != account.number
        unchecked = account.state == "pending"
        if not moved and not unchecked:
            return
        person = self.facts.people.get(case.person or "")
        checked = account.checked_by not in (None, "", account.changed_by)
        found.accounts.append(
            AccountChange(
                case.id, *_who(person), case.village,
                account_tail(before.account) if before and before.account else "",
                account_tail(account.number), account.changed_by, account.changed_at, account.reason or "",
                checked, account.id,
            )
        )  # fmt: skip

    def _change(self, case: Case, before: int, now: int, reason: str) -> Change:
        person = self.facts.people.get(case.person or "")
        return Change(case.id, *_who(person), case.village, before, now, reason)


def build_bridge(
    items: Sequence[PlannedItem],
    found: Changes,
    *,
    before: Mapping[str, PaidBefore],
    before_month: str | None,
) -> Bridge:
    """The bridge of a plan, in cents and in records. A bridge that does not hold is an error of the program."""
    bridge = Bridge(
        before_month=before_month,
        before=sum(b.total for b in before.values()),
        before_count=len(before),
        new=sum(c.now for c in found.new),
        new_count=len(found.new),
        stopped=sum(c.before for c in found.stopped),
        stopped_count=len(found.stopped),
        changed=sum(c.now - c.before for c in found.changed),
        changed_count=len(found.changed),
        accounts_count=len(found.accounts),
        total=sum(item.total for item in items),
        count=len({item.record for item in items}),
    )
    if not bridge.holds:
        raise AssertionError(f"the bridge does not hold: {bridge}")
    return bridge


def describe_terms(old: Term, new: Term) -> str:
    """What a new decision changed, in words: heads, income, add-ons, kind."""
    words: list[str] = []
    for name, describe in _DESCRIBED.items():
        a, b = _plain(getattr(old.inputs, name, None)), _plain(getattr(new.inputs, name, None))
        if a != b:
            words.append(describe(a, b))
    return "，".join(words) or "重新核定"


def _plain(value: Any) -> Any:
    """A list of kinds without its empty places, so that none and nothing are the same."""
    return tuple(sorted(v for v in value if v)) if isinstance(value, tuple) else value


def _heads(title: str) -> Any:
    def describe(old: Any, new: Any) -> str:
        if not isinstance(old, int) or not isinstance(new, int):
            return f"{title}变动"
        return f"{title}{'增' if new > old else '减'} {abs(new - old)} 人"

    return describe


_DESCRIBED: dict[str, Any] = {
    "covered": _heads("保障人口"),
    "size": _heads("家庭人口"),
    "income_year": lambda old, new: (
        "收入下降" if new is not None and old is not None and new < old else "收入上升"
    ),
    "classified": lambda old, new: "分类施保变动",
    "area": lambda old, new: "城乡类别变动",
    "mode": lambda old, new: "计算方式变动",
    "grade": lambda old, new: "分档变动",
    "grace_from": lambda old, new: "渐退",
    "birth_date": lambda old, new: "出生日期更正",
}


def _decided(change: StateChange | None) -> str:
    if change is None:
        return "新批准"
    who = {"county": "县确认", "program": "县确认"}.get(change.actor, change.reason)
    return f"{change.at[5:10]} {who}".strip()


def _term_in(one: Reckoned, unit: int) -> Term | None:
    return next((s.term for s in one.spans if s.first <= unit <= s.last), None)


def _raised(old: Amount, new: Amount) -> RateUse | None:
    known = {rate.code: rate for rate in old.rates}
    return next((r for r in new.rates if r.code in known and known[r.code].id != r.id), None)


def _who(person: Person | None) -> tuple[str, str, str]:
    if person is None:
        return "", "", ""
    return person.name, {"1": "男", "2": "女"}.get(person.sex, ""), (person.birth_date or "")[:4]
