"""After a whole journey no personal data can be read in any file that the program left of its own accord.

Searched as UTF-8, UTF-16 and GB18030, also inside the members of zip files and deflated streams: databases, their
write-ahead logs, keys, locks, outbox, the stick, temporary folder, log and settings. Files that the user asked for
are readable by purpose; each is named in the audit with its hash.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from minzheng_desktop.store.overview import audit_tail
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.id_number import make_id_number
from tests.faults.commandline import PASSWORD, CommandLine
from tests.faults.conftest import Office
from tests.faults.test_disk import BATCH

At = Callable[[str], Office]
NAME, NUMBER = "覃桂芳", make_id_number("500229", date(1938, 3, 5), 802)
PHONE, ACCOUNT, PLACE = "13912345678", "6217003760112233445", "白果村三组二十一号"
RECORD = {
    "person": {"name": NAME, "id_number": NUMBER, "phone": PHONE, "hukou_village": "500229001001"},
    "account": {"number": ACCOUNT, "bank": "重庆农村商业银行"},
    "doc": {
        "apply_channel": "1",
        "apply_date": "2026-10-20",
        "apply_reason": PLACE,
        "relative_of_staff": False,
    },
}
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")


def secrets_of(office: Office) -> set[str]:
    """The names, id numbers, phones and accounts of the roster and of one record, and the password."""
    from tests.faults.test_rosters import HEADER, column_of

    page = openpyxl.load_workbook(office.roster).worksheets[0]
    found = {NAME, NUMBER, PHONE, ACCOUNT, PLACE, PASSWORD}
    for title in ("户主姓名", "户主身份证号", "联系电话", "一卡通账号", "成员身份证号"):
        for (value,) in page.iter_rows(
            min_row=HEADER + 1,
            min_col=column_of(page, title),
            max_col=column_of(page, title),
            values_only=True,
        ):
            if isinstance(value, str) and value:
                found.update(part.replace(" ", "") for part in value.split("；"))
    return found


def streams(data: bytes) -> Iterator[bytes]:
    """The bytes themselves, the members of a zip, and every deflated stream that begins with a zlib header."""
    yield data
    if zipfile.is_zipfile(BytesIO(data)):
        with zipfile.ZipFile(BytesIO(data)) as parts:
            for name in parts.namelist():
                yield from streams(parts.read(name))
    for start in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
        place = data.find(start)
        while place >= 0:
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj().decompress(data[place:], 1 << 20)
            place = data.find(start, place + 1)


def readable(data: bytes, secrets: set[str]) -> set[str]:
    needles = {one.encode(encoding): one for one in secrets for encoding in ENCODINGS}
    # Fewer bytes than six stand by chance in a megabyte of encrypted ones.
    likely = {needle: one for needle, one in needles.items() if len(needle) >= 6}
    return {one for stream in streams(data) for needle, one in likely.items() if needle in stream}


class Watch:
    """Keeps every content that appears in some folders while a command runs."""

    def __init__(self, *folders: Path, every: float) -> None:
        self.folders = folders
        self.every = every
        self.seen: dict[str, set[bytes]] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self.look()

    def _look(self) -> None:
        while not self._end.wait(self.every):
            self.look()

    def look(self) -> None:
        for folder in self.folders:
            for path in folder.rglob("*"):
                try:
                    data = path.read_bytes()
                except OSError:
                    continue
                self.seen.setdefault(str(path), set()).add(data)


def test_the_search_finds_what_stands_there() -> None:
    """The needle is found plain, in other encodings, inside a zip and deflated; else the next test shows nothing."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("a", f"{NUMBER}" * 3)
    for data in (
        f"x{NAME}".encode(),
        NAME.encode("utf-16-be"),
        NAME.encode("gb18030"),
        packed.getvalue(),
        b"%PDF" + zlib.compress(f"..{NAME}".encode()),
    ):
        assert readable(data, {NAME, NUMBER})


def test_a_whole_journey_leaves_nothing_readable(minzheng: CommandLine, at: At, tmp_path: Path) -> None:
    office = at("joined")
    asked, stick = office.folder / "要的文件", office.folder / "U盘"
    record = asked / "记录.json"
    asked.mkdir()
    record.write_text(json.dumps(RECORD, ensure_ascii=False), "utf-8")
    temporary, data = tmp_path / "temporary", tmp_path / "data"
    secrets = secrets_of(office)
    assert len(secrets) > 100
    roster = office.roster.rename(asked / office.roster.name)
    files = {
        "errors": asked / "待改.xlsx",
        "pdf": asked / "册.pdf",
        "xlsx": asked / "册.xlsx",
        "bank-xlsx": asked / "代发.xlsx",
        "bank-csv": asked / "代发.csv",
        "backup": stick / "台账.mzbak",
    }
    with Watch(temporary, data, every=0.01) as aside, Watch(office.folder, every=0.3) as there:
        minzheng.do(
            "roster", "import", roster, "--form", "dibao", "--errors", files["errors"], db=office.town
        )
        minzheng.do("record", "save", record, "--form", "elder_age", db=office.town)
        assert minzheng.do("people", "find", NAME, db=office.town)["people"]
        minzheng.do("batch", "lock", *BATCH, "--reason", "随花名册导入", db=office.town)
        for as_ in ("pdf", "xlsx", "bank-xlsx", "bank-csv"):
            minzheng.do("batch", "print", *BATCH, "--as", as_, "--out", files[as_], db=office.town)
        package = Path(minzheng.do("export", "--out", stick, db=office.town)["file"])
        minzheng.do("backup", "--out", files["backup"], db=office.town)
        (taken,) = minzheng.do("county", "receive", package, "--receipts", stick, db=office.county)[
            "packages"
        ]
        minzheng.do("receipt", "apply", taken["receipt"], db=office.town)
        for database in (office.town, office.county):  # as they stand while somebody works
            with Store.open(database, password=PASSWORD) as store:
                store.note("reveal_people", {"asked": NAME, "number": NUMBER})
                there.look()
        # Faults of ours and wrong passwords leave their traces too.
        minzheng.run("people", "find", NAME, db=office.town, env={"MINZHENG_PASSWORD": NUMBER})
        minzheng.run("people", "find", NAME, db=office.town, env={"MINZHENG_PASSWORD": PASSWORD})
    assert {p.name for p in stick.iterdir()} == {
        package.name,
        files["backup"].name,
        Path(taken["receipt"]).name,
    }

    # Nothing at all is written where temporary files go, neither during nor after.
    assert list(temporary.rglob("*")) == []
    assert {name for name in aside.seen if name.startswith(str(temporary))} == set()
    for name, contents in {**aside.seen, **there.seen}.items():
        if Path(name).parent == asked:
            continue
        for content in contents:
            assert not readable(content, secrets), name
    kinds = {Path(name).name for name in there.seen}
    assert {"town.db", "town.db-wal", "town.db.keys", "county.db", "county.db-wal", package.name} <= kinds

    # What the user asked for is readable, and known.
    assert readable(files["bank-csv"].read_bytes(), secrets)
    with Store.open(office.town, password=PASSWORD) as store, store.reading() as r:
        noted = {e["detail"].get("sha256"): e["detail"].get("file") for e in audit_tail(r, limit=200)}
    for file in (*(f for what, f in files.items() if what != "backup"), package):
        assert noted.get(hashlib.sha256(file.read_bytes()).hexdigest()) == file.name
    assert files["backup"].name in noted.values()


def test_a_fault_of_ours_is_logged_without_a_word_about_anyone(
    minzheng: CommandLine, at: At, tmp_path: Path
) -> None:
    """A database error quotes its parameters; the log keeps places and kinds only."""
    office = at("imported")
    with Store.open(office.town, password=PASSWORD) as store, store.engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON people BEGIN SELECT RAISE(ABORT, 'x'); END"
        )
        connection.commit()
    record = tmp_path / "记录.json"
    record.write_text(json.dumps(RECORD, ensure_ascii=False), "utf-8")
    done = minzheng.run("record", "save", record, "--form", "elder_age", db=office.town)
    assert (done.code, done.data["error"]["code"]) == (1, "internal")
    log = tmp_path / "data" / "log" / "faults.log"
    assert log.stat().st_size > 300
    for content in (log.read_bytes(), done.err, done.out):
        assert not readable(content, {NAME, NUMBER, PHONE, ACCOUNT, PLACE})


@pytest.mark.parametrize("words", [("roster", "plan", "{}", "--form", "dibao"), ("county", "receive", "{}")])
def test_a_refused_file_leaves_nothing_aside(
    minzheng: CommandLine, at: At, tmp_path: Path, words: tuple[str, ...]
) -> None:
    office = at("joined")
    file = tmp_path / f"{NAME}.bin"
    file.write_bytes(f"{NAME},{NUMBER},{PHONE}\n".encode() * 99)
    database = office.county if words[0] == "county" else office.town
    minzheng.run(*(w.format(file) for w in words), db=database)
    for path in (p for p in tmp_path.rglob("*") if p.is_file() and p != file and p != office.roster):
        assert not readable(path.read_bytes(), {NAME, NUMBER, PHONE}), path
