"""殡葬、婚姻、移风易俗 in one township over the year: graves, plain funerals, marriages, a group wedding."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from minzheng_desktop.demo.county.dials import part
from minzheng_desktop.demo.county.office import PAPER
from minzheng_desktop.demo.county.plants import NO_ZERO_REPORT
from minzheng_desktop.demo.county.town import Town

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Writing

_KINDS = ("1", "1", "1", "1", "1", "1", "2", "2", "3", "4")
"""Of ten registrations: marriages, divorces, certificates issued anew."""
_BEFORE = {"1": "10", "2": "20", "3": "20", "4": "40"}
"""Kind of registration → both parties' marital state before it (GB/T 2261.2)."""
_WEDDING_MONTH = 10


def begin(town: Town) -> None:
    """The cemetery and a council for weddings and funerals in each village of the plan."""
    with town.office.store.writing("save_record") as w:
        town.cemetery = town.office.save(w, "funeral_place", {
            "name": f"{town.name}公益性公墓", "facility_kind": "cemetery", "place_kind": "4",
            "operator": f"{town.name}人民政府", "approve_doc": "城民函〔2021〕演示5号", "capacity": 600,
            "village": town.people.village(),
        })  # fmt: skip
        town.office.walk(w, town.cemetery, ["register"])
        town.funeral_home = town.office.save(w, "funeral_place", {
            "name": "城口县殡仪馆", "facility_kind": "funeral_home", "place_kind": "1", "operator": "城口县民政局",
            "approve_doc": "城民函〔2010〕演示1号", "capacity": 200, "village": town.people.village(),
        })  # fmt: skip
        town.office.walk(w, town.funeral_home, ["register"])
        town.council = town.office.save(w, "council", {
            "name": f"{town.name}红白理事会", "village": town.people.village(), "chair": "覃德贵",
            "phone": "13900000000",
            "founded": f"{town.year - 2}-03-01", "rules_file": [PAPER], "max_tables": 20, "max_days": 3,
            "members": [{"key": "1", "name": "覃德贵", "post": "1"}, {"key": "2", "name": "向秀英", "post": "3"}],
        })  # fmt: skip
        town.office.walk(w, town.council, ["register"])


def month(town: Town, month: int) -> None:
    """What is registered in a month."""
    with town.office.store.writing("save_record") as w:
        _graves(town, w, month)
        dead = _funerals(town, w, month)
        _paid_for(town, w, dead[:1])
        couples = _marriages(town, w, month)
        if month >= _WEDDING_MONTH and town.first and couples and not town.wedding:
            _wedding(town, w, couples)
        if month < 12 or town.part not in NO_ZERO_REPORT:
            _nothing_to_report(town, w)


def _graves(town: Town, w: Writing, month: int) -> None:
    """Graves that were found in January and moved month by month."""
    shares = part(town.plan["graves"], [1] * 12)
    first = sum(shares[: month - 1])
    day = town.office.today
    for at in range(first, first + shares[month - 1]):
        kin = town.people.person(town.random.randint(35, 70))
        (who,) = town.register(w, [kin])
        account = {"number": town.people.account(), "name": kin.name, "bank": town.people.bank(), "type": "1"}
        doc = {
            "grave_no": f"F{at + 1:04d}", "village": kin.village, "place": "后山坡", "land_kind": "1",
            "surveyed_on": (day - timedelta(days=5)).isoformat(), "is_double": False, "remains_count": 1,
            "ownerless": False, "contact": who, "consent_file": [PAPER], "treat": "1", "target_cemetery": town.cemetery,
            "plot_no": f"{at + 1:03d}", "scheduled_on": day.isoformat(), "move_date": day.isoformat(),
            "photos_before": [PAPER], "photos_after": ["1" * 64], "greened_on": day.isoformat(),
            "accepted_on": day.isoformat(), "inspectors": ["周晓岚", "向成荣"], "opinion": "已迁移复绿，合格。",
            "account": account,
        }  # fmt: skip
        record = town.office.save(w, "grave_move", doc)
        town.office.walk(w, record, ["survey", "consent", "schedule", "move", "green", "accept"])


def _funerals(town: Town, w: Writing, month: int) -> list[str]:
    """Deaths of people who receive nothing: the funeral is guided and held plainly. Returns who died."""
    day = town.office.today
    count = part(town.plan["funerals"], [1] * 12)[month - 1]
    people = [town.people.person(town.random.randint(62, 79)) for _ in range(count)]
    dead = town.register(w, people)
    for who in dead:
        died = day - timedelta(days=4)
        doc = {
            "death_date": died.isoformat(), "reported_on": died.isoformat(), "host": "长子", "council": town.council,
            "planned_days": 3, "planned_tables": 12, "commitment": [PAPER], "guided_on": died.isoformat(),
            "guides": ["覃德贵"], "council_present": True, "days": 3, "tables": 12, "drum_band": False,
            "fireworks": False, "burned_paper": False, "is_civil": True,
        }  # fmt: skip
        record = town.office.save(w, "civil_funeral", doc, person=who)
        town.office.walk(w, record, ["report", "guide", "finish", "evaluate"])
    return dead


def _paid_for(town: Town, w: Writing, dead: list[str]) -> None:
    """惠民殡葬: the basic services of a cremation, paid by the family first."""
    day = town.office.today
    died = day - timedelta(days=4)
    for who in dead:
        kin = town.people.person(town.random.randint(35, 60))
        (applicant,) = town.register(w, [kin])
        doc = {
            "death_date": died.isoformat(), "death_cert_no": f"SW{town.code}{day:%m%d}", "object_kind": "9",
            "apply_channel": "1", "apply_date": day.isoformat(), "relative_of_staff": False, "applicant_kind": "1",
            "applicant": applicant, "applicant_kin": "20", "cremated": True,
            "cremation_date": (died + timedelta(days=2)).isoformat(), "cremation_cert_no": f"HH{town.code}{day:%m%d}",
            "funeral_home": town.funeral_home, "burial_kind": "1", "burial_detail": town.name, "town_result": "1",
            "burial_date": (died + timedelta(days=3)).isoformat(), "settle_mode": "2",
            "services": [
                {"key": "1", "item": "transport", "units": 1, "charge": 30_000},
                {"key": "2", "item": "cremation", "units": 1, "charge": 60_000},
            ],
            "town_opinion": "情况属实，拟同意。",
            "account": {"number": town.people.account(), "name": kin.name, "bank": town.people.bank(), "type": "1"},
        }  # fmt: skip
        record = town.office.save(w, "funeral", doc, person=who)
        town.office.walk(w, record, ["submit", "accept", "review", "report", "manual_confirm"])


def _marriages(town: Town, w: Writing, month: int) -> list[tuple[str, str, str, str]]:
    """(man, woman, certificate, record) of the month's marriages."""
    shares = part(town.plan["marriages"], [1] * 12)
    first = sum(shares[: month - 1])
    found = []
    for at in range(first, first + shares[month - 1]):
        kind = _KINDS[at % len(_KINDS)]
        man = town.people.person(town.random.randint(25, 48), sex="1")
        woman = town.people.person(town.random.randint(23, 45), sex="2")
        ids = town.register(w, [man, woman], marital_status=_BEFORE[kind])
        doc: dict[str, Any] = {
            "kind": kind, "reg_date": town.on(month, 1 + at % 7).isoformat(), "reg_office": "城口县婚姻登记处",
            "cert_no": f"J{town.code}-{town.year}-{at + 1:05d}", "domicile": "1", "man": ids[0], "woman": ids[1],
            "man_before": _BEFORE[kind], "woman_before": _BEFORE[kind],
        }  # fmt: skip
        if kind == "2":
            doc["apply_date"] = (town.office.today - timedelta(days=45)).isoformat()
        record = town.office.save(w, "marriage", doc)
        town.office.walk(w, record, ["register"])
        if kind == "1":
            found.append((ids[0], ids[1], str(doc["cert_no"]), record))
    return found


def _wedding(town: Town, w: Writing, couples: list[tuple[str, str, str, str]]) -> None:
    doc = {
        "event": "首届集体婚礼",
        "event_date": town.office.today.isoformat(), "place": "亢谷景区", "sponsor": "县民政局",
        "cost": 2_800_000, "cost_source": "县级财政", "photos": [PAPER],
        "couples": [
            {"key": str(at), "man": man, "woman": woman, "cert_no": number, "marriage": record}
            for at, (man, woman, number, record) in enumerate(couples[:10])
        ],
    }  # fmt: skip
    record = town.wedding = town.office.save(w, "group_wedding", doc)
    town.office.walk(w, record, ["hold", "archive"])


def _nothing_to_report(town: Town, w: Writing) -> None:
    """Every month without a petition or a rumour says so."""
    doc = {"kind": "9", "happened_on": town.office.today.isoformat(), "reporter": "周晓岚"}
    record = town.office.save(w, "funeral_petition", doc)
    town.office.walk(w, record, ["register"])
