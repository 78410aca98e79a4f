"""Who signs and who can read: the keys of laptops and of the county.

Every laptop makes an Ed25519 pair (signing) and an X25519 age pair (reading), kept in its encrypted database.
The county has a root key kept on paper; it signs a certificate of the county's working keys, and a township
pins the root at enrolment. From the same paper an age identity is derived that can read every package when
the county's computer is lost (the county's recovery recipient).

Keys are text: Ed25519 as base64 of 32 bytes, age keys as `age1…` and `AGE-SECRET-KEY-1…`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime

import msgspec
import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from minzheng_desktop.exchange.files.bech32 import encode_bech32
from minzheng_desktop.store.recovery_key import new_recovery_key, parse_recovery_key
from minzheng_desktop.values.errors import UserError


class PublicKeys(msgspec.Struct, frozen=True):
    """The public halves: `sign` verifies, `age` encrypts to."""

    sign: str
    age: str


class PrivateKeys(msgspec.Struct, frozen=True):
    """The private halves of a laptop or of the county's working keys; only ever inside an encrypted file."""

    sign: str
    age: str

    @property
    def public(self) -> PublicKeys:
        private = Ed25519PrivateKey.from_private_bytes(_bytes(self.sign))
        identity = pyrage.x25519.Identity.from_str(self.age)
        return PublicKeys(_text(private.public_key().public_bytes_raw()), str(identity.to_public()))


class CountyCertificate(msgspec.Struct, frozen=True):
    """The county's working keys, signed by its root key."""

    division: str
    root: str
    sign: str
    age: str
    recovery: str
    issued_at: str
    signature: str = ""


class NewCounty(msgspec.Struct, frozen=True):
    """What making a county's keys hands out once; `root_key` is to be printed and locked away."""

    keys: PrivateKeys
    certificate: CountyCertificate
    root_key: str


def new_private_keys() -> PrivateKeys:
    """A fresh signing and age pair."""
    private = Ed25519PrivateKey.generate()
    return PrivateKeys(_text(private.private_bytes_raw()), str(pyrage.x25519.Identity.generate()))


def new_county(division: str, *, issued_at: str) -> NewCounty:
    """The keys of a county (6-digit `division`): working keys, their certificate and the root key to print."""
    root_key = new_recovery_key()
    keys = new_private_keys()
    return NewCounty(keys, certify(root_key, keys.public, division=division, issued_at=issued_at), root_key)


def certify(root_key: str, working: PublicKeys, *, division: str, issued_at: str) -> CountyCertificate:
    """Sign working keys with the root key on paper. UserError when the paper was copied wrongly."""
    root = _root_of(root_key)
    unsigned = CountyCertificate(
        division=division,
        root=_text(root.public_key().public_bytes_raw()),
        sign=working.sign,
        age=working.age,
        recovery=str(paper_identity(root_key).to_public()),
        issued_at=issued_at,
    )
    return msgspec.structs.replace(unsigned, signature=_text(root.sign(_certified_bytes(unsigned))))


def certificate_holds(certificate: CountyCertificate, *, root: str) -> bool:
    """True when the certificate is signed by the pinned `root`."""
    return certificate.root == root and signature_holds(
        root, _certified_bytes(certificate), certificate.signature
    )


def is_older(certificate: CountyCertificate, than: CountyCertificate) -> bool:
    """Whether a certificate was issued before another one, in whatever zones their clocks stood."""
    try:
        issued, known = (datetime.fromisoformat(one.issued_at).astimezone() for one in (certificate, than))
    except ValueError:
        return certificate.issued_at < than.issued_at
    return issued < known


def paper_identity(root_key: str) -> pyrage.x25519.Identity:
    """The age identity derived from the county's root key on paper: reads packages when all else is lost."""
    derived = _derived(root_key, b"minzheng county recovery")
    return pyrage.x25519.Identity.from_str(encode_bech32("age-secret-key-", derived).upper())


def sign(private: str, data: bytes) -> str:
    """Base64 Ed25519 signature of `data`."""
    return _text(Ed25519PrivateKey.from_private_bytes(_bytes(private)).sign(data))


def signature_holds(public: str, data: bytes, signature: str) -> bool:
    """True when `signature` over `data` was made with the private half of `public`; malformed text is False."""
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(public)).verify(_bytes(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def age_identity(secret: str) -> pyrage.x25519.Identity:
    """The age identity of a stored private key."""
    return pyrage.x25519.Identity.from_str(secret)


def age_recipient(public: str) -> pyrage.x25519.Recipient:
    """The age recipient of a public key; UserError when it is not one."""
    try:
        return pyrage.x25519.Recipient.from_str(public)
    except (ValueError, pyrage.RecipientError) as error:
        raise UserError(
            "bad_age_key", f"公钥“{public[:16]}…”不是 age 公钥，没有加密任何内容。请核对登记的电脑。"
        ) from error


def fingerprint(public: str) -> str:
    """A short form of a public key to compare over the phone: four groups of four digits."""
    digits = f"{int.from_bytes(hashlib.sha256(public.encode()).digest()[:8]) % 10**16:016d}"
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))


def _root_of(root_key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_derived(root_key, b"minzheng county root"))


def _derived(root_key: str, purpose: bytes) -> bytes:
    # 155 random bits need no slow derivation.
    return HKDF(hashes.SHA256(), length=32, salt=None, info=purpose).derive(parse_recovery_key(root_key))


def _certified_bytes(certificate: CountyCertificate) -> bytes:
    unsigned = msgspec.structs.replace(certificate, signature="")
    return b"minzheng certificate\n" + msgspec.json.encode(unsigned)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
