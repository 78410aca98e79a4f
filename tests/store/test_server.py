"""A county's database on a real PostgreSQL: opening, signing in, several people at once, what the server says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.store import attachments, audit, backup, database, passwords, postgres, schema, users
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from tests.store.conftest import CHEAP, PASSWORD, TOWN, emptied

NOW = datetime(2026, 11, 23, 9, 0).astimezone()


@pytest.fixture
def office(server_office: Store) -> Store:
    return server_office


@pytest.fixture
def second(office: Store, server: str) -> Iterator[Store]:
    """Another reviewer's session on the same database."""
    users.add_user(office, name="向敏", password="another one", roles=("county_reviewer",), cost=CHEAP)
    store = Store.open_server(server, user="向敏", password="another one")
    yield store
    store.close()


def code_of(call: object, *args: object, **more: object) -> str:
    with pytest.raises(UserError) as refused:
        call(*args, **more)  # type: ignore[operator]
    return refused.value.code


def test_reopened_by_url_with_the_password_and_not_with_another(office: Store, server: str) -> None:
    assert code_of(Store.open_server, server, user="唐敏", password="wrong horse") == "wrong_password"
    assert code_of(Store.open_server, server, user="谁", password="wrong horse") == "wrong_password"
    for blank in ("", "  "):  # nor does a blank one tell which names there are
        assert code_of(Store.open_server, server, user="谁", password=blank) == "wrong_password"
    with Store.open_server(server, password=PASSWORD) as store:
        assert (store.user, store.site.role, store.site.division, store.path) == (
            "唐敏",
            "county",
            "500229",
            None,
        )
        assert store.roles == {"county_admin", "county_reviewer"}
        assert store.catalog.forms.keys() == office.catalog.forms.keys()
        with store.reading() as r:
            last = r.one(sa.select(schema.audit).order_by(schema.audit.c.seq.desc()).limit(1))
            hashed = r.scalar(sa.select(schema.users.c.slot))
    assert last is not None
    assert (last["action"], len(last["detail"]["wrong_passwords"])) == ("sign_in", 1)
    assert hashed.startswith("argon2id$1024$1$1$")
    assert PASSWORD not in hashed


def test_wrong_passwords_are_counted_in_the_database_and_delayed(office: Store) -> None:
    """Five are free, the sixth try waits 30 seconds (domain: as for a file), from whichever machine it comes."""
    for _ in range(5):
        assert (
            code_of(passwords.sign_in, office.engine, user="唐敏", password="x", now=NOW) == "wrong_password"
        )
    assert (
        code_of(passwords.sign_in, office.engine, user="唐敏", password=PASSWORD, now=NOW)
        == "too_many_attempts"
    )
    other = postgres.open_postgres(office.url)
    later = NOW + timedelta(seconds=29)
    assert code_of(passwords.sign_in, other, user="唐敏", password=PASSWORD, now=later) == "too_many_attempts"
    found = passwords.sign_in(other, user="唐敏", password=PASSWORD, now=NOW + timedelta(seconds=31))
    assert len(found.attempts) == 5
    other.dispose()


def test_only_an_administrator_manages_users(office: Store, second: Store) -> None:
    assert code_of(
        users.add_user, second, name="新人", password="long enough", roles=("county_reviewer",), cost=CHEAP
    ) == "not_allowed"  # fmt: skip
    assert (
        code_of(users.reset_password, second, name="唐敏", password="long enough", cost=CHEAP)
        == "not_allowed"
    )
    users.change_password(second, old="another one", new="a third one", cost=CHEAP)
    assert code_of(Store.open_server, office.url, user="向敏", password="another one") == "wrong_password"
    users.reset_password(office, name="向敏", password="a fourth one", cost=CHEAP)
    Store.open_server(office.url, user="向敏", password="a fourth one").close()
    assert users.confirm_second(office, name="向敏", password="a fourth one") == "向敏"


def test_a_removed_user_cannot_write_in_the_session_that_is_open(office: Store, second: Store) -> None:
    second.note("reveal", {})
    users.remove_user(office, name="向敏")
    assert code_of(second.note, "reveal", {}) == "signed_out"
    assert code_of(Store.open_server, office.url, user="向敏", password="another one") == "wrong_password"
    with office.reading() as r:
        assert audit.verify(r.connection).broken_at == 0


def test_a_session_notices_other_roles_and_another_catalogue(office: Store, second: Store) -> None:
    before = second.catalog
    assert second.roles == {"county_reviewer"}
    with office.writing("test") as w:
        w.update("users", {"role": "county_admin"}, schema.users.c.name == "向敏")
        w.update("catalog", {"name": "renamed.toml"}, schema.catalog.c.key == "dibao")
    second.note("reveal", {})
    assert second.roles == {"county_admin"}
    assert second.catalog is not before


def test_a_reading_is_of_one_moment_and_cannot_write(office: Store, second: Store) -> None:
    with second.reading() as r:
        before = r.change_number()
        with office.writing("save") as w:
            w.put("people", {"owner": TOWN, "name": "罗成贵", "id_missing_reason": "newborn"})
        assert r.change_number() == before
        with pytest.raises(sa.exc.DBAPIError, match="read-only"):
            r.connection.execute(sa.delete(schema.people))
    with second.reading() as r:
        assert r.change_number() == before + 1


def test_writers_take_turns_and_the_chain_holds(office: Store, second: Store) -> None:
    """Two sessions write at once: every entry of the chain follows the one before it, nothing is lost."""

    def write(store: Store, names: str) -> None:
        for name in names:
            with store.writing("save") as w:
                w.put("people", {"owner": TOWN, "name": f"罗{name}", "id_missing_reason": "newborn"})

    threads = [
        threading.Thread(target=write, args=(store, names))
        for store, names in ((office, "一二三四五六七八九十"), (second, "甲乙丙丁戊己庚辛壬癸"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with office.reading() as r:
        assert r.scalar(sa.select(sa.func.count()).select_from(schema.people)) == 20
        assert audit.verify(r.connection).broken_at == 0
        rows = r.connection.execute(sa.select(schema.people.c.search_row)).scalars().all()
    assert sorted(rows) == list(range(1, 21))


def test_somebody_who_waits_too_long_for_his_turn_is_told(office: Store, second: Store) -> None:
    with office.writing("save"), second.engine.connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = '50ms'")
        connection.commit()
        with pytest.raises(UserError) as refused, database.disk_errors(), connection.begin():
            audit.open_entry(connection)
    assert refused.value.code == "database_busy"


def test_a_line_that_breaks_is_told_and_nothing_is_saved(office: Store, second: Store) -> None:
    with pytest.raises(UserError) as refused, second.writing("save") as w:
        w.put("people", {"owner": TOWN, "name": "罗成贵", "id_missing_reason": "newborn"})
        own = w.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with office.engine.connect() as other:
            other.exec_driver_sql("SELECT pg_terminate_backend(%s)", (own,))
        w.put("people", {"owner": TOWN, "name": "罗成富", "id_missing_reason": "newborn"})
    assert refused.value.code == "server_lost"
    with second.reading() as r:
        assert r.scalar(sa.select(sa.func.count()).select_from(schema.people)) == 0
    second.note("reveal", {})


def test_a_newer_database_is_refused_also_in_the_middle_of_a_session(office: Store, second: Store) -> None:
    with office.engine.connect() as connection, connection.begin():
        database.set_schema_number(connection, 99)
    assert code_of(second.note, "reveal", {}) == "database_newer"
    assert code_of(Store.open_server, office.url, user="唐敏", password=PASSWORD) == "database_newer"


def test_only_an_administrator_brings_an_older_database_up_to_date(server: str) -> None:
    engine = postgres.open_postgres(emptied(server))
    database.migrate(engine, 0, 4)
    hashed = passwords.hash_password(PASSWORD, CHEAP)
    with engine.connect() as connection, connection.begin():
        site = {
            "role": "county",
            "division": "500229",
            "laptop": "x",
            "letter": "A",
            "epoch": "e",
            "database": "d",
        }
        connection.execute(sa.insert(schema.settings).values(key="site", value=site))
        for number, (name, role) in enumerate((("唐敏", "county_admin"), ("向敏", "county_reviewer"))):
            row = {"id": str(number), "name": name, "title": "", "role": role, "slot": hashed, "active": 1}
            connection.execute(sa.insert(schema.users).values(row))
    engine.dispose()
    assert code_of(Store.open_server, server, user="向敏", password=PASSWORD) == "server_older"
    with Store.open_server(server, user="唐敏", password=PASSWORD) as store, store.reading() as r:
        assert database.schema_number(r.connection) == schema.SCHEMA_NUMBER
        assert store.catalog.forms
    Store.open_server(server, user="向敏", password=PASSWORD).close()


def test_a_database_that_is_not_empty_is_left_alone(office: Store, server: str) -> None:
    make = {"division": "500229", "user": "唐敏", "password": PASSWORD, "cost": CHEAP}
    assert code_of(Store.create_server, server, **make) == "server_not_empty"
    office.engine.dispose()
    engine = postgres.open_postgres(emptied(server))
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("CREATE TABLE theirs (n int)")
    assert code_of(Store.create_server, server, **make) == "server_not_empty"
    assert code_of(Store.open_server, server, user="唐敏", password=PASSWORD) == "not_a_database"
    assert code_of(Store.create_server, server, **{**make, "division": TOWN}) == "unknown_division"
    engine.dispose()


@pytest.mark.parametrize(
    "text", ["postgresql://", "postgresql://x:y@h:99999999/z", "mysql://h/z", "postgresql://h:z/z"]
)
def test_an_address_that_is_none_is_refused(text: str) -> None:
    assert code_of(postgres.parse_url, text) == "server_url"


def test_a_server_elsewhere_is_asked_for_an_encrypted_line(server: str) -> None:
    assert postgres.parse_url("postgresql://a:b@10.0.0.5/mz").query["sslmode"] == "require"
    assert postgres.parse_url("postgres://a:b@10.0.0.5/mz?sslmode=disable").query["sslmode"] == "disable"
    assert "sslmode" not in postgres.parse_url(server).query
    assert postgres.shown("postgresql://a:secret@10.0.0.5:5433/mz") == "postgresql://a@10.0.0.5:5433/mz"


def test_nobody_there_and_no_such_database_are_told_apart(server: str) -> None:
    assert code_of(postgres.open_postgres, "postgresql://a:b@127.0.0.1:9/mz") == "server_unreachable"
    assert code_of(postgres.open_postgres, server.replace("/postgres?", "/nothere?")) == "server_refused"


def test_a_database_that_sorts_by_a_language_is_refused(server: str) -> None:
    engine = postgres.open_postgres(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS latin")
        connection.exec_driver_sql(
            "CREATE DATABASE latin ENCODING 'EUC_CN' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
    engine.dispose()
    assert code_of(postgres.open_postgres, server.replace("/postgres?", "/latin?")) == "server_collation"


def test_attachments_lie_in_the_database(office: Store, second: Store, tmp_path: Path) -> None:
    picture = tmp_path / "户口簿.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    kept = attachments.attach(office, picture, record=None, kind="", title="")
    assert attachments.read(second, kept.digest) == picture.read_bytes()
    assert attachments.missing(second) == 0
    with office.engine.connect() as connection, connection.begin():
        connection.execute(sa.delete(schema.sealed_blobs))
    assert attachments.missing(second) == 1
    assert code_of(attachments.read, second, kept.digest) == "attachment_missing"


def test_a_backup_is_the_servers_own(office: Store, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="pg_dump") as refused:
        backup.write_backup(office, tmp_path / "x.mzbak")
    assert refused.value.code == "backup_server"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("typed", ["罗'成", "罗 & 成", "(罗", "!", "罗\\", "罗:*"])
def test_what_is_typed_is_never_a_query(office: Store, typed: str) -> None:
    from minzheng_desktop.store import people

    with office.reading() as r:
        assert people.find_people(r, typed) == []


def test_rows_sent_in_bulk_arrive_as_they_were(office: Store) -> None:
    """COPY has its own signs for an end of line, a tab, nothing; none of them may change what was written."""
    odd = ["\\N", "a\tb", "a\nb", "a\\b", "\\.", "", " 空格 ", "𪚥𪚥", "'\"", "\r\n"] * 3
    with office.writing("test") as w:
        bodies = [
            {
                "owner": TOWN,
                "name": f"罗{n}",
                "id_missing_reason": "newborn",
                "phone": text,
                "more": {"remark": text},
            }
            for n, text in enumerate(odd)
        ]
        ids = w.put_many("people", bodies, fresh=True)
    with office.reading() as r:
        rows = r.get_many("people", ids)
        assert [rows[row_id]["phone"] for row_id in ids] == odd
        assert [rows[row_id]["more"]["remark"] for row_id in ids] == odd
        assert {rows[row_id]["id_number"] for row_id in ids} == {None}
        assert audit.verify(r.connection).broken_at == 0


def test_what_a_server_cannot_store_is_told(office: Store) -> None:
    for number in (1, 40):
        with pytest.raises(UserError) as refused, office.writing("test") as w:
            body = {"owner": TOWN, "name": "罗\0成", "id_missing_reason": "newborn"}
            w.put_many("people", [body] * number, fresh=True)
        assert refused.value.code == "unstorable_text"
    with office.reading() as r:
        assert r.scalar(sa.select(sa.func.count()).select_from(schema.people)) == 0


def test_a_number_taken_twice_in_bulk_is_told(office: Store) -> None:
    body = {"owner": TOWN, "name": "罗成贵", "id_number": "500229195001010017"}
    with pytest.raises(UserError) as refused, office.writing("test") as w:
        w.put_many("people", [body] * 40, fresh=True)
    assert refused.value.code == "person_exists"
