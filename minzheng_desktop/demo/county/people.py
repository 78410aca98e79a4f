"""Invented people of one township: households of a wanted size, single persons of a wanted age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import msgspec

from minzheng_desktop.demo.names import invent_name, invent_surname
from minzheng_desktop.demo.population import (
    BANKS,
    DAUGHTER,
    FATHER,
    GRANDDAUGHTER,
    GRANDSON,
    HEAD,
    MOTHER,
    SON,
    SPOUSE,
    Household,
    Person,
    Registry,
)

_CHILD = {"1": SON, "2": DAUGHTER}
_GRANDCHILD = {"1": GRANDSON, "2": GRANDDAUGHTER}
_PARENT = {"1": FATHER, "2": MOTHER}


class People:
    """Whom a township has; ages are whole years on the last day of the year lived through."""

    def __init__(self, *, seed: int, part: int, parts: int, villages: Sequence[str], year_end: date) -> None:
        self.random = Random(seed * 1000 + part)
        self._registry = Registry(self.random, part=part, parts=parts)
        self._villages = villages
        self._year_end = year_end
        self._houses = 0

    def person(
        self, age: int, *, sex: str = "", relation: str = HEAD, surname: str = "", village: str = ""
    ) -> Person:
        """Somebody of an age, who has had this year's birthday by the middle of January or has it later alike."""
        sex = sex or self.random.choice("12")
        birth = self._born(age)
        name, ethnicity = invent_name(self.random, sex=sex, born=birth.year, surname=surname)
        phone = self._registry.phone() if 15 <= age <= 85 and self.random.random() < 0.8 else None
        place = village or self.village()
        number = self._registry.id_number(birth, sex)
        return Person(name, sex, birth, number, ethnicity, place, phone, relation)

    def household(self, size: int, *, head_age: int | None = None, village: str = "") -> Household:
        """A family of `size`: alone, a couple, parents with children, grandparents with grandchildren."""
        village = village or self.village()
        self._houses += 1
        address = f"{self.random.randint(1, 9)}组{self._houses % 300 + 1}号"
        surname = invent_surname(self.random)
        members = self._members(size, head_age, surname, village)
        return Household(village, address, _distinct(members), self.bank(), self.account())

    def alone(self, person: Person) -> Household:
        """The household of somebody who lives by himself or who receives in his own name."""
        self._houses += 1
        address = f"{self.random.randint(1, 9)}组{self._houses % 300 + 1}号"
        return Household(person.village, address, (person,), self.bank(), self.account())

    def village(self) -> str:
        """One of the township's villages."""
        return self.random.choice(self._villages)

    def bank(self) -> str:
        """A bank that pays out."""
        return self.random.choice(BANKS)

    def account(self) -> str:
        """A card number that nobody else has."""
        return self._registry.account()

    def _members(self, size: int, head_age: int | None, surname: str, village: str) -> list[Person]:
        pick = self.random
        if size == 1:
            return [self.person(head_age or pick.randint(45, 92), village=village)]
        age = head_age or (pick.randint(60, 84) if pick.random() < 0.35 else pick.randint(34, 58))
        head = self.person(age, sex="1" if pick.random() < 0.8 else "2", surname=surname, village=village)
        found = [head]
        partner = "2" if head.sex == "1" else "1"
        if pick.random() < 0.8:
            found.append(
                self.person(age - pick.randint(-2, 4), sex=partner, relation=SPOUSE, village=village)
            )
        old = age >= 60
        while len(found) < size:
            sex = pick.choice("12")
            if not old and len(found) >= 3 and pick.random() < 0.35:
                older = self.person(
                    age + pick.randint(22, 30), sex=sex, relation=_PARENT[sex], village=village
                )
                found.append(older)
                continue
            relation = _GRANDCHILD[sex] if old else _CHILD[sex]
            years = pick.randint(4, 17) if old else max(1, min(age - pick.randint(22, 32), 24))
            found.append(self.person(years, sex=sex, relation=relation, surname=surname, village=village))
        return found

    def _born(self, age: int) -> date:
        last = self._year_end.replace(year=self._year_end.year - age)
        return last - timedelta(days=self.random.randrange(0, 364))


def _distinct(members: Sequence[Person]) -> tuple[Person, ...]:
    """The members; of two of one name the later is called by another character."""
    seen: set[str] = set()
    found = []
    for member in members:
        name, tries = member.name, iter("荣华安平福祥瑞和")
        while name in seen:
            name = (name[:-1] if len(name) > 2 else name) + next(tries)
        seen.add(name)
        found.append(msgspec.structs.replace(member, name=name))
    return tuple(found)
