"""What an export sees to by itself, before it packs and afterwards, each in a sentence.

Before: is this database the newest there is, are its packages whole? It reads back from its own packages what an old
file lost, takes up what a killed export left, mends the outbox from a stick, and pauses the exchange where nothing
helps. After: what was copied again, and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from minzheng_desktop.exchange.files.enrolment import membership
from minzheng_desktop.exchange.judging.early import number_words
from minzheng_desktop.exchange.sending import evidence, outbox
from minzheng_desktop.exchange.sending.position import Chain, enter_package, file_name, is_paused, read_chain
from minzheng_desktop.exchange.sending.regain import regain
from minzheng_desktop.exchange.sending.trouble import CONFIRM, Trouble, clock_troubles, county_word, pause
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store


def settle(store: Store, folders: Sequence[Path]) -> list[str]:
    """See to the chain before anything is packed; returns what was done, in sentences. May pause the exchange."""
    with store.reading() as r:
        if membership(r) is None or is_paused(r):
            return []
        chain, word = read_chain(r), county_word(r)
    trouble = evidence.older_than_its_packages(store, chain, folders)
    said = []
    if trouble is not None:
        back = regain(store, today=date.fromisoformat(now_text()[:10]))
        if back is not None:
            said.append(back.sentence)
            with store.reading() as r:
                chain = read_chain(r)
            trouble = evidence.older_than_its_packages(store, chain, folders)
    mended = outbox.mend(store, chain.epoch, folders)
    if mended:
        said.append(f"{number_words(mended)}包的存底坏了或丢了，已从盘上取回。")
    lost = set(outbox.lost_numbers(store, chain.epoch)) & set(word.missing if word else ())
    if trouble is None and lost:
        what = f"县局缺的{number_words(sorted(lost))}包，本机的存底丢了或坏了，盘上也没有，补抄不了。"
        trouble = Trouble("outbox_lost", what, CONFIRM)
    if trouble is not None:
        with store.writing("chain_trouble", {"code": trouble.code}) as w:
            pause(w, trouble)
        return []  # the plan says why nothing is sent
    left = evidence.left_by_a_killed_export(store, chain)
    if left is not None:
        _take_up(store, chain, left)
        said.append(f"上次没有写完的第 {left.opened.envelope.number:04d} 号包接着用，没有另写一份。")
    return said


def _take_up(store: Store, chain: Chain, left: evidence.TakenUp) -> None:
    opened = left.opened
    detail = {"number": opened.envelope.number, "file": left.name, "sha256": opened.digest}
    with store.writing("export", {**detail, "changes": len(opened.incoming), "taken_up": True}) as w:
        if read_chain(w) != chain:
            raise UserError("changed_meanwhile", "另一处刚写出过上报包。这次没有写出，请再做一次。")
        enter_package(
            w,
            chain,
            opened,
            name=left.name,
            to_seq=left.to_seq,
            counts=opened.head.counts,
            seen=opened.head.seen,
        )


def told_of(store: Store, chain: Chain, recopied: Sequence[Path]) -> list[str]:
    """What an export did by itself and why: copied what the county misses, packed only what differs; the clock."""
    with store.reading() as r:
        word = county_word(r)
        said = [f"{one.said}{one.way}" for one in clock_troubles(r, now=now_text())]
    names = (
        {file_name(store.site.division, store.site.letter, n, mark=chain.mark): n for n in word.missing}
        if word
        else {}
    )
    copied = sorted({names[path.name] for path in recopied if path.name in names})
    if copied:
        said.append(f"县局的回执说还缺{number_words(copied)}包，已补抄。")
    if chain.compared_to > chain.packed_to:
        said.append("县局确认续接后第一次上报：已与县局比对过，只打包两边不同的。")
    return said
