"""Invented notices, explanations, letters, cards and hand-over sheets for the tests of printed matter."""

from __future__ import annotations

import functools

from minzheng_desktop.catalog.load import load_catalog
from minzheng_desktop.catalog.seeds import shipped_sources
from minzheng_desktop.documents.bank_sheet import BankShare, BankSheet
from minzheng_desktop.documents.certificate import CardLayout
from minzheng_desktop.documents.explanation import Change, ExplanationSheet, Income, Step
from minzheng_desktop.documents.letter import Delivery, Letter
from minzheng_desktop.documents.notice import Notice, NoticeColumn
from minzheng_desktop.documents.record_sheets import card_layout as _layout_of
from minzheng_desktop.values.money import format_money_grouped
from minzheng_desktop.values.names import mask_name
from tests.documents.samples import People

NAMES = (
    "张𪚥",
    "李䶮㛃",
    "阿卜杜热依木·吐尔逊江",
    "张三",
    "郭明",
    "罗小艳",
    "苏怀仁",
    "苏平",
    "卢静",
    "贾丽娜",
    "阎勇",
    "蒋华",
)


def notice(rows: int = 12, *, mark: str = "") -> Notice:
    people = People(3)
    return Notice(
        text="经个人申请、入户调查和乡镇审核，拟将下列家庭纳入农村最低生活保障，现予公示。公示时间：2024年9月9日至9月15日"
        "（7天）。对公示内容有异议的，请在公示期内向乡人民政府反映。",
        columns=(
            NoticeColumn("村　组", "place"),
            NoticeColumn("申请人姓名", "name"),
            NoticeColumn("家庭人口", "count"),
            NoticeColumn("保障人口", "count"),
            NoticeColumn("拟保障类别", "code"),
            NoticeColumn("拟月保障金（元）", "money"),
        ),
        rows=tuple(
            (
                f"青杠村{index % 5 + 1}组",
                mask_name(NAMES[index % len(NAMES)]),
                str(index % 4 + 1),
                str(index % 4 + 1),
                "ABC"[index % 3],
                format_money_grouped(people.cents(100, 2600) * 100),
            )
            for index in range(rows)
        ),
        office="云溪乡人民政府",
        date="2024年9月9日",
        phones=("0000-5922 0001（乡民政办）", "0000-5922 0002（县民政局）"),
        place="云溪乡便民服务中心民政窗口",
        mark=mark,
    )


def explanation() -> ExplanationSheet:
    """The worked example of the measure: 9,200 a year, three people, standard 635, one classified member."""
    return ExplanationSheet(
        service="农村最低生活保障",
        month="2024年9月",
        batch_number="500229103-DBN-202409-01",
        subject=(
            ("户　主", "李䶮㛃"), ("村　组", "青杠村3组"), ("类　别", "B 类"),
            ("家庭人口", "3 人"), ("保障人口", "3 人"), ("低保证号", "509229201120240037"),
        ),
        amount=131_833,
        incomes=(
            Income(item="工资性收入（零工）",
                   member="阿卜杜热依木·吐尔逊江", formula="500.00 × 12 个月", amount=600_000),
            Income(item="经营净收入（种植）", member="李䶮㛃", formula="3亩 × 600.00", amount=180_000),
            Income(item="财产净收入（土地流转）", member="李䶮㛃", formula="2亩 × 700.00", amount=140_000),
        ),
        steps=(
            Step(what="人均月收入", formula="9,200.00 ÷ 12 ÷ 3", result="≈ 255.5556", source="核算表第4行"),
            Step(what="农村低保标准（9月起）", formula="每人每月", result="635.00", source="渝民发〔2024〕0号（示例）"),
            Step(what="每人差多少", formula="635.00 − 255.5556", result="≈ 379.4444"),
            Step(what="全户保障3人，舍入到分", formula="379.4444 × 3 ≈ 1,138.33",
                 result="1,138.33", source="只在最后舍入一次"),
            Step(what="分类施保：重度残疾1人", formula="60.00 × 1", result="60.00", source="每人只取一档"),
            Step(what="补发：7、8月分类施保", formula="60.00 × 2 个月", result="120.00", source="批准起发月2024-07"),
            Step(what="扣减", formula="无", result="0.00"),
        ),
        months=("2024年8月", "2024年9月"),
        changes=(
            Change(what="保障标准（元/人·月）", before=60_000, now=63_500, reason="标准调整"),
            Change(what="户月保障金", before=103_333, now=113_833, reason="标准调整"),
            Change(what="分类施保", before=0, now=6_000, reason="7月认定重残"),
            Change(what="补　发", before=0, now=12_000, reason="补7、8月"),
            Change(what="实　发", before=103_333, now=131_833),
        ),
        notes="说明：人均月收入按精确值参加计算，只在最后一步舍入一次；表上“255.5556”是显示到四位的数。家里人口、收入或者账户有变化，"
        "请在当月报给村委会。",
        snapshot="计算快照 7f3a-91c2-04de　标准版本 2024-09-01",
    )  # fmt: skip


def letter(paragraphs: int = 3) -> Letter:
    texts = (
        "你户（低保证号509229201120210063）于2021年3月起享受农村最低生活保障，现保障2人，每月保障金570元。",
        "2024年9月复核查明，你户人均月收入为742.50元，高于现行农村低保标准635元，不再符合保障条件。依据《最低生活保障审核确认办法》"
        "有关规定，经研究，决定自2024年11月起停发你户最低生活保障金。此前已发资金不予追回。",
        "你户如对本决定有异议，可自收到本告知书之日起60日内向云溪县人民政府申请行政复议，或者自收到之日起6个月内依法提起行政诉讼。"
        "生活再次发生困难的，可随时重新申请。",
    )
    return Letter(
        office="云溪县民政局",
        number="云民救停〔2024〕17号",
        title="关于停发最低生活保障金的告知书",
        addressee="阿卜杜热依木·吐尔逊江：",
        paragraphs=tuple(texts[index % 3] for index in range(paragraphs)),
        date="2024年10月9日",
        remark="联系人：赵明；联系电话：0000-5922 0002",
        delivery=Delivery(
            document="关于停发最低生活保障金的告知书",
            number="云民救停〔2024〕17号",
            receiver="阿卜杜热依木·吐尔逊江",
            place="云溪乡青杠村1组8号",
            way="直接",
        ),
    )


@functools.cache
def card_layout() -> CardLayout:
    """The page of the shipped dibao form."""
    return _layout_of(load_catalog(shipped_sources()).forms["dibao"], "cert_inner")


CARD_VALUES = {
    "name": "李䶮㛃",
    "sex": "女",
    "ethnicity": "土家族",
    "id_number": "50022919580413002X",
    "address": "云溪乡青杠村3组27号",
    "covered": "3 人",
    "class": "B类",
    "amount": "1,198.00",
    "words": "壹仟壹佰玖拾捌元整",
    "since": "2024年9月",
    "cert_no": "509229201120240037",
}


def bank_sheet() -> BankSheet:
    return BankSheet(
        office="云溪乡人民政府",
        number="500229103-DBN-202409-01",
        service="农村最低生活保障金　2024年9月",
        batch="正常发放（已封账　2024-09-24 10:15　封账人：赵明）",
        paying_bank="农商银行云溪支行",
        file_name="500229103_dibao_202409_01.csv",
        file_format="CSV，GB18030，首行表头，末行合计；账号、证号为文本",
        digest="2a97516c354b68848cdbd8f54a226a0a55b21ed138e207ad6c5cbb9c00aa5aea",
        banks=(
            BankShare(bank="农商银行云溪支行", count=54, amount=4_872_600),
            BankShare(bank="邮储银行云溪营业所", count=12, amount=1_092_000, other=True),
        ),
        ledger_count=66,
        ledger_amount=5_964_600,
        ledger_pages=5,
    )
