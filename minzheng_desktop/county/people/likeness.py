"""How two entries of the register compare, fact by fact; pure."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from minzheng_desktop.county.people.duplicate_rules import FACTS, Verdicts
from minzheng_desktop.values.id_number import convert_15
from minzheng_desktop.values.names import name_key

ID_CARD = "01"
_OLD = 15
_DAY = len("2000-01-01")
_SEXES = ("1", "2")
ALIVE = "1"


class Entry(msgspec.Struct, frozen=True):
    """One person of the register, with what is compared. Empty text is unknown.

    `number` is normalised and carries its kind of document; `accounts` numbers in force; `former` names that it had;
    `head` and `members` name the people of its households, by number where there is one, else by name and birth.
    """

    id: str
    owner: str
    name: str
    number: str = ""
    birth_date: str = ""
    sex: str = ""
    phone: str = ""
    village: str = ""
    alive: str = ALIVE
    accounts: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    head: str = ""
    members: frozenset[str] = frozenset()


def number_key(id_type: str | None, number: str | None) -> str:
    """One text for a document: "01:" and 18 digits for resident cards in either length, empty for none.

    GB 11643-1999: the old number with 19 after the sixth digit, and the check character.
    """
    if not number:
        return ""
    text = number.strip().upper()
    kind = id_type or ID_CARD
    if kind == ID_CARD and len(text) == _OLD and text.isdigit() and text[0] != "0":
        text = convert_15(text)
    return f"{kind}:{text}"


@lru_cache(maxsize=100_000)
def sound_key(name: str) -> str:
    """The reading of a name without tones, "张三" → "zhangsan"; letters stand as they are. Loads pypinyin once."""
    return "".join(map(_sound, name_key(name)))


@lru_cache(maxsize=20_000)
def _sound(c: str) -> str:
    if c.isascii():
        return c.lower() if c.isalnum() else ""
    from pypinyin import Style, lazy_pinyin

    read = lazy_pinyin(c, style=Style.NORMAL, errors="ignore")
    return read[0].replace("ü", "v") if read and read[0] else c


def near_numbers(one: str, other: str) -> bool:
    """Whether two number keys are resident cards of 18 digits with one digit, or two neighbours, written otherwise.

    The check character follows from the others and is left out, unless it alone differs.
    """
    card = f"{ID_CARD}:"
    if one == other or not (one.startswith(card) and other.startswith(card)):
        return False
    a, b = one[len(card) :], other[len(card) :]
    if len(a) != 18 or len(b) != 18:
        return False
    places = [n for n in range(17) if a[n] != b[n]]
    if len(places) <= 1:
        return True
    if len(places) != 2 or places[1] != places[0] + 1:
        return False
    first, second = places
    return a[first] == b[second] and a[second] == b[first]


def person_key(number: str, name: str, birth_date: str) -> str:
    """Who somebody is for households: the number, else name and birth to the day; empty where neither is known."""
    if number:
        return number
    return f"{name_key(name)}/{birth_date}" if len(birth_date) == _DAY else ""


def compare(one: Entry, other: Entry, variants: dict[int, str]) -> Verdicts:
    """Fact → agrees (True) or contradicts (False); unknown on one side is left out. Symmetric."""
    found: dict[str, bool] = {}
    if one.number and other.number:
        if _kind(one.number) == _kind(other.number):
            found["id_number"] = one.number == other.number
        if near_numbers(one.number, other.number):
            found["id_near"] = True
    _compare_names(found, one, other, variants)
    if len(one.birth_date) == len(other.birth_date) == _DAY:
        found["birth_date"] = one.birth_date == other.birth_date
    if one.sex in _SEXES and other.sex in _SEXES:
        found["sex"] = one.sex == other.sex
    if one.phone and other.phone:
        found["phone"] = one.phone == other.phone
    if one.village and other.village:
        found["village"] = one.village == other.village
    if one.accounts and other.accounts:
        found["account"] = bool(one.accounts & other.accounts)
    if one.head and other.head:
        found["head"] = one.head == other.head
    own = {person_key(e.number, e.name, e.birth_date) for e in (one, other)}
    here, there = one.members - own, other.members - own
    if here and there:
        found["members"] = bool(here & there)
    if one.alive != other.alive:
        found["alive"] = False
    return {fact: found[fact] for fact in FACTS if fact in found}


def _compare_names(found: dict[str, bool], one: Entry, other: Entry, variants: dict[int, str]) -> None:
    here, there = name_key(one.name), name_key(other.name)
    if not here or not there:
        return
    if here == there:
        found["name"] = True
        return
    if here.translate(variants) == there.translate(variants):
        found["name_variant"] = True
    if sound_key(one.name) == sound_key(other.name):
        found["name_sound"] = True
    if here in _compared(other.former) or there in _compared(one.former):
        found["name_former"] = True
    if not found.keys() & {"name_variant", "name_sound", "name_former"}:
        found["name"] = False


def _compared(names: frozenset[str]) -> set[str]:
    """Names as they are compared."""
    return {name_key(name) for name in names}


def _kind(number: str) -> str:
    return number.partition(":")[0]
