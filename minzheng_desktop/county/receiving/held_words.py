"""What the county keeps without applying, in words: whose line it is, what it waits for, why it was put aside.

A line stays as it came (`exchange.judging.held`), so that everything here is read from the line itself, from the
county's rows, and from the other lines that are kept. Numbers of people and cards are masked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from minzheng_desktop.exchange.files.bodies import read_change
from minzheng_desktop.exchange.judging.crossings import list_crossings
from minzheng_desktop.exchange.judging.double_locks import list_double_locks
from minzheng_desktop.exchange.judging.held import QUARANTINE, held_lines
from minzheng_desktop.exchange.judging.row_words import RowWords
from minzheng_desktop.exchange.tables import COUNTY_TABLES, EXPORTED_TABLES, REFERENCES, TABLE_TITLES
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.store.unit import Reading

_POINTERS = {
    "person": "所指的人", "household": "所指的户", "record": "所指的业务记录", "batch": "所属的批次", "head": "户主",
    "facility": "所指的机构", "item": "所指的发放明细",
}  # fmt: skip


class HeldLine(msgspec.Struct, frozen=True):
    """One kept line. `package` is the number of the package that brought it, `at` when that was taken in (ISO).

    `whose` names person or record, `waits_for` what is missing (empty: a person must look), `reason` why, with what to
    do; `blocked` is True where what it waits for lies in quarantine itself and will not enter.
    """

    n: int
    division: str
    town: str
    package: int
    at: str
    entity: str
    id: str
    kind: str
    whose: str
    why: str
    waits_for: str
    reason: str
    blocked: bool = False
    form: str = ""
    record: str = ""
    """The county's record that the line is about, where it has one."""

    @property
    def quarantined(self) -> bool:
        """Whether it will never enter as it is."""
        return self.why in QUARANTINE


class _Kept(msgspec.Struct, frozen=True):
    row: Mapping[str, Any]
    body: Mapping[str, Any]


def describe_held(r: Reading, *, division: str | None = None) -> list[HeldLine]:
    """Every line that waits or is quarantined, oldest first."""
    every = [_Kept(row, _body(row["line"])) for row in held_lines(r)]
    reader = _Reader(r, every)
    return [reader.describe(one) for one in every if division in (None, one.row["division"])]


def _body(line: str) -> Mapping[str, Any]:
    """The columns of a kept line; empty where this program cannot read it (a table that it does not know)."""
    try:
        body = read_change(line.encode()).body
    except UserError:
        return {}
    return msgspec.structs.asdict(body) if body is not None else {}


class _Reader:
    def __init__(self, r: Reading, every: Sequence[_Kept]) -> None:
        self.r = r
        self._kept = {(one.row["entity"], one.row["id"]): one for one in every}
        self._divisions = r.store.catalog.divisions
        self._words = RowWords(r, self._row)

    def describe(self, one: _Kept) -> HeldLine:
        row = one.row
        waits, blocked = self._waits(one)
        record = self.r.get(
            "records", row["id"] if row["entity"] == "records" else one.body.get("record") or ""
        )
        return HeldLine(
            n=row["n"], division=row["division"], town=self._divisions.name(row["division"]),
            package=row["number"] or 0, at=row["at"] or "", entity=row["entity"], id=row["id"],
            kind=TABLE_TITLES.get(row["entity"], row["entity"]), whose=self.whose(row["entity"], one.body),
            why=row["why"], waits_for=waits, reason=self._reason(one, blocked), blocked=blocked,
            form=record["form"] if record else "", record=record["id"] if record else "",
        )  # fmt: skip

    # whose line it is

    def _row(self, table: str, row_id: str | None) -> Mapping[str, Any]:
        """A row of the county, else the kept line that would become it, else nothing."""
        if not row_id:
            return {}
        found = self.r.get(table, row_id)
        if found is not None:
            return found
        kept = self._kept.get((table, row_id))
        return kept.body if kept is not None else {}

    def whose(self, entity: str, body: Mapping[str, Any]) -> str:
        """Whose a row is, in words."""
        return self._words.whose(entity, body)

    # what it waits for

    def _waits(self, one: _Kept) -> tuple[str, bool]:
        """What a line waits for in words, and whether that lies in quarantine."""
        row, wanted = one.row, one.row["waits_for"]
        if row["why"] == "reference":
            column, table = self._pointer(one, wanted)
            kept = self._kept.get((table, wanted))
            words = f"{_POINTERS.get(column, column)}（{TABLE_TITLES.get(table, table)}）"
            if kept is None:
                return f"{words}还没有到", False
            place = "在隔离里" if kept.row["why"] in QUARANTINE else "也在暂存"
            return f"{words}{self.whose(table, kept.body)}，{place}", kept.row["why"] in QUARANTINE
        if row["why"] == "predecessor":
            return "这一条的前一版还没有到", False
        if row["why"] == "batch":
            batch = self._row("payment_batches", wanted)
            named = f"批次 {batch['number']}" if batch else "这一批"
            return f"{named}里没有进库的明细", False
        if row["why"] == "same_person":
            holder = self._row("people", wanted)
            return f"同一证号已有 {self.whose('people', holder) if holder else '另一个人'}", False
        return "", False

    def _pointer(self, one: _Kept, wanted: str) -> tuple[str, str]:
        return next(
            (
                (column, table)
                for column, table in REFERENCES.get(one.row["entity"], ())
                if one.body.get(column) == wanted
            ),
            ("", ""),
        )

    # why

    def _reason(self, one: _Kept, blocked: bool) -> str:
        row = one.row
        town, kind = self._divisions.name(row["division"]), TABLE_TITLES.get(row["entity"], row["entity"])
        match row["why"]:
            case "reference" | "predecessor" if blocked:
                return f"它等的那一条被隔离，不会入库。请{town}把那一条改对以后重新上报。"
            case "reference" | "predecessor":
                return f"到了会自动入库；一直不到的，请{town}把缺的那一包再抄一份。"
            case "batch":
                return (
                    "一批要整批入库：这一批有明细没有进库，整批先存着。那几条到了自动入库；"
                    f"被隔离的请{town}核对后重新上报。"
                )
            case "conflict":
                return f"县库和{town}从同一版改出两种内容。与{town}核对哪个对，由{town}改成对的再上报。"
            case "double_lock":
                told = {one.id: one.sentence() for one in list_double_locks(self.r)}
                return f"{told.get(row['id'], '')}两批都算数的写明理由收下；不算数的请{town}用下一批更正。"
            case "steps_cross":
                crossed = {one.id: one.sentence() for one in list_crossings(self.r)}
                return crossed.get(row["id"], "两台电脑从同一状态各办了一步，请核对。")
            case "same_person":
                return f"同一证号在{town}登记了两个人。请{town}核对，留下一个再上报。"
            case "not_a_township_table":
                owner = "县局" if row["entity"] in COUNTY_TABLES else "各单位自己"
                known = (
                    "" if row["entity"] in (*EXPORTED_TABLES, *COUNTY_TABLES) else "，本程序不认识或不随包走"
                )
                return (
                    f"“{kind}”只由{owner}写{known}，{town}的包里不该有。已隔离，不会入库；"
                    "请核对那台电脑的程序是不是被改过。"
                )
            case "other_division":
                return self._trespass(one, town, kind)
        return f"原因“{row['why']}”。已隔离或暂存，请与{town}核对。"

    def _trespass(self, one: _Kept, town: str, kind: str) -> str:
        """Which row of which office a township tried to write, or to point to."""
        row, body = one.row, one.body
        then = f"已隔离，不会入库；请{town}核对后重新上报。"
        if body and body["owner"] != row["division"]:
            owner = self._divisions.name(body["owner"])
            return f"这一条{kind}写的单位是{owner}，却在{town}的包里；只有{owner}能写。{then}"
        known = self.r.get(row["entity"], row["id"])
        if known is not None and known["owner"] != row["division"]:
            owner = self._divisions.name(known["owner"])
            return (
                f"{town}要改的是{owner}的{kind}“{self.whose(row['entity'], known)}”；只有{owner}能改。{then}"
            )
        for column, table in REFERENCES.get(row["entity"], ()):
            target = self.r.get(table, body[column]) if body.get(column) else None
            if target is not None and target["owner"] != row["division"]:
                owner = self._divisions.name(target["owner"])
                return (
                    f"它{_POINTERS.get(column, column)}是{owner}的{TABLE_TITLES.get(table, table)}"
                    f"“{self.whose(table, target)}”，{town}不能指过去。{then}"
                )
        return f"这一条牵涉别的乡镇。{then}"
