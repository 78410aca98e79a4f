"""How a township's chain stands: its packages one by one, what is wrong, and the one next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.exchange.files.enrolment import membership
from minzheng_desktop.exchange.judging.early import number_words
from minzheng_desktop.exchange.sending.chain import is_paused, read_chain, unpacked_changes, why_paused
from minzheng_desktop.exchange.sending.outbox import Sent, sent_packages
from minzheng_desktop.exchange.sending.trouble import Trouble, county_word, troubles

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

ENROL, CONFIRM, COPY, EXPORT, RECEIPT, NOTHING = "enrol", "confirm", "copy", "export", "receipt", "nothing"


class Next(msgspec.Struct, frozen=True):
    """The next step: a stable code and what the clerk is to do."""

    code: str
    words: str


class Standing(msgspec.Struct, frozen=True):
    """Where the chain stands. `waiting` changes are not packed yet; `applied_to` is the last number that the county
    has in order, `packages` are newest first."""

    enrolled: bool
    paused: bool
    last_number: int
    applied_to: int
    waiting: int
    packages: tuple[Sent, ...]
    troubles: tuple[Trouble, ...]
    next: Next


def stand(r: Reading, *, now: str) -> Standing:
    """How the chain stands at `now` (as `values.dates.now_text`)."""
    chain, member = read_chain(r), membership(r)
    waiting, paused = unpacked_changes(r), member is not None and is_paused(r)
    packages = tuple(sent_packages(r))
    return Standing(
        enrolled=member is not None,
        paused=paused,
        last_number=chain.last_number,
        applied_to=chain.acknowledged_to,
        waiting=waiting,
        packages=packages,
        troubles=tuple(troubles(r, now=now)),
        next=_next(r, packages, waiting=waiting, enrolled=member is not None, paused=paused),
    )


def _next(r: Reading, packages: tuple[Sent, ...], *, waiting: int, enrolled: bool, paused: bool) -> Next:
    if not enrolled:
        return Next(ENROL, "先读入县局给的接入文件和六个词的口令。")
    if paused:
        return Next(CONFIRM, why_paused(r))
    epoch = read_chain(r).epoch
    open_ones = [one for one in packages if one.epoch == epoch and not one.applied]
    word = county_word(r)
    missing = set(word.missing if word else ()) & {one.number for one in open_ones}
    if missing:
        return Next(COPY, f"县局还缺{number_words(sorted(missing))}包：再上报一次，程序会补抄到 U 盘上。")
    if waiting:
        return Next(EXPORT, f"有 {waiting:,} 处变化还没有上报：插上 U 盘，上报一次。")
    uncopied = [one.number for one in open_ones if not one.copied]
    if uncopied:
        return Next(COPY, f"{number_words(uncopied)}包还没有抄到盘上：插上 U 盘，再上报一次。")
    unread = [one.number for one in open_ones]
    if unread:
        return Next(
            RECEIPT, f"{number_words(unread)}包已抄到盘上：把 U 盘交给县局，带回回执读入，才算县局收到。"
        )
    return Next(NOTHING, "都已上报，县局都收到了。")
