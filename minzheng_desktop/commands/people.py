"""`minzheng people …`: finding a person, and everything about one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from minzheng_desktop.commands.frame import Answer, AsJson, Database, UserName, command, new_app, opened
from minzheng_desktop.values.money import format_money, format_money_grouped

if TYPE_CHECKING:
    from minzheng_desktop.store.people import PersonFile
    from minzheng_desktop.store.store import Store

app = new_app("查人。")

Text = Annotated[str, typer.Argument(metavar="TEXT", help="姓名、拼音首字母、证号前后几位或电话。")]
IdNumber = Annotated[
    str, typer.Argument(metavar="ID_NUMBER", help="身份证号（15 位、18 位都行）或临时编号。")
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="最多列出多少人；不写则全部列出。")]


@command(app, "find")
def find(
    text: Text, limit: Limit = None, db: Database = None, user: UserName = None, as_json: AsJson = False
) -> Answer:
    """按姓名（可不写间隔号）、拼音首字母、证号前后几位或电话查人；查看会记入日志。"""
    from minzheng_desktop.store.people import find_people

    with opened(db, user) as store:
        with store.reading() as r:
            hits = find_people(r, text, limit=limit)
        store.note("reveal_people", {"asked": text, "people": [hit.id for hit in hits]})
        sexes, divisions = store.catalog.codes["sex"], store.catalog.divisions
        people: list[dict[str, Any]] = [
            {
                "id": hit.id,
                "name": hit.name,
                "id_number": hit.id_number,
                "sex": hit.sex,
                "birth_date": hit.birth_date,
                "village": hit.village,
            }
            for hit in hits
        ]
        lines = [
            f"{p['name']}  {sexes.label(p['sex'])}  {p['birth_date'] or '出生日期不详'}  "
            f"{divisions.name(p['village']) if p['village'] else '村不详'}  {p['id_number'] or '无证号'}"
            for p in people
        ]
    return Answer({"people": people}, lines or ["没有找到。"])


@command(app, "show")
def show(id_number: IdNumber, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """一人一档：登记项、户、账户、每一件业务和它的步骤、每一笔发放，按时间先后；查看会记入日志。"""
    from minzheng_desktop.store.people import by_any_number, person_file
    from minzheng_desktop.values.errors import UserError

    with opened(db, user) as store:
        with store.reading() as r:
            person = by_any_number(r, id_number)
            if person is None:
                raise UserError(
                    "no_such_person",
                    f"台账里没有证号是 {id_number} 的人。请核对证号，或用 people find 查姓名。",
                )
            file = person_file(r, person["id"])
        store.note("reveal_people", {"asked": "people show", "people": [person["id"]]})
        return Answer(_file_data(store, file), _file_lines(store, file))


_RETURN = (
    "returned_on", "reason", "state", "account_number", "settled_on", "reissue", "new_number",
)  # fmt: skip


def _file_data(store: Store, file: PersonFile) -> dict[str, Any]:
    forms = store.catalog.forms
    steps: dict[str, list[dict[str, Any]]] = {}
    for step in file.steps:
        steps.setdefault(step["record"], []).append(
            {"step": step["step"], "from": step["from_state"], "to": step["to_state"], "at": step["at"],
             "by": step["by"], "month": step["effective_month"]}
        )  # fmt: skip
    payments = [
        {"record": p["record"], "form": p["form"], "month": p["month"], "kind": p["kind"], "batch": p["batch_number"],
         "total": format_money(p["total"]), "account": p["account_number"], "locked_at": p["locked_at"],
         "returns": [{key: row[key] for key in _RETURN} for row in file.returns_of(p["id"])]}
        for p in file.payments
    ]  # fmt: skip
    records = {
        row["id"]: {
            "id": row["id"], "form": row["form"], "title": forms[row["form"]].title if row["form"] in forms else "",
            "number": row["number"], "role": row["role"], "state": row["state"], "start_month": row["start_month"],
            "end_month": row["end_month"], "doc": row["doc"], "steps": steps.get(row["id"], []),
        }
        for row in file.records
    }  # fmt: skip
    kept = ("id", "number", "address", "village", "relation", "join_date", "leave_date")
    account = ("number", "name", "bank", "state", "valid_from", "valid_to")
    return {
        "person": file.person,
        "households": [{key: row.get(key) for key in kept} for row in file.households],
        "accounts": [{key: row.get(key) for key in account} for row in file.accounts],
        "records": list(records.values()),
        "payments": payments,
    }


def _file_lines(store: Store, file: PersonFile) -> list[str]:
    forms, person = store.catalog.forms, file.person
    sex = store.catalog.codes["sex"].label(person["sex"])
    lines = [
        f"{person['name']}  {sex}  {person.get('birth_date') or '出生日期不详'}"
        f"  {person.get('id_number') or person.get('temp_number') or ''}"
    ]
    for row in file.records:
        form = forms.get(row["form"])
        state = (
            form.workflow.states[row["state"]].title
            if form and row["state"] in form.workflow.states
            else row["state"]
        )
        paid = [p for p in file.payments if p["record"] == row["id"]]
        sum_paid = format_money_grouped(sum(p["total"] for p in paid))
        money = f"，发放 {len(paid)} 笔 {sum_paid} 元" if paid else ""
        back = [b for b in file.returns if b["record"] == row["id"] and b["state"] == "returned"]
        if back:
            money += (
                f"，其中退票未重发 {len(back)} 笔 {format_money_grouped(sum(b['amount'] for b in back))} 元"
            )
        lines.append(f"{form.title if form else row['form']}  {row['number'] or ''}  {state}{money}")
    return lines if len(lines) > 1 else [*lines, "没有业务。"]


@command(app, "told")
def told(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出县局认定与别处登记是同一人的本乡镇人员。"""
    from minzheng_desktop.exchange.down.same_people import told_people

    with opened(db, user) as store, store.reading() as r:
        found = told_people(r)
    data = [
        {
            "person": one.person, "name": one.name, "town": one.other_town, "other_name": one.other_name,
            "benefits": list(one.benefits), "own": one.own, "text": one.text, "at": one.at,
        }
        for one in found
    ]  # fmt: skip
    return Answer({"people": data}, [one.sentence() for one in found] or ["没有。"])
