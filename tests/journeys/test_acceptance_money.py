"""The worked examples of domain §8 from a clerk's roster to locked months, through the command line.

Standards are the shipped examples of domain §13: rural dibao 600.00 to 2024-08 and 635.00 from 2024-09; old-age
allowance 100.00, 600.00 and 6000.00 a year; a bath 110.00, two a month.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.journeys.clerk import Clerk, copy_site, id_number, make_site, write_scan

HEAD = id_number("19560312", 101)
ELDER = id_number("19340520", 11)
WORDS = "一二三四"
ALONE = [id_number("19500101", 11 + n) for n in range(4)]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    return make_site(tmp_path_factory.mktemp("empty"), "township", "500229201", "--demonstration")


def write_book(path: Path, *rows: list[Any]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def family(folder: Path, month: int) -> Path:
    """Domain §8 example 4: three members, 310.00 each a month, which is 310 × 12 × 3 = 11160.00 a year."""
    members = [HEAD, id_number("19580709", 102), id_number("19830122", 103)]
    return write_book(
        folder / "低保.xlsx",
        [f"龙田乡2024年{month}月农村低保发放花名册"],
        ["村", "户主姓名", "身份证号", "家庭人口", "保障人口", "家庭年收入", "一卡通账号", "最初享受月份",
         "成员姓名", "成员身份证号"],
        ["卫星村", "王建国", HEAD, 3, 3, 11160, "6217000000000012", "2024.01", "王建国；李秀英；王小军",
         "；".join(members)],
    )  # fmt: skip


def alone(folder: Path) -> Path:
    """Four households of one without income: 635.00 each from 2024-09."""
    return write_book(
        folder / "低保.xlsx",
        ["龙田乡2024年9月农村低保发放花名册"],
        ["村", "户主姓名", "身份证号", "家庭人口", "保障人口", "家庭年收入", "一卡通账号", "最初享受月份"],
        *(["卫星村", f"钱{WORDS[n]}", ALONE[n], 1, 1, 0, f"62170000000010{n}1", "2024.01"] for n in range(4)),
    )


def plan(clerk: Clerk, month: str, form: str = "dibao", *more: str) -> Any:
    return clerk.do("batch", "plan", "--form", form, "--month", month, *more)


def lock(clerk: Clerk, month: str, form: str = "dibao", *more: str) -> str:
    locked = clerk.do("batch", "lock", "--form", form, "--month", month, *more)
    assert locked["state"] == "locked"
    return str(locked["total"])


def explain(clerk: Clerk, month: str, person: str, form: str = "dibao") -> Any:
    return clerk.do("batch", "explain", "--form", form, "--month", month, "--person", person)


def step(clerk: Clerk, record: str, key: str, **settings: str) -> Any:
    pairs = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    return clerk.do("record", "step", record, key, *pairs)


def test_a_raise_known_in_time_and_one_told_late(empty: Clerk, tmp_path: Path) -> None:
    clerk = copy_site(empty, tmp_path)
    clerk.roster(family(tmp_path, 8))
    august = plan(clerk, "2024-08")
    assert set(august) == {
        "items",
        "total",
        "new",
        "stopped",
        "changed",
        "accounts_changed",
        "blocked",
        "state",
    }
    # (600 − 310) × 3 = 870.00; earlier months since 2024-01 were settled outside and are no back-pay.
    assert (august["items"], august["total"], august["new"], august["state"]) == (1, "870.00", 1, "planned")
    assert lock(clerk, "2024-08") == "870.00"
    why = explain(clerk, "2024-08", HEAD)
    assert set(why) == {"amount", "steps"}
    assert why["amount"] == "870.00"
    results = [s["result"] for s in why["steps"]]
    assert [r for r in ("310.00", "600.00", "290.00", "870.00") if r in results] == results
    assert lock(clerk, "2024-09") == "975.00"  # (635 − 310) × 3
    assert lock(clerk, "2024-10") == "975.00"
    # In November the county's 670.00 since September arrives: 35.00 × 3 = 105.00 for each paid month.
    rates = tmp_path / "标准.toml"
    rates.write_text(
        'area = "500229"\n[rate."dibao.rural"]\ntitle = "农村低保标准"\nunit = "yuan_per_person_month"\n'
        'values = [ { from = "2024-09-01", value = "670.00", doc = "城府发〔2024〕30号" } ]\n',
        encoding="utf-8",
    )
    imported = clerk.do("rates", "import", rates)
    assert [r["value"] for r in imported["rates"] if r["code"] == "dibao.rural"] == ["670.00"]
    assert plan(clerk, "2024-09")["total"] == "975.00"  # a locked month never changes
    assert (
        plan(clerk, "2024-11")["total"] == "1080.00"
    )  # (670 − 310) × 3, the differences wait for their batches
    assert lock(clerk, "2024-09", "dibao", "--kind", "adjust") == "105.00"
    assert lock(clerk, "2024-10", "dibao", "--kind", "adjust") == "105.00"
    assert lock(clerk, "2024-11") == "1080.00"
    source = " ".join(s["source"] for s in explain(clerk, "2024-11", HEAD)["steps"])
    assert "城府发〔2024〕30号" in source
    # A month before the first one paid here was settled outside: nothing to lock.
    assert plan(clerk, "2024-07")["total"] == "0.00"
    clerk.refused("batch", "lock", "--form", "dibao", "--month", "2024-07")
    assert "已经锁定" in clerk.refused("batch", "lock", "--form", "dibao", "--month", "2024-09").err


def test_a_birthday_inside_a_quarter(empty: Clerk, tmp_path: Path) -> None:
    """Domain §8 example 5: born 1934-05-20, 90 in 2024-05; 433.33 in the year."""
    clerk = copy_site(empty, tmp_path)
    file = write_book(
        tmp_path / "高龄.xlsx",
        ["龙田乡2024年第一季度高龄津贴发放册"],
        ["村", "姓名", "身份证号", "金额", "账号", "起领年月"],
        ["卫星村", "周福寿", ELDER, 25, "6217000000000001", "2024年1月"],
    )
    clerk.roster(file, "elder_age", "--paid-through", "2023-12")
    wrong = clerk.refused("batch", "plan", "--form", "elder_age", "--month", "2024-05")
    for month in ("2024-03", "2024-06", "2024-09", "2024-12"):
        assert month in wrong.err  # the valid ones are named
    quarters = [lock(clerk, month, "elder_age") for month in ("2024-03", "2024-06", "2024-09", "2024-12")]
    # 100 ÷ 12 × 3; 100 ÷ 12 + 600 ÷ 12 × 2; 600 ÷ 12 × 3 twice
    assert quarters == ["25.00", "108.33", "150.00", "150.00"]
    steps = explain(clerk, "2024-06", ELDER, "elder_age")["steps"]
    assert any("80" in s["name"] and "4月" in s["name"] for s in steps)
    assert any("90" in s["name"] and s["result"] == "100.00" for s in steps)


def test_suspension_back_pay_and_a_death_told_late(empty: Clerk, tmp_path: Path) -> None:
    clerk = copy_site(empty, tmp_path)
    clerk.roster(alone(tmp_path))
    assert [lock(clerk, month) for month in ("2024-09", "2024-10")] == ["2540.00", "2540.00"]  # 4 × 635
    records = {r["doc"]["members"][0]["name"]: r["id"] for r in clerk.records()}
    for name in ("钱一", "钱二"):
        step(clerk, records[name], "suspend", reason="未认证", month="2024-11")
    # 钱三 died in September and it is told in November: September is paid, October is to come back.
    step(
        clerk, records["钱三"], "stop_at_once", stop_reason="death", reason="2024-09-12死亡", month="2024-10"
    )
    november = plan(clerk, "2024-11")
    assert (november["total"], november["stopped"], november["items"]) == ("635.00", 3, 1)
    assert lock(clerk, "2024-11") == "635.00"
    step(clerk, records["钱一"], "resume", reason="补认证", month="2024-12")
    step(clerk, records["钱二"], "resume", reason="回乡", month="2024年12月", back_pay="否")
    # 635 + 635 held in November; 635; 635
    assert lock(clerk, "2024-12") == "2540.00"
    assert [explain(clerk, "2024-12", ALONE[n])["amount"] for n in (0, 1, 3)] == [
        "1270.00",
        "635.00",
        "635.00",
    ]
    assert "补发" in " ".join(s["name"] for s in explain(clerk, "2024-12", ALONE[0])["steps"])
    assert explain(clerk, "2024-10", ALONE[2])["amount"] == "635.00"  # what was paid stays as it was paid
    clerk.refused("batch", "explain", "--form", "dibao", "--month", "2024-12", "--person", ALONE[2])


def test_example_rates_lock_only_in_a_demonstration(tmp_path: Path) -> None:
    clerk = make_site(tmp_path, "township", "500229201")
    clerk.roster(alone(tmp_path))
    assert plan(clerk, "2024-09")["total"] == "2540.00"
    assert "示例" in clerk.refused("batch", "lock", "--form", "dibao", "--month", "2024-09").err
    out = tmp_path / "草稿.csv"
    clerk.refused("batch", "print", "--form", "dibao", "--month", "2024-09", "--as", "bank-csv", "--out", out)
    assert not out.exists()  # bank files come from locked batches only


def test_baths_are_paid_to_the_provider_up_to_two_a_month(empty: Clerk, tmp_path: Path) -> None:
    clerk = copy_site(empty, tmp_path)
    number, able = id_number("19500101", 11), id_number("19500101", 13)
    stations = write_book(
        tmp_path / "机构.xlsx",
        ["机构名称", "机构类别", "开户行", "账号", "户名"],
        ["康乐助浴站", "服务站点", "农商行", "6217000000000017", "康乐助浴站"],
    )
    assert clerk.roster(stations, "institution")["new"] == 1
    tekun = write_book(
        tmp_path / "特困.xlsx",
        ["村", "姓名", "身份证号", "城乡类别", "供养方式", "对象类别", "自理能力", "享受时间"],
        ["卫星村", "何一", number, "农村", "分散", "老年人", "完全丧失", "2020.05"],
        ["卫星村", "何二", able, "农村", "分散", "老年人", "具备", "2020.05"],
    )
    assert clerk.roster(tekun, "tekun")["new"] == 2
    header = ["姓名", "身份证号码", "服务日期", "服务地点", "服务商", "服务人员", "次数", "体温", "高压", "低压",
              "皮损", "确认人", "金额"]  # fmt: skip
    rest = ["定点", "康乐助浴站", "赵一、钱二", 1, 36.5, 120, 80, "无", "照料人", 110]
    baths = write_book(
        tmp_path / "助浴.xlsx",
        ["龙田乡2024年9月定点助浴登记"],
        header,
        *(["何一", number, day, *rest] for day in ("2024.9.5", "2024年9月15日", "20240925")),
        ["何二", able, "2024-09-05", *rest],
        ["何一", number, "2024-09-05", *rest],  # the same day once more
    )
    done = clerk.roster(baths, "bath")
    assert done["rejected"] >= 1
    again = clerk.roster(baths, "bath")
    assert (again["new"], again["updated"]) == (0, 0)
    scans = [str(write_scan(tmp_path / f"{name}.jpg")) for name in ("同意书", "前", "后")]
    for record in clerk.records("bath"):
        ran = clerk.run("record", "step", record["id"], "register")
        if record["doc"]["served_on"] == "2024-09-05" and ran.code == 1:
            assert "分散供养" in ran.err  # 何二 looks after himself: no subsidy
            continue
        assert ran.code == 0, ran.err
        papers = tmp_path / "记录.json"
        doc = {**ran.data["doc"], "consent": scans[:1], "photos": scans[1:]}
        papers.write_text(
            json.dumps({"id": record["id"], "revision": ran.data["revision"], "doc": doc}, ensure_ascii=False)
        )
        clerk.do("record", "save", papers, "--form", "bath")
        clerk.do("record", "step", record["id"], "check")
    planned = plan(clerk, "2024-09", "bath")
    assert (planned["items"], planned["total"], planned["blocked"]) == (
        2,
        "220.00",
        1,
    )  # 2 × 110, the third not
    assert lock(clerk, "2024-09", "bath") == "220.00"
    out = tmp_path / "代发.csv"
    clerk.do("batch", "print", "--form", "bath", "--month", "2024-09", "--as", "bank-csv", "--out", out)
    rows = list(csv.reader(io.StringIO(out.read_bytes().decode("gb18030"))))
    assert [(r[1], r[2], r[5]) for r in rows if "康乐助浴站" in r] == [
        ("康乐助浴站", "6217000000000017", "220.00")
    ]


def test_an_approval_that_comes_late_is_paid_back(empty: Clerk, tmp_path: Path) -> None:
    """The whole way of an application typed by hand, decided by the county's letter after the first month due."""
    clerk = copy_site(empty, tmp_path)
    letter = {"document_no": "城民〔2024〕1号", "scan": str(write_scan(tmp_path / "批复.jpg"))}
    elder = {
        "person": {"name": "周福寿", "id_number": ELDER, "reside_village": "500229201201"},
        "account": {"number": "6217000000000301", "name": "周福寿"},
        "doc": {"apply_channel": "1", "apply_date": "2024-01-08", "relative_of_staff": False},
    }
    record = save(clerk, tmp_path, "elder_age", elder)["id"]
    for key, settings in (
        ("submit", {}), ("accept", {}), ("review", {"opinion": "同意", "town_result": "1", "town_opinion": "同意"}),
        ("report", {}), ("manual_confirm", {**letter, "date": "2024-06-03"}),
    ):  # fmt: skip
        done = step(clerk, record, key, **settings)
    assert (done["state"], done["start_month"]) == ("confirmed", "2024-01")  # applied for in January, over 80
    # 108.33 of the second quarter (domain §8 example 5) and 25.00 of the first, that nobody paid yet
    assert lock(clerk, "2024-06", "elder_age") == "133.33"
    assert "补发2024年第一季度" in [s["name"] for s in explain(clerk, "2024-06", ELDER, "elder_age")["steps"]]

    couple = [id_number("19500101", 11), id_number("19500101", 12)]
    names = [("杨一", couple[0], "02"), ("杨二", couple[1], "10")]
    household = {
        "household": {
            "village": "500229201201",
            "members": [{"name": n, "id_number": i, "relation": r} for n, i, r in names],
        },
        "account": {"number": "6217000000000302"},
        "doc": {
            "apply_channel": "1", "apply_date": "2024-07-01", "dibao_type": "农村", "dibao_class": "B",
            "poverty_cause": "01", "relative_of_staff": False, "democratic_review": "到会12人，同意12人",
            "members": [{"person": number, "in_covered": True} for number in couple],
            "incomes": [{"member": couple[0], "kind": "2", "source": "种植", "annual_amount": "2400.00"}],
            "verifications": [{"request_date": "2024-07-02", "reply_date": "2024-07-05", "result": "1"}],
            "investigations": [{"date": "2024-07-08", "investigators": ["王经办", "李干部"], "findings": "属实"}],
            "publicity": [{"place": "村务公开栏", "start_date": "2024-07-12", "result": "1"}],
        },
    }  # fmt: skip
    record = save(clerk, tmp_path, "dibao", household)["id"]
    for key, settings in (
        ("submit", {}), ("accept", {"accept_date": "2024-07-02"}), ("investigate", {}),
        ("review", {"opinion": "同意", "town_result": "1", "town_opinion": "同意"}), ("publicize", {}),
        ("end_publicity", {}), ("report", {}), ("manual_confirm", {**letter, "date": "2024-08-20"}),
    ):  # fmt: skip
        done = step(clerk, record, key, **settings)
    assert done["doc"]["publicity"][0]["end_date"] == "2024-07-19"  # seven days after the first
    assert done["start_month"] == "2024-08"  # 重庆条例: from the month of the decision
    assert done["doc"]["income_per_capita"] == "100.00"  # 2400 ÷ 12 ÷ 2
    # (635 − 100) × 2 = 1070.00 of September and (600 − 100) × 2 = 1000.00 of August
    assert plan(clerk, "2024-09")["total"] == "2070.00"


def save(clerk: Clerk, folder: Path, form: str, content: Any) -> Any:
    file = folder / "记录.json"
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return clerk.do("record", "save", file, "--form", form)
