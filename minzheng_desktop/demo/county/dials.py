"""How much of everything the demonstration county has: `resources/demo/county-2024.toml`, parted over townships."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

import msgspec

from minzheng_desktop.paths import resources_dir

T = TypeVar("T")

FILE = "demo/county-2024.toml"


class Dials(msgspec.Struct, frozen=True):
    """The file as read: `total` of the county at scale 1, `share` and `money` (yuan) of their own sections."""

    year: int
    seed: int
    total: Mapping[str, int]
    share: Mapping[str, float]
    money: Mapping[str, Any]

    def scaled(self, key: str, scale: float) -> int:
        """A total at a scale; what there is at all is there at least once."""
        whole = self.total[key]
        return (
            max(1, int((Decimal(whole) * Decimal(str(scale))).to_integral_value(ROUND_HALF_UP)))
            if whole
            else 0
        )


def load_dials() -> Dials:
    """The dials that the program brings along."""
    return msgspec.convert(tomllib.loads((resources_dir() / FILE).read_text("utf-8")), Dials)


def part(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in the proportion of the weights that sum to the total (largest remainder)."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    found = [int(share) for share in exact]
    order = sorted(range(len(weights)), key=lambda at: (found[at] - exact[at], at))
    for at in order[: total - sum(found)]:
        found[at] += 1
    return found


def slices(values: Sequence[T], counts: Sequence[int]) -> list[list[T]]:
    """The values in their order, the first count of them, then the next."""
    found, at = [], 0
    for count in counts:
        found.append(list(values[at : at + count]))
        at += count
    return found


def spread(total: int, count: int, *, least: int, most: int, turn: Sequence[float]) -> list[int]:
    """`count` numbers from least to most that sum to `total`; `turn` (0–1, one each) makes them differ.

    Raises ValueError where no such numbers are.
    """
    if not least * count <= total <= most * count:
        raise ValueError(f"{total} cannot be spread over {count} of {least} to {most}")
    found = [least] * count
    left = total - least * count
    order = sorted(range(count), key=lambda at: turn[at])
    while left:
        for at in order:
            room = min(left, most - found[at], 1 + int(turn[at] * 3))
            found[at] += room
            left -= room
            if not left:
                break
    return found
