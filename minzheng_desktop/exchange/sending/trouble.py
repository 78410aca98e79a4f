"""Troubles of the chain of packages, in words with the way out, as either side notices them.

In a township they stand in its settings until they are over; what the county said last (which packages it has,
which are missing, which it refused and why) stands beside them. A database that is older than what the county has
seen, or of which another computer uses a copy, stops sending: it takes a new epoch, and goes on when the county
confirmed it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.down.receipt import PackageMark, ReceiptHead, RefusedPackage
from minzheng_desktop.exchange.files.enrolment import COUNTY_SETTING, TROUBLES_SETTING
from minzheng_desktop.exchange.files.refusals import next_step_of_sender
from minzheng_desktop.exchange.judging.early import number_words
from minzheng_desktop.exchange.sending.position import is_paused, keep_chain, read_chain
from minzheng_desktop.store import schema
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading, Writing

TOLERANCE = timedelta(minutes=10)
"""How far two clocks may differ, or one be corrected, without a word."""
AHEAD = timedelta(days=1)

PAUSING = frozenset({"rolled_back", "forked", "other_chain", "outbox_lost"})
"""Troubles after which nothing is sent until the county confirmed this laptop."""

CONFIRM = (
    "上报已停下。请打电话给县局：核对清楚后由县局写一份续接回执（电脑登记表里“确认续接”），读入后程序自己比对，"
    "只补报县局没有的。若另有一台电脑在用同一份台账，请县局停用其中一台、另发接入文件。"
)


class Trouble(msgspec.Struct, frozen=True):
    """`code` is stable, `said` what was noticed, `way` the way out, `at` when it was first noticed."""

    code: str
    said: str
    way: str
    at: str = ""


class CountyWord(msgspec.Struct, frozen=True):
    """What the county's newest receipt said of this laptop's packages: the last one applied in order, numbers that
    wait there for the `missing` ones, and packages that it refused."""

    last: PackageMark
    standing: int
    made_at: str
    read_at: str
    waiting: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    refused: tuple[RefusedPackage, ...] = ()


def note_trouble(w: Writing, trouble: Trouble) -> None:
    """Keep a trouble until it is over; one that is known keeps the time when it was first noticed."""
    known = {one.code: one for one in stored_troubles(w)}
    first = known[trouble.code].at if trouble.code in known else w.at
    known[trouble.code] = msgspec.structs.replace(trouble, at=first)
    _keep(w, known.values())


def end_troubles(w: Writing, codes: Iterable[str]) -> None:
    """Forget troubles that are over."""
    ended = frozenset(codes)
    before = stored_troubles(w)
    left = [one for one in before if one.code not in ended]
    if len(left) < len(before):
        _keep(w, left)


def pause(w: Writing, trouble: Trouble) -> None:
    """Keep a trouble of PAUSING and take a new epoch, so that nothing is sent until the county confirmed."""
    note_trouble(w, trouble)
    if not is_paused(w):
        keep_chain(w, read_chain(w))  # the epoch that is over, before the site takes another
        w.store.change_site(w, epoch=new_id())


def why_paused(r: Reading) -> str:
    """Why nothing is sent, and the way out."""
    for trouble in stored_troubles(r):
        if trouble.code in PAUSING:
            return f"{trouble.said}{trouble.way}"
    return f"台账是从备份恢复的，上报暂停，台账照常能用。{CONFIRM}"


def county_word(r: Reading) -> CountyWord | None:
    """What the county said last, None before the first receipt."""
    stored = r.setting(COUNTY_SETTING)
    return None if stored is None else msgspec.convert(stored, CountyWord)


def keep_county_word(w: Writing, head: ReceiptHead) -> None:
    """Keep what a receipt says of our packages, unless a newer one was read before."""
    known = county_word(w)
    if known is not None and known.standing > head.standing:
        return
    word = CountyWord(
        last=head.last,
        standing=head.standing,
        made_at=head.made_at,
        read_at=w.at,
        waiting=head.waiting,
        missing=head.missing,
        refused=head.refused,
    )
    if known is None or msgspec.structs.replace(word, read_at=known.read_at) != known:
        w.set_setting(COUNTY_SETTING, msgspec.to_builtins(word))


def troubles(r: Reading, *, now: str) -> list[Trouble]:
    """Every trouble of this laptop's chain: kept ones, what the county's last word says, and the clock."""
    found = stored_troubles(r)
    word = county_word(r)
    if word is not None:
        paused = any(one.code in PAUSING for one in found)
        found += [one for one in _of_county(r, word) if one.code != "missing" or not paused]
    return [*found, *clock_troubles(r, now=now)]


def clock_troubles(r: Reading, *, now: str) -> list[Trouble]:
    """The computer's clock against the last entries of the audit: it was set back."""
    a = schema.audit.c
    last = [moment(row["at"]) for row in r.rows(sa.select(a.at).order_by(a.seq.desc()).limit(200))]
    if not last:
        return []
    newest = max(last)
    way = "请先校准电脑的日期和时间再做事，否则日期、月份和期限都会算错；已写的内容不会丢。"
    if newest - moment(now) > TOLERANCE:
        said = f"电脑现在的时间是 {short(now)}，比台账里最晚的一笔（{newest:%Y-%m-%d %H:%M}）还早，时钟被调回过。"
        return [Trouble("clock_back", said, way)]
    return []


def moment(text: str) -> datetime:
    """A stored time as a moment."""
    return datetime.fromisoformat(text).astimezone()


def short(text: str) -> str:
    """A stored time for a sentence: to the minute."""
    return text[:16].replace("T", " ")


def _of_county(r: Reading, word: CountyWord) -> list[Trouble]:
    found = []
    if word.missing:
        found.append(
            Trouble(
                "missing",
                f"县局还没有收到{number_words(word.missing)}包，后面的{number_words(word.waiting)}在县局存着等。",
                "再上报一次，程序会把缺的包补抄到 U 盘上；内容和以前一模一样，不会重复。",
                word.made_at,
            )
        )
    for one in word.refused:
        if one.code in ("gap",):
            continue
        found.append(
            Trouble(
                f"refused_{one.code}",
                f"县局没有收下第 {one.number:04d} 号包（{one.file}，{short(one.at)}）：{one.why}",
                one.way or next_step_of_sender(one.code),
                one.at,
            )
        )
    return found


def stored_troubles(r: Reading) -> list[Trouble]:
    """The troubles that were noted and are not over."""
    return msgspec.convert(r.setting(TROUBLES_SETTING, []), list[Trouble])


def _keep(w: Writing, kept: Iterable[Trouble]) -> None:
    w.set_setting(TROUBLES_SETTING, [msgspec.to_builtins(one) for one in kept])
