"""Invented data of the pictures 06 to 09."""

from __future__ import annotations

from minzheng_desktop.ui.county.receive import EQUAL, Conflict, PackageRow, PackageView, Proof, SumLine
from minzheng_desktop.ui.kit.cells import Cell, Chip, Link, Mark, Mask, state_chip
from minzheng_desktop.ui.mapping import Mapped, MappedSheet, Mapping
from minzheng_desktop.ui.people.find import Hit
from minzheng_desktop.ui.people.person import BenefitLine, Event, FactGroup, FactLine, PaymentLine, Person
from minzheng_desktop.ui.roster import RosterPlan, RosterProblem, RosterRow
from minzheng_desktop.ui.signin import SignInFacts

_GREY = {"同名", "别名", "派生"}


def _row(line: str, note: str = "", *, look: bool = False) -> RosterRow:
    row, result, name, sex, year, village, tail, quantity, amount = line.split()
    tone = {"rejected": "error"}.get(result, "")
    return RosterRow(
        row, result, name, sex, year, village, Mask(f"500229********{tail}"), quantity, amount,
        Cell(note, tone) if note else "", look,
    )  # fmt: skip


ROSTER = RosterPlan(
    source="2026年6月农村低保发放表（终稿）改2.xls · 工作表“白果村、岚山村、东河村” · 表头第 2–3 行",
    counts=(("new", 12), ("updated", 38), ("unchanged", 157), ("rejected", 5), ("skipped", 3)),
    mapping=Mapping(
        (
            MappedSheet(
                "白果村",
                (2, 3),
                tuple(
                    Mapped(*parts, path="x")
                    for parts in (
                        ("户主姓名", "姓名", "同名"),
                        ("身份证", "证号", "别名"),
                        ("村（居）", "村", "别名"),
                        ("家庭人口", "家庭人口", "同名"),
                        ("保障人数", "保障人口", "别名"),
                        ("月保障金", Cell("只核对，不写入", "warn"), "派生"),
                        ("一卡通账号", "社保卡账号", "同名"),
                        ("最初享受月份", "首次享受月", "同名"),
                        ("电话", "联系电话", "别名"),
                    )
                ),
                (),
            ),
        )
    ),
    rows=(
        _row("2 new 程朝友 男 1971 东河村 1428 2 682.00"),
        _row("5 updated 吴道云 男 1968 白果村 5530 2 721.80", "电话：空 → 1592****0417"),
        _row("8 updated 吴道芸 女 1968 白果村 5549 1 540.20", "账号：尾号 3391 → 7702"),
        _row("9 unchanged 蒲世全 男 1960 东河村 3174 2 1,020.00"),
        _row("14 rejected 龙成碧 女 — 岚山村 5000 2 612.00", "证号末三位被 Excel 变成 000"),
        _row("17 unchanged 杨胜㐱 男 1949 岚山村 1105 1 685.00"),
        _row("21 rejected 王朝元 男 1966 百果村 3390 3 915.00", "没有“百果村”，是否白果村？"),
        _row("22 updated 田应富 男 1959 枇杷村 6637 1 685.00", "保障人口：2 → 1"),
        _row("26 new 向世真 男 1961 白果村 2241 1 635.00", "和台账里向世真同性别、同生日", look=True),
    ),
    problems=tuple(
        RosterProblem(row, column, Mark(text, tone, tone), remedy, Link(link))
        for row, column, text, tone, remedy, link in (
            (
                "14",
                "身份证",
                "末三位是 000，校验位不对，原号已无法恢复",
                "error",
                "在原表把该列设为文本，重新填写后再导",
                "定位到行",
            ),
            ("21", "村（居）", "区划里没有“百果村”", "error", "选一个村，以后同样写法自动对应", "设为白果村"),
            ("33", "身份证", "和第 61 行是同一个人", "error", "留一行，另一行在原表删掉", "看两行"),
            ("26", "姓名", "和台账里向世真同性别、同生日", "warn", "确认不是同一个人再导", "比一比"),
        )
    ),
    problems_hint="5 处拒绝，7 处要看一眼",
    hidden_note="隐藏行 4 行已读入",
    commit_words="提交后写入 50 行（新增 12、更新 38），5 行拒绝的不写。整批可以撤销，锁定过的月份除外。",
    commit_count=50,
    undo_words="撤销上一批（06-02，203 行）",
)

PERSON = Person(
    id="luo",
    name="罗成贵",
    line="男 · 1965 · 白果村",
    chips=(Chip("健在", "ok", "ok"), Chip("肢体二级", "neutral", "dot")),
    groups=(
        FactGroup(
            "基本情况",
            (
                FactLine("证号", "500229********2217", "id_number"),
                FactLine("出生", "1965-03-12（61 岁）"),
                FactLine("民族", "汉族"),
                FactLine("婚姻", "已婚"),
                FactLine("电话", "1370****2206", "phone"),
                FactLine("户籍", "修齐镇白果村 2 组"),
                FactLine("常住", "同户籍"),
                FactLine("健康", "肢体残疾二级"),
                FactLine("残疾证", "到 2027-04-30"),
                FactLine("劳动能力", "部分丧失"),
            ),
        ),
        FactGroup(
            "一户一档",
            (
                FactLine("户号", "500229106-206-0041"),
                FactLine("户主", "本人"),
                FactLine("成员", "周德芳（妻）、罗小川（子）"),
            ),
            "打开这户",
            "household",
        ),
        FactGroup(
            "账户",
            (
                FactLine("社保卡", "621700********3391", "account"),
                FactLine("户名", "罗成桂（银行登记用字）", tone="warn"),
                FactLine("启用", "2021-08 起，没有换过"),
            ),
        ),
    ),
    events=(
        Event(
            "2026",
            "06-18",
            "低保 · 调查核对",
            "周晓岚、向敏入户，核算月保障金，等乡镇审核",
            "history",
            "info",
            "试算 966.67",
        ),
        Event("2026", "06-05", "低保 · 申请受理", "DB-500229106-2026-000123，村代办", "doc", "accent"),
        Event("2026", "05-08", "残疾人补贴 · 资格认证通过", "人脸照片比对，下次 2027-05", "ok", "ok"),
        Event(
            "2026",
            "01-01",
            "困难残疾人生活补贴 · 提标",
            "90 → 100 元/月，渝民发〔示例文号〕",
            "plus",
            "ok",
            "+10.00",
        ),
        Event("2025", "12-03", "低保边缘 · 到期退出", "认定一年到期，未再申请", "dash", "ink-2"),
        Event(
            "2025",
            "09-17",
            "临时救助 · 支出型",
            "医疗自付，县批 2,000.00 元，已发放",
            "bank",
            "accent",
            "2,000.00",
        ),
        Event("2025", "03-21", "残疾证 · 换证登记", "肢体二级，有效期到 2027-04-30", "card", "info"),
        Event("2024", "12-04", "低保边缘 · 确认", "家庭人均收入为低保标准 1.3 倍", "ok", "ok"),
        Event("2024", "04-11", "困难残疾人生活补贴 · 起发", "自 2024-05 起，90 元/月", "plus", "ok", "90.00"),
    ),
    benefits=(
        BenefitLine("困难残疾人生活补贴", state_chip("在享"), "100.00", "2024-05 起"),
        BenefitLine("低保（户主）", state_chip("调查核对"), "试算 966.67", "拟 2026-07 起"),
        BenefitLine("临时救助", state_chip("已办结", "closed"), "2,000.00", "2025-09 一次"),
        BenefitLine("低保边缘", state_chip("已退出", "closed"), "—", "2024-12 起一年"),
    ),
    payments=tuple(
        PaymentLine(month, "生活补贴", amount, "尾号 3391", result)
        for month, amount, result in (
            ("2026-06", "100.00", Mark("已打印", "info", "print")),
            ("2026-05", "100.00", Mark("已到账")),
            ("2026-04", "100.00", Mark("已到账")),
            ("2026-03", "100.00", Mark("退票后重发", "warn", "warn")),
            ("2026-02", "100.00", Mark("已到账")),
            ("2026-01", "100.00", Mark("已到账")),
            ("2025-12", "90.00", Mark("已到账")),
            ("2025-11", "90.00", Mark("已到账")),
        )
    ),
    payments_hint="2024-05 以来共 27 笔，4,400.00 元",
)

HITS = (
    Hit("1", "罗成贵", "luó chéng guì", "男 · 1965 · 白果村", "500229********2217",
        (Chip("低保 调查核对", "info", "clock"), Chip("两项补贴 在享", "ok", "ok"))),
    Hit("2", "罗成桂", "luó chéng guì", "女 · 1971 · 家园村", "500229********6204", (Chip("资格认证 逾期",
        "error", "error"),)),
    Hit("3", "李朝刚", "lǐ cháo gāng", "男 · 1958 · 兴华村", "500229********1730", (Chip("高龄津贴 未申请",
        "neutral", "dot"),)),
    Hit("4", "陆春光", "lù chūn guāng", "男 · 1949 · 石景社区", "500229********0918", (Chip("特困 停发（死亡）",
        "neutral", "dash"),)),
    Hit("5", "黎长根", "lí cháng gēn", "男 · 1983 · 巴山镇迁入", "500229********4455", (Chip("临时救助 2 次",
        "neutral", "dot"),)),
)  # fmt: skip

_STATES = {
    "已应用，待写回执": ("warn", "clock"), "3 处冲突": ("warn", "warn"), "等第 0038 号": ("warn", "clock"),
    "部分隔离": ("error", "quarantine"), "回执已写出": ("ok", "ok"), "以前收过，没有变化": ("neutral", "dash"),
    "拒收：签名不符": ("error", "error"), "1 处冲突": ("warn", "warn"), "乡镇已读回执": ("ok", "lock"),
}  # fmt: skip

PACKAGES = tuple(
    PackageRow(
        str(at),
        town,
        number,
        when,
        changes,
        amount,
        Chip(state, *_STATES[state]),
        "todo" if "冲突" in state else "done",
    )
    for at, (town, number, when, changes, amount, state) in enumerate(
        (
            ("修齐镇", "0042", "06-18 09:12", "318", "257,916.50", "已应用，待写回执"),
            ("巴山镇", "0037", "06-18 09:10", "402", "311,204.00", "3 处冲突"),
            ("双河乡", "0039", "06-18 09:10", "126", "98,410.20", "等第 0038 号"),
            ("蓼子乡", "0044", "06-18 09:08", "388", "287,551.00", "部分隔离"),
            ("葛城街道", "0051", "06-17 16:40", "611", "486,337.50", "回执已写出"),
            ("复兴街道", "0048", "06-17 16:38", "540", "402,118.00", "回执已写出"),
            ("坪坝镇", "0040", "06-17 16:31", "233", "190,246.75", "以前收过，没有变化"),
            ("未登记电脑", "—", "06-17 15:02", "—", "—", "拒收：签名不符"),
            ("高燕镇", "0036", "06-17 11:20", "274", "221,090.00", "回执已写出"),
            ("明通镇", "0033", "06-17 11:18", "301", "244,812.25", "1 处冲突"),
            ("庙坝镇", "0041", "06-16 17:05", "295", "230,557.00", "乡镇已读回执"),
        )
    )
)

PACKAGE = PackageView(
    key="3",
    title="蓼子乡 · 第 0044 号包",
    chip=Chip("部分隔离", "error", "quarantine"),
    line="500229211_monthly_202606_0044.mzpkg · 06-18 08:51 由乡镇写出",
    proofs=(
        Proof("大小与容器", "2.1 MB，逐字节重建相同"),
        Proof("发送方", "蓼子乡 A 机，登记号 21-01，没有停用"),
        Proof("签名与摘要", "与信封一致"),
        Proof("前一包", "第 0043 号，已应用，接得上"),
        Proof("解密与行校验", "388 行可读，金额与信封合计相等"),
        Proof("权限", "2 行属于鸡鸣乡，已隔离", "error", "quarantine"),
    ),
    sums=(
        SumLine("信封上报的", "388", "287,551.00", strong=True),
        SumLine("　新应用", "351", "271,906.00", Link("看 351 条")),
        SumLine("　与县库相同", "30", "12,300.00"),
        SumLine("　暂存：冲突，等人决定", "5", "2,075.00", Link("逐条决定")),
        SumLine("　暂存：等引用的行", "0", "0.00"),
        SumLine("　隔离（越权）", "2", "1,270.00", Link("看 2 条")),
        SumLine("以上相加", "388", "287,551.00", EQUAL, total=True),
    ),
    conflicts=(
        Conflict("蒲光明", "男 · 1955 · 骑龙村", "月金额", "635.00", "685.00"),
        Conflict("冉崇秀", "女 · 1961 · 茶林村", "户主", "冉崇秀", "郑大坤"),
    ),
    conflicts_hint="5 条，先列 2 条",
    foot="隔离的 2 行不进县库，写入回执",
)

SIGN_IN = SignInFacts(
    "民政台账",
    "修齐镇民政办公室 · A 机",
    ((r"D:\民政台账\xiuqi", r"修齐镇民政台账 · D:\民政台账\xiuqi"),),
    (("周晓岚", "周晓岚 · 经办人"),),
    (
        ("history", "ink-2", "上次 06-17 17:42 由周晓岚正常退出，没有没保存的草稿"),
        ("ok", "ok", "备份 06-17 17:42 到 D 盘，打开校验通过"),
        ("shield", "ink-2", "台账已加密。密码连错 5 次后要等待，等待会逐次加长"),
    ),
)
