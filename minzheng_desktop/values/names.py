"""Names of persons (domain §11.3): cleaning, checking, masking, comparing, pinyin initials.

Names are Unicode and never cut. NFC is applied, NFKC is not: it would replace compatibility characters that
people carry in their documents. Nothing is converted between simplified and traditional.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from minzheng_desktop.values.errors import Problem
from minzheng_desktop.values.text import drop_invisible

DOT = "·"
_DOT_VARIANTS = str.maketrans(dict.fromkeys("．・•‧･∙⋅●᛫", DOT))
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af\U0002f800-\U0002fa1f〇々"
_HAN_ONLY = re.compile(f"[{_HAN}]+").fullmatch
_ASCII_DOT = re.compile(f"(?<=[{_HAN}]) *\\. *(?=[{_HAN}])")
_LATIN_WORDS = re.compile(r"(?<=[A-Za-zÀ-ɏ])\s+(?=[A-Za-zÀ-ɏ])")
_SPACES = re.compile(r"\s+")
_HOLD = "\u0000"
_EDGES = "'’‘·"
_ZERO_LIKE = re.compile(f"(?<=[{_HAN}])[○◯0０OＯ零](?=[{_HAN}]|$)")
_ZERO_SIGNS = frozenset("○◯0０OＯ")
_NUMERAL = "〇"
_LONGEST = 72  # the national child-welfare system's limit
_SHORTEST_PREFIX = 4  # letters of a name that a bank may have cut

# Readings that a surname has and the word has not (first letters only).
_SURNAME_INITIALS = dict(
    zip("单仇解曾查区朴乐盖翟覃缪尉种折乜秘重晟员祭繁", "sqxzzopygzqmycsnbccyzp", strict=True)
)


def clean_name(text: str) -> str:
    """One spelling: NFC, `·` for every middle dot, no invisible characters, no spaces but within Latin.

    "张　三" → "张三"; "阿依．古丽" → "阿依·古丽". Characters are never replaced otherwise.
    """
    if _HAN_ONLY(text):
        return unicodedata.normalize("NFC", text)
    name = drop_invisible(text).translate(_DOT_VARIANTS)
    name = _SPACES.sub("", _LATIN_WORDS.sub(_HOLD, name)).replace(_HOLD, " ")
    return unicodedata.normalize("NFC", _ASCII_DOT.sub(DOT, name).strip(_EDGES))


def check_name(text: str) -> tuple[Problem, ...]:
    """Problems of a cleaned name.

    Errors: empty, private-use characters (the right one must be chosen), lost characters, signs that no name
    has. Warnings: a zero that may be 〇, Latin letters within Chinese, radicals for characters, length.
    Codes: name.empty, name.private, name.lost, name.sign, name.zero, name.mixed, name.radical, name.long.
    """
    if _HAN_ONLY(text) and len(text) <= _LONGEST:
        return ()
    if not text:
        return (Problem("name", "没有姓名", code="name.empty"),)
    problems = [problem for problem in (_lost(text), _zero(text), _strange(text), _mixed(text)) if problem]
    if len(text) > _LONGEST:
        problems.append(Problem("name", f"姓名超过{_LONGEST}个字，已原样保留", "warning", "name.long"))
    return tuple(problems)


def _lost(text: str) -> Problem | None:
    if any(unicodedata.category(c) == "Co" for c in text):
        return Problem(
            "name", "姓名里有造字（私用区字符），别的电脑看不到；换成正式的字再保存", code="name.private"
        )
    if any(c in "\ufffd?？□■�" or unicodedata.category(c) == "Cs" for c in text):
        return Problem(
            "name", "姓名里有字已经丢失（显示为问号或方框），对照身份证补上正确的字", code="name.lost"
        )
    return None


def _zero(text: str) -> Problem | None:
    found = _ZERO_LIKE.search(text)
    if found and found[0] in _ZERO_SIGNS:
        better = "".join(_NUMERAL if c in _ZERO_SIGNS else c for c in text)
        return Problem(
            "name", f"姓名里的「{found[0]}」可能是「〇」，建议写作「{better}」", "warning", "name.zero"
        )
    return None


def _strange(text: str) -> Problem | None:
    radicals = [c for c in text if "\u2e80" <= c <= "\u2fdf"]
    if radicals:
        right = unicodedata.normalize("NFKC", radicals[0])
        return Problem(
            "name", f"「{radicals[0]}」是部首符号，不是字，建议改为「{right}」", "warning", "name.radical"
        )
    strange = sorted({c for c in text if not _allowed(c)})
    if strange:
        return Problem(
            "name", f"姓名里有不该有的字符「{''.join(strange)[:8]}」；备注写到别的列", code="name.sign"
        )
    return None


def _allowed(c: str) -> bool:
    if c in "·-' ○◯0０?？□■\ufffd" or _HAN_ONLY(c):
        return True
    return unicodedata.category(c) in ("Lu", "Ll", "Lo", "Lm", "Mn", "Mc", "Co", "Cs", "Cn")


def _mixed(text: str) -> Problem | None:
    if any(_HAN_ONLY(c) for c in text) and any(c.isascii() and c.isalpha() and c != "O" for c in text):
        return Problem("name", "姓名里汉字和字母混用，可能用拼音代替了生僻字", "warning", "name.mixed")
    return None


def mask_name(name: str) -> str:
    """张三 → 张*, 张小明 → 张*明, 阿依·古丽 → 阿依·**** (domain §9.4)."""
    if DOT in name:
        return name.split(DOT, 1)[0] + DOT + "****"
    if len(name) <= 1:
        return "*" * len(name)
    return name[0] + "*" if len(name) == 2 else name[0] + "*" * (len(name) - 2) + name[-1]


def name_key(text: str) -> str:
    """What two spellings of one name share: no dots, no spaces, lower-case letters."""
    if _HAN_ONLY(text):
        return text
    return clean_name(text).replace(DOT, "").replace(" ", "").casefold()


def pinyin_initials(text: str) -> str:
    """First letters of the reading, "张三丰" → "zsf"; Latin letters stay, unreadable characters are left out.

    The first character is read as a surname (单 is s, 仇 is q). Loads pypinyin on first use.
    """
    name = clean_name(text)
    if not name:
        return ""
    return (_SURNAME_INITIALS.get(name[0]) or _initial(name[0])) + "".join(map(_initial, name[1:]))


@lru_cache(maxsize=20_000)
def _initial(c: str) -> str:
    if c.isascii():
        return c.lower() if c.isalnum() else ""
    from pypinyin import Style, lazy_pinyin

    letters = lazy_pinyin(c, style=Style.FIRST_LETTER, errors="ignore")
    return letters[0][:1].lower() if letters and letters[0] else ""


def account_name_problem(account_name: str, person_name: str) -> Problem | None:
    """Judge an account's name against its holder's (domain §11.3).

    None when equal but for spaces. A warning when only the dot differs, for a bank compares letter by letter, or when
    one is the start of the other: banks cut names.
    An error otherwise: a payee relation and an agreement are then needed (domain §2.7).
    """
    ours, theirs = name_key(person_name), name_key(account_name)
    if not theirs or not ours:
        return None
    if ours == theirs:
        if clean_name(account_name) == clean_name(person_name):
            return None
        message = f"账户名「{account_name}」与姓名「{person_name}」只是间隔号写法不同，照银行登记的写法核对"
        return Problem("account.name", message, "warning", "account.name_spelling")
    shorter = min(len(ours), len(theirs))
    if shorter >= _SHORTEST_PREFIX and ours[:shorter] == theirs[:shorter]:
        message = f"账户名「{account_name}」与姓名「{person_name}」只有前面相同，可能被银行截断"
        return Problem("account.name", message, "warning", "account.name_cut")
    message = f"账户名「{account_name}」不是「{person_name}」；由他人代领的写明关系和代领协议"
    return Problem("account.name", message, code="account.name")
