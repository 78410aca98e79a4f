"""Users come and go: each with a password of his own, and who left opens nothing any more."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from minzheng_desktop.store import keyslots, people, users
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from tests.store.conftest import CHEAP, PASSWORD, new_office
from tests.store.test_database import fill


def test_who_left_opens_nothing_even_with_the_old_keys(tmp_path: Path) -> None:
    path = tmp_path / "office.mz"
    with new_office(path) as store:
        assert store.single_post
        fill(store)
        users.add_user(store, name="向敏", password="another one", roles=("town_leader",), cost=CHEAP)
        assert not store.single_post
    with Store.open(path, user="向敏", password="another one") as store:
        assert store.roles == {"town_leader"}
    shutil.copy(tmp_path / "office.mz.keys", tmp_path / "old.keys")
    with Store.open(path, user="周晓岚", password=PASSWORD) as store:
        with pytest.raises(UserError, match="不能移除自己"):
            users.remove_user(store, name="周晓岚")
        users.remove_user(store, name="向敏")
        with store.reading() as r:
            assert [h.name for h in people.find_people(r, "罗成贵")] == ["罗成贵"]
        with pytest.raises(UserError, match="最后一个"):
            users.remove_user(store, name="周晓岚")
    with pytest.raises(UserError):
        Store.open(path, user="向敏", password="another one")
    with Store.open(path, password=PASSWORD) as store, store.reading() as r:
        assert [h.name for h in people.find_people(r, "罗成贵")] == ["罗成贵"]
    shutil.copy(tmp_path / "old.keys", tmp_path / "office.mz.keys")
    with pytest.raises(UserError) as refused:
        Store.open(path, user="向敏", password="another one")
    assert refused.value.code == "not_a_database"


def test_who_left_may_come_back_with_a_new_password(tmp_path: Path) -> None:
    path = tmp_path / "office.mz"
    with new_office(path) as store:
        first = users.add_user(store, name="向敏", password="another one", roles=("town_leader",), cost=CHEAP)
        users.remove_user(store, name="向敏")
        again = users.add_user(store, name="向敏", password="a third one", roles=("town_clerk",), cost=CHEAP)
        assert again.id == first.id
        assert [(u.name, u.active) for u in users.list_users(store)] == [("周晓岚", True), ("向敏", True)]
    with Store.open(path, user="向敏", password="a third one") as store:
        assert store.roles == {"town_clerk"}
    with pytest.raises(UserError):
        Store.open(path, user="向敏", password="another one")


def test_the_recovery_key_opens_when_the_password_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "office.mz"
    store, recovery_key = Store.create(
        path, role="township", division="500229106", user="周晓岚", password="x", cost=CHEAP
    )
    store.close()
    with Store.open_with_recovery(path, recovery_key=recovery_key) as store:
        assert store.user == "恢复密钥"


def test_a_slot_put_into_the_key_file_by_another_hand_confirms_nothing(tmp_path: Path) -> None:
    """Whoever can write the key file gives the leader's name a password of his own, over a key that he invented."""
    path = tmp_path / "office.mz"
    with new_office(path) as store:
        users.add_user(store, name="向敏", password="another one", roles=("town_leader",), cost=CHEAP)
        assert users.confirm_second(store, name="向敏", password="another one") == "向敏"
        keys = keyslots.read_keys(path)
        leader = keyslots.name_ref(keys, "向敏")
        forged = keyslots.new_slot("user", b"my own word", bytes(32), CHEAP, leader)
        others = tuple(slot for slot in keys.slots if slot.user_ref != leader)
        keyslots.write_keys(path, msgspec.structs.replace(keys, slots=(*others, forged)))
        with pytest.raises(UserError) as refused:
            users.confirm_second(store, name="向敏", password="my own word")
        assert refused.value.code == "keys_altered"
