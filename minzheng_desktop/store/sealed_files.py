"""The sealed files of attachments: one folder beside the database (on a server one table), each under its own key.

A file's key stands only in its row (`sealed_key`: name and key); its name is the sha256 of the sealed bytes, so
that neither name nor content tells what is inside. Unsealed bytes stay in memory.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from minzheng_desktop.store import schema
from minzheng_desktop.store.files import disk_error, read_file, write_atomically
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store

LARGEST = 20 * 1_048_576
"""The largest file that is sealed, in plain bytes."""
MAX_SEALED = LARGEST + 64
_NONCE = 12
_NAME = re.compile(r"[0-9a-f]{64}")
_SEALED_KEY = re.compile(r"([0-9a-f]{64})\.([A-Za-z0-9+/]{43}=)")


def files_folder(store: Store) -> Path:
    """The folder of the sealed files beside a database that is a file. A server keeps them in its own table."""
    if store.path is None:
        raise ValueError("a server keeps sealed files in a table")
    return folder_of(store.path)


def place_of(store: Store) -> str:
    """Where the sealed files are, for people."""
    return "服务器的库" if store.path is None else str(files_folder(store))


def names_there(store: Store) -> set[str]:
    """The names of all sealed files, whole or not."""
    if store.path is not None:
        return {path.name for path in sealed_files(files_folder(store))}
    with store.reading() as r:
        return set(r.connection.execute(sa.select(schema.sealed_blobs.c.name)).scalars())


def folder_of(path: Path) -> Path:
    """The folder that goes with a database or backup file."""
    return path.with_name(f"{path.name}.files")


def sealed_name(sealed_key: str) -> str:
    """The name of the sealed file that a row's `sealed_key` opens, "" when the row does not say it rightly."""
    found = _SEALED_KEY.fullmatch(sealed_key)
    return found[1] if found else ""


def sealed_bytes(store: Store, name: str) -> bytes | None:
    """A sealed file as it lies there, None when it is missing or damaged."""
    if not _NAME.fullmatch(name):
        return None
    if store.path is not None:
        return _whole(files_folder(store) / name)
    with store.reading() as r:
        body = r.scalar(sa.select(schema.sealed_blobs.c.body).where(schema.sealed_blobs.c.name == name))
    return None if body is None or hashlib.sha256(body).hexdigest() != name else bytes(body)


def keep_sealed(store: Store, name: str, data: bytes) -> bool:
    """Put a sealed file that came from elsewhere into place; False when it was there already.

    The caller has proved that `name` is the sha256 of `data`.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("not the name of a sealed file")
    return _put(store, name, data)


def copy_all(source: Path, target: Path) -> int:
    """Copy all whole sealed files of a folder that the other lacks; returns how many the other then holds.

    Raises UserError for every trouble of the medium.
    """
    held = 0
    for path in sealed_files(source):
        if not _is_there(target / path.name, size=path.stat().st_size):
            data = _whole(path)
            if data is None:
                continue
            _write(target / path.name, data)
        held += 1
    return held


def sealed_files(folder: Path) -> Iterator[Path]:
    """The sealed files of a folder, none when there is no folder."""
    try:
        found = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise disk_error(error, folder, kept="附件没有读入，台账没有变化") from error
    yield from (path for path in found if _NAME.fullmatch(path.name))


def seal(store: Store, data: bytes, *, digest: str) -> str:
    """Seal plain bytes with a key of their own into the folder; returns the `sealed_key` of their row.

    Raises UserError when the disk refuses.
    """
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    key = ChaCha20Poly1305.generate_key()
    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + ChaCha20Poly1305(key).encrypt(nonce, data, digest.encode("ascii"))
    name = hashlib.sha256(sealed).hexdigest()
    _put(store, name, sealed)
    return f"{name}.{base64.b64encode(key).decode('ascii')}"


def unseal(store: Store, row: Mapping[str, Any]) -> bytes:
    """The plain bytes of an attachment row's file. Raises UserError when the file is missing or damaged."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    found = _SEALED_KEY.fullmatch(row["sealed_key"])
    sealed = _sealed_of(store, found[1]) if found is not None else None
    if found is None or sealed is None:
        raise UserError(
            "attachment_missing",
            f"附件“{row['title'] or ''}”的文件不在{place_of(store)}里。记录没有变化。"
            "请从备份取回，或把原件再附一次。",
        )
    try:
        key = base64.b64decode(found[2])
        data = ChaCha20Poly1305(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], row["digest"].encode("utf-8"))
    except (InvalidTag, ValueError) as error:
        raise _damaged(row) from error
    if hashlib.sha256(data).hexdigest() != row["digest"]:
        raise _damaged(row)
    return data


def _sealed_of(store: Store, name: str) -> bytes | None:
    """The bytes kept under a name, whole or not; None when there are none."""
    if store.path is None:
        return sealed_bytes(store, name)
    path = files_folder(store) / name
    return read_file(path, limit=MAX_SEALED, what="附件") if path.is_file() else None


def _put(store: Store, name: str, data: bytes) -> bool:
    """Keep sealed bytes before the row that names them is committed; False when they were there whole."""
    if store.path is not None:
        return _write(files_folder(store) / name, data)
    if sealed_bytes(store, name) is not None:
        return False
    with store.quiet_writing() as connection:
        add = postgresql.insert(schema.sealed_blobs).values(name=name, body=data)
        connection.execute(add.on_conflict_do_update(index_elements=["name"], set_={"body": data}))
    return True


def _damaged(row: Mapping[str, Any]) -> UserError:
    return UserError(
        "attachment_damaged",
        f"附件“{row['title'] or ''}”的文件已损坏，打不开。记录没有变化。请从备份取回，或把原件再附一次。",
    )


def is_intact(store: Store, row: Mapping[str, Any]) -> bool:
    """Whether the sealed file of an attachment row lies there whole."""
    return sealed_bytes(store, sealed_name(row["sealed_key"])) is not None


def _whole(path: Path) -> bytes | None:
    try:
        data = path.read_bytes() if path.is_file() and path.stat().st_size <= MAX_SEALED else b""
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == path.name else None


def _is_there(path: Path, *, size: int) -> bool:
    try:
        return path.is_file() and path.stat().st_size == size
    except OSError:
        return False


def _write(path: Path, data: bytes) -> bool:
    if _whole(path) is not None:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, path.parent, kept="附件没有存下，台账没有变化") from error
    write_atomically(path, data, kept="附件没有存下，台账没有变化")
    return True
