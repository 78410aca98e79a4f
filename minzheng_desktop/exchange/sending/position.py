"""Where a township's chain of packages stands: its epoch, the last number, what is packed, what the county has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.exchange.files.enrolment import CHAIN_SETTING
from minzheng_desktop.exchange.files.package import Count, Opened, Sealed
from minzheng_desktop.exchange.sending import outbox
from minzheng_desktop.exchange.sending.compare import RANGES, range_of

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

SUFFIX = ".mzpkg"


class Chain(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the chain stands. `packed_to` is a sequence number of `versions`, the others package numbers.

    After a comparison with the county, changes up to `compared_to` are packed only where their row lies in a range
    of `again` (by table, of so many `ranges`, see `compare`): the county holds the others. `mark` is in the names of
    packages after the county confirmed a new epoch: their numbers may have stood on other files before. `behind` is
    the envelope digest of the package that the first of this epoch follows, "" where it follows none.
    """

    epoch: str
    last_number: int = 0
    last_envelope: str = ""
    packed_to: int = 0
    acknowledged_to: int = 0
    compared_to: int = 0
    again: dict[str, list[int]] = {}
    ranges: dict[str, int] = {}
    mark: str = ""
    behind: str = ""

    def holds_back(self, seq: int, table: str, row_id: str) -> bool:
        """True for a change that the county has already, as a comparison showed."""
        ranges = self.ranges.get(table, RANGES)
        return seq <= self.compared_to and range_of(row_id, ranges) not in self.again.get(table, ())


def file_name(division: str, letter: str, number: int, *, mark: str = "") -> str:
    """The name of a package on a stick, such as 500229211A_0044.mzpkg; with the chain's mark 500229211A续3f2a_0044."""
    return f"{division}{letter}{f'续{mark}' if mark else ''}_{number:04d}{SUFFIX}"


def read_chain(r: Reading) -> Chain:
    """Where this township's chain stands; a new one starts at the site's epoch."""
    stored = r.setting(CHAIN_SETTING)
    return Chain(epoch=r.store.site.epoch) if stored is None else msgspec.convert(stored, Chain)


def keep_chain(w: Writing, chain: Chain) -> None:
    """Store where the chain stands."""
    w.set_setting(CHAIN_SETTING, msgspec.to_builtins(chain))


def is_paused(r: Reading) -> bool:
    """True after a restore: the site has a new epoch that the county has not confirmed."""
    return read_chain(r).epoch != r.store.site.epoch


def enter_package(
    w: Writing,
    chain: Chain,
    sealed: Sealed | Opened,
    *,
    name: str,
    to_seq: int,
    counts: dict[str, Count],
    seen: int = 0,
) -> dict[str, Any]:
    """Enter the next package into the outbox and move the chain behind it; returns the row.

    `seen` is the standing of the county that the package says was read.
    """
    number = chain.last_number + 1
    row = {
        "number": number,
        "epoch": chain.epoch,
        "file": name,
        "digest": sealed.digest,
        "envelope_digest": sealed.envelope_digest,
        "from_seq": chain.packed_to,
        "to_seq": to_seq,
        "state": outbox.WAITING,
        "at": w.at,
        "counts": msgspec.to_builtins(counts),
        "more": {"seen": seen} if seen else {},
    }
    w.insert("outbox", [row])
    moved = msgspec.structs.replace(
        chain, last_number=number, last_envelope=sealed.envelope_digest, packed_to=to_seq
    )
    keep_chain(w, moved)
    return row
