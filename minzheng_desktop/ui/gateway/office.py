"""One signed-in office: its open database and the words that every page needs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...values.dates import age_on
from ...values.id_number import mask_id_number
from ...values.money import format_money_grouped
from ..kit.cells import DASH
from ..records.outline import PersonBrief

if TYPE_CHECKING:
    from ...store.store import Store

SEX = {"1": "男", "2": "女"}


@dataclass
class Office:
    """The store and what is known for the whole session. Made and used on the worker thread."""

    store: Store
    clock: Callable[[], date] = date.today
    _names: dict[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day on which entries are judged."""
        return self.clock()

    @property
    def is_county(self) -> bool:
        """Whether this is a county's database."""
        return self.store.site.role == "county"

    @property
    def folder(self) -> Path:
        """Where the database stands; files the clerk asks for are offered beside it."""
        return self.store.path.parent if self.store.path else Path.home()

    def village(self, code: str | None) -> str:
        """白果村 for its division code, '' for none."""
        if not code:
            return ""
        found = self._names.get(code)
        if found is None:
            found = self._names[code] = self.store.catalog.divisions.short_name(code)
        return found

    def villages(self) -> tuple[tuple[str, str], ...]:
        """The villages of this office, (code, name), those in use."""
        site = self.store.site
        divisions = self.store.catalog.divisions
        towns = [t.code for t in divisions.towns] if self.is_county else [site.division]
        found = [v for town in towns for v in divisions.villages(town)]
        return tuple(
            (v.code, divisions.short_name(v.code))
            for v in found
            if not site.villages or v.code in site.villages
        )

    def title(self) -> str:
        """修齐镇 or 城口县民政局."""
        name = self.store.catalog.divisions.name(self.store.site.division)
        return f"{name}民政局" if self.is_county else name

    def brief(self, row: Mapping[str, Any]) -> PersonBrief:
        """A row of people (or a member) as a person is shown."""
        sex, born = SEX.get(row.get("sex") or "", ""), row.get("birth_date") or ""
        facts = [sex, born]
        if len(born) == 10:
            facts.append(f"{age_on(date.fromisoformat(born), self.today)} 岁")
        village = row.get("reside_village") or row.get("hukou_village") or row.get("village")
        number = row.get("id_number") or ""
        return PersonBrief(
            id=row.get("person") or row["id"],
            name=row.get("name") or "",
            sex=sex,
            birth_date=born,
            village=self.village(village),
            masked_number=mask_id_number(number) if number else "",
            facts=" · ".join(part for part in facts if part),
        )

    def reveal(self, entity: str, entity_id: str, field_name: str) -> str:
        """One number in full, audited. '' when there is none."""
        self.store.note("reveal", {"entity": entity, "id": entity_id, "field": field_name})
        with self.store.reading() as r:
            row = r.get(entity, entity_id) or {}
        return str(row.get(field_name) or (row.get("more") or {}).get(field_name) or "")


def money(cents: int | None) -> str:
    """1,234.50, — for none."""
    return DASH if cents is None else format_money_grouped(cents)


def signed(cents: int) -> str:
    """+160.00, −112.50 with a real minus, 0.00."""
    return (
        format_money_grouped(cents)
        if cents == 0
        else f"{'+' if cents > 0 else '−'}{format_money_grouped(abs(cents))}"
    )


def short_time(text: str | None) -> str:
    """06-18 10:42 of an ISO time, '' for none."""
    return f"{text[5:10]} {text[11:16]}" if text and len(text) >= 16 else (text or "")


def year(text: str | None) -> str:
    """1965 of an ISO date, — for none."""
    return text[:4] if text else DASH


@functools.cache
def initials(text: str) -> str:
    """Pinyin initials in lower case, for type-ahead."""
    from ...values.names import pinyin_initials

    return pinyin_initials(text).lower()
