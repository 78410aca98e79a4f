"""疑似同一人: pairs of the register, what people say of them, and what follows."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.checks.doubles import find_doubles
from minzheng_desktop.checks.finding import Scope
from minzheng_desktop.county.people.candidates import load_entries
from minzheng_desktop.county.people.duplicate_rules import shipped_rules
from minzheng_desktop.county.people.duplicates import (
    DISTINCT,
    MERGED,
    find_duplicates,
    keep_apart,
    list_pairs,
    merge_pairs,
)
from minzheng_desktop.county.people.likeness import compare
from minzheng_desktop.county.people.side_by_side import compare_pair
from minzheng_desktop.reports.indicators import figures_of_year
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import make_id_number
from tests.reports.offices import COUNTY, NORTH, PASSWORD, SOUTH, TODAY, County

YAO = make_id_number(COUNTY, date(1962, 3, 4), 31)
BIRTHS = (date(1962, 3, 4), date(1962, 4, 3), date(1970, 7, 8))
OTHER = make_id_number(COUNTY, date(1971, 8, 9), 32)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a county's empty database, made once."""
    folder = tmp_path_factory.mktemp("empty")
    County(folder / "县局.mz").store.close()
    return folder


@pytest.fixture
def county(empty: Path, tmp_path: Path) -> Iterator[County]:
    for file in empty.iterdir():
        shutil.copy(file, tmp_path / file.name)
    store = Store.open(tmp_path / "县局.mz", password=PASSWORD)
    yield County(tmp_path / "县局.mz", store=store)
    store.close()


def enter(store: Store, name: str, owner: str, **more: Any) -> str:
    """An entry of the register as a township's package brought it."""
    body = {"owner": owner, "name": name, "id_type": "01", "birth_date": "1962-03-04", "sex": "1", **more}
    with store.writing("test") as w:
        return w.put("people", body)


def house(store: Store, owner: str, head: str, *others: str) -> str:
    with store.writing("test") as w:
        home = w.put("households", {"owner": owner, "head": head})
        for person, relation in ((head, "02"), *((one, "20") for one in others)):
            w.put(
                "household_members",
                {"owner": owner, "household": home, "person": person, "relation": relation},
            )
    return home


def account(store: Store, owner: str, person: str, number: str) -> None:
    with store.writing("test") as w:
        w.put("bank_accounts", {"owner": owner, "person": person, "number": number, "name": "户名"})


def old_form(number: str) -> str:
    """The number of 15 digits of before 1999: without the century and the check character (GB 11643-1989)."""
    return number[:6] + number[8:17]


def pairs(store: Store) -> list[Any]:
    find_duplicates(store)
    with store.reading() as r:
        return list_pairs(r)


def test_fifteen_and_eighteen_digits_are_one_number(county: County) -> None:
    one = enter(county.store, "姚世昌", NORTH, id_number=YAO)
    other = enter(county.store, "姚世昌", SOUTH, id_number=old_form(YAO))
    (pair,) = pairs(county.store)
    assert {pair.low, pair.high} == {one, other}
    assert (pair.rule, pair.class_) == ("same_number", "strict")
    assert {"id_number", "name", "birth_date", "sex"} <= set(pair.agree)
    assert pair.differ == ()


def test_the_check_character_may_be_a_small_x(county: County) -> None:
    # 11010519491231002X is the example of GB 11643-1999; its check character is X
    enter(county.store, "段应吉", NORTH, id_number="11010519491231002X", birth_date="1949-12-31", sex="2")
    enter(county.store, "段应吉", SOUTH, id_number="11010519491231002x", birth_date="1949-12-31", sex="2")
    assert [one.rule for one in pairs(county.store)] == ["same_number"]


def test_one_fact_alone_is_no_pair(county: County) -> None:
    """AND, never OR: the same name, the same birthday, the same telephone or the same account alone list nobody."""
    a = enter(county.store, "姚世昌", NORTH, id_number=YAO, phone="13800000001")
    b = enter(county.store, "姚世昌", SOUTH, id_number=OTHER, birth_date="1971-08-09")
    c = enter(county.store, "覃光碧", SOUTH, birth_date="1962-03-04", sex="2")
    d = enter(county.store, "冉启凤", SOUTH, birth_date="1980-01-01", phone="13800000001")
    for one in (a, d):
        account(county.store, NORTH, one, "6217000000000000001")
    assert pairs(county.store) == []
    del b, c


def test_a_missing_number_needs_a_third_fact(county: County) -> None:
    enter(county.store, "姚世昌", NORTH, id_number=YAO)
    other = enter(county.store, "姚世昌", SOUTH)
    assert pairs(county.store) == []
    with county.store.writing("test") as w:
        for row in w.rows(sa.select(schema.people.c.id)):
            w.put("people", {"id": row["id"], "phone": "13800000009"})
    (pair,) = pairs(county.store)
    assert (pair.rule, "phone" in pair.agree) == ("number_missing", True)
    with county.store.writing("test") as w:
        w.put("people", {"id": other, "sex": "2"})
    assert pairs(county.store) == [], "another sex contradicts, and the pair leaves the list by itself"


def test_variants_readings_and_former_names(county: County) -> None:
    number, second, third = (make_id_number(COUNTY, date(1962, 3, 4), n) for n in (41, 43, 45))
    enter(county.store, "吴国峰", NORTH, id_number=number)
    enter(county.store, "吳國峯", SOUTH, id_number=number)
    enter(county.store, "罗应祥", NORTH, id_number=second)
    enter(county.store, "罗英祥", SOUTH, id_number=second)
    renamed = enter(county.store, "陶家碧", NORTH, id_number=third)
    enter(county.store, "陶家碧", SOUTH, id_number=third)
    with county.store.writing("test") as w:
        w.put("people", {"id": renamed, "name": "陈玉兰"})
    found = {one.rule: one for one in pairs(county.store)}
    assert found["same_number"].agree[:2] == ("id_number", "name_variant")
    assert {one.agree[1] for one in pairs(county.store) if one.rule == "number_and_sound"} == {
        "name_sound",
        "name_former",
    }


def test_a_slip_of_the_pen_in_the_number(county: County) -> None:
    slipped = YAO[:14] + str((int(YAO[14]) + 1) % 10) + YAO[15:]
    enter(county.store, "姚世昌", NORTH, id_number=YAO)
    enter(county.store, "姚世昌", SOUTH, id_number=slipped)
    (pair,) = pairs(county.store)
    assert (pair.rule, "id_near" in pair.agree, "id_number" in pair.differ) == ("number_mistyped", True, True)


def test_the_same_household_twice(county: County) -> None:
    """A child without a number, in the same family in two townships: head and another member are shared."""
    wife = make_id_number(COUNTY, date(1965, 5, 6), 52)
    for owner in (NORTH, SOUTH):
        head = enter(county.store, "姚世昌", owner, id_number=YAO)
        mother = enter(county.store, "向才凤", owner, id_number=wife, birth_date="1965-05-06", sex="2")
        child = enter(county.store, "姚小满", owner, birth_date="2026-05-21", sex="2")
        house(county.store, owner, head, mother, child)
    found = {one.rule: one for one in pairs(county.store)}
    assert sorted(found) == ["number_missing", "same_number"]
    assert {"head", "members"} <= set(found["number_missing"].agree)
    assert {"members"} <= set(found["same_number"].agree)


def test_within_one_township_too(county: County) -> None:
    enter(county.store, "姚世昌", NORTH, id_number=YAO)
    enter(county.store, "姚世昌", NORTH, id_number=old_form(YAO))
    (pair,) = pairs(county.store)
    merge_pairs(county.store, [(pair.low, pair.high)], text="重复登记")
    assert [(r["owner"], r["subject"], r["other"]) for r in rulings(county.store)] == [
        (NORTH, pair.low, pair.high)
    ], "one township, one ruling"


def rulings(store: Store) -> list[dict[str, Any]]:
    with store.reading() as r:
        return r.rows(sa.select(schema.rulings).order_by(schema.rulings.c.at, schema.rulings.c.id))


def identity_rows(store: Store) -> dict[str, str]:
    with store.reading() as r:
        return {row["person"]: row["identity"] for row in r.rows(sa.select(schema.identities))}


@pytest.mark.both
def test_merging_joins_rules_and_counts_once(county: County) -> None:
    """Two entries under two numbers draw 低保 in two townships; the county counts one person once they are merged."""
    north = enter(county.store, "姚世昌", NORTH, id_number=YAO, phone="13800000001")
    south = enter(county.store, "姚世昌", SOUTH, id_number=OTHER, phone="13800000001")
    county.dibao([north], month="2025-01")
    county.dibao([south], SOUTH, month="2025-02")
    (pair,) = pairs(county.store)
    assert pair.rule == "two_numbers"
    before = people_in(county, "dibao_persons")
    rows = rows_of(county.store)
    merge_pairs(county.store, [(north, south)], text="公安核实")
    assert rows_of(county.store) == rows, "no row of a township is rewritten"
    assert (before, people_in(county, "dibao_persons")) == (2, 1)
    assert identity_rows(county.store) == dict.fromkeys((north, south), min(north, south))
    told = {row["owner"]: row for row in rulings(county.store)}
    assert (told[NORTH]["subject"], told[NORTH]["other"], told[NORTH]["kind"]) == (
        north,
        south,
        "same_person",
    )
    assert told[NORTH]["more"]["benefits"] == [county.store.catalog.forms["dibao"].title]
    assert told[SOUTH]["more"]["division"] == NORTH
    keep_apart(county.store, [(north, south)], text="查错了，是两兄弟")
    assert people_in(county, "dibao_persons") == 2
    assert identity_rows(county.store) == {}
    assert [row["kind"] for row in rulings(county.store)] == ["same_person"] * 2 + ["other_person"] * 2


def people_in(county: County, key: str) -> Any:
    with county.store.reading() as r:
        return figures_of_year(r, 2025, only=[key]).figures[key].value


def rows_of(store: Store) -> list[tuple[Any, ...]]:
    with store.reading() as r:
        return [
            tuple(row) for row in r.connection.execute(sa.select(schema.people).order_by(schema.people.c.id))
        ]


def test_groups_of_three_fall_apart_at_the_right_place(county: County) -> None:
    a, b, c = (
        enter(county.store, "姚世昌", owner, id_number=YAO, birth_date="1962-03-04")
        for owner in (NORTH, SOUTH, "500229102")
    )
    assert len(pairs(county.store)) == 3
    merge_pairs(county.store, [(a, b), (b, c)], text="")
    assert set(identity_rows(county.store).values()) == {min(a, b, c)}
    keep_apart(county.store, [(b, c)], text="不是")
    assert identity_rows(county.store) == dict.fromkeys((a, b), min(a, b))


def test_what_is_said_may_not_contradict_itself(county: County) -> None:
    """a = b and b = c leave no room for a ≠ c; where a ≠ c was said first, the second of the merges is refused."""
    a, b, c = (enter(county.store, "姚世昌", owner, id_number=YAO) for owner in (NORTH, SOUTH, "500229102"))
    find_duplicates(county.store)
    merge_pairs(county.store, [(a, b), (b, c)])
    with pytest.raises(UserError) as refused:
        keep_apart(county.store, [(a, c)], text="不是")
    assert refused.value.code == "contradiction"
    assert len(identity_rows(county.store)) == 3
    keep_apart(county.store, [(b, c)], text="不是")
    keep_apart(county.store, [(a, c)], text="不是")
    assert identity_rows(county.store) == dict.fromkeys((a, b), min(a, b))
    d = enter(county.store, "姚世昌", "500229103", id_number=YAO)
    find_duplicates(county.store)
    merge_pairs(county.store, [(a, d)])
    with pytest.raises(UserError) as refused:
        merge_pairs(county.store, [(c, d)])
    assert refused.value.code == "contradiction"
    assert set(identity_rows(county.store)) == {a, b, d}


def test_not_the_same_is_remembered_until_the_facts_change(county: County) -> None:
    north = enter(county.store, "姚世昌", NORTH, id_number=YAO)
    south = enter(county.store, "姚世昌", SOUTH, id_number=YAO)
    find_duplicates(county.store)
    keep_apart(county.store, [(south, north)], text="证号录错，另一人证号待查")
    assert pairs(county.store) == []
    with county.store.writing("test") as w:
        w.put("people", {"id": south, "more": {"remark": "无关的改动"}})
    assert pairs(county.store) == [], "nothing that was compared has changed"
    with county.store.writing("test") as w:
        w.put("people", {"id": south, "birth_date": "1963-03-04"})
    (pair,) = pairs(county.store)
    assert "唐敏" in pair.again
    assert "证号录错" in pair.again


def test_a_run_touches_nothing_the_second_time(county: County) -> None:
    enter(county.store, "姚世昌", NORTH, id_number=YAO)
    gone = enter(county.store, "姚世昌", SOUTH, id_number=YAO)
    first = find_duplicates(county.store)
    assert (first.open, first.new, first.gone) == (1, 1, 0)
    second = find_duplicates(county.store)
    assert (second.open, second.new, second.gone) == (1, 0, 0)
    with county.store.writing("test") as w:
        w.void("people", gone)
    third = find_duplicates(county.store)
    assert (third.open, third.gone) == (0, 1)


def test_in_bulk_only_the_strictest(county: County) -> None:
    for n in (61, 63):
        number = make_id_number(COUNTY, date(1962, 3, 4), n)
        enter(county.store, f"姚世{'昌德'[n // 63]}", NORTH, id_number=number)
        enter(county.store, f"姚世{'昌德'[n // 63]}", SOUTH, id_number=number)
    sounds = make_id_number(COUNTY, date(1962, 3, 4), 65)
    enter(county.store, "罗应祥", NORTH, id_number=sounds)
    enter(county.store, "罗英祥", SOUTH, id_number=sounds)
    found = pairs(county.store)
    with pytest.raises(UserError, match="成批认定只用于") as refused:
        merge_pairs(county.store, [(one.low, one.high) for one in found], text="")
    assert refused.value.code == "not_strict"
    assert identity_rows(county.store) == {}
    assert merge_pairs(county.store, [(one.low, one.high) for one in found if one.strict], text="") == 2
    with county.store.reading() as r:
        assert [one.rule for one in list_pairs(r)] == ["number_and_sound"]
        assert len(list_pairs(r, states=(MERGED,))) == 2
        assert list_pairs(r, states=(DISTINCT,)) == []


def test_refusals(county: County) -> None:
    one = enter(county.store, "姚世昌", NORTH, id_number=YAO)
    two = enter(county.store, "姚世昌", SOUTH, id_number=YAO)
    with pytest.raises(UserError) as unknown:
        merge_pairs(county.store, [(one, two)], text="")
    assert unknown.value.code == "no_such_pair"
    find_duplicates(county.store)
    with pytest.raises(UserError) as silent:
        keep_apart(county.store, [(one, two)], text=" ")
    assert silent.value.code == "reason_missing"
    merge_pairs(county.store, [(one, two)], text="")
    with pytest.raises(UserError) as again:
        merge_pairs(county.store, [(one, two)], text="")
    assert again.value.code == "not_open"


def test_side_by_side(county: County) -> None:
    """低保 of 500 and 420 yuan in 2026-01, only in the north in 2026-02: one month was paid twice, 420 yuan of it."""
    north = enter(county.store, "姚世昌", NORTH, id_number=YAO, phone="13800000001")
    south = enter(county.store, "姚世昌", SOUTH, id_number=YAO, phone="13900000002")
    records = [county.dibao([north], month="2025-12"), county.dibao([south], SOUTH, month="2025-12")]
    county.pay("dibao", "2026-01", {records[0]: 50_000})
    county.pay("dibao", "2026-01", {records[1]: 42_000}, SOUTH)
    county.pay("dibao", "2026-02", {records[0]: 50_000})
    find_duplicates(county.store)
    with county.store.reading() as r:
        found = compare_pair(r, south, north, month="2026-03")
    verdicts = {row.key: row.verdict for row in found.facts}
    assert (verdicts["id_number"], verdicts["name"], verdicts["phone"]) == ("agrees", "agrees", "differs")
    assert [(one.month, one.left, one.right, len(one.both)) for one in found.months] == [
        ("2026-02", 50_000, 0, 0),
        ("2026-01", 50_000, 42_000, 1),
    ]
    assert found.doubled == 42_000
    assert [one.form for one in found.left.benefits] == ["dibao"]
    shown = " ".join(f"{row.left}{row.right}" for row in found.facts)
    assert YAO not in shown, "numbers are masked"
    assert "13800000001" not in shown


def test_merged_people_are_one_for_the_checks_and_parted_ones_two(county: County) -> None:
    """低保 in two townships under two numbers: C01 sees it once they are merged, and no longer when that is taken back;
    under one number it is seen until they are said to be two people."""
    north = enter(county.store, "姚世昌", NORTH, id_number=YAO, phone="13800000001")
    south = enter(county.store, "姚世昌", SOUTH, id_number=OTHER, phone="13800000001")
    for person, owner in ((north, NORTH), (south, SOUTH)):
        county.dibao([person], owner, month="2025-01")
    find_duplicates(county.store)
    assert doubled(county) == []
    merge_pairs(county.store, [(north, south)])
    assert doubled(county) == [{north, south}]
    keep_apart(county.store, [(north, south)], text="两个人")
    assert doubled(county) == []
    with county.store.writing("test") as w:
        w.put("people", {"id": south, "id_number": YAO})
    assert doubled(county) == [], "the county has said that they are two"


def doubled(county: County) -> list[set[str]]:
    with county.store.reading() as r:
        found = find_doubles(Scope(r, month="2025-06", today=TODAY))
        return [set(one.persons) for one in found]


@pytest.mark.parametrize("seed", [1, 2])
def test_pairs_are_found_by_keys_as_by_comparing_all_with_all(county: County, seed: int) -> None:
    """The keys are a short cut and nothing else: 70 entries made from few facts, compared each with each."""
    draw = random.Random(seed)
    numbers = [make_id_number(COUNTY, BIRTHS[n % 3], n) for n in range(40, 46)]
    slipped = [number[:14] + str((int(number[14]) + 3) % 10) + number[15:] for number in numbers]
    free = {owner: [*numbers, *slipped, *map(old_form, numbers)] for owner in (NORTH, SOUTH, "500229102")}
    people = []
    for _ in range(70):
        owner = draw.choice(list(free))
        number = (
            free[owner].pop(draw.randrange(len(free[owner]))) if free[owner] and draw.random() < 0.4 else None
        )
        one = enter(
            county.store, draw.choice(["姚世昌", "姚世倡", "姚士昌", "吴国峰", "吳國峯", "陶家碧"]), owner,
            id_number=number, birth_date=draw.choice(["", *(day.isoformat() for day in BIRTHS)]),
            sex=draw.choice("012"), phone=draw.choice([None, "13800000001", "13800000002", "13800000003"]),
        )  # fmt: skip
        people.append(one)
        if draw.random() < 0.3:
            account(county.store, owner, one, draw.choice(["6217000000000000001", "6217000000000000002"]))
    for owner in free:
        mine = [one for one in people if owner_of(county.store, one) == owner]
        house(county.store, owner, *mine[:3])
    rules = shipped_rules()
    with county.store.reading() as r:
        entries = load_entries(r, people)
    expected = {
        (low, high): rule.key
        for low, high in combinations(sorted(people), 2)
        if (rule := rules.first(compare(entries[low], entries[high], rules.variants))) is not None
    }
    found = {(one.low, one.high): one.rule for one in pairs(county.store)}
    assert found == expected
    assert len(set(expected.values())) >= 5, "many rules are met"


def owner_of(store: Store, person: str) -> str:
    with store.reading() as r:
        row = r.get("people", person)
    assert row is not None
    return str(row["owner"])
