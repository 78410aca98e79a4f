"""People and households: found, added, shown with everything that happened to them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ...store import households, overview, people
from ...values.accounts import account_tail, mask_account
from ...values.names import clean_name
from ..kit.cells import DASH, Chip, Mask, state_chip
from ..people.find import Hit
from ..people.household import HouseholdView, MemberLine
from ..people.list import PeopleRow
from ..people.person import BenefitLine, Event, FactGroup, FactLine, Person
from ..records.outline import PersonBrief
from .office import Office, money, year
from .paid import payment_line, payments_hint, return_events

ALIVE = {"1": ("健在", "ok", "ok"), "2": ("死亡", "error", "error"), "3": ("失踪", "warn", "warn")}


def find_briefs(office: Office, text: str) -> tuple[PersonBrief, ...]:
    """People for a find-or-add field."""
    with office.store.reading() as r:
        hits = people.find_people(r, text, limit=20)
    return tuple(office.brief(msgspec.structs.asdict(hit)) for hit in hits)


@functools.lru_cache(maxsize=4096)
def _pinyin(name: str) -> str:
    """luó chéng guì, for a clerk who is not sure of a character."""
    from pypinyin import lazy_pinyin
    from pypinyin.constants import Style

    return " ".join(lazy_pinyin(name, style=Style.TONE))


def find_hits(office: Office, text: str) -> tuple[Hit, ...]:
    """People for Ctrl+K, with chips of what they receive; the search is audited."""
    with office.store.reading() as r:
        hits = people.find_people(r, text, limit=50)
    titles = {key: form.title for key, form in office.store.catalog.forms.items()}
    found = []
    for hit in hits:
        brief = office.brief(msgspec.structs.asdict(hit))
        chips = [Chip(f"{titles.get(form, form)} 在享", "ok", "ok") for form in hit.forms[:2]]
        if hit.alive_status != "1":
            words, tone, icon = ALIVE.get(hit.alive_status, ("状态不明", "warn", "warn"))
            chips = [Chip(words, tone, icon), *chips[:1]]
        found.append(
            Hit(
                brief.id,
                brief.name,
                _pinyin(brief.name),
                brief.line,
                brief.masked_number,
                tuple(chips),
            )
        )
    return tuple(found)


def add_person(office: Office, given: Mapping[str, str]) -> PersonBrief:
    """Write a new person into the register. Raises UserError with the field at fault."""
    body: dict[str, Any] = {
        "owner": office.store.site.division,
        "name": clean_name(given.get("name", "")),
        "id_type": people.ID_CARD,
        "id_number": given.get("id_number") or None,
        "reside_village": given.get("village") or None,
        "hukou_village": given.get("village") or None,
        "phone": given.get("phone") or None,
    }
    with office.store.writing("add_person", {"name": body["name"]}) as w:
        person = people.save_person(w, body, today=office.today)
        row = w.get("people", person)
    assert row is not None
    return office.brief(row)


def register_death(office: Office, person_id: str, *, day: str, source: str) -> None:
    """Note a death in the register; what it means for money is proposed by each record's own workflow."""
    with office.store.writing("register_death", {"person": person_id}) as w:
        people.save_person(
            w,
            {
                **(w.get("people", person_id) or {}),
                "alive_status": "2",
                "death_date": day,
                "death_source": source,
            },
            today=office.today,
        )


@dataclass(frozen=True)
class OpenedPeople:
    """How long a filtered register is."""

    chosen: overview.PeopleFilter
    count: int
    order: str
    down: bool


def open_people(
    office: Office, *, text: str, village: str, alive: str, sort: str, down: bool
) -> OpenedPeople:
    """Count the rows that match."""
    chosen = overview.PeopleFilter(text=text, village=village, alive=alive)
    with office.store.reading() as r:
        count = overview.count_people(r, chosen)
    order = {"name": "name", "birth_year": "birth", "village": "village"}.get(sort, "")
    return OpenedPeople(chosen, count, order, down)


def people_page(office: Office, opened: OpenedPeople, start: int, count: int) -> tuple[PeopleRow, ...]:
    """One page of the register."""
    with office.store.reading() as r:
        rows = overview.list_people(
            r, opened.chosen, order=opened.order, descending=opened.down, offset=start, limit=count
        )
    made = []
    for row in rows:
        brief = office.brief(row)
        words, tone, icon = ALIVE.get(row["alive_status"], ("状态不明", "warn", "warn"))
        phone = row["phone"] or ""
        made.append(
            PeopleRow(
                id=row["id"],
                name=brief.name,
                sex=brief.sex,
                birth_year=year(row["birth_date"]),
                village=brief.village,
                number=Mask(brief.masked_number),
                phone=Mask(f"{phone[:3]}****{phone[-4:]}" if len(phone) == 11 else phone),
                state=Chip(words, tone, icon),
            )
        )
    return tuple(made)


def person_view(office: Office, person_id: str) -> Person:
    """一人一档: everything about one person, newest first."""
    with office.store.reading() as r:
        file = people.person_file(r, person_id)
        members = households.load_household(r, file.households[-1]["id"]).members if file.households else []
    person = file.person
    brief = office.brief(person)
    alive = ALIVE.get(person["alive_status"], ("状态不明", "warn", "warn"))
    return Person(
        id=person_id,
        name=brief.name,
        line=brief.line,
        chips=(Chip(*alive),),
        groups=_groups(office, file, brief, members),
        events=_events(office, file),
        benefits=tuple(_benefit(office, record) for record in reversed(file.records)),
        payments=tuple(
            payment_line(office, one, file.returns_of(one["id"])) for one in reversed(file.payments)
        ),
        payments_hint=payments_hint(file.payments, file.returns),
        alive=person["alive_status"] == "1",
    )


def _code(office: Office, name: str, value: Any) -> str:
    codes = office.store.catalog.codes.get(name)
    return (codes.label(str(value)) if codes else str(value)) if value not in (None, "") else ""


def _groups(
    office: Office, file: people.PersonFile, brief: PersonBrief, members: list[dict[str, Any]]
) -> tuple[FactGroup, ...]:
    person = file.person
    phone = person.get("phone") or ""
    born = brief.birth_date + (f"（{brief.facts.split(' · ')[-1]}）" if "岁" in brief.facts else "")
    lines = [
        FactLine("证号", brief.masked_number or "没有证号", "id_number" if brief.masked_number else ""),
        FactLine("出生", born),
        FactLine("民族", _code(office, "ethnicity", person.get("ethnicity"))),
        FactLine("婚姻", _code(office, "marital_status", person.get("marital_status"))),
        FactLine(
            "电话", f"{phone[:3]}****{phone[-4:]}" if len(phone) == 11 else phone, "phone" if phone else ""
        ),
        FactLine("户籍", office.village(person.get("hukou_village"))),
        FactLine("常住", office.village(person.get("reside_village"))),
        FactLine("健康", _code(office, "health_status", person.get("health_status"))),
        FactLine("残疾", _code(office, "disability_level", person.get("disability_level"))),
        FactLine("劳动能力", _code(office, "labor_ability", person.get("labor_ability"))),
    ]
    groups = [FactGroup("基本情况", tuple(line for line in lines if line.value))]
    if file.households:
        home = file.households[-1]
        names = [
            f"{m['name']}（{_code(office, 'relation', m['relation'])}）"
            if m.get("relation")
            else str(m["name"])
            for m in members
            if m["person"] != person["id"]
        ]
        head = next((m["name"] for m in members if m["person"] == home["head"]), "")
        home_lines = (
            FactLine("户号", home["number"] or DASH),
            FactLine("户主", "本人" if home["head"] == person["id"] else head),
            FactLine("成员", "、".join(names) or "只有一人"),
        )
        groups.append(FactGroup("一户一档", home_lines, "打开这户", f"household:{home['id']}"))
    for account in reversed(file.accounts[-2:]):
        differs = account["name"] != person["name"]
        groups.append(
            FactGroup(
                "账户",
                (
                    FactLine("账号", mask_account(account["number"]), f"account:{account['id']}"),
                    FactLine("户名", account["name"], tone="warn" if differs else ""),
                    FactLine("启用", f"{account['valid_from'] or ''} 起"),
                ),
            )
        )
    return tuple(groups)


def _events(office: Office, file: people.PersonFile) -> tuple[Event, ...]:
    catalog = office.store.catalog
    by_id = {row["id"]: row for row in file.records}
    events: list[tuple[str, Event]] = []
    for step in file.steps:
        record = by_id[step["record"]]
        form = catalog.forms.get(record["form"])
        title = form.title if form else record["form"]
        state = form.workflow.states.get(step["to_state"]) if form else None
        taken = form.workflow.steps.get(step["step"]) if form else None
        chip = state_chip(state.title if state else step["to_state"], state.group if state else "open")
        ground = step["ground"] or {}
        words = "，".join(
            str(p)
            for p in (
                step["by"],
                ground.get("opinion") or ground.get("reason"),
                ground.get("document_no"),
                record["number"],
            )
            if p
        )
        name = taken.title if taken else "登记"
        at = step["at"]
        tone = "ink-2" if chip.tone == "neutral" else chip.tone
        amount = money(record["amount"]) if record["amount"] and step is file.steps[-1] else ""
        events.append(
            (
                at,
                Event(
                    at[:4],
                    at[5:10],
                    f"{title} · {name}",
                    words,
                    chip.icon,
                    tone,
                    amount,
                    "benefit",
                    record["id"],
                ),
            )
        )
    for paid in file.payments:
        form = catalog.forms.get(paid["form"])
        at = paid["locked_at"]
        words = (
            f"{paid['month']}，尾号 {account_tail(paid['account_number'])}"
            if paid["account_number"]
            else paid["month"]
        )
        title = f"{form.title if form else paid['form']} · 发放"
        events.append(
            (
                at,
                Event(
                    at[:4],
                    at[5:10],
                    title,
                    words,
                    "bank",
                    "accent",
                    money(paid["total"]),
                    "paid",
                    paid["record"],
                ),
            )
        )
    for back in file.returns:
        for at, what, words in return_events(office, back):
            amount = money(back["amount"])
            events.append(
                (at, Event(at[:4], at[5:10], what, words, "return", "warn", amount, "paid", back["record"]))
            )
    for account in file.accounts:
        at = account["valid_from"] or ""
        if at:
            words = f"尾号 {account_tail(account['number'])}，{account['bank'] or ''} {account['reason'] or ''}".strip()
            events.append((at, Event(at[:4], at[5:10], "账户 · 启用", words, "card", "info", "", "change")))
    return tuple(event for _, event in sorted(events, key=lambda pair: pair[0], reverse=True))


def _benefit(office: Office, record: Mapping[str, Any]) -> BenefitLine:
    form = office.store.catalog.forms.get(record["form"])
    state = form.workflow.states.get(record["state"]) if form else None
    role = {"covered": "（成员）", "member": "（成员）"}.get(record.get("role") or "", "")
    span = f"{record['start_month']} 起" if record["start_month"] else (record["record_date"] or "")
    if record["end_month"]:
        span = f"{record['start_month'] or ''} 至 {record['end_month']}"
    return BenefitLine(
        title=(form.title if form else record["form"]) + role,
        state=state_chip(state.title if state else record["state"], state.group if state else "open"),
        amount=money(record["amount"]),
        span=span,
        record=record["id"],
        form=record["form"],
    )


def household_view(office: Office, household_id: str) -> HouseholdView:
    """一户一档."""
    with office.store.reading() as r:
        home = households.load_household(r, household_id)
        files = [people.person_file(r, m["person"]) for m in home.members[:20]]
    head = next((m for m in home.members if m["person"] == home.household["head"]), None)
    records: dict[str, dict[str, Any]] = {}
    payments: dict[str, dict[str, Any]] = {}
    returns: dict[str, dict[str, Any]] = {}
    for file in files:
        returns |= {row["id"]: row for row in file.returns}
        records |= {row["id"]: row for row in file.records}
        payments |= {row["id"]: row for row in file.payments}
    benefits = [_benefit(office, {**row, "role": ""}) for row in records.values()]
    paid = sorted(payments.values(), key=lambda p: p["month"], reverse=True)
    members = tuple(_member(office, m, file) for m, file in zip(home.members, files, strict=False))
    return HouseholdView(
        id=household_id,
        title=f"{head['name']} 户" if head else "没有户主的户",
        line=" · ".join(
            p
            for p in (
                office.village(home.household["village"]),
                home.household["number"],
                f"{len(home.members)} 人",
            )
            if p
        ),
        members=members,
        benefits=tuple(benefits),
        payments=tuple(
            payment_line(office, one, [b for b in returns.values() if b["item"] == one["id"]]) for one in paid
        ),
        payments_hint=payments_hint(list(reversed(paid)), list(returns.values())),
    )


def _member(office: Office, member: Mapping[str, Any], file: people.PersonFile) -> MemberLine:
    brief = office.brief(member)
    names = dict.fromkeys(_benefit(office, row).title for row in file.records if row["state"] == "active")
    return MemberLine(
        name=brief.name,
        relation=_code(office, "relation", member.get("relation")),
        sex=brief.sex,
        birth=brief.birth_date,
        number=Mask(brief.masked_number),
        benefits="、".join(names),
        person=brief.id,
    )


def reveal_fact(office: Office, person_id: str, secret: str) -> str:
    """One of a person's numbers in full, audited."""
    kind, _, key = secret.partition(":")
    if kind == "account":
        return office.reveal("bank_accounts", key, "number")
    return office.reveal("people", person_id, kind)
