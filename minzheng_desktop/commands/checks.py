"""`minzheng check`: what does not add up, in a township or over the county."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from minzheng_desktop.commands.frame import Answer, AsJson, Database, UserName, opened

Month = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="按哪个月核查；不写就是本月。")]


def check(month: Month = "", db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """核查：重复享受、死亡仍发、互斥、超标准、逾期、共用账户……逐条列出，改正的自动销号。"""
    from minzheng_desktop.benefits.months import require_month, text_of
    from minzheng_desktop.checks.desk import STATE_TITLES, run_checks

    today = date.today()  # noqa: DTZ011 - the day on the clerk's desk
    with opened(db, user) as store:
        found = run_checks(store, month=text_of(require_month(month or today.isoformat()[:7])), today=today)
        places = store.catalog.divisions
        data = [
            {
                "rule": kept.finding.rule, "severity": kept.finding.severity, "message": kept.finding.message,
                "form": kept.finding.form, "records": list(kept.finding.records),
                "persons": list(kept.finding.persons), "division": kept.finding.division, "state": kept.state,
                "id": kept.id, "month": kept.finding.month,
            }
            for kept in found
        ]  # fmt: skip
        words = {"error": "错误", "warning": "提醒"}
        lines = [
            f"{k.finding.rule} {words[k.finding.severity]} {places.short_name(k.finding.division)} "
            f"{k.finding.message}（{STATE_TITLES[k.state]}）"
            for k in found
        ]
    return Answer({"findings": data}, lines or ["没有发现问题。"])
