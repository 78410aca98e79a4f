"""How the office that prints calls itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store
    from minzheng_desktop.store.unit import Reading


def office_of(store: Store) -> tuple[str, str]:
    """(full name of the office, short name of the place): ('云溪乡人民政府', '云溪乡')."""
    division = store.site.division
    place = store.catalog.divisions.name(division)
    if store.site.role == "county":
        return f"{place}民政局", place
    return f"{place}{'办事处' if place.endswith('街道') else '人民政府'}", place


def office_words(r: Reading) -> dict[str, str]:
    """What documents say of the office: name, county, and phone and address from the setting `office`."""
    county = r.store.catalog.divisions.county
    return {
        "name": office_of(r.store)[0],
        "county": f"{county.name}民政局" if county else "",
        "phone": "",
        "address": "",
        **(r.setting("office") or {}),
    }
