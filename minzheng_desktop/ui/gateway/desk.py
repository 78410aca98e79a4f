"""工作台 and the status bar: what is due, the month, the county, the backup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ...benefits.closings import find_closings
from ...benefits.recovery import list_recoveries
from ...benefits.reissues import plan_reissue
from ...county import presence
from ...county.summary import receipts_to_write
from ...exchange.down import decided
from ...exchange.down.offered import count_offered
from ...exchange.down.told import count_told
from ...exchange.sending import chain, outbox
from ...exchange.sending.chain_status import stand
from ...store import overview
from ...values.dates import birthday, month_of, now_text
from ..kit.cards import Due
from ..kit.cells import Chip, Dots, Link, Mark
from ..shell import Fact
from ..workbench import MonthLine, Urgent, Workbench
from ..worker import Progress
from .chain_words import chain_facts, traffic, traffic_line
from .office import SEX, Office, money, short_time, year
from .payment import month_lines

if TYPE_CHECKING:
    from ...benefits.closings import Closing
    from ...benefits.recovery import RecoveryLine
    from ...benefits.reissues import Again
    from ...store.overview import DueRecord
    from ...store.people import PersonHit
    from ...store.unit import Reading

WEEKDAYS = "一二三四五六日"
SOON = 15
CERT_SOON = 60
ELDER = "elder_age"


@dataclass(frozen=True)
class _Waiting:
    """Everything that waits, by due card."""

    recheck: list[DueRecord]
    returned: list[DueRecord]
    publicizing: list[DueRecord]
    eighty: list[PersonHit]
    certs: list[tuple[dict[str, Any], date]]
    bank: list[tuple[Again, dict[str, Any] | None]]
    """What the bank sent back and was not sent again, with the row of the person."""
    deaths: list[tuple[Closing, dict[str, Any]]]
    """What deaths call for, with the row of the first who died."""
    decisions: list[dict[str, Any]]
    """Decisions of the county that found another state than they were taken on."""
    recoveries: list[RecoveryLine]
    """Not settled yet."""
    asked: int = 0
    """Findings of the county that wait for an answer."""
    offered: int = 0
    """Files of the county's catalogue that nobody has taken yet."""


def view(office: Office) -> Generator[Progress, None, Workbench]:
    """Everything on the desk; between its questions it may be stopped, so that another page need not wait."""
    today = office.today
    yield Progress("打开工作台")
    with office.store.reading() as r:
        unsent = chain.unpacked_changes(r)
        sent = outbox.sent_packages(r)
        backup = overview.last_done(r, "backup")
        yield Progress("看到期的事")
        waiting = yield from _gather(office, r)
    urgent = _urgent(office, waiting)
    month = month_of(today)
    lines = month_lines(office, month)
    back = Counter(one.line.batch for one, _ in waiting.bank)
    unread = [s for s in sent if s.state != "acknowledged"]
    return Workbench(
        day=f"{today.month}月{today.day}日 星期{WEEKDAYS[today.weekday()]}",
        count=f"有 {len(urgent)} 件到期或要办的事" if urgent else "今天没有到期的事",
        dues=_dues(office, waiting, unsent, len(unread)),
        urgent=tuple(urgent),
        urgent_hint=f"按期限排，共 {len(urgent)} 件" if urgent else "",
        month_title=f"{today.month} 月发放",
        months=_months(lines, back),
        traffic=traffic(sent),
        traffic_line=traffic_line(sent),
        receipt_waiting=bool(unread),
        backup=_backup(today, backup),
    )


def _gather(office: Office, r: Reading) -> Generator[Progress, None, _Waiting]:
    forms = office.store.catalog.forms
    today = office.today
    active = {s for f in forms.values() for s, spec in f.workflow.states.items() if spec.group == "active"}
    returned = {s for f in forms.values() for s in f.workflow.states if s.endswith("returned")}
    public = {s for f in forms.values() for s in f.workflow.states if s.startswith("publiciz")}
    keys = list(forms)
    eighty = []
    if ELDER in forms and not office.is_county:
        first = birthday(today, -80).isoformat()
        last = birthday(today + timedelta(days=30), -80).isoformat()
        eighty = overview.people_born(r, first=first, last=last, without=ELDER)
    yield Progress("看残疾证")
    certs = []
    for part in overview.people_with(r, "disability_cert_expire"):
        for row in part:
            text = str(row["more"]["disability_cert_expire"])
            if len(text) == 10 and date.fromisoformat(text) <= today + timedelta(days=CERT_SOON):
                certs.append((row, date.fromisoformat(text)))
        yield Progress("看残疾证")
    yield Progress("看死亡登记")
    deaths = []
    if not office.is_county:
        closings = [one for one in find_closings(r, today=today) if not one.waiting]
        dead = r.get_many("people", {one.people[0].person for one in closings})
        deaths = [(one, dead[one.people[0].person]) for one in closings]
    yield Progress("看退票")
    bank = []
    if not office.is_county:
        again = plan_reissue(r, today=today)
        known = r.get_many("people", {one.line.person for one in again if one.line.person})
        bank = [(one, known.get(one.line.person or "")) for one in again]
    yield Progress("看追缴")
    moved, owed = [], []
    asked = offered = 0
    if not office.is_county:
        moved, owed = decided.waiting_decisions(r), list_recoveries(r, open_only=True)
        asked, offered = count_told(r), count_offered(r)
    yield Progress("看年审")
    return _Waiting(
        bank=bank,
        deaths=deaths,
        decisions=moved,
        asked=asked,
        offered=offered,
        recoveries=owed,
        recheck=overview.records_due(
            r, forms=keys, upto=(today + timedelta(days=SOON)).isoformat(), states=list(active)
        ),
        returned=overview.records_in(r, forms=keys, states=list(returned)),
        publicizing=overview.records_in(r, forms=keys, states=list(public)),
        eighty=eighty,
        certs=sorted(certs, key=lambda pair: pair[1]),
    )


def _dues(office: Office, w: _Waiting, unsent: int, unread: int) -> tuple[Due, ...]:
    today = office.today.isoformat()
    late = [one for one in w.recheck if one.until_date and one.until_date < today]
    soon = [one for one in w.recheck if one not in late]
    checks = [one for one in late if one.form == ELDER]
    rechecks = [one for one in w.recheck if one not in checks]
    first = soon[0].until_date if soon else None
    return (
        Due(
            "publicity",
            "公示中",
            len(w.publicizing),
            "满期无异议就可以上报" if w.publicizing else "没有在公示的",
            "bell",
        ),
        Due(
            "recheck",
            "年审到期",
            len(rechecks),
            f"最早 {first[5:]}" if first else "15 天内没有到期的",
            "clock",
            "warn",
        ),
        Due("check", "认证逾期", len(checks), "到期没有认证" if checks else "没有逾期的", "error", "error"),
        Due(
            "eighty",
            "即将满80岁",
            len(w.eighty),
            "30 天内满，还没有申请" if w.eighty else "30 天内没有",
            "cake",
        ),
        Due("cert", "残疾证到期", len(w.certs), "60 天内到期" if w.certs else "60 天内没有", "card", "warn"),
        Due(
            "returned",
            "县退回",
            len(w.returned),
            "补正后再上报" if w.returned else "没有退回的",
            "return",
            "error",
        ),
        Due("unsent", "未上报", unsent, "上一包以后改的" if unsent else "都已写成数据包", "out", "warn"),
        Due("receipt", "回执待读", unread, "写出的包还没有回执" if unread else "回执都读过了", "mail"),
        *_rare_dues(office, w),
    )


def _rare_dues(office: Office, w: _Waiting) -> Iterator[Due]:
    """Cards that stand there only while something waits."""
    if w.bank:
        cents = money(sum(one.line.amount for one, _ in w.bank))
        yield Due("bank", "退票未重发", len(w.bank), f"共 {cents} 元", "bank", "error")
    if w.decisions:
        line = f"最早 {short_time(w.decisions[0]['at'])[:5]}，照办或搁置"
        yield Due("decisions", "县决定待看", len(w.decisions), line, "flag", "error")
    if w.asked:
        yield Due("told", "县局核查问题", w.asked, "改正，或写明说明", "search", "warn")
    if w.offered:
        yield Due("offered", "县局下发待启用", w.offered, "看清会变什么再启用", "doc", "warn")
    if w.recoveries:
        month = month_of(office.today)
        late = sum(1 for one in w.recoveries if one.late(month))
        left = money(sum(one.left for one in w.recoveries))
        line = f"{late} 笔没有按时退" if late else f"还差 {left} 元"
        yield Due("recoveries", "追缴未清", len(w.recoveries), line, "undo", "error" if late else "warn")


def _urgent(office: Office, w: _Waiting) -> list[Urgent]:
    forms = office.store.catalog.forms
    today = office.today
    found: list[tuple[int, Urgent]] = []

    def record(one: DueRecord, order: int, chip: Chip, todo: str, link: str, kind: str) -> None:
        form = forms.get(one.form)
        found.append(
            (
                order,
                Urgent(
                    chip, one.name or "", SEX.get(one.sex or "", ""), year(one.birth_date), office.village(one.village),
                    form.title if form else one.form, todo, Link(link), f"record:{one.form}:{one.id}", kind,
                ),
            )
        )  # fmt: skip

    for one in w.returned:
        record(
            one,
            -500,
            Chip("县退回", "error", "return"),
            f"县退回，{short_time(one.state_at)[:5]} 起等补正",
            "补正",
            "returned",
        )
    for closing, row in w.deaths:
        brief = office.brief(row)
        words = f"{closing.stop_month} 起{closing.what}" if closing.now is not None else closing.what
        if closing.blocked:
            words = f"{closing.blocked}"
        if closing.overpaid:
            words += f"，已多发 {money(closing.overpaid)} 元"
        line = Urgent(
            Chip("死亡", "error", "flag"), brief.name, brief.sex, year(brief.birth_date), brief.village,
            closing.title, words, Link("去确认"), "reviews::", "death",
        )  # fmt: skip
        found.append((-600, line))
    for again, person in w.bank:
        back = again.line
        form = forms.get(back.form)
        words = f"{'等改账户' if again.blocked else '可以重发'}：{back.month} {money(back.amount)} 元"
        line = Urgent(
            Chip("退票", "error", "bank"), back.name, SEX.get(person["sex"], "") if person else "",
            year(person["birth_date"]) if person else "", office.village(back.village),
            form.title if form else back.form, words, Link("去重发"), "returns::", "bank",
        )  # fmt: skip
        found.append((-400, line))
    for one in w.publicizing:
        record(
            one,
            3,
            Chip("公示中", "info", "bell"),
            f"{short_time(one.state_at)[:5]} 开始公示，期满无异议就上报",
            "去看",
            "publicity",
        )
    for one in w.recheck:
        assert one.until_date is not None
        days = (date.fromisoformat(one.until_date) - today).days
        what = "认证" if one.form == ELDER else "复核"
        words = f"{what}逾期 {-days} 天" if days < 0 else f"{one.until_date[5:]} {what}到期"
        kind = "check" if one.form == ELDER and days < 0 else "recheck"
        record(one, days, _days_chip(days), words, what, kind)
    for hit in w.eighty:
        turns = birthday(date.fromisoformat(hit.birth_date or ""), 80)
        days = (turns - today).days
        line = Urgent(
            _days_chip(days, soft=True), hit.name, SEX.get(hit.sex, ""), year(hit.birth_date),
            office.village(hit.village), "高龄津贴", f"{turns.isoformat()[5:]} 满 80 周岁，未申请",
            Link("新建申请"), f"new:{ELDER}:{hit.id}", "eighty",
        )  # fmt: skip
        found.append((days, line))
    for row, day in w.certs:
        brief = office.brief(row)
        days = (day - today).days
        words = f"残疾证 {day.isoformat()} {'已过期' if days < 0 else '到期'}"
        found.append(
            (
                days,
                Urgent(_days_chip(days), brief.name, brief.sex, year(brief.birth_date), brief.village, "残疾证", words,
                       Link("看一看"), f"person::{brief.id}", "cert"),
            )
        )  # fmt: skip
    return [line for _, line in sorted(found, key=lambda pair: pair[0])]


def _days_chip(days: int, *, soft: bool = False) -> Chip:
    if days < 0:
        return Chip("逾期", "error", "error")
    if days == 0:
        return Chip("今天", "info", "clock")
    return Chip(f"{days} 天{'内' if soft else ''}", "info" if soft else "warn", "clock" if soft else "warn")


def _months(lines: list[tuple[Any, Any, bool]], back: Mapping[str, int]) -> tuple[MonthLine, ...]:
    made, total = [], 0
    for form, batch, due in lines:
        if batch is not None:
            total += batch["total"]
            count = back.get(batch["id"], 0)
            mark = Mark(f"有 {count} 笔退票", "error", "error") if count else Mark("已锁定", "ok", "lock")
            made.append(MonthLine(form.title, Dots(2), mark, money(batch["total"]), form.key))
        elif due:
            made.append(MonthLine(form.title, Dots(0), Mark("还没有锁定", "warn", "clock"), "—", form.key))
        else:
            made.append(MonthLine(form.title, Dots(0), Mark("本期末月发", "ink-3", "dot"), "—", form.key))
    if made:
        made.append(MonthLine("合计", "", "", money(total), total=True))
    return tuple(made)


def _backup(today: date, last: str | None) -> tuple[tuple[str, str], ...]:
    if last is None:
        return (("warn", "还没有备份过，建议今天备份到U盘"),)
    days = (today - date.fromisoformat(last[:10])).days
    words = "今天" if days == 0 else f"{days} 天前"
    if days <= 7:
        return (("ok", f"{words} {short_time(last)} 已备份，打开校验通过"),)
    return (("warn", f"上次备份是 {words}的，建议今天再备一次"),)


def facts(office: Office, saved: str = "") -> tuple[Fact, ...]:
    """The right side of the status bar."""
    site = office.store.site
    if office.is_county:
        presence.note_present(office.store)
    with office.store.reading() as r:
        backup = overview.last_done(r, "backup")
        at_work = len(presence.people_at_work(r)) if office.is_county else 0
        unanswered = receipts_to_write(r) if office.is_county else 0
        town = site.role == "township"
        way = stand(r, now=now_text()) if town and site.enrolled else None
        unsent = way.waiting if way else chain.unpacked_changes(r) if town else 0
    where = f"{office.title()} · {site.letter} 机 · {'可锁定' if site.may_lock else '不可锁定'}"
    lines = [Fact(f"{office.title()} · {at_work} 名审核员在用" if office.is_county else where)]
    if site.demonstration:
        lines.append(Fact("演示台账", "info", "info"))
    if office.store.single_post and not office.is_county:
        lines.append(Fact("单人岗", "person", "", spare=True))
    if backup:
        lines.append(Fact(f"{short_time(backup)} 已备份", "ok", "ok", spare=True))
    else:
        lines.append(Fact("还没有备份", "warn", "warn", spare=True))
    if unsent:
        lines.append(Fact(f"待上报 {unsent:,} 条", "warn", "warn"))
    if unanswered:
        lines.append(Fact(f"待写回执 {unanswered:,} 份", "warn", "warn"))
    if way is not None:
        lines += chain_facts(way)
    if saved:
        lines.append(Fact(f"{saved} 已保存", "ok", "ok"))
    return tuple(lines)
