"""The rates in force, month by month, as money rules read them.

A view is made for one plan: it asks the rate book once for each code and day, and it alone decides what a
missing rate means (the amount cannot be worked out; the record is blocked with the name of what is missing).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from minzheng_desktop.benefits.amounts import RateUse
from minzheng_desktop.benefits.months import text_of
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.catalog.form import Benefit, Form
    from minzheng_desktop.store.unit import Reading


class BookRate(Protocol):
    """A rate as the catalogue's book gives it."""

    @property
    def code(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def valid_from(self) -> str: ...
    @property
    def value(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def doc(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def example(self) -> bool: ...


class Book(Protocol):
    """What is needed of the catalogue's RateBook."""

    def at(self, code: str, on: str, *, area: str) -> BookRate | None:
        """The version in force on a day or in a month, of the nearest area."""


class MissingRate(UserError):
    """No version of a rate is in force in the month asked for."""

    def __init__(self, code: str, on: str) -> None:
        super().__init__(
            "rate_missing", f"缺：{on} 有效的标准“{code}”。金额没有算出，请导入这项标准后重新计划。"
        )
        self.rate_code = code


class RateView:
    """The rates of one area as one money rule reads them; `codes` are those that its form names."""

    def __init__(self, book: Book, *, area: str, codes: Sequence[str] = ()) -> None:
        self.area = area
        self.codes = tuple(codes)
        self.memo: dict[object, object] = {}
        """Results that rules keep for the life of the view, under keys that begin with the rule's name."""
        self._book = book
        self._found: dict[tuple[str, str], RateUse | None] = {}
        self._by_number: dict[tuple[str, int], RateUse] = {}

    def find(self, code: str, on: str) -> RateUse | None:
        """The version in force in a month or on a day, or None."""
        key = (code, on)
        if key not in self._found:
            self._found[key] = use_of(self._book.at(code, on, area=self.area))
        return self._found[key]

    def find_first(self, codes: Iterable[str], on: str) -> RateUse | None:
        """The first of several codes that is in force: the special one before the general one."""
        return next((found for code in codes if (found := self.find(code, on)) is not None), None)

    def need(self, code: str, on: str) -> RateUse:
        """The version in force in a month or on a day. Raises MissingRate."""
        found = self.find(code, on)
        if found is None:
            raise MissingRate(code, on)
        return found

    def need_first(self, codes: Sequence[str], on: str) -> RateUse:
        """`find_first` that raises MissingRate with the special code's name."""
        found = self.find_first(codes, on)
        if found is None:
            raise MissingRate(codes[0], on)
        return found

    def need_in(self, code: str, month: int) -> RateUse:
        """`need` by the month's whole number: the fast way for long histories."""
        key = (code, month)
        found = self._by_number.get(key)
        if found is None:
            found = self._by_number[key] = self.need(code, text_of(month))
        return found

    def choice(self, codes: Sequence[str], on: str, *, default: str) -> str:
        """A rule that a county chooses by a rate of kind choice (起发月, 舍入 …), or the default."""
        found = self.find_first(codes, on)
        return found.text if found is not None and found.text else default


def use_of(rate: BookRate | None) -> RateUse | None:
    """A rate of the book as it is noted beside an amount."""
    if rate is None:
        return None
    return RateUse(
        rate.code, rate.area, rate.valid_from, rate.value, rate.unit, rate.title, rate.doc, rate.text,
        rate.example,
    )  # fmt: skip


def view_rates(r: Reading, form: Form, benefit: Benefit) -> RateView:
    """The rates of this office as the form's rule reads them, with every code that it names or means."""
    book = r.store.catalog.rates
    codes = [code for named in benefit.rates for code in (book.under(named) or (named,))]
    return RateView(book, area=r.store.site.division, codes=tuple(dict.fromkeys(codes)))
