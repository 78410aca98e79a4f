"""What goes down from the county and how it is taken: offered forms and rates, findings, who has read what."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...benefits.adjusts import AdjustDue, adjusts_due, locked_months
from ...catalog.differences import KINDS, Difference
from ...county.replies import answers, bulletins, publishing
from ...exchange.arriving import Arrived
from ...exchange.down import offered as offers
from ...exchange.down import told
from ...exchange.down.ruled import open_rulings
from ...exchange.folder import Listed
from ...values.dates import format_month_cn
from ..kit.cells import DASH, Cell, Chip, Link
from ..listing import Line, Listing
from ..worker import Progress
from .copies import progressing
from .office import Office, money, short_time

_WHAT = {
    "new": ("新增", "ok", "plus"),
    "changed": ("变更", "warn", "doc"),
    "removed": ("停用", "error", "dash"),
}
DUE = "due"
"""The pill of months that are owed a difference because a standard came late."""
ANSWERED = "answered"
"""The pill of the county's 核查 that shows what townships answered."""


@dataclass(frozen=True)
class ReadDown:
    """What became of files of the county: a sentence, its tone, and whether forms or rates wait to be looked at."""

    sentence: str
    tone: str
    offered: int = 0


def sum_up(office: Office, done: Sequence[Arrived], listed: Listed) -> ReadDown:
    """What is said when files of the county were read, and what of them waits to be looked at."""
    words = [one.sentence for one in done]
    if listed.words:
        words.append(f"没有动的：{listed.words}")
    wrong = any(one.error for one in done)
    with office.store.reading() as r:
        waiting = offers.count_offered(r)
    tone = "error" if wrong else "ok" if done else "warn"
    return ReadDown("；".join(words) or "这里没有回执，也没有下发包。没有读入。", tone, waiting)


def notices(office: Office) -> tuple[tuple[str, str, str], ...]:
    """What of the county waits here, for the head of 上报与下发."""
    with office.store.reading() as r:
        waiting, findings, rulings = offers.count_offered(r), told.count_told(r), len(open_rulings(r))
    found = []
    if waiting:
        found.append(
            (
                "info",
                f"县局下发了 {waiting} 个表单、标准文件，还没有启用",
                "点下面“下发的变化”：看清会变什么，再启用；先放着也不会丢。",
            )
        )
    if findings:
        found.append(("warn", f"县局有 {findings} 条核查问题等答复", "改正，或写明说明；答复随下一包上报。"))
    if rulings:
        found.append(
            ("info", f"县局有 {rulings} 条裁定还没有落实", "在等别的电脑的包，或要升级程序；到了自动落实。")
        )
    return tuple(found)


# in the township: forms and rates


def offered(office: Office, pill: str) -> Listing:
    """县局下发的变化: every difference before it counts, or the months that are owed a difference."""
    with office.store.reading() as r:
        preview = offers.preview_offered(r)
    due = adjusts_due(office.store, today=office.today)
    lines = (
        tuple(_due(one) for one in due)
        if pill == DUE
        else tuple(_difference(at, one) for at, one in enumerate(preview.differences))
    )
    total = sum(one.total for one in due)
    notices = [
        ("warn", f"{one.name} 先放着，没有启用", f"{one.why}。内容留在台账里，升级程序后再看。")
        for one in preview.aside
    ]
    if preview.rates_since and pill != DUE and (late := _locked_since(office, preview)):
        notices.append(
            (
                "warn",
                f"有标准从 {preview.rates_since} 起变，{late} 个已经锁定的月份在这以后",
                "启用后列出这些月份要补差几笔、多少元；已锁定的批次不变。",
            )
        )
    if due and pill != DUE:
        notices.append(
            (
                "info",
                f"标准晚到：{len(due)} 个已经锁定的月份要补差，共 {money(total)} 元",
                "点“要补差的月份”，一批一批去锁定。",
            )
        )
    return Listing(
        title="县局下发的变化",
        hint="" if pill == DUE else f"{len(preview.entries)} 个文件等着启用" if preview.entries else "",
        pills=(("", "启用后会变什么", len(preview.differences)), (DUE, "要补差的月份", len(due))),
        lines=lines,
        notices=tuple(notices),
        foot="启用以后马上照新的办；已经锁定的月份不变，差额另出补差批次。" if preview.entries else "",
        empty="没有要补差的月份。" if pill == DUE else "没有等着启用的。",
        actions_on={"accept": bool(preview.entries) and pill != DUE, "pay": bool(due) and pill == DUE},
    )


def _locked_since(office: Office, preview: offers.Preview) -> int:
    """How many locked months of a form end after a rate of that form is to change."""
    changed = {one.key: one.since for one in preview.differences if one.kind == "rate" and one.since}
    with office.store.reading() as r:
        months = locked_months(r)
    forms = office.store.catalog.forms
    return sum(
        any(month >= since[:7] for code, since in changed.items() if code in benefit.rates)
        for form, month in months
        if form in forms and (benefit := forms[form].benefit) is not None
    )


def _difference(at: int, one: Difference) -> Line:
    words, tone, icon = _WHAT[one.what]
    return Line(
        str(at),
        {
            "what": Chip(words, tone, icon), "kind": KINDS[one.kind], "subject": one.subject,
            "before": one.before or DASH, "after": one.after or DASH, "since": one.since or "启用后",
        },
        more=one.sentence(),
    )  # fmt: skip


def _due(one: AdjustDue) -> Line:
    name, total = f"{one.title} {format_month_cn(one.month)}", f"{money(one.total)} 元"
    return Line(
        f"{one.form}:{one.month}",
        {
            "what": Chip("要补差", "warn", "warn"), "kind": "发放", "subject": name,
            "before": f"{one.items} 笔", "after": Cell(total, bold=True), "since": Link("去补差"),
        },
        more=f"{name}已经锁定，按新标准要补差 {one.items} 笔，共 {total}。",
        target=(one.form, one.month),
    )  # fmt: skip


def accept(office: Office) -> tuple[int, int, int]:
    """Put what waits in force: (files, months owed a difference, their cents)."""
    made = offers.accept_offered(office.store)
    due = adjusts_due(office.store, today=office.today) if made.rates_since else ()
    return len(made.entries), len(due), sum(one.total for one in due)


# in the township: findings

_TOLD_CHIPS = {
    told.TOLD: ("warn", "warn"), told.ANSWERED: ("info", "clock"), told.ACCEPTED: ("ok", "ok"),
    told.CLOSED: ("neutral", "check"),
}  # fmt: skip


def findings_told(office: Office, pill: str) -> Listing:
    """县局的核查问题: what waits for an answer, what is on its way, what is over."""
    with office.store.reading() as r:
        every = told.told_findings(r, states=tuple(told.STATES))
    counts = {state: sum(one.state == state for one in every) for state in told.STATES}
    shown = [one for one in every if pill == "all" or one.state == (pill or told.TOLD)]
    return Listing(
        title="县局的核查问题",
        hint="答复随下一包上报；县局复核或采信以后，随回执、下发包销号",
        pills=(
            ("", "待答复", counts[told.TOLD]),
            *((state, words, counts[state]) for state, words in told.STATES.items() if state != told.TOLD),
            ("all", "全部", len(every)),
        ),
        lines=tuple(_told(office, one) for one in shown),
        actions_on={"explain": bool(shown), "mended": bool(shown)},
    )


def _told(office: Office, one: told.Told) -> Line:
    line = one.line
    tone, icon = _TOLD_CHIPS[one.state]
    said = (
        f"\n本乡镇{told.ANSWERS.get(one.said_as, '答复')}：{one.said}（{one.said_by} {short_time(one.said_at)}）"
        if one.said
        else ""
    )
    word = f"\n县局：{line.answer}（{line.answered_by}）" if line.answer else ""
    level = Chip("错误", "error", "error") if line.severity == "error" else Chip("提醒", "warn", "warn")
    return Line(
        line.id,
        {
            "rule": line.rule, "level": level, "people": "、".join(line.people) or DASH, "title": line.title,
            "month": line.month or DASH, "cents": money(line.cents) if line.cents else DASH,
            "state": Chip(told.STATES[one.state], tone, icon), "open": Link("去看") if line.records else "",
        },
        more=f"{line.message}\n要做的：{line.todo}{said}{word}",
        target=line.records[0] if line.records else "",
    )  # fmt: skip


# at the county

_READ = {
    True: Chip("已读到", "ok", "ok"), False: Chip("还没有读到", "warn", "clock"),
}  # fmt: skip


def downs(office: Office, _pill: str) -> Listing:
    """下发: every township with its last bulletin and whether it has been read."""
    with office.store.reading() as r:
        stand = bulletins.standings(r)
    sent = [one for one in stand if one.number]
    return Listing(
        title="下发",
        hint="决定、裁定、核查问题、表单、标准、工作日历；每一份都带着全部没有办完的，丢一份不要紧",
        lines=tuple(
            Line(
                one.division,
                {
                    "town": one.town, "laptops": str(one.laptops) if one.laptops else DASH,
                    "number": f"{one.number:04d}" if one.number else DASH, "at": short_time(one.at) if one.at else DASH,
                    "by": one.by or DASH,
                    "read": _READ[one.read] if one.number else Chip("没有发过", "neutral", "dash")
                    if one.laptops else Chip("没有登记的电脑", "neutral", "dash"),
                    "taken": "" if not one.laptops else Cell(f"{one.untaken} 个没有启用", "warn")
                    if one.untaken else "都已启用",
                },
                more="" if one.laptops else "先在“标准与设置”里发接入文件，收到它的第一个包以后才能下发。",
            )
            for one in stand
        ),
        foot=f"发过 {len(sent)} 个乡镇，已读到 {sum(one.read for one in sent)} 个。乡镇的下一包说明它读到了哪一份。",
        actions_on={"write": any(one.laptops for one in stand)},
    )  # fmt: skip


def write_bulletins(
    office: Office, divisions: Sequence[str], folders: Sequence[Path]
) -> Generator[Progress, None, tuple[bulletins.HandedOut, int]]:
    """Write bulletins for the divisions, or for all that can read; what came of it, and how many townships were left
    out for want of a laptop."""
    with office.store.reading() as r:
        live = set(bulletins.live_divisions(r))
    wanted = [one for one in divisions if one in live] if divisions else sorted(live)
    # Where none can read, the county's room says so in words.
    chosen = wanted or list(divisions)
    made = yield from progressing(bulletins.handing_out_bulletins(office.store, chosen, folders))
    return made, len(divisions) - len(wanted) if divisions else 0


@dataclass(frozen=True)
class Publishing:
    """A folder that may be published: what is kept for it, and how its changes are shown."""

    plan: publishing.Publication
    listing: Listing


def plan_publication(office: Office, folder: Path) -> Publishing:
    """Check a folder whole and list what it would change."""
    plan = publishing.plan_publication(office.store, folder)
    words = "、".join(f"{one.name} 第 {one.version} 版" for one in plan.entries[:6])
    return Publishing(
        plan,
        Listing(
            title="下发前看变化",
            hint=f"{folder.name}：{len(plan.entries)} 个文件有变化，{len(plan.unchanged)} 个没有变",
            lines=tuple(_difference(at, one) for at, one in enumerate(plan.differences)),
            foot=words,
            empty="与已经下发的相同，没有变化。",
            actions_on={"publish": bool(plan.entries)},
        ),
    )


def publish(office: Office, plan: publishing.Publication) -> int:
    """Put a publication in force; it goes down with the next receipt or bulletin."""
    return publishing.publish(office.store, plan)


def answered(office: Office) -> tuple[answers.Answered, ...]:
    """What townships answered to findings that stand."""
    with office.store.reading() as r:
        return tuple(answers.list_answered(r))
