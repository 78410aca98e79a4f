"""The dials parted over the townships: how many of everything each has, and the lists that go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from minzheng_desktop.demo.county.dials import Dials, part, slices, spread
from minzheng_desktop.demo.county.plants import TWICE_IN_DIBAO

_AMONG_DIBAO = (
    "linshi_times",
    "online_times",
    "offline_times",
    "goods_gifts",
    "djr_life",
    "djr_care",
    "elder_poor",
)
"""What people of 低保 receive: it is where they are."""
_AMONG_CHILDREN = ("casework", "class_meetings", "class_children")
_ORPHAN_MONTHS, _INSTITUTION_MONTHS = 1042, 22
"""Months paid to children in the year: 1042 × 1,500 + 22 × 1,700 = 1,600,400 yuan (domain §15, 160.04 万元)."""


def plans(
    dials: Dials, weights: Sequence[float], scale: float
) -> list[tuple[dict[str, int], dict[str, list[int]]]]:
    """For each township how many of everything, and the lists that go with it."""
    whole = {key: dials.scaled(key, scale) for key in dials.total}
    households = _at_least(
        part(whole["dibao_households"], weights), 2, [at for pair in TWICE_IN_DIBAO for at in pair]
    )
    parts: dict[str, list[int]] = {key: part(total, weights) for key, total in whole.items()}
    parts["dibao_households"] = households
    for key in _AMONG_DIBAO:
        parts[key] = part(whole[key], households)
    parts["single_persons"] = part(
        whole["single_persons"], [max(0, count - 2) or 0.001 for count in households]
    )
    for key in _AMONG_CHILDREN:
        parts[key] = part(whole[key], parts["leftbehind"])
    parts["dibao_persons"] = _held_by(whole["dibao_persons"], households)
    parts["edge_persons"] = _held_by(whole["edge_persons"], parts["edge_households"])
    lists = _lists(dials, whole, parts, scale)
    return [
        (
            {key: values[at] for key, values in parts.items()},
            {key: values[at] for key, values in lists.items()},
        )
        for at in range(len(weights))
    ]


def _at_least(counts: list[int], least: int, places: Sequence[int]) -> list[int]:
    """Counts of the same sum in which some places have at least so many, taken from the largest."""
    found = list(counts)
    for at in places:
        while at < len(found) and found[at] < least:
            found[max(range(len(found)), key=lambda place: found[place])] -= 1
            found[at] += 1
    return found


def _held_by(persons: int, households: Sequence[int]) -> list[int]:
    """Persons in proportion of their households, at least one each."""
    return part(persons, households)


def _lists(
    dials: Dials, whole: Mapping[str, int], parts: Mapping[str, list[int]], scale: float
) -> dict[str, list[list[int]]]:
    random = Random(dials.seed)
    children = whole["orphans"] + whole["defacto"]
    home = max(range(len(parts["orphans"])), key=lambda at: parts["orphans"][at])
    kept = 2 if children > 10 and parts["orphans"][home] >= 2 else 0
    months = round(_ORPHAN_MONTHS * (children - kept) / 120) if scale != 1 else _ORPHAN_MONTHS
    turn = [random.random() for _ in range(children - kept)]
    counts = spread(months, children - kept, least=5, most=12, turn=turn)
    orphans, defacto = list(parts["orphans"]), parts["defacto"]
    orphans[home] -= kept
    found: dict[str, list[list[int]]] = {"orphan_months": [], "defacto_months": []}
    for own, key in ((orphans, "orphan_months"), (defacto, "defacto_months")):
        for count in own:
            found[key].append(counts[:count])
            counts = counts[count:]
    found["institution_months"] = [
        [12, _INSTITUTION_MONTHS - 12] if kept and at == home else [] for at in range(len(orphans))
    ]
    awarded = next((at for at, count in enumerate(parts["student_orphans"]) if count), -1)
    found["special_award"] = [[1] if at == awarded else [] for at in range(len(orphans))]
    found["psych_months"] = [_months(random, count) for count in parts["psych_sessions"]]
    heads = part(whole["psych_children"], [1] * whole["psych_sessions"])
    found["psych_heads"] = slices(heads, parts["psych_sessions"])
    found["service_months"] = [_months(random, count) for count in parts["other_sessions"]]
    found["fixed_problems"] = [[1] if at < 2 else [] for at in range(len(orphans))]
    found["vagrant_months"] = [_months(random, count) for count in parts["vagrant_times"]]
    found["casework_months"] = [_months(random, count) for count in parts["casework"]]
    return found


def _months(random: Random, count: int) -> list[int]:
    return [random.randint(1, 12) for _ in range(count)]
