"""Desks of things that wait for a person: recoveries, decisions that do not fit, lines held at the county, findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...benefits import recovery
from ...checks import desk as checks
from ...checks.finding import Finding
from ...checks.library import TITLES
from ...county.receiving.held_words import HeldLine, describe_held
from ...county.replies.answers import Answered
from ...exchange.down import decided
from ...exchange.down.decided_on import DecidedOn, compare_decision
from ...exchange.down.told import ANSWERS
from ...store import records
from ...values.dates import format_date_cn, month_of
from ...values.money import format_money_grouped
from ..kit.cells import DASH, Cell, CellValue, Chip, Link
from ..listing import Line, Listing
from . import down
from .office import SEX, Office, money, short_time, year
from .titles import titles_of

_RECOVERY_CHIPS = {
    "draft": ("warn", "warn"), "notified": ("info", "mail"), "partial": ("info", "clock"), "closed": ("ok", "ok"),
    "uncollectible": ("neutral", "dash"),
}  # fmt: skip
_FINDING_CHIPS = {
    "open": ("warn", "warn"), "explained": ("info", "doc"), "accepted": ("ok", "ok"), "fixed": ("neutral", "check"),
}  # fmt: skip


FOUND = "found"
"""The pill of 追缴 that shows what the plans say was paid too much."""


def recoveries(office: Office, pill: str) -> Listing:
    """追缴: every recovery, those that are not over, or what the plans of this month find and nobody opened yet."""
    with office.store.reading() as r:
        every = recovery.list_recoveries(r)
    open_ones = [one for one in every if one.state in recovery.OPEN_STATES]
    left = sum(one.left for one in open_ones)
    month = month_of(office.today)
    here = office.store.site.role != "county"
    found = recovery.find_recoveries(office.store, month=month, today=office.today) if pill == FOUND else ()
    if pill == FOUND:
        lines = tuple(_found(office, one) for one in found)
        foot = f"查到 {len(found)} 笔，共 {format_money_grouped(sum(one.amount for one in found))} 元"
    else:
        lines = tuple(_recovery(office, one, month) for one in (every if pill == "all" else open_ones))
        foot = f"没有结清 {len(open_ones)} 笔，还差 {format_money_grouped(left)} 元"
    late = sum(1 for one in open_ones if one.late(month))
    return Listing(
        title="追缴", hint="多发的钱：停发、死亡、复核以后算出来的", pills=(
            ("", "没有结清", len(open_ones)), ("all", "全部", len(every)),
            *(((FOUND, "查到的多发", len(found) if pill == FOUND else None),) if here else ()),
        ), pill=pill, lines=lines, foot=foot,
        empty="发放计划里没有新的多发。" if pill == FOUND else "",
        notices=(
            ("warn", f"{late} 笔分期没有按时退。", "打开看差多少；家里困难的，改退法或由领导核销。"),
        ) if late else (),
        actions_on={
            name: here and (name == "find" or (bool(lines) and (name == "start") == (pill == FOUND)))
            for name in ("withdraw", "write_off", "how", "notify", "repay", "find", "start")
        },
    )  # fmt: skip


def _found(office: Office, one: recovery.RecoveryPlan) -> Line:
    with office.store.reading() as r:
        record = records.load_record(r, one.record)
    form = office.store.catalog.forms.get(record["form"])
    months = "，".join(f"{month} {format_money_grouped(cents)} 元" for month, cents in one.periods)
    return Line(
        one.record,
        {
            "name": one.name, "village": office.village(record["village"]),
            "form": form.title if form else record["form"],
            "period": f"{one.periods[0][0]} 至 {one.periods[-1][0]}" if len(one.periods) > 1 else one.periods[0][0],
            "amount": Cell(money(one.amount), bold=True), "state": Chip("没有开追缴", "warn", "warn"),
        },
        more=f"原因：{one.reason}。{months}。", target=one,
    )  # fmt: skip


def _recovery(office: Office, one: recovery.RecoveryLine, month: str) -> Line:
    form = office.store.catalog.forms.get(one.form)
    tone, icon = _RECOVERY_CHIPS[one.state]
    notice = f"{one.notice_no} {one.notice_date}".strip()
    late = one.late(month)
    words = f"分期到现在差 {format_money_grouped(late)} 元。" if late else ""
    return Line(
        one.id,
        {
            "name": one.name, "village": office.village(one.village), "form": form.title if form else one.form,
            "period": f"{one.period_from} 至 {one.period_to}" if one.period_from != one.period_to else one.period_from,
            "amount": money(one.amount), "repaid": money(one.repaid), "left": Cell(money(one.left), bold=True),
            "mode": Cell(one.how, "warn") if late else one.how, "state": Chip(recovery.STATES[one.state], tone, icon),
        },
        more=f"原因：{one.reason}。{words}" + (f"通知书：{notice}。" if notice else "还没有发通知书。"),
        target=one,
    )  # fmt: skip


def waiting(office: Office, _pill: str) -> Listing:
    """县决定与现状不符: what the county decided, on which state, and what the record is now."""
    lines = []
    with office.store.reading() as r:
        for one in decided.waiting_decisions(r):
            record = records.load_record(r, one["record"])
            form = office.store.catalog.forms[record["form"]]
            person = r.get("people", record["person"]) if record["person"] else None
            on = compare_decision(r, one)
            named = person["name"] if person else titles_of(r, form, [record])[record["id"]]
            fits = decided.decision_step(form.workflow, record["state"], one["kind"]) is not None
            cells: dict[str, CellValue] = {
                "name": named, "form": form.title,
                "kind": Chip(f"县局{decided.KINDS[one['kind']]}", "info", "flag"), "number": one["number"] or DASH,
                "at": short_time(one["at"]), "then": Chip(on.then or "看不出", "neutral", "dot"),
                "now": Chip(on.now, "neutral" if on.now == on.then else "warn", "dot"),
                "may": "可以照办" if fits else Cell("现在接不上", "warn"),
            }  # fmt: skip
            more = "\n".join((f"县局意见：{one['text'] or '没有写'}。", *_moved(on)))
            lines.append(Line(one["id"], cells, more, target=(record["form"], record["id"])))
    return Listing(
        title="县决定与现状不符", lines=tuple(lines),
        hint="照办：按县局的决定办这一步；搁置：写明理由，随下一包告诉县局",
    )  # fmt: skip


def _moved(on: DecidedOn) -> Iterator[str]:
    """What the record was when the county decided, and what was changed and done since, a line each."""
    if not on.seen_at:
        yield "县局看到的那一版不在本机的历史里（可能是另一台电脑报的），比不出改了什么。"
    elif on.differences:
        more = f"；另有 {len(on.differences) - MOST_SHOWN} 项" if len(on.differences) > MOST_SHOWN else ""
        words = "；".join(
            f"{d.label} {d.then} → {d.now}" if d.then else f"{d.label}{d.now}"
            for d in on.differences[:MOST_SHOWN]
        )
        yield f"县局看到的是 {short_time(on.seen_at)} 的版本，后来改了：{words}{more}。"
    else:
        yield f"县局看到的是 {short_time(on.seen_at)} 的版本，内容和现在一样。"
    if on.steps:
        words = "；".join(
            f"{short_time(s.at)} {s.title}（{s.by}）{f'：{s.reason}' if s.reason else ''}" for s in on.steps
        )
        yield f"后来办过：{words}。"
    else:
        yield "后来没有办过别的步骤。"


MOST_SHOWN = 8
"""Changed fields that are told one by one."""

_WHY = {
    "reference": "等它所指的内容", "predecessor": "等前一次修改", "batch": "等同一批的其余",
    "conflict": "两边改得不同", "same_person": "同一证号有两个人",
}  # fmt: skip


def held(office: Office, pill: str) -> Listing:
    """What the county keeps without applying: what waits by itself, what a person must look at, and 越权."""
    with office.store.reading() as r:
        found = describe_held(r)
    groups: dict[str, list[HeldLine]] = {"wait": [], "look": [], "out": []}
    for one in found:
        groups[
            "out" if one.quarantined else "wait" if one.why in _BY_ITSELF and not one.blocked else "look"
        ].append(one)
    shown = groups.get(pill, found)
    return Listing(
        title="暂存和隔离",
        hint="等的内容到了自动入库；隔离的不入库",
        pills=(
            ("", "全部", len(found)), ("wait", "到了自动入库", len(groups["wait"])),
            ("look", "要人来看", len(groups["look"])), ("out", "隔离", len(groups["out"])),
        ),
        lines=tuple(_held(one) for one in shown),
        foot=f"共 {len(shown)} 行",
    )  # fmt: skip


_BY_ITSELF = frozenset({"reference", "predecessor", "batch"})


def _held(one: HeldLine) -> Line:
    if one.quarantined:
        chip = Chip("越权" if one.why == "other_division" else "不该由乡镇写", "error", "quarantine")
    elif one.blocked:
        chip = Chip("它等的被隔离了", "warn", "warn")
    else:
        chip = Chip(_WHY.get(one.why, one.why), "info" if one.why in _BY_ITSELF else "warn", "clock")
    cells: dict[str, CellValue] = {
        "town": one.town, "kind": one.kind, "whose": one.whose, "why": chip,
        "package": f"{one.package:04d}", "at": short_time(one.at), "waits": one.waits_for or DASH,
    }  # fmt: skip
    since = f"{one.at[:10]} 第 {one.package:04d} 号包带来，{one.town}报来的{one.kind}“{one.whose}”。"
    waits = f"等：{one.waits_for}。" if one.waits_for else ""
    return Line(str(one.n), cells, f"{since}{waits}\n{one.reason}", target=(one.form, one.record))


def findings(office: Office, pill: str, *, run: bool = False) -> Listing:
    """核查: what does not add up, by its state; ``run`` looks at everything again first."""
    if run:
        checks.run_checks(office.store, month=month_of(office.today), today=office.today)
    said = down.answered(office) if office.is_county else ()
    with office.store.reading() as r:
        kept = checks.list_findings(r)
        counts = {
            state: sum(one.state == state for one in kept) for state in ("open", "explained", "accepted")
        }
        told: dict[str, list[Answered]] = {}
        for answer in said:
            told.setdefault(answer.finding, []).append(answer)
        shown = [
            one
            for one in kept
            if pill in ("all", one.state)
            or (pill == "" and one.state == "open")
            or (pill == down.ANSWERED and one.id in told)
        ]
        people = r.get_many("people", {p for one in shown for p in one.finding.persons[:1]})
    return Listing(
        title="核查", hint=f"按 {format_date_cn(office.today)} 看到的台账", pills=(
            ("", "未处理", counts["open"]), ("explained", "已说明", counts["explained"]),
            *(((down.ANSWERED, "乡镇已答复", len(told)),) if office.is_county else ()),
            ("accepted", "已采信", counts["accepted"]), ("all", "全部", len(kept)),
        ), lines=tuple(_finding(office, one, people, told.get(one.id, ())) for one in shown),
        foot="改正以后重新核查，改好的自动销号。错误要改正，或由县级采信；提醒可以说明。",
    )  # fmt: skip


def _finding(
    office: Office, one: checks.Kept, people: dict[str, dict[str, object]], told: Sequence[Answered]
) -> Line:
    f = one.finding
    person = people.get(f.persons[0]) if f.persons else None
    form = office.store.catalog.forms.get(f.form)
    tone, icon = _FINDING_CHIPS[one.state]
    level = Chip("错误", "error", "error") if f.severity == "error" else Chip("提醒", "warn", "warn")
    said = f" 说明：{one.answer}（{one.answered_by} {short_time(one.answered_at)}）" if one.answer else ""
    for answer in told:
        still = "（复核还在）" if answer.still else ""
        files = f"，附材料 {len(answer.files)} 份" if answer.files else ""
        said += (
            f"\n{answer.town}{ANSWERS.get(answer.said_as, '答复')}{still}：{answer.said}"
            f"（{answer.said_by} {short_time(answer.said_at)}{files}）"
        )
    return Line(
        one.id,
        {
            "rule": f.rule, "words": _words(f, person), "level": level,
            "town": office.store.catalog.divisions.short_name(f.division) if f.division else "",
            "name": str(person["name"]) if person else "", "sex": SEX.get(str(person["sex"]), "") if person else "",
            "year": year(str(person["birth_date"] or "")) if person else "", "form": form.title if form else "",
            "cents": money(f.cents) if f.cents else DASH,
            "state": Chip(checks.STATE_TITLES[one.state], tone, icon),
            "open": Link("去看") if f.records or f.persons else "",
        },
        more=f.message + said,
        target=(f.form, f.records[0] if f.records else "", f.persons[0] if f.persons else ""),
    )  # fmt: skip


def _words(f: Finding, person: dict[str, object] | None) -> str:
    """What was found, without the name that stands in its own column, else the title of the check."""
    _, bracket, rest = f.message.partition("）")
    said = rest if person is not None and bracket and f.message.startswith(str(person["name"])) else f.message
    return said.lstrip("的：，") or TITLES.get(f.rule, "")
