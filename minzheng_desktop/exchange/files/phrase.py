"""The six-word phrase that protects an enrolment file and is told by phone.

The words of resources/phrase-words.txt have two characters each and differ even in a south-western accent
(n/l, f/h, flat and curled consonants, front and back nasals), so a word heard and typed with other
characters is still recognised. Six of 1,525 words are 63 bits, behind Argon2id.
"""

from __future__ import annotations

import difflib
import secrets
import unicodedata
from functools import cache

from minzheng_desktop.paths import resources_dir
from minzheng_desktop.values.errors import UserError

WORDS_IN_PHRASE = 6
_ACCENT = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"))


@cache
def phrase_words() -> tuple[str, ...]:
    """The words that phrases are made of."""
    return tuple((resources_dir() / "phrase-words.txt").read_text("utf-8").split())


def new_phrase() -> str:
    """Six random words, separated by spaces."""
    return " ".join(secrets.choice(phrase_words()) for _ in range(WORDS_IN_PHRASE))


def parse_phrase(typed: str) -> str:
    """The phrase as made: punctuation and line breaks ignored, homophones replaced by the listed word."""
    characters = "".join(sign for sign in unicodedata.normalize("NFKC", typed) if sign.isalpha())
    if len(characters) != 2 * WORDS_IN_PHRASE:
        raise UserError(
            "phrase_length",
            f"接入口令应为六个词、每个词两个字，共 12 个字，现在是 {len(characters)} 个字。"
            "没有读取接入文件。请与县局核对后重新输入。",
        )
    return " ".join(_listed(characters[start : start + 2]) for start in range(0, len(characters), 2))


def _listed(word: str) -> str:
    words = phrase_words()
    if word in words:
        return word
    meant = _by_sound().get(sound(word))
    if meant is None:
        near = difflib.get_close_matches(word, words, n=1, cutoff=0.4)
        hint = f"是不是“{near[0]}”？" if near else ""
        raise UserError(
            "phrase_word",
            f"接入口令里没有“{word}”这个词，{hint}没有读取接入文件。请与县局逐词核对后重新输入。",
        )
    return meant


@cache
def _by_sound() -> dict[str, str]:
    return {sound(word): word for word in phrase_words()}


def sound(word: str) -> str:
    """How a word sounds over the phone: pinyin without tones, with the sounds merged that accents merge."""
    from pypinyin import lazy_pinyin

    return " ".join(_merged(syllable) for syllable in lazy_pinyin(word))


def _merged(syllable: str) -> str:
    for heard, kept in _ACCENT:
        syllable = syllable.replace(heard, kept)
    return {"n": "l", "f": "h"}.get(syllable[:1], syllable[:1]) + syllable[1:]
