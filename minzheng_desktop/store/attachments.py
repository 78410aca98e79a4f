"""Attachments: scans and papers kept as sealed files beside the database (domain §2.12).

Each file is sealed with a random key of its own, which stands only in its row; its name is the sha256 of the
sealed bytes, so that neither name nor content tells what is inside. The file is written before the row is
committed: a row never lacks its file because of a crash, and a file without a row cannot be opened by anybody.
What is looked at is unsealed in memory; nothing of it is ever written in clear.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from minzheng_desktop.store import schema, sealed_files
from minzheng_desktop.store.files import read_file
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Form
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading, Writing

ADVISED = 2 * 1_048_576
"""A single file should be no larger (domain §2.12); a larger one is taken with a warning."""
_MAGIC = ((b"%PDF-", "pdf"), (b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"))
_NAME = re.compile(r"[0-9a-f]{64}")
_FILE_LIKE = re.compile(r"[/\\]|\.(pdf|jpe?g|png)$", re.IGNORECASE)
_a = schema.attachments.c


class Attached(msgspec.Struct, frozen=True):
    """One attachment: `digest` is the sha256 of its plain bytes (what documents hold), `size` their number.

    `pages` is 1 for a picture. `warning` is a sentence when the file is larger than advised.
    """

    id: str
    digest: str
    title: str
    size: int
    pages: int | None
    kind: str = ""
    record: str | None = None
    warning: str = ""


class Picked(msgspec.Struct, frozen=True):
    """A file as a person chose it: checked, not yet kept."""

    data: bytes
    digest: str
    title: str
    pages: int
    warning: str


def pick(path: Path) -> Picked:
    """Read and check a file to attach. Raises UserError when it is no PDF, JPEG or PNG, damaged or over 20 MB."""
    try:
        data = read_file(path, limit=sealed_files.LARGEST, what="附件")
    except UserError as error:
        if error.code != "file_too_large":
            raise
        raise UserError(
            "attachment_too_large", f"{path.name} 超过 20 MB，没有附上。请降低扫描的分辨率或分成几个文件。"
        ) from error
    kind = next((name for magic, name in _MAGIC if data.startswith(magic)), None)
    if kind is None:
        raise UserError(
            "attachment_kind", f"{path.name} 不是 PDF、JPEG 或 PNG，没有附上。请另存为这几种格式之一再附。"
        )
    pages = _count_pages(data, path.name) if kind == "pdf" else 1
    warning = ""
    if len(data) > ADVISED:
        warning = f"{path.name} 有 {len(data) / 1_048_576:.1f} MB，已附上；单个附件宜在 2 MB 以内，可降低扫描的分辨率。"
    return Picked(data, hashlib.sha256(data).hexdigest(), path.stem, pages, warning)


def attach(store: Store, path: Path, *, record: str | None, kind: str, title: str) -> Attached:
    """Seal a file into the folder beside the database and enter its row; `record` is None until there is one.

    The same content is kept once: attached again, its row comes back. Raises UserError as `pick`.
    """
    picked = pick(path)
    with store.writing("attach", {"record": record, "digest": picked.digest}) as w:
        return keep(w, picked, record=record, kind=kind, title=title)


def keep(w: Writing, picked: Picked, *, record: str | None, kind: str, title: str = "") -> Attached:
    """Within a unit of work: the sealed file is written at once, its row with the commit."""
    rows = _own_rows(w, picked.digest)
    intact = next((row for row in rows if sealed_files.is_intact(w.store, row)), None)
    if intact is None:
        sealed_key = sealed_files.seal(w.store, picked.data, digest=picked.digest)
        w.put_many("attachments", [{"id": row["id"], "sealed_key": sealed_key} for row in rows])
    else:
        sealed_key = intact["sealed_key"]
    row = next((row for row in rows if row["record"] in (None, record) or record is None), None)
    if row is None:
        body = {
            "owner": w.store.site.division,
            "record": record,
            "kind": kind or None,
            "title": title or picked.title,
            "digest": picked.digest,
            "size": len(picked.data),
            "pages": picked.pages,
            "sealed_key": sealed_key,
            "captured_at": w.at,
        }
        row = {**body, "id": w.put("attachments", body)}
    elif record is not None and row["record"] is None:
        w.put("attachments", {"id": row["id"], "record": record, "kind": row["kind"] or kind or None})
        row = {**row, "record": record, "kind": row["kind"] or kind}
    return _attached(row, picked.warning)


def link(w: Writing, digest: str, record: str, *, kind: str = "") -> None:
    """The attachment belongs to this record. One that belongs to another record too gets a second row."""
    rows = _own_rows(w, digest)
    if not rows or any(row["record"] == record for row in rows):
        return
    free = next((row for row in rows if row["record"] is None), None)
    if free is not None:
        w.put("attachments", {"id": free["id"], "record": record, "kind": free["kind"] or kind or None})
        return
    copied = {
        name: rows[0][name] for name in ("title", "digest", "size", "pages", "sealed_key", "captured_at")
    }
    w.put("attachments", {**copied, "owner": w.store.site.division, "record": record, "kind": kind or None})


def link_document(
    w: Writing, form: Form, doc: Mapping[str, Any], record: str, *, before: Mapping[str, Any] | None = None
) -> None:
    """Link all files that a document's fields name to its record; names that are no attachment are left.

    Files that the document named ``before`` and names no more are removed from the record: their rows become void
    and travel so; the sealed file and the history stay.
    """
    named = dict(_named(form, doc))
    for digest, kind in named.items():
        link(w, digest, record, kind=kind)
    gone = dict(_named(form, before or {})).keys() - named.keys()
    for digest in sorted(gone):
        for row in _own_rows(w, digest):
            if row["record"] == record:
                w.void("attachments", row["id"])


def _named(form: Form, doc: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(digest, kind) of every file that a document's fields name."""
    for path, field in form.fields.items():
        if field.type.name != "files":
            continue
        rows = [doc] if not field.table else doc.get(field.table) or ()
        key = path.rpartition(".")[2]
        for row in rows:
            for digest in row.get(key) or ():
                yield digest, field.kinds[0] if field.kinds else ""


def keep_document(w: Writing, form: Form, doc: Mapping[str, Any]) -> dict[str, Any]:
    """The document with files that it names by path kept, and named by digest instead."""
    full = dict(doc)
    for path, field in form.fields.items():
        if field.type.name != "files":
            continue
        key = path.rpartition(".")[2]
        kind = field.kinds[0] if field.kinds else ""
        if not field.table:
            full |= {key: _digests(w, full[key], kind)} if full.get(key) else {}
        elif full.get(field.table):
            full[field.table] = [
                {**row, key: _digests(w, row[key], kind)} if row.get(key) else row
                for row in full[field.table]
            ]
    return full


def keep_scan(w: Writing, asks: Mapping[str, Any], record: str) -> dict[str, Any]:
    """A step's answers, the scan's file kept and named by digest.

    Words that name no file (where the paper is kept) stay words; a path without a file raises UserError.
    """
    scan = str(asks.get("scan") or "")
    if not scan or _NAME.fullmatch(scan):
        return dict(asks)
    path = Path(scan).expanduser()
    if not (_FILE_LIKE.search(scan) or path.is_file()):
        return dict(asks)
    return {**asks, "scan": keep(w, pick(path), record=record, kind="decision").digest}


def _digests(w: Writing, named: str | list[str], kind: str) -> list[str]:
    names = [named] if isinstance(named, str) else named
    found = (
        name
        if _NAME.fullmatch(name)
        else keep(w, pick(Path(name).expanduser()), record=None, kind=kind).digest
        for name in map(str, names)
    )
    return list(dict.fromkeys(found))


def titles(r: Reading, digests: Sequence[str]) -> dict[str, str]:
    """Digest → title, of those that are known."""
    found = sa.select(_a.digest, _a.title).where(_a.digest.in_(digests), _a.void == 0)
    return {row["digest"]: row["title"] or "" for row in r.rows(found)}


def read(store: Store, digest: str) -> bytes:
    """The plain bytes of an attachment, verified. Raises UserError when it is unknown, missing or damaged."""
    with store.reading() as r:
        rows = _rows_of(r, digest)
    if not rows:
        raise UserError("no_such_attachment", "台账里没有这个附件。请重新打开这条记录。")
    problem: UserError | None = None
    for row in rows:
        try:
            return sealed_files.unseal(store, row)
        except UserError as error:
            problem = error
    assert problem is not None
    raise problem


def look(store: Store, digest: str) -> bytes:
    """The plain bytes for a person to look at; who looked is in the audit. In memory only."""
    data = read(store, digest)
    store.note("open_attachment", {"digest": digest})
    return data


def missing(store: Store) -> int:
    """How many sealed files the rows name that do not lie in the folder."""
    there = sealed_files.names_there(store)
    with store.reading() as r:
        keys = r.connection.execute(sa.select(_a.sealed_key).where(_a.void == 0)).scalars().all()
    return len({sealed_files.sealed_name(key) for key in keys} - there)


def _rows_of(r: Reading, digest: str) -> list[dict[str, Any]]:
    return r.rows(sa.select(schema.attachments).where(_a.digest == digest, _a.void == 0).order_by(_a.id))


def _own_rows(r: Reading, digest: str) -> list[dict[str, Any]]:
    """The rows that this office may write: its own (the county holds those of all townships)."""
    return [row for row in _rows_of(r, digest) if row["owner"] == r.store.site.division]


def _attached(row: Mapping[str, Any], warning: str = "") -> Attached:
    return Attached(
        row["id"],
        row["digest"],
        row["title"] or "",
        row["size"],
        row["pages"],
        row["kind"] or "",
        row["record"],
        warning,
    )


def _count_pages(data: bytes, name: str) -> int:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise UserError(
            "attachment_damaged_pdf",
            f"{name} 打不开：文件不完整或设了密码，没有附上。请重新扫描或另存后再附。",
        ) from error
    try:
        return len(document)
    finally:
        document.close()
