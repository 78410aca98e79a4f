"""Wrong passwords: how many are free, how long the wait then is, and what is said; the same for file and server."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from minzheng_desktop.store.keyslots import Attempt, Failures, damaged, stamp
from minzheng_desktop.values.errors import UserError

FREE_ATTEMPTS = 5  # wrong passwords before the first delay
FIRST_DELAY_SECONDS = 30
LONGEST_DELAY_SECONDS = 15 * 60
_KEPT_ATTEMPTS = 1_000  # attempts told one by one; older ones only counted


def delay_seconds(failed: int) -> int:
    """Seconds to wait after `failed` wrong passwords in a row: from the fifth 30, doubling to 15 minutes."""
    if failed < FREE_ATTEMPTS:
        return 0
    return min(FIRST_DELAY_SECONDS << min(failed - FREE_ATTEMPTS, 16), LONGEST_DELAY_SECONDS)


def refuse_during_delay(failures: Failures, now: datetime, *, way_out: str) -> None:
    """Raises UserError ``too_many_attempts`` while the wait after wrong passwords lasts."""
    if not failures.until:
        return
    try:
        left = datetime.fromisoformat(failures.until) - now
    except (ValueError, TypeError) as error:
        raise damaged("等待时间写得不对") from error
    # A clock set back must not lengthen the wait beyond its own measure.
    left = min(left, timedelta(seconds=delay_seconds(failures.count)))
    if left > timedelta(0):
        raise UserError(
            "too_many_attempts",
            f"口令已连续输错 {failures.count} 次，台账没有打开也没有变化。还要等{_duration(left)}再试，{way_out}。",
        )


def after_failure(before: Failures, attempt: Attempt, now: datetime) -> Failures:
    """The count after one more wrong password, with the end of the wait that it brings."""
    untold = (*before.untold, attempt)[-_KEPT_ATTEMPTS:]
    wait = delay_seconds(before.count + 1)
    return Failures(
        count=before.count + 1,
        until=stamp(now + timedelta(seconds=wait)) if wait else "",
        untold=untold,
        dropped=before.dropped + len(before.untold) + 1 - len(untold),
    )


def wrong_password(failed: int, *, way_out: str) -> UserError:
    """What is said after the `failed`-th wrong password in a row."""
    wait = delay_seconds(failed)
    then = "请核对大小写后再输"
    if wait:
        then = f"已连续输错 {failed} 次，要等{_duration(timedelta(seconds=wait))}才能再试"
    return UserError("wrong_password", f"用户名或口令不对，台账没有打开。{then}；{way_out}。")


def require_password(password: str) -> None:
    """Raises UserError ``password_empty``."""
    if not password.strip():
        raise UserError("password_empty", "口令是空的，没有设置。请输入口令。")


def password_bytes(password: str) -> bytes:
    """A password as it is hashed: the same bytes whatever way its characters were composed."""
    return unicodedata.normalize("NFC", password).encode()


def _duration(span: timedelta) -> str:
    seconds = max(1, round(span.total_seconds()))
    minutes, rest = divmod(seconds, 60)
    return (f" {minutes} 分" if minutes else " ") + (f"{rest} 秒" if rest or not minutes else "钟")
