"""Backup and restore: one ``.mzbak`` holds the encrypted database and its keys, checked before success is said.

The file is a stored zip of exactly three entries; nothing in it is readable without a password of the database.
Attachments, sealed as they are, lie in a folder beside it (`….mzbak.files`), of which only new ones are copied.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.store import copies, database, destinations, files, keyslots, sealed_files
from minzheng_desktop.values.dates import now_text
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.ids import new_id

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Writing

FORMAT = "minzheng-backup-1"
STANDING_SETTING = "exchange.standing_base"
"""What a county adds to the length of its audit, so that what it writes after a restore counts as newer than before."""
ENTRIES = ("manifest.json", "database", "database.keys")
KEPT = "原有的备份和台账没有变化"


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself: no personal data, only what is needed to tell backups apart."""

    format: str
    division: str
    database: str
    made_at: str
    change_number: int
    sha256: str
    keys_sha256: str


class Written(Manifest, frozen=True):
    """A backup that was written, and how many attachments lie in the folder beside it."""

    attachments: int = 0


def write_backup(store: Store, target: Path, *, registered: bool = True) -> Written:
    """Write a backup of an open database to ``target`` (replaced if it exists) and return what it holds.

    Attachments go first: a backup never knows of one that could still have been copied.

    The copy is opened with the database key and checked page by page before it is put in place.
    It is noted in the register of copies, unless not ``registered``: an older database has none yet.
    Raises UserError for every trouble of disk or medium; ``target`` is then as it was.
    """
    if store.path is None or store.database_key is None:
        raise UserError(
            "backup_server",
            "服务器上的县库由服务器管理员备份（pg_dump -Fc 库名 -f 文件，附件也在库里）。没有写出文件。",
        )
    copy = files.aside_of(target, "tmp")
    entry: copies.Entry | None = None
    need = destinations.room_for(
        [2 * store.path.stat().st_size]
    )  # the copy that is checked, and the file of it
    destinations.require_place(target.parent, need=need, kept=KEPT)
    try:
        copied = sealed_files.copy_all(sealed_files.folder_of(store.path), sealed_files.folder_of(target))
        with store.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("VACUUM INTO ?", (str(copy),))
        change_number = _check_copy(copy, store.database_key)
        data = copy.read_bytes()
        keys = keyslots.keys_path(store.path).read_bytes()
        manifest = Manifest(
            format=FORMAT,
            division=store.site.division,
            database=store.site.database,
            made_at=now_text(),
            change_number=change_number,
            sha256=hashlib.sha256(data).hexdigest(),
            keys_sha256=hashlib.sha256(keys).hexdigest(),
        )
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for name, content in zip(ENTRIES, (msgspec.json.encode(manifest), data, keys), strict=True):
                archive.writestr(zipfile.ZipInfo(name), content)
        whole = packed.getvalue()
        if registered:
            what = copies.Outgoing("backup", target.name, division=store.site.division)
            digest = hashlib.sha256(whole).hexdigest()
            entry = copies.Entry(store, what, target.parent, digest=digest, size=len(whole))
        files.copy_verified(whole, target, kept=KEPT, settle=entry.begin if entry else None)
        if read_manifest(target) != manifest:
            raise UserError("backup_unreadable", f"备份写完后读回不一致：{target}。{KEPT}，换一个盘再备份。")
    except OSError as e:
        raise files.disk_error(e, target, kept=KEPT) from e
    except Exception as e:
        if "disk is full" in str(e):
            raise UserError("disk_full", f"磁盘空间不够：{target.parent}。{KEPT}，腾出空间后再备份。") from e
        if "unable to open database" in str(e):
            raise UserError(
                "read_only", f"这个位置不能写入：{target.parent}。{KEPT}，换一个位置再备份。"
            ) from e
        told = database.told_of(e)
        if told is None:
            raise
        raise told from e
    finally:
        if entry is not None and sys.exc_info()[0] is not None:
            entry.drop()
        for leftover in (copy, Path(f"{copy}-journal"), Path(f"{copy}-wal"), Path(f"{copy}-shm")):
            with contextlib.suppress(OSError):  # a stick that is read-only or gone has nothing to clear away
                leftover.unlink()
    detail = {"file": target.name, "change_number": change_number, "attachments": copied}
    if entry is not None:
        entry.finish("backup", detail)
    else:
        store.note("backup", {**detail, "sha256": manifest.sha256})
    return Written(**msgspec.structs.asdict(manifest), attachments=copied)


def read_manifest(path: Path) -> Manifest:
    """What a backup holds, after all its digests were compared. Raises UserError ``not_a_backup``."""
    return _read(path)[0]


def restore(path: Path, target: Path, *, user: str | None, password: str) -> Store:
    """Put a backup into place as a new database ``target`` and open it with a password of the time of the backup.

    The restored database gets a new epoch: its exchange pauses until the county has confirmed. Attachments come
    from the folder beside the backup; where it is missing, all but their contents is restored.
    Raises UserError; then nothing is left at ``target``.
    """
    from minzheng_desktop.store.store import Store

    target = target.absolute()
    if target.exists():
        raise UserError("file_exists", f"{target} 已经有一个文件，没有覆盖它。换一个文件名再恢复。")
    manifest, data, keys = _read(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomically(target, data, kept="台账没有恢复")
        files.write_atomically(keyslots.keys_path(target), keys, kept="台账没有恢复")
        store = Store.open(target, user=user, password=password)
    except BaseException:
        _leave_nothing(target)
        raise
    try:
        copied = sealed_files.copy_all(sealed_files.folder_of(path), sealed_files.folder_of(target))
        detail = {"made_at": manifest.made_at, "change_number": manifest.change_number}
        with store.writing("restore", {**detail, "attachments": copied}) as w:
            store.change_site(w, epoch=new_id())
            if store.site.role == "county":
                raise_standing(w)
    except BaseException:
        store.close()
        _leave_nothing(target)
        raise
    return store


def raise_standing(w: Writing, *, above: int = 0) -> None:
    """Let a county count on from now, `above` what a laptop has read of it, and never from less than before."""
    now = int(datetime.fromisoformat(w.at).timestamp())
    w.set_setting(STANDING_SETTING, max(above, now, int(w.setting(STANDING_SETTING, 0))))


def _leave_nothing(target: Path) -> None:
    """Take away a database that was not restored; sealed files that came along cannot be opened by anybody."""
    for leftover in (target, keyslots.keys_path(target), Path(f"{target}-wal"), Path(f"{target}-shm")):
        leftover.unlink(missing_ok=True)


def _check_copy(copy: Path, key: bytes) -> int:
    """Open the copy, check every page, and return its change number."""
    engine = database.open_sqlcipher(copy, key)
    try:
        with engine.connect() as connection:
            bad: list[Any] = list(connection.exec_driver_sql("PRAGMA cipher_integrity_check"))
            answer = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
            number = connection.exec_driver_sql("SELECT coalesce(max(seq), 0) FROM versions").scalar_one()
    finally:
        engine.dispose()
    if bad or answer != "ok":
        raise UserError("backup_damaged", f"备份校验没有通过，没有写出。{KEPT}，请检查磁盘后再备份。")
    return int(number)


def _read(path: Path) -> tuple[Manifest, bytes, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            if tuple(archive.namelist()) != ENTRIES:
                raise zipfile.BadZipFile
            text, data, keys = (archive.read(name) for name in ENTRIES)
        manifest = msgspec.json.decode(text, type=Manifest)
    except FileNotFoundError as e:
        raise UserError("file_missing", f"找不到备份文件 {path}。检查盘是否插好、路径是否写对。") from e
    except OSError as e:
        raise files.disk_error(e, path, kept="备份没有读入") from e
    except (zipfile.BadZipFile, msgspec.DecodeError, ValueError, NotImplementedError, EOFError) as e:
        raise UserError("not_a_backup", f"{path.name} 不是完整的备份文件。没有恢复，请选另一份备份。") from e
    digests = (hashlib.sha256(data).hexdigest(), hashlib.sha256(keys).hexdigest())
    if manifest.format != FORMAT or digests != (manifest.sha256, manifest.keys_sha256):
        raise UserError("backup_damaged", f"{path.name} 的内容与校验值不符。没有恢复，请选另一份备份。")
    return manifest, data, keys
