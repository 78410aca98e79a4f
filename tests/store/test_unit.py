"""The unit of work: all of a change or nothing of it, with its history, on both databases."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
import sqlalchemy as sa

from minzheng_desktop.store import audit, people, schema
from minzheng_desktop.store.rows import shape
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import make_id_number

TOWN = "500229106"
NUMBER = make_id_number("500229", date(1965, 3, 12), 221)


def person(**more: object) -> dict[str, object]:
    return {"owner": TOWN, "name": "罗成贵", "id_number": NUMBER, "sex": "1", **more}


def versions_of(store: Store, row_id: str) -> list[dict[str, object]]:
    with store.reading() as r:
        return r.rows(
            sa.select(schema.versions).where(schema.versions.c.id == row_id).order_by(schema.versions.c.seq)
        )


def test_each_change_leaves_a_version_on_the_one_before(store: Store) -> None:
    with store.writing("save") as w:
        row_id = w.put("people", person())
    with store.writing("save") as w:
        w.put("people", {"id": row_id, "phone": "13900000000"})
    first, second = versions_of(store, row_id)
    assert first["base"] is None
    assert second["base"] == first["revision"]
    with store.reading() as r:
        row = r.get("people", row_id)
    assert row is not None
    assert (row["revision"], row["phone"], row["name"]) == (second["revision"], "13900000000", "罗成贵")


def test_an_equal_body_changes_nothing(store: Store) -> None:
    with store.writing("save") as w:
        row_id = w.put("people", person(more={"education": "80"}))
    with store.writing("save") as w:
        w.put("people", {"id": row_id, "name": "罗成贵", "more": {"education": "80"}})
    assert len(versions_of(store, row_id)) == 1


def test_a_body_leaves_out_what_has_its_default(store: Store) -> None:
    with store.writing("save") as w:
        row_id = w.put("people", person(phone=None, alive_status="1"))
    body = str(versions_of(store, row_id)[0]["body"])
    assert msgspec.json.decode(body) == {"owner": TOWN, "name": "罗成贵", "id_number": NUMBER, "sex": "1"}
    with store.reading() as r:
        row = r.get("people", row_id)
    assert row is not None
    whole = shape(schema.people).decode(body)
    assert whole == {name: row[name] for name in schema.body_columns(schema.people)}
    assert shape(schema.people).decode(msgspec.json.encode(whole)) == whole  # as written before


def test_an_exception_undoes_rows_versions_search_and_audit(store: Store) -> None:
    with store.reading() as r:
        before = (r.change_number(), audit.head_of(r.connection))
    with pytest.raises(RuntimeError), store.writing("save") as w:
        w.put("people", person())
        raise RuntimeError
    with store.reading() as r:
        assert (r.change_number(), audit.head_of(r.connection)) == before
        assert people.find_people(r, "罗成贵") == []


def test_a_row_changed_meanwhile_is_not_overwritten(store: Store) -> None:
    with store.writing("save") as w:
        row_id = w.put("people", person())
    old = versions_of(store, row_id)[0]["revision"]
    with store.writing("save") as w:
        w.put("people", {"id": row_id, "phone": "13900000001"})
    with pytest.raises(UserError) as refused, store.writing("save") as w:
        w.put("people", {"id": row_id, "phone": "13900000002"}, expected=str(old))
    assert refused.value.code == "changed_meanwhile"


def test_one_living_row_for_one_number_in_one_office(store: Store) -> None:
    with store.writing("save") as w:
        first = w.put("people", person())
    with pytest.raises(UserError) as refused, store.writing("save") as w:
        w.put("people", person(name="罗成桂"))
    assert refused.value.code == "person_exists"
    with store.writing("save") as w:
        w.put("people", person(owner="500229107"))  # another office: a finding for the county, not a refusal
        w.void("people", first)
        w.put("people", person(name="罗成桂"))
    with store.reading() as r:
        assert [h.name for h in people.find_people(r, "罗成")] == ["罗成桂", "罗成贵"]


def test_what_does_not_travel_is_never_put_and_what_travels_never_inserted(office: Store) -> None:
    with pytest.raises(ValueError, match="put"), office.writing("save") as w:
        w.insert("people", [person()])
    with pytest.raises(KeyError), office.writing("save") as w:
        w.put("people", person(nickname="x"))
    with pytest.raises(KeyError), office.writing("save") as w:
        row_id = w.put("people", person())
        w.put("people", {"id": row_id, "nickname": "x"})


def test_the_audit_chain_shows_what_was_changed_behind_it(store: Store) -> None:
    with store.writing("save") as w:
        row_id = w.put("people", person())
    store.note("reveal", {"person": row_id})
    with store.reading() as r:
        assert audit.verify(r.connection).broken_at == 0
    with store.engine.connect() as connection, connection.begin():
        connection.execute(
            sa.update(schema.versions).where(schema.versions.c.id == row_id).values(revision="0" * 16)
        )
    with store.reading() as r:
        verdict = audit.verify(r.connection)
    assert verdict.reason == "所记的修改与台账里的版本不符"
    with store.engine.connect() as connection, connection.begin():
        connection.execute(
            sa.update(schema.audit).where(schema.audit.c.action == "reveal").values(user="别人")
        )
        connection.execute(
            sa.update(schema.versions)
            .where(schema.versions.c.id == row_id)
            .values(
                revision=sa.select(schema.people.c.revision)
                .where(schema.people.c.id == row_id)
                .scalar_subquery()
            )
        )
    with store.reading() as r:
        assert audit.verify(r.connection).reason == "内容被改过"


def test_bulk_rows_equal_single_ones(store: Store) -> None:
    bodies = [
        person(
            name=f"冉启{'珍秀芳'[i % 3]}",
            id_number=make_id_number("500229", date(1940 + i // 900, 1, 1), i % 900 + 1),
        )
        for i in range(1200)
    ]
    with store.writing("import") as w:
        ids = w.put_many("people", bodies, fresh=True)
    with store.reading() as r:
        assert len(people.find_people(r, "冉启", limit=None)) == 1200
        assert len(r.get_many("people", ids)) == 1200
        assert audit.verify(r.connection).broken_at == 0
