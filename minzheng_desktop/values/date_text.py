"""Dates as clerks write them and spreadsheets keep them (domain §11.2), read to year, month or day."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import msgspec

from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.text import without_spaces

_EARLIEST, _LATEST = 1850, 2150
_FIRST_SERIAL = 10_000  # 1927; smaller whole numbers are years or nothing
_LAST_SERIAL = 80_000  # 2119
_ISO_DAY = re.compile(r"([12][0-9]{3})-([0-9]{2})-([0-9]{2})(?:[T ].*)?").fullmatch
_PARTS = re.compile(
    r"([0-9]{4}|[0-9]{2})(?:[./\-年](?:([0-9]{1,2})(?:[./\-月]([0-9]{1,2})?[日号]?)?[./\-]?)?)?"
).fullmatch
_COMPACT = re.compile(r"([12][0-9]{3})([0-9]{2})([0-9]{2})?").fullmatch
_DAY_LAST_YEAR = re.compile(r"([0-9]{1,2})[/\-.]([0-9]{1,2})[/\-.]([0-9]{4})").fullmatch
_SUFFIX = re.compile(r"(出生|生|起|开始|以来|止|左右)$")
_TIME = re.compile(r"[ T]?[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$")
_LUNAR = re.compile(
    r"农历|阴历|旧历|古历|\(农\)|闰|初[一二三四五六七八九十]"
    r"|正月|冬月|腊月"
)
_LUNAR_YEAR = re.compile(r"([12][0-9]{3}|[0-9]{2})(?=年|[./\-])")
_CHINESE_YEAR = re.compile(r"([〇○零一二三四五六七八九两]{2,4})年")
_CHINESE_NUMBER = re.compile(r"[一二三四五六七八九十廿卅]+(?=[月日号])")
_YEAR_DIGITS = dict(zip("〇○零一二两三四五六七八九", "0001223456789", strict=True))


class ParsedDate(msgspec.Struct, frozen=True):
    """A date of partial precision: ISO text 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD'; a warning if doubtful."""

    text: str
    precision: str
    warning: str = ""


def parse_date(raw: object, *, today: date, epoch1904: bool = False) -> ParsedDate:
    """Read a date from a cell or from typing.

    Accepts date objects, '2024.05', '2024-5', '2024年5月', '20240501', '1953.3.7', '五三年三月', spreadsheet
    serials (epoch 1900 or 1904), two-digit years. Doubtful readings carry a warning: two-digit years,
    serials, the number 2024.1 (which may have been 2024.10), lunar dates (only the year is taken, nothing is
    converted). Raises UserError date.empty, date.form, date.none (no such day), date.range.
    """
    if isinstance(raw, datetime):
        return _made(raw.year, raw.month, raw.day, raw)
    if isinstance(raw, date):
        return _made(raw.year, raw.month, raw.day, raw)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return _from_number(raw, today, epoch1904)
    text = without_spaces(raw) if isinstance(raw, str) else ""
    text = text.strip("'’‘")
    if not text:
        raise UserError("date.empty", "没有日期")
    return _from_text(text, raw, today, epoch1904)


def _made(year: int, month: int | None, day: int | None, raw: object, warning: str = "") -> ParsedDate:
    if not _EARLIEST <= year <= _LATEST:
        raise UserError("date.range", f"日期「{raw}」的年份不合理")
    if month is None:
        return ParsedDate(f"{year:04d}", "year", warning)
    try:
        date(year, month, day or 1)
    except ValueError:
        raise UserError("date.none", f"日期「{raw}」不存在") from None
    if day is None:
        return ParsedDate(f"{year:04d}-{month:02d}", "month", warning)
    return ParsedDate(f"{year:04d}-{month:02d}-{day:02d}", "day", warning)


def _from_number(raw: int | float, today: date, epoch1904: bool) -> ParsedDate:
    if raw != raw or not 0 < raw < 1e8:
        raise UserError("date.form", f"「{raw}」读不出日期；写成 2024-05-01 或 2024年5月")
    whole = int(raw)
    if raw == whole:
        compact = _COMPACT(str(whole))
        if compact:
            return _made(int(compact[1]), int(compact[2]), int(compact[3]) if compact[3] else None, whole)
        if 1900 <= whole <= _LATEST:
            return _made(whole, None, None, whole)
    if _FIRST_SERIAL <= whole <= _LAST_SERIAL:
        return _from_serial(whole, epoch1904)
    if 1900 <= whole <= _LATEST:
        return _from_decimal_year(raw)
    raise UserError("date.form", f"「{raw}」读不出日期；写成 2024-05-01 或 2024年5月")


def _from_serial(serial: int, epoch1904: bool) -> ParsedDate:
    # Day 1 is 1900-01-01 and the calendar has a 29 February 1900, hence the origin; or day 0 is 1904-01-01.
    day = (date(1904, 1, 1) if epoch1904 else date(1899, 12, 30)) + timedelta(days=serial)
    epoch = "（1904 纪元）" if epoch1904 else ""
    return ParsedDate(day.isoformat(), "day", f"由表格序列值 {serial} 换算为 {day}{epoch}，请核对")


def _from_decimal_year(raw: float) -> ParsedDate:
    text = repr(raw)
    year, part = text.split(".")
    if len(part) > 2:
        raise UserError("date.form", f"「{text}」读不出日期；写成 2024-05-01 或 2024年5月")
    month = int(part)
    if text.endswith(".1"):
        warning = (
            f"「{text}」存成了数字，可能是 {year} 年 1 月，也可能是 {year} 年 10 月（2024.10 会变成 2024.1）"
        )
        return _made(int(year), 1, None, text, warning)
    return _made(int(year), month, None, text)


def _from_text(text: str, raw: object, today: date, epoch1904: bool) -> ParsedDate:
    iso = _ISO_DAY(text)
    if iso:
        return _made(int(iso[1]), int(iso[2]), int(iso[3]), raw)
    digits = _chinese_digits(_TIME.sub("", text))
    if _LUNAR.search(text):
        return _lunar(digits, raw, today)
    digits = _SUFFIX.sub("", digits)
    compact = _COMPACT(digits)
    if compact:
        return _made(int(compact[1]), int(compact[2]), int(compact[3]) if compact[3] else None, raw)
    if digits.isdigit() and len(digits) == 5:
        return _from_serial(int(digits), epoch1904)
    american = _DAY_LAST_YEAR(digits)
    if american:
        return _american(american, raw)
    parts = _PARTS(digits.replace("、", ".").replace("—", "-").replace("。", "."))
    if parts is None or (len(parts[1]) == 2 and digits == parts[1]):
        raise UserError("date.form", f"「{raw}」读不出日期；写成 2024-05-01 或 2024年5月")
    year, warning = _full_year(parts[1], raw, today)
    month = int(parts[2]) if parts[2] else None
    return _made(year, month, int(parts[3]) if parts[3] else None, raw, warning)


def _full_year(text: str, raw: object, today: date) -> tuple[int, str]:
    if len(text) == 4:
        return int(text), ""
    year = int(text) + (2000 if int(text) <= today.year % 100 else 1900)
    return year, f"「{raw}」只写了两位年份，按 {year} 年理解，请核对"


def _american(match: re.Match[str], raw: object) -> ParsedDate:
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    month, day = (second, first) if first > 12 else (first, second)
    doubt = "，请核对月和日的先后" if first <= 12 and second <= 12 and first != second else ""
    return _made(year, month, day, raw, f"「{raw}」按 {year} 年 {month} 月 {day} 日理解{doubt}")


def _lunar(digits: str, raw: object, today: date) -> ParsedDate:
    found = _LUNAR_YEAR.search(digits)
    if found is None:
        raise UserError("date.form", f"「{raw}」是农历，没有年份，读不出日期")
    year, _ = _full_year(found[1], raw, today)
    return _made(year, None, None, raw, f"「{raw}」是农历，没有换算，只取年份；公历日期以身份证为准")


def _chinese_digits(text: str) -> str:
    if text.isascii():
        return text
    text = _CHINESE_YEAR.sub(lambda m: "".join(_YEAR_DIGITS[c] for c in m[1]) + "年", text)
    return _CHINESE_NUMBER.sub(lambda m: str(_chinese_number(m[0])), text)


def _chinese_number(text: str) -> int:
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.rpartition("十")
    units = int("".join(_YEAR_DIGITS[c] for c in ones)) if ones else 0
    return units + (10 * int("".join(_YEAR_DIGITS[c] for c in tens) or 1) if ten else 0)
