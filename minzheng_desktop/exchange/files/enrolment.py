"""Enrolment: how a township's laptop comes to know its county, and the county its laptop.

A `.mzenrol` file is sealed with a six-word phrase told by phone. It holds a one-time signing key, the county's
certificate (whose root is pinned from then on), the live laptops of the division and the county's catalogue.
The laptop signs its own public keys with the one-time key; this registration travels in every envelope until
the county's first receipt.
"""

from __future__ import annotations

import base64
import secrets
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from minzheng_desktop.exchange.down.offered import CatalogEntry, accept_at_once
from minzheng_desktop.exchange.files.envelope import Party, Registration
from minzheng_desktop.exchange.files.keys import (
    CountyCertificate,
    PrivateKeys,
    PublicKeys,
    age_recipient,
    certificate_holds,
    fingerprint,
    is_older,
    new_private_keys,
    sign,
    signature_holds,
)
from minzheng_desktop.exchange.files.phrase import parse_phrase
from minzheng_desktop.store import schema, vault
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.vault import DEFAULT_COST
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

SUFFIX = ".mzenrol"
MAX_BYTES = 32 * 1_048_576
CHAIN_SETTING = "exchange.chain"
TROUBLES_SETTING = "exchange.troubles"
COUNTY_SETTING = "exchange.county"
KEYS_SETTING = "exchange.keys"
MEMBERSHIP_SETTING = "exchange.membership"
_FORMAT = "minzheng-enrolment"
_VERSION = 1
_SIGNED = b"minzheng enrolment\n"
_REGISTERED = b"minzheng registration\n"


class LiveLaptop(msgspec.Struct, frozen=True):
    """A registered laptop of the same division; packages are encrypted to its `age` key too, and it signs with the
    private half of `sign` (empty in files of earlier programs). Exactly one laptop of a division has `may_lock`."""

    laptop: str
    letter: str
    age: str
    may_lock: bool = False
    sign: str = ""


class Enrolment(msgspec.Struct, frozen=True):
    """What an enrolment file holds. `secret` is the private one-time key; `expires` an ISO date (last day).

    `former` and `succession` are there after the county lost its root key: the certificate before, and its working
    key's signature over the new root.
    """

    serial: str
    division: str
    letter: str
    may_lock: bool
    expires: str
    secret: str
    county: CountyCertificate
    laptops: tuple[LiveLaptop, ...] = ()
    catalog: tuple[CatalogEntry, ...] = ()
    demonstration: bool = False
    signature: str = ""
    former: CountyCertificate | None = None
    succession: str = ""


class Membership(msgspec.Struct, frozen=True):
    """What an enrolled laptop keeps of its county. `registered` turns true with the first receipt."""

    county: CountyCertificate
    registration: Registration
    registered: bool = False
    last_receipt: int = 0


class _File(msgspec.Struct, frozen=True):
    format: str
    version: int
    salt: str
    cost: Cost
    nonce: str
    box: str


def seal_enrolment(
    enrolment: Enrolment, phrase: str, *, county_sign_key: str, cost: Cost = DEFAULT_COST
) -> bytes:
    """The `.mzenrol` file, signed by the county and sealed with the phrase."""
    signed = msgspec.structs.replace(enrolment, signature=sign(county_sign_key, _signed_bytes(enrolment)))
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    box = ChaCha20Poly1305(_key(phrase, salt, cost)).encrypt(nonce, msgspec.json.encode(signed), _SIGNED)
    file = _File(_FORMAT, _VERSION, _text(salt), cost, _text(nonce), _text(box))
    return msgspec.json.format(msgspec.json.encode(file), indent=1)


def read_enrolment(data: bytes, phrase: str, *, today: date) -> Enrolment:
    """Open an enrolment file. UserError for a foreign or damaged file, a wrong phrase or one that expired."""
    listed = parse_phrase(phrase)
    try:
        file = msgspec.json.decode(data, type=_File)
        salt, nonce, box = (
            base64.b64decode(text, validate=True) for text in (file.salt, file.nonce, file.box)
        )
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UserError(
            "not_an_enrolment", "这不是完整的接入文件，没有读入。请核对文件，或请县局重新发一份。"
        ) from error
    if file.format != _FORMAT or not file.cost.within_reason() or len(nonce) != 12 or len(salt) < 8:
        raise UserError("not_an_enrolment", "这不是接入文件，没有读入。请核对文件。")
    if file.version != _VERSION:
        raise UserError("newer_program", "接入文件是更新版本的程序写的。没有读入，请先升级本机的程序。")
    try:
        plain = ChaCha20Poly1305(_key(listed, salt, file.cost)).decrypt(nonce, box, _SIGNED)
    except InvalidTag as error:
        raise UserError(
            "wrong_phrase",
            "接入口令与文件对不上，或文件被改动过。没有接入。请与县局逐词核对口令，仍不行请县局重新发一份。",
        ) from error
    try:
        enrolment = msgspec.json.decode(plain, type=Enrolment)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UserError(
            "newer_program", "接入文件的内容与本机的程序对不上，没有接入。请把双方的程序升级到同一版本。"
        ) from error
    county = enrolment.county
    if not certificate_holds(county, root=county.root) or not signature_holds(
        county.sign, _signed_bytes(enrolment), enrolment.signature
    ):
        raise UserError("enrolment_unsigned", "接入文件里县局的签名不成立，没有接入。请县局重新发一份。")
    _require_keys(enrolment)
    if enrolment.expires < today.isoformat():
        raise UserError(
            "enrolment_expired", f"接入文件已在 {enrolment.expires} 过期，没有接入。请县局重新发一份。"
        )
    return enrolment


def _require_keys(enrolment: Enrolment) -> None:
    """UserError `enrolment_damaged` unless every key in it can be used: a package sealed to one that cannot would be
    refused on the day it is written."""
    county = enrolment.county
    try:
        sign(enrolment.secret, b"")
        for key in (county.age, county.recovery, *(one.age for one in enrolment.laptops)):
            age_recipient(key)
    except (ValueError, UserError) as error:
        raise UserError(
            "enrolment_damaged", "接入文件里有一把密钥不能用，没有接入。请县局重新发一份。"
        ) from error


def register(enrolment: Enrolment, keys: PublicKeys, *, laptop: str) -> Registration:
    """Sign a laptop's public keys with the one-time key of its enrolment."""
    party = Party(enrolment.division, laptop, enrolment.letter)
    signed = _registered_bytes(enrolment.serial, party, keys)
    return Registration(enrolment.serial, keys, sign(enrolment.secret, signed))


def registration_holds(registration: Registration, party: Party, *, one_time_key: str) -> bool:
    """True when `party` registers the keys with the one-time key of that serial."""
    return signature_holds(
        one_time_key, _registered_bytes(registration.serial, party, registration.keys), registration.signature
    )


def accept_enrolment(store: Store, enrolment: Enrolment, *, new_root: str = "") -> None:
    """Make this township's database a member of the county: keys, pinned root, catalogue, escrow.

    Where the county's root is another than the pinned one, its former working key must vouch for it, and `new_root`
    must be its fingerprint, which the clerk compared by phone (UserError `new_root` asks for it).

    Raises UserError when the file is for another township, the database is a county's, a demonstration stands
    against the real thing, or it belongs to a county already. Accepting the same file again changes nothing.
    """
    site = store.site
    if site.role != "township":
        raise UserError("not_a_township", "这是县局的台账，不用接入。没有改动任何内容。")
    if enrolment.division != site.division:
        raise UserError(
            "other_township",
            f"接入文件是发给区划 {enrolment.division} 的，本台账是 {site.division}。没有接入，请核对文件。",
        )
    if enrolment.demonstration != site.demonstration:
        which = "演示用的" if enrolment.demonstration else "正式的"
        raise UserError("demonstration_mixed", f"接入文件是{which}，与本台账不是一类。没有接入，请核对文件。")
    with store.writing("enrol", {"serial": enrolment.serial, "county": enrolment.county.division}) as w:
        before = membership(w)
        if before is not None and before.county.root != enrolment.county.root:
            _require_succession(enrolment, before.county, new_root)
            w.detail["new_root"] = fingerprint(enrolment.county.root)
        elif before is not None and is_older(enrolment.county, before.county):
            raise UserError(
                "old_county_key",
                "这份接入文件是用县局换掉了的旧密钥签的。没有接入，台账没有变化。请县局重新发一份。",
            )
        if before is None or before.registration.serial != enrolment.serial:
            _join(w, enrolment)
    if store.path is not None and store.database_key is not None:
        escrows = [slot for slot in vault.list_slots(store.path) if slot.kind == "escrow"]
        if not escrows or enrolment.serial != (before.registration.serial if before else ""):
            vault.set_escrow(store.path, database_key=store.database_key, recipient=enrolment.county.recovery)


def _require_succession(enrolment: Enrolment, pinned: CountyCertificate, told: str) -> None:
    former, root = enrolment.former, enrolment.county.root
    if (
        former is None
        or enrolment.county.division != pinned.division
        or not certificate_holds(former, root=pinned.root)
        or not signature_holds(former.sign, succession_bytes(root), enrolment.succession)
    ):
        raise UserError(
            "other_county", "本台账已接入另一个县局，没有改动。确需更换，请先与原县局核对并办理移交。"
        )
    if "".join(told.split()) != "".join(fingerprint(root).split()):
        raise UserError(
            "new_root",
            f"县局换了根密钥，新的指纹是 {fingerprint(root)}。没有接入。"
            "请打电话给县局，对一遍这 16 位数字，一致再写明指纹接入一次；不一致就不要接入。",
        )


def succession_bytes(root: str) -> bytes:
    """What the county's former working key signs for a new root."""
    return b"minzheng succession\n" + root.encode()


def _join(w: Writing, enrolment: Enrolment) -> None:
    site, keys = w.store.site, new_private_keys()
    registration = register(enrolment, keys.public, laptop=site.laptop)
    w.set_setting(KEYS_SETTING, msgspec.to_builtins(keys))
    keep_membership(w, Membership(county=enrolment.county, registration=registration))
    keep_live_laptops(w, enrolment.division, enrolment.laptops)
    accept_at_once(w, enrolment.catalog)
    # A new identity starts its own chain: everything travels again, and what the county has counts as same.
    w.store.change_site(
        w, letter=enrolment.letter, may_lock=enrolment.may_lock, enrolled=True, epoch=new_id()
    )
    w.delete("settings", schema.settings.c.key.in_((CHAIN_SETTING, TROUBLES_SETTING, COUNTY_SETTING)))


def private_keys(r: Reading) -> PrivateKeys | None:
    """This database's own private keys, or None before enrolment."""
    stored = r.setting(KEYS_SETTING)
    return None if stored is None else msgspec.convert(stored, PrivateKeys)


def membership(r: Reading) -> Membership | None:
    """What this township keeps of its county, or None before enrolment."""
    stored = r.setting(MEMBERSHIP_SETTING)
    return None if stored is None else msgspec.convert(stored, Membership)


def keep_membership(w: Writing, member: Membership) -> None:
    """Store what this township keeps of its county."""
    w.set_setting(MEMBERSHIP_SETTING, msgspec.to_builtins(member))


def keep_live_laptops(w: Writing, division: str, laptops: tuple[LiveLaptop, ...]) -> None:
    """Replace the list of live laptops of a division by the county's."""
    c = schema.laptops.c
    here = w.rows(sa.select(schema.laptops).where(c.division == division))
    signs = {row["id"]: row["sign_key"] for row in here}
    each = {laptop.laptop: laptop for laptop in laptops}
    told = [_laptop_row(division, laptop, signs.get(laptop.laptop)) for laptop in each.values()]
    compared = ("id", "letter", "age_key", "may_lock", "sign_key")
    if sorted([str(row[name]) for name in compared] for row in here) != sorted(
        [str(row[name]) for name in compared] for row in told
    ):
        w.delete("laptops", c.division == division)
        w.insert("laptops", told)


def live_recipients(r: Reading, division: str) -> list[str]:
    """The age keys of the live laptops of a division."""
    c = schema.laptops.c
    wanted = sa.select(c.age_key).where(
        c.division == division, c.state == "registered", c.age_key.is_not(None)
    )
    return [row["age_key"] for row in r.rows(wanted)]


def _laptop_row(division: str, laptop: LiveLaptop, known_sign: str | None) -> dict[str, Any]:
    return {
        "id": laptop.laptop,
        "division": division,
        "letter": laptop.letter,
        "state": "registered",
        "may_lock": int(laptop.may_lock),
        "age_key": laptop.age,
        "sign_key": laptop.sign or known_sign,
        "more": {},
    }


def _signed_bytes(enrolment: Enrolment) -> bytes:
    """What the county signs: as earlier programs wrote it, where no laptop's signing key is told."""
    told = msgspec.to_builtins(msgspec.structs.replace(enrolment, signature=""))
    if enrolment.former is None:
        del told["former"], told["succession"]
    for laptop in told["laptops"]:
        if not laptop["sign"]:
            del laptop["sign"]
    return _SIGNED + msgspec.json.encode(told)


def _registered_bytes(serial: str, party: Party, keys: PublicKeys) -> bytes:
    return _REGISTERED + msgspec.json.encode([serial, party, keys])


def _key(phrase: str, salt: bytes, cost: Cost) -> bytes:
    argon = Argon2id(
        salt=salt, length=32, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    return argon.derive(phrase.encode())


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
