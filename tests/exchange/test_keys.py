"""Keys of laptops and county: what signs, what opens, what the paper can do."""

from __future__ import annotations

import msgspec
import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.exchange.files import keys
from minzheng_desktop.exchange.files.bech32 import encode_bech32
from minzheng_desktop.values.errors import UserError

AT = "2026-11-23T18:30:00+08:00"


def test_signatures_hold_for_their_key_and_bytes_only() -> None:
    one, two = keys.new_private_keys(), keys.new_private_keys()
    signature = keys.sign(one.sign, b"data")
    assert keys.signature_holds(one.public.sign, b"data", signature)
    assert not keys.signature_holds(one.public.sign, b"date", signature)
    assert not keys.signature_holds(two.public.sign, b"data", signature)
    for malformed in ("", "x", "AAAA", "密"):
        assert not keys.signature_holds(one.public.sign, b"data", malformed)
        assert not keys.signature_holds(malformed, b"data", signature)


def test_certificate_holds_under_its_root_only() -> None:
    county, other = keys.new_county("500229", issued_at=AT), keys.new_county("500229", issued_at=AT)
    certificate = county.certificate
    assert keys.certificate_holds(certificate, root=certificate.root)
    assert not keys.certificate_holds(certificate, root=other.certificate.root)
    for change in ({"division": "500230"}, {"age": other.certificate.age}, {"sign": other.certificate.sign}):
        assert not keys.certificate_holds(
            msgspec.structs.replace(certificate, **change), root=certificate.root
        )


def test_the_paper_certifies_new_working_keys_under_the_same_root() -> None:
    county = keys.new_county("500229", issued_at=AT)
    renewed = keys.certify(county.root_key, keys.new_private_keys().public, division="500229", issued_at=AT)
    assert renewed.root == county.certificate.root
    assert renewed.recovery == county.certificate.recovery
    assert keys.certificate_holds(renewed, root=county.certificate.root)


def test_the_paper_opens_what_was_sealed_to_county_recovery() -> None:
    county = keys.new_county("500229", issued_at=AT)
    sealed = pyrage.encrypt(b"package", [keys.age_recipient(county.certificate.recovery)])
    assert pyrage.decrypt(sealed, [keys.paper_identity(county.root_key)]) == b"package"
    typed = county.root_key.lower().replace("-", " ")
    assert pyrage.decrypt(sealed, [keys.paper_identity(typed)]) == b"package"


def test_wrong_paper_and_wrong_recipient_are_told() -> None:
    with pytest.raises(UserError):
        keys.paper_identity("0000-0000")
    with pytest.raises(UserError):
        keys.age_recipient("age1nonsense")


@given(st.binary(min_size=32, max_size=32))
def test_bech32_makes_identities_that_age_accepts(data: bytes) -> None:
    text = encode_bech32("age-secret-key-", data).upper()
    assert str(pyrage.x25519.Identity.from_str(text)).upper() == text


def test_bech32_of_the_standard() -> None:
    # BIP 173, valid strings: an empty data part.
    assert encode_bech32("a", b"") == "a12uel5l"


def test_fingerprint_is_four_groups_of_four_digits() -> None:
    one = keys.fingerprint(keys.new_private_keys().public.sign)
    assert [len(group) for group in one.split()] == [4, 4, 4, 4]
    assert one.replace(" ", "").isdigit()
