"""One package at the county: opened, placed in its chain, planned line by line, applied in one transaction.

`plan_package` touches nothing; `apply_package` writes what was planned, or what a new plan gives equal to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.county.keys.enrolments import county_keys
from minzheng_desktop.county.receiving.chains import outrun, require_next
from minzheng_desktop.county.receiving.senders import (
    Sender,
    earlier_of,
    find_sender,
    has_second_laptop,
    notice_older_county,
    require_possible,
    settle_sender,
)
from minzheng_desktop.county.replies.down import is_first, schema_of
from minzheng_desktop.county.replies.lock_rights import right_of
from minzheng_desktop.exchange.down.receipt import RowLine, Tallies
from minzheng_desktop.exchange.files.envelope import Envelope
from minzheng_desktop.exchange.files.package import AuditHead, Count, Opened, open_package
from minzheng_desktop.exchange.judging import held, intake
from minzheng_desktop.exchange.judging.crossings import note_crossings
from minzheng_desktop.exchange.judging.early import drop_early
from minzheng_desktop.exchange.judging.standing import load_existing
from minzheng_desktop.exchange.sending.trouble import AHEAD, TOLERANCE, moment, short
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

APPLIED = "applied"

_packages = schema.packages.c


class AppliedPackage(msgspec.Struct, frozen=True):
    """What applying a package did: its id here, lines per outcome and table, and every line that did not simply
    enter."""

    id: str
    tallies: Tallies
    rows: tuple[RowLine, ...]

    def count(self, outcome: str) -> int:
        """Lines with this outcome."""
        return sum(count.rows for count in self.tallies.get(outcome, {}).values())


class PackagePlan(msgspec.Struct, frozen=True):
    """An opened package with its place in the chain and what its lines may do; seen at `change_number`."""

    opened: Opened
    sender: Sender
    plan: intake.Plan
    change_number: int
    today: date


def plan_package(store: Store, data: bytes, *, today: date, also: Sequence[str] = ()) -> PackagePlan:
    """Open a package and plan its lines; nothing is written. Raises UserError with why it is not taken.

    `also` are further private age keys to try, such as the one from the county's root key on paper.
    """
    with store.reading() as r:
        opened, sender = _open(r, data, today, also)
        return PackagePlan(opened, sender, _plan(r, opened, sender), r.change_number(), today)


def apply_package(store: Store, planned: PackagePlan) -> AppliedPackage:
    """Write a planned package in one transaction and return what entered and what did not.

    Planned again when anything changed since; a different result than the one shown raises UserError
    `changed_meanwhile` and writes nothing.
    """
    try:
        return _apply(store, planned, in_order=False)
    except UserError as error:
        if error.code not in ("person_exists", "duplicate", "not_unique"):
            raise
    # Values that changed hands within the package (two id numbers swapped) only fit one change after another.
    try:
        return _apply(store, planned, in_order=True)
    except UserError as error:
        if error.code not in ("person_exists", "duplicate", "not_unique"):
            raise
        raise UserError(
            error.code,
            "包里有内容与县库里这个乡镇已有的重复，不能同时成立。没有读入，台账没有变化。请与乡镇核对。",
        ) from error


def _open(r: Reading, data: bytes, today: date, also: Sequence[str]) -> tuple[Opened, Sender]:
    county = county_keys(r)
    senders: list[Sender] = []

    def sender_key(envelope: Envelope) -> str:
        senders.append(find_sender(r, envelope, today=today))
        return senders[0].sign_key

    opened = open_package(
        data,
        addressee=r.store.site.division,
        sender_key=sender_key,
        identities=[county.keys.age, *county.earlier, *also],
    )
    require_possible(r, seen=opened.head.seen)
    require_next(r, senders[0], opened)
    return opened, senders[0]


def _plan(r: Reading, opened: Opened, sender: Sender) -> intake.Plan:
    existing = load_existing(r, opened.incoming)
    division = opened.envelope.sender.division
    row = earlier_of(r, sender, opened.envelope) or sender.row
    plan = intake.plan_intake(existing, opened.incoming, division=division, may_lock=right_of(row))
    if not intake.announced_equals(opened.head.counts, plan.tallies):
        raise UserError(
            "counts_differ",
            "包里的条数或金额与首行写的合计不符。没有读入，台账没有变化。请对方重新写一份。",
        )
    return plan


def _apply(store: Store, planned: PackagePlan, *, in_order: bool) -> AppliedPackage:
    opened, envelope = planned.opened, planned.opened.envelope
    detail = {
        "division": envelope.sender.division,
        "laptop": envelope.sender.laptop,
        "number": envelope.number,
        "sha256": opened.digest,
    }
    with store.writing("receive", detail) as w:
        current = find_sender(w, envelope, today=planned.today)
        require_next(w, current, opened)
        plan = planned.plan
        if w.change_number() != planned.change_number:
            plan = _plan(w, opened, current)
            if plan.tallies != planned.plan.tallies:
                raise UserError(
                    "changed_meanwhile", "县库刚被别处改过，核对的结果与看到的不同。没有写入，请再核对一次。"
                )
        package = new_id()
        w.lenient = True
        intake.write_plan(w, plan, origin=lambda _: envelope.sender.laptop, in_order=in_order)
        intake.keep_attachments(store, plan, opened.blobs)
        held.keep(w, plan, package=package, envelope=envelope)
        released = held.release(w, plan, division=envelope.sender.division)
        held.settle_decisions(w, [*plan.entered(), *released])
        if has_second_laptop(w, envelope.sender.division):
            note_crossings(
                *(w, [*plan.entered(), *released]),
                package=package, division=envelope.sender.division, laptop=envelope.sender.laptop,
            )  # fmt: skip
        doubts = (
            *_audit_question(w, envelope, opened.head.audit),
            *_clock_questions(w, opened),
            *_older_county(w, opened),
        )
        asked = [*plan.questions, *intake.clash_rows(w), *held.undecided_steps(w, plan, released), *doubts]
        rows = (*plan.rows(), *plan.merges(), *(held.released_row(one) for one in released), *asked)
        tallies = {**plan.tallies, intake.QUESTIONED: _tally(asked)} if asked else plan.tallies
        # what a program of the first release line could not read was left out of its receipts: it has not seen it
        seen = 0 if is_first(schema_of(w, envelope.sender.laptop)) else opened.head.seen
        _keep_package(w, package, opened, tallies, rows)
        drop_early(w, outrun(w, envelope.sender.laptop, envelope))
        settle_sender(w, current, envelope, opened.envelope_digest, seen=seen, questions=doubts)
        w.detail["counts"] = {outcome: plan.count(outcome) for outcome in plan.tallies}
    return AppliedPackage(package, tallies, rows)


def _tally(rows: Sequence[RowLine]) -> dict[str, Count]:
    numbers = Counter(row.entity for row in rows)
    return {table: Count(number, 0) for table, number in numbers.items()}


def _audit_question(w: Writing, envelope: Envelope, head: AuditHead) -> Iterator[RowLine]:
    """An audit chain that did not grow since the last package: rewritten or rolled back."""
    last = _last_package(w, envelope)
    if last is not None and head.length <= last["counts"].get("audit", {}).get("length", 0):
        why = "这台电脑的操作日志比上一包时还短，被改写或回退过，请查明。"
        yield RowLine(intake.QUESTIONED, "audit", envelope.sender.laptop, head.head, "audit_shorter", why)


def _clock_questions(w: Writing, opened: Opened) -> Iterator[RowLine]:
    """A package that was written before the one that it follows, or after now: the laptop's clock is wrong."""
    envelope, made_at = opened.envelope, opened.head.made_at
    last = _last_package(w, envelope)
    made, laptop = moment(made_at), envelope.sender.laptop
    if last is not None and moment(last["counts"]["made_at"]) - made > TOLERANCE:
        why = (
            f"这个包写于 {short(made_at)}，比前一包（{short(last['counts']['made_at'])}）还早："
            "乡镇电脑的时钟被调回过，请校准日期和时间。"
        )
        yield RowLine(intake.QUESTIONED, "audit", laptop, opened.head.audit.head, "clock_back", why)
    if made - moment(w.at) > AHEAD:
        why = (
            f"这个包写于 {short(made_at)}，比县局现在的时间还晚：两边有一台电脑的时钟不对，请校准日期和时间。"
        )
        yield RowLine(intake.QUESTIONED, "audit", laptop, opened.head.audit.head, "clock_ahead", why)


def _older_county(w: Writing, opened: Opened) -> Iterator[RowLine]:
    """The laptop has read of this county what it never wrote: the county's own database is an old one. What it writes
    from now on counts as newer."""
    why = notice_older_county(w, seen=opened.head.seen)
    if why:
        laptop = opened.envelope.sender.laptop
        yield RowLine(intake.QUESTIONED, "audit", laptop, opened.head.audit.head, "county_older", why)


def _last_package(r: Reading, envelope: Envelope) -> dict[str, Any] | None:
    p = _packages
    return r.one(
        sa.select(schema.packages)
        .where(p.direction == "in", p.laptop == envelope.sender.laptop)
        .order_by(p.at.desc(), p.number.desc())
        .limit(1)
    )


def _keep_package(
    w: Writing, package: str, opened: Opened, tallies: Tallies, rows: Sequence[RowLine]
) -> None:
    envelope = opened.envelope
    w.insert(
        "packages",
        [
            {
                "id": package,
                "direction": "in",
                "division": envelope.sender.division,
                "laptop": envelope.sender.laptop,
                "number": envelope.number,
                "epoch": envelope.epoch,
                "digest": opened.digest,
                "previous": envelope.previous,
                "state": APPLIED,
                "at": w.at,
                "counts": {
                    "tallies": msgspec.to_builtins(tallies),
                    "rows": msgspec.to_builtins(rows),
                    "announced": msgspec.to_builtins(opened.head.counts),
                    "audit": msgspec.to_builtins(opened.head.audit),
                    "envelope": opened.envelope_digest,
                    "made_at": opened.head.made_at,
                    "program": opened.head.program,
                    "schema": opened.head.schema,
                    "catalog": dict(opened.head.catalog),
                    "size": opened.size,
                },
            }
        ],
    )
