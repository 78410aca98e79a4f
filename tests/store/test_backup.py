"""Backups open again, refuse damage, and leave nothing behind when the disk is full."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.store import attachments, backup, files, people, schema, sealed_files
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from tests.store.conftest import PASSWORD
from tests.store.test_database import SECRETS, fill


def test_a_backup_restores_everything_under_a_new_epoch(office: Store, tmp_path: Path) -> None:
    fill(office)
    made = backup.write_backup(office, tmp_path / "stick" / "a.mzbak")
    with backup.restore(
        tmp_path / "stick" / "a.mzbak", tmp_path / "new.mz", user=None, password=PASSWORD
    ) as s:
        with s.reading() as r:
            assert [h.name for h in people.find_people(r, "罗成贵")] == ["罗成贵"]
        assert s.site.epoch != office.site.epoch
        assert s.site.database == office.site.database
    assert made.division == "500229106"


def test_a_backup_shows_nothing(office: Store, tmp_path: Path) -> None:
    fill(office)
    backup.write_backup(office, tmp_path / "a.mzbak")
    content = (tmp_path / "a.mzbak").read_bytes()
    assert not [s for s in SECRETS if s.encode() in content]
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".tmp")]


@pytest.mark.parametrize("where", [30, 200, 5000, -40000, -200])
def test_a_damaged_backup_is_refused(office: Store, tmp_path: Path, where: int) -> None:
    backup.write_backup(office, tmp_path / "a.mzbak")
    content = bytearray((tmp_path / "a.mzbak").read_bytes())
    content[where] ^= 0x55
    (tmp_path / "b.mzbak").write_bytes(content)
    (tmp_path / "c.mzbak").write_bytes(content[: len(content) // 2])
    for name in ("b.mzbak", "c.mzbak"):
        with pytest.raises(UserError) as refused:
            backup.restore(tmp_path / name, tmp_path / "new.mz", user=None, password=PASSWORD)
        assert refused.value.code in ("not_a_backup", "backup_damaged")
    assert not (tmp_path / "new.mz").exists()


def test_a_full_disk_leaves_the_old_backup(
    office: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.mzbak"
    backup.write_backup(office, target)
    before = target.read_bytes()
    fill(office)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(UserError) as refused:
        backup.write_backup(office, target)
    assert refused.value.code == "disk_full"
    assert target.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if ".part" in p.name or p.name.endswith(".tmp")] == []


def test_attachments_lie_beside_the_backup_and_come_back(office: Store, tmp_path: Path) -> None:
    scan = tmp_path / "scan.png"
    digests = []
    for n in range(2):
        scan.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes([n]) * 100)
        digests.append(attachments.attach(office, scan, record=None, kind="", title="").digest)
        made = backup.write_backup(office, tmp_path / "stick" / "a.mzbak")
        assert made.attachments == n + 1
    beside = list(sealed_files.sealed_files(tmp_path / "stick" / "a.mzbak.files"))
    assert len(beside) == 2
    with backup.restore(
        tmp_path / "stick" / "a.mzbak", tmp_path / "new.mz", user=None, password=PASSWORD
    ) as restored:
        assert [attachments.read(restored, d)[8:9] for d in digests] == [b"\x00", b"\x01"]
        assert attachments.missing(restored) == 0
    for path in beside:
        path.unlink()
    with backup.restore(
        tmp_path / "stick" / "a.mzbak", tmp_path / "bare.mz", user=None, password=PASSWORD
    ) as bare:
        assert attachments.missing(bare) == 2
        with bare.reading() as r:
            assert r.scalar(sa.select(sa.func.count()).select_from(schema.attachments)) == 2
