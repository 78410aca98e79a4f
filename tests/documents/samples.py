"""Invented townships, households and amounts for the tests of printed matter. Nobody here exists."""

from __future__ import annotations

import random
from datetime import date, timedelta

from minzheng_desktop.documents.ledger_model import Ledger, LedgerColumn, LedgerGroup
from minzheng_desktop.values.id_number import make_id_number

PRINTED_AT = "2026-11-23 15:42"
RARE_NAMES = ("张𪚥", "欧阳𡋾", "王𬭊", "李䶮㛃", "㐱仕友", "阿卜杜热依木·吐尔逊江")
_FAMILY = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张孔曹严金魏陶姜谢邹苏潘葛范彭鲁韦马方任袁柳"
_GIVEN = "芳平强秀英华义敏静丽军磊洋勇艳杰娟涛明霞刚桂兰珍凤和代友光维素德礼成仁"
VILLAGES = ("石门社区", "青杠村", "白果村", "水田坝村")
BANKS = ("农商银行云溪支行", "邮储银行云溪营业所")


class People:
    """Invented names, ids and accounts; the same seed gives the same people."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)
        self._serial = 0

    def name(self) -> str:
        if self._random.random() < 0.06:
            return self._random.choice(RARE_NAMES)
        given = "".join(self._random.choice(_GIVEN) for _ in range(self._random.choice((1, 2, 2))))
        return self._random.choice(_FAMILY) + given

    def id_number(self, first: int = 1940, last: int = 1995) -> str:
        day = date(first, 1, 1) + timedelta(days=self._random.randrange((last - first) * 365))
        return make_id_number("500229", day, self._random.randrange(1, 999))

    def account(self) -> str:
        self._serial += 1
        return f"990229{self._serial:05d}{self._random.randrange(10**8):08d}"

    def phone(self) -> str:
        return f"100{self._random.randrange(10**8):08d}"

    def pick(self, *choices: object) -> object:
        return self._random.choice(choices)

    def cents(self, low: int, high: int) -> int:
        return self._random.randrange(low, high)


DIBAO_COLUMNS = (
    LedgerColumn(key="seq", head="序号", kind="seq"),
    LedgerColumn(key="village", head="村（社区）", kind="village"),
    LedgerColumn(key="head.name", head="户主姓名", kind="name"),
    LedgerColumn(key="head.id_number", head="身份证号", kind="id"),
    LedgerColumn(key="cert_no", head="低保证号", kind="number"),
    LedgerColumn(key="dibao_class", head="类别", kind="code", longest="C"),
    LedgerColumn(key="household_size", head="家庭人口", kind="count", total=True),
    LedgerColumn(key="covered_size", head="保障人口", kind="count", total=True),
    LedgerColumn(key="income_per_capita", head="人均月收入", kind="money", required=True),
    LedgerColumn(key="pay.rate", head="保障标准", kind="money", required=True),
    LedgerColumn(key="pay.base", head="户月保障金", kind="money", total=True, required=True),
    LedgerColumn(key="pay.extra", head="分类施保金额", kind="money", total=True),
    LedgerColumn(key="pay.backpay", head="补发", kind="money", total=True),
    LedgerColumn(key="pay.deduct", head="扣减", kind="money", total=True),
    LedgerColumn(key="pay.total", head="实发合计", kind="money", total=True, required=True, main=True),
    LedgerColumn(key="account.bank", head="开户行"),
    LedgerColumn(key="account.number", head="一卡通账号", kind="account"),
    LedgerColumn(key="account.name", head="账户名", kind="name"),
    LedgerColumn(key="head.phone", head="联系电话", kind="phone"),
    LedgerColumn(key="blank", head="备注", kind="remark"),
)


def dibao_row(people: People, village: str) -> tuple[str | int | None, ...]:
    size = int(str(people.pick(1, 1, 2, 2, 3, 4, 5)))
    covered = max(1, size - int(str(people.pick(0, 0, 0, 1))))
    income, rate = people.cents(0, 60_000), 63_500
    base = round((rate - income) * covered / 100) * 100
    extra = int(str(people.pick(0, 6000, 7200, 9000, 18000)))
    backpay = int(str(people.pick(0, 0, 0, 10500, 21000)))
    deduct = int(str(people.pick(0, 0, 0, 0, 0, 15000)))
    deduct = min(deduct, base + extra + backpay)
    name = people.name()
    remark = (
        "补发2024年7—8月"
        if backpay
        else str(people.pick("", "", "", "本月新增，2024年9月起享", "账户名与户主不一致，代领已登记"))
    )
    account_name = people.name() if "不一致" in remark else name
    serial = people.cents(10**6, 10**7)
    return (
        None, village, name, people.id_number(), f"50022920112{serial}0", people.pick("A", "B", "C"),
        size, covered, income, rate, base, extra, backpay, deduct, base + extra + backpay - deduct,
        people.pick(*BANKS), people.account(), account_name, people.phone(), remark,
    )  # type: ignore[return-value] # fmt: skip


def dibao_ledger(rows: int = 66, *, mark: str = "", seed: int = 7) -> Ledger:
    people = People(seed)
    share = [rows // len(VILLAGES) + (index < rows % len(VILLAGES)) for index in range(len(VILLAGES))]
    groups = []
    for village, count in zip(VILLAGES, share, strict=True):
        lines = tuple(dibao_row(people, village) for _ in range(count))
        covered = sum(int(str(line[7])) for line in lines)
        groups.append(LedgerGroup(title=village, rows=lines, tally=f"共 {count} 户　保障 {covered} 人"))
    ledger = Ledger(
        title="云溪乡2024年9月农村居民最低生活保障金发放花名册", office="云溪乡人民政府",
        facts=("所属期：2024年9月", "批次：正常发放（已封账）", "保障标准：635元/人·月"),
        columns=DIBAO_COLUMNS, groups=tuple(groups), batch_number="500229103-DBN-202409-01", clerk="0007",
        grand_title="合　　计（4个村、社区）", mark=mark,
    )  # fmt: skip
    return ledger


ELDER_COLUMNS = (
    LedgerColumn(key="seq", head="序号", kind="seq"),
    LedgerColumn(key="village", head="村（社区）", kind="village"),
    LedgerColumn(key="person.name", head="姓名", kind="name"),
    LedgerColumn(key="person.sex", head="性别", kind="code", longest="男"),
    LedgerColumn(key="person.id_number", head="身份证号", kind="id"),
    LedgerColumn(key="age", head="年龄", kind="count"),
    LedgerColumn(key="tier_code", head="档次", kind="code", longest="100周岁及以上"),
    LedgerColumn(key="pay.months", head="本期月数", kind="count"),
    LedgerColumn(key="pay.base", head="本期金额", kind="money", total=True, required=True),
    LedgerColumn(key="pay.backpay", head="补发", kind="money", total=True),
    LedgerColumn(key="pay.total", head="合计", kind="money", total=True, required=True, main=True),
    LedgerColumn(key="account.number", head="账号", kind="account"),
    LedgerColumn(key="agent", head="代领人及关系", kind="text"),
    LedgerColumn(key="last_check_date", head="认证日期", kind="date"),
    LedgerColumn(key="blank", head="备注", kind="remark"),
)


def elder_ledger(counts: tuple[int, int, int] = (18, 11, 2), *, mark: str = "") -> Ledger:
    people = People(11)
    tiers = (("80—89周岁", 10000, 1935), ("90—99周岁", 60000, 1925), ("100周岁及以上", 600000, 1920))
    groups = []
    for (tier, yearly, born), count in zip(tiers, counts, strict=True):
        rows = []
        quarter = yearly // 4
        for index in range(count):
            number = people.id_number(born, born + 4)
            back = quarter if people.pick(0, 0, 0, 1) else 0
            agent = people.pick("本人", "本人", f"{people.name()}（儿媳）", f"{people.name()}（孙女）")
            rows.append((
                None, VILLAGES[index * len(VILLAGES) // count], people.name(), people.pick("男", "女"), number,
                2024 - int(number[6:10]), tier, 3, quarter, back, quarter + back, people.account(), agent,
                f"2024-0{people.pick(7, 8, 9)}-1{people.pick(1, 4, 9)}", "补二季" if back else "",
            ))  # fmt: skip
        note = f"年标准 {yearly // 100:,}.00 元　　按季发放，本季 {quarter // 100:,}.00 元"
        groups.append(LedgerGroup(title=tier, rows=tuple(rows), note=note))  # type: ignore[arg-type]
    return Ledger(
        title="云溪乡2024年第三季度高龄津贴发放册", office="云溪乡人民政府", columns=ELDER_COLUMNS,
        groups=tuple(groups), facts=("所属期：2024年7月—9月", "批次：正常发放（已封账）"), counter="人",
        batch_number="500229103-GLJ-2024Q3-01", clerk="0007", mark=mark,
    )  # fmt: skip


BATH_COLUMNS = (
    LedgerColumn(key="seq", head="序号", kind="seq"),
    LedgerColumn(key="person.name", head="姓名", kind="name"),
    LedgerColumn(key="person.id_number", head="身份证号", kind="id"),
    LedgerColumn(key="served_on", head="服务日期", kind="date"),
    LedgerColumn(key="place", head="服务地点", kind="code", longest="上门服务"),
    LedgerColumn(key="provider", head="服务商"),
    LedgerColumn(key="pay.rate", head="单价", kind="money", required=True),
    LedgerColumn(key="times", head="次数", kind="count", total=True),
    LedgerColumn(key="pay.total", head="金额", kind="money", total=True, required=True, main=True),
    LedgerColumn(key="sign", head="照料人签字", kind="sign"),
)


def bath_ledger(rows: int = 16) -> Ledger:
    people = People(13)
    groups = []
    for village in VILLAGES[1:3]:
        lines = []
        for _ in range(rows // 2):
            times = int(str(people.pick(1, 1, 2)))
            day = f"2024-09-{people.cents(1, 30):02d}"
            lines.append((
                None, people.name(), people.id_number(), day, people.pick("定点", "上门服务"), "云溪康养中心",
                11000, times, 11000 * times, None,
            ))  # fmt: skip
        groups.append(LedgerGroup(title=village, rows=tuple(lines), tally=f"共 {len(lines)} 人次"))  # type: ignore[arg-type]
    return Ledger(
        title="云溪康养中心2024年9月助浴结算表", office="云溪乡人民政府", columns=BATH_COLUMNS, counter="人次",
        groups=tuple(groups), facts=("所属期：2024年9月", "批次：结算（已封账）"), clerk="0007",
        signatures=("服务商（盖章）：", "审核人：", "制表人："), batch_number="500229103-ZY-202409-01",
    )  # fmt: skip
