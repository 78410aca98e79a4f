"""社会事务 in one township over the year: place names, organisations of the community, gifts."""

from __future__ import annotations

from minzheng_desktop.demo.county.town import Town

_ORGANISATIONS = ("老年协会", "志愿者服务队", "文艺宣传队")
_GIFT_MONTHS = (5, 9)


def begin(town: Town) -> None:
    """The township's own name and its registered organisations."""
    office = town.office
    with office.store.writing("save_record") as w:
        place = office.save(w, "place_name", {
            "action": "4", "kind": "01", "name_std": town.name, "pinyin": "", "extent": f"{town.name}行政区域",
            **_spelt(town.name),
        })  # fmt: skip
        office.walk(w, place, ["register"])
        for name in _ORGANISATIONS:
            doc = {
                "name": f"{town.name}{name}", "kind": "4", "facility_kind": "social_org", "field": "3",
                "legal_person": "覃德贵", "reg_date": f"{town.year - 2}-04-01", "valid_to": f"{town.year + 3}-03-31",
                "annual_checks": [{
                    "key": "1", "year": town.year - 1, "result": "1", "checked_on": office.today.isoformat(),
                }],
            }  # fmt: skip
            office.walk(w, office.save(w, "social_org", doc), ["register"])


def month(town: Town, month: int) -> None:
    """A gift now and then."""
    if month not in _GIFT_MONTHS:
        return
    office = town.office
    day = office.today.isoformat()
    with office.store.writing("save_record") as w:
        doc = {
            "date": day, "source": "1", "donor_kind": "1", "donor": "某企业", "kind": "1", "purpose": "1",
            "amount": 5_000_00, "receiver_kind": "1", "receiver_org": "县慈善会",
            "receipt_no": f"{town.code}-{month:02d}",
        }  # fmt: skip
        office.walk(w, office.save(w, "donation", doc), ["receive", "receipt"])


def _spelt(name: str) -> dict[str, str]:
    from pypinyin import lazy_pinyin

    words = lazy_pinyin(name)
    return {"pinyin": "".join(words[:-1]).capitalize() + f" {words[-1].capitalize()}"}
