"""The vault: who can open the encrypted database, kept in `F.keys` beside the database `F`.

Each slot (a user, the printed recovery key, the county's escrow) has an age recipient to which the random
32-byte database key is sealed. The identity behind a user's or the recovery recipient is wrapped with AES key
wrap under Argon2id of the password, its parameters stored beside the wrap. So the database key can be changed
when a user leaves, without the passwords of those who stay. The slots are authenticated with a key derived
from the database key: who can only write the file cannot slip in a recipient of their own.

F.keys is JSON and holds no readable personal data; users are salted Argon2id hashes of their names. Failed
attempts and the growing delay live here, so that a restart does not reset them.

Every `path` is that of the database `F`. Errors are UserError with a Chinese sentence.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from pathlib import Path

import msgspec
import pyrage

from minzheng_desktop.store import attempts
from minzheng_desktop.store.attempts import password_bytes, require_password
from minzheng_desktop.store.keyslots import (
    KEY_BYTES,
    KEYS_FORMAT,
    KEYS_VERSION,
    Attempt,
    Cost,
    Keys,
    Slot,
    SlotKind,
    hash_name,
    keys_path,
    name_ref,
    new_slot,
    opened,
    read_authentic_keys,
    read_keys,
    seal_of,
    sealed_to,
    stamp,
    to_text,
    unwrap,
    write_keys,
    write_slots,
)
from minzheng_desktop.store.recovery_key import new_recovery_key, parse_recovery_key
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

WAY_OUT = "忘记口令可以用恢复密钥重设"
DEFAULT_COST = Cost(memory_kib=65_536, passes=3, lanes=2)


class NewVault(msgspec.Struct, frozen=True):
    """What `create_vault` hands out once: the database key and the recovery key to print."""

    database_key: bytes
    recovery_key: str


class Unlocked(msgspec.Struct, frozen=True):
    """An opened vault. `next_key` is set while a change of the key was interrupted; `altered` when the slots
    were changed by something that did not know the database key."""

    database_key: bytes
    slot_id: str
    user_ref: str = ""
    next_key: bytes | None = None
    altered: bool = False


class SlotInfo(msgspec.Struct, frozen=True):
    """One way to open the database; `user_ref` is the salted hash of the user's name."""

    id: str
    kind: SlotKind
    user_ref: str
    created_at: str


def create_vault(path: Path, *, user: str, password: str, cost: Cost = DEFAULT_COST) -> NewVault:
    """Write a new `F.keys` with one user and a recovery slot; UserError when there is one already."""
    if keys_path(path).exists():
        raise UserError(
            "keys_exist", f"{keys_path(path).name} 已经存在，没有覆盖它。换一个文件名，或先把旧台账移到别处。"
        )
    require_password(password)
    database_key = secrets.token_bytes(KEY_BYTES)
    recovery_key = new_recovery_key()
    names_salt = secrets.token_bytes(16)
    names_cost = Cost(memory_kib=min(cost.memory_kib, 16_384), passes=1, lanes=1)
    slots = (
        new_slot(
            "user", password_bytes(password), database_key, cost, hash_name(user, names_salt, names_cost)
        ),
        new_slot("recovery", parse_recovery_key(recovery_key), database_key, cost, ""),
    )
    keys = Keys(
        KEYS_FORMAT, KEYS_VERSION, to_text(names_salt), names_cost, slots, seal_of(slots, database_key)
    )
    write_keys(path, keys)
    return NewVault(database_key, recovery_key)


def open_vault(path: Path, *, user: str | None, password: str, now: datetime | None = None) -> Unlocked:
    """Unwrap the database key; `user` None means the only one. Counts wrong passwords, delays after five."""
    keys = read_keys(path)
    now = now or datetime.now().astimezone()
    attempts.refuse_during_delay(keys.failures, now, way_out=WAY_OUT)
    slot = _user_slot(keys, user)
    if slot is None or (identity := unwrap(slot, password_bytes(password))) is None:
        reference = "" if user is None else name_ref(keys, user)
        _record_failure(path, keys, Attempt(stamp(now), "user", slot.user_ref if slot else reference), now)
        raise attempts.wrong_password(keys.failures.count + 1, way_out=WAY_OUT)
    unlocked = _unlock(keys, slot, identity)
    _forget_failures(path, keys)
    return unlocked


def open_with_recovery(path: Path, recovery_key: str, *, now: datetime | None = None) -> Unlocked:
    """Unwrap the database key with the printed recovery key; same delay as for passwords."""
    secret = parse_recovery_key(recovery_key)
    keys = read_keys(path)
    now = now or datetime.now().astimezone()
    attempts.refuse_during_delay(keys.failures, now, way_out=WAY_OUT)
    for slot in keys.slots:
        if slot.kind == "recovery" and (identity := unwrap(slot, secret)) is not None:
            unlocked = _unlock(keys, slot, identity)
            _forget_failures(path, keys)
            return unlocked
    _record_failure(path, keys, Attempt(stamp(now), "recovery"), now)
    raise UserError(
        "recovery_key_wrong", "这不是这个台账的恢复密钥。台账没有变化。请找到与这个台账同时打印的那一张。"
    )


def open_with_escrow(path: Path, identity: str) -> Unlocked:
    """Unwrap the database key with the county's age identity (AGE-SECRET-KEY-1…)."""
    keys = read_keys(path)
    own = pyrage.x25519.Identity.from_str(identity)
    for slot in keys.slots:
        if slot.kind == "escrow" and slot.recipient == str(own.to_public()):
            return _unlock(keys, slot, own)
    raise UserError("escrow_wrong", "这个台账没有交给这把县级密钥保管。台账没有变化。请用恢复密钥打开。")


def add_user_slot(
    path: Path, *, database_key: bytes, user: str, password: str, cost: Cost = DEFAULT_COST
) -> SlotInfo:
    """Let one more user open the database; UserError when that user has a slot already."""
    require_password(password)
    keys = read_authentic_keys(path, database_key)
    reference = name_ref(keys, user)
    if any(slot.user_ref == reference for slot in keys.slots if slot.kind == "user"):
        raise UserError(
            "user_exists", f"用户“{user}”已能打开这个台账，没有重复添加。要换口令请用“修改口令”。"
        )
    slot = new_slot("user", password_bytes(password), database_key, cost, reference)
    write_slots(path, keys, [*keys.slots, slot], database_key)
    return _info(slot)


def change_password(
    path: Path,
    *,
    user: str | None,
    old_password: str,
    new_password: str,
    cost: Cost = DEFAULT_COST,
    now: datetime | None = None,
) -> None:
    """Give one user a new password; the old one is tried (and counted) like a sign-in."""
    require_password(new_password)
    unlocked = open_vault(path, user=user, password=old_password, now=now)
    _replace_user_slot(path, unlocked.database_key, unlocked.slot_id, new_password, cost)


def reset_password(
    path: Path, *, database_key: bytes, user: str, password: str, cost: Cost = DEFAULT_COST
) -> None:
    """Give a user a new password without the old one, after opening by recovery key or escrow."""
    require_password(password)
    keys = read_authentic_keys(path, database_key)
    slot = _user_slot(keys, user)
    if slot is None:
        raise _no_such_user(user)
    _replace_user_slot(path, database_key, slot.id, password, cost)


def remove_user_slot(path: Path, *, database_key: bytes, user: str) -> None:
    """Take a user's slot away; the store then changes the key (`begin_rekey`). The last user stays."""
    keys = read_authentic_keys(path, database_key)
    slot = _user_slot(keys, user)
    if slot is None:
        raise _no_such_user(user)
    if sum(other.kind == "user" for other in keys.slots) == 1:
        raise UserError("last_user", "这是最后一个能打开台账的用户，没有移除。先添加接手的人，再移除他。")
    write_slots(path, keys, [other for other in keys.slots if other.id != slot.id], database_key)


def set_escrow(path: Path, *, database_key: bytes, recipient: str) -> None:
    """Seal the database key to the county's escrow key (age1…), replacing an earlier escrow."""
    keys = read_authentic_keys(path, database_key)
    slot = Slot(
        id=new_id(),
        kind="escrow",
        recipient=recipient,
        sealed=sealed_to(recipient, database_key),
        created_at=stamp(datetime.now().astimezone()),
    )
    write_slots(path, keys, [*(other for other in keys.slots if other.kind != "escrow"), slot], database_key)


def replace_recovery_key(path: Path, *, database_key: bytes, cost: Cost = DEFAULT_COST) -> str:
    """Make the printed recovery key void and return a new one to print."""
    keys = read_authentic_keys(path, database_key)
    recovery_key = new_recovery_key()
    slot = new_slot("recovery", parse_recovery_key(recovery_key), database_key, cost, "")
    write_slots(
        path, keys, [*(other for other in keys.slots if other.kind != "recovery"), slot], database_key
    )
    return recovery_key


def begin_rekey(path: Path, *, database_key: bytes) -> bytes:
    """Seal a fresh database key beside the present one in every slot and return it.

    The store then re-encrypts the database and calls `finish_rekey`. Interrupted in between, `Unlocked`
    carries both keys, and whichever opens the database is in force.
    """
    keys = read_authentic_keys(path, database_key)
    next_key = secrets.token_bytes(KEY_BYTES)
    slots = [
        msgspec.structs.replace(slot, sealed_next=sealed_to(slot.recipient, next_key)) for slot in keys.slots
    ]
    write_slots(path, keys, slots, database_key)
    return next_key


def finish_rekey(path: Path, *, database_key: bytes, in_force: bytes) -> None:
    """End a change of the key begun under `database_key`: keep only `in_force`, which opens the database."""
    keys = read_authentic_keys(path, database_key)
    slots = [
        msgspec.structs.replace(slot, sealed=sealed_to(slot.recipient, in_force), sealed_next="")
        for slot in keys.slots
    ]
    write_slots(path, keys, slots, in_force)


def list_slots(path: Path) -> list[SlotInfo]:
    """The ways to open the database, in the order they were added; needs no password."""
    return [_info(slot) for slot in read_keys(path).slots]


def take_attempts(path: Path) -> list[Attempt]:
    """Hand the untold wrong attempts over to the audit and forget them; the delay stays as it is."""
    keys = read_keys(path)
    if not keys.failures.untold:
        return []
    emptied = msgspec.structs.replace(keys.failures, untold=(), dropped=0)
    write_keys(path, msgspec.structs.replace(keys, failures=emptied))
    return list(keys.failures.untold)


def _replace_user_slot(path: Path, database_key: bytes, slot_id: str, password: str, cost: Cost) -> None:
    keys = read_authentic_keys(path, database_key)
    slots = [
        # The database knows its users by slot: a new password must not make somebody else of them.
        msgspec.structs.replace(
            new_slot("user", password_bytes(password), database_key, cost, slot.user_ref), id=slot.id
        )
        if slot.id == slot_id
        else slot
        for slot in keys.slots
    ]
    write_slots(path, keys, slots, database_key)


def _unlock(keys: Keys, slot: Slot, identity: pyrage.x25519.Identity) -> Unlocked:
    database_key = opened(slot.sealed, identity)
    return Unlocked(
        database_key=database_key,
        slot_id=slot.id,
        user_ref=slot.user_ref,
        next_key=opened(slot.sealed_next, identity) if slot.sealed_next else None,
        altered=not hmac.compare_digest(keys.seal, seal_of(keys.slots, database_key)),
    )


def _user_slot(keys: Keys, user: str | None) -> Slot | None:
    users = [slot for slot in keys.slots if slot.kind == "user"]
    if user is None:
        if len(users) != 1:
            raise UserError("user_needed", f"这个台账有 {len(users)} 个用户，没有打开。请写明是哪一个用户。")
        return users[0]
    reference = name_ref(keys, user)
    return next((slot for slot in users if slot.user_ref == reference), None)


def _record_failure(path: Path, keys: Keys, attempt: Attempt, now: datetime) -> None:
    failures = attempts.after_failure(keys.failures, attempt, now)
    write_keys(path, msgspec.structs.replace(keys, failures=failures))


def _forget_failures(path: Path, keys: Keys) -> None:
    if keys.failures.count or keys.failures.until:
        kept = msgspec.structs.replace(keys.failures, count=0, until="")
        write_keys(path, msgspec.structs.replace(keys, failures=kept))


def _info(slot: Slot) -> SlotInfo:
    return SlotInfo(id=slot.id, kind=slot.kind, user_ref=slot.user_ref, created_at=slot.created_at)


def _no_such_user(user: str) -> UserError:
    return UserError("no_such_user", f"没有名为“{user}”的用户，没有改动任何口令。请核对用户名。")
