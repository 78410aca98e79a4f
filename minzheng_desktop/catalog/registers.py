"""Attributes of persons, households and facilities that conditions, copies and prints may name: closed lists."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from minzheng_desktop.catalog.conditions import types as t
from minzheng_desktop.catalog.conditions.types import Type


class Attribute(msgspec.Struct, frozen=True):
    """label: as screens call it; field_type: type of the field that shows it; choices: its code list."""

    label: str
    field_type: str
    choices: str = ""

    @property
    def condition_type(self) -> Type:
        if self.field_type == "choice":
            return t.code(self.choices)
        return _CONDITION_TYPES[self.field_type]


_CONDITION_TYPES: Mapping[str, Type] = {
    "text": t.TEXT,
    "id_number": t.TEXT,
    "phone": t.TEXT,
    "village": t.TEXT,
    "location": t.TEXT,
    "date": t.DATE,
    "integer": t.INT,
    "yes_no": t.BOOL,
    "choices": t.list_of(t.TEXT),
}

PERSON: Mapping[str, Attribute] = {
    "id": Attribute("内部编号", "text"),
    "name": Attribute("姓名", "text"),
    "id_type": Attribute("证件类型", "choice", "id_type"),
    "id_number": Attribute("身份证号", "id_number"),
    "id_missing_reason": Attribute("无号原因", "choice", "id_missing_reason"),
    "temp_number": Attribute("临时编号", "text"),
    "sex": Attribute("性别", "choice", "sex"),
    "birth_date": Attribute("出生日期", "date"),
    "ethnicity": Attribute("民族", "choice", "ethnicity"),
    "phone": Attribute("联系电话", "phone"),
    "phone_owner": Attribute("电话机主", "text"),
    "hukou_village": Attribute("户籍地", "village"),
    "hukou_type": Attribute("户籍性质", "choice", "hukou_type"),
    "hukou_addr": Attribute("户籍地址", "location"),
    "reside_village": Attribute("常住地", "village"),
    "reside_addr": Attribute("常住地址", "location"),
    "alive_status": Attribute("生存状态", "choice", "alive_status"),
    "death_date": Attribute("死亡日期", "date"),
    "death_source": Attribute("死亡信息来源", "choice", "death_source"),
    "education": Attribute("文化程度", "choice", "education"),
    "marital_status": Attribute("婚姻状况", "choice", "marital_status"),
    "health_status": Attribute("健康状况", "choice", "health_status"),
    "disability_cert_no": Attribute("残疾证号", "text"),
    "disability_type": Attribute("残疾类别", "choice", "disability_type"),
    "disability_level": Attribute("残疾等级", "choice", "disability_level"),
    "disability_cert_expire": Attribute("残疾证有效期止", "date"),
    "labor_ability": Attribute("劳动能力", "choice", "labor_ability"),
    "selfcare_level": Attribute("生活自理能力", "choice", "selfcare_level"),
    "elder_ability_level": Attribute("老年人能力等级", "choice", "elder_ability_level"),
    "employment_status": Attribute("就业状况", "choice", "employment_status"),
}

#: What a household's row adds to the person in it.
MEMBERSHIP: Mapping[str, Attribute] = {
    "relation": Attribute("与户主关系", "choice", "relation"),
    "join_date": Attribute("加入日期", "date"),
    "leave_date": Attribute("离开日期", "date"),
}

HOUSEHOLD: Mapping[str, Attribute] = {
    "id": Attribute("内部编号", "text"),
    "number": Attribute("户号", "text"),
    "head": Attribute("户主", "text"),
    "head_name": Attribute("户主姓名", "text"),
    "village": Attribute("村（社区）", "village"),
    "address": Attribute("地址", "location"),
    "size": Attribute("户内人数", "integer"),
}

FACILITY: Mapping[str, Attribute] = {
    "id": Attribute("内部编号", "text"),
    "name": Attribute("名称", "text"),
    "kind": Attribute("机构类别", "choice", "facility_kind"),
    "village": Attribute("所在村（社区）", "village"),
    "address": Attribute("地址", "location"),
    "phone": Attribute("联系电话", "phone"),
    "state": Attribute("状态", "text"),
}

ACCOUNT: Mapping[str, Attribute] = {
    "number": Attribute("账号", "text"),
    "name": Attribute("户名", "text"),
    "bank": Attribute("开户行", "text"),
    "type": Attribute("账户类型", "choice", "account_type"),
}

RECORD: Mapping[str, Attribute] = {
    "id": Attribute("内部编号", "text"),
    "state": Attribute("状态", "text"),
}

SUBJECTS: Mapping[str, Mapping[str, Attribute]] = {
    "person": PERSON,
    "household": HOUSEHOLD,
    "facility": FACILITY,
}

TITLES: Mapping[str, str] = {
    "person": "人员",
    "household": "家庭",
    "facility": "机构",
    "account": "账户",
    "record": "业务件",
}


def object_type(kind: str) -> Type:
    """The condition type of a person, household, facility, account or record reference."""
    attributes = {**SUBJECTS, "account": ACCOUNT, "record": RECORD}[kind]
    return t.object_of({name: a.condition_type for name, a in attributes.items()}, TITLES[kind])
