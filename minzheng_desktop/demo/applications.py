"""Applications of the demonstration township at different stages, taken through the real workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from minzheng_desktop.benefits.casework import save_record, take_step
from minzheng_desktop.demo.population import Household
from minzheng_desktop.exchange.record_file import RecordFile, save_record_file
from minzheng_desktop.store.records import load_record

if TYPE_CHECKING:
    from minzheng_desktop.store.store import Store

PUBLICITY_DAYS = 9
"""From the first day of the notice to the day after its last (7 days, the first not counted)."""


def apply_for_dibao(store: Store, household: Household, *, on: date, income_year: str = "9600.00") -> str:
    """Register a household's application on a day and return the record's id; the record is a draft."""
    members = [
        {
            "name": m.name,
            "id_number": m.id_number,
            "relation": m.relation,
            "ethnicity": m.ethnicity,
            "phone": m.phone,
            "hukou_village": household.village,
            "reside_village": household.village,
            "hukou_type": "2",
            "health_status": "10",
        }
        for m in household.members
    ]
    head = household.head
    file = RecordFile(
        household={"village": household.village, "address": household.address, "members": members},
        account={"number": household.account, "name": head.name, "bank": household.bank},
        doc={
            "apply_channel": "1",
            "apply_date": on.isoformat(),
            "apply_reason": "家里主要劳动力患病，收入减少，生活困难。",
            "relative_of_staff": False,
            "dibao_type": "2",
            "calc_mode": "1",
            "poverty_cause": "01",
            "incomes": [
                {
                    "member": head.id_number,
                    "kind": "1",
                    "source": "零工",
                    "annual_amount": income_year,
                    "counted": True,
                }
            ],
        },
    )
    return save_record_file(store, "dibao", file, today=on).id


def investigate(store: Store, record: str, *, on: date) -> None:
    """Submit, accept and investigate an application, with the replies that the review asks for."""
    for step in ("submit", "accept", "investigate"):
        _step(store, record, step, on=on)
    _fill(
        store,
        record,
        {
            "investigations": [
                {
                    "key": "1",
                    "date": on.isoformat(),
                    "place": "申请人家中",
                    "method": "1",
                    "investigators": ["覃德贵", "向秀英"],
                    "findings": "砖木房三间，家中无大件电器，户主长期服药，靠零工维持。",
                    "conclusion": "情况属实，建议纳入。",
                }
            ],
            "verifications": [
                {
                    "key": "1",
                    "request_date": (on - timedelta(days=3)).isoformat(),
                    "reply_date": on.isoformat(),
                    "result": "1",
                }
            ],
            "town_result": "1",
            "town_opinion": "经入户调查和信息核对，符合条件，拟同意纳入。",
            "dibao_class": "B",
            "democratic_review": "群众评议一致同意。",
        },
        on=on,
    )


def publicize(store: Store, record: str, *, on: date) -> None:
    """Review the application and post the notice."""
    _step(store, record, "review", on=on, asks={"opinion": "拟同意纳入低保。"})
    notice = {"key": "1", "stage": "1", "place": "村务公开栏", "start_date": on.isoformat()}
    _fill(store, record, {"publicity": [notice]}, on=on)
    _step(store, record, "publicize", on=on)


def report(store: Store, record: str, *, on: date) -> None:
    """Close the notice without objections and report to the county."""
    with store.reading() as r:
        notices: Sequence[Mapping[str, Any]] = load_record(r, record)["doc"]["publicity"]
    _fill(store, record, {"publicity": [{**notice, "result": "1"} for notice in notices]}, on=on)
    _step(store, record, "end_publicity", on=on)
    _step(store, record, "report", on=on)


def leave_dibao(store: Store, record: str, *, month: str, on: date) -> None:
    """A household gives its benefit back: `month` is the first one that is not paid."""
    _fill(store, record, {"stop_reason": "voluntary"}, on=on)
    asks = {"reason": "子女就业，家庭收入提高，自愿退出", "month": month}
    _step(store, record, "stop_at_once", on=on, asks=asks)


def _step(store: Store, record: str, step: str, *, on: date, asks: Mapping[str, str] | None = None) -> None:
    with store.writing("step", {"record": record, "step": step}) as w:
        take_step(w, record, step, today=on, asks=asks)


def _fill(store: Store, record: str, values: Mapping[str, Any], *, on: date) -> None:
    with store.writing("save_record", {"record": record}) as w:
        row = load_record(w, record)
        save_record(w, row["form"], {**row["doc"], **values}, today=on, record_id=record)
