"""What is wrong in the demonstration county: two or three faults for each check of domain §10.2, and no others.

Some come in by the front door, as they do in life (two townships that do not know of each other); what the doors
refuse is written into the registers as a careless hand or an older program would leave it. Each stands in its own
township, inside the totals of the report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from minzheng_desktop.catalog.sources import Source
from minzheng_desktop.demo.county.people import People
from minzheng_desktop.demo.population import HEAD, Household, Person
from minzheng_desktop.store import schema, shelf

if TYPE_CHECKING:
    from minzheng_desktop.demo.county.town import Town
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing

Plant = Callable[["Town"], bool]
TWICE_IN_DIBAO = ((0, 1), (2, 3))
"""Pairs of townships that both keep the same person in 低保 (C01): the second is one household and no person more."""
TWICE_HELPED = ((1, 2), (3, 4))
"""Pairs that both help the same person in December (C04)."""
NOT_IN_POOL = (5, 6)
"""Townships that left one person of 低保 out of the register of low incomes (C13)."""
WRONG_SUMS = (7, 8)
"""Townships with a batch whose total is not the sum of its items (C15)."""
NO_ZERO_REPORT = (9, 10)
"""Townships that forgot to say in December that there was no petition (C17)."""


def strangers(seed: int, parts: int, year_end: date) -> list[Person]:
    """People whom several townships know: the same in every process."""
    people = People(seed=seed, part=parts, parts=parts, villages=("",), year_end=year_end)
    return [people.person(40 + at, sex="12"[at % 2]) for at in range(8)]


def doubled(town: Town) -> list[Person]:
    """People of 低保 whom another township has as well."""
    return [town.strangers[at] for at, pair in enumerate(TWICE_IN_DIBAO) if town.part in pair]


def owns(town: Town, pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether a township is the first of a pair: the one in which a person counts."""
    return any(town.part == pair[0] for pair in pairs)


def january(town: Town) -> None:
    """Faults that stand all year."""
    _plant(
        town,
        {4: [_subsidy_without_dibao], 5: [_subsidy_without_dibao], 24: [_grown_child], 0: [_grown_child]},
    )
    _plant(town, {6: [_relative], 7: [_relative], 22: [_bed_count], 23: [_bed_count]})
    town.planted += ["C01"] * sum(town.part == pair[0] for pair in TWICE_IN_DIBAO)


def december(town: Town) -> None:
    """Faults that come before the last payments."""
    for at, pair in enumerate(TWICE_HELPED):
        if town.part in pair:
            _helped_twice(town, town.strangers[4 + at])
            town.planted += ["C04", "C01"] * (town.part == pair[0])
    _plant(town, {16: [_shared_account], 17: [_shared_account], 11: [_old_standard], 12: [_old_standard]})


def year_end(town: Town) -> None:
    """Faults that nobody has noticed by the year's end."""
    _plant(town, {
        8: [_dead], 9: [_dead], 10: [_certificate], 11: [_certificate],
        12: [_uncertified], 13: [_uncertified], 14: [_late], 15: [_late], 18: [_sex], 19: [_sex],
        20: [_elsewhere], 21: [_elsewhere],
    })  # fmt: skip
    for rule, parts in (("C13", NOT_IN_POOL), ("C15", WRONG_SUMS), ("C17", NO_ZERO_REPORT)):
        if town.part in parts:
            town.planted.append(rule)


def at_the_county(county: Store, month: str) -> None:
    """Batches whose total was changed past the program: one hundredth of a yuan too much."""
    b, towns = schema.payment_batches, county.catalog.divisions.towns
    with county.engine.begin() as connection:
        for at in WRONG_SUMS:
            first = (
                sa.select(sa.func.min(b.c.id))
                .where(b.c.owner == towns[at].code, b.c.month == month, b.c.form == "dibao")
                .scalar_subquery()
            )
            connection.execute(sa.update(b).where(b.c.id == first).values(total=b.c.total + 1))


def _plant(town: Town, plants: Mapping[int, Sequence[Plant]]) -> None:
    for plant in plants.get(town.part, ()):
        if plant(town):
            town.planted.append(_RULES[plant])


def _one(town: Town, form: str) -> tuple[Household, Person] | None:
    """Somebody who receives, who is not yet part of a fault."""
    for household, person in town.benefits.get(form, ()):
        if person.relation == HEAD and person.id_number not in town.faulty and len(household.members) == 1:
            town.faulty.add(person.id_number)
            return household, person
    return None


def _writing(town: Town) -> Any:
    return town.office.store.writing("save_record")


def _row(w: Writing, table: str, key: str) -> dict[str, Any]:
    row = w.get(table, key)
    assert row is not None
    return row


def _change_person(town: Town, person: Person, **values: Any) -> None:
    with _writing(town) as w:
        row = _row(w, "people", town.office.person(person.id_number))
        more = {**row["more"], **values.pop("more", {})}
        w.put("people", {"id": row["id"], "more": more, **values})


def _change_record(town: Town, form: str, person: Person, columns: Mapping[str, Any], **doc: Any) -> None:
    record = town.record_of(form, person.id_number)
    with _writing(town) as w:
        row = _row(w, "records", record)
        w.put("records", {"id": record, "doc": {**row["doc"], **doc}, **columns})


def _subsidy_without_dibao(town: Town) -> bool:
    person = town.people.person(52)
    household = town.people.alone(person)
    level, kind = "2", "4"
    row = {
        **town.who(household, person), "start_month": f"{town.year - 1}-07",
        "last_recheck_date": town.on(1, 4).isoformat(), **town.account(household, person),
    }  # fmt: skip
    with _writing(town) as w:
        town.register(
            w, [person], has_disability=True, disability_type=kind, disability_level=level,
            disability_cert_no=f"{person.id_number}{kind}{level}", disability_cert_expire=f"{town.year + 4}-06-30",
        )  # fmt: skip
    town.office.bring("djr_life", [row], month=town.month(1), paid_through=f"{town.year - 1}-12")
    return True


def _grown_child(town: Town) -> bool:
    child = town.people.person(16)
    keeper = town.people.person(60, village=child.village)
    row = {
        **town.who(town.people.alone(child), child), "registered_on": town.on(1, 4).isoformat(),
        "situation": town.word("leftbehind_situation", "1"), "care_place": town.word("care_place", "1"),
        "guardian.name": keeper.name, "guardian.id_number": keeper.id_number,
        "guardian_relation": town.word("relation", "61"),
    }  # fmt: skip
    town.office.bring("leftbehind", [row], month=town.month(1))
    return True


def _relative(town: Town) -> bool:
    found = _one(town, "dibao")
    if found:
        _change_record(town, "dibao", found[1], {}, relative_of_staff=True, relative_detail=None)
    return found is not None


def _bed_count(town: Town) -> bool:
    with _writing(town) as w:
        row = _row(w, "records", town.home)
        beds = row["doc"]["capacity_beds"] + 5
        w.put("records", {"id": town.home, "quantity": beds, "doc": {**row["doc"], "capacity_beds": beds}})
    return True


def _helped_twice(town: Town, person: Person) -> None:
    from minzheng_desktop.demo.county.relief import help_at_once

    here = town.moved_here(person)
    with _writing(town) as w:
        town.register(w, [here])
    with _writing(town) as w:
        help_at_once(town, w, town.people.alone(here), here, months=15)


def _shared_account(town: Town) -> bool:
    first, second = _one(town, "dibao"), _one(town, "dibao")
    if not first or not second:
        return False
    a = schema.bank_accounts.c
    with _writing(town) as w:
        query = sa.select(a.id).where(a.person == town.office.person(second[1].id_number), a.void == 0)
        for account in w.connection.execute(query).scalars():
            w.put("bank_accounts", {"id": account, "number": first[0].account})
    return True


def _old_standard(town: Town) -> bool:
    """A standard that somebody put into this laptop by himself: 10 yuan a year too much from October on."""
    text = (
        'area = "500229"\n[rate."elder.80_89"]\ntitle = "高龄津贴 80—89 岁"\nunit = "yuan_per_year"\n'
        f'values = [ {{ from = "{town.year}-01-01", value = "100.00", doc = "演示", example = true }}, '
        f'{{ from = "{town.year}-10-01", value = "110.00", doc = "演示", example = true }} ]\n'
    )
    store = town.office.store
    with store.writing("rates") as w:
        w.insert("catalog", [shelf.entry(Source("rates", "county", "own.toml", text, "county"))])
    store.catalog_changed()
    return True


def _dead(town: Town) -> bool:
    found = _one(town, "tekun")
    if found:
        day = town.on(10, 3).isoformat()
        _change_person(town, found[1], alive_status="2", death_date=day, death_source="village")
    return found is not None


def _certificate(town: Town) -> bool:
    for _, person in town.benefits.get("djr_life", ()):
        if person.id_number not in town.faulty:
            town.faulty.add(person.id_number)
            _change_person(town, person, more={"disability_cert_expire": f"{town.year}-06-30"})
            return True
    return False


def _uncertified(town: Town) -> bool:
    found = _one(town, "tekun")
    if not found:
        return False
    person = town.office.person(found[1].id_number)
    award = town.record_of("tekun", found[1].id_number)
    with _writing(town) as w:
        doc = {
            "cycle": f"{town.year}Q4", "due_date": town.on(11, 30).isoformat(),
            "benefits": [{"key": "1", "award": award}],
        }  # fmt: skip
        record = town.office.save(w, "entitlement_check", doc, person=person)
        town.office.walk(w, record, ["list"])
    return True


def _late(town: Town) -> bool:
    found = _one(town, "dibao")
    if found:
        late = {"last_recheck_date": f"{town.year - 1}-11-02", "next_recheck_date": f"{town.year}-11-02"}
        _change_record(town, "dibao", found[1], {"until_date": f"{town.year}-11-02"}, **late)
    return found is not None


def _sex(town: Town) -> bool:
    found = _one(town, "tekun")
    if found:
        _change_person(town, found[1], sex="2" if found[1].sex == "1" else "1")
    return found is not None


def _elsewhere(town: Town) -> bool:
    found = _one(town, "tekun")
    if found:
        _change_person(town, found[1], hukou_village="511781100201")
    return found is not None


_RULES: dict[Plant, str] = {
    _subsidy_without_dibao: "C03", _grown_child: "C10", _relative: "C11", _bed_count: "C06", _shared_account: "C12",
    _old_standard: "C05", _dead: "C02", _certificate: "C07", _uncertified: "C08", _late: "C09", _sex: "C14",
    _elsewhere: "C16",
}  # fmt: skip
