"""To whom and into which account the money of a record goes (domain §2.7).

The register of accounts is dated and says who changed what; it comes before the account that a record's own
document names. A payee that the form names (a provider, an institution) comes before the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from minzheng_desktop.benefits.facts import Account, Case, Facts
from minzheng_desktop.benefits.settlement import PARTS, Part
from minzheng_desktop.catalog.form import CASH, Payee


class Target(msgspec.Struct, frozen=True, gc=False):
    """One receiver of one record's money: whose (a person's or facility's id), which account, which parts."""

    payee: str | None
    name: str
    account: Account | None
    parts: tuple[Part, ...] = PARTS
    is_person: bool = True
    cash: bool = False

    @property
    def payable(self) -> bool:
        """Whether the money can reach it: into an account, or from hand to hand."""
        return self.cash or bool(self.account and self.account.number)


Holds = Callable[[int, Case], bool]
"""Whether the condition of the form's nth payee holds for a record."""


def find_targets(case: Case, payees: Sequence[Payee], facts: Facts, holds: Holds) -> tuple[Target, ...]:
    """The receivers of a record's money; one for each different receiver, with the parts that are theirs."""
    if not payees:
        return (_person_target(case, facts),)
    chosen: dict[int, list[Part]] = {}
    for part in PARTS:
        for number, payee in enumerate(payees):
            if payee.part in ("all", part) and (not payee.when or holds(number, case)):
                chosen.setdefault(number, []).append(part)
                break
    return tuple(_named_target(case, payees[n], tuple(parts), facts) for n, parts in chosen.items())


def account_of(value: Any) -> Account | None:
    """The account that a document's account field holds, or None without a number."""
    if not isinstance(value, Mapping) or not value.get("number"):
        return None
    return Account(str(value["number"]), str(value.get("name") or ""), value.get("bank"))


def _person_target(case: Case, facts: Facts, parts: tuple[Part, ...] = PARTS) -> Target:
    collector = getattr(case.values, "payee", None)
    account = None
    for person in (collector, case.person):
        known = facts.accounts.get(person or "")
        if known:
            account = known[-1]
            break
    payee = collector or case.person
    found = facts.people.get(payee or "")
    return Target(
        payee,
        found.name if found else "",
        account or account_of(getattr(case.values, "account", None)),
        parts,
    )


def _named_target(case: Case, payee: Payee, parts: tuple[Part, ...], facts: Facts) -> Target:
    if payee.to == CASH:
        person = facts.people.get(case.person or "")
        name = person.name if person else ""
        return Target(case.person, name, Account("", "现金"), parts, is_person=False, cash=True)
    if payee.to in ("person", "head"):
        return _person_target(case, facts, parts)
    receiver = case.facility if payee.to == "facility" else getattr(case.values, payee.to, None)
    known = facts.accounts.get(receiver or "")
    facility = facts.facilities.get(receiver or "")
    if facility is not None:
        return Target(
            receiver, facility.name, known[-1] if known else facility.account, parts, is_person=False
        )
    person = facts.people.get(receiver or "")
    account = known[-1] if known else account_of(getattr(case.values, payee.account, None))
    return Target(receiver, person.name if person else "", account, parts)
