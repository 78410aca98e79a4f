"""The first start of an office: a new database and, where the county gave a file, its enrolment. Both or neither."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from minzheng_desktop.exchange.files.enrolment import MAX_BYTES, Enrolment, accept_enrolment, read_enrolment
from minzheng_desktop.exchange.files.named_files import DISK, named
from minzheng_desktop.store import vault
from minzheng_desktop.store.files import read_file
from minzheng_desktop.store.keyslots import Cost, keys_path
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError


def start_office(
    path: Path,
    *,
    role: str,
    division: str,
    user: str,
    password: str,
    today: date,
    demonstration: bool = False,
    villages: Sequence[str] = (),
    enrolment: Path | None = None,
    phrase: str = "",
    cost: Cost = vault.DEFAULT_COST,
) -> tuple[Store, str]:
    """Make the database at `path`, join the county where `enrolment` is given, and return it open with the
    recovery key to print.

    The enrolment file is read first, so a wrong phrase leaves nothing behind; when the county's file turns out
    to be for another office, the new database is taken away again. Raises UserError.
    """
    county = read_enrolment_file(enrolment, phrase, today=today) if enrolment is not None else None
    store, recovery_key = Store.create(
        path,
        role=role,
        division=division,
        user=user,
        password=password,
        demonstration=demonstration,
        villages=villages,
        cost=cost,
    )
    if county is None:
        return store, recovery_key
    try:
        with _naming(enrolment):
            accept_enrolment(store, county)
    except BaseException:
        store.close()
        remove_database(path)
        raise
    return store, recovery_key


def join_county(store: Store, enrolment: Path, phrase: str, *, today: date, new_root: str = "") -> None:
    """Join the county with its enrolment file and the phrase told by phone; `new_root` as in `accept_enrolment`.
    UserError that names the file."""
    county = read_enrolment_file(enrolment, phrase, today=today)
    with _naming(enrolment):
        accept_enrolment(store, county, new_root=new_root)


def read_enrolment_file(path: Path, phrase: str, *, today: date) -> Enrolment:
    """`read_enrolment` of a file; a refusal names it. Who wrote it stands inside, under the phrase."""
    with _naming(path):
        return read_enrolment(read_file(path, limit=MAX_BYTES, what="接入文件"), phrase, today=today)


@contextmanager
def _naming(path: Path | None) -> Iterator[None]:
    try:
        yield
    except UserError as error:
        if path is None or error.code in DISK:
            raise
        raise named(error, path, whose="县局给的接入文件") from error


def remove_database(path: Path) -> None:
    """Delete a closed database, its keys and what SQLite keeps beside it; absent files are no error."""
    beside = [Path(f"{path}{ending}") for ending in ("-wal", "-shm", ".lock")]
    for file in (path, keys_path(path), *beside):
        file.unlink(missing_ok=True)
