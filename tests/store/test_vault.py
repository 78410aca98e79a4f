"""The vault: who opens the database, what a wrong guess costs, and what F.keys gives away (nothing)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minzheng_desktop.store import attempts, keyslots, vault
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.store.recovery_key import new_recovery_key, parse_recovery_key
from minzheng_desktop.values.errors import UserError

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
NOON = datetime.fromisoformat("2026-11-23T12:00:00+08:00")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "台账.mzdb"


def make(path: Path, *, user: str = "唐敏", password: str = "青山绿水 7") -> vault.NewVault:
    return vault.create_vault(path, user=user, password=password, cost=CHEAP)


def code_of(error: pytest.ExceptionInfo[UserError]) -> str:
    return error.value.code


def test_opens_with_password_with_and_without_naming_the_only_user(path: Path) -> None:
    made = make(path)
    assert len(made.database_key) == 32
    for user in ("唐敏", None):
        opened = vault.open_vault(path, user=user, password="青山绿水 7")
        assert opened.database_key == made.database_key
        assert not opened.altered


def test_two_vaults_have_nothing_in_common(tmp_path: Path) -> None:
    one, two = make(tmp_path / "a"), make(tmp_path / "b")
    assert one.database_key != two.database_key
    assert one.recovery_key != two.recovery_key
    references = [vault.list_slots(tmp_path / name)[0].user_ref for name in "ab"]
    assert references[0] != references[1]


def test_keys_file_is_json_without_name_password_or_key(path: Path) -> None:
    made = make(path)
    text = vault.keys_path(path).read_text("utf-8")
    json.loads(text)
    for secret in (
        "唐敏",
        "青山绿水",
        made.recovery_key,
        made.recovery_key.replace("-", ""),
        made.database_key.hex(),
    ):
        assert secret not in text
    assert "AGE-SECRET-KEY" not in text
    assert "\\u" not in text


def test_parameters_stand_beside_the_wrap(path: Path) -> None:
    make(path)
    slot = json.loads(vault.keys_path(path).read_text("utf-8"))["slots"][0]
    assert slot["cost"] == {"memory_kib": 64, "passes": 1, "lanes": 1}


def test_default_cost_is_64_megabytes_in_three_passes() -> None:
    assert (vault.DEFAULT_COST.memory_kib, vault.DEFAULT_COST.passes) == (64 * 1024, 3)


def test_an_existing_keys_file_is_never_overwritten(path: Path) -> None:
    make(path)
    before = vault.keys_path(path).read_bytes()
    with pytest.raises(UserError) as error:
        make(path, password="别的")
    assert code_of(error) == "keys_exist"
    assert vault.keys_path(path).read_bytes() == before


def test_empty_password_is_refused(path: Path) -> None:
    with pytest.raises(UserError) as error:
        make(path, password="  ")
    assert code_of(error) == "password_empty"
    assert not vault.keys_path(path).exists()


def test_wrong_password_and_wrong_user_sound_the_same(path: Path) -> None:
    make(path)
    sentences = set()
    for user, password in (("唐敏", "错"), ("别人", "青山绿水 7")):
        with pytest.raises(UserError) as error:
            vault.open_vault(path, user=user, password=password, now=NOON)
        assert code_of(error) == "wrong_password"
        sentences.add(error.value.message)
    assert len(sentences) == 1


def fail(path: Path, now: datetime) -> str:
    with pytest.raises(UserError) as error:
        vault.open_vault(path, user=None, password="错", now=now)
    return error.value.code


def test_five_wrong_passwords_start_a_delay_that_a_restart_does_not_reset(path: Path) -> None:
    make(path)
    assert [fail(path, NOON) for _ in range(5)] == ["wrong_password"] * 5
    # A right password during the delay is not even tried.
    with pytest.raises(UserError) as error:
        vault.open_vault(path, user=None, password="青山绿水 7", now=NOON + timedelta(seconds=29))
    assert code_of(error) == "too_many_attempts"
    assert "1 秒" in error.value.message
    assert vault.open_vault(path, user=None, password="青山绿水 7", now=NOON + timedelta(seconds=31))
    assert fail(path, NOON) == "wrong_password"  # success forgave the earlier ones


def test_delay_doubles_up_to_fifteen_minutes() -> None:
    assert [attempts.delay_seconds(n) for n in (0, 4, 5, 6, 7, 8, 9, 10, 100)] == [
        0,
        0,
        30,
        60,
        120,
        240,
        480,
        900,
        900,
    ]


def test_a_clock_set_back_does_not_lengthen_the_delay(path: Path) -> None:
    make(path)
    for _ in range(5):
        fail(path, NOON)
    earlier = NOON - timedelta(days=400)
    with pytest.raises(UserError) as error:
        vault.open_vault(path, user=None, password="青山绿水 7", now=earlier)
    assert "30 秒" in error.value.message


def test_attempts_are_told_once(path: Path) -> None:
    make(path)
    for _ in range(3):
        fail(path, NOON)
    vault.open_vault(path, user=None, password="青山绿水 7", now=NOON)
    told = vault.take_attempts(path)
    assert [attempt.at for attempt in told] == [NOON.isoformat(timespec="seconds")] * 3
    assert {attempt.user_ref for attempt in told} == {keyslots.name_ref(keyslots.read_keys(path), "唐敏")}
    assert vault.take_attempts(path) == []


def test_recovery_key_opens_and_has_eight_groups_of_four(path: Path) -> None:
    made = make(path)
    assert [len(group) for group in made.recovery_key.split("-")] == [4] * 8
    assert vault.open_with_recovery(path, made.recovery_key).database_key == made.database_key
    typed = made.recovery_key.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert vault.open_with_recovery(path, typed).database_key == made.database_key


def test_recovery_key_of_another_database_is_counted(path: Path, tmp_path: Path) -> None:
    make(path)
    other = make(tmp_path / "other")
    with pytest.raises(UserError) as error:
        vault.open_with_recovery(path, other.recovery_key, now=NOON)
    assert code_of(error) == "recovery_key_wrong"
    assert [attempt.kind for attempt in vault.take_attempts(path)] == ["recovery"]


@given(position=st.integers(0, 31), other=st.sampled_from(CROCKFORD))
def test_one_wrong_character_is_noticed(position: int, other: str) -> None:
    plain = new_recovery_key().replace("-", "")
    if plain[position] == other:
        return
    with pytest.raises(UserError) as error:
        parse_recovery_key(plain[:position] + other + plain[position + 1 :])
    assert error.value.code == "recovery_key_check"


@given(position=st.integers(0, 30))
def test_two_neighbours_swapped_are_noticed(position: int) -> None:
    plain = new_recovery_key().replace("-", "")
    swapped = plain[:position] + plain[position + 1] + plain[position] + plain[position + 2 :]
    if swapped == plain:
        return
    with pytest.raises(UserError):
        parse_recovery_key(swapped)


@pytest.mark.parametrize("typed", ["", "K7Q2", "U" * 32, "K7Q2-" * 20, "密" * 32])
def test_malformed_recovery_keys_are_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(UserError) as error:
        parse_recovery_key(typed)
    assert error.value.code == "recovery_key_format"


def test_users_come_and_go(path: Path) -> None:
    made = make(path)
    key = made.database_key
    vault.add_user_slot(path, database_key=key, user="吴道芸", password="第二个", cost=CHEAP)
    assert vault.open_vault(path, user="吴道芸", password="第二个").database_key == key
    with pytest.raises(UserError) as error:
        vault.open_vault(path, user=None, password="第二个")
    assert code_of(error) == "user_needed"
    with pytest.raises(UserError) as error:
        vault.add_user_slot(path, database_key=key, user=" 吴道芸 ", password="x", cost=CHEAP)
    assert code_of(error) == "user_exists"
    vault.remove_user_slot(path, database_key=key, user="唐敏")
    assert [slot.kind for slot in vault.list_slots(path)] == ["recovery", "user"]
    with pytest.raises(UserError) as error:
        vault.remove_user_slot(path, database_key=key, user="吴道芸")
    assert code_of(error) == "last_user"


def test_change_and_reset_of_a_password(path: Path) -> None:
    made = make(path)
    vault.change_password(path, user=None, old_password="青山绿水 7", new_password="新的", cost=CHEAP)
    assert vault.open_vault(path, user=None, password="新的").database_key == made.database_key
    assert fail(path, NOON) == "wrong_password"
    opened = vault.open_with_recovery(path, made.recovery_key, now=NOON)
    vault.reset_password(path, database_key=opened.database_key, user="唐敏", password="重设", cost=CHEAP)
    assert vault.open_vault(path, user="唐敏", password="重设").database_key == made.database_key


def test_escrow_opens_with_the_county_key_only(path: Path) -> None:
    made = make(path)
    county, stranger = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    vault.set_escrow(path, database_key=made.database_key, recipient=str(county.to_public()))
    assert vault.open_with_escrow(path, str(county)).database_key == made.database_key
    with pytest.raises(UserError):
        vault.open_with_escrow(path, str(stranger))


def test_recovery_key_is_replaced(path: Path) -> None:
    made = make(path)
    fresh = vault.replace_recovery_key(path, database_key=made.database_key, cost=CHEAP)
    assert vault.open_with_recovery(path, fresh).database_key == made.database_key
    with pytest.raises(UserError):
        vault.open_with_recovery(path, made.recovery_key)


def test_rekey_keeps_every_password_and_survives_interruption(path: Path) -> None:
    made = make(path)
    old = made.database_key
    fresh = vault.begin_rekey(path, database_key=old)
    between = vault.open_vault(path, user=None, password="青山绿水 7")
    assert (between.database_key, between.next_key) == (old, fresh)
    vault.finish_rekey(path, database_key=old, in_force=fresh)
    after = vault.open_vault(path, user=None, password="青山绿水 7")
    assert (after.database_key, after.next_key, after.altered) == (fresh, None, False)
    assert vault.open_with_recovery(path, made.recovery_key).database_key == fresh


def test_a_recipient_slipped_in_is_shown_and_never_gets_the_next_key(path: Path) -> None:
    made = make(path)
    file = vault.keys_path(path)
    content = json.loads(file.read_text("utf-8"))
    content["slots"][1]["recipient"] = str(pyrage.x25519.Identity.generate().to_public())
    file.write_text(json.dumps(content), "utf-8")
    assert vault.open_vault(path, user=None, password="青山绿水 7").altered
    with pytest.raises(UserError) as error:
        vault.begin_rekey(path, database_key=made.database_key)
    assert code_of(error) == "keys_altered"


def test_missing_keys_file(path: Path) -> None:
    with pytest.raises(UserError) as error:
        vault.open_vault(path, user=None, password="x")
    assert code_of(error) == "keys_missing"
    assert "备份" in error.value.message


def test_every_truncation_and_foreign_contents_are_told_in_chinese(path: Path) -> None:
    make(path)
    file = vault.keys_path(path)
    whole = file.read_bytes()
    contents = [whole[:length] for length in range(0, len(whole) - 1, 97)]
    contents += [
        b"PK\x03\x04",
        b"\xff\xfe\x00",
        b"[]",
        b'{"format":"other"}',
        whole.replace(b"minzheng-keys", b"x"),
    ]
    for content in contents:
        file.write_bytes(content)
        with pytest.raises(UserError) as error:
            vault.open_vault(path, user=None, password="青山绿水 7", now=NOON)
        assert code_of(error) == "keys_damaged"


@settings(deadline=None)
@given(place=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_one_changed_byte_never_opens_wrongly(
    tmp_path_factory: pytest.TempPathFactory, place: int, flip: int
) -> None:
    path = tmp_path_factory.mktemp("vault") / "f"
    made = make(path)
    file = vault.keys_path(path)
    whole = bytearray(file.read_bytes())
    whole[place % len(whole)] ^= flip
    file.write_bytes(whole)
    try:
        opened = vault.open_vault(path, user=None, password="青山绿水 7", now=NOON)
    except UserError:
        return
    assert opened.database_key == made.database_key


def test_absurd_parameters_are_refused_before_memory_is_taken(path: Path) -> None:
    make(path)
    file = vault.keys_path(path)
    file.write_bytes(file.read_bytes().replace(b'"memory_kib": 64', b'"memory_kib": 640000000'))
    with pytest.raises(UserError) as error:
        vault.open_vault(path, user=None, password="青山绿水 7")
    assert code_of(error) == "keys_damaged"


def test_newer_keys_file_names_both_versions(path: Path) -> None:
    make(path)
    file = vault.keys_path(path)
    file.write_bytes(file.read_bytes().replace(b'"version": 1', b'"version": 9'))
    with pytest.raises(UserError) as error:
        vault.open_vault(path, user=None, password="青山绿水 7")
    assert code_of(error) == "keys_newer"
    assert "第 9 版" in error.value.message


def test_nothing_but_the_keys_file_is_left(path: Path) -> None:
    make(path)
    fail(path, NOON)
    assert [file.name for file in path.parent.iterdir()] == ["台账.mzdb.keys"]
