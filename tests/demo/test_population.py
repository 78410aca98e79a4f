"""The invented township: nobody twice, ages and relations that could be."""

from __future__ import annotations

from datetime import date
from itertools import islice

from minzheng_desktop.demo.population import HEAD, generate_households, generate_people
from minzheng_desktop.values.accounts import check_account
from minzheng_desktop.values.id_number import check_id_number

TODAY = date(2026, 11, 1)


def test_people_have_sound_and_distinct_id_numbers() -> None:
    people = list(generate_people(5_000, seed=7, today=TODAY))
    assert len({p.id_number for p in people}) == 5_000
    for person in people:
        check = check_id_number(person.id_number, today=TODAY)
        assert not check.problems
        assert (check.birth_date, check.sex) == (person.birth_date, person.sex)
        assert person.id_number.startswith("500229")


def test_the_same_seed_gives_the_same_people() -> None:
    assert list(generate_people(200, seed=3)) == list(generate_people(200, seed=3))
    assert list(generate_people(200, seed=3)) != list(generate_people(200, seed=4))


def test_households_have_one_grown_head_and_an_account_of_their_own() -> None:
    households = list(islice(generate_households(villages=["500229001001"], seed=5, today=TODAY), 500))
    assert len({h.account for h in households}) == 500
    for household in households:
        assert [m.relation for m in household.members].count(HEAD) == 1
        assert household.head.relation == HEAD
        assert (TODAY - household.head.birth_date).days > 18 * 365
        assert check_account(household.account)[1] == ()


def test_rare_characters_and_dotted_names_occur() -> None:
    names = [p.name for p in generate_people(5_000, seed=1)]
    assert any("·" in name for name in names)
    assert any(ord(character) > 0xFFFF for name in names for character in name)
