"""Attachments are sealed beside the database, open again unchanged, and their loss breaks nothing else."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from minzheng_desktop.store import attachments, sealed_files
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def scan(folder: Path, name: str = "批复.png", data: bytes = PNG) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def pdf(pages: int) -> bytes:
    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def sealed(office: Store) -> list[Path]:
    return list(sealed_files.sealed_files(sealed_files.files_folder(office)))


def test_a_file_comes_back_and_its_name_and_content_tell_nothing(office: Store, tmp_path: Path) -> None:
    made = attachments.attach(office, scan(tmp_path), record=None, kind="decision", title="")
    assert made.digest == hashlib.sha256(PNG).hexdigest()
    assert (made.title, made.size, made.pages, made.warning) == ("批复", len(PNG), 1, "")
    assert attachments.read(office, made.digest) == PNG
    (file,) = sealed(office)
    assert file.parent.name == "修齐镇.mz.files"
    assert file.name == hashlib.sha256(file.read_bytes()).hexdigest() != made.digest
    assert PNG[8:40] not in file.read_bytes()


def test_the_same_content_is_kept_once(office: Store, tmp_path: Path) -> None:
    first = attachments.attach(office, scan(tmp_path), record=None, kind="", title="一")
    again = attachments.attach(office, scan(tmp_path, "二.png"), record=None, kind="", title="二")
    assert first == again
    assert len(sealed(office)) == 1


def test_pages_of_a_pdf_are_counted(office: Store, tmp_path: Path) -> None:
    made = attachments.attach(office, scan(tmp_path, "表.pdf", pdf(3)), record=None, kind="", title="")
    assert made.pages == 3


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"MZ\x90\x00", "attachment_kind"),
        (b"", "attachment_kind"),
        (b"%PDF-1.7\nnothing", "attachment_damaged_pdf"),
        (PNG + bytes(20 * 1_048_576), "attachment_too_large"),
    ],
)
def test_other_files_are_refused(office: Store, tmp_path: Path, data: bytes, code: str) -> None:
    with pytest.raises(UserError) as refused:
        attachments.attach(office, scan(tmp_path, "假.pdf", data), record=None, kind="", title="")
    assert refused.value.code == code
    assert sealed(office) == []


def test_over_two_megabytes_is_taken_with_a_warning(office: Store, tmp_path: Path) -> None:
    """domain §2.12: a single file of at most 2 MB is advised."""
    path = scan(tmp_path, data=PNG + bytes(3 * 1_048_576))
    assert "3.0 MB" in attachments.attach(office, path, record=None, kind="", title="").warning


def test_a_missing_or_damaged_file_is_told_and_attaching_again_mends_it(
    office: Store, tmp_path: Path
) -> None:
    made = attachments.attach(office, scan(tmp_path), record=None, kind="", title="")
    (file,) = sealed(office)
    content = bytearray(file.read_bytes())
    content[40] ^= 1
    file.write_bytes(content)
    with pytest.raises(UserError) as told:
        attachments.read(office, made.digest)
    assert told.value.code == "attachment_damaged"
    file.unlink()
    with pytest.raises(UserError) as told:
        attachments.read(office, made.digest)
    assert told.value.code == "attachment_missing"
    attachments.attach(office, scan(tmp_path), record=None, kind="", title="")
    assert attachments.read(office, made.digest) == PNG


def test_looking_is_audited_and_writes_no_file(office: Store, tmp_path: Path) -> None:
    made = attachments.attach(office, scan(tmp_path), record=None, kind="", title="")
    before = sorted(tmp_path.rglob("*"))
    assert attachments.look(office, made.digest) == PNG
    assert sorted(tmp_path.rglob("*")) == before
    with office.reading() as r:
        actions = r.connection.exec_driver_sql("SELECT action FROM audit ORDER BY seq DESC").scalars()
        assert next(actions) == "open_attachment"
