"""`minzheng people …`: finding a person."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from minzheng_desktop.commands.frame import Answer, AsJson, Database, UserName, command, new_app, opened

app = new_app("查人。")

Text = Annotated[str, typer.Argument(metavar="TEXT", help="姓名、拼音首字母、证号前后几位或电话。")]
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
