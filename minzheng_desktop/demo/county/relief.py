"""社会救助 in one township over the year."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from minzheng_desktop.demo.applications import leave_dibao
from minzheng_desktop.demo.county.dials import part, spread
from minzheng_desktop.demo.county.office import PAPER
from minzheng_desktop.demo.county.plants import NOT_IN_POOL, TWICE_HELPED, TWICE_IN_DIBAO, doubled, owns
from minzheng_desktop.demo.county.town import Town
from minzheng_desktop.demo.population import HEAD, Household, Person

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Writing

_CAUSES = ("因病", "因残", "缺劳动力", "因学", "年老", "无生活来源")


def begin(town: Town) -> None:
    """What stands in the ledgers when the program begins in January."""
    month = town.month(1)
    office = town.office
    paid = f"{town.year - 1}-12"
    office.bring("dibao", _dibao_rows(town), month=month, paid_through=paid)
    office.bring("tekun", _tekun_rows(town), month=month, paid_through=paid)
    office.bring("dibian", _edge_rows(town), month=month)


def _dibao_rows(town: Town) -> list[dict[str, Any]]:
    singles, twice = town.plan["single_persons"], doubled(town)
    families = town.plan["dibao_households"] - singles - len(twice)
    own = len(twice) if owns(town, TWICE_IN_DIBAO) else 0
    turn = [town.random.random() for _ in range(families)]
    sizes = spread(town.plan["dibao_persons"] - singles - own, families, least=1, most=6, turn=turn)
    joined = round(families * town.dials.share["joined_in_year"])
    rows = []
    for at, size in enumerate(sizes):
        household = town.people.household(size)
        rows.append(_dibao_row(town, household))
        some = town.joined if at < joined else town.benefits.setdefault("dibao", [])
        some += [(household, member) for member in household.members]
        town.note_elders(household)
    for person in twice:
        household = town.people.alone(town.moved_here(person))
        rows.append(_dibao_row(town, household))
        if own:
            town.note("dibao", household, household.members[0])
    for _ in range(singles):
        person = town.people.person(town.random.randint(24, 58))
        household = town.people.alone(person)
        town.note("dibao", household, person)
        rows.append(_dibao_row(town, household, single=True))
    for row in rows[:joined]:
        month = town.random.randint(2, 11)
        row["start_month"] = town.month(month)
        town.later.setdefault(month, []).append(("dibao", row))
    left = round(families * town.dials.share["left_in_year"])
    for _ in range(left):
        row = _dibao_row(town, town.people.household(town.random.randint(1, 3)))
        rows.append(row)
        town.leaving.append((town.random.randint(3, 11), row["head.id_number"]))
    return rows[joined:]


def _dibao_row(town: Town, household: Household, *, single: bool = False) -> dict[str, Any]:
    pick = town.random
    size = len(household.members)
    urban = pick.random() < town.dials.share["urban_households"]
    income = pick.choice(town.dials.money["incomes_month"]) * 12 * size
    head, others = household.members[0], household.members[1:]
    rechecked = town.on(1, pick.randint(2, 5))
    return {
        **town.who(household, head, "head"),
        "household.address": household.address,
        "dibao_type": "城市" if urban else "农村",
        "dibao_class": "A",
        "household_size": size,
        "covered_size": size,
        "income_total_year": income,
        "start_month": f"{town.year - pick.randint(1, 8)}-{pick.randint(1, 12):02d}",
        "last_recheck_date": rechecked.isoformat(),
        "poverty_cause": "因病" if single else pick.choice(_CAUSES),
        "single_by_hardship": "是" if single else "否",
        **town.account(household, head),
        "members.name": "；".join(m.name for m in others),
        "members.id_number": "；".join(m.id_number for m in others),
        "members.relation": "；".join(town.word("relation", m.relation) for m in others),
    }


def _tekun_rows(town: Town) -> list[dict[str, Any]]:
    rows = []
    share, pick = town.dials.share, town.random
    for _ in range(town.plan["tekun_persons"]):
        person = town.people.person(pick.randint(61, 93), sex=pick.choice("1112"))
        household = town.people.alone(person)
        town.note_elders(household)
        town.note("tekun", household, person)
        fate = pick.random()
        unable = (
            5
            if fate < share["tekun_whole"]
            else 2
            if fate < share["tekun_whole"] + share["tekun_half"]
            else 0
        )
        able = [unable <= place for place in range(6)]
        if unable > 3:
            town.helpless.append(person)
        pick.shuffle(able)
        words = (
            "selfcare_eat",
            "selfcare_dress",
            "selfcare_bed",
            "selfcare_toilet",
            "selfcare_walk",
            "selfcare_bath",
        )
        rows.append(
            {
                **town.who(household, person),
                "person.reside_addr": household.address,
                "tekun_type": "城市" if pick.random() < share["tekun_urban"] else "农村",
                "target_kind": town.word("target_kind", "1"),
                "support_mode": town.word("support_mode", "2"),
                "care_pay_to": town.word("tekun_pay_to", "3"),
                "assess_date": town.on(1, 3).isoformat(),
                **{word: "是" if can else "否" for word, can in zip(words, able, strict=True)},
                "yearly_check": town.on(1, pick.randint(2, 5)).isoformat(),
                "start_month": f"{town.year - pick.randint(1, 9)}-{pick.randint(1, 12):02d}",
                **town.account(household, person),
            }
        )
    return rows


def _edge_rows(town: Town) -> list[dict[str, Any]]:
    count = town.plan["edge_households"]
    turn = [town.random.random() for _ in range(count)]
    sizes = spread(town.plan["edge_persons"], count, least=1, most=6, turn=turn)
    rows = []
    for size in sizes:
        household = town.people.household(size)
        head, others = household.members[0], household.members[1:]
        town.note_elders(household)
        for member in household.members:
            town.note("dibian", household, member)
        rows.append(
            {
                **town.who(household, head, "head"),
                "household.address": household.address,
                "dibian_type": "农村",
                "household_size": size,
                "covered_size": size,
                "income_total_year": town.random.randint(640, 860) * 12 * size,
                "start_month": town.month(1),
                "valid_from": town.on(1, town.random.randint(2, 5)).isoformat(),
                "members.name": "；".join(m.name for m in others),
                "members.id_number": "；".join(m.id_number for m in others),
                "members.relation": "；".join(town.word("relation", m.relation) for m in others),
            }
        )
    return rows


def month(town: Town, month: int) -> None:
    """Households that leave; urgent help; requests on line; rescue; goods; the register of low incomes in November."""
    _leave(town, month)
    town.office.bring("online_apply", _requests(town, month), month=town.month(month))
    with town.office.store.writing("save_record") as w:
        _urgent_help(town, w, month)
        _rescues(town, w, month)
        if month in _CAMPAIGNS:
            _goods(town, w, month)
    if month in (6, 12):
        town.office.bring("entitlement_check", _certified(town, month), month=town.month(month))
    if month == 11:
        town.office.bring("low_income_pool", _pool_rows(town), month=town.month(month))


def _leave(town: Town, month: int) -> None:
    for when, number in town.leaving:
        if when == month:
            record = town.record_of("dibao", number)
            leave_dibao(town.office.store, record, month=town.month(month), on=town.office.today)


def _requests(town: Town, month: int) -> list[dict[str, Any]]:
    rows = []
    known = town.benefits["dibao"]
    for channel in ("online", "offline"):
        for number in range(part(town.plan[f"{channel}_times"], [1] * 12)[month - 1]):
            household, person = town.random.choice(known)
            rows.append(
                {
                    **town.who(household, person),
                    "ext_no": f"YY{town.code[-3:]}{month:02d}{channel[1].upper()}{number:05d}",
                    "channel": town.word("apply_way", channel),
                    "applied_on": town.on(month, 1 + number % 7).isoformat(),
                    "benefit": "临时救助",
                    "accepted_on": town.on(month, 8).isoformat(),
                }
            )
    return rows


def _urgent_help(town: Town, w: Writing, month: int) -> None:
    planned = max(0, town.plan["linshi_times"] - sum(town.part in pair for pair in TWICE_HELPED))
    shares = part(planned, [1] * 12)
    heads = [(h, p) for h, p in town.benefits["dibao"] if p.relation == HEAD]
    first = sum(shares[: month - 1])
    for at in range(first, first + shares[month - 1]):
        household, person = heads[at % len(heads)]
        help_at_once(town, w, household, person, months=town.random.choice(town.dials.money["linshi_months"]))


def help_at_once(town: Town, w: Writing, household: Household, person: Person, *, months: int) -> None:
    """临时救助 for somebody taken ill, approved by the township; `months` of the standard in tenths."""
    day = town.office.today
    doc = {
        "apply_channel": "1", "apply_date": day.isoformat(), "apply_reason": "突发急病住院，家里拿不出钱。",
        "relative_of_staff": False, "relief_kind": "1", "difficulty_type": "1", "hukou_local": True,
        "family_size": len(household.members), "persons": 1,
        "event_date": (day - timedelta(days=town.random.randint(1, 5))).isoformat(),
        "event_place": household.address, "event_desc": "突发急病，住院自付较多。", "disease": "肺炎",
        "grant_mode": "1", "area": "2", "months": months, "approve_level": "town", "pay_mode": "1",
        "investigations": [{
            "key": "1", "date": day.isoformat(), "place": household.address, "method": "1",
            "investigators": ["周晓岚", "冉启明"], "findings": "属实，住院单据齐全。", "conclusion": "建议救助。",
        }],
        "town_result": "1", "town_opinion": "情况属实，同意救助。",
        "account": {"number": household.account, "name": person.name, "bank": household.bank, "type": "1"},
    }  # fmt: skip
    record = town.office.save(w, "linshi", doc, person=town.office.person(person.id_number))
    town.office.walk(w, record, ["submit", "accept", "investigate", "review", "approve_town"])


def _rescues(town: Town, w: Writing, month: int) -> None:
    for at, when in enumerate(town.lists["vagrant_months"]):
        if when != month:
            continue
        day = town.office.today
        placed = at < town.plan["vagrant_placed"]
        person = town.people.person(town.random.randint(30, 66), sex="1")
        (who,) = town.register(w, [person])
        doc: dict[str, Any] = {
            "found_on": (day - timedelta(days=4)).isoformat(), "found_place": f"{town.name}客运站", "found_by": "4",
            "identity_state": "1", "rescue_items": ["1", "2"], "escort": ["周晓岚"],
            "in_station_on": (day - timedelta(days=4)).isoformat(), "station": "县救助管理站",
            "out_station_on": day.isoformat(), "leave_kind": "6" if placed else "2",
        }  # fmt: skip
        if placed:
            doc |= {"placement": "1", "placed_date": day.isoformat(), "placement_detail": "送养老机构安置"}
        else:
            doc |= {"leave_to": "四川省万源市", "taken_by": "其兄", "taken_relation": "兄弟"}
        record = town.office.save(w, "vagrant", doc, person=who)
        town.office.walk(w, record, ["register", "rescue", "place" if placed else "return"])


_CAMPAIGNS = {
    1: ("1", "寒冬送温暖", "棉被"),
    6: ("3", "六一九开放日", "米油"),
    7: ("2", "夏季送清凉", "清凉包"),
}
"""Month → kind, name and goods of a campaign."""


def _goods(town: Town, w: Writing, month: int) -> None:
    kind, name, item = _CAMPAIGNS[month]
    count = part(town.plan["goods_gifts"], [1] * len(_CAMPAIGNS))[sorted(_CAMPAIGNS).index(month)]
    if not count:
        return
    day = town.office.today.isoformat()
    campaign = town.office.save(
        w, "goods_campaign",
        {"name": f"{town.name}{town.year}年{name}", "facility_kind": "goods_campaign", "campaign_kind": kind,
         "starts_on": day, "ends_on": town.on(month, 28).isoformat(), "organizer": f"{town.name}人民政府",
         "keeper": "周晓岚"},
    )  # fmt: skip
    town.office.walk(w, campaign, ["plan"])
    common = {
        "campaign": campaign, "campaign_kind": kind, "moved_on": day, "item_name": item,
        "handlers": ["周晓岚", "冉启明"],
    }  # fmt: skip
    stock = {
        **common,
        "way": "in",
        "qty": count * 100,
        "unit": "份",
        "price": town.dials.money["goods_price"] * 100,
    }
    town.office.walk(w, town.office.save(w, "goods", {**stock, "source": "1"}), ["register"])
    town.office.walk(w, campaign, ["stock", "distribute"])
    for _, person in town.random.sample(town.benefits["dibao"], min(count, len(town.benefits["dibao"]))):
        gift = {**common, "way": "give", "qty": 100, "receiver": "1", "receiver_sign": [PAPER]}
        record = town.office.save(w, "goods", gift, person=town.office.person(person.id_number))
        town.office.walk(w, record, ["register", "sign"])


def _certified(town: Town, month: int) -> list[dict[str, Any]]:
    """Half of the year's certifications: the aged, then the heads of households, once in each half-year."""
    count = part(town.plan["check_times"], [1, 1])[0 if month == 6 else 1]
    who = [*town.benefits["tekun"], *town.elders, *town.benefits["dibao"]]
    once = {person.id_number: (household, person) for household, person in who}
    half = "H1" if month == 6 else "H2"
    return [
        {
            **town.who(household, person),
            "cycle": f"{town.year}{half}",
            "due_date": town.on(month, 30).isoformat(),
            "check_date": town.on(month, 1 + at % 7).isoformat(),
            "method": town.word("check_method", "124"[at % 3]),
            "operator": "周晓岚",
        }
        for at, (household, person) in enumerate(list(once.values())[:count])
    ]


def _pool_rows(town: Town) -> list[dict[str, Any]]:
    """Everybody of 低保, 特困 and 低边, and others in difficulty."""
    missing = 1 if town.part in NOT_IN_POOL else 0
    known = [
        *town.benefits["dibao"][missing:], *town.joined, *town.benefits["tekun"], *town.benefits["dibian"],
    ]  # fmt: skip
    wanted = town.plan["pool_other"] + missing
    others: list[tuple[Household, Person]] = []
    while len(others) < wanted:
        household = town.people.household(min(town.random.randint(1, 4), wanted - len(others)))
        others += [(household, member) for member in household.members]
        town.note_elders(household)
    common = {"source_way": town.word("pool_source", "3"), "in_date": town.on(11, 4).isoformat()}
    return [
        {**town.who(household, person), **common, "ground": town.word("pool_ground", ground)}
        for ground, some in (("0", known), ("9", others))
        for household, person in some
    ]
