"""疑似同一人 over 200,000 people of 25 townships in 70,000 households, 500 of them registered a second time.

The measure is what it costs to read every person's name and number alone, in the same run: the search may take eight
times that."""

from __future__ import annotations

import os
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from minzheng_desktop.county.people.duplicates import find_duplicates
from minzheng_desktop.store import schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number
from minzheng_desktop.values.ids import new_id
from tests.benchmarks.township import CHEAP, PASSWORD, timed

PEOPLE, TWICE = 200_000, 500
TOWNS = [f"500229{n:03d}" for n in range(100, 125)]
FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "世昌国峰秀英桂兰建华德才光碧启凤明芳丽娟小满应祥家玉淑珍大全永富长春"


def run() -> dict[str, Any]:
    path = Path(os.environ["MINZHENG_BENCH"]) / "duplicates.mz"
    store = Store.create(
        path, role="county", division="500229", user="唐敏", password=PASSWORD, cost=CHEAP, demonstration=True
    )[0]
    with store:
        _fill(store)
        p = schema.people.c
        query = sa.select(p.id, p.name, p.id_type, p.id_number, p.birth_date, p.phone).where(p.void == 0)

        def read() -> None:
            with store.reading() as r:
                r.connection.execute(query).all()

        find_duplicates(store)  # the pinyin tables are read once
        alone = min(timed(read) for _ in range(3))
        found = []
        seconds = min(timed(lambda: found.append(find_duplicates(store))) for _ in range(3))
    return {
        "work": f"find pairs that may be one person among {PEOPLE + TWICE:,}",
        "measured": seconds,
        "reach": 8 * alone,
        "unit": "s",
        "note": f"{found[0].open:,} pairs of {found[0].compared:,} compared",
    }


def _fill(store: Store) -> None:
    draw = random.Random(7)
    people: list[dict[str, Any]] = []
    homes: list[dict[str, Any]] = []
    members: list[dict[str, Any]] = []
    born_on: dict[date, int] = {}
    while len(people) < PEOPLE:
        owner, home, head = draw.choice(TOWNS), new_id(), ""
        for _ in range(draw.choice((1, 2, 3, 4, 4))):
            born = date(1930, 1, 1) + timedelta(days=draw.randrange(33_000))
            born_on[born] = born_on.get(born, 0) + 1
            person = new_id()
            people.append(
                {
                    "id": person, "owner": owner, "name": draw.choice(FAMILY) + draw.choice(GIVEN) + draw.choice(GIVEN),
                    "id_number": make_id_number("500229", born, born_on[born]), "birth_date": born.isoformat(),
                    "sex": draw.choice("12"), "phone": f"139{draw.randrange(10**8):08d}",
                }
            )  # fmt: skip
            relation = "20" if head else "02"
            head = head or person
            members.append({"owner": owner, "household": home, "person": person, "relation": relation})
        homes.append({"id": home, "owner": owner, "head": head})
    twins = [{**one, "id": new_id(), "owner": "500229099"} for one in draw.sample(people, TWICE)]
    with store.writing("fill") as w:
        w.put_many("people", [*people, *twins], fresh=True)
        w.put_many("households", homes, fresh=True)
        w.put_many("household_members", members)
