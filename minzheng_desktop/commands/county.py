"""`minzheng county …`: what the county's civil-affairs bureau does with the packages of its townships."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    absolute,
    command,
    left_data,
    new_app,
    opened,
    secret_from,
    today,
    yield_all,
)

if TYPE_CHECKING:
    from minzheng_desktop.catalog.divisions import Divisions
    from minzheng_desktop.county.keys.enrolments import LaptopInfo
    from minzheng_desktop.county.receiving.receive import Received

app = new_app("县局：发接入文件、接收上报包、审批。")


class DecisionKind(StrEnum):
    """What the county may say to a record."""

    CONFIRM = "confirm"
    RETURN = "return"
    DENY = "deny"


Division = Annotated[str, typer.Option("--division", metavar="CODE", help="乡镇街道的 9 位区划代码。")]
EnrolmentOut = Annotated[Path, typer.Option("--out", metavar="FILE", help="接入文件写到哪里（.mzenrol）。")]
Revoke = Annotated[str | None, typer.Option("--revoke", metavar="LAPTOP", help="停用这台电脑（编号）。")]
Resume = Annotated[
    str | None,
    typer.Option("--resume", metavar="LAPTOP", help="确认这台电脑是从备份恢复的，给它写一份续接回执。"),
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="停用的理由。")]
Packages = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE|DIR...",
        help="上报包（.mzpkg），可以写多个；写文件夹则收里面（连同子文件夹）还没收过的、写完整的包。",
    ),
]
Paper = Annotated[
    bool,
    typer.Option("--paper", help="另用纸上的根密钥打开（县局的工作密钥丢了、路上的包打不开时）。"),
]
Move = Annotated[
    bool,
    typer.Option("--move", help="收文件夹时：收下的移到里面的“已收”，拒收的移到“拒收”；不写则不动文件。"),
]
Laptop = Annotated[str, typer.Option("--laptop", metavar="LAPTOP", help="电脑的字母（A、B…）或编号。")]
Receipts = Annotated[
    Path | None, typer.Option("--receipts", metavar="DIR", help="回执写到哪个文件夹；不写则这次不写回执。")
]
RecordIds = Annotated[list[str], typer.Argument(metavar="RECORD...", help="记录的编号，可以写多个。")]
Kind = Annotated[DecisionKind, typer.Option("--as", help="同意 confirm，退回 return，不同意 deny。")]
DecisionText = Annotated[str, typer.Option("--text", metavar="T", help="意见。")]
DecisionNumber = Annotated[str, typer.Option("--number", metavar="N", help="批复文号。")]


@command(app, "enrol")
def enrol(
    division: Division,
    out: EnrolmentOut,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """为一个乡镇的一台电脑发接入文件；六个词的口令用电话告知，不要随文件走。"""
    from minzheng_desktop.county.keys.enrolments import issue_enrolment

    with opened(db, user) as store:
        issued = issue_enrolment(store, division=division, out=out.expanduser().absolute(), today=today())
    data: dict[str, Any] = {"file": absolute(issued.file), "phrase": issued.phrase}
    lines = [f"接入文件：{absolute(issued.file)}", f"接入口令（打电话告知）：{issued.phrase}"]
    if issued.root_key:
        data["root_key"] = issued.root_key
        lines.append(f"县局根密钥（只显示这一次，打印后锁进柜子）：{issued.root_key}")
    return Answer(data, lines)


@command(app, "laptops")
def laptops(
    revoke: Revoke = None,
    reason: Reason = "",
    resume: Resume = None,
    receipts: Receipts = None,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """列出发过接入文件的电脑；--revoke 停用其中一台，--resume 让恢复过备份的一台接着上报。"""
    from minzheng_desktop.county.keys import enrolments
    from minzheng_desktop.county.receiving.senders import require_county
    from minzheng_desktop.county.replies.receipts import write_resume

    if resume is not None and receipts is None:
        raise typer.BadParameter("--resume 要同时写 --receipts，说明回执放到哪个文件夹")
    written = []
    with opened(db, user) as store:
        require_county(store)
        if revoke is not None:
            enrolments.revoke_laptop(store, revoke, reason=reason)
        if resume is not None and receipts is not None:
            written.append(write_resume(store, resume, receipts.expanduser().absolute()))
        with store.reading() as r:
            found = enrolments.list_laptops(r)
    data = {"laptops": [_laptop_data(one) for one in found], "receipts": [absolute(path) for path in written]}
    return Answer(data, [*(f"续接回执：{path}" for path in written), *(_laptop_line(one) for one in found)])


@command(app, "lock-right")
def lock_right(
    division: Division, laptop: Laptop, text: DecisionText = "", db: Database = None, user: UserName = None,
    as_json: AsJson = False,
) -> Answer:  # fmt: skip
    """把一个乡镇的锁定权移到另一台电脑（写字母或编号）；两台电脑读到下一份回执或下发包后生效。"""
    from minzheng_desktop.county.replies.lock_rights import move_lock_right

    with opened(db, user) as store:
        letter = move_lock_right(store, division=division, laptop=laptop, text=text)
    return Answer(
        {"division": division, "letter": letter},
        [f"锁定权已移到 {letter} 机。请给两台电脑各写一份回执或下发包；原来那台此后再封的账会先存着。"],
    )


def _laptop_data(one: LaptopInfo) -> dict[str, Any]:
    return {
        "id": one.id,
        "serial": one.serial,
        "division": one.division,
        "division_name": one.division_name,
        "letter": one.letter,
        "state": one.state,
        "may_lock": one.may_lock,
        "issued_at": one.issued_at,
        "expires": one.expires,
        "registered_at": one.registered_at or None,
        "last_number": one.last_number,
        "last_at": one.last_at or None,
        "alarms": list(one.alarms),
        "dropped": list(one.dropped),
        "troubles": [
            {"code": trouble.code, "said": trouble.said, "way": trouble.way} for trouble in one.troubles
        ],
    }


_STATES = {"issued": "已发接入文件", "registered": "在用", "revoked": "已停用"}


def _laptop_line(one: LaptopInfo) -> str:
    alarms = "".join(f"  ！{sentence}" for sentence in one.alarms)
    alarms += "".join(f"\n    ！{trouble.said}\n      {trouble.way}" for trouble in one.troubles)
    state = _STATES.get(one.state, one.state)
    return f"{one.division_name}{one.letter}  {state}  收到第 {one.last_number} 号包  {one.id}{alarms}"


@command(app, "receive")
def receive(
    files: Packages,
    receipts: Receipts = None,
    move: Move = False,
    paper: Paper = False,
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """接收上报包或整个文件夹：逐个判断、入库、写回执；按编号顺序处理，先后随便写。"""
    from minzheng_desktop.county.receiving.folder_intake import receive_listed
    from minzheng_desktop.county.receiving.receive import receive_files
    from minzheng_desktop.exchange import folder as folders

    also: tuple[str, ...] = ()
    if paper:
        from minzheng_desktop.county.keys.keyring import paper_key

        also = (paper_key(secret_from("MINZHENG_ROOT_KEY", "纸上的县局根密钥")),)
    paths = [file.expanduser().absolute() for file in files]
    dirs = [path for path in paths if path.is_dir()]
    to = receipts.expanduser().absolute() if receipts else None
    results: list[Received] = []
    left, moved = [], 0
    with opened(db, user) as store:
        for one in dirs:
            done = yield_all(
                receive_listed(
                    store,
                    folders.list_folder(store, one),
                    today=today(),
                    receipts=to,
                    move_in=one if move else None,
                    also=also,
                )
            )
            results += done.results
            left.append(done.listed)
            moved += done.moved
        named = [path for path in paths if path not in dirs]
        if named:
            results += receive_files(store, named, today=today(), receipts=to, also=also)
        names = store.catalog.divisions
        lines = [_received_line(one, names) for one in results]
        data: dict[str, Any] = {"packages": [_received_data(one, names) for one in results]}
    lines += [f"没有动的：{one.words}。" for one in left if one.words]
    data |= {**left_data(left), "moved": moved}
    return Answer(data, lines or ["文件夹里没有新的上报包。"])


@command(app, "held")
def held(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出暂存的和隔离的行：等什么、为什么、哪个包来的。"""
    from minzheng_desktop.county.receiving.held_words import describe_held
    from minzheng_desktop.county.receiving.senders import require_county
    from minzheng_desktop.exchange.judging.held import held_lines

    with opened(db, user) as store:
        require_county(store)
        with store.reading() as r:
            found = describe_held(r)
            waits = {row["n"]: row["waits_for"] for row in held_lines(r)}
    data = [
        {
            "division": one.division, "number": one.package, "at": one.at, "entity": one.entity, "id": one.id,
            "whose": one.whose, "why": one.why, "waits_for": waits[one.n], "waits": one.waits_for or None,
            "quarantined": one.quarantined, "reason": one.reason,
        }
        for one in found
    ]  # fmt: skip
    lines = [
        f"{one.town}  {one.at[:10]} 第 {one.package} 号包  {one.kind}“{one.whose}”"
        f"{f'  等{one.waits_for}' if one.waits_for else ''}  {one.reason}"
        for one in found
    ]
    return Answer({"held": data}, lines or ["没有暂存的，也没有隔离的。"])


@command(app, "waiting")
def waiting(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出等县局决定的记录（编号给 county decide 用）、乡镇搁置了的决定和理由，以及缺了哪些号的包。"""
    from minzheng_desktop.county.receiving.chains import gaps
    from minzheng_desktop.county.receiving.senders import require_county
    from minzheng_desktop.county.replies import decisions
    from minzheng_desktop.exchange.down.decided import KINDS

    with opened(db, user) as store:
        require_county(store)
        with store.reading() as r:
            found, aside, open_gaps = decisions.waiting_records(r), decisions.set_aside(r), gaps(r)
        names = store.catalog.divisions
        missing = [f"{names.name(gap.division)}{gap.letter} 机  {gap.words}。" for gap in open_gaps]
    data = {
        "waiting": [
            {
                "record": one.record, "form": one.form, "number": one.number, "division": one.division,
                "name": one.name, "state": one.state, "since": one.since, "may": list(one.kinds),
                "decided": one.decided or None,
            }
            for one in found
        ],
        "set_aside": [
            {
                "decision": one.decision, "record": one.record, "form": one.form, "number": one.number,
                "division": one.division, "name": one.name, "kind": one.kind, "reason": one.reason, "at": one.at,
                "by": one.by,
            }
            for one in aside
        ],
        "gaps": [
            {
                "division": gap.division, "laptop": gap.laptop, "letter": gap.letter,
                "here": list(gap.here), "missing": list(gap.missing),
            }
            for gap in open_gaps
        ],
    }  # fmt: skip
    lines = [
        f"{one.town}  {one.form_title}  {one.name}  {one.state_title}"
        f"{f'  已决定：{KINDS[one.decided]}，待乡镇回执' if one.decided else ''}  {one.record}"
        for one in found
    ]
    lines += [
        f"{one.town}搁置了“{KINDS[one.kind]}”  {one.form_title}  {one.name}  理由：{one.reason}"
        f"（{one.by} {one.at[:10]}）"
        for one in aside
    ]
    return Answer(data, [*missing, *lines] or ["没有等县局决定的，也没有乡镇搁置的。"])


@command(app, "decide")
def decide(
    records: RecordIds,
    kind: Kind,
    text: DecisionText = "",
    number: DecisionNumber = "",
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """对一件或几件记录作出县级决定，随下一次回执带给乡镇。"""
    from minzheng_desktop.county.replies import decisions

    with opened(db, user) as store:
        made = decisions.decide(store, records, kind=kind.value, text=text, number=number)
    beaten = [
        {"record": one.record, "why": one.why, "kind": one.kind or None, "by": one.by, "at": one.at or None}
        for one in made.beaten
    ]
    lines = [f"已决定 {len(made.ids)} 件，随回执带给乡镇。", *(f"没有动：{one.why}" for one in made.beaten)]
    return Answer({"decided": len(made.ids), "beaten": beaten}, lines)


_STATUSES = {"applied": "已接收", "already": "以前收过", "refused": "拒收", "waiting": "等前面的包"}
_OUTCOMES = ("new", "changed", "same", "held", "questioned", "rejected")


def _received_data(one: Received, names: Divisions) -> dict[str, Any]:
    return {
        "file": one.file.name if one.spooled else absolute(one.file),
        "from": one.sender,
        "number": one.number,
        "status": one.status,
        **{outcome: one.count(outcome) for outcome in _OUTCOMES},
        "reason": one.reason,
        "code": one.code,
        "sender": names.name(one.sender) if one.sender else None,
        "letter": one.letter or None,
        "next": one.way or None,
        "words": one.words(names) if one.way else None,
        "receipt": absolute(one.receipt) if one.receipt else None,
        "kept": one.kept,
        "spooled": one.spooled,
        "missing": list(one.missing),
        "rows": [
            {"outcome": row.outcome, "table": row.entity, "id": row.id, "field": row.field, "reason": row.why}
            for row in one.rows
        ],
    }


def _received_line(one: Received, names: Divisions) -> str:
    if one.way:
        return f"{_STATUSES[one.status]}  {one.words(names)}"
    sender = names.name(one.sender)
    counts = f"新增 {one.count('new')}，变化 {one.count('changed')}，暂存 {one.count('held')}"
    number = f"第 {one.number} 号包" if one.number is not None else ""
    why = f"：{one.reason}" if one.reason else f"：{counts}，退回 {one.count('rejected')}"
    status = _STATUSES.get(one.status, one.status)
    waited = "（早到存着的，轮到了）" if one.spooled else ""
    return f"{one.file.name}  {sender}{number}  {status}{waited}{why}"
