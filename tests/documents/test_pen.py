"""What the pen puts on paper can be read back: rare characters, numbers in one piece, embedded typefaces."""

from __future__ import annotations

import re
import threading

import pytest

from minzheng_desktop.documents.embedding import to_unicode_map
from minzheng_desktop.documents.fonts import Face, load_type, missing_characters
from minzheng_desktop.documents.pen import A4_PORTRAIT, Printed, PrintJob, digit_groups
from tests.documents.readers import READERS, metadata, pdfium_text, poppler

RARE = ("张𪚥", "欧阳𡋾", "王𬭊", "䶮㛃㐱", "阿卜杜热依木·吐尔逊江")


def _print(*texts: str, face: Face = Face.TEXT) -> Printed:
    job = PrintJob(A4_PORTRAIT, title="试印", printed_at="2026-11-23 15:42")
    page = job.page()
    for number, text in enumerate(texts):
        page.text(25, 30 + 9 * number, text, face)
    page.close()
    return job.finish()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("face", [Face.TEXT, Face.TITLE, Face.NUMBER, Face.HEAD])
def test_rare_characters_extract_as_themselves(reader: str, face: Face) -> None:
    text = READERS[reader](_print(*RARE, face=face).data)
    assert [name for name in RARE if name not in text] == []


@pytest.mark.parametrize("reader", READERS)
def test_numbers_stay_one_string_though_grouped(reader: str) -> None:
    job = PrintJob(A4_PORTRAIT, title="试印", printed_at="2026-11-23 15:42")
    page = job.page()
    page.number(30, 30, "50022919490505757X")
    page.number(30, 40, "9902290009623574308", gap=60)
    page.close()
    text = READERS[reader](job.finish().data)
    assert "50022919490505757X" in text
    assert "9902290009623574308" in text


def test_ids_are_read_in_six_eight_four() -> None:
    assert digit_groups("50022919490505757X") == ("500229", "19490505", "757X")
    assert digit_groups("9902290009623574308") == ("9902", "2900", "0962", "3574", "308")


@pytest.mark.parametrize("reader", READERS)
def test_a_name_does_not_break_when_many_characters_are_used(reader: str) -> None:
    """ReportLab's fonts of 256 characters would cut names in two for PDFium."""
    han = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 1200))
    lines = [han[start : start + 30] for start in range(0, 900, 30)]
    text = READERS[reader](_print(*lines, "丁七万三与丑世丘").data)
    assert [line for line in lines if line not in text] == []


def test_what_no_typeface_has_becomes_a_box_and_is_listed() -> None:
    printed = _print("李\ue123某", "张三", "\ue123")
    assert "李□某" in pdfium_text(printed.data)
    assert [(lost.code, lost.text, lost.count) for lost in printed.missing] == [("U+E123", "李\ue123某", 2)]
    assert missing_characters("李\ue123某𪚥") == ("\ue123",)


def test_invisible_characters_print_as_nothing() -> None:
    printed = _print("张\u200b三\ufeff\u202e")
    assert "张三" in pdfium_text(printed.data)
    assert printed.missing == ()


def test_every_font_is_embedded_and_has_a_unicode_map() -> None:
    data = _print(*RARE, face=Face.HEAD).data + b""
    lines = poppler("pdffonts", data).splitlines()[2:]
    assert lines
    for line in lines:
        assert re.search(r"\s(yes)\s+(yes)\s+(yes)\s", line), line
    assert b"Helvetica" not in data


def test_unicode_map_keeps_blocks_to_a_hundred_and_writes_surrogates() -> None:
    """Adobe Technical Note 5014: at most 100 entries in a bfchar block."""
    stream = to_unicode_map([0x2A6A5, *range(0x4E00, 0x4E00 + 250)])
    assert "<0001> <D869DEA5>" in stream
    assert [int(n) for n in re.findall(r"(\d+) beginbfchar", stream)] == [100, 100, 51]


def test_same_input_gives_same_bytes() -> None:
    assert _print(*RARE).data == _print(*RARE).data


def test_two_documents_may_be_drawn_at_once() -> None:
    alone = [_print(*(f"{name}{number}" for name in RARE)).data for number in range(6)]
    together: list[bytes] = [b""] * 6

    def draw(number: int) -> None:
        together[number] = _print(*(f"{name}{number}" for name in RARE)).data

    threads = [threading.Thread(target=draw, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_metadata_say_the_title_and_nothing_of_people() -> None:
    found = metadata(_print("张三").data)
    assert found.pop("Title") == "试印"
    assert "D:20261123154200" in found["CreationDate"]
    assert set(found) <= {"CreationDate", "ModDate", "Producer"}


def test_the_number_face_sets_all_digits_equally_wide() -> None:
    """Decimals line up only then; the serif face does not."""
    widths = load_type(Face.NUMBER).widths
    assert len({widths[ord(digit)] for digit in "0123456789"}) == 1
    serif = load_type(Face.TEXT).widths
    assert len({serif[ord(digit)] for digit in "0123456789"}) > 1
