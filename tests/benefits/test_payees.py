"""Whose account the money goes to (domain §2.7), and a record whose parts go to two receivers (§3.4④)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from minzheng_desktop.benefits.entitlement import Entitled
from minzheng_desktop.benefits.facts import Account, Case, Facility, Facts, Person
from minzheng_desktop.benefits.payees import find_targets
from minzheng_desktop.benefits.settlement import Line, settle
from minzheng_desktop.catalog.form import Payee

OWN = Account("6217001234500000001", "吴道芸")
CARER = Account("6217001234500000002", "杨胜彦")
HOME = Account("50050010123456789", "敬老院")


def case(**values: object) -> Case:
    fields = {"payee": None, "account": None, "carer": None, "institution": None, **values}
    return Case("r1", "p1", None, None, None, "active", Entitled((), ()), SimpleNamespace(**fields))


def facts(**accounts: Account) -> Facts:
    people = {
        "p1": Person("p1", "吴道芸", "500229196801011234", "2", "1968-01-01", None, None),
        "p2": Person("p2", "杨胜彦", "500229197001011234", "1", "1970-01-01", None, None),
    }
    return Facts(
        cases=[],
        people=people,
        accounts={person: [account] for person, account in accounts.items()},
        facilities={"f1": Facility("f1", "敬老院", HOME)},
        before={},
        previous=None,
        batches=[],
        paid_lines=lambda records: {},
        paid_terms=lambda records: {},
    )


def never(number: int, case: Case) -> bool:
    return False


def test_the_register_comes_before_the_document() -> None:
    written = {"number": "6217001234500000009", "name": "吴道芸", "bank": "农商行"}
    (target,) = find_targets(case(account=written), (), facts(p1=OWN), never)
    assert (target.account, target.name, target.parts) == (OWN, "吴道芸", ("base", "extra"))
    (target,) = find_targets(case(account=written), (), facts(), never)
    assert target.account == Account("6217001234500000009", "吴道芸", "农商行")


def test_a_collector_s_account_comes_before_the_person_s() -> None:
    (target,) = find_targets(case(payee="p2"), (), facts(p1=OWN, p2=CARER), never)
    assert (target.payee, target.name, target.account) == ("p2", "杨胜彦", CARER)


def test_nobody_s_account() -> None:
    (target,) = find_targets(case(), (), facts(), never)
    assert target.account is None


SPLIT = (
    Payee("institution", "institution.account", when="support_mode == '1'"),
    Payee("carer", "carer.account", part="extra"),
    Payee("person"),
)


@pytest.mark.parametrize(
    ("in_institution", "expected"),
    [
        (True, [("f1", HOME, ("base", "extra"))]),
        (False, [("p1", OWN, ("base",)), ("p2", CARER, ("extra",))]),
    ],
)
def test_the_first_payee_that_holds_gets_the_part(in_institution: bool, expected: list[object]) -> None:
    """特困: everything to the institution, or the care part to the carer and the rest to the person."""
    one = case(institution="f1", carer="p2")
    targets = find_targets(one, SPLIT, facts(p1=OWN, p2=CARER), lambda number, _: in_institution)
    assert sorted((t.payee, t.account, t.parts) for t in targets) == sorted(expected)  # type: ignore[type-var]


def test_each_receiver_s_part_is_settled_by_itself() -> None:
    """The person was overpaid 100.00 of the base; the carer's part is not touched by it."""
    from minzheng_desktop.benefits.rules.base import Due

    due = [Due(24300, 1, 90000, 20000), Due(24301, 1, 90000, 20000)]
    paid = {24300: (100000, 20000)}
    person = settle(due, paid, unit=24301, parts=("base",))
    carer = settle(due, paid, unit=24301, parts=("extra",))
    assert (person.base, person.deduct, person.total) == (90000, 10000, 80000)
    assert (carer.extra, carer.total, carer.lines) == (20000, 20000, (Line(24301, "extra", 20000),))
