"""重发: what came back is sent again into the account that is right now, after somebody looked at it (domain §2.11).

Sending again is neither due nor paid anew: no payment item is written, the return's own row says where the money went.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.benefits.bank_returns import (
    CLOSED,
    NO_ACCOUNT,
    OTHER,
    REISSUED,
    RETURNED,
    ReturnLine,
    list_returns,
    require_township,
    still_returned,
)
from minzheng_desktop.benefits.deaths import DEAD
from minzheng_desktop.benefits.facts import Account
from minzheng_desktop.benefits.payees import account_of
from minzheng_desktop.catalog.form import CASH
from minzheng_desktop.store import schema
from minzheng_desktop.store.unit import chunks
from minzheng_desktop.values.accounts import account_tail
from minzheng_desktop.values.errors import Problem, UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

EVERY = "*"
"""The key of a reason that stands for every account changed by the one who sends again."""
_v, _a = schema.bank_returns, schema.bank_accounts


class Receiver(msgspec.Struct, frozen=True):
    """Whom the money goes to now: person or facility, by which account, and whose record names that account."""

    payee: str | None
    name: str
    account: Account | None
    facility: bool = False
    dead: bool = False
    named_in: str = ""
    """The record that names the account where the register of accounts does not."""


class Again(msgspec.Struct, frozen=True):
    """A return with the account that it would go into now. `blocked` says why it cannot; `checked`, that a second
    person has looked at the account; `changed_by` is who must not be the only one."""

    line: ReturnLine
    receiver: Receiver
    blocked: str = ""
    checked: bool = True
    changed_by: str | None = None

    @property
    def account(self) -> Account:
        """The account of one that is not blocked."""
        assert self.receiver.account is not None
        return self.receiver.account


def plan_reissue(r: Reading, *, today: date, ids: Sequence[str] | None = None) -> tuple[Again, ...]:
    """Every return that waits (or some of them), and whether it can be sent again now; nothing is written.

    Sent again is what has another account than it came back from: another number where the old one does not exist or
    is closed, another number or name where the name was wrong. What came back for another reason may go into the
    same account again. Raises UserError no_such_return, settled_already for ids that do not wait.
    """
    lines = list_returns(r, states=(RETURNED,)) if ids is None else still_returned(r, ids)
    if not lines:
        return ()
    receivers = _Receivers(r, lines, today)
    return tuple(_again(r, line, receivers.of(line)) for line in lines)


def _again(r: Reading, line: ReturnLine, to: Receiver) -> Again:
    account = to.account
    if to.dead:
        return Again(line, to, f"{to.name}已经去世：登记代领人和他的账户，或者不再发放")
    if account is None or not account.number:
        return Again(line, to, f"{to.name or '领款人'}没有可用的账户：登记账户以后再重发")
    same_number = account.number == line.account_number
    same = same_number and account.name == line.account_name
    tail = account_tail(account.number)
    if same and line.reason != OTHER:
        return Again(line, to, f"还是退回时的账户（尾号 {tail}）：改了账户再重发")
    if same_number and line.reason in (NO_ACCOUNT, CLOSED):
        return Again(line, to, f"只改了户名，账号还是退回时的（尾号 {tail}）：改了账号再重发")
    author = account.changed_by or _last_author(r, account.id or to.named_in, bool(account.id))
    checked = same or account.checked_by not in (None, "", author)
    return Again(line, to, "", checked, author)


def _last_author(r: Reading, row: str, registered: bool) -> str | None:
    """Who last wrote an account: the row of the register, or the record that names it."""
    v = schema.versions.c
    entity = "bank_accounts" if registered else "records"
    return r.scalar(  # type: ignore[no-any-return]
        sa.select(v.by).where(v.id == row, v.entity == entity).order_by(v.seq.desc()).limit(1)
    )


class _Receivers:
    """Who gets the money of some returns now: as `payees.find_targets` finds it, for what was planned long ago.

    The frozen item says whether it was for a facility, a person whom a field names, or the subject (and whoever takes
    the money for him); the person behind a role may have changed since, the role has not.
    """

    def __init__(self, r: Reading, lines: Sequence[ReturnLine], today: date) -> None:
        self.forms = r.store.catalog.forms
        self.records = r.get_many("records", {line.record for line in lines})
        self.facilities = r.get_many("records", {line.payee for line in lines if line.payee})
        named = {line.payee for line in lines} | {row["person"] for row in self.records.values()}
        named |= {row["doc"].get("payee") for row in self.records.values()}
        ids = {one for one in named if isinstance(one, str) and one}
        self.people = r.get_many("people", ids)
        self.accounts = _accounts(r, ids | self.facilities.keys(), today.isoformat())

    def of(self, line: ReturnLine) -> Receiver:
        payee = line.payee or ""
        if payee in self.facilities:
            doc = self.facilities[payee]["doc"]
            own = account_of(doc.get("account"))
            return Receiver(
                payee, str(doc.get("name") or ""), self._known(payee) or own, True, named_in=payee
            )
        record = self.records[line.record]
        field = self._named_by(line.form, record["doc"], payee)
        if field is not None:
            account = self._known(payee) or account_of(record["doc"].get(field))
            return self._person(payee, account, line)
        collector = record["doc"].get("payee")
        collector = collector if isinstance(collector, str) else None
        person = collector or record["person"] or payee
        known = self._known(collector or "") or self._known(record["person"] or "")
        return self._person(person, known or account_of(record["doc"].get("account")), line)

    def _person(self, person: str, account: Account | None, line: ReturnLine) -> Receiver:
        found = self.people.get(person)
        name = found["name"] if found else line.name
        dead = found is not None and found["alive_status"] in DEAD
        own = account is None or account.name == name
        return Receiver(person, name, account, dead=dead and own, named_in=line.record)

    def _named_by(self, form: str, doc: Mapping[str, Any], payee: str) -> str | None:
        """The account field of the form's payee whose field names this receiver; None where no field does."""
        found = self.forms.get(form)
        if found is None or found.benefit is None:
            return None
        for spec in found.benefit.payee:
            if spec.to not in ("person", "head", "facility", CASH) and payee and doc.get(spec.to) == payee:
                return spec.account
        return None

    def _known(self, owner: str) -> Account | None:
        accounts = self.accounts.get(owner)
        return accounts[-1] if accounts else None


def _accounts(r: Reading, owners: Iterable[str], day: str) -> dict[str, list[Account]]:
    """Accounts of the register in force on a day, by person or facility, the latest last: those of households that
    moved to another township too, for what was paid here is sent again from here."""
    c, wanted = _a.c, sorted(owners)
    query = (
        sa.select(
            c.person, c.facility, c.number, c.name, c.bank, c.state, c.changed_by, c.checked_by, c.valid_from,
            c.reason, c.id,
        )
        .where(
            c.void == 0, c.state.in_(("active", "pending")),
            sa.or_(c.valid_from.is_(None), c.valid_from <= day), sa.or_(c.valid_to.is_(None), c.valid_to >= day),
        )
        .order_by(c.valid_from, c.id)
    )  # fmt: skip
    found: dict[str, list[Account]] = defaultdict(list)
    for some in chunks(wanted):
        of_these = query.where(sa.or_(c.person.in_(some), c.facility.in_(some)))
        for person, facility, *rest in r.connection.execute(of_these):
            found[person or facility].append(Account(*rest))
    return found


# -- sending again ----------------------------------------------------------------------------------


def require_sender(store: Store) -> None:
    """Raises UserError not_here, not_allowed_here where money may not be sent from."""
    require_township(store)
    if not store.site.may_lock:
        raise UserError(
            "not_allowed_here", "这台电脑没有锁定权，不能重发。请在有锁定权的那台电脑上重发，这里没有改动。"
        )


def refuse_blocked(planned: Sequence[Again]) -> None:
    """Raises UserError nothing_to_reissue, reissue_blocked with every line that cannot be sent again."""
    if not planned:
        raise UserError("nothing_to_reissue", "没有可以重发的退票。没有写出文件。")
    wrong = [
        Problem(one.line.id, f"{one.line.name} {one.line.month}：{one.blocked}", code="blocked")
        for one in planned
        if one.blocked
    ]
    if wrong:
        shown = "；".join(problem.message for problem in wrong[:5])
        more = f"；还有 {len(wrong) - 5} 笔" if len(wrong) > 5 else ""
        raise UserError(
            "reissue_blocked", f"有 {len(wrong)} 笔现在不能重发：{shown}{more}。没有写出文件。", tuple(wrong)
        )


def reissue_number(r: Reading, *, today: date) -> str:
    """The number of the next file sent again: division-TC-day-letter where it is not A, and a running count:
    500229106-TC-20260620-01."""
    site = r.store.site
    letter = "" if site.letter == "A" else site.letter
    head = f"{site.division}-TC-{today:%Y%m%d}-{letter}"
    query = sa.select(sa.func.count(sa.distinct(_v.c.reissue))).where(
        _v.c.owner == site.division, _v.c.reissue.startswith(head, autoescape=True)
    )
    return f"{head}{int(r.scalar(query) or 0) + 1:02d}"


def write_reissue(
    w: Writing, planned: Sequence[Again], *, number: str, today: date, sent_at: str, digest: str,
    checked_by: str | None = None, reasons: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Note within a transaction that returns were sent again, with the account frozen as it is now.

    `sent_at` ('YYYY-MM-DD HH:MM') and `digest` are the file's. A changed account that nobody but its author has looked
    at needs `checked_by` (a second person who gave the password), another user, or a reason by return id or `EVERY`.
    Raises UserError not_here, not_allowed_here, plan_changed, reissue_blocked, own_account_change.
    """
    require_sender(w.store)
    refuse_blocked(planned)
    now = plan_reissue(w, today=today, ids=[one.line.id for one in planned])
    if now != tuple(planned) or reissue_number(w, today=today) != number:
        raise UserError("plan_changed", "刚才有人改过账户或退票。没有写出文件，请重新查看再重发。")
    passed = _pass(w, planned, checked_by, reasons or {})
    w.put_many(
        "bank_returns",
        [
            {
                "id": one.line.id, "state": REISSUED, "reissue": number, "new_number": one.account.number,
                "new_name": one.account.name, "new_bank": one.account.bank, "settled_on": today.isoformat(),
                "settled_by": w.user,
                "more": {
                    **one.line.more, "sent_at": sent_at, "sha256": digest, "payee": one.receiver.payee,
                    "facility": one.receiver.facility, **passed[one.line.id],
                },
            }
            for one in planned
        ],
    )  # fmt: skip
    w.put_many(
        "bank_accounts",
        [
            {"id": account, "state": "active", "checked_by": who}
            for account, who in {
                one.account.id: passed[one.line.id].get("checked_by") for one in planned if not one.checked
            }.items()
            if account
        ],
    )
    w.detail |= {"number": number, "count": len(planned), "total": sum(one.line.amount for one in planned)}


def _pass(
    w: Writing, planned: Sequence[Again], checked_by: str | None, reasons: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """By return id, who looked at the account or the reason why one person did both."""
    passed: dict[str, dict[str, str]] = {}
    problems = []
    for one in planned:
        who = next((name for name in (checked_by, w.user) if name and name != one.changed_by), None)
        reason = (reasons.get(one.line.id) or reasons.get(EVERY) or "").strip()
        if one.checked:
            passed[one.line.id] = {}
        elif who is not None:
            passed[one.line.id] = {"checked_by": who}
        elif reason:
            passed[one.line.id] = {"alone": reason}
        else:
            text = f"{one.line.name}的账户是{w.user}本人改的"
            problems.append(Problem(one.line.id, text, code="own_account_change"))
    if problems:
        more = f"（另有 {len(problems) - 1} 笔）" if len(problems) > 1 else ""
        raise UserError(
            "own_account_change",
            f"{problems[0].message}{more}。没有重发，请第二人核对，或写明理由（记在退票上）。",
            tuple(problems),
        )
    return passed


class Sent(msgspec.Struct, frozen=True):
    """One file that was sent again: its number, day, how many returns, cents, and by whom."""

    number: str
    on: str
    count: int
    total: int
    by: str


def list_reissues(r: Reading) -> list[Sent]:
    """The files sent again, the newest first."""
    query = (
        sa.select(
            _v.c.reissue, sa.func.max(_v.c.settled_on), sa.func.count(), sa.func.sum(_v.c.amount),
            sa.func.max(_v.c.settled_by),
        )
        .where(_v.c.void == 0, _v.c.reissue.is_not(None))
        .group_by(_v.c.reissue)
        .order_by(sa.func.max(_v.c.settled_on).desc(), _v.c.reissue.desc())
    )  # fmt: skip
    return [
        Sent(no, on or "", int(n), int(cents), by or "")
        for no, on, n, cents, by in r.connection.execute(query)
    ]
