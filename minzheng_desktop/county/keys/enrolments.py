"""The county's side of enrolment: its own keys, the serials it issued, the laptops that registered with them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from minzheng_desktop.county.receiving.chains import Gap, gaps
from minzheng_desktop.county.receiving.senders import (
    ISSUED,
    REGISTERED,
    REVOKED,
    Sender,
    drop_waiting,
    has_locker,
    position_of,
    require_county,
)
from minzheng_desktop.county.receiving.troubles import troubles_of
from minzheng_desktop.exchange.down.offered import CatalogEntry
from minzheng_desktop.exchange.files.enrolment import (
    KEYS_SETTING,
    Enrolment,
    LiveLaptop,
    private_keys,
    seal_enrolment,
    succession_bytes,
)
from minzheng_desktop.exchange.files.keys import CountyCertificate, PrivateKeys, new_county, sign
from minzheng_desktop.exchange.files.phrase import new_phrase
from minzheng_desktop.exchange.judging.early import number_words
from minzheng_desktop.exchange.sending.trouble import Trouble
from minzheng_desktop.store import copies, schema
from minzheng_desktop.store.files import copy_verified
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.vault import DEFAULT_COST
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

CERTIFICATE_SETTING = "exchange.certificate"
EARLIER_SETTING = "exchange.earlier_keys"
FORMER_SETTING = "exchange.former"
VALID_DAYS = 30

_laptops = schema.laptops.c


class CountyKeys(msgspec.Struct, frozen=True):
    """What the county seals and opens with; `earlier` private age keys open packages that were under way when the
    working keys changed."""

    keys: PrivateKeys
    certificate: CountyCertificate
    earlier: tuple[str, ...] = ()


class Former(msgspec.Struct, frozen=True):
    """The certificate in force before the root was replaced, and its private signing key, which vouches for the new
    root in enrolment files."""

    certificate: CountyCertificate
    sign: str


class Issued(msgspec.Struct, frozen=True):
    """A written enrolment file and the phrase to tell by phone. `root_key` is set when the county's keys were
    made just now: it is shown this once, to be printed and locked away."""

    file: Path
    phrase: str
    serial: str
    letter: str
    root_key: str | None


class LaptopInfo(msgspec.Struct, frozen=True):
    """One laptop as the county lists it; `alarms` are sentences about theft or copies, kept for ever, `troubles` what
    is wrong with its chain now. `dropped` are the numbers of packages that waited and were not read when it was
    revoked."""

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
    dropped: tuple[int, ...] = ()
    troubles: tuple[Trouble, ...] = ()


def county_keys(r: Reading) -> CountyKeys:
    """The county's working keys. UserError `no_county_keys` before they were made."""
    keys, certificate = private_keys(r), r.setting(CERTIFICATE_SETTING)
    if keys is None or certificate is None:
        raise UserError("no_county_keys", "县局的密钥还没有生成，没有做任何事。请先为第一个乡镇发接入文件。")
    return CountyKeys(keys, msgspec.convert(certificate, CountyCertificate), earlier_keys(r))


def earlier_keys(r: Reading) -> tuple[str, ...]:
    """The county's earlier private age keys, oldest first."""
    return tuple(r.setting(EARLIER_SETTING, ()))


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
        letter, may_lock = _next_letter(w, division), not has_locker(w, division)
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
            **_succession(w, county.certificate),
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
                        "root": county.certificate.root,
                    },
                }
            ],
        )
        data = seal_enrolment(enrolment, phrase, county_sign_key=county.keys.sign, cost=cost)
        what = copies.Outgoing("enrolment", out.name, division=division, more={"letter": letter})
        copies.note_in(w, what, data, out.parent)
        copy_verified(data, out, kept="没有发出接入文件，登记没有变化")
    return Issued(file=out, phrase=phrase, serial=serial, letter=letter, root_key=root_key)


def list_laptops(r: Reading) -> list[LaptopInfo]:
    """Every serial ever issued, by division and letter."""
    divisions = r.store.catalog.divisions
    rows = r.rows(sa.select(schema.laptops).order_by(_laptops.division, _laptops.letter))
    open_gaps = gaps(r)
    stored = r.setting(CERTIFICATE_SETTING, {})
    root = str(stored.get("root", ""))
    return [_info(row, divisions.name(row["division"]), open_gaps, root) for row in rows if row["serial"]]


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
        more = {**row["more"], "revoked_at": w.at, "revoked_because": reason, **drop_waiting(w, row)}
        w.update("laptops", {"state": REVOKED, "may_lock": 0, "more": more}, _laptops.id == row["id"])
    with store.reading() as r:
        return next(info for info in list_laptops(r) if info.serial == row["serial"])


def confirm_restored(store: Store, laptop: str) -> Sender:
    """Let a laptop go on in a new epoch behind its last applied package: a person here made sure that it was
    restored from a backup. The receipt that says so is written with `receipts.write_resume`; what the laptop had read
    of the county may be gone with its database, so that every ruling goes down again."""
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
        row["more"] = {**row["more"], "position": msgspec.to_builtins(position), "seen": 0}
        w.update("laptops", {"more": row["more"]}, _laptops.id == row["id"])
    return Sender(row, row["sign_key"], first=False)


def live_laptops(r: Reading, division: str) -> tuple[LiveLaptop, ...]:
    """The registered, unrevoked laptops of a division, as enrolments and receipts carry them."""
    c = _laptops
    rows = r.rows(
        sa.select(schema.laptops).where(c.division == division, c.state == REGISTERED).order_by(c.letter)
    )
    return tuple(
        LiveLaptop(row["id"], row["letter"], row["age_key"], bool(row["may_lock"]), row["sign_key"] or "")
        for row in rows
    )


def county_catalog(r: Reading) -> tuple[CatalogEntry, ...]:
    """The county's own catalogue entries in force, as enrolments, receipts and bulletins carry them."""
    c = schema.catalog.c
    rows = r.rows(sa.select(schema.catalog).where(c.origin == "county").order_by(c.kind, c.key, c.version))
    newest = {(row["kind"], row["key"]): row for row in rows}
    return tuple(
        CatalogEntry(row["kind"], row["key"], row["version"], row["name"], row["body"], row["valid_from"])
        for row in newest.values()
    )


def _succession(r: Reading, certificate: CountyCertificate) -> dict[str, Any]:
    """What an enrolment file says of the root before the present one: the old working key's word for the new root."""
    stored = r.setting(FORMER_SETTING)
    if stored is None:
        return {}
    former = msgspec.convert(stored, Former)
    return {
        "former": former.certificate,
        "succession": sign(former.sign, succession_bytes(certificate.root)),
    }


def _found(w: Writing) -> str:
    if w.setting(CERTIFICATE_SETTING) is not None:
        raise UserError("county_keys_exist", "县局的密钥以前已经生成，没有改动。根密钥在当时打印的那张纸上。")
    made = new_county(w.store.site.division, issued_at=w.at)
    w.set_setting(KEYS_SETTING, msgspec.to_builtins(made.keys))
    w.set_setting(CERTIFICATE_SETTING, msgspec.to_builtins(made.certificate))
    return made.root_key


def _next_letter(r: Reading, division: str) -> str:
    used = {row["letter"] for row in r.rows(sa.select(_laptops.letter).where(_laptops.division == division))}
    free = [letter for letter in "ABCDEFGHJKLMNPQRSTUVWXYZ" if letter not in used]
    if not free:
        raise UserError("no_letter", "这个乡镇发过的接入文件太多，字母用完了。没有发出，请先与开发单位联系。")
    return free[0]


def _info(row: Mapping[str, Any], name: str, open_gaps: Sequence[Gap], root: str) -> LaptopInfo:
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
        alarms=(*more.get("alarms", ()), *_dropped_words(more)),
        dropped=tuple(more.get("dropped", ())),
        troubles=() if row["state"] == REVOKED else troubles_of(row, open_gaps, root=root),
    )


def _dropped_words(more: Mapping[str, Any]) -> tuple[str, ...]:
    dropped = more.get("dropped", ())
    if not dropped:
        return ()
    return (f"停用时{number_words(dropped)}包早到、还没有读入，已丢掉，里面的变化没有进县库。",)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
