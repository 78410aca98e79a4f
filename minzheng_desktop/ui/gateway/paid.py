"""Payments of a person or a household as they are listed, with what the bank sent back of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...benefits.bank_returns import REASONS
from ...values.accounts import account_tail
from ..kit.cells import DASH, Mark
from ..people.person import PaymentLine
from .office import Office, money


def payment_line(office: Office, one: Mapping[str, Any], returns: list[dict[str, Any]]) -> PaymentLine:
    """One payment; `returns` are its rows of `bank_returns`, the first one first."""
    form = office.store.catalog.forms.get(one["form"])
    tail = f"尾号 {account_tail(one['account_number'])}" if one["account_number"] else DASH
    return PaymentLine(
        one["month"],
        form.title if form else one["form"],
        money(one["total"]),
        tail,
        _result(returns[-1] if returns else None),
    )


def _result(back: Mapping[str, Any] | None) -> Mark:
    """What became of a payment: locked, come back, sent again, or left to the treasury."""
    if back is None:
        return Mark("已锁定", "ok", "lock")
    if back["state"] == "reissued":
        return Mark("退票后重发", "ok", "ok")
    if back["state"] == "dropped":
        return Mark("不再发放", "ink-3", "dash")
    return Mark("退票未重发", "error", "return")


def payments_hint(payments: list[dict[str, Any]], returns: list[dict[str, Any]]) -> str:
    """Since when, how many, how much, and what waits of it."""
    if not payments:
        return ""
    words = f"{payments[0]['month']} 以来共 {len(payments)} 笔，{money(sum(p['total'] for p in payments))} 元"
    waits = [back["amount"] for back in returns if back["state"] == "returned"]
    return f"{words}，退票未重发 {money(sum(waits))} 元" if waits else words


def return_events(office: Office, back: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(day, title, words) of a return and of what became of it."""
    reason = office.store.catalog.codes[REASONS].label(back["reason"])
    found = [(back["returned_on"], "退票", f"{reason}，尾号 {account_tail(back['account_number'] or '')}")]
    if back["state"] == "reissued":
        words = f"到尾号 {account_tail(back['new_number'] or '')}，{back['settled_by'] or ''}"
        found.append((back["settled_on"], "退票 · 重发", words))
    elif back["state"] == "dropped":
        found.append((back["settled_on"], "退票 · 不再发放", str(back["more"].get("dropped") or "")))
    return found
