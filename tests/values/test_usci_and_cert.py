"""GB 32100-2015 (91350100M000100Y43 is the standard's example) and domain §2.4."""

from hypothesis import given
from hypothesis import strategies as st

from minzheng_desktop.values.disability_cert import check_disability_cert
from minzheng_desktop.values.ids import digest16, new_id
from minzheng_desktop.values.usci import check_usci

HOLDER = "11010519491231002X"


def test_the_example_of_the_standard():
    assert check_usci(" 91350100m000100y43 ") == ("91350100M000100Y43", ())
    assert [p.code for p in check_usci("91350100M000100Y44")[1]] == ["usci.check"]
    assert [p.code for p in check_usci("91350100I000100Y43")[1]] == ["usci.form"]
    assert [p.code for p in check_usci("")[1]] == ["usci.missing"]


@given(st.text())
def test_usci_never_raises(text):
    check_usci(text)


def test_certificate():
    check = check_disability_cert(
        HOLDER.lower() + "42", id_number=HOLDER, disability_type="4", disability_level="2"
    )
    assert (check.disability_type, check.disability_level, check.problems) == ("4", "2", ())
    assert check_disability_cert(HOLDER + "42B1").problems == ()


def test_certificate_of_another_person():
    check = check_disability_cert(HOLDER + "42", id_number="500229196503122217")
    assert [(p.code, p.level) for p in check.problems] == [("cert.holder", "error")]


def test_the_number_wins_over_stated_type_and_level():
    check = check_disability_cert(HOLDER + "42", disability_type="1", disability_level="1")
    assert [p.level for p in check.problems] == ["warning", "warning"]
    assert (check.disability_type, check.disability_level) == ("4", "2")


def test_wrong_forms():
    assert check_disability_cert(HOLDER + "82").problems[0].code == "cert.form"
    assert check_disability_cert("").problems[0].code == "cert.form"
    assert check_disability_cert(1.1e19).problems[0].code == "cert.damaged"


def test_ids():
    first, second = new_id(), new_id()
    assert first != second
    assert len(first) == 36
    assert first[14] == "7"
    assert digest16(b"") == digest16(b"")
    assert len(digest16(b"x")) == 16
