"""上报与下发: what waits, packages written, receipts, enrolment."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...exchange.down.lock_right import MAY_LOCK
from ...exchange.down.ruled import open_rulings
from ...exchange.down.same_people import OTHER_PERSON, SAME_PERSON
from ...exchange.files.enrolment import membership
from ...exchange.files.packing import left_behind as told_left_behind
from ...exchange.first_start import join_county
from ...exchange.judging.conflicts import RESOLVE
from ...exchange.sending import chain, outbox
from ...exchange.sending.chain_status import CONFIRM, ENROL, Standing, stand
from ...exchange.sending.trouble import PAUSING, county_word
from ...exchange.tables import TABLE_TITLES
from ...store import overview
from ...store.transfers import RULING
from ...values.dates import now_text
from ..handover import Handover, PackageLine, QuestionLine, WaitingLine
from ..kit.cells import Chip, Link
from ..worker import Progress
from . import conflicts, down
from .copies import progressing
from .office import Office, money, short_time

if TYPE_CHECKING:
    from ...store.unit import Reading


def view(office: Office) -> Handover:
    """Everything on the page."""
    store = office.store
    with store.reading() as r:
        waiting = chain.unpacked_changes(r)
        tells = chain.tells_reading(r)
        now = stand(r, now=now_text())
        sent, word = now.packages, county_word(r)
        refused = {(one.epoch, one.number) for one in (word.refused if word else ())}
        member = membership(r)
        paused = member is not None and chain.is_paused(r)
        kinds = overview.changes_by_entity(r, after=chain.read_chain(r).packed_to) if waiting else {}
        questions = (*_ruled(r), *_decided(office, r), *_answered(office, r))
    others = conflicts.peers(office) if member is not None else ()
    lines = [WaitingLine(TABLE_TITLES.get(k, k), f"{n:,}") for k, n in kinds.items()]
    unread = [s for s in sent if not s.applied]
    chip = Chip(f"待上报 {waiting:,} 条", "warn", "out") if waiting else Chip("没有待上报的", "ok", "ok")
    notices: list[tuple[str, str, str]] = []
    if member is None:
        notices.append(
            (
                "info",
                "还没有向县局登记",
                "县局给的登记文件（.mzenrol）和六个词的口令，在右边读入；登记以前不能上报。",
            )
        )
    notices += _trouble_notices(now)
    return Handover(
        title="上报与下发",
        chip=chip,
        waiting=tuple(lines),
        waiting_hint=f"{waiting:,} 条" if waiting else "",
        can_export=member is not None and not paused and bool(waiting or unread or tells),
        why_not="" if member is not None else "先读县局的登记文件",
        packages=tuple(_package(s, refused) for s in sent),
        next_step=_NEXT.get(now.next.code, now.next.words),
        questions=questions,
        questions_hint=f"{len(questions)} 条" if questions else "",
        enrolment=(*_enrolment(office, member), *others),
        has_peers=bool(others),
        enrolled=member is not None,
        notices=(*notices, *conflicts.notices(office), *down.notices(office)),
    )


_STAGES = {
    "written": Chip("写好了，没有抄到盘", "warn", "usb"),
    "copied": Chip("已抄到盘，等回执", "warn", "clock"),
    "received": Chip("县局收到，等前面的", "info", "clock"),
    "applied": Chip("县局已入库", "ok", "ok"),
    "answered": Chip("已入库，回执已读", "ok", "ok"),
}
_NEXT = {ENROL: "", CONFIRM: "打电话请县局核对，县局确认后写一份续接回执，在这里读入。"}
"""What stands for the next step where a notice says the rest."""
_REFUSED = Chip("县局没有收下", "error", "error")


def _stage(sent: outbox.Sent, refused: Collection[tuple[str, int]]) -> Chip:
    """How far a package is; one that the county refused says so until it is applied."""
    return _REFUSED if not sent.applied and (sent.epoch, sent.number) in refused else _STAGES[sent.stage]


def _way(sent: outbox.Sent) -> str:
    """How often it was copied, and when it was received, applied and answered as far as receipts told."""
    parts = [f"抄 {sent.copies} 份"] if sent.copies else []
    steps = (
        ("县收到", "" if sent.applied else sent.received),
        ("入库", sent.applied),
        ("回执", sent.answered),
    )
    return " · ".join([*parts, *(f"{name} {short_time(at)}" for name, at in steps if at)])


def _trouble_notices(now: Standing) -> list[tuple[str, str, str]]:
    """Every trouble with its way out; the next step where nothing of it is said yet."""
    found = [
        ("error" if one.code in PAUSING or one.code.startswith("refused") else "warn", one.said, one.way)
        for one in now.troubles
    ]
    if now.next.code == CONFIRM and not any(one.code in PAUSING for one in now.troubles):
        found.insert(0, ("warn", "这份台账恢复过备份，上报先停着", now.next.words))
    return found


def _package(sent: outbox.Sent, refused: Collection[tuple[str, int]]) -> PackageLine:
    done = bool(sent.applied)
    return PackageLine(
        number=f"{sent.number:04d}",
        at=short_time(sent.at),
        changes=f"{sent.changes:,}",
        amount=money(sent.cents),
        state=_stage(sent, refused),
        receipt=_way(sent),
        link="" if done else Link("再复制"),
        file=sent.file,
    )


_OUTCOMES = {
    "rejected": ("退回", "error", "return"),
    "questioned": ("存疑", "warn", "warn"),
    "held": ("暂存", "info", "clock"),
}
_KINDS = {
    "confirm": ("县局同意", "ok", "ok"),
    "return": ("县局退回", "error", "return"),
    "deny": ("县局不同意", "error", "error"),
}


def _decided(office: Office, r: Reading) -> tuple[QuestionLine, ...]:
    """The county's decisions; one that does not fit the record any more waits for a person."""
    forms = office.store.catalog.forms
    lines = []
    for one in overview.decisions_shown(r):
        chip = Chip(*_KINDS.get(one["kind"], ("县局", "info", "info")))
        words = " ".join(p for p in (one["text"], one["number"], short_time(one["at"])) if p)
        if one["state"] == "waiting":
            chip, words = (
                Chip("与现状不符", "warn", "warn"),
                f"{chip.text}，但这件后来改过，请人来看。{words}",
            )
        form = forms.get(one["form"])
        lines.append(
            QuestionLine(
                chip,
                one["name"] or "",
                form.title if form else one["form"],
                words,
                one["record"],
                one["form"],
            )
        )
    return tuple(lines)


_RULINGS = {
    SAME_PERSON: "同一个人", OTHER_PERSON: "不是同一个人", RULING: "户的迁移", MAY_LOCK: "锁定权", RESOLVE: "两份修改",
}  # fmt: skip


def _ruled(r: Reading) -> tuple[QuestionLine, ...]:
    """Rulings of the county that are not carried out yet, with what they wait for."""
    lines = []
    for one in open_rulings(r):
        person = r.get("people", one.subject) or {}
        words = "。".join(p for p in (one.text or "", str(one.more.get("waits", ""))) if p)
        lines.append(
            QuestionLine(
                Chip("县局裁定", "info", "clock"),
                person.get("name", ""),
                _RULINGS.get(one.kind, one.kind),
                words,
            )
        )
    return tuple(lines)


def _answered(office: Office, r: Reading) -> tuple[QuestionLine, ...]:
    """Lines of receipts that did not simply enter."""
    lines = []
    for receipt in overview.receipts_read(r)[:10]:
        for row in receipt["counts"].get("rows", ())[:100]:
            chip = Chip(*_OUTCOMES.get(row.get("outcome", ""), ("县局", "info", "info")))
            record, form, name = _named(office, r, row)
            words = f"第 {receipt['number']:04d} 号包：{row.get('why', '')}"
            lines.append(QuestionLine(chip, name, form, words, record, ""))
    return tuple(lines)


def _named(office: Office, r: Reading, row: Mapping[str, Any]) -> tuple[str, str, str]:
    """(record, business, name) behind a line of a receipt."""
    entity = row.get("entity", "")
    if entity not in TABLE_TITLES:
        return "", "", ""
    found = r.get(entity, row.get("id", "")) or {}
    record = (
        found if entity == "records" else r.get("records", found["record"]) if found.get("record") else None
    )
    person = found if entity == "people" else r.get("people", (record or found).get("person") or "")
    form = office.store.catalog.forms.get(record["form"]) if record else None
    return (
        record["id"] if record else "",
        form.title if form else TABLE_TITLES[entity],
        (person or {}).get("name", ""),
    )


def _enrolment(office: Office, member: Any) -> tuple[tuple[str, str], ...]:
    site = office.store.site
    lines = [("本机", f"{office.title()} {site.letter} 机"), ("锁定权", "有" if site.may_lock else "没有")]
    if member is None:
        return (("县局", "还没有登记"), *lines)
    county = office.store.catalog.divisions.county
    state = "已登记" if member.registered else "登记文件已读，等第一份回执"
    return (("县局", county.name if county else ""), *lines, ("登记", state))


def export(
    office: Office, folders: Sequence[Path], *, resend: int | None = None
) -> Generator[Progress, None, chain.Exported]:
    """Write what changed to folders, usually sticks; read back and compared before success is said."""
    return progressing(chain.exporting(office.store, out=folders, resend=resend))


def left_behind(made: chain.Exported) -> list[str]:
    """Sentences about what did not go along in a package."""
    return told_left_behind(missing=made.missing, waiting=made.waiting)


def enrol(office: Office, file: Path, phrase: str, *, new_root: str = "") -> None:
    """Join the county with its enrolment file and the phrase told by phone; where its root key is another than before,
    `new_root` is the fingerprint that was compared by phone (UserError `new_root` asks for it)."""
    join_county(office.store, file, phrase, today=office.today, new_root=new_root)
