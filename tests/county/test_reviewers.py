"""Several reviewers on one county database: a server, two sessions, and who was quicker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa

from minzheng_desktop.county.presence import note_gone, note_present, people_at_work
from minzheng_desktop.county.radar import list_cases, run_radar
from minzheng_desktop.county.replies.decisions import Decided, decide, waiting_records
from minzheng_desktop.county.sampling import draw_sample, picked_samples
from minzheng_desktop.county.summary import sum_towns, summarise_towns, trend
from minzheng_desktop.store import schema, users
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.dates import clock_at
from minzheng_desktop.values.errors import UserError
from tests.county.ledgers import BASHAN, XIUQI, Ledgers
from tests.store.conftest import CHEAP, PASSWORD

HOW = {"kind": "return", "text": "缺户口簿", "number": ""}


@pytest.fixture
def second(server_office: Store, server: str) -> Iterator[Store]:
    users.add_user(server_office, name="李红", password=PASSWORD, roles=("county_reviewer",), cost=CHEAP)
    opened = Store.open_server(server, user="李红", password=PASSWORD)
    yield opened
    opened.close()


def waiting(store: Store, number: int, form: str = "dibao") -> list[str]:
    made = Ledgers(store, count=1000 * (form == "tekun"))
    with store.writing("test") as w:
        return [made.case(w, XIUQI, form, made.person(w, XIUQI)) for _ in range(number)]


def test_the_slower_reviewer_is_told_row_by_row(server_office: Store, second: Store) -> None:
    records = waiting(server_office, 4)
    with second.reading() as r:
        seen = {one.record: one.seen for one in waiting_records(r)}
    with clock_at("2026-06-18T09:12:00+08:00"):
        decide(server_office, records[:2], **HOW)
    made = decide(second, records, seen=seen, **HOW)
    assert len(made.ids) == 2
    assert [one.record for one in made.beaten] == records[:2]
    assert all("唐敏 2026-06-18 09:12 已决定“退回”" in one.why for one in made.beaten)


def test_two_at_the_same_time_decide_each_record_once(server_office: Store, second: Store) -> None:
    records = waiting(server_office, 30)
    results: list[Decided | UserError] = []
    start = threading.Barrier(2)

    def work(store: Store, order: list[str]) -> None:
        for at in range(0, len(order), 5):
            if not at:
                start.wait()
            try:
                results.append(decide(store, order[at : at + 5], **HOW))
            except UserError as error:
                results.append(error)  # all five had been decided

    threads = [
        threading.Thread(target=work, args=(server_office, records)),
        threading.Thread(target=work, args=(second, records[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    d = schema.decisions.c
    with server_office.reading() as r:
        decided = list(r.connection.execute(sa.select(d.record)).scalars())
    assert sorted(decided) == sorted(records)
    written = sum(len(one.ids) for one in results if isinstance(one, Decided))
    told = sum(len(one.beaten) if isinstance(one, Decided) else len(one.problems) for one in results)
    assert (written, told) == (30, 30), "each record once by the quicker one, told once to the slower"


def test_who_is_at_work(server_office: Store, second: Store) -> None:
    for store in (server_office, second, second):
        note_present(store)
    with server_office.reading() as r:
        assert sorted(people_at_work(r)) == ["唐敏", "李红"]
    with clock_at("2020-01-01T08:00:00+08:00"):
        note_present(second)  # said so last a long time ago
    with server_office.reading() as r:
        assert people_at_work(r) == ["唐敏"]
    note_gone(server_office)
    with second.reading() as r:
        assert people_at_work(r) == []


def test_board_radar_and_sample_on_a_server(server_office: Store, second: Store) -> None:
    made = Ledgers(server_office)
    with server_office.writing("test") as w:
        for owner, cents in ((XIUQI, 11_000), (BASHAN, 9_000)):
            person = made.person(w, owner)
            record = made.case(w, owner, "djr_care", person, state="active", since="2026-01")
            made.batch(
                w, owner, "djr_care", "2026-06", [(record, person, cents)], account_number="6217000000001"
            )
    waiting(server_office, 4, "tekun")
    drawn = draw_sample(second, "tekun", today=date(2026, 6, 18))
    run_radar(second, month="2026-06", today=date(2026, 6, 18))
    with server_office.reading() as r:
        assert [one.record for one in picked_samples(r)] == list(drawn.picked)
        towns = summarise_towns(r, month="2026-06")
        assert sum_towns(towns).total == 20_000
        assert sum(one.waiting for one in towns) == 4
        assert trend(r, month="2026-06").cents == {("2026-06", "残疾人两项补贴"): 20_000}
        shared = [case.cents for case in list_cases(r, month="2026-06", kind="shared")]
        assert shared == [20_000]
