"""The registers as a roster meets them and changes them: people, households, who lives where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minzheng_desktop.exchange.rosters.plan import Writes
from minzheng_desktop.exchange.rosters.state import OfficeState
from minzheng_desktop.store.households import HEAD
from minzheng_desktop.store.people import IN_MORE
from minzheng_desktop.values.id_number import told_by
from minzheng_desktop.values.ids import new_id

Row = dict[str, Any]


class Registry:
    """People and households by id number and head: those on file, and those that this roster brings."""

    def __init__(self, state: OfficeState, writes: Writes) -> None:
        self.state = state
        self.writes = writes

    def person(self, number: str, attributes: Mapping[str, Any], village: str | None) -> tuple[Row, bool]:
        """The person with an id number, made if need be; says whether new."""
        known = self.state.people.get(number)
        if known is not None:
            return known, False
        more = {k: v for k, v in attributes.items() if k in IN_MORE}
        columns = {k: attributes[k] for k in ("ethnicity", "phone") if k in attributes}
        person: Row = {
            "id": new_id(),
            "owner": self.state.owner,
            "name": attributes["name"],
            "id_type": "01",
            "id_number": number,
            "reside_village": village,
            "more": more,
            **told_by(number),
            **columns,
        }
        self.state.people[number] = person
        self.writes.people.append(person)
        return person, True

    def unnumbered(self, name: str, attributes: Mapping[str, Any], village: str | None) -> Row:
        """A new person of whom a roster tells the name only, under a temporary number: he waits for a number and is
        never paid (domain §2.2)."""
        self.state.last_temporary += 1
        person: Row = {
            "id": new_id(),
            "owner": self.state.owner,
            "name": name,
            "id_missing_reason": "other",
            "temp_number": f"{self.state.temporary_prefix}{self.state.last_temporary:04d}",
            "sex": attributes.get("sex") or "0",
            "birth_date": attributes.get("birth_date"),
            "reside_village": village,
            "more": {k: v for k, v in attributes.items() if k in IN_MORE},
        }
        self.state.unnumbered[person["id"]] = person
        self.writes.people.append(person)
        return person

    def full(self, member: Mapping[str, Any]) -> Row:
        """The whole row of somebody who lives in a household that the roster names."""
        known = self.state.people.get(member.get("id_number") or "")
        return known or self.state.unnumbered[member["id"]]

    def living(self, household: str | None, head: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Who lives in a household: {id, name, id_number}, the head and those that this roster brought among them."""
        found = self.state.living.get(household or "", [])
        return [*found] if any(one["id"] == head.get("id") for one in found) else [head, *found]

    def number_problem(self, person_id: str, number: str) -> str:
        """Why the id number of somebody known by name only cannot be written, "" when it can."""
        other = self.state.people.get(number)
        if other is not None:
            return f"证号在台账里是另一个“{other['name']}”的，可能是同一个人，没有补号；核对后改正其中一处"
        born = self.state.unnumbered[person_id].get("birth_date")
        if born and not told_by(number)["birth_date"].startswith(born):
            return f"台账里的出生日期是 {born}，和花名册的证号不符，没有补号；核对后在人员登记里补"
        return ""

    def give_number(self, person_id: str, number: str) -> bool:
        """Write the id number of somebody known by name only; False when `number_problem` stands in the way."""
        if self.number_problem(person_id, number):
            return False
        person = self.state.unnumbered.pop(person_id)
        values = {"id_number": number, "id_type": "01", "id_missing_reason": None, **told_by(number)}
        person.update(values)
        self.state.people[number] = person
        self.state.named[person_id]["id_number"] = number
        if "revision" in person:
            self.writes.change("people", person_id, **values)
        return True

    def household(self, head: Row, village: str | None, address: str | None) -> Row:
        """The household that a person heads, made if need be."""
        known = self.state.households.get(head["id"])
        if known is not None:
            return known
        household: Row = {
            "id": new_id(),
            "owner": self.state.owner,
            "head": head["id"],
            "village": village,
            "address": address,
        }
        self.state.households[head["id"]] = household
        self.writes.households.append(household)
        self.join(household["id"], head, HEAD)
        return household

    def join(self, household: str, person: Row, relation: str | None) -> None:
        """Make a person a member of a household unless they live in it already."""
        if self.state.members.get(person["id"]) == household:
            return
        self.state.members[person["id"]] = household
        row = {k: person.get(k) for k in ("id", "name", "id_number")}
        self.state.living.setdefault(household, []).append(row)
        self.state.named[person["id"]] = row
        self.writes.household_members.append(
            {
                "id": new_id(),
                "owner": self.state.owner,
                "household": household,
                "person": person["id"],
                "relation": relation,
            }
        )
