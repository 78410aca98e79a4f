"""How far the packages are, in the few words of the workbench and of the status bar."""

from __future__ import annotations

from ...exchange.sending import outbox
from ...exchange.sending.chain_status import Standing
from ..shell import Fact
from ..workbench import TrafficStep
from .office import money, short_time


def traffic(sent: list[outbox.Sent]) -> tuple[TrafficStep, ...]:
    """The steps of the newest package: written, copied, applied and answered as far as receipts told."""
    if not sent:
        return tuple(TrafficStep(title, "", "later") for title in ("写出", "复制到U盘", "县接收", "读回执"))
    last = sent[0]
    steps = (
        ("已写出", "写出", last.at),
        ("已复制到U盘", "复制到U盘", last.copied),
        ("县已入库", "县入库", last.applied),
        ("回执已读", "回执待读", last.answered),
    )
    now = next((at for at, step in enumerate(steps) if not step[2]), len(steps))
    if now == 2:  # what the county did is known from its receipt alone
        now = 3
    waits = {2: "等回执才知道"}
    return tuple(
        TrafficStep(
            done if when else later,
            short_time(when) if when else waits.get(at, ""),
            "done" if when else "now" if at == now else "later",
        )
        for at, (done, later, when) in enumerate(steps)
    )


def traffic_line(sent: list[outbox.Sent]) -> str:
    """The newest package in one line."""
    if not sent:
        return "还没有写过数据包"
    last = sent[0]
    return f"第 {last.number:04d} 号包 · {last.changes:,} 条 · {money(last.cents)} 元"


def chain_facts(way: Standing) -> list[Fact]:
    """What the status bar says of the packages: the worst first, packages that no receipt has told of."""
    if way.paused:
        return [Fact("上报停着，等县局确认", "error", "error")]
    if way.troubles:
        return [Fact(f"上报有 {len(way.troubles)} 处要看", "warn", "warn")]
    open_ones = sum(not one.applied for one in way.packages)
    return [Fact(f"{open_ones} 个包等回执", "clock", "", spare=True)] if open_ones else []
