"""Invented data of the pictures 03, 04 and 04b."""

from __future__ import annotations

from minzheng_desktop.ui.economy import Economy, ListLine
from minzheng_desktop.ui.income_grid import IncomeRow
from minzheng_desktop.ui.kit.cards import Entry
from minzheng_desktop.ui.kit.cells import Cell, Chip, Mark, state_chip
from minzheng_desktop.ui.kit.money import BridgeBox, CalculationLine
from minzheng_desktop.ui.payment import ChangeLine, Month, OwnChange

KINDS = (("1", "工资性"), ("2", "经营净收入"), ("3", "财产净收入"), ("4", "转移净收入"))


def _income(name: str, relation: str, amounts: tuple[int | None, ...], basis: str) -> IncomeRow:
    return IncomeRow(name, name, relation, dict(zip("1234", amounts, strict=True)), basis)


ECONOMY = Economy(
    title="罗成贵 户",
    chip=state_chip("调查核对"),
    facts="低保 · 男 · 1965 · 白果村 · DB-500229106-2026-000123",
    kinds=KINDS,
    rows=(
        _income("罗成贵", "户主 · 61", (720_000, 0, 60_000, 0), "务工证明 · 附件 3"),
        _income("周德芳", "妻 · 57", (0, 346_000, 0, 120_000), "入户核算 · 附件 4"),
        _income("罗小川", "子 · 17（在校）", (None, None, None, None), "在校证明 · 附件 5"),
    ),
    left_out=(
        ListLine("困难残疾人生活补贴", "罗成贵", "1,200.00", Cell("办法第十三条", "ink-2")),
        ListLine("计划生育奖励扶助", "周德芳", "960.00", Cell("办法第十三条", "ink-2")),
    ),
    assets=(
        ListLine("存款", "周德芳", "8,300.00 元", Mark("未超过人均限额")),
        ListLine("机动车", "—", "无", Mark("无")),
        ListLine("住房", "罗成贵", "1 套 · 96 ㎡", Mark("未超过 1 套")),
    ),
    calculation=(
        CalculationLine(
            "家庭年收入",
            "12,460.00",
            "7,200 + 3,460 + 600 + 1,200",
            "4 项；另有 2 项 2,160.00 元按规定不计入",
        ),
        CalculationLine(
            "户人均月收入", "346.1111…", "12,460.00 ÷ 12 ÷ 3 人", "表上显示 346.11，计算不用显示数"
        ),
        CalculationLine(
            "与标准的差", "288.8888…", "635.00 − 346.1111…", "农村低保标准 635 元/人月，2024-09-01 起〔例〕"
        ),
        CalculationLine("户月保障金", "866.67", "288.8888… × 保障 3 人 = 866.6666…", "只在这一步舍入到分"),
        CalculationLine(
            "分类施保", "100.00", "重残 罗成贵 50 + 未成年 罗小川 50", "每人只取一档；50 元/人月〔例〕"
        ),
        CalculationLine("合计", "966.67", "866.67 + 100.00", "玖佰陆拾陆元陆角柒分"),
    ),
    total="966.67",
    basis="按 2026 年 7 月的标准试算，改左边的数立即重算",
    start="2026-07",
    start_source="确认当月起发（渝条例）",
    example=True,
    warnings=("罗成贵务工只有 6 个月的证明（1,200.00 × 6）。另外 6 个月没有收入，请在入户调查表写明。",),
    assets_hint="核对报告 06-09，无异常",
    ways=(("return", "退回补正", "danger"), ("review", "提交审核", "")),
    primary="review",
    tabs=("基本情况", "成员 3", "收入财产", "金额", "调查公示", "附件 6", "历史"),
)


def _change(
    name: str, facts: str, reason: str, before: str = "", now: str = "", diff: str = ""
) -> ChangeLine:
    tone = "ok" if diff.startswith("+") else "error"
    return ChangeLine(name, facts, reason, before, now, Cell(diff, tone) if diff else "")


MONTH = Month(
    form="dibao",
    title="农村低保 · 2026 年 6 月",
    chip=Chip("已计划，待锁定", "warn", "warn"),
    hint="计划于今天 10:05，之后没有人改过记录",
    boxes=(
        BridgeBox("上月合计", "138,652.33", "214 户"),
        BridgeBox("新增", "3,105.67", "4 户", "ok", "new"),
        BridgeBox("停发", "2,214.00", "3 户", "error", "stopped"),
        BridgeBox("变动", "273.50", "6 户：4 增 2 减", "", "changed"),
        BridgeBox("账户变更", "0.00", "2 户，金额不变", "", "accounts"),
        BridgeBox("本月合计", "139,817.50", "215 户"),
    ),
    sum_line="138,652.33 + 3,105.67 − 2,214.00 + 273.50 = 139,817.50，与 215 户明细合计相等",
    equal=True,
    words="壹拾叁万玖仟捌佰壹拾柒元伍角整",
    new=(
        _change("向世珍", "女 · 1961 · 白果村", "06-12 县确认", now="966.67"),
        _change("冉启珍", "女 · 1948 · 石景社区", "06-04 县确认", now="845.00"),
        _change("龙成碧", "女 · 1957 · 岚山村", "05-28 县确认", now="612.00"),
        _change("程朝友", "男 · 1971 · 东河村", "由低保边缘转入", now="682.00"),
    ),
    stopped=(
        _change("陈兴碧", "女 · 1952 · 花坪村", "户主 05-22 死亡", "585.00"),
        _change("王明全", "男 · 1963 · 香坪村", "迁出到巴山镇", "734.00"),
        _change("李光珍", "女 · 1974 · 家园村", "人均收入超标准", "895.00"),
    ),
    changed=(
        _change("向光菊", "女 · 1969 · 香坪村", "孙女入户，增 1 人", "944.25", "1,104.25", "+160.00"),
        _change("汪正明", "男 · 1962 · 兴华村", "收入下降，已复核", "1,205.50", "1,356.00", "+150.50"),
        _change("蒲世全", "男 · 1960 · 东河村", "新增重病分类施保", "920.00", "1,020.00", "+100.00"),
        _change("吴道云", "男 · 1968 · 白果村", "收入下降，已复核", "646.30", "721.80", "+75.50"),
        _change("秦大菊", "女 · 1977 · 石景社区", "女儿出嫁，减 1 人", "980.50", "868.00", "−112.50"),
        _change("田应富", "男 · 1959 · 枇杷村", "子满 18，停加发", "785.00", "685.00", "−100.00"),
    ),
    accounts=(
        ChangeLine(
            "吴道芸", "女 · 1968 · 白果村", Cell("周晓岚 06-11 · 换社保卡", "warn"), "尾号 3391", "尾号 7702"
        ),
        ChangeLine("杨胜㐱", "女 · 1949 · 岚山村", "向敏 06-09 · 挂失补卡", "尾号 0518", "尾号 6240"),
    ),
    hints=("4 户 · +3,105.67", "3 户 · −2,214.00", "6 户 · 增 486.00，减 212.50", "2 户，账号只显示末四位"),
    own=(OwnChange("wu", "吴道芸（女 · 1968 · 白果村）的账户是你本人 06-11 改的"),),
    notices=(
        (
            "warn",
            "2 户换了账户，其中 1 户由你本人修改",
            "锁定前须由第二人核对这一户，或写明理由并印在花名册上。",
        ),
    ),
    can_lock=True,
    figures=(
        ("上月合计", "214", "138,652.33"),
        ("新增 − 停发", "+4 − 3", "+891.67"),
        ("变动", "6", "+273.50"),
        ("本月合计", "215", "139,817.50"),
    ),
)

BENEFITS = (
    Entry("a", "农村低保", "139,817.50", "待锁定", "warn", "warn"),
    Entry("b", "城市低保", "12,046.00", "文件已出", "out", "info"),
    Entry("c", "特困分散供养", "31,703.00", "已回盘", "ok", "ok"),
    Entry("d", "特困集中供养", "17,200.00", "已回盘", "ok", "ok"),
    Entry("e", "残疾人生活补贴", "18,900.00", "已打印", "print", "info"),
    Entry("f", "重残护理补贴", "12,750.00", "已打印", "print", "info"),
    Entry("g", "孤儿", "6,000.00", "已锁定", "lock", "ok"),
    Entry("h", "事实无人抚养", "7,500.00", "已锁定", "lock", "ok"),
    Entry("i", "高龄津贴", "—", "未计划", "dot", ""),
    Entry("j", "助餐结算", "6,284.00", "有退票", "error", "error"),
)
