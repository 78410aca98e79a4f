"""Cells become stored values: one reader per column, made once per sheet.

A reader takes the raw cell and returns (value, findings). Nothing is guessed: damaged numbers are refused, doubtful
readings carry a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from rapidfuzz import fuzz, process

from minzheng_desktop.catalog.divisions import Divisions
from minzheng_desktop.catalog.fields import Field, Reading
from minzheng_desktop.values.accounts import check_account
from minzheng_desktop.values.date_text import parse_date
from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.id_number import check_id_number
from minzheng_desktop.values.money import parse_money_rounded
from minzheng_desktop.values.names import check_name, clean_name
from minzheng_desktop.values.text import plain

Finding = tuple[str, str, str]
"""(level, message, code)."""
Outcome = tuple[Any, tuple[Finding, ...]]
Reader = Callable[[Any], Outcome]

_BLANKS = frozenset({"", "-", "—", "——", "/", "\\", "－", "--", "－－"})
_NOTHING = frozenset({"无", "没有", "暂无", "空", "不详", "0"})
_NUMERIC_LIMIT = 1e15
_MANY = 20_000


class Readings(msgspec.Struct, frozen=True):
    """What reading depends on, besides the column: the office's divisions and township, today, confirmed numbers.

    `accepted` holds 15-digit numbers whose suggested 18-digit form a person has confirmed.
    """

    context: Reading
    accepted: frozenset[str] = frozenset()


def is_blank(raw: Any) -> bool:
    """Empty, spaces, or one of the strokes that people write for nothing."""
    return raw is None or raw == "" or (isinstance(raw, str) and raw.strip() in _BLANKS)


def make_reader(path: str, field: Field, readings: Readings) -> Reader:
    """The reader of one column."""
    name = path.rpartition(".")[2]
    if field.type.name == "id_number":
        return _remembering(_id_reader(readings), many=False)
    if name == "name" and path != "account.name":
        return _remembering(_read_name, many=False)
    if path == "account.number":
        return _remembering(_read_account, many=False)
    if path == "account.name":
        return _read_account_name
    if field.type.name == "village":
        return _remembering(_village_reader(readings.context))
    if field.type.name == "money":
        return _remembering(_money_reader(field))
    if field.type.name == "date" and path.endswith("birth_date"):
        return _remembering(_birth_reader(readings.context))
    if field.type.name in ("text", "note", "location"):
        return _text_reader(field, readings.context)
    return _remembering(_field_reader(field, readings.context))


def _remembering(read: Reader, *, many: bool = True) -> Reader:
    """Columns repeat their values; a reader that remembers is a dictionary look-up most of the time."""
    known: dict[Any, Outcome] = {}

    def reader(raw: Any) -> Outcome:
        key = (raw.__class__, raw)
        found = known.get(key)
        if found is None:
            found = read(raw)
            if many and len(known) < _MANY:
                known[key] = found
        return found

    return reader if many else read


def _findings(problems: Any) -> tuple[Finding, ...]:
    return tuple((p.level, p.message, p.code) for p in problems)


def _id_reader(readings: Readings) -> Reader:
    today, accepted = readings.context.today, readings.accepted

    def read(raw: Any) -> Outcome:
        check = check_id_number(raw, today=today)
        if not check.problems:
            return check.number, ()
        if check.suggestion and check.number in accepted:
            return check.suggestion, (
                ("warning", f"15位证号 {check.number} 已按确认改为18位", "id.converted"),
            )
        return (check.number if check.usable else None), _findings(check.problems)

    return read


def _read_name(raw: Any) -> Outcome:
    name = clean_name(raw if isinstance(raw, str) else str(raw))
    problems = check_name(name)
    return (name, ()) if not problems else (name, _findings(problems))


def _read_account(raw: Any) -> Outcome:
    if isinstance(raw, str) and raw.strip() in _NOTHING:
        return None, ()
    number, problems = check_account(raw)
    if not problems:
        return number, ()
    wrong = any(p.level == "error" for p in problems)
    return (None if wrong else number), _findings(problems)


def _read_account_name(raw: Any) -> Outcome:
    return clean_name(raw if isinstance(raw, str) else str(raw)), ()


def _village_reader(context: Reading) -> Reader:
    divisions, town = context.divisions, context.town
    if divisions is None:
        return lambda raw: (plain(str(raw)), ())

    def read(raw: Any) -> Outcome:
        text = plain(raw if isinstance(raw, str) else f"{raw:.0f}" if isinstance(raw, float) else str(raw))
        code = divisions.find_village(text, town=town)
        if code is not None:
            return code, ()
        hint = nearest_village(text, divisions, town)
        doubt = f"，是否{hint}" if hint else ""
        return None, (
            ("error", f"区划里没有“{text[:20]}”{doubt}；改成现在的村名，或在设置里加别名", "village"),
        )

    return read


def nearest_village(text: str, divisions: Divisions, town: str) -> str:
    """The short name of the village that a text most resembles, or ""."""
    names = [divisions.short_name(v.code) for v in divisions.villages(town)]
    best = process.extractOne(text, names, scorer=fuzz.ratio, score_cutoff=50)
    return best[0] if best else ""


def _money_reader(field: Field) -> Reader:
    def read(raw: Any) -> Outcome:
        if isinstance(raw, str) and raw.strip() in ("无", "没有"):
            return None, ()
        try:
            cents, exact = parse_money_rounded(raw)
        except UserError as error:
            return None, (("error", error.message, error.code),)
        found = _findings(field.check(cents))
        if not exact:
            found += (("warning", f"金额 {raw} 不足一分，已四舍五入到分", "money.rounded"),)
        return cents, found

    return read


def _birth_reader(context: Reading) -> Reader:
    """A birth date may be known to the month or year only; the id number decides where there is one."""

    def read(raw: Any) -> Outcome:
        try:
            parsed = parse_date(raw, today=context.today, epoch1904=context.epoch1904)
        except UserError as error:
            return None, (("warning", error.message, error.code),)
        return parsed.text, ((("warning", parsed.warning, "date"),) if parsed.warning else ())

    return read


def _text_reader(field: Field, context: Reading) -> Reader:
    pattern = bool(field.pattern)

    def read(raw: Any) -> Outcome:
        if isinstance(raw, str):
            text = plain(raw)
        elif isinstance(raw, float):
            if abs(raw) >= _NUMERIC_LIMIT:
                message = f"{field.label}存成了数字，后几位已经丢失；请从原始材料重新录成文本"
                return None, (("error", message, "text.damaged"),)
            text = f"{raw:.0f}" if raw.is_integer() else repr(raw)
        else:
            text = str(raw)
        return text, (_findings(field.check(text)) if pattern else ())

    return read


def _field_reader(field: Field, context: Reading) -> Reader:
    nothing = ("无", "没有") if field.type.name not in ("yes_no", "choice") else ()

    def read(raw: Any) -> Outcome:
        if isinstance(raw, str):
            raw = plain(raw)
            if raw in nothing:
                return None, ()
        parsed = field.parse(raw, context)
        return parsed.value, _findings(parsed.problems)

    return read
