"""An invented household's application and investigation, for the tests of printed forms."""

from __future__ import annotations

from minzheng_desktop.documents.form_model import (
    Fact,
    Facts,
    Figures,
    FormColumn,
    FormSheet,
    Opinion,
    Rows,
    Statement,
)

_MEMBERS = (
    ("李䶮㛃", "本人", "50022919580413002X", "66", "慢性病", "部分", "务农", "3,200.00"),
    ("阿卜杜热依木·吐尔逊江", "配偶", "500229195602110318", "68", "肢残三级", "部分", "零工", "6,000.00"),
    ("张𪚥", "女儿", "500229200706240429", "17", "健康", "在校", "在校学生", "0.00"),
)
_MEMBER_COLUMNS = (
    FormColumn(head="姓名"),
    FormColumn(head="与户主关系"),
    FormColumn(head="身份证号", kind="number"),
    FormColumn(head="年龄", kind="figure"),
    FormColumn(head="健康状况"),
    FormColumn(head="劳动能力"),
    FormColumn(head="就业状况"),
    FormColumn(head="年收入（元）", kind="money"),
)


def approval_sheet(mark: str = "") -> FormSheet:
    proposed = (
        Fact(label="拟保障类别", value="B 类"),
        Fact(label="拟保障人口", value="3 人"),
        Fact(label="拟起发年月", value="2024年9月"),
        Fact(label="户月保障金", value="1,138.00", kind="money", strong=True),
        Fact(label="分类施保", value="60.00", kind="money", strong=True),
        Fact(label="月合计", value="1,198.00", kind="money", strong=True),
    )
    blank = tuple(
        Fact(label=label)
        for label in ("保障类别", "保障人口", "起发年月", "户月保障金", "分类施保", "月合计")
    )
    return FormSheet(
        title="最低生活保障申请审批表",
        number_line="申请编号：DB-500229103-2024-000037",
        date_line="申请日期：2024年8月6日",
        subject="申请人：李䶮㛃",
        mark=mark,
        notes=(
            "填写说明：一、本表一式二份，乡镇和县级民政部门各存一份。二、签字须手写，盖章须清晰，涂改处须盖章。"
            "三、金额由系统按所属月标准计算，手工更改须附县级批准文件。"
        ),
        blocks=(
            Facts((
                Fact(label="申请人", value="李䶮㛃"),
                Fact(label="性别", value="女"),
                Fact(label="身份证号", value="50022919580413002X", kind="number"),
                Fact(label="民族", value="土家族"),
                Fact(label="家庭人口", value="3 人"),
                Fact(label="联系电话", value="10002290417", kind="figure"),
                Fact(label="保障人口", value="3 人"),
                Fact(label="户籍地址", value="云溪乡青杠村3组27号", wide=True),
                Fact(label="现住址", value="同户籍地址", wide=True),
                Fact(
                    label="城乡类别",
                    ticks=(("农村低保", True), ("城市低保", False)),
                ),
                Fact(label="参照单人户", ticks=(("是", False), ("否", True))),
                Fact(label="主要致困原因", ticks=(
                    ("因病", True), ("因残", False), ("缺劳力", False), ("因学", False), ("因灾", False),
                    ("其他", False),
                )),
            )),
            Statement(
                title="申请理由",
                text="本人患慢性病多年，丈夫因工伤丧失部分劳动能力，女儿在读高中，家庭主要收入为土地流转费和丈夫零工收入，"
                "难以维持基本生活，特申请最低生活保障。本人承诺所填内容真实，并授权核对家庭经济状况。",
                signs=("申请人（签字、手印）：",),
                dated=True,
                least=30,
            ),
            Rows(title="家庭成员", columns=_MEMBER_COLUMNS, rows=_MEMBERS, at_least=5),
            Figures((
                Fact(label="工资性收入", value="6,000.00", kind="money"),
                Fact(label="经营净收入", value="1,800.00", kind="money"),
                Fact(label="财产净收入", value="1,400.00", kind="money"),
                Fact(label="转移净收入", value="0.00", kind="money"),
                Fact(label="年收入合计", value="9,200.00", kind="money", strong=True),
                Fact(label="人均月收入", value="255.56", kind="money", strong=True),
            )),
            Statement(
                title="财产",
                text="自有住房1处（土木结构，86平方米）；无机动车辆；存款及理财3,600.00元（信息核对报告2024-08-14）。",
                least=12,
            ),
            Statement(
                title="入户调查",
                text="2024年8月12日入户，家庭成员、居住和收入情况与申报一致；邻里走访3户，反映属实。建议纳入农村低保，B类，每半年复核一次。",
                signs=("调查人（2人以上签字）：", "户主（签字、手印）："),
                dated=True,
                least=34,
            ),
            Statement(title="评议", text="2024年8月14日召开评议会，到会11人，同意11人。",
                      signs=("主持人（签字）：", "记录人（签字）："), dated=True, least=22),
            Statement(
                title="公示",
                text="公示地点：青杠村村务公开栏　　　　公示时间：2024年8月16日至8月22日（7天）",
                ticks=(("无异议", True), ("有异议（另附重新调查或评议记录）", False)),
            ),
            Opinion(title="村（居）民委员会意见", text="经村民委员会协助核实，该户情况属实，同意上报乡镇审核。"),
            Opinion(
                title="乡镇人民政府审核意见",
                text="经入户调查、信息核对和公示，该户人均月收入255.56元，低于农村低保标准635元，家庭财产符合规定。"
                "拟同意纳入农村低保，保障3人，B类。",
                facts=proposed,
                words="人民币壹仟壹佰玖拾捌元整",
            ),
            Opinion(title="县级民政部门确认意见", facts=(*blank, Fact(label="低保证号")), words="", decides=True),
            Statement(title="备注", least=16),
        ),
    )  # fmt: skip


def investigation_sheet() -> FormSheet:
    return FormSheet(
        title="社会救助家庭入户调查表",
        number_line="申请编号：DB-500229103-2024-000037",
        date_line="调查日期：2024年8月12日",
        subject="户主：李䶮㛃",
        blocks=(
            Facts((
                Fact(label="户主姓名", value="李䶮㛃"),
                Fact(label="联系电话", value="10002290417", kind="figure"),
                Fact(label="身份证号", value="50022919580413002X", kind="number"),
                Fact(label="家庭住址", value="云溪乡青杠村3组27号", wide=True),
            )),
            Rows(title="家庭成员", columns=_MEMBER_COLUMNS, rows=_MEMBERS, at_least=6),
            Facts((
                Fact(label="住房套数", value="1 套"),
                Fact(label="面积", value="86.00 ㎡", kind="figure"),
                Fact(label="结构", value="土木"),
                Fact(label="安全等级", value="B级"),
                Fact(label="承包地", value="3.20 亩", kind="figure"),
                Fact(label="车辆家电", value="无机动车；电视机1台、洗衣机1台"),
            )),
            Rows(
                title="收入明细",
                columns=(
                    FormColumn(head="成员"), FormColumn(head="类别"), FormColumn(head="来源", align="left"),
                    FormColumn(head="年金额（元）", kind="money"), FormColumn(head="凭证", align="left"),
                ),
                rows=(
                    ("阿卜杜热依木·吐尔逊江", "工资性收入", "本村零工，500元/月，12个月", "6,000.00", "工资卡流水"),
                    ("李䶮㛃", "经营净收入", "种植3亩", "1,800.00", "村委会证明"),
                    ("李䶮㛃", "财产净收入", "土地流转2亩", "1,400.00", "流转合同"),
                ),
                at_least=6,
            ),
            Rows(
                title="财产",
                columns=(
                    FormColumn(head="类别"), FormColumn(head="所有人"), FormColumn(head="价值（元）", kind="money"),
                    FormColumn(head="说明", align="left"),
                ),
                rows=(("存款", "李䶮㛃", "3,600.00", "农商银行活期"),),
                at_least=2,
            ),
            Rows(
                title="赡养抚养",
                columns=(
                    FormColumn(head="姓名"), FormColumn(head="关系"), FormColumn(head="身份证号", kind="number"),
                    FormColumn(head="履行能力"), FormColumn(head="月付（元）", kind="money"),
                ),
                rows=(("欧阳𡋾", "长子", "500229198502110313", "无能力", "0.00"),),
                at_least=3,
            ),
            Statement(title="刚性支出", text="李䶮㛃门诊特病自付约2,400元/年；张𪚥高中学杂费约1,600元/年。", least=18),
            Statement(title="邻里意见", text="走访邻居3户，反映与申报一致。",
                      signs=("被走访人（签字）：",), dated=True, least=24),
            Statement(
                title="调查结论",
                text="家庭成员、居住和收入情况与申报一致，建议纳入农村低保，B类，每半年复核一次。",
                signs=("调查人（2人以上签字）：", "户主（签字、手印）："), dated=True, least=34,
            ),
        ),
    )  # fmt: skip
