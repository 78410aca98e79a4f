"""冲突, 重复封账, 步骤交叉, and another laptop's packages, for the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from ...county.replies.resolutions import rule_conflicts
from ...exchange.files.container import MAX_FILE
from ...exchange.files.envelope import COPY, PACKAGE
from ...exchange.files.package import peek
from ...exchange.judging import crossings, double_locks
from ...exchange.judging.conflicts import Answer, Conflict, choose, list_conflicts, resolve
from ...exchange.judging.crossings import list_crossings
from ...exchange.judging.double_locks import list_double_locks
from ...exchange.judging.row_history import read_history
from ...exchange.peers.copying import SUFFIX as COPY_SUFFIX
from ...exchange.peers.copying import CopyMade, write_copy
from ...exchange.peers.places import list_peers
from ...exchange.peers.reading import PeerRead, read_peer_files
from ...exchange.tables import TABLE_TITLES
from ...store.files import read_file
from ...values.errors import UserError
from ..conflicts import MINE, NEWER, OTHER, ConflictDesk, FieldLine
from ..kit.cells import CellValue, Chip
from ..listing import Line, Listing
from .office import Office, short_time

PACKAGE_SUFFIX = ".mzpkg"


class ReadPeers(msgspec.Struct, frozen=True):
    """What reading another laptop's files did, as a sentence with its tone; rows that wait for a person."""

    sentence: str
    tone: str
    conflicts: int


def view(office: Office, kind: str = "") -> ConflictDesk:
    """Every field that waits for a person, row by row; `kind` (a table) limits it."""
    with office.store.reading() as r:
        found = list_conflicts(r)
        doubts = len(list_double_locks(r)) + len(list_crossings(r))
    counts: dict[str, int] = {}
    for one in found:
        counts[one.entity] = counts.get(one.entity, 0) + 1
    pills = (
        ("", "全部", len(found)),
        *((entity, TABLE_TITLES.get(entity, entity), n) for entity, n in counts.items()),
    )
    shown = [one for one in found if kind in ("", one.entity)]
    return ConflictDesk(
        lines=tuple(line for one in shown for line in _lines(office, one)),
        pills=pills,
        doubts=doubts,
        county=office.is_county,
    )


def _lines(office: Office, one: Conflict) -> list[FieldLine]:
    mine, *others = one.sides
    other = max(others, key=lambda side: (side.at, side.revision))
    at = one.sides.index(other)
    newer = MINE if (mine.at, mine.revision) > (other.at, other.revision) else OTHER
    about = "；".join(
        f"{name}：{side.letter or '？'} 机 {side.by} {short_time(side.at)}"
        f"{f'，第 {side.package:04d} 号包带来' if side.package else ''}"
        for name, side in (("现在的", mine), *(("另一份", side) for side in others))
    )
    base = f"。原来的是 {short_time(one.base_at)} 的版本" if one.base_at else ""
    ruled = f"。县局 {short_time(one.ruled)} 已裁定，等乡镇办理" if one.ruled else ""
    town = office.store.catalog.divisions.short_name(one.division)
    return [
        FieldLine(
            conflict=one.id, path=asked.path, town=town, whose=one.whose, kind=one.kind, field=asked.label,
            base=asked.base, mine=asked.values[0], other=asked.values[at], newer=newer,
            about=f"{about}{base}{ruled}。", ruled=bool(one.ruled), first=number == 0,
            target=(one.form, one.record),
        )
        for number, asked in enumerate(one.asked)
    ]  # fmt: skip


def write(office: Office, said: Mapping[str, Mapping[str, str]]) -> int:
    """Write the answers of a person: row → path → mine, other or newer; the county rules, a township writes."""
    with office.store.reading() as r:
        found = {one.id: one for one in list_conflicts(r)}
    answers = []
    for row, sides in said.items():
        one = found.get(row)
        if one is None:
            raise UserError("changed_meanwhile", "这一条刚被别处定过，这次没有写入。请刷新后再看。")
        taken = {side: choose(one, side).chosen for side in (MINE, OTHER, NEWER)}
        missing = [asked.path for asked in one.asked if asked.path not in sides]
        if missing:
            raise UserError("changed_meanwhile", "这一条刚被别处改过，这次没有写入。请刷新，看过再定。")
        chosen = {asked.path: taken[sides[asked.path]][asked.path] for asked in one.asked}
        answers.append(Answer(one.entity, one.id, one.heads, chosen))
    return rule_conflicts(office.store, answers) if office.is_county else resolve(office.store, answers)


def waiting(office: Office) -> tuple[int, int]:
    """How many rows wait for a person, and how many months locked twice or steps that cross."""
    with office.store.reading() as r:
        return len(list_conflicts(r)), len(list_double_locks(r)) + len(list_crossings(r))


def notices(office: Office) -> tuple[tuple[str, str, str], ...]:
    """What of the other laptop waits here, for the head of 上报与下发."""
    rows, doubts = waiting(office)
    found = []
    if rows:
        found.append(
            (
                "warn",
                f"有 {rows} 条两台电脑改得不同，等人决定",
                "点下面“改得不同的”，逐栏定，也可以一次都定。",
            )
        )
    if doubts:
        found.append(
            ("warn", f"有 {doubts} 件重复封账或步骤交叉，要人来看", "点下面“改得不同的”，再点右上角的按钮。")
        )
    return tuple(found)


def peers(office: Office) -> tuple[tuple[str, str], ...]:
    """The other laptops of the township: name and how far they were read."""
    with office.store.reading() as r:
        found = list_peers(r)
    return tuple(
        (
            f"{one.letter} 机",
            f"读到第 {one.number:04d} 号包{'，可锁定' if one.may_lock else ''}"
            + (f"，还缺 {len(one.missing)} 个包" if one.missing else ""),
        )
        for one in found
    )


# 重复封账, 步骤交叉


def doubts(office: Office, pill: str) -> Listing:
    """Months locked twice with both sums, and steps that cross."""
    with office.store.reading() as r:
        doubles, crossed = list_double_locks(r), list_crossings(r)
    lines = []
    if pill in ("", "double"):
        for double in doubles:
            here = double.here.words() if double.here else "那台电脑没有锁定权"
            cells: dict[str, CellValue] = {
                "what": Chip("重复封账", "error", "lock"), "town": double.town,
                "whose": f"{double.title} {double.month}", "first": here, "second": double.waiting.words(),
            }  # fmt: skip
            more = f"{double.sentence()}\n两批都算数的，写明理由收下；不算数的，由封账的那台用下一批更正。"
            lines.append(Line(f"batch:{double.id}", cells, more))
    if pill in ("", "steps"):
        for one in crossed:
            cells = {
                "what": Chip("步骤交叉", "warn", "warn"), "town": one.town, "whose": one.whose,
                "first": one.first.words(), "second": one.second.words(),
            }  # fmt: skip
            lines.append(Line(f"step:{one.id}", cells, one.sentence(), target=(one.form, one.record)))
    return Listing(
        title="重复封账、步骤交叉", lines=tuple(lines), foot=f"共 {len(lines)} 件",
        pills=(
            ("", "全部", len(doubles) + len(crossed)), ("double", "重复封账", len(doubles)),
            ("steps", "步骤交叉", len(crossed)),
        ),
    )  # fmt: skip


_KINDS = {
    "first": ("新建", "neutral", "plus"), "changed": ("修改", "info", "doc"),
    "merged": ("程序合并", "ok", "columns"), "answered": ("定下来", "ok", "check"),
}  # fmt: skip


def history(office: Office, row: str) -> Listing:
    """Every version of one row, the newest first."""
    with office.store.reading() as r:
        found = read_history(r, row)
    lines = []
    for one in reversed(found.versions):
        changes = "；".join(f"{change.label} {change.before} → {change.after}" for change in one.changes)
        state = {"now": Chip("现在的", "ok", "ok"), "aside": Chip("等人决定", "warn", "warn")}.get(
            one.state, ""
        )
        cells: dict[str, CellValue] = {
            "at": short_time(one.at), "letter": f"{one.letter} 机" if one.letter else "", "by": one.by,
            "kind": Chip(*_KINDS[one.kind]), "state": state, "changes": changes,
        }  # fmt: skip
        lines.append(Line(one.revision, cells, changes))
    return Listing(
        title=f"历史：{found.kind}“{found.whose}”", lines=tuple(lines), foot=f"共 {len(lines)} 版，一版都不丢"
    )


def accept_batch(office: Office, line: str, reason: str) -> int:
    """Let a batch enter that waits as 重复封账."""
    return double_locks.accept_batch(office.store, line.partition(":")[2], reason=reason)


def see_crossing(office: Office, line: str) -> None:
    """A person has looked at steps that cross."""
    crossings.see_crossing(office.store, line.partition(":")[2])


# packages of the other laptop


def is_peer_file(office: Office, file: Path) -> bool:
    """Whether a file claims to be a package or copy of another laptop of this township."""
    if file.suffix not in (PACKAGE_SUFFIX, COPY_SUFFIX):
        return False
    try:
        data = read_file(file, limit=MAX_FILE, what="包")
        envelope = peek(data, expected=COPY if file.suffix == COPY_SUFFIX else PACKAGE)[0]
    except UserError:
        return True  # said why when it is read
    site = office.store.site
    return envelope.sender.division == site.division and envelope.sender.laptop != site.laptop


def peer_files(office: Office, files: Sequence[Path]) -> list[Path]:
    """The packages and copies of other laptops among files and in folders."""
    found = []
    for file in files:
        inside = sorted(file.iterdir()) if file.is_dir() else [file]
        found += [one for one in inside if one.is_file() and is_peer_file(office, one)]
    return found


def read_peers(office: Office, files: Sequence[Path]) -> ReadPeers:
    """Read what another laptop of this township wrote; a refused file stops no other."""
    done = list(read_peer_files(office.store, files, today=office.today))
    conflicts = sum(one.conflicts for one in done)
    refused = [one for one in done if one.status == "refused"]
    tone = "error" if refused else "warn" if conflicts else "ok"
    return ReadPeers("；".join(map(_said, done)) or "没有另一台电脑的包。", tone, conflicts)


def _said(one: PeerRead) -> str:
    named = f"{one.letter} 机第 {one.number:04d} 号" if one.number else one.file.name
    if one.status != "applied":
        return f"{named}：{one.reason}"
    parts = [f"新增 {one.count('new'):,}", f"变化 {one.count('changed'):,}"]
    if one.merged:
        parts.append(f"合并 {one.merged}")
    if one.conflicts:
        parts.append(f"等人决定 {one.conflicts}")
    if waits := one.count("held") - one.conflicts:
        parts.append(f"暂存 {waits}")
    return f"{named}已读：{'，'.join(parts)}"


def copy_for_peer(office: Office, folder: Path) -> CopyMade:
    """Write a copy of this database for the other laptops of the township."""
    return write_copy(office.store, folder)
