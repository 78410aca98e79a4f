"""The enrolment file: its phrase, its signature, its date, and the registration it makes possible."""

from __future__ import annotations

import json
from datetime import date

import msgspec
import pytest

from minzheng_desktop.exchange.files import keys
from minzheng_desktop.exchange.files.enrolment import (
    Enrolment,
    LiveLaptop,
    read_enrolment,
    register,
    registration_holds,
    seal_enrolment,
)
from minzheng_desktop.exchange.files.envelope import Party
from minzheng_desktop.exchange.files.keys import NewCounty
from minzheng_desktop.exchange.files.phrase import new_phrase
from minzheng_desktop.store.keyslots import Cost
from minzheng_desktop.values.errors import UserError

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
TODAY = date(2026, 11, 23)
PHRASE = new_phrase()


@pytest.fixture(scope="module")
def county() -> NewCounty:
    return keys.new_county("500229", issued_at="2026-11-23T18:30:00+08:00")


def enrolment(county: NewCounty, **changes: object) -> Enrolment:
    made = Enrolment(
        serial="s-1",
        division="500229106",
        letter="A",
        may_lock=True,
        expires="2026-12-23",
        secret=keys.new_private_keys().sign,
        county=county.certificate,
    )
    return msgspec.structs.replace(made, **changes)


def sealed(county: NewCounty, made: Enrolment) -> bytes:
    return seal_enrolment(made, PHRASE, county_sign_key=county.keys.sign, cost=CHEAP)


def refusal(data: bytes, phrase: str = PHRASE, today: date = TODAY) -> str:
    with pytest.raises(UserError) as error:
        read_enrolment(data, phrase, today=today)
    assert any(word in error.value.message for word in ("没有接入", "没有读"))
    return error.value.code


def test_opens_with_its_phrase(county: NewCounty) -> None:
    made = enrolment(county)
    read = read_enrolment(sealed(county, made), PHRASE.replace(" ", ""), today=TODAY)
    assert msgspec.structs.replace(read, signature="") == made


def test_wrong_phrase_and_altered_file_sound_alike(county: NewCounty) -> None:
    data = sealed(county, enrolment(county))
    assert refusal(data, new_phrase()) == "wrong_phrase"
    content = json.loads(data)
    content["box"] = content["box"][:-8] + "AAAAAAA="
    assert refusal(json.dumps(content).encode()) == "wrong_phrase"


def test_expiry_includes_its_last_day(county: NewCounty) -> None:
    data = sealed(county, enrolment(county))
    assert read_enrolment(data, PHRASE, today=date(2026, 12, 23))
    assert refusal(data, today=date(2026, 12, 24)) == "enrolment_expired"


def test_a_file_not_signed_by_the_county_it_names_is_refused(county: NewCounty) -> None:
    forger = keys.new_private_keys()
    data = seal_enrolment(enrolment(county), PHRASE, county_sign_key=forger.sign, cost=CHEAP)
    assert refusal(data) == "enrolment_unsigned"


def test_nothing_readable_stands_in_the_file(county: NewCounty) -> None:
    made = enrolment(county)
    data = sealed(county, made)
    for secret in (made.secret, made.serial, made.division, county.certificate.root, *PHRASE.split()):
        assert secret.encode() not in data


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"PK\x03\x04", b"[1]", b"\xff\xfe", b'{"format":"x","version":1}']
)
def test_foreign_files(data: bytes) -> None:
    assert refusal(data) == "not_an_enrolment"


@pytest.mark.parametrize(
    ("memory_kib", "code"), [(256 * 1024, "wrong_phrase"), (256 * 1024 + 1, "not_an_enrolment")]
)
def test_a_file_asks_for_no_more_memory_than_an_old_laptop_has(
    county: NewCounty, memory_kib: int, code: str
) -> None:
    """Its cost stands in clear and is used before the phrase proves anything. 256 MB of a laptop's 4 GB."""
    content = json.loads(sealed(county, enrolment(county)))
    content["cost"] = {"memory_kib": memory_kib, "passes": 1, "lanes": 1}
    assert refusal(json.dumps(content).encode()) == code


def test_every_truncation(county: NewCounty) -> None:
    data = sealed(county, enrolment(county))
    for length in range(0, len(data) - 2, 53):
        assert refusal(data[:length]) in {"not_an_enrolment", "wrong_phrase"}


def test_registration_is_bound_to_laptop_serial_and_keys(county: NewCounty) -> None:
    made = enrolment(county)
    own = keys.new_private_keys().public
    one_time = keys.PrivateKeys(made.secret, keys.new_private_keys().age).public.sign
    registration = register(made, own, laptop="laptop-1")
    party = Party("500229106", "laptop-1", "A")
    assert registration_holds(registration, party, one_time_key=one_time)
    for other in (
        Party("500229107", "laptop-1", "A"),
        Party("500229106", "laptop-2", "A"),
        Party("500229106", "laptop-1", "B"),
    ):
        assert not registration_holds(registration, other, one_time_key=one_time)
    stolen = msgspec.structs.replace(registration, keys=keys.new_private_keys().public)
    assert not registration_holds(stolen, party, one_time_key=one_time)
    renamed = msgspec.structs.replace(registration, serial="s-2")
    assert not registration_holds(renamed, party, one_time_key=one_time)


def test_files_of_programs_that_told_no_signing_keys_still_hold(county: NewCounty) -> None:
    """Until 0.1 the county signed laptops of four fields; a file with such a laptop has to verify as it was signed."""
    age = keys.new_private_keys().public.age
    laptop = LiveLaptop("laptop", "A", age, may_lock=True)
    made = enrolment(county, laptops=(laptop,))
    written = (
        *("serial", "division", "letter", "may_lock", "expires", "secret", "county", "laptops", "catalog"),
        *("demonstration", "signature"),
    )
    whole = msgspec.to_builtins(msgspec.structs.replace(made, signature=""))
    told = {name: whole[name] for name in written}
    told["laptops"] = [{"laptop": "laptop", "letter": "A", "age": age, "may_lock": True}]
    signature = keys.sign(county.keys.sign, b"minzheng enrolment\n" + msgspec.json.encode(told))
    opened = read_enrolment(sealed(county, made), PHRASE, today=TODAY)
    assert opened.signature == signature  # Ed25519 signs the same bytes the same
    signs = enrolment(county, laptops=(msgspec.structs.replace(laptop, sign="key"),))
    assert read_enrolment(sealed(county, signs), PHRASE, today=TODAY).laptops[0].sign == "key"
