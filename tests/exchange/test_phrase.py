"""The six-word phrase: composed words, told apart by ear, forgiving where it may be."""

from __future__ import annotations

import pytest

from minzheng_desktop.exchange.files.phrase import new_phrase, parse_phrase, phrase_words, sound
from minzheng_desktop.values.errors import UserError


def test_words_are_many_different_and_of_two_characters() -> None:
    words = phrase_words()
    assert len(words) >= 1024
    assert len(set(words)) == len(words)
    assert all(len(word) == 2 and all("一" <= sign <= "龥" for sign in word) for word in words)


def test_no_two_words_sound_alike_on_the_phone() -> None:
    assert len({sound(word) for word in phrase_words()}) == len(phrase_words())


def test_phrases_differ_and_parse() -> None:
    phrases = {new_phrase() for _ in range(50)}
    assert len(phrases) == 50
    for phrase in phrases:
        assert len(phrase.split()) == 6
        assert parse_phrase(phrase) == phrase


def test_punctuation_and_homophones_are_forgiven() -> None:
    phrase = "黄牛 牡丹 书柜 高山 今天 彩虹"
    assert all(word in phrase_words() for word in phrase.split())
    assert parse_phrase("黄牛、牡丹，书柜\n高山　今天。彩虹") == phrase
    assert parse_phrase("黄牛牡丹书柜高山今天彩虹") == phrase
    assert parse_phrase("黄流 母单 书贵 高三 金田 才红") == phrase  # as heard


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "phrase_length"), ("黄牛", "phrase_length"), ("黄牛 牡丹 书柜 高山 今天 闿闼", "phrase_word")],
)
def test_what_is_no_phrase_is_told(typed: str, code: str) -> None:
    with pytest.raises(UserError) as error:
        parse_phrase(typed)
    assert error.value.code == code
