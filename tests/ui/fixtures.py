"""Invented data of the target pictures, so that pages can be looked at side by side with them."""

from __future__ import annotations

from datetime import date

from minzheng_desktop.ui.kit.cards import Due, Entry
from minzheng_desktop.ui.kit.cells import Cell, Chip, Dots, Link, Mark, Mask, state_chip
from minzheng_desktop.ui.kit.strips import StepMark
from minzheng_desktop.ui.page import Page
from minzheng_desktop.ui.records.outline import (
    FieldLine,
    FieldProblem,
    Judgement,
    Outline,
    PersonBrief,
    RecordView,
    SectionLine,
    Sources,
    TableLine,
    TabLine,
)
from minzheng_desktop.ui.records.page import ListFoot, ListHead, RecordRow
from minzheng_desktop.ui.shell import Fact, Tab
from minzheng_desktop.ui.workbench import MonthLine, TrafficStep, Urgent, Workbench

TABS = (
    "工作台", "人口与家庭", "社会救助", "残疾与儿童", "养老服务", "社会事务", "发放与打印", "上报与下发", "设置",
)  # fmt: skip

FACTS = (
    Fact("修齐镇 · A 机 · 可锁定"),
    Fact("今天 08:31 已备份", "ok", "ok", spare=True),
    Fact("待上报 37 条", "warn", "warn"),
    Fact("10:42 已保存", "ok", "ok"),
)


def tabs(**pages: Page) -> tuple[Tab, ...]:
    """The tabs of the pictures; a page given by its title's place stands in for an empty one."""
    return tuple(Tab(f"t{at}", title, pages.get(f"t{at}", Page)) for at, title in enumerate(TABS))


LATE, TODAY = Chip("逾期", "error", "error"), Chip("今天", "info", "clock")
BACK = Chip("县退回", "error", "return")


def _days(text: str, tone: str = "warn", icon: str = "warn") -> Chip:
    return Chip(text, tone, icon)


def _urgent(due: Chip, who: str, business: str, todo: str, link: str) -> Urgent:
    name, sex, year, village = who.split()
    return Urgent(due, name, sex, year, village, business, todo, Link(link), "")


def _month(business: str, done: int, icon: str, tone: str, stage: str, amount: str) -> MonthLine:
    mark: Mark | Cell = Mark(stage, tone, icon)
    return MonthLine(business, Dots(done), mark, amount, business)


WORKBENCH = Workbench(
    day="6月18日 星期四",
    count="今天有 9 件到期的事",
    dues=(
        Due("publicity", "公示到期", 5, "今天满 2 户，3 天内 3 户", "bell", "info"),
        Due("recheck", "年审到期", 12, "最早 06-20，B 类 9 户", "clock", "warn"),
        Due("check", "认证逾期", 8, "高龄 6 人，两项补贴 2 人", "error", "error"),
        Due("eighty", "即将满80岁", 4, "30 天内满，还没有申请", "cake", "info"),
        Due("cert", "残疾证到期", 4, "60 天内 3 本，已过期 1 本", "card", "warn"),
        Due("returned", "县退回", 2, "低保 1 件，临时救助 1 件", "return", "error"),
        Due("unsent", "未上报", 37, "第 0042 号包以后改的", "out", "warn"),
        Due("receipt", "回执待读", 1, "U 盘上有 0042 号回执", "mail", "info"),
    ),
    urgent=(
        _urgent(LATE, "冉启珍 女 1948 石景社区", "高龄津贴", "认证逾期 12 天，本月起暂停发放", "认证"),
        _urgent(TODAY, "杨胜㐱 女 1949 岚山村", "低保", "公示今天满 7 天，无异议", "去上报"),
        _urgent(BACK, "谭永福 男 1957 岚山村", "低保", "县退回：缺第二调查人签字", "补正"),
        _urgent(TODAY, "袁素华 女 1971 东河村", "低保", "公示今天满 7 天，无异议", "去上报"),
        _urgent(BACK, "阿布都热依木·吐尔逊 男 1983 茶丰村", "临时救助", "县退回：户名与申请人不一致", "补正"),
        _urgent(
            _days("7 天内", "info", "clock"),
            "何𨭎 男 1946 仁桥村",
            "高龄津贴",
            "06-25 满 80 周岁，未申请",
            "新建申请",
        ),
        _urgent(_days("64 天"), "陈兴碧之户 女 1952 花坪村", "低保", "户主 05-22 死亡，须停旧建新", "变更"),
        _urgent(_days("2 天"), "向光菊 女 1969 香坪村", "低保", "B 类复核 06-20 到期，还没有入户", "复核"),
        _urgent(
            _days("12 天"), "田应富 男 1959 枇杷村", "护理补贴", "残疾证 06-30 到期，到期后停发", "登记换证"
        ),
        _urgent(
            _days("14 天内", "info", "clock"),
            "龚朝秀 女 1946 大兴村",
            "高龄津贴",
            "07-02 满 80 周岁，未申请",
            "新建申请",
        ),
        _urgent(_days("10 天"), "汪正明 男 1962 兴华村", "低保", "C 类复核 06-28 到期，季度复核", "复核"),
    ),
    urgent_hint="按期限排，共 73 件",
    month_title="6 月发放",
    months=(
        _month("农村低保", 1, "clock", "warn", "已计划，待锁定", "139,817.50"),
        _month("城市低保", 4, "out", "info", "银行文件已出", "12,046.00"),
        _month("特困分散供养", 5, "ok", "ok", "已回盘，无退票", "31,703.00"),
        _month("特困集中供养", 5, "ok", "ok", "已回盘，无退票", "17,200.00"),
        _month("残疾人生活补贴", 3, "print", "info", "已打印待出文件", "18,900.00"),
        _month("重残护理补贴", 3, "print", "info", "已打印待出文件", "12,750.00"),
        _month("孤儿与事实无人抚养", 2, "lock", "info", "已锁定，待打印", "13,500.00"),
        _month("高龄津贴", 0, "dot", "ink-3", "本季 6 月末发", "—"),
        _month("助餐结算", 5, "warn", "error", "有 1 笔退票", "6,284.00"),
        MonthLine("合计", "", "", "252,200.50", total=True),
    ),
    traffic=(
        TrafficStep("已写出", "06-15 16:20", "done"),
        TrafficStep("已复制到U盘", "06-15 16:22", "done"),
        TrafficStep("县已接收", "06-16 09:05", "done"),
        TrafficStep("回执待读", "1 份", "now"),
    ),
    traffic_line="第 0042 号包 · 318 条 · 257,916.50 元",
    receipt_waiting=True,
    backup=(
        ("ok", "今天 08:31 已备份到 D 盘，打开校验通过"),
        ("warn", "U 盘备份是 9 天前的，建议今天再备一次"),
    ),
)


# -- 02 records and editor ---------------------------------------------------------------------

FORMS = (
    Entry("dibao", "低保", "215"),
    Entry("dibian", "低保边缘", "38"),
    Entry("tekun", "特困人员", "41"),
    Entry("linshi", "临时救助", "67"),
    Entry("gangxing", "刚性支出困难", "12"),
    Entry("low", "低收入人口", "926"),
    Entry("check", "资格认证", "512"),
    Entry("goods", "物资发放", "140"),
    Entry("wander", "流浪救助", "3"),
    Entry("online", "线上申请登记", "9"),
)

HEAD = ListHead(
    form="dibao",
    title="低保",
    pills=(("", "全部", 215), ("open", "在办", 9), ("returned", "县退回", 1), ("recheck", "复核到期", 12),
        ("changed", "金额有变", 6)),
    villages=(("", "全部村（12）"), ("206", "白果村")),
    states=(("", "状态：全部"), ("active", "在享")),
    kind_title="类别",
    quantity_title="保障人口",
    amount_title="月金额",
    subject="household",
)  # fmt: skip

FOOT = ListFoot("215 户 · 保障 433 人", "本月合计", "139,817.50 元")


def _record(line: str) -> RecordRow:
    name, sex, year, village, tail, kind, state, quantity, amount = line.split()
    return RecordRow(
        name,
        name,
        sex,
        year,
        village,
        Mask(f"500229********{tail}"),
        kind,
        state_chip(state),
        quantity,
        amount,
    )


RECORDS = tuple(
    _record(line)
    for line in """
罗成贵 男 1965 白果村 2217 B 调查核对 3 966.67
冉启珍 女 1948 石景社区 0064 A 在享 1 845.00
谭永福 男 1957 岚山村 3815 B 县退回 2 612.00
袁素华 女 1971 东河村 1428 B 公示中 2 682.00
向光菊 女 1969 香坪村 5026 B 在享 3 1,104.25
汪正明 男 1962 兴华村 7731 C 在享 4 1,356.00
阿布都热依木·吐尔逊 男 1983 茶丰村 4412 C 已上报 5 1,710.50
何𨭎 男 1955 仁桥村 9018 A 在享 2 1,140.00
田应富 男 1959 枇杷村 6637 A 在享 1 685.00
龚朝秀 女 1951 大兴村 0923 A 暂停 1 635.00
陈兴碧 女 1952 花坪村 2046 A 停发 2 0.00
李光珍 女 1974 家园村 8169 B 停发 3 0.00
吴道云 男 1968 白果村 5530 B 在享 2 721.80
吴道芸 女 1968 白果村 5549 B 在享 1 540.20
蒲世全 男 1960 东河村 3174 B 在享 2 1,020.00
秦大菊 女 1977 石景社区 7342 C 待补正 4 —
杨胜㐱 女 1949 岚山村 1105 A 在享 1 685.00
""".split("\n")
    if line.strip()
)

URBAN_RURAL = (("2", "农村"), ("1", "城市"))
CLASSES = (("A", "A 类·年审"), ("B", "B 类·半年"), ("C", "C 类·季度"))

OUTLINE = Outline(
    form="dibao",
    title="低保",
    subject="household",
    tabs=(
        TabLine(
            "基本情况",
            (
                SectionLine(
                    "",
                    (
                        FieldLine("village", "village", "村组", "village", required=True),
                        FieldLine("dibao_type", "dibao_type", "城乡", "choice", choices=URBAN_RURAL),
                        FieldLine("dibao_class", "dibao_class", "保障类别", "choice", choices=CLASSES),
                        FieldLine("apply_date", "apply_date", "申请日期", "date", required=True),
                        FieldLine("accept_date", "accept_date", "受理日期", "date", required=True),
                        FieldLine("account", "account", "社保卡", "account"),
                    ),
                ),
                SectionLine(
                    "共同生活成员",
                    table=TableLine(
                        "members",
                        "共同生活成员",
                        (FieldLine("members.in_covered", "in_covered", "保障", "yes_no"),),
                        from_household=True,
                        copied=(
                            FieldLine("members.name", "name", "姓名", "text"),
                            FieldLine("members.relation", "relation", "关系", "text"),
                            FieldLine("members.birth", "birth", "出生", "text"),
                            FieldLine("members.health", "health", "健康", "text"),
                            FieldLine("members.labor", "labor", "劳动能力", "text"),
                        ),
                    ),
                ),
            ),
        ),
        TabLine("成员", ()),
        TabLine("收入财产", ()),
        TabLine("金额", ()),
        TabLine("调查公示", ()),
        TabLine("附件", ()),
    ),
    economy=True,
)

LUO = PersonBrief(
    "luo", "罗成贵", "男", "1965-03-12", "白果村", "500229********2217", "男 · 1965-03-12 · 61 岁"
)

DOC = {
    "village": "206",
    "dibao_type": "2",
    "dibao_class": "B",
    "apply_date": "2026-06-05",
    "accept_date": "2026-06-02",
    "account": {"number": "6217001234560003391", "name": "罗成桂", "bank": "农商行", "type": "1"},
    "members": [
        {"key": "1", "name": "罗成贵", "relation": "户主", "birth": "1965-03", "health": "肢体二级",
            "labor": "部分丧失", "in_covered": True},
        {"key": "2", "name": "周德芳", "relation": "妻", "birth": "1968-09", "health": "一般", "labor": "有",
            "in_covered": True},
        {"key": "3", "name": "罗小川", "relation": "子", "birth": "2008-11", "health": "健康",
            "labor": "无（在校）", "in_covered": True},
    ],
}  # fmt: skip

STEPS = (
    StepMark("受理", "done"), StepMark("调查核对", "now"), StepMark("乡镇审核", "later"),
    StepMark("公示", "later"), StepMark("上报", "later"), StepMark("县确认", "later"),
)  # fmt: skip

RECORD = RecordView(
    outline=OUTLINE,
    id="r1",
    title="罗成贵 户",
    chip=state_chip("调查核对"),
    facts="低保 · DB-500229106-2026-000123 · 第 4 次修改 · 06-18 10:42",
    doc=DOC,
    steps=STEPS,
    ways=(("return", "退回补正", "danger"), ("review", "提交审核", "")),
    primary="review",
    subject=LUO,
)


def judge(_doc: dict) -> Judgement:
    """What the picture shows: one error, one warning, the amount."""
    return Judgement(
        required=frozenset({"village", "apply_date", "accept_date"}),
        problems=(
            FieldProblem("accept_date", "error", "早于申请日期 06-05，请按受理通知书上的日期改。"),
            FieldProblem(
                "account", "warning", "户名“罗成桂”与领款人“罗成贵”差一字，银行可能退票。", "account_name"
            ),
        ),
        amount=("月保障金", "966.67", "玖佰陆拾陆元陆角柒分"),
    )


def sources() -> Sources:
    return Sources(today=date(2026, 6, 18), villages=(("206", "白果村"), ("207", "岚山村")))
