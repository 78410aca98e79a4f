"""The county's keys over the years: changed in routine, lost with the computer, or their root lost with the paper.

The root key on paper certifies working keys; townships have pinned the root, so they take new working keys from the
next receipt or bulletin. Earlier age keys are kept, so that packages under way still open. With the paper even what
only the recovery recipient can read opens (`paper_key`). When the paper itself is lost there is no way but a new
root: every township enrols again and compares the new fingerprint by phone.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from minzheng_desktop.county.keys.enrolments import (
    CERTIFICATE_SETTING,
    EARLIER_SETTING,
    FORMER_SETTING,
    Former,
    county_keys,
    earlier_keys,
)
from minzheng_desktop.county.receiving.senders import REGISTERED, require_county
from minzheng_desktop.exchange.files.enrolment import KEYS_SETTING, private_keys
from minzheng_desktop.exchange.files.keys import (
    CountyCertificate,
    PrivateKeys,
    certify,
    fingerprint,
    is_older,
    new_county,
    new_private_keys,
    paper_identity,
)
from minzheng_desktop.store import schema
from minzheng_desktop.store.backup import raise_standing
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing


class KeyState(msgspec.Struct, frozen=True):
    """The county's keys: fingerprints of root and working key, since when, how many earlier ones are kept, and the
    laptops in use (division, letter) that have not enrolled under this root."""

    root: str
    working: str
    issued_at: str
    earlier: int
    not_enrolled: tuple[tuple[str, str], ...] = ()


class NewRoot(msgspec.Struct, frozen=True):
    """A new root key, shown once to be printed, and its fingerprint for the townships to compare by phone."""

    root_key: str
    state: KeyState


def key_state(r: Reading) -> KeyState:
    """The county's keys as they stand. UserError `no_county_keys` before they were made."""
    certificate = county_keys(r).certificate
    c = schema.laptops.c
    rows = r.rows(sa.select(schema.laptops).where(c.state == REGISTERED).order_by(c.division, c.letter))
    return KeyState(
        root=fingerprint(certificate.root),
        working=fingerprint(certificate.sign),
        issued_at=certificate.issued_at,
        earlier=len(earlier_keys(r)),
        not_enrolled=tuple(
            (row["division"], row["letter"])
            for row in rows
            if row["more"].get("root", certificate.root) != certificate.root
        ),
    )


def rotate_keys(store: Store, root_key: str) -> KeyState:
    """Make new working keys, certified with the root key typed from paper; the old age key is kept for reading.

    Raises UserError when the paper was typed wrongly or is another's, or the clock stands before the certificate now
    in force (townships would take the new one for older).
    """
    require_county(store)
    with store.writing("rotate_county_keys", {}) as w:
        before = county_keys(w)
        keys = new_private_keys()
        certificate = _certified(w, root_key, keys)
        if certificate.root != before.certificate.root:
            raise _wrong_root()
        if _moment(certificate.issued_at) <= _moment(before.certificate.issued_at):
            raise _clock_back(before.certificate)
        _put(w, keys, certificate, earlier=before.keys.age)
        w.detail["working"] = fingerprint(certificate.sign)
        return key_state(w)


def recover_keys(store: Store, root_key: str) -> KeyState:
    """Take up the county's exchange on another computer with the root key from paper.

    In a restored database the laptops are known and go on; in a new one every township enrols again under the same
    root and sends everything anew. What the county writes from now on counts as newer than all that went before.
    Raises UserError as `rotate_keys` does.
    """
    require_county(store)
    with store.writing("recover_county_keys", {}) as w:
        keys = new_private_keys()
        certificate = _certified(w, root_key, keys)
        own = private_keys(w)
        known = w.setting(CERTIFICATE_SETTING)
        before = None if known is None else msgspec.convert(known, CountyCertificate)
        if before is not None and before.root != certificate.root:
            raise _wrong_root()
        if before is not None and is_older(certificate, before):
            raise _clock_back(before)
        _put(w, keys, certificate, earlier=own.age if own else "")
        raise_standing(w)
        w.detail["working"] = fingerprint(certificate.sign)
        return key_state(w)


def replace_root(store: Store) -> NewRoot:
    """Make a new root and new working keys because the paper is lost; every township has to enrol again.

    The old working key signs for the new root, so that a township can prove that its own county gives it.
    """
    require_county(store)
    with store.writing("replace_county_root", {}) as w:
        before = county_keys(w)
        made = new_county(w.store.site.division, issued_at=w.at)
        _put(w, made.keys, made.certificate, earlier=before.keys.age)
        former = Former(before.certificate, before.keys.sign)
        w.set_setting(FORMER_SETTING, msgspec.to_builtins(former))
        _mark_old_root(w, before.certificate.root)
        w.detail["root"] = fingerprint(made.certificate.root)
        return NewRoot(made.root_key, key_state(w))


def paper_key(root_key: str) -> str:
    """The private age key that the paper holds, to read packages sealed to keys that are lost; never stored."""
    return str(paper_identity(root_key))


def _certified(w: Writing, root_key: str, keys: PrivateKeys) -> CountyCertificate:
    return certify(root_key, keys.public, division=w.store.site.division, issued_at=w.at)


def _put(w: Writing, keys: PrivateKeys, certificate: CountyCertificate, *, earlier: str) -> None:
    if earlier:
        w.set_setting(EARLIER_SETTING, [*earlier_keys(w), earlier])
    w.set_setting(KEYS_SETTING, msgspec.to_builtins(keys))
    w.set_setting(CERTIFICATE_SETTING, msgspec.to_builtins(certificate))


def _mark_old_root(w: Writing, root: str) -> None:
    """Note at every laptop under which root it enrolled, unless that is noted."""
    for row in w.rows(sa.select(schema.laptops).where(schema.laptops.c.serial.is_not(None))):
        if "root" not in row["more"]:
            w.update(
                "laptops", {"more": {**row["more"], "root": root}}, schema.laptops.c.serial == row["serial"]
            )


def _wrong_root() -> UserError:
    return UserError(
        "wrong_root",
        "这张纸上的根密钥不是本县局的，没有改动任何内容。请核对是不是拿错了纸；根密钥确实丢了，用“换根密钥”。",
    )


def _clock_back(before: CountyCertificate) -> UserError:
    return UserError(
        "clock_back",
        f"电脑的时间比现用密钥的签发时间（{before.issued_at[:16].replace('T', ' ')}）还早，"
        "没有换密钥。请先校准日期和时间。",
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
