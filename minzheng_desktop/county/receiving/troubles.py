"""What is wrong with the chain of a laptop as the county sees it, in words with the way out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from minzheng_desktop.county.receiving.chains import Gap
from minzheng_desktop.county.receiving.senders import refusals_of
from minzheng_desktop.exchange.files.refusals import next_step
from minzheng_desktop.exchange.sending.trouble import Trouble


def troubles_of(row: Mapping[str, Any], gaps: Iterable[Gap], *, root: str = "") -> tuple[Trouble, ...]:
    """Every open trouble of a laptop of the register: missing packages, refused ones it has not read of yet, doubts
    about its clock and audit that its last package raised, and a root that is no longer the county's (`root`)."""
    found = [
        Trouble("gap", f"{gap.words}。", next_step("gap"))
        for gap in gaps
        if row["id"] in (gap.laptop, gap.serial)
    ]
    if root and row["more"].get("root", root) != root:
        found.append(
            Trouble(
                "old_root",
                "县局换了根密钥，这台电脑还没有重新接入，读不了县局的回执。",
                "为它发一份新的接入文件，打电话核对新根密钥的指纹，乡镇接入后再上报一次。",
            )
        )
    latest = {(one.code, one.number): one for one in refusals_of(row)}
    found += [
        Trouble(
            one.code,
            f"{one.at[:10]} 没有收下第 {one.number:04d} 号包（{one.file}）：{one.why}",
            next_step(one.code),
            one.at,
        )
        for one in latest.values()
    ]
    found += [
        Trouble(doubt["code"], doubt["why"], next_step(doubt["code"]))
        for doubt in row["more"].get("doubts", ())
    ]
    return tuple(found)
