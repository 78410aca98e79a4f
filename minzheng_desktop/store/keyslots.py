"""Key slots: the contents of `F.keys`, how one slot is made and opened, and how the file is written.

A slot's age recipient receives the database key; the identity behind a user's or the recovery recipient is
wrapped with AES key wrap under Argon2id of the password. `vault` is the use of this; nothing else imports it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
import pyrage
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

from minzheng_desktop.store.files import read_file, write_atomically
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

KEY_BYTES = 32
KEYS_FORMAT = "minzheng-keys"
KEYS_VERSION = 1
_FILE_LIMIT = 4 * 1_048_576
MOST_MEMORY_KIB = 256 * 1024
"""What a laptop of 4 GB can give beside the system and the window; the program itself writes 64 MB (`vault`)."""

SlotKind = Literal["user", "recovery", "escrow"]


class Cost(msgspec.Struct, frozen=True):
    """Argon2id parameters: memory in KiB, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int

    def within_reason(self) -> bool:
        """False for parameters that this program never writes (a foreign or altered file): they are used before
        anything is proved, on a computer that may have little memory."""
        in_memory = 8 * self.lanes <= self.memory_kib <= MOST_MEMORY_KIB
        return in_memory and 1 <= self.passes <= 16 and 1 <= self.lanes <= 8


class Attempt(msgspec.Struct, frozen=True):
    """One wrong password or recovery key, for the audit."""

    at: str
    kind: SlotKind
    user_ref: str = ""


class Slot(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    kind: SlotKind
    recipient: str
    sealed: str
    created_at: str
    user_ref: str = ""
    salt: str = ""
    cost: Cost | None = None
    wrapped: str = ""
    sealed_next: str = ""


class Failures(msgspec.Struct, frozen=True):
    count: int = 0
    until: str = ""
    untold: tuple[Attempt, ...] = ()
    dropped: int = 0


class Keys(msgspec.Struct, frozen=True):
    format: str
    version: int
    names_salt: str
    names_cost: Cost
    slots: tuple[Slot, ...]
    seal: str
    failures: Failures = Failures()


def keys_path(path: Path) -> Path:
    """The `.keys` file beside the database `path`."""
    return path.with_name(path.name + ".keys")


def new_slot(kind: SlotKind, secret: bytes, database_key: bytes, cost: Cost, user_ref: str) -> Slot:
    identity = pyrage.x25519.Identity.generate()
    recipient = str(identity.to_public())
    salt = secrets.token_bytes(16)
    wrapped = aes_key_wrap_with_padding(derive(secret, salt, cost), str(identity).encode("ascii"))
    return Slot(
        id=new_id(),
        kind=kind,
        recipient=recipient,
        sealed=sealed_to(recipient, database_key),
        created_at=stamp(datetime.now().astimezone()),
        user_ref=user_ref,
        salt=to_text(salt),
        cost=cost,
        wrapped=to_text(wrapped),
    )


def unwrap(slot: Slot, secret: bytes) -> pyrage.x25519.Identity | None:
    if slot.cost is None or not slot.cost.within_reason():
        raise damaged("密钥槽的参数不对")
    try:
        kek = derive(secret, to_bytes(slot.salt), slot.cost)
        wrapped = aes_key_unwrap_with_padding(kek, to_bytes(slot.wrapped))
        return pyrage.x25519.Identity.from_str(wrapped.decode("ascii"))
    except InvalidUnwrap:
        return None
    except (ValueError, pyrage.IdentityError) as error:
        raise damaged("密钥槽的内容不对") from error


def opened(sealed: str, identity: pyrage.x25519.Identity) -> bytes:
    try:
        key: bytes = pyrage.decrypt(to_bytes(sealed), [identity])
    except (ValueError, pyrage.DecryptError) as error:
        raise damaged("封存的密钥读不出来") from error
    if len(key) != KEY_BYTES:
        raise damaged("封存的密钥长度不对")
    return key


def sealed_to(recipient: str, key: bytes) -> str:
    return to_text(pyrage.encrypt(key, [pyrage.x25519.Recipient.from_str(recipient)]))


def seal_of(slots: Iterable[Slot], database_key: bytes) -> str:
    bound = [[slot.id, slot.kind, slot.recipient, slot.user_ref] for slot in slots]
    sealing_key = hashlib.blake2b(database_key, digest_size=32, person=b"minzheng-slots").digest()
    return hmac.new(sealing_key, msgspec.json.encode(bound), hashlib.sha256).hexdigest()


def derive(secret: bytes, salt: bytes, cost: Cost) -> bytes:
    argon = Argon2id(
        salt=salt, length=KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    return argon.derive(secret)


def hash_name(user: str, salt: bytes, cost: Cost) -> str:
    return derive(unicodedata.normalize("NFC", user.strip()).encode(), salt, cost)[:16].hex()


def name_ref(keys: Keys, user: str) -> str:
    return hash_name(user, to_bytes(keys.names_salt), keys.names_cost)


def read_keys(path: Path) -> Keys:
    file = keys_path(path)
    if not file.exists():
        raise UserError(
            "keys_missing",
            f"找不到密钥文件 {file.name}，没有它打不开台账。台账文件没有变化。"
            "把它放回台账所在的文件夹，或从备份恢复。",
        )
    data = read_file(file, limit=_FILE_LIMIT, what="密钥文件")
    try:
        keys = msgspec.json.decode(data, type=Keys)
        to_bytes(keys.names_salt)
    except (msgspec.DecodeError, ValueError) as error:
        raise damaged("内容不完整，或不是本程序的密钥文件") from error
    if keys.format != KEYS_FORMAT:
        raise damaged("不是本程序的密钥文件")
    if keys.version != KEYS_VERSION:
        raise UserError(
            "keys_newer",
            f"密钥文件是第 {keys.version} 版，这个程序只认第 {KEYS_VERSION} 版。"
            "台账没有变化。请换用新版本的程序打开。",
        )
    if not keys.names_cost.within_reason() or not keys.slots:
        raise damaged("内容不完整")
    return keys


def read_authentic_keys(path: Path, database_key: bytes) -> Keys:
    keys = read_keys(path)
    if not hmac.compare_digest(keys.seal, seal_of(keys.slots, database_key)):
        raise UserError(
            "keys_altered",
            "密钥文件被别的程序改动过，没有再写入。台账没有变化。请从备份恢复密钥文件后再做一次。",
        )
    return keys


def write_slots(path: Path, keys: Keys, slots: Iterable[Slot], database_key: bytes) -> None:
    kept = tuple(slots)
    write_keys(path, msgspec.structs.replace(keys, slots=kept, seal=seal_of(kept, database_key)))


def write_keys(path: Path, keys: Keys) -> None:
    data = msgspec.json.format(msgspec.json.encode(keys), indent=1)
    write_atomically(keys_path(path), data, kept="密钥文件和台账都没有变化")


def damaged(detail: str) -> UserError:
    return UserError(
        "keys_damaged",
        f"密钥文件读不出来：{detail}。台账文件没有变化。请从备份取回与台账同名的 .keys 文件，放在台账旁边。",
    )


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def to_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def to_bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
