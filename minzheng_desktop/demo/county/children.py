"""Children of one township over the year: subsidies, study aid, registers, classes, the station, the fund."""

from __future__ import annotations

from typing import Any

from minzheng_desktop.demo.county.dials import part, slices
from minzheng_desktop.demo.county.office import PAPER
from minzheng_desktop.demo.county.town import Town
from minzheng_desktop.demo.population import Household, Person

_DUTY = ("周晓岚", "冉启明", "向成荣")
_STUDY_MONTH, _FUND_MONTH = 9, 6
_FUND = (("donation", 62_000_00), ("matching", 31_000_00), ("online", 15_200_00))
"""What came into the fund: kind, cents."""


def begin(town: Town) -> None:
    """Children who receive already, the registers, the canteen where classes are held, the fund."""
    office = town.office
    paid = f"{town.year - 1}-12"
    for form, rows in (("orphan", _orphans(town)), ("defacto", _defacto(town))):
        early = [row for month, row in rows if month == 1]
        office.bring(form, early, month=town.month(1), paid_through=paid)
        for month, row in rows:
            if month > 1:
                town.later.setdefault(month, []).append((form, row))
    office.bring("leftbehind", _left_behind(town), month=town.month(1))
    office.bring("migrant_child", _migrants(town), month=town.month(1))


def month(town: Town, month: int) -> None:
    """Classes, the station, casework, study aid in September, the fund in June."""
    with town.office.store.writing("save_record") as w:
        _classes(town, w, month)
        _station(town, w, month)
        _casework(town, w, month)
        if month == _STUDY_MONTH:
            _study_aid(town, w)
        if month == _FUND_MONTH and town.first:
            _fund(town, w)


# -- subsidies -----------------------------------------------------------------------------------


def _orphans(town: Town) -> list[tuple[int, dict[str, Any]]]:
    """(first month, row) of each orphan: the year's months of the plan run up to December."""
    rows = []
    for place, months in (("1", town.lists["orphan_months"]), ("2", town.lists["institution_months"])):
        for count in months:
            row = _child(town, town.random.randint(5, 15), count)
            row |= {
                "child_kind": town.word("orphan_kind", place),
                "foster_mode": town.word("foster_mode", place),
                "pay_to": town.word("child_pay_to", "4"),
            }
            rows.append((13 - count, row))
    return rows


def _defacto(town: Town) -> list[tuple[int, dict[str, Any]]]:
    rows = []
    for count in town.lists["defacto_months"]:
        row = _child(town, town.random.randint(4, 15), count)
        row |= {
            "father_situation": town.word("situation", "7"),
            "mother_situation": town.word("situation", "6"),
            "pay_to": town.word("child_pay_to", "4"),
        }
        rows.append((13 - count, row))
    return rows


def _child(town: Town, age: int, months: int) -> dict[str, Any]:
    child = town.people.person(age)
    household = town.people.alone(child)
    keeper = town.people.person(town.random.randint(50, 68), village=child.village)
    since = town.month(13 - months) if months < 12 else f"{town.year - 1}-{town.random.randint(1, 12):02d}"
    return {
        **town.who(household, child),
        "person.reside_addr": household.address,
        "start_month": since,
        **_keeper(town, keeper),
        **town.account(household, child),
    }


def _keeper(town: Town, keeper: Person) -> dict[str, Any]:
    relation = "61" if keeper.sex == "1" else "62"
    return {
        "guardian.name": keeper.name,
        "guardian.id_number": keeper.id_number,
        "guardian.phone": keeper.phone or "",
        "guardian_relation": town.word("relation", relation),
    }


# -- registers -----------------------------------------------------------------------------------


def _left_behind(town: Town) -> list[dict[str, Any]]:
    rows = []
    for _ in range(town.plan["leftbehind"]):
        child = town.people.person(town.random.randint(3, 14))
        household = town.people.alone(child)
        town.note("leftbehind", household, child)
        rows.append(
            {
                **_registered(town, household, child),
                "situation": town.word("leftbehind_situation", "1"),
                "care_place": town.word("care_place", "1"),
                "entrust_date": f"{town.year - 1}-09-01",
            }
        )
    return rows


def _migrants(town: Town) -> list[dict[str, Any]]:
    rows = []
    for _ in range(town.plan["migrant"]):
        child = town.people.person(town.random.randint(4, 15))
        household = town.people.alone(child)
        rows.append(
            {
                **_registered(town, household, child),
                "origin_region": town.random.choice(("四川省万源市", "陕西省岚皋县", "湖北省竹溪县")),
                "reside_since": f"{town.year - 1}-{town.random.randint(1, 6):02d}-15",
                "care_place": town.word("care_place", "3"),
            }
        )
    return rows


def _registered(town: Town, household: Household, child: Person) -> dict[str, Any]:
    keeper = town.people.person(town.random.randint(52, 69), village=child.village)
    return {
        **town.who(household, child),
        "registered_on": town.on(1, 4).isoformat(),
        "health": town.word("child_health", "1"),
        "school_stage": town.word("school_stage", town.random.choice("123")),
        **_keeper(town, keeper),
        "guardian_capacity": town.word("guardian_capacity", "1"),
        "risk_level": town.word("child_risk", "3"),
        "visit_freq": town.word("visit_freq", "3"),
        "duty_person": town.random.choice(_DUTY),
    }


# -- events --------------------------------------------------------------------------------------


def _classes(town: Town, w: Any, month: int) -> None:
    """Two periods a session; every child of the plan comes at least once."""
    meetings = town.plan["class_meetings"]
    shares = part(meetings, [1] * 12)
    children = [child for _, child in town.benefits.get("leftbehind", ())][: town.plan["class_children"]]
    seats = slices(children, part(len(children), [1] * meetings)) if meetings else []
    first = sum(shares[: month - 1])
    for at in range(first, first + shares[month - 1]):
        some = {c.id_number: c for c in (*seats[at], *town.random.sample(children, min(len(children), 6)))}
        day = town.on(month, 1 + at % 7)
        doc = {
            "held_on": day.isoformat(), "canteen": town.canteen(w), "class_subject": town.random.choice("12345"),
            "period_count": 2, "start_time": f"{8 + at // 7 % 5 * 2:02d}:00", "teacher": [town.random.choice(_DUTY)],
            "minors_count": len(some),
            "attendees": [{"key": str(n), "child": town.office.person(number)} for n, number in enumerate(some)],
        }  # fmt: skip
        record = town.office.save(w, "class_session", doc)
        town.office.walk(w, record, ["hold", "archive"])


def _station(town: Town, w: Any, month: int) -> None:
    """Counselling in schools without a list of names, and other services."""
    for kind, totals, heads in (
        ("1", town.lists["psych_months"], town.lists["psych_heads"]),
        ("4", town.lists["service_months"], None),
    ):
        for at, when in enumerate(totals):
            if when != month:
                continue
            count = heads[at] if heads is not None else 20
            doc = {
                "held_on": town.on(month, 6).isoformat(), "kind": kind, "topic": f"{town.name}第{at + 1}场",
                "provider": "县未成年人守护站", "counselor": ["谭咨询"], "place": f"{town.name}中心小学",
                "attendee_count": count, "minors_count": count, "signin_file": [PAPER],
            }  # fmt: skip
            record = town.office.save(w, "minor_station", doc)
            town.office.walk(w, record, ["hold", "archive"])


def _casework(town: Town, w: Any, month: int) -> None:
    """Cases that are opened, worked on and closed."""
    for when in town.lists["casework_months"]:
        if when != month or not town.benefits["leftbehind"]:
            continue
        _, child = town.random.choice(town.benefits["leftbehind"])
        doc = {
            "open_date": town.office.today.isoformat(), "referral_from": "1", "risk_level": "3", "problem_kinds": ["1"],
            "presenting": "在校情绪低落，少与同学来往。", "assessment": "与父母分离，缺少陪伴。",
            "goals": "每周通话，参加小组。",
            "counselor": "谭咨询", "evaluation": "情绪平稳，能主动交往。", "close_reason": "1",
        }  # fmt: skip
        record = town.office.save(w, "casework", doc, person=town.office.person(child.id_number))
        town.office.walk(w, record, ["open", "assess", "plan", "intervene", "evaluate", "close"])


def _fund(town: Town, w: Any) -> None:
    """The protection fund: its project, a donation, what the county adds to it, what came in on line."""
    project = town.office.save(w, "fund_project", {
        "name": "“童心相伴”未成年人保护", "facility_kind": "fund_project", "opened_on": f"{town.year - 2}-06-01",
    })  # fmt: skip
    town.office.walk(w, project, ["register"])
    given = ""
    for kind, cents in _FUND:
        doc = {
            "project": project, "booked_on": town.office.today.isoformat(), "direction": "in", "kind": kind,
            "amount": cents, "channel": "3" if kind == "online" else "1", "purpose": "未成年人保护",
            "donor_kind": "4" if kind == "online" else "1", "donor_name": "某企业", "receipt_no": f"PJ-{kind}",
            "counterpart": given if kind == "matching" else None,
        }  # fmt: skip
        record = town.office.save(w, "fund_ledger", {k: v for k, v in doc.items() if v is not None})
        town.office.walk(w, record, ["register", "receipt"])
        given = given or record


def _study_aid(town: Town, w: Any) -> None:
    money = town.dials.money
    for kind, count in (("orphan", town.plan["student_orphans"]), ("defacto", town.plan["student_defacto"])):
        for at in range(count):
            person = town.people.person(town.random.randint(18, 20))
            household = town.people.alone(person)
            number = town.account(household, person)
            (who,) = town.register(w, [person])
            cost = money[f"student_{kind}_cost"] * 100
            award: dict[str, Any] = {}
            if kind == "orphan" and at == 0 and town.lists["special_award"]:
                award["approved_amount"] = money["student_orphan_award"] * 100
                award["approved_doc"] = f"城民〔{town.year}〕演示2号"
            doc = {
                "apply_channel": "1", "apply_date": town.office.today.isoformat(), "relative_of_staff": False,
                "apply_reason": "升学，缴费有困难。", "student_kind": kind,
                "academic_year": str(town.year), "level": "7",
                "school": "重庆某学院", "enroll_year": town.year, "study_status_proof": [PAPER],
                "costs": [{"key": "1", "item": "学费、住宿费", "amount": cost}], "town_result": "1",
                "town_opinion": "情况属实，拟同意。", "pay_date": town.office.today.isoformat(), **award,
                "account": {
                    "number": number["account.number"], "name": person.name, "bank": household.bank, "type": "1",
                },
            }  # fmt: skip
            record = town.office.save(w, "student", doc, person=who)
            town.office.walk(w, record, ["submit", "accept", "review", "report", "manual_confirm"])
