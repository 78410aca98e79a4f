"""Who stands behind a package: the laptop that registered, its place in its chain, and who pretends to be it.

A serial registers once. A second, different key under it, or an unknown laptop under a used serial, is refused
and kept as an alarm: the enrolment file was stolen or copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.exchange.down.receipt import RefusedPackage, RowLine
from minzheng_desktop.exchange.files.enrolment import registration_holds
from minzheng_desktop.exchange.files.envelope import Envelope
from minzheng_desktop.exchange.files.refusals import next_step_of_sender
from minzheng_desktop.exchange.judging.early import drop_early, early_packages
from minzheng_desktop.store import audit, schema
from minzheng_desktop.store.backup import STANDING_SETTING, raise_standing
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

ISSUED, REGISTERED, REVOKED = "issued", "registered", "revoked"

MOST_MARKS = 20
MOST_AHEAD = 10**9
"""How far beyond its clock a county's standing may be: about thirty years of a wrong clock, or as many entries."""

_laptops = schema.laptops.c


class Position(msgspec.Struct, frozen=True):
    """The last package applied from a laptop: its epoch, number and envelope digest. `resume` is set once a
    person here confirmed that the laptop goes on in a new epoch after a restore."""

    epoch: str = ""
    number: int = 0
    envelope: str = ""
    resume: bool = False


class Sender(msgspec.Struct, frozen=True):
    """The laptop behind an envelope. `first` is set while it registers with this package."""

    row: dict[str, Any]
    sign_key: str
    first: bool

    @property
    def position(self) -> Position:
        return position_of(self.row)


class UsedEnrolment(UserError):
    """A serial that registered before is used by somebody else: theft or copy, to be kept as an alarm."""

    serial: str = ""


def find_sender(r: Reading, envelope: Envelope, *, today: date) -> Sender:
    """The registered, unrevoked laptop of an envelope, or the serial that registers with it.

    Nothing of the envelope is proved yet but the registration's own signature. Raises UserError otherwise,
    UsedEnrolment when a serial is used a second time with another key.
    """
    sender, registration = envelope.sender, envelope.registration
    row = None
    if registration is not None:
        row = r.one(sa.select(schema.laptops).where(_laptops.serial == registration.serial))
    if row is None:
        row = r.one(
            sa.select(schema.laptops).where(_laptops.id == sender.laptop, _laptops.serial.is_not(None))
        )
    if row is None:
        raise UserError(
            "unregistered",
            "写这个包的电脑没有在本县登记。没有读入，台账没有变化。请为它发接入文件，或查明文件的来路。",
        )
    if row["state"] == REVOKED:
        raise UserError(
            "revoked",
            f"写这个包的电脑（{row['letter']} 机）已经停用：{row['more'].get('revoked_because', '')}。"
            "没有读入，台账没有变化。需要再用请重新发接入文件。",
        )
    if row["division"] != sender.division:
        raise UserError(
            "other_division",
            f"这台电脑登记在区划 {row['division']}，包里却写 {sender.division}。没有读入，台账没有变化。"
            "请查明文件的来路。",
        )
    if row["state"] == ISSUED:
        return _registering(row, envelope, today)
    if row["id"] != sender.laptop or (registration is not None and registration.keys.sign != row["sign_key"]):
        raise _used(row)
    return Sender(row, row["sign_key"], first=False)


def settle_sender(
    w: Writing,
    sender: Sender,
    envelope: Envelope,
    envelope_digest: str,
    *,
    seen: int = 0,
    questions: Sequence[RowLine] = (),
) -> None:
    """Register a laptop with its first package and move its position to this package.

    `seen` is the standing of the last file of the county that the laptop had read when it wrote the package; what it
    told of refused packages is told no more. `questions` are doubts about the laptop itself (clock, audit).
    """
    position = Position(envelope.epoch, envelope.number, envelope_digest)
    base, told = standing_base(w), seen
    seen = max(0, told - base)
    more = {**sender.row["more"], "position": msgspec.to_builtins(position), "last_at": w.at, "seen": seen}
    more["refused"] = [
        msgspec.to_builtins(mark)
        for mark in refusals_of(sender.row)
        if mark.standing > seen and not sender.position.resume
    ]
    more["doubts"] = [{"code": one.code, "why": one.why} for one in questions]
    changes: dict[str, Any] = {"more": more}
    if sender.first:
        assert envelope.registration is not None
        keys = envelope.registration.keys
        changes |= {
            "id": envelope.sender.laptop,
            "state": REGISTERED,
            "sign_key": keys.sign,
            "age_key": keys.age,
        }
        earlier = earlier_of(w, sender, envelope)
        if has_locker(w, sender.row["division"], but=envelope.sender.laptop):
            changes["may_lock"] = 0
        elif earlier is not None and earlier["may_lock"]:
            changes["may_lock"] = 1  # the same computer, enrolled anew
        changes["more"] = {**more, "registered_at": w.at}
        _retire_earlier(w, envelope.sender.laptop)
    w.update("laptops", changes, _laptops.serial == sender.row["serial"])


def drop_waiting(w: Writing, row: Mapping[str, Any]) -> dict[str, list[int]]:
    """Take what a laptop that is revoked left waiting out of the spool; returns the numbers, for its entry."""
    waiting = [one for one in early_packages(w) if one.serial == row["serial"]]
    drop_early(w, waiting)
    if not waiting:
        return {}
    w.detail["dropped_early"] = [one.number for one in waiting]
    return {"dropped": [one.number for one in waiting]}


def note_refusal(w: Writing, envelope: Envelope, error: UserError, *, digest: str, file: str) -> None:
    """Keep that a package of a known laptop was not taken, until the laptop has read it in a receipt.

    The envelope may be forged, so the marks of one laptop are bounded and the same is kept once.
    """
    row = registered_as(w, envelope)
    if row is None:
        return
    mark = RefusedPackage(
        number=envelope.number,
        epoch=envelope.epoch,
        digest=digest,
        code=error.code,
        why=error.message,
        at=w.at,
        file=file,
        standing=w.entry.seq,
        way=next_step_of_sender(error.code),
    )
    known = [one for one in refusals_of(row) if (one.digest, one.code) != (digest, error.code)]
    kept = [msgspec.to_builtins(one) for one in (*known[1 - MOST_MARKS :], mark)]
    w.update("laptops", {"more": {**row["more"], "refused": kept}}, _laptops.serial == row["serial"])
    if error.code in ("fork", "broken_chain"):
        note_alarm(w, row["serial"], error.message)


def is_noted(r: Reading, envelope: Envelope, error: UserError, *, digest: str) -> bool:
    """True when the same refusal of the same file is kept already."""
    row = registered_as(r, envelope)
    return row is not None and any((one.digest, one.code) == (digest, error.code) for one in refusals_of(row))


def registered_as(r: Reading, envelope: Envelope) -> dict[str, Any] | None:
    """The laptop in use that an envelope claims to be from, or None."""
    return r.one(
        sa.select(schema.laptops).where(
            _laptops.id == envelope.sender.laptop,
            _laptops.division == envelope.sender.division,
            _laptops.state == REGISTERED,
        )
    )


def refusals_of(row: Mapping[str, Any]) -> tuple[RefusedPackage, ...]:
    """The packages of a laptop that were not taken and of which it has not read yet, oldest first."""
    return msgspec.convert(row["more"].get("refused", ()), tuple[RefusedPackage, ...])


def note_alarm(w: Writing, serial: str, sentence: str) -> None:
    """Keep an alarm about a serial where the list of laptops shows it; the same sentence once a day."""
    row = w.one(sa.select(schema.laptops).where(_laptops.serial == serial))
    if row is None:
        return
    alarms = row["more"].get("alarms", [])
    told = f"{now_text()[:10]} {sentence}"
    if told not in alarms:
        w.update("laptops", {"more": {**row["more"], "alarms": [*alarms, told]}}, _laptops.id == row["id"])


def standing_base(r: Reading) -> int:
    """What is added to the length of the audit since this database was restored, 0 for one that never was."""
    return int(r.setting(STANDING_SETTING, 0))


def standing_of(r: Reading) -> int:
    """The county's standing: rises with everything that it writes, also over a restore of its database."""
    return standing_base(r) + audit.head_of(r.connection)[0]


def require_possible(r: Reading, *, seen: int) -> None:
    """UserError `impossible_standing` when a laptop claims to have read (`seen`) what no county can have written.

    The county counts on from what a laptop has seen, so that one such number would put its receipts out of reach of
    all townships' programs. What it did write itself is always possible.
    """
    newest = int(datetime.fromisoformat(now_text()).timestamp()) + MOST_AHEAD
    if newest < seen and standing_of(r) < seen:
        raise UserError(
            "impossible_standing",
            "包里说读过的县局文件，比县局能写出的还新得多。没有读入，台账没有变化。"
            "请核对县局电脑的日期；日期没错，就查明写这个包的电脑和程序。",
        )


def notice_older_county(w: Writing, *, seen: int) -> str:
    """What is wrong when a laptop has read (`seen`) of this county what it never wrote, "" when nothing is: this
    database is an old one. What it writes from now on counts as newer."""
    if seen <= standing_of(w):
        return ""
    raise_standing(w, above=seen)
    w.detail["county_older"] = True
    return "乡镇读过的县局回执比现在的县库还新：县库被换回过旧的，这段时间收过的包要再收一次。"


def position_of(row: Mapping[str, Any]) -> Position:
    """Where a laptop's chain stands here."""
    return msgspec.convert(row["more"].get("position", {}), Position)


def seen_by_all(r: Reading, division: str) -> int:
    """The standing of the county that every live laptop of a division has told to have read; 0 while one has not."""
    c = _laptops
    rows = r.rows(sa.select(c.more).where(c.division == division, c.state == REGISTERED))
    return min((int(row["more"].get("seen", 0)) for row in rows), default=0)


def has_second_laptop(r: Reading, division: str) -> bool:
    """Whether more than one laptop of a division ever registered."""
    c = _laptops
    wanted = sa.select(sa.func.count()).where(c.division == division, c.sign_key.is_not(None))
    return int(r.scalar(wanted) or 0) > 1


def has_locker(r: Reading, division: str, *, but: str = "") -> bool:
    """Whether a laptop in use of a division, other than `but`, may lock months."""
    c = _laptops
    wanted = sa.select(c.id).where(
        c.division == division, c.may_lock == 1, c.state == REGISTERED, c.id != but
    )
    return r.one(wanted) is not None


def earlier_of(r: Reading, sender: Sender, envelope: Envelope) -> dict[str, Any] | None:
    """The serial in use under which a computer was known that registers with another one now."""
    if not sender.first:
        return None
    c = _laptops
    return r.one(sa.select(schema.laptops).where(c.id == envelope.sender.laptop, c.state == REGISTERED))


def require_county(store: Store) -> None:
    """UserError unless this database is a county's."""
    if store.site.role != "county":
        raise UserError("not_a_county", "这是乡镇的台账，这件事只能在县局的台账里做。没有改动任何内容。")


def _registering(row: dict[str, Any], envelope: Envelope, today: date) -> Sender:
    registration = envelope.registration
    if registration is None:
        raise UserError(
            "unregistered", "写这个包的电脑没有在本县登记。没有读入，台账没有变化。请查明文件的来路。"
        )
    if row["more"]["expires"] < today.isoformat():
        raise UserError(
            "enrolment_expired",
            f"这台电脑的接入文件已在 {row['more']['expires']} 过期，它还没有登记。没有读入，台账没有变化。"
            "请重新发接入文件。",
        )
    if envelope.sender.letter != row["letter"] or not registration_holds(
        registration, envelope.sender, one_time_key=row["more"]["one_time_key"]
    ):
        raise UserError(
            "bad_registration",
            "电脑的登记不是用本县发的接入文件签的。没有读入，台账没有变化。请查明文件的来路。",
        )
    return Sender(row, registration.keys.sign, first=True)


def _retire_earlier(w: Writing, laptop: str) -> None:
    """A laptop that enrols anew leaves its earlier serial behind, revoked."""
    row = w.one(sa.select(schema.laptops).where(_laptops.id == laptop))
    if row is not None:
        more = {**row["more"], "revoked_at": w.at, "revoked_because": "同一台电脑已重新接入"}
        more |= drop_waiting(w, row)
        changes = {"id": row["serial"], "state": REVOKED, "may_lock": 0, "more": more}
        w.update("laptops", changes, _laptops.serial == row["serial"])


def _used(row: Mapping[str, Any]) -> UsedEnrolment:
    error = UsedEnrolment(
        "enrolment_reused",
        f"同一个接入文件（{row['letter']} 机）被另一台电脑又用了一次，可能被盗用或复制。"
        "没有读入，台账没有变化。请电话核对；必要时停用这台电脑，重新发接入文件。",
    )
    error.serial = row["serial"]
    return error
