"""What is wrong with the chain of a laptop as the county sees it, in words with the way out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from minzheng_desktop.county.chains import Gap
from minzheng_desktop.county.senders import refusals_of
from minzheng_desktop.exchange.trouble import Trouble

_TWO = (
    "打电话问清：是旧的台账文件拷了回来，就在电脑登记表里“确认续接”，乡镇读入续接回执后程序自己比对补报；"
    "是两台电脑在用同一份台账，就停用其中一台，另发接入文件。"
)
_WAYS = {
    "fork": _TWO,
    "broken_chain": _TWO,
    "other_epoch": "打电话核对：确是这台电脑恢复过备份，就“确认续接”，把续接回执交给乡镇读入；不是，就停用它。",
    "newer_program": "把县局的程序升级到同一版本，再收一次这个包；乡镇不用重做。",
    "clock_back": "请乡镇校准电脑的日期和时间，并核对这段时间里写的日期、月份。",
    "clock_ahead": "核对县局和乡镇电脑的日期和时间。",
    "audit_shorter": "打电话问清台账是不是被换回过旧的；是，就“确认续接”。",
}
_OTHERWISE = "按理由处理；包没有坏的，请乡镇补抄原包。"
MISSING = "请乡镇再上报一次：缺的包会自动补抄到 U 盘上。"


def troubles_of(row: Mapping[str, Any], gaps: Iterable[Gap]) -> tuple[Trouble, ...]:
    """Every open trouble of a laptop of the register: missing packages, refused ones it has not read of yet, doubts
    about its clock and audit that its last package raised."""
    found = [
        Trouble("gap", f"{gap.words}。", MISSING) for gap in gaps if row["id"] in (gap.laptop, gap.serial)
    ]
    latest = {(one.code, one.number): one for one in refusals_of(row)}
    found += [
        Trouble(
            one.code,
            f"{one.at[:10]} 没有收下第 {one.number:04d} 号包（{one.file}）：{one.why}",
            _WAYS.get(one.code, _OTHERWISE),
            one.at,
        )
        for one in latest.values()
    ]
    found += [
        Trouble(doubt["code"], doubt["why"], _WAYS.get(doubt["code"], _OTHERWISE))
        for doubt in row["more"].get("doubts", ())
    ]
    return tuple(found)
