"""One township of the demonstration county: its office, its people, and how many of everything it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.demo.county.dials import Dials
from minzheng_desktop.demo.county.office import Office
from minzheng_desktop.demo.county.people import People
from minzheng_desktop.demo.county.plants import strangers
from minzheng_desktop.demo.population import HEAD, Household, Person
from minzheng_desktop.store import schema
from minzheng_desktop.values.dates import age_on

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing


class Town:
    """What the modules of the areas share about a township: `plan` says how many of what (keys of the dials)."""

    def __init__(
        self, store: Store, *, dials: Dials, plan: Mapping[str, int], lists: Mapping[str, list[int]], part: int,
        parts: int,
    ) -> None:  # fmt: skip
        self.dials = dials
        self.plan = plan
        self.lists = lists
        self.part = part
        self.first = part == 0
        self.year = dials.year
        self.year_end = date(dials.year, 12, 31)
        self.code = store.site.division
        self.divisions = store.catalog.divisions
        self.name = self.divisions.name(self.code)
        self.codes = store.catalog.codes
        villages = [village.code for village in self.divisions.villages(self.code)]
        self.people = People(
            seed=dials.seed, part=part, parts=parts, villages=villages, year_end=self.year_end
        )
        self.random: Random = self.people.random
        self.strangers = strangers(dials.seed, parts, self.year_end)
        self.planted: list[str] = []
        """The checks that the faults put into this township are for."""
        self.faulty: set[str] = set()
        self.office = Office(store, date(dials.year, 1, 5))
        self.elders: list[tuple[Household, Person]] = []
        self.benefits: defaultdict[str, list[tuple[Household, Person]]] = defaultdict(list)
        self.later: dict[int, list[tuple[str, dict[str, Any]]]] = {}
        """Rows of rosters that come in a later month, by month: (form, row)."""
        self._canteen = ""
        self.home = ""
        """The id of the township's home for the old."""
        self.joined: list[tuple[Household, Person]] = []
        """People of households that come into 低保 during the year."""
        self.cemetery = ""
        self.council = ""
        self.funeral_home = ""
        self.wedding = ""
        self.diners: list[tuple[Household, Person]] = []
        self.helpless: list[Person] = []
        """People of 特困 who live at home and can do nothing by themselves."""
        self.leaving: list[tuple[int, str]] = []
        """Households that give 低保 back: (month from which they are not paid, id number of the head)."""

    def village_name(self, code: str) -> str:
        """As a roster writes it."""
        return self.divisions.name(code)

    def word(self, table: str, code: str) -> str:
        """A code's word, as a roster writes it."""
        return self.codes[table].items[code]

    def note(self, form: str, household: Household, person: Person) -> None:
        """Remember who receives what, for the services that build on it."""
        self.benefits[form].append((household, person))

    def note_elders(self, household: Household) -> None:
        """Remember who is eighty by the year's end."""
        found = [(household, m) for m in household.members if age_on(m.birth_date, self.year_end) >= 80]
        self.elders += found

    def who(self, household: Household, person: Person, root: str = "person") -> dict[str, Any]:
        """The columns of a roster that name somebody and the village."""
        return {
            f"{root}.name": person.name,
            f"{root}.id_number": person.id_number,
            f"{root}.phone": person.phone or "",
            f"{root}.ethnicity": self.word("ethnicity", person.ethnicity),
            f"{root}.hukou_type": "农村",
            "village": self.village_name(household.village),
        }

    def account(self, household: Household, person: Person) -> dict[str, Any]:
        """The columns of an account: the household's own for its head, another for everybody else."""
        number = household.account if person.relation == HEAD else self.people.account()
        return {"account.number": number, "account.name": person.name, "account.bank": household.bank}

    def on(self, month: int, day: int) -> date:
        """A day of the year that is lived through."""
        return date(self.year, month, day)

    def month(self, month: int) -> str:
        """A month of that year, 'YYYY-MM'."""
        return f"{self.year}-{month:02d}"

    def record_of(self, form: str, id_number: str) -> str:
        """The record of a form whose subject somebody is. Raises KeyError where there is none."""
        person = self.office.person(id_number)
        c = schema.records.c
        query = sa.select(c.id).where(c.form == form, c.person == person, c.void == 0).order_by(c.id.desc())
        with self.office.store.reading() as r:
            found = r.connection.execute(query).scalar()
        if found is None:
            raise KeyError((form, id_number))
        return str(found)

    def moved_here(self, person: Person) -> Person:
        """A person as this township has him: living in one of its villages."""
        return msgspec.structs.replace(person, village=self.people.village())

    def register(self, w: Writing, people: Sequence[Person], **more: Any) -> list[str]:
        """Put people into the register; returns their ids."""
        rows = [{**p.as_row(owner=self.code), "more": {"hukou_type": "1", **more}} for p in people]
        return w.put_many("people", rows, fresh=True)

    def canteen(self, w: Writing) -> str:
        """The township's canteen for the old, registered when it is first asked for."""
        if not self._canteen:
            doc = {
                "name": f"{self.name}老年食堂", "facility_kind": "canteen", "operator": f"{self.name}社区服务中心",
                "canteen_kind": "2", "village": self.people.village(), "opened_on": f"{self.year - 1}-06-01",
                "food_license": f"JY{self.code}", "food_license_expire": f"{self.year + 3}-05-31", "seats": 60,
                "account": {
                    "number": self.people.account(), "name": f"{self.name}社区服务中心", "bank": self.people.bank(),
                    "type": "4",
                },
                "demo_site": self.first, "demo_date": f"{self.year}-01-05" if self.first else None,
            }  # fmt: skip
            self._canteen = self.office.save(w, "canteen", doc)
            self.office.walk(w, self._canteen, ["register"])
        return self._canteen
