"""Find a person among 200,000: every keystroke of typing names, initials and numbers."""

from __future__ import annotations

from itertools import islice
from typing import Any

from minzheng_desktop.demo.population import generate_people
from minzheng_desktop.store.people import find_people
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.names import name_key, pinyin_initials
from tests.benchmarks.township import PASSWORD, PEOPLE, TODAY, big_township, p95, timed


def run() -> dict[str, Any]:
    store = Store.open(big_township(), user="甲", password=PASSWORD)
    typed: list[str] = []
    for person in islice(generate_people(PEOPLE, seed=1, today=TODAY), 0, 4_000, 100):
        for whole in (
            name_key(person.name),
            pinyin_initials(person.name),
            person.id_number,
            person.id_number[-4:],
        ):
            typed += [whole[:n] for n in range(1, len(whole) + 1)]
    seconds = []
    with store.reading() as r:
        for text in typed[:20]:
            find_people(r, text, limit=50)  # the first page of the file is read before anybody types
        for text in typed:
            seconds.append(timed(lambda text=text: find_people(r, text, limit=50)))  # type: ignore[misc]
    store.close()
    return {
        "work": f"find a person among {PEOPLE:,}, keystroke to filled list, p95",
        "measured": p95(seconds) * 1000,
        "reach": 16,
        "unit": "ms",
        "note": f"{len(seconds)} keystrokes, slowest {max(seconds) * 1000:.1f} ms",
    }
