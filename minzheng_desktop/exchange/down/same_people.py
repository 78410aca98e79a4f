"""What a township does when the county says that two entries are one person, or are not.

Its own rows stay as they are: it is told whom and what (`told_people`). Two entries of its own are counted as one
person from then on (`identities`); which of them goes on is the clerk's to settle.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.down.ruled import NotYet, Ruling, ruling_of
from minzheng_desktop.store import identities, schema

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

SAME_PERSON, OTHER_PERSON = "same_person", "other_person"


class ToldPerson(msgspec.Struct, frozen=True):
    """Somebody of this township whom the county found to be on file twice: the other entry's town, name and
    benefits in force; `own` where the other entry is this township's too."""

    ruling: str
    person: str
    name: str
    other_town: str
    other_name: str
    benefits: tuple[str, ...]
    own: bool
    text: str
    by: str
    at: str

    def sentence(self) -> str:
        """姚世昌：县局认定与本县修齐镇的姚世昌是同一人，那边在享：农村低保。"""
        where = "本乡镇另一条登记" if self.own else f"本县{self.other_town}"
        drawn = (
            f"，{'那条登记' if self.own else '那边'}在享：{'、'.join(self.benefits)}" if self.benefits else ""
        )
        why = f"（{self.text}）" if self.text else ""
        return (
            f"{self.name}：县局认定与{where}的{self.other_name}是同一人{drawn}{why}。请核对有没有重复享受。"
        )


def told_people(r: Reading) -> list[ToldPerson]:
    """The people of this township whom the county's rulings in force join to another entry, newest first."""
    u = schema.rulings
    latest: dict[tuple[str, str], Ruling] = {}
    query = sa.select(u).where(u.c.void == 0, u.c.kind.in_((SAME_PERSON, OTHER_PERSON)))
    for row in r.rows(query.order_by(u.c.at, u.c.id)):
        one = ruling_of(row)
        latest[one.subject, one.other or ""] = one
    standing = [one for one in latest.values() if one.kind == SAME_PERSON]
    people = r.get_many("people", {one.subject for one in standing})
    found = [
        ToldPerson(
            ruling=one.id, person=one.subject, name=people[one.subject]["name"], other_town=one.more["town"],
            other_name=one.more["name"], benefits=tuple(one.more["benefits"]),
            own=one.more["division"] == one.owner, text=one.text or "", by=one.by or "", at=one.at,
        )
        for one in standing
        if one.subject in people
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.at, reverse=True)


def join_people(w: Writing, ruling: Ruling, today: date) -> None:
    """The effect of a ruling of kind `same_person`."""
    _keep(w, ruling, "merged")


def part_people(w: Writing, ruling: Ruling, today: date) -> None:
    """The effect of a ruling of kind `other_person`."""
    _keep(w, ruling, "distinct")


def _keep(w: Writing, ruling: Ruling, state: str) -> None:
    """Join or part two entries of this township in its figures; of another's entry there is no row here. Raises NotYet
    while one of its own is still with another laptop."""
    both = (ruling.subject, ruling.other or "")
    if len(w.get_many("people", both)) < 2:
        if ruling.more.get("division") == ruling.owner:
            raise NotYet("not_here_yet", "认定的两条里有一条还没有到本机，读到另一台电脑的包后自动落实。")
        return
    low, high = sorted(both)
    pair = schema.person_pairs.c
    w.delete("person_pairs", pair.low == low, pair.high == high)
    facts = {"rule": "ruling", "class": "strict", "agree": [], "differ": [], "seen": ruling.id}
    said = {"text": ruling.text, "at": ruling.at, "by": ruling.by}
    w.insert("person_pairs", [{"low": low, "high": high, "state": state, "score": 0, "facts": facts, **said}])
    identities.rejoin(w, both)
