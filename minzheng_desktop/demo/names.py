"""Invented names: ordinary ones, double surnames, minority names with ·, characters that few fonts have."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    "向冉覃庹牟瞿幸昝逄亓爨"
)
_DOUBLE_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "令狐")
_OLDER_MEN = (
    "国强 建国 志明 德贵 永福 大伟 光荣 兴旺 长江 家富 显才 成林 正东 世清 泽民 安平 承志 忠诚 万全 立春 "
    "学文 祖德 云峰 海涛 小军 勇 刚 斌 涛 松 柏 炳南 运来 开华 贤 廷富 仕银 远福 太平 吉安"
).split()
_OLDER_WOMEN = (
    "秀英 桂花 素珍 玉兰 淑芬 菊香 春梅 凤英 腊梅 冬梅 翠平 德秀 世碧 成芳 小燕 丽 静 婷 雪梅 红梅 "
    "长琼 清碧 大菊 运珍 兴慧 光淑 永芳 昌兰 晓娟 美玲 云霞 月娥 金莲 代容 远秀 先碧 厚琼 天菊"
).split()
_YOUNGER_MEN = "浩然 子轩 俊杰 宇航 天佑 明远 梓豪 一鸣 子墨 宇轩 博文 嘉豪 锦程 鑫 鹏飞 志豪 佳明".split()
_YOUNGER_WOMEN = (
    "子涵 雨桐 欣怡 诗琪 思雨 佳慧 梓萱 可欣 语嫣 雅婷 梦瑶 馨月 依诺 若曦 佳琪 小雨 静怡".split()
)
_YOUNGER_SINCE = 1992
_RARE_GIVEN = ("𬭊", "堃", "喆", "𪚥", "䶮", "㛃", "犇", "𠅤", "𤧬", "昱玥")
_RARE_SHARE = 0.006
_MINORITY = {
    # GB/T 3304 code: (male names, female names); written with the middle dot where the language has one.
    "04": (("多吉才让", "其美多吉", "扎西顿珠"), ("卓玛央金", "白玛曲珍", "次仁拉姆")),
    "05": (
        ("艾力·吐尔逊", "买买提江·库尔班", "阿不都·热合曼"),
        ("阿依古丽·买买提", "古丽娜尔·艾山", "热依拉·肉孜"),
    ),
    "07": (("阿约·尔古", "吉克·木呷", "沙马·石一"), ("阿果·曲布", "吉木·阿依", "俄底·伍各")),
}
_MINORITY_SHARE = 0.004
HAN, TUJIA = "01", "15"
_TUJIA_SHARE = 0.03


def invent_name(random: Random, *, sex: str, born: int, surname: str = "") -> tuple[str, str]:
    """(name, ethnicity code); `sex` is "1" or "2", `born` a year, `surname` keeps a family together."""
    if not surname and random.random() < _MINORITY_SHARE:
        ethnicity = random.choice(sorted(_MINORITY))
        return random.choice(_MINORITY[ethnicity][0 if sex == "1" else 1]), ethnicity
    family = surname or invent_surname(random)
    pool = _RARE_GIVEN if random.random() < _RARE_SHARE else _given_names(sex, born)
    return family + random.choice(pool), TUJIA if random.random() < _TUJIA_SHARE else HAN


def invent_surname(random: Random) -> str:
    """A surname: the common ones more often than the rare, now and then a double one."""
    if random.random() < 0.004:
        return random.choice(_DOUBLE_SURNAMES)
    return _SURNAMES[int(len(_SURNAMES) * random.random() ** 2)]


def _given_names(sex: str, born: int) -> Sequence[str]:
    if born >= _YOUNGER_SINCE:
        return _YOUNGER_MEN if sex == "1" else _YOUNGER_WOMEN
    return _OLDER_MEN if sex == "1" else _OLDER_WOMEN
