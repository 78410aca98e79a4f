"""养老 in one township over the year: allowances, the disabled, the canteen, baths, homes and beds, courses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from minzheng_desktop.demo.county.dials import part
from minzheng_desktop.demo.county.office import PAPER
from minzheng_desktop.demo.county.town import Town
from minzheng_desktop.demo.population import Household, Person
from minzheng_desktop.values.dates import age_on

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Writing

_DINERS = 4
_STAFF = 3
"""People of one home who draw the allowance of their post, at the most."""
_COURSE_MONTHS = (4, 10)
_REBUILD_MONTH = 9


def begin(town: Town) -> None:
    """Who is eighty and more, who is disabled, the home for the old and its beds."""
    month, paid = town.month(1), f"{town.year - 1}-12"
    for _ in range(town.plan["elders"]):
        person = town.people.person(town.random.choice((*range(80, 90), *range(80, 98))))
        town.elders.append((town.people.alone(person), person))
    if town.first:
        person = town.people.person(101, sex="2")
        town.elders.append((town.people.alone(person), person))
    office = town.office
    office.bring("elder_age", _elder_rows(town, before=True), month=month, paid_through=paid)
    for row in _elder_rows(town, before=False):
        town.later.setdefault(int(row["start_month"][5:]), []).append(("elder_age", row))
    with office.store.writing("save_people") as w:
        disabled = _disable(town, w)
    office.bring(
        "djr_life", _subsidies(town, disabled[: town.plan["djr_life"]]), month=month, paid_through=paid
    )
    severe = [one for one in disabled if one[2] in "12"][: town.plan["djr_care"]]
    office.bring("djr_care", _subsidies(town, severe), month=month, paid_through=paid)
    with office.store.writing("save_record") as w:
        _home(town, w)
    cared = {person.id_number for _, person, _ in severe}
    office.bring("elder_poor", _unable(town, cared), month=month, paid_through=paid)
    office.bring("talent", _staff(town), month=month, paid_through=paid)


def month(town: Town, month: int) -> None:
    """Meals and baths every month; beds and checks, courses and rebuilding in theirs."""
    with town.office.store.writing("save_record") as w:
        _meals(town, w, month)
        _baths(town, w, month)
        if month in _COURSE_MONTHS:
            _course(town, w, month)
        if month == 5:
            _more_beds(town, w)
    if month == _REBUILD_MONTH:
        town.office.bring("retrofit", _rebuilt(town), month=town.month(month))
    if month == 2:
        town.office.bring("visit_care", _visited(town), month=town.month(month))


# -- allowances and subsidies --------------------------------------------------------------------


def _elder_rows(town: Town, *, before: bool) -> list[dict[str, Any]]:
    """Rosters: those who were eighty before the year, or those who turn eighty in it, in the month of the birthday."""
    rows = []
    for household, person in town.elders:
        eighty = person.birth_date.year + 80
        if (eighty < town.year) != before:
            continue
        rows.append(
            {
                **town.who(household, person),
                "start_month": f"{eighty}-{person.birth_date.month:02d}",
                "last_check_date": town.on(1, 4).isoformat() if before else "",
                **town.account(household, person),
            }
        )
    return rows


def _disable(town: Town, w: Writing) -> list[tuple[Household, Person, str]]:
    """People of 低保 with a certificate of disability: (household, person, level)."""
    grown = [(h, p) for h, p in town.benefits["dibao"] if age_on(p.birth_date, town.year_end) < 78]
    chosen = town.random.sample(grown, min(town.plan["djr_life"], len(grown)))
    found: list[tuple[Household, Person, str]] = []
    changes = []
    for household, person in chosen:
        level = town.random.choice("112234")
        kind = town.random.choice("14")
        more = {
            "has_disability": True, "disability_type": kind, "disability_level": level,
            "disability_cert_no": f"{person.id_number}{kind}{level}",
            "disability_cert_expire": f"{town.year + town.random.randint(2, 8)}-06-30",
        }  # fmt: skip
        row = w.get("people", town.office.person(person.id_number))
        assert row is not None
        changes.append({"id": row["id"], "more": {**row["more"], **more}})
        found.append((household, person, level))
        town.note("djr_life", household, person)
    w.put_many("people", changes)
    return found


def _subsidies(town: Town, some: list[tuple[Household, Person, str]]) -> list[dict[str, Any]]:
    return [
        {
            **town.who(household, person),
            "start_month": f"{town.year - town.random.randint(1, 3)}-07",
            "last_recheck_date": town.on(1, 4).isoformat(),
            **town.account(household, person),
        }
        for household, person, _ in some
    ]


def _unable(town: Town, cared: set[str]) -> list[dict[str, Any]]:
    """Old people of 低保 who cannot look after themselves and draw no other care."""
    old = [
        (h, p) for h, p in town.benefits["dibao"]
        if age_on(p.birth_date, town.on(1, 1)) >= 62 and p.id_number not in cared
    ]  # fmt: skip
    return [
        {
            **town.who(household, person), "ability_level": town.word("elder_ability_level", "3"),
            "assess_org": "县人民医院", "assess_date": town.on(1, 3).isoformat(),
            "assess_valid_to": f"{town.year + 2}-01-02", "service_mode": "现金",
            "start_month": f"{town.year - 1}-10", **town.account(household, person),
        }
        for household, person in old[: town.plan["elder_poor"]]
    ]  # fmt: skip


def _staff(town: Town) -> list[dict[str, Any]]:
    """Who works in the township's home and draws the allowance of the post."""
    people = [town.people.person(town.random.randint(28, 50)) for _ in range(min(_STAFF, town.plan["staff"]))]
    return [
        {
            **town.who(town.people.alone(person), person), "institution": f"{town.name}养老服务中心", "post": "护理员",
            "entry_date": f"{town.year - 2}-03-01", "cert_level": "五级（初级）护理员",
            "cert_no": f"HL{person.id_number[-6:]}",
            "contract_no": f"HT{person.id_number[-6:]}", "contract_to": f"{town.year + 2}-02-28",
            "social_insurance": "是", "tier": "一档", "start_month": f"{town.year - 1}-01",
            "account.number": town.people.account(), "account.name": person.name, "account.bank": town.people.bank(),
        }
        for person in people
    ]  # fmt: skip


# -- canteen and baths ---------------------------------------------------------------------------


def _meals(town: Town, w: Writing, month: int) -> None:
    canteen = town.canteen(w)
    if month == 1:
        old = [(h, p) for h, p in town.benefits["dibao"] if age_on(p.birth_date, town.year_end) >= 62]
        town.diners = old[:_DINERS]
        for _, person in town.diners:
            doc = {
                "right_kind": "1",
                "valid_from": town.on(1, 1).isoformat(),
                "canteen": canteen,
                "tier": "meal.tier_low",
            }
            record = town.office.save(w, "meal_right", doc, person=town.office.person(person.id_number))
            town.office.walk(w, record, ["register"])
    days = [town.on(month, day).isoformat() for day in range(1, 8)]
    wanted = part(town.plan["meal_times"], [1] * 12)[month - 1]
    for _, person in town.diners:
        rows = [{"key": day, "date": day, "lunch": True, "dinner": False, "breakfast": False} for day in days]
        sheet: dict[str, Any] = {
            "canteen": canteen, "month": town.month(month), "pay_way": "3", "days": rows, "price": 1200,
            "self_paid": 700, "signin_file": [PAPER],
        }  # fmt: skip
        record = town.office.save(w, "meal", sheet, person=town.office.person(person.id_number))
        town.office.walk(w, record, ["register", "check"])
        wanted -= len(rows)
    shares = part(max(0, wanted), [1] * len(days))
    rows = [
        {"key": day, "date": day, "breakfast": 0, "lunch": count, "dinner": 0}
        for day, count in zip(days, shares, strict=True)
        if count
    ]
    if rows:
        record = town.office.save(
            w, "meal_count", {"canteen": canteen, "month": town.month(month), "days": rows}
        )
        town.office.walk(w, record, ["register", "check"])


def _baths(town: Town, w: Writing, month: int) -> None:
    for at, person in enumerate(town.helpless[:2]):
        doc = {
            "served_on": town.on(month, 3 + at).isoformat(), "provider": town.home, "place": "1", "staff": ["谭秀兰"],
            "times": 1, "consent": [PAPER], "signer": "1", "temperature": 365, "systolic": 128, "diastolic": 78,
            "photos": [PAPER, "1" * 64],
        }  # fmt: skip
        record = town.office.save(w, "bath", doc, person=town.office.person(person.id_number))
        town.office.walk(w, record, ["register", "check"])


# -- homes, beds, courses, rebuilding ------------------------------------------------------------


def _home(town: Town, w: Writing) -> None:
    beds = 60 + town.plan["nursing_beds"]
    doc = {
        "name": f"{town.name}养老服务中心", "facility_kind": "care_institution", "institution_kind": "1",
        "operation_state": "1", "opened_on": f"{town.year - 3}-05-01", "capacity_beds": beds,
        "nursing_beds": 20 + town.plan["nursing_beds"],
        "village": town.people.village(), "fire_accept": True,
        "account": {
            "number": town.people.account(), "name": f"{town.name}养老服务中心", "bank": town.people.bank(),
            "type": "4",
        },
        "invests": [{"key": "1", "project": "消防和适老设施改造", "year": town.year, "amount": 62_000_00}],
    }  # fmt: skip
    if town.first:
        doc |= {"star_level": "3", "star_date": town.on(1, 5).isoformat()}
    town.home = town.office.save(w, "institution", doc)
    town.office.walk(w, town.home, ["register"])
    start: dict[str, Any] = {
        "institution": town.home, "change_date": town.on(1, 4).isoformat(), "change_kind": "0", "doc_no": "期初登记",
    }  # fmt: skip
    for nursing, count in ((True, 20), (False, 40)):
        record = town.office.save(w, "bed", {**start, "is_nursing": nursing, "qty": count})
        town.office.walk(w, record, ["register", "check"])
    if town.lists["fixed_problems"]:
        _inspected(town, w)


def _more_beds(town: Town, w: Writing) -> None:
    if town.plan["nursing_beds"]:
        doc = {
            "institution": town.home, "change_date": town.office.today.isoformat(), "change_kind": "1",
            "is_nursing": True, "qty": town.plan["nursing_beds"], "doc_no": f"城民〔{town.year}〕演示7号",
        }  # fmt: skip
        record = town.office.save(w, "bed", doc)
        town.office.walk(w, record, ["register", "check"])


def _inspected(town: Town, w: Writing) -> None:
    """A special inspection that found one problem, mended and closed."""
    day = town.office.today
    problem = {
        "key": "1", "code": "1", "problem_desc": "疏散通道堆放杂物", "is_major": False,
        "deadline": (day + timedelta(days=20)).isoformat(), "rectify_date": day.isoformat(),
        "recheck_date": day.isoformat(), "recheck_by": "向成荣", "recheck_result": "1",
    }  # fmt: skip
    doc = {
        "institution": town.home, "check_date": day.isoformat(), "check_kind": "2", "checkers": ["周晓岚", "冉启明"],
        "problems": [problem], "notice_no": "整改〔演示〕1号", "notice_date": day.isoformat(),
        "items": [{"key": "1", "code": "1", "name": "疏散通道", "result": "2"}],
    }  # fmt: skip
    record = town.office.save(w, "safety_check", doc)
    town.office.walk(w, record, ["find", "notify", "rectify", "recheck", "close"])


def _course(town: Town, w: Writing, month: int) -> None:
    count = part(town.plan["training_times"], [1] * len(_COURSE_MONTHS))[_COURSE_MONTHS.index(month)]
    if not count:
        return
    people = [town.people.person(town.random.randint(28, 55)) for _ in range(count)]
    doc = {
        "course_name": f"{town.name}养老护理员培训（{month}月）", "training_kind": "1",
        "date_from": town.on(month, 2).isoformat(), "date_to": town.on(month, 6).isoformat(), "hours": 40,
        "org": "县职业教育中心", "place": f"{town.name}便民服务中心",
        "attendees": [
            {"key": str(at), "name": p.name, "id_number": p.id_number, "passed": True} for at, p in enumerate(people)
        ],
    }  # fmt: skip
    record = town.office.save(w, "training", doc)
    town.office.walk(w, record, ["open", "finish"])


def _rebuilt(town: Town) -> list[dict[str, Any]]:
    rows = []
    day = town.on(_REBUILD_MONTH, 4).isoformat()
    for _ in range(town.plan["retrofit"]):
        person = town.people.person(town.random.randint(62, 79))
        household = town.people.alone(person)
        cost = town.random.randrange(1800, 3600, 50)
        rows.append(
            {
                **town.who(household, person, "head"),
                "elder.name": person.name,
                "elder.id_number": person.id_number,
                "project_year": town.year,
                "apply_date": f"{town.year}-03-05",
                "finish_date": day,
                "accept_date": day,
                "final_amount": cost,
                "satisfaction": town.word("satisfaction", "1"),
            }
        )
    return rows


def _visited(town: Town) -> list[dict[str, Any]]:
    return [
        {
            **town.who(household, person),
            "registered_on": town.on(2, 5).isoformat(),
            "elder_kind": "高龄",
            "risk_level": town.word("visit_risk", "3"),
            "freq": town.word("visit_freq_elder", "3"),
            "duty_person": "周晓岚",
        }
        for household, person in town.elders[: town.plan["visits"]]
    ]
