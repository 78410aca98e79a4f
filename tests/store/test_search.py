"""Finding people as clerks type, on both databases. Initials by hand: 欧阳𡋾 has no reading for 𡋾."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng_desktop.store import people
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number

TOWN = "500229106"
NUMBERS = [make_id_number("500229", date(1950 + i, 2, 3), 100 + i) for i in range(5)]
NAMES = ["罗成贵", "阿布都热依木·吐尔逊", "欧阳𡋾", "单小梅", "罗成桂"]


@pytest.fixture
def filled(store: Store) -> Store:
    with store.writing("save") as w:
        for name, number in zip(NAMES, NUMBERS, strict=True):
            w.put(
                "people", {"owner": TOWN, "name": name, "id_number": number, "phone": "1390000" + number[-4:]}
            )
    return store


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("罗成贵", ["罗成贵"]),
        ("成", ["罗成桂", "罗成贵"]),
        ("阿布都热依木吐尔逊", ["阿布都热依木·吐尔逊"]),
        ("阿布都热依木·吐", ["阿布都热依木·吐尔逊"]),
        ("𡋾", ["欧阳𡋾"]),
        ("lcg", ["罗成桂", "罗成贵"]),
        ("sxm", ["单小梅"]),
        ("LC", ["罗成桂", "罗成贵"]),
        (NUMBERS[0], ["罗成贵"]),
        (NUMBERS[1][:14], ["阿布都热依木·吐尔逊"]),
        (NUMBERS[2][-4:], ["欧阳𡋾"]),
        (NUMBERS[2][-4:].lower(), ["欧阳𡋾"]),
        ("1390000" + NUMBERS[3][-4:], ["单小梅"]),
        ("查无此人", []),
        ("", []),
        ('"*() OR NEAR', []),
    ],
)
def test_found_as_typed(filled: Store, typed: str, found: list[str]) -> None:
    with filled.reading() as r:
        assert [hit.name for hit in people.find_people(r, typed)] == found


def test_a_new_name_is_found_and_the_old_one_not(filled: Store) -> None:
    with filled.reading() as r:
        hit = people.find_people(r, "单小梅")[0]
    with filled.writing("save") as w:
        w.put("people", {"id": hit.id, "name": "单晓梅"})
    with filled.reading() as r:
        assert people.find_people(r, "单小梅") == []
        assert [h.id for h in people.find_people(r, "单晓梅")] == [hit.id]
    with filled.writing("void") as w:
        w.void("people", hit.id)
    with filled.reading() as r:
        assert people.find_people(r, "单晓梅") == []
