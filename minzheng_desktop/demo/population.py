"""A township of invented people: households with plausible ages and relations.

Nobody here exists: id numbers carry an invented sequence. The same seed gives the same people, so that a benchmark
or a picture can be made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from random import Random

import msgspec

from minzheng_desktop.demo.names import invent_name, invent_surname
from minzheng_desktop.values.accounts import passes_luhn
from minzheng_desktop.values.id_number import make_id_number

COUNTY = "500229"
HEAD, SPOUSE, SON, DAUGHTER, GRANDSON, GRANDDAUGHTER, FATHER, MOTHER = (
    "02",
    "10",
    "20",
    "30",
    "41",
    "42",
    "51",
    "52",
)
"""Relations to the head, GB/T 4761."""

BANKS = ("重庆农村商业银行", "中国邮政储蓄银行", "中国农业银行")


class Person(msgspec.Struct, frozen=True):
    """An invented person. `sex` "1" male, "2" female; `village` a division code of 12 digits."""

    name: str
    sex: str
    birth_date: date
    id_number: str
    ethnicity: str
    village: str
    phone: str | None
    relation: str

    def as_row(self, *, owner: str) -> dict[str, object]:
        """The person as a row of the people's table."""
        return {
            "owner": owner,
            "name": self.name,
            "id_type": "01",
            "id_number": self.id_number,
            "sex": self.sex,
            "birth_date": self.birth_date.isoformat(),
            "ethnicity": self.ethnicity,
            "phone": self.phone,
            "hukou_village": self.village,
            "reside_village": self.village,
        }


class Household(msgspec.Struct, frozen=True):
    """An invented household, head first, with the account that its money goes to."""

    village: str
    address: str
    members: tuple[Person, ...]
    bank: str
    account: str

    @property
    def head(self) -> Person:
        return self.members[0]


class Registry:
    """Hands out id numbers, phones and accounts of which no two are alike.

    `part` of `parts` registries shares the sequences of a day and the account numbers with the others.
    """

    def __init__(self, random: Random, *, prefix: str = COUNTY, part: int = 0, parts: int = 1) -> None:
        self._random = random
        self._prefix = prefix
        self._first = 201 if parts == 1 else 1 + part * (998 // parts // 2 * 2)
        self._sequences: dict[tuple[date, str], int] = {}
        self._accounts = part * 10**9

    def id_number(self, birth: date, sex: str) -> str:
        """The next free number of this birthday; odd sequences are male, even ones female (GB 11643)."""
        first = self._sequences.get((birth, sex), self._first if sex == "1" else self._first + 1)
        self._sequences[birth, sex] = first + 2
        return make_id_number(self._prefix, birth, first)

    def phone(self) -> str:
        """An 11-digit number that no operator gives out (199 0000 ....) for the first million people."""
        return f"1990{self._random.randrange(10_000_000):07d}"

    def account(self) -> str:
        """The next card number, under a prefix that no bank uses."""
        self._accounts += 1
        return card_number("62999", self._accounts)


def card_number(prefix: str, serial: int) -> str:
    """A 19-digit card number with a right check digit; `prefix` has 5 digits."""
    body = f"{prefix}{serial:013d}"
    return next(body + digit for digit in "0123456789" if passes_luhn(body + digit))


def generate_households(*, villages: Sequence[str], seed: int, today: date) -> Iterator[Household]:
    """Households without end, spread over the villages (division codes)."""
    random = Random(seed)
    registry = Registry(random)
    for number in range(1, 10**9):
        village = random.choice(villages)
        address = f"{random.randint(1, 9)}组{number % 300 + 1}号"
        members = tuple(_household(random, registry, village, today))
        yield Household(village, address, members, random.choice(BANKS), registry.account())


def generate_people(
    n: int, *, seed: int = 1, villages: Sequence[str] = ("500229001001",), today: date = date(2026, 11, 1)
) -> Iterator[Person]:
    """The first `n` people of the households of this seed."""
    households = generate_households(villages=villages, seed=seed, today=today)
    return islice((person for household in households for person in household.members), n)


def _household(random: Random, registry: Registry, village: str, today: date) -> Iterator[Person]:
    surname = invent_surname(random)

    def born(age: int) -> date:
        return today - timedelta(days=int(age * 365.2425) + random.randrange(1, 365))

    def person(*, sex: str, age: int, relation: str, family: str = "") -> Person:
        birth = born(age)
        name, ethnicity = invent_name(random, sex=sex, born=birth.year, surname=family)
        phone = registry.phone() if 15 <= age <= 85 and random.random() < 0.7 else None
        number = registry.id_number(birth, sex)
        return Person(name, sex, birth, number, ethnicity, village, phone, relation)

    def child(parent_age: int, *, of: str = "child") -> Person:
        sex = random.choice("12")
        relation = {"child": (SON, DAUGHTER), "grandchild": (GRANDSON, GRANDDAUGHTER)}[of][int(sex) - 1]
        return person(sex=sex, age=max(0, parent_age), relation=relation, family=surname)

    kind = random.choices(("single", "old_couple", "family", "grandparents", "three"), (26, 24, 30, 10, 10))[
        0
    ]
    match kind:
        case "single":
            yield person(sex=random.choice("112"), age=random.randint(45, 93), relation=HEAD)
        case "old_couple":
            age = random.randint(60, 90)
            yield person(sex="1", age=age, relation=HEAD)
            yield person(sex="2", age=age - random.randint(-3, 7), relation=SPOUSE)
        case "family":
            age = random.randint(26, 55)
            yield person(sex="1", age=age, relation=HEAD, family=surname)
            yield person(sex="2", age=age - random.randint(-2, 5), relation=SPOUSE)
            for _ in range(random.choice((1, 1, 2, 2, 3))):
                yield child(age - random.randint(22, 34))
        case "grandparents":
            age = random.randint(55, 78)
            yield person(sex=random.choice("12"), age=age, relation=HEAD, family=surname)
            for _ in range(random.choice((1, 1, 2))):
                yield child(min(age - random.randint(44, 60), 17), of="grandchild")
        case "three":
            age = random.randint(35, 55)
            yield person(sex="1", age=age, relation=HEAD, family=surname)
            parent = random.choice("12")
            relation = FATHER if parent == "1" else MOTHER
            family = surname if parent == "1" else ""
            yield person(sex=parent, age=age + random.randint(21, 33), relation=relation, family=family)
            yield child(age - random.randint(22, 32))
