"""A county's database carried to a PostgreSQL server and back: everything or nothing, and work goes on there."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from minzheng_desktop.county.replies.decisions import decide, waiting_records
from minzheng_desktop.store import attachments, audit, database, moving, people, postgres, rows, schema, users
from minzheng_desktop.store.moving import Moved, move_to_file, move_to_server
from minzheng_desktop.store.store import Store
from minzheng_desktop.store.tables import TABLES, tally
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import CHEAP, PASSWORD, County, Town
from tests.store.conftest import emptied

pytestmark = pytest.mark.on_file
Steps = Generator[moving.Step, None, Moved]


def drained(steps: Steps) -> tuple[Moved, list[moving.Step]]:
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return end.value, seen


def refused(call: Any, *args: Any, **more: Any) -> UserError:
    with pytest.raises(UserError) as error:
        made = call(*args, **more)
        drained(made)
    return error.value


@pytest.fixture
def filled(town: Town, county: County, tmp_path: Path) -> str:
    """The county has people, an attachment, a record that waits, and a second user; returns the record."""
    record = town.add_reported_elder()
    town.add_people(5)
    picture = tmp_path / "户口簿.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    attachments.attach(town.store, picture, record=record, kind="", title="户口簿")
    package = town.export().file
    assert package is not None
    assert county.receive(package)[0].status == "applied"
    users.add_user(county.store, name="向敏", password="another one", roles=("county_reviewer",), cost=CHEAP)
    return record


def test_to_a_server_and_back_with_work_in_between(
    filled: str, town: Town, county: County, server: str, tmp_path: Path
) -> None:
    url, file = emptied(server), county.store.path
    assert file is not None
    with county.store.reading() as r:
        before = {table.name: tally(r.connection, table) for table in TABLES}
        last_change, chain = r.change_number(), audit.verify(r.connection)
    done, steps = drained(move_to_server(county.store, url, password=PASSWORD, cost=CHEAP))
    assert (done.attachments, done.without_password) == (1, ("向敏",))
    assert done.tables == before
    assert done.tables["people"].rows == 6
    assert [one.done for one in steps if one.words.startswith("搬")][-1] == done.rows
    county.store.close()
    assert refused(Store.open, file, user="唐敏", password=PASSWORD).code == "moved"

    moved = Store.open_server(url, user="唐敏", password=PASSWORD)
    on_server = County(moved, county.folder)
    with moved.reading() as r:
        assert r.change_number() == last_change
        found = audit.verify(r.connection)
        assert (found.broken_at, found.entries) == (0, chain.entries + 2), "moved, signed in"
        assert [hit.name for hit in people.find_people(r, "测试003")] == ["测试003"]
        assert [one.record for one in waiting_records(r)] == [filled]
        digest = r.scalar(sa.select(schema.attachments.c.digest))
    assert attachments.read(moved, digest).startswith(b"\x89PNG")
    assert refused(Store.open_server, url, user="向敏", password="another one").code == "wrong_password"
    users.reset_password(moved, name="向敏", password="a third one", cost=CHEAP)
    decide(moved, [filled], kind="return", text="缺材料", number="")
    town.add_people(2)
    package = town.export().file
    assert package is not None
    result = on_server.receive(package)[0]
    assert (result.status, result.count("new")) == ("applied", 2)
    assert town.apply(result.receipt).decisions.taken

    back, _ = drained(move_to_file(moved, tmp_path / "back.mz", password="a file again", cost=CHEAP))
    assert back.tables["people"].rows == 8
    assert refused(moved.note, "reveal", {}).code == "moved"
    moved.close()
    assert refused(Store.open_server, url, user="唐敏", password=PASSWORD).code == "moved"
    assert not list(tmp_path.glob("*.moving*"))
    with Store.open(tmp_path / "back.mz", user="唐敏", password="a file again") as store:
        with store.reading() as r:
            assert audit.verify(r.connection).broken_at == 0
            assert len(people.find_people(r, "测试")) == 8
            numbers = r.change_number()
        assert attachments.read(store, digest).startswith(b"\x89PNG")
        users.add_user(store, name="向敏", password="a fourth one", roles=("county_reviewer",), cost=CHEAP)
        with store.writing("save") as w:
            w.put("people", {"owner": "500229106", "name": "罗成贵", "id_missing_reason": "newborn"})
            assert w.change_number() == numbers + 1


@pytest.mark.county
def test_a_number_given_once_is_not_given_again_after_a_move(
    filled: str, county: County, server: str
) -> None:
    line = {
        "package": "p",
        "division": "d",
        "laptop": "l",
        "entity": "people",
        "id": "x",
        "why": "y",
        "line": "{}",
    }
    with county.store.writing("test") as w:
        w.insert("held", [line, line])
        w.delete("held", schema.held.c.id == "x")
    drained(move_to_server(county.store, emptied(server), password=PASSWORD, cost=CHEAP))
    with Store.open_server(server, user="唐敏", password=PASSWORD) as moved, moved.writing("test") as w:
        w.insert("held", [line])
        assert w.scalar(sa.select(schema.held.c.n)) == 3


def empty(url: str) -> bool:
    engine = postgres.open_postgres(url)
    with engine.connect() as connection:
        found = sa.inspect(connection).get_table_names()
    engine.dispose()
    return not found


@pytest.mark.county
def test_what_differs_after_the_move_undoes_it_all(
    filled: str, county: County, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One account digit changed on the way: nothing stands on the server, the file goes on."""
    url, insert = emptied(server), rows.insert

    def careless(connection: sa.Connection, table: str, names: Any, values: Any) -> None:
        if table == "people":
            values = [*values[:-1], (*values[-1][:4], "别人", *values[-1][5:])]
        insert(connection, table, names, values)

    monkeypatch.setattr(rows, "insert", careless)
    error = refused(move_to_server, county.store, url, password=PASSWORD, cost=CHEAP)
    assert error.code == "move_differs"
    assert "people" in error.message
    monkeypatch.undo()
    assert empty(url)
    county.store.note("reveal", {})


@pytest.mark.county
def test_stopped_halfway_nothing_has_happened(
    filled: str, county: County, server: str, tmp_path: Path
) -> None:
    url = emptied(server)
    steps = move_to_server(county.store, url, password=PASSWORD, cost=CHEAP)
    for _ in range(5):
        next(steps)
    steps.close()
    assert empty(url)
    county.store.note("reveal", {})
    drained(move_to_server(county.store, url, password=PASSWORD, cost=CHEAP))
    with Store.open_server(url, user="唐敏", password=PASSWORD) as moved:
        back = move_to_file(moved, tmp_path / "back.mz", password="a file again", cost=CHEAP)
        for _ in range(5):
            next(back)
        back.close()
        assert not list(tmp_path.glob("back*"))
        moved.note("reveal", {})


def test_a_power_cut_before_the_commit_leaves_one_that_can_be_taken_up_again(
    filled: str, county: County, server: str
) -> None:
    """The file says where it should have gone; the server is empty; --reopen lets the file go on."""
    file = county.store.path
    assert file is not None
    moving._mark(county.store, "postgresql://10.0.0.5/mz")  # noqa: SLF001 - what stands there after the cut
    county.store.close()
    assert "10.0.0.5" in refused(Store.open, file, user="唐敏", password=PASSWORD).message
    assert refused(moving.reopen, str(file), user="唐敏", password="wrong").code == "wrong_password"
    moving.reopen(str(file), user="唐敏", password=PASSWORD)
    assert refused(moving.reopen, str(file), user="唐敏", password=PASSWORD).code == "not_moved"
    Store.open(file, user="唐敏", password=PASSWORD).close()


@pytest.mark.parametrize("cut", ["answered", "undone", "unknown"])
def test_a_line_that_breaks_at_the_commit_never_leaves_two_that_go_on(
    filled: str, county: County, server: str, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    """Committed there although the answer was lost; not committed; and nobody can tell."""
    url, file = emptied(server), county.store.path
    assert file is not None
    commit, opened = sa.RootTransaction.commit, postgres.open_postgres
    lost = sa.exc.OperationalError("COMMIT", {}, Exception("server closed the connection"))

    def broken(transaction: sa.RootTransaction) -> None:
        if transaction.connection.dialect.name != "postgresql":
            commit(transaction)
            return
        monkeypatch.setattr(sa.RootTransaction, "commit", commit)
        commit(transaction) if cut == "answered" else transaction.rollback()
        if cut == "unknown":
            monkeypatch.setattr(postgres, "open_postgres", lambda text: (_ for _ in ()).throw(lost))
        raise lost

    monkeypatch.setattr(sa.RootTransaction, "commit", broken)
    steps = move_to_server(county.store, url, password=PASSWORD, cost=CHEAP)
    if cut == "answered":
        assert drained(steps)[0].tables["people"].rows == 6
    else:
        with pytest.raises(UserError) as error:
            drained(steps)
        assert (error.value.code == "move_unsure") == (cut == "unknown")
    monkeypatch.setattr(postgres, "open_postgres", opened)
    assert empty(url) == (cut != "answered")
    county.store.close()
    if cut == "undone":
        Store.open(file, user="唐敏", password=PASSWORD).close()
    else:
        assert refused(Store.open, file, user="唐敏", password=PASSWORD).code == "moved"


@pytest.mark.county
def test_where_it_cannot_go(filled: str, town: Town, county: County, server: str, tmp_path: Path) -> None:
    engine = postgres.open_postgres(emptied(server))
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("CREATE TABLE theirs (n int)")
    engine.dispose()
    for store, code in ((county.store, "server_not_empty"), (town.store, "not_a_county")):
        assert refused(move_to_server, store, server, password=PASSWORD, cost=CHEAP).code == code
    assert refused(move_to_file, county.store, tmp_path / "x.mz", password="x" * 8).code == "not_on_server"
    with county.store.reading() as r:
        assert database.schema_number(r.connection) == schema.SCHEMA_NUMBER
