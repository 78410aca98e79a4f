"""The county's side of enrolment: its own keys, the serials it issued, the laptops that registered.

A serial registers once. A second, different key under it, or an unknown laptop under a used serial, is refused
and kept as an alarm: the enrolment file was stolen or copied.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from minzheng_desktop.exchange.enrolment import (
    KEYS_SETTING,
    CatalogEntry,
    Enrolment,
    LiveLaptop,
    private_keys,
    registration_holds,
    seal_enrolment,
)
from minzheng_desktop.exchange.envelope import Envelope
from minzheng_desktop.exchange.keys import CountyCertificate, PrivateKeys, new_county
from minzheng_desktop.exchange.phrase import new_phrase
from minzheng_desktop.store import schema
from minzheng_desktop.store.files import write_atomically
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.vault import DEFAULT_COST
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

CERTIFICATE_SETTING = "exchange.certificate"
VALID_DAYS = 30
ISSUED, REGISTERED, REVOKED = "issued", "registered", "revoked"

_laptops = schema.laptops.c


class Position(msgspec.Struct, frozen=True):
    """The last package applied from a laptop: its epoch, number and envelope digest. `resume` is set once a
    person here confirmed that the laptop goes on in a new epoch after a restore."""

    epoch: str = ""
    number: int = 0
    envelope: str = ""
    resume: bool = False


class CountyKeys(msgspec.Struct, frozen=True):
    """What the county seals and opens with."""

    keys: PrivateKeys
    certificate: CountyCertificate


class Issued(msgspec.Struct, frozen=True):
    """A written enrolment file and the phrase to tell by phone. `root_key` is set when the county's keys were
    made just now: it is shown this once, to be printed and locked away."""

    file: Path
    phrase: str
    serial: str
    letter: str
    root_key: str | None


class LaptopInfo(msgspec.Struct, frozen=True):
    """One laptop as the county lists it; `alarms` are sentences about theft or copies."""

    id: str
    serial: str
    division: str
    division_name: str
    letter: str
    state: str
    may_lock: bool
    issued_at: str
    expires: str
    registered_at: str
    last_number: int
    last_at: str
    alarms: tuple[str, ...]


def found_county(store: Store) -> str:
    """Make the county's keys and return the root key to print. UserError when they were made before."""
    require_county(store)
    with store.writing("county_keys") as w:
        return _found(w)


def county_keys(r: Reading) -> CountyKeys:
    """The county's working keys. UserError `no_county_keys` before they were made."""
    keys, certificate = private_keys(r), r.setting(CERTIFICATE_SETTING)
    if keys is None or certificate is None:
        raise UserError("no_county_keys", "县局的密钥还没有生成，没有做任何事。请先为第一个乡镇发接入文件。")
    return CountyKeys(keys, msgspec.convert(certificate, CountyCertificate))


def issue_enrolment(
    store: Store, *, division: str, out: Path, today: date, cost: Cost = DEFAULT_COST
) -> Issued:
    """Write a new enrolment file for a township (9 digits) to `out`.

    The laptop may lock months when no registered one of the division does; its letter is the next free one.
    Raises UserError when the division is not a township of this county or the file cannot be written; nothing
    is issued then.
    """
    require_county(store)
    towns = {town.code for town in store.catalog.divisions.towns}
    if division not in towns:
        raise UserError(
            "unknown_division", f"本县没有区划代码为 {division} 的乡镇，没有发接入文件。请核对 9 位代码。"
        )
    one_time = Ed25519PrivateKey.generate()
    phrase, serial = new_phrase(), new_id()
    with store.writing("issue_enrolment", {"division": division, "serial": serial}) as w:
        root_key = None if w.setting(CERTIFICATE_SETTING) else _found(w)
        county = county_keys(w)
        letter, may_lock = _next_letter(w, division), not _has_locker(w, division)
        expires = (today + timedelta(days=VALID_DAYS)).isoformat()
        enrolment = Enrolment(
            serial=serial,
            division=division,
            letter=letter,
            may_lock=may_lock,
            expires=expires,
            secret=_text(one_time.private_bytes_raw()),
            county=county.certificate,
            laptops=live_laptops(w, division),
            catalog=county_catalog(w),
            demonstration=store.site.demonstration,
        )
        w.insert(
            "laptops",
            [
                {
                    "id": serial,
                    "division": division,
                    "letter": letter,
                    "serial": serial,
                    "state": ISSUED,
                    "may_lock": int(may_lock),
                    "more": {
                        "one_time_key": _text(one_time.public_key().public_bytes_raw()),
                        "expires": expires,
                        "issued_at": w.at,
                    },
                }
            ],
        )
        data = seal_enrolment(enrolment, phrase, county_sign_key=county.keys.sign, cost=cost)
        write_atomically(out, data, kept="没有发出接入文件，登记没有变化")
    return Issued(file=out, phrase=phrase, serial=serial, letter=letter, root_key=root_key)


def list_laptops(r: Reading) -> list[LaptopInfo]:
    """Every serial ever issued, by division and letter."""
    divisions = r.store.catalog.divisions
    rows = r.rows(sa.select(schema.laptops).order_by(_laptops.division, _laptops.letter))
    return [_info(row, divisions.name(row["division"])) for row in rows if row["serial"]]


def revoke_laptop(store: Store, laptop: str, *, reason: str) -> LaptopInfo:
    """Accept nothing more from a laptop (by id or serial). UserError when unknown or revoked before."""
    require_county(store)
    if not reason.strip():
        raise UserError("reason_missing", "没有写停用的理由，没有停用。请写明理由。")
    with store.writing("revoke_laptop", {"laptop": laptop, "reason": reason}) as w:
        row = w.one(sa.select(schema.laptops).where(sa.or_(_laptops.id == laptop, _laptops.serial == laptop)))
        if row is None:
            raise UserError("no_such_laptop", f"没有登记号为 {laptop} 的电脑，没有停用。请看电脑登记表。")
        if row["state"] == REVOKED:
            raise UserError("revoked_already", "这台电脑以前已经停用，没有改动。")
        more = {**row["more"], "revoked_at": w.at, "revoked_because": reason}
        w.update("laptops", {"state": REVOKED, "may_lock": 0, "more": more}, _laptops.id == row["id"])
    with store.reading() as r:
        return next(info for info in list_laptops(r) if info.serial == row["serial"])


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


def note_alarm(w: Writing, serial: str, sentence: str) -> None:
    """Keep an alarm about a serial where the list of laptops shows it; the same sentence once a day."""
    row = w.one(sa.select(schema.laptops).where(_laptops.serial == serial))
    if row is None:
        return
    alarms = row["more"].get("alarms", [])
    told = f"{now_text()[:10]} {sentence}"
    if told not in alarms:
        w.update("laptops", {"more": {**row["more"], "alarms": [*alarms, told]}}, _laptops.id == row["id"])


def settle_sender(w: Writing, sender: Sender, envelope: Envelope, envelope_digest: str) -> None:
    """Register a laptop with its first package and move its position to this package."""
    position = Position(envelope.epoch, envelope.number, envelope_digest)
    more = {**sender.row["more"], "position": msgspec.to_builtins(position), "last_at": w.at}
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
        if _has_locker(w, sender.row["division"]):
            changes["may_lock"] = 0
        changes["more"] = {**more, "registered_at": w.at}
        _retire_earlier(w, envelope.sender.laptop)
    w.update("laptops", changes, _laptops.serial == sender.row["serial"])


def confirm_restored(store: Store, laptop: str) -> Sender:
    """Let a laptop go on in a new epoch behind its last applied package: a person here made sure that it was
    restored from a backup. The receipt that says so is written with `receipts.write_resume`."""
    require_county(store)
    with store.writing("confirm_restored", {"laptop": laptop}) as w:
        row = w.one(
            sa.select(schema.laptops).where(
                sa.or_(_laptops.id == laptop, _laptops.serial == laptop), _laptops.state == REGISTERED
            )
        )
        if row is None:
            raise UserError("no_such_laptop", f"没有在用的电脑 {laptop}，没有改动。请看电脑登记表。")
        position = msgspec.structs.replace(position_of(row), resume=True)
        row["more"] = {**row["more"], "position": msgspec.to_builtins(position)}
        w.update("laptops", {"more": row["more"]}, _laptops.id == row["id"])
    return Sender(row, row["sign_key"], first=False)


def position_of(row: Mapping[str, Any]) -> Position:
    """Where a laptop's chain stands here."""
    return msgspec.convert(row["more"].get("position", {}), Position)


def live_laptops(r: Reading, division: str) -> tuple[LiveLaptop, ...]:
    """The registered, unrevoked laptops of a division, as enrolments and receipts carry them."""
    c = _laptops
    rows = r.rows(
        sa.select(schema.laptops).where(c.division == division, c.state == REGISTERED).order_by(c.letter)
    )
    return tuple(LiveLaptop(row["id"], row["letter"], row["age_key"], bool(row["may_lock"])) for row in rows)


def county_catalog(r: Reading) -> tuple[CatalogEntry, ...]:
    """The county's own catalogue entries, as enrolments and receipts carry them."""
    c = schema.catalog.c
    rows = r.rows(sa.select(schema.catalog).where(c.origin == "county").order_by(c.kind, c.key, c.version))
    return tuple(
        CatalogEntry(row["kind"], row["key"], row["version"], row["name"], row["body"], row["valid_from"])
        for row in rows
    )


def require_county(store: Store) -> None:
    """UserError unless this database is a county's."""
    if store.site.role != "county":
        raise UserError("not_a_county", "这是乡镇的台账，这件事只能在县局的台账里做。没有改动任何内容。")


def _found(w: Writing) -> str:
    if w.setting(CERTIFICATE_SETTING) is not None:
        raise UserError("county_keys_exist", "县局的密钥以前已经生成，没有改动。根密钥在当时打印的那张纸上。")
    made = new_county(w.store.site.division, issued_at=w.at)
    w.set_setting(KEYS_SETTING, msgspec.to_builtins(made.keys))
    w.set_setting(CERTIFICATE_SETTING, msgspec.to_builtins(made.certificate))
    return made.root_key


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


def _next_letter(r: Reading, division: str) -> str:
    used = {row["letter"] for row in r.rows(sa.select(_laptops.letter).where(_laptops.division == division))}
    free = [letter for letter in "ABCDEFGHJKLMNPQRSTUVWXYZ" if letter not in used]
    if not free:
        raise UserError("no_letter", "这个乡镇发过的接入文件太多，字母用完了。没有发出，请先与开发单位联系。")
    return free[0]


def _has_locker(r: Reading, division: str) -> bool:
    c = _laptops
    wanted = sa.select(c.id).where(c.division == division, c.may_lock == 1, c.state == REGISTERED)
    return r.one(wanted) is not None


def _info(row: Mapping[str, Any], name: str) -> LaptopInfo:
    more = row["more"]
    return LaptopInfo(
        id=row["id"],
        serial=row["serial"],
        division=row["division"],
        division_name=name,
        letter=row["letter"],
        state=row["state"],
        may_lock=bool(row["may_lock"]),
        issued_at=more.get("issued_at", ""),
        expires=more.get("expires", ""),
        registered_at=more.get("registered_at", ""),
        last_number=position_of(row).number,
        last_at=more.get("last_at", ""),
        alarms=tuple(more.get("alarms", ())),
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
