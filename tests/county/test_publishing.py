"""The county publishes forms, codes, rates, divisions and a calendar; a township sees what changes before it does."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from minzheng_desktop.catalog import load as loading
from minzheng_desktop.catalog.differences import compare_catalogs
from minzheng_desktop.catalog.load import load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.county.replies.bulletins import standings, write_bulletins
from minzheng_desktop.county.replies.publishing import Publication, plan_publication, publish
from minzheng_desktop.exchange.down.bulletin import read_bulletin
from minzheng_desktop.exchange.down.offered import accept_offered, count_offered, preview_offered
from minzheng_desktop.exchange.down.receipt import open_receipt
from minzheng_desktop.store import schema
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import TODAY, XIUQI, County, Town, join, new_town
from tests.exchange.test_receipt import hand_over

OVERLAY = """
extends = "elder_age"
version = 1
[[section]]
title = "本县补充"
[section.field]
x_pickup = { label = "领取方式", type = "choice", choices = "x_pickup" }
"""
CODES = """
[x_pickup]
title = "领取方式"
[x_pickup.items]
1 = "本人"
2 = "代领"
"""
CALENDAR = """
[year.2027]
off = ["2027-01-01..2027-01-03"]
doc = "示例"
example = true
"""
FORM = """
key = "x_fan"
title = "送电扇"
version = 1
kind = "event"
subject = "person"
workflow = "register"
record = { date = "given_on" }
[[section]]
title = "发放"
[section.field]
given_on = { label = "发放日期", type = "date", required = true }
pieces = { label = "台数", type = "integer", min = 1 }
"""


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")
    return folder


def published(county: County, folder: Path) -> Publication:
    plan = plan_publication(county.store, folder)
    publish(county.store, plan)
    return plan


def refusal(county: County, folder: Path) -> UserError:
    with county.store.reading() as r:
        before = r.rows(sa.select(schema.catalog.c.key, schema.catalog.c.version))
    with pytest.raises(UserError) as error:
        published(county, folder)
    with county.store.reading() as r:
        assert r.rows(sa.select(schema.catalog.c.key, schema.catalog.c.version)) == before
    assert "没有下发任何内容" in error.value.message
    return error.value


def send(county: County, town: Town) -> None:
    (written,) = write_bulletins(county.store, [XIUQI], county.folder)
    read_bulletin(town.store, written.file.read_bytes(), today=TODAY)


def untaken(county: County) -> int:
    with county.store.reading() as r:
        return next(one.untaken for one in standings(r) if one.division == XIUQI)


def ready(town: Town, county: County) -> None:
    town.add_people(1)
    town.apply(hand_over(town, county))


def test_a_catalogue_does_not_differ_from_itself() -> None:
    sources = shipped_sources()
    assert compare_catalogs(load_catalog(sources), load_catalog(sources), area=XIUQI) == ()


def test_a_new_field_appears_in_the_township_after_it_was_looked_at(
    town: Town, county: County, tmp_path: Path
) -> None:
    ready(town, county)
    folder = write(tmp_path / "县", 高龄=OVERLAY, 代码=CODES, 日历=CALENDAR, 电扇=FORM)
    plan = published(county, folder)
    assert sorted((one.kind, one.version) for one in plan.entries) == [
        *(("calendar", 1), ("codes", 1), ("form", 1), ("form", 1))
    ]
    send(county, town)
    assert "x_pickup" not in town.store.catalog.forms["elder_age"].fields
    with town.store.reading() as r:
        preview = preview_offered(r)
    told = [one.sentence() for one in preview.differences]
    assert "新增表单“送电扇”：2 个字段" in told
    assert "新增字段“高龄津贴 · 领取方式”：领取方式，单选，选自“领取方式”" in told
    assert "新增选项“领取方式 · 代领”" in told
    assert "新增工作日历“2027 年节假日”：放假 3 天，周末上班 0 天〔例〕（示例）" in told
    assert not preview.aside
    # Postponed: reading again offers no more, and it still waits.
    send(county, town)
    with town.store.reading() as r:
        assert count_offered(r) == 4
    town.add_people(1)
    hand_over(town, county)
    assert untaken(county) == 4
    assert len(accept_offered(town.store).entries) == 4
    town.add_people(1)
    hand_over(town, county)
    assert untaken(county) == 0
    forms = town.store.catalog.forms
    assert (forms["elder_age"].fields["x_pickup"].type.name, "x_fan" in forms) == ("choice", True)
    assert "2027" in town.store.catalog.calendar.years
    with pytest.raises(UserError):
        accept_offered(town.store)
    send(county, town)
    with town.store.reading() as r:
        assert count_offered(r) == 0


def test_a_second_version_shows_only_what_it_changes(town: Town, county: County, tmp_path: Path) -> None:
    ready(town, county)
    folder = write(tmp_path / "县", 代码=CODES, 电扇=FORM)
    published(county, folder)
    send(county, town)
    accept_offered(town.store)
    write(folder, 代码=CODES.replace('2 = "代领"', '2 = "亲属代领"\n3 = "送上门"'))
    plan = published(county, folder)
    assert [(one.key, one.version) for one in plan.entries] == [("代码", 2)]
    assert plan.unchanged == ("电扇.toml",)
    send(county, town)
    with town.store.reading() as r:
        told = [one.sentence() for one in preview_offered(r).differences]
    assert told == [
        "变更选项“领取方式 · 代领”：代领 → 亲属代领",
        "新增选项“领取方式 · 送上门”",
    ]
    accept_offered(town.store)
    # Who joins later has the newest at once.
    later = new_town(tmp_path / "later", "500229102")
    join(later, county)
    assert later.store.catalog.codes["x_pickup"].items["3"] == "送上门"
    later.store.close()


def test_nothing_goes_out_half_or_against_a_promise(county: County, tmp_path: Path) -> None:
    folder = write(tmp_path / "县", 高龄=OVERLAY, 代码=CODES, 电扇=FORM)
    wrong = write(tmp_path / "错", 高龄=OVERLAY.replace("x_pickup =", "pickup ="), 代码=CODES)
    assert "x_ 开头" in refusal(county, wrong).message
    assert (
        "没有表单“elder_old”"
        in refusal(
            county, write(tmp_path / "错二", 高龄=OVERLAY.replace("elder_age", "elder_old"), 代码=CODES)
        ).message
    )
    published(county, folder)
    write(folder, 电扇=FORM.replace("version = 1", "version = 2").replace('"integer", min = 1', '"text"'))
    error = refusal(county, folder)
    assert error.problems[0].code == "released"
    assert "已按类型 integer 发布，不能改成 text" in error.message
    gone = FORM.replace("version = 1", "version = 2").replace(
        'pieces = { label = "台数", type = "integer", min = 1 }\n', ""
    )
    write(folder, 电扇=gone)
    assert "已经发布，不能删掉" in refusal(county, folder).message
    write(folder, 电扇=FORM.replace("台数", "数量"))
    assert "version = 2" in refusal(county, folder).message
    write(folder, 电扇=FORM.replace("台数", "数量").replace("version = 1", "version = 2"))
    assert len(published(county, folder).entries) == 1
    assert refusal(county, tmp_path / "没有").code == "folder.missing"


@pytest.mark.on_file
def test_a_laptop_of_the_first_release_gets_what_it_can_read_and_the_rest_after_the_upgrade(
    town: Town, county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(county, write(tmp_path / "县", 日历=CALENDAR, 电扇=FORM))
    with county.store.writing("test") as w:
        body = {"owner": XIUQI, "kind": "of_tomorrow", "subject": "x", "at": w.at, "state": "issued"}
        w.put("rulings", body)

    def carried() -> tuple[list[str], int]:
        town.add_people(1)
        down = open_receipt(town.store, (receipt := hand_over(town, county)).read_bytes()).down
        town.apply(receipt)
        return sorted(one.kind for one in down.catalog), len(down.changes_of("rulings"))

    with monkeypatch.context() as older:
        older.setattr(schema, "SCHEMA_NUMBER", 2)
        assert carried() == (["form"], 0)
        assert carried() == (["form"], 0)
    # The first package of the new program names a standing that the old one read without the ruling.
    assert carried() == (["calendar", "form"], 1)
    assert carried() == (["calendar", "form"], 0)


def test_an_older_program_keeps_what_it_does_not_know_and_says_so(
    town: Town, county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(town, county)
    published(county, write(tmp_path / "县", 日历=CALENDAR, 电扇=FORM, 代码=CODES))
    with county.store.writing("test") as w:  # a form with a field type that only a newer program has
        body = FORM.replace("x_fan", "x_iris").replace('"integer", min = 1', '"iris_scan"')
        row = {"kind": "form", "key": "x_iris", "version": 1, "origin": "county", "name": "虹膜.toml"}
        w.insert("catalog", [{**row, "body": body}])
    with monkeypatch.context() as older:  # the loader of the release before the work calendar
        older.setattr(loading, "KINDS", tuple(kind for kind in loading.KINDS if kind != "calendar"))
        with town.store.writing("test") as w:
            w.delete("catalog", schema.catalog.c.kind == "calendar")
            w.on_commit.append(town.store.catalog_changed)
        send(county, town)
        with town.store.reading() as r:
            preview = preview_offered(r)
        assert sorted(one.kind for one in preview.entries) == ["codes", "form"]
        aside = {one.key: one.why for one in preview.aside}
        assert set(aside) == {"日历", "x_iris"}
        assert "升级程序" in aside["日历"]
        assert "iris_scan" in aside["x_iris"]
        accept_offered(town.store)
        assert "x_fan" in town.store.catalog.forms
        with town.store.reading() as r:
            assert count_offered(r) == 2
    # The program was renewed: the calendar can be taken now.
    assert [one.kind for one in accept_offered(town.store).entries] == ["calendar"]
    assert "2027" in town.store.catalog.calendar.years


RATES = """
area = "500229"
[rate."elder.80_89"]
title = "高龄津贴：80—89周岁"
unit = "yuan_per_year"
values = [ { from = "2027-01-01", value = "480.00", doc = "城民发〔2026〕40号" } ]
"""
VILLAGES = "code,name,level,parent\n500229106099,新修村,village,500229106\n"


def test_rates_villages_and_what_ends_are_told_before_they_count(
    town: Town, county: County, tmp_path: Path
) -> None:
    ready(town, county)
    folder = write(tmp_path / "县", 高龄=OVERLAY, 代码=CODES)
    published(county, folder)
    send(county, town)
    accept_offered(town.store)
    write(
        folder,
        标准=RATES,
        高龄=OVERLAY.replace("version = 1", "version = 2").replace(" }", ", retired = true }"),
    )
    (folder / "区划.csv").write_text(VILLAGES, "utf-8")
    published(county, folder)
    send(county, town)
    with town.store.reading() as r:
        preview = preview_offered(r)
    assert [one.sentence() for one in preview.differences] == [
        "停用字段“高龄津贴 · 领取方式”",
        "变更标准“高龄津贴：80—89周岁”自 2027-01-01 起：100.00 元/年〔例〕 → 480.00 元/年（城民发〔2026〕40号）",
        "新增区划“新修村”：500229106099",
    ]
    assert preview.rates_since == "2027-01-01"
    accept_offered(town.store)
    catalog = town.store.catalog
    assert "500229106099" in {one.code for one in catalog.divisions.villages(XIUQI)}
    rate = catalog.rates.at("elder.80_89", "2027-02", area=XIUQI)
    assert rate is not None
    assert (rate.value, rate.origin) == (48_000, "county")
    # A rates file that only a text editor could have broken is refused whole, with its line.
    write(folder, 标准=RATES.replace('"480.00"', "480.00"))
    assert "标准.toml 第 6 行" in refusal(county, folder).message


def test_a_released_field_keeps_its_type_and_its_old_name_when_it_is_renamed(
    town: Town, county: County, tmp_path: Path
) -> None:
    """Values under the old key are read under the new one: as another type, or no more, they would be lost."""
    ready(town, county)
    folder = write(tmp_path / "县", 电扇=FORM)
    published(county, folder)
    line = 'pieces = { label = "台数", type = "integer", min = 1 }'
    other = FORM.replace("version = 1", "version = 2").replace(
        line, 'number = { label = "台数", type = "text", renamed_from = "pieces" }'
    )
    write(folder, 电扇=other)
    assert "已按类型 integer 发布，不能改成 text" in refusal(county, folder).message
    write(folder, 电扇=other.replace('"text"', '"integer"'))
    assert len(published(county, folder).entries) == 1
    write(folder, 电扇=other.replace('"text", renamed_from = "pieces"', '"integer"').replace("= 2", "= 3"))
    assert "renamed_from" in refusal(county, folder).message


def test_enrolling_anew_never_replaces_a_form_by_one_that_this_program_cannot_read(
    town: Town, county: County, tmp_path: Path
) -> None:
    ready(town, county)
    published(county, write(tmp_path / "县", 电扇=FORM))
    send(county, town)
    accept_offered(town.store)
    newer = FORM.replace('type = "integer", min = 1', 'type = "iris_scan"').replace("= 1", "= 2", 1)
    entry = {"kind": "form", "key": "x_fan", "version": 2, "origin": "county", "name": "电扇.toml"}
    other = {"kind": "form", "key": "x_fen", "version": 1, "origin": "county", "name": "分.toml"}
    with county.store.writing("test") as w:
        w.insert("catalog", [{**entry, "body": newer}, {**other, "body": FORM.replace("x_fan", "x_fen")}])
    join(town, county)
    assert town.store.catalog.forms["x_fan"].fields["pieces"].type.name == "integer"
    assert "x_fen" in town.store.catalog.forms
    with town.store.reading() as r:
        assert [one.key for one in preview_offered(r).aside] == ["x_fan"]
