"""Money is an integer number of cents (分). Text, figures and words of it."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from minzheng_desktop.values.errors import UserError
from minzheng_desktop.values.text import without_spaces

_FIGURE = re.compile(r"([-+]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]*))?")
_LABEL = re.compile(r"^[\u4e00-\u9fff（）()]+[:：]")
_CURRENCY = re.compile(
    r"^(?:RMB|CNY|人民币)?[¥￥$]?(?:人民币)?|(?:元整|元正|圆整|元|圆|块)?(?:/(?:年|月|人|次|户))?$", re.I
)
_LARGEST = 10**15  # cents: ten trillion yuan is a slip of the keyboard
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")


def parse_money(raw: object) -> int:
    """Cents from what was typed or read: "1,200元", "￥350.50", "合计：1200", "1.2万元", 350.5, "（5.00）".

    Numbers are yuan. Raises UserError money.empty, money.form, money.fraction (parts of a cent), money.range.
    """
    cents, exact = parse_money_rounded(raw)
    if not exact:
        raise UserError("money.fraction", f"金额「{raw}」不足一分的部分不能保存，写到分为止")
    return cents


def parse_money_rounded(raw: object) -> tuple[int, bool]:
    """`parse_money` for computed cells: (cents rounded half up, whether nothing was rounded away)."""
    if raw is None or raw == "":
        raise UserError("money.empty", "没有金额")
    if isinstance(raw, bool):
        raise UserError("money.form", "这一格是“是/否”，不是金额")
    if isinstance(raw, int):
        return _in_range(raw * 100, raw), True
    if isinstance(raw, float):
        return _from_float(raw)
    if isinstance(raw, Decimal):
        return _from_decimal(raw, raw)
    return _from_text(str(raw))


def _from_float(raw: float) -> tuple[int, bool]:
    if raw != raw or abs(raw) == float("inf"):
        raise UserError("money.form", "这一格不是数字，读不出金额")
    scaled = raw * 100
    nearest = round(scaled)
    # Spreadsheet arithmetic leaves 350.09999999999997; a real part of a cent is larger than this.
    if abs(scaled - nearest) < 1e-5 + abs(scaled) * 1e-12:
        return _in_range(nearest, raw), True
    return _in_range(round_cents(Fraction(repr(raw)) * 100), raw), False


def _from_decimal(value: Decimal, raw: object) -> tuple[int, bool]:
    if not value.is_finite():
        raise UserError("money.form", "这一格不是数字，读不出金额")
    cents = Fraction(value) * 100
    return _in_range(round_cents(cents), raw), cents.denominator == 1


def _from_text(raw: str) -> tuple[int, bool]:
    text = _LABEL.sub("", without_spaces(raw).strip("'’‘"))
    if not text:
        raise UserError("money.empty", "没有金额")
    negative = text.startswith("(") and text.endswith(")")
    text = _CURRENCY.sub("", text[1:-1] if negative else text).replace("，", ",")
    scale = 1
    if text.endswith("万"):
        text, scale = text[:-1], 10_000
    if text[:1] in ("负", "−"):
        text = "-" + text[1:]
    match = _FIGURE.fullmatch(_CURRENCY.sub("", text))
    if match is None:
        raise UserError("money.form", f"「{raw}」读不出金额；写成 1234.50 这样的数字")
    try:
        value = Decimal(match[2].replace(",", "") + "." + (match[3] or "0")) * scale
    except InvalidOperation:  # more digits than a decimal holds
        raise UserError("money.range", f"金额「{raw[:30]}」太大") from None
    return _from_decimal(-value if negative or match[1] == "-" else value, raw)


def _in_range(cents: int, raw: object) -> int:
    if abs(cents) >= _LARGEST:
        raise UserError("money.range", f"金额「{str(raw)[:30]}」太大")
    return cents


def format_money(cents: int) -> str:
    """123450 → '1234.50'."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{part:02d}"


def format_money_grouped(cents: int) -> str:
    """123450 → '1,234.50'."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}.{part:02d}"


def round_cents(value: Fraction) -> int:
    """The nearest whole number of cents, a half away from zero (四舍五入)."""
    magnitude = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return magnitude if value >= 0 else -magnitude


def capital_amount(cents: int) -> str:
    """The amount in words for cheques and ledgers (支付结算办法附件; domain §9.2).

    87000 → 捌佰柒拾元整, 100005 → 壹仟元零伍分, 50 → 伍角, 0 → 零元整, negative → （负）…
    """
    if cents < 0:
        return "（负）" + capital_amount(-cents)
    yuan, rest = divmod(cents, 100)
    jiao, fen = divmod(rest, 10)
    words = _capital_integer(yuan) + "元" if yuan else ""
    if not rest:
        return (words or "零元") + "整"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif words:
        words += "零"
    return words + (_DIGITS[fen] + "分" if fen else "")


def _capital_integer(number: int) -> str:
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        if number >= size:
            high, low = divmod(number, size)
            zero = "零" if low and low < size // 10 else ""
            return _capital_integer(high) + unit + zero + (_capital_integer(low) if low else "")
    words, pending = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if pending and words else "") + _DIGITS[digit] + _PLACES[place]
            pending = False
        else:
            pending = True
    return words
