"""What the file and its surroundings must withstand: wrong keys, other versions, crashes, prying eyes."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.operations import Operations

from minzheng_desktop.store import database, migrations, people, schema
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import make_id_number
from tests.store.conftest import PASSWORD, TOWN, new_office

NUMBER = make_id_number("500229", date(1965, 3, 12), 221)
SECRETS = ("罗成贵", NUMBER, "6217000000000003391", "13912345678", "白果村 3 组", "周晓岚", "correct horse")


def fill(store: Store) -> str:
    with store.writing("save") as w:
        person = w.put(
            "people",
            {
                "owner": TOWN,
                "name": "罗成贵",
                "id_number": NUMBER,
                "phone": "13912345678",
                "more": {"reside_addr": "白果村 3 组"},
            },
        )
        w.put(
            "bank_accounts",
            {"owner": TOWN, "person": person, "number": "6217000000000003391", "name": "罗成贵"},
        )
    return person


def test_no_file_left_behind_can_be_read(tmp_path: Path) -> None:
    store = new_office(tmp_path / "office.mz")
    fill(store)
    running = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert {"office.mz", "office.mz-wal", "office.mz.keys"} <= running.keys()
    store.close()
    with pytest.raises(UserError):
        Store.open(tmp_path / "office.mz", password="wrong")
    closed = {p.name + " closed": p.read_bytes() for p in tmp_path.iterdir()}
    for name, content in {**running, **closed}.items():
        for secret in SECRETS:
            for encoding in ("utf-8", "utf-16-le", "gb18030"):
                assert secret.encode(encoding) not in content, f"{secret} stands in {name}"


def test_reopened_with_the_password_and_not_with_another(tmp_path: Path) -> None:
    new_office(tmp_path / "office.mz").close()
    with pytest.raises(UserError) as refused:
        Store.open(tmp_path / "office.mz", password="correct house")
    assert refused.value.code == "wrong_password"
    with Store.open(tmp_path / "office.mz", password=PASSWORD) as store:
        assert (store.user, store.site.division) == ("周晓岚", TOWN)
        with store.reading() as r:
            last = r.one(sa.select(schema.audit).order_by(schema.audit.c.seq.desc()).limit(1))
    assert last is not None
    assert last["action"] == "sign_in"
    assert len(last["detail"]["wrong_passwords"]) == 1


def test_open_elsewhere_is_said(tmp_path: Path) -> None:
    with new_office(tmp_path / "office.mz"), pytest.raises(UserError) as refused:
        Store.open(tmp_path / "office.mz", password=PASSWORD)
    assert refused.value.code == "database_in_use"


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + bytes(4096), bytes(range(256)) * 64])
def test_a_foreign_file_is_refused_and_left_alone(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "office.mz"
    new_office(path).close()
    path.write_bytes(content)
    with pytest.raises(UserError) as refused:
        Store.open(path, password=PASSWORD)
    assert refused.value.code == "not_a_database"
    assert path.read_bytes() == content
    assert capfd.readouterr().err == ""


def test_a_newer_database_names_both_versions(tmp_path: Path) -> None:
    store = new_office(tmp_path / "office.mz")
    with store.engine.connect() as connection, connection.begin():
        database.set_schema_number(connection, 99)
    store.close()
    with pytest.raises(UserError, match=rf"第 99 版，本程序第 {schema.SCHEMA_NUMBER} 版") as refused:
        Store.open(tmp_path / "office.mz", password=PASSWORD)
    assert refused.value.code == "database_newer"


def test_nothing_stands_after_a_refused_creation(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="没有区划代码"):
        Store.create(tmp_path / "x.mz", role="township", division="500229999", user="a", password="b")
    new_office(tmp_path / "office.mz").close()
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(UserError, match="没有覆盖"):
        new_office(tmp_path / "office.mz")
    assert sorted(p.name for p in tmp_path.iterdir()) == before


CRASH = """
import sys
from pathlib import Path
from minzheng_desktop.store.store import Store
store = Store.open(Path(sys.argv[1]), password=sys.argv[2])
with store.writing("import") as w:
    for i in range(5000):
        w.put("people", {"owner": "500229106", "name": "冉启珍", "id_missing_reason": "newborn"})
        if i == 200:
            print("half", flush=True)
"""


def test_killed_in_the_middle_nothing_is_half_done(tmp_path: Path) -> None:
    path = tmp_path / "office.mz"
    store = new_office(path)
    fill(store)
    with store.reading() as r:
        before = r.change_number()
    store.close()
    with subprocess.Popen(
        [sys.executable, "-c", CRASH, str(path), PASSWORD], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    with Store.open(path, password=PASSWORD) as store, store.reading() as r:
        assert r.change_number() == before
        assert [h.name for h in people.find_people(r, "罗成贵")] == ["罗成贵"]


def test_a_migration_that_breaks_leaves_the_database_as_it_was(
    office: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap: without an explicit BEGIN a half-built table would block every later attempt."""
    fill(office)
    now, later = schema.SCHEMA_NUMBER, schema.SCHEMA_NUMBER + 1

    def broken(operations: Operations) -> None:
        with operations.batch_alter_table("households") as batch:
            batch.add_column(sa.Column("extra", sa.Text))
        raise RuntimeError("power cut")

    def whole(operations: Operations) -> None:
        with operations.batch_alter_table("households", recreate="always") as batch:
            batch.add_column(sa.Column("extra", sa.Text))
        with operations.batch_alter_table("people", recreate="always") as batch:
            batch.add_column(sa.Column("extra", sa.Text))

    monkeypatch.setattr(migrations, "after", lambda found, target: iter([(later, broken)]))
    with pytest.raises(RuntimeError, match="power cut"):
        database.migrate(office.engine, now, later)
    with office.engine.connect() as connection:
        assert database.schema_number(connection) == now
        assert "extra" not in {c["name"] for c in sa.inspect(connection).get_columns("households")}
    monkeypatch.setattr(migrations, "after", lambda found, target: iter([(later, whole)]))
    database.migrate(office.engine, now, later)
    with office.engine.connect() as connection:
        assert database.schema_number(connection) == later
        # Trap: with foreign keys on, rebuilding a parent table would have emptied its children.
        assert connection.exec_driver_sql("SELECT count(*) FROM bank_accounts").scalar_one() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_chinese_in_json_stays_readable_for_queries(office: Store) -> None:
    person = fill(office)
    with office.engine.connect() as connection:
        text = connection.exec_driver_sql("SELECT more FROM people WHERE id = ?", (person,)).scalar_one()
    assert "白果村" in text


def test_the_lock_goes_with_the_process(tmp_path: Path) -> None:
    path = tmp_path / "office.mz"
    new_office(path).close()
    code = (
        "import sys, time; from pathlib import Path; from minzheng_desktop.store.store import Store\n"
        "s = Store.open(Path(sys.argv[1]), password=sys.argv[2]); print('open', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path), PASSWORD], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        process.send_signal(signal.SIGKILL)
    Store.open(path, password=PASSWORD).close()


def test_the_keys_of_another_database_are_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "office.mz"
    new_office(path).close()
    path.rename(tmp_path / "moved.mz")
    keys = (tmp_path / "office.mz.keys").read_bytes()
    with pytest.raises(UserError) as refused:
        new_office(path)
    assert refused.value.code == "keys_without_database"
    assert (tmp_path / "office.mz.keys").read_bytes() == keys


def test_a_creation_that_was_cut_off_does_not_stand_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "office.mz"
    new_office(path).close()
    for name in ("office.mz", "office.mz.keys"):
        (tmp_path / name).rename(tmp_path / name.replace("office.mz", "office.mz.new"))
    new_office(path).close()
    assert not list(tmp_path.glob("*.new*"))
